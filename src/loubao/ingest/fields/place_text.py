"""Where somebody lives, for the linkage: official names, or the text without what varies.

Town and village together are looked up once for each distinct pair. The address is asked only
where they say nothing and it has some official name in it at all.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.fields.place import locate
from loubao.ingest.sheets.rows import blank_as_null
from loubao.rules.linking import LinkRules

_NOISE = r"[\s\p{P}\p{S}\x{200b}-\x{200f}\x{feff}]+"


def places_of(
    texts: Mapping[str, pl.Series], height: int, rules: LinkRules
) -> dict[str, pl.Series]:
    """Return town, village, village_code and address, as far as the table has columns for them."""
    columns: dict[str, pl.Series] = {}
    rows = pl.DataFrame(
        {field: texts.get(field, _blank(height)) for field in ("town", "village", "address")}
    )
    if "town" in texts or "village" in texts:
        pairs = rows.select("town", "village")
        columns |= read_once(pairs, lambda each: _official(each, rules)).to_dict()
    if "address" in texts:
        columns |= _from_address(rows, columns, rules)
        columns["address"] = rows.select(_address(pl.col("address"))).to_series()
    return columns


def _blank(height: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, height)


def _official(pairs: pl.DataFrame, rules: LinkRules) -> pl.DataFrame:
    """town, village and village_code: the official names, or the text as it is compared."""
    marks = rules.reading.placeholders
    texts = pairs.select(
        blank_as_null(pl.col("town"), marks),
        blank_as_null(pl.col("village"), marks),
        address=pl.lit(None, pl.String),
    )
    known = locate(texts, rules.villages, rules.reading.place_prefixes)
    text = texts.select(_compact(pl.col("town")), _compact(pl.col("village")))
    return known.select(
        town=pl.coalesce("town", text["town"]),
        village=pl.coalesce("village", text["village"]),
        village_code="village_code",
    )


def _from_address(
    rows: pl.DataFrame, columns: Mapping[str, pl.Series], rules: LinkRules
) -> dict[str, pl.Series]:
    """Official places that an address names where the other columns say nothing."""
    names = {n for v in rules.villages for n in (*v.aliases, *v.town_aliases)}
    height = rows.height
    before = {
        column: columns.get(column, _blank(height))
        for column in ("town", "village", "village_code")
    }
    blank = before["village"].is_null()
    hopeful = blank & rows["address"].str.contains_any(sorted(names)).fill_null(False)
    if not hopeful.any():
        return before
    asked = rows.select("town", "village", "address").filter(hopeful)
    found = locate(asked, rules.villages, rules.reading.place_prefixes)
    places = hopeful.arg_true()
    return {
        column: _filled(before[column], places, found[column])
        for column in ("town", "village", "village_code")
    }


def _filled(values: pl.Series, places: pl.Series, found: pl.Series) -> pl.Series:
    """The values with what was found at `places` instead; a null found changes nothing."""
    known = found.is_not_null()
    return put(values, places.filter(known), found.filter(known))


def _compact(text: pl.Expr) -> pl.Expr:
    plain = text.str.normalize("NFKC").str.replace_all(_NOISE, "").str.to_uppercase()
    return pl.when(plain != "").then(plain)


def _address(text: pl.Expr) -> pl.Expr:
    """Upper-case; white space and punctuation gone, but one space between Latin words."""
    words = text.str.normalize("NFKC").str.replace_all(_NOISE, " ").str.strip_chars()
    plain = words.str.replace_all(r"(\p{Han}) ", "$1").str.replace_all(r" (\p{Han})", "$1")
    return pl.when(plain != "").then(plain.str.to_uppercase())
