"""A month that went out to two villages: its ledger, its sheets, and pens to fill them in with."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
from openpyxl.worksheet.worksheet import Worksheet

from loubao.books.village_sheet import village_books
from loubao.commands.collect import Collection, collect
from loubao.core.events import Event, NewCase, Place, Posting, Sighting
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.revisions import editions, issued_events, villages
from loubao.ledger.connection import reading as opened
from loubao.ledger.connection import writing
from loubao.ledger.postings import events_of, post
from loubao.rules.folder import Rules
from loubao.rules.sheet_columns import stacks
from loubao.screening.cases import DETAILS
from loubao.workbook.writing import write_workbook
from tests.people import number

ISSUED = dt.date(2022, 6, 30)
EMPTY = BroughtForward("2022-06")
TODAY = dt.date(2022, 7, 20)
#: name, born, sequence, village; the number is nobody's
PEOPLE = (
    ("蔡阿榕", "19600305", 11, "上浦村"),
    ("柯三省", "19710809", 23, "上浦村"),
    ("曾淑勉", "19850412", 46, "上浦村"),
    ("骆添丁", "19440102", 57, "上浦村"),
    ("何厝生", "19530616", 79, "后亭村"),
    ("庄碧螺", "19901130", 82, "后亭村"),
)
CODES = {"上浦村": "350521104203", "后亭村": "350521104204"}
SHEET = {"上浦村": "核查表/洛阳镇/上浦村.xlsx", "后亭村": "核查表/洛阳镇/后亭村.xlsx"}
ROLL_CANDIDATE = {"kind": "roll", "other": "row:0123", "list": "dibao", "tier": "t", "evidence": {}}


def case_no(place: int) -> str:
    """The number of PEOPLE[place - 1]."""
    return f"104-2022-{place:05}"


def _details(rules: Rules, people: Sequence[tuple[str, str, int, str]]) -> pl.DataFrame:
    rows = [
        {
            "case_no": case_no(i),
            "person_key": f"P{i:06}",
            "town": "洛阳镇",
            "village": village,
            "village_code": CODES[village],
            "household": f"P{i:06}",
            "status": "review" if i in (2, 4) else "uncovered",
            "name": name,
            "id_number": number(born, sequence),
            "sex": "男" if sequence % 2 else "女",
            "age": 2022 - int(born[:4]),
            "address": f"{village}{i}号",
            "phone": "13000000000",
            "lists": ["medical"],
            "sources": ["自付医疗费用超4万元"],
            "clues": [f"个人自付医疗费{40000 + i}元"],
            "benefits": [],
            "doubts": ["疑似已在低保"] if i in (2, 4) else [],
        }
        for i, (name, born, sequence, village) in enumerate(people, start=1)
    ]
    return pl.DataFrame(rows, schema={**DETAILS}).with_columns(
        pl.lit(None, dtype).alias(column)
        for column, dtype in DETAILS.items()
        if column not in rows[0]
    )


def issue(root: Path, rules: Rules, people: Sequence[tuple[str, str, int, str]] = PEOPLE) -> None:
    """Post the month and write its sheets below `root`; case 4 may be case 2, case 2 on a roll."""
    details = _details(rules, people)
    laid = villages(details, rules.sheets)
    ids = {f"P{i:06}": i for i in range(1, len(people) + 1)}
    candidates = {
        "P000002": ROLL_CANDIDATE,
        "P000004": {"kind": "case", "other": "case:2", "tier": "t", "evidence": {}},
    }
    with writing(root / "loubao.db") as connection:
        out, issues = editions(
            laid,
            ids,
            candidates,
            EMPTY,
            ISSUED,
            rules.screening.follow_up,
        )
        on = ISSUED.isoformat()
        opened_ = [Event(i, "opened", on, {"lists": ["medical"]}) for i in ids.values()]
        post(
            connection,
            Posting(
                kind="month",
                month="2022-06",
                as_of=on,
                digest="m",
                counts={},
                cases=tuple(NewCase(i, case_no(i), "104", 2022, i) for i in ids.values()),
                sightings=tuple(
                    Sighting(
                        i,
                        {
                            "list": "medical",
                            "name": name,
                            "name_key": name,
                            "id_number": number(born, sequence),
                            "id_status": "valid",
                            "birth_date": f"{born[:4]}-{born[4:6]}-{born[6:]}",
                            "town": "洛阳镇",
                            "village": village,
                            "village_code": CODES[village],
                        },
                    )
                    for i, (name, born, sequence, village) in enumerate(people, start=1)
                ),
                editions=tuple(out),
                events=(*opened_, *issued_events(out, EMPTY)),
                places=tuple(
                    Place(i, "洛阳镇", p[3], CODES[p[3]], f"H{i:07}", ("medical",))
                    for i, p in enumerate(people, start=1)
                ),
            ),
            f"{on}T12:00:00+08:00",
        )
    for book in village_books(laid, rules.sheets, ISSUED, issues):
        target = root / "issued" / book.path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(book, target)


@dataclass(frozen=True)
class Round:
    """One desk: the ledger, sheets as issued, a folder `back` of what came back."""

    root: Path
    rules: Rules

    @property
    def ledger(self) -> Path:
        return self.root / "loubao.db"

    @property
    def back(self) -> Path:
        return self.root / "back"

    def sheet(self, village: str = "上浦村", name: str = "") -> Path:
        """A copy of a village's sheet among what came back."""
        target = self.back / (name or f"{village}.xlsx")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.root / "issued" / SHEET[village], target)
        return target

    def filled(
        self,
        answers: Mapping[int, Mapping[str, Any]],
        village: str = "上浦村",
        name: str = "",
    ) -> Path:
        """A village's sheet come back with `answers`: case → column key → value."""
        path = self.sheet(village, name)
        pen = Pen(path, self.rules)
        for case, cells in answers.items():
            for key, value in cells.items():
                pen.write(case, key, value)
        pen.save()
        return path

    def collect(self, as_of: dt.date = TODAY) -> dict[str, Any]:
        where = Collection(self.back, self.root / "out", self.ledger)
        report = collect(where, self.rules, as_of)
        counts = report["counts"]
        parts = ("posted", "unchanged", "repeated", "judged", "added", "untouched", "out")
        accounted = sum(counts[key] for key in (*parts, "skipped", "unidentified"))
        assert accounted == counts["rows"], "rows that nothing became of"
        return report

    def codes(self, report: Mapping[str, Any]) -> dict[str, int]:
        """Issues by code."""
        return {row["code"]: row["count"] for row in report["problems"]}

    def standing(self, case: int) -> dict[str, Any]:
        """The row of a case in the standing table."""
        with opened(self.ledger) as connection:
            columns = ("status", "answered_on", "merged_into", "lists", "village")
            row = connection.execute(
                f"SELECT {', '.join(columns)} FROM standing WHERE case_id = ?", (case,)
            ).fetchone()
        return dict(zip(columns, row, strict=True))

    def statuses(self) -> list[str]:
        with opened(self.ledger) as connection:
            found = connection.execute("SELECT status FROM standing ORDER BY case_id").fetchall()
        return [status for (status,) in found]

    def events(self, case: int) -> list[Event]:
        with opened(self.ledger) as connection:
            return events_of(connection, [case])[case]

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the ledger holds."""
        with opened(self.ledger) as connection:
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).fetchall()
            return {
                name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names
            }


class Pen:
    """Writes into a village sheet by case and column, wherever they stand."""

    def __init__(self, path: Path, rules: Rules) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.page: Worksheet = self.book[rules.sheets.village.page]
        headers = {c.header: c.key for c in rules.sheets.village.columns}
        self.header_row = next(
            row[0].row
            for row in self.page.iter_rows()
            if sum(self._plain(cell.value) in headers for cell in row) > 5
        )
        self.columns = {
            headers[self._plain(cell.value)]: cell.column
            for cell in self.page[self.header_row]
            if self._plain(cell.value) in headers
        }
        # columns that share a cell: column key → its line there, and its own hidden column
        self.line_in: dict[str, int] = {}
        self.copies: dict[str, int] = {}
        for stack in stacks(rules.sheets.village.columns):
            header = "".join(column.header for column in stack)
            for cell in self.page[self.header_row]:
                if len(stack) > 1 and self._plain(cell.value) == header:
                    self.copies |= {column.key: self.columns[column.key] for column in stack}
                    self.columns |= {column.key: cell.column for column in stack}
                    self.line_in |= {column.key: i for i, column in enumerate(stack)}
        self.keys = {
            cell.value: cell.column
            for cell in self.page[self.header_row]
            if cell.value in ("case_no", "person_key", "edition")
        }

    @staticmethod
    def _plain(value: object) -> str:
        return "".join(str(value or "").split())

    def row(self, case: int) -> int:
        """The row of a case by its hidden number."""
        place = self.keys["case_no"]
        return next(
            row
            for row in range(self.header_row + 1, self.page.max_row + 1)
            if self.page.cell(row, place).value == case_no(case)
        )

    def write(self, case: int, key: str, value: Any) -> None:
        self.put(self.row(case), key, value)

    def put(self, row: int, key: str, value: Any) -> None:
        """Write into a cell, or on one line of it."""
        cell = self.page.cell(row, self.columns[key])
        if key in self.line_in:
            lines = str(cell.value or "").split("\n")
            lines += [""] * (self.line_in[key] + 1 - len(lines))
            lines[self.line_in[key]] = str(value)
            value = "\n".join(lines).strip("\n")
        cell.value = value

    def add(self, **cells: Any) -> int:
        """Add a person by hand in the first blank row, which is not locked; returns it."""
        rows = self.page.iter_rows(min_row=self.header_row + 1)
        empty = next((row for row in rows if all(cell.value is None for cell in row)), None)
        row = self.page.max_row + 1 if empty is None else empty[0].row
        for key, value in cells.items():
            self.put(row, key, value)
            assert empty is None or not empty[self.columns[key] - 1].protection.locked
        return row

    def save(self, to: Path | None = None) -> None:
        self.book.save(to or self.path)
