"""`rules/standards.yaml`: minimum wages, the ratios of the notice, how amounts are rounded.

Policy of the notice 洛政〔2022〕67号, section 二(三), and of section 一 for the growth of averages.
Amounts are `Decimal`s in yuan a month, percentages whole or decimal numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import polars as pl
from pydantic import Field, field_validator, model_validator

from loubao.rules.conditions import check_condition
from loubao.rules.lists import ListRule
from loubao.rules.sheets import COLUMNS, PRINTED, one_of
from loubao.rules.wording import Part, Parts, Wording, with_wording
from loubao.rules.yaml_file import Rule, parse

FILE = "standards.yaml"
#: The kinds of finding, in the order in which they are printed.
FINDINGS = (
    *("standard", "household", "care", "institution", "amount", "temporary"),
    *("average", "growth"),
)
#: The averages that are printed, in order.
MEASURES = ("dibao_standard", "dibao_amount", "tekun_amount", "temporary_amount")
_DETAILS = ("town", "programme", "title", "detail", "clause", "file", "sheet", "row")
Yuan: TypeAlias = Annotated[Decimal, Field(gt=0, lt=1_000_000, decimal_places=2)]
Percent: TypeAlias = Annotated[Decimal, Field(gt=0, le=1000)]
#: What the conditions of a programme may name beside the fields of its list.
_DAYS: dict[str, type[pl.DataType]] = {"as_of": pl.Date, "year_start": pl.Date}
#: The fields that the audit reads of each programme's list, and what type they have.
READ: dict[str, dict[str, type[pl.DataType]]] = {
    "dibao": {"amount": pl.Float64, "standard": pl.Float64, "protected": pl.Boolean}
    | {"protected_count": pl.Int64, "dibao_no": pl.String},
    "tekun": {"amount": pl.Float64, "care_amount": pl.Float64, "protected_count": pl.Int64}
    | {"care_mode": pl.String, "care_level": pl.String},
    "temporary": {"amount": pl.Float64},
}


def _findings_complete(findings: Wording) -> None:
    if set(findings) != set(FINDINGS):
        raise ValueError(f"findings 应为 {'、'.join(FINDINGS)}")


_WORDS: Parts = {
    **PRINTED,
    "details.columns": COLUMNS,
    "details.columns.*.key": one_of(_DETAILS, "没有“{name}”这一栏，可用：{names}"),
    "findings": Part(open=True, check=_findings_complete),
    "findings.*.detail": Part(
        fills=(
            *("amount", "least", "most", "range", "with_care"),
            *("people", "count", "level", "tier", "measure", "growth"),
        )
    ),
}


class Effective(Rule):
    """An amount in force from a day on, with where it was published."""

    since: date = Field(alias="from")
    monthly: Yuan
    source: str
    #: compared with the text that published it
    checked: bool = True


class District(Rule):
    """What is in force in one district, oldest first."""

    minimum_wage: tuple[Effective, ...] = ()
    dibao: tuple[Effective, ...] = ()

    @field_validator("minimum_wage", "dibao")
    @classmethod
    def _ascending(cls, value: tuple[Effective, ...]) -> tuple[Effective, ...]:
        days = [each.since for each in value]
        if days != sorted(set(days)):
            raise ValueError("from 由早到晚，每个日期一行")
        return value


class DibaoRatios(Rule):
    """The 低保 standard in percent of the minimum wage."""

    least: Percent
    average: Percent
    most: Percent
    clause: str

    @model_validator(mode="after")
    def _ordered(self) -> DibaoRatios:
        if not self.least <= self.average <= self.most:
            raise ValueError("应为 least ≤ average ≤ most")
        return self


class TekunRatios(Rule):
    """Basic living of 特困 in percent of the 低保 standard."""

    basic: Percent
    clause: str


class Institution(Rule):
    """Institutional support in percent of support at home."""

    percent: Percent
    #: whether the care is part of what is raised
    care_in_base: bool
    clause: str


class Temporary(Rule):
    """Temporary aid: so many percent around the monthly 低保 standard."""

    within: Annotated[Decimal, Field(ge=0, lt=100)]
    clause: str


class Growth(Rule):
    """By how many percent the averages are to grow in a year."""

    least: Annotated[Decimal, Field(ge=0, le=1000)]
    clause: str


class Ratios(Rule):
    """The ratios of the notice, each with its clause."""

    dibao: DibaoRatios
    tekun: TekunRatios
    #: care level → percent of the minimum wage
    care: Annotated[dict[str, Percent], Field(min_length=1)]
    care_clause: str
    institution: Institution
    temporary: Temporary
    growth: Growth


class Rounding(Rule):
    """To multiples of `unit` yuan: half up, up, or down."""

    unit: Yuan
    way: Literal["half_up", "up", "down"]


class Programme(Rule):
    """A list that is audited, and which of its rows are paid now."""

    list: str
    label: str
    paid: str

    @cached_property
    def expr(self) -> pl.Expr:
        """`paid` as an expression over the list's fields, `as_of` and `year_start`."""
        return pl.sql_expr(self.paid)


class Programmes(Rule):
    """The three programmes that the notice sets standards for."""

    dibao: Programme
    tekun: Programme
    temporary: Programme


class Standards(Rule):
    """The whole file."""

    district: str
    districts: dict[str, District]
    ratios: Ratios
    rounding: str
    roundings: dict[str, Rounding]
    #: yuan that rounding may account for
    tolerance: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    programmes: Programmes
    institution_mode: str
    words: Wording

    @model_validator(mode="after")
    def _names_exist(self) -> Standards:
        if self.district not in self.districts:
            raise ValueError(f"district“{self.district}”不在 districts 里")
        if self.rounding not in self.roundings:
            raise ValueError(f"rounding“{self.rounding}”不在 roundings 里")
        return self

    def clause_of(self, key: str) -> str:
        """Return the clause of the notice that a standard or a kind of finding rests on."""
        ratios = self.ratios
        return {
            "care": ratios.care_clause,
            "institution": ratios.institution.clause,
            **dict.fromkeys(("tekun", "dispersed", "amount"), ratios.tekun.clause),
            **dict.fromkeys(("temporary_least", "temporary_most"), ratios.temporary.clause),
            "temporary": ratios.temporary.clause,
            "growth": ratios.growth.clause,
        }.get(key, ratios.dibao.clause)


def in_force(amounts: tuple[Effective, ...], on: date) -> Effective | None:
    """Return what is in force on a day; None before the first.

    >>> days = (date(2022, 4, 1), date(2024, 4, 1))
    >>> wages = [Effective(since=day, monthly=1960, source="") for day in days]
    >>> in_force(tuple(wages), date(2024, 3, 31)).since
    datetime.date(2022, 4, 1)
    >>> in_force(tuple(wages), date(2022, 3, 31)) is None
    True
    """
    found = [each for each in amounts if each.since <= on]
    return found[-1] if found else None


def load_standards(folder: Path, lists: Mapping[str, ListRule]) -> Standards:
    """Return the checked `standards.yaml` of a rules folder; raises `RuleFault`.

    `lists`: the list rules of that folder, by name, that the programmes are held against.
    """
    file = with_wording(parse(folder / FILE), {"words": _WORDS})
    standards = file.validate(Standards)
    for name, types in READ.items():
        programme: Programme = getattr(standards.programmes, name)
        trail = ("programmes", name)
        rule = lists.get(programme.list)
        if rule is None or rule.role != "roll":
            raise file.fault((*trail, "list"), f"“{programme.list}”不是 roll 名单")
        columns = rule.condition_schema | _DAYS
        check_condition(programme.paid, columns, file, (*trail, "paid"), "aid_status = '在保'")
        for field, dtype in types.items():
            if field in rule.fields and rule.fields[field].dtype != dtype:
                raise file.fault((*trail, "list"), f"名单 {rule.name} 的字段 {field} 类型不对")
    return standards
