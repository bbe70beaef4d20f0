"""Suppression of small counts: what a published table may show without pointing at a person.

Primary suppression: a count of 1 … limit - 1 is not shown ("small"). A table is published with its
totals, so a count that is merely left out can be worked out again; complementary suppression holds
back others with it ("held").

Signed (a total counts negative, the grand total positive) every line of the table adds up to zero;
a reader has that, what is shown, and the range of a small count. A count is safe while it could be
another one of its range: when it can go up or down by one and hidden counts on a closed path (row,
column, row, …) can make up for it. Where there is no such path, the counts on the cheapest one are
held as well. A reader who has the rule infers that what is held is not small, unless its total is:
of a small total no part is shown, zeros neither. Where nothing helps, the whole table is held.

The same question is asked of every published table by itself; `fixed_totals` ties a table to the
one that its totals stand in.

    >>> def picture(shown):
    ...     marks = {"": str, "small": lambda count: "<", "held": lambda count: "*"}
    ...     for counts, row in zip(shown.counts, shown.marks):
    ...         print(*(marks[mark](count) for count, mark in zip(counts, row)))
    >>> picture(guarded(["甲村", "乙村"], ["是", "否"], [[3, 0], [0, 9]], limit=3))
    3 0 3
    0 9 9
    3 9 12
    >>> picture(guarded(["甲村", "乙村"], ["是", "否"], [[1, 9], [6, 7]], limit=3))
    < * 10
    * * 13
    7 16 23

Two small counts in a line may be 1 + 2 or 2 + 1, so that they guard each other:

    >>> picture(guarded(["甲村", "乙村", "丙村"], ["是", "否"], [[1, 5], [2, 4], [7, 8]], limit=3))
    < * 6
    < * 6
    7 8 15
    10 17 27

Of a total that is small no part is shown:

    >>> picture(guarded(["甲村", "乙村", "丙村"], ["是", "否"], [[0, 1], [5, 8], [4, 6]], limit=3))
    * * <
    5 8 13
    * * *
    9 15 24
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal, TypeAlias

Mark: TypeAlias = Literal["", "small", "held"]
Cell: TypeAlias = tuple[int, int]
#: A total is held only where no counts of the table itself will do.
_TOTAL = 1_000_000_000


@dataclass(frozen=True)
class Shown:
    """A table of counts with a mark for each; the last row and column are the totals."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    marks: tuple[tuple[Mark, ...], ...]

    def published(self, row: int, column: int) -> int | None:
        """Return a count, or None where it is suppressed; row or column -1 is the total."""
        return None if self.marks[row][column] else self.counts[row][column]


def guarded(
    rows: Sequence[str],
    columns: Sequence[str],
    counts: Sequence[Sequence[int]],
    limit: int,
    fixed_totals: Sequence[Mark] | None = None,
) -> Shown:
    """Return the counts (rows × columns, without totals) with totals and marks.

    Counts of 1 … limit - 1 are `small`; what would reveal them is `held`. `fixed_totals` are the
    marks of the last row as another table shows it; then they stay as they are.

    >>> shown = guarded(["甲村", "乙村"], ["是", "否"], [[1, 9], [6, 7]], limit=3)
    >>> shown.marks
    (('small', 'held', ''), ('held', 'held', ''), ('', '', ''))
    >>> shown.published(0, 0), shown.published(0, -1)
    (None, 10)
    >>> guarded(["甲村"], ["是", "否"], [[1, 2]], limit=1).marks  # everything is shown
    (('', '', ''), ('', '', ''))
    """
    body = [[*row, sum(row)] for row in counts]
    whole = [*body, [sum(column) for column in zip(*body, strict=True)] or [0] * (len(columns) + 1)]
    table = _Table(whole, limit, fixed_totals)
    table.protect()
    return Shown(
        tuple(rows),
        tuple(columns),
        tuple(tuple(row) for row in whole),
        tuple(tuple(row) for row in table.marks),
    )


def ranked(shown: Shown) -> Shown:
    """Return the rows by their totals, most first; a suppressed one stands last, by name.

    Otherwise the order of the rows would reveal what their numbers do not.

    >>> found = ranked(guarded(["丙", "乙", "甲", "丁"], ["人"], [[2], [9], [1], [12]], limit=3))
    >>> found.rows
    ('丁', '乙', '丙', '甲')
    """
    body = range(len(shown.rows))

    def rank(row: int) -> tuple[int, str]:
        total = shown.published(row, -1)
        return 1 if total is None else -total, shown.rows[row]

    return _reordered(shown, sorted(body, key=rank))


def in_order(shown: Shown, names: Sequence[str]) -> Shown:
    """Return the rows in the order of `names`, which must not come of their counts.

    >>> found = in_order(guarded(["丙", "乙"], ["人"], [[2], [9]], limit=3), ["乙", "丙"])
    >>> found.rows
    ('乙', '丙')
    """
    return _reordered(shown, [shown.rows.index(name) for name in names])


def _reordered(shown: Shown, order: Sequence[int]) -> Shown:
    places = [*order, len(order)]
    return Shown(
        tuple(shown.rows[row] for row in order),
        shown.columns,
        tuple(shown.counts[row] for row in places),
        tuple(shown.marks[row] for row in places),
    )


class _Table:
    """Counts with totals, and the marks found so far."""

    def __init__(
        self, counts: list[list[int]], limit: int, fixed_totals: Sequence[Mark] | None
    ) -> None:
        self.counts = counts
        self.limit = limit
        self.last = (len(counts) - 1, len(counts[0]) - 1)
        self.marks: list[list[Mark]] = [
            ["small" if 0 < count < limit else "" for count in row] for row in counts
        ]
        self.tied = fixed_totals is not None
        if fixed_totals is not None:
            self.marks[-1] = list(fixed_totals)
        self.blank = self._below_small_totals()
        for i, j in self.blank:
            self.marks[i][j] = "held"

    def _below_small_totals(self) -> set[Cell]:
        """The parts of a small total: which of them are nothing would reveal the others."""
        height, width = self.last
        return {
            (i, j)
            for i in range(height)
            for j in range(width)
            if self.marks[i][width] == "small" or self.marks[height][j] == "small"
        }

    def protect(self) -> None:
        """Hold counts back until every small one is safe, or nothing is left to hold."""
        for i, row in enumerate(self.counts):
            for j, count in enumerate(row):
                if not 0 < count < self.limit or (self.tied and i == self.last[0]):
                    continue
                paths = [path for way in (1, -1) if (path := self._path((i, j), way)) is not None]
                if not paths:
                    self._hold_all()
                    return
                for at in min(paths)[1]:
                    self.marks[at[0]][at[1]] = self.marks[at[0]][at[1]] or "held"

    def _hold_all(self) -> None:
        """Nothing of the table is shown but totals that stand elsewhere."""
        for i, row in enumerate(self.marks):
            if i < self.last[0] or not self.tied:
                row[:] = ["held"] * len(row)

    def _cost(self, cell: Cell, change: int) -> int | None:
        """What it costs that a count, signed, may be so much more for all a reader can infer.

        Nothing where it is hidden; None where it cannot be, or would have to be small.
        """
        i, j = cell
        height, width = self.last
        mark, count = self.marks[i][j], self.counts[i][j]
        total = (i == height) + (j == width)
        after = count + (-change if total == 1 else change)
        if cell in self.blank:
            return 0 if 0 <= after < self.limit else None
        if mark == "small":
            return 0 if 0 < after < self.limit else None
        if min(count, after) < self.limit or (self.tied and i == height and not mark):
            return None
        return 0 if mark else 1 + count + total * _TOTAL

    def _path(self, cell: Cell, change: int) -> tuple[int, list[Cell]] | None:
        """The cheapest closed path by which the others make up for a change of `cell`.

        Dijkstra over the lines: from the cell's row by a count that changes the other way, then in
        that column by one that changes the same way, until the cell's column is reached.
        """
        if self._cost(cell, change) is None:
            return None
        height, width = self.last
        queue: list[tuple[int, int, list[Cell]]] = [(0, cell[0], [])]
        done: set[int] = set()
        while queue:
            cost, row, path = heappop(queue)
            if row < 0:
                return cost, path
            if row in done:
                continue
            done.add(row)
            for j in range(width + 1):
                there = None if (row, j) == cell else self._cost((row, j), -change)
                if there is None:
                    continue
                if j == cell[1]:
                    heappush(queue, (cost + there, -1, [*path, (row, j)]))
                    continue
                for i in range(height + 1):
                    back = None if i in done else self._cost((i, j), change)
                    if back is not None:
                        heappush(queue, (cost + there + back, i, [*path, (row, j), (i, j)]))
        return None
