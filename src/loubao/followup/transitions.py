"""The month in the ledger: what becomes of every case, and of everybody who has none yet.

`continued` walks through everybody: it says what the month makes of them (`news`), gives out
numbers, and lists the events. The order of events is that of the sheets.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core.events import Disposition, Event, Kind, Naming, NewCase, Place
from loubao.followup.corrections import reconciled
from loubao.followup.dispositions import SENT_OUT, lists_since, news_of_carried, news_of_named, said
from loubao.followup.identification import Recognised
from loubao.followup.known import Known, untouched
from loubao.ledger.case_file import Numbering
from loubao.ledger.status import CLOSED
from loubao.rules import Rules


@dataclass(frozen=True)
class Continued:
    """What the month makes of everybody.

    `cases`: those sent out, as `screening.present` wants them; `case_ids`: the case of each
    `person_key`; the rest is for the ledger.
    """

    cases: pl.DataFrame
    case_ids: dict[str, int]
    opened: tuple[NewCase, ...]
    events: tuple[Event, ...]
    naming: tuple[Naming, ...]
    places: tuple[Place, ...]
    #: goes on after the cases opened here
    numbering: Numbering


def continued(
    found: pl.DataFrame,
    outcomes: pl.DataFrame,
    rolls: Mapping[str, str],
    recognised: Recognised,
    carried_people: Mapping[str, int],
    homes: Mapping[str, str],
    known: Known,
    rules: Rules,
    as_of: dt.date,
) -> Continued:
    """Return what the month makes of everybody.

    `found` are the cases of `screening.find` in order, `outcomes` as it has them; `rolls` says on
    which roll each covered person is; `carried_people` are the cases of `carried` by person;
    `homes` has the ledger's name of households that it knows (`homes_before`).
    """
    month = _Month(found, outcomes, rolls, recognised, carried_people, homes, known, rules, as_of)
    return month.told()


class _Month:
    """The walk through everybody, and what it gathers on the way."""

    def __init__(
        self,
        found: pl.DataFrame,
        outcomes: pl.DataFrame,
        rolls: Mapping[str, str],
        recognised: Recognised,
        carried_people: Mapping[str, int],
        homes: Mapping[str, str],
        known: Known,
        rules: Rules,
        as_of: dt.date,
    ) -> None:
        self.found, self.rolls, self.homes = found, rolls, homes
        self.known, self.rules, self.as_of = known, rules, as_of
        self.carried = carried_people
        self.merges = dict(recognised.merges)
        self.case_ids = {**dict(recognised.owners.iter_rows()), **carried_people}
        met = known.cases.filter(pl.col("case_id").is_in(list(self.case_ids.values())))
        self.file = {row["case_id"]: row for row in met.iter_rows(named=True)}
        self.lists: dict[str, list[str]] = {}
        self.outcome: dict[str, set[str]] = {}
        for person, name, outcome in outcomes.select("person_key", "list", "outcome").iter_rows():
            self.lists.setdefault(person, []).append(name)
            self.outcome.setdefault(person, set()).add(outcome)
        self.numbering = Numbering(known.next_case, known.numbers, rules.villages)
        self.opened: list[NewCase] = []
        self.events: list[Event] = []
        self.naming: dict[int, Naming] = {}

    def told(self) -> Continued:
        for case, into in self.merges.items():
            self._event(case, "merged", into=into)
        lines = [self._open(row) for row in self.found.iter_rows(named=True)]
        not_covered = set(self.found["person_key"])
        for person in self.outcome:
            if person not in not_covered and person in self.case_ids:
                self._settled(person)
        self._withdraw()
        cases = self.found.with_columns(
            case_no=pl.Series([case_no for case_no, _ in lines], dtype=pl.String),
            news=pl.Series([words for _, words in lines], dtype=pl.String),
        ).drop_nulls("case_no")
        return Continued(
            cases=cases,
            case_ids=self.case_ids,
            opened=tuple(self.opened),
            events=tuple(reconciled(self.events, self.known.posted, self.as_of.isoformat())),
            naming=tuple(self.naming[case] for case in sorted(self.naming)),
            places=tuple(self._places(cases)),
            numbering=self.numbering,
        )

    def _open(self, row: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """A person who is not covered: the number, None of whom is not sent out; what to say."""
        person = row["person_key"]
        case = self.case_ids.get(person)
        if case is None:
            new = self.numbering.opened(row["town"], self.as_of.year)
            self.case_ids[person] = new.case_id
            self.opened.append(new)
            self._event(new.case_id, "opened", lists=self.lists[person])
            self._name(person, new.case_id, "new")
            return new.case_no, None
        file, lists = self.file[case], self.lists[person]
        new_lists = lists_since(file, lists)
        news, reason = self._news(person, case, new_lists)
        self._name(person, case, news)
        if reason:
            self._event(case, "reopened", reason=reason, lists=new_lists or lists)
        words = said(news, file, new_lists or lists, self.rules)
        return file["case_no"] if news in SENT_OUT else None, words

    def _news(self, person: str, case: int, new_lists: list[str]) -> tuple[Disposition, str | None]:
        file = self.file[case]
        if case in self.known.kept:
            return self.known.named[case], None
        if self.known.late:
            return "spared", None
        if person in self.carried:
            return news_of_carried(file, self.known.named.get(case)), None
        policy = self.rules.screening.follow_up
        return news_of_named(file, new_lists, self.known.month, self.as_of, policy)

    def _settled(self, person: str) -> None:
        """A known person who is covered, or set aside."""
        case = self.case_ids[person]
        file = self.file[case]
        covered = "covered" in self.outcome[person]
        self._name(person, case, "covered" if covered else "excluded")
        if file["status"] in CLOSED or self.known.late:
            return
        if not covered:
            self._event(case, "closed", reason="excluded")
        elif file["opened_month"] == self.known.month and file["answered_on"] is None:
            self._event(case, "closed", reason="covered")
        else:
            self._event(
                case, "enrolled", by="roll", list=self.rolls.get(person), month=self.known.month
            )

    def _withdraw(self) -> None:
        """Close what an earlier run of the month opened for people whom its lists do not name."""
        for case in self.known.cases.filter(untouched(self.known))["case_id"]:
            if case not in self.naming and case not in self.merges:
                self._event(case, "closed", reason="withdrawn")
                self.naming[case] = Naming(case, (), "withdrawn")

    def _name(self, person: str, case: int, news: Disposition) -> None:
        lists = () if person in self.carried else tuple(sorted(self.lists[person]))
        self.naming[case] = Naming(case, lists, news)

    def _event(self, case: int, kind: Kind, **detail: Any) -> None:
        self.events.append(Event(case, kind, self.as_of.isoformat(), detail))

    def _places(self, cases: pl.DataFrame) -> Iterable[Place]:
        """Where everybody who is sent out belongs, and every list that ever named anybody.

        A late month moves nobody who is known: later ones have said where they live.
        """
        sent = {row["person_key"]: row for row in cases.iter_rows(named=True)}
        homes = self._homes(sent.values())
        unknown = self.rules.sheets.unknown
        for person in self.outcome:
            case = self.case_ids.get(person)
            if case is None:
                continue
            file = self.file.get(case)
            ever = set(json.loads(file["lists"])) if file else set()
            lists = tuple(sorted(ever | set(self.lists[person])))
            row = sent.get(person)
            if row is not None and not (file and self.known.late):
                yield Place(
                    case,
                    row["town"] or unknown.town,
                    row["village"] or unknown.village,
                    row["village_code"] or "",
                    homes[row["household"]],
                    lists,
                )
            elif file and lists != tuple(sorted(ever)):
                yield Place(
                    case,
                    *(file["town"], file["village"], file["village_code"], file["household"]),
                    lists,
                )

    def _homes(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """A name for each household of the month: the one it has, else its first case."""
        members: dict[str, list[int]] = {}
        for row in rows:
            members.setdefault(row["household"], []).append(self.case_ids[row["person_key"]])
        names: dict[str, str] = {}
        for household, cases in members.items():
            had = [self.file[case]["household"] for case in cases if case in self.file]
            known = [name for name in (*had, self.homes.get(household)) if name]
            names[household] = min(known, default=f"H{min(cases):07}")
        return names


def covering_rolls(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame, rules: Rules
) -> dict[str, str]:
    """Return the roll that each person is linked to and that counts, the first by name.

    `rows` are source RECORDS with their `person_key`.
    """
    counting = {
        cover.list for each in rules.screening.coverage.values() for cover in each.covered_by
    }
    on_roll = records.filter(
        (pl.col("role") == "roll") & pl.col("qualifies") & pl.col("list").is_in(sorted(counting))
    ).select(right_id="record_id", roll="list")
    linked = (
        decisions.filter(pl.col("decision") == "link")
        .join(on_roll, on="right_id")
        .join(rows.select("person_key", left_id="record_id"), on="left_id")
    )
    return dict(linked.group_by("person_key").agg(pl.col("roll").min()).iter_rows())
