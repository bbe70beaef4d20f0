"""What the tables of report.html are made of: texts, and the number that each sorts by.

The tables of report.html that count people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from loubao.report.figures import OUTCOMES, Overlap, Places
from loubao.report.suppression import Shown
from loubao.rules import Rules
from loubao.rules.wording import Wording
from loubao.screening.coverage import STATUSES
from loubao.screening.expected_cost import people_text, threshold_text


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


def guarded(figure: str, heads: Sequence[str], shown: Shown, report: Wording) -> Table:
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


def counted(shown: Shown, row: int, column: int, report: Wording) -> Cell:
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


def flow(shown: Shown, report: Wording) -> Table:
    """Source lists × outcomes."""
    heads = [report.flow.stages["list"], *(report.flow.outcomes[each] for each in OUTCOMES)]
    return guarded("flow", (*heads, report.total), shown, report)


def towns(places: Places, rules: Rules) -> Table:
    """Towns × villages, people, households, statuses."""
    report, shown = rules.report, places.towns
    heads = report.places.headers
    rows = []
    for row in range(len(shown.rows) + 1):
        name = shown.rows[row] if row < len(shown.rows) else report.total
        people = counted(shown, row, -1, report)
        homes = people if shown.marks[row][-1] else number(places.households[row])
        statuses = [counted(shown, row, column, report) for column in range(len(STATUSES))]
        rows.append((Cell(name), number(places.village_counts[row]), people, homes, *statuses))
    names = ("town", "villages", "people", "households")
    return Table(
        "towns",
        (*(heads[name] for name in names), *_statuses(rules)),
        (False, *[True] * 6),
        tuple(rows[:-1]),
        rows[-1],
    )


def villages(places: Places, rules: Rules) -> Table:
    """Villages × people, statuses, in the order of the people that are told."""
    report = rules.report
    rows = [
        (
            Cell(town),
            Cell(village),
            counted(shown, row, -1, report),
            *(counted(shown, row, column, report) for column in range(len(STATUSES))),
        )
        for town, shown in zip(places.towns.rows, places.villages, strict=True)
        for row, village in enumerate(shown.rows)
    ]
    rows.sort(key=lambda cells: -(cells[2].sort or 0.0))
    heads = report.places.headers
    return Table(
        "villages",
        (heads["town"], heads["village"], heads["people"], *_statuses(rules)),
        (False, False, *[True] * 4),
        tuple(rows),
    )


def _statuses(rules: Rules) -> list[str]:
    return [rules.sheets.summary.outcomes[status] for status in STATUSES]


def overlap(found: Overlap, rules: Rules) -> Table:
    """Combinations of source lists and their people."""
    report = rules.report
    words = report.overlap
    rows: list[tuple[str, int]] = [
        (words.join.join(rules.lists[name].sheet_label for name in lists), people)
        for lists, people in found.combinations
    ]
    if found.others:
        rows.append((words.others.format(limit=report.small), found.others))
    return plain("overlap", (words.headers["lists"], words.headers["people"]), rows)


def ages(shown: Shown, report: Wording) -> Table:
    """Age bands × sexes."""
    return guarded("ages", (report.ages.header, *shown.columns, report.total), shown, report)


def costs(expected: pl.DataFrame, rules: Rules) -> Table:
    """Thresholds × visits saved, visits wasted, people missed."""
    words = rules.sheets.summary.expectation
    heads = words.headers
    rows = [
        (
            threshold_text(threshold, words),
            saved,
            people_text(wasted, words.small),
            people_text(missed, words.small),
        )
        for threshold, saved, wasted, missed in expected.iter_rows()
    ]
    return plain("costs", (heads.threshold, heads.saved, heads.wasted, heads.missed), rows)
