"""Shares estimated from verdicts that are no simple random sample, with 95 % intervals.

Which pairs got a verdict depends on how they were drawn. A sample of links is as large in a month
of few links as in one of many; the desk takes the likely candidates first, or the doubtful ones; a
village answers or does not. So verdicts are counted in cells within which every pair had the same
chance of one (a month; a tier and a band of probability), and each stands for as many pairs as its
cell has for a verdict: weighted by the inverse of the sampling fraction, which is stratification
after the draw (W. G. Cochran, "Sampling Techniques", 3rd ed. 1977, 5A.9).

    W = pairs of the cell / pairs of all cells with a verdict        p = right / decided of the cell
    share        P = Σ W·p
    variance     V = Σ W²·q·(1 - q) / decided          q = (right + 2·P) / (decided + 2)
    effective    n = P·(1 - P) / V
    interval     that of Wilson for P seen in n cases

Of the intervals for a share from a complex sample, Wilson's with the effective number of cases
keeps its level best (C. Franco, R. J. A. Little, T. A. Louis, E. V. Slud, "Comparative study of
confidence intervals for proportions in complex sample surveys", J. Survey Statist. Methodol. 7,
2019, 334–364). A cell with few verdicts, all right, must not count as one without variance, so the
share of a cell is drawn towards P by two verdicts. Where all are right or none, V is 0, and n is
(Σ w)² / Σ w² (L. Kish, "Survey Sampling", 1965, 11.7).

The interval of a ratio of two such figures is that of A. Donner and G. Y. Zou, "Closed-form
confidence intervals for functions of the normal mean and standard deviation", Stat. Methods Med.
Res. 21, 2012, 347–359.

Intervals are about what a tier does, not only about the pairs of these months: nothing is taken off
for a finite population, and they have a width where every pair has its verdict. A verdict is taken
to be right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from loubao.core.intervals import wilson

Key = TypeVar("Key")
#: Verdicts with the share of all cells that are counted to each cell for its variance.
_DRAWN_IN = 2.0


class Cell(NamedTuple):
    """Verdicts on pairs that had the same chance of one; `pairs`: how many pairs there are."""

    right: int
    decided: int
    pairs: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval, by `right` of `decided` verdicts.

    `effective`: how many verdicts on pairs drawn at random would say as much. Where nothing was
    decided there is no `value`, and the interval is 0 to 1.
    """

    right: int = 0
    decided: int = 0
    value: float | None = None
    low: float = 0.0
    high: float = 1.0
    effective: float = 0.0


def share_of(cells: Iterable[Cell]) -> Estimate:
    """Return the share of right pairs.

    A cell without a verdict is taken to be like the others. Where pairs are not counted, a verdict
    stands for itself.

    900 likely pairs, 9 of 10 right; 100 unlikely ones, which the desk took first, 20 of 50 right:
    0.9 × 0.9 + 0.1 × 0.4, and not 29 of 60.

    >>> found = share_of([Cell(9, 10, pairs=900), Cell(20, 50, pairs=100)])
    >>> round(found.value, 9), round(found.effective, 2)
    (0.85, 16.19)
    >>> round(found.low, 4), round(found.high, 4)
    (0.6128, 0.953)

    One cell alone is Wilson's interval of its verdicts.

    >>> found = share_of([Cell(81, 263)])
    >>> round(found.effective, 6), round(found.low, 4), round(found.high, 4)
    (263.0, 0.2553, 0.3662)
    >>> share_of([Cell(0, 0, 40)])
    Estimate(right=0, decided=0, value=None, low=0.0, high=1.0, effective=0.0)
    """
    seen = sorted(cell for cell in cells if cell.decided)
    right, decided = sum(cell.right for cell in seen), sum(cell.decided for cell in seen)
    if not decided:
        return Estimate()
    # a pair with a verdict is there, counted or not
    pairs = [max(cell.pairs, cell.decided) for cell in seen]
    whole = math.fsum(pairs)
    weights = [each / whole for each in pairs]
    value = math.fsum(w * c.right / c.decided for w, c in zip(weights, seen, strict=True))
    if right in (0, decided):
        value = float(right == decided)
        effective = 1 / math.fsum(w * w / c.decided for w, c in zip(weights, seen, strict=True))
    else:
        variance = 0.0
        for weight, cell in zip(weights, seen, strict=True):
            drawn = _DRAWN_IN if len(seen) > 1 else 0.0
            share = (cell.right + drawn * value) / (cell.decided + drawn)
            variance += weight * weight * share * (1 - share) / cell.decided
        effective = value * (1 - value) / variance
    return Estimate(right, decided, value, *wilson(value, effective), effective)


def filled(cells: Mapping[Key, Cell]) -> dict[Key, Cell]:
    """Return the cells with a verdict, which stand for the pairs of the others too.

    >>> filled({"likely": Cell(9, 10, 50), "unlikely": Cell(0, 0, 50)})
    {'likely': Cell(right=9, decided=10, pairs=100.0)}
    """
    seen = {key: cell for key, cell in cells.items() if cell.decided}
    counted = math.fsum(cell.pairs for cell in seen.values())
    times = math.fsum(cell.pairs for cell in cells.values()) / counted if counted else 1.0
    return {key: cell._replace(pairs=cell.pairs * times) for key, cell in seen.items()}


def part_of(first: tuple[float, Estimate], second: tuple[float, Estimate]) -> Estimate:
    """Return A / (A + B): A and B are the right pairs of two groups, of so many pairs each.

    900 links, all 40 that were looked at right; 100 candidates, 30 of 40 right: 900 of 975.

    >>> links, candidates = share_of([Cell(40, 40)]), share_of([Cell(30, 40)])
    >>> found = part_of((900, links), (100, candidates))
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.9231, 0.9107, 0.9377)
    """
    of_first, of_second = (_times(pairs, each) for pairs, each in (first, second))
    right = first[1].right + second[1].right
    decided = first[1].decided + second[1].decided
    if of_first[0] <= 0:
        value = 0.0 if of_second[0] > 0 else None
        return Estimate(right, decided, value)
    low, high = _ratio(of_second, of_first)
    value = of_first[0] / (of_first[0] + of_second[0])
    return Estimate(right, decided, value, 1 / (1 + high), 1 / (1 + low))


def _times(pairs: float, each: Estimate) -> tuple[float, float, float]:
    """So many pairs, as far as they are right, with the interval; none where there are no pairs."""
    value = each.value or 0.0
    return (pairs * value, pairs * each.low, pairs * each.high) if pairs else (0.0, 0.0, 0.0)


def _ratio(
    upper: tuple[float, float, float], lower: tuple[float, float, float]
) -> tuple[float, float]:
    """The interval of a ratio of two independent figures, each with its interval.

    >>> tuple(round(end, 4) for end in _ratio((2.0, 1.0, 3.0), (4.0, 3.0, 5.0)))
    (0.2427, 0.8239)
    """
    (a, a_low, a_high), (b, b_low, b_high) = upper, lower
    both = a * b
    low = a_low / b_high
    if b_high < 2 * b:
        root = max(both * both - a_low * b_high * (2 * a - a_low) * (2 * b - b_high), 0.0)
        low = max(both - math.sqrt(root), 0.0) / (b_high * (2 * b - b_high))
    if b_low <= 0:
        return low, math.inf
    root = max(both * both - a_high * b_low * (2 * a - a_high) * (2 * b - b_low), 0.0)
    return low, (both + math.sqrt(root)) / (b_low * (2 * b - b_low))
