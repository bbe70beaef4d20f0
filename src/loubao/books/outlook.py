"""The page of the summary that says what the links are expected to cost, at any threshold."""

from __future__ import annotations

from loubao.core.forms import Page, Row, Value
from loubao.layout import paper
from loubao.layout.table_page import reading_page, told
from loubao.rules.wording import Wording
from loubao.screening.expected_cost import Expected

_WIDTHS = (30.0, 18.0, 18.0, 18.0)
#: Less than this would read 0.0.
_LEAST = 0.05


def outlook_page(expected: Expected, sheets: Wording, period: str) -> Page:
    """Return the page: two sentences, the table by threshold, what the figures mean."""
    words = sheets.summary.expectation
    now = expected.table.row(0, named=True)
    said = (
        words.wasted.format(people=expected.visited, wasted=figure(now["wasted"], words.small)),
        words.missed.format(people=expected.linked, missed=figure(now["missed"], words.small)),
    )
    heads = words.headers
    width = len(_WIDTHS)
    size = sheets.fonts.size + 1
    rows = [
        paper.wide_row(words.title.format(period=period), "title", 34.0),
        *(told(text, "line", _WIDTHS, size) for text in said),
        paper.wide_row(words.section, "section", 30.0),
        told(words.before, "note", _WIDTHS, sheets.fonts.size),
        Row((heads.threshold, heads.saved, heads.wasted, heads.missed), ("head",) * width, 24.0),
    ]
    for threshold, saved, wasted, missed in expected.table.iter_rows():
        label = words.current
        if threshold is not None:
            label = words.at_least.format(percent=f"{threshold * 100:.10g}")
        values = (label, saved, _cell(wasted, words.small), _cell(missed, words.small))
        look = ("group", "group_number", "group_share", "group_share")
        if threshold is not None:
            look = ("text", "number", "share", "share")
        rows.append(Row(values, look, 20.0))
    rows += [told(text, "note", _WIDTHS, sheets.fonts.size) for text in words.notes]
    footer = paper.footer(sheets.summary.footer, period)
    return reading_page(words.page, rows, _WIDTHS, sheets.fonts, footer)


def figure(people: float, small: str) -> str:
    """Return an expected number of people as a clerk reads it.

    >>> figure(0.0, "小于 0.1"), figure(0.02, "小于 0.1"), figure(3.25, ""), figure(123.4, "")
    ('0', '小于 0.1', '3.2', '123')
    """
    if people == 0.0:
        return "0"
    if people < _LEAST:
        return small
    return f"{people:.0f}" if people >= 100 else f"{people:.1f}"


def _cell(people: float, small: str) -> Value:
    """The number itself, so that a clerk may reckon with it, unless it would read 0.0."""
    return small if 0.0 < people < _LEAST else round(people, 3)
