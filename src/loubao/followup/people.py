"""The people of a month: those on its lists, and those carried along from earlier months.

People are carried along while their case is open, or the rolls do not have them who ought to be
there, and no list of the month names them. They are screened like all others: a roll may cover
them now, an exclusion may set them aside. They have no rows of this month, so they are linked to
rolls by the rows of earlier lists. So are those who are no case, and whose cover has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.constraints import (
    best_of_pairs,
    constrained,
    different_cases,
    one_person,
    unlinked,
    with_verdicts,
)
from loubao.followup.covered_before import lapsed
from loubao.followup.earlier_exclusions import found_alive, linked_before, remembered
from loubao.followup.ended_cover import off_rolls
from loubao.followup.number_alone import By, written_before
from loubao.followup.other_names import OtherName, names_asked, names_at_a_time, settled_names
from loubao.followup.recognition import (
    EARLIER_FROM,
    Earlier,
    Recognised,
    compared,
    earlier_id,
    recognised,
    void_cases_of,
)
from loubao.followup.shared_numbers import doubted, not_of_both, one_person_a_number
from loubao.ledger.status import UNSETTLED
from loubao.linkage import persons as persons_of
from loubao.rules.folder import Rules
from loubao.screening.candidates import with_rows_elsewhere
from loubao.screening.coverage import covering

_Found: TypeAlias = tuple[pl.DataFrame, Earlier, pl.DataFrame, pl.DataFrame, Recognised]

#: A case of these that no list names is carried along.
_CARRIED = (*UNSETTLED, "eligible", "applied")


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
    on_rolls    case of these → the roll that has it this month, with the word that it covers
    case_rows   `record_id`, `case_id` of all rows whose person has a case; of samples too
    different   `case_id`, `other`: cases that are different people
    decisions   DECISIONS on all people, after verdicts
    lapsed      `person_key` → what a sheet says of those whose cover has ended (`covered_before`)
    other_names `person_key` → the names under their number that the sheet asks about; that on the
                sheet may be among them
    """

    rows: pl.DataFrame
    recognised: Recognised
    void: Mapping[str, tuple[int, str]]
    carried: Mapping[str, int]
    records: pl.DataFrame
    persons: pl.DataFrame
    earlier: Earlier
    on_rolls: Mapping[int, str]
    case_rows: pl.DataFrame
    different: pl.DataFrame
    decisions: pl.DataFrame
    lapsed: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    other_names: Mapping[str, tuple[OtherName, ...]] = field(default_factory=dict)

    @property
    def case_ids(self) -> dict[str, int]:
        """The case of each person that has one."""
        return {**dict(self.recognised.case_of.iter_rows()), **self.carried}

    @property
    def beside_lists(self) -> set[str]:
        """The people whom no list of the month names."""
        return {*self.carried, *self.lapsed}


def people_of_month(
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    brought: BroughtForward,
    rules: Rules,
    as_of: date,
) -> People:
    """Return the people of a month.

    `records` and `decisions` are the RECORDS and DECISIONS of the month alone. Cases that it merges
    are read as merged already, as every later run of the month reads them: all come to the same.
    """
    # 1. the people, and the case of each
    ended = lapsed(brought, records, rules)
    records, decisions = ended.beside(records, decisions)
    brought, of_month = _merged(records, decisions, brought, rules)
    decided, earlier, different, rows, found = of_month

    # 2. the people on no list
    on_rolls = _on_rolls(earlier, records, rules)
    carried = _carried(brought, found, off_rolls(brought, on_rolls, rules, as_of), records)
    settled = settled_names(brought.sightings, brought.verdicts)
    alike = _written_alike(rows, records, earlier, found, ("own list", settled))
    # who is dead or gone by name and number is so on every list; a roll may be a relative's
    gone = _written_alike(rows, records, earlier, found, ("any list", settled))

    # 3. what exclusion lists of earlier months said
    people = rows.select("record_id", "person_key")
    everybody = pl.concat([records, carried.drop("case_id", "person_key")])
    persons = pl.concat([people, carried.select("record_id", "person_key")])
    of_carried = _decisions_of_earlier(earlier, carried, records)
    of_alike = _decisions_of_alike(earlier, alike, gone, records)
    every_decision = best_of_pairs([decided, of_carried, of_alike])
    seen = found_alive(brought, found.case_of, carried, rules.screening.exclusions)
    known = everybody, persons, every_decision
    every_decision, said_before = _excluded_before(known, gone, brought, seen, rules)
    everybody = pl.concat([everybody, said_before], how="diagonal")
    both = names_at_a_time(pl.concat([rows, carried.select(rows.columns)]), settled)
    every_decision = not_of_both(every_decision, persons, both, everybody, rules.matching)

    # 4. verdicts on rows of rolls and exclusions
    case_rows = _case_rows(earlier, people, carried, found, brought.checked)
    asked = with_rows_elsewhere(every_decision, everybody)
    return People(
        rows=rows,
        recognised=found,
        void=void_cases_of(rows, records, found, brought, rules.matching),
        carried=dict(carried.select("person_key", "case_id").iter_rows()),
        records=everybody,
        persons=persons,
        earlier=earlier,
        on_rolls=on_rolls,
        case_rows=case_rows,
        different=different,
        decisions=with_verdicts(asked, brought.verdicts, case_rows, everybody),
        lapsed=ended.lines(rows),
        other_names=names_asked(
            (rows, records, carried), (alike, settled, both), earlier, brought, found
        ),
    )


def _merged(
    records: pl.DataFrame, decisions: pl.DataFrame, brought: BroughtForward, rules: Rules
) -> tuple[BroughtForward, _Found]:
    """The ledger as it is read once the month's merges are posted, and what is recognised then."""
    merges: tuple[tuple[int, int], ...] = ()
    while True:
        of_month = _recognised(records, decisions, brought, rules)
        found = of_month[-1]
        if not found.merges:
            return brought, (*of_month[:-1], replace(found, merges=merges))
        merges += found.merges
        brought = brought.with_merges(found.merges)


def _on_rolls(earlier: Earlier, records: pl.DataFrame, rules: Rules) -> dict[int, str]:
    rows = records.select("list", right_id="record_id")
    covers = covering(records, rules).join(rows, on="right_id")
    found = earlier.links().join(covers, on="right_id").group_by("case_id")
    return dict(found.agg(pl.col("list").min()).iter_rows())


def _decisions_of_alike(
    earlier: Earlier, alike: pl.DataFrame, gone: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """The links of earlier writings: of `alike` with all rolls and exclusions of `records`, of
    `gone` with exclusions alone.
    """
    exclusions = records.filter(pl.col("role") == "exclusion")
    parts = [
        _decisions_of_earlier(earlier, alike, records),
        _decisions_of_earlier(earlier, gone, exclusions),
    ]
    return pl.concat(parts).filter(pl.col("decision") == "link")


def _recognised(
    records: pl.DataFrame, decisions: pl.DataFrame, brought: BroughtForward, rules: Rules
) -> _Found:
    """DECISIONS of the month after verdicts on cases, the people of earlier months, the cases that
    are different people, the source rows with `person_key`, and whose case is whose.
    """
    # people of earlier months, compared with the month's records
    before_month = brought.sightings.filter(pl.col("month").ne_missing(brought.month))
    decisions = doubted(decisions, records, before_month, rules.matching)
    settled = settled_names(brought.sightings, brought.verdicts)
    decisions = one_person_a_number(records, decisions, rules, brought.sightings, settled)
    earlier = compared(before_month, records, rules.matching)

    # verdicts on pairs of cases: rows of different people apart, rows of one person together
    different = different_cases(brought.verdicts, brought.merged)
    decisions = unlinked(decisions, earlier, different)
    rows = _rows_of_persons(records, decisions)
    together = one_person(rows, earlier, brought.sightings, brought.origins)
    if together.height:
        decisions = constrained(decisions, together)
        decisions = one_person_a_number(records, decisions, rules, brought.sightings, settled)
        rows = _rows_of_persons(records, decisions)
    found = recognised(rows, earlier, brought, different, rules.matching)
    return decisions, earlier, different, rows, found


def _excluded_before(
    people: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
    alike: pl.DataFrame,
    brought: BroughtForward,
    seen: pl.DataFrame,
    rules: Rules,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """DECISIONS on all people, with those on rows of earlier exclusion lists, and these RECORDS.

    `people` are their RECORDS, their `record_id` and `person_key`, and DECISIONS on them; `alike`
    as in `_written_alike`, `seen` as in `linked_before`.
    """
    everybody, persons, decisions = people
    # a writing of an earlier month is on a list of its own: two spellings are not two people there
    apart = alike.with_columns(list=pl.format("{} {}", "list", "name_key"))
    # so is one of a person carried along: that the list has somebody in full settles no other
    unproven = ~pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(value=False)
    carried = (pl.col("record_id") >= EARLIER_FROM) & unproven
    own = pl.when(carried).then(pl.format("{} {}", "list", "record_id")).otherwise("list")
    of_month = everybody.with_columns(list=own)
    rows = pl.concat([of_month, apart.drop("first_row", "case_id")], how="diagonal")
    said_before = linked_before(
        remembered(brought.exclusions, brought.month, everybody, rules.screening.exclusions),
        rows,
        pl.concat([persons, alike.select("record_id", "person_key")]),
        decisions,
        seen,
        rules,
    )
    links = doubted(said_before.decisions, rows, brought.sightings, rules.matching)
    first_rows = dict(alike.select("record_id", "first_row").iter_rows())
    of_rows = links.with_columns(pl.col("left_id").replace(first_rows).cast(pl.UInt64))
    return best_of_pairs([decisions, of_rows]), said_before.records


def _written_alike(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    earlier: Earlier,
    found: Recognised,
    by: tuple[By, pl.DataFrame],
) -> pl.DataFrame:
    """Earlier writings of people whom their list (or any, as `by` says, which also has the names
    settled as one) wrote under the same number before.

    LINKABLE, `case_id`, `person_key`, and `first_row`: the person's first row of the month. Where
    the name is masked now, what links the writing of then with a roll or exclusion links the
    person.
    """
    theirs = written_before(found.case_of, rows, records, earlier.sightings, *by)
    first_rows = rows.group_by("person_key").agg(first_row=pl.col("record_id").min())
    own = earlier.rows.with_columns(role=pl.lit("source"), qualifies=pl.lit(True))
    return own.join(
        theirs.join(first_rows, on="person_key"), on=["case_id", "id_number"], maintain_order="left"
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


def _carried(
    brought: BroughtForward, found: Recognised, off: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """Source rows of the people carried along, with `person_key`, `case_id`.

    One row for each list that named them before, with the columns of the month's `records`. A
    column that the ledger does not keep is null.
    """
    columns = dict(records.schema)
    waiting = _waiting(brought, found, off).select("case_id")
    latest = (
        brought.sightings.join(waiting, on="case_id", how="semi")
        .sort("sighting_id")
        .unique(["case_id", "list"], keep="last", maintain_order=True)
    )
    key = pl.format("L{}", pl.col("case_id").cast(pl.String).str.zfill(6))
    return (
        frames.source_rows(latest, columns, earlier_id())
        .select(*columns, "case_id")
        .with_columns(person_key=key)
    )


def _waiting(brought: BroughtForward, found: Recognised, off: pl.DataFrame) -> pl.DataFrame:
    """The cases to carry along: open, `kept` or `off` the rolls, of nobody on the month's lists."""
    if brought.late:
        return brought.cases.clear()
    kept = [*brought.kept, *off["case_id"]]
    to_verify = pl.col("status").is_in(_CARRIED) | pl.col("case_id").is_in(kept)
    return brought.cases.filter(to_verify & ~untouched(brought)).join(
        found.case_of, on="case_id", how="anti"
    )


def _decisions_of_earlier(
    earlier: Earlier, people: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """DECISIONS of earlier writings with the rolls and exclusions of the month's `records`.

    A link of any writing of a case counts for one row: the first of the case in `people`, that
    which `first_row` names where there is one.
    """
    row = "first_row" if "first_row" in people.columns else "record_id"
    first_row = people.group_by("case_id").agg(row=pl.col(row).min())
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


def _case_rows(
    earlier: Earlier,
    people: pl.DataFrame,
    carried: pl.DataFrame,
    found: Recognised,
    checked: frozenset[int],
) -> pl.DataFrame:
    """`record_id`, `case_id` of all rows whose person has a case; of samples too."""
    of_samples = _rows_of_samples(earlier, people, checked)
    parts = (people.join(found.case_of, on="person_key"), carried, of_samples)
    return pl.concat([each.select("record_id", "case_id") for each in parts])


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
