"""The charts of report.html as options of Apache ECharts: plain values, no functions.

A number that is not told is not in a chart either: it has no bar, or in the flow a line of fixed
width. Segments carry patterns as well as colours, and the numbers stand beside the bars.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from loubao.casework.report import parts
from loubao.casework.report.discretion import Shown
from loubao.casework.report.figures import OUTCOMES, Overlap, Places
from loubao.casework.report.parts import Option
from loubao.casework.report.quality import Histogram
from loubao.casework.tables import STATUSES
from loubao.rules.report import Report
from loubao.rules.sheets import Summary

#: What becomes of each outcome: the last column of the flow.
_FATES = {"covered": "stay", "excluded": "aside"}


def flow(shown: Shown, report: Report, colors: Mapping[str, str]) -> Option:
    """A flow from source lists by outcome to who is visited."""
    words = report.flow
    nodes: list[Option] = []
    links: list[Option] = []

    def node(key: str, text: str, count: int | None, depth: int, color: str) -> None:
        number = report.marks.held if count is None else f"{count:,}"
        side = "left" if depth == 2 else "right"
        nodes.append(
            {
                "name": key,
                "depth": depth,
                "itemStyle": {"color": color, "borderColor": parts.INK, "borderWidth": 0.5},
                "label": {"formatter": f"{text}  {number}", "position": side},
            }
        )

    for row, name in enumerate(shown.rows):
        node(f"list {row}", name, shown.told(row, -1), 0, report.colors["plain"])
    for column, outcome in enumerate(OUTCOMES):
        if shown.counts[-1][column]:
            text = words.outcomes[outcome]
            node(outcome, text, shown.told(-1, column), 1, colors[outcome])
    fates: dict[str, list[int]] = {}
    for column, outcome in enumerate(OUTCOMES):
        if shown.counts[-1][column]:
            fates.setdefault(_FATES.get(outcome, "visit"), []).append(column)
    for fate, columns in fates.items():
        known = [shown.told(-1, column) for column in columns]
        count = None if None in known else sum(number or 0 for number in known)
        node(fate, words.fates[fate], count, 2, colors[_fate_color(fate)])
    for column, outcome in enumerate(OUTCOMES):
        links += [
            _link(f"list {row}", outcome, shown, row, column, report)
            for row in range(len(shown.rows))
            if shown.counts[row][column]
        ]
        if shown.counts[-1][column]:
            fate = _FATES.get(outcome, "visit")
            links.append(_link(outcome, fate, shown, -1, column, report))
    series = {
        "type": "sankey",
        "data": nodes,
        "links": links,
        "nodeAlign": "justify",
        "nodeWidth": 14,
        "nodeGap": 16,
        "draggable": False,
        "layoutIterations": 32,
        "left": 8,
        "right": 8,
        "top": 12,
        "bottom": 12,
        "label": {"fontSize": 13, "color": parts.INK},
        "lineStyle": {"color": "source", "opacity": 0.38, "curveness": 0.5},
    }
    return parts.option(series=[series], height=max(300, 70 * len(shown.rows) + 60))


def towns(places: Places, report: Report, summary: Summary) -> Option:
    """Towns by status, stacked, the largest first."""
    shown = places.towns
    names = [
        f"{name}  {_text(shown.told(row, -1), shown.marks[row][-1], report)}"
        for row, name in enumerate(shown.rows)
    ]
    series = [
        parts.bars(
            summary.outcomes[status],
            [_bar(shown.told(row, column)) for row in range(len(names))],
            summary.colors[status],
            stack="people",
        )
        for column, status in enumerate(STATUSES)
    ]
    rest = [_bar(_rest(shown, row)) for row in range(len(names))]
    if any(isinstance(people, int) for people in rest):
        series.append(parts.bars(report.marks.rest, rest, "#FFFFFF", stack="people"))
    return parts.lying(names, series, keyed=True)


def villages(places: Places, report: Report) -> Option:
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
    return parts.lying(names, [parts.bars(label, counts, report.colors["plain"], outside=True)])


def overlap(found: Overlap, labels: Mapping[str, str], report: Report) -> Option:
    """Combinations of lists: bars above, dots that say which lists below."""
    present = [name for name in labels if any(name in lists for lists, _ in found.combinations)]
    columns = list(range(len(found.combinations)))
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
                "lineStyle": {"color": parts.INK, "width": 2.5},
                "silent": True,
                "z": 4,
            }
        )
    dots = 30 * len(present)
    left, width = 230, 60 * len(columns)
    counts = [count for _, count in found.combinations]
    bars = parts.bars(report.people, counts, report.colors["plain"], outside=True)
    bars |= {"barWidth": 30, "label": {"show": True, "position": "top", "color": parts.INK}}
    grid = {"left": left, "width": min(width, 640)}
    hidden = {"show": False}
    return parts.option(
        grid=[{**grid, "top": 28, "height": 120}, {**grid, "top": 158, "height": dots}],
        xAxis=[
            {"type": "category", "data": columns, "gridIndex": 0, **parts.axis(labels=False)},
            {"type": "category", "data": columns, "gridIndex": 1, **hidden},
        ],
        yAxis=[
            {"type": "value", "gridIndex": 0, **hidden},
            {
                "type": "category",
                "gridIndex": 1,
                "inverse": True,
                "data": [labels[name] for name in present],
                **parts.axis(line=False),
            },
        ],
        series=[
            bars,
            *lines,
            parts.dots(outside, "#DDE1E6", 3),
            parts.dots(inside, parts.INK, 5),
        ],
        height=178 + dots,
    )


def ages(shown: Shown, report: Report) -> Option:
    """A pyramid: men to the left, women to the right; who has no age or sex is not drawn."""
    bands = range(len(shown.rows) - 1)
    names = [shown.rows[row] for row in bands]
    most = max([1, *(shown.told(row, side) or 0 for row in bands for side in (0, 1))])
    series = []
    for side, color in ((0, report.colors["men"]), (1, report.colors["women"])):
        data = [
            {
                "value": shown.told(row, side) or 0,
                "label": {
                    "formatter": _text(shown.told(row, side), shown.marks[row][side], report)
                },
            }
            for row in bands
        ]
        bars = parts.bars(shown.columns[side], data, color)
        bars["label"] = {
            "show": True,
            "position": "left" if side == 0 else "right",
            "color": parts.INK,
            "fontSize": 12,
        }
        series.append({**bars, "xAxisIndex": side, "yAxisIndex": side, "barCategoryGap": "22%"})
    top, height = 34, 30 * len(bands)
    value = {"type": "value", "max": math.ceil(most * 1.12), **parts.axis(labels=False, line=False)}
    names_axis = {"type": "category", "data": names, "axisTick": {"show": False}}
    return parts.option(
        patterns=True,
        legend=parts.legend(),
        grid=[
            {"left": 30, "width": 350, "top": top, "height": height},
            {"left": 490, "width": 350, "top": top, "height": height},
        ],
        xAxis=[
            {**value, "gridIndex": 0, "inverse": True, "splitLine": {"show": False}},
            {**value, "gridIndex": 1, "splitLine": {"show": False}},
        ],
        yAxis=[
            {**names_axis, "gridIndex": 0, "position": "right", "axisLabel": {"show": False}},
            {
                **names_axis,
                "gridIndex": 1,
                "axisLabel": {
                    "color": parts.INK,
                    "fontSize": 12.5,
                    "margin": 55,
                    "align": "center",
                },
            },
        ],
        series=series,
        height=top + height + 12,
    )


def kinds(names: Sequence[str], counts: Sequence[int], report: Report) -> Option:
    """The commonest faults."""
    bars = parts.bars(
        report.quality.headers["count"], list(counts), report.colors["plain"], outside=True
    )
    return parts.lying(names, [bars])


def weights(found: Histogram, marked: Sequence[tuple[str, float]], report: Report) -> Option:
    """Pairs by match weight; `marked` are labels and weights of dashed lines."""
    edges = [found.first + found.width * i for i in range(len(found.link) + 1)]
    most = max([1, *(a + b for a, b in zip(found.link, found.review, strict=True))])
    top = parts.round_up(most * 1.15)
    series = [
        {
            **parts.bars(
                report.weights.decisions[by], list(pairs), report.colors[by], stack="pairs"
            ),
            "barCategoryGap": "6%",
            "label": {"show": False},
        }
        for by, pairs in (("review", found.review), ("link", found.link))
    ]
    for place, (label, weight) in enumerate(sorted(marked, key=lambda each: each[1])):
        if not edges[0] <= weight <= edges[-1]:
            continue
        series.append(
            {
                "type": "line",
                "xAxisIndex": 1,
                "data": [[weight, 0], [weight, top * (1 - 0.09 * (place % 3))]],
                "symbol": "none",
                "silent": True,
                "lineStyle": {"color": parts.INK, "type": "dashed", "width": 1.2},
                "endLabel": {
                    "show": True,
                    "formatter": f"{label}（{weight:.1f}）",
                    "color": parts.INK,
                    "fontSize": 12,
                },
            }
        )
    return parts.option(
        patterns=True,
        legend={
            **parts.legend(),
            "left": 56,
            "data": [report.weights.decisions[by] for by in ("review", "link")],
        },
        grid={"left": 56, "right": 24, "top": 40, "bottom": 46},
        xAxis=[
            {
                "type": "category",
                "data": [f"{edge:g}" for edge in edges[:-1]],
                "name": report.weights.axis,
                "nameLocation": "middle",
                "nameGap": 28,
                "nameTextStyle": {"color": parts.INK},
                **parts.axis(),
            },
            {"type": "value", "min": edges[0], "max": edges[-1], "show": False},
        ],
        yAxis={
            "type": "value",
            "max": top,
            **parts.axis(line=False),
            "axisLabel": {"color": parts.SOFT},
            "splitLine": {"lineStyle": {"color": parts.GRID}},
        },
        series=series,
        height=300,
    )


def _rest(shown: Shown, row: int) -> int | None:
    """What of a row's total is not told part by part; None where the total is not told either."""
    total = shown.told(row, -1)
    if total is None:
        return None
    return total - sum(shown.told(row, column) or 0 for column in range(len(shown.columns)))


def _bar(count: int | None) -> int | str:
    """A bar's length; none ("-") where there is nothing to draw or to tell."""
    return count or "-"


def _text(count: int | None, mark: str, report: Report) -> str:
    if count is not None:
        return f"{count:,}"
    if mark == "small":
        return report.marks.small.format(limit=report.small)
    return report.marks.held


def _link(source: str, target: str, shown: Shown, row: int, column: int, report: Report) -> Option:
    """A line of the flow; one that is not told has a fixed width, and is faint."""
    count = shown.told(row, column)
    if count is not None:
        return {"source": source, "target": target, "value": count}
    least = report.small if shown.marks[row][column] == "held" else report.small - 1
    return {"source": source, "target": target, "value": least, "lineStyle": {"opacity": 0.2}}


def _fate_color(fate: str) -> str:
    return {"stay": "covered", "aside": "excluded"}.get(fate, "uncovered")
