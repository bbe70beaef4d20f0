"""Known people: what the ledger has of them before a month is posted, and who is carried along.

`carried` are the people whom no list of the month names and who are screened all the same: nobody
has found out yet whether they are in need. They come without rows of their own, so what they meet
on rolls (`decisions_of_carried`) and what a sheet prints of them (`as_last_printed`) is that of
before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import Disposition, Event
from loubao.followup.identification import KNOWN_FROM, Recognised, owners_frame
from loubao.ledger.status import UNSETTLED
from loubao.screening.cases import DETAILS, Screened

#: What the last sheet told of carried people; the clues there outlive the rows they came from.
_TOLD = ("clues", "address", "phone", "age")


@dataclass(frozen=True)
class Known:
    """The ledger before the month is posted.

    `cases`: CASE_FILE, as it is without what earlier runs of the month closed and reopened, which
    is `posted`; `sightings`: SIGHTINGS; `numbers`: the last running number of each town and year;
    `late`: a later month is posted already, so that this one changes nothing that is known;
    `named`: what an earlier run of the month made of each case; `kept`: those who stay on its
    sheets, since they were answered from there, or it is late.
    """

    month: str
    late: bool
    cases: pl.DataFrame
    sightings: pl.DataFrame
    posted: tuple[Event, ...]
    named: Mapping[int, Disposition]
    kept: frozenset[int]
    numbers: Mapping[tuple[str, int], int]
    next_case: int


def untouched(known: Known) -> pl.Expr:
    """Mark the cases that an earlier run of the month opened and nobody has looked at."""
    return (
        (pl.col("opened_month") == known.month)
        & (pl.col("opened_by") == "month")
        & (pl.col("status") == "unverified")
        & (pl.col("kind") == "lead")
        & (pl.lit(not known.late))
    )


def carried(known: Known, recognised: Recognised, columns: frames.Schema) -> pl.DataFrame:
    """Return source rows of people whom no list names, with `person_key`, `case_id`.

    One row for each list that named them before; `columns` are those of the month's records, which
    the rows have as far as the ledger knows them. They are looked at like everybody else: a roll
    may cover them now, an exclusion set them aside.
    """
    latest = (
        known.sightings.join(
            _waiting(known, recognised).select("case_id"), on="case_id", how="semi"
        )
        .sort("sighting_id")
        .unique(["case_id", "list"], keep="last", maintain_order=True)
    )
    given = {
        "record_id": (pl.col("sighting_id") + KNOWN_FROM).cast(pl.UInt64),
        "role": pl.lit("source"),
        "qualifies": pl.lit(True),
        "file": pl.lit(""),
        "sheet": pl.lit(""),
        "member": pl.lit(0, pl.UInt32),
    }
    written = [
        given[name].alias(name)
        if name in given
        else pl.col(name)
        if name in latest.columns
        else pl.lit(None, dtype).alias(name)
        for name, dtype in columns.items()
    ]
    return latest.select(
        *written,
        "case_id",
        person_key=pl.format("L{}", pl.col("case_id").cast(pl.String).str.zfill(6)),
    )


def _waiting(known: Known, recognised: Recognised) -> pl.DataFrame:
    """The cases that are still to be seen to and that nobody of the month is."""
    merged = pl.Series([case for case, _ in recognised.merges], dtype=pl.Int64)
    to_be_seen_to = pl.col("status").is_in([*UNSETTLED, "eligible", "applied"])
    waiting = known.cases.filter(
        (to_be_seen_to | pl.col("case_id").is_in(known.kept))
        & ~pl.col("case_id").is_in(merged.implode())
        & (pl.col("kind") == "lead")
        & ~untouched(known)
    ).join(recognised.owners, on="case_id", how="anti")
    return waiting.clear() if known.late else waiting


def decisions_of_carried(
    met: pl.DataFrame, known_rows: pl.DataFrame, waiting: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """Return DECISIONS of the carried people's rows (`waiting`) with rolls and exclusions.

    `met` are DECISIONS of `known_rows` (`recognition.known_rows`) with the month's `records`. What
    any way of writing a person meets counts for the first of the person's rows.
    """
    rows = waiting.group_by("case_id").agg(row=pl.col("record_id").min())
    others = records.filter(pl.col("role") != "source").select(right_id="record_id")
    return (
        met.join(known_rows.select("case_id", left_id="record_id"), on="left_id")
        .join(rows, on="case_id", maintain_order="left")
        .join(others, on="right_id", how="semi", maintain_order="left")
        .with_columns(left_id="row")
        .sort(pl.col("decision") == "link", descending=True, maintain_order=True)
        .unique(["left_id", "right_id"], keep="first", maintain_order=True)
        .select(*frames.DECISIONS)
    )


def as_last_printed(screened: Screened, lines: Mapping[str, Mapping[str, Any]]) -> Screened:
    """Return the same with what the last sheet said of people, where no list of the month tells it.

    `lines` are the newest sheet lines of carried people, by `person_key`.
    """
    if not lines:
        return screened
    before = pl.DataFrame(
        [
            {"person_key": person, **{name: line.get(name) for name in _TOLD}}
            for person, line in lines.items()
        ],
        schema={"person_key": pl.String, **{name: DETAILS[name] for name in _TOLD}},
    )
    details = screened.details.join(
        before, on="person_key", how="left", suffix="_before", maintain_order="left"
    ).with_columns(
        pl.coalesce("clues_before", "clues").alias("clues"),
        *(pl.coalesce(name, f"{name}_before").alias(name) for name in _TOLD[1:]),
    )
    return replace(screened, details=frames.conform(details.select(*DETAILS), DETAILS))


def sightings_of(
    rows: pl.DataFrame, case_ids: Mapping[str, int], known: pl.DataFrame
) -> list[tuple[int, dict[str, str | None]]]:
    """Return how the month's lists write each case's person, as far as that is new.

    `rows` are source RECORDS with `person_key`, `known` SIGHTINGS.
    """
    columns = [column for column in frames.LINKABLE if column != "record_id"]
    written = (
        rows.join(owners_frame(case_ids), on="person_key", maintain_order="left")
        .with_columns(
            pl.lit(None, dtype).alias(column)
            for column, dtype in frames.LINKABLE.items()
            if column not in rows.columns
        )
        .select("case_id", *columns)
        .unique(maintain_order=True)
    )
    fresh = written.join(
        known.select("case_id", *columns), on=["case_id", *columns], how="anti", nulls_equal=True
    )
    texts = fresh.select("case_id", pl.col(columns).cast(pl.String))
    return [(row.pop("case_id"), row) for row in texts.iter_rows(named=True)]
