"""Invented people for the engine's tests: rows as it takes them, and a town of three thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.rules.matching import Matching
from loubao.rules.yaml_file import load
from tests.people import number, records

MATCHING = load(Path(__file__).parents[2] / "rules" / "matching.yaml", Matching)

_SURNAMES = "庄陈林黄张吴李王郑许曾杨何苏柯"
_GIVEN = "建国志强文明春秀英丽华伟军平红梅玉珍金海水木阿美福来成德永清晓辉月娥淑芬惠兰俊杰少荣"
_TOWNS = ("洛阳镇", "东园镇", "张坂镇", "百崎回族乡")

#: Columns of LINKABLE that a short row of `tests.people` has not.
_MORE = [
    (name, frames.LINKABLE[name])
    for name in ("address", "head_id", "birth_of_number", "sex_of_number")
]


def linkable(rows: Sequence[dict[str, Any]], start: int = 1) -> pl.DataFrame:
    """LINKABLE of short rows (`tests.people`; further columns of LINKABLE too), ids from `start`.

    The left table is the one that starts at 1.
    """
    people = records([{**row, "list": "left" if start == 1 else "right"} for row in rows])
    people = people.with_columns(
        record_id=pl.int_range(start, start + people.height, dtype=pl.UInt64),
        **{name: pl.Series([row.get(name) for row in rows], dtype=kind) for name, kind in _MORE},
    )
    return people.select(frames.linkable(people))


def digit(text: str, place: int) -> str:
    """The number with another digit at one place."""
    return f"{text[:place]}{(int(text[place]) + 3) % 10}{text[place + 1 :]}"


@dataclass(frozen=True)
class Town:
    """Two tables, and the pairs of record ids that are one person."""

    left: pl.DataFrame
    right: pl.DataFrame
    truth: frozenset[tuple[int, int]]
    #: left id → the right ids it must not be linked with, by what makes it hard
    apart: dict[str, dict[int, set[int]]]


@cache
def town() -> Town:
    """Three thousand people in forty villages; a third is looked for, a tenth of it spelt badly."""
    draw = Random(20220601)
    people = [_person(draw, place) for place in range(40) for _ in range(74)]
    asked = draw.sample(range(len(people)), 1100)
    left = [_misspelt(draw, people[i]) if draw.random() < 0.1 else people[i] for i in asked]
    kept = [i for i in range(len(people)) if draw.random() < 0.85]
    right = [_misspelt(draw, people[i]) if draw.random() < 0.1 else people[i] for i in kept]
    where = {person: 10_001 + place for place, person in enumerate(kept)}
    truth = {(1 + n, where[person]) for n, person in enumerate(asked) if person in where}
    apart: dict[str, dict[int, set[int]]] = {}
    for n in range(12):
        for kind, lost, there in _hard(draw, n):
            others = {10_001 + len(right) + k for k in range(len(there))}
            apart.setdefault(kind, {})[1 + len(left)] = others
            left.append(lost)
            right += there
    return Town(linkable(left), linkable(right, 10_001), frozenset(truth), apart)


def _person(draw: Random, place: int) -> dict[str, Any]:
    # a clan village: half of it bears one surname
    surname = _SURNAMES[place % 15] if draw.random() < 0.5 else draw.choice(_SURNAMES)
    born = date(1935, 1, 1) + timedelta(days=draw.randrange(28_000))
    return {
        "name": surname + draw.choice(_GIVEN) + draw.choice(_GIVEN),
        "id": number(f"{born:%Y%m%d}", draw.randrange(1, 999)),
        "village": f"第{place}村",
        "town": _TOWNS[place % 4],
    }


def _misspelt(draw: Random, person: dict[str, Any]) -> dict[str, Any]:
    fault = draw.randrange(6)
    own, name = person["id"], person["name"]
    place = draw.randrange(6, 17)
    changes: tuple[dict[str, Any], ...] = (
        {"id": digit(own, place)},
        {"id": own[:place] + own[place + 1 :]},
        {"id": None, "born": date(int(own[6:10]), int(own[10:12]), int(own[12:14]))},
        {"id": own[:6] + "********" + own[14:]},
        {"name": name[:2] + draw.choice(_GIVEN)},
        {"name": name[0] + "*" + name[2]},
    )
    return {**person, **changes[fault]}


def _hard(draw: Random, n: int) -> list[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    place = {"village": f"第{n}村", "town": _TOWNS[n % 4]}
    surname = _SURNAMES[n % 15]
    born = f"{1950 + n}{1 + n % 12:02d}{1 + n % 28:02d}"
    one, other = draw.sample(_GIVEN, 2)
    first, second, elder = (surname + given for given in (one + other, one + "铃", one + "川"))
    sequence = 2 * draw.randrange(100, 400) + 1
    own, twin = number(born, sequence), number(born, sequence + 2)
    masked, its_twin = number(born, sequence + 100), number(born, sequence + 102)
    father, husband = number(f"{1920 + n}0715", sequence), number(f"{1930 + n}0117", sequence)
    return [
        (
            "a twin whose number is damaged",
            {**place, "name": first, "id": digit(own, 16)},
            [{**place, "name": second, "id": twin}],
        ),
        (
            "a twin whose number is masked",
            {**place, "name": first, "id": masked[:14] + "****"},
            [{**place, "name": second, "id": its_twin}],
        ),
        (
            "one name in one village without a number",
            {**place, "name": surname + one + "岚"},
            [{**place, "name": surname + one + "岚", "id": number(born, sequence + 8)}],
        ),
        (
            "two of one name and one birth date in one village",
            {**place, "name": surname + one + "岩", "born": date(1961, 5, 5)},
            [
                {**place, "name": surname + one + "岩", "id": number("19610505", sequence + 10)},
                {**place, "name": surname + one + "岩", "id": number("19610505", sequence + 12)},
            ],
        ),
        (
            "a son under his father's number",
            {**place, "name": first, "id": father},
            [{**place, "name": elder, "id": father}],
        ),
        (
            "a wife under her husband's number",
            {**place, "name": draw.choice(_SURNAMES) + "彩霞", "id": husband},
            [{**place, "name": elder, "id": husband}],
        ),
    ]
