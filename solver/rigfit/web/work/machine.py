"""The computer that serves, and simulated ones."""

from __future__ import annotations

from rigfit.schema.hardware import HardwareReport
from rigfit.schema.request import MachineRequest
from rigfit.web.desk import Desk, Here
from rigfit.web.frames import Reply


def find_here(desk: Desk) -> Reply:
    """The computer, and which models of the catalog lie in the folders."""
    from rigfit.machine import detect
    from rigfit.machine.folders.match import scan_folders

    machine = detect(desk.knowledge, models_dir=next(iter(desk.models), None))
    scan = scan_folders(desk.models, desk.knowledge) if desk.models else None
    here = Here(machine) if scan is None else Here(machine, scan.installed, scan.notes)
    return Reply(200, b"", value=here)


def report(desk: Desk, wish: MachineRequest | None, here: Here, features: bool) -> HardwareReport:
    """What a machine is, and what of it models may use."""
    from rigfit.machine.report import hardware_report

    return hardware_report(desk.machine(wish, here), desk.knowledge, features=features)
