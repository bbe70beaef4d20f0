"""The charts of report.html that count people, as options of Apache ECharts: plain values.

A number that is not told is not in a chart either: it has no bar, or in the flow a line of fixed
width. Segments carry patterns as well as colours, and the numbers stand beside the bars.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from loubao.report import charts
from loubao.report.charts import Option
from loubao.report.figures import Overlap, Places
from loubao.report.suppression import Shown
from loubao.report.tables import counted
from loubao.rules.wording import Wording
from loubao.screening.coverage import STATUSES


def towns(places: Places, report: Wording, summary: Wording) -> Option:
    """Towns by status, stacked, the largest first."""
    shown = places.towns
    names = [
        f"{name}  {counted(shown, row, -1, report).text}" for row, name in enumerate(shown.rows)
    ]
    series = [
        charts.bars(
            summary.outcomes[status],
            [_bar(shown.told(row, column)) for row in range(len(names))],
            summary.colors[status],
            stack="people",
        )
        for column, status in enumerate(STATUSES)
    ]
    rest = [_bar(_rest(shown, row)) for row in range(len(names))]
    if any(isinstance(people, int) for people in rest):
        series.append(charts.bars(report.marks.rest, rest, "#FFFFFF", stack="people"))
    return charts.lying(names, series, keyed=True)


def villages(places: Places, report: Wording) -> Option:
    """The villages with most people to verify."""
    ranked = sorted(
        (-count, town, village)
        for town, shown in zip(places.towns.rows, places.villages, strict=True)
        for row, village in enumerate(shown.rows)
        if (count := shown.told(row, -1)) is not None
    )[: report.places.top]
    names = [f"{town} {village}" for _, town, village in ranked]
    counts = [_bar(-count) for count, _, _ in ranked]
    label = report.places.headers["people"]
    return charts.lying(names, [charts.bars(label, counts, report.colors["plain"], outside=True)])


def overlap(found: Overlap, labels: Mapping[str, str], report: Wording) -> Option:
    """Combinations of lists: bars above, dots that say which lists below."""
    present = [name for name in labels if any(name in lists for lists, _ in found.combinations)]
    columns = list(range(len(found.combinations)))
    dots = 30 * len(present)
    left, width = 230, 60 * len(columns)
    counts = [count for _, count in found.combinations]
    bars = charts.bars(report.people, counts, report.colors["plain"], outside=True)
    bars |= {"barWidth": 30, "label": {"show": True, "position": "top", "color": charts.INK}}
    grid = {"left": left, "width": min(width, 640)}
    hidden = {"show": False}
    return charts.option(
        grid=[{**grid, "top": 28, "height": 120}, {**grid, "top": 158, "height": dots}],
        xAxis=[
            {"type": "category", "data": columns, "gridIndex": 0, **charts.axis(labels=False)},
            {"type": "category", "data": columns, "gridIndex": 1, **hidden},
        ],
        yAxis=[
            {"type": "value", "gridIndex": 0, **hidden},
            {
                "type": "category",
                "gridIndex": 1,
                "inverse": True,
                "data": [labels[name] for name in present],
                **charts.axis(line=False),
            },
        ],
        series=[bars, *_memberships(found, present)],
        height=178 + dots,
    )


def _memberships(found: Overlap, present: Sequence[str]) -> list[Option]:
    """A dot for each combination and list, dark where the list is in it; those are joined."""
    inside, outside = [], []
    lines: list[Option] = []
    for place, (lists, _) in enumerate(found.combinations):
        rows = [present.index(name) for name in lists]
        inside += [[place, row] for row in rows]
        outside += [[place, row] for row in range(len(present)) if row not in rows]
        lines.append(
            {
                "type": "line",
                "xAxisIndex": 1,
                "yAxisIndex": 1,
                "data": [[place, min(rows)], [place, max(rows)]],
                "symbol": "none",
                "lineStyle": {"color": charts.INK, "width": 2.5},
                "silent": True,
                "z": 4,
            }
        )
    return [*lines, charts.dots(outside, "#DDE1E6", 3), charts.dots(inside, charts.INK, 5)]


def ages(shown: Shown, report: Wording) -> Option:
    """A pyramid: men to the left, women to the right; who has no age or sex is not drawn."""
    bands = range(len(shown.rows) - 1)
    most = max([1, *(shown.told(row, side) or 0 for row in bands for side in (0, 1))])
    top, height = 34, 30 * len(bands)
    value = {
        "type": "value",
        "max": math.ceil(most * 1.12),
        **charts.axis(labels=False, line=False),
    }
    names = {"type": "category", "data": list(shown.rows[:-1]), "axisTick": {"show": False}}
    middle = {"color": charts.INK, "fontSize": 12.5, "margin": 55, "align": "center"}
    return charts.option(
        patterns=True,
        legend=charts.legend(),
        grid=[
            {"left": 30, "width": 350, "top": top, "height": height},
            {"left": 490, "width": 350, "top": top, "height": height},
        ],
        xAxis=[
            {**value, "gridIndex": 0, "inverse": True, "splitLine": {"show": False}},
            {**value, "gridIndex": 1, "splitLine": {"show": False}},
        ],
        yAxis=[
            {**names, "gridIndex": 0, "position": "right", "axisLabel": {"show": False}},
            {**names, "gridIndex": 1, "axisLabel": middle},
        ],
        series=[
            _side(shown, 0, report.colors["men"], report),
            _side(shown, 1, report.colors["women"], report),
        ],
        height=top + height + 12,
    )


def _side(shown: Shown, side: int, color: str, report: Wording) -> Option:
    """One side of the pyramid: bars that begin in the middle, numbers at their ends."""
    data = [
        {
            "value": shown.told(row, side) or 0,
            "label": {"formatter": counted(shown, row, side, report).text},
        }
        for row in range(len(shown.rows) - 1)
    ]
    bars = charts.bars(shown.columns[side], data, color)
    bars["label"] = {
        "show": True,
        "position": "left" if side == 0 else "right",
        "color": charts.INK,
        "fontSize": 12,
    }
    return {**bars, "xAxisIndex": side, "yAxisIndex": side, "barCategoryGap": "22%"}


def _rest(shown: Shown, row: int) -> int | None:
    """What of a row's total is not told part by part; None where the total is not told either."""
    total = shown.told(row, -1)
    if total is None:
        return None
    return total - sum(shown.told(row, column) or 0 for column in range(len(shown.columns)))


def _bar(count: int | None) -> int | str:
    """A bar's length; none ("-") where there is nothing to draw or to tell."""
    return count or "-"
