"""Verdicts → labelled pairs, from which the weights of the linkage are learnt (`weights: learn`).

A verdict is about a pattern of agreement levels. It stands for the pairs of its cell (`cells`) of
an ordinary month, shared among the verdicts there: so the sample of links speaks for all links, and
candidates that the desk took first do not speak for those that nobody asked about. With few
verdicts in a cell they count for less, and the rest is guessed as ever:

    pairs that a verdict stands for = pairs of the cell / months / (verdicts of it + strength)

Verdicts on two cases are left out, and those on pairs that rest on another one: they have no weight
of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loubao.core.frames import ELSEWHERE_TIER
from loubao.ledger.judgements import Label, labels
from loubao.ledger.posted_months import band_of, month_counts
from loubao.ledger.sqlite_file import Connection
from loubao.linkage.comparison import FIELDS
from loubao.linkage.model import Labelled, Pattern
from loubao.rules.matching import Shipped
from loubao.supervision.cells import Counted, cells_of_links, cells_of_reviews, group_of
from loubao.supervision.estimates import Cell


def labelled_before(connection: Connection | None, month: str, weights: Shipped) -> Labelled:
    """Return the pairs that people decided before the month, where the rules learn from them.

    What was decided after its first run is left out: run again, it weighs as it did.
    """
    if connection is None or weights.learn != "verdicts":
        return {}
    counts = [each for each in month_counts(connection) if each["month"] < month]
    return labelled_pairs(labels(connection, month), counts, weights.strength_of_verdicts)


def labelled_pairs(
    decided: Iterable[Label], month_counts: Sequence[Mapping[str, Any]], strength: float
) -> Labelled:
    """Return the pairs of an ordinary month that the verdicts speak for, by pattern.

    `strength`: verdicts in a cell of which each counts for half of the pairs it would stand for.
    The same verdicts in another order give the same result to the last bit.
    """
    weighed = [label for label in decided if _has_weight(label)]
    counted = Counted.of(month_counts)
    months = max(sum("reviews_by_tier" in counts for counts in month_counts), 1)
    links = [label for label in weighed if group_of(label) == "links"]
    reviews = [label for label in weighed if group_of(label) == "reviews"]
    of_links = cells_of_links(links, counted.months("links"))
    of_reviews = cells_of_reviews(reviews, "", counted)
    numbers: dict[tuple[Pattern, bool, float], int] = {}
    for label in links:
        each = _stands_for(of_links[label.month], months, strength)
        key = (_pattern(label), label.same, each)
        numbers[key] = numbers.get(key, 0) + 1
    for label in reviews:
        tier = str(label.candidate.get("tier"))
        cell = of_reviews.get((tier, None))
        if cell is None:
            cell = of_reviews[tier, band_of(label.candidate["probability"])]
        key = (_pattern(label), label.same, _stands_for(cell, months, strength))
        numbers[key] = numbers.get(key, 0) + 1
    found: dict[Pattern, tuple[float, float]] = {}
    for (pattern, is_same, each), number in sorted(numbers.items()):
        same, different = found.get(pattern, (0.0, 0.0))
        pairs = number * each
        found[pattern] = (same + pairs, different) if is_same else (same, different + pairs)
    return found


def _stands_for(cell: Cell, months: int, strength: float) -> float:
    pairs = max(cell.pairs, cell.decided)
    return pairs / months / (cell.decided + strength)


def _has_weight(label: Label) -> bool:
    candidate = label.candidate
    return (
        group_of(label) != "cases"
        and candidate.get("evidence") is not None
        and candidate.get("tier") != ELSEWHERE_TIER
    )


def _pattern(label: Label) -> Pattern:
    evidence = label.candidate["evidence"]
    return tuple(evidence.get(field) or "unknown" for field in FIELDS)
