"""From the usual spelling of a precision to the catalog's: "Q4_K_S.gguf", "bnb-nf4", "fp8 scaled", "4bit"."""

from __future__ import annotations

import re
from typing import Final

from rigfit.cases.words import fold
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Component, Precision

# Spelling (a pattern over the lower-case text) -> precisions it may mean, the most usual one first. The order of the
# table matters: what names a method comes before what names only a width.
_PATTERNS: Final[tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]] = tuple(
    (re.compile(pattern), tuple(meant.split()))
    for pattern, meant in (
        (r"(nvfp4|fp4).*(mixed|awq)", "nvfp4_mixed nvfp4"),
        (r"(svdq|svdquant|nunchaku).*fp4", "svdq_nvfp4"),
        (r"svdq|svdquant|nunchaku", "svdq_int4"),
        (r"mxfp4", "mxfp4"),
        (r"mxfp8", "mxfp8"),
        (r"nvfp4", "nvfp4 nvfp4_mixed"),
        (r"nf4|normalfloat", "nf4 fp4_bnb"),
        (r"bnb.?fp4|fp4.?bnb", "fp4_bnb nf4"),
        (r"convrot", "int8_convrot int8"),
        (r"w4a8", "w4a8"),
        (r"awq", "awq_int4 gptq_int4"),
        (r"gptq", "gptq_int4 awq_int4"),
        (r"mlx.*8|8.*mlx", "mlx_8bit"),
        (r"mlx", "mlx_4bit"),
        (r"iq2", "gguf_iq2_m gguf_q2_k"),
        (r"iq3_?xs|iq3_?xxs", "gguf_iq3_xs gguf_iq3_m gguf_q3_k_s"),
        (r"iq3", "gguf_iq3_m gguf_q3_k_m"),
        (r"iq4", "gguf_iq4_xs gguf_q4_k_s"),
        (r"q2", "gguf_q2_k"),
        (r"q3.?k.?s", "gguf_q3_k_s gguf_q3_k_m"),
        (r"q3.?k.?l", "gguf_q3_k_l gguf_q3_k_m"),
        (r"q3", "gguf_q3_k_m gguf_q3_k_s"),
        (r"q4.?0", "gguf_q4_0 gguf_q4_k_s"),
        (r"q4.?1", "gguf_q4_1 gguf_q4_k_m"),
        (r"q4.?k.?s", "gguf_q4_k_s gguf_q4_k_m"),
        (r"q4(?!f)", "gguf_q4_k_m gguf_q4_k_s gguf_q4_0"),
        (r"q5.?0", "gguf_q5_0 gguf_q5_k_s"),
        (r"q5.?1", "gguf_q5_1 gguf_q5_k_m"),
        (r"q5.?k.?s", "gguf_q5_k_s gguf_q5_k_m"),
        (r"q5", "gguf_q5_k_m gguf_q5_k_s gguf_q5_0"),
        (r"q6", "gguf_q6_k"),
        (r"q8", "gguf_q8_0"),
        (r"q4f16", "mlc_q4f16_1"),
        (r"gguf.?(f|bf|fp)16", "gguf_f16 bf16 fp16"),
        (r"fp8.*scaled|scaled.*fp8", "fp8_e4m3fn_scaled fp8_e4m3fn"),
        (r"e5m2", "fp8_e5m2 fp8_e4m3fn"),
        (r"e4m3|fp8|float8|f8", "fp8_e4m3fn fp8_e4m3fn_scaled fp8_e5m2 mxfp8"),
        (r"int8|i8|8.?bit|w8a", "int8 int8_convrot"),
        (r"gguf", "gguf_q4_k_m gguf_q4_k_s gguf_q4_0 gguf_q8_0"),
        (r"fp4", "nvfp4 mxfp4 fp4_bnb"),
        (r"int4|i4|4.?bit|uint4", "nf4 awq_int4"),
        (r"bf16|bfloat16|bfloat", "bf16 fp16 gguf_f16"),
        (r"fp16|float16|f16|half|16.?bit", "fp16 bf16 gguf_f16"),
        (r"fp32|float32|f32|full|32.?bit", "fp32 onnx_fp32"),
    )
)
# Widths in words mean another format where the program loads no other: 4 bits are Q4_K_M to llama.cpp.
_WIDTHS: Final[dict[tuple[str, str], str]] = {
    ("gguf", "nf4"): "gguf_q4_k_m",
    ("gguf", "int8"): "gguf_q8_0",
    ("gguf", "bf16"): "gguf_f16",
    ("gguf", "fp16"): "gguf_f16",
    ("mlx", "nf4"): "mlx_4bit",
    ("mlx", "int8"): "mlx_8bit",
    ("exl2", "nf4"): "exl2_4bpw",
    ("exl2", "int8"): "exl2_8bpw",
    ("exl3", "nf4"): "exl3_4bpw",
    ("exl3", "int8"): "exl3_6bpw",
}
_BITS = re.compile(r"(?:exl([23])\D*)?(\d+(?:\.\d+)?)\s*_?(?:bpw|bits?)")
_IN_NAME = re.compile(
    r"(?:[-_. ](?:gguf|bnb|torchao|quanto|svdq|nunchaku))?"
    r"[-_. ]((?:svdq[-_.]?)?(?:i?q[2-8](?:_[01k](?:_[sml])?|_x{1,2}s|_m)?|fp8(?:_e[45]m[23](?:fn)?)?(?:[-_]scaled)?"
    r"|nf4|bf16|fp16|fp32|int[48]|nvfp4|mxfp[48]|fp4|awq|gptq|[48]bit))(?=$|[-_. ])",
    re.IGNORECASE,
)
# Nunchaku's files carry theirs in front: "svdq-int4_r32-flux.1-dev.safetensors".
_IN_FRONT = re.compile(r"^(svdq[-_](?:int4|fp4))(?:_r\d+)?[-_]", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(safetensors|sft|gguf|ckpt|pth?|bin)$", re.IGNORECASE)


def meanings(text: str, knowledge: Knowledge, container: str | None = None) -> tuple[str, ...]:
    """Precision ids that a spelling may mean, most likely first; empty where it means none.

    Args:
        text: as a person or a program writes it.
        knowledge: holds the precisions and their aliases.
        container: what the runtime loads, where it loads one kind of file only: "gguf", "mlx", "exl2", "exl3".
    """
    wanted = fold(text)
    precisions: dict[str, Precision] = knowledge.index("precisions")
    exact = [p.id for p in precisions.values() if wanted in {fold(name) for name in (p.id, p.short, *p.aliases)}]
    lower = _EXTENSION.sub("", text.casefold().strip())
    found = next((meant for pattern, meant in _PATTERNS if pattern.search(lower)), ())
    bits = _BITS.search(lower)
    if bits is not None and (not found or bits.group(1) or "bpw" in lower):
        family = f"exl{bits.group(1) or '2'}"
        found = _nearest_bits(float(bits.group(2)), [p for p in precisions.values() if p.id.startswith(family)])
    ordered = dict.fromkeys((*exact, *found))
    if container is not None:
        other = [_WIDTHS[(container, name)] for name in ordered if (container, name) in _WIDTHS]
        ordered = dict.fromkeys((*other, *ordered))
    return tuple(name for name in ordered if name in precisions)


def _nearest_bits(bits: float, among: list[Precision]) -> tuple[str, ...]:
    def distance(precision: Precision) -> tuple[float, str]:
        named = re.search(r"_(\d+)(?:_(\d+))?bpw", precision.id)
        own = float(f"{named.group(1)}.{named.group(2) or 0}") if named else 99.0
        return abs(own - bits), precision.id

    return tuple(p.id for p in sorted(among, key=distance)[:1])


def split_name(name: str) -> tuple[str, str | None]:
    """A model's name without the precision and file ending it may carry, and that precision.

    "flux1-dev-Q4_K_S.gguf" -> ("flux1-dev", "Q4_K_S"); "sdxl" -> ("sdxl", None).
    """
    bare = _EXTENSION.sub("", name.strip())
    if (front := _IN_FRONT.match(bare)) is not None:
        return bare[front.end() :], front.group(1)
    found = list(_IN_NAME.finditer(bare))
    if not found:
        return bare, None
    last = found[-1]
    return (bare[: last.start()] + bare[last.end() :]).strip("-_. "), last.group(1)


def known_spellings(component: Component, knowledge: Knowledge) -> list[str]:
    """Words by which a component's variants can be named, for messages."""
    precisions = knowledge.index("precisions")
    return [v.key for v in component.variants] + [
        a for v in component.variants for a in precisions[v.precision].aliases
    ]
