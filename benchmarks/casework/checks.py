"""What must hold after each month, seen from the outputs alone and judged by the truth."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import polars as pl
from cast import Person, holds
from village import RESULTS, Case, Event
from world import COVERED_BY, LABELS, World

from desk import SheetRow
from lists import last_day, month_name

Fail = Callable[[str, str], None]
PROVEN = ("valid", "repaired")
ROLL_NAMES = {
    "dibao": "低保",
    "tekun": "特困",
    "orphan": "孤儿",
    "unattended": "事实无人抚养",
    "edge": "低保边缘",
}


def month_words(month: int) -> str:
    """A month as sheets write it: 2022年5月."""
    year, index = month_name(month).split("-")
    return f"{year}年{int(index)}月"


def status_words(event: Event | None) -> str:
    """A status as sheets write it."""
    return "未核查" if event is None or event.result == "asked" else RESULTS[event.result]


class Month:
    """One month's outputs beside the truth."""

    def __init__(
        self,
        world: World,
        month: int,
        frames: dict[str, pl.DataFrame],
        owners: dict[tuple[str, str, int], int],
        rows: list[SheetRow],
        office: list[dict[str, Any]],
        cases: dict[str, Case],
        fail: Fail,
    ) -> None:
        self.world, self.month, self.cases, self.fail = world, month, cases, fail
        self.rows, self.office = rows, {str(r["编号"]): r for r in office}
        self.records = {r["record_id"]: r for r in frames["records"].to_dicts()}
        self.decisions = frames["decisions"]
        self.frame = frames["cases"].to_dicts()
        self.owner = {
            k: owners.get((r["file"], r["sheet"], r["row"])) for k, r in self.records.items()
        }

    def learn(self) -> None:
        """Add what this month's frames say of each number: whose it is, how it is written."""
        on_sheet = {row.case_no for row in self.rows}
        for row in self.frame:
            case = self.cases.setdefault(row["case_no"], Case(row["case_no"]))
            case.first = min(case.first, self.month)
            owners = {self.owner[r] for r in row["record_ids"] if self.owner.get(r) is not None}
            case.owners |= {o for o in owners if o is not None}
            case.lists[self.month] = {LABELS[name] for name in row["lists"]}
            for each in row["record_ids"]:
                record = self.records.get(each)
                if record is None:
                    continue
                if record["name"]:
                    case.names.add(record["name"])
                if record["id_status"] in PROVEN and holds(str(record["id_number"])):
                    case.numbers.add(record["id_number"])
            if row["case_no"] in on_sheet:
                case.on_sheet.add(self.month)
        printed = {
            (one.name, one.number[:6], one.number[-4:]): one
            for one in self.world.people
            if one.number
        }
        for line in self.rows:  # whose roll alone has told it: no row of the month is theirs
            case, number = self.cases[line.case_no], line["id_number"]
            person = printed.get((line["name"], number[:6], number[-4:]))
            if person is not None and not case.owners:
                case.owners.add(person.pid)
                case.numbers.add(person.number)

    def who(self, case_no: str) -> Person | None:
        """The one person of a number; None where unknown or several."""
        case = self.cases.get(case_no)
        if case is None or len(case.owners) != 1:
            return None
        return self.world.people[next(iter(case.owners))]

    def all(self) -> None:
        """Every check of a month."""
        for check in (
            self.mixed,
            self.dead,
            self.twice,
            self.settled,
            self.links,
            self.missing,
            self.stray,
        ):
            check()

    def mixed(self) -> None:
        """No number is two people's."""
        for case_no in {r["case_no"] for r in self.frame}:
            case = self.cases[case_no]
            if len(case.owners) > 1:
                roles = [
                    (o, self.world.people[o].role, self.world.people[o].number)
                    for o in sorted(case.owners)
                ]
                self.fail("two people under one number", f"{case_no} {roles}")

    def dead(self) -> None:
        """Nobody who is dead, by truth and by a list, is on a village sheet."""
        for row in self.rows:
            one = self.who(row.case_no)
            case = self.cases[row.case_no]
            if one is None or not self.world.truly_dead(one, self.month):
                continue
            told = self.world.told_dead(one, self.month)
            if not told or case.alive or LABELS["medical"] in set().union(*case.lists.values()):
                continue
            proven = one.proven_on("death") and one.number in case.numbers
            printed = f"{row['doubts']!r} {row['clues']!r}"
            text = f"{row.case_no} p{one.pid} {one.role} told {one.dead_told} {printed}"
            if proven and not (one.renamed and self.month >= one.renamed[0]):
                self.fail("dead on a village sheet", text)
            elif "死亡" not in row["doubts"] + row["clues"]:
                self.fail(
                    "dead, told under a spoilt number: no word of it on the sheet (arguable)", text
                )

    def twice(self) -> None:
        """No proven number is open under two numbers."""
        by_number = defaultdict(set)
        open_now = {row.case_no for row in self.rows} | set(self.office)
        for case_no in open_now & set(self.cases):
            for number in self.cases[case_no].numbers:
                by_number[number].add(case_no)
        for number, found in by_number.items():
            if len(found) > 1:
                who = [
                    (c, sorted(self.cases[c].names), sorted(self.cases[c].owners))
                    for c in sorted(found)
                ]
                self.fail("one proven number open twice", f"{number} {who}")

    def settled(self) -> None:
        """符合 and 已申请 are on no village sheet of a later month, unless asked back."""
        for row in self.rows:
            last = self.cases[row.case_no].last
            if (
                last is None
                or last.month >= self.month
                or last.result not in ("eligible", "applied")
            ):
                continue
            if re.search("再次列入，以前在|再次列入后|同一证号以前写作|乡镇请再核查", row["clues"]):
                continue
            self.fail(
                "符合 or 已申请 back on a village sheet", f"{row.case_no} {last} {row['clues']!r}"
            )

    def links(self) -> None:
        """No one is taken off a sheet by another's row."""
        for left, right, decision in self.decisions.select(
            "left_id", "right_id", "decision"
        ).iter_rows():
            mine, other = self.owner.get(left), self.owner.get(right)
            if decision == "link" and mine is not None and other is not None and mine != other:
                rows = [
                    (self.records[i]["list"], self.records[i]["name"], self.records[i]["id_number"])
                    for i in (left, right)
                ]
                self.fail("linked to another's row", f"{rows} p{mine} p{other}")

    def missing(self) -> None:
        """Whoever is in need and named by a list is on a sheet or on the office's list."""
        by_person = defaultdict(set)
        for case in self.cases.values():
            for owner in case.owners:
                by_person[owner].add(case.case_no)
        reached = {row.case_no for row in self.rows} | set(self.office)
        for one in self.world.people:
            numbers = by_person[one.pid]
            if numbers & reached or not self._in_need(one):
                continue
            events = [e for n in numbers for e in self.cases[n].events]
            last = max(events, key=lambda e: e.on) if events else None
            if last and self._rests(one, last):
                continue
            kind = "in need and named, on no sheet and not with the office"
            if not self.world.named(one, self.month):
                kind = "in need, named in an earlier month only, on no sheet (arguable)"
                if numbers:
                    kind = "in need, known to the ledger, off the roll, on no sheet (arguable)"
            self.fail(
                kind,
                f"p{one.pid} {one.role} {one.number} {sorted(numbers)} {last} named "
                f"{self.world.named(one, self.month)} {one.stays} dead told {one.dead_told} "
                f"{one.renamed}",
            )

    def _in_need(self, one: Person) -> bool:
        """Whether by truth the person is in need and a list has named them by now."""
        if not any(c.since <= self.month for c in one.clues) or self.world.covered(one, self.month):
            return False
        if self.world.truly_dead(one, self.month) or self.world.told_moved(one, self.month):
            return False
        return not self.world.told_dead(one, self.month)

    def _rests(self, one: Person, last: Event) -> bool:
        """Whether the last answer settles the person for now."""
        if last.result == "ineligible":
            lists = {c.list for c in one.clues if last.month < c.since <= self.month}
            before = {c.list for c in one.clues if c.since <= last.month}
            return not lists - before
        shown = any(s.first > last.month and s.last < self.month for s in one.stays)
        since = (last_day(self.month) - last.on).days
        return last.result == "enrolled" and since < 62 and not shown

    def stray(self) -> None:
        """Nobody whom a clean row of a roll covers is on a village sheet as uncovered."""
        for row in self.rows:
            one = self.who(row.case_no)
            if one is None or not self.world.covered(one, self.month) or row["doubts"]:
                continue
            lists = self.world.named(one, self.month)
            rolls = [r for which in lists for r in COVERED_BY[which] if one.on(r, self.month)]
            clean = all(
                one.styles.get(k, ("plain", "plain"))[1] == "plain" for k in [*lists, *rolls]
            )
            names = all(
                one.styles.get(k, ("plain", "plain"))[0] == "plain" for k in [*lists, *rolls]
            )
            if lists and clean and names:
                self.fail(
                    "covered by a clean row, on a village sheet",
                    f"{row.case_no} p{one.pid} {rolls}",
                )
