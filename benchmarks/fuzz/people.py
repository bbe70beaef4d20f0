"""Invented people: names that no two share, numbers on a division that was never assigned."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛超明霞秀兰平刚桂英华玉萍红鹏辉梅琴建波宁健俊帆雪彬"
    "琳浩凯琪欣怡博文轩宇涵晨曦瑞阳佳慧颖婷莉峰松柏梓岚岳川航舟帅鑫淼森焱垚彤凌霄"
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# villages of the shipped rules whose names nothing else in them resembles
PLACES = (
    ("洛阳镇", "上浦村"),
    ("洛阳镇", "后亭村"),
    ("洛阳镇", "西方村"),
    ("东园镇", "秀土村"),
    ("东园镇", "群青社区"),
    ("张坂镇", "浮山村"),
    ("张坂镇", "门头村"),
    ("张坂镇", "玉塘村"),
)


def check_digit(body: str) -> str:
    """The 18th character of GB 11643 after seventeen digits."""
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def number(division: str, birth: dt.date, sequence: int) -> str:
    """A resident number with its right check character."""
    body = f"{division}{birth:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


@dataclass
class Person:
    """One invented person and what is true of them."""

    key: int
    name: str
    id_number: str
    birth: dt.date
    sex: str
    town: str
    village: str
    qualifies: set[str] = field(default_factory=set)
    covered: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    @property
    def phone(self) -> str:
        """A telephone number that nobody has."""
        return f"1990000{self.key:04d}"


class Crowd:
    """Draws people, none twice."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names: set[str] = set()
        self.people: list[Person] = []

    def name(self) -> str:
        """A name that no one has and that differs from each other one in two characters."""
        while True:
            name = self.rng.choice(SURNAMES) + "".join(self.rng.sample(GIVEN, 2))
            if name not in self.names and not any(name[1:] == other[1:] for other in self.names):
                self.names.add(name)
                return name

    def draw(self, least: int = 20, most: int = 88, name: str = "") -> Person:
        """A person of `least` to `most` years at the end of June 2022."""
        rng = self.rng
        days = rng.randint(least * 366 + 200, most * 365)
        birth = dt.date(2022, 5, 30) - dt.timedelta(days)
        sequence = rng.randint(10, 998)
        town, village = rng.choice(PLACES)
        division = f"99{rng.randint(10, 60)}{rng.randint(1, 30):02d}"
        person = Person(
            key=len(self.people),
            name=name or self.name(),
            id_number=number(division, birth, sequence),
            birth=birth,
            sex="男" if sequence % 2 else "女",
            town=town,
            village=village,
        )
        self.people.append(person)
        return person
