"""What dominance may drop: only what another row of the same group beats in everything that counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rigfit.dominance import places, undominated


def keep(
    order: list[int], uses: list[list[int]], shared: list[list[int]] | None = None, groups: list[int] | None = None
):
    rows = len(order)
    flags = np.zeros((rows, 0), dtype=np.bool_) if shared is None else np.array(shared, dtype=np.bool_)
    group = np.zeros(rows, dtype=np.int64) if groups is None else np.array(groups, dtype=np.int64)
    amounts = np.array(uses, dtype=np.int64).reshape(rows, -1)
    return undominated(np.array(order, dtype=np.int64), amounts, flags, group).tolist()


def test_worse_and_larger_goes_better_or_smaller_stays() -> None:
    assert keep([0, 1, 2], [[5], [5], [4]]) == [0, 2]


def test_every_resource_counts() -> None:
    assert keep([0, 1], [[5, 1], [6, 0]]) == [0, 1]
    assert keep([0, 1], [[5, 1], [6, 1]]) == [0]


def test_groups_do_not_beat_each_other() -> None:
    assert keep([0, 1, 2, 3], [[1], [1], [2], [2]], groups=[0, 1, 0, 1]) == [0, 1]


def test_a_shared_item_that_the_better_one_needs_alone_protects_the_other() -> None:
    assert keep([0, 1], [[1], [1]], shared=[[1], [0]]) == [0, 1]
    assert keep([0, 1], [[1], [1]], shared=[[0], [1]]) == [0]
    assert keep([0, 1], [[1], [1]], shared=[[1], [1]]) == [0]


def test_without_resources_only_the_best_of_each_group_stays() -> None:
    assert keep([3, 1, 2, 0], [[], [], [], []], groups=[0, 0, 1, 1]) == [1, 3]


def test_nothing_in_nothing_out() -> None:
    empty = np.zeros(0, dtype=np.int64)
    assert undominated(empty, np.zeros((0, 2), dtype=np.int64), np.zeros((0, 1), dtype=np.bool_), empty).tolist() == []


def test_places_sort_by_columns_then_position() -> None:
    columns = np.array([[1, 5], [0, 9], [1, 4], [0, 9]], dtype=np.int64)
    assert places(columns).tolist() == [3, 0, 2, 1]


tables = st.integers(1, 14).flatmap(
    lambda rows: st.tuples(
        st.permutations(range(rows)),
        st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=rows, max_size=rows),
        st.lists(st.lists(st.integers(0, 1), min_size=2, max_size=2), min_size=rows, max_size=rows),
        st.lists(st.integers(0, 2), min_size=rows, max_size=rows),
    )
)


@settings(max_examples=300)
@given(tables)
def test_agrees_with_the_definition(table) -> None:
    order, uses, shared, groups = table

    def beats(a: int, b: int) -> bool:
        return (
            groups[a] == groups[b]
            and order[a] < order[b]
            and all(x <= y for x, y in zip(uses[a], uses[b], strict=True))
            and all(x <= y for x, y in zip(shared[a], shared[b], strict=True))
        )

    rows = range(len(order))
    assert keep(order, uses, shared, groups) == [b for b in rows if not any(beats(a, b) for a in rows)]
