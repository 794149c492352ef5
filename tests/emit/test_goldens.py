"""Golden bundles: a request beside the files that `rigfit emit` writes for it, one folder for each case.

After a change of catalog, rules or emitters write them anew, from the repository's root, and read what has changed:

    RIGFIT_UPDATE_GOLDENS=1 python -m pytest -n 0 -q tests/emit/test_goldens.py

Record ids are masked: they change with every entry of the catalog.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rigfit.emit import emit, write
from rigfit.emit.assembly import EMITTERS
from rigfit.knowledge import Knowledge
from rigfit.knowledge import flags as launch
from rigfit.knowledge.validate import validate
from rigfit.knowledge.yamlfile import read
from rigfit.machine import simulate
from rigfit.schema.answer import Answer
from rigfit.schema.emitted import Emitted
from rigfit.schema.request import Request
from rigfit.solve import solve

GOLDENS = Path(__file__).parent / "goldens"
CASES = sorted(folder.name for folder in GOLDENS.iterdir() if folder.is_dir())
_RECORD = "0" * 16


@pytest.fixture(scope="module")
def made(knowledge: Knowledge) -> dict[str, tuple[Answer, Emitted]]:
    """Every case, solved once."""
    found = {}
    for case in CASES:
        request = validate(Request, read(GOLDENS / case / "request.yaml"))
        assert request.machine is not None
        answer = solve(request, simulate(knowledge, request.machine), knowledge)
        assert answer.status == "optimal", f"{case}: {answer.explanation.summary}"
        found[case] = (answer, emit(answer, knowledge))
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_files_are_the_golden_ones(case: str, made: dict[str, tuple[Answer, Emitted]]) -> None:
    _, emitted = made[case]
    folder = GOLDENS / case / "out"
    texts = {file.path: file.text.replace(emitted.record, _RECORD) for file in emitted.files}
    if os.environ.get("RIGFIT_UPDATE_GOLDENS"):
        shutil.rmtree(folder, ignore_errors=True)
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
    there = {
        file.relative_to(folder).as_posix(): file.read_bytes().decode() for file in folder.rglob("*") if file.is_file()
    }
    assert sorted(there) == sorted(texts)
    assert there == texts


def test_there_are_enough_of_them(made: dict[str, tuple[Answer, Emitted]]) -> None:
    assert len(CASES) >= 30
    tasks = [(answer.machine, task) for answer, _ in made.values() for task in answer.bundles[0].tasks]
    assert {machine.os for machine, _ in tasks} == {"linux", "windows", "macos"}
    backends = {machine.gpus[task.gpu].backend if task.gpu is not None else "cpu" for machine, task in tasks}
    assert backends == {"cuda", "rocm", "mps", "xpu", "cpu"}
    assert {task.runtime for _, task in tasks} >= set(EMITTERS)
    assert len({task.runtime for _, task in tasks}) >= 20


@pytest.mark.parametrize("case", CASES)
def test_every_file_begins_with_the_record(case: str, made: dict[str, tuple[Answer, Emitted]]) -> None:
    answer, emitted = made[case]
    for file in emitted.files:
        if file.path.endswith(".json"):
            assert json.loads(file.text)["record"] == answer.record.id
        else:
            assert f"record {answer.record.id}" in "\n".join(file.text.splitlines()[:2])
        assert "\ufffd" not in file.text
        assert all(
            len(line) <= 100 or file.path.endswith((".py", ".md", ".sh", ".ps1", ".bat", ".json"))
            for line in file.text.splitlines()
        )


def shells(made: dict[str, tuple[Answer, Emitted]], folder: Path) -> list[Path]:
    return [
        path for case, (_, emitted) in made.items() for path in write(emitted, folder / case) if path.suffix == ".sh"
    ]


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_shell_scripts_pass_shellcheck_and_run_dry(
    made: dict[str, tuple[Answer, Emitted]], tmp_path: Path, knowledge: Knowledge
) -> None:
    scripts = shells(made, tmp_path)
    assert len(scripts) >= 20
    checker = shutil.which("shellcheck") or str(Path(sys.executable).parent / "shellcheck")
    checked = subprocess.run([checker, "--severity=style", *map(str, scripts)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    before = sorted(tmp_path.rglob("*"))
    # Nothing that is installed may matter: a dry run calls only what every system has.
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), "DRY_RUN": "1"}
    for path in scripts:
        ran = subprocess.run(["bash", str(path)], capture_output=True, text=True, env=environment)
        assert (ran.returncode, ran.stderr) == (0, ""), path
        assert ran.stdout
        _options_are_listed(ran.stdout, path.parent.name, knowledge)
    assert sorted(tmp_path.rglob("*")) == before


def _options_are_listed(printed: str, runtime: str, knowledge: Knowledge) -> None:
    """What a start script would run is held against the list of its runtime."""
    listed = launch.list_of(runtime, knowledge)
    if listed is None:
        return
    for line in printed.splitlines():
        words = shlex.split(line.removeprefix("+"))
        if runtime in ("a1111", "forge"):
            assert launch.problem(words, listed) is None
        elif words[: len(listed.program)] == list(listed.program) and listed.program:
            assert launch.problem(words[len(listed.program) :], listed) is None
        elif any(word.endswith(("main.py", "webui.sh")) for word in words):
            start = next(n for n, word in enumerate(words) if word.endswith(("main.py", "webui.sh")))
            assert launch.problem(words[start + 1 :], listed) is None


@pytest.mark.parametrize("case", CASES)
def test_settings_and_options_are_in_the_lists(
    case: str, made: dict[str, tuple[Answer, Emitted]], knowledge: Knowledge
) -> None:
    answer, emitted = made[case]
    for task in answer.bundles[0].tasks:
        listed = launch.list_of(task.runtime, knowledge)
        assert not task.flags or (listed is not None and launch.problem(task.flags, listed) is None)
    for file in emitted.files:
        if file.path.endswith((".yaml", ".yml")):
            assert isinstance(yaml.safe_load(file.text), dict)
        if file.path.startswith("invokeai/"):
            listed = launch.list_of("invokeai", knowledge)
            assert listed is not None
            assert launch.setting_problem(yaml.safe_load(file.text), listed) is None


@pytest.mark.parametrize("case", CASES)
def test_compose_files_validate(case: str, made: dict[str, tuple[Answer, Emitted]]) -> None:
    compose_spec = pytest.importorskip("compose_spec")
    answer, emitted = made[case]
    for file in emitted.files:
        if file.path.endswith("docker-compose.yml"):
            compose_spec.PyCompose.from_yaml(file.text)
            (service,) = yaml.safe_load(file.text)["services"].values()
            backends = {gpu.backend for gpu in answer.machine.gpus}
            assert ("deploy" in service) == ("cuda" in backends)
            assert ("/dev/kfd:/dev/kfd" in service.get("devices", ())) == ("rocm" in backends)


@pytest.mark.parametrize("case", CASES)
def test_python_compiles_and_runs_dry(case: str, made: dict[str, tuple[Answer, Emitted]]) -> None:
    for file in made[case][1].files:
        if file.path.endswith(".py"):
            compile(file.text, file.path, "exec")
