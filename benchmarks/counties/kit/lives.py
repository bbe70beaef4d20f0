"""What happens to people: rolls, certificates, bills, deaths; and what policy follows."""

from __future__ import annotations

import calendar
import random
from datetime import date, timedelta

from counties.kit.people import (
    Bill,
    County,
    Cover,
    Disability,
    Person,
    Watched,
)

FULL = {
    "medical": {"dibao", "urban", "tekun"},
    "disability": {"dibao", "urban", "tekun"},
    "monitored": {"dibao", "urban", "tekun"},
    "children": {"orphan", "facto", "tekun"},
}
PROTECTING = {roll for rolls in FULL.values() for roll in rolls}
LIMIT = 40_000
STOPS = ("停保", "停发", "已取消", "迁出")
KINDS = ("脱贫不稳定户", "边缘易致贫户", "突发严重困难户")


def month_names(first: str, count: int) -> list[str]:
    """2023-03, 2023-04 …"""
    year, month = (int(part) for part in first.split("-"))
    found = []
    for i in range(count):
        ahead = month - 1 + i
        found.append(f"{year + ahead // 12}-{ahead % 12 + 1:02d}")
    return found


def last_day(month: str) -> date:
    """The last day of 2023-04."""
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, calendar.monthrange(year, number)[1])


def before(month: str) -> str:
    """The month before."""
    return f"{last_day(month).replace(day=1) - timedelta(days=1):%Y-%m}"


class Lives:
    """Draws the lives of a county over some months."""

    def __init__(self, county: County, rng: random.Random, months: list[str], scale: float) -> None:
        self.county, self.rng, self.months, self.scale = county, rng, months, scale

    def run(self) -> None:
        """All of it, in a fixed order."""
        self.rolls()
        self.children()
        self.certificates()
        self.bills()
        self.register()
        self.changes()
        self.ends()

    def since(self) -> str:
        """A month from 2016 to just before the first month."""
        return f"{self.rng.randrange(2016, 2023)}-{self.rng.randrange(1, 13):02d}"

    def rolls(self) -> None:
        """The household rolls: protected are all, or only some of a family."""
        rng = self.rng
        homes = list(self.county.households)
        rng.shuffle(homes)
        old = [home for home in homes if len(home) == 1 and home[0].age(date(2023, 1, 1)) >= 55]
        for home in old[: round(400 * self.scale)]:
            home[0].covers.append(Cover("tekun", self.since()))
        rest = [home for home in homes if not home[0].covers]
        rural = 800 if self.county.key == "bei" else 1000
        sizes = (("dibao", rural), ("urban", 230), ("edge", 170), ("rigid", 80), ("temporary", 120))
        at = 0
        for roll, size in sizes:
            for home in rest[at : at + round(size * self.scale)]:
                since = self.since()
                if roll in ("rigid", "temporary"):
                    since = f"2023-0{rng.randrange(1, 3)}"
                members = home
                if roll in ("dibao", "urban") and len(home) > 1 and rng.random() < 0.25:
                    members = rng.sample(home, rng.randrange(1, len(home)))
                for person in members:
                    person.covers.append(Cover(roll, since))
            at += round(size * self.scale)

    def children(self) -> None:
        """Children's rolls, and children of people in prison."""
        rng = self.rng
        day = last_day(self.months[0])
        minors = [
            (person, home[0])
            for home in self.county.households
            for person in home[1:]
            if person.age(day) < 18 and person.relation in ("之子", "之女")
        ]
        rng.shuffle(minors)
        size = round(45 * self.scale)
        for person, _ in minors[:size]:
            person.covers.append(Cover("orphan", self.since()))
        for person, head in minors[size : 3 * size]:
            person.covers.append(Cover("facto", self.since()))
            if rng.random() < 0.5:
                person.jailed_parent, person.jailed_how = head, rng.choice(("服刑", "强制戒毒"))
        for person, head in minors[3 * size : 4 * size]:
            person.jailed_parent, person.jailed_how = head, rng.choice(("服刑", "强制戒毒"))

    def certificates(self) -> None:
        """Certificates of all kinds and years, among the covered more than elsewhere."""
        rng = self.rng
        people = self.county.people
        covered = [p for p in people if p.covers]
        other = [p for p in people if not p.covers]
        chosen = rng.sample(covered, min(len(covered), round(430 * self.scale)))
        chosen += rng.sample(other, min(len(other), round(420 * self.scale)))
        for person in chosen:
            category = rng.choice((1, 2, 3, 4, 4, 4, 5, 6, 6, 7))
            level = rng.choice((1, 1, 2, 2, 3, 4))
            issued = date(2021 if rng.random() < 0.75 else 2015, 1, 1)
            issued += timedelta(days=rng.randrange(760))
            person.disability = Disability(category, level, issued)
            if rng.random() < 0.04:
                person.listed_since = rng.choice(self.months)

    def bills(self) -> None:
        """Bills of the year 2022; the sums lie on both sides of the limit, some on it."""
        rng = self.rng
        people = self.county.people
        covered = [p for p in people if p.covers]
        other = [p for p in people if not p.covers]
        chosen = rng.sample(covered, min(len(covered), round(230 * self.scale)))
        chosen += rng.sample(other, min(len(other), round(270 * self.scale)))
        for person in chosen:
            draw = rng.random()
            own = round(rng.uniform(40_100, 160_000), 2)
            if draw < 0.05:
                own = float(LIMIT)
            elif draw < 0.35:
                own = round(rng.uniform(12_000, 39_900), 2)
            person.bills = self.split(own)

    def split(self, own: float) -> list[Bill]:
        """One to five bills that add up."""
        rng = self.rng
        count = rng.choice((1, 2, 3, 3, 4, 5))
        cents = round(own * 100)
        cuts = sorted(rng.randrange(1, cents) for _ in range(count - 1))
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, cents], strict=True)]
        found = []
        for part in parts:
            day = date(2022, 1, 5) + timedelta(days=rng.randrange(350))
            total = round(part / 100 * rng.uniform(1.6, 3.2), 2)
            found.append(Bill(day, total, part / 100, round(part / 100 * rng.random() * 0.3, 2)))
        return sorted(found, key=lambda bill: bill.day)

    def register(self) -> None:
        """Monitored households and ordinary households out of poverty, whole families."""
        rng = self.rng
        homes = rng.sample(
            self.county.households, min(len(self.county.households), round(520 * self.scale))
        )
        for index, home in enumerate(homes):
            kind = rng.choice(KINDS) if rng.random() < 0.45 else ""
            removed = bool(kind) and rng.random() < 0.25
            since = date(2020, 3, 1) + timedelta(days=rng.randrange(900))
            for person in home:
                person.watched = Watched(f"3505990{100_000 + index}", kind, removed, since)

    def changes(self) -> None:
        """Spans that end or begin in the months, now and then."""
        rng = self.rng
        for home in self.county.households:
            if rng.random() < 0.03:
                month = rng.choice(self.months)
                why = rng.choice(STOPS)
                for person in home:
                    for cover in person.covers:
                        cover.until, cover.why = before(month), why
            elif rng.random() < 0.02 and not any(p.covers for p in home) and len(home) < 4:
                month = rng.choice(self.months)
                if any(p.disability or p.bills or p.watched for p in home):
                    for person in home:
                        person.covers.append(Cover("dibao", month))

    def ends(self) -> None:
        """Deaths and moves, among those who stand on a list more than elsewhere."""
        rng = self.rng
        for person in self.county.people:
            listed = bool(person.disability or person.bills or person.watched)
            if rng.random() < (0.03 if listed else 0.006):
                month = rng.choice(self.months)
                person.died = last_day(month).replace(day=rng.randrange(1, 28))
                person.death_told = rng.random() < 0.9
                for cover in person.covers:
                    if not cover.until and rng.random() < 0.7:
                        cover.until, cover.why = before(month), "死亡停发"
            elif rng.random() < (0.012 if listed else 0.003):
                month = rng.choice(self.months)
                person.moved = last_day(month).replace(day=rng.randrange(1, 28))


def severe(found: Disability) -> bool:
    """Level 1–2 of any category, level 3 of mind; dated 2021 or later."""
    level = found.level <= 2 or (found.level == 3 and found.category in (5, 6))
    return level and found.issued.year >= 2021


def needs(person: Person, month: str) -> list[str]:
    """The source lists whose conditions the person meets in this month."""
    found = []
    if sum(round(bill.own * 100) for bill in person.bills) > LIMIT * 100:
        found.append("medical")
    if person.disability and person.listed_since <= month and severe(person.disability):
        found.append("disability")
    if person.watched and person.watched.kind and not person.watched.removed:
        found.append("monitored")
    if person.jailed_parent and person.age(last_day(month)) < 18:
        found.append("children")
    return found


def judged(person: Person, month: str, dirty: bool) -> tuple[str, str]:
    """(expected, why): must, must_not or either, by policy alone and the state of the rows."""
    lists = needs(person, month)
    end = last_day(month)
    rolls = {cover.roll for cover in person.covers if cover.holds(month)}
    if person.died and person.died <= end and (lists or person.watched):
        plain = person.death_told and not dirty and "medical" not in lists
        return ("must_not", "dead") if plain else ("either", "dead")
    if person.moved and person.moved <= end and (lists or person.watched):
        return ("either", "moved") if dirty else ("must_not", "moved")
    if not lists:
        if person.watched and person.watched.kind:
            return "either", "risk removed"
        return ("either" if dirty else "must_not"), "not in need"
    if all(rolls & FULL[name] for name in lists):
        return ("either" if dirty else "must_not"), "covered"
    if any(cover.until and not cover.holds(month) for cover in person.covers):
        if any(cover.why == "迁出" for cover in person.covers):
            return "either", "stopped: moved"
        return "must", "stopped"
    return "must", "partly covered" if rolls else "uncovered"
