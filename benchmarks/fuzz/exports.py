"""Small months of invented people with known truth: the clean month, and its faults from `faults`.

`make(seed)` gives a month: the books to write, who is to be on a sheet, and what the faults that
were drawn for it allow. Nothing in it reads or knows the program that is tried.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tables import FORMATS, Book, Row, Table

from people import Crowd, Person

AS_OF = dt.date(2022, 6, 30)
COVERED_BY = {
    "medical": {"dibao", "tekun"},
    "disability": {"dibao", "tekun"},
    "monitored": {"dibao", "tekun"},
    "children": {"orphan", "unattended", "tekun"},
}
NAMES = {
    "medical": ("个人自付医疗费用超4万元人员名单", "6月医保自付费用名单"),
    "disability": ("新增重度残疾人名单6月", "残疾人名单"),
    "monitored": ("防返贫监测对象信息202206", "6月监测户名单"),
    "children": ("服刑（戒毒）人员未成年子女", "服刑人员子女信息表"),
    "dibao": ("6月低保在册", "低保对象花名册2022年6月"),
    "tekun": ("6月特困供养", "特困人员名册"),
    "orphan": ("孤儿6月",),
    "unattended": ("事实无人抚养儿童6月",),
    "death": ("死亡人员6月", "火化名单"),
}
BASE = [("name", "姓名"), ("id_number", "身份证号"), ("town", "乡镇"), ("village", "村")]
COLUMNS: dict[str, list[tuple[str, str]]] = {
    "medical": [*BASE, ("self_paid", "个人自付费用（元）")],
    "disability": [
        *BASE,
        ("category", "残疾类别"),
        ("level", "残疾等级"),
        ("certificate_date", "发证日期"),
    ],
    "monitored": [*BASE, ("relation", "与户主关系"), ("household_category", "监测对象类别")],
    "children": [
        ("parent_name", "服刑（戒毒）人员姓名"),
        ("parent_status", "人员状态"),
        ("name", "子女姓名"),
        ("id_number", "子女身份证号"),
        ("guardian", "监护人"),
        ("town", "乡镇"),
        ("village", "村"),
    ],
    "dibao": [*BASE, ("amount", "月保障金额"), ("remark", "备注")],
    "tekun": [*BASE, ("care_mode", "供养方式"), ("remark", "备注")],
    "orphan": [("name", "儿童姓名"), *BASE[1:], ("amount", "发放金额（元）")],
    "unattended": [("name", "儿童姓名"), *BASE[1:], ("amount", "发放金额（元）")],
    "death": [*BASE, ("death_date", "死亡日期"), ("remark", "备注")],
}


@dataclass
class Fault:
    """One fault in a month.

    `told` and `either` are the people of whom something else than the truth may come out: for the
    first, when an issue names the row or the file; for the second, anyhow. `refuse`: the month may
    be refused instead, with the file named. `books` are the files concerned.
    """

    kind: str
    books: list[Book]
    people: list[Person] = field(default_factory=list)
    told: list[Person] = field(default_factory=list)
    either: list[Person] = field(default_factory=list)
    refuse: bool = False
    detail: str = ""


@dataclass
class Month:
    """The month, its people and what is true of them."""

    seed: int
    rng: random.Random
    crowd: Crowd
    books: dict[str, Book] = field(default_factory=dict)
    extra: list[Book] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    folder: str = "2022-06"

    def all_books(self) -> Iterator[Book]:
        """Every file of the month."""
        yield from self.books.values()
        yield from self.extra

    def rows(self, kind: str) -> list[Row]:
        """The rows with people of a list's first table."""
        return [row for row in self.books[kind].tables[0].rows if row.people]

    def person(self, row: Row) -> Person:
        """The first person in a row."""
        return self.crowd.people[row.people[0]]

    def needs(self, person: Person) -> bool:
        """Whether the person belongs on a sheet."""
        if person.gone and person.qualifies != {"medical"} and "medical" not in person.qualifies:
            return False
        return any(not COVERED_BY[kind] & person.covered for kind in person.qualifies)

    def allowed(self, what: str) -> set[int]:
        """The people of whom some fault allows more than the truth."""
        return {person.key for fault in self.faults for person in getattr(fault, what)}

    def save(self, base: Path) -> Path:
        """Write all files; the folder that holds them."""
        folder = base / self.folder
        folder.mkdir(parents=True)
        for book in self.all_books():
            book.save(folder)
        return folder


def cells(person: Person, kind: str, rng: random.Random, good: bool) -> dict[str, Any]:
    """What a clean row of a list says of a person; not `good`: that does not qualify."""
    row: dict[str, Any] = {
        "name": person.name,
        "id_number": person.id_number,
        "town": person.town,
        "village": person.village,
    }
    if kind == "medical":
        row["self_paid"] = rng.randint(41000, 98000) if good else rng.randint(9000, 39000)
    elif kind == "disability":
        row["category"] = rng.choice(["肢体", "视力", "听力"])
        row["level"] = rng.choice(["一级", "二级"]) if good else rng.choice(["三级", "四级"])
        row["certificate_date"] = dt.date(rng.randint(2021, 2022), rng.randint(1, 5), 9)
    elif kind == "monitored":
        row["relation"] = "户主"
        row["household_category"] = (
            rng.choice(["脱贫不稳定户", "边缘易致贫户"]) if good else "脱贫户"
        )
    elif kind == "children":
        row |= {
            "parent_name": "石" + person.name[1:],
            "parent_status": "服刑",
            "guardian": "甘" + person.name[1:],
        }
    elif kind in ("dibao", "orphan", "unattended"):
        row["amount"] = rng.randint(300, 900)
    elif kind == "tekun":
        row["care_mode"] = "分散"
    elif kind == "death":
        row["death_date"] = dt.date(2022, rng.randint(1, 6), rng.randint(1, 28))
    return row


def add(month: Month, kind: str, person: Person, good: bool = True) -> Row:
    """The person on the list, in the books and in the truth."""
    row = Row(cells(person, kind, month.rng, good), (person.key,))
    month.books[kind].tables[0].rows.append(row)
    if kind in COVERED_BY:
        if good:
            person.qualifies.add(kind)
    elif kind == "death":
        person.gone.add(kind)
    else:
        person.covered.add(kind)
    return row


def clean(seed: int) -> Month:
    """A month with nothing wrong in it."""
    rng = random.Random(seed)
    month = Month(seed, rng, Crowd(rng))
    kinds = [
        "dibao",
        "tekun",
        *rng.sample(["medical", "disability", "monitored"], rng.choice((1, 2, 2))),
    ]
    if rng.random() < 0.35:
        kinds += ["children", rng.choice(["orphan", "unattended"])]
    if rng.random() < 0.4:
        kinds.append("death")
    for kind in kinds:
        table = Table(kind, list(COLUMNS[kind]), [])
        form = rng.choices(FORMATS, (5, 2, 3, 1, 1))[0]
        month.books[kind] = Book(rng.choice(NAMES[kind]), form, [table])
    sources = [kind for kind in kinds if kind in COVERED_BY]
    for kind in sources:
        fill(month, kind, [roll for roll in kinds if roll in COVERED_BY[kind]])
    for kind in kinds:
        if kind not in COVERED_BY:
            for _ in range(rng.randint(12, 25)):
                child = kind in ("orphan", "unattended")
                add(month, kind, month.crowd.draw(3, 16) if child else month.crowd.draw())
        rng.shuffle(month.books[kind].tables[0].rows)
    return month


def fill(month: Month, kind: str, rolls: list[str]) -> None:
    """The people of a source list: some covered, some dead, some that do not qualify."""
    rng = month.rng
    for _ in range(rng.randint(20, 40)):
        person = month.crowd.draw(3, 16) if kind == "children" else month.crowd.draw()
        chance = rng.random()
        add(month, kind, person, good=chance < 0.85 or kind == "children")
        if chance < 0.35:
            add(month, rng.choice(rolls), person)
        elif chance < 0.42 and "death" in month.books and kind != "children":
            add(month, "death", person)


def make(seed: int, only: str = "") -> Month:
    """The month of a seed, with one to three faults drawn from the catalogue (or just `only`)."""
    import faults

    month = clean(seed)
    rng = month.rng
    wanted = [only] if only else rng.sample(sorted(faults.CATALOGUE), rng.choice((1, 1, 2, 3)))
    touched: set[str] = set()
    for kind in wanted:
        fault = faults.CATALOGUE[kind]
        makes = [name for name in fault.lists if name in month.books and name not in touched]
        if not makes:
            continue
        name = rng.choice(makes)
        done = fault.apply(month, name)
        if done is not None:
            touched.add(name)
            done.kind = kind
            month.faults.append(done)
    return month
