"""The monthly lists of an invented county as departments send them, and whose each row is."""

from __future__ import annotations

import calendar
import csv
import random
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from cast import Person, name_as, number_as
from openpyxl import Workbook
from world import CUMULATIVE, World

Row = tuple[int, list[Any]]
Owners = dict[tuple[str, str, int], int]


def month_name(month: int) -> str:
    """The folder of a month, counted from May 2022."""
    year, index = divmod(4 + month, 12)
    return f"{2022 + year}-{index + 1:02}"


def last_day(month: int) -> date:
    """The last day of a month."""
    year, index = (int(part) for part in month_name(month).split("-"))
    return date(year, index, calendar.monthrange(year, index)[1])


class Lists:
    """Writes the files of each month; `owners` says which person stands in which row."""

    def __init__(self, world: World) -> None:
        self.world = world

    def as_written(self, one: Person, which: str, month: int) -> tuple[str, str]:
        """Name and number as this list writes them: the same spelling each month."""
        rng = random.Random(f"{one.pid} {which}")
        name, number = one.styles.get(which, ("plain", "plain"))
        return name_as(name, one.name_in(month), rng), number_as(number, one.number, rng)

    def write(self, folder: Path, month: int, without: Iterable[str] = ()) -> Owners:
        """Write a month's files, but for the lists in `without`; whose row is which."""
        folder.mkdir(parents=True, exist_ok=True)
        owners: Owners = {}
        writers: dict[str, Callable[[Path, int], Owners]] = {
            "medical": self._medical,
            "disability": self._disability,
            "monitored": self._monitored,
            "children": self._children,
            "dibao": self._dibao,
            "tekun": self._tekun,
            "orphan": self._orphan,
            "unattended": self._unattended,
            "edge": self._edge,
            "death": self._death,
            "moved_out": self._moved_out,
        }
        for which, writer in writers.items():
            told = which in ("death", "moved_out")  # these may be empty
            if which not in without and (told or self._named(which, month)):
                owners |= writer(folder, month)
        return owners

    def _named(self, which: str, month: int) -> list[Person]:
        if which in CUMULATIVE:
            return [p for p in self.world.people if which in self.world.named(p, month)]
        return [p for p in self.world.people if p.on(which, month)]

    def _rows(self, which: str, month: int, more: Callable[[Person], list[Any]]) -> list[Row]:
        rows = []
        for one in self._named(which, month):
            name, number = self.as_written(one, which, month)
            town, village = one.place_in(month)
            rows.append((one.pid, [name, number, town, village, *more(one)]))
        random.Random(f"{which} {month if not CUMULATIVE.get(which) else ''}").shuffle(rows)
        return rows

    def _address(self, one: Person, month: int) -> str:
        town, village = one.place_in(month)
        return f"{town}{village}{one.group}组{one.door}号"

    def _medical(self, folder: Path, month: int) -> Owners:
        def more(one: Person) -> list[Any]:
            paid = 40000.01 + random.Random(f"paid {one.pid}").randrange(90000)
            return [self._address(one, month), one.phone, round(paid * 1.7, 2), round(paid, 2)]

        rows = self._rows("medical", month, more)
        head = [
            "姓名",
            "身份证号码",
            "乡镇",
            "村（社区）",
            "住址",
            "联系电话",
            "医疗总费用（元）",
            "个人自付费用（元）",
        ]
        path = folder / "附件2：2021年度个人自付医疗费用超4万元人员名单.xlsx"
        return _xlsx(path, {"Sheet1": rows}, head, ["2021年度个人自付医疗费用超4万元人员名单"])

    def _disability(self, folder: Path, month: int) -> Owners:
        def more(one: Person) -> list[Any]:
            kind, level = [("肢体", "一级"), ("智力", "三级"), ("视力", "二级"), ("精神", "二级")][
                one.pid % 4
            ]
            return [one.phone, kind, level, f"2022年{max(1, 5 + month)}月{1 + one.pid % 28}日"]

        rows = self._rows("disability", month, more)
        head = [
            "姓名",
            "身份证号",
            "所属街道",
            "所属社区",
            "联系电话",
            "残疾类别",
            "残疾等级",
            "发证日期",
        ]
        return _csv(folder / f"新增重度残疾人名单（{5 + month}月）.csv", rows, head, "gb18030")

    def _monitored(self, folder: Path, month: int) -> Owners:
        kinds = ["脱贫不稳定户", "边缘易致贫户", "突发严重困难户"]
        rows = self._rows(
            "monitored",
            month,
            lambda p: [kinds[p.pid % 3], "否", 1 + p.pid % 6, p.phone, f"{p.group}组"],
        )
        head = [
            "姓名",
            "证件号码",
            "乡（镇）",
            "行政村",
            "监测对象类别",
            "风险是否已消除",
            "家庭人口",
            "联系电话",
            "村民小组",
        ]
        return _csv(folder / f"监测对象信息_{month_name(month)}.csv", rows, head, "utf-8-sig")

    def _children(self, folder: Path, month: int) -> Owners:
        rows = self._rows(
            "children",
            month,
            lambda p: [f"{p.birth:%Y-%m-%d}", p.name[0] + "父", "服刑", p.name[0] + "奶", p.phone],
        )
        head = [
            "子女姓名",
            "子女身份证号",
            "乡镇",
            "村（社区）",
            "子女出生日期",
            "服刑（戒毒）人员姓名",
            "人员状态",
            "监护人",
            "联系电话",
        ]
        path = folder / f"服刑在押、强制戒毒人员未成年子女（{5 + month}月新增）.xlsx"
        return _xlsx(path, {"Sheet1": rows}, head, ["未成年子女信息表", "填报单位：司法局"])

    def _dibao(self, folder: Path, month: int) -> Owners:
        rows = self._rows(
            "dibao", month, lambda p: ["本人", "是", 600 + p.pid % 300, "2019-03", f"DB{p.pid:06}"]
        )
        head = [
            "姓名",
            "身份证号",
            "乡镇",
            "行政村",
            "与户主关系",
            "是否保障对象",
            "月补助金额",
            "起始保障年月",
            "低保证号",
        ]
        sheets: dict[str, list[Row]] = {}
        for row in rows:
            sheets.setdefault(row[1][2], []).append(row)
        return _xlsx(folder / f"{5 + month}月低保在册.xlsx", sheets, head, ["低保对象花名册"])

    def _tekun(self, folder: Path, month: int) -> Owners:
        rows = self._rows("tekun", month, lambda p: ["分散", "全自理", p.sex])
        head = ["姓名", "公民身份号码", "乡镇", "行政村", "供养方式", "护理等级", "性别"]
        return _xlsx(folder / f"{5 + month}月特困供养人员名册.xlsx", {"Sheet1": rows}, head, [])

    def _orphan(self, folder: Path, month: int) -> Owners:
        rows = self._rows("orphan", month, lambda p: [p.sex, 1800])
        head = ["儿童姓名", "身份证号", "地区", "村居", "性别", "发放金额（元）"]
        return _xlsx(folder / f"孤儿基本生活费发放表{5 + month}月.xlsx", {"Sheet1": rows}, head, [])

    def _unattended(self, folder: Path, month: int) -> Owners:
        rows = self._rows("unattended", month, lambda p: [p.sex, 1440])
        head = ["儿童姓名", "身份证号", "地区", "村居", "性别", "发放金额（元）"]
        return _xlsx(
            folder / f"事实无人抚养儿童发放名册{5 + month}月.xlsx", {"Sheet1": rows}, head, []
        )

    def _edge(self, folder: Path, month: int) -> Owners:
        rows = self._rows("edge", month, lambda p: ["2021-06-01"])
        head = ["姓名", "身份证号", "乡镇", "村居", "认定时间"]
        return _csv(folder / f"{5 + month}月低保边缘家庭.csv", rows, head, "utf-8")

    def _told(self, which: str, people: list[Person], month: int, day: str) -> list[Row]:
        rows = []
        for one in people:
            name, number = self.as_written(one, which, month)
            rows.append((one.pid, [name, number, *one.place_in(month), day]))
        return rows

    def _death(self, folder: Path, month: int) -> Owners:
        people = [p for p in self.world.people if month in p.dead_told]
        rows = self._told("death", people, month, f"{month_name(month)}-03")
        head = ["姓名", "身份证号码", "镇", "村（居）", "死亡日期"]
        return _csv(folder / f"死亡人员{5 + month}月.csv", rows, head, "utf-8-sig")

    def _moved_out(self, folder: Path, month: int) -> Owners:
        people = [p for p in self.world.people if month in p.moved_told]
        rows = self._told("moved_out", people, month, f"{month_name(month)}-05")
        head = ["姓名", "身份证号码", "镇", "村（居）", "迁出日期"]
        return _xlsx(folder / f"户籍迁出人员{5 + month}月.xlsx", {"Sheet1": rows}, head, [])


def reprint(folder: Path, owners: Owners, which: str) -> Owners:
    """Put the same file in the folder once more, as browsers save it; whose rows these are."""
    path = next(p for p in folder.iterdir() if which in p.name)
    copy = path.with_name(f"{path.stem}（1）{path.suffix}")
    shutil.copyfile(path, copy)
    return {
        (copy.name, sheet, row): pid
        for (name, sheet, row), pid in owners.items()
        if name == path.name
    }


def _xlsx(path: Path, sheets: dict[str, list[Row]], head: list[str], titles: list[str]) -> Owners:
    book = Workbook()
    book.remove(book.active)
    owners: Owners = {}
    for title, rows in (sheets or {"Sheet1": []}).items():
        sheet = book.create_sheet(title)
        for line in titles:
            sheet.append([line])
        sheet.append(head)
        for pid, values in rows:
            sheet.append(values)
            owners[path.name, title, sheet.max_row] = pid
        if titles:
            sheet.append(["合计", f"{len(rows)}人"])
    book.save(path)
    return owners


def _csv(path: Path, rows: list[Row], head: list[str], encoding: str) -> Owners:
    owners: Owners = {}
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        for at, (pid, values) in enumerate(rows, 2):
            writer.writerow(values)
            owners[path.name, "", at] = pid
    return owners
