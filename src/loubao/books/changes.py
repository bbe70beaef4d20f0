"""The page of 汇总.xlsx that says what is new against the month before, where there is a ledger."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from loubao.core.forms import Area, Page, Paper, Row
from loubao.layout import paper
from loubao.rules.wording import Wording

_TITLE_HEIGHT, _NOTE_HEIGHT, _LINE_HEIGHT = 32.0, 20.0, 19.0


def changes_page(
    news: Mapping[str, int], departed: pl.DataFrame, sheets: Wording, period: str
) -> Page:
    """Return the page: how many of each kind of `news`, then the people who are not sent out.

    `departed` is `news.DEPARTED`.
    """
    words = sheets.summary.news
    columns = words.columns
    width = len(columns)
    size = sheets.fonts.size + 1
    rows = [
        paper.wide_row(words.title.format(period=period), "title", _TITLE_HEIGHT),
        paper.wide_row(words.note, "note", _NOTE_HEIGHT),
        Row((words.headers.news, None, None, words.headers.people), ("head",) * 4, 22.0),
    ]
    rows += [
        Row((told, None, None, news[kind]), (*("text",) * 3, "number"), _LINE_HEIGHT)
        for kind, told in words.kinds.items()
        if news.get(kind)
    ]
    heads = len(rows) + 1
    rows += [
        paper.wide_row("", "note", 8.0),
        Row(tuple(column.header for column in columns), ("head",) * width, 22.0),
    ]
    shown = departed.with_columns(
        pl.col("news").replace_strict({**words.kinds}, return_dtype=pl.String),
        id_number=paper.masked(departed["id_number"])
        if sheets.id_number == "masked"
        else pl.col("id_number"),
    ).select(column.key for column in columns)
    for values in shown.iter_rows():
        told = tuple(sheets.blank if value is None or value == "" else value for value in values)
        lines = max(
            paper.lines_needed(str(value), column.width)
            for value, column in zip(told, columns, strict=True)
        )
        rows.append(Row(told, ("text",) * width, paper.row_height(lines, size)))
    if shown.is_empty():
        rows.append(paper.wide_row(words.none, "line", _LINE_HEIGHT))
    return Page(
        name=words.page,
        widths=tuple(paper.pixels(column.width, size) for column in columns),
        rows=tuple(rows),
        merges=(
            Area(0, 0, 0, width - 1),
            Area(1, 0, 1, width - 1),
            *(Area(row, 0, row, 2) for row in range(2, heads - 1)),
        ),
        filter=Area(heads, 0, max(len(rows) - 1, heads), width - 1),
        paper=Paper(
            margins=(0.4, 0.4, 0.5, 0.6),
            footer=paper.footer(sheets.summary.footer, period),
        ),
    )
