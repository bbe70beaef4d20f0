"""The tables of Chinese characters, and how a column of short names is looked up in them.

The tables are read on first use and kept; their sources and licences: `loubao/tables/README.md`.

A Chinese character is three bytes of UTF-8, so the four characters of a short name are twelve
bytes: two integers, from which each character is cut by arithmetic. What a table has for it is then
gathered from a column with one entry a code point; no text is cut, and nothing is joined.

>>> "莊建國".translate(folding())
'庄建国'
>>> spelled_by_components("石羡"), spelled_by_components("马门")
('𥖄', None)
>>> "欧阳" in compound_surnames(), "欧" in compound_surnames()
(True, False)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final

import polars as pl

# Members of a class of characters, good for both `re` and polars.

#: What no screen shows: joiners, marks of direction, byte order marks, variation selectors, and the
#: sign that a character is not quite the one that follows.
UNSEEN: Final = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u303e\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
#: White space and control characters, and signs that look like white space.
BLANK: Final = "\\s\x00-\x1f\x7f-\x9f\u115f\u1160\u2800\u3164\uffa0"


@cache
def table(name: str) -> pl.DataFrame:
    """Return the table `name` (all String), as it is shipped. Raises `OSError` if there is none.

    >>> table("surname_readings").filter(surname="尉迟").rows()
    [('尉迟', 'yu chi/wei chi')]
    """
    source = (files("loubao") / "tables" / f"{name}.tsv").read_bytes()
    return pl.read_csv(
        source, separator="\t", comment_prefix="#", quote_char=None, infer_schema=False
    )


def variants() -> pl.DataFrame:
    """Return the folding table: `char` → `folded` (莊 → 庄)."""
    return table("variants")


@cache
def folding() -> dict[int, str]:
    """Return the folding table as `str.translate` wants it."""
    return str.maketrans(as_dict(variants()))


def folded(text: str) -> str:
    """Return a text with simplified characters for traditional and variant ones, one for one.

    Every word of a cell, a header or a file's name is compared so.

    >>> folded("東園鎮崙山村"), folded("戶主姓名")
    ('东园镇仑山村', '户主姓名')
    """
    return text.translate(folding())


def simplified(column: pl.Expr) -> pl.Expr:
    """Fold a column of texts as `folded` does one.

    >>> pl.select(simplified(pl.lit("莊建國"))).item()
    '庄建国'
    """
    table = folding()

    def fold(texts: pl.Series) -> pl.Series:
        folded = [text and text.translate(table) for text in texts.to_list()]
        return pl.Series(texts.name, folded, dtype=pl.String)

    return column.map_batches(fold, return_dtype=pl.String, is_elementwise=True)


@cache
def forms_of(text: str) -> dict[str, str]:
    """Return the traditional and variant forms of the characters of `text` → what they fold to.

    A column in which only these characters matter is folded by them alone.

    >>> forms_of("万元")
    {'萬': '万'}
    """
    return as_dict(variants().filter(pl.col("folded").is_in([*set(text)])))


def written_forms(words: Iterable[str]) -> tuple[str, ...]:
    """Return `words`, and each in traditional and variant characters.

    >>> written_forms(("无", "暂无", "-"))
    ('无', '無', '暂无', '暂無', '暫无', '暫無', '-')
    """
    every = tuple(words)
    forms: dict[str, list[str]] = {}
    for form, char in forms_of("".join(every)).items():
        forms.setdefault(char, [char]).append(form)
    written = (product(*(forms.get(char, [char]) for char in word)) for word in every)
    return tuple(dict.fromkeys("".join(chars) for word in written for chars in word))


@cache
def spelled_by_components(spelling: str) -> str | None:
    """Return the character that is spelled so by its components, None where no table has it."""
    spellings, chars = table("components")
    place = spellings.index_of(spelling)
    return None if place is None else str(chars[place])


@cache
def radical_forms() -> dict[int, str]:
    """Return, as `str.translate` wants it, what is typed for a form of a radical in a spelling.

    >>> "氵羡".translate(radical_forms())
    '水羡'
    """
    return str.maketrans(as_dict(table("radical_forms")))


@cache
def standard_characters() -> dict[int, str]:
    r"""Return, as `str.translate` wants it, what private-use characters of GBK stand for today.

    >>> "王\ue863".translate(standard_characters())
    '王䶮'
    """
    return str.maketrans(as_dict(table("private_use")))


@cache
def compound_surnames() -> dict[str, list[str]]:
    """Return the surnames of two characters, in simplified characters, with their readings."""
    rows = as_dict(table("surname_readings")).items()
    return {surname: read.split("/") for surname, read in rows if len(surname) == 2}


@cache
def name_signs() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """Return what shows a person's name in a text that is no name as a whole.

    Surnames of one character; characters and words that are in no name; surnames of two; surnames
    that are words besides, so that two characters must follow.

    >>> surnames, never, compound, of_three = name_signs()
    >>> "庄" in surnames, "镇" in never, "欧阳" in compound, "高" in of_three
    (True, True, True, True)
    """
    kinds = _kinds_of_signs()
    compound = {sign for sign in kinds["surname"] if len(sign) > 1}
    single = kinds["surname"] - compound
    return (
        frozenset(single),
        frozenset(kinds["never"]),
        frozenset(compound),
        frozenset(kinds["surname_of_three"]),
    )


@cache
def sentence_signs() -> frozenset[str]:
    """Return characters and words of which sentences are made, and in them no name.

    Beside `never` of `name_signs`: there may be a name with one of them that stands by itself.

    >>> {"病", "时在"} <= sentence_signs()
    True
    """
    return frozenset(_kinds_of_signs()["sentence"])


@cache
def _kinds_of_signs() -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = defaultdict(set)
    for sign, kind in table("name_signs").iter_rows():
        kinds[kind].add(sign)
    return kinds


@cache
def look_alikes() -> pl.DataFrame:
    """Return the characters that look alike, each pair both ways: `one`, `other` (String).

    Made to be joined with: one row a pair, no character beside itself. `tools/build_lookalikes.py`
    builds the table from components, stroke order and four-corner codes. It knows simplified
    characters: look up what is left after folding variants.

    >>> "治" in look_alikes().filter(one="冶")["other"]
    True
    """
    once = (
        table("lookalikes")
        .select(one="char", other=pl.col("others").str.split(""))
        .explode("other")
    )
    return pl.concat([once, once.select(one="other", other="one")])


def as_dict(pairs: pl.DataFrame) -> dict[str, str]:
    """Return a table of two columns as a dict."""
    return dict(zip(*(column.to_list() for column in pairs), strict=True))


# -- short names, a column at a time --------------------------------------------------------------

#: Most characters of a short name.
SHORT = 4
#: The code points that a table holds: radicals, and the Chinese characters of the basic plane.
FIRST, LAST = 0x2E80, 0x9FFF

_PAD = "\u2fe0"  # never assigned
_THREE_BYTES = 0xE0000  # the first half byte of a character of three bytes, where it ends up

#: The place that `places` gives behind the end of a name.
PAD_PLACE = ord(_PAD) - FIRST


def places(keys: pl.Series) -> pl.DataFrame:
    """Return where the characters of the short `keys` (String) stand in a table.

    nth (UInt32, ascending), p0 … p3 (UInt32). A place is the code point less FIRST, or PAD_PLACE
    behind the end. Keys that are null, empty or longer, or have a character outside FIRST … LAST,
    are left out.

    >>> frame = places(pl.Series(["李明", "尉迟建国", "NGUYEN", None, "买买提江"]))
    >>> frame["nth"].to_list()
    [0, 1, 4]
    >>> [PAD_PLACE if p == PAD_PLACE else chr(FIRST + p) for p in frame.row(0)[1:]][:2]
    ['李', '明']
    >>> frame.row(0)[3:] == (PAD_PLACE, PAD_PLACE)
    True
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
    placed, in_table = _cut()
    return words.select("nth", *placed).filter(in_table).collect()


@cache
def _cut() -> tuple[list[pl.Expr], pl.Expr]:
    """The places p0 … p3 that the bytes `head` and `tail` are, and whether a name has them all."""
    head, tail = pl.col("head"), pl.col("tail")
    cut = (
        head // 2**40,
        head // 2**16 & 0xFFFFFF,
        (head & 0xFFFF) * 256 + tail // 2**24,
        tail & 0xFFFFFF,
    )
    placed = [_place(three.cast(pl.UInt32)).alias(f"p{i}") for i, three in enumerate(cut)]
    in_table = pl.all_horizontal(pl.col(f"p{i}") <= LAST - FIRST for i in range(SHORT))
    return placed, in_table & (pl.col("p0") != PAD_PLACE)


def _place(three: pl.Expr) -> pl.Expr:
    """Place in a table of the character whose three bytes are the integer `three`.

    Anything else than three such bytes wraps round to a place behind the last.
    """
    bits = (three // 16 & 0xFF000) | (three // 4 & 0xFC0) | (three & 0x3F)
    return bits - (_THREE_BYTES + FIRST)


class CharacterTable:
    """A table character → text, for one character or for a column of short names.

    A character that the table lacks gives `otherwise`, or itself where that is None.

    >>> sounds = CharacterTable(pl.DataFrame({"char": ["李"], "text": ["li"]}), otherwise="?")
    >>> sounds.by_place[[ord("李") - FIRST, ord("陈") - FIRST, PAD_PLACE]].to_list()
    ['li', '?', '']
    >>> sounds.text("李"), sounds.text("陈"), sounds.text("A")
    ('li', '?', '?')
    """

    # no cached_property: it holds a lock while polars works, and a thread of polars may want it

    def __init__(self, rows: pl.DataFrame, otherwise: str | None) -> None:
        self.rows = rows
        self._otherwise = otherwise
        self._by_place: pl.Series | None = None
        self._elsewhere: dict[str, str] | None = None

    def text(self, char: str) -> str:
        """The text of one character; only those that have no place are put into a dict."""
        if FIRST <= ord(char) <= LAST:
            text: str = self.by_place[ord(char) - FIRST]
            return text
        if self._elsewhere is None:
            has_place = pl.nth(0).is_between(pl.lit(chr(FIRST)), pl.lit(chr(LAST)))
            self._elsewhere = as_dict(self.rows.filter(~has_place))
        return self._elsewhere.get(char, char if self._otherwise is None else self._otherwise)

    @property
    def by_place(self) -> pl.Series:
        """The texts (String) by `places`; "" behind the end of a name."""
        if self._by_place is None:
            chars, texts = self.rows.to_series(0), self.rows.to_series(1)
            at = places(chars).filter(pl.col("p1") == PAD_PLACE)
            if self._otherwise is None:
                every = pl.Series([chr(code) for code in range(FIRST, LAST + 1)], dtype=pl.String)
            else:
                every = pl.repeat(self._otherwise, LAST - FIRST + 1, eager=True)
            every = every.scatter(at["p0"], texts.gather(at["nth"]))
            self._by_place = every.scatter([PAD_PLACE], "")
        return self._by_place
