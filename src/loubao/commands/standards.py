"""`standards`: the standards of the notice reckoned, and the rolls of a month held against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.books.standards_book import (
    clause_of,
    how_reckoned,
    item,
    standards_book,
    standards_page,
)
from loubao.core.faults import Usage
from loubao.core.forms import Page
from loubao.rules import Rules
from loubao.rules.standard_rates import Effective, Standards, in_force, load_standards
from loubao.standards.audited import Audited, audited, money, month_averages, plain
from loubao.standards.averages import average
from loubao.standards.tariff import Tariff, tariff
from loubao.workbook.writing import write_workbook
from loubao.workspace.exports import read_month
from loubao.workspace.output_folder import replace_file
from loubao.workspace.settings import name_of, refuse_inside, refuse_missing, refuse_output
from loubao.workspace.stages import Progress, Timings, silent


@dataclass(frozen=True)
class Asked:
    """What the options say; None is what the rules say."""

    on: date
    district: str | None = None
    minimum_wage: Decimal | None = None
    standard: Decimal | None = None
    rounding: str | None = None
    care_in_base: bool | None = None


@dataclass(frozen=True)
class Reckoned:
    """A tariff, and in words what it was reckoned from."""

    tariff: Tariff
    district: str
    wage: Effective | None
    heading: tuple[str, ...]


def standards(
    asked: Asked,
    rules: Rules,
    data: Path | None = None,
    last_year: Path | None = None,
    last_on: date | None = None,
    out: Path | None = None,
    passwords: Sequence[str] = (),
    progress: Progress = silent,
) -> dict[str, Any]:
    """Reckon the standards of a day; with `data`, audit the rolls in it.

    `last_year`: the exports of a month a year ago, of the day `last_on`. With `out`, 标准核查.xlsx
    is written there. Raises a `Fault`.
    """
    if last_year is not None and data is None:
        raise Usage("--last-year 要和 --check 一起用")
    for folder in (data, last_year):
        if folder is not None:
            refuse_missing(folder)
            if out is not None:
                refuse_inside(folder, out)
    if out is not None:
        refuse_output(out)
    policy = rules.standards or load_standards(rules.folder, rules.lists)
    reckoned = reckon(asked, policy)
    found = None
    if data is not None:
        before = None
        said: list[str] = []
        if last_year is not None and last_on is not None:
            then = _records(last_year, rules, last_on, passwords, silent)
            before = (_period(last_on), _averages_then(then, policy, asked, last_on))
            if (last_on.year + 1, last_on.month) != (asked.on.year, asked.on.month):
                said.append(policy.words.notes.other_month.format(last=before[0]))
        records = _records(data, rules, asked.on, passwords, progress)
        unknown = rules.sheets.unknown.town
        found = audited(records, policy, reckoned.tariff, asked.on, before, unknown)
        found = replace(found, notes=(*found.notes, *said))
    written = None
    if out is not None:
        period, fonts = _period(asked.on), rules.sheets.fonts
        book = standards_book(
            reckoned.tariff, reckoned.heading, found, policy, fonts, period, asked.on
        )
        written = replace_file(out / book.path, lambda target: write_workbook(book, target))
    return {
        "loubao": __version__,
        "on": asked.on.isoformat(),
        **_told(reckoned, policy),
        "check": None
        if found is None or data is None
        else _audit_told(found, data, last_year, policy),
        "out": str(written) if written else None,
    }


def summary_page(records: pl.DataFrame, rules: Rules, as_of: date, period: str) -> Page | None:
    """Return the page of the standards for 汇总.xlsx.

    None where the rules have no standards.yaml, or no minimum wage for that day.
    """
    policy = rules.standards
    if policy is None:
        return None
    if in_force(policy.districts[policy.district].minimum_wage, as_of) is None:
        return None
    reckoned = reckon(Asked(as_of), policy)
    found = audited(records, policy, reckoned.tariff, as_of, unknown_town=rules.sheets.unknown.town)
    return standards_page(
        reckoned.tariff, reckoned.heading, found, policy, rules.sheets.fonts, period
    )


def reckon(asked: Asked, policy: Standards) -> Reckoned:
    """Return the tariff that is asked for; raises `Usage` where the rules do not know enough."""
    name = asked.district or policy.district
    district = policy.districts.get(name)
    if district is None and (asked.minimum_wage is None or asked.district is None):
        known = "、".join(policy.districts)
        raise Usage(f"standards.yaml 里没有“{name}”，可用：{known}；或再写 --minimum-wage")
    wage = None
    if asked.minimum_wage is None and district is not None:
        wage = in_force(district.minimum_wage, asked.on)
        if wage is None:
            first = district.minimum_wage[0].since.isoformat()
            raise Usage(
                f"standards.yaml 里{name}的最低工资从 {first} 起，没有 {asked.on.isoformat()} 的；"
                "请补上，或写 --minimum-wage"
            )
    rounding = policy.roundings.get(asked.rounding or policy.rounding)
    if rounding is None:
        raise Usage(f"没有取整“{asked.rounding}”，可用：{'、'.join(policy.roundings)}")
    given = asked.standard
    if given is None and district is not None:
        local = in_force(district.dibao, asked.on)
        given = local.monthly if local else None
    amount = asked.minimum_wage if wage is None else wage.monthly
    assert amount is not None
    known_tariff = tariff(amount, policy.ratios, rounding, given, asked.care_in_base)
    heading = _heading(known_tariff, name, wage, asked.rounding or policy.rounding, policy)
    return Reckoned(known_tariff, name, wage, heading)


def _heading(
    known: Tariff, district: str, wage: Effective | None, rounding: str, policy: Standards
) -> tuple[str, ...]:
    words = policy.words
    if wage is None:
        first = words.given.format(wage=money(known.wage))
    else:
        first = words.wage.format(
            district=district,
            wage=money(known.wage),
            source=wage.source,
            **{"from": wage.since.isoformat()},
        )
    base = words.base_with if known.care_in_base else words.base_without
    said = [first]
    if wage is not None and not wage.checked:
        said.append(words.unchecked)
    said += _not_permitted(known, policy)
    said += [
        words.rounding.format(name=rounding),
        base.format(percent=plain(known.ratios.institution.percent)),
    ]
    return tuple(said)


def _not_permitted(known: Tariff, policy: Standards) -> list[str]:
    """The word on a 低保 standard in force that the notice does not allow for."""
    if known.given is None or known.least <= known.given <= known.most:
        return []
    sign, end = ("<", known.least) if known.given < known.least else (">", known.most)
    title, yuan = policy.words.findings["standard"].title, policy.words.exactly
    given, most = (yuan.format(least=money(amount)) for amount in (known.given, end))
    return [f"{title}：{given} {sign} {most}"]


def _records(
    data: Path, rules: Rules, on: date, passwords: Sequence[str], progress: Progress
) -> pl.DataFrame:
    return read_month(data, rules, on, passwords, progress, Timings(), whole=False).records


def _averages_then(
    records: pl.DataFrame, policy: Standards, asked: Asked, on: date
) -> pl.DataFrame:
    """Last year's averages, by what was in force then; this year's wage where that is not known."""
    district = policy.districts.get(asked.district or policy.district)
    wage = in_force(district.minimum_wage, on) if district else None
    local = in_force(district.dibao, on) if district else None
    rounding = policy.roundings[asked.rounding or policy.rounding]
    amount = wage.monthly if wage else reckon(asked, policy).tariff.wage
    known = tariff(amount, policy.ratios, rounding, local.monthly if local else None)
    return month_averages(records, policy, known, on)


def _told(reckoned: Reckoned, policy: Standards) -> dict[str, Any]:
    """What was reckoned, for a program: amounts as text, so that they stay decimals."""
    known, wage = reckoned.tariff, reckoned.wage
    return {
        "district": reckoned.district,
        "minimum_wage": {
            "amount": f"{known.wage:.2f}",
            "from": wage.since.isoformat() if wage else None,
            "source": wage.source if wage else None,
            "checked": wage.checked if wage else None,
        },
        "permitted": {name: f"{getattr(known, name):.2f}" for name in ("least", "average", "most")},
        "rounding": {"unit": str(known.rounding.unit), "way": known.rounding.way},
        "care_in_base": known.care_in_base,
        "heading": list(reckoned.heading),
        "standards": [
            {
                "key": line.key,
                "level": line.level or None,
                "item": item(line, policy),
                "rule": how_reckoned(line, known, policy),
                "clause": clause_of(line, policy),
                "amounts": {name: f"{amount:.2f}" for name, amount in line.amounts.items()},
            }
            for line in known.lines
        ],
    }


def _audit_told(
    found: Audited, data: Path, last_year: Path | None, policy: Standards
) -> dict[str, Any]:
    measures = policy.words.averages.measures
    counts = found.findings.group_by("kind", "title", "town", maintain_order=True).agg(
        count=pl.len().cast(pl.Int64)
    )
    return {
        "data": name_of(data),
        "last_year": name_of(last_year) if last_year else None,
        "notes": list(found.notes),
        "averages": [
            {
                "measure": measure,
                "title": measures[measure],
                "town": town,
                "units": units,
                "average": f"{average(total, units):.2f}",
            }
            for measure, town, units, total in found.averages.iter_rows()
        ],
        "growth": [
            {
                "measure": grown.measure,
                "title": measures[grown.measure],
                "then": f"{grown.then:.2f}",
                "now": f"{grown.now:.2f}",
                "percent": str(grown.percent),
                "met": grown.met,
            }
            for grown in found.growth
        ],
        "counts": counts.to_dicts(),
        "findings": found.findings.to_dicts(),
    }


def _period(on: date) -> str:
    return f"{on.year}年{on.month}月"
