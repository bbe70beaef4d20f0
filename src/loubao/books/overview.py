"""The first page of the summary: towns, what became of each source list, the lists read, charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from loubao.core.forms import Area, Chart, Formula, Page, Paper, Row, Series, Value
from loubao.layout import paper
from loubao.rules.wording import Wording
from loubao.screening.village_counts import STATUSES

_COLUMNS = 8  # of the widest table on the page
_LABEL_WIDTH, _NUMBER_WIDTH, _GAP_WIDTH = 29.0, 9.5, 2.0
_CHART = (470, 300)  # pixels
_HEAD_HEIGHT, _SECTION_HEIGHT = 32.0, 30.0


def overview_page(
    villages: pl.DataFrame,
    list_counts: pl.DataFrame,
    coverage_counts: pl.DataFrame,
    titles: Mapping[str, str],
    sheets: Wording,
    period: str,
    as_of: dt.date,
) -> Page:
    """Return the page; `villages` as `tables.counts_by_village` gives it."""
    summary = sheets.summary
    words = summary.overview
    rows = [
        paper.wide_row(summary.title.format(period=period), "title", 34.0),
        paper.wide_row(summary.note.format(as_of=paper.day(as_of)), "note", 20.0),
    ]
    merges = [Area(0, 0, 0, _COLUMNS + 1), Area(1, 0, 1, _COLUMNS - 1)]

    towns = _towns(villages)
    heads = (
        words.headers.town,
        summary.villages,
        summary.people,
        summary.households,
        *(summary.outcomes[status] for status in STATUSES),
    )
    town_head = _add_table(rows, words.towns, heads, towns, sheets)

    outcomes = list(summary.outcomes)
    results = _results(list_counts, coverage_counts, titles, outcomes)
    heads = (words.headers.list, *(summary.outcomes[o] for o in outcomes), summary.total)
    list_head = _add_table(rows, words.outcomes, heads, results, sheets, across=True)

    heads = (
        words.headers.list,
        words.headers.role,
        words.headers.files,
        words.headers.records,
        words.headers.qualifying,
    )
    roles = {str(role): name for role, name in summary.roles.items()}
    read = [
        (titles[name], roles.get(role, role), files, records, passed)
        for name, role, files, records, passed in list_counts.select(
            "list", "role", "files", "records", "qualifying"
        ).iter_rows()
    ]
    _add_table(rows, words.lists, heads, read, sheets, labels=2)

    size = sheets.fonts.size + 1
    below = _row_below(rows, 2, _CHART[1] + 12)
    charts = (
        _chart(words.page, words.towns, town_head, len(towns), [4, 5, 6], STATUSES, sheets, 2),
        _chart(
            words.page,
            words.outcomes,
            list_head,
            len(results),
            range(1, len(outcomes) + 1),
            outcomes,
            sheets,
            below,
        ),
    )
    return Page(
        name=words.page,
        widths=(
            paper.pixels(_LABEL_WIDTH, size),
            *[paper.pixels(_NUMBER_WIDTH, size)] * (_COLUMNS - 1),
            paper.pixels(_GAP_WIDTH, size),
            _CHART[0],
        ),
        rows=tuple(rows),
        merges=tuple(merges),
        charts=tuple(chart for chart in charts if chart is not None),
        paper=Paper(
            margins=(0.4, 0.4, 0.4, 0.6),
            footer=paper.footer(summary.footer, period),
            one_page=True,
        ),
    )


def _towns(villages: pl.DataFrame) -> list[tuple[Value, ...]]:
    counted = ("people", "households", *STATUSES)
    return (
        villages.group_by("town", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("villages"), pl.col(counted).sum())
        .rows()
    )


def _results(
    list_counts: pl.DataFrame,
    coverage_counts: pl.DataFrame,
    titles: Mapping[str, str],
    outcomes: Sequence[str],
) -> list[tuple[Value, ...]]:
    """One row a source list: its label, and people by outcome."""
    found = {(name, outcome): n for name, outcome, n in coverage_counts.iter_rows()}
    sources = list_counts.filter(pl.col("role") == "source")["list"].to_list()
    return [
        (titles[name], *(found.get((name, outcome), 0) for outcome in outcomes)) for name in sources
    ]


def _add_table(
    rows: list[Row],
    section: str,
    heads: Sequence[str],
    body: Sequence[tuple[Value, ...]],
    sheets: Wording,
    labels: int = 1,
    across: bool = False,
) -> int:
    """Append a table with its total row; return the row number of its header.

    The first `labels` columns hold texts. `across`: the last column adds up the row.
    """
    width = len(heads)
    rows.append(paper.wide_row(section, "section", _SECTION_HEIGHT))
    head = len(rows)
    rows.append(Row(tuple(heads), ("head",) * width, _HEAD_HEIGHT))
    look = ("text", *["center"] * (labels - 1), *["number"] * (width - labels))
    for values in body:
        told: tuple[Value, ...] = values
        if across:
            told = (*values, _row_sum(values, len(rows)))
        lines = paper.lines_needed(str(values[0]), _LABEL_WIDTH)
        rows.append(Row(told, look, paper.row_height(lines, sheets.fonts.size)))
    sums: list[Value] = []
    for i in range(labels, width):
        column = [row.values[i] for row in rows[head + 1 :]]
        value = sum(_number(cell) for cell in column)
        area = f"{paper.cell(head + 1, i)}:{paper.cell(len(rows) - 1, i)}"
        sums.append(Formula(f"=SUM({area})", value) if body else 0)
    rows.append(
        Row((sheets.summary.total, *[None] * (labels - 1), *sums), ("total",) * width, 21.0)
    )
    return head


def _row_sum(values: Sequence[Value], row: int) -> Formula:
    area = f"{paper.cell(row, 1)}:{paper.cell(row, len(values) - 1)}"
    return Formula(f"=SUM({area})", sum(_number(value) for value in values[1:]))


def _number(value: Value) -> float:
    number = value.value if isinstance(value, Formula) else value
    return number if isinstance(number, int | float) else 0


def _row_below(rows: Sequence[Row], start: int, pixels: int) -> int:
    """Return the first row that begins `pixels` or more under the top of row `start`."""
    row, left = start, float(pixels)
    while left > 0:
        height = rows[row].height if row < len(rows) else None
        left -= (height or 15.0) * 96 / 72
        row += 1
    return row


def _chart(
    page: str,
    title: str,
    head: int,
    count: int,
    columns: Sequence[int],
    outcomes: Sequence[str],
    sheets: Wording,
    at_row: int,
) -> Chart | None:
    """Stacked bars over a table's rows, a series a column; none over an empty table."""
    if count == 0:
        return None
    first, last = head + 1, head + count
    colors = {str(outcome): color for outcome, color in sheets.summary.colors.items()}
    return Chart(
        title=title,
        series=tuple(
            Series(
                page=page,
                name=(head, column),
                categories=Area(first, 0, last, 0),
                values=Area(first, column, last, column),
                color=colors[outcome],
            )
            for column, outcome in zip(columns, outcomes, strict=True)
        ),
        at=(at_row, _COLUMNS + 1),
        size=_CHART,
        font=sheets.fonts.text,
    )
