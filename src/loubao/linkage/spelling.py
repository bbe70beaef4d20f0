"""Names of which a rare character is written as it sounds: 郑yu for 郑彧."""

from __future__ import annotations

import re

import polars as pl

from loubao.characters.reading import sounds

#: A name with Chinese characters and Latin letters, and its places.
SPELT = r"\p{Han}.*[A-Za-z]|[A-Za-z].*\p{Han}"
_PLACE = re.compile("[A-Za-z]+|.")


def spelt_alike(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return whether each two names (String, as written) sound alike place by place (Boolean)."""
    return pl.Series(
        [_alike(one, other) for one, other in zip(left.to_list(), right.to_list(), strict=True)],
        dtype=pl.Boolean,
    )


def _alike(left: str, right: str) -> bool:
    """Whether two names have as many places, each with a sound in common.

    >>> _alike("郑yu", "郑彧"), _alike("李XUAN", "李铉"), _alike("郑yu", "郑国")
    (True, True, False)
    >>> _alike("王*yu", "王国彧")
    False
    """
    one, other = _PLACE.findall(left), _PLACE.findall(right)
    return len(one) == len(other) > 1 and all(
        bool(_sounds(a) & _sounds(b)) for a, b in zip(one, other, strict=True)
    )


def _sounds(place: str) -> set[str]:
    return {place.lower()} if place.isascii() and place.isalpha() else set(sounds(place))
