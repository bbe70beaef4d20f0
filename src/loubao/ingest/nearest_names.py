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

from loubao.core.characters import folded
from loubao.core.readings import readings
from loubao.ingest.gazetteer import flat
from loubao.rules.folder import Rules
from loubao.rules.place_names import Endings, stem_of

#: Likeness: less is none; at the most of names that share characters; at the least where one stands
#: in the other; where both sound the same.
_LEAST, _SHARE, _INSIDE, _SOUND = 0.3, 0.7, 0.75, 0.9
#: Characters of a text that are compared: a name of a place stands at the beginning.
_LONGEST = 100
#: By how much the nearest name must be nearer than another that may be the same.
_LEAD = 0.15


@dataclass(frozen=True)
class Near:
    """An official place: its code, its name with the town in front, how near it comes (0 to 1)."""

    code: str
    name: str
    score: float


def nearest(text: str, rules: Rules, town_code: str | None = None, most: int = 5) -> list[Near]:
    """Return the official villages nearest to `text`, best first; of one town where it is given.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> [near.name for near in nearest("上埔行政村", rules)][:2]
    ['洛阳镇上浦村', '洛阳镇后埔村']
    >>> nearest("喀什", rules)
    []
    """
    endings, text = _endings(rules), _compared(text)
    scored = (
        Near(v.code, v.town + v.village, _likeness(text, v.town, v.village, endings))
        for v in rules.villages
        if town_code is None or v.town_code == town_code
    )
    return _best(scored, most)


def nearest_towns(text: str, rules: Rules, most: int = 5) -> list[Near]:
    """Return the official towns nearest to `text`, best first.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> [near.name for near in nearest_towns("洛旸镇", load_rules(shipped_rules()))]
    ['洛阳镇']
    """
    endings, text = _endings(rules), _compared(text)
    towns = {v.town_code: v.town for v in rules.villages}
    scored = (Near(code, town, _likeness(text, "", town, endings)) for code, town in towns.items())
    return _best(scored, most)


def nearest_places(text: str, rules: Rules, town_code: str | None, most: int) -> list[Near]:
    """Return the official places nearest to `text`, best first: of a town's name only towns.

    `town_code`: of the town that is known; then it is a village. What ends as neither may be both.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> def nearest(text):
    ...     return [near.name for near in nearest_places(text, rules, None, 2)]
    >>> nearest("洛旸镇"), nearest("上埔村")[:1]
    (['洛阳镇'], ['洛阳镇上浦村'])
    """
    if town_code is not None:
        return nearest(text, rules, town_code, most)
    text = _compared(text)
    towns, villages = (
        any(text.endswith(ending) for kind in endings for ending in kind)
        for endings in (rules.reading.town_endings, rules.reading.village_endings)
    )
    found = [] if villages and not towns else nearest_towns(text, rules, most)
    found += [] if towns and not villages else nearest(text, rules, None, most)
    return sorted(found, key=lambda each: (-each.score, each.code))[:most]


def is_near(found: Sequence[Near]) -> bool:
    """Return whether an official name may be the one that was meant."""
    return bool(found) and found[0].score >= _INSIDE


def are_namesakes(found: Sequence[Near]) -> bool:
    """Return whether a text is the very name of several: no spelling tells which is meant.

    >>> are_namesakes([Near("1", "石湾镇古井村", 1.0), Near("2", "柳河乡古井村", 1.0)])
    True
    >>> are_namesakes([Near("1", "石湾镇古井村", 1.0), Near("2", "柳河乡古村", 0.9)])
    False
    """
    return sum(near.score == 1.0 for near in found) > 1


def plain_choice(found: Sequence[Near]) -> Near | None:
    """Return the name to propose: one that is near, and clearly nearer than the next.

    One that only shares characters is another village.

    >>> plain_choice([Near("1", "上曾村", 0.5)])
    >>> plain_choice([Near("1", "上浦村", 0.9), Near("2", "上埔村", 0.9)])
    >>> plain_choice([Near("1", "上浦村", 0.9), Near("2", "后埔村", 0.5)]).name
    '上浦村'
    """
    if not is_near(found):
        return None
    others = [near for near in found[1:] if near.score >= _INSIDE]
    ahead = not others or found[0].score - others[0].score >= _LEAD
    return found[0] if ahead else None


def _compared(text: str) -> str:
    return flat(text[:_LONGEST])


def _best(scored: Iterable[Near], most: int) -> list[Near]:
    near = [each for each in scored if each.score >= _LEAST]
    return sorted(near, key=lambda each: (-each.score, each.code))[:most]


def _endings(rules: Rules) -> Endings:
    """What may stand at the end of a name of any kind."""
    reading = rules.reading
    return Endings(reading.village_endings + reading.town_endings, reading.own_endings)


@lru_cache(maxsize=100_000)
def _stem(name: str, endings: Endings) -> str:
    """Return a name without the words that say what it is, in simplified characters."""
    stem, kind = stem_of(flat(name), endings)
    return folded(stem.removesuffix(kind) if kind and len(stem) > len(kind) + 1 else stem)


def _likeness(text: str, town: str, name: str, endings: Endings) -> float:
    """How alike a text and a name are, without what they both may have around it."""
    own, best = _stem(name, endings), 0.0
    for short in {_stem(each, endings) for each in (text, _below(text, town, endings)) if each}:
        if own in short:
            best = max(best, _INSIDE + (1 - _INSIDE) * len(own) / len(short))
        elif set(short) & set(own):
            best = max(best, _alike(short, own))
    return best


def _below(text: str, town: str, endings: Endings) -> str:
    """Return what stands behind the name of the town, whatever county is named before it.

    >>> endings = Endings((("镇",), ("村",)))
    >>> [_below(text, "石湾镇", endings) for text in ("甲县石湾镇上坡村", "石湾上坡", "上坡")]
    ['上坡村', '上坡', '上坡']
    """
    if not town:
        return text
    for name in (flat(town), _stem(town, endings)):
        before, found, behind = text.partition(name)
        if found and (name == flat(town) or not before):
            return behind
    return text


@lru_cache(maxsize=100_000)
def _alike(text: str, name: str) -> float:
    """How alike two stems are that share a character; what sounds the same is nearly the same.

    >>> _alike("河弯", "河湾"), _alike("河湖", "河湾") > _alike("河弯", "柳河")
    (0.9, True)
    """
    ratio = SequenceMatcher(None, text, name, autojunk=False).ratio()
    if len(text) == len(name):
        if _sounds(text) & _sounds(name):
            return _SOUND
        ratio = (ratio + sum(map(eq, text, name)) / len(name)) / 2
    return _SHARE * ratio


@lru_cache(maxsize=10_000)
def _sounds(name: str) -> frozenset[str]:
    (heard,) = readings(pl.Series([name]))
    return frozenset(() if heard is None else heard)
