"""The figures about people: how many, where, of what age, on which lists; small ones guarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from loubao.report.suppression import Mark, Shown, guarded, ranked
from loubao.rules import Rules
from loubao.rules.wording import Wording
from loubao.screening.coverage import STATUSES

#: What becomes of a person on a list, in the order of the columns.
OUTCOMES = ("covered", "partial", "review", "uncovered", "excluded")
SEXES = ("男", "女")


@dataclass(frozen=True)
class Places:
    """Towns × statuses, most people first; for each town its villages × statuses.

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


def headline(outcomes: pl.DataFrame, cases: pl.DataFrame) -> dict[str, int]:
    """Return how many people: `named`, `covered`, `excluded`, `answered`, `visited`; `households`.

    Who is on no sheet is `answered` where no roll covers them on some list (the ledger knows what a
    visit found), else `excluded` where an exclusion list says so, else `covered`.
    """
    people = outcomes.group_by("person_key").agg(
        open=pl.col("outcome").is_in(STATUSES).any(),
        excluded=(pl.col("outcome") == "excluded").any(),
    )
    off = people.join(cases, on="person_key", how="anti")
    settled = off.filter(~pl.col("open"))
    return {
        "named": people.height,
        "covered": settled.filter(~pl.col("excluded")).height,
        "excluded": settled.filter("excluded").height,
        "answered": off.filter("open").height,
        "visited": cases.height,
        "households": cases["household"].fill_null(cases["person_key"]).n_unique(),
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
    towns = ranked(_by_status(placed, "town", rules.report.small))
    villages = [
        ranked(
            _by_status(
                placed.filter(pl.col("town") == name),
                "village",
                rules.report.small,
                known_totals=towns.marks[row],
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
    """Return age bands (and not known) × sexes (and not known) of the people to verify."""
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
    told = tuple(
        (tuple(sorted(lists, key=lambda name: order[name])), number)
        for lists, number in counted.iter_rows()
        if number >= rules.report.small
    )
    return Overlap(people.height, told, people.height - sum(number for _, number in told))


def _by_status(
    placed: pl.DataFrame, place: str, limit: int, known_totals: Sequence[Mark] | None = None
) -> Shown:
    """People by place and status."""
    counted = (
        placed.group_by(place)
        .agg(**{status: (pl.col("status") == status).sum().cast(pl.Int64) for status in STATUSES})
        .sort(place)
    )
    counts = counted.select(STATUSES).rows()
    return guarded(counted[place].to_list(), STATUSES, counts, limit, known_totals)


def _counted(frame: pl.DataFrame, *by: str) -> dict[tuple[object, ...], int]:
    rows: Sequence[tuple[object, ...]] = frame.group_by(by).agg(pl.len().cast(pl.Int64)).rows()
    return {row[:-1]: int(str(row[-1])) for row in rows}
