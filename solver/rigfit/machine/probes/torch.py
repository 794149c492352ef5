"""What an installed PyTorch sees: asked on request only and in a process of its own, for it takes seconds to import."""

from __future__ import annotations

import sys
from typing import Any

from rigfit.machine import silicon
from rigfit.machine.findings import Ask, Findings, GpuFinding, NotHereError, document, probe, whole
from rigfit.machine.host import Host

# Prints one line of JSON; every question may fail on some build of PyTorch.
PROGRAM = """
import json, importlib.util as u
if u.find_spec("torch") is None: print(json.dumps({"torch": None})); raise SystemExit
import torch
def q(f):
    try: return f()
    except Exception: return None
def card(api, i):
    p = api.get_device_properties(i)
    return {"name": p.name, "total": p.total_memory, "capability": q(lambda: list(api.get_device_capability(i))),
            "gcn": getattr(p, "gcnArchName", None)}
def cards(api):
    return [card(api, i) for i in range(api.device_count())] if api and q(api.is_available) else []
print(json.dumps({"torch": torch.__version__, "cuda": torch.version.cuda, "hip": torch.version.hip,
    "mps": bool(q(torch.backends.mps.is_available)), "cuda_devices": q(lambda: cards(torch.cuda)) or [],
    "xpu_devices": q(lambda: cards(getattr(torch, "xpu", None))) or []}))
"""


@probe("torch", "linux", "darwin", "win32", on_request=True)
def read(host: Host, ask: Ask) -> Findings:
    """The cards PyTorch can use, and what it was built for."""
    done = host.run(sys.executable, "-c", PROGRAM, timeout_s=ask.timeout_s)
    lines = done.text.strip().splitlines()
    if done.code != 0 or not lines:
        last = done.error.strip().splitlines()
        raise OSError(f"PyTorch did not start: {last[-1] if last else 'no output'}")
    told = document(lines[-1], "PyTorch")
    if told.get("torch") is None:
        raise NotHereError("PyTorch is not installed here")
    built = f"CUDA {told['cuda']}" if told.get("cuda") else f"ROCm {told['hip']}" if told.get("hip") else "CPU only"
    if told.get("mps"):
        built = "Metal"
    elif told.get("xpu_devices"):
        built = "XPU"
    gpus = [_card(card, "amd" if told.get("hip") else "nvidia") for card in told.get("cuda_devices", [])]
    gpus += [_card(card, "intel") for card in told.get("xpu_devices", [])]
    sees = f"sees {len(gpus)} card{'s' if len(gpus) != 1 else ''}" if built not in ("CPU only", "Metal") else "ready"
    return Findings(gpus=tuple(gpus), notes=(f"PyTorch {told['torch']} ({built}): {sees}",))


def _card(told: dict[str, Any], vendor: Any) -> GpuFinding:
    numbers = told.get("capability") or []
    compute = f"{numbers[0]}.{numbers[1]}" if vendor == "nvidia" and len(numbers) == 2 else None
    gfx = str(told.get("gcn") or "").split(":")[0] or None if vendor == "amd" else None
    architecture = silicon.nvidia_architecture(compute) if vendor == "nvidia" else silicon.amd_architecture(gfx)
    return GpuFinding(
        vendor=vendor,
        name=told.get("name"),
        memory=whole(told.get("total")) or None,
        compute_capability=compute,
        gfx=gfx,
        architecture=architecture,
    )
