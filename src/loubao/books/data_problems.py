"""Issues → one laid-out workbook: what was not taken as it stood, by file, and what to do."""

from __future__ import annotations

import datetime as dt

import polars as pl

from loubao.core.forms import Page, Row, Workbook
from loubao.core.notation import period_of
from loubao.layout.paper import Printing
from loubao.layout.table_page import Heading, Table, table_page
from loubao.rules.wording import Wording

_ROWS_NAMED = 5  # rows that the overview names of each file and problem
_TEXTS = ("advice", "detail", "file", "title", "rows")


def issue_book(issues: pl.DataFrame, sheets: Wording, as_of: dt.date) -> Workbook:
    """Return 数据问题.xlsx: `issues` (frames.ISSUES) in the words of `rules/sheets.yaml`.

    The first page adds up by file and problem, with what to do; the second has every issue. A
    code without words shows itself.
    """
    problems = sheets.problems
    printing = Printing(sheets.fonts, as_of, period_of(as_of))
    described = _described(issues, sheets)
    counted = (
        described.group_by("file", "code", "title", "advice")
        .agg(count=pl.len(), rows=_first_rows(problems.whole.row))
        .sort("file", "count", "code", descending=[False, True, False])
    )
    title = problems.title.format(period=printing.period)
    note = problems.note.format(
        count=issues.height, overview=problems.overview.page, page=problems.details.page
    )
    if issues.is_empty():
        note = problems.none

    def page(part: Wording, frame: pl.DataFrame, note: str = "") -> Page:
        looks = dict.fromkeys(_TEXTS, "text")
        table = Table(part.columns, printing.size, looks, look="center", wrapped=_TEXTS)
        heading = Heading(part.page, title, note, problems.footer)
        return table_page(heading, table, _rows(table, frame, problems.whole.row), printing)

    pages = (page(problems.overview, counted, note), page(problems.details, described))
    return printing.workbook("issues", problems.path, title, pages)


def _described(issues: pl.DataFrame, sheets: Wording) -> pl.DataFrame:
    """The issues with `title` and `advice`; a blank column says what it stands for."""
    words = pl.DataFrame(
        [(code, text.title, text.advice) for code, text in sheets.issues.items()],
        schema={"code": pl.String, "title": pl.String, "advice": pl.String},
        orient="row",
    )
    return (
        issues.join(words, on="code", how="left", maintain_order="left")
        .sort("file", "sheet", "row", "column", "code", nulls_last=False)
        .with_columns(
            pl.col("title").fill_null(pl.col("code")),
            pl.col("advice").fill_null(""),
            column=pl.when((pl.col("column") != "") | pl.col("row").is_null())
            .then("column")
            .otherwise(pl.lit(sheets.problems.whole.column)),
        )
    )


def _first_rows(whole: str) -> pl.Expr:
    rows = pl.col("row").drop_nulls().unique().sort()
    more = pl.when(rows.len() > _ROWS_NAMED).then(pl.lit(" …")).otherwise(pl.lit(""))
    named = rows.head(_ROWS_NAMED).cast(pl.String).str.join("、")
    return pl.when(rows.len() > 0).then(named + more).otherwise(pl.lit(whole))


def _rows(table: Table, frame: pl.DataFrame, whole: str) -> list[Row]:
    """The rows of a table: a file's first row has its name in bold; no row number is `whole`."""
    plain = table.styles
    first = tuple(
        "strong" if key == "file" else style for key, style in zip(table.keys, plain, strict=True)
    )
    rows = []
    previous = None
    for row, file in zip(table.rows(frame), frame["file"], strict=True):
        values = tuple(whole if value is None else value for value in row.values)
        rows.append(Row(values, plain if file == previous else first, row.height))
        previous = file
    return rows
