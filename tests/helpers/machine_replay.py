"""A Host that answers from a fixture, in the real formats of each source.

A fixture is a JSON file:
    about     what the machine is
    origin    "captured" on such a machine, or "composed" from documentation and public reports
    after     where the formats and values come from
    system    as sys.platform says
    files     path -> text          links     path -> where it leads (folders and devices)
    commands  command line -> {"text" or "json": what it prints, "code": exit status, "hangs": true}
    nvml      what pynvml answers; psutil, platform, disk_free, block_device likewise
The name of the file holds the expected answer.
"""

from __future__ import annotations

import json
import posixpath
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rigfit.machine.host import Output
from rigfit.schema.machine import Gpu, Machine
from rigfit.units import GIB

FOLDER = Path(__file__).resolve().parents[1] / "machine" / "fixtures"


def _error(name: str, text: str) -> Exception:
    """An error as pynvml raises it: its classes are named after the return code."""
    kind: type[Exception] = type(f"NVMLError_{name}", (Exception,), {})
    return kind(text)


class FakeNvml:
    """The functions of pynvml over recorded values; what is not recorded is "not supported"."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    def nvmlInit(self) -> None:
        if "error" in self.told:
            raise _error(*self.told["error"])

    def nvmlShutdown(self) -> None:
        pass

    def nvmlSystemGetDriverVersion(self) -> str:
        return str(self.told["driver"])

    def nvmlDeviceGetCount(self) -> int:
        return len(self.told["cards"])

    def nvmlDeviceGetHandleByIndex(self, number: int) -> Any:
        card = self.told["cards"][number]
        if "error" in card:
            raise _error(*card["error"])
        return card

    def nvmlDeviceGetMigDeviceHandleByIndex(self, card: Any, number: int) -> Any:
        if number >= len(card["mig"]):
            raise _error("NotFound", "Not Found")
        return card["mig"][number]

    def nvmlDeviceGetMaxMigDeviceCount(self, card: Any) -> int:
        return 7 if "mig" in card else 0

    def nvmlDeviceGetMigMode(self, card: Any) -> list[int]:
        return [1, 1] if "mig" in card else self._answer(card, "mig_mode")

    def nvmlDeviceGetName(self, card: Any) -> Any:
        name = self._answer(card, "name")
        return name.encode() if card.get("bytes") else name  # bindings before 11.5 answer in bytes

    def nvmlDeviceGetMemoryInfo(self, card: Any) -> Any:
        total, free = self._answer(card, "memory")
        return SimpleNamespace(total=total, free=free, used=total - free)

    def nvmlDeviceGetCudaComputeCapability(self, card: Any) -> tuple[int, ...]:
        return tuple(self._answer(card, "capability"))

    def nvmlDeviceGetMaxPcieLinkGeneration(self, card: Any) -> int:
        return int(self._answer(card, "link")[0])

    def nvmlDeviceGetMaxPcieLinkWidth(self, card: Any) -> int:
        return int(self._answer(card, "link")[1])

    def nvmlDeviceGetDisplayActive(self, card: Any) -> int:
        return int(self._answer(card, "display"))

    def nvmlDeviceGetPciInfo(self, card: Any) -> Any:
        return SimpleNamespace(busId=self._answer(card, "bus"))

    @staticmethod
    def _answer(card: Any, what: str) -> Any:
        if what not in card:
            raise _error("NotSupported", "Not Supported")
        return card[what]


class ReplayHost:
    """A machine out of a fixture."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.files: dict[str, str] = told.get("files", {})
        self.links: dict[str, str] = told.get("links", {})

    @property
    def system(self) -> str:
        return str(self.told["system"])

    def _real(self, path: str) -> str:
        """Follow the longest link that the path begins with, as often as there is one."""
        for _ in range(8):
            best = max((k for k in self.links if path == k or path.startswith(k + "/")), key=len, default=None)
            if best is None:
                break
            path = self.links[best] + path[len(best) :]
        return posixpath.normpath(path)

    def read(self, path: str) -> str:
        real = self._real(path)
        if real not in self.files:
            raise FileNotFoundError(path)
        return self.files[real]

    def names(self, path: str) -> list[str]:
        real = self._real(path)
        inside = [p[len(real) + 1 :] for p in (*self.files, *self.links) if p.startswith(real + "/")]
        if not inside:
            raise FileNotFoundError(path)
        return sorted({p.split("/")[0] for p in inside})

    def resolve(self, path: str) -> str:
        return self._real(path)

    def run(self, *command: str, timeout_s: float) -> Output:
        line = "python torch" if command[0] == sys.executable else " ".join(command)
        told = self.told.get("commands", {}).get(line)
        if told is None:
            raise FileNotFoundError(f"{command[0]} is not installed")
        if told.get("hangs"):
            time.sleep(timeout_s)
            raise TimeoutError(f"{command[0]} did not answer within {timeout_s:g} s")
        text = told["text"] if "text" in told else json.dumps(told["json"])
        return Output(int(told.get("code", 0)), text, str(told.get("error", "")))

    def module(self, name: str) -> Any:
        if name == "pynvml":
            return FakeNvml(self.told.get("nvml", {"error": ["LibraryNotFound", "NVML Shared Library Not Found"]}))
        if name == "psutil":
            told = self.told["psutil"]
            return SimpleNamespace(
                virtual_memory=lambda: SimpleNamespace(total=told["total"], available=told["available"]),
                cpu_count=lambda logical=True: told["threads"] if logical else told["cores"],
            )
        raise ImportError(name)

    def platform(self, what: str) -> str:
        return str(self.told["platform"][what])

    def disk_free(self, folder: str) -> int:
        return int(self.told["disk_free"])

    def block_device(self, folder: str) -> tuple[int, int]:
        major, minor = self.told["block_device"]
        return int(major), int(minor)


def load(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def _card(gpu: Gpu) -> str:
    kind = gpu.compute_capability or gpu.gfx or gpu.architecture
    screen = {True: "screen", False: "headless", None: "display-unknown"}[gpu.display]
    return f"{gpu.spec or 'unlisted'}_{gpu.vram / GIB:.1f}g_{kind}_{screen}"


def answer(machine: Machine) -> str:
    """The essence of a machine, as fixture files are named: system, memory, cards, and how many things were unread."""
    inside = "" if machine.environment in (None, "native") else f"-{machine.environment}"
    cards = [_card(gpu) for gpu in machine.gpus] or ["no-gpu"]
    return "__".join([f"{machine.os}{inside}", f"{machine.ram / GIB:.1f}g", *cards])
