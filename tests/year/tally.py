"""The simulation's own count of the year, kept by hand: from its own truth and the printed sheets.

Nothing here asks the ledger. What a sheet printed is read from the workbook; what an answer comes
to follows the words of the notice and of rules/screening.yaml.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.year.clerks import Said, Sheet
from tests.year.world import MONTHS, Person, World

UNSETTLED = ("unverified", "difficult", "returned")
CLOSED = ("ineligible", "enrolled", "closed")
VERIFIED = ("eligible", "ineligible", "applied", "enrolled")
REFUSAL_MONTHS = 5
_ENROLLED_MONTHS = 2
_DAYS = 15
#: What is issued in a phase of the campaign is due at its end at the latest.
_PHASES = (
    (dt.date(2022, 5, 1), dt.date(2022, 5, 31)),
    (dt.date(2022, 6, 1), dt.date(2022, 8, 31)),
    (dt.date(2022, 9, 1), dt.date(2022, 9, 30)),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A line on a sheet: the month, when the run was, when the sheet is due, which edition."""

    month: int
    tick: int
    due: dt.date
    edition: int


@dataclass
class Case:
    """A case as the villages and the office see it; `number` is None until a sheet prints it."""

    person: int
    number: str | None = None
    born: int = 0
    status: str = "unverified"
    #: who settled it: roll, village, office
    by: str = ""
    closed_on: dt.date | None = None
    answered: int | None = None
    answer: Said | None = None
    answered_lists: frozenset[str] = frozenset()
    lists: set[str] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    reopened: int = 0
    into: Case | None = None
    told: list[Said] = field(default_factory=list)

    @property
    def is_said_to_be_on_roll(self) -> bool:
        """A village says so, and no roll has shown it yet."""
        return self.status == "enrolled" and self.by == "village"

    def close(self, status: str, by: str, day: dt.date) -> None:
        self.status, self.by, self.closed_on = status, by, day

    def reopen(self, tick: int) -> None:
        self.status, self.by, self.closed_on = "unverified", "", None
        self.answered, self.answer, self.reopened = None, None, tick

    def take(self, said: Said, tick: int) -> None:
        """The village's word; who is on a roll stays enrolled, whatever comes late."""
        self.told.append(said)
        self.answered, self.answer = tick, said
        self.answered_lists = frozenset(self.lists)
        if not (self.status == "enrolled" and self.by == "roll"):
            self.close(said.result, "village", said.day)


def due(issued: dt.date) -> dt.date:
    """The day by which a sheet is to be back."""
    ends = [last for first, last in _PHASES if first <= issued <= last]
    return min([issued + dt.timedelta(days=_DAYS), *ends])


@dataclass
class Tally:
    """Everybody's cases, and what was found to be wrong with the program's sheets."""

    world: World
    cases: list[Case] = field(default_factory=list)
    tick: int = 0
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)
    _before: list[Case] = field(default_factory=list)
    #: numbers of cases on whose line a sheet has printed the person's own number
    _proven: set[str] = field(default_factory=set)
    #: cases that a roll was found to cover: of who is written oddly, either is right
    on_roll: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.who = _spellings(self.world)
        self.plain = {p.place for p in self.world.people} - {p for _, _, p in self.world.odd}

    # ----------------------------------------------------------------- what a month sends out

    def issued(self, month: int, sheets: Iterable[Sheet], missing: Iterable[str] = ()) -> None:
        """Take the month's printed sheets; `missing` lists have not come yet."""
        left_out = frozenset(missing)
        self._before = copy.deepcopy(self.cases) if left_out else []
        self._issue(month, sheets, left_out)

    def issued_again(self, month: int, sheets: Iterable[Sheet]) -> None:
        """The same month once more, with all lists: as if it had not been run before.

        Numbers once printed stay, and so does what was sent.
        """
        assert self._before, "only a month that a list was missing from is issued again"
        first = {(case.person, case.number): case for case in self.cases}
        numbered = {case.person: case for case in self.cases if case.number}
        self.cases = self._before
        for case in self.cases:
            if case.number is None and case.person in numbered:
                case.number = numbered[case.person].number
        known = {(case.person, case.number) for case in self.cases}
        for key, case in first.items():
            if key not in known:  # opened by the first run
                fresh = Case(case.person, case.number, case.born, sent=list(case.sent))
                fresh.lists = set(case.lists)
                self.cases.append(fresh)
        for case in self.cases:
            if (case.person, case.number) in first:
                case.sent = list(first[case.person, case.number].sent)
        self._issue(month, sheets, frozenset())
        for case in self.cases:  # no sheet in force has them any more
            if not any(sent.tick == self.tick for sent in case.sent):
                case.sent = [sent for sent in case.sent if sent.month != month]

    def _issue(self, month: int, sheets: Iterable[Sheet], missing: frozenset[str]) -> None:
        self.tick += 1
        printed = self._printed(sheets, month)
        named = {
            person: lists
            for person in self.world.named_in(month)
            if (lists := frozenset(self.world.lists_of(month, person)) - missing)
        }
        of_person = self._by_person()
        helped = {p for p in self.world.named if self._helped(month, p)}
        for person in sorted({*named, *of_person, *printed, *helped}):
            self._look(month, person, of_person.get(person, []), named, printed.get(person, {}))

    def _printed(self, sheets: Iterable[Sheet], month: int) -> dict[int, dict[str, int]]:
        """Person → number of the case → edition of the sheet that prints it."""
        printed: dict[int, dict[str, int]] = {}
        for sheet in sheets:
            edition = 2 if "第2版" in sheet.grid[1][0] else 1
            for line in sheet.lines:
                person = self.who[line.address, line.name]
                if line.case_no in printed.setdefault(person, {}):
                    self.double.append(f"{month} {line.case_no}: two lines")
                printed[person][line.case_no] = edition
                if self._wrote_number(month, person, line.number):
                    self._proven.add(line.case_no)
        return printed

    def _wrote_number(self, month: int, person: int, number: str) -> bool:
        """Whether a line prints the number that a list of the month wrote rightly."""
        own = self.world.people[person].number
        lists = self.world.lists_of(month, person)
        right = any(self.world.writing(month, name, person).number == own for name in lists)
        return right and number.endswith(own[-4:])

    def _writes_number(self, month: int, person: int, lists: frozenset[str]) -> bool:
        """Whether the lists that name a person write the number rightly, if any names them."""
        own = self.world.people[person].number
        right = (self.world.writing(month, name, person).number == own for name in lists)
        return not lists or any(right)

    def _look(
        self,
        month: int,
        person: int,
        cases: list[Case],
        named: Mapping[int, frozenset[str]],
        printed: Mapping[str, int],
    ) -> None:
        plain = person in self.plain
        lists = named.get(person, frozenset())
        numbers = {case.number for case in cases}
        for number in printed:
            waiting = next((case for case in cases if case.number is None), None)
            if number not in numbers and waiting is not None:
                waiting.number = number
            elif number not in numbers:
                if plain and cases:
                    self.double.append(f"{month} {number}: also {numbers}")
                fresh = Case(person, number, self.tick)
                if plain and self._fate(month, fresh, lists) != "sheet":
                    self.needless.append(f"{month} {number}: {self._fate(month, fresh, lists)}")
                cases.append(fresh)
                self.cases.append(fresh)
        if not cases and self._fate(month, Case(person), lists) == "sheet":
            self.lost.append(f"{month} {person}: {sorted(lists)} never on a sheet")
        fates = [self._fate(month, case, lists) for case in cases]
        # lists that write somebody oddly name one of the person's cases, whichever that is
        settled = not plain and len(cases) > 1 and any(fate != "sheet" for fate in fates)
        for case, fate in zip(cases, fates, strict=True):
            on_sheet = case.number in printed
            if on_sheet:
                if plain and fate != "sheet":
                    self.needless.append(f"{month} {case.number}: {fate}")
                fate = "sheet"
            elif fate == "sheet" and (case.status in UNSETTLED or not (printed or settled)):
                self.lost.append(f"{month} {case.number}: {case.status}, {sorted(lists)}")
                continue
            elif (
                fate in ("covered", "dead")
                and not plain
                and not (case.number in self._proven and self._writes_number(month, person, lists))
                and case.number not in self.on_roll
                and case.status not in ("unverified", "difficult")
            ):
                fate = "office"  # no roll can be held against a row without a number
            case.lists |= lists or (set() if case.lists else self._helped(month, person))
            self._befall(case, fate, month, printed)

    def _befall(self, case: Case, fate: str, month: int, printed: Mapping[str, int]) -> None:
        day = MONTHS[month]
        if fate == "sheet" and case.number is not None and case.number in printed:
            if case.status in CLOSED:
                case.reopen(self.tick)
            case.sent.append(Sent(month, self.tick, due(day), printed[case.number]))
        elif fate == "covered" and (case.status not in CLOSED or case.is_said_to_be_on_roll):
            case.close("enrolled", "roll", day)
        elif fate == "dead" and case.status not in CLOSED:
            case.close("closed", "office", day)

    def _fate(self, month: int, case: Case, lists: frozenset[str]) -> str:
        """What is to become of a case in a month, by the words of the issue."""
        known = case.number is not None or bool(case.lists)
        before = lists or case.lists or self._helped(month, case.person)
        done = not before or (case.status in CLOSED and case.status != "enrolled")
        if not lists and done:  # who is enrolled and on no roll is sent out unasked
            return "nothing"
        if self.world.covered(month, case.person):
            return "covered"
        if self.world.dead(month, case.person) and "medical" not in before:
            return "dead"
        if not known:
            return "sheet"
        if case.status in ("eligible", "applied", "returned"):
            return "office"  # nobody in this world says whose a returned person is
        day = MONTHS[month]
        if case.is_said_to_be_on_roll:
            return "spared" if day < _later(case.closed_on, _ENROLLED_MONTHS) else "sheet"
        if not lists:
            return "sheet"
        if case.status == "ineligible" and day < _later(case.closed_on, REFUSAL_MONTHS):
            return "sheet" if lists - case.answered_lists else "spared"
        return "sheet"

    def _helped(self, month: int, person: int) -> frozenset[str]:
        """The lists that named somebody before while a roll covered them: no case came of it."""
        return frozenset(
            name
            for each in range(month)
            if self.world.covered(each, person)
            for name in self.world.lists_of(each, person)
        )

    # ------------------------------------------------------------------- what comes back

    def returned(
        self,
        answers: Mapping[str, Sequence[Said]],
        same: Iterable[tuple[str, str]],
        added: Iterable[Person],
    ) -> None:
        """Take what one round of collecting brings: answers by case number.

        `same` are pairs of cases, by number, that turned out to be one person: younger, older.
        """
        self.tick += 1
        by_number = {case.number: case for case in self.cases if case.number}
        for person in added:
            self._add(person)
        for young, old in same:
            self._merge(by_number[young], by_number[old])
        heard: dict[int, tuple[Case, list[Said]]] = {}
        for number, said in answers.items():
            case = by_number[number]
            while case.into is not None:
                case = case.into
            heard.setdefault(id(case), (case, []))[1].extend(
                each for each in said if not each.wrong
            )
        for case, right in heard.values():
            fresh = [each for each in right if each not in case.told]
            # two that differ contradict each other, and neither is taken
            if not fresh or len({each.result for each in fresh}) > 1:
                continue
            latest = max(fresh, key=lambda each: each.day)
            if case.answer is None or latest.day >= case.answer.day:
                case.take(latest, self.tick)

    def _add(self, person: Person) -> None:
        """A village has added somebody by hand."""
        cases = self._by_person().get(person.place, [])
        if not cases:
            self.cases.append(Case(person.place, born=self.tick, lists={"village_report"}))
            return
        case = cases[0]
        if "village_report" not in case.lists and case.status in ("ineligible", "closed"):
            case.reopen(self.tick)
        case.lists.add("village_report")

    def _merge(self, young: Case, old: Case) -> None:
        """Two cases are one person: the older has the sheets of both, and the later answer."""
        while old.into is not None:
            old = old.into
        while young.into is not None:
            young = young.into
        if young is old:
            return
        old, young = sorted((old, young), key=lambda case: (case.born, case.number or ""))
        young.into = old
        if young.number in self._proven and old.number:
            self._proven.add(old.number)
        old.sent = sorted({*old.sent, *young.sent}, key=lambda sent: sent.tick)
        old.lists |= young.lists
        theirs = young.answer
        if theirs and (old.answer is None or old.answer.day < theirs.day):
            old.take(theirs, self.tick)

    # ------------------------------------------------------------------------- counting

    def counts(self, month: int | None, day: dt.date) -> dict[str, dict[str, dict[str, int]]]:
        """Town (and 合计) → people, households → figure → count; of a month, or of all."""
        people: dict[tuple[str, str], int] = {}
        homes: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for case in self.cases:
            person = self.world.people[case.person]
            for figure in self._figures(case, month, day):
                for town in (person.town, "合计"):
                    people[town, figure] = people.get((town, figure), 0) + 1
                    homes.setdefault((town, figure), set()).add(person.family)
        counted: dict[str, dict[str, dict[str, int]]] = {}
        for (town, figure), count in people.items():
            place = counted.setdefault(town, {"people": {}, "households": {}})
            place["people"][figure] = count
            place["households"][figure] = len(homes[town, figure])
        return counted

    def _figures(self, case: Case, month: int | None, day: dt.date) -> list[str]:
        sent = [each for each in case.sent if month in (None, each.month)]
        if case.into is not None or not sent:
            return []
        figures = ["issued"]
        since = [each for each in sent if each.tick >= case.reopened]
        heard = case.answered is not None and since and case.answered > since[0].tick
        if heard or case.status in VERIFIED:
            figures.append("returned")
        if case.status in VERIFIED:
            figures.append("verified")
        elif case.status == "closed":
            figures.append("closed")
        elif "returned" not in figures and since and since[0].due < day:
            figures.append("overdue")
        if case.status in (*VERIFIED, "difficult"):
            figures.append(case.status)
        if case.status == "returned":
            figures.append("sent_back")
        return figures

    def _by_person(self) -> dict[int, list[Case]]:
        found: dict[int, list[Case]] = {}
        for case in self.cases:
            if case.into is None:
                found.setdefault(case.person, []).append(case)
        return found


def _spellings(made: World) -> dict[tuple[str, str], int]:
    """(address, name as any list writes it) → person."""
    who: dict[tuple[str, str], int] = {}
    for (_, _, place), written in made.odd.items():
        who[made.people[place].address, written.name] = place
    who |= {(person.address, person.name): person.place for person in made.people}
    return who


def _later(day: dt.date | None, months: int) -> dt.date:
    """The day so many months later, the last of the month where it has no such day."""
    assert day is not None
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = dt.date(year, month + 1, 1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return first.replace(day=min(day.day, last.day))
