"""Conflicts of the three kinds are found, are as small as can be, and say why."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packages import knowledge_of

from rigfit.knowledge import Knowledge
from rigfit.nodes import clashes, kept_apart, plan, refused
from rigfit.nodes.conflicts import derive
from rigfit.nodes.parties import parties
from rigfit.nodes.universe import Universe
from rigfit.schema.clash import Clash

OPENCV = (
    {"id": "plain", "files": "cv2"},
    {"id": "contrib", "files": "cv2", "modules": ["cv2.extra"]},
)
TORCH = (
    {"id": "torch", "build_tagged": True},
    {"id": "fast", "build_tagged": True, "releases": ["1", "2"], "needs": [
        {"versions": "==1", "lines": ["torch==2.6"]}, {"versions": ">=2", "lines": ["torch>=2.10"]}]},
)  # fmt: skip


def only(knowledge: Knowledge) -> Clash:
    (found,) = clashes(knowledge)
    return found


def test_files_that_two_distributions_own() -> None:
    found = only(knowledge_of({"a": ["contrib"], "b": ["plain>=4"]}, OPENCV, modules={"a": ["cv2.extra"]}))
    assert (found.kind, found.members, found.with_runtime) == ("file_ownership", ("a", "b"), False)
    assert [ask.requirement for ask in found.asks] == ["contrib", "plain>=4"]
    assert (
        found.reason
        == "A needs cv2.extra, which contrib has; plain, which B asks for, installs the same files without it"
    )
    assert found.way_out == "contrib alone has all that is asked for"


@pytest.mark.parametrize(
    "asks", [{"a": ["contrib"], "b": ["plain"]}, {"a": ["plain"], "b": ["plain"]}, {"a": ["contrib", "plain"]}]
)
def test_owners_are_no_conflict_while_nobody_needs_what_one_lacks(asks: dict[str, list[str]]) -> None:
    assert clashes(knowledge_of(asks, OPENCV)) == ()


def test_versions_that_cannot_hold_together() -> None:
    found = only(knowledge_of({"a": ["numpy<2"], "b": ["numpy>=2.1", "scipy"], "c": ["numpy>1"]}))
    assert (found.kind, found.distribution, found.members) == ("version", "numpy", ("a", "b"))
    assert found.reason == "A asks for numpy<2, B for numpy>=2.1"


def test_versions_along_a_chain_and_with_the_runtime() -> None:
    facts = (
        {
            "id": "hub-user",
            "needs": [{"versions": ">=4.5", "lines": ["hub>=0.26,<1"]}, {"versions": "<4.5", "lines": ["hub"]}],
        },
    )
    knowledge = knowledge_of({"a": ["hub==0.24.6"], "b": ["hub>=0.3"]}, facts, host=["hub-user>=4.5"])
    found = only(knowledge)
    assert (found.members, found.with_runtime, found.distribution) == (("a",), True, "hub")
    assert found.reason == "A asks for hub==0.24.6, Host for hub-user>=4.5, which needs hub>=0.26,<1"
    assert refused(knowledge) == {"a": found}
    assert kept_apart(knowledge) == ()


def test_a_build_that_would_be_replaced() -> None:
    knowledge = knowledge_of({"a": ["fast<2"], "b": ["fast"], "c": ["torch<2.10"]}, TORCH, host=["torch"])
    first, second = clashes(knowledge)
    assert (first.kind, first.members, first.distribution) == ("build_tag", ("a",), "torch")
    assert (
        first.reason
        == "A asks for fast<2, which needs torch==2.6: that would replace the torch build that Host runs on"
    )
    # The only release that takes an older torch pins it; no two of these packages clash with the build by themselves.
    assert (second.kind, second.members) == ("build_tag", ("b", "c"))


def test_a_runtime_that_pins_its_own_build_has_it_pinned() -> None:
    assert clashes(knowledge_of({"a": ["torch==2.6"]}, TORCH, host=["torch==2.6"])) == ()
    found = only(knowledge_of({"a": ["torch==2.7"]}, TORCH, host=["torch==2.6"]))
    assert (found.kind, found.with_runtime) == ("build_tag", True)


def test_three_packages_of_which_any_two_go_together() -> None:
    facts = ({"id": "d", "releases": ["1", "2", "3"]},)
    found = only(knowledge_of({"a": ["d!=1,<=3"], "b": ["d!=2,<=3"], "c": ["d!=3,<=3"]}, facts))
    assert found.members == ("a", "b", "c")
    assert len(found.asks) == 3


def test_a_conflict_by_hand_is_kept_where_nothing_derives_it() -> None:
    by_hand = {"id": "they-hang", "nodes": ["b", "a"], "kind": "version", "reason": "they hang", "source": "notes"}
    found = only(knowledge_of({"a": [], "b": []}, written=[by_hand]))
    assert (found.id, found.members, found.derived) == ("they-hang", ("a", "b"), False)
    (derived,) = clashes(knowledge_of({"a": ["x<1"], "b": ["x>1"]}, written=[by_hand]))
    assert derived.derived


lines = st.sampled_from(
    ["x<2", "x>=2", "x!=2", "x==1", "y>=2", "y<2", "y", "top", "top<2", "top>=2", "plain", "contrib"]
)
packages = st.dictionaries(st.sampled_from("abcdef"), st.lists(lines, max_size=3, unique=True), min_size=1)
FACTS = (
    *OPENCV,
    {"id": "top", "needs": [{"versions": "<2", "lines": ["x<2"]}, {"versions": ">=2", "lines": ["y>=2"]}]},
)


@given(packages)
@settings(max_examples=50)
def test_each_conflict_is_one_and_is_smallest(asks: dict[str, list[str]]) -> None:
    knowledge = knowledge_of(asks, FACTS)
    universe = Universe(knowledge.catalog.distributions)

    def hold(members: tuple[str, ...]) -> bool:
        _, found = parties(knowledge.catalog, "host", members)
        return universe.together([one for party in found for one in party.asks])

    found = {clash.members for clash in derive(knowledge.catalog)}
    for size in range(1, len(asks) + 1):
        for members in itertools.combinations(sorted(asks), size):
            broken = any(set(clash) <= set(members) for clash in found)
            assert broken != hold(members)
    for clash in derive(knowledge.catalog):
        every = [one for party in parties(knowledge.catalog, "host", clash.members)[1] for one in party.asks]
        core = [one for one in every if any((ask.by, ask.requirement) == (one.by, one.line) for ask in clash.asks)]
        assert not universe.together(core)
        assert all(universe.together([other for other in core if other is not one]) for one in core)


@given(packages, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_neither_the_order_of_the_catalog_nor_of_the_question_matters(
    asks: dict[str, list[str]], rng: random.Random
) -> None:
    shuffled = list(asks)
    rng.shuffle(shuffled)
    one = knowledge_of(asks, FACTS, modules={"a": ["cv2.extra"]})
    other = knowledge_of({name: asks[name] for name in shuffled}, FACTS[::-1], modules={"a": ["cv2.extra"]})
    assert derive(one.catalog) == derive(other.catalog)
    assert plan(sorted(asks), "host", one) == plan(shuffled, "host", one) == plan(shuffled[::-1], "host", other)


@given(packages)
@settings(max_examples=50)
def test_no_plan_has_two_owners_of_a_file_or_two_lines_for_a_distribution(asks: dict[str, list[str]]) -> None:
    found = plan(sorted(asks), "host", knowledge_of(asks, FACTS, modules={"a": ["cv2.extra"]}))
    names = [merged.distribution for merged in found.requirements]
    assert len(names) == len(set(names))
    assert len({"plain", "contrib"} & set(names)) <= 1
    assert not set(names) & set(found.excluded)
    if any(line in ("plain", "contrib") for own in asks.values() for line in own) and "a" in asks:
        assert "contrib" in names


def test_a_conflict_more_can_only_come_with_a_package_more() -> None:
    """Monotone: what cannot be installed cannot be installed beside something else either."""
    knowledge = knowledge_of({"a": ["x<1"], "b": ["x>1"], "c": ["x"]})
    assert plan(["a", "b", "c"], "host", knowledge).conflicts == plan(["a", "b"], "host", knowledge).conflicts
    assert plan(["a", "c"], "host", knowledge).conflicts == ()
