"""Where a match probability comes from: the steps that a decision is the sum of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.linkage.comparison import FIELDS, evidence_of
from loubao.linkage.model import Model

#: One row a step; `place` counts the steps of a pair from 0, `level` is null but for fields,
#: `total` is the sum so far.
STEPS: frames.Schema = {
    "left_id": pl.UInt64,
    "right_id": pl.UInt64,
    "place": pl.UInt8,
    "step": pl.String,
    "level": pl.String,
    "weight": pl.Float64,
    "total": pl.Float64,
}
#: Log2 odds beyond which a probability is too near to 0 or 1 to tell them.
_SATURATED = 40.0
#: Less than this is the rounding of a sum.
_ROUNDING = 1e-6
_Step: TypeAlias = tuple[object, object, int, str, str | None, float, float]


def steps(decisions: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Return the waterfall (STEPS) of DECISIONS whose weights come from `model`, in their order.

        prior            how likely two rows drawn at random are one person
        <field>          what the agreement level of each field weighs
        rarity           what the name adds for being rarer, or takes for being commoner, than most
        rivals           what others take who may be the person as well

    All are log2 odds, so that they add up: the total after the last step is the log2 odds of the
    match probability. The rarity is the rest of the match weight that the fields leave, and the
    rivals are the rest of the probability that the weight leaves. Raises `ValueError` where a
    decision has no weight, or a level that the model does not know.
    """
    rows = [row for decision in decisions.iter_rows(named=True) for row in _steps(decision, model)]
    return pl.DataFrame(rows, schema=dict(STEPS), orient="row")


def log_odds(probability: float) -> float:
    """Return log2(p / (1 - p)), at most 40 either way.

    >>> log_odds(0.5), round(log_odds(0.8), 9), log_odds(1.0)
    (0.0, 2.0, 40.0)
    """
    if probability <= 0.0 or probability >= 1.0:
        return math.copysign(_SATURATED, probability - 0.5)
    odds = math.log2(probability) - math.log2(1.0 - probability)
    return max(-_SATURATED, min(_SATURATED, odds))


def probability(odds: float) -> float:
    """Return the probability of log2 odds.

    >>> probability(0.0), probability(2.0), round(probability(-10.0), 6), probability(5000.0)
    (0.5, 0.8, 0.000976, 1.0)
    """
    return 1.0 / (1.0 + math.pow(2.0, -max(-1000.0, min(1000.0, odds))))


def _steps(decision: Mapping[str, Any], model: Model) -> Iterator[_Step]:
    """The steps of one decision."""
    weight, probability = decision["match_weight"], decision["match_probability"]
    evidence = decision["evidence"]
    if weight is None or probability is None or not math.isfinite(weight + probability):
        raise ValueError("a decision without a weight")
    if evidence is None:
        raise ValueError("a decision without evidence")
    order = (*FIELDS, *model.particulars)
    shown = {field: field if field in FIELDS else evidence_of(field) for field in order}
    levels = {field: evidence.get(shown[field]) or "unknown" for field in order}
    try:
        weights = model.weights(tuple(levels.values()))
    except KeyError:
        raise ValueError("a level that the model does not know") from None
    rarity = weight - math.fsum(weights.values())
    bars: list[tuple[str, str | None, float]] = [
        ("prior", None, model.prior),
        *((field, levels[field], weights[field]) for field in model.weighed),
        ("rarity", None, 0.0 if abs(rarity) < _ROUNDING else rarity),
        ("rivals", None, _rivals(model.prior + weight, probability)),
    ]
    total = 0.0
    for place, (step, level, bits) in enumerate(bars):
        total += bits
        yield decision["left_id"], decision["right_id"], place, step, level, bits, total


def _rivals(alone: float, probability: float) -> float:
    """What rivals take from the log2 odds that a pair has `alone`.

    0 where both are too near to 0 or 1 to tell them apart.

    >>> _rivals(0.0, 0.5), round(_rivals(10.0, 0.5), 9), _rivals(55.0, 1.0)
    (0.0, -10.0, 0.0)
    """
    whole = log_odds(probability)
    if abs(whole) >= _SATURATED - 1 and whole * alone > 0 and abs(alone) >= _SATURATED - 1:
        return 0.0
    rest = whole - alone
    return 0.0 if abs(rest) < 1e-3 else rest
