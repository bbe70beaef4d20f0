"""Several people of one month under one proven number: one person, or left to the village.

Two people of one month who are so on different lists are one person where all names under the
number can be one (`one_person_a_number`): two cases would be two visits. They stay apart where one
list names both at a time, and where a roll takes one of them off the sheets: it must not hide the
other. A death or a removal that names one of them in full is told of the number, so of both.

Of a name that shows one character the engine links what agrees where nobody else has the number.
The ledger may know another name under it: then the pair is left for review (`doubted`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from loubao.core import frames
from loubao.followup.number_alone import names_of, proven, unlike
from loubao.linkage import as_reviews, persons
from loubao.rules.folder import Rules
from loubao.rules.matching import SHOWN_NAMES, Matching
from loubao.screening.coverage import covering


def one_person_a_number(
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
    sightings: pl.DataFrame | None = None,
    settled: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return a month's DECISIONS with those linked of one proven number on different lists.

    No file of a list names two of the people, and none of them is linked to a roll that covers in
    full. All names under the number, on rolls and exclusions too, can be one. With `sightings`, all
    of the ledger, also names that cannot be one (the sheet asks, `other_names`): in one village, of
    nobody whom an exclusion names, and not where the ledger has two people under the number.
    """
    people = proven(persons(records, decisions).join(records, on="record_id"))
    several = people.group_by("id_number").agg(people=pl.col("person_key").n_unique())
    people = people.join(several.filter(pl.col("people") > 1), on="id_number", how="semi")
    if people.is_empty():
        return decisions
    links = decisions.filter(pl.col("decision") == "link").select("left_id", "right_id")

    def numbers_linked(others: pl.DataFrame) -> pl.DataFrame:
        linked = links.join(others, on="right_id", how="semi")
        return people.join(linked, left_on="record_id", right_on="left_id", how="semi").select(
            "id_number"
        )

    at_a_time = people.group_by("id_number", "list", "file").agg(
        people=pl.col("person_key").n_unique()
    )
    two_names = unlike(records.join(people, on="id_number", how="semi"), settled)
    covered = numbers_linked(covering(records, rules))
    if sightings is not None:
        exclusions = records.filter(pl.col("role") == "exclusion").select(right_id="record_id")
        known = _one_case_before(people, sightings).join(two_names, on="id_number", how="anti")
        covered = covered.join(known, on="id_number", how="anti")
        two_people = [numbers_linked(exclusions), *_of_two_people(people, sightings)]
        two_names = two_names.join(pl.concat(two_people), on="id_number", how="semi")
    apart = pl.concat(
        [
            two_names,
            covered,
            at_a_time.filter(pl.col("people") > 1).select("id_number"),
        ]
    )
    one = people.join(apart, on="id_number", how="anti").select("record_id", "id_number")
    left, right = (one.rename({"record_id": side}) for side in ("left_id", "right_id"))
    pairs = left.join(right, on="id_number").select("left_id", "right_id", one=pl.lit(True))
    return (
        decisions.join(pairs, on=["left_id", "right_id"], how="left", maintain_order="left")
        .with_columns(decision=pl.when("one").then(pl.lit("link")).otherwise("decision"))
        .select(*frames.DECISIONS)
    )


def _of_two_people(people: pl.DataFrame, sightings: pl.DataFrame) -> list[pl.DataFrame]:
    """`id_number` of people in several villages, and of those who are several cases."""
    villages = people.group_by("id_number").agg(n=pl.col("village_code").drop_nulls().n_unique())
    owners = proven(sightings).group_by("id_number").agg(n=pl.col("case_id").n_unique())
    return [each.filter(pl.col("n") > 1).select("id_number") for each in (villages, owners)]


def _one_case_before(people: pl.DataFrame, sightings: pl.DataFrame) -> pl.DataFrame:
    """`id_number` of people whose every writing is that of one case, by the same list.

    `people` are source rows with a proven number, `sightings` SIGHTINGS: who was one person before
    is one now, whatever a roll says of the writing that shows the name.
    """
    writing = ["list", "id_number", "name_key"]
    owners = proven(sightings).select(*writing, "case_id").unique()
    every = people.select(*writing).unique().join(owners, on=writing, how="left", nulls_equal=True)
    return (
        every.group_by("id_number")
        .agg(cases=pl.col("case_id").n_unique(), new=pl.col("case_id").is_null().any())
        .filter(~pl.col("new") & (pl.col("cases") == 1))
        .select("id_number")
    )


def not_of_both(
    decisions: pl.DataFrame,
    rows: pl.DataFrame,
    names: Mapping[str, object],
    records: pl.DataFrame,
    matching: Matching,
) -> pl.DataFrame:
    """Return DECISIONS in which no roll or exclusion is linked to people with two names.

    It names one of the two, and nobody has said yet that they are one person. `rows` has the
    `record_id` and `person_key` of all people, `names` those (`other_names.names_at_a_time`).
    """
    if not names:
        return decisions
    theirs = rows.filter(pl.col("person_key").is_in(list(names)))["record_id"].implode()
    others = records.filter(pl.col("role") != "source")["record_id"].implode()
    linked = (pl.col("decision") == "link") & pl.col("left_id").is_in(theirs)
    doubt = linked & pl.col("right_id").is_in(others)
    return pl.concat(
        [decisions.filter(~doubt), as_reviews(decisions.filter(doubt), matching)]
    ).select(*frames.DECISIONS)


def doubted(
    decisions: pl.DataFrame, records: pl.DataFrame, sightings: pl.DataFrame, matching: Matching
) -> pl.DataFrame:
    """Return DECISIONS in which no name that shows one character is linked under a number that
    other names have.

    `records` have the left rows, `sightings` are SIGHTINGS of earlier months.
    """
    name = pl.col("evidence").struct.field("name")
    shown = (pl.col("decision") == "link") & name.is_in(SHOWN_NAMES).fill_null(value=False)
    linked = decisions.filter(shown)
    if linked.is_empty():
        return decisions
    of_links = records.join(linked.select(record_id="left_id"), on="record_id", how="semi")
    names = pl.concat(
        [
            names_of(each.join(proven(of_links), on="id_number", how="semi"))
            for each in (records, sightings)
        ]
    )
    several = of_links.join(unlike(names), on="id_number", how="semi")["record_id"]
    doubt = shown & pl.col("left_id").is_in(several.implode())
    return pl.concat(
        [decisions.filter(~doubt), as_reviews(decisions.filter(doubt), matching)]
    ).select(*frames.DECISIONS)
