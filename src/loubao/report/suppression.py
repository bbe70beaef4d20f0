"""Counts too small to be told, and those beside them that would give them away.

A table of counts is published with its totals, so a count that is merely left out can be worked
out again. Signed (a total counts negative, the grand total positive) every line of the table adds
up to zero; a reader knows that, what is shown, and that a small count is one of 1 … limit - 1. A
count is safe while it could be another one of these: when it can go up or down by one and hidden
counts on a closed path (row, column, row, …) can make up for it. Where there is no such path, the
counts on the cheapest one are held back too. A reader who knows the rule knows that what is held
back is not small, unless its total is: of a small total no part is told, zeros neither. Where
nothing helps, nothing of the table is told.

The same question is asked of every published table by itself; `known_totals` ties a table to the
one that its totals stand in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal, TypeAlias

Mark: TypeAlias = Literal["", "small", "held"]
Cell: TypeAlias = tuple[int, int]
#: A total is held back only where no counts of the table itself will do.
_TOTAL = 1_000_000_000


@dataclass(frozen=True)
class Shown:
    """A table of counts with a mark for each; the last row and column are the totals."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    marks: tuple[tuple[Mark, ...], ...]

    def told(self, row: int, column: int) -> int | None:
        """Return a count, or None where it is not told; -1 is the total."""
        return None if self.marks[row][column] else self.counts[row][column]


def guarded(
    rows: Sequence[str],
    columns: Sequence[str],
    counts: Sequence[Sequence[int]],
    limit: int,
    known_totals: Sequence[Mark] | None = None,
) -> Shown:
    """Return the counts (rows × columns, without totals) with totals and marks.

    Counts of 1 … limit - 1 are `small`; what would tell them is `held`. `known_totals` are the
    marks of the last row as another table shows it; then they stay as they are.

    >>> shown = guarded(["甲", "乙"], ["是", "否"], [[1, 9], [6, 7]], 3)
    >>> shown.marks
    (('small', 'held', ''), ('held', 'held', ''), ('', '', ''))
    """
    body = [[*row, sum(row)] for row in counts]
    whole = [*body, [sum(column) for column in zip(*body, strict=True)] or [0] * (len(columns) + 1)]
    table = _Table(whole, limit, known_totals)
    table.protect()
    return Shown(
        tuple(rows),
        tuple(columns),
        tuple(tuple(row) for row in whole),
        tuple(tuple(row) for row in table.marks),
    )


def ranked(shown: Shown) -> Shown:
    """Return the rows by their totals, most first; what is not told stands last, by name.

    The order of the rows would tell what their numbers do not.
    """
    body = range(len(shown.rows))
    totals = {row: shown.told(row, -1) for row in body}
    order = sorted(body, key=lambda row: (-_rank(totals[row]), shown.rows[row]))
    places = [*order, len(body)]
    return Shown(
        tuple(shown.rows[row] for row in order),
        shown.columns,
        tuple(shown.counts[row] for row in places),
        tuple(shown.marks[row] for row in places),
    )


def _rank(total: int | None) -> int:
    return -1 if total is None else total


class _Table:
    """Counts with totals, and the marks found so far."""

    def __init__(
        self, counts: list[list[int]], limit: int, known_totals: Sequence[Mark] | None
    ) -> None:
        self.counts = counts
        self.limit = limit
        self.last = (len(counts) - 1, len(counts[0]) - 1)
        self.marks: list[list[Mark]] = [
            ["small" if 0 < count < limit else "" for count in row] for row in counts
        ]
        self.tied = known_totals is not None
        if known_totals is not None:
            self.marks[-1] = list(known_totals)
        self.blank = self._below_small_totals()
        for i, j in self.blank:
            self.marks[i][j] = "held"

    def _below_small_totals(self) -> set[Cell]:
        """The parts of a small total: which of them are nothing would tell the others."""
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
        """Nothing of the table is told but totals that stand elsewhere."""
        for i, row in enumerate(self.marks):
            if i < self.last[0] or not self.tied:
                row[:] = ["held"] * len(row)

    def _cost(self, cell: Cell, change: int) -> int | None:
        """What it costs that a count, signed, may be so much more for all a reader knows.

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
