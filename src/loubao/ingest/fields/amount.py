"""Numbers, sums of money and yes/no cells as lists write them → typed values.

>>> import polars as pl
>>> number(pl.Series(["40,000.00", "４００００元", "¥4.2万元", "(1,200.00)"]))["value"].to_list()
[40000.0, 40000.0, 42000.0, -1200.0]

What could be read in two ways is not read at all: 4,00 and 1.234,56 (a comma that does not group
three digits, or four as Chinese does), 4E+04 (rounded for display), 约4万, 300/月, a dash.

>>> number(pl.Series(["4,00", "4E+04", "约4万", "—", None]))["readable"].to_list()
[False, False, False, False, None]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

__all__ = ["flag", "number"]

_CURRENCY: Final = r"(?:人民币|RMB|CNY|[¥￥])"
_DIGITS: Final = (
    r"(?:[0-9]+|[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]{1,4}(?:,[0-9]{4})+)(?:\.[0-9]*)?|\.[0-9]+"
)
_UNIT: Final = r"(万)? ?(?:元整|圆整|元|圆|块)?"
_SIGNED: Final = rf"^(?i:{_CURRENCY})? ?([-+]?) ?(?i:{_CURRENCY})? ?({_DIGITS}) ?{_UNIT}$"
_BRACKETS: Final = r"^\((.*)\)$"


def number(raw: pl.Series) -> pl.DataFrame:
    """Read numbers and sums of money. Same height and order as `raw` (String, nulls allowed).

    Columns: `value` Float64, in units (yuan; 万 is multiplied out), negative in brackets or with a
    minus, null when unreadable; `readable` Boolean, null where the text is null or blank.
    Never raises on any text.
    """
    return _once(raw, _read_numbers)


def flag(raw: pl.Series, yes: Sequence[str], no: Sequence[str]) -> pl.DataFrame:
    """Read yes/no cells by the words given. Same height and order as `raw`.

    White space, width and case of letters do not matter, in the words as in the cells. Columns:
    `value` Boolean, null when unreadable; `readable` Boolean, null where the text is null or blank.

    Raises ValueError when a word means both.

    >>> flag(pl.Series(["是", "ｙ", "√", None]), yes=["是", "Y"], no=["否"]).rows()
    [(True, True), (True, True), (None, False), (None, None)]
    """
    words = _word(pl.Series([*yes, *no], dtype=pl.String))
    meant = [True] * len(yes) + [False] * len(no)
    meaning = dict(zip(words, meant, strict=True))
    if any(meaning[word] is not value for word, value in zip(words, meant, strict=True)):
        raise ValueError("a word stands under yes and under no")

    def read(texts: pl.Series) -> pl.DataFrame:
        seen = _word(texts)
        value = seen.replace_strict(meaning, default=None, return_dtype=pl.Boolean)
        return _with_readable(value.alias("value"), seen)

    return _once(raw, read)


def _once(raw: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """Apply `read` to the distinct texts and lay the answers beside every row again."""
    texts = raw.cast(pl.String).alias("raw")
    distinct = texts.unique()
    return (
        texts.to_frame()
        .join(
            read(distinct).with_columns(distinct),
            on="raw",
            how="left",
            maintain_order="left",
            nulls_equal=True,
        )
        .select("value", "readable")
    )


def _with_readable(value: pl.Series, text: pl.Series) -> pl.DataFrame:
    blank = text.is_null() | (text == "")
    return pl.select(value, readable=pl.when(~blank).then(value.is_not_null()))


def _half_width(texts: pl.Series) -> pl.Series:
    plain = texts.str.normalize("NFKC").str.replace_all(r"[\s\p{Cf}\p{Cc}]+", " ")
    return plain.str.strip_chars(" '`")


def _word(texts: pl.Series) -> pl.Series:
    return _half_width(texts).str.replace_all(" ", "", literal=True).str.to_lowercase()


def _read_numbers(texts: pl.Series) -> pl.DataFrame:
    seen = _half_width(texts)
    plain = seen.str.replace_all("[−–]", "-")
    inside = plain.str.extract(_BRACKETS).str.strip_chars()
    rows = pl.select(text=pl.coalesce(inside, plain), bracketed=inside.is_not_null())
    text = pl.col("text")
    sign, digits, unit = (text.str.extract(_SIGNED, part) for part in (1, 2, 3))
    size = digits.str.replace_all("[, ]", "").cast(pl.Float64)
    # 4.0001 × 10000 in doubles is not always 40001: a millionth of a yuan is no amount.
    total = pl.when(unit.is_null()).then(size).otherwise((size * 10_000).round(6))
    value = pl.when(pl.col("bracketed") | (sign == "-")).then(-total).otherwise(total)
    # A sign inside brackets has two readings.
    twice = pl.col("bracketed") & (sign != "")
    return _with_readable(rows.select(value=pl.when(~twice).then(value)).to_series(), seen)
