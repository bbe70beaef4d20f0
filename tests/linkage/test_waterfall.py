"""The waterfall adds up to the probability that was decided on, and the model survives the file."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.core import frames
from loubao.linkage import Linked, link_tables
from loubao.linkage.comparison import FIELDS
from loubao.linkage.model import Model, as_json, from_json
from loubao.linkage.starting_shares import shipped
from loubao.linkage.waterfall import STEPS, log_odds, steps
from loubao.rules.matching import LEVELS, Matching
from loubao.rules.yaml_file import load
from loubao.workspace.parquet_file import model_metadata, read_model
from tests.people import number, records

MATCHING = load(Path(__file__).parents[2] / "rules" / "matching.yaml", Matching)
N, OTHER = number("19600305", 123), number("19721118", 331)
WRONG = N[:15] + ("9" if N[15] != "9" else "8") + N[16:]


def linked(left: list[dict[str, str | None]], right: list[dict[str, str | None]]) -> Linked:
    """Link rows of 上浦村 by the shipped weights; rows count from 1, the right ones on from 101."""
    place = {"list": "medical", "village": "上浦村"}
    sides = []
    for rows, start, others in ((left, 0, "曾淑勉 林阿水"), (right, 100, "柯三省 郭水生 何厝生")):
        neighbours = [
            {**place, "name": name, "id": number(f"19{year}1231", year)}
            for year, name in enumerate(others.split(), start=40 + start // 4)
        ]
        people = records([*({**place, **row} for row in rows), *neighbours])
        people = people.with_columns(pl.col("record_id") + start)
        sides.append(people.select(frames.linkable(people)))
    found = link_tables(sides[0], [sides[1]], MATCHING)
    asked = pl.col("left_id").le(len(left)) & pl.col("right_id").le(100 + len(right))
    return replace(found, decisions=found.decisions.filter(asked))


PAIRS = [
    ("same", {"name": "庄建国", "id": N}, [{"name": "庄建国", "id": N}]),
    ("one digit off", {"name": "庄建国", "id": N}, [{"name": "庄建国", "id": WRONG}]),
    ("no number", {"name": "庄建国", "id": None}, [{"name": "庄建国", "id": N}]),
    ("sounds alike", {"name": "庄建国", "id": None}, [{"name": "庄健国", "id": N}]),
    (
        "rivals",
        {"name": "庄建国", "id": None},
        [{"name": "庄建国", "id": N}, {"name": "庄建国", "id": OTHER}],
    ),
]


@pytest.mark.parametrize(("case", "left", "right"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_the_steps_add_up(
    case: str, left: dict[str, str | None], right: list[dict[str, str | None]]
) -> None:
    found = linked([left], right)
    assert found.decisions.height == len(right), case
    waterfall = steps(found.decisions, found.model)
    assert dict(waterfall.schema) == dict(STEPS)
    for decision, of_pair in zip(
        found.decisions.iter_rows(named=True),
        waterfall.partition_by("left_id", "right_id", maintain_order=True),
        strict=True,
    ):
        assert of_pair["step"].to_list() == ["prior", *FIELDS, "rarity", "rivals"]
        weight = dict(of_pair.select("step", "weight").iter_rows())
        assert weight.pop("prior") == found.model.prior
        rivals = weight.pop("rivals")
        assert (rivals < -0.5) == (case == "rivals")
        assert math.isclose(math.fsum(weight.values()), decision["match_weight"], abs_tol=1e-5)
        total = of_pair["total"][-1]
        probability = 1.0 / (1.0 + 2.0**-total)
        assert math.isclose(probability, decision["match_probability"], rel_tol=1e-3)
        levels = dict(of_pair.drop_nulls("level").select("step", "level").iter_rows())
        assert levels == decision["evidence"]
        assert all(weight[field] == 0 for field in FIELDS if levels[field] == "unknown")


def test_a_model_of_other_decisions_is_refused() -> None:
    found = linked([{"name": "庄建国", "id": N}], [{"name": "庄建国", "id": N}])
    tables = {k: t for k, t in found.model.tables.items() if k[1] != "name"}
    with pytest.raises(ValueError, match="level"):
        steps(found.decisions, Model(tables, 1.0, 10.0, learnt=False))
    unweighed = found.decisions.with_columns(match_weight=pl.lit(None, pl.Float64))
    with pytest.raises(ValueError, match="weight"):
        steps(unweighed, found.model)
    assert steps(found.decisions.head(0), found.model).is_empty()


@given(st.floats(0.0, 1.0))
def test_log_odds_are_bounded_and_symmetric(probability: float) -> None:
    assert -40 <= log_odds(probability) <= 40
    assert math.isclose(log_odds(probability), -log_odds(1.0 - probability), abs_tol=1e-4) or (
        abs(log_odds(probability)) > 35
    )


def test_the_model_travels_with_the_file(tmp_path: Path) -> None:
    model = shipped(MATCHING.weights, 700, 9000)
    written = as_json(model)
    assert from_json(json.loads(json.dumps(written))) == model
    turned = Model(dict(reversed(model.tables.items())), model.found, model.pairs, model.learnt)
    assert model_metadata(turned) == model_metadata(model)
    file = tmp_path / "x.parquet"
    pl.DataFrame({"left_row": [1]}).write_parquet(file, metadata=model_metadata(model))
    assert read_model(file) == model
    (text,) = model_metadata(model).values()
    expected = {"m", "u", *LEVELS, *(each.name for each in fields(Model))}
    expected |= {level for levels in LEVELS.values() for level in levels}
    expected |= {where for _, _, where in model.tables}

    def keys(value: object) -> set[str]:
        if not isinstance(value, dict):
            return set()
        return set(value).union(*map(keys, value.values()))

    assert keys(json.loads(text)) <= expected, "levels only"


@pytest.mark.parametrize(
    "metadata",
    [{}, {"loubao.model": "{"}, {"loubao.model": "[]"}, {"loubao.model": '{"found": 1}'}],
)
def test_a_file_without_a_model(tmp_path: Path, metadata: dict[str, str]) -> None:
    file = tmp_path / "x.parquet"
    pl.DataFrame({"left_row": [1]}).write_parquet(file, metadata=metadata)
    assert read_model(file) is None
    file.write_bytes(b"no parquet")
    assert read_model(file) is None
