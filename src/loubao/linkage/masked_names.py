"""Names in which characters are hidden on purpose: what shows of them, and whether it agrees.

A match key has `?` for each hidden character (周* and 周某 are 周?).
"""

from __future__ import annotations

import polars as pl

#: What `mask_level` finds; `different` beside them.
MASKED = ("masked", "surname_only", "given_only", "both_masked")
#: Characters of a name that are looked at one by one.
PLACES = 6


def mask_level() -> pl.Expr:
    """Return the level of two keys `l` and `r` of which one hides a character at least.

    It is `masked` when all that shows agrees, two characters at least. Where less shows, it is
    `surname_only` or `given_only`, and `both_masked` where either hides the rest. A mask at the
    end may stand for several characters, and then only the surname counts.

    >>> def of(right, *left):
    ...     keys = pl.DataFrame({"l": left}).with_columns(r=pl.lit(right))
    ...     return keys.select(mask_level()).to_series().to_list()
    >>> of("庄建国", "庄?国", "?建国", "庄?", "庄??", "??国")
    ['masked', 'masked', 'surname_only', 'surname_only', 'given_only']
    >>> of("庄建国", "庄?民", "庄明?", "庄明国?", "?国", "???")
    ['different', 'different', 'different', 'different', 'different']
    >>> of("庄?", "庄?", "庄??", "?国", "李?")
    ['both_masked', 'both_masked', 'both_masked', 'different']
    """
    key, other = pl.col("l"), pl.col("r")
    agree, shown = [], []
    for place in range(PLACES):
        left, right = key.str.slice(place, 1), other.str.slice(place, 1)
        agree.append((left == right) | (left == "?") | (right == "?"))
        shown.append((left == right) & (left != "?") & (left != ""))
    same_length = key.str.len_chars() == other.str.len_chars()
    all_agree = same_length & pl.all_horizontal(agree)
    cut_short = (_is_cut_short(key, other) | _is_cut_short(other, key)) & ~same_length
    by_surname = shown[0] & (all_agree | cut_short)
    some = pl.sum_horizontal(shown)
    both = hides(key) & hides(other)
    return (
        pl.when(all_agree & (some > 1))
        .then(pl.lit("masked"))
        .when(both & (all_agree | by_surname))
        .then(pl.lit("both_masked"))
        .when(by_surname)
        .then(pl.lit("surname_only"))
        .when(all_agree & (some == 1))
        .then(pl.lit("given_only"))
        .otherwise(pl.lit("different"))
    )


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


def _is_cut_short(key: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Whether a key is masked at its end, and the other begins as it does before that."""
    begun = key.str.strip_chars_end("?")
    agree = []
    for place in range(PLACES):
        left, right = begun.str.slice(place, 1), other.str.slice(place, 1)
        agree.append(left.is_in(["", "?"]) | (left == right) | (right == "?"))
    return key.str.ends_with("?") & pl.all_horizontal(agree)


def is_hidden_alike(one: str, other: str) -> bool:
    """Return whether two match keys of one length differ only where `?` stands for a character.

    >>> [is_hidden_alike("?涛", name) for name in ("周涛", "周敏", "周小涛")]
    [True, False, False]
    """
    hidden = "?" in one or "?" in other
    places = zip(one, other, strict=False)
    return hidden and len(one) == len(other) and all(a == b or "?" in (a, b) for a, b in places)
