"""Splink on DuckDB, with settings that an expert would choose.

    python benchmarks/peers/splink_duckdb.py LEFT RIGHT OUT

Cleaned fields (prepared.py), comparisons and blocking rules for the set at hand
(splink_models.py), the prior from sure rules, u from random pairs, m by EM. The score is Splink's
match weight; every pair above `LEAST` is written, so that whoever examines the answer may choose
the best threshold.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from prepared import kind_of, read, write
from splink import DuckDBAPI, Linker, SettingsCreator
from splink_models import MODELS

LEAST = -10.0
"""log2 weight below which a pair is not worth writing."""
MANY, FEW, LARGE = 1e7, 2e6, 500_000
"""Random pairs for u: many up to a right side of `LARGE` rows, few above.

Each set gets what serves Splink there: at 200,000 rows many raise F1 from 0.985 to 0.987, at
1,000,000 rows they change it by 0.0001 and cost half as much time again.
"""
MOST_PAIRS = 1e7
"""Blocked pairs that EM trains on."""


def aligned(left: pl.DataFrame, right: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give both sides the same columns: the middle name's first letter, then what both have."""
    if "middle_name" in right.columns:
        first = pl.col("middle_name").str.slice(0, 1).alias("middle_initial")
        right = right.with_columns(first)
    shared = [column for column in left.columns if column in right.columns]
    return left.select(shared), right.select(shared)


def trained(
    sides: Sequence[Any], columns: list[str], right_rows: int, kind: str, database: Any
) -> Any:
    """Return a linker whose m, u and prior were learnt from two frames that `database` takes."""
    model = MODELS[kind](columns)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=model.comparisons,
        blocking_rules_to_generate_predictions=model.blocking,
        unique_id_column_name="row",
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    # of a pair Splink calls that side left whose table's name comes first
    registered = [
        database.register(frame, dataset_display_name=name)
        for name, frame in zip(("a_left", "b_right"), sides, strict=True)
    ]
    linker = Linker(registered, settings, log_level=logging.WARNING)
    training = linker.training
    training.estimate_probability_two_random_records_match(model.sure, recall=model.recall)
    pairs = MANY if right_rows <= LARGE else FEW
    training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1)
    for rule in model.training:
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=MOST_PAIRS
        )
    return linker


def scores(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that Splink predicts as every peer writes them: rows and score."""
    return pairs.select(
        pl.col("row_l").alias("left_row"),
        pl.col("row_r").alias("right_row"),
        pl.col("match_weight").alias("score"),
    )


def main() -> None:
    """Read, train, predict, write."""
    left, right = aligned(*(read(Path(path)) for path in sys.argv[1:3]))
    sides = left.to_arrow(), right.to_arrow()
    linker = trained(sides, left.columns, right.height, kind_of(left), DuckDBAPI())
    found = linker.inference.predict(threshold_match_weight=LEAST)
    pairs = pl.DataFrame(found.as_pyarrow_table())
    write(scores(pairs), Path(sys.argv[3]))


if __name__ == "__main__":
    main()
