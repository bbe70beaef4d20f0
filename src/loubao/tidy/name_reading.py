"""How a name sounds: toneless readings, and the character tables that name.py shares.

A reading is a string of syllables ("shan xiao feng"), ü written v, `?` for an unknown place. The
first character is read as a surname (单 shan, 曾 zeng; 尉迟 yu chi), the rest as ordinary words; a
heteronym keeps up to three readings, a name up to `CAP`, the likeliest first.

The tables are read on first use and kept; their sources: `loubao/tables/README.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import islice, product

import polars as pl

#: Most readings kept of one name.
CAP = 8

# Names up to this long are read a column at a time, longer ones one by one.
_SHORT = 4


def read_aloud(names: pl.DataFrame) -> pl.Series:
    """Read each row: `places` (List[String]), or `spoken` where that is null and the kind is han.

    `places` holds characters, lower-case syllables or `?`; `spoken` (String) one character a
    place. Returns List[String] in row order; null where there is neither.
    """
    spoken = pl.when(pl.col("name_kind") == "han").then("spoken")
    names = names.select(spoken, "places").with_row_index("nth")
    # Texts that begin with a compound surname go the slow way; a false alarm costs only time.
    easy = (
        pl.col("places").is_null()
        & pl.col("spoken").str.len_chars().is_between(1, _SHORT)
        & ~pl.col("spoken").str.slice(0, 2).is_in(list(_compound_readings()))
    )
    quick = _read_short(names.filter(easy))
    hard = names.filter(~easy & pl.col("spoken").is_not_null() | pl.col("places").is_not_null())
    aloud = [
        "\t".join(_read_one(list(spoken) if places is None else places))
        for spoken, places in hard.select("spoken", "places").iter_rows()
    ]
    slow = hard.select("nth", readings=pl.Series(aloud, dtype=pl.String).str.split("\t"))
    return names.join(
        pl.concat([quick, slow]), on="nth", how="left", maintain_order="left"
    ).get_column("readings")


def sounds(char: str) -> list[str]:
    """Return the readings of one character, in a given name or as a surname."""
    return [*_readings_of(char, first=False), *_readings_of(char, first=True)]


def variants() -> pl.DataFrame:
    """Return the folding table: `char` → `folded`."""
    return _table("variants")


@cache
def folding() -> dict[int, str]:
    """Return the folding table as `str.translate` wants it."""
    return str.maketrans(_as_dict(variants()))


@cache
def spelled_by_components() -> dict[str, str]:
    """Return the table of component spellings: "石羡" → 𥖄."""
    return _as_dict(_table("components"))


@cache
def compound_surnames() -> list[str]:
    """Return the surnames of two characters, in simplified characters."""
    return [name for name in _table("surname_readings")["surname"] if len(name) == 2]


@cache
def syllables() -> frozenset[str]:
    """Return every toneless syllable of the language."""
    return frozenset("/".join(_given_readings()["readings"]).split("/"))


@cache
def _table(name: str) -> pl.DataFrame:
    source = (files("loubao") / "tables" / f"{name}.tsv").read_bytes()
    return pl.read_csv(
        source, separator="\t", comment_prefix="#", quote_char=None, infer_schema=False
    )


@cache
def _given_readings() -> pl.DataFrame:
    """Return char → readings ("dan/shan"); most folded characters read as their fold."""
    listed = _table("readings")
    through = variants().join(listed, left_on="folded", right_on="char").drop("folded")
    return pl.concat([listed, through.join(listed, on="char", how="anti")])


@cache
def _surname_readings() -> pl.DataFrame:
    """Return char → readings, of the characters that sound otherwise in the first place."""
    named = _table("surname_readings").rename({"surname": "char"})
    named = named.filter(pl.col("char").str.len_chars() == 1)
    through = variants().join(named, left_on="folded", right_on="char").drop("folded")
    # 乾 is folded to 干 yet sounds otherwise: a reading of its own stands.
    through = through.join(_table("readings"), on="char", how="anti")
    return pl.concat([named, through])


@cache
def _compound_readings() -> dict[str, list[str]]:
    """Return the readings of compound surnames, by simplified and by traditional spelling."""
    rows = _table("surname_readings").iter_rows()
    known = {surname: readings.split("/") for surname, readings in rows if len(surname) == 2}
    forms: dict[str, list[str]] = {}
    for char, folded in variants().iter_rows():
        forms.setdefault(folded, [folded]).append(char)
    return {
        left + right: readings
        for surname, readings in known.items()
        for left in forms.get(surname[0], [surname[0]])
        for right in forms.get(surname[1], [surname[1]])
    }


@cache
def _reading_of(*, first: bool) -> dict[str, str]:
    return _as_dict(_surname_readings() if first else _given_readings())


def _as_dict(table: pl.DataFrame) -> dict[str, str]:
    return dict(zip(*(column.to_list() for column in table), strict=True))


def _readings_of(char: str, *, first: bool) -> list[str]:
    """Return the readings of a character in or behind the first place; none where no table has it.

    >>> _readings_of("单", first=True)
    ['shan', 'dan']
    """
    named = _reading_of(first=True).get(char) if first else None
    known = named or _reading_of(first=False).get(char)
    return known.split("/") if known else []


def _read_short(names: pl.DataFrame) -> pl.DataFrame:
    """Read names of at most four characters: one join a place, then every combination."""
    at = range(_SHORT)
    table = names.select("nth", *(pl.col("spoken").str.slice(i, 1).alias(f"c{i}") for i in at))
    every = pl.concat([table[f"c{i}"].rename("char") for i in at]).unique().to_frame()
    given = every.join(_given_readings(), on="char").with_columns(pl.col("readings").str.split("/"))
    named = every.join(_surname_readings(), on="char").with_columns(
        pl.col("readings").str.split("/")
    )
    first = pl.concat([named, given.join(named, on="char", how="anti")])
    for i in at:
        lookup = (given if i else first).rename({"char": f"c{i}", "readings": f"r{i}"})
        unread = pl.when(pl.col(f"c{i}") != "").then(pl.lit("?")).otherwise(pl.lit(""))
        table = table.join(lookup, on=f"c{i}", how="left", maintain_order="left").with_columns(
            pl.col(f"r{i}").fill_null(pl.concat_list(unread))
        )
    aloud = pl.concat_str([f"r{i}" for i in at], separator=" ").str.strip_chars_end(" ")
    one = pl.all_horizontal(pl.col(f"r{i}").list.len() == 1 for i in at)
    firsts = table.filter(one).with_columns(pl.col(f"r{i}").list.first() for i in at)
    several = table.filter(~one)
    for i in at:
        several = several.explode(f"r{i}")
    return pl.concat(
        [
            firsts.select("nth", pl.concat_list(aloud).alias("readings")),
            several.select("nth", aloud.alias("readings"))
            .group_by("nth", maintain_order=True)
            .agg(pl.col("readings").head(CAP)),
        ]
    )


def _read_one(places: Sequence[str]) -> list[str]:
    """Read one name of any length and kind of places.

    >>> _read_one(["尉", "迟", "恭"])
    ['yu chi gong', 'wei chi gong']
    >>> _read_one(["王", "xian"])
    ['wang xian']
    """
    compound = _compound_readings().get("".join(places[:2])) if len(places) > 2 else None
    if compound is None:
        heads = [_readings_of(p, first=True) or [_unread(p)] for p in places[:1]]
        rest = places[1:]
    else:
        heads, rest = [compound], places[2:]
    tails = [_readings_of(p, first=False) or [_unread(p)] for p in rest]
    return [" ".join(one) for one in islice(product(*heads, *tails), CAP)]


def _unread(place: str) -> str:
    """A syllable reads as it is; a character that no table reads is unknown."""
    return place if place.isascii() else "?"
