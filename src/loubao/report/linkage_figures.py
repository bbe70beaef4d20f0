"""The figures about files and pairs: what is wrong with which export, what the links weigh."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.rules import Rules
from loubao.rules.matching import Matching

#: Issues of one list and kind; `list` is null for a file that is none.
FAULTS: frames.Schema = {"list": pl.String, "code": pl.String, "count": pl.Int64}

#: One row a file that was read: `faults` are (code, count), the commonest first.
FILES: frames.Schema = {
    "file": pl.String,
    "list": pl.String,
    "records": pl.Int64,
    "count": pl.Int64,
    "faults": pl.List(pl.Struct({"code": pl.String, "count": pl.Int64})),
}

#: Shares (0 to 1) of the rows of a list that have each means of identification.
COMPLETENESS: frames.Schema = {
    "list": pl.String,
    "records": pl.Int64,
    "qualifying": pl.Int64,
    "number": pl.Float64,
    "name": pl.Float64,
    "birth": pl.Float64,
    "village": pl.Float64,
}


@dataclass(frozen=True)
class Histogram:
    """Pairs by match weight: the first weight, the width of a bin, pairs `link` and `review`."""

    first: float
    width: float
    link: tuple[int, ...]
    review: tuple[int, ...]


def faults(issues: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return FAULTS of a run, to be laid beside those of another month."""
    counted = (
        issues.join(_lists(records), on="file", how="left")
        .group_by("list", "code")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("list", "code", nulls_last=True)
    )
    return frames.conform(counted, FAULTS)


def files(issues: pl.DataFrame, records: pl.DataFrame, inputs: Sequence[str]) -> pl.DataFrame:
    """Return FILES, those with most issues first; `inputs` are the files that were there."""
    kinds = (
        issues.group_by("file", "code")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("file", "count", "code", descending=[False, True, False])
        .group_by("file", maintain_order=True)
        .agg(faults=pl.struct("code", "count"), count=pl.col("count").sum())
    )
    people = records.group_by("file").agg(records=pl.len().cast(pl.Int64))
    return frames.conform(
        pl.DataFrame({"file": list(inputs)}, schema={"file": pl.String})
        .join(_lists(records), on="file", how="left")
        .join(people, on="file", how="left")
        .join(kinds, on="file", how="left")
        .with_columns(
            pl.col("records", "count").fill_null(0),
            faults=pl.col("faults").fill_null(pl.lit([], FILES["faults"])),
        )
        .sort("count", "file", descending=[True, False])
        .select(*FILES),
        FILES,
    )


def completeness(records: pl.DataFrame, lists: Sequence[str]) -> pl.DataFrame:
    """Return COMPLETENESS in the order of `lists`."""
    order = pl.DataFrame({"list": list(lists)}, schema={"list": pl.String})
    counted = records.group_by("list").agg(
        records=pl.len().cast(pl.Int64),
        qualifying=pl.col("qualifies").sum().cast(pl.Int64),
        number=pl.col("id_status").is_in(frames.PROVEN_STATUSES).mean(),
        name=pl.col("name").is_not_null().mean(),
        birth=pl.col("birth_date").is_not_null().mean(),
        village=pl.col("village_code").is_not_null().mean(),
    )
    return frames.conform(
        order.join(counted, on="list", maintain_order="left").select(*COMPLETENESS), COMPLETENESS
    )


def histogram(decisions: pl.DataFrame, width: float, also: Sequence[float] = ()) -> Histogram:
    """Return the pairs that were kept by match weight, in bins that begin at multiples of `width`.

    The bins reach as far as the weights `also`.
    """
    counted = (
        decisions.select(bin=(pl.col("match_weight") / width).floor().cast(pl.Int64), by="decision")
        .group_by("bin", "by")
        .agg(pairs=pl.len().cast(pl.Int64))
    )
    found = {(place, by): pairs for place, by, pairs in counted.iter_rows()}
    places = [place for place, _ in found] + [math.floor(weight / width) for weight in also]
    span = range(min(places, default=0), max(places, default=-1) + 1)
    link, review = (tuple(found.get((place, by), 0) for place in span) for by in ("link", "review"))
    return Histogram(span.start * width, width, link, review)


def weight_at(probability: float, prior: float) -> float:
    """Return the match weight at which a pair without rivals has a probability.

    `prior` is the log2 odds of a pair drawn at random.

    >>> weight_at(0.5, -12.0), weight_at(0.8, -12.0)
    (12.0, 14.0)
    """
    return round(math.log2(probability / (1.0 - probability)) - prior, 6)


def tiers(decisions: pl.DataFrame, matching: Matching) -> list[tuple[str, str, int]]:
    """Return (wording, decision, pairs) of every tier that was met, in the order of the rules."""
    counted: Mapping[tuple[Any, ...], int] = {
        (tier, decision): pairs
        for tier, decision, pairs in decisions.group_by("tier", "decision")
        .agg(pl.len().cast(pl.Int64))
        .iter_rows()
    }
    return [
        (tier.wording, decision, counted[tier.name, decision])
        for tier in matching.tiers
        for decision in ("link", "review")
        if (tier.name, decision) in counted
    ]


def titles(codes: Sequence[str], rules: Rules) -> list[str]:
    """Return what a clerk calls each issue code."""
    words = rules.sheets.issues
    return [words[code].title if code in words else code for code in codes]


def _lists(records: pl.DataFrame) -> pl.DataFrame:
    """`file`, `list`: the list that most rows of a file belong to."""
    return (
        records.group_by("file", "list")
        .agg(pl.len().alias("rows"))
        .sort("file", "rows", "list", descending=[False, True, False])
        .unique("file", keep="first", maintain_order=True)
        .select("file", "list")
    )
