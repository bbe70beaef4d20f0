"""The standards laid out: 标准核查.xlsx, and one page for 汇总.xlsx."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from loubao.core.forms import Page, Row, Workbook
from loubao.layout import paper
from loubao.layout.table_page import list_page, reading_page, told
from loubao.rules.standard_rates import Standards
from loubao.rules.wording import Wording
from loubao.standards.audited import Audited, plain
from loubao.standards.averages import average
from loubao.standards.tariff import Column, Line, Tariff

#: In half-width characters: together what A4 upright takes.
_WIDTHS = (22.0, 28.0, 11.0, 11.0, 11.0, 11.0, 9.0)
_COLUMNS: tuple[Column, ...] = ("least", "average", "most", "given")
_CENTRED = frozenset({"town", "programme", "clause", "sheet", "row"})
_HEIGHT = 20.0


def standards_book(
    known: Tariff,
    heading: Sequence[str],
    found: Audited | None,
    standards: Standards,
    fonts: Wording,
    period: str,
    on: dt.date,
) -> Workbook:
    """Return 标准核查.xlsx: the standards, and with `found` what the rolls pay and every finding.

    `heading`: sentences under the title (see `headings`).
    """
    pages = [standards_page(known, heading, found, standards, fonts, period)]
    if found is not None:
        pages.append(_details(found, standards, fonts, period))
    words = standards.words
    return Workbook(
        path=words.path,
        title=words.title.format(period=period),
        created=on,
        styles=paper.table_styles(fonts),
        pages=tuple(pages),
        names={"loubao_kind": "standards", "loubao_period": period},
    )


def standards_page(
    known: Tariff,
    heading: Sequence[str],
    found: Audited | None,
    standards: Standards,
    fonts: Wording,
    period: str,
) -> Page:
    """Return the page of the standards, then of the averages, growth and counts of findings.

    Its styles are those of `paper.table_styles`.
    """
    words = standards.words
    size = fonts.size + 1
    rows = [paper.wide_row(words.title.format(period=period), "title", 34.0)]
    rows += [told(text, "line", _WIDTHS, size) for text in heading]
    rows += [paper.wide_row(words.section, "section", 30.0), *_tariff_rows(known, standards, size)]
    if found is not None:
        rows += [told(note, "note", _WIDTHS, fonts.size) for note in found.notes]
        rows += [
            *_average_rows(known, found, standards),
            *_growth_rows(found, standards),
            *_count_rows(found, standards),
        ]
    footer = paper.footer(words.footer, period)
    return reading_page(words.page, rows, _WIDTHS, fonts, footer)


def how_reckoned(line: Line, known: Tariff, standards: Standards) -> str:
    """Return in words how a standard is reckoned."""
    ratios, said = known.ratios, standards.words.rules
    percent = plain(ratios.institution.percent)
    match line.key:
        case "dibao":
            ends = (ratios.dibao.least, ratios.dibao.average, ratios.dibao.most)
            least, average, most = map(plain, ends)
            return said.dibao.format(least=least, average=average, most=most)
        case "tekun":
            return said.tekun.format(basic=plain(ratios.tekun.basic))
        case "care":
            return said.care.format(percent=plain(ratios.care[line.level]))
        case "dispersed":
            return said.dispersed
        case "institution":
            way = said.institution_with if known.care_in_base else said.institution_without
            return way.format(percent=percent)
    way = said.temporary_least if line.key == "temporary_least" else said.temporary_most
    return way.format(within=plain(ratios.temporary.within))


def clause_of(line: Line, standards: Standards) -> str:
    """Return the clause of the notice that a standard rests on."""
    ratios = standards.ratios
    return {
        "tekun": ratios.tekun.clause,
        "care": ratios.care_clause,
        "dispersed": ratios.tekun.clause,
        "institution": ratios.institution.clause,
        "temporary_least": ratios.temporary.clause,
        "temporary_most": ratios.temporary.clause,
    }.get(line.key, ratios.dibao.clause)


def item(line: Line, standards: Standards) -> str:
    """Return what a standard is called."""
    name: str = standards.words["items"][line.key]
    return name.format(level=line.level)


def _tariff_rows(known: Tariff, standards: Standards, size: float) -> list[Row]:
    heads = standards.words.columns
    columns = _COLUMNS if known.given is not None else _COLUMNS[:-1]
    titles = (heads.item, heads.rule, *(getattr(heads, name) for name in columns), heads.clause)
    rows = [Row(titles, ("head",) * len(titles), 24.0)]
    for line in known.lines:
        amounts = [line.amounts[name] for name in columns]
        told = (item(line, standards), how_reckoned(line, known, standards))
        look = (
            "strong" if line.key == "dibao" else "text",
            "text",
            *("number" if amount == int(amount) else "money" for amount in amounts),
            "center",
        )
        lines = max(paper.lines_needed(text, _WIDTHS[i]) for i, text in enumerate(told))
        height = max(_HEIGHT, paper.row_height(lines, size))
        rows.append(Row((*told, *map(float, amounts), clause_of(line, standards)), look, height))
    return rows


def _average_rows(known: Tariff, found: Audited, standards: Standards) -> list[Row]:
    words = standards.words.averages
    if found.averages.is_empty():
        return []
    heads = words.headers
    titles = (heads.measure, heads.town, heads.units, heads.average, heads.wage)
    rows = [paper.wide_row(words.section, "section", 30.0), Row(titles, ("head",) * 5, 32.0)]
    for measure, town, units, total in found.averages.iter_rows():
        mean = average(total, units)
        of_wage = measure == "dibao_standard"  # the only one that the notice sets against it
        share = float(round(mean / known.wage * 100, 1)) if of_wage else None
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
    met = heads.met.format(least=plain(standards.ratios.growth.least))
    titles = (heads.measure, heads.then, heads.now, heads.growth, met)
    rows = [
        paper.wide_row(words.section.format(last=found.last), "section", 30.0),
        Row(titles, ("head",) * 5, 32.0),
    ]
    for grown in found.growth:
        values = (
            standards.words.averages.measures[grown.measure],
            float(grown.then),
            float(grown.now),
            float(grown.percent),
            words.yes if grown.met else words.no,
        )
        rows.append(Row(values, ("text", "money", "money", "share", "center"), _HEIGHT))
    return rows


def _count_rows(found: Audited, standards: Standards) -> list[Row]:
    """The findings by kind and town."""
    words = standards.words.counts
    rows = [paper.wide_row(words.section, "section", 30.0)]
    if found.findings.is_empty():
        return [*rows, paper.wide_row(words.none, "line", _HEIGHT)]
    heads = words.headers
    rows.append(Row((heads.title, heads.town, heads.count), ("head",) * 3, 24.0))
    counted = found.findings.group_by("title", "town", maintain_order=True).len()
    rows += [Row(values, ("text", "text", "number"), _HEIGHT) for values in counted.iter_rows()]
    return rows


def _details(found: Audited, standards: Standards, fonts: Wording, period: str) -> Page:
    """Every finding: where it stands and what is wrong, nothing of who it is."""
    words = standards.words.details
    size = fonts.size + 1
    columns = words.columns
    note = standards.words.counts.none if found.findings.is_empty() else words.note
    rows = [
        paper.wide_row(words.title.format(period=period), "title", 32.0),
        paper.wide_row(note, "note", 20.0),
        Row(tuple(column.header for column in columns), ("head",) * len(columns), 22.0),
    ]
    looks = tuple("center" if column.key in _CENTRED else "text" for column in columns)
    for values in found.findings.select(column.key for column in columns).iter_rows():
        lines = max(
            paper.lines_needed(str(value or ""), column.width)
            for value, column in zip(values, columns, strict=True)
        )
        rows.append(Row(values, looks, paper.row_height(lines, size)))
    widths = [column.width for column in columns]
    footer = paper.footer(standards.words.footer, period)
    return list_page(words.page, rows, 2, widths, fonts, footer)
