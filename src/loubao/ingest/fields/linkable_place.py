"""Places of any table, for the linkage: official names, or the text without what varies."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.fields.gazetteer import NOISE, gazetteer, plain
from loubao.ingest.fields.place import PLACES, locate
from loubao.ingest.sheets.rows import blank_as_null
from loubao.rules.folder import LinkRules

_OFFICIAL = ("town", "village", "village_code")


def places_of(
    texts: Mapping[str, pl.Series], height: int, rules: LinkRules
) -> dict[str, pl.Series]:
    """Return town, village, village_code and address, as far as the table has columns for them.

    Official names where the table of aliases has them, else the text without what varies. Town and
    village together are looked up once for each distinct pair; the address is asked only where they
    say nothing and it has some official name in it at all.
    """
    columns: dict[str, pl.Series] = {}
    blank = pl.repeat(None, height, dtype=pl.String, eager=True)
    rows = pl.DataFrame({field: texts.get(field, blank) for field in PLACES})
    if "town" in texts or "village" in texts:
        pairs = rows.select("town", "village")
        columns |= read_once(pairs, lambda each: _official(each, rules)).to_dict()
    if "address" in texts:
        columns |= _from_address(rows, columns, rules)
        columns["address"] = rows.select(_address(pl.col("address"))).to_series()
    return columns


def _official(pairs: pl.DataFrame, rules: LinkRules) -> pl.DataFrame:
    """town, village and village_code: the official names, or the text as it is compared."""
    marks = rules.reading.placeholders
    texts = pairs.select(
        blank_as_null(pl.col("town"), marks),
        blank_as_null(pl.col("village"), marks),
        address=pl.lit(None, pl.String),
    )
    official = locate(texts, gazetteer(rules.villages, rules.reading))
    text = texts.select(_compact(pl.col("town")), _compact(pl.col("village")))
    return official.select(
        town=pl.coalesce("town", text["town"]),
        village=pl.coalesce("village", text["village"]),
        village_code="village_code",
    )


def _from_address(
    rows: pl.DataFrame, columns: Mapping[str, pl.Series], rules: LinkRules
) -> dict[str, pl.Series]:
    """Official places that an address names where the other columns say nothing."""
    names = {n for v in rules.villages for n in (*v.aliases, *v.town_aliases)}
    blank = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    before = {column: columns.get(column, blank) for column in _OFFICIAL}
    named = rows["address"].str.contains_any(sorted(names)).fill_null(False)
    hopeful = (before["village"].is_null() & named).arg_true()
    if hopeful.is_empty():
        return before
    asked = rows.select(pl.col(PLACES).gather(hopeful))
    found = locate(asked, gazetteer(rules.villages, rules.reading))
    return {column: _filled(before[column], hopeful, found[column]) for column in _OFFICIAL}


def _filled(values: pl.Series, places: pl.Series, found: pl.Series) -> pl.Series:
    """The values with what was found at `places` instead; a null found changes nothing."""
    something = found.is_not_null()
    return put(values, places.filter(something), found.filter(something))


def _compact(text: pl.Expr) -> pl.Expr:
    """A text as it is compared, in capitals; null if nothing is left.

    >>> pl.select(_compact(pl.lit(pl.Series(["Oak-Hill ３组", "——"])))).to_series().to_list()
    ['OAKHILL3组', None]
    """
    short = plain(text).str.to_uppercase()
    return pl.when(short != "").then(short)


def _address(text: pl.Expr) -> pl.Expr:
    """Upper-case; white space and punctuation gone, but one space between Latin words.

    >>> texts = pl.Series(["上浦村 12 号", "12, Oak  Hill Rd."])
    >>> pl.select(_address(pl.lit(texts))).to_series().to_list()
    ['上浦村12号', '12 OAK HILL RD']
    """
    words = text.str.normalize("NFKC").str.replace_all(NOISE, " ").str.strip_chars()
    plain = words.str.replace_all(r"(\p{Han}) ", "$1").str.replace_all(r" (\p{Han})", "$1")
    return pl.when(plain != "").then(plain.str.to_uppercase())
