"""`standards`: the standards of the notice and the rolls of a month held against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.books.standards_book import how_reckoned, item, standards_book
from loubao.core.faults import Usage
from loubao.core.notation import period_of
from loubao.layout.paper import Printing
from loubao.rules.folder import Rules
from loubao.rules.standard_rates import Standards, load_standards
from loubao.standards.audit import Audited, audited, average, month_averages
from loubao.standards.tariff import Asked, Reckoned, reckon, year_before
from loubao.workbook.writing import write_workbook
from loubao.workspace.input_folder import read_month
from loubao.workspace.output_file import write_file
from loubao.workspace.settings import name_of, path_in, refuse_inside, refuse_missing, refuse_output
from loubao.workspace.stages import Progress, Timings, silent


@dataclass(frozen=True)
class Exports:
    """The folders of exports to audit, and the passwords of their files.

    `last_year`: the exports of a month a year before, of the day `last_on`.
    """

    data: Path | None = None
    last_year: Path | None = None
    last_on: date | None = None
    passwords: Sequence[str] = ()


def standards(
    asked: Asked,
    rules: Rules,
    exports: Exports | None = None,
    out: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Reckon the standards of a day, and audit the rolls in `exports`.

    With `out`, 标准核查.xlsx is written there. Raises a `Fault`.
    """
    exports = exports or Exports()
    _refuse(exports, out)
    policy = rules.standards or load_standards(rules.folder, rules.lists)
    reckoned = reckon(asked, policy)
    found = None
    if exports.data is not None:
        found = _audit(exports, asked, reckoned, rules, policy, progress)
    written = None
    if out is not None:
        printing = Printing(rules.sheets.fonts, asked.on, period_of(asked.on))
        book = standards_book(reckoned, found, policy, printing)
        place = path_in(out, book.path)
        written = write_file(place, lambda target: write_workbook(book, target), out)
    return {
        "loubao": __version__,
        "on": asked.on.isoformat(),
        **_tariff_report(reckoned, policy),
        "check": None
        if found is None or exports.data is None
        else _audit_report(found, exports.data, exports.last_year, policy),
        "out": str(written) if written else None,
    }


def _refuse(exports: Exports, out: Path | None) -> None:
    if exports.last_year is not None and exports.data is None:
        raise Usage("--last-year 要和 --check 一起用")
    for folder in (exports.data, exports.last_year):
        if folder is not None:
            refuse_missing(folder)
            if out is not None:
                refuse_inside(folder, out)
    if out is not None:
        refuse_output(out)


def _audit(
    exports: Exports,
    asked: Asked,
    reckoned: Reckoned,
    rules: Rules,
    policy: Standards,
    progress: Progress,
) -> Audited:
    """Read last year's month, if it is given, and this one, and hold the rolls against both."""

    def read(folder: Path, on: date, progress: Progress) -> pl.DataFrame:
        month = read_month(folder, rules, on, exports.passwords, progress, Timings(), whole=False)
        return month.records

    before = None
    notes: list[str] = []
    last_on = exports.last_on
    if exports.last_year is not None and last_on is not None:
        then = read(exports.last_year, last_on, silent)
        rates = year_before(asked, policy, last_on)
        before = (period_of(last_on), month_averages(then, policy, rates, last_on))
        if (last_on.year + 1, last_on.month) != (asked.on.year, asked.on.month):
            notes.append(policy.words.notes.other_month.format(last=before[0]))
    assert exports.data is not None
    records = read(exports.data, asked.on, progress)
    unknown = rules.sheets.unknown.town
    found = audited(records, policy, reckoned.tariff, asked.on, before, unknown)
    return replace(found, notes=(*found.notes, *notes))


def _tariff_report(reckoned: Reckoned, policy: Standards) -> dict[str, Any]:
    """What was reckoned, for a program: amounts as text, so that they stay decimals."""
    tariff, wage = reckoned.tariff, reckoned.wage
    return {
        "district": reckoned.district,
        "minimum_wage": {
            "amount": f"{tariff.wage:.2f}",
            "from": wage.since.isoformat() if wage else None,
            "source": wage.source if wage else None,
            "checked": wage.checked if wage else None,
        },
        "permitted": {
            name: f"{getattr(tariff, name):.2f}" for name in ("least", "average", "most")
        },
        "rounding": {"unit": str(tariff.rounding.unit), "way": tariff.rounding.way},
        "care_in_base": tariff.care_in_base,
        "heading": list(reckoned.heading),
        "standards": [
            {
                "key": line.key,
                "level": line.level or None,
                "item": item(line, policy),
                "rule": how_reckoned(line, tariff, policy),
                "clause": policy.clause_of(line.key),
                "amounts": {name: f"{amount:.2f}" for name, amount in line.amounts.items()},
            }
            for line in tariff.lines
        ],
    }


def _audit_report(
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
                "met": grown.enough,
            }
            for grown in found.growth
        ],
        "counts": counts.to_dicts(),
        "findings": found.findings.to_dicts(),
    }
