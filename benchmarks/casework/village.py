"""What villages and the office write on their sheets, as the truth has it."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from cast import Person
from world import World

from desk import Desk, SheetRow, columns_of, read_sheet
from lists import last_day

RESULTS = {
    "eligible": "已核查符合",
    "ineligible": "已核查不符合",
    "applied": "已申请",
    "enrolled": "已纳入",
    "difficult": "疑难",
    "returned": "退回",
}
USUAL = {
    "eligible": 36,
    "ineligible": 22,
    "applied": 15,
    "enrolled": 7,
    "difficult": 7,
    "returned": 4,
}
#: number, telephone and home in one cell, as printed
JOINED = "hidden_身份证号联系电话住址"
MODES = ("入户", "电话", "邻里访问", "视频")


@dataclass
class Event:
    """One answer that was registered: of which month's sheet, what it said."""

    month: int
    result: str
    on: date
    said: str = ""
    village: str = ""
    by: str = "village"
    back_to: str = ""


@dataclass
class Case:
    """What the outside knows of one number: whose it is and what was answered."""

    case_no: str
    owners: set[int] = field(default_factory=set)
    first: int = 99
    events: list[Event] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    lists: dict[int, set[str]] = field(default_factory=dict)
    alive: bool | None = None
    on_sheet: set[int] = field(default_factory=set)

    @property
    def last(self) -> Event | None:
        """The last answer that was registered."""
        return self.events[-1] if self.events else None


class Village:
    """Fills the sheets of a month."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.rng = random.Random(f"village {seed}")
        self.waiting = list(world.newcomers)

    def answer(
        self, row: SheetRow, one: Person, month: int, same: bool | None
    ) -> dict[str, Any] | None:
        """Return what the village writes in the row, or None where it writes nothing."""
        rng, world = self.rng, self.world
        if rng.random() < 0.1:
            return None
        wrote: dict[str, Any] = {
            "visited_on": last_day(month) + timedelta(days=rng.randrange(1, 13)),
            "visit_mode": rng.choice(MODES),
            "visitor": "村干部",
            "visitor_phone": "12000999999",
            "household_size": rng.randrange(1, 7),
            "alive": "是",
            "resident": "是",
        }
        if row["same_person"].startswith("□") and same is not None:
            wrote["same_person"] = "是" if same else "否"
        if world.truly_dead(one, month):
            return wrote | {"alive": "否", "result": "ineligible", "why_not": "已死亡"}
        if one.home and one.home != (row.path.parent.name, row.path.stem):
            return wrote | {"resident": "否", "result": "returned", "remark": self._home(one, row)}
        if one.really_moved:
            return wrote | {
                "resident": "否",
                "result": "returned",
                "remark": "户口已迁出，现住外地",
            }
        if world.covered(one, month):
            return wrote | {"result": "ineligible", "why_not": "已享受低保"}
        result = rng.choices(list(USUAL), list(USUAL.values()))[0]
        wrote["result"] = result
        if result in ("eligible", "enrolled"):
            child = one.birth.year >= 2008
            wrote["proposed_type"] = rng.choice(
                ["孤儿", "事实无人抚养儿童"] if child else ["低保", "特困"]
            )
        elif result == "ineligible":
            wrote["why_not"] = rng.choice(["收入超标", "家庭收入超过标准", "有房有车"])
        elif result == "difficult":
            wrote["remark"] = "赡养人情况说不清"
        return wrote

    def _home(self, one: Person, row: SheetRow) -> str:
        assert one.home
        town, village = one.home
        if town == "外省":
            return f"现住{village}，户口在外省"
        if town != row.path.parent.name:
            return self.rng.choice([f"应为{town}{village}", f"户籍在{town}{village}"])
        return self.rng.choice([f"应为{village}", f"现住{village}"])

    def fill(
        self, path: Path, target: Path, answers: dict[str, dict[str, Any]], month: int
    ) -> dict[int, int]:
        """Write a filled-in copy of a sheet; row → person, of those whom the village added."""
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        columns = columns_of(sheet)
        rows = read_sheet(path)
        for row in rows:
            for key, value in answers.get(row.case_no, {}).items():
                written = RESULTS[value] if key == "result" else value
                sheet.cell(row.row, columns[key]).value = written
        added: dict[int, int] = {}
        place = (path.parent.name, path.stem)
        at = rows[-1].row + 1 if rows else 99
        for one in [w for w in self.waiting if (w.town, w.village) == place]:
            if self.rng.random() < 0.6:
                self.waiting.remove(one)
                sheet.cell(at, columns["name"]).value = one.name
                if JOINED in columns:
                    sheet.cell(at, columns[JOINED]).value = f"{one.number}\n{one.phone}"
                else:
                    sheet.cell(at, columns["id_number"]).value = one.number
                    sheet.cell(at, columns["phone"]).value = one.phone
                sheet.cell(at, columns["remark"]).value = "独居，多病"
                if self.rng.random() < 0.4:
                    sheet.cell(at, columns["result"]).value = "已申请"
                added[at] = one.pid
                at += 1
        target.parent.mkdir(parents=True, exist_ok=True)
        book.save(target)
        return added

    def office(
        self, desk: Desk, name: str, folder: Path, cases: dict[str, Case]
    ) -> dict[str, Event]:
        """Fill in 待办.xlsx of the month; what was written about whom."""
        source = desk.folder / f"out/{name}/待办.xlsx"
        rows = desk.office_rows(name)
        if not rows:
            return {}
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / "待办.xlsx")
        book = openpyxl.load_workbook(folder / "待办.xlsx")
        wrote: dict[str, Event] = {}
        on = date.fromisoformat(f"{name}-28")
        for row in rows:
            heads, sheet, draw = row["heads"], book[row["page"]], self.rng.random()
            cell = {head: sheet.cell(row["row"], heads.index(head) + 1) for head in heads if head}
            if draw < 0.2:
                cell["办理结果"].value = "已申请"
                wrote[row["编号"]] = Event(-1, "applied", on, by="office")
            elif draw < 0.3:
                cell["办理结果"].value = "已纳入"
                wrote[row["编号"]] = Event(-1, "enrolled", on, by="office")
            elif draw < 0.38:
                cell["办理结果"].value, cell["不符合原因"].value = "已核查不符合", "收入超标"
                wrote[row["编号"]] = Event(-1, "ineligible", on, by="office")
            elif draw < 0.48:
                back = "是"
                if draw > 0.44:
                    back = "".join(self.rng.choice(self.world.villages))
                cell["退回村核查"].value = back
                wrote[row["编号"]] = Event(-1, "asked", on, by="office", back_to=back)
        book.save(folder / "待办.xlsx")
        return wrote


def first_candidate(row: SheetRow) -> tuple[str, str] | None:
    """Name and last digits of the person in front in 匹配疑点, as the sheet writes them."""
    found = re.search(
        r"疑似已?在(?P<list>[^：]+)：(?P<name>[^（]+)（(?:尾号(?P<tail>[0-9Xx]+)，)?", row["doubts"]
    )
    return (found["name"], found["tail"] or "") if found else None
