"""What `import rigfit` offers, whatever was imported before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import rigfit


def run(program: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(Path(rigfit.__file__).parent.parent)}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.mark.parametrize(
    "before",
    [
        "import rigfit",
        "from rigfit.solve import solve",
        "from rigfit.estimate import estimate",
        "import rigfit; rigfit.solve",
        "import rigfit.cli.solve",
    ],
)
@pytest.mark.parametrize("name", ["solve", "estimate"])
def test_functions_that_share_a_module_s_name(before: str, name: str) -> None:
    """Importing the module rigfit.solve must not put the module in the place of the function."""
    assert run(f"{before}\nimport rigfit\nprint(callable(rigfit.{name}))") == "True"


def test_every_name_is_there() -> None:
    assert run("import rigfit\nprint(all(getattr(rigfit, name) is not None for name in rigfit.__all__))") == "True"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        rigfit.sovle  # noqa: B018


@pytest.mark.parametrize(
    "program", ["import rigfit", "from rigfit.cli import main\ntry:\n  main(['--help'])\nexcept SystemExit: pass"]
)
def test_starting_imports_no_solver(program: str) -> None:
    heavy = run(
        f"{program}\nimport sys\n"
        "print('|', [m for m in ('ortools', 'pandas', 'torch', 'numpy', 'pydantic', 'yaml') if m in sys.modules])"
    )
    assert heavy.rpartition("|")[2].strip() == "[]"


def test_a_warm_start_reads_no_yaml_and_validates_nothing_again() -> None:
    """With the knowledge stored, a simulated machine is all that pydantic has to look at; no probe is loaded."""
    load = "from rigfit.knowledge import load_knowledge\nload_knowledge()"
    run(load)
    command = "rigfit.cli.cli.main(['catalog', 'list', 'models'], standalone_mode=False)"
    simulate = "rigfit.simulate(load_knowledge(), rigfit.MachineRequest(gpus=('RTX 4070',)))"
    said = run(
        f"import sys, rigfit, rigfit.cli\n{command}\n{load}\n{simulate}\n"
        "from rigfit.schema.catalog import CatalogFile\nfrom rigfit.schema.rules import RulesFile\n"
        "print('|', [m for m in ('yaml', 'rigfit.machine.detection') if m in sys.modules],"
        " CatalogFile.__pydantic_complete__, RulesFile.__pydantic_complete__)"
    )
    assert said.rpartition("|")[2].strip() == "[] False False"
