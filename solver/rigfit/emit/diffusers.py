"""Diffusers: a Python script that builds each pipeline with the chosen precisions and places it."""

from __future__ import annotations

from dataclasses import dataclass, field

from rigfit.emit import quoting
from rigfit.emit.chosen import Chosen, Part, place_of
from rigfit.emit.context import Context, Made
from rigfit.knowledge import Knowledge
from rigfit.machine.torch_backends import plan_torch_backends
from rigfit.schema.pipelines import PipelineClass

_DTYPES = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
_HUB = "https://huggingface.co/"


@dataclass(slots=True)
class _Code:
    """Lines of the script, and what they import."""

    diffusers: set[str] = field(default_factory=set)
    transformers: set[str] = field(default_factory=set)
    more: set[str] = field(default_factory=set)
    parts: list[str] = field(default_factory=list)
    """Of parts that are built apart."""
    casts: list[str] = field(default_factory=list)
    """After the pipeline is built."""
    files: set[str] = field(default_factory=set)
    """Places of the files that are read."""
    held: bool = False
    """Some part can only be moved as a whole."""


def emit(context: Context) -> Made:
    """One script for each task."""
    made = Made()
    for one in context.chosen:
        pipeline, base = pipeline_of(one, context.knowledge), base_of(one, context.knowledge)
        if base is None:
            made.notes.append(
                f"No repository in the layout of Diffusers is known for {one.model.title}: "
                f"see {', '.join(one.model.links)}"
            )
            continue
        several = len(context.chosen) > 1
        path = f"diffusers/run-{one.task.task.replace('_', '-')}-{one.number + 1}.py" if several else "diffusers/run.py"
        made.add(
            path,
            _script(context, one, pipeline, base),
            f"Builds {one.task.title} and makes one result.",
            executable=context.system != "windows",
        )
        made.start.append(f'python {path} "a photograph of a lighthouse"')
        if one.task.addons:
            made.notes.append(f"The script loads no add-ons: {', '.join(one.task.addons)} are added by hand.")
    made.notes.append("Parts that are not among the downloads are fetched by Diffusers itself, on the first run.")
    return made


def pipeline_of(one: Chosen, knowledge: Knowledge) -> PipelineClass | None:
    """How Diffusers builds a model, where the catalog says so."""
    return next((entry for entry in knowledge.catalog.pipelines if one.model.id in entry.repos), None)


def base_of(one: Chosen, knowledge: Knowledge) -> str | None:
    """The repository in the layout of Diffusers."""
    pipeline = pipeline_of(one, knowledge)
    if pipeline is not None:
        return pipeline.repos[one.model.id]
    for part in one.parts:
        file = part.variant.file
        if file is not None and file.repo is not None and "/" in file.name and not file.repo.startswith("https:"):
            return file.repo
    pages = [link.removeprefix(_HUB) for link in one.model.links if link.startswith(_HUB)]
    return next((page for page in pages if page.count("/") == 1), None)


def files_read(one: Chosen, context: Context) -> set[str]:
    """Places of the files that the script reads; Diffusers fetches all else by itself."""
    return _code(context, one, pipeline_of(one, context.knowledge)).files


def _code(context: Context, one: Chosen, pipeline: PipelineClass | None) -> _Code:
    code = _Code()
    if one.checkpoint is not None:
        code.files.add(place_of(one.checkpoint))
        return code
    for part in one.parts:
        attribute = pipeline.parts.get(part.role) if pipeline is not None else None
        if part.component.kind == "lora" and part.variant.file is not None:
            code.casts.append(f"pipe.load_lora_weights(str(MODELS / {_path(part, code)}))")
        elif attribute is not None and pipeline is not None:
            if part.component.kind == "denoiser":
                _denoiser(part, attribute, pipeline, one, code)
            elif part.role in pipeline.encoders:
                _encoder(part, attribute, pipeline.encoders[part.role], code)
    return code


def _path(part: Part, code: _Code) -> str:
    assert part.variant.file is not None
    place = place_of(part.variant.file)
    code.files.add(place)
    return quoting.python(place)


def _denoiser(part: Part, attribute: str, pipeline: PipelineClass, one: Chosen, code: _Code) -> None:
    name, tags, file = pipeline.denoiser, part.precision.tags, part.variant.file
    from_base = f'{name}.from_pretrained(base, subfolder="{attribute}"'
    apart = file is not None and file.repo != pipeline.repos[one.model.id]
    if "gguf" in tags and file is not None and pipeline.single_file:
        code.diffusers |= {name, "GGUFQuantizationConfig"}
        code.parts.append(
            f'parts["{attribute}"] = {name}.from_single_file(str(MODELS / {_path(part, code)}), config=base, '
            f'subfolder="{attribute}", quantization_config=GGUFQuantizationConfig(compute_dtype=DTYPE), '
            "torch_dtype=DTYPE)"
        )
    elif "bnb" in tags:
        code.held = True
        code.diffusers |= {name, "BitsAndBytesConfig"}
        code.parts.append(
            f'parts["{attribute}"] = {from_base}, '
            f"quantization_config={_bnb(part, 'BitsAndBytesConfig')}, torch_dtype=DTYPE)"
        )
    elif "svdq" in tags and pipeline.nunchaku is not None and file is not None:
        code.held = True
        code.more.add(f"from nunchaku import {pipeline.nunchaku}")
        code.parts.append(
            f'parts["{attribute}"] = {pipeline.nunchaku}.from_pretrained('
            f"str(MODELS / {_path(part, code)}), torch_dtype=DTYPE)"
        )
    else:
        # Scaled fp8 files hold scales that only ComfyUI reads: the base is cast instead.
        if apart and pipeline.single_file and file is not None and not {"fp8_scaled", "fp4"} & set(tags):
            code.diffusers.add(name)
            code.parts.append(
                f'parts["{attribute}"] = {name}.from_single_file(str(MODELS / {_path(part, code)}), config=base, '
                f'subfolder="{attribute}", torch_dtype=DTYPE)'
            )
        if "fp8" in tags:
            storage = "float8_e5m2" if "e5m2" in part.precision.id else "float8_e4m3fn"
            code.casts.append(
                f"pipe.{attribute}.enable_layerwise_casting(storage_dtype=torch.{storage}, compute_dtype=DTYPE)"
            )


def _encoder(part: Part, attribute: str, name: str, code: _Code) -> None:
    tags = part.precision.tags
    if "gguf" in tags and part.variant.file is not None:
        code.transformers.add(name)
        code.parts += [
            f"path = MODELS / {_path(part, code)}",
            f'parts["{attribute}"] = {name}.from_pretrained(str(path.parent), gguf_file=path.name, dtype=DTYPE)',
        ]
    elif "bnb" in tags:
        code.held = True
        code.transformers |= {name, "BitsAndBytesConfig as EncoderBitsAndBytesConfig"}
        config = _bnb(part, "EncoderBitsAndBytesConfig")
        code.parts.append(
            f'parts["{attribute}"] = {name}.from_pretrained(base, subfolder="{attribute}", '
            f"quantization_config={config}, dtype=DTYPE)"
        )
    elif "fp8" in tags:
        code.more.add("from diffusers.hooks import apply_layerwise_casting")
        code.casts.append(
            f"apply_layerwise_casting(pipe.{attribute}, storage_dtype=torch.float8_e4m3fn, compute_dtype=DTYPE)"
        )


def _bnb(part: Part, name: str) -> str:
    if "int8" in part.precision.tags:
        return f"{name}(load_in_8bit=True)"
    kind = "nf4" if "nf4" in part.precision.tags else "fp4"
    return f'{name}(load_in_4bit=True, bnb_4bit_quant_type="{kind}", bnb_4bit_compute_dtype=DTYPE)'


def _placed(context: Context, one: Chosen, pipeline: PipelineClass | None, code: _Code) -> list[str]:
    """Calls that put the pipeline where the answer says."""
    gpu, lines = context.gpu(one), []
    if one.task.tiled_decode:
        lines += ['if hasattr(getattr(pipe, "vae", None), "enable_tiling"):', "    pipe.vae.enable_tiling()"]
    if gpu is None or one.task.placement == "cpu" or gpu.backend == "mps" or one.task.placement == "resident":
        lines.append("pipe.to(DEVICE)")
    elif one.task.placement == "model_offload" or code.held:
        lines.append("pipe.enable_model_cpu_offload(device=DEVICE)")
    elif pipeline is not None and "unet" in pipeline.parts.values():
        lines.append("pipe.enable_sequential_cpu_offload(device=DEVICE)")
    else:
        stream = gpu.backend in ("cuda", "rocm")
        lines.append(
            'pipe.enable_group_offload(onload_device=torch.device(DEVICE), offload_device=torch.device("cpu"), '
            f'offload_type="leaf_level", use_stream={stream})'
        )
    return lines


def _device(context: Context, one: Chosen) -> str:
    gpu = context.gpu(one)
    if gpu is None:
        return "cpu"
    name = "cuda" if gpu.backend == "rocm" else gpu.backend
    card = context.card_variables(one)
    return f"{name}:{card[0][1]}" if card else name


def _script(context: Context, one: Chosen, pipeline: PipelineClass | None, base: str) -> str:
    code = _code(context, one, pipeline)
    name = pipeline.name if pipeline is not None else "DiffusionPipeline"
    denoiser = next((part for part in one.parts if part.component.kind == "denoiser"), None)
    own = (
        next((_DTYPES[tag] for tag in denoiser.precision.tags if tag in _DTYPES), None)
        if denoiser is not None
        else None
    )
    if denoiser is not None and "full" in denoiser.precision.tags:
        own = "float32"
    gpu = context.gpu(one)
    dtype = ("float32" if gpu is None else None) or own or plan_torch_backends(context.machine).dtype
    size = one.task.size
    settings: dict[str, object] = {
        key: int(size[name_] or 0)
        for key, name_ in (
            ("width", "width"),
            ("height", "height"),
            ("num_frames", "frames"),
            ("num_inference_steps", "steps"),
        )
        if size.get(name_)
    }
    variants = ", ".join(f"{role} {key}" for role, key in one.task.variants.items())
    what = quoting.line(f"{one.task.title} ({variants}), {one.task.verdict}").replace("\\", "/").replace('"', "'")
    build = ["parts = {}", *code.parts] if code.parts else []
    extra = ", **parts" if code.parts else ""
    if one.checkpoint is not None:
        path = quoting.python(place_of(one.checkpoint))
        build = [f"pipe = {name}.from_single_file(str(MODELS / {path}), config=base, torch_dtype=DTYPE)"]
    else:
        build.append(f"pipe = {name}.from_pretrained(base, torch_dtype=DTYPE{extra})")
    build += [*code.casts, "return pipe"]
    lines = ["#!/usr/bin/env python3", *(f"# {quoting.line(text)}" for text in context.head)]
    lines += [
        f'"""Builds {what}."""',
        "",
        "import argparse",
        "import os",
        "import sys",
        "from pathlib import Path",
        "",
        "import torch",
    ]
    lines.append(f"from diffusers import {', '.join(sorted({name, *code.diffusers}))}")
    lines += [f"from transformers import {', '.join(sorted(code.transformers))}"] if code.transformers else []
    lines += sorted(code.more)
    lines += ["", "HERE = Path(__file__).resolve().parent"]
    lines += ['MODELS = Path(os.environ.get("MODELS_DIR", HERE.parent / "models"))', f"BASE = {quoting.python(base)}"]
    lines += [f"DEVICE = {quoting.python(_device(context, one))}", f"DTYPE = torch.{dtype}", f"SETTINGS = {settings!r}"]
    lines += ["", "", "def build(base=BASE):", *(f"    {text}" for text in build)]
    lines += [
        "",
        "",
        "def place(pipe):",
        *(f"    {text}" for text in _placed(context, one, pipeline, code)),
        "    return pipe",
    ]
    return "\n".join(lines) + _MAIN.replace("FPS", str(int(size.get("fps") or 24)))


_MAIN = '''


def save(result, path):
    """Write the first result: an image, a clip or a sound."""
    if hasattr(result, "images"):
        path = path.with_suffix(".png")
        result.images[0].save(path)
    elif hasattr(result, "frames"):
        from diffusers.utils import export_to_video

        path = path.with_suffix(".mp4")
        export_to_video(result.frames[0], str(path), fps=FPS)
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
'''
