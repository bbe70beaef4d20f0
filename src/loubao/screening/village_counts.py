"""Counts of cases by village: what the summary prints, and its totals."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from loubao.rules.sheets import Status
from loubao.rules.wording import Wording

STATUSES: tuple[Status, ...] = ("uncovered", "review", "partial")


def counts_by_village(
    details: pl.DataFrame, sources: Sequence[str], unknown: Wording
) -> pl.DataFrame:
    """Return one row a village sheet: `town`, `village`, `people`, `households`, one column a
    status and one a source list (all Int64), in the order of `details`.

    A person on two lists counts under both; a person without a household is one of their own.
    """
    places = {
        "town": pl.col("town").fill_null(unknown.town),
        "village": pl.col("village").fill_null(unknown.village),
    }
    return (
        details.group_by(**places, maintain_order=True)
        .agg(
            people=pl.len().cast(pl.Int64),
            households=pl.col("household").fill_null(pl.col("person_key")).n_unique(),
            **{status: (pl.col("status") == status).sum() for status in STATUSES},
            **{source: pl.col("lists").list.contains(source).sum() for source in sources},
        )
        .with_columns(pl.exclude("town", "village").cast(pl.Int64))
    )
