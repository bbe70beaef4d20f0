"""Rows of rolls that keep somebody off the sheets, and have a remark that nobody understands."""

from __future__ import annotations

import polars as pl

from loubao.core import frames
from loubao.rules.wording import Wording

_CODE = "COVER_UNREAD"


def issues(records: pl.DataFrame, decisions: pl.DataFrame, words: Wording) -> pl.DataFrame:
    """Return ISSUES: one for each row of a roll with `cover_unread` to which a person is linked.

    `records` and `decisions` are the frames of that name; `words`: the details of sheets.yaml.

    >>> place = {"file": "低保.xls", "sheet": "", "row": [2, 3, 2, 3]}
    >>> rows = {"record_id": [1, 2, 3, 4], "role": ["roll"] * 2 + ["source"] * 2, **place}
    >>> rows |= {"qualifies": True, "cover_unread": ["备注", "备注", None, None]}
    >>> pairs = {"left_id": [3, 4], "right_id": [1, 2], "decision": ["link", "review"]}
    >>> records = pl.DataFrame(rows, schema_overrides={"row": pl.UInt32})
    >>> found = issues(records, pl.DataFrame(pairs), Wording({"COVER_UNREAD": "…"}))
    >>> found.select("row", "column", "code").rows()
    [(2, '备注', 'COVER_UNREAD')]
    """
    counts = records.filter(pl.col("qualifies"))
    people = counts.filter(pl.col("role") == "source").select(left_id="record_id")
    linked = decisions.filter(pl.col("decision") == "link").join(people, on="left_id", how="semi")
    rows = counts.filter(pl.col("cover_unread").is_not_null() & (pl.col("role") == "roll"))
    rows = rows.join(linked, left_on="record_id", right_on="right_id", how="semi")
    detail: str = words[_CODE]
    found = rows.select(
        "file",
        "sheet",
        "row",
        column="cover_unread",
        code=pl.lit(_CODE),
        detail=pl.lit(detail),
    )
    return frames.conform(found.unique(maintain_order=True), frames.ISSUES)
