"""Runs the program as a whole process, and judges what it made of a month by the truth."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from exports import Fault, Month
from tables import Row, shown
from warm import cold

from people import Person

RULES = Path(__file__).resolve().parents[2] / "rules"
Run = Callable[..., subprocess.CompletedProcess[str]]
WHOLE = ("SHEET_SKIPPED", "SHEET_SET_ASIDE", "FILE_IGNORED", "SHEET_NOT_READ")


@dataclass(frozen=True)
class Failure:
    """One thing that should not have been: how bad it is, and what."""

    grade: str
    what: str


def crashed(result: subprocess.CompletedProcess[str]) -> bool:
    """Whether it ended in a defect, or with a trace."""
    return result.returncode not in (0, 2, 3, 4) or "Traceback" in result.stderr + result.stdout


class Outcome:
    """What `match` wrote, with the people of the truth found again in its frames."""

    def __init__(self, month: Month, out: Path) -> None:
        self.month = month
        self.out = out
        data = out / "data"
        self.records = pl.read_parquet(data / "records.parquet").to_dicts()
        self.cases = pl.read_parquet(data / "cases.parquet").to_dicts()
        self.issues = pl.read_parquet(data / "issues.parquet").to_dicts()
        self.decisions = pl.read_parquet(data / "decisions.parquet").to_dicts()
        self.run = json.loads((out / "run.json").read_text(encoding="utf-8"))
        self.places = dict(self._places())
        people = month.crowd.people
        self.names = {person.name: person.key for person in people}
        self.numbers = {person.id_number: person.key for person in people}
        self.who = {record["record_id"]: self._who(record) for record in self.records}

    def _places(self) -> Iterator[tuple[tuple[str, str, int], Row]]:
        for book in self.month.all_books():
            for table in book.tables:
                sheet = table.sheet if len(book.tables) > 1 else ""
                for number, row in table.places().items():
                    yield (book.file, sheet, number), row

    def row_at(self, file: str, sheet: str, row: int) -> Row | None:
        """The row of the truth at this place of a file."""
        return self.places.get((file, "", row)) or self.places.get((file, sheet, row))

    def _who(self, record: dict[str, Any]) -> int | None:
        """The person a record is of: by its place if the name or number agrees, else by those."""
        row = self.row_at(record["file"], record["sheet"], record["row"])
        name, number = record["name_raw"] or "", record["id_number_raw"] or ""
        if row is not None and len(row.people) == 1:
            cells = [shown(cell).strip() for cell in (row.raw or list(row.cells.values()))]
            if name.strip() in cells or number.strip() in cells or not name:
                return row.people[0]
        if row is not None and len(row.people) > 1:
            for key in row.people:
                person = self.month.crowd.people[key]
                if person.name in name or person.id_number == record["id_number"]:
                    return key
        known = self.names.get(name.strip(), self.numbers.get(record["id_number"] or ""))
        return row.people[0] if known is None and row is not None else known

    def on_sheet(self) -> dict[int, dict[str, Any]]:
        """The case of each person of the truth that has one."""
        return {
            key: case
            for case in self.cases
            for record in case["record_ids"]
            if (key := self.who.get(record)) is not None
        }

    def told(self, person: Person, files: set[str]) -> bool:
        """Whether an issue names a row of the person, or the whole of one of the files."""
        rows = {
            (r["file"], r["row"]) for r in self.records if self.who[r["record_id"]] == person.key
        }
        rows |= {(at[0], at[2]) for at, row in self.places.items() if person.key in row.people}
        return any(
            (issue["file"], issue["row"]) in rows
            or (issue["row"] is None and issue["file"] in files)
            for issue in self.issues
        )


def judge(month: Month, folder: Path, out: Path, run: Run = cold) -> tuple[list[Failure], int]:
    """Run `match` on the month; what is wrong with what came out, and its exit code."""
    result = run(
        "match", folder, "--rules", RULES, "--out", out, "--ledger", out.parent / "none.db"
    )
    said = result.stdout + result.stderr
    if crashed(result):
        return [Failure("crash", f"exit {result.returncode}: {said[-300:]}")], result.returncode
    if result.returncode:
        return list(refused(month, said, result.returncode)), result.returncode
    outcome = Outcome(month, out)
    failures = [*missing(month, outcome), *needless(month, outcome), *links(month, outcome)]
    failures += [*account(month, outcome), *sheets(outcome)]
    return failures, 0


def refused(month: Month, said: str, code: int) -> Iterator[Failure]:
    """A refusal is right only where a fault allows it, and when it names the file."""
    flat = "".join(said.split())
    wanting = [fault for fault in month.faults if fault.refuse]
    if not wanting:
        yield Failure("refusal", f"exit {code}: {said[-400:]}")
    elif not any("".join(b.name.split()) in flat for fault in month.faults for b in fault.books):
        yield Failure("unnamed", f"exit {code}: {said[-400:]}")


def missing(month: Month, outcome: Outcome) -> Iterator[Failure]:
    """People in need that are on no sheet."""
    on, either = outcome.on_sheet(), month.allowed("either")
    files = {book.file for fault in month.faults for book in fault.books}
    for person in month.crowd.people:
        if month.needs(person) and person.key not in on and person.key not in either:
            told = outcome.told(person, files)
            yield Failure("lost, told" if told else "lost", describe(person, outcome))


def describe(person: Person, outcome: Outcome) -> str:
    """The rows of a person, and what was made of them."""
    rows = [
        f"{r['list']} {r['file']} {r['sheet']} row {r['row']} {r['name_raw']!r}"
        f" {r['id_number_raw']!r} {r['id_status']} {r['qualifies']} {r['failed_condition'] or ''}"
        for r in outcome.records
        if outcome.who[r["record_id"]] == person.key
    ]
    return (
        f"{person.name} lists={sorted(person.qualifies)} covered={sorted(person.covered)}: {rows}"
    )


def needless(month: Month, outcome: Outcome) -> Iterator[Failure]:
    """People on a sheet who should not be, or on that of another village, and no issue says why."""
    either, told = month.allowed("either"), month.allowed("told")
    files = {book.file for fault in month.faults for book in fault.books}
    for key, case in outcome.on_sheet().items():
        person = month.crowd.people[key]
        if key in either:
            continue
        said = key in told and outcome.told(person, files)
        if not month.needs(person) and case["status"] != "review" and not said:
            yield Failure("needless", f"{case['reason']} {describe(person, outcome)}")
        if case["village"] not in (person.village, None, "未识别村居") and not said:
            yield Failure("village", f"{case['village']} {describe(person, outcome)}")


def links(month: Month, outcome: Outcome) -> Iterator[Failure]:
    """Links between rows of two people."""
    either = month.allowed("either")
    for decision in outcome.decisions:
        if decision["decision"] != "link":
            continue
        left, right = outcome.who[decision["left_id"]], outcome.who[decision["right_id"]]
        if left is not None and right is not None and left != right and not {left, right} & either:
            pair = [month.crowd.people[key] for key in (left, right)]
            yield Failure(
                "false link", f"{decision['tier']}: {[describe(p, outcome) for p in pair]}"
            )


def account(month: Month, outcome: Outcome) -> Iterator[Failure]:
    """Every row with people is a record, or an issue names it or its whole sheet."""
    rows = {(r["file"], outcome.who[r["record_id"]]) for r in outcome.records}
    named = {(issue["file"], issue["row"]) for issue in outcome.issues}
    whole = {issue["file"] for issue in outcome.issues if issue["code"] in WHOLE}
    whole |= {entry["file"] for entry in outcome.run["inputs"] if entry["ignored"]}
    for (file, sheet, number), row in outcome.places.items():
        if file in whole or (file, number) in named:
            continue
        for key in row.people:
            if (file, key) not in rows:
                yield Failure(
                    "unaccounted", f"{file} {sheet} row {number} {month.crowd.people[key].name}"
                )
    for entry in outcome.run["inputs"]:
        for sheet in entry["sheets"]:
            counts = sheet["counts"]
            if "rows" not in counts:
                continue
            parts = (
                "title",
                "header",
                "total",
                "footer",
                "without_person",
                "records",
                "skipped_sheet",
            )
            if sheet["list"] and counts["rows"] != sum(counts.get(part, 0) for part in parts):
                yield Failure("unaccounted", f"{entry['file']} counts {counts}")


def sheets(outcome: Outcome) -> Iterator[Failure]:
    """Every case is printed on one village's sheet."""
    import python_calamine

    printed: list[str] = []
    for path in (outcome.out / "核查表").rglob("*.xlsx"):
        book = python_calamine.CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            for line in book.get_sheet_by_name(name).to_python():
                printed += [str(line[0])] if line and "-" in str(line[0]) else []
    cases = {str(case["case_no"]) for case in outcome.cases}
    if cases - set(printed):
        yield Failure("sheets", f"{len(cases - set(printed))} cases on no sheet")


def kinds(faults: list[Fault]) -> str:
    """The kinds of the faults of a month."""
    return "+".join(fault.kind for fault in faults) or "clean"
