"""The columns of figures that the pages of 进度.xlsx share: people, then households.

Counts that add up are formulas with their values beside them; shares are formulas over the counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loubao.core.forms import Area, Formula, Row, Value
from loubao.layout import paper
from loubao.rules.wording import Wording
from loubao.supervision.tally import Count

#: Points of a row of figures, half-width characters of a column.
ROW_HEIGHT, NUMBER = 20.0, 6.4
_SHARES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "verified_rate": ("verified", ("issued",)),
    "enrolled_rate": ("enrolled", ("eligible", "applied", "enrolled")),
}


def figures_shown(words: Wording) -> list[tuple[bool, str]]:
    """Return the columns: whether of households, and which figure."""
    columns = words.columns
    return [(False, key) for key in columns.people] + [(True, key) for key in columns.households]


def widths(labels: Sequence[float], words: Wording, fonts: Wording) -> tuple[int, ...]:
    """Return the pixels of the columns of a page: those of `labels`, then the figures."""
    size = fonts.size + 1
    numbers = [NUMBER] * len(figures_shown(words))
    return tuple(paper.pixels(each, size) for each in (*labels, *numbers))


def heads(rows: list[Row], labels: Sequence[str], words: Wording) -> list[Area]:
    """Append two rows of headers; return what is merged in them."""
    at, labelled = len(rows), len(labels)
    people, households = len(words.columns.people), len(words.columns.households)
    above: list[Value] = [*labels, words.units.people, *[None] * (people - 1)]
    if households:
        above += [words.units.households, *[None] * (households - 1)]
    names: list[Value] = [None] * labelled
    for _, key in figures_shown(words):
        names.append(paper.balanced(words.figures[key], NUMBER))
    rows.append(Row(tuple(above), ("head",) * len(above), 20.0))
    rows.append(Row(tuple(names), ("head",) * len(names), 32.0))
    groups = [(labelled, people), (labelled + people, households)]
    merged = [Area(at, first, at, first + n - 1) for first, n in groups if n > 1]
    if labels[-1] == "":  # the place takes the room of two columns
        return [*merged, Area(at, 0, at + 1, labelled - 1)]
    return [*merged, *(Area(at, i, at + 1, i) for i in range(labelled))]


def counts(labels: Sequence[Value], count: Count, row: int, words: Wording, look: str = "") -> Row:
    """Return the row that says `count`; it stands at `row`."""
    return _row(labels, count, row, words, None, look, ROW_HEIGHT)


def sums(
    labels: Sequence[Value],
    parts: Sequence[Count],
    top: int,
    bottom: int,
    words: Wording,
    look: str,
) -> Row:
    """Return the row after `bottom`, which adds up those from `top`.

    SUBTOTAL leaves other sums out, so that towns are not counted twice.
    """
    span = (top, bottom) if parts else None
    return _row(labels, sum(parts, Count()), bottom + 1, words, span, look, 21.0)


def _row(
    labels: Sequence[Value],
    count: Count,
    row: int,
    words: Wording,
    span: tuple[int, int] | None,
    look: str,
    height: float,
) -> Row:
    prefix = f"{look}_" if look else ""
    shown = figures_shown(words)
    values = [_cell(count, of_homes, key, row, len(labels), words, span) for of_homes, key in shown]
    looks = [f"{prefix}share" if key in _SHARES else f"{prefix}number" for _, key in shown]
    return Row((*labels, *values), (*[look or "text"] * len(labels), *looks), height)


def _cell(
    count: Count,
    of_homes: bool,
    key: str,
    row: int,
    labelled: int,
    words: Wording,
    span: tuple[int, int] | None,
) -> Value:
    """A number; a share as a formula over its row; a sum as one over its column."""
    shown = figures_shown(words)
    value: Value = getattr(count.households if of_homes else count.people, key)
    if key in _SHARES:
        if value is None:
            return words.blank
        share = 100 * _number(value)
        part, wholes = _SHARES[key]
        told = [(of_homes, each) for each in (part, *wholes)]
        if any(each not in shown for each in told):
            return share
        cells = [paper.cell(row, labelled + shown.index(each)) for each in told]
        return Formula(f"=100*{cells[0]}/({'+'.join(cells[1:])})", share)
    if span is not None:
        column = labelled + shown.index((of_homes, key))
        area = f"{paper.cell(span[0], column)}:{paper.cell(span[1], column)}"
        return Formula(f"=SUBTOTAL(9,{area})", _number(value))
    return value


def _number(value: Value) -> int | float:
    return value if isinstance(value, int | float) else 0
