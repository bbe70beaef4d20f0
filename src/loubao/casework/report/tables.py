"""The tables of report.html that count people."""

from __future__ import annotations

import polars as pl

from loubao.casework.outlook import figure
from loubao.casework.report.cells import Cell, Table, counted, guarded, number, plain
from loubao.casework.report.discretion import Shown
from loubao.casework.report.figures import OUTCOMES, Overlap, Places
from loubao.casework.tables import STATUSES
from loubao.rules import Rules
from loubao.rules.report import Report


def flow(shown: Shown, report: Report) -> Table:
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


def ages(shown: Shown, report: Report) -> Table:
    """Age bands × sexes."""
    return guarded("ages", (report.ages.header, *shown.columns, report.total), shown, report)


def costs(expected: pl.DataFrame, rules: Rules) -> Table:
    """Thresholds × visits saved, visits wasted, people missed."""
    words = rules.sheets.summary.expectation
    heads = words.headers
    rows = [
        (
            words.current
            if threshold is None
            else words.at_least.format(percent=f"{threshold * 100:.10g}"),
            saved,
            figure(wasted, words.small),
            figure(missed, words.small),
        )
        for threshold, saved, wasted, missed in expected.iter_rows()
    ]
    return plain("costs", (heads.threshold, heads.saved, heads.wasted, heads.missed), rows)
