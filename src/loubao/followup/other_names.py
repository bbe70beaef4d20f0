"""Other names under the number of a case: whom a sheet asks about, and what was answered.

A list may write another name under the proven number of a case, or two lists of a month two names.
It is one person, or one name stands under a number that is another's: the sheet asks (是否同一人).
Until somebody has answered, no roll and no exclusion of the one name takes the other off the
sheets, and a case that an answer has closed is sent out once more. 是: the names are one person's
(`settled_names`). 否: the other name gets a case of its own (`returns.parted_names`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from loubao.followup.brought_forward import BroughtForward
from loubao.followup.number_alone import are_settled, can_be_one, names_of, proven
from loubao.followup.recognition import Earlier, Recognised
from loubao.ledger.status import CASE, CLOSED, NAME
from loubao.rules.folder import Rules
from loubao.screening.candidates import candidates
from loubao.screening.cases import Found, best_first

#: Signs of an ISO date that are its month.
_MONTH = 7


@dataclass(frozen=True, slots=True)
class OtherName:
    """A name under a number of a case, beside that on the sheet; `now`: it is of this month."""

    name: str | None
    id_number: str
    name_key: str | None
    now: bool = False


def settled_names(sightings: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return `id_number`, `name_key` of names that a verdict has made one person's.

    Those under the numbers of a case that lists had written when somebody said that another case,
    or another name under its number, is the same person. `verdicts` are VERDICTS.
    """
    on_names = pl.col("other").str.starts_with(CASE) | pl.col("other").str.starts_with(NAME)
    said = (
        verdicts.filter(on_names & pl.col("same"))
        .group_by("case_id")
        .agg(until=pl.col("on_date").str.head(_MONTH).max())
    )
    return (
        proven(sightings)
        .join(said, on="case_id")
        .filter(pl.col("month").is_null() | (pl.col("month") <= pl.col("until")))
        .select("id_number", "name_key")
        .unique()
        .sort("id_number", "name_key")
    )


def names_at_a_time(rows: pl.DataFrame, settled: pl.DataFrame) -> dict[str, tuple[OtherName, ...]]:
    """Return person → the names under one proven number of which two cannot be one.

    `rows` are source rows with `person_key`; `settled` as in `unlike`.
    """
    names = (
        proven(rows)
        .select("person_key", "id_number", "name", "name_key")
        .drop_nulls("name")
        .unique(maintain_order=True)
    )
    pairs = names.join(names, on=["person_key", "id_number"], suffix="_r").filter(
        pl.col("name") != pl.col("name_r")
    )
    if pairs.is_empty():
        return {}
    apart = pairs.filter(~can_be_one(pairs, settled)).select(names.columns)
    found: dict[str, list[OtherName]] = {}
    for person, number, name, key in (
        apart.unique(maintain_order=True).sort("person_key").iter_rows()
    ):
        found.setdefault(person, []).append(OtherName(name, number, key, now=True))
    return {person: tuple(each) for person, each in found.items()}


def names_asked(
    month: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
    names: tuple[pl.DataFrame, pl.DataFrame, Mapping[str, tuple[OtherName, ...]]],
    earlier: Earlier,
    brought: BroughtForward,
    found: Recognised,
) -> dict[str, tuple[OtherName, ...]]:
    """Return the names that a sheet asks about, of the people of the month and those carried along.

    `month` has the source rows with `person_key`, all RECORDS, and the rows of those carried along;
    `names`: writings (`people._written_alike`), the names settled as one, and those at a time. A
    closed case of which a sheet asked about every name is not asked about again.
    """
    rows, records, carried = month
    alike, settled, both = names
    # a month that is run again, or late, sees the names of the months before it
    before = earlier.sightings.filter(pl.col("month").fill_null("") < brought.month)
    of_month = rows.join(found.case_of, on="person_key")
    columns = ["person_key", "case_id", "id_number", "id_status", "name", "name_key"]
    people = pl.concat([each.select(columns) for each in (of_month, carried)])
    by_links = earlier.links().join(
        of_month.select("person_key", "case_id", right_id="record_id"), on=["case_id", "right_id"]
    )
    sure = pl.concat([each.select("person_key") for each in (by_links, carried, alike)])
    then = other_names(people, before, brought, sure, settled)
    writings = (rows, records, before)
    asked = set(asked_before(found.case_of, writings, brought.shown, settled)["person_key"])
    found_names = {**both}
    for person, name in then.items():
        found_names[person] = (*both.get(person, ()), name)
    return {person: each for person, each in found_names.items() if person not in asked}


def others_on_sheet(
    found: Found, names: Mapping[str, tuple[OtherName, ...]]
) -> dict[str, tuple[OtherName, ...]]:
    """Return `names` (of `People`) of each person, but for the name that the sheet prints."""
    people = found.case_rows.filter(pl.col("person_key").is_in(list(names)))
    printed = dict(
        best_first(people)
        .drop_nulls("name")
        .group_by("person_key", maintain_order=True)
        .agg(pl.col("name").first())
        .iter_rows()
    )
    others = {
        person: tuple(each for each in every if each.name != printed.get(person))
        for person, every in names.items()
    }
    return {person: each for person, each in others.items() if each}


def taken_boxes(
    people: Collection[str], about: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], rules: Rules
) -> set[str]:
    """Return those of `people` whose 是否同一人 asks about a row of a roll or exclusion.

    `about`: source rows with `person_key`, RECORDS, DECISIONS.
    """
    rows, records, decisions = about
    theirs = rows.filter(pl.col("person_key").is_in(list(people)))
    return set(candidates(theirs, records, decisions, rules)["person_key"])


def asked_before(
    case_of: pl.DataFrame,
    writings: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
    shown: Mapping[int, Sequence[str]],
    settled: pl.DataFrame,
) -> pl.DataFrame:
    """Return `person_key`, `case_id`, `id_number` of people all of whose names were asked about.

    Every name under their number, in any list of the month or before it, can be one with a name on
    a sheet of the case (`shown`). `writings`: source rows with `person_key`, all RECORDS of the
    month, and the SIGHTINGS of earlier months; `settled` as in `unlike`.
    """
    rows, records, before = writings
    pairs = (
        proven(rows).select("person_key", "id_number").unique().join(case_of, on="person_key")
    ).filter(pl.col("case_id").is_in(list(shown)))
    if pairs.is_empty():
        return pairs
    names = pl.concat(
        [names_of(each.join(pairs, on="id_number", how="semi")) for each in (records, before)]
    ).unique()
    printed = (
        proven(before)
        .filter(pl.struct("case_id", "name").is_in(_printed(shown)))
        .select("case_id", name_r="name", name_key_r="name_key")
        .unique()
    )
    every = pairs.join(names, on="id_number").join(printed, on="case_id")
    unasked = (
        every.with_columns(can=can_be_one(every, settled))
        .group_by("person_key", "case_id", "name")
        .agg(pl.col("can").any())
        .filter(~pl.col("can"))
    )
    of_printed = pairs.join(printed, on="case_id", how="semi")
    return of_printed.join(unasked, on="person_key", how="anti").sort("person_key", "case_id")


def _printed(shown: Mapping[int, Sequence[str]]) -> pl.Series:
    """The names on sheets as a list of structs `case_id`, `name`."""
    rows = [{"case_id": case, "name": name} for case, names in shown.items() for name in names]
    schema = {"case_id": pl.Int64, "name": pl.String}
    return pl.DataFrame(rows, schema=schema).to_struct().implode()


def other_names(
    people: pl.DataFrame,
    before: pl.DataFrame,
    brought: BroughtForward,
    firm: pl.DataFrame,
    settled: pl.DataFrame,
) -> dict[str, OtherName]:
    """Return person → the name that the case had before, where the sheet must ask who it is.

    Of an open case the newest name under the same number that cannot be one with those of now; of
    a closed one that on its last sheet, also where it could be one but the person is none of
    `firm`, of whom it is sure that the case is theirs (`person_key`). `people` are source rows with
    `person_key`, `case_id`, `before` the SIGHTINGS of earlier months; `settled` as in `unlike`.
    """
    closed = brought.cases.select("case_id", closed=pl.col("status").is_in(CLOSED))
    shown = pl.DataFrame(
        {"case_id": list(brought.shown), "shown": [each[-1] for each in brought.shown.values()]},
        schema={"case_id": pl.Int64, "shown": pl.String},
    )
    now = proven(people).join(closed, on="case_id")
    then = proven(before).drop_nulls("name").join(shown, on="case_id", how="left")
    on_last_sheet = (pl.col("name_r") == pl.col("shown")).fill_null(False)
    written = ["person_key", "case_id", "closed", "id_number", "name", "name_key"]
    pairs = now.select(written).join(
        then.select("case_id", "id_number", "sighting_id", "name", "name_key", "shown"),
        on=["case_id", "id_number"],
        suffix="_r",
    )
    if pairs.is_empty():
        return {}
    sure = firm.select("person_key").unique().with_columns(sure=pl.lit(True))
    asked = (
        pairs.join(sure, on="person_key", how="left")
        .with_columns(
            can=can_be_one(pairs, settled), last=on_last_sheet, said=are_settled(pairs, settled)
        )
        .group_by("person_key", "name_r", maintain_order=True)
        .agg(
            pl.col("can", "last", "closed").any(),
            sure=(pl.col("sure").fill_null(False) | pl.col("said")).any(),
            known=pl.col("shown").is_not_null().any(),
            newest=pl.col("sighting_id").max(),
            **{each: pl.col(each).first() for each in ("id_number", "name_key_r")},
        )
        .filter(~pl.col("closed") | ~pl.col("known") | pl.col("last"))
        .filter(~pl.col("can") | (pl.col("closed") & ~pl.col("sure")))
        .sort("person_key", "newest", descending=[False, True])
        .unique("person_key", keep="first", maintain_order=True)
    )
    found = asked.select("person_key", "name_r", "id_number", "name_key_r")
    return {person: OtherName(*written) for person, *written in found.iter_rows()}
