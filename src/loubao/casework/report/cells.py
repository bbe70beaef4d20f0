"""What the tables of report.html are made of: texts, and the number that each sorts by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loubao.casework.report.discretion import Shown
from loubao.rules import Rules
from loubao.rules.report import Report


@dataclass(frozen=True)
class Cell:
    """A text; `sort` is what it sorts by where that is not the text, `number` how it stands."""

    text: str
    sort: float | None = None
    number: bool = False


@dataclass(frozen=True)
class Table:
    """`figure` names it in the page; `numbers` says which columns hold numbers."""

    figure: str
    heads: tuple[str, ...]
    numbers: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[Cell, ...] = ()


def plain(
    figure: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str | int | float]],
    texts: int = 1,
    remark: bool = False,
) -> Table:
    """Return a table without anything to guard.

    The first `texts` columns hold texts, with a `remark` the last one too.
    """
    numbers = range(texts, len(heads) - remark)
    return Table(
        figure,
        tuple(heads),
        tuple(column in numbers for column in range(len(heads))),
        tuple(
            tuple(number(value) if column in numbers else Cell(str(value)) for column, value in row)
            for row in map(enumerate, rows)
        ),
    )


def guarded(figure: str, heads: Sequence[str], shown: Shown, report: Report) -> Table:
    """Return a table of guarded counts with their totals."""
    lines = [
        (Cell(text), *(counted(shown, row, column, report) for column in range(len(heads) - 1)))
        for row, text in enumerate((*shown.rows, report.total))
    ]
    numbers = (False, *[True] * (len(heads) - 1))
    return Table(figure, tuple(heads), numbers, tuple(lines[:-1]), lines[-1])


def number(value: str | int | float) -> Cell:
    """Return the cell of a count, or of a number that is a text already."""
    if isinstance(value, str):
        return Cell(value, number=True)
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return Cell(text, float(value), number=True)


def counted(shown: Shown, row: int, column: int, report: Report) -> Cell:
    """Return a guarded count: the number, or the mark that stands for it.

    What is not told sorts between 0 and the least number that is.
    """
    count = shown.told(row, column)
    if count is not None:
        return number(count)
    small = shown.marks[row][column] == "small"
    marks = report.marks
    text = marks.small.format(limit=report.small) if small else marks.held
    return Cell(text, 0.5, number=True)


def label(name: str | None, rules: Rules) -> str:
    """Return a list as it may be called outside the office."""
    return rules.lists[name].sheet_label if name in rules.lists else rules.sheets.blank
