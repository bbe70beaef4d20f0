"""Must-link and cannot-link constraints: villages' verdicts on pairs, laid on DECISIONS."""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from loubao.core import frames
from loubao.ledger.verdicts import CASE, JUDGED, ROW, row_key


def judged_apart(judgements: pl.DataFrame, owners: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the pairs of cases that are different people.

    `owners` says in which case a merged one lives on.
    """
    denied = judgements.filter(~pl.col("same") & pl.col("other").str.starts_with(CASE))
    pairs = [
        (case, int(other.removeprefix(CASE)))
        for case, other in denied.select("case_id", "other").iter_rows()
    ]
    return [(case, owners.get(other, other)) for case, other in pairs]


def apply(
    decisions: pl.DataFrame,
    judgements: pl.DataFrame,
    cases_of: pl.DataFrame,
    records: pl.DataFrame,
) -> pl.DataFrame:
    """Return DECISIONS with rolls and exclusions as people judged them (`as_said`).

    `cases_of` has `record_id`, `case_id`: rows of people who are known.
    """
    of_rows = judgements.filter(pl.col("other").str.starts_with(ROW))
    if of_rows.is_empty() or cases_of.is_empty():
        return decisions
    lists = {value for (text,) in of_rows.select("candidate").iter_rows() for value in _list(text)}
    others = records.filter((pl.col("role") != "source") & pl.col("list").is_in(sorted(lists)))
    keys = pl.DataFrame(
        {
            "right_id": others["record_id"],
            "other": [row_key(row) for row in others.iter_rows(named=True)],
        },
        schema={"right_id": pl.UInt64, "other": pl.String},
    )
    said = (
        of_rows.select("case_id", "other", "same")
        .join(keys, on="other")
        .join(cases_of.select("case_id", left_id="record_id"), on="case_id")
        .select("left_id", "right_id", "same")
    )
    return as_said(decisions, said)


def as_said(decisions: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Return DECISIONS linked where people said `same` of `left_id` and `right_id`, else gone.

    A pair that was said to be the same and was no candidate becomes one.
    """
    judged = decisions.join(said, on=["left_id", "right_id"], how="left", maintain_order="left")
    kept = judged.filter(pl.col("same").fill_null(True)).with_columns(
        decision=pl.when("same").then(pl.lit("link")).otherwise("decision"),
        tier=pl.when("same").then(pl.lit(JUDGED)).otherwise("tier"),
    )
    unseen = said.filter("same").join(decisions, on=["left_id", "right_id"], how="anti")
    added = unseen.select(
        "left_id",
        "right_id",
        *(
            pl.lit(value, dtype).alias(name)
            for name, value, dtype in (
                ("decision", "link", pl.String()),
                ("tier", JUDGED, pl.String()),
                ("match_weight", None, pl.Float64()),
                ("match_probability", 1.0, pl.Float64()),
            )
        ),
        evidence=pl.lit(None, frames.DECISIONS["evidence"]),
    )
    return pl.concat([kept.select(*frames.DECISIONS), added.select(*frames.DECISIONS)])


def _list(candidate: str) -> list[str]:
    name = json.loads(candidate).get("list")
    return [name] if name else []
