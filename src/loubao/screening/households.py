"""Who lives together: so that one visit serves the whole household.

People are neighbours on a sheet when their rows, or the roll rows they are linked to or may be,
share a household number, a head, a parent, an ID number or a house address. This orders the sheet
and counts its households: nobody is left out or merged by it.

Whose household a month's people belong to, by what was written of people in months before.

One visit serves a house, also when its people are named in different months: who is named now goes
under the household that the ledger already has for the house, be its people sent out again or not.
"""

from __future__ import annotations

import polars as pl

from loubao.core.components import components

#: What names a household: its columns must all be known and equal.
_KEYS: dict[str, tuple[str, ...]] = {
    "household_no": ("list", "household_no"),
    "number": ("numbers",),
    "head": ("village_code", "head_key"),
    "parent": ("parent_id",),
    "address": ("village_code", "house"),
}


def households(people: pl.DataFrame, records: pl.DataFrame, house: str) -> pl.DataFrame:
    """Return `person_key`, `household` (String) for every person of `people`.

    `people` has `person_key` and `record_id` (UInt64): their own rows and those linked to them.
    `house` is the regular expression of an address that names one house. The household is named by
    the first person key in it.
    """
    rows = people.join(records, on="record_id").with_columns(
        # a relative under the head's number, or the head of someone else's household
        numbers=pl.concat_list("id_number", "head_id").list.drop_nulls(),
        house=pl.when(pl.col("address").str.contains(house)).then("address"),
    )
    edges = []
    for kind, columns in _KEYS.items():
        if set(columns) <= set(rows.columns):
            keyed = rows.explode("numbers", empty_as_null=True) if kind == "number" else rows
            key = pl.concat_str(pl.lit(kind), *columns, separator="\x1f")
            edges.append(keyed.drop_nulls(columns).select("person_key", key=key))
    ordered = pl.concat(edges).unique().sort("person_key", "key")
    group: dict[str, str] = components(ordered.rows())
    keys = people["person_key"].unique().sort()
    return pl.DataFrame(
        {"person_key": keys, "household": [group.get(key, key) for key in keys]},
        schema={"person_key": pl.String, "household": pl.String},
    )


#: What names a household in a single row, as in `households`: all its columns known and equal.
_KEYS_of_homes: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("head", ("village_code", "head_key")),
    ("address", ("village_code", "house")),
    ("number", ("id_number",)),
    ("number", ("head_id",)),
)


def homes_before(
    rows: pl.DataFrame,
    people: pl.DataFrame,
    sightings: pl.DataFrame,
    cases: pl.DataFrame,
    house: str,
) -> dict[str, str]:
    """Return the ledger's household of each household of the month that it knows, the oldest one.

    `rows` are source RECORDS with `person_key`; `people` have `person_key`, `household`;
    `sightings` are SIGHTINGS, `cases` CASE_FILE; `house` is the regular expression of an address
    that names one house.
    """
    known = cases.filter(pl.col("household") != "").select("case_id", before="household")
    now = _keyed(rows.join(people.select("person_key", "household"), on="person_key"), house)
    earlier = _keyed(sightings.join(known, on="case_id"), house)
    found = (
        now.select("key", "household")
        .unique()
        .join(earlier.select("key", "before").unique(), on="key")
        .group_by("household")
        .agg(pl.col("before").min())
    )
    return dict(found.iter_rows())


def _keyed(rows: pl.DataFrame, house: str) -> pl.DataFrame:
    """The rows with all that names their household as one text (`key`), a row for each."""
    if "address" in rows.columns:
        rows = rows.with_columns(
            house=pl.when(pl.col("address").str.contains(house)).then("address")
        )
    whose = [column for column in ("household", "before") if column in rows.columns]
    parts = [
        rows.drop_nulls(columns).select(
            *whose, key=pl.concat_str(pl.lit(kind), *columns, separator="\x1f")
        )
        for kind, columns in _KEYS_of_homes
        if set(columns) <= set(rows.columns)
    ]
    return pl.concat(parts)
