"""Names in which characters are hidden on purpose: what shows of them, and whether it agrees.

A match key has `?` for each hidden character (周* and 周某 are 周?).
"""

from __future__ import annotations

import polars as pl

#: What `mask_level` finds; `different` beside them.
MASKED = ("masked", "surname_only", "one_shown", "both_masked")
_TWO = 2
#: Characters of a name that are looked at one by one.
PLACES = 6


def mask_level(keys: pl.DataFrame) -> pl.Series:
    """Return the level of two keys `l` and `r` of which one hides a character at least.

    It is `masked` when all that shows agrees, two characters at least; `one_shown` for two
    characters of which one agrees; `surname_only` where no more shows; `both_masked` for less
    than two that agree where either side hides some. A mask at the end may stand for several
    characters, and then only the surname counts.

    >>> def of(right, *left):
    ...     return mask_level(pl.DataFrame({"l": left, "r": [right] * len(left)})).to_list()
    >>> of("庄国", "庄?", "?国", "庄??", "?民")
    ['one_shown', 'one_shown', 'surname_only', 'different']
    >>> of("庄建国", "庄?国", "?建国", "庄?", "庄??")
    ['masked', 'masked', 'surname_only', 'surname_only']
    >>> of("庄建国", "庄?民", "庄明?", "庄明国?", "?国", "??国", "???")
    ['different', 'different', 'different', 'different', 'different', 'different']
    >>> of("庄?", "庄?", "庄??", "?国", "李?")
    ['both_masked', 'both_masked', 'both_masked', 'different']
    """
    # in three steps: what one step names again, polars works out again
    key, other = pl.col("l"), pl.col("r")
    same_length = key.str.len_chars() == other.str.len_chars()
    facts = keys.select("l", "r", **_characters()).select(
        pl.sum_horizontal(_shown_alike()).alias("some"),
        surname=_shown_alike()[0],
        same_length=same_length,
        two=key.str.len_chars() == _TWO,
        agree=same_length & pl.all_horizontal(_agreeing("l", "r")),
        cut_short=_is_cut_short("l", "r") | _is_cut_short("r", "l"),
        both=hides(key) & hides(other),
    )
    agree, some = pl.col("agree"), pl.col("some")
    by_surname = pl.col("surname") & (agree | (pl.col("cut_short") & ~pl.col("same_length")))
    return facts.select(
        level=pl.when(agree & (some > 1))
        .then(pl.lit("masked"))
        .when(pl.col("both") & (agree | by_surname))
        .then(pl.lit("both_masked"))
        .when(agree & (some == 1) & pl.col("two"))
        .then(pl.lit("one_shown"))
        .when(by_surname)
        .then(pl.lit("surname_only"))
        .otherwise(pl.lit("different"))
    ).to_series()


def _characters() -> dict[str, pl.Expr]:
    """The characters of both keys, l0 …, and l-0 … of what stands before a mask at the end."""
    texts = {side: pl.col(side) for side in "lr"}
    texts |= {f"{side}-": pl.col(side).str.strip_chars_end("?") for side in "lr"}
    return {f"{t}{n}": text.str.slice(n, 1) for t, text in texts.items() for n in range(PLACES)}


def _shown_alike() -> list[pl.Expr]:
    """Whether both keys show the same character, at each place."""
    pairs = [(pl.col(f"l{n}"), pl.col(f"r{n}")) for n in range(PLACES)]
    return [(left == right) & (left != "?") & (left != "") for left, right in pairs]


def _agreeing(side: str, other: str) -> list[pl.Expr]:
    """Whether two keys have the same character or one hides it, at each place."""
    pairs = [(pl.col(f"{side}{n}"), pl.col(f"{other}{n}")) for n in range(PLACES)]
    return [(left == right) | (left == "?") | (right == "?") for left, right in pairs]


def hides(key: pl.Expr) -> pl.Expr:
    """Return whether a key hides a character."""
    return key.str.contains("?", literal=True)


def shows_one(key: pl.Expr) -> pl.Expr:
    """Return whether a key hides all but one of its characters.

    >>> names = pl.DataFrame({"name_key": ["周?", "?涛", "周??", "何?月", "周", "周涛"]})
    >>> names.select(shows_one(pl.col("name_key"))).to_series().to_list()
    [True, True, True, False, False, False]
    """
    return hides(key) & (key.str.replace_all("?", "", literal=True).str.len_chars() <= 1)


def _is_cut_short(side: str, other: str) -> pl.Expr:
    """Whether a key is masked at its end, and the other begins as it does before that."""
    begun = f"{side}-"
    past = [pl.col(f"{begun}{n}") == "" for n in range(PLACES)]
    begins = [one | same for one, same in zip(past, _agreeing(begun, other), strict=True)]
    return pl.col(side).str.ends_with("?") & pl.all_horizontal(begins)


def is_hidden_alike(one: str, other: str) -> bool:
    """Return whether two match keys of one length differ only where `?` stands for a character.

    >>> [is_hidden_alike("?涛", name) for name in ("周涛", "周敏", "周小涛")]
    [True, False, False]
    """
    hidden = "?" in one or "?" in other
    places = zip(one, other, strict=False)
    return hidden and len(one) == len(other) and all(a == b or "?" in (a, b) for a, b in places)
