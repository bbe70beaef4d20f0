"""What an archive holds → 目录.xlsx: every file with its digest, what is missing, the postings."""

from __future__ import annotations

import polars as pl

from loubao.core.forms import Page, Workbook
from loubao.core.frames import Schema
from loubao.core.notation import day_text
from loubao.layout.paper import Printing
from loubao.layout.table_page import Heading, Table, table_page
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
_LOOKS = dict.fromkeys(
    ("file", "name", "origin", "advice", "sha256", "chain", "late_reason"), "text"
)


def archive_index(
    archived: pl.DataFrame, posted: pl.DataFrame, words: Wording, printing: Printing
) -> Workbook:
    """Return 目录.xlsx of ARCHIVED and POSTED in the words of `rules/archive.yaml`."""
    described = _described(archived, words)
    kept = described.filter(pl.col("file") != "").with_row_index("number", 1)
    lacking = described.filter(pl.col("file") == "")
    note = (words.note if lacking.height else words.whole).format(
        day=day_text(printing.as_of), files=kept.height, missing=lacking.height
    )
    title = words.title.format(period=printing.period)
    postings = posted.with_columns(
        pl.col("kind").replace(dict(words.kinds)),
        pl.col("posted_at").str.head(len("2022-07-01T06:30")).str.replace("T", " "),
    )

    def page(part: Wording, table: pl.DataFrame, title: str, note: str = "") -> Page:
        if table.is_empty():
            note = note or part.none
        heading = Heading(part.page, title, note, words.footer)
        printed = Table(part.columns, printing.size, _LOOKS, look="center")
        return table_page(heading, printed, printed.rows(table), printing)

    pages = (
        page(words.index, kept, title, note),
        page(words.lacking, lacking, words.lacking.page),
        page(words.posted, postings, words.posted.page),
    )
    return printing.workbook("archive", words.path, title, pages)


def _described(archived: pl.DataFrame, words: Wording) -> pl.DataFrame:
    """ARCHIVED with `material`, `origin`, `advice`, and `state` as it is printed."""
    materials: dict[str, str] = {"events": words.events, "postings": words.postings}
    materials |= {role: material.title for role, material in words.materials.items()}
    posting = pl.format(words.from_ledger.format(posting="{}"), "posting_id")
    return archived.with_columns(
        material=pl.col("role").replace(materials),
        origin=pl.coalesce("place", posting, pl.lit(words.from_all)),
        advice=pl.col("state").replace_strict(dict(words.advice), default=""),
        state=pl.col("state").replace(dict(words.states)),
    )
