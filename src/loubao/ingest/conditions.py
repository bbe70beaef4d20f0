"""Does a row pass its list's own conditions?

What is not known keeps a person on the sheet and off a roll: for a source list a condition that
cannot be told holds, for a roll or an exclusion it does not. A condition cannot be told when it
comes out null, when it reads a cell that could not be read, and when it depends on which of two
contradicting values is right (birth date of the number or the column; category of the column or
the certificate).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from loubao.ingest.fields.typed import alternative, bad
from loubao.rules import ListRule


def age_on(birth: pl.Expr, as_of: date) -> pl.Expr:
    """Return full years (Int32) from `birth` to `as_of`."""
    before_birthday = (birth.dt.month() > as_of.month) | (
        (birth.dt.month() == as_of.month) & (birth.dt.day() > as_of.day)
    )
    return (as_of.year - birth.dt.year() - before_birthday.cast(pl.Int32)).cast(pl.Int32)


def judge(rows: pl.DataFrame, rule: ListRule) -> tuple[pl.DataFrame, list[tuple[pl.Series, str]]]:
    """Return qualifies and failed_condition of each row of one list, and what could not be told.

    `rows` has the columns of `rule.condition_schema`, `bad:` and `alt:` columns, and age_low and
    age_high (youngest and oldest age that the row allows). Each of the second part is a mask
    and the field to name.
    """
    variants = _variants(rows, rule)
    qualifies = pl.Series("qualifies", [True] * rows.height, dtype=pl.Boolean)
    failed = pl.Series("failed_condition", [None] * rows.height, dtype=pl.String)
    unknown: list[tuple[pl.Series, str]] = []
    for condition in rule.conditions:
        outcome, *others = [_outcome(variant, condition.expr) for variant in variants]
        certain = outcome.is_not_null()
        for other in others:
            certain &= outcome.eq_missing(other)
        for field in condition.fields:
            if bad(field) in rows.columns:
                certain &= ~rows[bad(field)]
        if not certain.all():
            unknown.append((~certain, _field_to_name(condition.fields, rule)))
        holds = outcome.zip_with(certain, pl.Series([rule.role == "source"])).fill_null(False)
        first = ~holds & qualifies
        failed = failed.set(first, condition.otherwise)
        qualifies &= holds
    return pl.DataFrame({"qualifies": qualifies, "failed_condition": failed}), unknown


def _outcome(rows: pl.DataFrame, condition: pl.Expr) -> pl.Series:
    outcome = rows.select(condition.alias("holds")).to_series()
    return outcome if outcome.len() == rows.height else outcome.new_from_index(0, rows.height)


def _variants(rows: pl.DataFrame, rule: ListRule) -> list[pl.DataFrame]:
    """The rows with each combination of contradicting values that a condition may turn on."""
    read: frozenset[str] = frozenset().union(*(c.fields for c in rule.conditions))
    choices: list[Mapping[str, pl.Expr]] = [{}]
    if "age" in read:
        choices = [{"age": pl.col("age_low")}, {"age": pl.col("age_high")}]
    for field in sorted(read):
        other = alternative(field)
        if other in rows.columns and rows[other].null_count() < rows.height:
            choices += [{**each, field: pl.coalesce(other, field)} for each in choices]
    return [rows.with_columns(**each) for each in choices]


def _field_to_name(fields: frozenset[str], rule: ListRule) -> str:
    """The field of the list that a condition is about; age is told from the birth date."""
    named = sorted(field for field in fields if field in rule.fields)
    return named[0] if named else "birth_date"
