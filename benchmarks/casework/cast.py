"""Invented people: names, numbers on an unassigned division, and how lists spoil both."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

SURNAMES = "林陈黄张吴王李郑刘蔡杨许曾谢郭庄苏何周叶"
GIVEN = "明红丽军芳建英玉志文海金水清美秀春华国强伟雪梅兰珍福安德胜佳欣子涵雨轩宇晨思琪嘉怡"
RARE = "垚珺赟堃淼"
SOUNDS = dict(zip("明红丽军芳建英玉志清", "鸣虹莉君方健瑛钰智青", strict=True))
OLD_FORMS = dict(zip("陈张吴郑刘杨许谢庄苏华国伟兰", "陳張吳鄭劉楊許謝莊蘇華國偉蘭", strict=True))
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"

NUMBER_FAULTS = (
    "masked",
    "swapped",
    "short",
    "one_wrong",
    "mangled",
    "missing",
    "spaced",
    "lower_x",
)
PROVEN_STYLES = ("plain", "spaced", "lower_x", "full_width")


def number_of(birth: date, sequence: int, division: str = "990101") -> str:
    """Return a resident number with its check digit."""
    body = f"{division}{birth:%Y%m%d}{sequence:03}"
    return body + CHECKS[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def holds(number: str) -> bool:
    """Whether the check digit fits."""
    body = number[:17]
    if len(number) != 18 or not body.isdigit():
        return False
    return CHECKS[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11] == number[17]


@dataclass
class Stay:
    """A time on a roll: first and last month, both counted from 0."""

    roll: str
    first: int
    last: int = 99


@dataclass
class Clue:
    """A list that names the person from a month on; `only_new` lists name once."""

    list: str
    since: int
    until: int = 99


@dataclass
class Person:
    """One invented person and all that is true of them, month by month."""

    pid: int
    name: str
    number: str
    sex: str
    birth: date
    town: str
    village: str
    role: str
    group: int = 1
    door: int = 1
    phone: str = ""
    clues: list[Clue] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    styles: dict[str, tuple[str, str]] = field(default_factory=dict)
    dead: int | None = None
    dead_told: list[int] = field(default_factory=list)
    moved_told: list[int] = field(default_factory=list)
    really_moved: bool = False
    renamed: tuple[int, str] | None = None
    moves: tuple[int, str, str] | None = None
    home: tuple[str, str] | None = None

    def name_in(self, month: int) -> str:
        """The name that the papers of the month show."""
        return self.renamed[1] if self.renamed and month >= self.renamed[0] else self.name

    def place_in(self, month: int) -> tuple[str, str]:
        """Town and village that the lists of the month write."""
        return (
            self.moves[1:] if self.moves and month >= self.moves[0] else (self.town, self.village)
        )

    def on(self, roll: str, month: int) -> bool:
        """Whether the roll of the month has the person."""
        return any(s.roll == roll and s.first <= month <= s.last for s in self.stays)

    def proven_on(self, which: str) -> bool:
        """Whether the list writes the person's own number whole and the name in full."""
        name, number = self.styles.get(which, ("plain", "plain"))
        return number in PROVEN_STYLES and name in ("plain", "old_form", "sound")


class Cast:
    """Makes people, never two with one number."""

    def __init__(self, rng: random.Random, villages: list[tuple[str, str]]) -> None:
        self.rng = rng
        self.villages = villages
        self.clans = {village: rng.choice(SURNAMES) for village in villages}
        self.used: set[str] = set()
        self.people: list[Person] = []

    def person(self, role: str, child: bool = False) -> Person:
        """Make one more person."""
        rng = self.rng
        town, village = rng.choice(self.villages)
        birth = date(2008, 1, 1) if child else date(1935, 1, 1)
        birth += timedelta(days=rng.randrange(4500 if child else 25000))
        sex = rng.choice("男女")
        number = ""
        while not number or number in self.used:
            sequence = rng.randrange(1, 500) * 2 - (1 if sex == "男" else 0)
            number = number_of(birth, sequence, f"99{rng.randrange(1, 5):02}0{rng.randrange(1, 4)}")
        self.used.add(number)
        clan = self.clans[town, village]
        surname = clan if rng.random() < 0.5 else rng.choice(SURNAMES)
        given = "".join(rng.choice(GIVEN) for _ in range(2 if rng.random() < 0.8 else 1))
        if rng.random() < 0.03:
            given = given[:-1] + rng.choice(RARE)
        pid = len(self.people)
        one = Person(
            pid,
            surname + given,
            number,
            sex,
            birth,
            town,
            village,
            role,
            rng.randrange(1, 9),
            rng.randrange(1, 90),
            f"12000{pid:06}",
        )
        self.people.append(one)
        return one


def name_as(style: str, name: str, rng: random.Random) -> str:
    """Write a name as a list might."""
    if style == "masked":
        return name[0] + "*" * (len(name) - 1)
    if style == "masked_one":
        return name[0] + "某" + name[2:]
    if style == "middle":
        return name[0] + "*" + name[2:] if len(name) > 2 else name[0] + "*"
    if style == "sound":
        return "".join(SOUNDS.get(c, c) for c in name)
    if style == "old_form":
        return "".join(OLD_FORMS.get(c, c) for c in name)
    if style == "note":
        return name + "（户主）"
    return name


def number_as(style: str, number: str, rng: random.Random) -> str:
    """Write a number as a list might; what is meant to be wrong never passes the check digit."""
    if style == "masked":
        return number[:6] + "*" * 8 + number[-4:]
    if style == "mangled":
        return number[:15] + "000"
    if style == "missing":
        return ""
    if style == "short":
        at = rng.randrange(8, 17)
        return number[:at] + number[at + 1 :]
    if style == "spaced":
        return f"{number[:6]} {number[6:14]} {number[14:]}"
    if style == "lower_x":
        return number.replace("X", "x")
    if style == "full_width":
        return "".join(chr(ord(c) + 0xFEE0) for c in number)
    if style == "one_wrong":
        wrong = number[:15] + str((int(number[15]) + 1) % 10) + number[16:]
        return wrong if not holds(wrong) else number[:6] + "*" * 8 + number[-4:]
    if style == "swapped":
        for at in range(16, 13, -1):
            wrong = number[: at - 1] + number[at] + number[at - 1] + number[at + 1 :]
            if number[at] != number[at - 1] and not holds(wrong):
                return wrong
        return number[:6] + "*" * 8 + number[-4:]
    return number
