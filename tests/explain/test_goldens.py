"""Golden texts: a request beside what the command line answers to it, a pair of files for each case.

`goldens/satisfiable` and `goldens/unsatisfiable` hold NAME.yaml and NAME.txt. After a change of catalog, rules or
wording write the texts anew, from the repository's root, and read what has changed:

    RIGFIT_UPDATE_GOLDENS=1 python -m pytest -n 0 -q -m "slow or not slow" tests/explain/test_goldens.py

The digests on the last line of a text are masked: they change with every entry of the catalog.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from invoke import invoke

from rigfit.cli.render.answer import print_answer
from rigfit.knowledge import Knowledge
from rigfit.knowledge.validate import validate
from rigfit.knowledge.yamlfile import read
from rigfit.machine import simulate
from rigfit.schema.answer import Answer
from rigfit.schema.request import Request
from rigfit.solve import solve

GOLDENS = Path(__file__).parent / "goldens"
STATUS = {"satisfiable": "optimal", "unsatisfiable": "infeasible"}
# Every reason for a refusal that the seeds name stays in the default lane, on requests that are quickly explained.
REASONS = {
    "vram": "vram-3d", "ram": "ram-3d", "disk": "disk-3d", "time": "time-lip-sync", "download": "download-3d",
    "compute capability": "capability-exllama-on-pascal", "licence": "licence-sells-output",
    "lora with nf4": "lora-with-nf4", "k-quants on mps": "kquants-on-mps", "fp8 on mps": "fp8-on-mps",
    "experimental": "experimental-left-out", "node conflict": "node-conflict", "no model": "no-model-has-feature",
    "feature only non-commercial": "feature-only-non-commercial", "together": "together-3d-and-lip-sync",
    "territory": "territory-3d", "runtime": "runtime-3d", "two cards": "two-cards-do-not-add-up",
    "amd": "amd-lip-sync", "no card": "cpu-only-lip-sync", "variant": "lora-with-nf4",
}  # fmt: skip
QUICK = {
    *REASONS.values(),
    "image-apple-large", "image-batch", "image-broken-fp16", "image-cpu-only", "image-flux-lora-12gb",
    "image-flux-streamed-6gb", "image-locked-kquant", "image-nf4-forge", "interpolation", "lip-sync", "masking",
    "music-8gb", "sound-effects", "speech-clone", "speech-cpu", "three-d", "upscaling", "video-preset",
}  # fmt: skip
_DIGESTS = re.compile(r"record \w+ · catalog \w+ · rules \w+")
_OPTION = re.compile(r"\[--[^]]*\]|\((?:no )?--[^)]*\)|\(rule [^)]*\)|flags: .*|\(policies\.\w+\)")
_RAW_ID = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")


def case(file: Path) -> Any:
    marks = [] if file.stem in QUICK else [pytest.mark.slow]
    return pytest.param(file, id=f"{file.parent.name}/{file.stem}", marks=marks)


def answer_to(file: Path, knowledge: Knowledge) -> Answer:
    request = validate(Request, read(file))
    assert request.machine is not None
    return solve(request, simulate(knowledge, request.machine), knowledge)


def printed(answer: Answer, knowledge: Knowledge) -> str:
    """What `rigfit solve` prints, piped, with digests masked."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print_answer(answer, knowledge)
    return masked(out.getvalue())


def masked(text: str) -> str:
    return _DIGESTS.sub("record ... · catalog ... · rules ...", text)


@pytest.mark.parametrize("file", [case(file) for file in sorted(GOLDENS.glob("*/*.yaml"))])
def test_the_text_is_the_golden_one(file: Path, knowledge: Knowledge) -> None:
    answer = answer_to(file, knowledge)
    text = printed(answer, knowledge)
    golden = file.with_suffix(".txt")
    if os.environ.get("RIGFIT_UPDATE_GOLDENS"):
        golden.write_text(text, encoding="utf-8")
    assert answer.status == STATUS[file.parent.name]
    for give in answer.explanation.give_ups if answer.explanation is not None else ():
        waits = [hint.milliseconds or 0 for hint in give.hints if hint.hint == "raise_time"]
        assert max(waits, default=0) <= knowledge.give_ups.longest_wait
    assert text == golden.read_text(encoding="utf-8")
    assert printed(answer, knowledge) == text


@pytest.mark.parametrize("name", ["unsatisfiable/ram-3d", "satisfiable/speech-clone"])
def test_the_command_line_prints_the_golden_text_each_time(name: str) -> None:
    for _ in range(2):
        found = invoke("solve", GOLDENS / f"{name}.yaml")
        assert masked(found.out) == (GOLDENS / f"{name}.txt").read_text(encoding="utf-8")
        assert found.code == (1 if name.startswith("un") else 0)


def test_there_are_enough_cases_and_no_orphans() -> None:
    for folder in STATUS:
        requests = {file.stem for file in (GOLDENS / folder).glob("*.yaml")}
        assert len(requests) >= 40
        assert requests == {file.stem for file in (GOLDENS / folder).glob("*.txt")}
    here = {file.stem for file in GOLDENS.glob("*/*.yaml")}
    assert here >= QUICK


@pytest.mark.parametrize("file", sorted(GOLDENS.glob("*/*.txt")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_texts_read_as_sentences(file: Path, knowledge: Knowledge) -> None:
    text = file.read_text(encoding="utf-8")
    assert all(len(line) <= 100 for line in text.splitlines())
    for word in ("None", "{", "}", " nan ", " ,", " .", ".."):
        assert word not in text.replace("record ... · catalog ... · rules ...", "")
    unwrapped = " ".join(line.strip() for line in text.splitlines())
    ids = {name for kind in ("precisions", "features", "tasks") for name in knowledge.index(kind)}
    assert ids.isdisjoint(_RAW_ID.findall(_OPTION.sub("", unwrapped)))
    if file.parent.name == "unsatisfiable":
        body = text.split("\n\n")[1:]
        assert body[0].startswith("No bundle")
        for block in body:
            first = block.splitlines()[0]
            assert first[0].isupper(), first
            assert "  " not in "\n".join(line.strip() for line in block.splitlines() if "Assumed" not in line), block
        heads = [block.splitlines()[0] for block in body[:-1]]
        assert all(head.endswith((".", ":", ")")) or len(head) > 80 for head in heads), heads
