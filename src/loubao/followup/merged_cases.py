"""Rows of the month that are one person because a village has said so of their cases.

What makes two cases one person makes one of the rows that wrote them, whenever the lists write them
so again: else the second would be a new case, and the village be asked anew. A row that is written
otherwise nobody has judged yet; nor one of which there are more now than there were cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from loubao.core import frames
from loubao.followup.identification import KNOWN_FROM, alone, written

#: The case that a sighting was of, where a village said that it is one person with another.
ORIGINS: frames.Schema = {"sighting_id": pl.Int64, "origin": pl.Int64}
#: Pairs of rows, and whether they are one person.
SAID: frames.Schema = {"left_id": pl.UInt64, "right_id": pl.UInt64, "same": pl.Boolean}


def said_to_be_one(
    rows: pl.DataFrame,
    met: pl.DataFrame,
    sightings: pl.DataFrame,
    origins: pl.DataFrame,
) -> pl.DataFrame:
    """Return SAID of rows that are one person and that nothing else makes one.

    `rows` are source RECORDS with `person_key`, `met` DECISIONS of people known from before
    (`recognition.known_rows` of `sightings`) with them.
    """
    merged = sightings.join(origins, on="sighting_id", how="semi").select("case_id").unique()
    if merged.is_empty():
        return frames.empty(SAID)
    before = (
        sightings.join(merged, on="case_id", how="semi")
        .join(origins, on="sighting_id", how="left")
        .with_columns(pl.coalesce("origin", "case_id").alias("origin"))
    )
    linked = _linked(rows, met, sightings)
    by_number = linked.join(before, on=["sighting_id", "case_id"]).select(
        "case_id", "person_key", "origin", proven=True
    )
    by_writing = (
        _written_again(rows, before, sightings)
        .join(linked, on="person_key", how="anti")
        .with_columns(proven=False)
    )
    members = pl.concat([by_number, by_writing]).unique()
    first = dict(rows.group_by("person_key").agg(pl.col("record_id").min()).iter_rows())
    pairs = [sorted((first[one], first[other])) for one, other in _pairs(members)]
    return pl.DataFrame(
        [(left, right, True) for left, right in pairs], schema=dict(SAID), orient="row"
    )


def _linked(rows: pl.DataFrame, met: pl.DataFrame, sightings: pl.DataFrame) -> pl.DataFrame:
    """Which sightings the engine links a person with: `person_key`, `sighting_id`, `case_id`."""
    known = sightings.select(
        "sighting_id",
        "case_id",
        left_id=(pl.col("sighting_id") + KNOWN_FROM).cast(pl.UInt64),
    )
    return (
        met.filter(pl.col("decision") == "link")
        .join(known, on="left_id")
        .join(rows.select("person_key", right_id="record_id"), on="right_id")
        .select("person_key", "sighting_id", "case_id")
    )


def _written_again(
    rows: pl.DataFrame, before: pl.DataFrame, sightings: pl.DataFrame
) -> pl.DataFrame:
    """Which people are written as the cases were, and no other: `case_id`, `person_key`, `origin`.

    Of those written alike the first is the first.
    """
    theirs = written(before).join(alone(written(sightings), "case_id"), on="writing", how="semi")
    then, now = (
        of_them.select("writing", *whose)
        .unique()
        .sort("writing", *whose)
        .with_columns(place=pl.int_range(pl.len()).over("writing"), of=pl.len().over("writing"))
        for of_them, whose in ((theirs, ("case_id", "origin")), (written(rows), ("person_key",)))
    )
    return (
        now.join(then, on=["writing", "place"], suffix="_then")
        .filter(pl.col("of") <= pl.col("of_then"))
        .select("case_id", "person_key", "origin")
    )


def _pairs(members: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """People who are one person, by what they were: each with the first of them.

    Who is the same that another is already was never judged.
    """
    people: dict[int, dict[str, set[int]]] = {}
    ordered = members.sort("case_id", ~pl.col("proven"), "person_key", "origin")
    for case_id, person, origin, _ in ordered.iter_rows():
        people.setdefault(case_id, {}).setdefault(person, set()).add(origin)
    for was in people.values():
        yield from _of_case(was.items())


def _of_case(people: Iterable[tuple[str, set[int]]]) -> Iterator[tuple[str, str]]:
    (first, covered), *others = people
    for person, was in others:
        if covered.isdisjoint(was):
            covered = covered | was
            yield first, person
