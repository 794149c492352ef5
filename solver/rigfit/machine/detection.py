"""The facts of this computer: every probe in a thread of its own, under one time limit, none of them trusted."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, Literal

from rigfit.knowledge import Knowledge
from rigfit.machine.cards import as_gpu, join
from rigfit.machine.findings import REGISTRY, Ask, Findings, GpuFinding, NotHereError, Probe, whole
from rigfit.machine.host import Host, RealHost
from rigfit.schema.machine import Assumption, Cpu, Gpu, Machine, Unread
from rigfit.units import MAX_BYTES, format_file, format_memory

_SYSTEMS: dict[str, Literal["linux", "windows", "macos"]] = {"linux": "linux", "win32": "windows", "darwin": "macos"}


def detect(
    knowledge: Knowledge,
    *,
    models_dir: Path | None = None,
    timeout_s: float = 3.0,
    host: Host | None = None,
    torch: bool = False,
) -> Machine:
    """Read the facts of this computer.

    Never raises for what the computer says, and returns after `timeout_s` at the latest: what could not be read stands
    in the result's `unread`, what had to be assumed instead in its `assumptions`.

    Args:
        knowledge: the gpu catalog names cards; rules/ say what to assume.
        models_dir: where models lie or would lie; the home folder where not given.
        timeout_s: limit for all probes together, in seconds.
        host: another computer to read from than this one (fixtures).
        torch: ask an installed PyTorch too; that takes seconds.

    Raises:
        CatalogError: when rules/ hold no assumptions.
    """
    host = RealHost() if host is None else host
    results = _run(host, Ask(str(models_dir or "~"), timeout_s), torch)
    unread: list[Unread] = []
    absent: list[Unread] = []
    notes: list[str] = []
    facts: dict[str, Any] = {}
    cards: list[GpuFinding] = []
    for probe, result in results:
        if isinstance(result, Findings):
            join(cards, result.gpus)
            for name, value in _items(result.facts):
                if value is not None:
                    facts.setdefault(name, value)
            notes.extend(label(note) for note in _list(result.notes))
            unread.extend(Unread(probe=probe.name, reason=label(reason)) for reason in _list(result.unread))
        elif isinstance(result, NotHereError):
            absent.append(Unread(probe=probe.name, reason=label(result)))
        else:
            unread.append(Unread(probe=probe.name, reason=_why(result)))

    assumed: list[Assumption] = []
    os = _SYSTEMS.get(host.system, "linux")
    ram = _amount(facts, "ram", knowledge.assumptions.ram.value, format_memory, assumed)
    disk = _amount(facts, "disk_free", knowledge.assumptions.disk.value, format_file, assumed, "disk")
    gpus: list[Gpu] = []
    for card in cards:
        found = as_gpu(knowledge, card, os, ram, len(gpus), assumed)
        if isinstance(found, Gpu):
            gpus.append(found)
        else:
            unread.append(Unread(probe="gpu", reason=label(found)))
    if not gpus:
        unread.extend(absent)
    available = whole(facts.get("ram_available"))
    return Machine(
        simulated=False,
        os=os,
        os_version=_text(facts.get("os_version")),
        cpu=_cpu(facts, knowledge, assumed),
        gpus=tuple(gpus),
        ram=ram,
        ram_available=None if available is None else min(available, ram),
        disk_free=disk,
        disk_rotational=_one_of(facts.get("disk_rotational"), (True, False)),
        disk_kind=_one_of(facts.get("disk_kind"), ("nvme", "ssd", "hdd")),
        environment=_one_of(facts.get("environment"), ("native", "wsl2", "container")),
        assumptions=tuple(assumed),
        unread=tuple(unread),
        notes=tuple(notes),
    )


def _run(host: Host, ask: Ask, torch: bool) -> list[tuple[Probe, Any]]:
    """Every probe that works on this system, with its findings or the reason why there are none, in order of trust."""
    from rigfit.machine import probes  # noqa: F401  registers them

    chosen = [p for p in REGISTRY.values() if host.system in p.systems and (torch or not p.on_request)]
    answers: dict[str, Any] = {}
    threads: list[threading.Thread] = []
    until = time.monotonic() + ask.timeout_s

    def work(probe: Probe) -> None:
        try:
            answer: Any = probe.read(host, ask)
        except BaseException as problem:  # a probe may not end detection, whatever it does
            answer = problem
        answers[probe.name] = answer

    for probe in chosen:
        # Daemon threads: one that hangs in a driver is left behind and does not keep the program alive.
        thread = threading.Thread(target=work, args=(probe,), name=f"probe {probe.name}", daemon=True)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    late = TimeoutError(f"did not answer within {ask.timeout_s:g} s")
    # A copy: a probe that is late must not change what is being read.
    done = dict(answers)
    return [(probe, done.get(probe.name, late)) for probe in chosen]


def _why(problem: Any) -> str:
    if isinstance(problem, PermissionError):
        return label(f"no permission to read {problem.filename or 'it'}")
    if isinstance(problem, BaseException):
        return label(_safe(problem) or type(problem).__name__)
    return f"answered with {type(problem).__name__}, which is not understood"


def _safe(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        return ""


def label(value: Any, limit: int = 160) -> str:
    """A text for people from something untrusted: one line, printable, of bounded length."""
    text = " ".join("".join(c if c.isprintable() else " " for c in _safe(value)[: 4 * limit]).split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _text(value: Any) -> str | None:
    return label(value) or None if isinstance(value, str) else None


def _list(value: Any) -> tuple[Any, ...]:
    return tuple(value)[:100] if isinstance(value, tuple | list) else ()


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _one_of(value: Any, known: tuple[Any, ...]) -> Any:
    return value if isinstance(value, str | bool) and value in known else None


def _amount(
    facts: dict[str, Any], name: str, otherwise: int, shown: Any, assumed: list[Assumption], rule: str | None = None
) -> int:
    found = whole(facts.get(name))
    if found is not None and found <= MAX_BYTES and (found > 0 or name == "disk_free"):
        return found
    assumed.append(_assumed(rule or name, shown(otherwise)))
    return otherwise


def _cpu(facts: dict[str, Any], knowledge: Knowledge, assumed: list[Assumption]) -> Cpu:
    cores = whole(facts.get("cores"))
    if cores is None or not 1 <= cores <= 4096:
        cores = knowledge.assumptions.cpu_cores.value
        assumed.append(_assumed("cpu_cores", str(cores)))
    name = _text(facts.get("cpu_name")) or "unknown"
    return Cpu(name=name, cores=cores, architecture=_text(facts.get("cpu_architecture")))


def _assumed(field: str, value: str) -> Assumption:
    return Assumption(field=field, value=value, rule=f"assumptions.{field}", reason="it could not be read")
