"""The console that all text goes through."""

from __future__ import annotations

import pytest

from rigfit.cli.render.console import page


def test_a_name_between_colons_is_no_picture(capsys: pytest.CaptureFixture[str]) -> None:
    with page() as out:
        out.print("file [b]models:cloud:8[/b]   ")
    assert capsys.readouterr().out == "file models:cloud:8\n"
