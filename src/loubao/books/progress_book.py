"""How far the villages are → 进度.xlsx: this month, all months, the ranking, the lists, and the
quality of the linkage.

A row of figures counts people, then households. Counts that add up are formulas with their values
beside them; shares are formulas over the counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from loubao.core.forms import Area, Formula, Page, Paper, Row, Value, Workbook
from loubao.core.notation import day_text, month_text
from loubao.layout import paper
from loubao.layout.paper import Printing
from loubao.layout.table_page import (
    NOTE,
    TITLE,
    Heading,
    paragraph,
    pixel_widths,
    reading_page,
    stacked_bars,
    table_paper,
)
from loubao.rules.sheets import STACKED
from loubao.rules.wording import Wording
from loubao.supervision.advice import advice_of, advice_sentences
from loubao.supervision.estimates import Estimate
from loubao.supervision.quality import (
    Finding,
    Quality,
    drawn_sentences,
    percent_text,
    recall_sentences,
)
from loubao.supervision.tally import Count, Progress, Ranked, Scope, Terms, by_town, ranking

#: Half-width characters of a column: a town, village or list; a rank; a figure.
_PLACE, _RANK, _NUMBER = 13.0, 5.0, 6.4
_ROW = 20.0  # points of a row of figures
_CHART_ROWS = 13
#: The figures of the office's own work, as `tally.Waiting` has them.
_WAITING = ("people", "eligible", "applied", "returned", "days")
_OFFICE_WIDTHS = (24.0, 14.0, 14.0, 14.0, 14.0, 16.0)
_QUALITY_WIDTHS = (20.0, 42.0, 8.0, 9.0, 9.0, 24.0)
_PLAIN_SHARE = ("text", "text", "number", "number", "share", "center")
#: A share of people: the figure that is the part, and those that are the whole.
_SHARES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "verified_rate": ("verified", ("issued",)),
    "enrolled_rate": ("enrolled", ("eligible", "applied", "enrolled")),
}


def progress_book(
    progress: Progress, quality: Quality | None, terms: Terms, printing: Printing
) -> Workbook:
    """Return 进度.xlsx; without `quality` the page of the linkage's quality is left out."""
    words = terms.words
    pages = words.pages
    due = "至".join(day_text(date.fromisoformat(day)) for day in progress.due) or words.blank
    note = words.note.format(as_of=day_text(printing.as_of), due=due)
    title = pages.month.title.format(period=printing.period)
    first, last = month_text(progress.months[0]), month_text(progress.months[-1])
    campaign_title = pages.campaign.title.format(first=first, last=last)
    month = Heading(pages.month.page, title, note, words.footer)
    campaign = Heading(pages.campaign.page, campaign_title, note, words.footer)
    book = [
        _places_page(month, progress.this_month, words, printing),
        _places_page(campaign, progress.campaign, words, printing),
        _ranking_page(ranking(progress.this_month.villages), terms, printing),
        _lists_page(progress, terms, printing),
    ]
    book.append(_office_page(progress, words, printing))
    if quality is not None:
        book.append(_quality_page(quality, terms, printing))
    plain = paper.table_styles(printing.fonts)
    total = plain["total"]
    more = {"total_number": total, "total_share": replace(total, number_format="0.0")}
    return printing.workbook("progress", words.path, title, book, plain | more)


def _places_page(heading: Heading, scope: Scope, words: Wording, printing: Printing) -> Page:
    """Towns with a chart under them, then their villages with subtotals, then what is what."""
    sheet = _FigureRows(words, labels=2)
    sheet.add_titles(heading.title, heading.note)
    sheet.add_heads((words.places.town, ""))
    top = len(sheet.rows)
    towns = by_town(scope.villages)
    for (town,), count in towns.items():
        sheet.add_count((town, None), count)
    bottom = len(sheet.rows) - 1
    sheet.add_sum((words.total, None), list(towns.values()), top, "total")
    sheet.merges += [Area(row, 0, row, 1) for row in range(top, len(sheet.rows))]
    widths = sheet.widths((_PLACE, _PLACE), printing)
    charts = []
    if towns:
        colors = {2 + words.columns.people.index(part): words.colors[part] for part in STACKED}
        size = (sum(widths) - 4, round(_CHART_ROWS * _ROW * 96 / 72))
        at = (len(sheet.rows) + 1, 0)
        span = (top, bottom)
        charts = [
            stacked_bars(
                words.chart.title, heading.name, span, colors, at, size, printing.fonts.text
            )
        ]
    sheet.rows += [paper.wide_row("", "line", _ROW)] * (_CHART_ROWS + 2)
    head = len(sheet.rows)
    _add_villages(sheet, scope)
    sheet.add_definitions(printing)
    page = sheet.page(heading.name, widths, table_paper(words.footer, printing, (head, head + 1)))
    return replace(page, charts=tuple(charts))


def _add_villages(sheet: _FigureRows, scope: Scope) -> None:
    """Append the villages, each town with its sum, and all of them."""
    words = sheet.words
    sheet.add_heads((words.places.town, words.places.village))
    begin = len(sheet.rows)
    villages = list(scope.villages.items())
    for town, first, last in paper.runs([town for town, _ in scope.villages]):
        block = villages[first : last + 1]
        top = len(sheet.rows)
        for village, count in block:
            sheet.add_count(village, count)
        label = (words.subtotal.format(town=town), None)
        sheet.add_sum(label, [count for _, count in block], top, "group")
    sheet.add_sum((words.total, None), list(scope.villages.values()), begin, "total")


def _ranking_page(ranked: Sequence[Ranked], terms: Terms, printing: Printing) -> Page:
    """Villages by rank; those that a circular names stand out."""
    words, slowest = terms.words, terms.slowest
    page = words.pages.ranking
    percent = f"{slowest.verified_below:g}"
    note = words.ranking_note.format(people=slowest.people, verified_below=percent)
    sheet = _FigureRows(words, labels=3)
    sheet.add_titles(page.title.format(period=printing.period), note)
    sheet.add_heads((words.places.rank, words.places.town, words.places.village))
    named = {each.key for each in terms.named(ranked)}
    for each in ranked:
        look = "group" if each.key in named else ""
        sheet.add_count((each.rank, *each.key), each.count, look)
    widths = sheet.widths((_RANK, _PLACE, _PLACE), printing)
    laid = sheet.page(page.page, widths, table_paper(words.footer, printing, (2, 3)))
    return replace(laid, freeze=(4, 3))


def _lists_page(progress: Progress, terms: Terms, printing: Printing) -> Page:
    """The lists in the order of their codes, this month and all months."""
    words = terms.words
    page = words.pages.lists
    sheet = _FigureRows(words, labels=1)
    sheet.add_titles(page.title.format(period=printing.period), words.lists_note)
    for section, scope in (
        (words.list_sections.month, progress.this_month),
        (words.list_sections.campaign, progress.campaign),
    ):
        sheet.rows.append(paper.wide_row(section, "section", 28.0))
        sheet.add_heads((words.places.list,))
        for name, count in sorted(scope.lists.items()):
            sheet.add_count((terms.labels.get(name, name),), count)
    sheet.add_definitions(printing)
    widths = sheet.widths((2 * _PLACE,), printing)
    return sheet.page(page.page, widths, table_paper(words.footer, printing))


def _office_page(progress: Progress, words: Wording, printing: Printing) -> Page:
    """What the office itself has to do, a town a row, then all of them."""
    page = words.pages.office
    office = words.office
    heads = (words.places.town, *(office.headers[key] for key in _WAITING))
    note = page.note.format(as_of=day_text(printing.as_of))
    rows = [
        paper.wide_row(page.title.format(period=printing.period), "title", TITLE),
        paragraph(note, "note", _OFFICE_WIDTHS, printing.fonts.size),
        Row(heads, ("head",) * len(heads), 24.0),
    ]
    top = len(rows)
    for town, each in progress.office.items():
        values = (town, *(getattr(each, key) for key in _WAITING))
        rows.append(Row(values, ("text", *["number"] * len(_WAITING)), _ROW))
    total = progress.office_total
    counts = [
        paper.total([getattr(total, key)], Area(top, at, len(rows) - 1, at))
        for at, key in enumerate(_WAITING[:-1], start=1)
    ]
    sums = counts if progress.office else [0] * len(counts)
    rows.append(Row((words.total, *sums, total.days), ("total",) * len(heads), 21.0))
    return reading_page(page.page, rows, _OFFICE_WIDTHS, words.footer, printing)


class _FigureRows:
    """The rows and merged cells of a page of figures while it is laid out.

    `labels`: how many columns stand before the figures.
    """

    def __init__(self, words: Wording, labels: int) -> None:
        self.words = words
        self.labels = labels
        self.rows: list[Row] = []
        self.merges: list[Area] = []
        columns = words.columns
        #: the columns after the labels: whether of households, and which figure
        self.figures = [(False, key) for key in columns.people]
        self.figures += [(True, key) for key in columns.households]

    def widths(self, labels: Sequence[float], printing: Printing) -> tuple[int, ...]:
        """Return the pixels of the columns: those of `labels`, then the figures."""
        return pixel_widths((*labels, *[_NUMBER] * len(self.figures)), printing)

    def page(self, name: str, widths: tuple[int, ...], paper: Paper) -> Page:
        """Return the page as it is laid out so far."""
        return Page(name, widths, tuple(self.rows), merges=tuple(self.merges), paper=paper)

    def add_titles(self, title: str, note: str) -> None:
        """Append title and note."""
        last = self.labels + len(self.figures) - 1
        self.merges += [Area(row, 0, row, last) for row in range(2)]
        self.rows += [paper.wide_row(title, "title", TITLE), paper.wide_row(note, "note", NOTE)]

    def add_heads(self, labels: Sequence[str]) -> None:
        """Append two rows of headers; an empty last label gives its room to the one before."""
        at, units = len(self.rows), self.words.units
        people = len(self.words.columns.people)
        households = len(self.figures) - people
        above: list[Value] = [*labels, units.people, *[None] * (people - 1)]
        if households:
            above += [units.households, *[None] * (households - 1)]
        names = [paper.balanced(self.words.figures[key], _NUMBER) for _, key in self.figures]
        below: list[Value] = [*[None] * self.labels, *names]
        self.rows.append(Row(tuple(above), ("head",) * len(above), 20.0))
        self.rows.append(Row(tuple(below), ("head",) * len(below), 32.0))
        groups = [(self.labels, people), (self.labels + people, households)]
        self.merges += [Area(at, first, at, first + n - 1) for first, n in groups if n > 1]
        if labels[-1] == "":
            self.merges.append(Area(at, 0, at + 1, self.labels - 1))
        else:
            self.merges += [Area(at, i, at + 1, i) for i in range(self.labels)]

    def add_count(self, labels: Sequence[Value], count: Count, look: str = "") -> None:
        """Append the figures of a place or list."""
        self._add(labels, self._cells(count), look, _ROW)

    def add_sum(self, labels: Sequence[Value], parts: Sequence[Count], top: int, look: str) -> None:
        """Append the sum of the rows from `top` on, which show `parts` and sums of them."""
        cells = self._cells(sum(parts, Count()))
        for place, (_, key) in enumerate(self.figures):
            if parts and key not in _SHARES:
                column = self.labels + place
                area = Area(top, column, len(self.rows) - 1, column)
                cells[place] = paper.total([cells[place]], area, subtotal=True)
        self._add(labels, cells, look, 21.0)

    def add_definitions(self, printing: Printing) -> None:
        """Append what the figures mean, in lines of the whole width."""
        width = self.labels + len(self.figures)
        room = (width - 2) * _NUMBER + 2 * _PLACE
        for text in self.words.definitions:
            lines = paper.lines_needed(text, room)
            self.merges.append(Area(len(self.rows), 0, len(self.rows), width - 1))
            height = paper.row_height(lines, printing.fonts.size)
            self.rows.append(paper.wide_row(text, "note", height))

    def _add(
        self, labels: Sequence[Value], cells: Sequence[Value], look: str, height: float
    ) -> None:
        prefix = f"{look}_" if look else ""
        looks = [f"{prefix}{'share' if key in _SHARES else 'number'}" for _, key in self.figures]
        styles = (*[look or "text"] * self.labels, *looks)
        self.rows.append(Row((*labels, *cells), styles, height))

    def _cells(self, count: Count) -> list[Value]:
        return [self._figure(count, *figure) for figure in self.figures]

    def _figure(self, count: Count, of_households: bool, key: str) -> Value:
        """The number; a share as a formula over the row that comes next, if its parts are there."""
        value: Value = getattr(count.households if of_households else count.people, key)
        if key not in _SHARES:
            return value
        if value is None:
            return self.words.blank
        share = 100 * paper.number(value)
        part, wholes = _SHARES[key]
        operands = [(of_households, each) for each in (part, *wholes)]
        if any(each not in self.figures for each in operands):
            return share
        columns = [self.labels + self.figures.index(each) for each in operands]
        cells = [paper.cell(len(self.rows), column) for column in columns]
        return Formula(f"=100*{cells[0]}/({'+'.join(cells[1:])})", share)


def _quality_page(quality: Quality, terms: Terms, printing: Printing) -> Page:
    """Pairs that people decided: how many were right, with intervals; the recall in words."""
    words, widths = terms.words.quality, _QUALITY_WIDTHS
    page = terms.words.pages.quality
    said = [
        *drawn_sentences(quality, words, terms.tiers),
        *recall_sentences(quality, words, terms.labels),
        *advice_sentences(advice_of(quality, terms), words, terms.tiers),
    ]
    rows = [
        paper.wide_row(page.title.format(period=printing.period), "title", TITLE),
        *(paragraph(text, "line", widths, printing.size) for text in said),
        _quality_heads(words.headers),
    ]
    for each in quality.findings:
        look = ("group", "group", "group_number", "group_number", "group_share", "group")
        if each.by != "all":
            look = _PLAIN_SHARE
        labels = getattr(words.group, each.group), _basis(each, terms)
        lines = paper.lines_needed(labels[1], widths[1])
        values = (*labels, *_share(each.share, words))
        rows.append(Row(values, look, paper.row_height(lines, printing.size)))
    if quality.bands:
        rows += [
            paper.wide_row(words.bands.title, "section", 28.0),
            _quality_heads(words.bands.headers),
        ]
    for band in quality.bands:
        start, end = (f"{100 * share:g}" for share in (band.start, band.end))
        label = words.bands.band.format(start=start, end=end)
        mean = words.bands.said.format(percent=percent_text(band.said))
        rows.append(Row((label, mean, *_share(band.share, words)), _PLAIN_SHARE, _ROW))
    rows += [paragraph(text, "note", widths, printing.fonts.size) for text in words.notes]
    return reading_page(page.page, rows, widths, terms.words.footer, printing)


def _quality_heads(heads: Wording) -> Row:
    names = (heads.kind, heads.by, heads.judged, heads.right, heads.precision, heads.range)
    return Row(names, ("head",) * len(names), 24.0)


def _basis(each: Finding, terms: Terms) -> str:
    words = terms.words.quality
    if each.by == "list":
        return str(words.by_list.format(list=terms.labels.get(each.key, each.key)))
    if each.by == "tier":
        return str(words.by_tier.format(tier=terms.tiers.get(each.key, each.key)))
    return str(words.overall)


def _share(share: Estimate, words: Wording) -> tuple[Value, ...]:
    """Pairs decided, pairs right, share in percent and its interval in words."""
    if share.decided < words.least:
        return share.decided, share.right, None, words.few
    low, high = (percent_text(end) for end in (share.low, share.high))
    interval = words.range.format(low=low, high=high)
    return share.decided, share.right, 100 * (share.value or 0.0), interval
