"""Short names taken apart: which character stands at which place, a column at a time.

A Chinese character is three bytes of UTF-8, so four of them are twelve: two integers, from which
each place is cut by arithmetic. What the characters say is then gathered from a table with one
entry a code point; no text is cut, and nothing is joined.
"""

from __future__ import annotations

import polars as pl

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
