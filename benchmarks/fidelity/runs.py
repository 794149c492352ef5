"""Measured runs as cases: what their free text says of variants, program, placement and tiling, in the words of a case.

A pure mapping by tables of patterns; nothing here looks at an outcome. What a run leaves open stays open. A run that
the catalog cannot describe is kept with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

RUNS: Final = Path(__file__).with_name("measured_runs.jsonl")


@dataclass(frozen=True)
class Run:
    """One measured run."""

    id: str
    source: str
    kind: str
    """official_table, user_report, ..."""
    case: dict[str, Any] | None
    """As `rigfit estimate --cases` takes it; None where the run cannot be described."""
    unmapped: str | None
    """Why it cannot."""
    outcome: dict[str, Any]
    """As it stands in the file: result, oom, peak_gb (GiB), seconds, ..."""
    assumed: frozenset[str] = frozenset()
    """Settings that the source did not state."""


# Where a run was made -> the program, by what its source is called. The first that matches holds.
_PROGRAMS: Final = (
    (r"InvokeAI|invoke-ai", "invokeai"),
    (r"stable-diffusion-webui", "a1111"),
    (r"lllyasviel/FramePack", "framepack-repo"),
    (r"Comfy|WinPortable", "comfyui"),
    (r"huggingface\.co/blog|nunchaku|diffusers", "diffusers"),
    (r"WanGP|Wan2GP", "comfyui"),  # it streams like ComfyUI, of which it is no part, and holds no more at once
    (r"github\.com", "official"),
)
# What a run says of offloading -> a placement in the words of a case; None: the program decided.
_PLACEMENTS: Final = (
    (r"^none|^resident", "resident"),
    (r"TE (un|swap)", "model_offload"),
    (r"sequential|per-layer|per-block|blockswap full", "sequential"),
    (r"block ?swap|dynamic swap|partial load|WanGP", "streamed"),
    (r"auto|default|^\?$|^diffusers$", None),
    (r"offload", "model_offload"),
)
# The publisher's notes below the Wan table: --offload_model True on one card, and --t5_cpu for 1.3B on a 4090. The
# HunyuanVideo figures are of the documented command, which has --use-cpu-offload.
_OFFICIAL: Final = (
    (r"Wan-Video/Wan2\.1.*comp_effic", "model_offload"),
    (r"HunyuanVideo README", "model_offload"),
)
_ON_PROCESSOR: Final = r"--t5_cpu|Wan2\.1 assets/comp_effic.* 1\.3b"
"""Runs whose text encoder works on the processor: nothing of it lies on the card."""

# What a run says of precisions -> variants of a case. Callables get the match.
Words = Callable[["re.Match[str]"], "dict[str, str] | None"]
_VARIANTS: Final[tuple[tuple[str, Words], ...]] = (
    (r"^(.*?)\s*\(transformer\+T5\)$", lambda m: {"denoiser": m[1], "t5xxl": m[1]}),
    (r"^((?:torchao|quanto) \S+)$", lambda m: {"denoiser": m[1], "t5xxl": m[1]}),  # both parts were quantised there
    (r"^(.*?)\s*\(T5 (\w+)\)$", lambda m: {"denoiser": m[1], "t5xxl": m[2]}),
    (r"^(\w+), no T5$", lambda m: {"denoiser": m[1], "t5xxl": "none"}),
    (r"^(\w+), T5 (\S+)$", lambda m: {"denoiser": m[1], "t5xxl": m[2]}),
    (r"^\w+, (fp8) transformer$", lambda m: {"denoiser": m[1]}),
    (r"^(gguf \S+) \+ (bnb \S+) T5$", lambda m: {"denoiser": m[1], "t5xxl": m[2]}),
    # MochiWrapper#81: its maintainer says there that the GGUF takes more than fp8, and of his two only Q8_0 does.
    (r"^gguf, wrapper sampler$", lambda m: {"main": "Q8_0"}),
    (r"^gguf\b.*?\b(Q\d\w*)", lambda m: {"main": m[1]}),
    (r"^(gguf)\b", lambda m: {"main": m[1]}),
    (r"^(svdq-int4|bnb \S+|int8 convrot|nf4|fp8|bf16|fp16|fp32)\b", lambda m: {"main": m[1]}),
    (r"^(TE unloaded|distilled)$", lambda m: {"main": "bf16"}),
    (r"wrapper|app|any|default|native|block swap|diffusers", lambda m: None),
)  # fmt: skip
# Where the case needs another name than the run's, and what the catalog cannot describe.
_UNMAPPED: Final = (
    (r"^wan2\.x$", "which of the Wan models ran is not stated"),
    (r"^tango|^diffrhythm", "the catalog has no such model"),
    (r"^ltx-video-13b", "the catalog has no such model"),
    (r"^hunyuan3d-2$", "which stages ran is open; the catalog describes the shape stage alone"),
)


def load_runs(path: Path = RUNS) -> list[Run]:
    """All measured runs of a file, in its order.

    Args:
        path: one JSON object a line, with model, variant, gpu, vram_gb, setting, outcome and source.
    """
    with path.open(encoding="utf-8") as lines:
        return [run_of(json.loads(line)) for line in lines if line.strip()]


def run_of(row: dict[str, Any]) -> Run:
    """One line of the file as a run."""
    case, unmapped = _case(row)
    assumed = frozenset(row.get("assumed_fields", ()))
    return Run(row["id"], row["source"], row["kind"], case, unmapped, row["outcome"], assumed)


def _case(row: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    model, variant, setting = row["model"], row["variant"] or "", row["setting"]
    for pattern, why in _UNMAPPED:
        if re.search(pattern, model):
            return None, why
    if "chunk_size" in (setting.get("flags") or ""):
        return None, "how many points it works on at once is stated, which a case cannot say"
    if re.search(r"model not stated", row["gpu"] or ""):
        return None, "the machine is not stated, and no peak was measured"
    program = (
        None
        if re.search(r"\bapp\b", variant)
        else _first(_PROGRAMS, f"{setting.get('flags') or ''} {setting.get('offload') or ''} {row['source']}")
    )
    case: dict[str, Any] = {"id": row["id"], "model": model, "runtime": program}
    words: Words | None = next((make for pattern, make in _VARIANTS if re.search(pattern, variant)), None)
    if words is None:
        return None, f"what {variant!r} means is not known"
    matched = next(m for pattern, _ in _VARIANTS if (m := re.search(pattern, variant)))
    case["variants"] = words(matched)
    # "An app" of somebody's is no program the catalog knows, and how it moves weights is not known either.
    case["placement"] = None if program is None else _placement(row, setting.get("offload"), program)
    flags = setting.get("flags") or ""
    if re.search(_ON_PROCESSOR, f"{flags} {row['source']} {model.removeprefix('wan2.1-t2v-')}"):
        case["variants"] = {**(case["variants"] or {}), "t5": "none"}
    if "tiling" in flags:
        case["tiled"] = True
    elif "huggingface.co/blog" in row["source"]:
        case["tiled"] = False  # there it is only ever done when it is asked for
    for name in ("width", "height", "frames", "batch", "steps"):
        if setting.get(name) is not None:
            case[name] = setting[name]
    gpu = row["gpu"]
    case["machine"] = {
        "gpu": None if gpu in (None, "None", "?") else gpu,
        "vram_gb": row["vram_gb"],
        "ram_gb": None if "RAM use" in (row.get("notes") or "") else row.get("ram_gb"),
    }
    return {name: value for name, value in case.items() if value is not None}, None


def _placement(row: dict[str, Any], offload: str | None, program: str | None) -> str | None:
    """What the run says of offloading; None where the program decided."""
    text = offload or ""
    if program == "invokeai" and text.startswith("none"):
        return "model_offload"
    if text.startswith("official"):
        return _first(_OFFICIAL, row["source"])
    if not text and program in ("diffusers", "official", "framepack-repo"):
        # Scripts keep everything on the card unless they are told otherwise; FramePack's program streams below 60 GB.
        return "streamed" if program == "framepack-repo" else None
    if not text and re.search(r"kijai/ComfyUI-\w+Wrapper", row["source"]):
        return "model_offload"  # they move whole models unless blocks are swapped; ComfyUI's streaming is not theirs
    return _first(_PLACEMENTS, text)


def _first(table: tuple[tuple[str, str | None], ...], text: str) -> str | None:
    return next((meant for pattern, meant in table if re.search(pattern, text)), None)
