"""Latin names: words in any order, initials, typing errors."""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import OSA

from loubao.linkage.agreement import ENUMS

#: Letters that a typing error may change in a word of so many letters, at least.
_FORGIVEN = ((3, 1), (8, 2))


def latin_level(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the level (Enum of the name) of each two unequal keys of upper-case words."""
    return pl.Series(
        [_level(one.split(" "), other.split(" ")) for one, other in zip(left, right, strict=True)],
        dtype=ENUMS["name"],
    )


def _level(left: list[str], right: list[str]) -> str:
    """Words are taken away in pairs: equal ones, then initials, then typing errors.

    >>> _level(["NGUYEN", "THI", "HOA"], ["HOA", "NGUYEN", "THI"])
    'variant'
    >>> _level(["JOHN", "Q", "SMITH"], ["JOHN", "QUINCY", "SMITH"])
    'subset'
    >>> _level(["JON", "SMITH"], ["JOHN", "SMIHT"])
    'one_character'
    >>> _level(["MARY", "SMITH"], ["MARY", "JONES"])
    'one_word'
    """
    one, other = list(left), list(right)
    equal = _paired(one, other, str.__eq__)
    if not one and not other:
        return "variant"
    if "".join(left) == "".join(right):
        return "variant"
    initials = _paired(one, other, _initial)
    typed = _paired(one, other, _typed)
    rest = min(len(one), len(other))
    whole = [word for word in equal + typed if len(word) > 1]
    if rest == 0 and len(whole) + len(initials) > 1:
        return "one_character" if typed else "subset"
    if rest == 0 and whole and not one and not other:
        return "one_character"
    return "one_word" if whole else "different"


def _paired(one: list[str], other: list[str], agree: object) -> list[str]:
    """Take away the words of both lists that agree, each once; return those of the first."""
    found = []
    for word in list(one):
        partner = next((w for w in other if agree(word, w)), None)  # type: ignore[operator]
        if partner is not None:
            one.remove(word)
            other.remove(partner)
            found.append(word)
    return found


def _initial(one: str, other: str) -> bool:
    return min(len(one), len(other)) == 1 and one[0] == other[0]


def _typed(one: str, other: str) -> bool:
    length = min(len(one), len(other))
    allowed = max((edits for least, edits in _FORGIVEN if length >= least), default=0)
    return bool(OSA.distance(one, other, score_cutoff=allowed) <= allowed)
