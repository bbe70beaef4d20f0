"""An invented county through several months: what is on which sheet, against the known truth.

    python benchmarks/casework/county.py --seed N --people 870 --villages 44 --months 4 --work DIR

Each month the lists are written, matched (again unchanged, again after undo), the sheets are
answered as the truth has it, collected (again after undo), the office answers its own list, people
are put on rolls and fall off them. The checks look at outputs only. Failures go to
DIR/failures.jsonl, one a line with its kind; the last lines on screen count them. Exit code 1 where
there are any that are not marked arguable.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import shutil
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from agree import agree, progress_of
from cast import Stay
from checks import Month
from told_words import Words
from village import Case, Event, Village, first_candidate
from world import World

from desk import Desk, Refused, problems_of
from lists import Lists, Owners, last_day, month_name, reprint


class Run:
    """One county: its truth, its desk, what has been seen so far."""

    def __init__(self, seed: int, people: int, villages: int, months: int, work: Path) -> None:
        self.work, self.months = work, months
        work.mkdir(parents=True, exist_ok=True)
        self.desk = Desk(work / "office")
        self.rng = random.Random(f"county {seed}")
        self.world = World(seed, people, self._places(villages), months)
        self.lists = Lists(self.world)
        self.village = Village(self.world, seed)
        self.cases: dict[str, Case] = {}
        self.owners: Owners = {}
        self.failures: Counter[str] = Counter()
        self.told: set[str] = set()
        self.checked: Counter[str] = Counter()
        self.log = (work / "failures.jsonl").open("w", encoding="utf-8")
        self.month = 0

    def _places(self, count: int) -> list[tuple[str, str]]:
        with (self.desk.folder / "rules/villages.csv").open(encoding="utf-8") as stream:
            rows = [r for r in csv.DictReader(stream) if r["town"].endswith("镇")]
        towns = [t for t, n in Counter(r["town"] for r in rows).most_common(4)]
        each = -(-count // len(towns))
        places = []
        for town in towns:
            places += [(town, r["village"]) for r in rows if r["town"] == town][:each]
        return places[:count]

    def fail(self, kind: str, text: str) -> None:
        """Keep a failure, once a month."""
        line = {"kind": kind, "month": month_name(self.month), "text": text}
        written = json.dumps(line, ensure_ascii=False)
        if written in self.told:
            return
        self.told.add(written)
        self.failures[kind] += 1
        self.log.write(written + "\n")
        self.log.flush()

    def same(self, kind: str, one: Any, other: Any, text: str = "") -> None:
        """Fail where two things that must be equal are not."""
        self.checked[kind] += 1
        if one != other:
            self.fail(kind, text or f"{str(one)[:300]} ≠ {str(other)[:300]}")

    def all_months(self) -> None:
        """Every month, one after the other."""
        for month in range(self.months):
            self.month, name = month, month_name(month)
            self._match(name)
            self._judge(name)
            self._verdicts(name)
            self._collect(name)
            self._advance()
            print(name, dict(self.failures), flush=True)

    # ---------------------------------------------------------------- match
    def _match(self, name: str) -> None:
        folder = self.desk.folder / name
        if self.month == 1:  # a list that comes late: matched without it, then again
            self.lists.write(folder, self.month, without=["disability"])
            self.desk.match(name)
        self.owners = self.lists.write(folder, self.month)
        if self.month == 2:
            self.owners |= reprint(folder, self.owners, "自付医疗费用")
        self.desk.match(name)
        self._judge(name)  # what an office would issue
        first, editions = self.desk.frame_bytes(name), self._editions(name)
        self.desk.match(name)
        self._equal_frames(
            "rerun of an unchanged month: frames", first, self.desk.frame_bytes(name)
        )
        self.same("rerun of an unchanged month: editions", editions, self._editions(name))
        self.desk.run("undo", "--yes")
        if self.desk.said[-1].startswith("0"):
            self.desk.match(name)
            self._equal_frames(
                "undo and the same match: frames", first, self.desk.frame_bytes(name)
            )

    def _equal_frames(self, kind: str, one: dict[str, bytes], other: dict[str, bytes]) -> None:
        unlike = [n for n in one if one[n] != other[n]]
        self.same(kind, unlike, [], f"{unlike} differ")

    def _editions(self, name: str) -> dict[str, str]:
        return {
            f"{r.path.parent.name}/{r.path.stem}": r["hidden_edition"]
            for r in self.desk.sheet_rows(name)
        }

    def _look(self, name: str) -> Month:
        return Month(
            self.world,
            self.month,
            self.desk.frames(name),
            self.owners,
            self.desk.sheet_rows(name),
            self.desk.office_rows(name),
            self.cases,
            self.fail,
        )

    def _judge(self, name: str) -> None:
        look = self._look(name)
        look.learn()
        look.all()
        words = Words(look)
        words.sheets()
        words.summary(self.desk.page(name, "本月变化"))
        self.checked.update(words.read)
        frame = {r["case_no"] for r in look.frame}
        shown = {r.case_no for r in look.rows} | set(look.office)
        self.same("cases frame and sheets: the same people", frame ^ shown, set())
        self.checked["people on village sheets"] += len(look.rows)
        self.checked["people with the office"] += len(look.office)
        self.rows, self.look = look.rows, look

    # ---------------------------------------------------------------- verdicts of the desk
    def _verdicts(self, name: str) -> None:
        if self.month not in (0, self.months - 1):
            return
        book = self.work / f"核对-{name}.xlsx"
        self.desk.run("review", "--reader", "甲", "--export", str(book))
        if not book.exists() or not self._fill_review(book):
            return
        before = self.desk.frame_bytes(name)
        self.desk.run("review", "--import", str(book))
        self.desk.match(name)
        after = self.desk.frame_bytes(name)
        self.desk.run("undo", "--yes")
        self.desk.run("review", "--reader", "甲", "--take-back", "--yes")
        self.desk.match(name)
        self._equal_frames("undo of verdicts: frames", before, self.desk.frame_bytes(name))
        self.desk.run("review", "--import", str(book))
        self.desk.match(name)
        self._equal_frames("verdicts again: frames", after, self.desk.frame_bytes(name))
        self._judge(name)

    def _fill_review(self, path: Path) -> int:
        book = openpyxl.load_workbook(path)
        sheet, filled = book.worksheets[0], 0
        for row in range(4, sheet.max_row + 1):
            numbers = re.findall(r"\d{3}-\d{4}-\d{5}", str(sheet.cell(row, 2).value))
            where = str(sheet.cell(row, 7).value)
            found = re.findall(r"\n([^\n“]+?)(?: “([^”]*)”)?\s?第(\d+)行", where)
            owners = {self._row_owner(f.strip(), s, int(r)) for f, s, r in found}
            one = self.look.who(numbers[0]) if numbers else None
            if one is None or len(owners) != 1 or None in owners or self.rng.random() < 0.4:
                continue
            sheet.cell(row, 10).value = "是" if owners == {one.pid} else "否"
            filled += 1
        book.save(path)
        return filled

    def _row_owner(self, file: str, sheet: str, row: int) -> int | None:
        found = {
            o
            for (f, s, r), o in self.owners.items()
            if f == file and r == row and (not sheet or s == sheet)
        }
        return next(iter(found)) if len(found) == 1 else None

    # ---------------------------------------------------------------- collect
    def _collect(self, name: str) -> None:
        folder = self.desk.folder / f"returned-{name}"
        answers, added = self._answers(name, folder)
        office = self.village.office(self.desk, name, folder, self.cases)
        on = last_day(self.month) + timedelta(days=14)
        self.desk.run("collect", str(folder), "--as-of", str(on))
        progress = self._progress(name, on)
        out = self.desk.folder / f"out/{folder.name}/回收问题.xlsx"
        problems = problems_of(out)
        self.desk.run("undo", "--yes")
        self.desk.run("collect", str(folder), "--as-of", str(on))
        self.same("undo and the same collect: progress", progress, self._progress(name, on))
        self._register(answers, office, problems, on)
        self._added(added, problems)
        agree(self, name, progress, on)

    def _answers(
        self, name: str, folder: Path
    ) -> tuple[dict[str, tuple[Any, dict[str, Any]]], dict[str, dict[int, int]]]:
        shutil.rmtree(folder, ignore_errors=True)
        answers: dict[str, tuple[Any, dict[str, Any]]] = {}
        by_sheet: dict[Path, dict[str, dict[str, Any]]] = {}
        for row in self.rows:
            by_sheet.setdefault(row.path, {})
            one = self.look.who(row.case_no)
            wrote = one and self.village.answer(row, one, self.month, self._same(row, one.pid))
            if wrote:
                by_sheet[row.path][row.case_no] = wrote
                answers[row.case_no] = (row, wrote)
        added = {}
        for path, wrote in by_sheet.items():
            target = folder / path.parent.name / path.name
            added[f"{path.parent.name}/{path.name}"] = self.village.fill(
                path, target, wrote, self.month
            )
        return answers, added

    def _same(self, row: Any, pid: int) -> bool | None:
        asked = first_candidate(row)
        if asked is None:
            return None
        ids = next(r["candidate_ids"] for r in self.look.frame if r["case_no"] == row.case_no)
        found = {
            self.look.owner.get(i)
            for i in ids or []
            if self.look.records[i]["name"] == asked[0]
            and str(self.look.records[i]["id_number"] or "").endswith(asked[1])
        }
        return None if len(found) != 1 or None in found else found == {pid}

    def _register(
        self,
        answers: dict[str, Any],
        office: dict[str, Event],
        problems: list[dict[str, str]],
        on: date,
    ) -> None:
        refused = {
            (p["文件"], p["行"])
            for p in problems
            if "没有登记" in p["说明"] and p["列"] != "是否同一人"
        }
        for case_no, (row, wrote) in answers.items():
            place = f"{row.path.parent.name}/{row.path.name}"
            if (place, str(row.row)) in refused:
                told = [p for p in problems if (p["文件"], p["行"]) == (place, str(row.row))]
                text = f"{case_no} {place} {row.row} {wrote} {told}"
                self.fail("a village's answer was not registered", text)
                continue
            case = self.cases[case_no]
            said = str(wrote.get("remark") or wrote.get("why_not") or "")
            case.events.append(
                Event(self.month, wrote["result"], wrote["visited_on"], said, row.path.stem)
            )
            if wrote.get("alive") == "是":
                case.alive = True
        for case_no, event in office.items():
            event.month, event.on = self.month, on
            if any("待办" in p["文件"] and case_no in str(p) for p in problems):
                continue
            self.cases[case_no].events.append(event)

    def _added(self, added: dict[str, dict[int, int]], problems: list[dict[str, str]]) -> None:
        for file, rows in added.items():
            for row, pid in rows.items():
                self.checked["people a village added"] += 1
                said = " ".join(
                    p["说明"] for p in problems if (p["文件"], p["行"]) == (file, str(row))
                )
                numbers = re.findall(r"\d{3}-\d{4}-\d{5}", said)
                if not numbers:
                    self.fail(
                        "a person whom a village added has no number", f"p{pid} {file} {row} {said}"
                    )
                    continue
                case = self.cases.setdefault(numbers[-1], Case(numbers[-1], first=self.month))
                case.owners.add(pid)

    def _progress(self, name: str, on: date) -> dict[str, Any]:
        return progress_of(self.desk, name, on, self.work / "督查")

    # ---------------------------------------------------------------- what happens to people
    def _advance(self) -> None:
        """Put people on rolls after what was answered, and let some fall off."""
        chance = {"enrolled": 0.8, "applied": 0.6, "eligible": 0.3}
        for case in self.cases.values():
            if len(case.owners) != 1 or not case.last:
                continue
            one = self.world.people[next(iter(case.owners))]
            if self.world.covered(one, self.month + 1) or self.world.truly_dead(
                one, self.month + 1
            ):
                continue
            if self.rng.random() < chance.get(case.last.result, 0):
                roll = (
                    self.rng.choice(["orphan", "unattended"]) if one.birth.year >= 2008 else "dibao"
                )
                last = self.month + 1 + self.rng.randrange(2) if self.rng.random() < 0.35 else 99
                one.stays.append(Stay(roll, self.month + 1, last))


def main() -> int:
    """Run the county."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=870)
    parser.add_argument("--villages", type=int, default=44)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--work", type=Path, required=True, help="a folder that is not there yet")
    chosen = parser.parse_args()
    run = Run(chosen.seed, chosen.people, chosen.villages, chosen.months, chosen.work.resolve())
    try:
        run.all_months()
    except Refused as problem:
        run.fail("the command was refused", str(problem))
        print(problem)
    print(
        json.dumps({"checked": run.checked, "failures": run.failures}, ensure_ascii=False, indent=1)
    )
    return int(any("arguable" not in kind for kind in run.failures))


if __name__ == "__main__":
    sys.exit(main())
