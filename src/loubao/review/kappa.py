"""Cohen's kappa: how far two readers agree beyond what chance would make them.

J. Cohen, "A coefficient of agreement for nominal scales", Educ. Psychol. Meas. 20, 1960, 37–46; the
standard error for large samples is that of J. L. Fleiss, J. Cohen and B. S. Everitt, "Large sample
standard errors of kappa and weighted kappa", Psychol. Bull. 72, 1969, 323–327.

The interval is not kappa ± 1.96 standard errors: with two readers who nearly always agree that
holds the true kappa in 88 to 93 of 100 cases, and it has no width where they always do. Kappa is
the observed agreement, shifted and stretched by that of chance; so the interval is Wilson's of the
observed agreement, in as many cases as give it that standard error, shifted and stretched likewise
(`benchmarks/labels.py` measures both).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from loubao.core.intervals import wilson
from loubao.review.cards import Agreement


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement | None:
    """Return the agreement of the answers of a first and a second reader to the same questions.

    None below two questions.

    45 times both yes, 25 both no, 15 and 15 apart: 0.70 observed, 0.60² + 0.40² = 0.52 by chance.

    >>> answers = [("y", "y")] * 45 + [("y", "n")] * 15 + [("n", "y")] * 15 + [("n", "n")] * 25
    >>> found = agreement(answers)
    >>> found.pairs, found.agreed, round(found.kappa, 4)
    (100, 70, 0.375)
    >>> round(found.low, 4), round(found.high, 4)
    (0.1777, 0.5422)
    >>> agreement([("y", "y"), ("y", "y")]).kappa is None, agreement([("y", "n")]) is None
    (True, True)
    """
    n = len(pairs)
    if n < 2:
        return None
    agreed = sum(one == other for one, other in pairs)
    first = {key: count / n for key, count in Counter(one for one, _ in pairs).items()}
    second = {key: count / n for key, count in Counter(other for _, other in pairs).items()}
    observed = agreed / n
    expected = math.fsum(share * second.get(key, 0.0) for key, share in first.items())
    if expected >= 1.0:
        return Agreement(n, agreed, None, None, None)
    kappa = (observed - expected) / (1 - expected)
    diagonal, beside = [], []
    for (one, other), count in Counter(pairs).items():
        if one == other:
            margins = first[one] + second[one]
            diagonal.append(count / n * ((1 - expected) - margins * (1 - observed)) ** 2)
        else:
            margins = second.get(one, 0.0) + first.get(other, 0.0)
            beside.append(count / n * margins**2)
    variance = (
        math.fsum(diagonal)
        + (1 - observed) ** 2 * math.fsum(beside)
        - (observed * expected - 2 * expected + observed) ** 2
    ) / (n * (1 - expected) ** 4)
    # how many cases of the observed agreement have that standard error
    cases = float(n)
    if agreed < n and variance > 0:
        cases = observed * (1 - observed) / (variance * (1 - expected) ** 2) or cases
    low, high = ((end - expected) / (1 - expected) for end in wilson(observed, cases))
    return Agreement(n, agreed, kappa, low, high)
