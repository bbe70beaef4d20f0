"""`weights: learn: verdicts`: a month learns from what people decided in the months before it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from loubao.core.events import Posting, Verdict
from loubao.ledger import postings
from loubao.ledger.connection import writing
from loubao.linkage.model import Model
from loubao.rules.folder import Rules
from loubao.workspace.parquet_file import read_model
from tests.commands.test_review import Desk, by_truth


def learning(rules: Rules, **how: Any) -> Rules:
    """Rules that learn from the few rows of a small month."""
    weights = rules.matching.weights.model_copy(update={"fewest": 1, **how})
    return replace(rules, matching=rules.matching.model_copy(update={"weights": weights}))


def contradict(desk: Desk) -> None:
    """A village says the opposite of everything that the desk has said."""
    said = desk.ask("SELECT case_id, other, same, candidate FROM judgement")
    verdicts = tuple(
        Verdict(case, other, not same, "2022-09-29", json.loads(asked))
        for case, other, same, asked in said
    )
    with writing(desk.ledger) as connection:
        posting = Posting("return", "2022-08", "2022-09-29", "x", {}, verdicts=verdicts)
        postings.post(connection, posting, "2022-09-29T09:00:00+08:00")


def test_the_next_month_learns(rules: Rules, tmp_path: Path) -> None:
    desk = Desk(tmp_path, learning(rules, learn="verdicts", strength_of_verdicts=1.0))

    def decisions(month: str) -> bytes:
        desk.match(month)
        return (desk.out / "data" / "decisions.parquet").read_bytes()

    def model() -> Model | None:
        return read_model(desk.out / "data" / "decisions.parquet")

    before = decisions("2022-08")
    at_first = model()
    # without verdicts it learns from the rows, to the last byte
    desk.rules = learning(rules)
    assert decisions("2022-08") == before
    with desk.sitting() as session:
        by_truth(session)
    # what was decided after its first run, a month does not learn from
    desk.rules = learning(rules, learn="verdicts", strength_of_verdicts=1.0)
    decisions("2022-08")
    assert model() == at_first
    of_verdicts, learnt = decisions("2022-09"), model()
    contradict(desk)
    decisions("2022-09")
    assert model() == learnt
    desk.rules = learning(rules)
    assert decisions("2022-09") != of_verdicts
    assert model() != learnt
