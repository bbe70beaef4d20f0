"""The charts of report.html about files and pairs, as options of Apache ECharts."""

from __future__ import annotations

from collections.abc import Sequence

from loubao.casework.report import parts
from loubao.casework.report.parts import Option
from loubao.casework.report.quality import Histogram
from loubao.rules.report import Report


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
    lines = [
        _dashed(label, weight, top * (1 - 0.09 * (place % 3)))
        for place, (label, weight) in enumerate(sorted(marked, key=lambda each: each[1]))
        if edges[0] <= weight <= edges[-1]
    ]
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
        series=[*_stacks(found, report), *lines],
        height=300,
    )


def _stacks(found: Histogram, report: Report) -> list[Option]:
    """Pairs for review, and on top of them those that are linked."""
    return [
        {
            **parts.bars(
                report.weights.decisions[by], list(pairs), report.colors[by], stack="pairs"
            ),
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
        "lineStyle": {"color": parts.INK, "type": "dashed", "width": 1.2},
        "endLabel": {
            "show": True,
            "formatter": f"{label}（{weight:.1f}）",
            "color": parts.INK,
            "fontSize": 12,
        },
    }
