"""Rows on sheets of paper: what a page of rows leaves free, before any program has printed it."""

from __future__ import annotations

from collections.abc import Sequence

from loubao.core.forms import Paper

_A4 = (210 / 25.4, 297 / 25.4)  # inches
_POINTS, _PIXELS = 72.0, 96.0  # of an inch
#: programs differ in the heights of rows that they print; what is reckoned on is a little less
_SURE = 0.97


def room_left(widths: Sequence[int], heights: Sequence[float], paper: Paper) -> float:
    """Return the points that are free below the last row, on the last sheet of paper.

    `widths` are those of the columns that are seen, in pixels, `heights` those of the rows, in
    points; the answer is in points of a row, too: a page that is shrunk to the width of the paper
    holds more of them.

    >>> narrow = Paper(landscape=True, margins=(0.0, 0.0, 0.0, 0.0), repeat=(0, 0))
    >>> round(room_left([500], [20.0, 40.0, 40.0], narrow))  # 210 mm are 595 points
    477
    >>> round(room_left([500], [20.0, *[40.0] * 15], narrow))  # thirteen, and two on the next
    477
    >>> round(room_left([2246], [20.0, 40.0], narrow))  # at one half
    1095
    """
    left, right, top, bottom = paper.margins
    across, along = reversed(_A4) if paper.landscape else _A4
    scale = min(1.0, (across - left - right) * _PIXELS / max(sum(widths), 1))
    height = (along - top - bottom) * _POINTS / scale * _SURE
    first, last = paper.repeat or (0, -1)
    repeated = sum(heights[first : last + 1])
    used = 0.0
    for each in heights:
        if used + each > height:
            used = repeated
        used += each
    return max(height - used, 0.0)
