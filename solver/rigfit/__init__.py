"""rigfit: which local generative-AI models really run on a machine, which set of them is best, and why.

    >>> import rigfit
    >>> knowledge = rigfit.load_knowledge()
    >>> machine = rigfit.simulate(knowledge, rigfit.MachineRequest(gpus=("RTX 4070",)))
    >>> answer = rigfit.solve(knowledge.index("presets")["photorealism"].request, machine, knowledge)

Everything is imported on first use: importing rigfit imports neither the solver nor pydantic.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rigfit.errors import CatalogError, InputError, RigfitError, TooLargeError
from rigfit.version import VERSION

if TYPE_CHECKING:
    from rigfit.estimate import estimate
    from rigfit.explain.diff import difference
    from rigfit.explain.verify import verify
    from rigfit.knowledge import Knowledge, load_knowledge
    from rigfit.machine import detect, load_machine, save_machine, simulate
    from rigfit.schema.answer import Answer
    from rigfit.schema.machine import Machine
    from rigfit.schema.request import MachineRequest, Policies, Request, TaskRequest
    from rigfit.solve import solve
    from rigfit.whatif.session import Session

__version__ = VERSION

_HOMES = {
    "Answer": "rigfit.schema.answer",
    "Knowledge": "rigfit.knowledge",
    "Machine": "rigfit.schema.machine",
    "MachineRequest": "rigfit.schema.request",
    "Policies": "rigfit.schema.request",
    "Request": "rigfit.schema.request",
    "Session": "rigfit.whatif.session",
    "TaskRequest": "rigfit.schema.request",
    "detect": "rigfit.machine",
    "difference": "rigfit.explain.diff",
    "estimate": "rigfit.estimate",
    "load_knowledge": "rigfit.knowledge",
    "load_machine": "rigfit.machine",
    "save_machine": "rigfit.machine",
    "simulate": "rigfit.machine",
    "solve": "rigfit.solve",
    "verify": "rigfit.explain.verify",
}

__all__ = [
    "Answer",
    "CatalogError",
    "InputError",
    "Knowledge",
    "Machine",
    "MachineRequest",
    "Policies",
    "Request",
    "RigfitError",
    "Session",
    "TaskRequest",
    "TooLargeError",
    "__version__",
    "detect",
    "difference",
    "estimate",
    "load_knowledge",
    "load_machine",
    "save_machine",
    "simulate",
    "solve",
    "verify",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'rigfit' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(home)
    # `rigfit.solve` and `rigfit.estimate` are modules too; the function of that name is what the package offers.
    value = getattr(module, name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """Importing a submodule binds it here; `rigfit.solve` and `rigfit.estimate` stay the functions of that name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
