"""How a name sounds: all its readings, or one stand-in a character for blocking.

A reading is a string of toneless syllables ("shan xiao feng"), ü written v, `?` for a character
that is hidden or that no table reads. The first character is read as a surname (单 shan, 曾 zeng;
尉迟 yu chi), the rest as ordinary words; a heteronym keeps up to three readings, a name up to CAP,
the likeliest first. A match key is in simplified characters, so a simplified character also reads
as the others that are folded into it and sound different, where people still write those (乾 in
干).

>>> keys = pl.Series(["单小峰", "李?红", "尉迟恭", "NGUYEN THI HOA", None])
>>> for heard in readings(keys):
...     print(None if heard is None else heard.to_list())
['shan xiao feng', 'dan xiao feng']
['li ? hong']
['yu chi gong', 'wei chi gong']
None
None
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice, product

import polars as pl

from loubao.core.characters import (
    SHORT,
    CharacterTable,
    compound_surnames,
    places,
    table,
    variants,
)

#: Most readings kept of one name.
CAP = 8

_HAN_OR_HIDDEN = r"^[\p{Han}?]+$"
_UNREAD = "?"


def readings(keys: pl.Series) -> pl.Series:
    """Return all readings (List[String]) of each match key (String), in order; hand in each once.

    Null for a key that is null, Latin, or no name of Chinese characters and `?` only.

    >>> readings(pl.Series(["曾明", "李干"])).to_list()  # 干 may stand for 乾
    [['zeng ming'], ['li gan', 'li qian']]
    """
    names = keys.cast(pl.String).alias("key").to_frame().with_row_index("nth")
    names = names.filter(pl.col("key").str.contains(_HAN_OR_HIDDEN))
    compound = pl.col("key").str.slice(0, 2).is_in(list(compound_surnames())) & (
        pl.col("key").str.len_chars() > 2
    )
    quick = _read_short(names.filter(~compound))
    rest = names.join(quick, on="nth", how="anti", maintain_order="left")
    aloud = pl.Series(["\t".join(_read_one(key)) for key in rest["key"]], dtype=pl.String)
    slow = rest.select("nth", readings=aloud.str.split("\t"))
    read = pl.concat([quick, slow])
    none = pl.Series("readings", [None], dtype=read["readings"].dtype)
    every = pl.int_range(len(keys), dtype=pl.UInt32, eager=True).alias("nth").to_frame()
    if read.is_empty():
        return none.new_from_index(0, len(keys))
    return every.join(read, on="nth", how="left", maintain_order="left")["readings"]


def sound(key: pl.Expr) -> pl.Expr:
    """Replace each Chinese character by one that stands for all with the same commonest reading.

    String of the same length; what no table reads, `?` and Latin letters stay as they are. A
    surname is read like any other character: meant to find candidates by, not to judge them.

    >>> names = pl.Series(["李小红", "李晓虹", "李小洪", "李?红", "NGUYEN"])
    >>> keys = pl.select(sound(pl.lit(names))).to_series().to_list()
    >>> keys[0] == keys[1] == keys[2], keys[3] == keys[0][0] + "?" + keys[0][2], keys[4]
    (True, True, 'NGUYEN')
    """
    return key.map_batches(_sound, return_dtype=pl.String, is_elementwise=True)


def prepare() -> None:
    """Read the tables now and not when they are first used: for a thread that has to wait."""
    for each in (_given(), _first(), _stand_ins()):
        _ = each.by_place


@cache
def sounds(char: str) -> tuple[str, ...]:
    """Return the readings of one character, in a given name and as a surname.

    >>> sounds("彧"), set(sounds("单")) >= {"dan", "shan"}, sounds("A")
    (('yu', 'yu'), True, ())
    """
    both = (_split(each, char) for each in (_given(), _first()))
    return tuple(read for listed in both for read in listed if read != _UNREAD)


@cache
def syllables() -> frozenset[str]:
    """Return every toneless syllable of the language.

    >>> "lv" in syllables(), "smith" in syllables()
    (True, False)
    """
    return frozenset("/".join(table("readings")["readings"].unique()).split("/"))


# -- the tables, as a match key needs them --------------------------------------------------------


@cache
def _given() -> CharacterTable:
    """Return char → readings ("dan/shan") behind the first place."""
    listed = table("readings")
    through = variants().join(listed, left_on="folded", right_on="char").drop("folded")
    heard = pl.DataFrame(list(_heard_in_forms().items()), listed.schema, orient="row")
    listed = pl.concat([heard, listed.join(heard, on="char", how="anti")])
    others = through.join(listed, on="char", how="anti")
    return CharacterTable(pl.concat([listed, others]), otherwise=_UNREAD)


def _heard_in_forms() -> dict[str, str]:
    """Return char → readings of those simplified characters that sound like their other forms too.

    All readings of a form where the simplified character has none (嚧 for 𠰷), else the commonest
    one of a form in daily use that sounds different (qian of 乾 for 干).
    """
    own = table("readings").rename({"readings": "own"})
    forms = variants().join(own, on="char").sort("char")
    forms = forms.join(table("readings"), left_on="folded", right_on="char", how="left")
    heard: dict[str, list[str]] = {}
    for char, folded, read, listed in forms.iter_rows():
        if listed is None:
            heard.setdefault(folded, []).extend(read.split("/"))
        elif _is_in_daily_use(char) and not {*read.split("/")} & {*listed.split("/")}:
            heard.setdefault(folded, listed.split("/")).append(read.split("/")[0])
    return {char: "/".join(dict.fromkeys(read)) for char, read in heard.items()}


def _is_in_daily_use(char: str) -> bool:
    """Whether the character is one of GB 2312.

    >>> _is_in_daily_use("红"), _is_in_daily_use("紅")
    (True, False)
    """
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


@cache
def _first() -> CharacterTable:
    """Return char → readings in the first place, for all characters."""
    named = table("surname_readings").rename({"surname": "char"})
    named = named.filter(pl.col("char").str.len_chars() == 1)
    through = variants().join(named, left_on="folded", right_on="char").drop("folded")
    # 乾 is folded to 干 yet sounds different: a reading of its own stands.
    through = through.join(table("readings"), on="char", how="anti")
    surnames = pl.concat([named, through])
    others = _given().rows.join(surnames, on="char", how="anti")
    return CharacterTable(pl.concat([surnames, others]), otherwise=_UNREAD)


@cache
def _stand_ins() -> CharacterTable:
    """Return char → the first character (of the main block, if any) with its commonest reading."""
    spoken = _given().rows.select("char", sound=pl.col("readings").str.extract("^([^/]*)"))
    main = pl.col("char").is_between(pl.lit("一"), pl.lit("鿿"))
    first = spoken.sort(~main, "char").unique("sound", keep="first")
    return CharacterTable(
        spoken.join(first.rename({"char": "stand_in"}), on="sound").select("char", "stand_in"),
        otherwise=None,
    )


# -- reading names --------------------------------------------------------------------------------


def _sound(keys: pl.Series) -> pl.Series:
    """`sound` of a column."""
    keys = keys.rechunk()
    short = places(keys)
    stand_ins = pl.lit(_stand_ins().by_place)
    heard = short.select(pl.concat_str(stand_ins.gather(f"p{i}") for i in range(SHORT))).to_series()
    out = keys.clone().scatter(short["nth"], heard) if short.height else keys
    if short.height == keys.len():
        return out
    # Longer ones, hidden characters, Latin letters: each distinct one by itself.
    odd = keys.is_not_null() & (keys.str.len_bytes() != keys.str.len_chars())
    odd = (odd.clone().scatter(short["nth"], values=False) if short.height else odd).arg_true()
    if odd.is_empty():
        return out
    others = keys.gather(odd)
    distinct = others.unique()
    voiced = ["".join(map(_stand_ins().text, key)) for key in distinct]
    aloud = others.replace_strict(distinct, pl.Series(voiced, dtype=pl.String))
    return out.clone().scatter(odd, aloud)


def _read_short(names: pl.DataFrame) -> pl.DataFrame:
    """Read those names (nth, key) that are short: nth, readings. No place needs a join."""
    short = places(names["key"])
    at = [f"r{i}" for i in range(SHORT)]
    tables = [pl.lit((_given() if i else _first()).by_place) for i in range(SHORT)]
    read = short.select(
        pl.lit(names["nth"]).gather("nth").alias("nth"),
        *(tables[i].gather(f"p{i}").alias(at[i]) for i in range(SHORT)),
    )
    aloud = pl.concat_str(at, separator=" ").str.strip_chars_end(" ")
    several = pl.any_horizontal(pl.col(place).str.contains("/", literal=True) for place in at)
    many = read.filter(several).with_columns(pl.col(at).str.split("/"))
    for place in at:
        many = many.explode(place)
    return pl.concat(
        [
            read.filter(~several).select("nth", readings=pl.concat_list(aloud)),
            many.select("nth", readings=aloud)
            .group_by("nth", maintain_order=True)
            .agg(pl.col("readings").head(CAP)),
        ]
    )


def _read_one(key: str) -> list[str]:
    """Read one key of any length.

    >>> _read_one("尉迟恭"), _read_one("红")
    (['yu chi gong', 'wei chi gong'], ['hong'])
    """
    compound = compound_surnames().get(key[:2]) if len(key) > 2 else None
    first, rest = (compound, key[2:]) if compound else (_split(_first(), key[0]), key[1:])
    syllables_by_place = [first, *(_split(_given(), char) for char in rest)]
    return [" ".join(one) for one in islice(product(*syllables_by_place), CAP)]


def _split(listed: CharacterTable, char: str) -> list[str]:
    return listed.text(char).split("/")


# -- names partly written as they sound -----------------------------------------------------------

#: A name with Chinese characters and Latin letters; its places: a syllable or a character each.
PARTLY_SPELT = r"\p{Han}.*[A-Za-z]|[A-Za-z].*\p{Han}"
_PLACE = re.compile("[A-Za-z]+|.")


def are_spelt_alike(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return whether each two names (String, as written) sound alike place by place (Boolean).

    They have as many places, two at least, each with a reading in common.

    >>> left = pl.Series(["郑yu", "李XUAN", "郑yu", "王*yu"])
    >>> are_spelt_alike(left, pl.Series(["郑彧", "李铉", "郑国", "王国彧"])).to_list()
    [True, True, False, False]
    """
    sides = ([_PLACE.findall(name) for name in side.to_list()] for side in (left, right))
    return pl.Series(
        [
            len(one) == len(other) > 1
            and all(_readings_of(a) & _readings_of(b) for a, b in zip(one, other, strict=True))
            for one, other in zip(*sides, strict=True)
        ],
        dtype=pl.Boolean,
    )


def _readings_of(place: str) -> set[str]:
    return {place.lower()} if place.isascii() and place.isalpha() else set(sounds(place))


def is_spelt(one: str, other: str) -> bool:
    """Return whether one of two match keys spells the other, all of it, as it sounds.

    The surname may stand before or behind.

    >>> [is_spelt("周小涛", name) for name in ("ZHOU XIAOTAO", "XIAO TAO ZHOU", "ZHOU TAO")]
    [True, True, False]
    """
    latin, name = (one, other) if one.isascii() else (other, one)
    letters = latin.replace(" ", "").lower()
    if not (letters.isascii() and letters.isalpha()) or len(name) < 2 or name.isascii():
        return False
    read = [{*sounds(char)} for char in name]
    spellings = {
        "".join(each) for order in (read, [*read[1:], read[0]]) for each in product(*order)
    }
    return letters in spellings
