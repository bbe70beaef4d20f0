"""What an archive holds → 目录.xlsx: every file with its digest, what is missing, the postings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from loubao.core.forms import Page, Row, Value, Workbook
from loubao.core.frames import Schema
from loubao.layout import paper
from loubao.layout.table_page import list_page
from loubao.rules.wording import Wording

#: One row a file that is or should be in the archive. `role`: input, rule, issued, returned, or
#: events, postings; `state`: kept, missing, changed; `file`: where it lies in the archive, ""
#: where it does not; `posting_id`: the first posting it stands behind, null for all; `place`:
#: where an input was read.
ARCHIVED: Schema = {
    "role": pl.String,
    "month": pl.String,
    "name": pl.String,
    "file": pl.String,
    "state": pl.String,
    "bytes": pl.Int64,
    "sha256": pl.String,
    "posting_id": pl.Int64,
    "place": pl.String,
}
#: One row a posting; `chain` is the digest that binds it to those before it.
POSTED: Schema = {
    "posting_id": pl.Int64,
    "kind": pl.String,
    "month": pl.String,
    "as_of": pl.String,
    "posted_at": pl.String,
    "late_reason": pl.String,
    "events": pl.Int64,
    "version": pl.String,
    "chain": pl.String,
}
_LEFT = frozenset({"file", "name", "origin", "advice", "sha256", "chain", "late_reason"})


def archive_index(
    archived: pl.DataFrame,
    posted: pl.DataFrame,
    words: Wording,
    fonts: Wording,
    period: str,
    day: dt.date,
) -> Workbook:
    """Return 目录.xlsx of ARCHIVED and POSTED in the words of `rules/archive.yaml`."""
    told = _worded(archived, words)
    kept = told.filter(pl.col("file") != "").with_row_index("number", 1)
    lacking = told.filter(pl.col("file") == "")
    note = (words.note if lacking.height else words.whole).format(
        day=paper.day(day), files=kept.height, missing=lacking.height
    )
    title = words.title.format(period=period)
    spoken = posted.with_columns(
        pl.col("kind").replace(_plain(words.kinds)),
        pl.col("posted_at").str.head(len("2022-07-01T06:30")).str.replace("T", " "),
    )
    return Workbook(
        path=words.path,
        title=title,
        created=day,
        styles=paper.table_styles(fonts),
        pages=(
            _page(words.index, kept, title, note, words, fonts, period),
            _page(words.lacking, lacking, words.lacking.page, "", words, fonts, period),
            _page(words.posted, spoken, words.posted.page, "", words, fonts, period),
        ),
        names={"loubao_kind": "archive", "loubao_period": period},
    )


def _worded(archived: pl.DataFrame, words: Wording) -> pl.DataFrame:
    """ARCHIVED with `material`, `origin`, `advice`; `state` in words."""
    materials: dict[str, str] = {"events": words.events, "postings": words.postings}
    materials |= {role: material.title for role, material in words.materials.items()}
    posting = pl.format(words.from_ledger.format(posting="{}"), "posting_id")
    return archived.with_columns(
        material=pl.col("role").replace(materials),
        origin=pl.coalesce("place", posting, pl.lit(words.from_all)),
        advice=pl.col("state").replace_strict(_plain(words.advice), default=""),
        state=pl.col("state").replace(_plain(words.states)),
    )


def _plain(words: Mapping[Any, str]) -> dict[str, str]:
    return {str(key): word for key, word in words.items()}


def _page(
    page: Wording,
    table: pl.DataFrame,
    title: str,
    note: str,
    words: Wording,
    fonts: Wording,
    period: str,
) -> Page:
    columns = page.columns
    size = fonts.size + 1
    rows = [paper.wide_row(title, "title", 32.0)]
    if note or table.is_empty():
        rows.append(paper.wide_row(note or page.none, "note", 20.0))
    head = len(rows)
    rows.append(Row(tuple(column.header for column in columns), ("head",) * len(columns), 22.0))
    looks = tuple("text" if column.key in _LEFT else "center" for column in columns)
    widths = [column.width for column in columns]
    rows += [
        Row(line, looks, _height(line, widths, size))
        for line in table.select(column.key for column in columns).iter_rows()
    ]
    footer = paper.footer(words.footer, period)
    return list_page(page.page, rows, head, widths, fonts, footer)


def _height(line: tuple[Value, ...], widths: Sequence[float], size: float) -> float:
    needed = (
        paper.lines_needed(str(value), width)
        for value, width in zip(line, widths, strict=True)
        if value is not None
    )
    return min(paper.row_height(max(needed, default=1), size), 409.0)
