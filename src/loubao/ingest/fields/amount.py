"""Numbers, sums of money and yes/no cells as lists write them → typed values.

>>> import polars as pl
>>> def read(text):
...     value, readable = number(pl.Series([text], dtype=pl.String)).row(0)
...     return value if readable else readable

Digits may be grouped by threes, or by fours as Chinese does; width does not matter.

>>> read("40,000.00"), read("4,0000"), read("４００００"), read("40 000"), read(".5")
(40000.0, 40000.0, 40000.0, 40000.0, 0.5)

Signs and words of the currency go; 万 is ten thousand.

>>> read("¥40000元"), read("人民币4万元整"), read("RMB 40000"), read("4.0001萬")
(40000.0, 40000.0, 40000.0, 40001.0)

A mark of a footnote behind it is none of its digits.

>>> read("45000①"), read("45000²"), read("①")
(45000.0, 45000.0, False)

Brackets or a minus are negative.

>>> read("(1,200.00)"), read("-¥5"), read("−5")
(-1200.0, -5.0, -5.0)

What could be read in two ways is not read at all: 4,00 and 1.234,56 (a comma that does not group
three digits or four), 4E+04 (rounded for display), (-5), 约4万, 300元/月, a dash. A blank is null.

>>> [read(text) for text in ("4,00", "1.234,56", "4E+04", "(-5)", "约4万", "300元/月", "—", None)]
[False, False, False, False, False, False, False, None]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from loubao.core.characters import forms_of, simplified
from loubao.ingest.fields.distinct import read_once

_CURRENCY: Final = r"(?:人民币|RMB|CNY|[¥￥])"
_DIGITS: Final = (
    r"(?:[0-9]+|[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]{1,4}(?:,[0-9]{4})+)(?:\.[0-9]*)?|\.[0-9]+"
)
_UNIT: Final = r"(万)? ?(?:元整|圆整|元|圆|块)?"
_SIGNED: Final = rf"^(?i:{_CURRENCY})? ?([-+]?) ?(?i:{_CURRENCY})? ?({_DIGITS}) ?{_UNIT}$"
_BRACKETS: Final = r"^\((.*)\)$"
#: Circled and raised digits, which half width would make digits of.
_MARK: Final = r"([0-9０-９元万])\s*[\p{No}--[¼½¾]]+$"


def number(raw: pl.Series) -> pl.DataFrame:
    """Read numbers and sums of money. Same height and order as `raw` (String, nulls allowed).

    Columns: `value` Float64, in units (yuan; 万 is multiplied out), negative in brackets or with a
    minus, null when unreadable; `readable` Boolean, null where the text is null or blank.
    Never raises on any text.
    """
    texts = raw.cast(pl.String).alias("raw").to_frame()
    return read_once(texts, lambda each: _read_numbers(each["raw"]))


def flag(raw: pl.Series, yes: Sequence[str], no: Sequence[str]) -> pl.DataFrame:
    """Read yes/no cells by the words given. Same height and order as `raw`.

    White space, width and case of letters do not matter, in the words as in the cells. Columns:
    `value` Boolean, null when unreadable; `readable` Boolean, null where the text is null or blank.

    Raises ValueError when a word means both.

    >>> def answer(text):
    ...     return flag(pl.Series([text], dtype=pl.String), yes=["是", "Y"], no=["否"]).row(0)
    >>> answer("是"), answer("ｙ"), answer(" 否 ")
    ((True, True), (True, True), (False, True))
    >>> answer("也许"), answer(""), answer(None)
    ((None, False), (None, None), (None, None))
    >>> flag(pl.Series(["Y"]), yes=["Y"], no=["ｙ"])
    Traceback (most recent call last):
    ValueError: a word stands under yes and under no
    """
    words = _word(pl.Series([*yes, *no], dtype=pl.String))
    meant = [True] * len(yes) + [False] * len(no)
    meaning = dict(zip(words, meant, strict=True))
    if any(meaning[word] is not value for word, value in zip(words, meant, strict=True)):
        raise ValueError("a word stands under yes and under no")

    def read(texts: pl.DataFrame) -> pl.DataFrame:
        seen = _word(texts["raw"])
        value = seen.replace_strict(meaning, default=None, return_dtype=pl.Boolean)
        return _with_readable(value.alias("value"), seen)

    return read_once(raw.cast(pl.String).alias("raw").to_frame(), read)


def _with_readable(value: pl.Series, text: pl.Series) -> pl.DataFrame:
    blank = text.is_null() | (text == "")
    return pl.select(value, readable=pl.when(~blank).then(value.is_not_null()))


def _half_width(texts: pl.Series) -> pl.Series:
    """Half-width, single spaces, none and no quote at the ends.

    >>> _half_width(pl.Series(["'４０　０００ "])).to_list()
    ['40 000']
    """
    plain = texts.str.normalize("NFKC").str.replace_all(r"[\s\p{Cf}\p{Cc}]+", " ")
    return plain.str.strip_chars(" '`")


def _word(texts: pl.Series) -> pl.Series:
    """A word as it is compared.

    >>> _word(pl.Series([" ＹＥＳ ", "是 的"])).to_list()
    ['yes', '是的']
    """
    spaced = _half_width(texts).str.replace_all(" ", "", literal=True).str.to_lowercase()
    return pl.select(simplified(pl.lit(spaced))).to_series()


def _read_numbers(texts: pl.Series) -> pl.DataFrame:
    seen = _half_width(texts.str.replace_all(_MARK, "${1}").str.replace_all(r"\p{No}", "?"))
    plain = seen.str.replace_many(forms_of(_CURRENCY + _UNIT)).str.replace_all("[−–]", "-")
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
