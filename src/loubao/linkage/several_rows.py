"""Several rows of one person in the right table: rivals for a left row, or the same person again.

Of the candidates of a left row, with odds o(i) each by itself, a set S is right with the odds

    d^(|S| - 1) · Π o(i)        i in S;   1 for nobody

where d says how often a second row of one person is found beside the first. d = 0: everybody stands
once, and candidates are rivals; d = 1, the most: a second row is as likely as if the first were not
there. Summed over all sets,

    Z    = 1 + (Π (1 + d·o(i)) - 1) / d
    P(i) = o(i) · Π (1 + d·o(j)) / Z        over the others j

d is that which makes the odds at hand likeliest: with R right rows and the prior odds π of a pair,
the sum over the left rows of log Z(d), less the same of what the prior alone expects.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

#: Values of d that are tried (log2), finer than data can tell. Beyond 1 candidates would support
#: each other: ten that are each unlikely would make each other sure.
_TRIED = tuple(step / 2 for step in range(-40, 1))
#: What the likelihood must gain for candidates not to be rivals (natural logarithm).
_GAIN = 10.0
#: Sums are counted in such parts of one.
_PARTS = 2**30
#: Above this exponent the 1 of nobody is beyond a double.
_LARGE = 35.0


def rows_of_one_person(best: pl.DataFrame, lefts: int, rights: int, prior: float) -> float:
    """Return d, 0 where nothing speaks for several rows of one person.

    `best`: `left` and `odds` (Float64) of each candidate person; `prior`: odds of two rows.

    >>> several = pl.DataFrame({"left": [1, 1, 2, 2, 3], "odds": [1e6, 1e5, 1e6, 1e6, 1e4]})
    >>> rows_of_one_person(several, 9, 9, 0.05) > 0.5
    True
    >>> rows_of_one_person(several.unique("left"), 9, 9, 0.05)
    0.0
    """
    return likeliest(sums_of(best), lefts, rights, prior)


def sums_of(best: pl.DataFrame) -> list[int]:
    """Return what the likelihood of each d is made of, of some of the left rows.

    `best` has all candidate persons of each of them. The sums of several frames may be added, in
    any order: they are counted in parts of 2^-30, as whole numbers. They are those of log(1 + Σ o)
    of all left rows, of log(1 + o) of those with one candidate, and for each d that is tried of
    log Z(d) of the others.
    """
    odds = best.filter(pl.col("odds") > 1e-6).select("left", "odds").sort("left", "odds")
    alone = odds.group_by("left", maintain_order=True).agg(pl.col("odds").sum())["odds"]
    several = odds.filter(pl.len().over("left") > 1)
    single = odds.filter(pl.len().over("left") == 1)["odds"]
    sums = [_summed((1 + alone).log()), _summed((1 + single).log())]
    for tried in _TRIED:
        d = 2.0**tried
        exponent = (
            several.with_columns(a=(1 + d * pl.col("odds")).log())
            .group_by("left", maintain_order=True)
            .agg(pl.col("a").sum())["a"]
        )
        sums.append(_summed(pl.select(_log_all(pl.lit(exponent), d)).to_series()))
    return sums


def likeliest(sums: Sequence[int], lefts: int, rights: int, prior: float) -> float:
    """Return d from the `sums_of` all left rows, 0 where nothing speaks for several rows."""
    alone, single, *several = (each / _PARTS for each in sums)
    found, most = 0.0, alone - lefts * math.log1p(prior * rights) + _GAIN
    for tried, together in zip(_TRIED, several, strict=True):
        d = 2.0**tried
        expected = prior * rights * d
        by_prior = math.log1p(math.expm1(min(expected, _LARGE)) / d)
        likelihood = single + together - lefts * by_prior
        if likelihood > most:
            found, most = d, likelihood
    return found


def _summed(logs: pl.Series) -> int:
    """The sum as a whole number of parts: the same in whatever order, and of whatever pieces."""
    return int((logs * _PARTS).round().cast(pl.Int64).sum())


def _log_all(exponent: pl.Expr, d: float) -> pl.Expr:
    """Log Z from Σ log(1 + d·o)."""
    small = (1 + (exponent.clip(upper_bound=_LARGE).exp() - 1) / d).log()
    return pl.when(exponent > _LARGE).then(exponent - math.log(d)).otherwise(small)


def share_of_each(own: pl.Expr, best: pl.Expr, exponent: pl.Expr, d: float) -> pl.Expr:
    """Return P(i): `own` odds of a row, `best` odds of its person, Σ log(1 + d·best) of all.

    >>> odds = pl.DataFrame({"o": [8.0, 8.0]})
    >>> def of(d):
    ...     exponent = (1 + d * pl.col("o")).log().sum()
    ...     found = odds.select(share_of_each(pl.col("o"), pl.col("o"), exponent, d)).to_series()
    ...     return [round(share, 3) for share in found]
    >>> of(1e-9), of(1.0)  # rivals; independent of each other
    ([0.471, 0.471], [0.889, 0.889])
    """
    bounded = exponent.clip(upper_bound=_LARGE)
    others = bounded.exp() / (1 + (bounded.exp() - 1) / d)
    # beyond that Z is Π / d
    others = pl.when(exponent > _LARGE).then(pl.lit(d)).otherwise(others)
    return own / (1 + d * best) * others
