"""Households of clan villages: twins, shared characters, same names, shared numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from invented import names
from invented.model import DIVISION, Household, Person

_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]  # GB 11643, ISO 7064 MOD 11-2


def check_digit(body: str) -> str:
    """The 18th character for 17 digits."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def number(birth: date, sequence: int) -> str:
    """A resident ID number on the unassigned division."""
    body = f"{DIVISION}{birth:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


class _Registry:
    """Hands out each number and each person code once."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.taken: set[tuple[date, int]] = set()
        self.count = 0

    def sequence(self, birth: date, sex: int, after: int | None = None) -> int:
        """A free sequence of the right parity; `after` asks for the next one (twins)."""
        if after is not None:
            start = after + (1 if after % 2 != sex % 2 else 2)
            options: Iterator[int] = iter(range(start, 999, 2))
        else:
            first = self.rng.randrange(1, 500)
            options = iter((2 * (first + k) % 998) + sex % 2 for k in range(499))
        found = next(s for s in options if s > 0 and (birth, s) not in self.taken)
        self.taken.add((birth, found))
        return found

    def person(
        self, name: str, sex: int, birth: date, household: Household, relation: str,
        after: int | None = None,
    ) -> Person:  # fmt: skip
        """A new person with the next free code."""
        self.count += 1
        found = number(birth, self.sequence(birth, sex, after))
        code = f"P{self.count:06d}"
        return Person(code, name, sex, birth, found, household.village, household.number, relation)


def _day(rng: Random, first: int, last: int) -> date:
    begin = date(first, 1, 1)
    return begin + timedelta(rng.randrange((date(last, 12, 31) - begin).days))


def _household(rng: Random, reg: _Registry, home: Household, clans: tuple[str, ...]) -> None:
    clan = names.surname(rng, clans)
    head_birth = _day(rng, 1932, 1990)
    head_sex = 1 if rng.random() < 0.8 else 2
    head_name = clan + names.given_name(rng, head_birth.year, head_sex)
    home.members.append(reg.person(head_name, head_sex, head_birth, home, "户主"))
    if rng.random() < 0.72:
        home.members.append(_spouse(rng, reg, home, clans, head_birth, 3 - head_sex))
    if head_birth.year > 1955 and rng.random() < 0.3:
        parent = _day(rng, head_birth.year - 35, head_birth.year - 20)
        sex = rng.choice([1, 2])
        family = clan if sex == 1 else names.surname(rng)
        given = names.given_name(rng, parent.year, sex)
        home.members.append(reg.person(family + given, sex, parent, home, "父母"))
    if rng.random() < 0.78:
        latest = min(head_birth.year + 42, 2021)
        _children(rng, reg, home, clan, (head_birth.year + 20, latest), "子女")
    if head_birth.year < 1966 and rng.random() < 0.35:
        _children(rng, reg, home, clan, (max(2003, head_birth.year + 44), 2021), "孙子女")


def _spouse(
    rng: Random, reg: _Registry, home: Household, clans: tuple[str, ...], near: date, sex: int
) -> Person:
    birth = _day(rng, near.year - 3, near.year + 5)
    name = names.surname(rng, clans) + names.given_name(rng, birth.year, sex)
    person = reg.person(name, sex, birth, home, "配偶")
    roll = rng.random()
    if roll < 0.012:
        person.name = names.latin_name(rng)
        if rng.random() < 0.7:
            person.document = "passport"
            person.id_number = f"{rng.choice('BCEN')}{rng.randrange(10**6, 10**8):08d}"
        else:
            person.document = "permanent"  # foreign permanent residents: begins with 9
            body = f"935999{birth:%Y%m%d}{reg.sequence(birth, sex):03d}"
            person.id_number = body + check_digit(body)
    elif roll < 0.03:
        person.name = names.minority_name(rng)
    return person


def _children(
    rng: Random, reg: _Registry, home: Household, clan: str, years: tuple[int, int], relation: str
) -> None:
    first, last = years
    if first > last:
        return
    shared = rng.choice("志文国建宗嘉家梓子晓") if rng.random() < 0.45 else ""
    father = names.split(home.head.name)[1]
    if rng.random() < 0.15 and father:
        shared = father[0]  # father and son share a character
    for _ in range(rng.choices([1, 2, 3, 4], weights=[40, 40, 15, 5])[0]):
        birth = _day(rng, first, last)
        sex = rng.choice([1, 2])
        given = names.given_name(rng, birth.year, sex, shared)
        child = reg.person(clan + given, sex, birth, home, relation)
        home.members.append(child)
        if rng.random() < 0.03:  # a twin: consecutive sequence, one character differs
            twin_sex = sex if rng.random() < 0.75 else 3 - sex
            twin_name = clan + given[:-1] + names.given_name(rng, birth.year, twin_sex)[-1]
            if twin_name != child.name:
                after = int(child.id_number[14:17])
                if after < 990:
                    twin = reg.person(twin_name, twin_sex, birth, home, relation, after)
                    home.members.append(twin)


def _collisions(rng: Random, homes: list[Household], scale: int) -> None:
    """Two people under one number; two of one name and birth date; former names."""
    people = [m for h in homes for m in h.members if m.document == "resident"]
    by_village: dict[int, list[Person]] = {}
    for person in people:
        by_village.setdefault(person.village, []).append(person)
    for _ in range(120 * scale):
        one, two = rng.sample(by_village[rng.choice(list(by_village))], 2)
        if one.name != two.name:
            two.birth, two.sex, two.id_number = one.birth, one.sex, one.id_number
    for _ in range(100 * scale):
        one, two = rng.sample(by_village[rng.choice(list(by_village))], 2)
        if one.id_number[6:14] != two.id_number[6:14] and one.household != two.household:
            body = two.id_number[:6] + one.id_number[6:14] + f"{rng.randrange(1, 498) * 2:03d}"
            body = body[:-1] + str(int(body[-1]) + one.sex % 2)
            fresh = body + check_digit(body)
            if fresh != one.id_number:
                two.name, two.birth, two.sex, two.id_number = one.name, one.birth, one.sex, fresh
    for person in rng.sample(people, len(people) // 12):
        family, _ = names.split(person.name)
        if family:
            person.former = family + names.given_name(rng, person.birth.year, person.sex)


def district(rng: Random, villages: int, scale: int) -> list[Household]:
    """About 16,000 people times `scale` in households of `villages` clan villages."""
    reg = _Registry(rng)
    clans = [
        tuple(dict.fromkeys(names.surname(rng) for _ in range(rng.choice([1, 2, 3]))))
        for _ in range(villages)
    ]
    homes = []
    for n in range(4600 * scale):
        home = Household(n, rng.randrange(villages), [])
        _household(rng, reg, home, clans[home.village])
        homes.append(home)
    _collisions(rng, homes, scale)
    return homes
