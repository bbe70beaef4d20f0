"""ROOM 2: records → decisions.

    blocking.py     candidate pairs: one join per blocking key
    keys.py         what a blocking key is made of
    slices.py       … and of a right table that comes in slices
    comparison.py   the two sides of each pair, compared
    agreement.py    what they have in common, as named levels
    names.py        … of the names
    latin.py        … in Latin letters
    spelling.py     … partly written as they sound
    lookalike.py    characters that look alike
    distance.py     edits between two texts
    chance.py       random pairs, and how common a name is
    weights.py      what agreement is worth: Fellegi–Sunter weights
    estimation.py   … learnt from the rows at hand
    strangers.py    … and what two strangers have in common
    scoring.py      candidate pairs → match weights and probabilities
    decision.py     rivals, and the first tier that holds

`link` says of a month's records which pairs are one person (`link`) and which a person must look
at (`review`); `recognise` says it of people known from before, `link_tables` of any two tables.
`persons` gathers linked source rows into people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from loubao.core import frames
from loubao.core.components import components
from loubao.linkage import blocking
from loubao.linkage.decide import decided, one_link, rank, unexplained
from loubao.linkage.model import Model
from loubao.linkage.score import Drawn, weigh
from loubao.linkage.streaming import Meeting, positions
from loubao.linkage.u_probability import sample
from loubao.rules.matching import Block, Matching

_SHIPPED = "可供学习的行太少，可能性按 matching.yaml 里的 weights 计算"

__all__ = ["Linked", "Model", "link", "link_tables", "persons", "recognise"]


@dataclass(frozen=True)
class Linked:
    """DECISIONS, ISSUES (what was not compared, and why), and the weights that were used."""

    decisions: pl.DataFrame
    issues: pl.DataFrame
    model: Model


def link(records: pl.DataFrame, matching: Matching) -> Linked:
    """Link qualifying source rows with rolls, exclusions and each other.

    `records` are RECORDS. The left record of a pair is always a qualifying source row; a pair of
    two of them is there once, lower id first.
    """
    named = pl.col("role") == "source"
    rows = records.select(_linkable(records)).with_columns(
        position=positions(0),
        left=records.select(named & pl.col("qualifies")).to_series(),
        right=records.select(~named | pl.col("qualifies")).to_series(),
    )
    return _monthly(rows, matching)


def recognise(known: pl.DataFrame, records: pl.DataFrame, matching: Matching) -> Linked:
    """Say who of `known` is in a month's records, as `link` would.

    `known` are LINKABLE with ids of their own and are always the left record of a pair; `records`
    are RECORDS, of whose source rows only those count that qualify.
    """
    of_month = records.filter((pl.col("role") != "source") | pl.col("qualifies"))
    rows = pl.concat(
        [
            known.select(*frames.LINKABLE).with_columns(left=True),
            of_month.select(_linkable(of_month)).with_columns(left=False),
        ]
    ).with_columns(position=positions(0), right=~pl.col("left"))
    return _monthly(rows, matching)


def _monthly(rows: pl.DataFrame, matching: Matching) -> Linked:
    """Link the rows that are `left` with those that are `right`; LINKABLE with `position`."""
    left, right = rows.filter("left"), rows.filter("right")
    pairs, oversized = blocking.meet(blocking.lefts(left, matching.blocking), right)
    both = pl.col("right").is_in(left["position"].implode())
    pairs = pairs.filter((pl.col("left") < pl.col("right")) | ~both)
    drawn = Drawn(sample(left), sample(right), left.height, right.height, left.height)
    weighed, model = weigh(pairs, rows, drawn, matching)
    ranked = unexplained(rank(weighed, matching, "monthly"))
    return _linked(ranked, rows, [(matching.blocking, oversized)], model)


def link_tables(
    left: pl.DataFrame,
    right: Iterable[pl.DataFrame],
    matching: Matching,
    progress: Callable[[int], None] = lambda rows: None,
    expected: int | None = None,
) -> Linked:
    """Say who of `left` is in `right`: at most one link for a left row.

    Both are LINKABLE; `right` comes in slices, of which only rows that meet a left one are kept.
    `progress` is told how many right rows were met; with as many rows as are `expected` it is known
    which slice is the last, and chance is studied while that is met.
    """
    with ThreadPoolExecutor(1) as aside:
        meeting = Meeting(left, matching)
        meeting.meet_all(right, aside, progress, expected)
        rows = meeting.rows()
        weighed, model = weigh(meeting.pairs(), rows, meeting.drawn(), matching)
    ranked = unexplained(one_link(rank(weighed, matching, "pairs")))
    return _linked(ranked, rows, meeting.oversized, model)


def _linked(
    ranked: pl.DataFrame,
    rows: pl.DataFrame,
    oversized: Iterable[tuple[Sequence[Block], pl.DataFrame]],
    model: Model,
) -> Linked:
    issues = [blocking.left_out(oversized)]
    if ranked.height and not model.learnt:
        issues.append(frames.issue_rows([("", "", None, "", "WEIGHTS_SHIPPED", _SHIPPED)]))
    return Linked(decided(ranked, rows), pl.concat(issues), model)


def _linkable(records: pl.DataFrame) -> list[pl.Expr]:
    """LINKABLE columns of records; one that no list has is null."""
    return [
        pl.col(c) if c in records.columns else pl.lit(None, dtype).alias(c)
        for c, dtype in frames.LINKABLE.items()
    ]


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
