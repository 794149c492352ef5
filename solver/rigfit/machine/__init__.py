"""The machine: detected by probes, simulated from the gpu catalog, or read from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rigfit.machine.capacity import Usable, usable
    from rigfit.machine.detection import detect
    from rigfit.machine.features import FeatureVerdict, hardware_features
    from rigfit.machine.file import load_machine, save_machine
    from rigfit.machine.folders.match import with_installed
    from rigfit.machine.simulation import simulate
    from rigfit.machine.torch_backends import TorchPlan, apply_torch_backends, plan_torch_backends

# Where each public name lives; imported on first use, so that reading a machine file loads no probe.
_HOMES = {
    "Usable": "capacity",
    "usable": "capacity",
    "detect": "detection",
    "FeatureVerdict": "features",
    "hardware_features": "features",
    "load_machine": "file",
    "save_machine": "file",
    "simulate": "simulation",
    "with_installed": "folders.match",
    "TorchPlan": "torch_backends",
    "apply_torch_backends": "torch_backends",
    "plan_torch_backends": "torch_backends",
}

__all__ = [
    "FeatureVerdict",
    "TorchPlan",
    "Usable",
    "apply_torch_backends",
    "detect",
    "hardware_features",
    "load_machine",
    "plan_torch_backends",
    "save_machine",
    "simulate",
    "usable",
    "with_installed",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
