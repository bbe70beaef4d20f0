"""The people of a month: those on its lists, and those carried along from earlier months.

People are carried along while their case is open and no list of the month names them. They are
screened like all others: a roll may cover them now, an exclusion may set them aside. They have no
rows of this month, so they are linked to rolls by the rows of earlier lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from loubao.core import frames
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.constraints import (
    constrained,
    different_cases,
    one_person,
    unlinked,
    with_verdicts,
)
from loubao.followup.earlier_exclusions import linked_before, remembered
from loubao.followup.recognition import (
    Earlier,
    Recognised,
    cases_frame,
    compared,
    earlier_id,
    recognised,
)
from loubao.ledger.case_file import CASE_FILE
from loubao.ledger.status import UNSETTLED
from loubao.linkage import persons as persons_of
from loubao.rules.folder import Rules
from loubao.rules.matching import Matching
from loubao.screening.annotations import CASE_ROW

#: A case of these that no list names is carried along.
_CARRIED = (*UNSETTLED, "eligible", "applied")
#: Answers of a village that has met the person there.
_SEEN = ("eligible", "applied")


@dataclass(frozen=True)
class People:
    """The people of a month beside the ledger.

    rows        source RECORDS of the month with `person_key`
    recognised  which case each of these people is
    void        `person_key` → the case (id, number) that a posting had opened for a person without
                one, before it was taken back
    carried     `person_key` → case, of the people who are carried along
    records     RECORDS of the month, rows of the people carried along, and rows of earlier
                exclusion lists that still hold (`said_in`: the month whose list it was)
    persons     `record_id`, `person_key` of all people
    earlier     people of earlier months, compared with the month's records
    case_rows   `record_id`, `case_id` of all rows whose person has a case; of samples too
    different   `case_id`, `other`: cases that are different people
    decisions   DECISIONS on all people, after verdicts
    """

    rows: pl.DataFrame
    recognised: Recognised
    void: Mapping[str, tuple[int, str]]
    carried: Mapping[str, int]
    records: pl.DataFrame
    persons: pl.DataFrame
    earlier: Earlier
    case_rows: pl.DataFrame
    different: pl.DataFrame
    decisions: pl.DataFrame

    @property
    def case_ids(self) -> dict[str, int]:
        """The case of each person that has one."""
        return {**dict(self.recognised.case_of.iter_rows()), **self.carried}


def people_of_month(
    records: pl.DataFrame, decisions: pl.DataFrame, brought: BroughtForward, rules: Rules
) -> People:
    """Return the people of a month.

    `records` and `decisions` are the RECORDS and DECISIONS of the month alone.
    """
    # 1. people of earlier months, compared with the month's records
    before_month = brought.sightings.filter(pl.col("month").ne_missing(brought.month))
    earlier = compared(before_month, records, rules.matching)

    # 2. verdicts on pairs of cases: rows of different people apart, rows of one person together
    different = different_cases(brought.verdicts, brought.merged)
    decisions = unlinked(decisions, earlier, different)
    rows = _rows_of_persons(records, decisions)
    together = one_person(rows, earlier, brought.sightings, brought.origins)
    if together.height:
        decisions = constrained(decisions, together)
        rows = _rows_of_persons(records, decisions)

    # 3. the case of each person, and the people on no list
    found = recognised(rows, records, earlier, brought, different, rules.matching)
    carried = _carried(brought, found, dict(records.schema))

    # 4. what exclusion lists of earlier months said
    people = rows.select("record_id", "person_key")
    everybody = pl.concat([records, carried.drop("case_id", "person_key")])
    persons = pl.concat([people, carried.select("record_id", "person_key")])
    every_decision = pl.concat([decisions, _decisions_of_carried(earlier, carried, records)])
    said_before = linked_before(
        remembered(brought.exclusions, brought.month, records, rules.screening.exclusions),
        everybody,
        persons,
        every_decision,
        _found_alive(brought, found, carried),
        rules,
    )
    everybody = pl.concat([everybody, said_before.records], how="diagonal")

    # 5. verdicts on rows of rolls and exclusions
    case_rows = pl.concat(
        [
            people.join(found.case_of, on="person_key").select("record_id", "case_id"),
            carried.select("record_id", "case_id"),
            _rows_of_samples(earlier, people, brought.checked),
        ]
    )
    every_decision = pl.concat([every_decision, said_before.decisions])
    return People(
        rows=rows,
        recognised=found,
        void=_void_cases(rows, records, found, brought, rules.matching),
        carried=dict(carried.select("person_key", "case_id").iter_rows()),
        records=everybody,
        persons=persons,
        earlier=earlier,
        case_rows=case_rows,
        different=different,
        decisions=with_verdicts(every_decision, brought.verdicts, case_rows, everybody),
    )


def _void_cases(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    found: Recognised,
    brought: BroughtForward,
    matching: Matching,
) -> dict[str, tuple[int, str]]:
    """Return the void case, id and number, of each person of `rows` who has no case.

    A void case was opened by a posting that was taken back; its person gets the same number again.
    People are recognised by the same steps, and whatever month was taken back counts as this one.
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
    again = recognised(left, records, earlier, void, nobody, matching).case_of
    return {person: (case_id, numbers[case_id]) for person, case_id in again.iter_rows()}


def _found_alive(brought: BroughtForward, found: Recognised, carried: pl.DataFrame) -> pl.DataFrame:
    """`person_key`, `answered_on` of people whom a village has seen, by its answer in force."""
    of_persons = pl.concat([found.case_of, carried.select(*found.case_of.columns).unique()])
    return (
        brought.cases.filter(pl.col("status").is_in(_SEEN))
        .join(of_persons, on="case_id")
        .drop_nulls("answered_on")
        .select("person_key", "answered_on")
    )


def _rows_of_persons(records: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Source RECORDS with `person_key`: rows linked with each other are one person."""
    return persons_of(records, decisions).join(records, on="record_id", maintain_order="left")


def untouched(brought: BroughtForward) -> pl.Expr:
    """Return whether a case was opened by an earlier run of the month and has no event since."""
    return (
        (pl.col("opened_month") == brought.month)
        & (pl.col("opened_by") == "month")
        & (pl.col("status") == "unverified")
        & (pl.lit(not brought.late))
    )


def _carried(brought: BroughtForward, found: Recognised, columns: frames.Schema) -> pl.DataFrame:
    """Source rows of the people carried along, with `person_key`, `case_id`.

    One row for each list that named them before; `columns` are those of the month's records. A
    column that the ledger does not keep is null.
    """
    waiting = _waiting(brought, found).select("case_id")
    latest = (
        brought.sightings.join(waiting, on="case_id", how="semi")
        .sort("sighting_id")
        .unique(["case_id", "list"], keep="last", maintain_order=True)
    )
    given = {
        "record_id": earlier_id(),
        "role": pl.lit("source"),
        "qualifies": pl.lit(True),
        "file": pl.lit(""),
        "sheet": pl.lit(""),
        "member": pl.lit(0, pl.UInt32),
    }
    values = {**{name: pl.col(name) for name in latest.columns}, **given}
    return latest.select(
        *(values.get(name, pl.lit(None, dtype)).alias(name) for name, dtype in columns.items()),
        "case_id",
        person_key=pl.format("L{}", pl.col("case_id").cast(pl.String).str.zfill(6)),
    )


def _waiting(brought: BroughtForward, found: Recognised) -> pl.DataFrame:
    """The cases to carry along: open or `kept`, and of no person on the month's lists."""
    if brought.late:
        return brought.cases.clear()
    to_verify = pl.col("status").is_in(_CARRIED) | pl.col("case_id").is_in(brought.kept)
    return brought.cases.filter(to_verify & found.unmerged() & ~untouched(brought)).join(
        found.case_of, on="case_id", how="anti"
    )


def _decisions_of_carried(
    earlier: Earlier, carried: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """DECISIONS of the people carried along with the rolls and exclusions of the month's `records`.

    A link of any writing of a person counts for the first of the person's rows.
    """
    first_row = carried.group_by("case_id").agg(row=pl.col("record_id").min())
    others = records.filter(pl.col("role") != "source").select(right_id="record_id")
    return (
        earlier.decisions.join(earlier.rows.select("case_id", left_id="record_id"), on="left_id")
        .join(first_row, on="case_id", maintain_order="left")
        .join(others, on="right_id", how="semi", maintain_order="left")
        .with_columns(left_id="row")
        .sort(pl.col("decision") == "link", descending=True, maintain_order=True)
        .unique(["left_id", "right_id"], keep="first", maintain_order=True)
        .select(*frames.DECISIONS)
    )


def _rows_of_samples(
    earlier: Earlier, people: pl.DataFrame, checked: frozenset[int]
) -> pl.DataFrame:
    """`record_id`, `case_id` of people whose links were checked in earlier months.

    Their cases are no leads, but the verdict on the link holds.
    """
    return (
        earlier.links()
        .filter(pl.col("case_id").is_in(checked))
        .join(people.select(right_id="record_id"), on="right_id", how="semi")
        .select(record_id="right_id", case_id="case_id")
        .unique()
        .sort("record_id", "case_id")
    )


def earlier_case_rows(
    people: People, brought: BroughtForward, case_ids: Mapping[str, int], rules: Rules
) -> pl.DataFrame:
    """Return CASE_ROW of all people of earlier months: as a person of this month or as a past case.

    `case_ids` are the cases of the month's people.
    """
    statuses = rules.screening.follow_up.statuses
    cases = brought.cases.select(
        "case_id",
        "case_no",
        standing=pl.col("status").replace_strict(statuses, return_dtype=pl.String),
    )
    return (
        people.earlier.rows.select("record_id", "case_id")
        .join(cases, on="case_id")
        .join(cases_frame(dict(case_ids)), on="case_id", how="left")
        .with_columns(
            standing=pl.when(pl.col("person_key").is_null()).then("standing"),
            person_key=pl.coalesce(
                "person_key", pl.format("C{}", pl.col("case_id").cast(pl.String))
            ),
        )
        .select(*CASE_ROW)
    )
