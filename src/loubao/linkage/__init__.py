"""ROOM 2: records → decisions.

    blocking.py     candidate pairs: one join per blocking key
    comparison.py   the two sides of each pair, compared
    agreement.py    what they have in common, as named levels
    decision.py     the first tier that holds

`link` runs them and says which record pairs are one person (`link`) and which a person must
look at (`review`). `persons` gathers linked source rows into people.
"""

from __future__ import annotations

import polars as pl

from loubao.graph import components
from loubao.linkage.blocking import candidate_pairs
from loubao.linkage.comparison import comparable, compare
from loubao.linkage.decision import decide, rank
from loubao.rules.matching import Matching

__all__ = ["link", "persons"]

#: Pairs compared at once: this bounds the memory, whatever the size of the district.
_AT_ONCE = 200_000


def link(records: pl.DataFrame, matching: Matching) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return DECISIONS and ISSUES: qualifying source rows against rolls, exclusions, each other.

    `records` are RECORDS. The left record of a pair is always a qualifying source row.
    """
    named = pl.col("role") == "source"
    left = records.filter(named & pl.col("qualifies"))
    right = records.filter(~named | pl.col("qualifies"))
    pairs, issues = candidate_pairs(left, right, matching.blocking)
    attributes = comparable(records)
    ranked = pl.concat(
        rank(compare(pairs.slice(start, _AT_ONCE), attributes), matching.tiers)
        for start in range(0, max(pairs.height, 1), _AT_ONCE)
    )
    return decide(ranked, records.select("record_id", "list")), issues


def persons(records: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return `record_id` (UInt64), `person_key` (String) for every qualifying source row.

    Rows that are linked are one person; the key is made of the lowest record id among them.
    """
    rows = records.filter((pl.col("role") == "source") & pl.col("qualifies")).select("record_id")
    linked = decisions.filter(
        (pl.col("decision") == "link") & pl.col("right_id").is_in(rows["record_id"].implode())
    )
    first: dict[int, int] = components(
        linked.sort("left_id", "right_id").select("left_id", "right_id").rows()
    )
    owner = pl.DataFrame(
        {"record_id": list(first), "owner": list(first.values())},
        schema={"record_id": pl.UInt64, "owner": pl.UInt64},
    )
    return rows.join(owner, on="record_id", how="left", maintain_order="left").select(
        "record_id",
        person_key=pl.format("P{}", pl.coalesce("owner", "record_id").cast(pl.String).str.zfill(6)),
    )
