"""The standards laid out: 标准核查.xlsx, and one page for 汇总.xlsx."""

from __future__ import annotations

import datetime as dt

import polars as pl

from loubao.core.forms import Page, Row, Workbook
from loubao.core.notation import period_of
from loubao.layout import paper
from loubao.layout.paper import Printing
from loubao.layout.table_page import Heading, Table, paragraph, reading_page, table_page
from loubao.rules.folder import Rules
from loubao.rules.standard_rates import Standards, in_force
from loubao.standards.audit import Audited, audited, average
from loubao.standards.tariff import Asked, Column, Line, Reckoned, Tariff, plain, reckon

#: In half-width characters: together what A4 upright takes.
_WIDTHS = (22.0, 28.0, 11.0, 11.0, 11.0, 11.0, 9.0)
_COLUMNS: tuple[Column, ...] = ("least", "average", "most", "given")
_LOOKS = dict.fromkeys(("town", "programme", "clause", "sheet", "row"), "center")
_HEIGHT = 20.0


def standards_book(
    reckoned: Reckoned, found: Audited | None, standards: Standards, printing: Printing
) -> Workbook:
    """Return 标准核查.xlsx: the standards; with `found` what the rolls pay and every finding."""
    pages = [standards_page(reckoned, found, standards, printing)]
    if found is not None:
        pages.append(_findings_page(found, standards, printing))
    words = standards.words
    title = words.title.format(period=printing.period)
    return printing.workbook("standards", words.path, title, pages)


def month_page(records: pl.DataFrame, rules: Rules, as_of: dt.date) -> Page | None:
    """Return the page of the standards for 汇总.xlsx, with the rolls of RECORDS held against them.

    None where the rules have no standards.yaml, or no minimum wage for that day.
    """
    standards = rules.standards
    if standards is None:
        return None
    if in_force(standards.districts[standards.district].minimum_wage, as_of) is None:
        return None
    reckoned = reckon(Asked(as_of), standards)
    unknown = rules.sheets.unknown.town
    found = audited(records, standards, reckoned.tariff, as_of, unknown_town=unknown)
    printing = Printing(rules.sheets.fonts, as_of, period_of(as_of))
    return standards_page(reckoned, found, standards, printing)


def standards_page(
    reckoned: Reckoned, found: Audited | None, standards: Standards, printing: Printing
) -> Page:
    """Return the page of the standards, then of the averages, growth and counts of findings.

    Its styles are those of `paper.table_styles`.
    """
    words = standards.words
    rows = [
        paper.wide_row(words.title.format(period=printing.period), "title", 34.0),
        *(paragraph(text, "line", _WIDTHS, printing.size) for text in reckoned.heading),
        *_tariff_rows(reckoned.tariff, standards, printing.size),
    ]
    if found is not None:
        rows += [paragraph(note, "note", _WIDTHS, printing.fonts.size) for note in found.notes]
        rows += _average_rows(reckoned.tariff, found, standards)
        rows += _growth_rows(found, standards)
        rows += _count_rows(found, standards)
    return reading_page(words.page, rows, _WIDTHS, words.footer, printing)


def how_reckoned(line: Line, tariff: Tariff, standards: Standards) -> str:
    """Return in words how a standard is reckoned."""
    ratios, key = tariff.ratios, line.key
    if key == "institution":
        key = "institution_with" if tariff.care_in_base else "institution_without"
    percent = ratios.care[line.level] if key == "care" else ratios.institution.percent
    way: str = standards.words.rules[key]
    return way.format(
        least=plain(ratios.dibao.least),
        average=plain(ratios.dibao.average),
        most=plain(ratios.dibao.most),
        basic=plain(ratios.tekun.basic),
        percent=plain(percent),
        within=plain(ratios.temporary.within),
    )


def item(line: Line, standards: Standards) -> str:
    """Return what a standard is called."""
    name: str = standards.words["items"][line.key]
    return name.format(level=line.level)


def _tariff_rows(tariff: Tariff, standards: Standards, size: float) -> list[Row]:
    words = standards.words
    heads = words.columns
    columns = _COLUMNS if tariff.given is not None else _COLUMNS[:-1]
    titles = (heads.item, heads.rule, *(getattr(heads, name) for name in columns), heads.clause)
    rows = paper.section_rows(words.section, titles, 24.0)
    for line in tariff.lines:
        amounts = [line.amounts[name] for name in columns]
        texts = (item(line, standards), how_reckoned(line, tariff, standards))
        look = (
            "strong" if line.key == "dibao" else "text",
            "text",
            *("number" if amount == int(amount) else "money" for amount in amounts),
            "center",
        )
        lines = max(paper.lines_needed(text, _WIDTHS[i]) for i, text in enumerate(texts))
        height = max(_HEIGHT, paper.row_height(lines, size))
        clause = standards.clause_of(line.key)
        rows.append(Row((*texts, *map(float, amounts), clause), look, height))
    return rows


def _average_rows(tariff: Tariff, found: Audited, standards: Standards) -> list[Row]:
    words = standards.words.averages
    if found.averages.is_empty():
        return []
    heads = words.headers
    titles = (heads.measure, heads.town, heads.units, heads.average, heads.wage)
    rows = paper.section_rows(words.section, titles, 32.0)
    for measure, town, units, total in found.averages.iter_rows():
        mean = average(total, units)
        of_wage = measure == "dibao_standard"  # the only one that the notice sets against it
        share = float(round(mean / tariff.wage * 100, 1)) if of_wage else None
        look = ("text", "text", "number", "money", "share")
        if town is None:
            look = ("group", "group", "group_number", "group_money", "group_share")
        values = (words.measures[measure], town or words.all, units, float(mean), share)
        rows.append(Row(values, look, _HEIGHT))
    return rows


def _growth_rows(found: Audited, standards: Standards) -> list[Row]:
    words = standards.words.growth
    if not found.growth:
        return []
    heads = words.headers
    enough = heads.met.format(least=plain(standards.ratios.growth.least))
    titles = (heads.measure, heads.then, heads.now, heads.growth, enough)
    rows = paper.section_rows(words.section.format(last=found.last), titles, 32.0)
    for grown in found.growth:
        values = (
            standards.words.averages.measures[grown.measure],
            float(grown.then),
            float(grown.now),
            float(grown.percent),
            words.yes if grown.enough else words.no,
        )
        rows.append(Row(values, ("text", "money", "money", "share", "center"), _HEIGHT))
    return rows


def _count_rows(found: Audited, standards: Standards) -> list[Row]:
    """The findings by kind and town."""
    words = standards.words.counts
    if found.findings.is_empty():
        none = paper.wide_row(words.none, "line", _HEIGHT)
        return [paper.wide_row(words.section, "section", 30.0), none]
    heads = words.headers
    rows = paper.section_rows(words.section, (heads.title, heads.town, heads.count), 24.0)
    counted = found.findings.group_by("title", "town", maintain_order=True).len()
    rows += [Row(values, ("text", "text", "number"), _HEIGHT) for values in counted.iter_rows()]
    return rows


def _findings_page(found: Audited, standards: Standards, printing: Printing) -> Page:
    """Every finding: where it stands and what is wrong, nothing of who it is."""
    words = standards.words.details
    note = standards.words.counts.none if found.findings.is_empty() else words.note
    title = words.title.format(period=printing.period)
    table = Table(words.columns, printing.size, _LOOKS)
    heading = Heading(words.page, title, note, standards.words.footer)
    return table_page(heading, table, table.rows(found.findings), printing)
