"""Rows of rolls to which somebody is linked, and that have a remark that nobody understands."""

from __future__ import annotations

import polars as pl

from loubao.core import frames
from loubao.rules.wording import Wording

_CODE = "COVER_UNREAD"


def issues(records: pl.DataFrame, decisions: pl.DataFrame, words: Wording) -> pl.DataFrame:
    """Return ISSUES: one for each row of a roll with `cover_unread` to which a person is linked.

    Who is linked to one that is a doubt (`cover_doubt`) stays on the sheet; else the row counts.

    `records` and `decisions` are the frames of that name; `words`: the details of sheets.yaml.

    >>> place = {"file": "低保.xls", "sheet": "", "row": [2, 3, 2, 3]}
    >>> rows = {"record_id": [1, 2, 3, 4], "role": ["roll"] * 2 + ["source"] * 2, **place}
    >>> rows |= {"qualifies": [True, False, True, True], "cover_unread": ["备注"] * 2 + [None] * 2}
    >>> rows |= {"cover_doubt": [None, "封", None, None]}
    >>> pairs = {"left_id": [3, 4], "right_id": [1, 2], "decision": ["link", "link"]}
    >>> records = pl.DataFrame(rows, schema_overrides={"row": pl.UInt32})
    >>> words = Wording({"COVER_UNREAD": "仍按在保", "COVER_UNREAD_KEPT": "留在核查表上"})
    >>> issues(records, pl.DataFrame(pairs), words).select("row", "code", "detail").rows()
    [(2, 'COVER_UNREAD', '仍按在保'), (3, 'COVER_UNREAD', '留在核查表上')]
    """
    doubted = ~pl.col("qualifies") & pl.col("cover_doubt").is_not_null()
    people = records.filter(pl.col("qualifies") & (pl.col("role") == "source"))
    people = people.select(left_id="record_id")
    linked = decisions.filter(pl.col("decision") == "link").join(people, on="left_id", how="semi")
    rows = records.filter(pl.col("cover_unread").is_not_null() & (pl.col("role") == "roll"))
    rows = rows.filter(pl.col("qualifies") | doubted)
    rows = rows.join(linked, left_on="record_id", right_on="right_id", how="semi")
    counts, kept = (pl.lit(words[code]) for code in (_CODE, f"{_CODE}_KEPT"))
    found = rows.select(
        "file",
        "sheet",
        "row",
        column="cover_unread",
        code=pl.lit(_CODE),
        detail=pl.when(doubted).then(kept).otherwise(counts),
    )
    return frames.conform(found.unique(maintain_order=True), frames.ISSUES)
