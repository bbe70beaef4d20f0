"""Dispositions: what a month decides for every case and for every person who has none yet.

    on the month's sheets, and answered or the month late   → as before (`BroughtForward.kept`)
    in the ledger otherwise, the month late                 → spared
    to be enrolled, or returned and nobody else is named    → office
    open, named by a list                                   → open
    open, named by no list                                  → carried
    on a roll, and no more or not in time (no list)        → back
    closed, and under another name now                      → back: the sheet asks who it is
    found not eligible, as an exclusion list would say      → excluded, unless a new list of those
     (the village writes that the person has died)            that are only flagged names the person
    found not eligible otherwise                            → spared within the window of a refusal,
                                                              unless a new list names the person, or
                                                              the cover that was the reason is gone
    enrolled, reported by the village                       → spared as long as a roll may take
    closed otherwise, named again                           → back
    no case yet, or one that was taken back (void)          → new
    on a roll in full                                       → covered
    set aside by an exclusion list                          → excluded
    opened by an earlier run of the month, not named now    → withdrawn

Each disposition comes with the events that it means for the case. Their order is that of the
sheets.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core.events import Disposition, Event, Kind, Naming, NewCase, Place
from loubao.followup.brought_forward import BroughtForward, reconciled
from loubao.followup.case_words import within
from loubao.followup.earlier_exclusions import confirmed_exclusion
from loubao.followup.ended_cover import confirmed_by_rolls, ended_cover, rolls_of_people
from loubao.followup.other_names import OtherName, others_on_sheet, taken_boxes
from loubao.followup.people import People, untouched
from loubao.followup.referrals import spot_of
from loubao.followup.sheet_notes import Again, about_names, against_exclusions, sheet_note
from loubao.ledger.case_file import place_of
from loubao.ledger.numbering import Numbering
from loubao.ledger.office_work import Work
from loubao.ledger.status import CLOSED
from loubao.rules.folder import Rules
from loubao.rules.screening import FollowUp
from loubao.screening.cases import Found
from loubao.screening.coverage import covering_rolls
from loubao.screening.households import homes_before

#: On the sheets of the month.
SENT_OUT: tuple[Disposition, ...] = ("new", "open", "carried", "back")


def disposition_of_named(
    case: Mapping[str, Any],
    new_lists: Sequence[str],
    month: str,
    as_of: dt.date,
    policy: FollowUp,
) -> tuple[Disposition, str | None]:
    """Return the disposition of a case on a list and on no roll, and the reason if it is reopened.

    The reason is None where it is not reopened. `case` is a row of CASE_FILE; `new_lists` as
    `lists_since` returns them. `policy` gives for how many months a refusal holds, and how many
    months a roll may take to show a person reported by a village as enrolled.

    >>> from types import SimpleNamespace
    >>> policy = SimpleNamespace(refusal_months=12, enrolled_months=2)
    >>> refused = {"opened_month": "2022-03", "status": "ineligible", "closed_on": "2022-05-20"}
    >>> def decided(case, new_lists, as_of):
    ...     day = dt.date.fromisoformat(as_of)
    ...     return disposition_of_named(case, new_lists, as_of[:7], day, policy)
    >>> decided({**refused, "status": "difficult"}, [], "2022-06-30")
    ('open', None)
    >>> decided(refused, [], "2022-06-30"), decided(refused, ["disability"], "2022-06-30")
    (('spared', None), ('back', 'new_list'))
    >>> decided(refused, [], "2023-05-31")
    ('back', 'window_over')
    >>> enrolled = {**refused, "status": "enrolled", "reason": None}
    >>> decided(enrolled, [], "2022-06-30"), decided(enrolled, [], "2022-07-31")
    (('spared', None), ('back', 'unseen'))
    >>> decided({**enrolled, "reason": "roll"}, [], "2022-06-30")
    ('back', 'off_roll')
    >>> closed = {**refused, "status": "closed"}
    >>> [decided({**closed, "reason": why}, [], "2022-06-30")[1] for why in ("excluded", "covered")]
    ['set_aside', 'named']
    """
    status = case["status"]
    first: Disposition | None = "new" if case["opened_month"] == month else None
    if status not in CLOSED:
        return first or "open", None
    if status == "ineligible" and within(case["closed_on"], policy.refusal_months, as_of):
        return ("back", "new_list") if new_lists else ("spared", None)
    if status == "ineligible":
        return "back", "window_over"
    if status == "enrolled" and case["reason"] != "roll":
        if within(case["closed_on"], policy.enrolled_months, as_of):
            return "spared", None
        return "back", "unseen"
    if status == "enrolled":
        return first or "back", "off_roll"
    return first or "back", "set_aside" if case["reason"] == "excluded" else "named"


def lists_since(
    case: Mapping[str, Any], lists: Sequence[str], merged: Iterable[str] = ()
) -> list[str]:
    """Return the lists that name the person now and did not when the answer was given.

    `merged` are those that were known then of cases merged into this one.

    >>> case = {"answered_lists": '["medical"]', "lists": '["children", "medical"]'}
    >>> lists_since(case, ["children", "medical"])
    ['children']
    >>> lists_since({**case, "answered_lists": None}, ["children", "medical"])
    []
    >>> lists_since(case, ["children", "medical"], {"children"})
    []
    """
    before = {*json.loads(case["answered_lists"] or case["lists"]), *merged}
    return [name for name in lists if name not in before]


@dataclass(frozen=True)
class Decided:
    """The decisions of a month for all people.

    cases      CASES sent out, with `news` (the text on the sheet about an earlier case)
    case_ids   `person_key` → case, of everybody who has one now
    opened     new cases
    events     what is to be posted, after what an earlier run of the month posted
    naming     lists and disposition of each case
    places     where cases belong that are sent out or named by more lists than before
    waiting    `person_key` → case, of those that are the office's
    asked      `person_key` → the other names that the line asks about (是否同一人)
    of_office  `person_key` → what the office is asked about other names
    numbering  goes on after the new cases
    """

    cases: pl.DataFrame
    case_ids: dict[str, int]
    opened: tuple[NewCase, ...]
    events: tuple[Event, ...]
    naming: tuple[Naming, ...]
    places: tuple[Place, ...]
    waiting: dict[str, int]
    asked: dict[str, tuple[OtherName, ...]]
    of_office: dict[str, str]
    numbering: Numbering

    @property
    def on_sheets(self) -> set[int]:
        """The cases that the month sends out."""
        return {each.case_id for each in self.naming if each.disposition in SENT_OUT}


def decided(
    found: Found, people: People, brought: BroughtForward, rules: Rules, as_of: dt.date
) -> Decided:
    """Return the decisions of the month for all people; `found` are the uncovered ones."""
    month = _Month(found, people, brought, rules, as_of)
    for case, into in people.recognised.merges:
        month.add_event(case, "merged", into=into)
    lines = [month.uncovered(row) for row in found.cases.iter_rows(named=True)]
    uncovered = set(found.cases["person_key"])
    for person in month.outcomes:
        if person not in uncovered and person in month.case_ids:
            month.settled(person)
    month.events += confirmed_by_rolls(brought, people.on_rolls, as_of)
    month.withdraw()
    cases = found.cases.with_columns(
        case_no=pl.Series([case_no for case_no, _ in lines], dtype=pl.String),
        news=pl.Series([note for _, note in lines], dtype=pl.String),
    ).drop_nulls("case_no")
    return Decided(
        cases=cases,
        case_ids=month.case_ids,
        opened=tuple(month.opened),
        events=tuple(reconciled(month.events, brought.revised, as_of.isoformat())),
        naming=tuple(month.naming[case] for case in sorted(month.naming)),
        places=tuple(month.places(cases)),
        waiting=month.waiting,
        of_office=about_names(month.other_names, month.waiting, rules),
        asked={p: names for p, names in month.other_names.items() if p not in month.taken},
        numbering=month.numbering,
    )


class _Month:
    """The dispositions of a month and their events, gathered person by person."""

    def __init__(
        self, found: Found, people: People, brought: BroughtForward, rules: Rules, as_of: dt.date
    ) -> None:
        self.brought, self.rules, self.as_of = brought, rules, as_of
        self.carried, self.case_ids = people.carried, people.case_ids
        self.unnamed = people.beside_lists
        self.void = people.void
        self.merged = {case for case, _ in people.recognised.merges}
        cases = brought.cases.filter(pl.col("case_id").is_in(list(self.case_ids.values())))
        self.cases = {row["case_id"]: row for row in cases.iter_rows(named=True)}
        self.lists: dict[str, list[str]] = {}
        self.outcomes: dict[str, set[str]] = {}
        outcomes = found.outcomes.select("person_key", "list", "outcome")
        for person, name, outcome in outcomes.iter_rows():
            self.lists.setdefault(person, []).append(name)
            self.outcomes.setdefault(person, set()).add(outcome)
        excluded = found.outcomes.filter(pl.col("outcome") == "excluded")
        self.excluded_because = dict(excluded.select("person_key", "outcome_because").iter_rows())
        self.other_names = others_on_sheet(found, people.other_names)
        self.against = against_exclusions(found.rows, people, rules)
        about = (found.rows, people.records, people.decisions)
        self.taken = taken_boxes(self.other_names, about, rules)
        self.rolls, self.on_rolls = covering_rolls(*about, rules), rolls_of_people(*about)
        self.homes = homes_before(
            found.rows, found.cases, brought.sightings, brought.cases, rules.screening.house
        )
        self.numbering = Numbering(brought.next_case, brought.numbers, rules.villages)
        self.opened: list[NewCase] = []
        self.events: list[Event] = []
        self.naming: dict[int, Naming] = {}
        self.waiting: dict[str, int] = {}

    def add_event(self, case: int, kind: Kind, **detail: Any) -> None:
        self.events.append(Event(case, kind, self.as_of.isoformat(), detail))

    def uncovered(self, row: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Decide for an uncovered person (a row of `Found.cases`).

        Returns the case number (None for a person who is not sent out) and the text on the sheet.
        """
        person = row["person_key"]
        case_id = self.case_ids.get(person)
        if case_id is None:
            case_id, case_no = self.void.get(person) or self._open(row["town"])
            self.case_ids[person] = case_id
            self.add_event(case_id, "opened", lists=self.lists[person])
            self._name(person, case_id, "new")
            first = {"status": "unverified", "opened_month": self.brought.month}
            return case_no, sheet_note("new", first, self._again(person, None, ()), self.rules)
        case, lists = self.cases[case_id], self.lists[person]
        new_lists = lists_since(case, lists, self.brought.named_merged.get(case_id, ()))
        work = self.brought.work.get(case_id, Work())
        home = spot_of(row, self.rules.sheets.unknown)
        if work.is_offices(case["status"], home) and not self.brought.late:
            self.waiting[person] = case_id
        disposition, reason = self._disposition(person, case, new_lists)
        self._name(person, case_id, disposition)
        if reason:
            self.add_event(case_id, "reopened", reason=reason, lists=new_lists or lists)
        again = self._again(person, reason, new_lists or lists, case)
        note = sheet_note(disposition, case, again, self.rules)
        return case["case_no"] if disposition in (*SENT_OUT, "office") else None, note

    def _again(
        self,
        person: str,
        reason: str | None,
        lists: Sequence[str],
        case: Mapping[str, Any] | None = None,
    ) -> Again:
        work = self.brought.work.get(case["case_id"], Work()) if case else Work()
        return Again(
            reason,
            lists,
            self.other_names.get(person, ()),
            self.against.get(person),
            work,
            is_asked=person not in self.taken,
            roll=self._ended(person, case) if case else None,
        )

    def _open(self, town: str | None) -> tuple[int, str]:
        """A new case: its id and its number."""
        new = self.numbering.opened(town, self.as_of.year)
        self.opened.append(new)
        return new.case_id, new.case_no

    def _disposition(
        self, person: str, case: Mapping[str, Any], new_lists: list[str]
    ) -> tuple[Disposition, str | None]:
        brought, case_id = self.brought, case["case_id"]
        if case_id in brought.kept:
            return brought.dispositions[case_id], None
        if brought.late:
            return "spared", None
        if person in self.waiting:
            return "office", None
        if person in self.carried and case["status"] not in CLOSED:
            return "carried", None
        if case["status"] in CLOSED and person in self.other_names:
            return "back", "other_name"
        confirmed = confirmed_exclusion(case, self.rules)
        if confirmed is not None:
            again = any(name in confirmed.flag_for for name in new_lists)
            return ("back", "new_list") if again else ("excluded", None)
        ended = person in self.carried and case["reason"] == "covered"
        if not new_lists and (ended or self._ended(person, case)):
            return "back", "off_roll"
        policy = self.rules.screening.follow_up
        return disposition_of_named(case, new_lists, brought.month, self.as_of, policy)

    def _ended(self, person: str, case: Mapping[str, Any]) -> str | None:
        """The roll for which a person was refused and that has them no more."""
        shown = self.brought.aided.get(case["case_id"], ())
        return ended_cover(case, shown, self.on_rolls.get(person, ()), self.rules)

    def settled(self, person: str) -> None:
        """Decide for a person with a case who is covered or set aside."""
        case_id = self.case_ids[person]
        case = self.cases[case_id]
        is_closed = case["status"] in CLOSED
        if is_closed and person in self.carried and case_id not in self.brought.kept:
            return  # nothing is news: a roll has them by what somebody said, or they are dead
        covered = "covered" in self.outcomes[person]
        self._name(person, case_id, "covered" if covered else "excluded")
        if is_closed or self.brought.late:
            return
        if not covered:
            because = self.excluded_because[person]
            self.add_event(case_id, "closed", reason="excluded", because=because)
        elif case["opened_month"] == self.brought.month and case["answered_on"] is None:
            # the roll's file came late
            self.add_event(case_id, "closed", reason="covered", list=self.rolls.get(person))
        else:
            shown = {"list": self.rolls.get(person), "month": self.brought.month}
            self.add_event(case_id, "enrolled", by="roll", **shown)

    def withdraw(self) -> None:
        """Close cases that an earlier run of the month opened for people that no list names now."""
        for case_id in self.brought.cases.filter(untouched(self.brought))["case_id"]:
            if case_id not in self.naming and case_id not in self.merged:
                self.add_event(case_id, "closed", reason="withdrawn")
                self.naming[case_id] = Naming(case_id, (), "withdrawn")

    def _name(self, person: str, case_id: int, disposition: Disposition) -> None:
        lists = () if person in self.unnamed else tuple(sorted(self.lists[person]))
        self.naming[case_id] = Naming(case_id, lists, disposition)

    def places(self, cases: pl.DataFrame) -> Iterable[Place]:
        """Give the place of every case sent out, and all lists that ever named a person.

        `cases` are those sent out. A late month moves no case that is in the ledger: later months
        have placed it already.
        """
        sent = {row["person_key"]: row for row in cases.iter_rows(named=True)}
        households = self._households(sent.values())
        unknown = self.rules.sheets.unknown
        for person in self.outcomes:
            case_id = self.case_ids.get(person)
            if case_id is None:
                continue
            case = self.cases.get(case_id)
            before = set(json.loads(case["lists"])) if case else set()
            lists = tuple(sorted(before | set(self.lists[person])))
            row = sent.get(person)
            if row is not None and not (case and self.brought.late):
                yield place_of(case_id, row, households[row["household"]], lists, unknown)
            elif case and lists != tuple(sorted(before)):
                home = (case["town"], case["village"], case["village_code"], case["household"])
                yield Place(case_id, *home, lists)

    def _households(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """A name for each household of the month: the one it has, else its first case."""
        members: dict[str, list[int]] = {}
        for row in rows:
            members.setdefault(row["household"], []).append(self.case_ids[row["person_key"]])
        names: dict[str, str] = {}
        for household, case_ids in members.items():
            had = [self.cases[case]["household"] for case in case_ids if case in self.cases]
            existing = [name for name in (*had, self.homes.get(household)) if name]
            names[household] = min(existing, default=f"H{min(case_ids):07}")
        return names
