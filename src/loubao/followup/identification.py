"""Known from before: which case a person of this month's lists is.

In this order, and each person and each case once:

1. the linkage engine links the person with the case, by its tiers for the monthly job;
2. an earlier run of the same month met the very same rows;
3. the same list writes the same person again, word for word, and nobody else like it (who has no
   number could otherwise never be known again); only while the case is open;
4. the engine links them as it would two tables (`linkage.link_tables`); only while it is open.

A closed case hides somebody from the sheets, so in another month only the first, which rests on
proven numbers, finds it again. What is doubtful is no recognition: the person gets a case of their
own, and the sheet says which earlier case it may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from loubao.core import frames
from loubao.ledger.status import CLOSED

#: Ids of people known from before, laid beside those of the month's records.
KNOWN_FROM = 1 << 40
#: What must be written alike for the same row of the same list, and the number.
_WRITTEN = ("list", "name_key", "birth_date", "town", "village_code", "head_key")
_LINKED_BY = tuple(column for column in frames.LINKABLE if column != "record_id")
_BETWEEN = "\x1f"
_LEDGER = "ledger"
_PERSON: frames.Schema = {"person_key": pl.String, "case_id": pl.Int64}


@dataclass(frozen=True)
class Recognised:
    """Who is whom: `owners` has `person_key`, `case_id`.

    `merges` are cases that turned out to be one person with another, `(case_id, into)`.
    """

    owners: pl.DataFrame
    merges: tuple[tuple[int, int], ...]


def known_rows(sightings: pl.DataFrame) -> pl.DataFrame:
    """Return LINKABLE and `case_id` of known people, each way of writing them once a case.

    Their `list` is the ledger: a name that a list writes otherwise this month is no second bearer
    of the number.
    """
    alike = [column for column in frames.LINKABLE if column not in {"record_id", "list", "address"}]
    return (
        sightings.sort("sighting_id", descending=True)
        .unique(["case_id", *alike], keep="first", maintain_order=True)
        .sort("sighting_id")
        .with_columns(record_id=(pl.col("sighting_id") + KNOWN_FROM).cast(pl.UInt64))
        .with_columns(list=pl.lit(_LEDGER))
        .select(*frames.LINKABLE, "case_id")
    )


def by_number(
    decisions: pl.DataFrame,
    known: pl.DataFrame,
    persons: pl.DataFrame,
    cases: pl.DataFrame,
    apart: Iterable[tuple[int, int]] = (),
) -> Recognised:
    """Recognise people by the links of the engine.

    `decisions` are DECISIONS of `known` (`known_rows`) with the month's records; `persons` has
    `record_id`, `person_key`; `cases` are CASE_FILE rows. Pairs of cases that a person judged to be
    different people (`apart`) are never merged.
    """
    links = (
        decisions.filter(pl.col("decision") == "link")
        .join(known.select("case_id", left_id="record_id"), on="left_id")
        .join(persons.select("person_key", right_id="record_id"), on="right_id")
        .select("person_key", "case_id")
        .unique()
        .join(cases.select("case_id", closed=pl.col("status").is_in(CLOSED)), on="case_id")
        .sort("case_id", "person_key")
    )
    # a case is one person, the first of those who may be it; the others get cases of their own
    chosen = links.unique("case_id", keep="first", maintain_order=True)
    different = {frozenset(pair) for pair in apart}
    owners: dict[str, int] = {}
    merges: list[tuple[int, int]] = []
    # of several cases of one person the open one lives on, then the oldest
    for person, case, _ in chosen.sort("person_key", "closed", "case_id").iter_rows():
        into = owners.setdefault(person, case)
        if into != case and frozenset((into, case)) not in different:
            merges.append((case, into))
    return Recognised(owners_frame(owners), tuple(merges))


def by_writing(
    rows: pl.DataFrame, sightings: pl.DataFrame, cases: pl.DataFrame, taken: Recognised
) -> pl.DataFrame:
    """Recognise people whom the same list writes again as it did; returns more owners.

    `rows` are the source RECORDS of the people with `person_key`; those in `taken` are left out.
    """
    still_open = _unclaimed(cases, taken).select("case_id")
    before = written(sightings).join(still_open, on="case_id", how="semi")
    now = written(rows).join(taken.owners, on="person_key", how="anti")
    # everybody counts when it is asked whether another is written the same
    alone_before = alone(written(sightings), "case_id")
    alone_now = alone(written(rows), "person_key")
    return (
        now.join(before, on="writing")
        .join(alone_before, on="writing", how="semi")
        .join(alone_now, on="writing", how="semi")
        .select("person_key", "case_id")
        .unique()
        .sort("case_id", "person_key")
        .unique("case_id", keep="first", maintain_order=True)
        .unique("person_key", keep="first", maintain_order=True)
    )


def by_rows(
    rows: pl.DataFrame, met_before: pl.DataFrame, cases: pl.DataFrame, taken: Recognised
) -> pl.DataFrame:
    """Recognise people whom an earlier run of the same month met: by the very same rows.

    `met_before` are SIGHTINGS that the month's lists came to then. What became of a case since does
    not matter, nor how little a row says; of those written alike the first is the first again. All
    that is known of a person is compared first, then how each row is written.
    """
    left = cases.filter(~_merged(taken)).join(taken.owners, on="case_id", how="anti")
    before = met_before.join(left, on="case_id", how="semi")
    now = rows.join(taken.owners, on="person_key", how="anti")
    wholly = _in_order(_whole(now, "person_key"), _whole(before, "case_id"))
    singly = _in_order(
        _writings(now.join(wholly, on="person_key", how="anti"), _WRITTEN),
        _writings(before.join(wholly, on="case_id", how="anti"), _WRITTEN),
    )
    return pl.concat([wholly, singly])


def unrecognised(
    rows: pl.DataFrame, known: pl.DataFrame, cases: pl.DataFrame, taken: Recognised
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return LINKABLE of open cases and of people not yet recognised, one row each.

    The first has `case_id` too, the second `person_key`; a row whose number is proven stands for
    its case or person.
    """
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(False)
    still_open = _unclaimed(cases, taken).select("case_id")
    left = (
        known.join(still_open, on="case_id", how="semi", maintain_order="left")
        .sort(~proven, "record_id", descending=[False, True])
        .unique("case_id", keep="first", maintain_order=True)
        .sort("case_id")
    )
    right = (
        rows.join(taken.owners, on="person_key", how="anti", maintain_order="left")
        .sort(~proven, "record_id")
        .unique("person_key", keep="first", maintain_order=True)
        .sort("person_key")
    )
    return left, right


def by_weight(decisions: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Recognise by the links of two tables; `left` and `right` as `unrecognised` returned them."""
    return (
        decisions.filter(pl.col("decision") == "link")
        .join(left.select("case_id", left_id="record_id"), on="left_id")
        .join(right.select("person_key", right_id="record_id"), on="right_id")
        .sort(-pl.col("match_probability"), "case_id")
        .unique("person_key", keep="first", maintain_order=True)
        .select("person_key", "case_id")
    )


def joined(taken: Recognised, more: pl.DataFrame) -> Recognised:
    """Return both, as far as `more` names neither a person nor a case again."""
    fresh = more.join(taken.owners, on="person_key", how="anti").join(
        taken.owners, on="case_id", how="anti"
    )
    return Recognised(pl.concat([taken.owners, fresh.select(*_PERSON)]), taken.merges)


def owners_frame(owners: Mapping[str, int]) -> pl.DataFrame:
    """Return `person_key`, `case_id` of the cases by person."""
    return pl.DataFrame(
        {"person_key": list(owners), "case_id": list(owners.values())}, schema=dict(_PERSON)
    )


def _unclaimed(cases: pl.DataFrame, taken: Recognised) -> pl.DataFrame:
    """The open cases that nobody is yet."""
    still_open = ~pl.col("status").is_in(CLOSED) & ~_merged(taken)
    return cases.filter(still_open).join(taken.owners, on="case_id", how="anti")


def _merged(taken: Recognised) -> pl.Expr:
    """Whether a case turned out to be one person with another."""
    return pl.col("case_id").is_in([case for case, _ in taken.merges])


def _writings(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The rows with what the columns say of them as one text (`writing`)."""
    parts = [
        (pl.col(column) if column in rows.columns else pl.lit(None)).cast(pl.String).fill_null("")
        for column in columns
    ]
    number = pl.coalesce("id_number", "id_pattern").fill_null("")
    return rows.with_columns(writing=pl.concat_str([*parts, number], separator=_BETWEEN))


def written(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that name somebody and say more than the name, with their `writing`."""
    told = pl.any_horizontal(
        pl.col(column).is_not_null()
        for column in ("id_number", "id_pattern", "birth_date", "village_code")
    )
    return _writings(rows.filter(pl.col("name_key").is_not_null() & told), _WRITTEN)


def _whole(rows: pl.DataFrame, whose: str) -> pl.DataFrame:
    """All that is known of each case or person as one `writing`."""
    every = pl.col("writing").unique().sort().str.join(_BETWEEN * 2)
    return _writings(rows, _LINKED_BY).group_by(whose).agg(writing=every)


def _in_order(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return `person_key`, `case_id` of equal writings, the first of them the first.

    Where there are more or fewer of them than before, nobody can say who is who.
    """
    people, cases = (
        of_them.select("writing", whose)
        .unique()
        .sort("writing", whose)
        .with_columns(place=pl.int_range(pl.len()).over("writing"), of=pl.len().over("writing"))
        for of_them, whose in ((now, "person_key"), (before, "case_id"))
    )
    return (
        people.join(cases, on=["writing", "place", "of"])
        .sort("case_id", "person_key")
        .unique("case_id", keep="first", maintain_order=True)
        .unique("person_key", keep="first", maintain_order=True)
        .select("person_key", "case_id")
    )


def alone(rows: pl.DataFrame, whose: str) -> pl.DataFrame:
    """The writings that only one case or person has; `rows` as `written` returns them."""
    return rows.group_by("writing").agg(whose=pl.col(whose).n_unique()).filter(pl.col("whose") == 1)
