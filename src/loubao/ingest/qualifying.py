"""Whether a row passes its list's own conditions.

What is not certain keeps a person on the sheet and off a roll. For a source list a condition that
cannot be decided holds, for a roll or an exclusion it does not. It cannot be decided when it comes
out null, when it reads a cell that could not be read, and when it depends on which of two
contradicting values is right (birth date of the number or the column; category of the column or the
certificate; two columns of one amount, see second_readings.py).

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> lists = load_rules(shipped_rules()).lists
>>> paid = pl.DataFrame({"self_paid": [40_000.01, 40_000.0, None]})
>>> rows, undecided = qualify(paid, lists["medical"])
>>> rows["qualifies"].to_list(), rows["failed_condition"].to_list()
([True, False, True], [None, '个人自付医疗费用未超过40000元', None])
>>> [(each.mask.to_list(), each.field) for each in undecided]
[([False, False, True], 'self_paid')]

A child of 17 by one birth date and 18 by the other is still on the source list.

>>> ages = {"age": [17, 18], "age_low": [17, 18], "age_high": [18, 18]}
>>> rows, undecided = qualify(pl.DataFrame({**ages, "parent_status": None}), lists["children"])
>>> rows["qualifies"].to_list(), undecided[0].mask.to_list(), undecided[0].field
([True, False], [True, False], 'birth_date')

Of two columns of one amount either may be the right one: who passes by one of them stays.

>>> paid = pl.DataFrame({"self_paid": [30_000.0, 30_000.0], "second:1:self_paid": [52_000.0, None]})
>>> rows, undecided = qualify(paid, lists["medical"])
>>> rows["qualifies"].to_list(), undecided[0].mask.to_list(), undecided[0].second
([True, False], [True, False], 1)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from loubao.ingest.fields.typed import alternative, bad
from loubao.ingest.second_readings import seconds_of
from loubao.rules.lists import ListRule


class Undecided(NamedTuple):
    """The rows of which a condition could not be decided, and the field to name.

    `second`: the number of the second reading on which it depends, None for anything else.
    """

    mask: pl.Series
    field: str
    second: int | None = None


def qualify(rows: pl.DataFrame, rule: ListRule) -> tuple[pl.DataFrame, list[Undecided]]:
    """Return qualifies and failed_condition of each row of one list, and what could not be decided.

    `rows` has the columns of `rule.condition_schema`, `bad:`, `alt:` and `second:` columns, the
    ages that a row allows, age_low to age_high, and `out_of_line`: its cells may not stand under
    their headers.
    """
    variants = _variants(rows, rule)
    seconds = _with_seconds(rows, rule)
    source = rule.role == "source"
    qualifies = pl.repeat(True, rows.height, eager=True)
    failed = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    undecided: list[Undecided] = []
    for n, condition in enumerate(rule.conditions):
        outcome, *others = [variant[str(n)] for variant in variants]
        certain = outcome.is_not_null()
        if "out_of_line" in rows.columns:
            certain &= ~rows["out_of_line"]
        for other in others:
            certain &= outcome.eq_missing(other)
        for field in condition.fields:
            if bad(field) in rows.columns:
                certain &= ~rows[bad(field)]
        if not certain.all():
            # age, the one name that is no field of a list, follows from the birth date
            named = sorted(field for field in condition.fields if field in rule.fields)
            undecided.append(Undecided(~certain, named[0] if named else "birth_date"))
        holds = outcome.zip_with(certain, pl.Series([source])).fill_null(False)
        for field, number, variant in seconds:
            # what keeps nobody on a sheet and nobody off a roll needs no question
            against = (holds != variant[str(n)].fill_null(source)) & (holds != source)
            if field in condition.fields and against.any():
                undecided.append(Undecided(against, field, number))
                holds = holds.set(against, source)
        first = ~holds & qualifies
        failed = failed.set(first, condition.otherwise)
        qualifies &= holds
    return pl.DataFrame({"qualifies": qualifies, "failed_condition": failed}), undecided


def _variants(rows: pl.DataFrame, rule: ListRule) -> list[pl.DataFrame]:
    """The rows with each combination of contradicting values; column n: does condition n hold?"""
    read: frozenset[str] = frozenset().union(*(c.fields for c in rule.conditions))
    choices: list[Mapping[str, pl.Expr]] = [{}]
    if "age" in read:
        choices = [{"age": pl.col("age_low")}, {"age": pl.col("age_high")}]
    for field in sorted(read):
        other = alternative(field)
        if other in rows.columns and rows[other].null_count() < rows.height:
            choices += [{**each, field: pl.coalesce(other, field)} for each in choices]
    return [_holding(rows.with_columns(**each), rule) for each in choices]


def _with_seconds(rows: pl.DataFrame, rule: ListRule) -> list[tuple[str, int, pl.DataFrame]]:
    """Field, number and the rows with the second reading of a field in its place, for each."""
    return [
        (field, number, _holding(rows.with_columns(pl.coalesce(column, field).alias(field)), rule))
        for field, number, column in seconds_of(rows)
        if field in rule.fields and rows[column].null_count() < rows.height
    ]


def _holding(rows: pl.DataFrame, rule: ListRule) -> pl.DataFrame:
    return rows.with_columns(c.expr.alias(str(n)) for n, c in enumerate(rule.conditions))
