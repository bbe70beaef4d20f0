"""What a row says of a place that no official name is: the text that a rule would have to have.

>>> from loubao.ingest.gazetteer import gazetteer
>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> names = gazetteer(rules.villages, rules.reading)
>>> unknown_place(names, town_raw="洛江区", village_raw="某村")
('', '洛江区')
>>> unknown_place(names, town="洛阳镇", town_raw="洛阳镇", village_raw="洛阳镇上铺村委会")
('洛阳镇', '上铺村委会')
>>> unknown_place(names, town="洛阳镇", town_raw="惠安县洛阳镇上铺村")
('洛阳镇', '上铺村')

Of an address only what ends in 村 or 社区 is told: the rest of it is where one person lives.

>>> unknown_place(names, town="洛阳镇", address="惠安县洛阳镇上铺村下厝12号")
('洛阳镇', '上铺村')
>>> unknown_place(names, address="某路12号") is None
True
"""

from __future__ import annotations

import re

import polars as pl

from loubao.core.characters import folded
from loubao.ingest.gazetteer import Gazetteer, flat, gazetteer
from loubao.ingest.raw_cells import blank_as_null
from loubao.rules.folder import Rules

_OF_ADDRESS = re.compile(r"^(.{1,8}?(?:村委会|居委会|社区|村))")
#: Columns that are asked of a record, by the parameters of `unknown_place`.
ASKED = ("town", "town_raw", "village_raw", "address")


def unknown_place(
    names: Gazetteer,
    town: str | None = None,
    town_raw: str | None = None,
    village_raw: str | None = None,
    address: str | None = None,
) -> tuple[str, str] | None:
    """Return (official town or "", text that names no place of it), None where nothing is said."""
    if town is None and town_raw:
        return "", flat(town_raw)
    for text in (village_raw, town_raw):
        rest = _behind_town(flat(text), names) if text else ""
        if rest:
            return town or "", rest
    found = _OF_ADDRESS.match(_behind_town(flat(address), names)) if address else None
    return (town or "", found[1]) if found else None


def unknown_places(records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `record_id`, `unknown_town`, `unknown_place` of the records without a village.

    Where a record says nothing of a place it is left out.
    """
    names = gazetteer(rules.villages, rules.reading)
    marks = rules.reading.placeholders
    rows = records.filter(pl.col("village_code").is_null())
    asked = rows.select(
        blank_as_null(pl.col(c), marks).alias(c)
        if c in rows.columns
        else pl.lit(None, pl.String).alias(c)
        for c in ASKED
    )
    distinct = asked.unique()
    found = [unknown_place(names, **row) or (None, None) for row in distinct.iter_rows(named=True)]
    answers = distinct.with_columns(
        unknown_town=pl.Series([town for town, _ in found], dtype=pl.String),
        unknown_place=pl.Series([text for _, text in found], dtype=pl.String),
    )
    return (
        rows.select("record_id")
        .hstack(asked)
        .join(answers, on=list(ASKED), how="left", nulls_equal=True, maintain_order="left")
        .filter(pl.col("unknown_place").is_not_null() & (pl.col("unknown_place") != ""))
        .select("record_id", "unknown_town", "unknown_place")
    )


def _behind_town(text: str, names: Gazetteer) -> str:
    """What stands behind province, city, county and town."""
    found = re.match(names.of_town, folded(text)) or re.match(names.ahead, folded(text))
    return text[found.end() :] if found else text
