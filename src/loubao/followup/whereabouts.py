"""Whereabouts: what the ledger knows of a person who was asked for, case by case.

A case is a person's where the sheets of the month say so, where one of its sightings has a proven
number of the person, or, without a proven number on one of the two sides, where name and village
are the same and only one of the people asked for has them. A case that belongs to nobody of the
month is somebody whom the month did not name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from loubao.core.events import Disposition, Edition, Event
from loubao.core.frames import PROVEN_STATUSES
from loubao.followup.case_words import months_after
from loubao.followup.dispositions import SENT_OUT
from loubao.ledger import lookup
from loubao.ledger.case_file import dispositions
from loubao.ledger.editions import all_editions
from loubao.ledger.exclusions import exclusions_before
from loubao.ledger.postings import events_of
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import VOID, merged_into, standing
from loubao.rules.folder import Rules
from loubao.screening.inquiry import Inquiry, Person

#: The answer of a village that says why somebody is not eligible (`key` of a column of the sheet).
_WHY_NOT = "why_not"


@dataclass(frozen=True)
class Cases:
    """The cases of the people asked for.

    of_people  for each of the people, in their order, the cases, oldest first
    others     cases of nobody of the month, a person each: the cases that live on in one
    """

    of_people: tuple[tuple[int, ...], ...]
    others: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Whereabouts:
    """The ledger as one month of it looks at cases; `month` is that of the output ("2022-06")."""

    connection: Connection
    month: str
    rules: Rules

    @cached_property
    def _decided(self) -> dict[int, Disposition]:
        return dispositions(self.connection, self.month)

    @cached_property
    def _editions(self) -> dict[int, Edition]:
        return all_editions(self.connection)

    def cases(self, people: Sequence[Person], asked: Inquiry | None) -> Cases:
        """Return the cases of people of the month, and those that only the ledger knows."""
        names = {asked.key} if asked and asked.kind == "name" else set()
        numbers = {asked.key} if asked and asked.kind == "id_number" else set()
        names |= {name for one in people for name in one.rows["name_key"].drop_nulls()}
        numbers |= {number for one in people for number in one.numbers}
        sightings = lookup.sighted(self.connection, numbers, names)
        merged = merged_into(self.connection)
        found: list[set[int]] = [set() for _ in people]
        for at, one in enumerate(people):
            if one.case_no:
                found[at] |= set(self.numbered(one.case_no))
        unowned: set[int] = set()
        for row in sightings:
            owners = [at for at, one in enumerate(people) if _is_of(row, one)]
            if len(owners) == 1:
                found[owners[0]].add(row["case_id"])
            elif asked is not None and asked.key in (row["name_key"], row["id_number"]):
                unowned.add(row["case_id"])
        found = [_with_merges(cases, merged) for cases in found]
        unowned -= set().union(*found)
        lives_on: dict[int, set[int]] = {}
        for case in unowned:
            lives_on.setdefault(merged.get(case, case), set()).update(
                {case, merged.get(case, case)}
            )
        return Cases(
            tuple(tuple(sorted(cases)) for cases in found),
            tuple(tuple(sorted(cases)) for _, cases in sorted(lives_on.items())),
        )

    def numbered(self, case_no: str) -> list[int]:
        """Return the cases of a case number, or whose number ends with it."""
        return lookup.numbered_as(self.connection, case_no)

    def is_offices(self, case_no: str) -> bool:
        """Return whether the month left a case to the office: it is on no sheet."""
        return any(self._decided.get(case) == "office" for case in self.numbered(case_no))

    def accounts(self, case_ids: Iterable[int], answers: bool = False) -> list[dict[str, Any]]:
        """Return what became of some cases, the newest first.

        case_no, kind, status (`void`: taken back), words, on (its day), reason, because, into
        (merged: case number), until (refused: held until), disposition of the month, and `sheet`:
        the newest that it was on, `in_force` where it is there now. With `answers` also why_not, in
        the words of the village.
        """
        wanted = list(case_ids)
        facts = {row["case_id"]: row for row in lookup.facts_of(self.connection, wanted)}
        events = events_of(self.connection, wanted)
        newest = lookup.newest_editions(self.connection, wanted)
        return [
            {
                "case_no": facts[case]["case_no"],
                "kind": facts[case]["kind"],
                **self._standing(events.get(case, ()), answers),
                "disposition": self._decided.get(case),
                "sheet": self._sheet(newest.get(case), self._decided.get(case)),
            }
            for case in sorted(facts, reverse=True)
        ]

    def written(self, case_ids: Sequence[int]) -> dict[str, Any]:
        """Return how the person of some cases was written last, and where the case belongs."""
        newest = max(case_ids)
        (facts,) = lookup.facts_of(self.connection, [newest])
        place = facts["place"]
        home = {"town": place.town, "village": place.village}
        return {**lookup.written_as(self.connection, [newest]).get(newest, {}), **home}

    def set_aside_before(self, person: Person) -> list[dict[str, Any]]:
        """Return the rows of exclusion lists of earlier months with the person's proven number."""
        rows = exclusions_before(self.connection, self.month).filter(
            pl.col("qualifies") & pl.col("id_number").is_in(sorted(person.numbers))
        )
        return [
            {
                "list": row["list"],
                "title": self.rules.lists[row["list"]].sheet_label,
                "month": row["month"],
                "place": {**{key: row[key] for key in ("file", "sheet", "row")}, "member": 0},
                "since": row["said_on"].isoformat() if row["said_on"] else None,
            }
            for row in rows.iter_rows(named=True)
            if row["list"] in self.rules.lists
        ]

    def _standing(self, events: Sequence[Event], answers: bool) -> dict[str, Any]:
        policy = self.rules.screening.follow_up
        state = standing(events) if events else VOID
        on = state.closed_on or state.answered_on or state.issued_on or state.opened_on
        said: dict[str, Any] = {
            "status": state.status,
            "words": policy.statuses.get(state.status),
            "on": on,
            "reason": state.reason,
        }
        last = next((e for e in reversed(events) if e.kind == "closed"), None)
        if state.status == "closed" and last is not None:
            said["because"] = last.detail.get("because")
        if state.merged_into is not None:
            into = lookup.facts_of(self.connection, [state.merged_into])
            said["into"] = into[0]["case_no"] if into else None
        if state.status == "ineligible" and state.closed_on:
            day = dt.date.fromisoformat(state.closed_on)
            said["until"] = months_after(day, policy.refusal_months).isoformat()
        answer = next((e for e in events if e.event_id == state.answer_event), None)
        if answers and answer is not None:
            said["why_not"] = answer.detail.get("answers", {}).get(_WHY_NOT)
        return said

    def _sheet(self, edition_id: int | None, disposition: str | None) -> dict[str, Any] | None:
        edition = self._editions.get(edition_id) if edition_id is not None else None
        if edition is None:
            return None
        return {
            "month": edition.month,
            "town": edition.town,
            "village": edition.village,
            "number": edition.number,
            "in_force": edition.month == self.month
            and not edition.superseded
            and disposition in SENT_OUT,
        }


def _is_of(sighting: Mapping[str, Any], person: Person) -> bool:
    """Whether a sighting of the ledger is of a person of the month."""
    numbers = person.numbers
    proven = sighting["id_status"] in PROVEN_STATUSES
    if proven and numbers:
        return sighting["id_number"] in numbers
    written = zip(person.rows["name_key"], person.rows["village_code"], strict=True)
    place = sighting["village_code"]
    return place is not None and (sighting["name_key"], place) in set(written)


def _with_merges(cases: set[int], merged: Mapping[int, int]) -> set[int]:
    """Some cases, and those in which they live on."""
    return cases | {merged[case] for case in cases if case in merged}
