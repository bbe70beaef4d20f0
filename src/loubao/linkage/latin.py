"""Latin names: words in any order, initials, typing errors."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from loubao.linkage.agreement import ENUMS
from loubao.linkage.distance import within

#: Letters that a word has at least in which a typing error is told from another word, and that a
#: name cut short keeps; letters of one in which two errors are.
_SHORT, _LONG = 3, 7


def latin_level(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the level (Enum of the name) of each two unequal keys of upper-case words."""
    return pl.Series(
        [
            _level(one.split(" "), other.split(" "))
            for one, other in zip(left.to_list(), right.to_list(), strict=True)
        ],
        dtype=ENUMS["name"],
    )


def _level(left: list[str], right: list[str]) -> str:
    """Words are taken away in pairs: equal ones, then initials, then typing errors.

    The first word is taken for a given name, the last for the surname: people of one family share
    the latter.

    >>> _level(["NGUYEN", "THI", "HOA"], ["HOA", "NGUYEN", "THI"])
    'variant'
    >>> _level(["JOHN", "Q", "SMITH"], ["JOHN", "QUINCY", "SMITH"])
    'masked'
    >>> _level(["JOHN", "Q", "SMITH"], ["JOHN", "PAUL", "SMITH"])
    'subset'
    >>> _level(["JON", "SMITH"], ["JOHN", "SMIHT"])
    'one_character'
    >>> _level(["MARY", "SMITH"], ["MARY", "JONES"])
    'given_name'
    >>> _level(["MARY", "SMITH"], ["LUCY", "SMITH"])
    'one_word'
    >>> _level(["PEGGY", "J", "SMITH"], ["MARGARET", "JOAN", "SMITH"])
    'word_and_initial'
    """
    one, other = list(left), list(right)
    # the commonest answers first: to ask every word of every other takes ten times as long
    equal = [] if set(left).isdisjoint(right) else _paired(one, other, str.__eq__)
    if (not one and not other) or "".join(left) == "".join(right):
        return "variant"
    lone = any(len(word) == 1 for word in (*one, *other))
    initials = _paired(one, other, _initial) if lone else []
    typed = _paired(one, other, _typed)
    words = [word for word in equal + typed if len(word) > 1]
    if not words:
        return "different"
    if len(words) > 1 or (not one and not other):
        if typed:
            return "one_character"
        return "masked" if initials and not one and not other else "subset"
    if len(equal) + len(initials) > 1 and min(len(one), len(other)) == 0:
        return "subset"
    first = left[0] == right[0] or _typed(left[0], right[0])
    if first and min(len(left), len(right)) > 1:
        return "given_name"
    same_letter = bool(one and other) and one[0][0] == other[0][0]
    return "word_and_initial" if initials or same_letter else "one_word"


def _paired(one: list[str], other: list[str], agree: Callable[[str, str], bool]) -> list[str]:
    """Take away the words of both lists that agree, each once; return those of the first."""
    found = []
    for word in list(one):
        partner = next((w for w in other if agree(word, w)), None)
        if partner is not None:
            one.remove(word)
            other.remove(partner)
            found.append(word)
    return found


def _initial(one: str, other: str) -> bool:
    return min(len(one), len(other)) == 1 and one[0] == other[0]


def _typed(one: str, other: str) -> bool:
    """A typing error, or a name cut short (ROB for ROBERT)."""
    length, longer = sorted((len(one), len(other)))
    if length < _SHORT:
        return one == other
    if one[:length] == other[:length]:
        return True
    allowed = 1 if length < _LONG else 2
    return longer - length <= allowed and within(one, other, allowed)
