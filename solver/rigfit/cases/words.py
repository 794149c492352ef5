"""The usual words for what the catalog calls by ids: how names are compared, placements, roles, precisions."""

from __future__ import annotations

import re
from typing import Final

from rigfit.estimate.pipeline import Placement

_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_ATOM = re.compile(r"[a-z]+|[0-9]+")


def fold(name: str) -> str:
    """A name without case, dots, dashes and spaces: "FLUX.1-dev" and "flux1 dev" are one."""
    return _NOT_ALNUM.sub("", name.casefold())


def atoms(name: str) -> list[str]:
    """The runs of letters and of digits in a name, dots inside numbers dropped: "Wan2.1-T2V" -> wan 21 t 2 v."""
    return _ATOM.findall(re.sub(r"(?<=[a-z0-9])\.(?=[0-9])", "", name.casefold()))


# What runtimes call their placements, folded; the share of the weights that stays on the card where the word means one.
# ComfyUI's "normal" decides by itself and is therefore no placement.
PLACEMENTS: Final[dict[str, tuple[Placement, float | None]]] = {
    **dict.fromkeys(
        ("resident", "none", "no", "gpu", "cuda", "full", "highvram", "gpuonly", "allresident", "nooffload", "ongpu"),
        ("resident", None),
    ),
    **dict.fromkeys(
        (
            "modeloffload", "modelcpuoffload", "cpuoffload", "offload", "offloaded", "enablemodelcpuoffload",
            "offloadmodel", "medvram", "teunload", "teunloaded", "teswappedout", "textencoderoffload", "inturn",
        ),
        ("model_offload", None),
    ),
    **dict.fromkeys(
        (
            "streamed", "stream", "streaming", "partial", "partialload", "partialloading", "lowvram", "blockswap",
            "dynamicswap", "asyncoffload", "layeroffload", "layersongpu", "partialoffload",
        ),
        ("streamed", None),
    ),
    **dict.fromkeys(
        (
            "sequential", "sequentialoffload", "sequentialcpuoffload", "enablesequentialcpuoffload", "groupoffload",
            "groupoffloading", "grouplevel", "leaflevel", "novram", "perlayeroffload", "perblockoffload",
            "asyncperblockoffload", "blockswapfull",
        ),
        ("streamed", 0.0),
    ),
    **dict.fromkeys(("cpu", "processor", "cpuonly", "oncpu"), ("cpu", None)),
}  # fmt: skip
UNDECIDED: Final = frozenset({"auto", "automatic", "default", "normal", "normalvram", "smart", "best", "any"})
"""Words for "as the runtime sees fit": the placement is then chosen as if none were stated."""

OWN_PROGRAM: Final = frozenset(
    {"official", "reference", "repo", "script", "scripts", "gradio", "referencescripts", "officialscripts"}
)
"""Names for the program of a model's own authors, whichever it is."""
OF_ONE_FAMILY: Final = frozenset({"audiocraft", "coqui-tts", "piper-tts", "ultralytics"})
"""Programs of authors whose ids do not say so."""
SCRIPTS: Final = "reference-scripts"
"""Authors' own scripts where the catalog lists no program of theirs."""
# Libraries and extensions that people name for the runtime they belong to.
RUNTIMES: Final[dict[str, str]] = {
    "pytorch": "diffusers",
    "torch": "diffusers",
    "transformers": "diffusers",
    "nunchaku": "diffusers",
    "webui": "a1111",
    "auto1111": "a1111",
    "stablediffusionwebui": "a1111",
    "comfyuinative": "comfyui",
    "comfyuiwanvideowrapper": "comfyui",
    "comfyuigguf": "comfyui",
    "exllama": "exllamav2",
    "gguf": "llama-cpp",
}

# Names for a role, folded -> component kinds it may mean.
KINDS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("denoiser", "transformer", "unet", "dit", "mmdit", "diffusionmodel", "network", "backbone", "diffusion"),
        ("denoiser",),
    ),
    **dict.fromkeys(("main", "model", "weights"), ("main",)),
    **dict.fromkeys(
        ("textencoder", "textencoders", "te", "tes", "encoder", "encoders", "clip", "prompt", "textenc"),
        ("text_encoder",),
    ),
    **dict.fromkeys(("vae", "ae", "autoencoder", "decoder"), ("vae",)),
    **dict.fromkeys(("llm", "lm", "languagemodel"), ("llm",)),
    **dict.fromkeys(("vision", "imageencoder", "clipvision", "mmproj", "visionencoder"), ("vision",)),
    **dict.fromkeys(("all", "everything"), ("all",)),
}
T5: Final = frozenset({"t5", "t5xxl", "t5encoder", "umt5", "umt5xxl", "t5v11xxl"})
"""Names that mean whichever T5 the model has."""
HIGH_NOISE: Final = frozenset({"high", "highnoise", "transformer1", "denoiserhigh", "expert1"})
LOW_NOISE: Final = frozenset({"low", "lownoise", "transformer2", "denoiserlow", "expert2"})
NOTHING: Final = frozenset({"none", "no", "off", "skip", "skipped", "without", "dropped"})
"""Values that leave a part out."""

NOISE: Final = frozenset(
    {
        "diffusers", "instruct", "it", "hf", "chat", "safetensors", "gguf", "comfyui", "comfy", "org", "repackaged",
        "official", "meta", "model", "checkpoint", "pipeline", "transformer", "unet", "dit", "mixed", "weights", "ggml",
        "cpp", "bnb",
    }
)  # fmt: skip
"""Words in a model's name that tell nothing about which model it is."""
PLAIN: Final = frozenset({"t", "2", "v", "a", "instruct", "base", "preview", "it", "video", "image", "text", "1", "0"})
"""Atoms of a model's name that may be left out without meaning another model: the plain one of its family."""
