"""The character tables, read on first use and kept; their sources: `loubao/tables/README.md`.

Short names taken apart: which character stands at which place, a column at a time.

A Chinese character is three bytes of UTF-8, so four of them are twelve: two integers, from which
each place is cut by arithmetic. What the characters say is then gathered from a table with one
entry a code point; no text is cut, and nothing is joined.

How a match key sounds: all its readings, or one stand-in a character for blocking.

A reading is a string of toneless syllables ("shan xiao feng"), ü written v, `?` for a character
that is hidden or that no table reads. The first character is read as a surname (单 shan, 曾 zeng;
尉迟 yu chi), the rest as ordinary words; a heteronym keeps up to three readings, a name up to CAP,
the likeliest first. A key is in simplified characters, so a simplified character reads also as the
others that are folded into it and sound apart, where people still write those (乾 in 干).

>>> import polars as pl
>>> keys = pl.Series(["单小峰", "李?红", "尉迟恭", "NGUYEN THI HOA", None])
>>> for heard in readings(keys):
...     print(None if heard is None else heard.to_list())
['shan xiao feng', 'dan xiao feng']
['li ? hong']
['yu chi gong', 'wei chi gong']
None
None
>>> same = pl.select(sound(pl.lit(pl.Series(["李小红", "李晓虹"])))).to_series()
>>> same[0] == same[1]
True
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import islice, product

import polars as pl


@cache
def table(name: str) -> pl.DataFrame:
    """Return the table `name` (all String), as it is shipped. Raises `OSError` if there is none."""
    source = (files("loubao") / "tables" / f"{name}.tsv").read_bytes()
    return pl.read_csv(
        source, separator="\t", comment_prefix="#", quote_char=None, infer_schema=False
    )


def variants() -> pl.DataFrame:
    """Return the folding table: `char` → `folded`."""
    return table("variants")


@cache
def folding() -> dict[int, str]:
    """Return the folding table as `str.translate` wants it."""
    return str.maketrans(as_dict(variants()))


@cache
def spelled_by_components() -> dict[str, str]:
    """Return the table of component spellings: "石羡" → 𥖄."""
    return as_dict(table("components"))


@cache
def compound_surnames() -> frozenset[str]:
    """Return the surnames of two characters, in simplified characters."""
    return frozenset(name for name in table("surname_readings")["surname"] if len(name) == 2)


def as_dict(pairs: pl.DataFrame) -> dict[str, str]:
    """Return a table of two columns as a dict."""
    return dict(zip(*(column.to_list() for column in pairs), strict=True))


#: A name is taken apart up to so many characters.
SHORT = 4
#: The code points that a table holds: radicals, and the Chinese characters of the basic plane.
FIRST, LAST = 0x2E80, 0x9FFF

_PAD = "\u2fe0"  # never assigned
_THREE_BYTES = 0xE0000  # the first half byte of a character of three bytes, where it ends up

#: What `apart` puts behind the end of a name.
PAD_PLACE = ord(_PAD) - FIRST


def apart(keys: pl.Series) -> pl.DataFrame:
    """Take apart the `keys` (String) that are short: nth (UInt32, ascending), p0 … p3 (UInt32).

    A place is the code point less FIRST, or PAD_PLACE behind the end. Keys that are null, empty or
    longer, or have a character outside FIRST … LAST, are left out.
    """
    text = pl.col("text")
    padded = keys.alias("text").to_frame().with_row_index("nth").lazy()
    padded = padded.with_columns(text.str.pad_end(SHORT, _PAD))
    bytes_ = text.cast(pl.Binary).bin
    words = padded.filter(text.str.len_bytes() == 3 * SHORT).select(
        "nth",
        head=bytes_.slice(0, 8).bin.reinterpret(dtype=pl.UInt64, endianness="big"),
        tail=bytes_.slice(8, 4).bin.reinterpret(dtype=pl.UInt32, endianness="big"),
    )
    head, tail = pl.col("head"), pl.col("tail")
    cut = (
        head // 2**40,
        head // 2**16 & 0xFFFFFF,
        (head & 0xFFFF) * 256 + tail // 2**24,
        tail & 0xFFFFFF,
    )
    places = words.select(
        "nth", **{f"p{i}": _place(three.cast(pl.UInt32)) for i, three in enumerate(cut)}
    )
    known = pl.all_horizontal(pl.col(f"p{i}") <= LAST - FIRST for i in range(SHORT))
    return places.filter(known & (pl.col("p0") != PAD_PLACE)).collect()


def by_place(table: pl.DataFrame, otherwise: str | None) -> pl.Series:
    """Lay a table (character → text) out by places, "" behind the end of a name.

    A character that is not in the table gives `otherwise`, or itself where that is null.
    """
    chars, texts = table.to_series(0), table.to_series(1)
    at = apart(chars).filter(pl.col("p1") == PAD_PLACE)
    if otherwise is None:
        every = pl.Series([chr(code) for code in range(FIRST, LAST + 1)], dtype=pl.String)
    else:
        every = pl.repeat(otherwise, LAST - FIRST + 1, eager=True)
    every = every.scatter(at["p0"], texts.gather(at["nth"]))
    return every.scatter([PAD_PLACE], "")


def _place(three: pl.Expr) -> pl.Expr:
    """Place in a table of the character whose three bytes are the integer `three`.

    Anything else than three such bytes wraps round to a place behind the last.
    """
    bits = (three // 16 & 0xFF000) | (three // 4 & 0xFC0) | (three & 0x3F)
    return bits - (_THREE_BYTES + FIRST)


#: Most readings kept of one name.
CAP = 8

_HAN_OR_HIDDEN = r"^[\p{Han}?]+$"
_UNREAD = "?"


def readings(keys: pl.Series) -> pl.Series:
    """Return all readings (List[String]) of each match key (String), in order; hand in each once.

    Null for a key that is null, Latin, or no name of Chinese characters and `?` only.
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
    places = pl.int_range(len(keys), dtype=pl.UInt32, eager=True).alias("nth").to_frame()
    if read.is_empty():
        return none.new_from_index(0, len(keys))
    return places.join(read, on="nth", how="left", maintain_order="left")["readings"]


def sound(key: pl.Expr) -> pl.Expr:
    """Replace each Chinese character by one that stands for all with the same commonest reading.

    String of the same length; what no table reads, `?` and Latin letters stay as they are. The
    place of a surname is not told from others: meant to find candidates by, not to judge them.
    """
    return key.map_batches(_sound, return_dtype=pl.String, is_elementwise=True)


def prepare() -> None:
    """Read the tables now, and not when they are first asked: for a thread that has to wait."""
    _given_by_place(), _first_by_place(), _stand_ins_by_place()


@cache
def sounds(char: str) -> tuple[str, ...]:
    """Return the readings of one character, in a given name and as a surname; none if unknown."""
    both = (_given_reading().get(char), _first_reading().get(char))
    return tuple(read for known in both if known for read in known.split("/"))


@cache
def syllables() -> frozenset[str]:
    """Return every toneless syllable of the language."""
    return frozenset("/".join(table("readings")["readings"]).split("/"))


# -- the tables, as a match key needs them --------------------------------------------------------


@cache
def _given() -> pl.DataFrame:
    """Return char → readings ("dan/shan") behind the first place."""
    listed = table("readings")
    through = variants().join(listed, left_on="folded", right_on="char").drop("folded")
    heard = pl.DataFrame(list(_heard_in_forms().items()), listed.schema, orient="row")
    known = pl.concat([heard, listed.join(heard, on="char", how="anti")])
    return pl.concat([known, through.join(known, on="char", how="anti")])


def _heard_in_forms() -> dict[str, str]:
    """Return char → readings of those simplified characters that sound like their other forms too.

    All readings of a form where the simplified character has none (嚧 for 𠰷), else the commonest
    one of a form in daily use that sounds quite otherwise (qian of 乾 for 干).
    """
    own = table("readings").rename({"readings": "own"})
    forms = variants().join(own, on="char").sort("char")
    forms = forms.join(table("readings"), left_on="folded", right_on="char", how="left")
    heard: dict[str, list[str]] = {}
    for char, folded, read, listed in forms.iter_rows():
        if listed is None:
            heard.setdefault(folded, []).extend(read.split("/"))
        elif _is_written(char) and not {*read.split("/")} & {*listed.split("/")}:
            heard.setdefault(folded, listed.split("/")).append(read.split("/")[0])
    return {char: "/".join(dict.fromkeys(read)) for char, read in heard.items()}


def _is_written(char: str) -> bool:
    """Whether the character belongs to those in daily use (GB 2312)."""
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


@cache
def _first() -> pl.DataFrame:
    """Return char → readings in the first place, for all characters."""
    named = table("surname_readings").rename({"surname": "char"})
    named = named.filter(pl.col("char").str.len_chars() == 1)
    through = variants().join(named, left_on="folded", right_on="char").drop("folded")
    # 乾 is folded to 干 yet sounds otherwise: a reading of its own stands.
    through = through.join(table("readings"), on="char", how="anti")
    known = pl.concat([named, through])
    return pl.concat([known, _given().join(known, on="char", how="anti")])


@cache
def _stand_ins() -> pl.DataFrame:
    """Return char → the first character (of the main block, if any) with its commonest reading."""
    spoken = _given().select("char", sound=pl.col("readings").str.extract("^([^/]*)"))
    main = pl.col("char").is_between(pl.lit("一"), pl.lit("鿿"))
    first = spoken.sort(~main, "char").unique("sound", keep="first")
    return spoken.join(first.rename({"char": "stand_in"}), on="sound").select("char", "stand_in")


@cache
def _compound_readings() -> dict[str, list[str]]:
    """Return the readings of compound surnames."""
    rows = table("surname_readings").iter_rows()
    return {surname: read.split("/") for surname, read in rows if len(surname) == 2}


@cache
def _given_by_place() -> pl.Series:
    return by_place(_given(), _UNREAD)


@cache
def _first_by_place() -> pl.Series:
    return by_place(_first(), _UNREAD)


@cache
def _stand_ins_by_place() -> pl.Series:
    return by_place(_stand_ins(), None)


@cache
def _given_reading() -> dict[str, str]:
    return as_dict(_given())


@cache
def _first_reading() -> dict[str, str]:
    return as_dict(_first())


@cache
def _stand_in() -> dict[int, str]:
    return str.maketrans(as_dict(_stand_ins()))


# -- reading names --------------------------------------------------------------------------------


def _sound(keys: pl.Series) -> pl.Series:
    """`sound` of a column."""
    keys = keys.rechunk()
    short = apart(keys)
    table_ = pl.lit(_stand_ins_by_place())
    heard = short.select(pl.concat_str(table_.gather(f"p{i}") for i in range(SHORT))).to_series()
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
    voiced = [key.translate(_stand_in()) for key in distinct]
    aloud = others.replace_strict(distinct, pl.Series(voiced, dtype=pl.String))
    return out.clone().scatter(odd, aloud)


def _read_short(names: pl.DataFrame) -> pl.DataFrame:
    """Read those names (nth, key) that are short: nth, readings. No place needs a join."""
    short = apart(names["key"])
    at = [f"r{i}" for i in range(SHORT)]
    tables = [pl.lit(_given_by_place() if i else _first_by_place()) for i in range(SHORT)]
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

    >>> _read_one("尉迟恭")
    ['yu chi gong', 'wei chi gong']
    """
    compound = _compound_readings().get(key[:2]) if len(key) > 2 else None
    first, rest = (compound, key[2:]) if compound else (_split(_first_reading(), key[0]), key[1:])
    places = [first, *(_split(_given_reading(), char) for char in rest)]
    return [" ".join(one) for one in islice(product(*places), CAP)]


def _split(known: dict[str, str], char: str) -> list[str]:
    return known.get(char, _UNREAD).split("/")
