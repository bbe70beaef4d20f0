"""The quality of the linkage by what people answered: how often it was right, how much it found.

People decide on two kinds of pairs: candidates left for review (是否同一人), by villages and at the
desk, and a random sample of links. Neither is a random sample of all pairs, so shares are weighted
by how the pairs were drawn (`cells`, `estimates`). The same verdicts show whether the match
probability can be believed: are pairs of 80–95 % the same person in 80–95 of 100 cases? There a
cell is a kind and tier.

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
from loubao.supervision.cells import (
    Counted,
    Group,
    cells_of_links,
    cells_of_reviews,
    group_of,
)
from loubao.supervision.estimates import Cell, Estimate, part_of, share_of

if TYPE_CHECKING:  # the rules are loaded while the ledger counts
    from loubao.rules.wording import Wording

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
    counted = Counted.of(month_counts)
    of_group: dict[Group, list[Label]] = {group: [] for group in get_args(Group)}
    for label in decided:
        of_group[group_of(label)].append(label)
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


def _finding(group: Group, by: By, key: str, labels: Sequence[Label], counted: Counted) -> Finding:
    name, tier = (key if by == part else "" for part in _PARTS)
    in_months = counted.months(group, name, tier)
    cells: Mapping[Any, Cell] = (
        cells_of_reviews(labels, name, counted)
        if group == "reviews"
        else cells_of_links(labels, in_months)
    )
    return Finding(group, by, key, share_of(cells.values()), sum(in_months.values()))


def _bands(labels: Sequence[Label], counted: Counted) -> Iterable[Band]:
    """What pairs of each band of probability come to."""
    ends = (0.0, *BANDS, 1.0)
    weighed = [label for label in labels if label.candidate.get("probability") is not None]
    for place, (start, end) in enumerate(pairwise(ends)):
        among = [each for each in weighed if band_of(each.candidate["probability"]) == place]
        of_kind: dict[tuple[str, str], list[Label]] = {}
        for label in among:
            of_kind.setdefault((group_of(label), str(label.candidate.get("tier"))), []).append(
                label
            )
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


def drawn_sentences(found: Quality, words: Wording, tiers: Mapping[str, str]) -> list[str]:
    """Return in words how the pairs were drawn, and which ones are in no estimate: those of tiers
    of which nobody has decided a pair. Nothing is said before anybody has decided.
    """
    if not found.drawn:
        return []
    ways = {way: found.drawn.get(way, 0) for way in ("sample", "sheet", "desk")}
    said = [words.drawn.format(judged=sum(ways.values()), **ways)]
    if found.unseen and any(each.group == "reviews" for each in found.findings):
        names = "；".join(tiers.get(tier, tier) for tier in found.unseen)
        said.append(words.unseen.format(pairs=sum(found.unseen.values()), tiers=names))
    return said


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
