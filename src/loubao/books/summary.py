"""The month at a glance: one laid-out workbook that adds up all village sheets.

Totals are formulas with their values beside them, so that they read right before a program
calculates, and stay right when a number is mended by hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from loubao.books.outlook import outlook_page
from loubao.books.overview import overview_page
from loubao.core.forms import Area, Formula, Page, Paper, Row, Value, Workbook
from loubao.layout import paper
from loubao.rules.wording import Wording
from loubao.screening.expected_cost import Expected
from loubao.screening.village_counts import STATUSES, counts_by_village

_NUMBER_WIDTH = 10.5
_PLACE_WIDTH = 16.0


def summary_book(
    details: pl.DataFrame,
    excluded: pl.DataFrame,
    list_counts: pl.DataFrame,
    coverage_counts: pl.DataFrame,
    sheets: Wording,
    period: str,
    as_of: dt.date,
    labels: Mapping[str, str] | None = None,
    expected: Expected | None = None,
    standards: Page | None = None,
    changes: Page | None = None,
) -> Workbook:
    """Return 汇总.xlsx.

    `details` and `excluded` as `screening` gives them; `list_counts`: `list`, `title`, `role`,
    `files`, `records`, `qualifying`; `coverage_counts`: `list`, `outcome`, `people`. `labels`
    names the lists as a sheet that leaves the office may name them (default: their titles).
    Without `expected` the page of expected costs is left out; `standards` is the page of the
    standards of the notice, `changes` that of what is new against the month before, if they are.
    """
    titles = {**dict(list_counts.select("list", "title").iter_rows()), **(labels or {})}
    sources = list_counts.filter(pl.col("role") == "source")["list"].to_list()
    villages = counts_by_village(details, sources, sheets.unknown)
    title = sheets.summary.title.format(period=period)
    return Workbook(
        path=sheets.summary.path,
        title=title,
        created=as_of,
        styles=paper.table_styles(sheets.fonts),
        pages=(
            overview_page(villages, list_counts, coverage_counts, titles, sheets, period, as_of),
            _places_page(villages, sources, titles, sheets, period),
            *([outlook_page(expected, sheets, period)] if expected else []),
            *([changes] if changes else []),
            *([standards] if standards else []),
            _set_aside_page(excluded, sheets, period),
        ),
        names={"loubao_kind": "summary", "loubao_period": period},
    )


def _places_page(
    villages: pl.DataFrame,
    sources: Sequence[str],
    titles: Mapping[str, str],
    sheets: Wording,
    period: str,
) -> Page:
    """Towns × villages × lists, a subtotal under each town."""
    summary = sheets.summary
    places = summary.places
    counted = ("people", "households", *STATUSES, *sources)
    width = 2 + len(counted)
    heads = (
        places.headers.town,
        places.headers.village,
        summary.people,
        summary.households,
        *(summary.outcomes[status] for status in STATUSES),
        *(titles[source] for source in sources),
    )
    rows = [
        paper.wide_row(places.title.format(period=period), "title", 32.0),
        Row(heads, ("head",) * width, 44.0),
    ]
    plain = ("text", "text", *["number"] * len(counted))
    group = ("group", "group", *["group_number"] * len(counted))
    for town, first, last in paper.runs(villages["town"].to_list()):
        block = villages[first : last + 1]
        top = len(rows)
        rows += [
            Row(values, plain, 19.0) for values in block.select("town", "village", *counted).rows()
        ]
        label = summary.subtotal.format(town=town)
        sums = block.select(pl.col(counted).sum()).row(0) if counted else ()
        rows.append(Row((label, None, *_sums(sums, top, len(rows) - 1)), group, 20.0))
    end = len(rows) - 1
    sums = villages.select(pl.col(counted).sum()).row(0)
    total = _sums(sums, 2, end) if end > 1 else sums
    rows.append(Row((summary.total, None, *total), ("total",) * width, 22.0))
    size = sheets.fonts.size + 1
    return Page(
        name=places.page,
        widths=(
            *[paper.pixels(_PLACE_WIDTH, size)] * 2,
            *[paper.pixels(_NUMBER_WIDTH, size)] * (5),
            *[paper.pixels(_NUMBER_WIDTH + 3, size)] * len(sources),
        ),
        rows=tuple(rows),
        merges=(Area(0, 0, 0, width - 1),),
        freeze=(2, 2),
        paper=Paper(
            margins=(0.5, 0.5, 0.5, 0.6),
            footer=paper.footer(summary.footer, period),
            repeat=(1, 1),
        ),
    )


def _sums(values: Sequence[int], top: int, bottom: int) -> list[Value]:
    """The sums of the columns from the third on, over rows `top` to `bottom` (from 0).

    SUBTOTAL leaves other subtotals out, so towns are not counted twice in the total.
    """
    return [
        Formula(f"=SUBTOTAL(9,{paper.cell(top, i)}:{paper.cell(bottom, i)})", value)
        for i, value in enumerate(values, start=2)
    ]


def _set_aside_page(excluded: pl.DataFrame, sheets: Wording, period: str) -> Page:
    """The people who are on no sheet because an exclusion list names them, with the evidence."""
    words = sheets.summary.set_aside
    columns = words.columns
    width = len(columns)
    size = sheets.fonts.size + 1
    note = words.none if excluded.is_empty() else words.note
    rows = [
        paper.wide_row(words.title.format(period=period), "title", 32.0),
        paper.wide_row(note, "note", 20.0),
        Row(tuple(column.header for column in columns), ("head",) * width, 22.0),
    ]
    number = (
        paper.masked(excluded["id_number"])
        if sheets.id_number == "masked"
        else excluded["id_number"]
    )
    shown = excluded.with_columns(
        pl.col("town").fill_null(sheets.unknown.town),
        pl.col("village").fill_null(sheets.unknown.village),
        id_number=number,
    ).select(column.key for column in columns)
    looks = tuple(
        {"date": "date", "row": "number"}.get(
            column.key, "center" if column.key in ("name", "id_number") else "text"
        )
        for column in columns
    )
    for values in shown.iter_rows():
        told = tuple(sheets.blank if value is None or value == "" else value for value in values)
        lines = max(
            paper.lines_needed(str(value), column.width)
            for value, column in zip(told, columns, strict=True)
        )
        rows.append(Row(told, looks, paper.row_height(lines, size)))
    return Page(
        name=words.page,
        widths=tuple(paper.pixels(column.width, size) for column in columns),
        rows=tuple(rows),
        merges=(Area(0, 0, 0, width - 1), Area(1, 0, 1, width - 1)),
        filter=Area(2, 0, max(len(rows) - 1, 2), width - 1),
        freeze=(3, 0),
        paper=Paper(
            margins=(0.4, 0.4, 0.5, 0.6),
            footer=paper.footer(sheets.summary.footer, period),
            repeat=(2, 2),
        ),
    )
