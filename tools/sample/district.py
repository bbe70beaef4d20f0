"""People in households: generations, twins, namesakes, spouses from abroad."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count, pairwise
from random import Random

from sample import names, numbers
from sample.villages import Village, read_villages

FOREIGN_KINDS = (
    "passport",
    "passport",
    "passport",
    "home_return",
    "compatriot",
    "taiwan_resident",
    "foreign_resident",
    "minority",
    "minority",
    "minority",
)


@dataclass(frozen=True)
class Person:
    """An invented person. ``document`` is ``resident`` or the kind of passport or permit."""

    code: str
    name: str
    number: str
    document: str
    birth: date
    sex: str
    village: Village
    household: int
    relation: str


@dataclass(frozen=True)
class District:
    """Everybody, and the same people by household (the head comes first)."""

    people: tuple[Person, ...]
    households: tuple[tuple[Person, ...], ...]

    def household_of(self, person: Person) -> tuple[Person, ...]:
        """The person's household, the person included."""
        return self.households[person.household]

    def head_of(self, person: Person) -> Person:
        """The head of the person's household."""
        return self.households[person.household][0]


def _birth(year: int, rng: Random) -> date:
    born = date(year, 1, 1) + timedelta(days=rng.randrange(365))
    # Children who come of age at the end of June 2022 are born right at the boundary.
    if date(2004, 6, 18) <= born <= date(2004, 7, 12):
        born = rng.choice((date(2004, 6, 29), date(2004, 6, 30), date(2004, 7, 1)))
    return min(born, date(2022, 4, 30))


def _stranger(person: Person, taken: set[str], rng: Random) -> Person:
    """The person again, as somebody from abroad or from a minority of the far west."""
    kind = rng.choice(FOREIGN_KINDS) if person.sex == "女" else "minority"
    if kind == "minority":
        return replace(person, name=rng.choice(names.MINORITY[person.sex]))
    number = numbers.foreign_document(kind, int(person.code[1:]) % 10000, person.birth)
    if number in taken or numbers.looks_damaged(number):
        return person
    taken.add(number)
    latin = kind in ("passport", "foreign_resident")
    return replace(
        person, document=kind, number=number, name=rng.choice(names.LATIN) if latin else person.name
    )


def _household(
    village: Village,
    clans: tuple[str, ...],
    index: int,
    codes: Iterator[int],
    taken: set[str],
    rng: Random,
) -> Iterator[Person]:
    """One household, head first: an old person alone, a couple, or up to three generations."""

    def person(
        family: str,
        sex: str,
        year: int,
        relation: str,
        shared: str = "",
        twin: Person | None = None,
    ) -> Person:
        serial = next(codes)
        birth = twin.birth if twin else _birth(year, rng)
        name = family + names.given_name(sex, year, rng, shared)
        while twin and name == twin.name:
            name = family + names.given_name(sex, year, rng, shared)
        number = numbers.issue(taken, birth, sex, rng, after=twin.number if twin else "")
        made = Person(
            f"P{serial:06d}", name, number, "resident", birth, sex, village, index, relation
        )
        strange = {"配偶": 0.01, "户主": 0.002}.get(relation, 0.0)
        return _stranger(made, taken, rng) if rng.random() < strange else made

    family = rng.choice(clans) if rng.random() < 0.75 else names.surname(rng)
    age = int(rng.triangular(26, 88, 50))
    year = 2022 - age
    woman_head = rng.random() < 0.12
    in_line = names.generation_character(family, year) if rng.random() < 0.45 else ""
    head = person(family, "女" if woman_head else "男", year, "户主", "" if woman_head else in_line)
    yield head
    if rng.random() < (0.45 if age > 68 else 0.12):
        return
    if not woman_head and rng.random() < 0.85:
        yield person(names.surname(rng), "女", year + rng.randrange(-1, 5), "配偶")
    if age < 62 and rng.random() < 0.22:
        yield person(family, "男", year - rng.randrange(21, 30), "父")
    if age < 62 and rng.random() < 0.25:
        yield person(names.surname(rng), "女", year - rng.randrange(20, 27), "母")
    child_year = year + rng.randrange(21, 30)
    # Brothers share a character: the clan's, or sometimes their father's own.
    shared = names.generation_character(family, child_year) if rng.random() < 0.4 else ""
    if rng.random() < 0.08 and len(head.name) == 3:
        shared = head.name[1]
    for _ in range(rng.choices((0, 1, 2, 3), (15, 35, 38, 12))[0]):
        if child_year > 2021:
            return
        boy = rng.random() < 0.52
        child = person(
            family, "男" if boy else "女", child_year, "子" if boy else "女", shared if boy else ""
        )
        yield child
        if rng.random() < 0.02:
            yield person(
                family,
                child.sex,
                child_year,
                child.relation,
                child.name[1] if len(child.name) == 3 else "",
                twin=child,
            )
        child_year += rng.randrange(1, 6)


def build_district(size: int, rng: Random) -> District:
    """A district of about ``size`` people, spread over all villages."""
    villages = read_villages()
    clans = {village.code: names.clans_of(village, rng) for village in villages}
    weights = [rng.uniform(0.5, 1.8) for _ in villages]
    codes, taken = count(1), set[str]()
    households: list[tuple[Person, ...]] = []
    people: list[Person] = []
    while len(people) < size:
        village = rng.choices(villages, weights)[0]
        household = tuple(
            _household(village, clans[village.code], len(households), codes, taken, rng)
        )
        households.append(household)
        people.extend(household)
    return District(tuple(people), tuple(households))


def doubles(district: District) -> dict[str, Person]:
    """Whom each person may be confused with, by code: a twin, else a namesake in the village."""
    found: dict[str, Person] = {}
    by_name: dict[tuple[str, str], Person] = {}
    for person in district.people:
        key = (person.village.code, person.name)
        if key in by_name:
            found.setdefault(person.code, by_name[key])
            found.setdefault(by_name[key].code, person)
        by_name[key] = person
    for household in district.households:
        for one, other in pairwise(household):
            if one.birth == other.birth and one.name[0] == other.name[0]:
                found[one.code], found[other.code] = other, one
    return found
