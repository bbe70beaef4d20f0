"""The charts of report.html as options of Apache ECharts: plain values.

A number that is not published is not in a chart either: it has no bar. Segments carry patterns as
well as colours, and the numbers stand beside the bars. The flow has a module of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, TypeAlias

from loubao.report.figures import Histogram, Overlap, Places
from loubao.report.suppression import Shown
from loubao.report.tables import Table, counted
from loubao.rules.folder import Rules
from loubao.rules.wording import Wording
from loubao.screening.coverage import STATUSES

Option: TypeAlias = dict[str, Any]

#: How the parts of the charts look, by the name of the part.
STYLES: dict[str, Option] = json.loads(
    (files("loubao.report") / "page" / "chart_styles.json").read_text(encoding="utf-8")
)
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
        **({"legend": STYLES["legend"]} if keyed else {}),
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
    return {
        "name": name,
        "data": list(data),
        **STYLES["bar"],
        "itemStyle": {"color": color, **STYLES["border"]},
        "label": STYLES["number outside" if outside else "number inside"],
        **({"stack": stack} if stack else {}),
    }


def dots(places: Sequence[Sequence[int]], color: str, z: int) -> Option:
    """Dots at places of two axes of names; `z`: what lies over what."""
    style = {"color": color, "opacity": 1}
    return {**STYLES["dots"], "data": list(places), "itemStyle": style, "z": z}


def axis(labels: bool = True, line: bool = True) -> Option:
    """How an axis looks."""
    return {
        "axisLabel": {"show": labels, **STYLES["axis label"]},
        "axisLine": {"show": line, **STYLES["axis line"]},
        "axisTick": {"show": False},
    }


def round_up(value: float) -> float:
    """The next number up that an axis may end with, so that its marks are round.

    >>> round_up(0.7), round_up(437.0), round_up(11.0)
    (0.8, 500.0, 20.0)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next(step for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value) * power


def kinds(table: Table, report: Wording) -> Option:
    """The commonest faults, of the table of all."""
    rows = table.rows[: report.quality.top]
    counts = [int(row[1].sort or 0) for row in rows]
    header = report.quality.headers["count"]
    drawn = bars(header, counts, report.colors["plain"], outside=True)
    return lying([row[0].text for row in rows], [drawn])


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
            **STYLES["legend"],
            "left": 56,
            "data": [report.weights.decisions[by] for by in ("review", "link")],
        },
        grid={"left": 56, "right": 24, "top": 40, "bottom": 46},
        xAxis=[
            {
                "type": "category",
                "data": [f"{edge:g}" for edge in edges[:-1]],
                "name": report.weights.axis,
                **STYLES["axis name"],
                **axis(),
            },
            {"type": "value", "min": edges[0], "max": edges[-1], "show": False},
        ],
        yAxis={
            "type": "value",
            "max": top,
            **axis(line=False),
            **STYLES["scale"],
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
    end = {**STYLES["number"], "formatter": f"{label}（{weight:.1f}）"}
    return {**STYLES["dashed"], "data": [[weight, 0], [weight, height]], "endLabel": end}


def towns(places: Places, report: Wording, summary: Wording) -> Option:
    """Towns by status, stacked, the largest first."""
    shown = places.towns
    names = [
        f"{name}  {counted(shown, row, -1, report).text}" for row, name in enumerate(shown.rows)
    ]
    series = [
        bars(
            summary.outcomes[status],
            [_bar(shown.published(row, column)) for row in range(len(names))],
            summary.colors[status],
            stack="people",
        )
        for column, status in enumerate(STATUSES)
    ]
    rest = [_bar(_rest(shown, row)) for row in range(len(names))]
    if any(isinstance(people, int) for people in rest):
        series.append(bars(report.marks.rest, rest, "#FFFFFF", stack="people"))
    return lying(names, series, keyed=True)


def villages(places: Places, report: Wording) -> Option:
    """The villages with most people to verify."""
    ranked = sorted(
        (-count, town, village)
        for town, shown in zip(places.towns.rows, places.villages, strict=True)
        for row, village in enumerate(shown.rows)
        if (count := shown.published(row, -1)) is not None
    )[: report.places.top]
    names = [f"{town} {village}" for _, town, village in ranked]
    counts = [_bar(-count) for count, _, _ in ranked]
    label = report.places.headers["people"]
    return lying(names, [bars(label, counts, report.colors["plain"], outside=True)])


def overlap(found: Overlap, rules: Rules) -> Option:
    """Combinations of lists: bars above, dots that say which lists below."""
    report = rules.report
    labels = {name: rules.lists[name].sheet_label for name in rules.screening.coverage}
    present = [name for name in labels if any(name in lists for lists, _ in found.combinations)]
    columns = list(range(len(found.combinations)))
    height = 30 * len(present)
    left, width = 230, 60 * len(columns)
    counts = [count for _, count in found.combinations]
    drawn = bars(report.people, counts, report.colors["plain"], outside=True)
    drawn |= {"barWidth": 30, "label": STYLES["number above"]}
    grid = {"left": left, "width": min(width, 640)}
    hidden = {"show": False}
    return option(
        grid=[{**grid, "top": 28, "height": 120}, {**grid, "top": 158, "height": height}],
        xAxis=[
            {"type": "category", "data": columns, "gridIndex": 0, **axis(labels=False)},
            {"type": "category", "data": columns, "gridIndex": 1, **hidden},
        ],
        yAxis=[
            {"type": "value", "gridIndex": 0, **hidden},
            {
                "type": "category",
                "gridIndex": 1,
                "inverse": True,
                "data": [labels[name] for name in present],
                **axis(line=False),
            },
        ],
        series=[drawn, *_memberships(found, present)],
        height=178 + height,
    )


def _memberships(found: Overlap, present: Sequence[str]) -> list[Option]:
    """A dot for each combination and list, dark where the list is in it; those are joined."""
    inside, outside = [], []
    lines: list[Option] = []
    for place, (lists, _) in enumerate(found.combinations):
        rows = [present.index(name) for name in lists]
        inside += [[place, row] for row in rows]
        outside += [[place, row] for row in range(len(present)) if row not in rows]
        lines.append({**STYLES["joined"], "data": [[place, min(rows)], [place, max(rows)]]})
    return [*lines, dots(outside, "#DDE1E6", 3), dots(inside, STYLES["border"]["borderColor"], 5)]


def ages(shown: Shown, report: Wording) -> Option:
    """A pyramid: men to the left, women to the right; who has no age or sex is not drawn."""
    bands = range(len(shown.rows) - 1)
    most = max([1, *(shown.published(row, side) or 0 for row in bands for side in (0, 1))])
    top, height = 34, 30 * len(bands)
    value = {
        "type": "value",
        "max": math.ceil(most * 1.12),
        **axis(labels=False, line=False),
    }
    names = {"type": "category", "data": list(shown.rows[:-1]), "axisTick": {"show": False}}
    return option(
        patterns=True,
        legend=STYLES["legend"],
        grid=[{"left": left, "width": 350, "top": top, "height": height} for left in (30, 490)],
        xAxis=[
            {**value, "gridIndex": 0, "inverse": True, "splitLine": {"show": False}},
            {**value, "gridIndex": 1, "splitLine": {"show": False}},
        ],
        yAxis=[
            {**names, "gridIndex": 0, "position": "right", "axisLabel": {"show": False}},
            {**names, "gridIndex": 1, "axisLabel": STYLES["band label"]},
        ],
        series=[_side(shown, side, report) for side in (0, 1)],
        height=top + height + 12,
    )


def _side(shown: Shown, side: int, report: Wording) -> Option:
    """One side of the pyramid: bars that begin in the middle, numbers at their ends."""
    data = [
        {
            "value": shown.published(row, side) or 0,
            "label": {"formatter": counted(shown, row, side, report).text},
        }
        for row in range(len(shown.rows) - 1)
    ]
    drawn = bars(shown.columns[side], data, report.colors["women" if side else "men"])
    drawn["label"] = {**STYLES["number"], "position": "right" if side else "left"}
    return {**drawn, "xAxisIndex": side, "yAxisIndex": side, "barCategoryGap": "22%"}


def _rest(shown: Shown, row: int) -> int | None:
    """What of a row's total its published parts leave; None where the total is suppressed too."""
    total = shown.published(row, -1)
    if total is None:
        return None
    return total - sum(shown.published(row, column) or 0 for column in range(len(shown.columns)))


def _bar(count: int | None) -> int | str:
    """A bar's length; none ("-") where there is nothing to draw or to show.

    >>> _bar(12), _bar(0), _bar(None)
    (12, '-', '-')
    """
    return count or "-"
