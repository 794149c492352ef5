#!/usr/bin/env python3
# record 0000000000000000 · bundle 1
# Diffusers (Python library): SD 1.5 with Hyper-SD, 4 steps
"""Builds SD 1.5 with Hyper-SD, 4 steps (clip_l fp16, denoiser fp32, fast_lora fp16, vae fp32), cpu."""

import argparse
import os
import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline

HERE = Path(__file__).resolve().parent
MODELS = Path(os.environ.get("MODELS_DIR", HERE.parent / "models"))
BASE = 'stable-diffusion-v1-5/stable-diffusion-v1-5'
DEVICE = 'cpu'
DTYPE = torch.float32
SETTINGS = {'width': 1024, 'height': 1024, 'num_inference_steps': 4}


def build(base=BASE):
    pipe = StableDiffusionPipeline.from_pretrained(base, torch_dtype=DTYPE)
    pipe.load_lora_weights(str(MODELS / 'loras/Hyper-SD15-4steps-lora.safetensors'))
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
