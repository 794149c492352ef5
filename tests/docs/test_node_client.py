"""The client for Node: starts a server, asks it, shows progress, stops it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "node"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no node here")


def run(*arguments: str, script: str | None = None) -> subprocess.CompletedProcess[str]:
    assert NODE is not None
    env = {**os.environ, "RIGFIT": json.dumps([sys.executable, "-m", "rigfit"])}
    command = [NODE, "index.js", *arguments] if script is None else [NODE, "--input-type=module", "--eval", script]
    return subprocess.run(command, cwd=CLIENT, env=env, capture_output=True, text=True, timeout=170, check=False)


@pytest.mark.slow
def test_the_example_shows_its_progress() -> None:
    done = run("photorealism", "RTX 3060 12GB", "32 GB")
    assert done.returncode == 0, done.stderr
    stages = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert [line[:5] for line in stages] == [f"[{number}/6]" for number in range(1, 7)]
    assert "FLUX.1 dev" in done.stdout
    assert "8 of 8  nf4" in done.stdout
    assert " 4 GB  " in done.stdout


_SCRIPT = """
import { start, RigfitError } from "./rigfit.js";
const command = JSON.parse(process.env.RIGFIT);
const { rigfit, stop, ended } = await start({ command, options: ["--workers", "1"] });
const tasks = [{ task: "upscaling", models: ["real-esrgan-x4plus"] }];
const request = { tasks, machine: { gpus: ["rtx-3060-12gb"] } };
const found = {};
found.solve = (await rigfit.solve(request)).status;
const [left, kept] = await Promise.all([rigfit.quick(request), rigfit.quick(request)]);
found.quick = [left, kept.status];
found.why = (await rigfit.why(request, "real-esrgan-x4plus")).rank;
found.estimates = [];
for await (const one of rigfit.estimates([{ id: 1, model: "real-esrgan-x4plus" }, { id: 2, model: "nothing" }])) {
  found.estimates.push([one.id, typeof one.error]);
}
try {
  await rigfit.solve({ tasks: [{ task: "upscalin" }] });
} catch (problem) {
  found.error = [problem instanceof RigfitError, problem.status, problem.nearest[0]];
}
found.flow = (await rigfit.flow()).questions.length > 0;
await stop();
found.ended = await ended;
found.refused = await start({ command, options: ["--models", "/no/such/folder"] }).catch((p) => p.message);
console.log(JSON.stringify(found));
"""


def test_the_client_asks_streams_and_says_what_was_refused() -> None:
    done = run(script=_SCRIPT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "no such folder" in found.pop("refused")
    assert found == {
        "solve": "optimal",
        "quick": [None, "optimal"],
        "why": 1,
        "estimates": [[1, "undefined"], [2, "string"]],
        "error": [True, 422, "upscaling"],
        "flow": True,
        "ended": 0,
    }
