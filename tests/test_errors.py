"""Errors a person can cause: one line each, with the place and the nearest valid names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigfit.errors import CatalogError, InputError, RigfitError, TooLargeError, nearest, unknown

KNOWN = ["flux1-dev", "flux1-schnell", "sdxl-base", "sd35-large", "RTX 4070"]


def test_the_place_stands_first() -> None:
    error = InputError("no such thing", where="request.yaml:7")
    assert str(error) == "request.yaml:7: no such thing"
    assert error.where == "request.yaml:7"
    assert str(InputError("no such thing")) == "no such thing"
    assert InputError("x").where is None


@pytest.mark.parametrize("kind", [InputError, CatalogError, TooLargeError])
def test_every_kind_is_a_mistake_in_what_was_given(kind: type[RigfitError]) -> None:
    with pytest.raises(RigfitError):
        raise kind("x")


def test_the_nearest_comes_first() -> None:
    assert nearest("flux1-deb", KNOWN)[0] == "flux1-dev"
    assert nearest("rtx 4071", KNOWN) == ["RTX 4070"], "case does not matter, and the name keeps its own"
    assert nearest("FLUX1-SCHNEL", KNOWN)[0] == "flux1-schnell"


def test_nothing_is_near() -> None:
    assert nearest("zzzzzz", KNOWN) == []
    assert nearest("", KNOWN) == []
    assert nearest("flux1-dev", []) == []


def test_unknown_says_what_and_what_instead() -> None:
    error = unknown("model", "flux1-deb", KNOWN, where="r.yaml:3")
    assert isinstance(error, InputError)
    assert str(error).startswith("r.yaml:3: unknown model 'flux1-deb'; nearest: flux1-dev")
    assert str(unknown("model", "zzzzzz", KNOWN)) == "unknown model 'zzzzzz'"
    assert str(unknown("model", "zzzzzz", KNOWN, more="; see there")) == "unknown model 'zzzzzz'; see there"


@given(st.text(max_size=500), st.lists(st.text(min_size=1, max_size=20).filter(str.isprintable), max_size=8))
def test_any_name_gives_one_short_line(name: str, known: list[str]) -> None:
    text = str(unknown("thing", name, known))
    assert len(text.splitlines()) == 1
    assert len(text) < 1000


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=8), st.integers(1, 4))
def test_nearest_answers_only_with_known_names(name: str, known: list[str], count: int) -> None:
    found = nearest(name, known, count)
    assert set(found) <= set(known)
    assert len(found) == len(set(found)) <= count
    if name and name in known:
        assert found[0].casefold() == name.casefold()
