"""Numbers as they should be, a column at a time: 18 characters, no damage, nothing to repair.

Nearly all numbers of a list are so. Their digits are read once, as one integer, and the rest is
arithmetic: no regular expression and no text is cut. What is not plain is left to `id_number`,
which would say the same of a plain number, only later.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import polars as pl

from loubao.ingest.fields.distinct import put
from loubao.ingest.fields.resident_id.damage import keeps_fifteen
from loubao.ingest.fields.resident_id.digits import WEIGHTS

_FIRST_YEAR: Final = 1800
_LAST_YEAR: Final = 2099
_YEAR: Final = 1232  # places a year in the table of days: month * 100 + day is below
_SHIFT: Final = 64  # a double moves 18 digits by no more: below 2 ** 60 it counts in steps of 128
_X: Final = 10
_SEXES: Final = pl.Series(["女", "男"])


def plain_numbers(texts: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Read `texts` (String): the columns of `id_number.normalise`, and the places left to do.

    The places (UInt32, ascending) are those of the rows that are not plain; what the columns hold
    there means nothing. Plain is a null, and a number whose status is valid, wrong_date or
    wrong_check_digit without a repair; numbers with a leading 0 are left out.
    """
    read = _digits(texts)
    told = pl.DataFrame(
        {
            "id_number": texts,
            "id_status": _all(texts, "valid", pl.String()),
            "id_repair": _all(texts, "", pl.String()),
            "id_pattern": texts,
            "birth_date": read["day"],
            "sex": read["sex"],
            "disability_category": _all(texts, None, pl.Int8()),
            "disability_level": _all(texts, None, pl.Int8()),
        }
    )
    no_day = read["day"].is_null().arg_true()
    no_match = (read["day"].is_not_null() & ~read["holds"]).arg_true()
    told = told.with_columns(
        put(told["id_status"], no_match, "wrong_check_digit"),
        put(told["id_pattern"], no_match, None),
    )
    told = told.with_columns(
        put(told["id_status"], no_day, "wrong_date"),
        put(told["id_pattern"], no_day, None),
        put(told["sex"], no_day, None),
    )
    blank = texts.is_null()
    told = told.with_columns(put(told["id_status"], blank.arg_true(), "missing"))
    return told, (put(~read["shape"], _damaged(read), values=True) & ~blank).arg_true()


def _all(texts: pl.Series, value: str | None, dtype: pl.DataType) -> pl.Series:
    return pl.Series([value], dtype=dtype).new_from_index(0, texts.len())


def _digits(texts: pl.Series) -> pl.DataFrame:
    """What the digits say.

    shape: 18 characters that may be a number; near_thousand: a double may have kept it; holds: the
    check does; day (null: there is no such day); sex; n, last: the first 17 digits, and the last.
    """
    n, last, right = pl.col("n"), pl.col("last"), pl.col("right")
    # 17 digits in two halves of 32 bits: 8 and 9, the year astride.
    halves = _parsed(texts).with_columns(
        left=(n // 10**9).cast(pl.UInt32),
        right=(n % 10**9).cast(pl.UInt32),
    )
    last_three = right % 100 * 10 + last
    return halves.select(
        "n",
        "last",
        shape=n >= 10**16,
        near_thousand=((last_three + _SHIFT) % 1000 <= 2 * _SHIFT) & (last != _X),
        holds=_check() == last,
        day=_day(),
        sex=pl.lit(_SEXES).gather(right % 2),
    )


def _parsed(texts: pl.Series) -> pl.DataFrame:
    """First 17 digits and the last (10 for X) as integers: n (UInt64), last (UInt8).

    Both are 0 where the text has another shape, and never null: what follows is twice as quick.
    """
    # Unsigned, so that -1… is none; +1… is too short for its length.
    whole = texts.cast(pl.UInt64, strict=False)
    long = texts.str.len_bytes() == 18
    fits = (long & (whole >= 10**17)).fill_null(False)
    rows = pl.DataFrame({"whole": whole, "fits": fits})
    rows = rows.select(whole=pl.when("fits").then("whole").otherwise(0))
    rows = rows.select(n=pl.col("whole") // 10, last=(pl.col("whole") % 10).cast(pl.UInt8))
    with_x = (whole.is_null() & long).arg_true()
    tails = texts.gather(with_x)
    digits = tails.str.slice(0, 17).cast(pl.UInt64, strict=False).fill_null(0)
    fits = tails.str.ends_with("X") & (digits >= 10**16)
    places = with_x.filter(fits)
    return rows.select(
        put(rows["n"], places, digits.filter(fits)),
        put(rows["last"], places, pl.repeat(_X, places.len(), dtype=pl.UInt8, eager=True)),
    )


def _damaged(read: pl.DataFrame) -> pl.Series:
    """Places (UInt32) of the numbers that a spreadsheet has kept as a double."""
    near = read["near_thousand"].arg_true()
    whole = pl.col("n").cast(pl.Int64) * 10 + pl.col("last")
    kept = read.select(pl.col("n", "last").gather(near)).select(keeps_fifteen(whole))
    return near.filter(kept.to_series())


def _check() -> pl.Expr:
    """The last digit that the others ask for, 10 for X."""
    left, right = pl.col("left"), pl.col("right")
    parts = (left // 10**4, left % 10**4, right // 10**5, right // 10 % 10**4)
    total = (right % 10 * WEIGHTS[16]).cast(pl.UInt8)
    for place, part in enumerate(parts):
        total += pl.lit(_shares(*WEIGHTS[4 * place : 4 * place + 4])).gather(part)
    return (12 - total % 11) % 11


def _day() -> pl.Expr:
    left, right = pl.col("left"), pl.col("right")
    year = left % 100 * 100 + right // 10**7
    month_and_day = right // 1000 % 10**4
    listed = year.is_between(_FIRST_YEAR, _LAST_YEAR) & (month_and_day < _YEAR)
    place = (year - _FIRST_YEAR) * _YEAR + month_and_day
    return pl.lit(_days()).gather(pl.when(listed).then(place).otherwise(0))


@cache
def _shares(*weights: int) -> pl.Series:
    """What each text of four digits adds to the check sum, modulo 11."""
    number = pl.int_range(10 ** len(weights), dtype=pl.UInt32)
    digits = [number // 10**power % 10 for power in reversed(range(len(weights)))]
    total = pl.sum_horizontal(digit * weight for digit, weight in zip(digits, weights, strict=True))
    return pl.select((total % 11).cast(pl.UInt8)).to_series()


@cache
def _days() -> pl.Series:
    """Every day from 1800 to 2099 at its place; null where there is none (30 February)."""
    first, last = pl.date(_FIRST_YEAR, 1, 1), pl.date(_LAST_YEAR, 12, 31)
    day = pl.col("day")
    days = pl.select(day=pl.date_range(first, last)).select(
        "day",
        place=(day.dt.year().cast(pl.UInt32) - _FIRST_YEAR) * _YEAR
        + day.dt.month().cast(pl.UInt32) * 100
        + day.dt.day().cast(pl.UInt32),
    )
    places = (_LAST_YEAR - _FIRST_YEAR + 1) * _YEAR
    none = pl.Series([None], dtype=pl.Date).new_from_index(0, places)
    return none.scatter(days["place"], days["day"])
