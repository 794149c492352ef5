"""Golden texts: what `rigfit check` prints about small workflows. After a change of catalog, rules or wording:

RIGFIT_UPDATE_GOLDENS=1 python -m pytest -n 0 -q tests/workflow/test_goldens.py
"""

# A node reads best on one line.
# ruff: noqa: E501
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from invoke import invoke
from workflow_files import Flow, api, in_subgraph, models, picture

GOLDENS = Path(__file__).parent / "goldens"


def clip() -> Flow:
    """Two networks, one for each half of the steps."""
    flow = Flow()
    high = flow.add("UNETLoader", ["wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors", "default"], {}, ["MODEL"])
    low = flow.add("UNETLoader", ["wan2.2_t2v_low_noise_14B_fp8_scaled.safetensors", "default"], {}, ["MODEL"])
    text = flow.add("CLIPLoader", ["umt5_xxl_fp8_e4m3fn_scaled.safetensors", "wan", "default"], {}, ["CLIP"])
    vae = flow.add("VAELoader", ["wan_2.1_vae.safetensors"], {}, ["VAE"])
    latent = flow.add("EmptyHunyuanLatentVideo", [640, 640, 81, 1], {}, ["LATENT"])
    prompt = flow.add("CLIPTextEncode", ["x"], {"clip": (text, 0)}, ["CONDITIONING"])
    for model in (high, low):
        given = {"model": (model, 0), "positive": (prompt, 0), "latent_image": (latent, 0)}
        latent = flow.add("KSamplerAdvanced", ["enable", 1, "fixed", 20], given, ["LATENT"])
    images = flow.add("VAEDecode", [], {"samples": (latent, 0), "vae": (vae, 0)}, ["IMAGE"])
    flow.add("SaveVideo", ["x"], {"images": (images, 0)})
    return flow


def checkpoint() -> Flow:
    """Everything in one file, and an upscaler behind it."""
    flow = Flow()
    loaded = flow.add("CheckpointLoaderSimple", ["sd_xl_base_1.0.safetensors"], {}, ["MODEL", "CLIP", "VAE"],
                      properties=models("sd_xl_base_1.0.safetensors", "stabilityai/stable-diffusion-xl-base-1.0", "checkpoints"))  # fmt: skip
    prompt = flow.add("CLIPTextEncode", ["x"], {"clip": (loaded, 1)}, ["CONDITIONING"])
    latent = flow.add("EmptyLatentImage", [1024, 1024, 4], {}, ["LATENT"])
    sampled = flow.add(
        "KSampler", [], {"model": (loaded, 0), "positive": (prompt, 0), "latent_image": (latent, 0)}, ["LATENT"]
    )
    image = flow.add("VAEDecode", [], {"samples": (sampled, 0), "vae": (loaded, 2)}, ["IMAGE"])
    larger = flow.add("UpscaleModelLoader", ["RealESRGAN_x4plus.pth"], {}, ["UPSCALE_MODEL"])
    flow.add("ImageUpscaleWithModel", [], {"upscale_model": (larger, 0), "image": (image, 0)}, ["IMAGE"])
    flow.add("SaveImage", [], {"images": (len(flow.nodes), 0)})
    return flow


def unknown() -> Flow:
    flow = picture(unet="somebodys-new-net_fp8.safetensors", lora="mine.safetensors")
    flow.add(
        "MarkdownNote",
        ["[somebodys-new-net_fp8.safetensors](https://x.org/somebodys-new-net_fp8.safetensors) (11.1 GB)"],
    )
    return flow


def service() -> Flow:
    flow = Flow()
    image = flow.add("FluxProUltraImageNode", ["x"], {}, ["IMAGE"])
    flow.add("SaveImage", [], {"images": (image, 0)})
    return flow


def nothing() -> Flow:
    flow = Flow()
    image = flow.add("LoadImage", ["a.png", "image"], {}, ["IMAGE"])
    flow.add("SaveImage", [], {"images": (image, 0)})
    return flow


BIG, MIDDLE, SMALL = (
    ("--gpu", "RTX 4090", "--ram", "64GB"),
    ("--gpu", "RTX 4070", "--ram", "32GB"),
    ("--gpu", "RTX 3060 12GB", "--ram", "16GB"),
)
CASES = {
    "resident": (picture(unet="flux1-schnell-Q4_K_S.gguf", vae="ae.safetensors"), BIG),
    "offloaded": (picture(), BIG),
    "streamed": (picture(), ("--gpu", "RTX 4070", "--ram", "64GB")),
    "impossible": (picture(), SMALL),
    "subgraph": (in_subgraph(), SMALL),
    "api": (api(), MIDDLE),
    "with-lora": (picture(lora="flux1-depth-dev-lora.safetensors"), MIDDLE),
    "muted-lora": (picture(lora="flux1-depth-dev-lora.safetensors", mode=4), BIG),
    "commercial": (picture(), (*BIG, "--commercial")),
    "clip": (clip(), MIDDLE),
    "checkpoint": (checkpoint(), MIDDLE),
    "unknown": (unknown(), BIG),
    "service": (service(), MIDDLE),
    "nothing-to-load": (nothing(), MIDDLE),
    "apple-fp8": (picture(unet="flux1-dev-fp8.safetensors"), ("--gpu", "M3 Max 36GB")),
    "no-card": (picture(), ("--gpu", "none", "--ram", "32GB")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_text(name, tmp_path):
    flow, machine = CASES[name]
    file = tmp_path / f"{name}.json"
    file.write_text(json.dumps(flow) if isinstance(flow, dict) else flow.text())
    result = invoke("check", file, *machine)
    assert result.err == ""
    golden = GOLDENS / f"{name}.txt"
    if os.environ.get("RIGFIT_UPDATE_GOLDENS"):
        golden.write_text(result.out)
    assert result.out == golden.read_text()
    assert all(len(line) <= 100 for line in result.out.splitlines())


def test_every_golden_has_a_case():
    assert {file.stem for file in GOLDENS.glob("*.txt")} == set(CASES)
