"""Place names → the official village, by the alias table only.

Of the zone's names 146 pairs differ in one character (上曾 / 下曾), so nothing is fuzzy: a text
must begin, behind optional province, city, county and town, with an alias that ends there. An alias
that says 村 or 社区 ends by itself (上浦村下厝12号); a bare stem only before a number or the end
(上浦12号), so that a longer name is never cut. 洛阳 alone is the village in a village column and
the town elsewhere.

The village column is asked first, then the town column (洛阳镇上浦村), then the address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from loubao.rules.reading import Village

PLACES = ("town", "village", "address")
_ASKED = ("village", "town", "address")
_NOISE = r"[\s\p{P}\p{S}\x{200b}-\x{200f}\x{feff}]+"
_TOWN_ENDING = ("镇", "乡", "街道")
_SELF_ENDING = ("村", "社区", "委会", "居委", "村委", "委员会")
#: what may follow a bare stem: the end, a house or group number
_AFTER_STEM = r"(?:$|第?[0-9]|第?[一二三四五六七八九十]{1,3}(?:组|队|村民小组|小组|号))"


@dataclass(frozen=True)
class _Gazetteer:
    villages: pl.DataFrame  # town_code, alias, village_code; alias_towns: towns that have it
    names: pl.DataFrame  # village_code → town_code, town, village, all official
    towns: pl.DataFrame  # named (alias) → town_code, town
    anywhere: str  # patterns with groups town, ending, stem
    village_column: str
    town_only: str  # groups named, bare


def locate(
    places: pl.DataFrame, villages: Sequence[Village], prefixes: Sequence[str] = ()
) -> pl.DataFrame:
    """Return town, village (official names), village_code and place_problem for each row.

    `places`: town, village, address (String). Null where nothing is recognised; the town may be
    known without the village. `place_problem` is null, TOWN_CONFLICT (the town column contradicts
    the village, whose name only one town has), VILLAGE_UNKNOWN, VILLAGE_MISSING or TOWN_UNKNOWN.
    `prefixes` are patterns of what may stand before the town.
    """
    distinct = places.select(PLACES).unique()
    known = _locate_distinct(distinct, _gazetteer(tuple(villages), tuple(prefixes)))
    return (
        places.select(PLACES)
        .join(known, on=PLACES, how="left", nulls_equal=True, maintain_order="left")
        .select(
            town="official_town",
            village="official_village",
            village_code="village_code",
            place_problem="place_problem",
        )
    )


@lru_cache(maxsize=4)
def _gazetteer(villages: tuple[Village, ...], prefixes: tuple[str, ...]) -> _Gazetteer:
    towns = {_flat(name): v for v in villages for name in v.town_aliases}
    aliases = {(v.town_code, _flat(name)): v.code for v in villages for name in v.aliases}
    stems = {alias for _, alias in aliases}
    ahead = "".join(f"(?:{prefix})?" for prefix in prefixes)
    town = f"(?P<town>{_either(towns)})"
    table = pl.DataFrame(
        [(town_code, alias, code) for (town_code, alias), code in aliases.items()],
        schema={"town_code": pl.String, "alias": pl.String, "village_code": pl.String},
        orient="row",
    )
    full = [name for name in towns if name.endswith(_TOWN_ENDING)]
    bare = [name for name in towns if not name.endswith(_TOWN_ENDING)]
    return _Gazetteer(
        villages=table.with_columns(alias_towns=pl.len().over("alias")),
        names=pl.DataFrame(
            [(v.code, v.town_code, v.town, v.village) for v in villages],
            schema=["village_code", "town_code", "town", "village"],
            orient="row",
        ),
        towns=pl.DataFrame(
            [(alias, v.town_code, v.town) for alias, v in towns.items()],
            schema=["named", "town_code", "town"],
            orient="row",
        ),
        anywhere=f"^{ahead}(?:{town})?{_alias(stems - set(towns))}",
        village_column=f"^{ahead}(?:{town})?{_alias(stems)}",
        town_only=f"^{ahead}(?:(?P<named>{_either(full)})|(?P<bare>{_either(bare)})$)",
    )


def _alias(aliases: Iterable[str]) -> str:
    """One pattern of all aliases: group `ending` or, before what may follow it, group `stem`."""
    ending = [a for a in aliases if a.endswith(_SELF_ENDING)]
    stems = [a for a in aliases if not a.endswith(_SELF_ENDING)]
    return f"(?:(?P<ending>{_either(ending)})|(?P<stem>{_either(stems)}){_AFTER_STEM})"


def _locate_distinct(places: pl.DataFrame, known: _Gazetteer) -> pl.DataFrame:
    plain = places.select(*[_plain(pl.col(column)) for column in PLACES])
    # the three columns under each other, in the order in which they are asked
    texts = plain.with_row_index("place").unpivot(
        _ASKED, index="place", variable_name="column", value_name="text"
    )
    towns_named = _town_code(texts["text"], known)
    village_town, column_town, address_town = (
        towns_named.slice(i * places.height, places.height) for i in range(len(_ASKED))
    )
    found = places.with_row_index("place").with_columns(
        column_town=column_town,
        any_text=plain.select(pl.any_horizontal(pl.col(PLACES).str.len_chars() > 0)).to_series(),
        town_text=plain["town"].str.len_chars() > 0,
        village_town=village_town,
        address_town=address_town,
    )
    found = found.join(
        _villages(texts.with_columns(column_town=pl.concat([column_town] * len(_ASKED))), known),
        on="place",
        how="left",
    )
    found = found.join(
        known.names.rename({"town": "village_in", "village": "name", "town_code": "code_in"}),
        on="village_code",
        how="left",
    )
    towns = known.towns.select("town_code", "town").unique().rename({"town": "town_name"})
    found = found.with_columns(
        town_code=pl.coalesce("code_in", "column_town", "village_town", "address_town")
    ).join(towns, on="town_code", how="left")
    unknown = pl.col("village_code").is_null()
    problem = (
        pl.when(~unknown & (pl.col("column_town") != pl.col("code_in")))
        .then(pl.lit("TOWN_CONFLICT"))
        .when(unknown & ~pl.col("any_text").fill_null(False))
        .then(pl.lit("VILLAGE_MISSING"))
        .when(unknown & pl.col("town_code").is_null() & pl.col("town_text").fill_null(False))
        .then(pl.lit("TOWN_UNKNOWN"))
        .when(unknown & (pl.col("village").is_not_null() | pl.col("address").is_not_null()))
        .then(pl.lit("VILLAGE_UNKNOWN"))
        .when(unknown)
        .then(pl.lit("VILLAGE_MISSING"))
    )
    return found.sort("place").select(
        *PLACES,
        place_problem=problem,
        official_town=pl.col("town_name"),
        official_village=pl.col("name"),
        village_code=pl.col("village_code"),
    )


def _town_code(text: pl.Series, known: _Gazetteer) -> pl.Series:
    """The town that a text begins with, if any."""
    names = text.to_frame("text").select(
        pl.col("text").str.extract_groups(known.town_only).struct.unnest()
    )
    return names.select(named=pl.coalesce("named", "bare")).join(
        known.towns, on="named", how="left", maintain_order="left"
    )["town_code"]


def _villages(texts: pl.DataFrame, known: _Gazetteer) -> pl.DataFrame:
    """Return place and village_code: the village that the first text to name one names.

    `texts`: place, column, text, column_town, in the order in which they are asked.
    """
    village = pl.col("column") == "village"
    groups = [
        texts.filter(where).select(pl.col("text").str.extract_groups(pattern).struct.unnest())
        for where, pattern in ((village, known.village_column), (~village, known.anywhere))
    ]
    named = (
        pl.concat([texts, pl.concat(groups)], how="horizontal")
        .with_row_index("asked")
        .with_columns(alias=pl.coalesce("ending", "stem"))
        .filter(pl.col("alias").is_not_null())
        .join(
            known.towns.select("named", in_text="town_code"),
            left_on="town",
            right_on="named",
            how="left",
        )
        .with_columns(said=pl.coalesce("in_text", "column_town"))
        .join(known.villages, on="alias", how="inner")
    )
    # the town beside the name decides between namesakes; a name that one town has needs no town,
    # unless the text itself names another
    agrees = pl.col("town_code") == pl.col("said")
    alone = (pl.col("alias_towns") == 1) & pl.col("in_text").is_null()
    return (
        named.filter(agrees.fill_null(False) | alone)
        .sort("asked", agrees.fill_null(False), descending=[False, True])
        .unique("place", keep="first", maintain_order=True)
        .select("place", "village_code")
    )


def _either(words: Iterable[str]) -> str:
    """The words as alternatives, longest first; never empty."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(map(re.escape, ordered)) or r"\b\B"


def _flat(text: str) -> str:
    """An alias as it is compared: without white space and punctuation, half-width."""
    wide = unicodedata.normalize("NFKC", text)
    return "".join(c for c in wide if not c.isspace() and unicodedata.category(c)[0] not in "PS")


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.replace_all(_NOISE, "")
