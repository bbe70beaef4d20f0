"""Records for tests, made from short rows through the real normalisers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.ingest.fields import person_name, resident_id

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def number(born: str, sequence: int, division: str = "350599") -> str:
    """Return a valid ID number of nobody: `born` as YYYYMMDD, sequence odd for a man."""
    body = f"{division}{born}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def records(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return RECORDS of `rows`; what is not given is null, `list` decides the role."""
    given = pl.DataFrame(
        [
            {
                "list": row["list"],
                "name_raw": row.get("name"),
                "id_number_raw": row.get("id"),
                "born": row.get("born"),
                "sex_given": row.get("sex"),
                "village": row.get("village"),
                "town": row.get("town", "洛阳镇" if row.get("village") else None),
                "head": row.get("head"),
                "qualifies": row.get("qualifies", True),
            }
            for row in rows
        ],
        schema={
            "list": pl.String,
            "name_raw": pl.String,
            "id_number_raw": pl.String,
            "born": pl.Date,
            "sex_given": pl.String,
            "village": pl.String,
            "town": pl.String,
            "head": pl.String,
            "qualifies": pl.Boolean,
        },
    )
    numbers = resident_id.normalise(given["id_number_raw"])
    names = person_name.normalise(given["name_raw"])
    heads = person_name.normalise(given["head"])
    roles = {
        "medical": "source",
        "disability": "source",
        "children": "source",
        "monitored": "source",
    }
    roles |= {"death": "exclusion", "moved_out": "exclusion"}
    born = pl.coalesce(pl.lit(numbers["birth_date"]), "born")
    full = given.with_columns(
        pl.Series("record_id", range(1, given.height + 1), dtype=pl.UInt64),
        role=pl.col("list").replace_strict(roles, default="roll"),
        file=pl.Series([row.get("file", "x.xlsx") for row in rows], dtype=pl.String),
        sheet=pl.lit("S"),
        row=pl.int_range(2, given.height + 2, dtype=pl.UInt32),
        member=pl.lit(0, pl.UInt32),
        name=names["name"],
        name_key=names["name_key"],
        name_note=names["name_note"],
        id_number=numbers["id_number"],
        id_status=numbers["id_status"],
        id_repair=numbers["id_repair"],
        id_pattern=numbers["id_pattern"],
        birth_date=born,
        birth_until=born,
        age=pl.lit(None, pl.Int32),
        row_people=pl.lit(None, pl.UInt32),
        birth_date_raw=pl.lit(None, pl.String),
        sex=pl.coalesce(pl.lit(numbers["sex"]), "sex_given"),
        sex_raw="sex_given",
        village_code="village",
        village_raw="village",
        village_group=pl.lit(None, pl.String),
        place_from=pl.lit(None, pl.String),
        head_name=heads["name"],
        head_key=heads["name_key"],
        head_id=pl.lit(None, pl.String),
        household_no=pl.lit(None, pl.String),
        failed_condition=pl.lit(None, pl.String),
    )
    return frames.conform(full.select([*frames.RECORDS]), frames.RECORDS)


BORN = date(1960, 3, 5)
