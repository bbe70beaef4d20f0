"""The invented people: households, kin and names, as numpy columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from population import identity, names, words
from population.places import Places, places

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HEAD, SPOUSE, CHILD_1, CHILD_2, CHILD_3, WIFE_OF_1, GRAND_1, GRAND_2, PARENT = range(9)
LAST_YEAR = 2021


@dataclass(frozen=True)
class People:
    """One entry a person, households together; `special` and `head` are indices, -1 for none."""

    household: Ints
    head: Ints
    slot: Ints
    village: Ints
    male: Bools
    birth: Ints  # days since 1970-01-01
    number: Ints  # the first seventeen digits
    surname: Ints
    first: Ints
    second: Ints
    special: Ints
    passport: Bools


def _households(rng: np.random.Generator, count: int) -> tuple[Bools, Ints, Bools, Bools, Bools]:
    """Who lives in each household: present, year, male (count × 9), twin of the slot before,
    and whether the head is a younger brother of the head of the household before.
    """
    present = np.zeros((count, 9), dtype=np.bool_)
    year = np.zeros((count, 9), dtype=np.int64)
    male = np.zeros((count, 9), dtype=np.bool_)
    twin = np.zeros((count, 9), dtype=np.bool_)
    head_year = rng.triangular(1930, 1963, 1999, count).astype(np.int64)
    head_male = rng.random(count) < 0.85
    brother = (np.arange(count) % 3 == 1) & (rng.random(count) < 0.55)
    older = np.flatnonzero(brother) - 1
    head_male[older] = head_male[older + 1] = True
    apart = np.maximum(1, np.abs(rng.normal(0, 5, len(older)))).astype(np.int64)
    brother_twin = rng.random(len(older)) < 0.02
    head_year[older + 1] = np.where(
        brother_twin, head_year[older], np.minimum(head_year[older] + apart, 2001)
    )
    twin[older[brother_twin] + 1, HEAD] = True
    present[:, HEAD], year[:, HEAD], male[:, HEAD] = True, head_year, head_male
    present[:, SPOUSE] = (head_year < 1998) & (rng.random(count) < 0.78)
    shift = rng.normal(1.5, 3.0, count).round().astype(np.int64)
    year[:, SPOUSE] = head_year + np.where(head_male, shift, -shift)
    male[:, SPOUSE] = ~head_male
    mother = np.where(head_male & present[:, SPOUSE], year[:, SPOUSE], head_year)
    children = np.where(
        head_year < 1950, rng.choice(4, count, p=[0.48, 0.4, 0.1, 0.02]),
        np.where(head_year < 1972, rng.choice(4, count, p=[0.22, 0.42, 0.28, 0.08]),
                 rng.choice(4, count, p=[0.12, 0.32, 0.44, 0.12])),
    )  # fmt: skip
    born = mother + np.maximum(19, rng.normal(25, 3.5, count)).astype(np.int64)
    for k in range(3):
        slot = CHILD_1 + k
        present[:, slot] = (children > k) & (born <= LAST_YEAR)
        year[:, slot], male[:, slot] = born, rng.random(count) < 0.53
        born = born + rng.integers(1, 6, count)
    present[:, WIFE_OF_1] = (
        present[:, CHILD_1] & male[:, CHILD_1] & (year[:, CHILD_1] < 1997)
        & (rng.random(count) < 0.6)
    )  # fmt: skip
    year[:, WIFE_OF_1] = year[:, CHILD_1] + rng.normal(1, 2.5, count).round().astype(np.int64)
    born = year[:, WIFE_OF_1] + np.maximum(19, rng.normal(25, 3, count)).astype(np.int64)
    for slot, share in ((GRAND_1, 0.85), (GRAND_2, 0.55)):
        present[:, slot] = present[:, WIFE_OF_1] & (born <= LAST_YEAR) & (rng.random(count) < share)
        year[:, slot], male[:, slot] = born, rng.random(count) < 0.53
        born = born + rng.integers(1, 6, count)
    present[:, PARENT] = (head_year > 1948) & (rng.random(count) < 0.12)
    year[:, PARENT] = np.maximum(1922, head_year - rng.integers(20, 32, count))
    male[:, PARENT] = rng.random(count) < 0.3
    for slot in (CHILD_2, CHILD_3, GRAND_2):
        birth_of_two = present[:, slot - 1] & ~twin[:, slot - 1] & (rng.random(count) < 0.015)
        twin[birth_of_two, slot] = present[birth_of_two, slot] = True
        year[birth_of_two, slot] = year[birth_of_two, slot - 1]
        same = birth_of_two & (rng.random(count) < 0.7)
        male[same, slot] = male[same, slot - 1]
        mixed = birth_of_two & ~same  # the boy first, so that the numbers follow each other
        male[mixed, slot - 1], male[mixed, slot] = True, False
    return present, year, male, twin, brother


def _given(
    rng: np.random.Generator, year: Ints, male: Bools, slot: Ints, head: Ints,
    surname: Ints, clan: Ints, twin_of: Ints,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Given names: generation characters in a lineage, siblings alike, twins one character apart.

    `clan` is a number that the people of one generation of one lineage in a village share.
    """
    count = len(year)
    sex = male.astype(np.int64)
    era = names.era_of(year)
    first, second = names.given_names(rng, era, sex)
    draw = rng.random(count)
    pool = names.codes(words.GENERATION_CHARACTERS)
    chance = np.where(male, np.array([0.55, 0.4, 0.22, 0.08])[era],
                      np.array([0.12, 0.12, 0.1, 0.04])[era])  # fmt: skip
    lineage = (clan >= 0) & (second >= 0) & (draw < chance)
    mixed = (clan * 2_654_435_761 + np.where(male, 0, 97)) % 1_000_003
    first[lineage] = pool[mixed[lineage] % len(pool)]
    before = np.arange(count) - 1
    child = np.isin(slot, (CHILD_2, CHILD_3, GRAND_2)) & (slot[before] == slot - 1)
    alike = child & (male == male[before]) & (second >= 0) & (second[before] >= 0)
    alike &= rng.random(count) < 0.25
    first[alike] = first[before[alike]]
    father = (slot == CHILD_1) & (second >= 0) & (second[head] >= 0) & (rng.random(count) < 0.02)
    second[father] = second[head[father]]
    rare = (year > 1975) & (rng.random(count) < 0.008)
    rares = names.codes("".join(words.RARE))
    fresh = rng.choice(rares, int(rare.sum()))
    at = np.flatnonzero(rare)
    lone = second[at] < 0
    first[at[lone]], second[at[~lone]] = fresh[lone], fresh[~lone]
    twins = np.flatnonzero(twin_of >= 0)
    for _ in range(8):
        one = twin_of[twins]
        a, b = names.given_names(rng, era[twins], sex[twins])
        keep_first = (rng.random(len(twins)) < 0.75) & (second[one] >= 0)
        single = second[one] < 0
        second[twins] = np.where(single, -1, np.where(keep_first, np.where(b >= 0, b, a),
                                                      second[one]))  # fmt: skip
        first[twins] = np.where(keep_first, first[one], a)
        same = (first[twins] == first[one]) & (second[twins] == second[one])
        twins = twins[same]
    for back in (1, 2):  # brothers and sisters at home do not bear the same name
        prior = np.arange(count) - back
        clash = (surname == surname[prior]) & (first == first[prior]) & (second == second[prior])
        at = np.flatnonzero(clash & (head == head[prior]))
        _, first[at], second[at] = 0, *names.given_names(rng, era[at], sex[at])
    return first, second


def invent(rng: np.random.Generator, count: int) -> tuple[Places, People]:
    """`count` people in their villages."""
    # Larger than needed; cut to the exact number of people afterwards.
    homes = int(count / 2.9) + 200
    present, year2, male2, twin2, brother = _households(rng, homes)
    total = np.cumsum(present.sum(axis=1))
    homes = int(np.searchsorted(total, count)) + 1
    sizes = np.maximum(300, rng.normal(2000, 250, count // 1200 + 5) / (count / homes))
    bounds = np.cumsum(sizes.astype(np.int64))
    village_of = np.searchsorted(bounds, np.arange(homes), side="right")
    villages = int(village_of[-1]) + 1
    where = places(rng, villages)
    present, brother = present[:homes], brother[:homes]
    # Surnames of households: the clan's, a second clan's, or anybody's.
    weights = names.surname_weights()
    share = np.where(rng.random(villages) < 0.7, rng.uniform(0.3, 0.7, villages),
                     rng.uniform(0.04, 0.15, villages))  # fmt: skip
    clans = rng.choice(len(weights), villages, p=weights)
    second_clans = rng.choice(len(weights), villages, p=weights)
    draw = rng.random(homes)
    line = np.where(
        draw < share[village_of], clans[village_of],
        np.where(draw < share[village_of] + 0.12, second_clans[village_of],
                 rng.choice(len(weights), homes, p=weights)),
    )  # fmt: skip
    brother[1:] &= village_of[1:] == village_of[:-1]
    younger = np.flatnonzero(brother)
    line[younger] = line[younger - 1]
    depth = (year2[:homes, HEAD] + rng.integers(0, 25, villages)[village_of]) // 25
    depth[younger] = depth[younger - 1]
    flat = np.flatnonzero(present.ravel())[:count]
    household, slot = flat // 9, flat % 9
    year = year2[:homes].ravel()[flat]
    male = male2[:homes].ravel()[flat]
    starts = np.flatnonzero(slot == HEAD)
    head = starts[household]
    twin = twin2[:homes].ravel()[flat] & ~((slot == HEAD) & ~brother[household])
    twin_of = np.where(twin, np.where(slot == HEAD, starts[household - 1],
                                      np.arange(count) - 1), -1)  # fmt: skip
    village = village_of[household]
    birth = identity.births(rng, year, twin_of)
    married_in = (slot == WIFE_OF_1) | (slot == SPOUSE) | ((slot == PARENT) & ~male)
    local = rng.random(count) < np.where(married_in, 0.5, 0.78)
    near = 9 if villages < 2500 else len(identity.DIVISIONS)
    county_division = where.county[village] * 7 % near
    division = np.where(local, county_division, rng.integers(0, near, count))
    station = np.where(local, where.station[village], rng.integers(0, 12, count))
    twins = np.flatnonzero(twin)
    division[twins], station[twins] = division[twin_of[twins]], station[twin_of[twins]]
    number = identity.numbers(rng, birth, male, division, station, twin)
    stranger = rng.choice(len(weights), count, p=weights)
    surname = np.where(married_in, stranger, line[household])
    # A woman who heads a household with a husband was born into another line than the children.
    mothers_line = (~male) & (slot == HEAD) & (rng.random(count) < 0.6)
    surname[mothers_line] = stranger[mothers_line]
    of_mother = np.isin(slot, (CHILD_2, GRAND_2)) & (rng.random(count) < 0.04)
    surname[of_mother] = surname[np.flatnonzero(of_mother) - 1]
    step = np.array([0, 0, 1, 1, 1, 1, 2, 2, -1])[slot]
    clan = np.where(married_in, -1, (village * 400 + surname) * 64 + (depth[household] + step) % 64)
    surname[twins] = surname[twin_of[twins]]
    first, second = _given(rng, year, male, slot, head, surname, clan, twin_of)
    special = np.full(count, -1, dtype=np.int64)
    dotted = (rng.random(homes) < 0.003)[household]
    special[dotted] = rng.integers(0, len(names.DOTTED), int(dotted.sum()))
    foreign = married_in & ~male & (year > 1970) & (rng.random(count) < 0.015)
    special[foreign] = len(names.DOTTED) + rng.integers(0, len(names.LATIN), int(foreign.sum()))
    return where, People(household, head, slot, village, male, birth, number, surname, first,
                         second, special, foreign)  # fmt: skip


def columns(people: People, where: Places, at: Ints) -> pl.DataFrame:
    """The faultless rows of some people, under the headers of the lists (all String)."""
    number = people.number[at]
    characters = pl.Series([*names.CHARACTERS, ""])
    second = np.where(people.second[at] < 0, len(names.CHARACTERS), people.second[at])
    special = people.special[at]
    passport = people.passport[at]
    village = people.village[at]
    return pl.DataFrame(
        {
            "surname": pl.Series(names.SURNAMES).gather(people.surname[at]),
            "first": characters.gather(people.first[at]),
            "second": characters.gather(second),
            "special": pl.Series(names.SPECIAL).gather(np.maximum(special, 0)),
            "is_special": special >= 0,
            "number": number,
            "check": pl.Series(list(identity.CHECK)).gather(identity.check_characters(number)),
            "passport": passport,
            "serial": at * 48_271_313 % 10**8,
            "male": people.male[at],
            "birth": pl.Series(people.birth[at].astype(np.int32)).cast(pl.Date),
            "乡镇": pl.Series(where.town).gather(village),
            "村": pl.Series(where.village).gather(village),
        }
    ).select(
        pl.when("is_special").then("special")
        .otherwise(pl.concat_str("surname", "first", "second")).alias("姓名"),
        pl.when("passport").then("N" + pl.col("serial").cast(pl.String).str.zfill(8))
        .otherwise(pl.col("number").cast(pl.String) + pl.col("check")).alias("身份证号码"),
        pl.when("male").then(pl.lit("男")).otherwise(pl.lit("女")).alias("性别"),
        pl.col("birth").dt.to_string("%Y-%m-%d").alias("出生日期"),
        "乡镇",
        "村",
    )  # fmt: skip
