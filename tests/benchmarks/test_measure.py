"""benchmarks/fidelity/measure.py: a tiny network of each class runs; rows and the command line are as promised."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from importlib.util import find_spec

import pytest

# Looked for, not imported: they take seconds, which a run that leaves these tests out need not spend.
if missing := [name for name in ("torch", "diffusers", "transformers") if find_spec(name) is None]:
    pytest.skip(f"without {', '.join(missing)}", allow_module_level=True)

from benchmarks.fidelity import measure
from benchmarks.fidelity.inputs import RECIPES, Size
from benchmarks.fidelity.networks import build, count, load_networks, shallower

NETWORKS = load_networks()

_FLUX = {
    "in_channels": 64, "num_layers": 2, "num_single_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2,
    "joint_attention_dim": 32, "axes_dims_rope": [4, 4, 8],
}  # fmt: skip
_WAN = {
    "num_attention_heads": 2, "attention_head_dim": 12, "text_dim": 16, "freq_dim": 16, "ffn_dim": 32, "num_layers": 2,
}  # fmt: skip
_UNET = {"block_out_channels": [32, 64], "layers_per_block": 1, "cross_attention_dim": 32, "attention_head_dim": 8}
_KL = {
    "block_out_channels": [32, 32], "layers_per_block": 1, "norm_num_groups": 8,
    "down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2,
}  # fmt: skip
_CLIP = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "projection_dim": 32, "eos_token_id": 2,
}  # fmt: skip
_T5 = {"vocab_size": 64, "d_model": 32, "d_ff": 64, "d_kv": 8, "num_heads": 2, "num_layers": 2}
_LLM = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1,
}  # fmt: skip

# The network whose recipe is tried, and what makes it tiny: two blocks, few channels, the published shape otherwise.
TINY = {
    "flux1": {**_FLUX, "pooled_projection_dim": 32},
    "flux2-dev": {**_FLUX, "in_channels": 128, "axes_dims_rope": [4, 4, 4, 4]},
    "chroma": {
        **_FLUX, "approximator_num_channels": 32, "approximator_hidden_dim": 16, "approximator_layers": 1,
    },
    "sd3-medium": {
        "sample_size": 32, "num_layers": 2, "attention_head_dim": 8, "num_attention_heads": 2,
        "joint_attention_dim": 32, "caption_projection_dim": 16, "pooled_projection_dim": 32, "pos_embed_max_size": 32,
    },
    "sd15": {
        **_UNET, "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
    },
    "sdxl": {
        **_UNET, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], "transformer_layers_per_block": [1, 2],
    },
    "svd": {
        "block_out_channels": [32, 64], "layers_per_block": 1, "cross_attention_dim": 32, "num_attention_heads": 2,
        "down_block_types": ["CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"],
        "up_block_types": ["UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"],
    },
    "qwen-image": {
        "num_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2, "joint_attention_dim": 16,
        "axes_dims_rope": [4, 4, 8],
    },
    "z-image": {
        "dim": 32, "n_layers": 2, "n_refiner_layers": 1, "n_heads": 2, "n_kv_heads": 2, "cap_feat_dim": 16,
        "axes_dims": [4, 4, 8],
    },
    "lumina2": {
        "hidden_size": 24, "num_layers": 2, "num_refiner_layers": 1, "num_attention_heads": 2, "num_kv_heads": 1,
        "multiple_of": 16, "axes_dim_rope": [4, 4, 4], "cap_feat_dim": 16, "sample_size": 16,
    },
    "pixart-sigma": {
        "num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 2, "cross_attention_dim": 16,
        "caption_channels": 16, "sample_size": 16,
    },
    "hidream-i1": {
        "num_layers": 2, "num_single_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2,
        "caption_channels": [16, 16], "text_emb_dim": 16, "axes_dims_rope": [4, 4, 8], "llama_layers": [0, 1, 2, 3],
        "max_resolution": [32, 32],
    },
    "wan21-t2v-14b": _WAN,
    "wan21-i2v-14b": {**_WAN, "image_dim": 16, "added_kv_proj_dim": 24},
    "wan21-vace-14b": {**_WAN, "vace_layers": [0]},
    "hunyuanvideo": {
        "num_attention_heads": 2, "attention_head_dim": 16, "num_layers": 2, "num_single_layers": 2,
        "num_refiner_layers": 1, "text_embed_dim": 16, "pooled_projection_dim": 16, "rope_axes_dim": [4, 4, 8],
    },
    "ltx-video-2b": {
        "num_attention_heads": 2, "attention_head_dim": 16, "cross_attention_dim": 32, "num_layers": 2,
        "caption_channels": 16,
    },
    "cogvideox-2b": {
        "num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 2, "text_embed_dim": 16, "time_embed_dim": 16,
        "sample_width": 16, "sample_height": 16, "sample_frames": 9, "max_text_seq_length": 8,
    },
    "cogvideox1.5-5b-i2v": {
        "num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 2, "text_embed_dim": 16, "time_embed_dim": 16,
        "ofs_embed_dim": 16, "max_text_seq_length": 8,
    },
    "mochi-1": {
        "num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 2, "pooled_projection_dim": 16,
        "text_embed_dim": 16, "time_embed_dim": 16,
    },
    "flux-vae": _KL,
    "flux2-vae": _KL,
    "wan21-vae": {"base_dim": 8},
    "qwen-image-vae": {"base_dim": 8},
    "hunyuanvideo-vae": {"block_out_channels": [8, 8, 8, 8], "layers_per_block": 1, "norm_num_groups": 2},
    "hunyuanvideo15-vae": {"block_out_channels": [16, 32, 32, 64, 64], "layers_per_block": 1},
    "ltx-vae-0.9.5": {
        "block_out_channels": [8, 16, 32, 64, 128], "decoder_block_out_channels": [8, 16, 32],
        "layers_per_block": [1] * 5, "decoder_layers_per_block": [1] * 4,
    },
    "cogvideox-vae": {"block_out_channels": [8, 8, 8, 8], "layers_per_block": 1, "norm_num_groups": 2},
    "mochi-vae": {
        "encoder_block_out_channels": [32] * 4, "decoder_block_out_channels": [32] * 4,
        "layers_per_block": [1, 1, 1, 1, 1],
    },
    "clip-l": _CLIP,
    "clip-g": _CLIP,
    "t5-xxl": _T5,
    "umt5-xxl": _T5,
    "qwen2.5-vl-7b": {
        "text_config": {
            **_LLM, "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
        },
        "vision_config": {
            "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 32,
        },
    },
    "qwen3-4b": {**_LLM, "head_dim": 16},
    "llama-3.1-8b": _LLM,
}  # fmt: skip


def tiny(name: str):
    network = NETWORKS[name]
    return replace(network, config={**network.config, **TINY[name]}, text_tokens=min(network.text_tokens, 8))


def small(network) -> Size:
    side, step = network.latent
    return Size(tokens=8) if network.kind == "text" else Size(4 * side, 4 * side, step + 1)


def test_every_recipe_is_tried():
    assert {NETWORKS[name].class_name for name in TINY} == set(RECIPES)


QUICK = {"flux1", "sdxl", "wan21-t2v-14b", "flux-vae", "t5-xxl", "llama-3.1-8b"}


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in TINY])
def test_one_forward_fills_a_row(name):
    network = tiny(name)
    (row,) = measure.measured(network, "cpu", "fp32", [small(network)], repeats=1)
    assert (row.outcome, row.error) == ("measured", None)
    assert row.seconds > 0
    assert row.network == name
    assert row.precision == "fp32"
    assert row.parameters == count(build(network, "meta")) > 0
    assert {"torch", "diffusers", "transformers", "python"} <= row.versions.keys()
    assert json.loads(json.dumps(row.__dict__, default=list))["class_name"] == network.class_name
    assert (row.peak_allocated, row.peak_reserved) == (None, None), "memory is measured on a CUDA device alone"


def test_a_decoder_runs_tiled_too():
    network = tiny("flux-vae")
    (row,) = measure.measured(network, "cpu", "fp32", [replace(small(network), tiled=True)], repeats=1)
    assert row.outcome == "measured"
    assert row.size["tiled"]


def test_running_out_of_memory_is_a_row_and_the_next_size_runs(monkeypatch):
    import torch

    def prepare(network, config, size, make, device):
        if size.tokens > 8:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nmore")
        return real(network, config, size, make, device)

    real = measure.prepare
    monkeypatch.setattr(measure, "prepare", prepare)
    rows = list(measure.measured(tiny("clip-l"), "cpu", "fp32", [Size(tokens=16), Size(tokens=8)], repeats=1))
    assert [row.outcome for row in rows] == ["out of memory", "measured"]
    assert rows[0].error == "CUDA out of memory. Tried to allocate 2.00 GiB."


def test_what_cannot_be_built_is_a_row():
    (row,) = measure.measured(tiny("clip-l"), "cpu", "fp8_e4m3fn", [Size(tokens=8)])
    assert row.outcome == "failed"
    assert "fp8_e4m3fn" in row.error


@pytest.mark.parametrize("name", ["sd35-medium", "wan21-vace-14b", "hidream-i1", "qwen2.5-vl-7b"])
def test_fewer_blocks_weigh_less_and_lists_of_blocks_follow(name):
    network = NETWORKS[name]
    shallow = shallower(network, 2)
    assert 0 < shallow.depth < network.depth
    assert count(build(shallow, "meta")) < count(build(network, "meta"))


def test_without_a_device_the_command_counts(capsys, tmp_path):
    out = tmp_path / "rows.jsonl"
    assert measure.main(["--count", "--only", "clip-l", "--only", "sd-vae", "--out", str(out)]) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["network"], row["outcome"], row["device"]) for row in rows] == [
        ("clip-l", "counted", "meta"),
        ("sd-vae", "counted", "meta"),
    ]
    assert rows[0].keys() == {field.name for field in fields(measure.Row)}
    assert rows[0]["parameters"] == 123_060_480
    assert "123,060,480" in capsys.readouterr().out


def test_an_interruption_keeps_finished_rows(monkeypatch, tmp_path, capsys):
    def interrupted(network):
        if network.id == "sd-vae":
            raise KeyboardInterrupt
        return counted(network)

    counted = measure.counted
    monkeypatch.setattr(measure, "counted", interrupted)
    out = tmp_path / "rows.jsonl"
    assert measure.main(["--count", "--only", "clip-l", "--only", "sd-vae", "--out", str(out)]) == 130
    assert len(out.read_text().splitlines()) == 1
    assert "kept" in capsys.readouterr().err


def test_an_unknown_network_is_named(capsys):
    with pytest.raises(SystemExit) as ended:
        measure.main(["--only", "flux9"])
    assert ended.value.code == 2
    assert "flux9" in capsys.readouterr().err


def test_every_network_says_where_its_configuration_was_published():
    assert all(network.source for network in NETWORKS.values())
    assert all(measure.sizes_of(network) for network in NETWORKS.values())
