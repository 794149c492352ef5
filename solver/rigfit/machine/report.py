"""A machine with what of it models may use, and what its cards do."""

from __future__ import annotations

from dataclasses import asdict

from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.schema.hardware import FeatureSupport, HardwareReport, UsableAmounts
from rigfit.schema.machine import Machine


def hardware_report(machine: Machine, knowledge: Knowledge, *, features: bool) -> HardwareReport:
    """What `rigfit hardware --json` prints; the cards' features only where asked for."""
    found = None
    if features:
        from rigfit.machine.features import hardware_features

        verdicts = hardware_features(machine, knowledge)
        found = {card: tuple(FeatureSupport(**asdict(one)) for one in ones) for card, ones in verdicts.items()}
    return HardwareReport(machine=machine, usable=UsableAmounts(**asdict(usable(machine, knowledge))), features=found)
