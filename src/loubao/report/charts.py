"""What the charts of report.html have in common, as options of Apache ECharts.

The charts of report.html about files and pairs, as options of Apache ECharts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from loubao.report.linkage_figures import Histogram
from loubao.rules.wording import Wording

Option: TypeAlias = dict[str, Any]

INK, SOFT, GRID = "#333333", "#767676", "#E3E6EA"
#: Height in pixels of a lying bar with its gap.
_ROW = 30


def option(height: int, patterns: bool = False, **parts: Any) -> Option:
    """What all charts share; `height` in pixels is taken out again by the page.

    `patterns` tell several series apart; text alternatives are the page's own.
    """
    aria = {"enabled": patterns, "label": {"enabled": False}, "decal": {"show": patterns}}
    return {"height": height, "animation": False, "aria": aria, **parts}


def lying(names: Sequence[str], series: Sequence[Option], keyed: bool = False) -> Option:
    """Lying bars, the first on top; `keyed`: several series, with a legend."""
    top = 34 if keyed else 8
    return option(
        patterns=keyed,
        **({"legend": legend()} if keyed else {}),
        grid={"left": 8, "right": 48, "top": top, "bottom": 8, "containLabel": True},
        xAxis={"type": "value", "splitLine": {"show": False}, **axis(labels=False, line=False)},
        yAxis={"type": "category", "inverse": True, "data": list(names), **axis()},
        series=list(series),
        height=top + 16 + _ROW * max(len(names), 1),
    )


def bars(
    name: str, data: Sequence[Any], color: str, stack: str = "", outside: bool = False
) -> Option:
    """A series of bars, their numbers inside or at the end."""
    label: Option = {"show": True, "color": INK, "fontSize": 12}
    if outside:
        label["position"] = "right"
    else:
        label |= {"position": "inside", "backgroundColor": "rgba(255,255,255,0.85)"}
        label |= {"padding": [1, 3], "borderRadius": 2}
    return {
        "type": "bar",
        "name": name,
        "data": list(data),
        "barMaxWidth": 22,
        "itemStyle": {"color": color, "borderColor": INK, "borderWidth": 0.5},
        "label": label,
        **({"stack": stack} if stack else {}),
    }


def dots(places: Sequence[Sequence[int]], color: str, z: int) -> Option:
    """Dots at places of two axes of names; `z`: what lies over what."""
    return {
        "type": "scatter",
        "xAxisIndex": 1,
        "yAxisIndex": 1,
        "data": list(places),
        "symbolSize": 13,
        "itemStyle": {"color": color, "opacity": 1},
        "silent": True,
        "z": z,
    }


def legend() -> Option:
    """The key above a chart."""
    return {
        "show": True,
        "top": 0,
        "left": 0,
        "itemWidth": 26,
        "itemStyle": {"borderWidth": 0.5},
        "textStyle": {"color": INK},
    }


def axis(labels: bool = True, line: bool = True) -> Option:
    """How an axis looks."""
    return {
        "axisLabel": {"show": labels, "color": INK, "fontSize": 12.5},
        "axisLine": {"show": line, "lineStyle": {"color": SOFT}},
        "axisTick": {"show": False},
    }


def round_up(value: float) -> float:
    """The next number up that an axis may end with, so that its marks are round.

    >>> round_up(0.7), round_up(437.0), round_up(11.0)
    (0.8, 500.0, 20.0)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next(step for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value) * power


def kinds(names: Sequence[str], counts: Sequence[int], report: Wording) -> Option:
    """The commonest faults."""
    drawn = bars(
        report.quality.headers["count"], list(counts), report.colors["plain"], outside=True
    )
    return lying(names, [drawn])


def weights(found: Histogram, marked: Sequence[tuple[str, float]], report: Wording) -> Option:
    """Pairs by match weight; `marked` are labels and weights of dashed lines."""
    edges = [found.first + found.width * i for i in range(len(found.link) + 1)]
    most = max([1, *(a + b for a, b in zip(found.link, found.review, strict=True))])
    top = round_up(most * 1.15)
    lines = [
        _dashed(label, weight, top * (1 - 0.09 * (place % 3)))
        for place, (label, weight) in enumerate(sorted(marked, key=lambda each: each[1]))
        if edges[0] <= weight <= edges[-1]
    ]
    return option(
        patterns=True,
        legend={
            **legend(),
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
                "nameTextStyle": {"color": INK},
                **axis(),
            },
            {"type": "value", "min": edges[0], "max": edges[-1], "show": False},
        ],
        yAxis={
            "type": "value",
            "max": top,
            **axis(line=False),
            "axisLabel": {"color": SOFT},
            "splitLine": {"lineStyle": {"color": GRID}},
        },
        series=[*_stacks(found, report), *lines],
        height=300,
    )


def _stacks(found: Histogram, report: Wording) -> list[Option]:
    """Pairs for review, and on top of them those that are linked."""
    return [
        {
            **bars(report.weights.decisions[by], list(pairs), report.colors[by], stack="pairs"),
            "barCategoryGap": "6%",
            "label": {"show": False},
        }
        for by, pairs in (("review", found.review), ("link", found.link))
    ]


def _dashed(label: str, weight: float, height: float) -> Option:
    """A line at a weight, with what it means at its end."""
    return {
        "type": "line",
        "xAxisIndex": 1,
        "data": [[weight, 0], [weight, height]],
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": INK, "type": "dashed", "width": 1.2},
        "endLabel": {
            "show": True,
            "formatter": f"{label}（{weight:.1f}）",
            "color": INK,
            "fontSize": 12,
        },
    }
