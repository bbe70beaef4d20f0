"""进度.xlsx: this month, all months, the ranking, the lists, and the linkage's quality."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from loubao.books.figure_columns import (
    NUMBER,
    ROW_HEIGHT,
    counts,
    figures_shown,
    heads,
    sums,
    widths,
)
from loubao.core.forms import Area, Chart, Page, Paper, Row, Series, Style, Workbook
from loubao.layout import paper
from loubao.rules.screening import Slowest
from loubao.rules.sheets import PARTS
from loubao.rules.wording import Wording
from loubao.supervision.tally import Count, Ranked

_PLACE, _RANK = 13.0, 5.0  # half-width characters
_CHART_ROWS = 13


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of villages by `(town, village)` in order, and of lists by their printed names."""

    villages: Mapping[tuple[str, str], Count]
    lists: Mapping[str, Count]


def progress_book(
    month: Table,
    campaign: Table,
    ranked: Sequence[Ranked],
    named: Sequence[Ranked],
    words: Wording,
    slowest: Slowest,
    fonts: Wording,
    months: Sequence[str],
    period: str,
    due: str,
    as_of: dt.date,
    more: Sequence[Page] = (),
) -> Workbook:
    """Return 进度.xlsx.

    `ranked` and `named` (of a circular) as `progress` gives them; `months` all that were posted,
    `period` the month and `due` the deadline in words; `more` are pages to put at the end.
    """
    note = words.note.format(as_of=paper.day(as_of), due=due)
    pages = words.pages
    title = pages.month.title.format(period=period)
    first, last = paper.month(months[0]), paper.month(months[-1])
    campaign_title = pages.campaign.title.format(first=first, last=last)
    return Workbook(
        path=words.path,
        title=title,
        created=as_of,
        styles=_styles(fonts),
        pages=(
            _places_page(pages.month.page, title, note, month, words, fonts, period),
            _places_page(pages.campaign.page, campaign_title, note, campaign, words, fonts, period),
            _ranking_page(ranked, named, words, slowest, fonts, period),
            _lists_page(month, campaign, words, fonts, period),
            *more,
        ),
        names={"loubao_kind": "progress", "loubao_period": period},
    )


def _styles(fonts: Wording) -> dict[str, Style]:
    plain = paper.table_styles(fonts)
    total = plain["total"]
    more = {"total_number": total, "total_share": replace(total, number_format="0.0")}
    return plain | more


def _places_page(
    name: str, title: str, note: str, table: Table, words: Wording, fonts: Wording, period: str
) -> Page:
    """Towns with a chart under them, then their villages with subtotals, then what is what."""
    width = 2 + len(figures_shown(words))
    rows, merges = _titles(title, note, width)
    towns: dict[str, Count] = {}
    for (town, _), count in table.villages.items():
        towns[town] = towns.get(town, Count()) + count
    merges += heads(rows, (words.places.town, ""), words)
    top = len(rows)
    rows += [
        counts((town, None), count, top + i, words) for i, (town, count) in enumerate(towns.items())
    ]
    bottom = len(rows) - 1
    rows.append(sums((words.total, None), list(towns.values()), top, bottom, words, "total"))
    merges += [Area(row, 0, row, 1) for row in range(top, len(rows))]
    chart = _chart(name, words, fonts, top, bottom, len(rows) + 1) if towns else None
    rows += [paper.wide_row("", "line", ROW_HEIGHT)] * (_CHART_ROWS + 2)
    head = len(rows)
    merges += _villages(rows, table, words)
    merges += _notes(rows, words, fonts, width)
    return Page(
        name=name,
        widths=widths((_PLACE, _PLACE), words, fonts),
        rows=tuple(rows),
        merges=tuple(merges),
        charts=(chart,) if chart else (),
        paper=_paper(words, period, repeat=(head, head + 1)),
    )


def _villages(rows: list[Row], table: Table, words: Wording) -> list[Area]:
    """Append the villages, each town with its sum, and all of them; return what is merged."""
    merges = heads(rows, (words.places.town, words.places.village), words)
    begin = len(rows)
    for group, first, last in paper.runs([town for town, _ in table.villages]):
        block = list(table.villages.items())[first : last + 1]
        top = len(rows)
        rows += [counts(place, count, top + i, words) for i, (place, count) in enumerate(block)]
        label = (words.subtotal.format(town=group), None)
        parts = [count for _, count in block]
        rows.append(sums(label, parts, top, len(rows) - 1, words, "group"))
    whole = list(table.villages.values())
    rows.append(sums((words.total, None), whole, begin, len(rows) - 1, words, "total"))
    return merges


def _ranking_page(
    ranked: Sequence[Ranked],
    named: Sequence[Ranked],
    words: Wording,
    slowest: Slowest,
    fonts: Wording,
    period: str,
) -> Page:
    """Villages by rank; those that a circular names stand out."""
    page = words.pages.ranking
    percent = f"{slowest.verified_below:g}"
    note = words.ranking_note.format(people=slowest.people, verified_below=percent)
    width = 3 + len(figures_shown(words))
    rows, merges = _titles(page.title.format(period=period), note, width)
    places = words.places
    merges += heads(rows, (places.rank, places.town, places.village), words)
    slow = {each.key for each in named}
    for each in ranked:
        look = "group" if each.key in slow else ""
        rows.append(counts((each.rank, *each.key), each.count, len(rows), words, look))
    return Page(
        name=page.page,
        widths=widths((_RANK, _PLACE, _PLACE), words, fonts),
        rows=tuple(rows),
        merges=tuple(merges),
        freeze=(4, 3),
        paper=_paper(words, period, repeat=(2, 3)),
    )


def _lists_page(month: Table, campaign: Table, words: Wording, fonts: Wording, period: str) -> Page:
    page = words.pages.lists
    width = 1 + len(figures_shown(words))
    rows, merges = _titles(page.title.format(period=period), words.lists_note, width)
    for section, table in (
        (words.list_sections.month, month),
        (words.list_sections.campaign, campaign),
    ):
        rows.append(paper.wide_row(section, "section", 28.0))
        merges += heads(rows, (words.places.list,), words)
        rows += [
            counts((name,), count, len(rows) + i, words)
            for i, (name, count) in enumerate(table.lists.items())
        ]
    merges += _notes(rows, words, fonts, width)
    return Page(
        name=page.page,
        widths=widths((2 * _PLACE,), words, fonts),
        rows=tuple(rows),
        merges=tuple(merges),
        paper=_paper(words, period),
    )


def _chart(page: str, words: Wording, fonts: Wording, top: int, bottom: int, at: int) -> Chart:
    """Stacked bars of the towns: everybody issued, by what became of them."""
    columns = [(part, 2 + words.columns.people.index(part)) for part in PARTS]
    pixels = sum(widths((_PLACE, _PLACE), words, fonts))
    return Chart(
        title=words.chart.title,
        series=tuple(
            Series(
                page=page,
                name=(top - 1, column),
                categories=Area(top, 0, bottom, 0),
                values=Area(top, column, bottom, column),
                color=words.colors[part],
            )
            for part, column in columns
        ),
        at=(at, 0),
        size=(pixels - 4, round(_CHART_ROWS * ROW_HEIGHT * 96 / 72)),
        font=fonts.text,
    )


def _titles(title: str, note: str, width: int) -> tuple[list[Row], list[Area]]:
    """The first rows of a page, and what is merged in them."""
    rows = [paper.wide_row(title, "title", 32.0), paper.wide_row(note, "note", 20.0)]
    return rows, [Area(0, 0, 0, width - 1), Area(1, 0, 1, width - 1)]


def _notes(rows: list[Row], words: Wording, fonts: Wording, width: int) -> list[Area]:
    """Append what the figures mean, in lines of the whole width; return what is merged."""
    room = (width - 2) * NUMBER + 2 * _PLACE
    areas = []
    for note in words.definitions:
        lines = paper.lines_needed(note, room)
        areas.append(Area(len(rows), 0, len(rows), width - 1))
        rows.append(paper.wide_row(note, "note", paper.row_height(lines, fonts.size)))
    return areas


def _paper(words: Wording, period: str, repeat: tuple[int, int] | None = None) -> Paper:
    return Paper(
        margins=(0.4, 0.4, 0.5, 0.6),
        footer=paper.footer(words.footer, period),
        repeat=repeat,
    )
