"""The flow of report.html: from source lists by outcome to who is visited (Apache ECharts)."""

from __future__ import annotations

from collections.abc import Mapping

from loubao.report.charts import STYLES, Option, option
from loubao.report.figures import OUTCOMES
from loubao.report.suppression import Shown
from loubao.rules.wording import Wording

#: What becomes of each outcome, and the outcome that lends it its colour.
_FATES = dict.fromkeys(OUTCOMES, "visit") | {"covered": "stay", "excluded": "aside"}
_COLORS = {"stay": "covered", "aside": "excluded", "visit": "uncovered"}


def flow(shown: Shown, report: Wording, colors: Mapping[str, str]) -> Option:
    """A flow from source lists by outcome to who is visited."""
    series = {
        **STYLES["flow"],
        "data": _nodes(shown, report, colors),
        "links": _links(shown, report),
    }
    return option(series=[series], height=max(300, 70 * len(shown.rows) + 60))


def _present(shown: Shown) -> list[int]:
    """The columns of the outcomes that somebody has."""
    return [column for column in range(len(OUTCOMES)) if shown.counts[-1][column]]


def _nodes(shown: Shown, report: Wording, colors: Mapping[str, str]) -> list[Option]:
    """Three columns: lists, outcomes, fates."""
    words = report.flow
    nodes = [
        _node(f"list {row}", name, shown.published(row, -1), 0, report.colors["plain"], report)
        for row, name in enumerate(shown.rows)
    ]
    fates: dict[str, list[int]] = {}
    for column in _present(shown):
        outcome, count = OUTCOMES[column], shown.published(-1, column)
        nodes.append(_node(outcome, words.outcomes[outcome], count, 1, colors[outcome], report))
        fates.setdefault(_FATES[outcome], []).append(column)
    for fate, columns in fates.items():
        parts = [shown.published(-1, column) for column in columns]
        whole = None if None in parts else sum(part or 0 for part in parts)
        nodes.append(_node(fate, words.fates[fate], whole, 2, colors[_COLORS[fate]], report))
    return nodes


def _node(
    key: str, text: str, count: int | None, depth: int, color: str, report: Wording
) -> Option:
    number = report.marks.held if count is None else f"{count:,}"
    return {
        "name": key,
        "depth": depth,
        "itemStyle": {"color": color, **STYLES["border"]},
        "label": {
            "formatter": f"{text}  {number}",
            "position": "left" if depth == 2 else "right",
        },
    }


def _links(shown: Shown, report: Wording) -> list[Option]:
    links: list[Option] = []
    for column in _present(shown):
        outcome = OUTCOMES[column]
        links += [
            _link(f"list {row}", outcome, shown, row, column, report)
            for row in range(len(shown.rows))
            if shown.counts[row][column]
        ]
        links.append(_link(outcome, _FATES[outcome], shown, -1, column, report))
    return links


def _link(source: str, target: str, shown: Shown, row: int, column: int, report: Wording) -> Option:
    """A line of the flow; a suppressed one has a fixed width, and is faint."""
    count = shown.published(row, column)
    if count is not None:
        return {"source": source, "target": target, "value": count}
    least = report.small if shown.marks[row][column] == "held" else report.small - 1
    return {"source": source, "target": target, "value": least, "lineStyle": {"opacity": 0.2}}
