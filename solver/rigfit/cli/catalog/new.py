"""`rigfit catalog new`: a commented file to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from rigfit.errors import InputError

_MODEL = """\
# A model of your own. Change what stands here, save it as NAME.yaml in a folder, and use it with
#   rigfit catalog validate --catalog FOLDER
#   rigfit solve --catalog FOLDER --task image_generation --model my-model --gpu "RTX 4070"
# Ids are lower case words joined by '-'. Every number is a fact: {value: ..., source: ID}, and says who it is from.

sources:
  - id: my-model-card
    title: The model's card
    url: https://example.org/my-model
    date: "2026-01-01"
    # measured, official, file_size, claim, derived, survey or issue
    kind: official

components:
  # What the model is made of. Text encoders and VAEs are mostly there already: rigfit catalog list components
  - id: my-model-transformer
    title: My model's transformer
    # denoiser, text_encoder, vae, llm, controlnet, adapter, lora, upscaler, speech, audio, other, ...
    kind: denoiser
    # How memory and time grow with the size asked for: rigfit catalog list architectures
    architecture: flux1-dit
    # Weights, from the card: 12 B, 860 M
    params: {value: 12 B, source: my-model-card, basis: official}
    # rigfit catalog list licences
    licence: apache-2.0
    variants:
      # One for each file: rigfit catalog list precisions. Without `size` it is parameters x bits, marked as derived.
      - precision: bf16
        size: {value: 24 GB, source: my-model-card}
        file: {name: my-model-bf16.safetensors, repo: owner/my-model, folder: diffusion_models}
      - precision: gguf_q4_k_s
        file: {name: my-model-Q4_K_S.gguf, repo: owner/my-model-gguf, folder: diffusion_models}

models:
  - id: my-model
    title: My model
    # Models of one family share LoRAs, ControlNets and adapters.
    family: my-family
    # Add `maturity: experimental` where it cannot be relied on yet: it is then offered only when asked for.
    serves:
      # rigfit catalog list tasks
      image_generation:
        # On the scale of `rigfit catalog show --quality image_generation`; a guess is `basis: prior`, with a note.
        quality: {value: 80, source: my-model-card, basis: prior, note: "not compared with others yet"}
        # rigfit catalog list features; grades are excellent, good, fair and poor
        features:
          image_to_image: {grade: good, source: my-model-card}
        styles:
          photorealistic: {grade: good, source: my-model-card}
        steps: {value: 20, source: my-model-card}
        # 2 with classifier-free guidance
        guidance_passes: 1
    components:
      denoiser: my-model-transformer
      clip_l: clip-l
      t5xxl: t5xxl
      vae: flux-ae
    # rigfit catalog list runtimes. What a runtime loads stands in rules/, not here.
    runtimes:
      comfyui: {}
"""
_SKELETONS = {"model": _MODEL}


@click.command("new")
@click.argument("what", type=click.Choice(sorted(_SKELETONS)))
@click.option("--out", type=click.Path(path_type=Path), help="Write to a new file instead of printing.")
def new(what: str, out: Path | None) -> None:
    """Write a commented skeleton of an entry; an existing file is never overwritten."""
    text = _SKELETONS[what]
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise InputError("exists already, and is left as it is; name another file", where=str(out)) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise InputError(f"cannot be written: {reason}", where=str(out)) from None
    click.echo(f"wrote {out}")
