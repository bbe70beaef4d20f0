"""Small counts: what is hidden cannot be worked out again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.report.suppression import Shown, guarded, ranked

LIMIT = 3


def shown(counts: Sequence[Sequence[int]], limit: int = LIMIT) -> Shown:
    rows = [f"村{i}" for i in range(len(counts))]
    return guarded(rows, [f"列{j}" for j in range(len(counts[0]))], counts, limit)


def picture(table: Shown) -> list[str]:
    signs = {"small": "<", "held": "*"}
    return [
        " ".join(signs.get(mark, str(count)) for count, mark in zip(counts, marks, strict=True))
        for counts, marks in zip(table.counts, table.marks, strict=True)
    ]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # nothing small, nothing hidden; nobody is nobody
        ([[3, 0], [0, 9]], ["3 0 3", "0 9 9", "3 9 12"]),
        # one small count is told by its row and its column: three more are held back
        ([[1, 9], [6, 7]], ["< * 10", "* * 13", "7 16 23"]),
        # two in a line that could be 1 + 2 or 2 + 1
        ([[1, 5], [2, 4], [7, 8]], ["< * 6", "< * 6", "7 8 15", "10 17 27"]),
        # of a total that is small no part is told
        ([[0, 1], [5, 8], [4, 6]], ["* * <", "5 8 13", "* * *", "9 15 24"]),
        ([[0, 0]], ["0 0 0", "0 0 0"]),
    ],
)
def test_what_is_told(counts: list[list[int]], expected: list[str]) -> None:
    assert picture(shown(counts)) == expected


def test_a_limit_of_one_tells_all() -> None:
    table = shown([[1, 2], [0, 1]], limit=1)
    assert not any(mark for row in table.marks for mark in row)


def test_known_totals_stay_as_they_are() -> None:
    table = guarded(["甲", "乙"], ["是"], [[1], [1]], LIMIT, fixed_totals=["", ""])
    assert table.marks[-1] == ("", "")
    assert table.published(0, 0) is None
    assert table.published(1, 0) is None


def test_the_order_of_the_rows_tells_nothing() -> None:
    table = ranked(guarded(["丙", "乙", "甲", "丁"], ["人"], [[2], [9], [1], [12]], LIMIT))
    assert table.rows == ("丁", "乙", "丙", "甲")
    assert [table.published(row, -1) for row in range(2)] == [12, 9]
    assert table.counts[-1] == (24, 24)


def possible(table: Shown, most: int) -> Iterator[list[list[int]]]:
    """Every table with these totals that a reader could still think of."""
    height, width = len(table.rows), len(table.columns)
    for cells in itertools.product(range(most + 1), repeat=height * width):
        body = [list(cells[i * width : (i + 1) * width]) for i in range(height)]
        body = [[*row, sum(row)] for row in body]
        whole = [*body, [sum(column) for column in zip(*body, strict=True)]]
        if all(_agrees(table, whole, i, j) for i in range(height + 1) for j in range(width + 1)):
            yield whole


def _agrees(table: Shown, whole: list[list[int]], i: int, j: int) -> bool:
    count, mark = whole[i][j], table.marks[i][j]
    if not mark:
        return count == table.counts[i][j]
    if mark == "small":
        return 0 < count < LIMIT
    part = i < len(table.rows) and j < len(table.columns)
    below_small = part and "small" in (table.marks[i][-1], table.marks[-1][j])
    return count < LIMIT if below_small else count >= LIMIT


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([(1, 2), (2, 1), (2, 2), (3, 1), (1, 3)]).flatmap(
        lambda shape: st.lists(
            st.lists(st.integers(0, 5), min_size=shape[1], max_size=shape[1]),
            min_size=shape[0],
            max_size=shape[0],
        )
    )
)
def test_no_small_count_can_be_worked_out(counts: list[list[int]]) -> None:
    table = shown(counts)
    if all(mark == "held" for row in table.marks for mark in row):
        return  # nothing is told at all
    tables = list(possible(table, 7))
    for i, row in enumerate(table.counts):
        for j, count in enumerate(row):
            if 0 < count < LIMIT:
                assert table.marks[i][j]
                assert len({whole[i][j] for whole in tables}) > 1, picture(table)


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=1, max_size=30))
def test_a_large_table(counts: list[list[int]]) -> None:
    table = shown(counts)
    for row, marks in zip(table.counts, table.marks, strict=True):
        assert all(mark for count, mark in zip(row, marks, strict=True) if 0 < count < LIMIT)
    assert [row[-1] for row in table.counts] == [sum(row[:-1]) for row in table.counts]
