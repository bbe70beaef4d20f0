"""What single digits of an ID number say: the check character, the birth date, the sex."""

from __future__ import annotations

from typing import Final

import polars as pl

#: What each of the first 17 digits counts for in the check sum (GB 11643-1999, ISO 7064 MOD 11-2).
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_digit(seventeen: pl.Expr) -> pl.Expr:
    """Check character (String, "0"-"9" or "X") of the first 17 digits; null for any other text.

    ISO 7064 MOD 11-2 with the weights of GB 11643-1999.

    >>> pl.select(check_digit(pl.lit("35059919900307011"))).item()
    'X'
    """
    return seventeen.map_batches(_check_digits, return_dtype=pl.String, is_elementwise=True)


def _check_digits(seventeen: pl.Series) -> pl.Series:
    """`check_digit` of a column: 17 expressions over one parsed number, not over 17 parsed ones."""
    text, n = pl.col("text"), pl.col("n")
    total = pl.sum_horizontal(
        [n // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(WEIGHTS)],
        ignore_nulls=False,
    )
    check = (12 - total % 11) % 11
    rows = seventeen.alias("text").to_frame()
    whole = pl.when(text.str.contains(r"^[0-9]{17}$")).then(text)
    return (
        rows.select(n=whole.cast(pl.Int64))
        .select(check=check)
        .select(
            pl.when(pl.col("check") == 10)
            .then(pl.lit("X"))
            .otherwise(pl.col("check").cast(pl.String))
        )
        .to_series()
    )


def birth_date(number: pl.Expr) -> pl.Expr:
    """Birth date (Date) in characters 7-14 of a number or pattern; null if hidden or no real day.

    >>> pl.select(birth_date(pl.lit("35059919900307????"))).item()
    datetime.date(1990, 3, 7)
    """
    day = number.str.slice(6, 8)
    real = day.str.contains(r"^(?:1[89]|20)[0-9]{6}$")
    return pl.when(real).then(day).str.to_date("%Y%m%d", strict=False)


def sex(number: pl.Expr) -> pl.Expr:
    """Sex (String, 男 or 女) by the 17th character of a number or pattern; null if hidden.

    >>> pl.select(sex(pl.lit("350599????????011?"))).item()
    '男'
    """
    seventeenth = number.str.slice(16, 1)
    return (
        pl.when(seventeenth.str.contains("[13579]"))
        .then(pl.lit("男"))
        .when(seventeenth.str.contains("[02468]"))
        .then(pl.lit("女"))
    )
