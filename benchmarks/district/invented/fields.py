"""The cells of one person's row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from invented import spelling, villages
from invented.damage_id import damaged_id
from invented.damage_name import damaged_name
from invented.lists import Entry
from invented.model import Cell, Household, Named

DAMAGE = 0.10
"""Share of IDs and of names that are damaged, on both sides, each for itself."""


@dataclass(frozen=True, slots=True)
class Office:
    """One file's habits: a number for each thing that can be written in several ways."""

    rng: Random
    places: list[villages.Village]
    homes: list[Household]
    village: int
    town: int
    day: int
    money: int
    sex: int
    other: int
    month_only: bool


def identity(
    office: Office, entry: Entry, neighbour: Entry, keep_birth: bool = False
) -> tuple[Cell, Cell, list[str]]:
    """Name cell, ID cell and the faults done to them; some rows have the two swapped."""
    rng = office.rng
    head = office.homes[entry.person.household].head
    name, name_fault = damaged_name(entry.person, rng, DAMAGE)
    if keep_birth and rng.random() < 0.25:
        number: Cell = None
        id_fault = "blank"
    else:
        number, id_fault = damaged_id(entry.person, head, neighbour.person, rng, DAMAGE)
    if name_fault == "blank" and id_fault:
        name, name_fault = entry.person.name, ""  # a row that names nobody is nobody's
    faults = [f"{k}:{v}" for k, v in (("name", name_fault), ("id", id_fault)) if v]
    if rng.random() < 0.004 and isinstance(number, str) and number and name:
        return number, name, [*faults, "swapped_columns"]
    return name, number, faults


def _place(office: Office, entry: Entry) -> dict[str, Cell]:
    rng = office.rng
    village = office.places[entry.person.village]
    return {
        "town": villages.town_spelled(rng, village, office.town),
        "village": villages.spelled(rng, village, office.village),
        "address": villages.address(rng, village, office.village),
        "region": villages.region(rng, village, office.other),
        "province": "福建省",
        "city": "泉州市",
        "county": "惠安县",
        "hamlet": rng.choice(["下厝", "顶厝", "新厝", None]),
    }


def _birth(office: Office, born: date) -> Cell:
    """A child's birth date; to the month only where that decides the age all the same."""
    if office.month_only and (born.year, born.month) != (2004, 6):
        return spelling.month(office.rng, born, office.day)
    return spelling.day(office.rng, born, office.day)


def _listed(office: Office, key: str, value: Cell) -> Cell:
    """One fact of the entry, spelled."""
    rng = office.rng
    if key in ("paid", "own", "spent") and isinstance(value, int | float):
        return spelling.amount(rng, float(value), office.money)
    if key in ("issued", "identified", "day") and isinstance(value, date):
        return spelling.day(rng, value, office.day)
    if key == "start" and isinstance(value, date):
        return spelling.month(rng, value, office.day)
    if key == "category" and isinstance(value, int):
        return spelling.category(rng, value, office.other)
    if key == "level" and isinstance(value, int):
        return spelling.level(rng, value, office.other)
    if key == "kind" and isinstance(value, str):
        return spelling.monitored_kind(rng, value)
    if key == "resolved":
        return "是" if value else "否"
    if key == "single":
        return "单人保" if value else "整户保"
    if key == "keeping":
        return f"{value}供养" if office.other % 2 else value
    return value


def _certificate(office: Office, entry: Entry, number: Cell, faults: list[str]) -> Cell:
    """The number of a disability certificate where the file has it; else the ID as it stands."""
    if "swapped_columns" in faults:
        return number
    if "id:certificate" in faults:
        number = entry.person.id_number  # on this list the suffix must be the true one
        faults = []
    if office.other % 2 or entry.person.document != "resident":
        return number
    if "id:float" in faults:  # twenty digits in a numeric cell lose five
        return float(entry.person.id_number[:15] + "00000")
    if any(f.startswith("id:") for f in faults):
        return number
    suffix = office.rng.choice(["", "", "", "", "B1", "B2"])
    category, level = entry.facts.get("category", 4), entry.facts.get("level", 2)
    return f"{number}{category}{level}{suffix}"


def cells(
    office: Office, kind: str, position: int, entry: Entry, neighbour: Entry
) -> tuple[dict[str, Cell], Named]:
    """All that a person's row may hold, by column key, and what the truth says of the row."""
    rng, person = office.rng, entry.person
    home = office.homes[person.household]
    name, number, faults = identity(office, entry, neighbour, keep_birth=kind == "children")
    row = _place(office, entry)
    row |= {key: _listed(office, key, value) for key, value in entry.facts.items()}
    row |= {
        "no": position,
        "name": name,
        "id": number,
        "certificate": _certificate(office, entry, number, faults),
        "sex": spelling.sex(person.sex, office.sex),
        "phone": spelling.phone(rng),
        "note": rng.choice([None, None, None, "已核", "新增", "与上月一致"]),
        "account": f"6200{rng.randrange(10**15):015d}" if rng.random() < 0.9 else None,
        "status": rng.choice(["正常", "正常", "有效"]),
        "home_no": f"3505990000{home.number:06d}",
        "person_no": f"3505990000{home.number:06d}{home.members.index(person) + 1:02d}",
        "relation": person.relation,
        "size": len(home.members),
        "card": f"闽低保{home.number:07d}",
        "head": home.head.name,
        "protected": "是" if entry.protected else "否",
        "child_no": f"ET{int(person.code[1:]):08d}",
        "guardian": home.head.name,
        "born": _birth(office, person.birth),
        "grant": rng.choice(["困难残疾人生活补贴", "重度残疾人护理补贴"]),
    }
    row.setdefault("amount", rng.randrange(100, 1800))
    clean_certificate = len(str(row["certificate"])) >= 20 and not faults
    if kind == "disability" and clean_certificate and rng.random() < 0.02:
        row["category"] = None  # the certificate's number still tells it
        faults = [*faults, "category:blank"]
    return row, Named(person, 0, faults, entry.qualifies)
