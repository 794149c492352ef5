"""Whether requirements can hold together: against brute force over versions, and along chains of them."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from rigfit.nodes.asks import parse
from rigfit.nodes.minimal import minimal
from rigfit.nodes.universe import Universe
from rigfit.schema.python import Distribution

NUMBERS = ("0", "1", "2")
# Every bound that the specifiers below can name, something between any two neighbours, and something beyond.
VERSIONS = [".".join(parts) for length in (1, 2, 3) for parts in itertools.product(("0", "1", "2", "3"), repeat=length)]
VERSIONS += [f"{version}.post1" for version in VERSIONS]

bound = st.builds(".".join, st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2))
one_specifier = st.one_of(
    st.builds("{}{}".format, st.sampled_from([">=", "<=", ">", "<", "==", "!="]), bound),
    st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), bound),
    st.builds("~={}.{}".format, st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)),
)
specifier = st.builds(",".join, st.lists(one_specifier, max_size=3))


def universe(*facts: dict) -> Universe:
    return Universe([Distribution.model_validate({"source": "notes", **fact}) for fact in facts])


def asked(*lines: str) -> list:
    return [parse(line, f"n{number}") for number, line in enumerate(lines)]


@cache
def within(text: str) -> frozenset[str]:
    return frozenset(version for version in VERSIONS if version in SpecifierSet(text))


@given(st.lists(specifier, min_size=1, max_size=3))
@settings(max_examples=60)
def test_a_range_is_empty_exactly_when_no_version_is_in_all(specifiers: list[str]) -> None:
    lines = [f"thing{text}" for text in specifiers]
    some = frozenset.intersection(*map(within, specifiers))
    assert universe().together(asked(*lines)) == bool(some)


@given(specifier, specifier, specifier, specifier, specifier)
@settings(max_examples=60)
def test_chains_agree_with_brute_force(a: str, b: str, low: str, high: str, needed: str) -> None:
    """`top` has two kinds of releases, which ask for different versions of `base`; others ask for nothing."""
    facts = universe(
        {
            "id": "top",
            "needs": [{"versions": low, "lines": [f"base{needed}"]}, {"versions": high, "lines": ["base==1"]}],
        }
    )
    # Facts about overlapping ranges are alternatives: whichever is true of a release, the milder one is assumed.
    ways = [
        (within(a) & within(low), needed),
        (within(a) & within(high), "==1"),
        (within(a) - within(low) - within(high), ""),
    ]
    some = any(tops and within(b) & within(text) for tops, text in ways)
    assert facts.together(asked(f"top{a}", f"base{b}")) == some


def test_only_releases_that_exist_count_and_newer_ones_may() -> None:
    facts = universe({"id": "thing", "releases": ["0.10.21", "0.10.30"]})
    assert not facts.together(asked("thing>0.10.21,<0.10.30"))
    assert universe().together(asked("thing>0.10.21,<0.10.30"))
    assert facts.together(asked("thing>=0.10.31"))


def test_previews_count_only_where_somebody_asks_for_one() -> None:
    facts = universe(
        {"id": "thing", "needs": [{"versions": "<2", "lines": ["base<1"]}, {"versions": ">=2", "lines": ["base<1"]}]}
    )
    assert not facts.together(asked("thing", "base>=1"))
    assert universe().together(asked("thing==2.0rc1", "thing<=2"))
    assert not universe().together(asked("thing==2.0rc1", "thing<2"))


def test_a_line_that_holds_on_some_machines_only_proves_nothing() -> None:
    assert universe().together(asked("thing<1; sys_platform == 'win32'", "thing>=2"))


@pytest.mark.parametrize("line", ["torch==2.6.0+cu124", "torch===2.6.0", "xformers==0.0.29.post3"])
def test_a_guarded_build_is_not_pinned(line: str) -> None:
    facts = universe(
        {"id": "torch", "build_tagged": True},
        {"id": "xformers", "needs": [{"versions": "==0.0.29.post3", "lines": ["torch==2.6.0"]}]},
    )
    assert facts.together(asked(line))
    assert not facts.together(asked(line), frozenset({"torch"}))
    assert facts.together(asked("xformers", "torch>=2.4"), frozenset({"torch"}))


@given(st.data())
def test_minimal_sets_are_all_and_only_the_smallest(data: st.DataObject) -> None:
    members = "abcdef"
    sets = [frozenset(part) for size in (1, 2, 3) for part in itertools.combinations(members, size)]
    bad = data.draw(st.lists(st.sampled_from(sets), max_size=6))
    found = minimal(members, lambda some: not any(one <= some for one in bad))
    assert set(found) == {one for one in bad if not any(other < one for other in bad)}
    assert found == sorted(found, key=lambda one: (len(one), sorted(one)))
