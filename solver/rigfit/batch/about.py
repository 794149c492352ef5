"""What a batch was run on: FILE.about.json beside FILE, for those who ask more of the results."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from rigfit.batch.fleet.reader import fingerprint
from rigfit.batch.run import Batch
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.schema.report import About
from rigfit.version import VERSION


def about_path(results: Path) -> Path:
    """Where it is said what results were run on."""
    return results.with_name(results.name + ".about.json")


def write_about(batch: Batch, knowledge: Knowledge) -> None:
    """Say what a batch is run on.

    Raises:
        InputError: when it cannot be written.
    """
    about = About(
        rigfit=VERSION,
        knowledge=f"{knowledge.catalog_digest}/{knowledge.rules_digest}",
        fleet=str(batch.fleet.resolve()),
        fingerprint=fingerprint(batch.fleet),
        catalog=None if batch.catalog is None else str(batch.catalog.resolve()),
        requests={one.name: one.request for one in batch.requests},
    )
    path = about_path(batch.out)
    try:
        made = path.with_name(path.name + ".partial")
        made.write_text(about.model_dump_json(by_alias=True, indent=2) + "\n", encoding="utf-8")
        made.replace(path)
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror or problem}", where=str(path)) from None


def read_about(results: Path) -> About | None:
    """What results were run on; None where nobody says.

    Raises:
        InputError: when the file beside them says something else.
    """
    path = about_path(results)
    try:
        return About.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as problem:
        raise InputError(
            f"does not say what a batch was run on: {str(problem).splitlines()[0]}", where=str(path)
        ) from None
