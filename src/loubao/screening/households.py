"""Households: who lives together, so that one visit serves all of them.

People are of one household when their rows, or the roll rows they are linked to or may be, share a
household number, a head, a parent, an ID number or a house address. This orders the sheet and
counts its households: nobody is left out or merged by it.

One visit serves a house also when its people are named in different months: a person who is named
now goes under the household that the ledger has for the house already (`homes_before`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from loubao.core.components import components
from loubao.rules.wording import Wording
from loubao.screening.coverage import STATUSES

#: What names a household: its columns must all be known and equal. The number is the person's own
#: or the head's: a relative under the head's number, or the head of somebody else's household.
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
    """Return the ledger's household of each household of the month that it knows, the oldest one.

    `rows` are source RECORDS with `person_key`; `people` have `person_key`, `household`;
    `sightings` are SIGHTINGS, `cases` CASE_FILE; `house` as in `households`.
    """
    known = cases.filter(pl.col("household") != "").select("case_id", before="household")
    members = rows.join(people.select("person_key", "household"), on="person_key")
    now = _keyed(members, house, "household").unique()
    earlier = _keyed(sightings.join(known, on="case_id"), house, "before").unique()
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


def counts_by_village(
    details: pl.DataFrame, sources: Sequence[str], unknown: Wording
) -> pl.DataFrame:
    """Return one row a village sheet: `town`, `village`, `people`, `households`, one column a
    status and one a source list (all Int64), in the order of `details`.

    A person on two lists counts under both; a person without a household is one of their own.
    """
    places = {
        "town": pl.col("town").fill_null(unknown.town),
        "village": pl.col("village").fill_null(unknown.village),
    }
    return (
        details.group_by(**places, maintain_order=True)
        .agg(
            people=pl.len().cast(pl.Int64),
            households=pl.col("household").fill_null(pl.col("person_key")).n_unique(),
            **{status: (pl.col("status") == status).sum() for status in STATUSES},
            **{source: pl.col("lists").list.contains(source).sum() for source in sources},
        )
        .with_columns(pl.exclude("town", "village").cast(pl.Int64))
    )
