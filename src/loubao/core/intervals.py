"""Intervals: of a share (the score interval), and of a count of rare events.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Amer.
Statist. Assoc. 22, 1927, 209–212.
"""

from __future__ import annotations

import math

#: two-sided 95 %
Z = 1.959963984540054
_TAIL = 0.025
#: From this mean on Poisson's distribution is taken for the normal one.
_LARGE = 300.0


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share seen in `n` cases; (0, 1) in none.

    `n` need not be whole: for a weighted sample it is the effective number of cases.

    >>> tuple(round(end, 4) for end in wilson(81 / 263, 263))
    (0.2553, 0.3662)

    Where all or none are right, it still has a width:

    >>> [tuple(round(end, 3) for end in wilson(share, 20)) for share in (0.0, 1.0)]
    [(0.0, 0.161), (0.839, 1.0)]
    """
    if n <= 0:
        return 0.0, 1.0
    middle = share + Z * Z / (2 * n)
    reach = Z * math.sqrt(max(share * (1 - share), 0.0) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    low = 0.0 if share <= 0 else (middle - reach) / whole
    high = 1.0 if share >= 1 else (middle + reach) / whole
    return low, high


def poisson(mean: float) -> tuple[float, float]:
    """Return between what a count of this mean falls in 95 of 100 cases, if it is Poisson's.

    The ends are counts; for a large mean those of the normal distribution.

    >>> poisson(0.01), poisson(0.1), poisson(3.0)
    ((0.0, 0.0), (0.0, 1.0), (0.0, 7.0))
    >>> tuple(round(end) for end in poisson(400.0))
    (361, 439)
    """
    if mean > _LARGE:
        reach = Z * math.sqrt(mean)
        return mean - reach, mean + reach
    term, sum_, count, low = math.exp(-mean), 0.0, 0, None
    while True:
        sum_ += term
        if low is None and sum_ > _TAIL:
            low = count
        if sum_ >= 1 - _TAIL:
            return float(low or 0), float(count)
        count += 1
        term *= mean / count
