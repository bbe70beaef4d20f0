"""The official names that come nearest to a place that no rule has: to be shown, never to be taken.

Names that differ in one character are different villages; only a person may say that two are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from operator import eq

import polars as pl

from loubao.core.readings import readings
from loubao.ingest.gazetteer import flat
from loubao.rules.reading import Village

#: Words at the end of a name that say what it is, the longest first.
_ENDINGS = (
    *("村民委员会", "居民委员会", "街道办事处", "村委会", "居委会", "行政村", "自然村", "社区村"),
    *("办事处", "村委", "居委", "社区", "街道", "大队", "村", "镇", "乡"),
)
_LEAST = 0.34
_SOUNDS_THE_SAME = 0.9
#: By how much the nearest name must be nearer than the next one to be proposed by itself.
_LEAD = 0.15
_SURE = 0.6


@dataclass(frozen=True)
class Near:
    """An official place: its code, its name with the town in front, how near it comes (0 to 1)."""

    code: str
    name: str
    score: float


def stem(name: str) -> str:
    """Return a name without the words that say what it is; what is left of one is never nothing.

    >>> [stem(name) for name in ("上浦村委会", "上浦行政村", "洛阳街道", "村")]
    ['上浦', '上浦', '洛阳', '村']
    """
    short = flat(name)
    for ending in _ENDINGS:
        if short.endswith(ending) and len(short) > len(ending):
            return short.removesuffix(ending)
    return short


def nearest(
    text: str, villages: Sequence[Village], town_code: str | None = None, most: int = 5
) -> list[Near]:
    """Return the official villages nearest to `text`, best first; of one town where it is given.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> villages = load_rules(shipped_rules()).villages
    >>> [near.name for near in nearest("上埔行政村", villages)][:2]
    ['洛阳镇上浦村', '洛阳镇后埔村']
    >>> nearest("喀什", villages)
    []
    """
    short = flat(text)
    scored = (
        Near(v.code, v.town + v.village, _likeness(short, v.town, v.village))
        for v in villages
        if town_code is None or v.town_code == town_code
    )
    return _best(scored, most)


def nearest_towns(text: str, villages: Sequence[Village], most: int = 5) -> list[Near]:
    """Return the official towns nearest to `text`, best first.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> [near.name for near in nearest_towns("洛旸镇", load_rules(shipped_rules()).villages)]
    ['洛阳镇']
    """
    short = flat(text)
    towns = {v.town_code: v.town for v in villages}
    scored = (Near(code, town, _likeness(short, "", town)) for code, town in towns.items())
    return _best(scored, most)


def plain_choice(found: Sequence[Near]) -> Near | None:
    """Return the name to propose: one that is near, and clearly nearer than the next.

    >>> plain_choice([Near("1", "上曾村", 0.5), Near("2", "下曾村", 0.5)])
    >>> plain_choice([Near("1", "上浦村", 0.9), Near("2", "后埔村", 0.5)]).name
    '上浦村'
    """
    if not found or found[0].score < _SURE:
        return None
    ahead = len(found) == 1 or found[0].score - found[1].score >= _LEAD
    return found[0] if ahead else None


def _best(scored: Iterable[Near], most: int) -> list[Near]:
    near = [each for each in scored if each.score >= _LEAST]
    return sorted(near, key=lambda each: (-each.score, each.code))[:most]


def _likeness(text: str, town: str, name: str) -> float:
    """How alike a text and a name are, without what they both may have around it."""
    own, best = stem(name), 0.0
    for short in {stem(text), stem(text.removeprefix(flat(town)).removeprefix(stem(town)))}:
        if own in short:
            best = max(best, _SURE + (1 - _SURE) * len(own) / len(short))
        elif set(short) & set(own):
            best = max(best, _alike(short, own))
    return best


@lru_cache(maxsize=100_000)
def _alike(text: str, name: str) -> float:
    """How alike two stems are that share a character; what sounds the same is nearly the same.

    >>> _alike("河弯", "河湾"), _alike("河弯", "柳河"), _alike("河湖", "河湾")
    (0.9, 0.25, 0.5)
    """
    ratio = SequenceMatcher(None, text, name, autojunk=False).ratio()
    if len(text) != len(name):
        return ratio
    if _sounds(text) & _sounds(name):
        return _SOUNDS_THE_SAME
    return (ratio + sum(map(eq, text, name)) / len(name)) / 2


@lru_cache(maxsize=10_000)
def _sounds(name: str) -> frozenset[str]:
    (heard,) = readings(pl.Series([name]))
    return frozenset(() if heard is None else heard)
