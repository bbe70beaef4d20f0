"""Where a match probability comes from: the weights of a decision, step by step.

    prior            how likely two rows drawn at random are one person
    <field>          what the agreement level of each field weighs
    rarity           what the name adds for being rarer, or takes for being commoner, than most
    rivals           what others take who may be the person as well

All are log2 odds, so that they add up: the total after the last step is the log2 odds of the match
probability. The rarity is the rest of the match weight that the fields leave, and the rivals are
the rest of the probability that the weight leaves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from loubao.core import frames
from loubao.linkage.comparison import FIELDS
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
_TOLD = 40.0
#: Less than this is the rounding of a sum.
_NOTHING = 1e-6


def steps(decisions: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Return STEPS of DECISIONS whose weights come from `model`, in the order of the decisions.

    Raises `ValueError` where a decision has no weight, or a level that the model does not know.
    """
    rows = [row for decision in decisions.iter_rows(named=True) for row in _steps(decision, model)]
    return pl.DataFrame(rows, schema=dict(STEPS), orient="row")


def log_odds(probability: float) -> float:
    """Return log2(p / (1 - p)), at most 40 either way.

    >>> log_odds(0.5), round(log_odds(0.8), 9), log_odds(1.0)
    (0.0, 2.0, 40.0)
    """
    if probability <= 0.0 or probability >= 1.0:
        return math.copysign(_TOLD, probability - 0.5)
    odds = math.log2(probability) - math.log2(1.0 - probability)
    return max(-_TOLD, min(_TOLD, odds))


def _steps(
    decision: dict[str, object], model: Model
) -> Iterator[tuple[object, object, int, str, str | None, float, float]]:
    weight, probability = decision["match_weight"], decision["match_probability"]
    evidence = decision["evidence"]
    if not isinstance(weight, float) or not isinstance(probability, float):
        raise ValueError("a decision without a weight")
    if not math.isfinite(weight + probability):
        raise ValueError("a decision without a weight")
    if not isinstance(evidence, dict):
        raise ValueError("a decision without evidence")
    levels = {field: evidence.get(field) or "unknown" for field in FIELDS}
    try:
        weights = model.weights(tuple(levels.values()))
    except KeyError:
        raise ValueError("a level that the model does not know") from None
    rarity = _rest(weight - math.fsum(weights.values()))
    alone = model.prior + weight
    told: list[tuple[str, str | None, float]] = [
        ("prior", None, model.prior),
        *((field, levels[field], weights[field]) for field in FIELDS),
        ("rarity", None, rarity),
        ("rivals", None, _rivals(alone, probability)),
    ]
    total = 0.0
    for place, (step, level, bits) in enumerate(told):
        total += bits
        yield decision["left_id"], decision["right_id"], place, step, level, bits, total


def _rivals(alone: float, probability: float) -> float:
    """The rest of the probability's odds; 0 where both are too sure to tell them apart."""
    whole = log_odds(probability)
    if abs(whole) >= _TOLD - 1 and whole * alone > 0 and abs(alone) >= _TOLD - 1:
        return 0.0
    rest = whole - alone
    return 0.0 if abs(rest) < 1e-3 else rest


def _rest(bits: float) -> float:
    return 0.0 if abs(bits) < _NOTHING else bits
