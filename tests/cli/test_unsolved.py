"""What the command line says where nothing fits."""

from __future__ import annotations

import json

from invoke import invoke

_ASKED = ("--gpu", "RTX 4090", "--ram", "6GB", "--task", "three_d")


def test_nothing_fits_is_exit_1_with_what_would_do() -> None:
    result = invoke("solve", *_ASKED)
    assert result.code == 1
    assert "cannot be had" in result.out
    assert "RAM" in result.out
    assert all(len(line) <= 100 for line in result.out.splitlines())
    assert invoke("solve", *_ASKED).out == result.out


def test_json_carries_the_conflict_and_its_proof() -> None:
    answer = json.loads(invoke("solve", *_ASKED, "--prove", "--json").out)
    explained = answer["explanation"]
    assert {member["kind"] for member in explained["conflict"]["members"]} == {"task", "ram"}
    assert explained["proof"]["conflict_minimal"] is True
    assert explained["proof"]["least_exact"] is True
    assert json.loads(invoke("solve", *_ASKED, "--json").out)["explanation"]["proof"] is None
