"""Cells: which pairs had the same chance of a verdict, and how many such pairs there are.

links     a cell a month: of each month so many people are drawn, however many links it has
reviews   a cell a tier and band of probability: the desk takes the likely or the doubtful ones
          first; within a cell, who has an answer is taken to be like who has none
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from loubao.core.frames import ELSEWHERE_TIER, VERDICT_TIER
from loubao.ledger.judgements import Label
from loubao.ledger.posted_months import band_of
from loubao.supervision.estimates import Cell, filled

Group: TypeAlias = Literal["links", "reviews", "cases"]


def group_of(label: Label) -> Group:
    """Return which kind of pair was decided: a link, a candidate on a roll, or two cases."""
    if label.drawn == "sample":
        return "links"
    return "cases" if label.candidate.get("kind") == "case" else "reviews"


@dataclass(frozen=True)
class Counted:
    """How many pairs there are: by group, list, tier and month; by group, list, tier and band."""

    by_month: Mapping[tuple[str, str, str, str], int]
    by_band: Mapping[tuple[str, str, str, int], int]

    @staticmethod
    def of(month_counts: Iterable[Mapping[str, Any]]) -> Counted:
        """Add up the counts of months (`posted_months.month_counts`).

        Pairs linked by a verdict do not count.
        """
        by_month: Counter[tuple[str, str, str, str]] = Counter()
        by_band: Counter[tuple[str, str, str, int]] = Counter()
        for counts in month_counts:
            for group in ("links", "reviews"):
                for name, tier, pairs in _of_tiers(counts.get(f"{group}_by_tier")):
                    by_month[group, name, tier, str(counts.get("month", ""))] += pairs
                for name, tier, bands in _of_tiers(counts.get(f"{group}_by_band")):
                    for place, pairs in enumerate(bands):
                        by_band[group, name, tier, place] += pairs
        return Counted(by_month, by_band)

    def by_list(self, group: str) -> dict[str, int]:
        """Return the numbers of pairs by list, and all under ""."""
        sums: Counter[str] = Counter()
        for (each, name, _, _), pairs in self.by_month.items():
            if each == group:
                sums[name] += pairs
                sums[""] += pairs
        return dict(sums)

    def months(self, group: str, name: str = "", tier: str = "") -> dict[str, int]:
        """Return the numbers of pairs by month, of one list or of all, of one tier or of all."""
        return _sums(self.by_month, group, name, tier, 3)

    def bands(self, group: str, name: str, tier: str) -> dict[int, int]:
        """Return the numbers of pairs by band of probability."""
        return _sums(self.by_band, group, name, tier, 3)

    def unseen(self, reviewed: Sequence[Label], name: str = "") -> dict[str, int]:
        """Return the numbers of pairs of the tiers for review without an answer.

        A pair that rests on another one is answered with it.
        """
        of_list = (label for label in reviewed if name in ("", label.candidate.get("list")))
        seen = {label.candidate["tier"] for label in of_list}
        return {
            tier: pairs
            for tier, pairs in sorted(self._tiers(name).items())
            if pairs and tier not in seen and tier != ELSEWHERE_TIER
        }

    def with_answers(self, name: str, reviewed: Sequence[Label]) -> int:
        """Return how many pairs for review are of a tier with an answer; all of them if none is."""
        pairs = sum(self._tiers(name).values())
        return pairs - sum(self.unseen(reviewed, name).values()) or pairs

    def _tiers(self, name: str) -> dict[str, int]:
        return _sums(self.by_month, "reviews", name, "", 2)


def cells_of_links(labels: Iterable[Label], in_months: Mapping[str, int]) -> dict[str, Cell]:
    """Return a cell a month; `in_months` are the pairs of each."""
    seen = decided_by((label.month, label) for label in labels)
    return {month: cell._replace(pairs=in_months.get(month, 0)) for month, cell in seen.items()}


def cells_of_reviews(
    labels: Sequence[Label], name: str, counted: Counted
) -> dict[tuple[str, int | None], Cell]:
    """Return a cell a tier and band of one list or of all; a cell a tier where there are no bands.

    The pairs of a cell without a verdict go to the others of its tier.
    """
    by_tier: dict[str, list[Label]] = {}
    for label in labels:
        by_tier.setdefault(str(label.candidate.get("tier")), []).append(label)
    cells: dict[tuple[str, int | None], Cell] = {}
    for tier, of_tier in sorted(by_tier.items()):
        pairs = sum(counted.months("reviews", name, tier).values())
        bands = counted.bands("reviews", name, tier)
        if not bands or any(label.candidate.get("probability") is None for label in of_tier):
            right = sum(label.same for label in of_tier)
            cells[tier, None] = Cell(right, len(of_tier), pairs)
            continue
        seen = decided_by((band_of(label.candidate["probability"]), label) for label in of_tier)
        times = pairs / max(sum(bands.values()), 1)  # bands were not counted in every month
        every = {
            (tier, band): seen.get(band, Cell(0, 0))._replace(pairs=bands.get(band, 0) * times)
            for band in sorted({*bands, *seen})
        }
        cells |= filled(every)
    return cells


def decided_by(keyed: Iterable[tuple[Any, Label]]) -> dict[Any, Cell]:
    """Return the verdicts counted by a key."""
    cells: dict[Any, Cell] = {}
    for key, label in keyed:
        right, decided, _ = cells.get(key, Cell(0, 0))
        cells[key] = Cell(right + label.same, decided + 1)
    return cells


def _sums(
    counts: Mapping[Any, int], group: str, name: str, tier: str, place: int
) -> dict[Any, int]:
    """The counts of a group, list and tier ("": of all), added up by one part of their key."""
    sums: Counter[Any] = Counter()
    for key, pairs in counts.items():
        if key[0] == group and name in ("", key[1]) and tier in ("", key[2]):
            sums[key[place]] += pairs
    return dict(sums)


def _of_tiers(by_list: Mapping[str, Mapping[str, Any]] | None) -> Iterable[tuple[str, str, Any]]:
    """List, tier and what is counted of it, but for pairs that a verdict linked.

    >>> list(_of_tiers({"dibao": {"same_number": 5, "judged_same": 1}}))
    [('dibao', 'same_number', 5)]
    """
    for name, tiers in (by_list or {}).items():
        for tier, found in tiers.items():
            if tier != VERDICT_TIER:
                yield name, tier, found
