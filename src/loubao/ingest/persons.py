"""What is put together from several cells of a row: whose number it is, birth date, sex, age."""

from __future__ import annotations

from datetime import date

import polars as pl

from loubao.core.frames import PROVEN_STATUSES
from loubao.ingest.conditions import age_on
from loubao.ingest.fields.typed import alternative
from loubao.ingest.sheets.rows import raw

_NUMBER_LIKE = r"^[^0-9]{0,3}[0-9]{14,19}[0-9xX]?$"
_NAME_LIKE = r"^[\p{Han}·•．.‧・ ]{2,15}$"


def unswap(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Return `rows` with name and number exchanged where each stands in the other's cell.

    The second part marks the exchanged rows. Also done where the number's cell is blank.
    """
    name, number = pl.col(raw("name")), pl.col(raw("id_number"))
    swapped = rows.select(
        (
            name.str.normalize("NFKC").str.replace_all(r"[\s'\-]", "").str.contains(_NUMBER_LIKE)
            & (number.str.strip_chars().str.contains(_NAME_LIKE) | number.is_null())
        )
        .fill_null(False)
        .alias("swapped")
    ).to_series()
    if not swapped.any():
        return rows, swapped
    exchanged = rows.with_columns(
        pl.when(swapped).then(number).otherwise(name).alias(raw("name")),
        pl.when(swapped).then(name).otherwise(number).alias(raw("id_number")),
    )
    return exchanged, swapped


def with_births(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Add what number and columns together say of a person.

    birth_date, birth_until (the latest day possible) and sex come from a number that is sound and
    the person's own, else from the columns. `of_other` is head or parent where the number is
    theirs (a name that differs under one number), `shared` where two names of a list have one
    number. age_low and age_high differ where number and column contradict each other, and are null
    where neither is certain, as beside a relative's name (`relative`, see notes.py); age is
    reckoned from birth_until.
    """
    number = pl.col("id_number")
    other_name = (pl.col("name_key") != pl.col("head_key")).fill_null(False)
    sound = pl.col("id_status").is_in(PROVEN_STATUSES)
    rows = rows.with_columns(
        column_birth="birth_date",
        column_until="birth_until",
        column_sex="sex",
        of_other=pl.when((number == pl.col("parent_id")).fill_null(False))
        .then(pl.lit("parent"))
        .when((number == pl.col("head_id")).fill_null(False) & other_name)
        .then(pl.lit("head")),
        shared=_shared(rows),
    )
    own = pl.col("of_other").is_null() & (sound | (pl.col("id_status") == "mangled"))
    typo = pl.col("of_other").is_null() & (pl.col("id_status") == "wrong_check_digit")
    from_own = pl.when(own).then("id_birth_date")
    from_typo = pl.when(typo).then("id_birth_date")
    certain = pl.when(own & ~pl.col("shared") & ~pl.col("relative")).then("id_birth_date")
    rows = rows.with_columns(
        birth_date=pl.coalesce(from_own, "column_birth", from_typo),
        birth_until=pl.coalesce(from_own, "column_until", from_typo),
        sex=pl.coalesce(pl.when(own).then("id_sex"), "column_sex", pl.when(typo).then("id_sex")),
        latest=pl.max_horizontal(certain, "column_until"),
        earliest=pl.min_horizontal(certain, "column_until"),
        birth_conflict=own & _contradicts(),
        sex_conflict=own & (pl.col("id_sex") != pl.col("column_sex")),
    )
    # what a certificate says under a number that two names share is not known to be this person's
    others = [c for c in rows.columns if c.startswith(alternative(""))]
    rows = rows.with_columns(pl.when(~pl.col("shared")).then(c).alias(c) for c in others)
    return rows.with_columns(
        age=age_on(pl.col("birth_until"), as_of),
        age_low=age_on(pl.col("latest"), as_of),
        age_high=age_on(pl.col("earliest"), as_of),
        as_of=pl.lit(as_of),
    ).drop("latest", "earliest")


def _shared(rows: pl.DataFrame) -> pl.Series:
    """Mark the rows whose sound number stands under two different names in their list."""
    known = (
        rows.select("list", "id_number", "name_key", "id_status")
        .with_row_index("place")
        .filter(pl.col("id_status").is_in(PROVEN_STATUSES) & pl.col("name_key").is_not_null())
    )
    twice = known.filter(known.select("list", "id_number").is_duplicated())
    shared = twice.filter(pl.col("name_key").n_unique().over("list", "id_number") > 1)
    marks = pl.Series("shared", [False]).new_from_index(0, rows.height)
    return marks.scatter(shared["place"], True)


def _contradicts() -> pl.Expr:
    """The column's birth date is not that of the number; a month or year is compared as such."""
    number, day, until = pl.col("id_birth_date"), pl.col("column_birth"), pl.col("column_until")
    year_only = (until.dt.month() == 12) & (until.dt.day() == 31)
    same_month = number.dt.month_end() == until
    same_year = year_only & (number.dt.year() == until.dt.year())
    return pl.when(day.is_not_null()).then(day != number).otherwise(~(same_month | same_year))
