"""What probes hand back, and how a probe is registered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from rigfit.machine.host import Host

Vendor = Literal["nvidia", "amd", "intel", "apple"]


@dataclass(frozen=True)
class GpuFinding:
    """What one source says about one card; None is "this source does not say". Memory in bytes."""

    vendor: Vendor
    name: str | None = None
    memory: int | None = None
    free: int | None = None
    compute_capability: str | None = None
    gfx: str | None = None
    architecture: str | None = None
    pci: str | None = None
    display: bool | None = None
    driver: str | None = None
    pcie_bandwidth: int | None = None
    unified: bool | None = None
    unified_limit: int | None = None
    """For unified memory: the share set by hand."""
    gpu_cores: int | None = None
    slice_of: str | None = None


@dataclass(frozen=True)
class Findings:
    """What one probe read."""

    gpus: tuple[GpuFinding, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    """Fields of the machine: os_version, ram, ram_available, cores, cpu_name, cpu_architecture, disk_free, ..."""
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Reasons why parts of it could not be read."""


class NotHereError(Exception):
    """What a probe reads does not exist on this machine: ordinary, and said only where no card is found at all."""


@dataclass(frozen=True)
class Ask:
    """What detection passes to every probe."""

    models_dir: str
    timeout_s: float


Read = Callable[[Host, Ask], Findings]


@dataclass(frozen=True)
class Probe:
    """One source of facts."""

    name: str
    systems: tuple[str, ...]
    read: Read
    on_request: bool = False
    """True for what is slow or heavy (importing torch): run only when asked."""


REGISTRY: dict[str, Probe] = {}


def probe(name: str, *systems: str, on_request: bool = False) -> Callable[[Read], Read]:
    """Register a probe. The order of registration is the order of trust: the first source to state a fact wins.

    Args:
        name: how messages call it.
        systems: values of `sys.platform` it works on.
        on_request: run it only when asked for by name.
    """

    def register(read: Read) -> Read:
        REGISTRY[name] = Probe(name, systems, read, on_request)
        return read

    return register


def quiet(ask: Callable[..., Any], *given: Any) -> Any:
    """The value, or None where asking for it fails: one unsupported value must not hide the others."""
    try:
        return ask(*given)
    except Exception:
        return None


def whole(value: Any) -> int | None:
    """A non-negative integer from a number or text ("0x..." too), or None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        try:
            number = int(text, 16) if text.lower().startswith("0x") else int(text)
        except ValueError:
            return None
    elif isinstance(value, int):
        number = value
    else:
        return None
    return number if 0 <= number < 2**63 else None


def document(printed: str, who: str) -> Any:
    """The JSON document that a program printed, after whatever warnings stand before it.

    Raises:
        OSError: when there is none.
    """
    starts = [at for at in (printed.find("{"), printed.find("[")) if at >= 0]
    try:
        return json.loads(printed[min(starts) :])
    except (ValueError, RecursionError):
        raise OSError(f"{who} printed no JSON") from None


def text_file(host: Host, path: str) -> str | None:
    """A short text file without surrounding blanks, or None where it cannot be read."""
    found = quiet(host.read, path)
    return found.strip() if isinstance(found, str) else None


def number_file(host: Host, path: str) -> int | None:
    """A file that holds one number, or None."""
    return whole(text_file(host, path))
