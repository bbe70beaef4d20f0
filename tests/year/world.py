"""A district of 20,000 invented people, and what its offices export in twelve months.

Who is in need, who is named when and how the lists write them is known here and nowhere else. Every
number is on a division code that was never assigned.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.people import number

PEOPLE = 20_000
MONTHS = tuple(dt.date(2022 + m // 12, m % 12 + 1, 1) - dt.timedelta(days=1) for m in range(4, 16))
VILLAGES = (
    *(("洛阳镇", each) for each in ("上浦村", "后亭村", "西方村", "万安村", "堂头村")),
    *(("东园镇", each) for each in ("秀土村", "锦峰社区", "灵溪社区")),
    *(("张坂镇", each) for each in ("上塘村", "前头村", "后曾村", "玉塘村")),
)
_SURNAMES = "陈林黄张吴李王郑蔡曾骆庄何柯许谢杨郭洪苏"
_GIVEN = "国建志文明德海水木金清福荣华秀丽美珍玉英兰芳惠淑阿添顺友来发成伟强勇辉雄平安宁静"
#: What a typist writes for a character.
_MISWRITTEN = {"国": "固", "建": "健", "志": "智", "明": "名", "清": "青", "华": "花", "英": "应"}
LISTS = ("medical", "disability", "monitored")
_ROLLS = ("dibao", "tekun")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody; `need` is what a visit finds out."""

    place: int
    name: str
    number: str
    town: str
    village: str
    house: int
    need: str

    @property
    def address(self) -> str:
        return f"{self.village}{self.house}号"

    @property
    def family(self) -> tuple[str, str]:
        """One house, one visit."""
        return self.village, self.address


@dataclass(frozen=True, slots=True)
class Writing:
    """How a list writes somebody in a month."""

    name: str
    number: str


@dataclass
class World:
    """Everybody, and who is where in which month (0 to 11)."""

    people: list[Person]
    #: person → list → months in which the list names them
    named: dict[int, dict[str, range]] = field(default_factory=dict)
    #: the same for those whose row does not meet the list's conditions
    unfit: dict[int, dict[str, range]] = field(default_factory=dict)
    #: (month, list, person) → how a list writes them otherwise than they are
    odd: dict[tuple[int, str, int], Writing] = field(default_factory=dict)
    #: person → roll → months; a village's word adds to it
    rolls: dict[int, dict[str, range]] = field(default_factory=dict)
    #: on the roll of a household, but not protected
    unprotected: set[int] = field(default_factory=set)
    died: dict[int, int] = field(default_factory=dict)

    def lists_of(self, month: int, person: int) -> tuple[str, ...]:
        """The lists that name somebody in a month, and whose conditions the row meets."""
        spells = self.named.get(person, {})
        return tuple(name for name in LISTS if month in spells.get(name, ()))

    def named_in(self, month: int) -> list[int]:
        return [person for person in sorted(self.named) if self.lists_of(month, person)]

    def covered(self, month: int, person: int) -> bool:
        """Whether a roll covers somebody, as the one who is protected."""
        spells = self.rolls.get(person, {})
        return person not in self.unprotected and any(month in each for each in spells.values())

    def dead(self, month: int, person: int) -> bool:
        return self.died.get(person, 99) <= month

    def writing(self, month: int, name: str, person: int) -> Writing:
        who = self.people[person]
        return self.odd.get((month, name, person), Writing(who.name, who.number))

    def enrol(self, person: int, month: int) -> None:
        """A person's application came through: on the roll from a month on."""
        if person not in self.unprotected and not self.covered(month, person):
            self.rolls.setdefault(person, {})["dibao"] = range(month, self.died.get(person, 12))


def world(seed: int = 2022) -> World:
    """Return the district; the same for the same seed."""
    chance = random.Random(seed)
    made = World(list(_people(chance)))
    _write_lists(made, chance)
    return made


def _people(chance: random.Random) -> Iterator[Person]:
    houses = dict.fromkeys(VILLAGES, 0)
    born_on: dict[str, int] = {}
    place = 0
    while place < PEOPLE:
        town, village = where = VILLAGES[chance.randrange(len(VILLAGES))]
        houses[where] += 1
        names: set[str] = set()
        surname = chance.choice(_SURNAMES)
        for _ in range(min(chance.randint(1, 6), PEOPLE - place)):
            name = surname
            while name in names or len(name) == 1:
                own = surname if chance.random() < 0.7 else chance.choice(_SURNAMES)
                name = own + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2, 2))))
            names.add(name)
            day = dt.date(1935, 1, 1) + dt.timedelta(days=chance.randrange(29_000))
            born = f"{day:%Y%m%d}"
            born_on[born] = born_on.get(born, chance.randint(1, 40)) + chance.randint(1, 90)
            while _looks_damaged(own_number := number(born, born_on[born])):
                born_on[born] += 1
            need = chance.choices(
                ("eligible", "ineligible", "difficult", "returned"), (50, 35, 10, 5)
            )[0]
            yield Person(place, name, own_number, town, village, houses[where], need)
            place += 1


def _looks_damaged(text: str) -> bool:
    """Whether a genuine number reads as one that a spreadsheet has rounded (one in a thousand)."""
    if not text.isdecimal():
        return False
    head = (int(text) + 500) // 1000
    return text.endswith("000") or int(float(head * 1000)) == int(text)


def _write_lists(made: World, chance: random.Random) -> None:
    """Who is named from when to when: some are named anew after a list has let them go."""
    pool = chance.sample(range(PEOPLE), 4000)
    candidates = iter(pool)
    for month in range(12):
        for name, (at_first, later) in zip(LISTS, ((70, 13), (60, 11), (85, 15)), strict=True):
            for _ in range(at_first if month == 0 else later):
                _name(made, next(candidates), name, month, chance)
        # a list that had not named them comes upon somebody who is known
        for person in chance.sample(sorted(made.named), 12 if month else 0):
            free = [name for name in LISTS if name not in made.named[person]]
            if free:
                spell = range(month, month + chance.randint(1, 5))
                made.named[person][chance.choice(free)] = spell
        # families are met with together
        for person in chance.sample(sorted(made.named), 10):
            for other in (person - 1, person + 1):
                if 0 <= other < PEOPLE and _same_house(made, person, other):
                    made.named.setdefault(other, {}).setdefault(
                        "monitored", range(month, month + 3)
                    )
    for person in (next(candidates) for _ in range(60)):
        first = chance.randrange(12)
        made.unfit[person] = {chance.choice(LISTS): range(first, first + 2)}
    # the list says that the risk is gone: named, and for nothing that counts
    for person in chance.sample(sorted(made.named), 25):
        if free := [name for name in LISTS if name not in made.named[person]]:
            made.unfit.setdefault(person, {}).setdefault(
                chance.choice(free), range(chance.randrange(12), 12)
            )
    _write_rolls(made, chance, [next(candidates) for _ in range(350)])
    _write_oddly(made, chance)
    for person in chance.sample(sorted(made.named), 30):
        made.died[person] = chance.randrange(1, 12)
    for person in (next(candidates) for _ in range(40)):
        made.died[person] = chance.randrange(12)
    for person, month in made.died.items():  # a roll lets the dead go
        for roll, months in made.rolls.get(person, {}).items():
            made.rolls[person][roll] = range(months.start, min(months.stop, month))


def _same_house(made: World, one: int, other: int) -> bool:
    return made.people[one].family == made.people[other].family


def _name(made: World, person: int, name: str, month: int, chance: random.Random) -> None:
    length = chance.choice((1, 1, 2, 3, 4, 6, 12))
    made.named.setdefault(person, {})[name] = range(month, month + length)


def _write_rolls(made: World, chance: random.Random, others: Sequence[int]) -> None:
    named = sorted(made.named)
    for person in chance.sample(named, len(named) // 3):
        first = chance.choice((0, 0, 0, chance.randrange(12)))
        last = chance.choice((12, 12, 12, first + chance.randint(1, 6)))
        made.rolls[person] = {chance.choices(_ROLLS, (5, 1))[0]: range(first, last)}
    for person in others:
        made.rolls[person] = {chance.choices(_ROLLS, (5, 1))[0]: range(12)}
    on_dibao = [person for person in named if "dibao" in made.rolls.get(person, {})]
    made.unprotected = set(chance.sample(on_dibao, len(on_dibao) // 8))


def _write_oddly(made: World, chance: random.Random) -> None:
    """Some are written without a number, with a wrong one, or with another character."""
    for person in chance.sample(sorted(made.named), len(made.named) // 8):
        who = made.people[person]
        for name, months in made.named[person].items():
            for month in months:
                if month < 12 and chance.random() < 0.4:
                    made.odd[month, name, person] = _oddly(who, chance)


def _oddly(who: Person, chance: random.Random) -> Writing:
    how = chance.choice(("none", "none", "typo", "name"))
    if how == "none":
        return Writing(who.name, "")
    wrong = [c for c in who.name[1:] if c in _MISWRITTEN]
    if how == "name" and wrong:
        return Writing(who.name.replace(wrong[0], _MISWRITTEN[wrong[0]]), who.number)
    at = chance.randrange(6, 17)
    digit = str((int(who.number[at]) + chance.randint(1, 8)) % 10)
    return Writing(who.name, who.number[:at] + digit + who.number[at + 1 :])


# ------------------------------------------------------------------------------------ the exports


def export(made: World, month: int, folder: Path, late: Iterable[str] = ()) -> None:
    """Write the files of a month; the lists of `late` have not come yet."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{MONTHS[month]:%Y%m}"
    left_out = set(late)
    for name, (title, row) in _SOURCES.items():
        if name in left_out:
            continue
        rows = [
            row(made, month, person, True)
            for person in made.named_in(month)
            if name in made.lists_of(month, person)
        ]
        rows += [
            row(made, month, person, False)
            for person, spells in sorted(made.unfit.items())
            if month in spells.get(name, ())
        ]
        _csv(folder / f"{title}{stamp}.csv", rows)
    _xlsx(folder / f"低保花名册{stamp}.xlsx", _dibao(made, month))
    _csv(folder / f"特困供养名册{stamp}.csv", _tekun(made, month))
    _csv(folder / f"死亡人员{stamp}.csv", _death(made, month))


def _home(who: Person) -> dict[str, str]:
    return {"乡镇": who.town, "村": who.village, "住址": who.address}


def _medical(made: World, month: int, person: int, fits: bool) -> dict[str, Any]:
    who, written = made.people[person], made.writing(month, "medical", person)
    paid = f"{40_000 + (person % 900 + 1 if fits else 0)}.00"
    return {
        "姓名": written.name,
        "身份证号码": written.number,
        **_home(who),
        "个人自付费用（元）": paid,
    }


def _disability(made: World, month: int, person: int, fits: bool) -> dict[str, Any]:
    who, written = made.people[person], made.writing(month, "disability", person)
    kind = ("肢体", "二级") if fits else ("视力", "三级")
    return {
        **{"姓名": written.name, "身份证号": written.number, "残疾类别": kind[0]},
        **{"残疾等级": kind[1], "发证日期": "2021-11-05", **_home(who)},
    }


def _monitored(made: World, month: int, person: int, fits: bool) -> dict[str, Any]:
    who, written = made.people[person], made.writing(month, "monitored", person)
    kind = "边缘易致贫户" if fits else ""
    return {
        **{"姓名": written.name, "证件号码": written.number, "监测对象类别": kind},
        **{
            "户编号": f"{VILLAGES.index((who.town, who.village)):04}{who.house:06}",
            "风险是否消除": "否",
            **_home(who),
        },
    }


_SOURCES = {
    "medical": ("个人自付医疗费用超4万元人员", _medical),
    "disability": ("新增重度残疾人", _disability),
    "monitored": ("防返贫监测对象", _monitored),
}


def _on_roll(made: World, month: int, roll: str) -> Iterator[Person]:
    for person in sorted(made.rolls):
        if month in made.rolls[person].get(roll, ()):
            yield made.people[person]


def _dibao(made: World, month: int) -> list[dict[str, Any]]:
    return [
        {
            **{
                "保障对象姓名": who.name,
                "身份证号": who.number,
                **_home(who),
                "月补助金额（元）": "600",
            },
            "是否保障对象": "否" if who.place in made.unprotected else "是",
        }
        for who in _on_roll(made, month, "dibao")
    ]


def _tekun(made: World, month: int) -> list[dict[str, Any]]:
    return [
        {"姓名": who.name, "公民身份号码": who.number, **_home(who), "供养方式": "分散"}
        for who in _on_roll(made, month, "tekun")
    ]


def _death(made: World, month: int) -> list[dict[str, Any]]:
    gone = [made.people[person] for person in sorted(made.died) if made.dead(month, person)]
    return [
        {
            **{"死者姓名": who.name, "身份证号": who.number, "乡镇": who.town, "村": who.village},
            "死亡日期": MONTHS[made.died[who.place]].replace(day=3).isoformat(),
        }
        for who in gone
    ]


def _csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        with path.open("w", encoding="gb18030", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def _xlsx(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": dt.datetime(2022, 1, 1)})  # the same bytes each time
        page = book.add_worksheet("名册")
        page.write_row(0, 0, list(rows[0]))
        for at, row in enumerate(rows, start=1):
            page.write_row(at, 0, list(row.values()))
