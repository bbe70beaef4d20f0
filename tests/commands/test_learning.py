"""`weights: learn: verdicts`: a month learns from what people decided in the months before it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from loubao.rules.folder import Rules
from tests.commands.test_review import Desk, by_truth


def learning(rules: Rules, **how: Any) -> Rules:
    """Rules that learn from the few rows of a small month."""
    weights = rules.matching.weights.model_copy(update={"fewest": 1, **how})
    return replace(rules, matching=rules.matching.model_copy(update={"weights": weights}))


def test_the_next_month_learns(rules: Rules, tmp_path: Path) -> None:
    desk = Desk(tmp_path, learning(rules, learn="verdicts", strength_of_verdicts=1.0))

    def decisions(month: str) -> bytes:
        desk.match(month)
        return (desk.out / "data" / "decisions.parquet").read_bytes()

    before = decisions("2022-08")
    # without verdicts it learns from the rows, to the last byte
    desk.rules = learning(rules)
    assert decisions("2022-08") == before
    with desk.sitting() as session:
        by_truth(session)
    of_rows = decisions("2022-09")
    desk.rules = learning(rules, learn="verdicts", strength_of_verdicts=1.0)
    of_verdicts = decisions("2022-09")
    assert of_verdicts != of_rows
    assert decisions("2022-09") == of_verdicts
