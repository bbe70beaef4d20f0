"""Causes of issues → one laid-out workbook: what was not taken as it stood, and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from loubao.core.forms import Page, Row, Workbook
from loubao.core.notation import period_of
from loubao.ingest.causes import caused, summed
from loubao.layout.paper import Printing
from loubao.layout.table_page import Heading, Table, table_page
from loubao.rules.wording import Wording

#: Columns of the first page by which causes are told apart, where they are printed.
_TELLING = ("file", "list", "column", "value")
#: What a line of the second page is about: the rows of one sheet with one thing wrong.
_OF_A_SHEET = ("file", "sheet", "column", "value", "detail")
_ALL_RANGES = 60  # more would not be read
_NUMBERS = frozenset({"count", "people"})


def issue_book(
    issues: pl.DataFrame,
    sheets: Wording,
    as_of: dt.date,
    lists: Mapping[str, str] | None = None,
) -> Workbook:
    """Return 数据问题.xlsx in the words of `rules/sheets.yaml`.

    `issues` are ISSUES or what `ingest.causes.caused` makes of them; `lists`: list → its label. The
    first page has a line for each cause, those on which most people's outcome hangs first; the
    second one for each cause in a sheet, with its rows. A code without words shows itself.
    """
    problems = sheets.problems
    printing = Printing(sheets.fonts, as_of, period_of(as_of))
    known = issues if "hanging" in issues.columns else caused(issues)
    keys = [column.key for column in problems.overview.columns]
    by = [key for key in _TELLING if key in keys]
    causes = _in_words(summed(known, by), sheets, lists or {})
    if "file" in by:
        causes = causes.sort("file", "people", "count", descending=[False, True, True])
    listed = _in_words(summed(known, _OF_A_SHEET, _ALL_RANGES), sheets, lists or {})
    listed = listed.sort("file", "sheet", "first", "column", "code", nulls_last=False)
    title = problems.title.format(period=printing.period)
    note = problems.note.format(
        count=issues.height,
        causes=causes.height,
        overview=problems.overview.page,
        page=problems.details.page,
    )
    if issues.is_empty():
        note = problems.none

    def page(part: Wording, frame: pl.DataFrame, note: str = "") -> Page:
        looks = {c.key: "center" if c.key in _NUMBERS else "text" for c in part.columns}
        wrapped = [c.key for c in part.columns if c.key not in _NUMBERS]
        table = Table(part.columns, printing.size, looks, look="center", wrapped=wrapped)
        heading = Heading(part.page, title, note, problems.footer)
        return table_page(heading, table, _rows(table, frame), printing)

    pages = (page(problems.overview, causes, note), page(problems.details, listed))
    return printing.workbook("issues", problems.path, title, pages)


def _in_words(causes: pl.DataFrame, sheets: Wording, lists: Mapping[str, str]) -> pl.DataFrame:
    """Causes with title, advice, the label of the list; `row`: the rows, a number if it is one."""
    words = pl.DataFrame(
        [(code, text.title, text.advice) for code, text in sheets.issues.items()],
        schema={"code": pl.String, "title": pl.String, "advice": pl.String},
        orient="row",
    )
    whole = sheets.problems.whole
    named = [name for name in ("list", "column", "value", "near", "detail") if name in causes]
    return (
        causes.join(words, on="code", how="left", maintain_order="left")
        .with_columns(
            pl.col("title").fill_null(pl.col("code")),
            pl.col("advice").fill_null(""),
            pl.col(named).fill_null(""),
            rows=pl.when(pl.col("places") == "").then(pl.lit(whole.row)).otherwise("places"),
        )
        .with_columns(
            pl.col("list").replace(dict(lists)) if "list" in causes else pl.lit("").alias("list"),
            pl.when((pl.col("column") != "") | pl.col("first").is_null())
            .then("column")
            .otherwise(pl.lit(whole.column))
            .alias("column")
            if "column" in causes
            else pl.lit("").alias("column"),
            row="rows",
        )
    )


def _rows(table: Table, frame: pl.DataFrame) -> list[Row]:
    """The rows of a table: the first of each file has its name in bold, a row number is one."""
    plain = table.styles
    first = tuple(
        "strong" if key == "file" else style for key, style in zip(table.keys, plain, strict=True)
    )
    files = frame["file"] if "file" in table.keys else [None] * frame.height
    rows = []
    previous = None
    for row, file in zip(table.rows(frame), files, strict=True):
        values = tuple(
            int(value) if key == "row" and isinstance(value, str) and value.isdecimal() else value
            for key, value in zip(table.keys, row.values, strict=True)
        )
        rows.append(Row(values, plain if file == previous else first, row.height))
        previous = file
    return rows
