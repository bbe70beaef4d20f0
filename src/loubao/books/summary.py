"""The month at a glance → 汇总.xlsx, which adds up all village sheets.

Totals are formulas with their values beside them, so that they read right before a program
calculates, and stay right when a number is mended by hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from loubao.core.forms import Area, Page, Paper, Row, Value, Workbook
from loubao.core.notation import as_printed, day_text, period_of
from loubao.layout import paper
from loubao.layout.paper import Printing
from loubao.layout.table_page import (
    HEADER,
    NOTE,
    TITLE,
    Heading,
    Table,
    paragraph,
    pixel_widths,
    reading_page,
    stacked_bars,
    table_page,
    table_paper,
)
from loubao.rules.wording import Wording
from loubao.screening.cases import counts_by_village
from loubao.screening.coverage import STATUSES
from loubao.screening.expected_cost import LEAST_SHOWN, Expected, sentences, threshold_text

#: Half-width characters of the columns.
_LABEL, _NUMBER, _GAP, _PLACE, _COUNT = 29.0, 9.5, 2.0, 16.0, 10.5
_COLUMNS = 8  # of the widest table on the overview
_CHART = (470, 300)  # pixels
_OUTLOOK_WIDTHS = (30.0, 18.0, 18.0, 18.0)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new against the month before.

    `news`: how many cases of each kind. `departed`: `followup.departures.DEPARTED`.
    """

    news: Mapping[str, int]
    departed: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Month:
    """What the summary of a month adds up.

    `details` and `excluded` as `screening` gives them; `list_counts`: `list`, `title`, `role`,
    `files`, `records`, `qualifying`; `outcome_counts`: `list`, `outcome`, `people`. `labels` names
    the lists as a sheet that leaves the office may name them (default: their titles). Without
    `expected` and `changes` their pages are left out; `standards` is the page of the notice's,
    `validity` has rows of rolls (`coverage.ENDING`). `office`: cases of the office's list.
    """

    details: pl.DataFrame
    excluded: pl.DataFrame
    list_counts: pl.DataFrame
    outcome_counts: pl.DataFrame
    labels: Mapping[str, str]
    expected: Expected | None = None
    changes: Changes | None = None
    standards: Page | None = None
    office: int = 0
    validity: pl.DataFrame | None = None

    @property
    def titles(self) -> dict[str, str]:
        """What each list is called."""
        return {**dict(self.list_counts.select("list", "title").iter_rows()), **self.labels}

    @property
    def sources(self) -> list[str]:
        """The source lists that were read."""
        return self.list_counts.filter(pl.col("role") == "source")["list"].to_list()


def summary_book(month: Month, sheets: Wording, as_of: dt.date) -> Workbook:
    """Return 汇总.xlsx: overview, places, what else there is, and the people set aside."""
    printing = Printing(sheets.fonts, as_of, period_of(as_of))
    villages = counts_by_village(month.details, month.sources, sheets.unknown)
    overview = _overview_page(villages, month, sheets, printing)
    pages = [overview, _places_page(villages, month, sheets, printing)]
    pages += [outlook_page(month.expected, sheets, printing)] if month.expected else []
    pages += [_changes_page(month.changes, sheets, printing)] if month.changes else []
    pages += [month.standards] if month.standards else []
    if month.validity is not None and not month.validity.is_empty():
        pages.append(_validity_page(month.validity, sheets, printing))
    pages.append(_set_aside_page(month.excluded, sheets, printing))
    title = sheets.summary.title.format(period=printing.period)
    return printing.workbook("summary", sheets.summary.path, title, pages)


def _overview_page(
    villages: pl.DataFrame, month: Month, sheets: Wording, printing: Printing
) -> Page:
    """Towns, outcomes of each source list, the lists that were read; charts beside them."""
    summary = sheets.summary
    words = summary.overview
    note = summary.note.format(as_of=day_text(printing.as_of))
    if month.office:
        note += summary.office.format(people=month.office, path=sheets.office.path)
    rows = [
        paper.wide_row(summary.title.format(period=printing.period), "title", 34.0),
        paper.wide_row(note, "note", NOTE if not month.office else 2 * NOTE),
    ]
    statuses = [summary.outcomes[status] for status in STATUSES]
    heads = (words.headers.town, summary.villages, summary.people, summary.households, *statuses)
    towns = _add_table(rows, words.towns, heads, _towns(villages), sheets)
    heads = (words.headers.list, *summary.outcomes.values(), summary.total)
    lists = _add_table(rows, words.outcomes, heads, _outcomes(month, sheets), sheets)
    names = ("list", "role", "files", "records", "qualifying")
    heads = tuple(getattr(words.headers, name) for name in names)
    _add_table(rows, words.lists, heads, _lists(month, sheets), sheets, labels=2)
    by_status = {4 + place: summary.colors[status] for place, status in enumerate(STATUSES)}
    by_outcome = {
        place: summary.colors[outcome] for place, outcome in enumerate(summary.outcomes, start=1)
    }
    below = _row_below(rows, 2, _CHART[1] + 12)
    charts = [
        stacked_bars(title, words.page, span, colors, (at, _COLUMNS + 1), _CHART, sheets.fonts.text)
        for title, span, colors, at in (
            (words.towns, towns, by_status, 2),
            (words.outcomes, lists, by_outcome, below),
        )
        if span[0] <= span[1]
    ]
    widths = pixel_widths((_LABEL, *[_NUMBER] * (_COLUMNS - 1), _GAP), printing)
    return Page(
        name=words.page,
        widths=(*widths, _CHART[0]),
        rows=tuple(rows),
        merges=(Area(0, 0, 0, _COLUMNS + 1), Area(1, 0, 1, _COLUMNS - 1)),
        charts=tuple(charts),
        paper=Paper(
            margins=(0.4, 0.4, 0.4, 0.6), footer=printing.footer(summary.footer), one_page=True
        ),
    )


def _towns(villages: pl.DataFrame) -> list[tuple[Value, ...]]:
    """A town a row: its villages, people, households, and people of each status."""
    counted = ("people", "households", *STATUSES)
    return (
        villages.group_by("town", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("villages"), pl.col(counted).sum())
        .rows()
    )


def _outcomes(month: Month, sheets: Wording) -> list[tuple[Value, ...]]:
    """A source list a row: its name, people by outcome, and all of them (None: their sum)."""
    found = {(name, outcome): n for name, outcome, n in month.outcome_counts.iter_rows()}
    titles = month.titles
    return [
        (
            titles[name],
            *(found.get((name, outcome), 0) for outcome in sheets.summary.outcomes),
            None,
        )
        for name in month.sources
    ]


def _lists(month: Month, sheets: Wording) -> list[tuple[Value, ...]]:
    """A list that was read a row: its name and role, files, records, qualifying records."""
    roles, titles = sheets.summary.roles, month.titles
    return [
        (titles[name], roles.get(role, role), *counts)
        for name, role, *counts in month.list_counts.select(
            "list", "role", "files", "records", "qualifying"
        ).iter_rows()
    ]


def _add_table(
    rows: list[Row],
    section: str,
    heads: Sequence[str],
    body: Sequence[tuple[Value, ...]],
    sheets: Wording,
    labels: int = 1,
) -> tuple[int, int]:
    """Append a table with its total row; return the first and the last row of its body.

    The first `labels` columns hold texts; None in the last column adds up the row.
    """
    width = len(heads)
    rows += paper.section_rows(section, heads, 32.0)
    top = len(rows)
    look = ("text", *["center"] * (labels - 1), *["number"] * (width - labels))
    for values in body:
        shown = values
        if values[-1] is None:
            across = Area(len(rows), 1, len(rows), width - 2)
            shown = (*values[:-1], paper.total(values[1:-1], across))
        lines = paper.lines_needed(str(values[0]), _LABEL)
        rows.append(Row(shown, look, paper.row_height(lines, sheets.fonts.size)))
    bottom = len(rows) - 1
    sums: list[Value] = [0] * (width - labels)
    if body:
        sums = [
            paper.total([row.values[i] for row in rows[top:]], Area(top, i, bottom, i))
            for i in range(labels, width)
        ]
    label = (sheets.summary.total, *[None] * (labels - 1))
    rows.append(Row((*label, *sums), ("total",) * width, 21.0))
    return top, bottom


def _row_below(rows: Sequence[Row], start: int, pixels: int) -> int:
    """Return the first row that begins `pixels` or more under the top of row `start`."""
    row, left = start, float(pixels)
    while left > 0:
        height = rows[row].height if row < len(rows) else None
        left -= (height or 15.0) * 96 / 72
        row += 1
    return row


def _places_page(villages: pl.DataFrame, month: Month, sheets: Wording, printing: Printing) -> Page:
    """Towns × villages × lists, a subtotal under each town."""
    summary = sheets.summary
    places = summary.places
    counted = ("people", "households", *STATUSES, *month.sources)
    width = 2 + len(counted)
    titles = month.titles
    heads = (
        places.headers.town,
        places.headers.village,
        summary.people,
        summary.households,
        *(summary.outcomes[status] for status in STATUSES),
        *(titles[source] for source in month.sources),
    )
    rows = [
        paper.wide_row(places.title.format(period=printing.period), "title", TITLE),
        Row(heads, ("head",) * width, 44.0),
    ]

    def add_sums(label: str, block: pl.DataFrame, top: int, look: str, height: float) -> None:
        bottom = len(rows) - 1
        sums = [
            paper.total(block[name].to_list(), Area(top, i, bottom, i), subtotal=True)
            for i, name in enumerate(counted, start=2)
        ]
        looks = (look.removesuffix("_number"),) * 2 + (look,) * len(counted)
        rows.append(Row((label, None, *sums), looks, height))

    plain = ("text", "text", *["number"] * len(counted))
    for town, first, last in paper.runs(villages["town"].to_list()):
        block = villages[first : last + 1]
        top = len(rows)
        rows += [
            Row(values, plain, 19.0) for values in block.select("town", "village", *counted).rows()
        ]
        label = summary.subtotal.format(town=town)
        add_sums(label, block, top, "group_number", 20.0)
    if villages.is_empty():
        rows.append(Row((summary.total, None, *[0] * len(counted)), ("total",) * width, HEADER))
    else:
        add_sums(summary.total, villages, 2, "total", HEADER)
    widths = (*[_PLACE] * 2, *[_COUNT] * 5, *[_COUNT + 3] * len(month.sources))
    return Page(
        name=places.page,
        widths=pixel_widths(widths, printing),
        rows=tuple(rows),
        merges=(Area(0, 0, 0, width - 1),),
        freeze=(2, 2),
        paper=Paper(
            margins=(0.5, 0.5, 0.5, 0.6), footer=printing.footer(summary.footer), repeat=(1, 1)
        ),
    )


def outlook_page(expected: Expected, sheets: Wording, printing: Printing) -> Page:
    """Return what the links are expected to cost: in words, by threshold, what it means."""
    words = sheets.summary.expectation
    heads = words.headers
    widths, size = _OUTLOOK_WIDTHS, printing.fonts.size
    rows = [
        paper.wide_row(words.title.format(period=printing.period), "title", 34.0),
        *(paragraph(text, "line", widths, printing.size) for text in sentences(expected, words)),
        paper.wide_row(words.section, "section", 30.0),
        paragraph(words.before, "note", widths, size),
        Row((heads.threshold, heads.saved, heads.wasted, heads.missed), ("head",) * 4, 24.0),
    ]
    for threshold, saved, *people in expected.table.iter_rows():
        label = threshold_text(threshold, words)
        look = ("text", "number", "share", "share")
        if threshold is None:
            look = ("group", "group_number", "group_share", "group_share")
        # numbers, so that a clerk may reckon with them, unless they would read 0.0
        shown = [words.small if 0.0 < each < LEAST_SHOWN else round(each, 3) for each in people]
        rows.append(Row((label, saved, *shown), look, 20.0))
    rows += [paragraph(text, "note", widths, size) for text in words.notes]
    return reading_page(words.page, rows, widths, sheets.summary.footer, printing)


def _changes_page(changes: Changes, sheets: Wording, printing: Printing) -> Page:
    """How many of each kind of news, then the people who are not sent out."""
    words = sheets.summary.news
    table = Table(words.columns, printing.size, blank=sheets.blank)
    last = len(words.columns) - 1
    rows = [
        paper.wide_row(words.title.format(period=printing.period), "title", TITLE),
        paper.wide_row(words.note, "note", NOTE),
        Row((words.headers.news, None, None, words.headers.people), ("head",) * 4, HEADER),
    ]
    rows += [
        Row((label, None, None, changes.news[kind]), ("text", "text", "text", "number"), 19.0)
        for kind, label in words.kinds.items()
        if changes.news.get(kind)
    ]
    head = len(rows) + 1
    rows += [paper.wide_row("", "note", 8.0), table.header()]
    kind = pl.col("news").replace_strict(dict(words.kinds), return_dtype=pl.String)
    departed = changes.departed.with_columns(
        news=pl.coalesce("why", kind),
        id_number=as_printed(changes.departed["id_number"], sheets.id_number),
    )
    rows += table.rows(departed)
    if departed.is_empty():
        rows.append(paper.wide_row(words.none, "line", 19.0))
    return Page(
        name=words.page,
        widths=pixel_widths(table.widths, printing),
        rows=tuple(rows),
        merges=(
            Area(0, 0, 0, last),
            Area(1, 0, 1, last),
            *(Area(row, 0, row, 2) for row in range(2, head - 1)),
        ),
        filter=Area(head, 0, len(rows) - 1, last),
        paper=table_paper(sheets.summary.footer, printing),
    )


def _validity_page(ending: pl.DataFrame, sheets: Wording, printing: Printing) -> Page:
    """The people on rolls whose time is over or soon will be."""
    words = sheets.summary.validity
    looks = {"until": "date", "row": "number", "name": "center", "id_number": "center"}
    table = Table(words.columns, printing.size, looks, blank=sheets.blank)
    shown = _shown(ending, sheets).with_columns(
        pl.col("state").replace_strict(dict(words.states), return_dtype=pl.String)
    )
    title = words.title.format(period=printing.period)
    heading = Heading(words.page, title, words.note, sheets.summary.footer)
    return table_page(heading, table, table.rows(shown), printing)


def _set_aside_page(excluded: pl.DataFrame, sheets: Wording, printing: Printing) -> Page:
    """The people who are on no sheet because an exclusion list names them, with the evidence."""
    words = sheets.summary.set_aside
    looks = {"date": "date", "row": "number", "name": "center", "id_number": "center"}
    table = Table(words.columns, printing.size, looks, blank=sheets.blank)
    note = words.none if excluded.is_empty() else words.note
    heading = Heading(
        words.page, words.title.format(period=printing.period), note, sheets.summary.footer
    )
    return table_page(heading, table, table.rows(_shown(excluded, sheets)), printing)


def _shown(people: pl.DataFrame, sheets: Wording) -> pl.DataFrame:
    """People as a page lists them: unknown places in words, numbers as sheets have them."""
    return people.with_columns(
        pl.col("town").fill_null(sheets.unknown.town),
        pl.col("village").fill_null(sheets.unknown.village),
        id_number=as_printed(people["id_number"], sheets.id_number),
    )
