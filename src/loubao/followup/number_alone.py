"""Recognition by one proven number, where a name is masked, missing or spelt as it sounds.

A list may mask in September the name that it wrote in full in August: 周*, *涛. Such a name alone
says too little, and a number alone may be that of a relative. Both together say who it is where the
number is nobody else's: one case in the ledger and one person of the month have it, and all names
under it, in the ledger and in the month, can be one name. Only open cases are found so: a closed
one keeps a person off the sheets.
"""

from __future__ import annotations

from itertools import product

import polars as pl

from loubao.core import frames
from loubao.core.readings import sounds
from loubao.linkage.name_levels import levels_of_names

#: Levels at which two names under one number are one name.
_ONE_NAME = (
    *("same", "variant", "reading", "look_alike", "reordered", "masked", "surname_only"),
    "unknown",
)
_HIDDEN = "?"


def by_number(
    rows: pl.DataFrame, records: pl.DataFrame, sightings: pl.DataFrame, open_cases: pl.DataFrame
) -> pl.DataFrame:
    """Return `person_key`, `case_id` of people who have the number of an open case.

    `rows` are the source RECORDS of the month with `person_key`, `records` all RECORDS of it,
    `sightings` all SIGHTINGS; `open_cases` has the `case_id` that may be found.
    """
    people = _bearers(rows, "person_key")
    cases = _bearers(sightings, "case_id")
    pairs = people.join(cases, on="id_number").join(open_cases, on="case_id", how="semi")
    if pairs.is_empty():
        return pairs.select("person_key", "case_id")
    now, before = (
        _proven(each)
        .join(pairs, on="id_number", how="semi")
        .select("id_number", "name", "name_key")
        for each in (records, sightings)
    )
    names = pl.concat([now, before]).unique(maintain_order=True)
    unlike = names.join(names, on="id_number", suffix="_r").filter(
        pl.col("name").fill_null("") < pl.col("name_r").fill_null("")
    )
    unlike = unlike.filter(~_can_be_one(unlike))
    return pairs.join(unlike, on="id_number", how="anti").select("person_key", "case_id")


def _proven(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(value=False))


def _bearers(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """`id_number`, `key` of the proven numbers that only one person or case has."""
    return (
        _proven(rows)
        .group_by("id_number")
        .agg(pl.col(key).first(), bearers=pl.col(key).n_unique())
        .filter(pl.col("bearers") == 1)
        .drop("bearers")
    )


def _can_be_one(pairs: pl.DataFrame) -> pl.Series:
    """Whether the names `name` and `name_r` of each pair (with their keys) can be one name."""
    sides = pairs.select(
        l_name="name", l_name_key="name_key", r_name="name_r", r_name_key="name_key_r"
    )
    alike = levels_of_names(sides).cast(pl.String).is_in(_ONE_NAME)
    spelt = [
        is_hidden_alike(one or "", other or "") or is_spelt(one or "", other or "")
        for one, other in sides.select("l_name_key", "r_name_key").iter_rows()
    ]
    return alike | pl.Series(spelt, dtype=pl.Boolean)


def is_hidden_alike(one: str, other: str) -> bool:
    """Return whether two match keys of one length differ only where `?` stands for a character.

    >>> [is_hidden_alike("?涛", name) for name in ("周涛", "周敏", "周小涛")]
    [True, False, False]
    """
    hidden = _HIDDEN in one or _HIDDEN in other
    places = zip(one, other, strict=False)
    return hidden and len(one) == len(other) and all(a == b or _HIDDEN in (a, b) for a, b in places)


def is_spelt(one: str, other: str) -> bool:
    """Return whether one of two match keys spells the other, all of it, as it sounds.

    The surname may stand before or behind.

    >>> [is_spelt("周小涛", name) for name in ("ZHOU XIAOTAO", "XIAO TAO ZHOU", "ZHOU TAO")]
    [True, True, False]
    """
    latin, name = (one, other) if one.isascii() else (other, one)
    letters = latin.replace(" ", "").lower()
    if not (letters.isascii() and letters.isalpha()) or len(name) < 2 or name.isascii():
        return False
    read = [{*sounds(char)} for char in name]
    spellings = {
        "".join(each) for order in (read, [*read[1:], read[0]]) for each in product(*order)
    }
    return letters in spellings
