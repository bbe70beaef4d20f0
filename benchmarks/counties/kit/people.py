"""Places, names, numbers and households of a county that does not exist."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta


def words(text: str) -> list[str]:
    """A list written as one line of text."""
    return text.split()


DIVISION = "350599"  # never assigned
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
MALE = "国强建军志明德海永福玉山文斌成林树春长贵宝财金龙万才立新伟东少华振江景田守义学礼"
FEMALE = "桂兰秀英淑珍玉梅凤霞春燕丽红晓芳艳玲素琴小云彩月美娟雪静金花香莲翠萍亚楠"
MINORITY = (
    "阿依古丽·买买提",
    "吾买尔·艾山",
    "卓玛·央金",
    "巴特尔·苏和",
)
RARE = "䶮㛃喆昇堃淼"
COUNTIES = {
    "bei": (
        "云杉县",
        ("柞树镇", "白桦林镇", "黑泥河镇", "松塔乡", "双泉眼乡", "城东街道"),
        words(
            "永丰 红旗 双发 长胜 前进 新立 兴隆 五棵树 二道沟 靠山 四方台 腰窝堡 "
            "平安 团结 大榆树 小榆树 北大营 南大营 东发 西发 万宝 保胜 民主 太平 青石 柳条 三间房"
        ),
    ),
    "nan": (
        "青梧县",
        ("竹垭镇", "云盘镇", "石鼓镇", "龙桥乡", "月亮坝乡", "枫香镇"),
        words(
            "上坪 下坪 石笋 观音 大湾 小湾 龙井 凉水 双河 马鞍 黄桷 白果 青杠 桐子 新场 老场 "
            "红岩 红星 两河 三溪 高坎 土桥 水磨 木林 栗子 太平 关口"
        ),
    ),
}


@dataclass(frozen=True)
class Place:
    """A village with its town and its twelve-digit code."""

    town: str
    village: str
    code: str


@dataclass
class Cover:
    """A span on a roll: months as 2021-04, `until` the last month that still counts."""

    roll: str
    since: str
    until: str = ""
    why: str = ""

    def holds(self, month: str) -> bool:
        """Whether it counts in this month."""
        return self.since <= month and (not self.until or month <= self.until)


@dataclass
class Disability:
    """What the certificate says."""

    category: int
    level: int
    issued: date


@dataclass
class Bill:
    """One settlement: day, whole sum, paid by the patient within the rules, outside them."""

    day: date
    total: float
    own: float
    outside: float


@dataclass
class Watched:
    """A line of the register of monitored households."""

    household: str
    kind: str
    removed: bool
    since: date


@dataclass
class Person:
    """Somebody invented, and what happens to them."""

    pid: int
    household: int
    name: str
    number: str
    sex: str
    birth: date
    relation: str
    place: Place
    group: int
    phone: str
    covers: list[Cover] = field(default_factory=list)
    disability: Disability | None = None
    bills: list[Bill] = field(default_factory=list)
    watched: Watched | None = None
    jailed_parent: Person | None = None
    jailed_how: str = ""
    died: date | None = None
    death_told: bool = False
    moved: date | None = None
    listed_since: str = "2023-01"
    note: str = ""

    def on(self, roll: str, month: str) -> Cover | None:
        """The span of this roll that holds in the month."""
        return next((c for c in self.covers if c.roll == roll and c.holds(month)), None)

    def age(self, day: date) -> int:
        """Whole years."""
        early = (day.month, day.day) < (self.birth.month, self.birth.day)
        return day.year - self.birth.year - early


@dataclass
class County:
    """A whole county."""

    key: str
    name: str
    places: list[Place]
    households: list[list[Person]]

    @property
    def people(self) -> list[Person]:
        """Everybody, in the order of their numbers."""
        return [person for household in self.households for person in household]


def check_digit(body: str) -> str:
    """ISO 7064 MOD 11-2 of seventeen digits."""
    total = sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def number_of(birth: date, sex: str, sequence: int) -> str:
    """A number of the unassigned division; odd sequences are men."""
    order = sequence * 2 + (sex == "男")
    body = f"{DIVISION}{birth:%Y%m%d}{order % 1000:03d}"
    return body + check_digit(body)


def places_of(key: str, rng: random.Random) -> list[Place]:
    """Twelve villages a town; some names occur in several towns."""
    _, towns, names = COUNTIES[key]
    places = []
    for i, town in enumerate(towns):
        end = "社区" if town.endswith("街道") else "村"
        for j, name in enumerate(rng.sample(names, 12)):
            places.append(Place(town, name + end, f"{DIVISION}{101 + i}{201 + j}"))
    return places


def given_name(rng: random.Random, sex: str) -> str:
    """One or two characters, now and then a rare one."""
    pool = MALE if sex == "男" else FEMALE
    text = rng.choice(pool) + (rng.choice(pool) if rng.random() < 0.75 else "")
    return text[:-1] + rng.choice(RARE) if rng.random() < 0.012 else text


class Maker:
    """Makes households with unused numbers."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.taken: set[str] = set()
        self.count = 0

    def number(self, birth: date, sex: str) -> str:
        """An unused number for this day and sex."""
        while True:
            number = number_of(birth, sex, self.rng.randrange(1, 499))
            if number not in self.taken:
                self.taken.add(number)
                return number

    def person(
        self, household: int, surname: str, sex: str, years: int, relation: str, place: Place
    ) -> Person:
        """A person of about so many years in 2023."""
        rng = self.rng
        birth = date(2022 - years, 1, 1) + timedelta(days=rng.randrange(365))
        name = surname + given_name(rng, sex)
        if rng.random() < 0.006:
            name = rng.choice(MINORITY)
        self.count += 1
        return Person(
            self.count,
            household,
            name,
            self.number(birth, sex),
            sex,
            birth,
            relation,
            place,
            rng.randrange(1, 12),
            f"120{rng.randrange(10**8):08d}",
        )

    def household(self, index: int, place: Place) -> list[Person]:
        """A head and perhaps a spouse, children, a parent."""
        rng = self.rng
        family = rng.choice(SURNAMES)
        years = rng.randrange(24, 88)
        sex = "男" if rng.random() < 0.7 else "女"
        head = self.person(index, family, sex, years, "本人", place)
        members = [head]
        if rng.random() < 0.6:
            other = "女" if sex == "男" else "男"
            near = max(22, years - rng.randrange(-3, 6))
            members.append(self.person(index, rng.choice(SURNAMES), other, near, "配偶", place))
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            child = "男" if rng.random() < 0.5 else "女"
            age = max(0, years - rng.randrange(22, 36))
            relation = "之子" if child == "男" else "之女"
            members.append(self.person(index, family, child, age, relation, place))
        if rng.random() < 0.12 and years < 62:
            parent = "男" if rng.random() < 0.4 else "女"
            relation = "之父" if parent == "男" else "之母"
            surname = family if parent == "男" else rng.choice(SURNAMES)
            members.append(self.person(index, surname, parent, years + 25, relation, place))
        for member in members:
            member.group = head.group
        return members

    def twin(self, person: Person) -> Person:
        """A sibling of the same day, the next number, a name that differs in one character."""
        pool = MALE if person.sex == "男" else FEMALE
        last = self.rng.choice([c for c in pool if c != person.name[-1]])
        sequence = int(person.number[14:17]) // 2 + 1
        number = number_of(person.birth, person.sex, sequence)
        if number in self.taken:
            number = self.number(person.birth, person.sex)
        self.taken.add(number)
        self.count += 1
        name = person.name[:-1] + last if len(person.name) > 2 else person.name + last
        return Person(
            self.count,
            person.household,
            name,
            number,
            person.sex,
            person.birth,
            person.relation,
            person.place,
            person.group,
            person.phone,
        )


def settle(key: str, rng: random.Random, households: int) -> County:
    """A county of so many households: clan namesakes and twins among them."""
    places = places_of(key, rng)
    maker = Maker(rng)
    homes: list[list[Person]] = []
    seen: dict[Place, list[str]] = {}
    for index in range(households):
        place = rng.choice(places)
        home = maker.household(index, place)
        names = seen.setdefault(place, [])
        if names and rng.random() < 0.02:
            home[0].name = rng.choice(names)  # a namesake in the same village
        names += [person.name for person in home]
        if rng.random() < 0.02 and len(home[-1].name) <= 3:
            home.append(maker.twin(home[-1]))
            if home[-1].relation == "本人":
                home[-1].relation = "其他"
        homes.append(home)
    return County(key, COUNTIES[key][0], places, homes)
