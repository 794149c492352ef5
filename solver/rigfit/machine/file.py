"""Machine files: a machine written down, to be taken anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rigfit.errors import InputError
from rigfit.schema.machine import Machine
from rigfit.units import GB, MIB

if TYPE_CHECKING:
    from rigfit.knowledge.document import Document

_MEMORY = frozenset({"ram", "ram_available", "reserve_ram", "reserve_vram", "vram", "vram_free"})


def load_machine(path: Path) -> Machine:
    """Read a machine file.

    Raises:
        InputError: one line with file and line, for a file that cannot be read or says something impossible.
    """
    from rigfit.knowledge.yamlfile import read

    return machine_in(read(path))


def machine_in(document: Document) -> Machine:
    """The machine that a parsed document describes.

    Raises:
        InputError: one line with the document's name and line, when it says something impossible.
    """
    from rigfit.knowledge.validate import validate

    machine = validate(Machine, document)
    written: list[tuple[tuple[str | int, ...], int]] = [(("ram",), machine.ram)]
    written += [(("gpus", number, "vram"), gpu.vram) for number, gpu in enumerate(machine.gpus)]
    for field, amount in written:
        if 0 < amount < MIB:  # a bare number is bytes: nobody means so few
            name = field[-1]
            raise InputError(
                f"{name}: {amount} bytes; write it with a unit, like '{amount} GB'", where=document.where(field)
            )
    return machine


def machine_yaml(machine: Machine) -> str:
    """A machine as the text of a machine file; amounts are exact, in whole MiB or GB where they are whole."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: Any, value: str) -> Any:
        # Our reader takes more spellings for numbers than YAML does ("1e3"): whatever starts like one is quoted.
        style = None if value[:1].isalpha() else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    content = machine.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    ordered = {"schema": machine.schema_version, "simulated": machine.simulated, **content}
    return yaml.dump(_readable(ordered), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)


def save_machine(machine: Machine, path: Path) -> None:
    """Write a machine file.

    Raises:
        InputError: when the file cannot be written.
    """
    try:
        path.write_text(machine_yaml(machine), encoding="utf-8")
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror or problem}", where=str(path)) from None


def _readable(value: Any, field: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _readable(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if field in _MEMORY and isinstance(value, int) and value and value % MIB == 0:
        return f"{value // MIB} MiB"
    if field == "disk_free" and value and value % GB == 0:
        return f"{value // GB} GB"
    return value
