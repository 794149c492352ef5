#!/usr/bin/env python3
# record 0000000000000000 · bundle 1
# Diffusers (Python library): SDXL 1.0 base
"""Builds SDXL 1.0 base (clip_g fp16, clip_l fp16, denoiser fp16, vae fp16), resident."""

import argparse
import os
import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionXLPipeline

HERE = Path(__file__).resolve().parent
MODELS = Path(os.environ.get("MODELS_DIR", HERE.parent / "models"))
BASE = 'stabilityai/stable-diffusion-xl-base-1.0'
DEVICE = 'mps'
DTYPE = torch.float16
SETTINGS = {'width': 1024, 'height': 1024, 'num_inference_steps': 30}


def build(base=BASE):
    pipe = StableDiffusionXLPipeline.from_single_file(str(MODELS / 'checkpoints/sd_xl_base_1.0.safetensors'), config=base, torch_dtype=DTYPE)
    return pipe


def place(pipe):
    pipe.to(DEVICE)
    return pipe


def save(result, path):
    """Write the first result: an image, a clip or a sound."""
    if hasattr(result, "images"):
        path = path.with_suffix(".png")
        result.images[0].save(path)
    elif hasattr(result, "frames"):
        from diffusers.utils import export_to_video

        path = path.with_suffix(".mp4")
        export_to_video(result.frames[0], str(path), fps=24)
    else:
        path = path.with_suffix(".pt")
        torch.save(result[0], path)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompt", nargs="?")
    parser.add_argument("--image", help="a picture to start from, for pipelines that take one")
    parser.add_argument("--out", default="result", type=Path)
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--dry-run", action="store_true", help="say what would be built, and stop")
    asked = parser.parse_args()
    if asked.dry_run or os.environ.get("DRY_RUN"):
        print(f"{BASE} on {DEVICE} in {DTYPE}: {SETTINGS}")
        return
    if (HERE.parent / "torch_backends.py").is_file():
        sys.path.insert(0, str(HERE.parent))
        import torch_backends  # noqa: F401
    pipe = place(build())
    given = {**SETTINGS, "generator": torch.Generator("cpu").manual_seed(asked.seed)}
    if asked.prompt is not None:
        given["prompt"] = asked.prompt
    if asked.image is not None:
        from diffusers.utils import load_image

        given["image"] = load_image(asked.image)
    print(save(pipe(**given), asked.out))


if __name__ == "__main__":
    main()
