"""What verdicts say of a tier: whether a local rule could be stricter or looser, and from when.

A tier changes when somebody changes `matching.yaml`; here it is only held against two targets of
`supervision.yaml` (`quality.targets`).

    link     a tier that links should be right in so many cases at least
    review   candidates of a tier that are right in so few cases are hardly worth showing

The whole 95 % interval must lie on one side of a target. As long as it does not, `more` is how many
verdicts more it takes if they come out as those so far. An interval that is looked at every month
leaves a target by mere chance in more than 5 of 100 cases: advice that has just turned up had
better hold for another month.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from loubao.core.intervals import wilson
from loubao.supervision.estimates import Estimate
from loubao.supervision.quality import Finding, Quality, percent_text

if TYPE_CHECKING:
    from loubao.rules.wording import Wording
    from loubao.supervision.tally import Terms

#: The rule could be `stricter` or `looser`, or is as it should be (`kept`, `between` the targets);
#: candidates are `hardly` ever the person; a looser one would be `refused`, since it does not rest
#: on number and name; `open`: not settled yet.
Code: TypeAlias = Literal["stricter", "kept", "looser", "refused", "hardly", "between", "open"]
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Advice:
    """What the verdicts say of a tier of one group (`links`, `reviews`).

    `more`: verdicts that it takes until that is settled; None where no number would do, or where it
    is settled.
    """

    group: str
    tier: str
    code: Code
    share: Estimate
    more: int | None = None


def advice_of(found: Quality, terms: Terms) -> list[Advice]:
    """Return what the verdicts say of each tier that has some."""
    targets = terms.words.quality.targets
    return [
        advice(each, targets.link, targets.review, terms.may_link.get(each.key, False))
        for each in found.findings
        if each.by == "tier" and each.group != "cases"
    ]


def advice(finding: Finding, link: float, review: float, may_link: bool) -> Advice:
    """Return what the verdicts say of a tier; `link` and `review` are the targets.

    `may_link`: the month could link by the tier, if its rule said so.

    >>> from loubao.supervision.estimates import Cell, share_of
    >>> candidates = Finding("reviews", "tier", "number_near", share_of([Cell(0, 100)]))
    >>> found = advice(candidates, 0.99, 0.02, may_link=False)
    >>> found.code, found.more  # at most 3.7 % are right; it takes 189 to know of 2 %
    ('open', 89)
    """
    share = finding.share
    code: Code = "open"
    if finding.group == "links":
        if share.high < link:
            code = "stricter"
        elif share.low >= link:
            code = "kept"
    elif share.low >= link:
        code = "looser" if may_link else "refused"
    elif share.high < review:
        code = "hardly"
    elif share.low >= review and share.high < link:
        code = "between"
    more = None
    if code == "open":
        targets = (link,) if finding.group == "links" else (review, link)
        needed = [n for each in targets if (n := _needed(share.value or 0.0, each))]
        if len(needed) == len(targets):
            cases = max(needed)
            times = share.decided / share.effective if share.effective else 1.0
            more = max(math.ceil(cases * times) - share.decided, 1)
    return Advice(finding.group, finding.key, code, share, more)


def _needed(share: float, target: float) -> int | None:
    """The least number of cases, so many of them right, of which the interval leaves the target.

    All of 381 right is the least that is known to be 99 % and more: 381 / (381 + 1.96²).

    >>> _needed(1.0, 0.99), _needed(0.9, 0.99), _needed(0.0, 0.02), _needed(0.99, 0.99)
    (381, 5, 189, None)
    """

    def is_clear(n: int) -> bool:
        low, high = wilson(share, n)
        return low >= target if share > target else high < target

    if not is_clear(_MOST):
        return None
    few, enough = 0, _MOST
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if is_clear(middle) else (middle, enough)
    return enough


def advice_sentences(
    given: Sequence[Advice], words: Wording, tiers: Mapping[str, str]
) -> list[str]:
    """Return in words what is settled of tiers, and of which a change may come into question.

    A tier with fewer verdicts than `quality.least` is left out, and so is one of which nothing
    follows.
    """
    said, targets = words.advice, words.targets
    sentences = []
    for each in given:
        share = each.share
        if share.decided < words.least or share.value is None:
            continue
        is_link = each.group == "links"
        target = targets.review if each.code == "hardly" else targets.link
        code: str = each.code
        if code == "open":
            # a tier that links and is below the target, candidates that are nearly always right
            if is_link == (share.value >= targets.link):
                continue
            code = "perhaps_stricter" if is_link else "perhaps_looser"
            if each.more is None:
                continue
        if code not in said:
            continue
        sentences.append(
            said[code].format(
                tier=tiers.get(each.tier, each.tier),
                right=share.right,
                judged=share.decided,
                low=percent_text(share.low),
                high=percent_text(share.high),
                target=f"{100 * target:g}",
                more=each.more or 0,
            )
        )
    return sentences
