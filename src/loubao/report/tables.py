"""The tables of report.html: people, then files, pairs and how it was done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.plausibility import finding_words
from loubao.report.figures import OUTCOMES, Histogram, Overlap, Places
from loubao.report.suppression import Shown
from loubao.rules.folder import Rules
from loubao.rules.screening import Cover
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
    """Return the cell of a count, or of a number that is a text already.

    >>> number(1234).text, number(12.34).text, number("小于 0.1").text
    ('1,234', '12.3', '小于 0.1')
    """
    if isinstance(value, str):
        return Cell(value, number=True)
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return Cell(text, float(value), number=True)


def counted(shown: Shown, row: int, column: int, report: Wording) -> Cell:
    """Return a guarded count: the number, or the mark that stands for it.

    What is suppressed sorts between 0 and the least number that is.
    """
    count = shown.published(row, column)
    if count is not None:
        return number(count)
    small = shown.marks[row][column] == "small"
    marks = report.marks
    text = marks.small.format(limit=report.small) if small else marks.held
    return Cell(text, 0.5, number=True)


def label(name: str | None, rules: Rules) -> str:
    """Return a list as it may be called outside the office."""
    return rules.lists[name].sheet_label if name in rules.lists else rules.sheets.blank


def title(code: str, rules: Rules) -> str:
    """Return what a clerk calls an issue code."""
    words = rules.sheets.issues
    return words[code].title if code in words else code


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
    """Villages × people, statuses, in the order of the people shown."""
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


def implausible(found: pl.DataFrame | None, rules: Rules) -> Table | None:
    """What is implausible of the month (FINDINGS); None where nothing is."""
    if found is None or found.is_empty():
        return None
    heads = finding_words.table(found.clear(), rules)["heads"]
    rows = [
        tuple(vars(line).values())
        for line in finding_words.in_words(found, rules, rules.report.small)
    ]
    return plain("implausible", heads, rows, texts=len(heads))


def kinds(now: pl.DataFrame, before: pl.DataFrame | None, rules: Rules) -> Table:
    """Issues by kind, the commonest first, beside those of the month before."""
    return _compared("kinds", "kind", "code", now, before, rules)


def trend(now: pl.DataFrame, before: pl.DataFrame | None, rules: Rules) -> Table | None:
    """Issues by list beside those of the month before; None where there was none."""
    return None if before is None else _compared("trend", "list", "list", now, before, rules)


def _compared(
    name: str, head: str, key: str, now: pl.DataFrame, before: pl.DataFrame | None, rules: Rules
) -> Table:
    words = rules.report.quality.headers
    then = now.clear() if before is None else before
    ordered = (
        now.group_by(key)
        .agg(pl.col("count").sum())
        .join(
            then.group_by(key).agg(before=pl.col("count").sum()),
            on=key,
            how="full",
            coalesce=True,
            nulls_equal=True,
        )
        .with_columns(pl.col("count", "before").fill_null(0))
        .sort("count", "before", key, descending=[True, True, False], nulls_last=True)
    )
    names = (head, "count") if before is None else (head, "count", "before", "change")
    heads = [words[each] for each in names]
    rows = []
    for value, count, was in ordered.select(key, "count", "before").iter_rows():
        text = title(value, rules) if key == "code" else label(value, rules)
        change = f"{count - was:+,}" if count != was else "0"
        rows.append((text, count, was, change)[: len(heads)])
    return plain(name, heads, rows)


def files(found: pl.DataFrame, rules: Rules) -> Table:
    """Files × list, rows, issues, issues in a hundred rows, the commonest kinds."""
    words = rules.report.quality
    rows = []
    for file, name, records, count, faults in found.iter_rows():
        text = "、".join(
            f"{title(fault['code'], rules)} {fault['count']:,}" for fault in faults[: words.most]
        )
        if len(faults) > words.most:
            text += words.more.format(count=len(faults))
        rate = f"{100 * count / records:.1f}" if records else "—"
        rows.append((file, label(name, rules), records, count, rate, text))
    names = ("file", "list", "records", "count", "rate", "most")
    return plain("files", [words.headers[name] for name in names], rows, texts=2, remark=True)


def weights(found: Histogram, report: Wording) -> Table:
    """Bins of match weight × decision."""
    words = report.weights
    rows = [
        (f"{found.first + found.width * i:g} — {found.first + found.width * (i + 1):g}", link, near)
        for i, (link, near) in enumerate(zip(found.link, found.review, strict=True))
    ]
    heads = (words.headers["weight"], words.decisions["link"], words.decisions["review"])
    return plain("weights", heads, rows)


def tiers(found: Sequence[tuple[str, str, int]], report: Wording) -> Table:
    """Tiers that have pairs, their decision and pairs."""
    words = report.weights
    rows = [(wording, words.decisions[decision], pairs) for wording, decision, pairs in found]
    return plain("tiers", [words.headers[n] for n in ("tier", "decision", "pairs")], rows, texts=2)


def inputs(exports: Sequence[dict[str, Any]], rules: Rules) -> Table:
    """Every file: list, rows, people, rows that are none, rows without a person, SHA-256."""
    words = rules.report.method
    rows = []
    for export in exports:
        counts = [sheet["counts"] for sheet in export["sheets"]]
        lists = dict.fromkeys(sheet["list"] for sheet in export["sheets"] if sheet["list"])
        people = sum(each.get("people", 0) for each in counts)
        whole = sum(each.get("rows", 0) for each in counts)
        without = sum(each.get("without_person", 0) for each in counts)
        kept = sum(each.get("records", 0) for each in counts)
        name = "、".join(label(each, rules) for each in lists)
        if export["ignored"]:
            name = words.ignored
        sums = (whole, people, whole - kept - without, without)
        rows.append((export["file"], name, *sums, export["sha256"]))
    names = ("file", "list", "rows", "people", "skipped", "without", "sha256")
    return plain("inputs", [words.files[name] for name in names], rows, texts=2, remark=True)


def completeness(found: pl.DataFrame, rules: Rules) -> Table:
    """Lists × rows and the shares of them that have a proven number, name, birth, village."""
    words = rules.report.method.fields
    rows = [
        (label(name, rules), records, qualifying, *(f"{100 * share:.1f}" for share in shares))
        for name, records, qualifying, *shares in found.iter_rows()
    ]
    return plain("completeness", [words[name] for name in words], rows)


def coverage(rules: Rules) -> Table:
    """What counts as covered and as covered in part, by source list: the policy in force."""
    words = rules.report.method

    def rolls(covers: Sequence[Cover]) -> str:
        names = []
        for cover in covers:
            name = label(cover.list, rules)
            if cover.within_months is not None:
                name = words.within.format(list=name, months=cover.within_months)
            names.append(name)
        return "、".join(dict.fromkeys(names)) or words.no_roll

    rows = []
    for source, each in rules.screening.coverage.items():
        partly = [rolls(each.partly_by), *(part.because for part in each.partly_when)]
        partly += [family.because for family in each.family]
        rows.append((label(source, rules), rolls(each.covered_by), "；".join(partly)))
    names = ("list", "covered", "partly")
    return plain("coverage", [words.coverage[name] for name in names], rows, texts=3)
