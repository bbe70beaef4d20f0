"""The villages of the simulated year: they read their printed sheets and hand in what they please."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import python_calamine

from tests.year.world import Person

#: How a village works; the order is that of `world.VILLAGES`.
HABITS = (
    *("prompt", "prompt", "by halves", "late", "twice"),
    *("wrong", "changing", "never"),
    *("prompt", "by halves", "wrong", "late or never"),
)
_WORD = {
    "eligible": "已核查符合",
    "ineligible": "已核查不符合",
    "applied": "已申请",
    "enrolled": "已纳入",
    "difficult": "疑难",
    "returned": "退回",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: where it stands, and what it says."""

    row: int
    case_no: str
    name: str
    number: str
    address: str
    doubts: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A printed sheet: every cell as text, and the lines that are people."""

    path: Path
    town: str
    village: str
    grid: list[list[str]]
    header: int
    lines: tuple[Line, ...]

    def column(self, title: str) -> int:
        return _place(self.grid[self.header], title)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in a line: what was found out, and the day of the visit.

    `wrong` says what keeps it from being taken; `odd`: columns beside the result say what is no
    choice of theirs, which keeps nothing from being taken. `same` is the word on the candidate, who
    is the case `other` or somebody on a roll.
    """

    result: str
    day: dt.date
    wrong: str = ""
    same: str = ""
    other: str = ""
    odd: bool = False

    @property
    def cells(self) -> dict[str, str]:
        written = {"核查日期": self.day.isoformat(), "核查结果": _WORD[self.result]}
        written["核查方式"] = "入户"
        if self.result in ("eligible", "enrolled"):
            written["拟纳入类型"] = "低保"
        if self.result == "ineligible":
            written["不符合原因"] = "收入超标"
        if self.same:
            written["是否同一人"] = self.same
        if self.wrong == "choice":
            written["核查结果"] = "看过了"
        elif self.wrong == "reason":
            written["核查结果"] = "已核查不符合"
            written.pop("不符合原因", None)
            written.pop("拟纳入类型", None)
        elif self.wrong == "none":
            del written["核查结果"]
        if self.odd:
            written |= {"核查方式": "托人打听", "家庭人口": "几口", "是否在本地": "说不准"}
        return written


def read_sheet(path: Path) -> Sheet:
    """Return a village's workbook as it was printed."""
    page = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    rows = page.to_python(skip_empty_area=False)
    grid = [[_text(cell) for cell in row] for row in rows]
    header = next(at for at, row in enumerate(grid) if "姓名" in row)
    place = {
        each: _place(grid[header], each)
        for each in ("编号", "姓名", "身份证号", "住址", "匹配疑点")
    }
    lines = tuple(
        Line(
            row=at,
            case_no=row[place["编号"]],
            name=row[place["姓名"]],
            number=row[place["身份证号"]],
            address=path.stem + row[place["住址"]],  # without what the title says
            doubts=row[place["匹配疑点"]],
        )
        for at, row in enumerate(grid[header + 1 :], start=header + 1)
        if row[place["姓名"]]
    )
    return Sheet(path, path.parent.name, path.stem, grid, header, lines)


def hand_in(
    sheet: Sheet,
    said: Mapping[str, Said],
    target: Path,
    added: Sequence[Person] = (),
) -> None:
    """Write a filled-in copy of a sheet: `said` by case number, and people added by hand.

    As the ending of `target` says: a csv export, or the workbook itself.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    cells = {
        (line.row, sheet.column(title)): text
        for line in sheet.lines
        if line.case_no in said
        for title, text in said[line.case_no].cells.items()
    }
    end = sheet.lines[-1].row + 1
    names = {"姓名": "name", "身份证号": "number", "住址": "address"}
    for at, person in enumerate(added):
        cells |= {
            (end + at, sheet.column(title)): getattr(person, value)
            for title, value in names.items()
        }
    if target.suffix == ".xlsx":
        book = openpyxl.load_workbook(sheet.path)
        page = book.worksheets[0]
        if added:
            page.insert_rows(end + 1, len(added))
        for (row, column), text in cells.items():
            page.cell(row + 1, column + 1).value = text
        book.save(target)
        return
    grid = [list(row) for row in sheet.grid]
    grid[end:end] = [[""] * len(grid[0]) for _ in added]
    for (row, column), text in cells.items():
        grid[row][column] = text
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(grid)


def findings(need: str, before: str, chance: random.Random) -> str:
    """What a visit finds out of somebody who stands as `before`; "" where nobody goes again."""
    if before in ("eligible", "applied"):
        return chance.choice(("", "applied", "enrolled"))
    if before == "difficult" and need == "difficult":
        return chance.choice(("difficult", "eligible"))
    return need


def _place(header: Sequence[str], title: str) -> int:
    """Where a column stands: by itself, else in a cell that several share."""
    alone = [at for at, each in enumerate(header) if _plain(each) == title]
    shared = [at for at, each in enumerate(header) if title in each.split("\n")]
    return [*alone, *shared][0]


def _plain(text: str) -> str:
    return "".join(text.split())


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
