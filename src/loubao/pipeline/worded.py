"""The steps of a decision in the words of the rules."""

from __future__ import annotations

import math
from typing import Any, Literal

import polars as pl

from loubao.casework.judgements import JUDGED
from loubao.linkage.explanation import steps
from loubao.linkage.weights import Model
from loubao.rules.explanation import Explanation
from loubao.rules.matching import Matching

#: Steps that are told only where they weigh something.
_EXTRA = ("rarity", "rivals")


def worded_pairs(
    decisions: pl.DataFrame,
    model: Model,
    matching: Matching,
    words: Explanation,
    purpose: Literal["pairs", "monthly"],
) -> list[dict[str, Any]]:
    """Return what is told of each of DECISIONS, in their order.

    decision, tier and its wording, match_weight, match_probability, `alone` (the probability
    without rivals), and `steps`: step, level, words, weight, strength. A pair that only a person
    has put together weighs nothing and has no steps. Raises `ValueError` where `model` is not that
    of the decisions.
    """
    weighed = decisions.drop_nulls("match_weight")
    told = steps(weighed, model).partition_by("left_id", "right_id", as_dict=True)
    return [
        {
            "decision": row["decision"],
            "tier": row["tier"],
            "wording": _wording(row["tier"], row["decision"], matching, words, purpose),
            "match_weight": row["match_weight"],
            "match_probability": row["match_probability"],
            "alone": _probability(model.prior + row["match_weight"])
            if row["match_weight"] is not None
            else None,
            "steps": [
                _step(step, matching, words)
                for found in (told.get((row["left_id"], row["right_id"])),)
                if found is not None
                for step in found.iter_rows(named=True)
                if step["step"] not in _EXTRA or step["weight"] != 0.0
            ],
        }
        for row in decisions.iter_rows(named=True)
    ]


def level_words(field: str, level: str, matching: Matching, words: Explanation) -> str:
    """Return the words of an agreement level: those of the sheets, else those of `explain`."""
    for levels in (matching.levels, words.levels):
        if level in levels.get(field, {}):
            return levels[field][level]
    return f"{field}={level}"


def _step(step: dict[str, Any], matching: Matching, words: Explanation) -> dict[str, Any]:
    name, level, weight = step["step"], step["level"], step["weight"]
    said = None
    if level is not None:
        said = level_words(name, level, matching, words)
    elif name == "rarity":
        said = words.rare if weight > 0 else words.common
    strength = None if name in {"prior", "rivals"} else words.worded(weight)
    return {"step": name, "level": level, "words": said, "weight": weight, "strength": strength}


def _wording(name: str, decision: str, matching: Matching, words: Explanation, purpose: str) -> str:
    """The tier's wording; where the tier links and this pair is reviewed all the same, why."""
    if name == JUDGED:
        return words.judged
    tier = next((tier for tier in matching.tiers if tier.name == name), None)
    if tier is None:
        return name
    if tier.decision == decision or decision == "link":
        return tier.wording
    by_weight = purpose == "monthly" and tier.monthly == decision
    return f"{tier.wording}；{words.not_by_weight if by_weight else words.tied}"


def _probability(odds: float) -> float:
    """The probability of log2 odds."""
    return 1.0 / (1.0 + math.pow(2.0, -max(-1000.0, min(1000.0, odds))))
