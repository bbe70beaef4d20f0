"""Who is named on which list, in which month, and with which facts.

Everything here is about people, not about files: a *naming* says that a list's keeper knows the
person. What is then printed, and how it is spoilt on the way, comes later.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sample.district import District, Person

MONTHS = ("2022-05", "2022-06")
Fact = str | int | float | bool | date | Person | None

CATEGORIES = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
MONITORED = ("脱贫不稳定户", "边缘易致贫户", "突发严重困难户", "")


@dataclass(frozen=True)
class Naming:
    """One person on one list in some of the months, with what the list knows."""

    person: Person
    listed: str
    months: tuple[str, ...]
    facts: dict[str, Fact]


@dataclass
class Registry:
    """The namings so far; a household is in one scheme at most."""

    district: District
    rng: Random
    namings: list[Naming] = field(default_factory=list)
    scheme: dict[int, str] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)

    def add(self, listed: str, person: Person, months: tuple[str, ...], **facts: Fact) -> None:
        """Name the person on the list, once."""
        if person.code not in self.named.setdefault(listed, set()):
            self.named[listed].add(person.code)
            self.namings.append(Naming(person, listed, months, facts))

    def size(self, listed: str) -> int:
        """How many people the list names."""
        return len(self.named.get(listed, ()))


def lasting(rng: Random) -> tuple[str, ...]:
    """Most namings last; some begin in June, a few end in May."""
    return rng.choices((MONTHS, MONTHS[1:], MONTHS[:1]), (86, 11, 3))[0]


def between(first: date, last: date, rng: Random) -> date:
    """A day from ``first`` to ``last``, both included."""
    return first + timedelta(days=rng.randrange((last - first).days + 1))


def dibao(registry: Registry, person: Person, protected: Collection[Person]) -> None:
    """Subsistence allowance for a household, of whom only ``protected`` are protected.

    When the head is not protected, a roll of booklets has one in the name of whoever is.
    """
    household, rng = registry.district.household_of(person), registry.rng
    if registry.scheme.setdefault(person.household, "dibao") != "dibao":
        return
    holder = household[0] if household[0] in protected else next(iter(protected))
    months, since = lasting(rng), between(date(2012, 1, 1), date(2022, 4, 1), rng).replace(day=1)
    each, support = rng.randrange(30, 81) * 10, rng.choice(("A类", "B类", "C类"))
    for member in household:
        registry.add(
            "dibao",
            member,
            months,
            holder=holder,
            protected=member in protected,
            since=since,
            each=each,
            size=len(protected),
            support=support,
        )


def tekun(registry: Registry, person: Person) -> None:
    """Support for a person, or an old couple, without income, work or anybody to rely on."""
    rng = registry.rng
    if registry.scheme.setdefault(person.household, "tekun") != "tekun":
        return
    couple = [
        m
        for m in registry.district.household_of(person)
        if m.relation in ("户主", "配偶") and m.birth.year < 1962
    ]
    together = couple if person in couple and rng.random() < 0.5 else [person]
    months, supply = lasting(rng), rng.choices(("分散", "集中"), (4, 1))[0]
    for member in together:
        registry.add(
            "tekun",
            member,
            months,
            holder=together[0],
            each=1287,
            size=len(together),
            supply=supply,
            care=rng.choices(("全自理", "半护理", "全护理"), (6, 3, 2))[0],
        )


def household_scheme(registry: Registry, listed: str, person: Person) -> None:
    """Low-income edge (``margin``) or heavy necessary spending (``rigid``): the household."""
    if registry.scheme.setdefault(person.household, listed) != listed:
        return
    months, since = (
        lasting(registry.rng),
        between(date(2021, 6, 1), date(2022, 4, 28), registry.rng),
    )
    for member in registry.district.household_of(person):
        registry.add(listed, member, months, since=since)


def temporary(registry: Registry, person: Person, recent: bool = True) -> None:
    """One-off help: in the last months, or so long ago that it cannot matter."""
    rng = registry.rng
    months = lasting(rng)
    first, last = (
        (date(2022, 1, 10), date(2022, 5, 28)) if recent else (date(2018, 3, 1), date(2020, 2, 28))
    )
    if recent and months == MONTHS[1:]:
        first, last = date(2022, 6, 1), date(2022, 6, 28)
    registry.add(
        "temporary_aid",
        person,
        MONTHS if not recent else months,
        day=between(first, last, rng),
        amount=rng.randrange(6, 60) * 100,
        cause=rng.choice(("因病", "因灾", "交通事故", "子女就学", "突发困难")),
    )


def subsidy(registry: Registry, person: Person, category: int = 0, level: int = 0) -> None:
    """The two allowances for disabled people, which never count as cover."""
    rng = registry.rng
    registry.add(
        "disability_subsidy",
        person,
        lasting(rng),
        category=category or rng.randrange(1, 8),
        level=level or rng.randrange(1, 5),
        amount=rng.choice((90, 100, 125)),
        kind=rng.choice(("困难残疾人生活补贴", "重度残疾人护理补贴")),
    )


def child_roll(registry: Registry, listed: str, person: Person) -> None:
    """Orphans, and children whom in fact nobody brings up."""
    registry.add(
        listed,
        person,
        lasting(registry.rng),
        amount=1800 if listed == "orphan" else 1440,
        guardian=registry.district.head_of(person),
    )


def death(registry: Registry, person: Person) -> None:
    """Dead by the end of May, or in June."""
    recent = registry.rng.random() < 0.15
    day = (
        between(date(2022, 6, 1), date(2022, 6, 26), registry.rng)
        if recent
        else between(date(2021, 3, 1), date(2022, 5, 25), registry.rng)
    )
    registry.add(
        "death",
        person,
        MONTHS[1:] if recent else MONTHS,
        day=day,
        cremated=day + timedelta(days=registry.rng.randrange(1, 6)),
    )


def moved(registry: Registry, person: Person) -> None:
    """Household registration moved out of the zone."""
    day = between(date(2021, 2, 1), date(2022, 5, 20), registry.rng)
    registry.add(
        "moved_out",
        person,
        MONTHS,
        day=day,
        to=registry.rng.choice(("福建省厦门市", "广东省深圳市", "浙江省杭州市", "丰泽区")),
    )
