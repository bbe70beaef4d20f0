"""What single digits of an ID number say: the check character, the birth date, the sex.

Numbers in the resident shape: damage first, then the date, then the check.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from loubao.core.frames import PROVEN_STATUSES
from loubao.ingest.fields.resident_id.damage import fifteen_digits, keeps_fifteen
from loubao.ingest.fields.resident_id.repair import repairs

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


def untouched(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers that need no repair, with the columns of `as_eighteen`."""
    kind = pl.lit(None, pl.Int8)
    return rows.with_columns(
        body=pl.col("text"),
        repair=pl.lit(""),
        fifteen=pl.lit(False),
        disability_category=kind,
        disability_level=kind,
    )


def as_eighteen(rows: pl.DataFrame) -> pl.DataFrame:
    """Resident shapes → at, text (18 characters), body, repair, fifteen, disability_*."""
    body = pl.col("body")
    seventeen = body.str.slice(0, 6) + pl.lit("19") + body.str.slice(6, 9)
    tail = pl.when("certificate").then(body.str.slice(18, 2))
    return rows.select(
        "at",
        "body",
        text=pl.when("fifteen_digits")
        .then(seventeen + check_digit(seventeen))
        .otherwise(body.str.slice(0, 18)),
        repair=repairs(),
        fifteen=pl.col("fifteen_digits"),
        disability_category=tail.str.slice(0, 1).cast(pl.Int8),
        disability_level=tail.str.slice(1, 1).cast(pl.Int8),
    )


def judge(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Columns of `as_eighteen` → also those of `id_number.normalise`."""
    text, status = pl.col("text"), pl.col("id_status")
    fifteen = pl.col("fifteen")
    # The first six of an 18-digit number's birth date: cut off, rather than issued with 15.
    cut_short = pl.col("body").str.contains(r"^[0-9]{6}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])")
    return (
        rows.with_columns(x=text.cast(pl.Int64, strict=False))
        .with_columns(head=(pl.col("x") + 500) // 1000)
        .with_columns(damaged=(keeps_fifteen(pl.col("x")) & ~fifteen).fill_null(False))
        .with_columns(head=fifteen_digits(pl.col("head")))
        .with_columns(day=birth_date(pl.when("damaged").then("head").otherwise("text")))
        .with_columns(
            id_status=pl.when(pl.col("day").is_null() & fifteen & cut_short)
            .then(pl.lit("wrong_length"))
            .when(pl.col("day").is_null())
            .then(pl.lit("wrong_date"))
            .when("damaged")
            .then(pl.lit("mangled"))
            .when(text.str.slice(17, 1) != check_digit(text.str.slice(0, 17)))
            .then(pl.lit("wrong_check_digit"))
            .when(fifteen)
            .then(pl.lit("lifted"))
            .when(pl.col("repair") != "")
            .then(pl.lit("repaired"))
            .otherwise(pl.lit("valid"))
        )
        .with_columns(
            id_number=pl.when(fifteen & status.str.starts_with("wrong"))
            .then("body")
            .when(status != "mangled")
            .then("text"),
            id_repair=pl.when(status == "mangled")
            .then(pl.lit(""))
            .when(fifteen & (status != "lifted"))
            .then(pl.col("repair").str.replace(",?fifteen_digits$", ""))
            .otherwise("repair"),
            id_pattern=pl.when(status == "mangled")
            .then(pl.col("head") + pl.lit("???"))
            .when(status.is_in(PROVEN_STATUSES))
            .then("text"),
            birth_date=pl.col("day"),
            sex=pl.when(status.is_in([*PROVEN_STATUSES, "wrong_check_digit"])).then(sex(text)),
        )
    )
