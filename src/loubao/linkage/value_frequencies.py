"""How frequent the values of a column are: what an equal value weighs for being rare or common.

Two people agree on a common value by chance more often than on a rare one, whatever the column:
surname, given name, date, place, occupation. The same of whole Chinese names: term_frequencies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from loubao.linkage.comparison import particulars_of
from loubao.linkage.model import Model
from loubao.rules.matching import NUMBER_AGREES

#: What a value that nobody else in the sample has counts as.
_UNSEEN = 0.3

#: For each column the sampled rows of each value: `value` (String), `n` (Float64), and the sum.
ValueCounts = Mapping[str, tuple[pl.DataFrame, int]]


def count_values(sample: pl.DataFrame) -> ValueCounts:
    """Return how many rows of a sample have each value of each particular.

    >>> counts = count_values(pl.DataFrame({"+city": ["ROME", "ROME", "OSLO", None]}))
    >>> frame, rows = counts["+city"]
    >>> sorted(frame.rows()), rows
    ([('OSLO', 1.0), ('ROME', 2.0)], 3)
    """
    counts = {}
    for column in particulars_of(sample):
        values = sample.select(value=column).drop_nulls()
        counts[column] = values.group_by("value").agg(n=pl.len().cast(pl.Float64)), values.height
    return counts


def rarity(
    pairs: pl.DataFrame,
    rows: pl.DataFrame,
    counts: ValueCounts,
    model: Model,
    columns: Sequence[str],
    rows_of_one: float = 1.0,
) -> pl.Series:
    """Return what equal `columns` weigh more, or less, for being rare or common (log2, Float64).

    log2(u / f) of each column whose level is `same`: two people agree on this value as often as it
    is found among the others (f), not as values agree on the whole (u). 0 where the number agrees:
    another person under it is no stranger. `rows_of_one` of the rows that have a value are taken
    for the left row's own person. The pairs are compared and count `rows` from 0.
    """
    weight = pl.repeat(0.0, pairs.height, dtype=pl.Float64, eager=True)
    for column in columns:
        if column not in counts:
            continue
        frame, height = counts[column]
        same = pairs.with_row_index().filter(
            (pl.col(column) == "same") & ~pl.col("id_number").is_in(list(NUMBER_AGREES))
        )
        if same.is_empty() or height < 2:
            continue
        others = (pl.col("n").fill_null(1.0) - rows_of_one).clip(0.0) + _UNSEEN
        average = model.tables["u", column, ""]["same"]
        added = (
            rows[column]
            .gather(same["right"])
            .to_frame("value")
            .join(frame, on="value", how="left", maintain_order="left")
            .select((average * height / others).log(2.0))
            .to_series()
        )
        weight = weight.scatter(same["index"], weight.gather(same["index"]) + added)
    return weight
