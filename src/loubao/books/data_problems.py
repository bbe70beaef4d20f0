"""Issues → one laid-out workbook: what was not taken as it stood, by file, and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from loubao.core.forms import Page, Row, Value, Workbook
from loubao.layout import paper
from loubao.layout.table_page import list_page
from loubao.rules.wording import Wording

_ROWS_NAMED = 5  # rows that the overview names of each file and problem
_TEXT = frozenset({"advice", "detail", "file", "title", "rows"})


def issue_book(issues: pl.DataFrame, sheets: Wording, period: str, as_of: dt.date) -> Workbook:
    """Return 数据问题.xlsx: `issues` (frames.ISSUES) in the words of `rules/sheets.yaml`.

    The first page adds up by file and problem, with what to do; the second has every issue. A
    code without words shows itself.
    """
    problems = sheets.problems
    worded = _worded(issues, sheets)
    counted = (
        worded.group_by("file", "code", "title", "advice")
        .agg(count=pl.len(), rows=_first_rows(problems.whole.row))
        .sort("file", "count", "code", descending=[False, True, False])
    )
    title = problems.title.format(period=period)
    note = problems.note.format(
        count=issues.height, overview=problems.overview.page, page=problems.details.page
    )
    if issues.is_empty():
        note = problems.none
    return Workbook(
        path=problems.path,
        title=title,
        created=as_of,
        styles=paper.table_styles(sheets.fonts),
        pages=(
            _page(problems.overview, counted, title, note, sheets, period),
            _page(problems.details, worded, title, "", sheets, period),
        ),
        names={"loubao_kind": "issues", "loubao_period": period},
    )


def _worded(issues: pl.DataFrame, sheets: Wording) -> pl.DataFrame:
    """The issues with `title` and `advice`; blanks of row and column say what they stand for."""
    words = pl.DataFrame(
        [(code, said.title, said.advice) for code, said in sheets.issues.items()],
        schema={"code": pl.String, "title": pl.String, "advice": pl.String},
        orient="row",
    )
    return (
        issues.join(words, on="code", how="left", maintain_order="left")
        .sort("file", "sheet", "row", "column", "code", nulls_last=False)
        .with_columns(
            pl.col("title").fill_null(pl.col("code")),
            pl.col("advice").fill_null(""),
            column=pl.when(pl.col("column") == "")
            .then(
                pl.when(pl.col("row").is_null())
                .then(pl.lit(""))
                .otherwise(pl.lit(sheets.problems.whole.column))
            )
            .otherwise("column"),
        )
    )


def _first_rows(whole: str) -> pl.Expr:
    rows = pl.col("row").drop_nulls().unique().sort()
    more = pl.when(rows.len() > _ROWS_NAMED).then(pl.lit(" …")).otherwise(pl.lit(""))
    named = rows.head(_ROWS_NAMED).cast(pl.String).str.join("、")
    return pl.when(rows.len() > 0).then(named + more).otherwise(pl.lit(whole))


def _page(
    page: Wording, table: pl.DataFrame, title: str, note: str, sheets: Wording, period: str
) -> Page:
    columns = page.columns
    size = sheets.fonts.size + 1
    head = 2 if note else 1
    widths = [column.width for column in columns]
    rows = [paper.wide_row(title, "title", 32.0)]
    if note:
        rows.append(paper.wide_row(note, "note", 20.0))
    rows.append(Row(tuple(column.header for column in columns), ("head",) * len(columns), 22.0))
    rows += _table_rows(table, [column.key for column in columns], widths, size, sheets.problems)
    footer = paper.footer(sheets.problems.footer, period)
    return list_page(page.page, rows, head, widths, sheets.fonts, footer)


def _table_rows(
    table: pl.DataFrame, keys: Sequence[str], widths: Sequence[float], size: float, words: Wording
) -> list[Row]:
    """The rows of a table, a file's first row under a stronger line and its name in bold."""
    plain = tuple("text" if key in _TEXT else "center" for key in keys)
    first = tuple(
        "strong" if key == "file" else look for key, look in zip(keys, plain, strict=True)
    )
    heights: dict[tuple[Value, ...], float] = {}
    wrapping = [(i, width) for i, width in enumerate(widths) if keys[i] in _TEXT]
    rows = []
    previous = None
    place = {key: i for i, key in enumerate(keys)}
    for line in table.select(keys).iter_rows():
        values = line
        if "row" in place and line[place["row"]] is None:
            values = (*line[: place["row"]], words.whole.row, *line[place["row"] + 1 :])
        told = tuple(values[i] for i, _ in wrapping)
        height = heights.get(told)
        if height is None:
            lines = max(paper.lines_needed(str(values[i] or ""), width) for i, width in wrapping)
            height = heights[told] = min(paper.row_height(lines, size), 409.0)
        file = values[place["file"]]
        rows.append(Row(values, first if file != previous else plain, height))
        previous = file
    return rows
