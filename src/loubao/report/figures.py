"""The figures of report.html: people (small counts guarded), then files and pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.frames import ELSEWHERE_TIER
from loubao.ingest.issues import lists_of_files
from loubao.ledger.status import VERDICT_TIER
from loubao.report.suppression import Mark, Shown, guarded, in_order, ranked
from loubao.rules.folder import Rules
from loubao.rules.wording import Wording
from loubao.screening.coverage import STATUSES

#: What becomes of a person on a list, in the order of the columns.
OUTCOMES = ("covered", "partial", "review", "uncovered", "excluded")
SEXES = ("男", "女")
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
class Places:
    """Towns × statuses in the order of the sheets; for each town its villages × statuses, most
    people first.

    `households` and `villages` (how many have people to verify) are by town, then in all.
    """

    towns: Shown
    villages: tuple[Shown, ...]
    households: tuple[int, ...]
    village_counts: tuple[int, ...]


@dataclass(frozen=True)
class Overlap:
    """People on two source lists or more: by combination of lists, and of those too small."""

    people: int
    combinations: tuple[tuple[tuple[str, ...], int], ...]
    others: int


@dataclass(frozen=True)
class Histogram:
    """Pairs by match weight: the first weight, the width of a bin, pairs `link` and `review`."""

    first: float
    width: float
    link: tuple[int, ...]
    review: tuple[int, ...]


def headline(outcomes: pl.DataFrame, details: pl.DataFrame) -> dict[str, int]:
    """Return how many people: `named`, `covered`, `excluded`, `answered`, `visited`; `households`.

    `details` are DETAILS of the people on the sheets. Who is on no sheet is `answered` where no
    roll covers them on some list (the ledger knows what a visit found), else `excluded` where an
    exclusion list says so, else `covered`.
    """
    people = outcomes.group_by("person_key").agg(
        open=pl.col("outcome").is_in(STATUSES).any(),
        excluded=(pl.col("outcome") == "excluded").any(),
    )
    off = people.join(details, on="person_key", how="anti")
    settled = off.filter(~pl.col("open"))
    return {
        "named": people.height,
        "covered": settled.filter(~pl.col("excluded")).height,
        "excluded": settled.filter("excluded").height,
        "answered": off.filter("open").height,
        "visited": details.height,
        "households": details["household"].fill_null(details["person_key"]).n_unique(),
    }


def flow(outcomes: pl.DataFrame, rules: Rules) -> Shown:
    """Return source lists × OUTCOMES; who is on several lists counts on each."""
    found = _counted(outcomes, "list", "outcome")
    lists = [name for name in rules.screening.coverage if any(key[0] == name for key in found)]
    counts = [[found.get((name, outcome), 0) for outcome in OUTCOMES] for name in lists]
    labels = [rules.lists[name].sheet_label for name in lists]
    return guarded(labels, OUTCOMES, counts, rules.report.small)


def places(details: pl.DataFrame, rules: Rules) -> Places:
    """Return the people to verify by town and village."""
    unknown = rules.sheets.unknown
    placed = details.select(
        "status",
        town=pl.col("town").fill_null(unknown.town),
        village=pl.col("village").fill_null(unknown.village),
        household=pl.col("household").fill_null(pl.col("person_key")),
    )
    named = placed["town"].unique(maintain_order=True).to_list()
    towns = in_order(_by_status(placed, "town", rules.report.small), named)
    villages = [
        ranked(
            _by_status(
                placed.filter(pl.col("town") == name),
                "village",
                rules.report.small,
                fixed_totals=towns.marks[row],
            )
        )
        for row, name in enumerate(towns.rows)
    ]
    homes = placed.group_by("town").agg(pl.col("household").n_unique())
    by_name = dict(homes.iter_rows())
    return Places(
        towns,
        tuple(villages),
        (*(by_name[name] for name in towns.rows), placed["household"].n_unique()),
        (*(len(each.rows) for each in villages), sum(len(each.rows) for each in villages)),
    )


def ages(details: pl.DataFrame, report: Wording) -> Shown:
    """Return age bands (and none) × sexes (and none) of the people to verify."""
    starts = report.ages["from"]
    band = pl.lit(len(starts), pl.Int64)
    for place, start in enumerate(starts):
        band = pl.when(pl.col("age") >= start).then(pl.lit(place, pl.Int64)).otherwise(band)
    sex = pl.col("sex").replace_strict({name: name for name in SEXES}, default="")
    found = _counted(details.select(band=band, sex=sex.fill_null("")), "band", "sex")
    rows = [
        report.ages.band.format(first=first, last=after - 1) for first, after in pairwise(starts)
    ]
    rows += [report.ages.last.format(first=starts[-1]), report.unknown]
    counts = [[found.get((i, sex), 0) for sex in (*SEXES, "")] for i in range(len(rows))]
    columns = (*(report.ages.sexes[sex] for sex in SEXES), report.unknown)
    return guarded(rows, columns, counts, report.small)


def overlap(outcomes: pl.DataFrame, rules: Rules) -> Overlap:
    """Return who is on several source lists.

    A combination of fewer people than the limit is not named, since the names of the lists are what
    points at a person; nor is how many are on one list alone, which would tell them.
    """
    people = (
        outcomes.group_by("person_key")
        .agg(lists=pl.col("list").unique().sort())
        .filter(pl.col("lists").list.len() > 1)
    )
    counted = (
        people.group_by("lists")
        .agg(people=pl.len().cast(pl.Int64))
        .sort(pl.col("people"), "lists", descending=[True, False])
    )
    order = {name: place for place, name in enumerate(rules.screening.coverage)}
    named = tuple(
        (tuple(sorted(lists, key=lambda name: order[name])), number)
        for lists, number in counted.iter_rows()
        if number >= rules.report.small
    )
    return Overlap(people.height, named, people.height - sum(number for _, number in named))


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
        .join(lists_of_files(records), on="file", how="left")
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

    The bins reach as far as the weights `also`. A pair that a verdict alone made has no weight.

    >>> decisions = ["review", "link", "link", "link"]
    >>> pairs = pl.DataFrame({"match_weight": [3.5, 4.0, 9.9, None], "decision": decisions})
    >>> histogram(pairs, width=2.0, also=[0.0])
    Histogram(first=0.0, width=2.0, link=(0, 0, 1, 0, 1), review=(0, 1, 0, 0, 0))
    """
    bins = decisions.drop_nulls("match_weight").select(
        bin=(pl.col("match_weight") / width).floor().cast(pl.Int64), by="decision"
    )
    found = _counted(bins, "bin", "by")
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


def tiers(decisions: pl.DataFrame, rules: Rules) -> list[tuple[str, str, int]]:
    """Return (wording, decision, pairs) of every tier that has pairs, in the order of the rules.

    Pairs that no weight has made come behind them.
    """
    counted = _counted(decisions, "tier", "decision")
    words = {tier.name: tier.wording for tier in rules.matching.tiers}
    explain = rules.sheets.explain
    words |= {ELSEWHERE_TIER: explain.elsewhere, VERDICT_TIER: explain.judged}
    return [
        (wording, decision, counted[name, decision])
        for name, wording in words.items()
        for decision in ("link", "review")
        if (name, decision) in counted
    ]


def _by_status(
    placed: pl.DataFrame, place: str, limit: int, fixed_totals: Sequence[Mark] | None = None
) -> Shown:
    """People by place and status."""
    counted = (
        placed.group_by(place)
        .agg(**{status: (pl.col("status") == status).sum().cast(pl.Int64) for status in STATUSES})
        .sort(place)
    )
    counts = counted.select(STATUSES).rows()
    return guarded(counted[place].to_list(), STATUSES, counts, limit, fixed_totals)


def _counted(frame: pl.DataFrame, *by: str) -> dict[tuple[Any, ...], int]:
    """Numbers of rows by the values of the columns `by`."""
    return {tuple(key): number for *key, number in frame.group_by(by).len().iter_rows()}
