"""Where somebody lives: the official village, by the alias table only, or the text as it stands.

>>> from loubao.ingest.gazetteer import gazetteer
>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> names = gazetteer(rules.villages, rules.reading)
>>> def official(*place):
...     places = pl.DataFrame([place], dict.fromkeys(PLACES, pl.String), orient="row")
...     found = locate(places, names)
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

Of a cell that names two villages nobody knows which one is meant.

>>> official(None, "上浦村、后亭村", None), official("洛阳镇", "上浦、后亭", None)
((None, None, 'VILLAGE_SEVERAL'), ('洛阳镇', None, 'VILLAGE_SEVERAL'))

What stands around the table (a subheading, the title, the name of the sheet or the file) is asked
last: the town of a row that names none, and the village of a row that says nothing of one.

>>> def around(place, town_code, village_code):
...     places = pl.DataFrame([place], dict.fromkeys(PLACES, pl.String), orient="row")
...     codes = {"around_town": town_code, "around_village": village_code}
...     found = locate(places.with_columns(**{k: pl.lit(v) for k, v in codes.items()}), names)
...     return found.select("town", "village", "place_problem", "place_around").row(0)
>>> luoyang, shangpu = "350521104", "350521104203"
>>> around((None, None, "下厝5号"), luoyang, shangpu)
('洛阳镇', '上浦村', None, True)
>>> around((None, "不在表中的村", None), luoyang, shangpu)
('洛阳镇', None, 'VILLAGE_UNKNOWN', True)
>>> around(("东园镇", None, None), luoyang, shangpu)
('东园镇', None, 'VILLAGE_MISSING', False)
>>> around((None, "玉坂村", None), luoyang, None)
('东园镇', '玉坂社区', 'TOWN_CONFLICT', False)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from loubao.ingest.gazetteer import (
    LONGER_NAME,
    Gazetteer,
    plain_place,
)
from loubao.ingest.place_mention import LISTED, several_villages
from loubao.rules.place_names import OWN

PLACES = ("town", "village", "address")
#: The columns in the order in which a village is looked for in them.
PLACES_ASKED = ("village", "town", "address")
#: Codes (String) of the place that stands around the table of a row.
AROUND = ("around_town", "around_village")


def locate(places: pl.DataFrame, names: Gazetteer) -> pl.DataFrame:
    """Return town, village (official names), village_code and place_problem for each row.

    `places`: town, village, address, and perhaps AROUND (String). Null where nothing is recognised;
    there may be a town without a village. `place_problem` is null, TOWN_CONFLICT (the town
    contradicts the village, whose name only one town has), VILLAGE_UNKNOWN, VILLAGE_SEVERAL (the
    text names several), VILLAGE_MISSING or TOWN_UNKNOWN. `place_around` (Boolean): town or village
    come from AROUND alone; so does the town that contradicts, where `conflict_around`.
    """
    nothing = [pl.lit(None, pl.String).alias(c) for c in AROUND if c not in places.columns]
    asked = places.with_columns(nothing).select(*PLACES, pl.col(AROUND).cast(pl.String))
    distinct = asked.unique()
    several = [_several(distinct[column], names).alias(f"several_{column}") for column in PLACES]
    texts = distinct.select(plain_place(pl.col(PLACES), names), *AROUND).with_columns(several)
    answers = pl.concat([distinct, _located(texts, names)], how="horizontal")
    return asked.join(
        answers, on=asked.columns, how="left", nulls_equal=True, maintain_order="left"
    ).select(
        "village_code",
        "place_problem",
        "place_around",
        "conflict_around",
        town="official_town",
        village="official_village",
    )


def _located(texts: pl.DataFrame, names: Gazetteer) -> pl.DataFrame:
    """What `locate` returns, for each row of plain texts."""
    towns = {column: _town_of(texts[column], names) for column in PLACES}
    other = texts.select(_says(["town"]) & ~pl.col("town").str.contains(f"^{names.ahead}$"))
    unknown = pl.select(pl.when(other.to_series() & towns["town"].is_null()).then(texts["town"]))
    own = _village_of(_of_one(texts), {**towns, "unknown": unknown.to_series()}, names)
    rows = texts.select(
        *AROUND,
        own=own,
        several=pl.any_horizontal(f"several_{column}" for column in PLACES),
        town_column=towns["town"],
        row_town=pl.coalesce(towns["town"], towns["village"], towns["address"]),
        any_text=_says(PLACES),
        town_text=_says(["town"]),
        other_town=other.to_series(),
        nothing_of_village=~_says(["village"]) | pl.col("village").str.contains(names.group_alone),
        village_or_address=pl.col("village").is_not_null() | pl.col("address").is_not_null(),
    )
    # a town column that names an unknown town is not overruled
    silent = pl.col("row_town").is_null() & ~pl.col("other_town")
    same_town = pl.col("around_village").replace_strict(
        dict(names.town_of), default=None, return_dtype=pl.String
    ) == pl.col("row_town")
    village = pl.when(
        pl.col("own").is_null() & pl.col("nothing_of_village") & (silent | same_town)
    ).then("around_village")
    rows = rows.with_columns(village_code=pl.coalesce("own", village))
    official = rows.select("village_code").join(
        names.names, on="village_code", how="left", maintain_order="left"
    )
    # Without a village the town is the one that the town column names, or else another column.
    around_town = pl.when(silent).then("around_town")
    rows = rows.with_columns(
        town_code=pl.coalesce(official["town_code"], "row_town", around_town),
        official_village=official["official_village"],
        of_village=official["town_code"],
        named_town=pl.coalesce("town_column", pl.when(~pl.col("other_town")).then("around_town")),
    )
    return rows.select(
        "village_code",
        "official_village",
        official_town=pl.col("town_code").replace_strict(
            dict(names.official), default=None, return_dtype=pl.String
        ),
        place_problem=_problem(),
        place_around=(pl.col("own").is_null() & pl.col("village_code").is_not_null())
        | (pl.col("village_code").is_null() & silent & pl.col("around_town").is_not_null()),
        conflict_around=pl.col("town_column").is_null(),
    )


def _says(columns: Iterable[str]) -> pl.Expr:
    """Whether something is written in one of the columns."""
    return pl.any_horizontal((pl.col(c).str.len_chars() > 0).fill_null(False) for c in columns)


def _problem() -> pl.Expr:
    """Code of what is wrong with a place, null if nothing is."""
    contradicted = pl.col("named_town") != pl.col("of_village")
    return (
        pl.when(pl.col("village_code").is_not_null())
        .then(pl.when(contradicted).then(pl.lit("TOWN_CONFLICT")))
        .when(~pl.col("any_text"))
        .then(pl.lit("VILLAGE_MISSING"))
        .when("several")
        .then(pl.lit("VILLAGE_SEVERAL"))
        .when(pl.col("town_code").is_null() & pl.col("town_text"))
        .then(pl.lit("TOWN_UNKNOWN"))
        .when("village_or_address")
        .then(pl.lit("VILLAGE_UNKNOWN"))
        .otherwise(pl.lit("VILLAGE_MISSING"))
    )


def _several(texts: pl.Series, names: Gazetteer) -> pl.Series:
    """Whether each text names several villages; a list of villages in a column of places, too."""
    in_column = texts.name != "address"
    twice = texts.str.count_matches(f"{names.full_villages}") > 1
    asked = texts.filter(twice | (texts.str.contains(LISTED) & in_column)).unique()
    found = [text for text in asked if text and several_villages(text, names, in_column)]
    return texts.is_in(found).fill_null(False)


def _of_one(texts: pl.DataFrame) -> pl.DataFrame:
    """The texts without those that name several villages, and what is asked after them."""
    before: list[str] = []
    kept = []
    for column in PLACES_ASKED:
        before.append(f"several_{column}")
        kept.append(pl.when(~pl.any_horizontal(before)).then(column).alias(column))
    return texts.with_columns(kept)


def _town_of(texts: pl.Series, names: Gazetteer) -> pl.Series:
    """Code of the town that each text begins with, if any."""
    groups = texts.to_frame("text").select(
        pl.col("text").str.extract_groups(names.of_town).struct.unnest()
    )
    aliases = groups.select(alias=pl.coalesce("full", "bare"))
    return aliases.join(names.towns, on="alias", how="left", maintain_order="left")["town_code"]


def _village_of(texts: pl.DataFrame, towns: Mapping[str, pl.Series], names: Gazetteer) -> pl.Series:
    """Code of the village that the first text to name one names, for each row of `texts`.

    `towns`: code of the town that each column names; `unknown`: the text of a town column that
    names none. A text is read as it stands, and behind what
    may stand before a village. Where these are two villages (城东新村, and 新村 of 城东镇), it is
    the one in the town of the town column; of two there, the first if it is called so; else none.
    """
    rows = texts.with_row_index("place").with_columns(
        column_town=towns["town"], address_town=towns["address"], unknown_town=towns["unknown"]
    )
    named = pl.concat(
        _named(rows, column, pattern, names).with_columns(
            pl.lit(order).alias("order"), pl.lit(placed).alias("placed")
        )
        for order, column in enumerate(PLACES_ASKED)
        for placed, pattern in enumerate((names.named, names.placed))
    )
    reading = ("place", "order", "placed")
    nowhere = pl.col("nearness").is_null()
    candidates = (
        named.join(names.towns.select(town="alias", text_town="town_code"), on="town", how="left")
        .join(names.villages, on="alias")
        .with_columns(
            nearness=_nearness(names), agrees=pl.col("town_code") == pl.col("column_town")
        )
        .with_columns(pl.when(~nowhere).then("village_code").alias("village_code"))
        .filter(~nowhere | (pl.col("placed") == 0))
        .sort(*reading, "nearness", nulls_last=True)
        .unique(reading, keep="first", maintain_order=True)
    )
    code, agrees = pl.col("village_code"), pl.col("agrees").fill_null(False)
    decided = (
        candidates.group_by("place", "order", maintain_order=True)
        .agg(
            pl.when(code.filter(agrees).n_unique() == 1)
            .then(code.filter(agrees).first())
            .when((pl.col("rank") <= OWN).filter(agrees).first())
            .then(code.filter(agrees).first())
            .when(~agrees.any() & (code.n_unique() == 1))
            .then(code.first())
            .alias("village_code")
        )
        .drop_nulls("village_code")
        .unique("place", keep="first", maintain_order=True)
    )
    every = rows.select("place")
    codes = decided.select("place", "village_code")
    return every.join(codes, on="place", how="left", maintain_order="left")["village_code"]


def _named(rows: pl.DataFrame, column: str, pattern: str, names: Gazetteer) -> pl.DataFrame:
    """The rows whose text of a column names a village: place, town, alias, and the towns beside."""
    beside = ("place", "around_town", "column_town", "address_town", "unknown_town")
    found = (
        rows.drop_nulls(column)
        .select(*beside, groups=pl.col(column).str.extract_groups(pattern))
        .unnest("groups")
        .drop_nulls("stem")
        .with_columns(alias=pl.col("stem") + pl.col("ending").fill_null(""))
    )
    if column == "town":  # the village stands where the town should
        found = found.with_columns(unknown_town=pl.lit(None, pl.String))
    if "town" not in found.columns:
        found = found.with_columns(town=pl.lit(None, pl.String))
    alias, text_town = pl.col("alias"), pl.col("town").is_not_null()
    longer = pl.col("whole").str.extract(names.longest).str.len_chars()
    # 芦村镇 is no 芦村; alone in a column of villages 红旗农场 may be one
    town = (pl.col("town").fill_null("") + pl.col("whole")).str.extract(names.any_town)
    of_text = pl.col("town").str.len_chars().fill_null(0) + alias.str.len_chars()
    alone = (pl.col("whole") == alias) & pl.lit(column == "village")
    most = of_text - (~alone).cast(pl.UInt32)
    behind = pl.col("whole").str.slice(alias.str.len_chars())
    numbered = (behind != "") & ~behind.str.contains(names.group_number)
    road = alias.is_in(list(names.roads))
    if column == "village":
        other = road & numbered
    else:
        bare = (behind == "") & ~(text_town & pl.lit(column == "town"))
        other = (road & (numbered | bare)) | (alias.is_in(list(names.called_town)) & ~text_town)
    return found.filter(
        alias.str.len_chars() >= longer,
        (town.str.len_chars() <= most).fill_null(True),
        pl.when(pl.col("ending").is_null())
        .then(~other)
        .otherwise(~pl.col("after").str.contains(LONGER_NAME)),
        # in a town column 西黄村 is 西黄村镇
        (alias.is_in(list(names.called_town)) & ~text_town & pl.lit(column == "town")).not_(),
    ).select(*beside, "town", "alias")


def _nearness(names: Gazetteer) -> pl.Expr:
    """How near to a village's name the town stands that it is of; null: it is not of that town.

    The town beside the name decides between namesakes: in the text itself, the town column, the
    address, around the table. A name that one town has needs none, unless the text names another;
    against a town column it must be as near as a name of the same kind. A town column that names a
    town of elsewhere is not overruled, unless it is the village's own but for one character.
    """
    town, no_column = pl.col("town_code"), pl.col("column_town").is_null()
    in_text = pl.when(town == pl.col("text_town")).then(0)
    beside = (
        pl.when(town == pl.col("column_town"))
        .then(1)
        .when(no_column & (town == pl.col("address_town")))
        .then(2)
        .when(no_column & (town == pl.col("around_town")))
        .then(3)
        .when(
            (pl.col("alias_towns") == 1)
            & (no_column | (pl.col("rank") <= OWN))
            & (pl.col("unknown_town").is_null() | _is_slip(names))
        )
        .then(4)
    )
    return pl.when(pl.col("text_town").is_not_null()).then(in_text).otherwise(beside)


def _is_slip(names: Gazetteer) -> pl.Expr:
    """Whether `unknown_town` is the name of the town `town_code` but for one character."""
    official = {code: names.official[code] for code in names.towns["town_code"].unique()}
    right = pl.col("town_code").replace_strict(official, default=None, return_dtype=pl.String)
    written, length = pl.col("unknown_town"), right.str.len_chars()
    most = max(map(len, official.values()), default=0)
    equal = pl.sum_horizontal(
        (written.str.slice(at, 1) == right.str.slice(at, 1)) & (length > at) for at in range(most)
    )
    return (written.str.len_chars() == length) & (equal + 1 >= length) & (length > 2)
