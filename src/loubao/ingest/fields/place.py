"""Where somebody lives: the official village, by the alias table only, or the text as it stands.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> def official(*place):
...     places = pl.DataFrame([place], dict.fromkeys(PLACES, pl.String), orient="row")
...     found = locate(places, rules.villages, rules.reading.place_prefixes)
...     return found.select("town", "village", "place_problem").row(0)

The village column is asked first, then the town column, then the address.

>>> official("洛阳", "上浦村委会", None), official("惠安县洛阳镇上浦村", None, None)
(('洛阳镇', '上浦村', None), ('洛阳镇', '上浦村', None))
>>> official(None, None, "福建省泉州市惠安县洛阳镇上浦村下厝12号")
('洛阳镇', '上浦村', None)

Of the zone's names 146 pairs differ in one character (上曾 / 下曾), so nothing is fuzzy: a text
must begin, behind optional province, city, county and town, with an alias that ends there. An alias
that says 村 or 社区 ends by itself (上浦村下厝12号); a bare stem only before a number or the end
(上浦12号), so that a longer name is never cut.

>>> official(None, "上浦12号", None), official("张坂镇", "上浦头", None)
(('洛阳镇', '上浦村', None), ('张坂镇', None, 'VILLAGE_UNKNOWN'))

洛阳 alone is the village in a village column and the town elsewhere.

>>> official("洛阳", "洛阳", None), official("洛阳", None, None)
(('洛阳镇', '洛阳村', None), ('洛阳镇', None, 'VILLAGE_MISSING'))

A village whose name only one town has needs no town, and stands against a town column that says
otherwise; a text that itself names another town names no village.

>>> official("张坂镇", "上浦村", None), official(None, "张坂镇上浦村", None)
(('洛阳镇', '上浦村', 'TOWN_CONFLICT'), ('张坂镇', None, 'VILLAGE_UNKNOWN'))
>>> official("洛江区", "某村", None), official(None, None, None)
((None, None, 'TOWN_UNKNOWN'), (None, None, 'VILLAGE_MISSING'))
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from loubao.core.characters import BLANK, UNSEEN
from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.sheets.rows import blank_as_null
from loubao.rules.folder import LinkRules
from loubao.rules.reading import Village

PLACES = ("town", "village", "address")
_NOISE = rf"[\p{{P}}\p{{S}}{BLANK}{UNSEEN}]+"
_TOWN_ENDING = ("镇", "乡", "街道")
_SELF_ENDING = ("村", "社区", "委会", "居委", "村委", "委员会")
#: what may follow a bare stem: the end, a house or group number
_AFTER_STEM = r"(?:$|第?[0-9]|第?[一二三四五六七八九十]{1,3}(?:组|队|村民小组|小组|号))"
_OFFICIAL = ("town", "village", "village_code")


# --- the alias table -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Gazetteer:
    """The villages as tables (String) and patterns.

    `names`: village_code → town_code, official_town, official_village; `towns`: alias → town_code,
    official_town; `villages`: town_code, alias → village_code, and alias_towns, how many towns have
    the alias. `in_village_column` and `elsewhere`: patterns with the groups town, ending, stem, of
    a text that names a village; `of_town`: with full and bare, of one that names a town.
    """

    names: pl.DataFrame
    towns: pl.DataFrame
    villages: pl.DataFrame
    in_village_column: str
    elsewhere: str
    of_town: str


@lru_cache(maxsize=4)
def _gazetteer(villages: tuple[Village, ...], prefixes: tuple[str, ...]) -> _Gazetteer:
    towns = {_flat(name): (v.town_code, v.town) for v in villages for name in v.town_aliases}
    aliases = {(v.town_code, _flat(name)): v.code for v in villages for name in v.aliases}
    stems = {alias for _, alias in aliases}
    ahead = "".join(f"(?:{prefix})?" for prefix in prefixes)
    town = f"(?P<town>{_either(towns)})"
    full = [name for name in towns if name.endswith(_TOWN_ENDING)]
    bare = [name for name in towns if not name.endswith(_TOWN_ENDING)]
    return _Gazetteer(
        names=_table(
            ("village_code", "town_code", "official_town", "official_village"),
            [(v.code, v.town_code, v.town, v.village) for v in villages],
        ),
        towns=_table(
            ("alias", "town_code", "official_town"),
            [(alias, code, name) for alias, (code, name) in towns.items()],
        ),
        villages=_table(
            ("town_code", "alias", "village_code"),
            [(town_code, alias, code) for (town_code, alias), code in aliases.items()],
        ).with_columns(alias_towns=pl.len().over("alias")),
        in_village_column=f"^{ahead}(?:{town})?{_alias(stems)}",
        elsewhere=f"^{ahead}(?:{town})?{_alias(stems - set(towns))}",
        of_town=f"^{ahead}(?:(?P<full>{_either(full)})|(?P<bare>{_either(bare)})$)",
    )


def _table(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _alias(aliases: Iterable[str]) -> str:
    """One pattern of all aliases: group `ending` or, before what may follow it, group `stem`.

    >>> pattern = re.compile(_alias(["上浦村", "上浦"]))
    >>> [bool(pattern.match(text)) for text in ("上浦村下厝", "上浦12号", "上浦头")]
    [True, True, False]
    """
    ending = [a for a in aliases if a.endswith(_SELF_ENDING)]
    stems = [a for a in aliases if not a.endswith(_SELF_ENDING)]
    return f"(?:(?P<ending>{_either(ending)})|(?P<stem>{_either(stems)}){_AFTER_STEM})"


def _either(words: Iterable[str]) -> str:
    r"""The words as alternatives, longest first; never empty.

    >>> _either(["上浦", "上浦村"]), _either([])
    ('上浦村|上浦', '\\b\\B')
    """
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(map(re.escape, ordered)) or r"\b\B"


def _flat(text: str) -> str:
    """An alias as it is compared: without white space and punctuation, half-width.

    >>> _flat("上浦 村（３组）")
    '上浦村3组'
    """
    wide = unicodedata.normalize("NFKC", text)
    return "".join(c for c in wide if not c.isspace() and unicodedata.category(c)[0] not in "PS")


def _plain(text: pl.Expr) -> pl.Expr:
    """A cell as it is compared, the same way as `_flat`."""
    return text.str.normalize("NFKC").str.replace_all(_NOISE, "")


# --- the official village ------------------------------------------------------------------------


def locate(
    places: pl.DataFrame, villages: Sequence[Village], prefixes: Sequence[str] = ()
) -> pl.DataFrame:
    """Return town, village (official names), village_code and place_problem for each row.

    `places`: town, village, address (String). Null where nothing is recognised; there may be
    a town without a village. `place_problem` is null, TOWN_CONFLICT (the town column contradicts
    the village, whose name only one town has), VILLAGE_UNKNOWN, VILLAGE_MISSING or TOWN_UNKNOWN.
    `prefixes` are patterns of what may stand before the town.
    """
    distinct = places.select(PLACES).unique()
    texts = distinct.select(_plain(pl.col(PLACES)))
    found = _located(texts, _gazetteer(tuple(villages), tuple(prefixes)))
    answers = pl.concat([distinct, found], how="horizontal")
    return (
        places.select(PLACES)
        .join(answers, on=PLACES, how="left", nulls_equal=True, maintain_order="left")
        .select(
            town="official_town",
            village="official_village",
            village_code="village_code",
            place_problem="place_problem",
        )
    )


def _located(texts: pl.DataFrame, table: _Gazetteer) -> pl.DataFrame:
    """official_town, official_village, village_code, place_problem of each row of plain texts."""
    towns = {column: _town_of(texts[column], table) for column in PLACES}
    villages = _village_of(texts, towns["town"], table)
    official = villages.join(table.names, on="village_code", how="left", maintain_order="left")
    # Without a village the town is the one that the town column names, or else another column.
    named = pl.coalesce(official["town_code"], towns["town"], towns["village"], towns["address"])
    town_names = table.towns.select("town_code", "official_town").unique()
    in_town = pl.select(town_code=named).join(
        town_names, on="town_code", how="left", maintain_order="left"
    )
    any_text = texts.select(pl.any_horizontal(pl.col(PLACES).str.len_chars() > 0)).to_series()
    rows = texts.select(
        village_code=official["village_code"],
        town_code=in_town["town_code"],
        contradicted=towns["town"] != official["town_code"],
        any_text=any_text.fill_null(False),
        town_text=(pl.col("town").str.len_chars() > 0).fill_null(False),
        village_or_address=pl.col("village").is_not_null() | pl.col("address").is_not_null(),
    )
    return rows.select(
        "village_code",
        official_town=in_town["official_town"],
        official_village=official["official_village"],
        place_problem=_problem(),
    )


def _problem() -> pl.Expr:
    """Code of what is wrong with a place, null if nothing is."""
    return (
        pl.when(pl.col("village_code").is_not_null())
        .then(pl.when("contradicted").then(pl.lit("TOWN_CONFLICT")))
        .when(~pl.col("any_text"))
        .then(pl.lit("VILLAGE_MISSING"))
        .when(pl.col("town_code").is_null() & pl.col("town_text"))
        .then(pl.lit("TOWN_UNKNOWN"))
        .when("village_or_address")
        .then(pl.lit("VILLAGE_UNKNOWN"))
        .otherwise(pl.lit("VILLAGE_MISSING"))
    )


def _town_of(texts: pl.Series, table: _Gazetteer) -> pl.Series:
    """Code of the town that each text begins with, if any."""
    groups = texts.to_frame("text").select(
        pl.col("text").str.extract_groups(table.of_town).struct.unnest()
    )
    aliases = groups.select(alias=pl.coalesce("full", "bare"))
    towns = aliases.join(table.towns, on="alias", how="left", maintain_order="left")
    return towns["town_code"]


def _village_of(texts: pl.DataFrame, column_town: pl.Series, table: _Gazetteer) -> pl.DataFrame:
    """Code (village_code) of the village that the first text to name one names, a row of `texts`.

    `column_town`: code of the town that the town column names.
    """
    asked = {
        "village": table.in_village_column,
        "town": table.elsewhere,
        "address": table.elsewhere,
    }
    named = pl.concat(
        texts.with_row_index("place").select(
            "place",
            pl.lit(order).alias("order"),
            column_town.alias("column_town"),
            pl.col(column).str.extract_groups(pattern).struct.unnest(),
        )
        for order, (column, pattern) in enumerate(asked.items())
    )
    towns = table.towns.select(town="alias", text_town="town_code")
    candidates = (
        named.with_columns(alias=pl.coalesce("ending", "stem"))
        .drop_nulls("alias")
        .join(towns, on="town", how="left")
        .join(table.villages, on="alias")
    )
    # The town beside the name decides between namesakes; a name that one town has needs no town,
    # unless the text itself names another.
    agrees = (pl.col("town_code") == pl.coalesce("text_town", "column_town")).fill_null(False)
    alone = (pl.col("alias_towns") == 1) & pl.col("text_town").is_null()
    first = (
        candidates.filter(agrees | alone)
        .sort("order", agrees, descending=[False, True])
        .unique("place", keep="first")
    )
    every = texts.select(place=pl.int_range(pl.len(), dtype=pl.UInt32))
    codes = first.select("place", "village_code")
    return every.join(codes, on="place", how="left", maintain_order="left").select("village_code")


# --- places of any table, for the linkage --------------------------------------------------------


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
    official = locate(texts, rules.villages, rules.reading.place_prefixes)
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
    found = locate(asked, rules.villages, rules.reading.place_prefixes)
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
    plain = _plain(text).str.to_uppercase()
    return pl.when(plain != "").then(plain)


def _address(text: pl.Expr) -> pl.Expr:
    """Upper-case; white space and punctuation gone, but one space between Latin words.

    >>> texts = pl.Series(["上浦村 12 号", "12, Oak  Hill Rd."])
    >>> pl.select(_address(pl.lit(texts))).to_series().to_list()
    ['上浦村12号', '12 OAK HILL RD']
    """
    words = text.str.normalize("NFKC").str.replace_all(_NOISE, " ").str.strip_chars()
    plain = words.str.replace_all(r"(\p{Han}) ", "$1").str.replace_all(r" (\p{Han})", "$1")
    return pl.when(plain != "").then(plain.str.to_uppercase())
