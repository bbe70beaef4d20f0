"""The weights of a pair as bars around a middle line: to the left against, to the right for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_HALF = 12  # cells of a bar on either side
_UNIT = 2.0  # weight of one cell
_DECISIONS = {"link": "已自动关联（同一人）", "review": "待核实"}


def show_weights(console: Console, pair: dict[str, Any], prior: float) -> None:
    """Print each compared field with its weight, the sum, and the decision."""
    from rich.padding import Padding
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=20, overflow="fold")
    table.add_column(width=2 * _HALF + 1, no_wrap=True)
    table.add_column(justify="right", width=6, no_wrap=True)
    table.add_column(overflow="fold")
    total = math.fsum(step["weight"] for step in pair["steps"])
    silent = [step["words"] for step in pair["steps"] if step["level"] == "unknown"]
    for step in pair["steps"]:
        if step["level"] == "unknown":
            continue
        if step["step"] == "prior":
            label, meaning = "起点：任取两行", f"约 {_one_in(prior)}对里有 1 对"
        elif step["step"] == "rivals":
            label, meaning = _rivals(pair), f"不然可能性 {_percent(pair['alone'])}"
        else:
            label, meaning = step["words"], step["strength"]
        table.add_row(label, _bar(step["weight"]), _signed(step["weight"]), meaning)
    if pair["steps"]:
        sure = _percent(pair["match_probability"])
        table.add_row("合计", "", _signed(total), f"可能性 {sure}", style="bold")
        console.print(table)
    lines = [f"判断：{_DECISIONS[pair['decision']]}。{pair['wording']}"]
    if silent:
        lines.insert(0, f"不作数：{'、'.join(silent)}")
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 3)))


def _rivals(pair: dict[str, Any]) -> str:
    """Return why other candidates lower the weight of this one."""
    if pair["taken"]:
        return "这一行已是另一人的"
    if pair["rivals"]:
        return f"另有 {pair['rivals']} 行也像"
    return "另有没列出的也像"


def _bar(weight: float) -> Text:
    """A signed bar around a middle line: to the left against, to the right for.

    >>> _bar(6.0).plain, _bar(-2.0).plain
    ('            │███         ', '           █│            ')
    """
    from rich.text import Text

    cells = min(_HALF, max(round(abs(weight) / _UNIT), 1 if abs(weight) >= 0.5 else 0))
    against, for_ = (cells, 0) if weight < 0 else (0, cells)
    return Text.assemble(
        " " * (_HALF - against),
        ("█" * against, "red"),
        ("│", "dim"),
        ("█" * for_, "green"),
        " " * (_HALF - for_),
    )


def _signed(weight: float) -> str:
    """Return a weight with its sign, 0 where it rounds to nothing.

    >>> _signed(7.04), _signed(-0.31), _signed(-0.04)
    ('+7.0', '-0.3', '0')
    """
    return "0" if abs(weight) < 0.05 else f"{weight:+.1f}"


def _percent(probability: float) -> str:
    """A probability that never reads as certain.

    >>> [_percent(p) for p in (0.0001, 0.5, 0.987, 0.9999, 1.0)]
    ['不到 1%', '50%', '98.7%', '99.9% 以上', '99.9% 以上']
    """
    if probability < 0.01:
        return "不到 1%"
    if probability > 0.999:
        return "99.9% 以上"
    return f"{probability * 100:.3g}%"


def _one_in(prior: float) -> str:
    """How many pairs there are for one that is the same person.

    >>> _one_in(-3.0), _one_in(-17.3), _one_in(-28.0)
    ('9 ', '16 万', '2.7 亿')
    """
    pairs = 2.0 ** min(-prior, 200.0) + 1.0
    for unit, name in ((1e8, " 亿"), (1e4, " 万")):
        if pairs >= unit:
            count = pairs / unit
            return f"{count:.0f}{name}" if count >= 10 else f"{count:.1f}{name}"
    return f"{pairs:.0f} "
