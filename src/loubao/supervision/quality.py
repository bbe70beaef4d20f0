"""The quality of the linkage by what people answered: how often it was right, how much it found.

People decide on two kinds of pairs: candidates left for review (是否同一人), by villages and at the
desk, and a random sample of links. Neither is a random sample of all pairs, so shares are weighted
by how the pairs were drawn (`estimates`):

    links     a cell a month: of each month so many people are drawn, however many links it has
    reviews   a cell a tier and band of probability: within it, who has an answer is taken to be
              like who has none
    bands     a cell a kind and tier: is a pair of 80–95 % the same person in 80–95 of 100 cases?

    recall = links × p / (links × p + reviews × q)

where `links` and `reviews` are the numbers of pairs in all months posted, p and q the shares found
right. So the recall is the share of automatic links among the right pairs with a roll that the
linkage linked or proposed. What cannot be estimated: pairs that it neither linked nor proposed are
never decided, so the true recall is lower; and tiers for review of which nobody has decided a pair
(`unseen`) are in no figure. A village is asked about the first candidate of a person only, the desk
about the first three; further ones are right less often, which makes the recall seem lower than it
is. Pairs that a verdict linked are no links of the engine.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from loubao.ledger.judgements import Label
from loubao.ledger.posted_months import BANDS, band_of
from loubao.ledger.status import VERDICT_TIER
from loubao.supervision.estimates import Cell, Estimate, filled, part_of, share_of

if TYPE_CHECKING:  # the rules are loaded while the ledger counts
    from loubao.rules.wording import Wording

Group: TypeAlias = Literal["links", "reviews", "cases"]
By: TypeAlias = Literal["all", "list", "tier"]
_PARTS: tuple[By, By] = ("list", "tier")


@dataclass(frozen=True, slots=True)
class Finding:
    """Decided pairs of one kind: all of them, those of one list, or of one tier.

    `pairs`: how many pairs of this kind there are in all months posted.
    """

    group: Group
    by: By
    key: str
    share: Estimate
    pairs: int = 0


@dataclass(frozen=True, slots=True)
class Band:
    """Decided pairs whose match probability is from `start` to below `end`.

    `said`: their mean probability; `share`: how many of them are one person.
    """

    start: float
    end: float
    said: float
    share: Estimate


@dataclass(frozen=True, slots=True)
class Recall:
    """The recall and its interval, or why there is none (a key of `quality.why`)."""

    value: float | None = None
    low: float = 0.0
    high: float = 1.0
    why: Literal["", "no_sample", "no_reviews", "few", "no_counts"] = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of the linkage as the answers show it."""

    findings: tuple[Finding, ...]
    bands: tuple[Band, ...]
    #: by list, and of all lists under ""
    recalls: Mapping[str, Recall]
    #: numbers of pairs, likewise
    links: Mapping[str, int]
    reviews: Mapping[str, int]
    #: numbers of pairs of the tiers for review of which nobody has decided one
    unseen: Mapping[str, int] = field(default_factory=dict)
    #: how the decided pairs were drawn
    drawn: Mapping[str, int] = field(default_factory=dict)


def quality(
    labels: Iterable[Label], month_counts: Iterable[Mapping[str, Any]], least: int
) -> Quality:
    """Return what was found of each kind, by list and by tier, by probability, and the recall.

    `month_counts`: of each month posted, with `month`, `links_by_tier` and `reviews_by_tier`
    (numbers of pairs by list and tier), `reviews_by_band` and `links_by_band` (list, tier, band).
    Below `least` decided pairs of either kind no recall is given.
    """
    decided = list(labels)
    counted = _Counted.of(month_counts)
    of_group: dict[Group, list[Label]] = {group: [] for group in get_args(Group)}
    for label in decided:
        of_group[_group(label)].append(label)
    findings = []
    for group, among in of_group.items():
        if among:
            findings.append(_finding(group, "all", "", among, counted))
        for by in _PARTS:
            keys = {str(label.candidate[by]) for label in among if label.candidate.get(by)}
            for key in sorted(keys):
                part = [label for label in among if label.candidate.get(by) == key]
                findings.append(_finding(group, by, key, part, counted))
    links, reviews = (counted.by_list(group) for group in ("links", "reviews"))
    shares = {(each.group, each.key): each.share for each in findings if each.by != "tier"}
    recalls = {
        name: recall(
            shares.get(("links", name), Estimate()),
            shares.get(("reviews", name), Estimate()),
            links.get(name, 0),
            counted.with_answers(name, of_group["reviews"]),
            least,
        )
        for name in sorted({"", *links, *reviews})
    }
    return Quality(
        tuple(findings),
        tuple(_bands([*of_group["links"], *of_group["reviews"]], counted)),
        recalls,
        links,
        reviews,
        counted.unseen(of_group["reviews"]),
        dict(sorted(Counter(label.drawn for label in decided).items())),
    )


def recall(linked: Estimate, reviewed: Estimate, links: int, reviews: int, least: int) -> Recall:
    """Return the recall (see the module's text) of so many links and pairs for review.

    900 links, all 40 of the sample right; 100 reviews, 30 of 40 found right: 900 of 975.

    >>> shares = share_of([Cell(40, 40)]), share_of([Cell(30, 40)])
    >>> found = recall(*shares, links=900, reviews=100, least=30)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.923, 0.911, 0.938)
    >>> recall(share_of([Cell(29, 29)]), shares[1], 900, 100, least=30).why
    'few'
    """
    if not links + reviews:
        return Recall(why="no_counts")
    if links and not linked.decided:
        return Recall(why="no_sample")
    if reviews and not reviewed.decided:
        return Recall(why="no_reviews")
    if (links and linked.decided < least) or (reviews and reviewed.decided < least):
        return Recall(why="few")
    found = part_of((links, linked), (reviews, reviewed))
    if not found.value:
        return Recall(why="few")
    return Recall(found.value, found.low, found.high)


# -- how the pairs were drawn ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Counted:
    """How many pairs there are: by group, list, tier and month; by group, list, tier and band."""

    by_month: Mapping[tuple[str, str, str, str], int]
    by_band: Mapping[tuple[str, str, str, int], int]

    @staticmethod
    def of(month_counts: Iterable[Mapping[str, Any]]) -> _Counted:
        """Add up the months; pairs linked by a verdict do not count."""
        by_month: Counter[tuple[str, str, str, str]] = Counter()
        by_band: Counter[tuple[str, str, str, int]] = Counter()
        for counts in month_counts:
            for group in ("links", "reviews"):
                for name, tier, pairs in _of_tiers(counts.get(f"{group}_by_tier")):
                    by_month[group, name, tier, str(counts.get("month", ""))] += pairs
                for name, tier, bands in _of_tiers(counts.get(f"{group}_by_band")):
                    for place, pairs in enumerate(bands):
                        by_band[group, name, tier, place] += pairs
        return _Counted(by_month, by_band)

    def by_list(self, group: str) -> dict[str, int]:
        """Numbers of pairs by list, and all under ""."""
        sums: Counter[str] = Counter()
        for (each, name, _, _), pairs in self.by_month.items():
            if each == group:
                sums[name] += pairs
                sums[""] += pairs
        return dict(sums)

    def pairs(self, group: str, name: str = "", tier: str = "") -> dict[str, int]:
        """Numbers of pairs by month, of one list or of all, of one tier or of all."""
        return self._sums(self.by_month, group, name, tier, 3)

    def bands(self, group: str, name: str, tier: str) -> dict[int, int]:
        """Numbers of pairs by band of probability."""
        return self._sums(self.by_band, group, name, tier, 3)

    def tiers(self, name: str = "") -> dict[str, int]:
        """Numbers of pairs for review by tier, of one list or of all."""
        return self._sums(self.by_month, "reviews", name, "", 2)

    @staticmethod
    def _sums(
        counts: Mapping[Any, int], group: str, name: str, tier: str, place: int
    ) -> dict[Any, int]:
        sums: Counter[Any] = Counter()
        for key, pairs in counts.items():
            if key[0] == group and name in ("", key[1]) and tier in ("", key[2]):
                sums[key[place]] += pairs
        return dict(sums)

    def unseen(self, reviewed: Sequence[Label], name: str = "") -> dict[str, int]:
        """Numbers of pairs of the tiers for review without an answer."""
        seen = {label.candidate["tier"] for label in _of_list(reviewed, name)}
        return {
            tier: pairs
            for tier, pairs in sorted(self.tiers(name).items())
            if pairs and tier not in seen
        }

    def with_answers(self, name: str, reviewed: Sequence[Label]) -> int:
        """How many pairs for review are of a tier with an answer; all of them without any."""
        pairs = sum(self.tiers(name).values())
        return pairs - sum(self.unseen(reviewed, name).values()) or pairs


def _finding(group: Group, by: By, key: str, labels: Sequence[Label], counted: _Counted) -> Finding:
    name, tier = (key if by == part else "" for part in _PARTS)
    pairs = sum(counted.pairs(group, name, tier).values())
    if group == "reviews":
        cells = _cells_of_reviews(labels, name, counted)
    else:
        in_months = counted.pairs(group, name, tier)
        seen = _cells((label.month, label) for label in labels)
        cells = [cell._replace(pairs=in_months.get(month, 0)) for month, cell in seen.items()]
    return Finding(group, by, key, share_of(cells), pairs)


def _cells_of_reviews(labels: Sequence[Label], name: str, counted: _Counted) -> list[Cell]:
    """A cell a tier and band; a cell a tier where bands were not counted."""
    cells = []
    for tier in sorted({str(label.candidate.get("tier")) for label in labels}):
        of_tier = [label for label in labels if str(label.candidate.get("tier")) == tier]
        pairs = sum(counted.pairs("reviews", name, tier).values())
        bands = counted.bands("reviews", name, tier)
        if not bands or any(label.candidate.get("probability") is None for label in of_tier):
            right = sum(label.same for label in of_tier)
            cells.append(Cell(right, len(of_tier), pairs))
            continue
        seen = _cells((band_of(label.candidate["probability"]), label) for label in of_tier)
        every = [
            seen.get(band, Cell(0, 0))._replace(pairs=bands.get(band, 0))
            for band in sorted({*bands, *seen})
        ]
        times = pairs / max(sum(bands.values()), 1)  # bands were not counted in every month
        cells += filled([cell._replace(pairs=cell.pairs * times) for cell in every])
    return cells


def _bands(labels: Sequence[Label], counted: _Counted) -> Iterable[Band]:
    """What pairs of each band of probability come to."""
    ends = (0.0, *BANDS, 1.0)
    weighed = [label for label in labels if label.candidate.get("probability") is not None]
    for place, (start, end) in enumerate(pairwise(ends)):
        among = [each for each in weighed if band_of(each.candidate["probability"]) == place]
        of_kind: dict[tuple[str, str], list[Label]] = {}
        for label in among:
            of_kind.setdefault((_group(label), str(label.candidate.get("tier"))), []).append(label)
        if not of_kind:
            continue
        cells, said = [], []
        for (group, tier), some in sorted(of_kind.items()):
            pairs = max(counted.bands(group, "", tier).get(place, 0), len(some))
            cells.append(Cell(sum(label.same for label in some), len(some), pairs))
            mean = math.fsum(sorted(each.candidate["probability"] for each in some)) / len(some)
            said.append(pairs * mean)
        whole = sum(cell.pairs for cell in cells)
        yield Band(start, end, math.fsum(said) / whole, share_of(cells))


def _cells(keyed: Iterable[tuple[Any, Label]]) -> dict[Any, Cell]:
    """Verdicts by the key of their cell."""
    cells: dict[Any, Cell] = {}
    for key, label in keyed:
        right, decided, _ = cells.get(key, Cell(0, 0))
        cells[key] = Cell(right + label.same, decided + 1)
    return cells


def _group(label: Label) -> Group:
    if label.drawn == "sample":
        return "links"
    return "cases" if label.candidate.get("kind") == "case" else "reviews"


def _of_list(labels: Sequence[Label], name: str) -> list[Label]:
    return [label for label in labels if name in ("", label.candidate.get("list"))]


def _of_tiers(by_list: Mapping[str, Mapping[str, Any]] | None) -> Iterable[tuple[str, str, Any]]:
    """List, tier and what is counted of it, but for pairs that a verdict linked.

    >>> list(_of_tiers({"dibao": {"same_number": 5, "judged_same": 1}}))
    [('dibao', 'same_number', 5)]
    """
    for name, tiers in (by_list or {}).items():
        for tier, found in tiers.items():
            if tier != VERDICT_TIER:
                yield name, tier, found


# -- in words -------------------------------------------------------------------------------------


def recall_sentences(found: Quality, words: Wording, labels: Mapping[str, str]) -> list[str]:
    """Return the recall in words: of all lists, then of each list where there is one."""
    sentences = [_sentence(found.recalls[""], words)]
    sentences += [
        words.recall_list.format(list=labels.get(name, name), said=_sentence(recall, words))
        for name, recall in found.recalls.items()
        if name and recall.value is not None
    ]
    return sentences


def unseen_sentences(found: Quality, words: Wording, tiers: Mapping[str, str]) -> list[str]:
    """Return in words which pairs are in no estimate, since nobody has decided one of their tier.

    Nothing is said before anybody has decided on a candidate: then nothing is estimated at all.
    """
    if not found.unseen or not any(each.group == "reviews" for each in found.findings):
        return []
    names = "；".join(tiers.get(tier, tier) for tier in found.unseen)
    return [words.unseen.format(pairs=sum(found.unseen.values()), tiers=names)]


def percent_text(share: float) -> str:
    """Return a share as percent with one place.

    >>> percent_text(0.75), percent_text(0.1234)
    ('75.0', '12.3')
    """
    return f"{100 * share:.1f}"


def _sentence(recall: Recall, words: Wording) -> str:
    if recall.why:
        return words.recall_unknown.format(why=getattr(words.why, recall.why))
    value, low, high = (
        percent_text(each) for each in (recall.value or 0.0, recall.low, recall.high)
    )
    return words.recall_said.format(percent=value, low=low, high=high)
