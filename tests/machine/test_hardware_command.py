"""`rigfit hardware`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rigfit.cli.hardware import command
from rigfit.machine import load_machine
from rigfit.schema.hardware import HardwareReport


def run(*options: str) -> Result:
    return CliRunner().invoke(command, [*options])


def test_this_computer() -> None:
    done = run()
    assert done.exit_code == 0, done.output
    assert "SIMULATED" not in done.stdout
    assert "usable of" in done.stdout
    assert all(line == line.rstrip() for line in done.stdout.splitlines())
    assert "\x1b" not in done.stdout


def test_a_simulated_machine_says_so() -> None:
    done = run("--gpu", "RTX 4070", "--ram", "32GB")
    assert done.exit_code == 0
    assert done.stdout.startswith("SIMULATED  ")
    assert "assumed" in done.stdout
    assert "rule assumptions.os" in done.stdout.replace("\n", " ").replace("  ", " ")


def test_json_has_its_schema() -> None:
    done = run("--json", "--features", "--gpu", "rtx-4090", "--gpu", "rtx-3090")
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["schema"] == "rigfit.hardware/1"
    report = HardwareReport.model_validate(told)
    assert report.machine.simulated
    assert len(report.usable.vram) == 2
    assert report.features
    assert set(report.features) == {gpu.name for gpu in report.machine.gpus}


def test_save_and_read(tmp_path: Path) -> None:
    path = tmp_path / "machine.yaml"
    assert run("--gpu", "rtx-4070", "--save", str(path)).exit_code == 0
    before = path.read_text()
    refused = run("--gpu", "rtx-4090", "--save", str(path))
    assert refused.exit_code == 2
    assert "exists already" in refused.stderr
    assert path.read_text() == before
    assert run("--gpu", "rtx-4090", "--save", str(path), "--force").exit_code == 0
    assert load_machine(path).gpus[0].spec == "rtx-4090"
    again = run("--machine", str(path))
    assert again.exit_code == 0
    assert again.stdout.startswith("SIMULATED")


def test_features_and_torch() -> None:
    assert "emulated" in run("--features", "--gpu", "rtx-3060-12gb").stdout
    assert "fp8 arithmetic" in run("--features", "--gpu", "rtx-3060-12gb").stdout
    assert "allow_tf32" in run("--torch", "text", "--gpu", "rtx-4070").stdout
    assert json.loads(run("--torch", "json", "--gpu", "apple-m1-8gb").stdout)["device"] == "mps"
    compile(run("--torch", "python", "--gpu", "rtx-4070").stdout, "snippet", "exec")


def test_reserves_can_be_given() -> None:
    told = json.loads(run("--json", "--gpu", "rtx-4070", "--reserve-vram", "2 GB", "--reserve-ram", "0 GB").stdout)
    assert told["usable"]["vram"] == [10 * 2**30]
    assert told["usable"]["ram"] == told["machine"]["ram"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--gpu", "RTX 3060"], "could be any of"),
        (["--gpu", "RTX 40700"], "unknown gpu"),
        (["--gpu", "rtx-4070", "--vram", "twelve"], "--vram: 'twelve' is not an amount"),
        (["--gpu", "rtx-4070", "--ram", "-3 GB"], "--ram: "),
        (["--vram", "12 GB"], "--vram needs --gpu"),
        (["--gpu", "rtx-4070", "--os", "macos"], "macOS has no CUDA"),
        (["--gpu", "rtx-4070", "--machine", "x.yaml"], "exclude each other"),
        (["--machine", "/no/such/file.yaml"], "no such file"),
        (["--gpu", "rtx-4070", "--reserve-vram", "2"], "--reserve-vram: "),
        (["--catalog", "/no/such/folder"], "no such folder"),
    ],
)
def test_bad_input_is_one_line(options: list[str], message: str) -> None:
    done = run(*options)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_nothing_heavy_is_imported() -> None:
    """Neither torch nor the solver; what that saves is measured in benchmarks/start.py."""
    program = (
        "import sys; from rigfit.cli.hardware import command; command([], standalone_mode=False);"
        "assert not {'torch', 'ortools', 'pandas', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, env=os.environ)
