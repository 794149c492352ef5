"""Settings of PyTorch's backends for a machine: as data, as text, as a snippet, or applied."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from rigfit.errors import InputError
from rigfit.knowledge.matching import capability
from rigfit.schema.machine import Machine

# Settings that PyTorch reads, in the names every version since 1.12 knows.
_MATMUL_TF32 = "torch.backends.cuda.matmul.allow_tf32"
_CUDNN_TF32 = "torch.backends.cudnn.allow_tf32"
_FP16_REDUCED = "torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction"
_BF16_REDUCED = "torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction"

# After 2.9 the TF32 switches give way to these; mixing old and new makes PyTorch raise, so only one kind is ever set.
_SUCCESSORS = {
    _MATMUL_TF32: "torch.backends.cuda.matmul.fp32_precision",
    _CUDNN_TF32: "torch.backends.cudnn.conv.fp32_precision",
}


@dataclass(frozen=True)
class TorchPlan:
    """What to set, for which device, and what to know."""

    device: Literal["cuda", "rocm", "mps", "xpu", "cpu"]
    settings: dict[str, bool]
    dtype: str
    """The 16-bit (or 32-bit) type to load models in."""
    warnings: tuple[str, ...] = ()
    applied: bool = False

    def as_json(self) -> str:
        """The plan as a JSON document."""
        document = {
            "schema": "rigfit.torch/1",
            "device": self.device,
            "dtype": self.dtype,
            "settings": self.settings,
            "warnings": list(self.warnings),
        }
        return json.dumps(document, indent=2)

    def as_text(self) -> str:
        """The plan as lines for people."""
        lines = [f"device   {self.device}", f"dtype    {self.dtype}"]
        lines += [f"{'on' if value else 'off':<8} {name}" for name, value in self.settings.items()]
        lines += [f"note     {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def as_python(self) -> str:
        """The plan as a snippet that runs on PyTorch before and after 2.9."""
        lines = ["import torch", ""]
        lines += [f"# {warning}" for warning in self.warnings]
        tf32 = {name: value for name, value in self.settings.items() if name in _SUCCESSORS}
        if tf32:
            lines.append('if hasattr(torch.backends.cuda.matmul, "fp32_precision"):')
            lines += [f"    {_SUCCESSORS[name]} = {_successor_value(value)!r}" for name, value in tf32.items()]
            lines.append("else:")
            lines += [f"    {name} = {value}" for name, value in tf32.items()]
        lines += [f"{name} = {value}" for name, value in self.settings.items() if name not in _SUCCESSORS]
        lines.append(f"dtype = torch.{self.dtype}")
        return "\n".join(lines)


def _successor_value(tf32: bool) -> str:
    return "tf32" if tf32 else "ieee"


def plan_torch_backends(machine: Machine) -> TorchPlan:
    """The settings for a machine. With several NVIDIA cards they suit the oldest: PyTorch has one set for all."""
    if not machine.gpus:
        return TorchPlan("cpu", {}, "float32", ("no GPU: models run on the processor, slowly",))
    first = machine.gpus[0]
    if first.backend == "cuda":
        cards = [gpu for gpu in machine.gpus if gpu.backend == "cuda"]
        known = [gpu.compute_capability for gpu in cards if gpu.compute_capability is not None]
        oldest = min(known, key=capability) if len(known) == len(cards) else None
        broken = any("broken_fp16" in gpu.quirks for gpu in cards)
        return _cuda(oldest, broken, len(cards))
    if first.backend == "mps":
        apple = (
            "Apple's backend has no fp8 types, and K-quants give wrong pictures through PyTorch",
            "bfloat16 needs macOS 14 or newer",
        )
        return TorchPlan("mps", {}, "float16", apple)
    if first.backend == "rocm":
        old = first.architecture in ("gcn5", "rdna1", "rdna2")
        notes = ("bf16 is slow on RDNA2 and older",) if old else ()
        return TorchPlan("rocm", {}, "float16" if old else "bfloat16", notes)
    return TorchPlan("xpu", {}, "bfloat16")


def _cuda(oldest: str | None, broken_fp16: bool, count: int) -> TorchPlan:
    if oldest is None:
        return TorchPlan("cuda", {}, "float16", ("the compute capability is not known: PyTorch's defaults stay",))
    number = capability(oldest)
    ampere, ada = number >= (8, 0), number >= (8, 9)
    settings = {_MATMUL_TF32: ampere, _CUDNN_TF32: ampere, _FP16_REDUCED: ada, _BF16_REDUCED: ampere}
    warnings: list[str] = []
    if not ampere:
        warnings.append("FlashAttention needs Ampere (8.0); PyTorch falls back to its memory-efficient attention")
        warnings.append("bf16 is emulated before Ampere: slower and larger; load models in fp16 where they allow it")
    elif not ada:
        warnings.append("fp8 weights are stored in 8 bits and computed in 16 before Ada (8.9)")
    if broken_fp16:
        warnings.append("fp16 arithmetic is broken on this card (GTX 16xx and relatives): load models in fp32")
    if count > 1:
        warnings.append(f"one set of settings for {count} cards: it suits the oldest, of compute capability {oldest}")
    dtype = "float32" if broken_fp16 or number < (7, 0) else "bfloat16" if ampere else "float16"
    return TorchPlan("cuda", settings, dtype, tuple(warnings))


def apply_torch_backends(machine: Machine | None = None) -> TorchPlan:
    """Set PyTorch's backends for the cards it sees, or for a given machine.

    Returns:
        The plan that was applied.

    Raises:
        InputError: when PyTorch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise InputError(
            "PyTorch is not installed in this Python: install it, or use `rigfit hardware --torch python`"
        ) from None
    plan = _seen_by(torch) if machine is None else plan_torch_backends(machine)
    successor = hasattr(torch.backends.cuda.matmul, "fp32_precision")
    for name, value in plan.settings.items():
        if successor and name in _SUCCESSORS:
            _assign(torch, _SUCCESSORS[name], _successor_value(value))
        else:
            _assign(torch, name, value)
    return TorchPlan(plan.device, plan.settings, plan.dtype, plan.warnings, applied=True)


def _assign(torch: Any, name: str, value: Any) -> None:
    *path, last = name.split(".")[1:]
    owner = torch
    for step in path:
        owner = getattr(owner, step)
    setattr(owner, last, value)


def _seen_by(torch: Any) -> TorchPlan:
    """The plan for what PyTorch itself sees."""
    if torch.cuda.is_available():
        if getattr(torch.version, "hip", None):
            from rigfit.machine.silicon import amd_architecture

            gfx = str(getattr(torch.cuda.get_device_properties(0), "gcnArchName", "")).split(":")[0]
            old = amd_architecture(gfx) in ("gcn5", "rdna1", "rdna2")
            return TorchPlan("rocm", {}, "float16" if old else "bfloat16")
        from rigfit.machine.silicon import quirks_of

        count = torch.cuda.device_count()
        pairs = [torch.cuda.get_device_capability(number) for number in range(count)]
        oldest = ".".join(str(part) for part in min(pairs))
        broken = any(quirks_of(torch.cuda.get_device_name(number)) for number in range(count))
        return _cuda(oldest, broken, count)
    if getattr(torch.backends, "mps", None) is not None and torch.backends.mps.is_available():
        return TorchPlan("mps", {}, "float16", ("Apple's backend has no fp8 types",))
    if getattr(torch, "xpu", None) is not None and torch.xpu.is_available():
        return TorchPlan("xpu", {}, "bfloat16")
    return TorchPlan("cpu", {}, "float32", ("PyTorch sees no GPU",))
