"""Who gets which part: the people on the source lists, what becomes of them, and everybody else.

Doubles are cast on purpose: where somebody on a source list stays without cover, a twin or a
namesake in the same village is often on the roll. Taking one for the other hides a person in need.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from random import Random

from sample.characters import RARE
from sample.circumstances import (
    Naming,
    Registry,
    child_roll,
    death,
    dibao,
    household_scheme,
    moved,
    subsidy,
    tekun,
    temporary,
)
from sample.district import District, Person, doubles
from sample.sources import name_children, name_disabled, name_monitored, name_patients

# How large a list is, as a share of the population.
SHARES = {
    "medical": 0.0135,
    "disability": 0.0105,
    "monitored": 0.0110,
    "children": 0.0036,
    "dibao": 0.1150,
    "tekun": 0.0110,
    "dibao_edge": 0.0140,
    "rigid_expense": 0.0035,
    "disability_subsidy": 0.0450,
    "temporary_aid": 0.0110,
    "orphan": 0.0013,
    "unattended": 0.0030,
    "death": 0.0060,
    "moved_out": 0.0060,
}

# What becomes of the people on a source list: the weights of each way to be covered, or not.
FATES: dict[str, dict[str, int]] = {
    "medical": {
        "dibao": 34,
        "single": 7,
        "tekun": 6,
        "dibao_edge": 9,
        "rigid_expense": 5,
        "temporary_aid": 5,
        "temporary_aid_old": 3,
        "disability_subsidy": 5,
        "nothing": 26,
    },
    "disability": {
        "dibao": 32,
        "single": 14,
        "family": 9,
        "tekun": 6,
        "dibao_edge": 8,
        "disability_subsidy": 9,
        "nothing": 22,
    },
    "monitored": {"dibao": 48, "tekun": 4, "dibao_edge": 12, "temporary_aid": 6, "nothing": 30},
    "children": {"orphan": 9, "unattended": 35, "dibao": 18, "tekun": 2, "nothing": 36},
}


def settle(registry: Registry, listed: str, person: Person, double: Person | None) -> None:
    """What becomes of somebody on a source list. An uncovered person's double may be covered."""
    rng = registry.rng
    fates = FATES[listed]
    fate = rng.choices(tuple(fates), tuple(fates.values()))[0]
    if double and rng.random() < 0.4:
        fate = "nothing"
    household = registry.district.household_of(person)
    if fate == "dibao":
        dibao(registry, person, household)
    elif fate == "single":
        dibao(registry, person, (person,))
    elif fate == "family" and len(household) > 1:
        dibao(registry, person, (rng.choice([m for m in household if m != person]),))
    elif fate == "tekun":
        tekun(registry, person)
    elif fate in ("dibao_edge", "rigid_expense"):
        household_scheme(registry, fate, person)
    elif fate in ("temporary_aid", "temporary_aid_old"):
        temporary(registry, person, recent=fate == "temporary_aid")
    elif fate == "disability_subsidy":
        subsidy(registry, person)
    elif fate in ("orphan", "unattended"):
        child_roll(registry, fate, person)
    elif double and rng.random() < 0.85:
        dibao(registry, double, (double,))
    if rng.random() < 0.06:
        death(registry, person)
    elif rng.random() < 0.035:
        moved(registry, person)


def interesting_first(
    people: Iterable[Person], twins: Collection[str], rng: Random
) -> list[Person]:
    """A shuffle in which doubles, rare characters and foreign names come early more often."""

    def weight(person: Person) -> int:
        if person.document != "resident" or "·" in person.name:
            return 60
        return 20 if RARE.keys() & set(person.name) else 10 if person.code in twins else 1

    return sorted(people, key=lambda person: -(rng.random() ** (1 / weight(person))))


def build_namings(district: District, rng: Random) -> list[Naming]:
    """All namings of both months: the source lists first, then the rolls filled up around them."""
    registry, alike = Registry(district, rng), doubles(district)
    wanted = {
        listed: max(2, round(len(district.people) * share)) for listed, share in SHARES.items()
    }
    order = interesting_first(district.people, alike.keys(), rng)
    name_patients(registry, order, wanted["medical"])
    name_disabled(registry, order, wanted["disability"])
    name_monitored(registry, order, wanted["monitored"])
    name_children(registry, order, wanted["children"])
    for naming in tuple(registry.namings):
        if naming.listed in FATES and naming.facts.get("settle", True):
            settle(registry, naming.listed, naming.person, alike.get(naming.person.code))
    _fill(registry, wanted)
    return registry.namings


def _fill(registry: Registry, wanted: dict[str, int]) -> None:
    """Bring every roll to its size with people whom no source list names."""
    rng = registry.rng
    others = list(registry.district.people)
    rng.shuffle(others)
    for person in others:
        age = 2022 - person.birth.year
        if registry.size("dibao") < wanted["dibao"]:
            household = registry.district.household_of(person)
            dibao(registry, person, household if rng.random() < 0.8 else (person,))
        elif registry.size("dibao_edge") < wanted["dibao_edge"]:
            household_scheme(registry, "dibao_edge", person)
        elif registry.size("rigid_expense") < wanted["rigid_expense"]:
            household_scheme(registry, "rigid_expense", person)
        elif age > 62 and registry.size("tekun") < wanted["tekun"]:
            tekun(registry, person)
        elif age > 65 and registry.size("death") < wanted["death"]:
            death(registry, person)
        elif registry.size("disability_subsidy") < wanted["disability_subsidy"]:
            subsidy(registry, person)
        elif registry.size("temporary_aid") < wanted["temporary_aid"]:
            temporary(registry, person, recent=rng.random() < 0.7)
        elif registry.size("moved_out") < wanted["moved_out"]:
            moved(registry, person)
        elif age < 17 and registry.size("unattended") < wanted["unattended"]:
            child_roll(registry, "unattended", person)
        elif age < 17 and registry.size("orphan") < wanted["orphan"]:
            child_roll(registry, "orphan", person)
