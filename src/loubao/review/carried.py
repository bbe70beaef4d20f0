"""People who are on the sheets though no list of the month names them: carried along.

They have no rows in the output of the match. As the sheet does, the desk asks about the candidate
that their line has, by how earlier lists wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from loubao.core import frames
from loubao.ledger.status import row_key, rows_asked
from loubao.screening.candidates import Asked
from loubao.screening.inquiry import ScreenedMonth

#: Record ids of people carried along begin here: no list of a month has so many rows.
_CARRIED_FROM = 1 << 48


def cases_carried(month: ScreenedMonth) -> list[str]:
    """Return the numbers of the cases of a month that none of its rows names."""
    return month.cases.filter(pl.col("record_ids").list.len() == 0)["case_no"].to_list()


def with_carried(
    month: ScreenedMonth, written: pl.DataFrame, asked: Mapping[str, Asked]
) -> ScreenedMonth:
    """Return the month with rows, and pairs for review, of people carried along.

    `written` has `case_no` and how lists wrote each of them (WRITTEN), a row a list; `asked` is the
    candidate on the line of each case. A candidate whose row is not in the month is left out.
    """
    of_rolls = {case: each for case, each in asked.items() if each["kind"] == "roll"}
    ids = pl.int_range(pl.len(), dtype=pl.UInt64) + _CARRIED_FROM
    rows = frames.source_rows(
        written.filter(pl.col("case_no").is_in(list(of_rolls))), dict(month.records.schema), ids
    )
    pairs = _pairs(rows, month.records, of_rolls)
    own = rows.group_by("case_no").agg(own="record_id")
    cases = (
        month.cases.join(own, on="case_no", how="left", maintain_order="left")
        .with_columns(pl.coalesce("own", "record_ids").alias("record_ids"))
        .drop("own")
    )
    return replace(
        month,
        records=pl.concat([month.records, rows.select(month.records.columns)]),
        decisions=pl.concat([month.decisions, pairs]),
        cases=cases,
    )


def _pairs(rows: pl.DataFrame, records: pl.DataFrame, asked: Mapping[str, Asked]) -> pl.DataFrame:
    """DECISIONS of the first row of each case and the rows of its candidate, all for review."""
    lists = {name for each in asked.values() for name in rows_asked(each).values()}
    others = records.filter((pl.col("role") != "source") & pl.col("list").is_in(list(lists)))
    by_key = {row_key(row): row["record_id"] for row in others.iter_rows(named=True)}
    first = dict(rows.group_by("case_no").agg(pl.col("record_id").min()).iter_rows())
    found = [
        {
            "left_id": first[case],
            "right_id": by_key[other],
            "decision": "review",
            "tier": each["tier"],
            "match_weight": None,
            "match_probability": each["probability"],
            "evidence": each["evidence"],
        }
        for case, each in asked.items()
        for other in rows_asked(each)
        if case in first and other in by_key
    ]
    return pl.DataFrame(found, schema=dict(frames.DECISIONS))
