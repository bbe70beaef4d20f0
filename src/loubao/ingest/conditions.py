"""Does a row pass its list's own conditions?

What is not certain keeps a person on the sheet and off a roll: for a source list a condition that
cannot be decided holds, for a roll or an exclusion it does not. A condition cannot be decided when
it comes out null, when it reads a cell that could not be read, and when it depends on which of two
contradicting values is right (birth date of the number or the column; category of the column or
the certificate).

>>> from loubao.rules import load_rules, shipped_rules
>>> lists = load_rules(shipped_rules()).lists
>>> paid = pl.DataFrame({"self_paid": [40_000.01, 40_000.0, None]})
>>> rows, undecided = qualify(paid, lists["medical"])
>>> rows["qualifies"].to_list(), rows["failed_condition"].to_list()
([True, False, True], [None, '个人自付医疗费用未超过40000元', None])
>>> [(mask.to_list(), field) for mask, field in undecided]
[([False, False, True], 'self_paid')]

A child of 17 by one birth date and 18 by the other is still on the source list.

>>> ages = {"age": [17, 18], "age_low": [17, 18], "age_high": [18, 18]}
>>> rows, undecided = qualify(pl.DataFrame({**ages, "parent_status": None}), lists["children"])
>>> rows["qualifies"].to_list(), undecided[0][0].to_list(), undecided[0][1]
([True, False], [True, False], 'birth_date')
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from loubao.ingest.fields.typed import alternative, bad
from loubao.rules import ListRule


def qualify(rows: pl.DataFrame, rule: ListRule) -> tuple[pl.DataFrame, list[tuple[pl.Series, str]]]:
    """Return qualifies and failed_condition of each row of one list, and what could not be decided.

    `rows` has the columns of `rule.condition_schema`, `bad:` and `alt:` columns, and age_low and
    age_high (youngest and oldest age that the row allows). Each of the second part is a mask
    and the field to name.
    """
    variants = _variants(rows, rule)
    qualifies = pl.Series("qualifies", [True] * rows.height, dtype=pl.Boolean)
    failed = pl.Series("failed_condition", [None] * rows.height, dtype=pl.String)
    undecided: list[tuple[pl.Series, str]] = []
    for condition in rule.conditions:
        outcome, *others = [_outcome(variant, condition.expr) for variant in variants]
        certain = outcome.is_not_null()
        for other in others:
            certain &= outcome.eq_missing(other)
        for field in condition.fields:
            if bad(field) in rows.columns:
                certain &= ~rows[bad(field)]
        if not certain.all():
            undecided.append((~certain, _field_to_name(condition.fields, rule)))
        holds = outcome.zip_with(certain, pl.Series([rule.role == "source"])).fill_null(False)
        first = ~holds & qualifies
        failed = failed.set(first, condition.otherwise)
        qualifies &= holds
    return pl.DataFrame({"qualifies": qualifies, "failed_condition": failed}), undecided


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
    """The field of the list that a condition is about; age follows from the birth date."""
    named = sorted(field for field in fields if field in rule.fields)
    return named[0] if named else "birth_date"
