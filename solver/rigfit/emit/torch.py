"""Settings of PyTorch's backends for the machine."""

from __future__ import annotations

from rigfit.emit import quoting
from rigfit.emit.context import Made
from rigfit.machine.torch_backends import plan_torch_backends
from rigfit.schema.machine import Machine


def emit_torch(machine: Machine, head: tuple[str, ...]) -> Made:
    """A module to import before models are loaded."""
    made = Made()
    comment = "".join(f"# {quoting.line(text)}\n" for text in head)
    text = comment + plan_torch_backends(machine).as_python() + "\n"
    made.add("torch_backends.py", text, "Settings of PyTorch for this machine; import it before models are loaded.")
    return made
