"""The two layouts that most printed pages have: a list to be filtered, and a page to be read."""

from __future__ import annotations

import math
from collections.abc import Sequence

from loubao.core.forms import Area, Page, Paper, Row
from loubao.layout import paper
from loubao.rules.wording import Wording


def list_page(
    name: str,
    rows: Sequence[Row],
    head: int,
    widths: Sequence[float],
    fonts: Wording,
    footer: paper.PageFooter,
) -> Page:
    """Return a list across the page: `head` rows that run over its width, its header, its rows.

    The header is filtered by, stays in sight and is repeated on each sheet of paper. `widths` in
    half-width characters of the text.
    """
    last = len(widths) - 1
    return Page(
        name=name,
        widths=_pixels(widths, fonts),
        rows=tuple(rows),
        merges=tuple(Area(row, 0, row, last) for row in range(head)),
        filter=Area(head, 0, max(len(rows) - 1, head), last),
        freeze=(head + 1, 0),
        paper=Paper(margins=(0.4, 0.4, 0.5, 0.6), footer=footer, repeat=(head, head)),
    )


def reading_page(
    name: str,
    rows: Sequence[Row],
    widths: Sequence[float],
    fonts: Wording,
    footer: paper.PageFooter,
) -> Page:
    """Return an upright page read from top to bottom; a row of one value runs over its width."""
    last = len(widths) - 1
    return Page(
        name=name,
        widths=_pixels(widths, fonts),
        rows=tuple(rows),
        merges=tuple(Area(i, 0, i, last) for i, row in enumerate(rows) if len(row.values) == 1),
        paper=Paper(landscape=False, margins=(0.5, 0.5, 0.5, 0.6), footer=footer),
    )


def told(text: str, style: str, widths: Sequence[float], size: float) -> Row:
    """Return a row over the whole width of a page, as high as its text needs."""
    lines = paper.lines_needed(text, sum(widths) - 4)
    return paper.wide_row(text, style, math.ceil(paper.row_height(lines, size)))


def _pixels(widths: Sequence[float], fonts: Wording) -> tuple[int, ...]:
    return tuple(paper.pixels(width, fonts.size + 1) for width in widths)
