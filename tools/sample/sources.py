"""The four source lists of the notice: people who may be in need, on both sides of each rule."""

from __future__ import annotations

from datetime import date

from sample.circumstances import MONITORED, Registry, between, lasting
from sample.district import Person

# Amounts at the threshold of 40,000 yuan, which is "over", not "from".
AT_THRESHOLD = (40000.0, 40000.0, 40000.01, 39999.99, 40000.5, 39999.5)


def name_patients(registry: Registry, order: list[Person], wanted: int) -> None:
    """Medical spending of one's own: most above the threshold, some below, some exactly at it.

    ``own`` is 个人自费, what lies outside the insurance altogether: another amount, often larger.
    """
    rng = registry.rng
    for person in order[:wanted]:
        paid = round(40000 + rng.expovariate(1 / 22000), 2)
        if rng.random() < 0.12:
            paid = round(rng.uniform(18000, 39990), 2)
        elif rng.random() < 0.12:
            paid = float(round(paid, -2))
        if rng.random() < 0.08:
            paid = rng.choice(AT_THRESHOLD)
        registry.add(
            "medical",
            person,
            lasting(rng),
            self_paid=paid,
            total=round(paid * rng.uniform(1.3, 3.5), 2),
            own=round(paid * rng.uniform(0.1, 1.3), 2),
        )


def name_disabled(registry: Registry, order: list[Person], wanted: int) -> None:
    """Disability certificates of all categories and levels, dated around 1 January 2021.

    One in ten is a patient of the medical list too.
    """
    rng = registry.rng
    patients = registry.size("medical")
    also = order[: max(1, wanted // 10)]
    fresh = order[patients : patients + wanted - len(also)]
    for person in [*also, *fresh]:
        if person.document != "resident":
            continue
        category = rng.choices(range(1, 8), (10, 9, 3, 40, 14, 17, 7))[0]
        level = rng.choices((1, 2, 3, 4), (25, 36, 29, 10))[0]
        issued = between(date(2021, 1, 2), date(2022, 4, 28), rng)
        if rng.random() < 0.12:
            issued = between(date(2012, 1, 1), date(2020, 12, 30), rng)
        elif rng.random() < 0.12:
            issued = rng.choice((date(2021, 1, 1), date(2020, 12, 31)))
        registry.add(
            "disability",
            person,
            lasting(rng),
            category=category,
            level=level,
            issued=issued,
            settle=person not in also,
            reissue=rng.choice(("B1", "B2")) if rng.random() < 0.06 else "",
        )


def name_monitored(registry: Registry, order: list[Person], wanted: int) -> None:
    """Monitored households, one row a member; without a category it is an ordinary household.

    The members of a household are one family: what covers the first covers them all.
    """
    rng = registry.rng
    for person in order[registry.size("medical") + registry.size("disability") :]:
        if registry.size("monitored") >= wanted:
            return
        category = rng.choices(MONITORED, (24, 26, 14, 36))[0]
        eliminated, since = rng.random() < 0.2, between(date(2019, 1, 1), date(2022, 3, 31), rng)
        months = lasting(rng)
        for n, member in enumerate(registry.district.household_of(person)):
            registry.add(
                "monitored",
                member,
                months,
                category=category,
                eliminated=eliminated,
                since=since,
                settle=n == 0,
            )


def name_children(registry: Registry, order: list[Person], wanted: int) -> None:
    """Children of people in prison, custody or drug treatment; some just of age.

    The child is the person; a parent's name and number stand in columns of their own. Where both
    parents are named, the child is on the list twice.
    """
    rng = registry.rng
    born = [
        person
        for person in order
        if person.relation in ("子", "女") and date(2002, 6, 1) <= person.birth
    ]
    edge = [person for person in born if date(2004, 6, 25) <= person.birth <= date(2004, 7, 5)]
    for person in (edge[:12] + [child for child in born if child not in edge])[:wanted]:
        adults = [
            m for m in registry.district.household_of(person) if m.relation in ("户主", "配偶")
        ]
        parent = rng.choices(adults, range(len(adults), 0, -1))[0]
        free = [
            m
            for m in registry.district.household_of(person)
            if m not in (person, parent) and m.birth.year < 2003
        ]
        registry.add(
            "children",
            person,
            lasting(rng),
            parent=parent,
            other=rng.choice(adults) if rng.random() < 0.12 else None,
            state=rng.choices(("服刑", "强制隔离戒毒", "羁押"), (6, 4, 1))[0],
            guardian=rng.choice(free) if free else None,
        )
