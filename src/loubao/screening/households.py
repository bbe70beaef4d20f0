"""Households: who is visited together.

People are of one household when their rows, or the roll rows they are linked to or may be, share a
household number, a head, a parent, an ID number or a house address. This orders the sheet and
counts its households; it leaves nobody out and merges nobody. One visit serves a house also when
its people are named in different months: a person named now joins the household that the ledger
already has for the house (`homes_before`).
"""

from __future__ import annotations

import polars as pl

from loubao.core.components import components

#: What names a household: all its columns are filled in and equal. The number is the person's
#: own or the head's: a relative under the head's number, or the head of somebody else's household.
_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("household_no", ("list", "household_no")),
    ("number", ("id_number",)),
    ("number", ("head_id",)),
    ("head", ("village_code", "head_key")),
    ("parent", ("parent_id",)),
    ("address", ("village_code", "house")),
)


def households(people: pl.DataFrame, records: pl.DataFrame, house: str) -> pl.DataFrame:
    """Return `person_key`, `household` (String) for every person of `people`.

    `people` has `person_key` and `record_id` (UInt64): their own rows and those linked to them.
    `house` is the regular expression of an address that names one house. The household is named by
    the first person key in it.

    >>> records = pl.DataFrame({"record_id": [1, 2, 3], "address": None, "list": "dibao",
    ...     "id_number": ["990101195001011234", None, "990101196001011234"],
    ...     "head_id": [None, "990101195001011234", None]}, schema_overrides={"address": pl.String})
    >>> people = pl.DataFrame({"person_key": ["P1", "P2", "P3"], "record_id": [1, 2, 3]})
    >>> households(people, records, "号$").rows()
    [('P1', 'P1'), ('P2', 'P1'), ('P3', 'P3')]
    """
    rows = people.join(records, on="record_id")
    edges = _keyed(rows, house, "person_key").unique().sort("person_key", "key")
    group: dict[str, str] = components(edges.rows())
    keys = people["person_key"].unique().sort()
    return pl.DataFrame(
        {"person_key": keys, "household": [group.get(key, key) for key in keys]},
        schema={"person_key": pl.String, "household": pl.String},
    )


def homes_before(
    rows: pl.DataFrame,
    people: pl.DataFrame,
    sightings: pl.DataFrame,
    cases: pl.DataFrame,
    house: str,
) -> dict[str, str]:
    """Return the household of the ledger for each household of the month that has one, the oldest.

    `rows` are source RECORDS with `person_key`; `people` have `person_key`, `household`;
    `sightings` are SIGHTINGS, `cases` CASE_FILE; `house` as in `households`.
    """
    housed = cases.filter(pl.col("household") != "").select("case_id", before="household")
    members = rows.join(people.select("person_key", "household"), on="person_key")
    now = _keyed(members, house, "household").unique()
    earlier = _keyed(sightings.join(housed, on="case_id"), house, "before").unique()
    found = now.join(earlier, on="key").group_by("household").agg(pl.col("before").min())
    return dict(found.iter_rows())


def _keyed(rows: pl.DataFrame, house: str, member: str) -> pl.DataFrame:
    """`member`, `key` (String): all that names the household of each row, a row for each key."""
    if "address" in rows.columns:
        is_house = pl.col("address").str.contains(house)
        rows = rows.with_columns(house=pl.when(is_house).then("address"))
    return pl.concat(
        [
            rows.drop_nulls(columns).select(
                member, key=pl.concat_str(pl.lit(kind), *columns, separator="\x1f")
            )
            for kind, columns in _KEYS
            if set(columns) <= set(rows.columns)
        ]
    )
