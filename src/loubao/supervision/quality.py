"""The quality of the linkage by what people answered: how often it was right, how much it found.

People decide on two kinds of pairs: candidates left for review (是否同一人), and a random sample
of links. The share found right is a precision, given with the score interval
of Wilson (E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
J. Amer. Statist. Assoc. 22, 1927, 209–212).

    recall = links × p / (links × p + reviews × q)

where `links` and `reviews` are the numbers of pairs in all months posted, p the share of the sample
found right and q that of the candidates. So the recall is the share of automatic links among the
right pairs with a roll that the linkage linked or proposed. Pairs that it neither linked nor
proposed are never decided, so the true recall is lower. Candidates without an answer are taken to
be like the others. A village is asked about the first candidate of a person only, the desk about
the first three; further ones are right less often, which makes the recall seem lower than it is.
Pairs that a verdict linked are no links of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from loubao.ledger.status import VERDICT_TIER, PairVerdict

if TYPE_CHECKING:  # the rules are loaded while the ledger counts
    from loubao.rules.wording import Wording

#: two-sided 95 %
_Z = 1.959963984540054

Group: TypeAlias = Literal["links", "reviews", "cases"]
By: TypeAlias = Literal["all", "list", "tier"]
_PARTS: tuple[By, By] = ("list", "tier")


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `decided` pairs, and the 95 % interval of the true share."""

    right: int
    decided: int

    @property
    def value(self) -> float | None:
        """The share itself; None where nothing was decided.

        >>> Share(30, 40).value, Share(0, 0).value
        (0.75, None)
        """
        return self.right / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval; (0, 1) where nothing was decided.

        >>> tuple(round(end, 4) for end in Share(81, 263).interval)
        (0.2553, 0.3662)

        Where all or none are right, it still has a width:

        >>> [tuple(round(end, 3) for end in Share(n, 20).interval) for n in (0, 20)]
        [(0.0, 0.161), (0.839, 1.0)]
        >>> Share(0, 0).interval
        (0.0, 1.0)
        """
        if not self.decided:
            return 0.0, 1.0
        n, p = self.decided, self.right / self.decided
        middle = p + _Z * _Z / (2 * n)
        reach = _Z * math.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
        whole = 1 + _Z * _Z / n
        low = 0.0 if self.right == 0 else (middle - reach) / whole
        high = 1.0 if self.right == n else (middle + reach) / whole
        return low, high


@dataclass(frozen=True, slots=True)
class Finding:
    """Decided pairs of one kind: all of them, those of one list, or of one tier."""

    group: Group
    by: By
    key: str
    share: Share


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
    #: by list, and of all lists under ""
    recalls: Mapping[str, Recall]
    #: numbers of pairs, likewise
    links: Mapping[str, int]
    reviews: Mapping[str, int]


def quality(
    decided: Iterable[PairVerdict], month_counts: Iterable[Mapping[str, Any]], least: int
) -> Quality:
    """Return what was found of each kind, by list and by tier, and the recall.

    `month_counts`: of each month posted, with `links_by_tier` and `reviews_by_tier`: numbers of
    pairs by list and tier. Below `least` decided pairs of either kind no recall is given.
    """
    answers: dict[tuple[Group, By, str], list[bool]] = {}
    for kind, candidate, same in decided:
        if "of" in candidate:  # the same answer, for another row of the same person
            continue
        group = _group(kind, candidate)
        answers.setdefault((group, "all", ""), []).append(same)
        for by in _PARTS:
            if key := candidate.get(by):
                answers.setdefault((group, by, str(key)), []).append(same)
    findings = [
        Finding(group, by, key, Share(sum(found), len(found)))
        for group in get_args(Group)
        for (each, by, key), found in sorted(answers.items())
        if each == group
    ]
    counted = list(month_counts)
    links = _pairs(counts.get("links_by_tier") for counts in counted)
    reviews = _pairs(counts.get("reviews_by_tier") for counts in counted)
    shares = {(each.group, each.key): each.share for each in findings if each.by != "tier"}
    nothing = Share(0, 0)
    recalls = {
        name: recall(
            shares.get(("links", name), nothing),
            shares.get(("reviews", name), nothing),
            links.get(name, 0),
            reviews.get(name, 0),
            least,
        )
        for name in sorted({"", *links, *reviews})
    }
    return Quality(tuple(findings), recalls, links, reviews)


def recall(linked: Share, reviewed: Share, links: int, reviews: int, least: int) -> Recall:
    """Return the recall (see the module's text).

    Each end of its interval comes from opposite ends of the intervals of the two shares, so it is
    rather too wide.

    900 links, all 40 of the sample right; 100 reviews, 30 of 40 found right: 900 of 975.

    >>> found = recall(Share(40, 40), Share(30, 40), links=900, reviews=100, least=30)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.923, 0.905, 0.938)
    >>> recall(Share(29, 29), Share(30, 40), 900, 100, least=30).why
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
    right, missed = links * (linked.value or 0.0), reviews * (reviewed.value or 0.0)
    if not right + missed:
        return Recall(why="few")
    (few_right, many_right), (few_missed, many_missed) = linked.interval, reviewed.interval

    def share(of_links: float, of_reviews: float) -> float:
        return links * of_links / (links * of_links + reviews * of_reviews)

    return Recall(
        right / (right + missed), share(few_right, many_missed), share(many_right, few_missed)
    )


def _group(kind: str, candidate: Mapping[str, Any]) -> Group:
    if kind == "sample":
        return "links"
    return "cases" if candidate.get("kind") == "case" else "reviews"


def _pairs(by_list: Iterable[Mapping[str, Mapping[str, int]] | None]) -> dict[str, int]:
    """Add up the months by list, and all under ""; pairs linked by a verdict do not count.

    >>> _pairs([{"dibao": {"same_number": 5, "judged_same": 1}}, {"tekun": {"likely": 2}}, None])
    {'dibao': 5, '': 7, 'tekun': 2}
    """
    sums: dict[str, int] = {}
    for counts in by_list:
        for name, tiers in (counts or {}).items():
            pairs = sum(number for tier, number in tiers.items() if tier != VERDICT_TIER)
            for key in (name, ""):
                sums[key] = sums.get(key, 0) + pairs
    return sums


def recall_sentences(found: Quality, words: Wording, labels: Mapping[str, str]) -> list[str]:
    """Return the recall in words: of all lists, then of each list where there is one."""
    sentences = [_sentence(found.recalls[""], words)]
    sentences += [
        words.recall_list.format(list=labels.get(name, name), said=_sentence(recall, words))
        for name, recall in found.recalls.items()
        if name and recall.value is not None
    ]
    return sentences


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
