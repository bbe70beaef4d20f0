"""How far two texts are apart: the only user of rapidfuzz.

Characters that are taken for one another by their shape: 己 已, 治 冶, 玮 伟.

The table is built by `tools/build_lookalikes.py` from components, stroke order and four-corner
codes; sources, licences and how far it can be trusted: `loubao/tables/README.md`. It knows
simplified characters: look up what is left after folding variants.

>>> "治" in pairs().filter(one="冶")["other"]
True

Names of which a rare character is written as it sounds: 郑yu for 郑彧.

Latin names: words in any order, initials, typing errors.

The level of two names: equal, alike in sound or shape, masked, a slip apart.

What the levels mean is said in `agreement`. Pairs of names that are met twice are few among
candidates: to find them costs more than to measure them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import polars as pl
from rapidfuzz.distance import OSA

from loubao.core.readings import readings, sound, sounds
from loubao.linkage import levels
from loubao.linkage.levels import ENUMS


def edits(left: pl.Series, right: pl.Series, cutoff: int) -> pl.Series:
    """Return the optimal string alignment distance (UInt8); beyond `cutoff` it is `cutoff + 1`."""
    return pl.Series(
        [
            OSA.distance(one, other, score_cutoff=cutoff)
            for one, other in zip(left.to_list(), right.to_list(), strict=True)
        ],
        dtype=pl.UInt8,
    )


def moved(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return whether both sides have the same characters, in whatever order (Boolean)."""
    return pl.Series(
        [
            sorted(one) == sorted(other)
            for one, other in zip(left.to_list(), right.to_list(), strict=True)
        ],
        dtype=pl.Boolean,
    )


def within(one: str, other: str, cutoff: int) -> bool:
    """Return whether no more than `cutoff` edits lie between two words."""
    return bool(OSA.distance(one, other, score_cutoff=cutoff) <= cutoff)


@cache
def pairs() -> pl.DataFrame:
    """Return the characters that look alike, each pair both ways: `one`, `other` (String).

    Made to be joined with: one row a pair, no character beside itself. Read on first use and kept.
    """
    path = files("loubao") / "tables" / "lookalikes.tsv"
    once = (
        pl.read_csv(path.read_bytes(), separator="\t", comment_prefix="#", quote_char=None)
        .select(one="char", other=pl.col("others").str.split(""))
        .explode("other")
    )
    return pl.concat([once, once.select(one="other", other="one")])


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


_LATIN = r"^[A-Z ]+$"


def levels_of_names(sides: pl.DataFrame) -> pl.Series:
    """Return the level (Enum) of each pair, from `l_name`, `l_name_key` and the same of `r_`."""
    named = sides.select(
        "l_name",
        "r_name",
        levels.equal_name_level().alias("level"),
        l="l_name_key",
        r="r_name_key",
    ).with_row_index("pair")
    odd = named.filter(pl.col("level") == "different")
    latin = odd.select(
        (pl.col("l").str.contains(_LATIN) & pl.col("r").str.contains(_LATIN)).alias("latin")
    )["latin"]
    chinese, foreign = odd.filter(~latin), odd.filter(latin)
    level = named["level"].to_physical()
    if chinese.height:
        found = _edited(chinese).select(levels.name_level().alias("level"))["level"]
        level = level.scatter(chinese["pair"], found.to_physical())
    if foreign.height:
        found = latin_level(foreign["l"], foreign["r"])
        level = level.scatter(foreign["pair"], found.to_physical())
    return level.cat.to(levels.ENUMS["name"])


def _edited(odd: pl.DataFrame) -> pl.DataFrame:
    """Add `edits`, `mask`, `sounds`, `alike` and `moved` to unequal keys `l` and `r`."""
    odd = odd.with_row_index("odd").with_columns(edits=edits(odd["l"], odd["r"], 2))
    hidden = pl.any_horizontal(pl.col(side).str.contains("?", literal=True) for side in "lr")
    masked = odd.filter(hidden)
    masks = masked.select("odd", mask=levels.mask_level())
    close = odd.filter((pl.col("edits") <= 2) & ~hidden)
    two = close.filter(pl.col("edits") == 2)
    # of two characters that differ, each is read as it is oftenest
    same = sound(pl.col("l")) == sound(pl.col("r"))
    spelt = masked.filter(pl.any_horizontal(pl.col("l_name", "r_name").str.contains(SPELT)))
    sounds = pl.concat(
        [
            _heard(close.filter(pl.col("edits") == 1)),
            two.filter(same)["odd"],
            spelt.filter(spelt_alike(spelt["l_name"], spelt["r_name"]))["odd"],
        ]
    )
    alike = _alike_of_names(close.filter(pl.col("edits") == 1))
    permuted = _permuted(close)
    return odd.join(masks, on="odd", how="left", maintain_order="left").with_columns(
        sounds=pl.col("odd").is_in(sounds.implode()),
        alike=pl.col("odd").is_in(alike.implode()),
        moved=pl.col("odd").is_in(permuted.implode()),
    )


def _heard(odd: pl.DataFrame) -> pl.Series:
    """Which of the pairs of names have a reading in common."""
    if odd.is_empty():
        return odd["odd"]
    names = pl.concat([odd["l"], odd["r"]]).unique()
    aloud = pl.DataFrame({"name": names, "readings": readings(names)})
    both = odd.join(aloud, left_on="l", right_on="name").join(
        aloud, left_on="r", right_on="name", suffix="_r"
    )
    common = pl.col("readings").list.set_intersection("readings_r").list.len() > 0
    return both.filter(common)["odd"]


def _permuted(odd: pl.DataFrame) -> pl.Series:
    """Which of the pairs of names have the same characters in another order."""
    left, right = pl.col("l"), pl.col("r")
    others = [(left.str.slice(i, 1) != right.str.slice(i, 1)).cast(pl.UInt8) for i in range(6)]
    few = odd.filter(
        (left.str.len_bytes() == right.str.len_bytes()) & (pl.sum_horizontal(others) > 1)
    )
    return few.filter(moved(few["l"], few["r"]))["odd"]


def _alike_of_names(odd: pl.DataFrame) -> pl.Series:
    """Which of the pairs of names one character apart look alike."""
    if odd.is_empty():
        return odd["odd"]
    places = [
        odd.filter(pl.col("l").str.len_chars() == pl.col("r").str.len_chars())
        .select("odd", one=pl.col("l").str.slice(i, 1), other=pl.col("r").str.slice(i, 1))
        .filter(pl.col("one") != pl.col("other"))
        for i in range(6)
    ]
    return pl.concat(places).join(pairs(), on=["one", "other"], how="semi")["odd"].unique()
