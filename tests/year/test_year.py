"""A simulated year: twelve months, 20,000 people, villages that answer as villages do.

After every run `progress` is held against a tally that the simulation keeps by itself.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from loubao.commands.collect import Collection, collect
from loubao.commands.match import Ledger, match
from loubao.commands.progress import View, supervise
from loubao.core.faults import Usage
from loubao.ledger.connection import reading
from loubao.ledger.postings import events_of
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import IllegalTransition, standing
from loubao.rules.folder import Rules
from tests.year.clerks import HABITS, Line, Said, Sheet, findings, hand_in, read_sheet
from tests.year.tally import REFUSAL_MONTHS, Case, Tally
from tests.year.world import MONTHS, VILLAGES, Person, World, export, world

#: The month that one list comes late to, the month that is run twice, one that is asked for again.
LATE, LATE_LIST, TWICE, AGAIN = 2, "disability", 6, 9
_FIGURES = (
    *("issued", "returned", "verified", "enrolled", "overdue"),
    *("closed", "eligible", "ineligible", "applied", "difficult", "sent_back"),
)
_WRONG = ("choice", "reason", "odd", "none", "double")


@dataclass
class Year:
    """What became of the year: what is wrong, in words, and how often the odd things happened."""

    root: Path
    rules: Rules
    world: World
    tally: Tally
    chance: random.Random
    wrong_counts: list[str] = field(default_factory=list)
    replays: list[str] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)
    sheets: dict[int, dict[str, Sheet]] = field(default_factory=dict)
    superseded: dict[str, Sheet] = field(default_factory=dict)
    said: dict[tuple[int, str], dict[str, Said]] = field(default_factory=dict)

    @property
    def ledger(self) -> Path:
        return self.root / "loubao.db"

    def meet(self, what: str, times: int = 1) -> None:
        self.met[what] = self.met.get(what, 0) + times

    # ------------------------------------------------------------------------ the office

    def run(self, month: int, missing: tuple[str, ...] = ()) -> dict[str, Any]:
        """A month's exports and its run; the sheets are read as printed."""
        data = self.root / f"{MONTHS[month]:%Y-%m}"
        if not data.exists() or not missing:
            export(self.world, month, data, missing)
        out = self.root / "out" / data.name
        policy = replace(self.rules, accept_all=True)  # lists come and go in this world
        told = match(data, out, policy, MONTHS[month], ledger=Ledger(self.ledger))
        sheets = [read_sheet(path) for path in sorted(out.glob("核查表/*/*.xlsx"))]
        self.sheets[month] = {sheet.village: sheet for sheet in sheets}
        for news, people in told["ledger"]["news"].items():
            self.meet(f"news: {news}", people)
        self.meet("superseding", told["ledger"]["superseding"])
        self.tally.on_roll = self.found_on_roll()
        return told

    def found_on_roll(self) -> frozenset[str]:
        """The numbers of the cases that a roll was found to cover."""
        with reading(self.ledger) as connection:
            found = connection.execute(
                "SELECT case_no FROM standing JOIN cases USING (case_id)"
                " WHERE status = 'enrolled' AND reason = 'roll'"
            )
            return frozenset(number for (number,) in found)

    def compare(self, when: str, month: int, day: dt.date) -> None:
        """Hold `progress` against the tally, this month and over the campaign, by town."""
        told = supervise(self.ledger, None, self.rules.folder, View("town", as_of=day))
        for scope, wanted in (
            ("this_month", self.tally.counts(month, day)),
            ("campaign", self.tally.counts(None, day)),
        ):
            places = {row["town"]: row for row in told[scope]["rows"]}
            places["合计"] = told[scope]["total"]
            for place in sorted({*places, *wanted}):
                for unit in ("people", "households"):
                    mine = wanted.get(place, {}).get(unit, {})
                    theirs = places.get(place, {}).get(unit, {})
                    self.wrong_counts += [
                        f"{when} {scope} {place} {unit} {figure}: "
                        f"{theirs.get(figure, 0)}, not {mine.get(figure, 0)}"
                        for figure in _FIGURES
                        if theirs.get(figure, 0) != mine.get(figure, 0)
                    ]

    def tables(self) -> dict[str, int]:
        """How many rows every table of the ledger has."""
        with reading(self.ledger) as connection:
            return _row_counts(connection)

    def unchanged(self, what: str, before: Mapping[str, int]) -> None:
        after = self.tables()
        self.replays += [
            f"{what}: {table} {before[table]} → {after[table]}"
            for table in before
            if before[table] != after[table]
        ]

    # ----------------------------------------------------------------------- the villages

    def collect(self, month: int, half: str, day: dt.date) -> None:
        """One round of collecting: what the villages hand in, and what the tally makes of it."""
        folder = self.root / "back" / f"{month}{half}"
        folder.mkdir(parents=True)
        heard: dict[str, list[Said]] = {}
        added: list[Person] = []
        for number, (_, village) in enumerate(VILLAGES):
            for at, (sheet, said, people) in enumerate(self._hands_in(number, month, half, day)):
                ending = "xlsx" if number == 0 else "csv"
                target = folder / f"{village}{at or ''}.{ending}"
                hand_in(sheet, said, target, people)
                added += people
                for case_no, each in said.items():
                    heard.setdefault(case_no, []).append(each)
        self._collect(folder, day)
        same = self._merges(heard)
        for case_no, answers in heard.items():
            self._enrol(case_no, answers, month)
        self.tally.returned(heard, same, added)
        if half == "b":
            before = self.tables()
            self._collect(folder, day + dt.timedelta(days=1))
            self.unchanged(f"{month}{half} collected again", before)

    def _collect(self, folder: Path, day: dt.date) -> None:
        out = self.root / "back-out" / folder.name
        told = collect(Collection(folder, out, self.ledger), self.rules, day)
        for key in ("posted", "unchanged", "repeated", "out", "new_people", "merged"):
            self.meet(key, told["counts"][key])
        for problem in told["problems"]:
            self.meet(problem["code"], problem["count"])

    def _hands_in(
        self, number: int, month: int, half: str, day: dt.date
    ) -> Iterator[tuple[Sheet, dict[str, Said], list[Person]]]:
        """The files of a village in a round: sheet, answers by case number, people added."""
        village, habit = VILLAGES[number][1], HABITS[number]
        sheet = self.sheets[month].get(village)
        if habit.startswith("late"):
            sheet = self.sheets.get(month - 1, {}).get(village)
            if half == "b" or sheet is None or (habit != "late" and month % 2):
                return
            yield sheet, self._visit(sheet, day, 1.0), []
            return
        if habit == "never" or sheet is None:
            return
        if number % 2 and month == LATE:  # the sheet that was in force before
            sheet = self.superseded.get(village, sheet)
        before = self.said.get((month, village), {})
        if half == "a":
            said = self._visit(sheet, day, {"by halves": 0.5, "wrong": 0.9}.get(habit, 0.95))
            if habit == "wrong":
                said = {no: self._spoilt(each) for no, each in said.items()}
            self.said[month, village] = said
            yield sheet, _but_doubles(said), self._additions(village, number, month)
            if habit == "twice":
                yield sheet, said, []
            other = {no: _contrary(each) for no, each in said.items() if each.wrong == "double"}
            if other:
                yield sheet, {no: said[no] for no in other}, []
                yield sheet, other, []
        elif habit == "twice":
            yield sheet, before, []
        elif habit == "by halves":
            yield sheet, {**self._visit(sheet, day, 1.0, set(before)), **before}, []
        elif habit == "wrong":
            mended = {
                no: dataclasses.replace(each, wrong="", day=day - dt.timedelta(days=1))
                if each.wrong and self.chance.random() < 0.5
                else each
                for no, each in before.items()
            }
            yield sheet, _but_doubles(mended), []
        elif habit == "changing":
            changed = {
                no: dataclasses.replace(_contrary(each), day=day - dt.timedelta(days=1))
                if self.chance.random() < 0.3
                else each
                for no, each in before.items()
            }
            yield sheet, changed, []

    def _visit(
        self, sheet: Sheet, day: dt.date, share: float, but: set[str] | None = None
    ) -> dict[str, Said]:
        """A village goes from house to house, and to some of them only."""
        said: dict[str, Said] = {}
        for line in sheet.lines:
            if line.case_no in (but or ()) or self.chance.random() > share:
                continue
            case = self._case(line.case_no)
            person = self.world.people[case.person]
            result = findings(person.need, case.status, self.chance)
            same, other = self._same(line, person), _other_case(line)
            if same == "是" and not other:
                result = "ineligible"
            if result:
                visited = day - dt.timedelta(days=self.chance.randint(1, 6))
                said[line.case_no] = Said(result, visited, same=same, other=other)
        return said

    def _same(self, line: Line, person: Person) -> str:
        """Whether the candidate printed first is the same person; "" where none is asked about."""
        first = _first_candidate(line)
        if not first:
            return ""
        other = _other_case(line)
        if other:
            return "是" if self._case(other).person == person.place else "否"
        tail = re.search(r"尾号([0-9X]{4})", first)
        mine = tail and person.number.endswith(tail[1]) and f"：{person.name}（" in first
        return "是" if mine else "否"

    def _spoilt(self, said: Said) -> Said:
        if said.same or self.chance.random() > 0.4:
            return said
        wrong = self.chance.choice(_WRONG)
        if wrong == "odd":  # and right all the same
            return dataclasses.replace(said, odd=True)
        return dataclasses.replace(said, wrong=wrong)

    def _additions(self, village: str, number: int, month: int) -> list[Person]:
        """Now and then a village knows of somebody whom no list has named."""
        if number % 3 or month % 2:
            return []
        known = {case.person for case in self.tally.cases}
        free = [
            person
            for person in self.world.people
            if person.village == village
            and person.place not in known
            and person.place not in self.world.named
            and person.place not in self.world.unfit
        ]
        return self.chance.sample(free, 2)

    def _case(self, case_no: str) -> Case:
        return next(case for case in self.tally.cases if case.number == case_no)

    def _merges(self, heard: Mapping[str, list[Said]]) -> list[tuple[str, str]]:
        """Pairs of cases that a village said are one person; a case may be in several."""
        merged: list[tuple[str, str]] = []
        for case_no, said in heard.items():
            for other in {each.other for each in said if each.same == "是" and each.other}:
                old, young = sorted((case_no, other), key=lambda n: (self._case(n).born, n))
                merged.append((young, old))
        return sorted(set(merged))

    def _enrol(self, case_no: str, said: list[Said], month: int) -> None:
        """What villages report comes true on the roll, mostly."""
        if said[0].wrong or month > 9:
            return
        person = self._case(case_no).person
        if said[0].result == "enrolled" and self.chance.random() < 0.7:
            self.world.enrol(person, month + 1)
        elif said[0].result in ("eligible", "applied") and self.chance.random() < 0.2:
            self.world.enrol(person, month + 2)


def _first_candidate(line: Line) -> str:
    """Who may be the same person, the first that the sheet names; "" where it names nobody."""
    return next((told for told in line.doubts.splitlines() if "疑似" in told), "")


def _other_case(line: Line) -> str:
    """The case that the candidate printed first is; "" for somebody on a roll."""
    found = re.search(r"[0-9]{3}-[0-9]{4}-[0-9]{5}", _first_candidate(line))
    return found[0] if found else ""


def _contrary(said: Said) -> Said:
    return dataclasses.replace(
        said, result="difficult" if said.result != "difficult" else "eligible"
    )


def _but_doubles(said: Mapping[str, Said]) -> dict[str, Said]:
    return {no: each for no, each in said.items() if each.wrong != "double"}


def _row_counts(connection: Connection) -> dict[str, int]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names
    }


@pytest.fixture(scope="module")
def year(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Year:
    """The whole year, lived once."""
    policy = rules.screening.follow_up.model_copy(update={"refusal_months": REFUSAL_MONTHS})
    screening = rules.screening.model_copy(update={"follow_up": policy})
    rules = dataclasses.replace(rules, screening=screening)
    made = world()
    root = tmp_path_factory.mktemp("year")
    lived = Year(root, rules, made, Tally(made), random.Random(67))
    for month, issued_on in enumerate(MONTHS):
        _live(lived, month, issued_on)
    return lived


def _live(year: Year, month: int, issued_on: dt.date) -> None:
    missing = (LATE_LIST,) if month == LATE else ()
    year.run(month, missing)
    year.tally.issued(month, year.sheets[month].values(), missing)
    if month == LATE:
        year.compare(f"{month} first", month, issued_on)
        year.superseded = dict(year.sheets[month])
        year.run(month)
        year.tally.issued_again(month, year.sheets[month].values())
    if month == TWICE:
        before = year.tables()
        year.run(month)
        year.unchanged(f"{month} matched again", before)
    if month == AGAIN:
        before = year.tables()
        with pytest.raises(Usage):
            year.run(month - 2)
        year.unchanged(f"{month - 2} refused", before)
    year.compare(f"{month} issued", month, issued_on)
    for half, days in (("a", 10), ("b", 20)):
        day = issued_on + dt.timedelta(days=days)
        year.collect(month, half, day)
        year.compare(f"{month}{half}", month, day)


def test_progress_is_what_the_simulation_counted(year: Year) -> None:
    assert year.wrong_counts == []


def test_no_case_is_lost(year: Year) -> None:
    assert year.tally.lost == []


def test_nobody_is_sent_out_in_vain(year: Year) -> None:
    """Who is covered, dead, or found not eligible not long ago is on no sheet."""
    assert year.tally.needless == []


def test_no_case_is_double(year: Year) -> None:
    """Who has a proven number and one name has one case."""
    assert year.tally.double == []


def test_every_transition_is_legal(year: Year) -> None:
    with reading(year.ledger) as connection:
        (last,) = connection.execute("SELECT max(case_id) FROM cases").fetchone()
        events = events_of(connection, range(1, last + 1))
        posted = dict(connection.execute("SELECT case_id, status FROM standing").fetchall())
    assert len(events) == last == len(posted)
    folded: dict[int, str] = {}
    for case, history in events.items():
        try:
            folded[case] = standing(history).status
        except IllegalTransition as illegal:
            folded[case] = str(illegal)
    assert folded == posted


def test_what_is_posted_twice_changes_nothing(year: Year) -> None:
    assert year.replays == []


def test_late_files_make_a_second_edition(year: Year) -> None:
    assert year.met["superseding"] > 3
    assert year.met["EDITION_SUPERSEDED"] > 5


def test_the_year_was_lively(year: Year) -> None:
    """What the year is to show has happened in it."""
    news = ("new", "open", "carried", "back", "spared", "covered", "excluded", "office")
    codes = (
        *("ANSWER_NOT_CHOICE", "ANSWER_NEEDED", "ANSWER_AS_REMARK", "RESULT_MISSING"),
        *("ANSWERS_CONFLICT", "ANSWER_REPEATED", "PERSON_ADDED"),
    )
    counts = ("posted", "unchanged", "repeated", "out", "new_people", "merged")
    rare = {
        what: year.met.get(what, 0) for what in (*(f"news: {n}" for n in news), *codes, *counts)
    }
    assert {what for what, times in rare.items() if times < 3} == set()
    assert len(year.world.people) == 20_000
