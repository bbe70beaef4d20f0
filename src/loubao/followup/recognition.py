"""Recognition: which case of the ledger each person of a month's lists is.

In this order, and each person and each case once:

1. the linkage engine links the person with the case, by its tiers for the monthly job;
2. an earlier run of the same month read the very same rows;
3. they have the proven number of a case, and nobody else has it (`number_alone`): where the name
   is another, or the case is closed and it is not sure to be theirs, the sheet asks who it is; or
   a starred number and the name of an open one, in the same village;
4. the same list writes the person again, letter for letter, and nobody else in the same way (else a
   person without a number could never be recognised);
5. the engine links them by the rules for two tables (`linkage.link_tables`); only while it is open.

A closed case keeps a person off the sheets, so in another month only what is more than likely finds
it again: the first and the third step, which rest on proven numbers, and the fourth where the row
shows enough of a number, starred or faulty as it was, or where somebody has said who the person so
written is. A doubtful pair is no recognition: the person gets a case of their own, and the sheet
says which earlier case it may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from loubao.core import frames
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.number_alone import by_number, by_starred, doubles, left_over
from loubao.followup.writings import (
    ROW_OF_LIST,
    all_writings,
    each_once,
    in_order,
    of_one,
    shows_number,
    with_writing,
    written,
)
from loubao.ledger.case_file import CASE_FILE
from loubao.ledger.status import CLOSED
from loubao.linkage import link_tables, recognise
from loubao.rules.matching import Matching

#: Record ids of earlier people begin here, beside those of the month's records.
EARLIER_FROM = 1 << 40
_LEDGER = "ledger"
_CASE_OF: frames.Schema = {"person_key": pl.String, "case_id": pl.Int64}


@dataclass(frozen=True)
class Earlier:
    """People of earlier months beside the month's records.

    sightings  SIGHTINGS of them
    rows       LINKABLE and `case_id`: each writing of a person once a case
    decisions  DECISIONS of `rows` (left) with the month's records (right)
    """

    sightings: pl.DataFrame
    rows: pl.DataFrame
    decisions: pl.DataFrame

    def links(self) -> pl.DataFrame:
        """Return the linked pairs: `case_id`, `left_id` (earlier), `right_id` (of the month)."""
        linked = self.decisions.filter(pl.col("decision") == "link")
        return linked.join(self.rows.select("case_id", left_id="record_id"), on="left_id").select(
            "case_id", "left_id", "right_id"
        )


@dataclass(frozen=True)
class Recognised:
    """The recognised people.

    case_of  `person_key`, `case_id`, each once
    merges   `(case, into)`: a case, and the case of the same person into which it is merged
    """

    case_of: pl.DataFrame
    merges: tuple[tuple[int, int], ...] = ()

    def unmerged(self) -> pl.Expr:
        """Return whether a row's `case_id` is of no case that is merged now."""
        return ~pl.col("case_id").is_in([case for case, _ in self.merges])

    def with_merges(self, into: Mapping[int, int]) -> Recognised:
        """Return the same with the cases of `into` merged too, each into the case it is given."""
        case_of = self.case_of.with_columns(pl.col("case_id").replace(dict(into)))
        return Recognised(case_of, (*self.merges, *sorted(into.items())))

    def and_also(self, more: pl.DataFrame) -> Recognised:
        """Return both, as far as `more` (as `case_of`) has neither a person nor a case again."""
        fresh = more.join(self.case_of, on="person_key", how="anti").join(
            self.case_of, on="case_id", how="anti"
        )
        return Recognised(pl.concat([self.case_of, fresh.select(*_CASE_OF)]), self.merges)


def compared(sightings: pl.DataFrame, records: pl.DataFrame, matching: Matching) -> Earlier:
    """Compare the people of `sightings` with the month's `records`."""
    rows = earlier_rows(sightings)
    if rows.is_empty():
        return Earlier(sightings, rows, frames.empty(frames.DECISIONS))
    return Earlier(sightings, rows, recognise(rows, records, matching).decisions)


def earlier_rows(sightings: pl.DataFrame) -> pl.DataFrame:
    """Return LINKABLE and `case_id` of the people of `sightings`, each writing once a case.

    Their `list` is the ledger. So a name that a list spells differently this month does not count
    as a second person with the number.
    """
    alike = [column for column in frames.WRITTEN if column not in {"list", "address"}]
    people = (
        sightings.sort("sighting_id", descending=True)
        .unique(["case_id", *alike], keep="first", maintain_order=True)
        .sort("sighting_id")
        .with_columns(record_id=earlier_id(), list=pl.lit(_LEDGER))
    )
    return people.select(*frames.linkable(people), "case_id")


def earlier_id() -> pl.Expr:
    """Return the record id of a sighting."""
    return (pl.col("sighting_id") + EARLIER_FROM).cast(pl.UInt64)


def recognised(
    rows: pl.DataFrame,
    earlier: Earlier,
    brought: BroughtForward,
    different: pl.DataFrame,
    matching: Matching,
) -> Recognised:
    """Return the case of each person, and the cases to be merged because they are one person.

    `rows` are the source RECORDS of the month with `person_key`; `different` has pairs of cases,
    `case_id` and `other`, that a verdict keeps apart: they are never merged.
    """
    linked = by_links(earlier, rows, brought.cases, different)
    if brought.late:  # what later months found out takes nobody's case away, and merges none
        nobody = Recognised(linked.case_of.clear())
        found = nobody.and_also(by_rows(rows, brought, nobody)).and_also(linked.case_of)
    else:
        found = linked.and_also(by_rows(rows, brought, linked))
        unmerged = brought.cases.filter(found.unmerged())
        of_one = doubles(found.case_of, unmerged, brought.sightings, different)
        found = found.with_merges(of_one)
    free = brought.cases.filter(found.unmerged()).join(found.case_of, on="case_id", how="anti")
    found = found.and_also(by_number(rows, brought.sightings, free))
    found = found.and_also(left_over(rows, brought.sightings, free, found.case_of))
    found = found.and_also(by_starred(rows, brought.sightings, free))
    found = _by_particulars(found, rows, earlier, brought, matching)
    return _opened_by_earlier_run(found, rows, brought, different, matching)


def by_links(
    earlier: Earlier, rows: pl.DataFrame, cases: pl.DataFrame, different: pl.DataFrame
) -> Recognised:
    """Recognise people by the links of the engine (step 1), and cases that are one person.

    `rows` have `record_id`, `person_key`; `cases` are CASE_FILE; `different` as in `recognised`.
    """
    pairs = (
        earlier.links()
        .join(rows.select("person_key", right_id="record_id"), on="right_id")
        .select("person_key", "case_id")
        .unique()
        .join(cases.select("case_id", closed=pl.col("status").is_in(CLOSED)), on="case_id")
    )
    # a case is one person: the first of those linked to it; the others get cases of their own
    one_person = pairs.sort("case_id", "person_key").unique(
        "case_id", keep="first", maintain_order=True
    )
    # of several cases of one person the open one lives on, then the oldest
    ordered = one_person.sort("person_key", "closed", "case_id")
    apart = {frozenset(pair) for pair in different.iter_rows()}
    case_of: dict[str, int] = {}
    merges: list[tuple[int, int]] = []
    for person, case, _ in ordered.select("person_key", "case_id", "closed").iter_rows():
        into = case_of.setdefault(person, case)
        if into != case and frozenset((into, case)) not in apart:
            merges.append((case, into))
    return Recognised(cases_frame(case_of), tuple(merges))


def cases_frame(case_of: dict[str, int]) -> pl.DataFrame:
    """Return `person_key`, `case_id` of the cases by person."""
    return pl.DataFrame(
        {"person_key": list(case_of), "case_id": list(case_of.values())}, schema=dict(_CASE_OF)
    )


def by_rows(rows: pl.DataFrame, brought: BroughtForward, found: Recognised) -> pl.DataFrame:
    """Recognise people by the very same rows in an earlier run of the month (step 2).

    Returns `person_key`, `case_id` of people and cases that are not in `found`. The state of a case
    does not matter, nor how few cells of a row are filled. Rows written alike are paired in their
    order. All rows of a person together are compared first, then each row.
    """
    free = brought.cases.filter(found.unmerged()).join(found.case_of, on="case_id", how="anti")
    before = brought.of_month.join(free, on="case_id", how="semi")
    now = rows.join(found.case_of, on="person_key", how="anti")
    by_all = in_order(all_writings(now, "person_key"), all_writings(before, "case_id"))
    by_one = in_order(
        with_writing(now.join(by_all, on="person_key", how="anti"), ROW_OF_LIST),
        with_writing(before.join(by_all, on="case_id", how="anti"), ROW_OF_LIST),
    )
    return pl.concat([by_all, by_one])


def _by_particulars(
    found: Recognised,
    rows: pl.DataFrame,
    earlier: Earlier,
    brought: BroughtForward,
    matching: Matching,
) -> Recognised:
    """Recognise people by their particulars (steps 4 and 5)."""
    found = found.and_also(_by_writing(rows, earlier.sightings, brought, found))
    left, right = _unrecognised(rows, earlier.rows, brought.cases, found)
    if left.is_empty() or right.is_empty():
        return found
    decisions = link_tables(left, [right.select(frames.linkable(right))], matching).decisions
    by_tables = (
        decisions.filter(pl.col("decision") == "link")
        .join(left.select("case_id", left_id="record_id"), on="left_id")
        .join(right.select("person_key", right_id="record_id"), on="right_id")
        .sort(-pl.col("match_probability"), "case_id")
        .unique("person_key", keep="first", maintain_order=True)
    )
    return found.and_also(by_tables)


def _by_writing(
    rows: pl.DataFrame, sightings: pl.DataFrame, brought: BroughtForward, found: Recognised
) -> pl.DataFrame:
    """People that the same list writes again letter for letter, and nobody else so (step 4).

    A closed case is theirs only where they are written with a number, or by a verdict on the case.
    """
    free = brought.cases.filter(found.unmerged()).join(found.case_of, on="case_id", how="anti")
    said = brought.verdicts.filter("same")["case_id"].unique().implode()
    firm = ~pl.col("status").is_in(CLOSED) | pl.col("case_id").is_in(said) | shows_number()
    before = written(sightings).join(free.select("case_id", "status"), on="case_id").filter(firm)
    now = written(rows).join(found.case_of, on="person_key", how="anti")
    # a writing must be of one person only among all people
    of_one_case = of_one(written(sightings), "case_id")
    of_one_person = of_one(written(rows), "person_key")
    pairs = (
        now.join(before, on="writing")
        .join(of_one_case, on="writing", how="semi")
        .join(of_one_person, on="writing", how="semi")
    )
    return each_once(pairs.select("person_key", "case_id").unique())


def _unrecognised(
    rows: pl.DataFrame, earlier: pl.DataFrame, cases: pl.DataFrame, found: Recognised
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """LINKABLE of open cases and of people not yet recognised, one row each (step 5).

    The first has `case_id` too, the second `person_key`; a row whose number is proven stands for
    its case or person, of cases the newest, of people the first.
    """
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(False)
    open_cases = _free_open(cases, found)
    left = (
        earlier.join(open_cases, on="case_id", how="semi", maintain_order="left")
        .sort(~proven, "record_id", descending=[False, True])
        .unique("case_id", keep="first", maintain_order=True)
        .sort("case_id")
    )
    right = (
        rows.join(found.case_of, on="person_key", how="anti", maintain_order="left")
        .sort(~proven, "record_id")
        .unique("person_key", keep="first", maintain_order=True)
        .sort("person_key")
    )
    return left, right


def _opened_by_earlier_run(
    found: Recognised,
    rows: pl.DataFrame,
    brought: BroughtForward,
    different: pl.DataFrame,
    matching: Matching,
) -> Recognised:
    """Recognise people as cases of an earlier run of the month, where the writing has changed.

    These cases are compared only by the sightings of the month's lists: so a month that is run
    again on the same files gives the same result.
    """
    opened = brought.cases.filter(pl.col("opened_month") == brought.month)
    sightings = brought.sightings.filter(
        (pl.col("month") == brought.month) & pl.col("case_id").is_in(opened["case_id"].implode())
    ).join(found.case_of, on="case_id", how="anti")
    others = rows.join(found.case_of, on="person_key", how="anti", maintain_order="left")
    if sightings.is_empty() or others.is_empty():
        return found
    earlier = compared(sightings, others.drop("person_key").sort("record_id"), matching)
    again = by_links(earlier, others, opened, different)
    again = _by_particulars(again, others, earlier, replace(brought, cases=opened), matching)
    return found.and_also(again.case_of)


def _free_open(cases: pl.DataFrame, found: Recognised) -> pl.DataFrame:
    """The open cases that no person of the month is recognised as yet."""
    is_open = ~pl.col("status").is_in(CLOSED) & found.unmerged()
    return cases.filter(is_open).join(found.case_of, on="case_id", how="anti")


def void_cases_of(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    found: Recognised,
    brought: BroughtForward,
    matching: Matching,
) -> dict[str, tuple[int, str]]:
    """Return the void case, id and number, of each person of `rows` who has no case, by the same
    steps. Whatever month was taken back counts as this one.
    """
    numbers = brought.void_numbers
    if not numbers:
        return {}
    opened = pl.DataFrame({"case_id": [*numbers]}).with_columns(
        opened_month=pl.lit(brought.month), status=pl.lit("unverified")
    )
    cases = pl.concat([frames.empty(CASE_FILE), opened], how="diagonal")
    sightings = brought.void.with_columns(month=pl.lit(brought.month))
    void = replace(brought, late=False, cases=cases, sightings=sightings, of_month=sightings)
    left = rows.join(found.case_of, on="person_key", how="anti", maintain_order="left")
    earlier = compared(sightings, records, matching)
    nobody = earlier.rows.select("case_id", other="case_id").clear()
    again = recognised(left, earlier, void, nobody, matching).case_of
    return {person: (case_id, numbers[case_id]) for person, case_id in again.iter_rows()}
