"""进度.xlsx: this month, all months, the ranking, the lists, and the linkage's quality.

Counts that add up are formulas with their values beside them; shares are formulas over the counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from loubao.casework import paper
from loubao.casework.progress import Count, Figures, Ranked
from loubao.forms import Area, Chart, Formula, Page, Paper, Row, Series, Style, Value, Workbook
from loubao.rules.follow_up import Slowest
from loubao.rules.sheets import Fonts
from loubao.rules.supervision import PARTS, Figure, Supervision
from loubao.rules.village_sheet import Footer

_PLACE, _NUMBER, _RANK = 13.0, 6.4, 5.0
_CHART_ROWS, _ROW_HEIGHT = 13, 20.0
_SHARES: Mapping[str, tuple[Figure, tuple[Figure, ...]]] = {
    "verified_rate": ("verified", ("issued",)),
    "enrolled_rate": ("enrolled", ("eligible", "applied", "enrolled")),
}


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
    words: Supervision,
    slowest: Slowest,
    fonts: Fonts,
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
    first, last = _in_words(months[0]), _in_words(months[-1])
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


def _styles(fonts: Fonts) -> dict[str, Style]:
    plain = paper.table_styles(fonts)
    total = plain["total"]
    more = {"total_number": total, "total_share": replace(total, number_format="0.0")}
    return plain | more


def _in_words(month: str) -> str:
    year, number = month.split("-")
    return f"{year}年{int(number)}月"


def _places_page(
    name: str, title: str, note: str, table: Table, words: Supervision, fonts: Fonts, period: str
) -> Page:
    """Towns with a chart under them, then their villages with subtotals, then what is what."""
    width = 2 + _width(words)
    rows = [paper.wide_row(title, "title", 32.0), paper.wide_row(note, "note", 20.0)]
    towns: dict[str, Count] = {}
    for (town, _), count in table.villages.items():
        towns[town] = towns.get(town, Count()) + count
    merges = [Area(0, 0, 0, width - 1), Area(1, 0, 1, width - 1)]
    merges += _heads(rows, (words.places.town, ""), words)
    top = len(rows)
    rows += [
        _counts((town, None), count, top + i, words)
        for i, (town, count) in enumerate(towns.items())
    ]
    bottom = len(rows) - 1
    rows.append(_sums((words.total, None), list(towns.values()), top, bottom, words, "total"))
    merges += [Area(row, 0, row, 1) for row in range(top, len(rows))]
    chart = _chart(name, words, fonts, top, bottom, len(rows) + 1) if towns else None
    rows += [paper.wide_row("", "line", _ROW_HEIGHT)] * (_CHART_ROWS + 2)
    head = len(rows)
    merges += _heads(rows, (words.places.town, words.places.village), words)
    begin = len(rows)
    for group, first, last in paper.runs([town for town, _ in table.villages]):
        block = list(table.villages.items())[first : last + 1]
        top_of_town = len(rows)
        rows += [
            _counts(place, count, top_of_town + i, words) for i, (place, count) in enumerate(block)
        ]
        label = (words.subtotal.format(town=group), None)
        parts = [count for _, count in block]
        rows.append(_sums(label, parts, top_of_town, len(rows) - 1, words, "group"))
    whole = list(table.villages.values())
    rows.append(_sums((words.total, None), whole, begin, len(rows) - 1, words, "total"))
    merges += _notes(rows, words.definitions, fonts, width)
    return Page(
        name=name,
        widths=_widths((_PLACE, _PLACE), words, fonts),
        rows=tuple(rows),
        merges=tuple(merges),
        charts=(chart,) if chart else (),
        paper=_paper(words, period, repeat=(head, head + 1)),
    )


def _ranking_page(
    ranked: Sequence[Ranked],
    named: Sequence[Ranked],
    words: Supervision,
    slowest: Slowest,
    fonts: Fonts,
    period: str,
) -> Page:
    """Villages by rank; those that a circular names stand out."""
    page = words.pages.ranking
    width = 3 + _width(words)
    percent = f"{slowest.verified_below:g}"
    note = words.ranking_note.format(people=slowest.people, verified_below=percent)
    rows = [
        paper.wide_row(page.title.format(period=period), "title", 32.0),
        paper.wide_row(note, "note", 20.0),
    ]
    merges = [Area(0, 0, 0, width - 1), Area(1, 0, 1, width - 1)]
    places = words.places
    merges += _heads(rows, (places.rank, places.town, places.village), words)
    slow = {each.key for each in named}
    for each in ranked:
        look = "group" if each.key in slow else ""
        rows.append(_counts((each.rank, *each.key), each.count, len(rows), words, look))
    return Page(
        name=page.page,
        widths=_widths((_RANK, _PLACE, _PLACE), words, fonts),
        rows=tuple(rows),
        merges=tuple(merges),
        freeze=(4, 3),
        paper=_paper(words, period, repeat=(2, 3)),
    )


def _lists_page(
    month: Table, campaign: Table, words: Supervision, fonts: Fonts, period: str
) -> Page:
    page = words.pages.lists
    width = 1 + _width(words)
    rows = [
        paper.wide_row(page.title.format(period=period), "title", 32.0),
        paper.wide_row(words.lists_note, "note", 20.0),
    ]
    merges = [Area(0, 0, 0, width - 1), Area(1, 0, 1, width - 1)]
    for section, table in (
        (words.list_sections.month, month),
        (words.list_sections.campaign, campaign),
    ):
        rows.append(paper.wide_row(section, "section", 28.0))
        merges += _heads(rows, (words.places.list,), words)
        rows += [
            _counts((name,), count, len(rows) + i, words)
            for i, (name, count) in enumerate(table.lists.items())
        ]
    merges += _notes(rows, words.definitions, fonts, width)
    return Page(
        name=page.page,
        widths=_widths((2 * _PLACE,), words, fonts),
        rows=tuple(rows),
        merges=tuple(merges),
        paper=_paper(words, period),
    )


def _shown(words: Supervision) -> list[tuple[bool, Figure]]:
    """The columns: whether of households, and which figure."""
    columns = words.columns
    return [(False, key) for key in columns.people] + [(True, key) for key in columns.households]


def _width(words: Supervision) -> int:
    return len(_shown(words))


def _widths(places: Sequence[float], words: Supervision, fonts: Fonts) -> tuple[int, ...]:
    size = fonts.size + 1
    return tuple(paper.pixels(each, size) for each in (*places, *[_NUMBER] * _width(words)))


def _heads(rows: list[Row], labels: Sequence[str], words: Supervision) -> list[Area]:
    """Append two rows of headers; return what is merged in them."""
    at, labelled = len(rows), len(labels)
    people, households = len(words.columns.people), len(words.columns.households)
    above: list[Value] = [*labels, words.units.people, *[None] * (people - 1)]
    if households:
        above += [words.units.households, *[None] * (households - 1)]
    names: list[Value] = [None] * labelled
    for _, key in _shown(words):
        names.append(paper.balanced(words.figures[key], _NUMBER))
    rows.append(Row(tuple(above), ("head",) * len(above), 20.0))
    rows.append(Row(tuple(names), ("head",) * len(names), 32.0))
    groups = [(labelled, people), (labelled + people, households)]
    merged = [Area(at, first, at, first + n - 1) for first, n in groups if n > 1]
    if labels[-1] == "":  # the place takes the room of two columns
        return [*merged, Area(at, 0, at + 1, labelled - 1)]
    return [*merged, *(Area(at, i, at + 1, i) for i in range(labelled))]


def _value(figures: Figures, key: Figure) -> Value:
    value = getattr(figures, key)
    return None if value is None else value * 100 if key in _SHARES else value


def _look(labelled: int, words: Supervision, look: str = "") -> tuple[str, ...]:
    prefix = f"{look}_" if look else ""
    numbers = tuple(
        f"{prefix}share" if key in _SHARES else f"{prefix}number" for _, key in _shown(words)
    )
    return (*[look or "text"] * labelled, *numbers)


def _counts(
    labels: Sequence[Value], count: Count, row: int, words: Supervision, look: str = ""
) -> Row:
    values = [
        _cell(count, of_homes, key, row, len(labels), words, None)
        for of_homes, key in _shown(words)
    ]
    return Row((*labels, *values), _look(len(labels), words, look), _ROW_HEIGHT)


def _sums(
    labels: Sequence[Value],
    parts: Sequence[Count],
    top: int,
    bottom: int,
    words: Supervision,
    look: str,
) -> Row:
    """The row after `bottom`: SUBTOTAL leaves others out, so towns are not counted twice."""
    whole = sum(parts, Count())
    span = (top, bottom) if parts else None
    values = [
        _cell(whole, of_homes, key, bottom + 1, len(labels), words, span)
        for of_homes, key in _shown(words)
    ]
    return Row((*labels, *values), _look(len(labels), words, look), 21.0)


def _cell(
    count: Count,
    of_homes: bool,
    key: Figure,
    row: int,
    labelled: int,
    words: Supervision,
    span: tuple[int, int] | None,
) -> Value:
    """A number; a share as a formula over its row; a sum as one over its column."""
    figures = count.households if of_homes else count.people
    value = _value(figures, key)
    shown = _shown(words)
    if key in _SHARES:
        part, wholes = _SHARES[key]
        if value is None:
            return words.blank
        if all((of_homes, each) in shown for each in (part, *wholes)):
            cells = [
                paper.cell(row, labelled + shown.index((of_homes, each)))
                for each in (part, *wholes)
            ]
            return Formula(f"=100*{cells[0]}/({'+'.join(cells[1:])})", _number(value))
        return value
    if span is not None:
        column = labelled + shown.index((of_homes, key))
        area = f"{paper.cell(span[0], column)}:{paper.cell(span[1], column)}"
        return Formula(f"=SUBTOTAL(9,{area})", _number(value))
    return value


def _number(value: Value) -> int | float:
    return value if isinstance(value, int | float) else 0


def _chart(page: str, words: Supervision, fonts: Fonts, top: int, bottom: int, at: int) -> Chart:
    """Stacked bars of the towns: everybody issued, by what became of them."""
    columns = [(part, 2 + words.columns.people.index(part)) for part in PARTS]
    pixels = sum(_widths((_PLACE, _PLACE), words, fonts))
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
        size=(pixels - 4, round(_CHART_ROWS * _ROW_HEIGHT * 96 / 72)),
        font=fonts.text,
    )


def _notes(rows: list[Row], notes: Sequence[str], fonts: Fonts, width: int) -> list[Area]:
    """Append lines that take the whole width; return what is merged."""
    room = (width - 2) * _NUMBER + 2 * _PLACE
    areas = []
    for note in notes:
        lines = paper.lines_needed(note, room)
        areas.append(Area(len(rows), 0, len(rows), width - 1))
        rows.append(paper.wide_row(note, "note", paper.row_height(lines, fonts.size)))
    return areas


def _paper(words: Supervision, period: str, repeat: tuple[int, int] | None = None) -> Paper:
    said = words.footer
    return Paper(
        margins=(0.4, 0.4, 0.5, 0.6),
        footer=paper.footer(Footer(left=said.left, center=said.center, right=said.right), period),
        repeat=repeat,
    )
