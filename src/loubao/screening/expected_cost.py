"""What the links are expected to cost: visits that were not needed, people who were missed.

With p(i, l, k) the probability that the k-th pair of person i, which would take i off the source
list l, is one person:

    open(i, l) = Π_k (1 - p(i, l, k))     i is not covered for list l (1 without a pair)
    open(i)    = max_l open(i, l)          over the lists that i is on the sheet for; over all of
                                           i's lists where i is on no sheet
    wasted     = Σ (1 - open(i))           over the people on the sheets
    missed     = Σ open(i)                 over the people that links keep off the sheets

A person is to be visited as long as one list is open, and the rows that cover are mostly the same
ones for every list: hence the most open list, not the product. Pairs count as independent. Links
between source rows are taken as right.

With a threshold t, pairs of probability t or more would be links too. A person would then leave the
sheets with such a pair for each list that is open; the probabilities stay the same. A lower
threshold saves more visits and misses more people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from loubao.core import frames
from loubao.rules.wording import Wording
from loubao.screening.coverage import STATUSES

#: One row a threshold; the first has none (null) and is what is in force. `saved` visits (people),
#: of the visits left `wasted`, people `missed`.
EXPECTED: frames.Schema = {
    "threshold": pl.Float64,
    "saved": pl.Int64,
    "wasted": pl.Float64,
    "missed": pl.Float64,
}
#: People fewer than this would read 0.0.
LEAST_SHOWN = 0.05


@dataclass(frozen=True)
class Expected:
    """How many people are on the sheets, how many are kept off them by links, and EXPECTED."""

    visited: int
    linked: int
    table: pl.DataFrame


def expected(
    outcomes: pl.DataFrame, chances: pl.DataFrame, thresholds: Sequence[float]
) -> Expected | None:
    """Return what is expected of the decisions in force, and of links from each threshold on.

    `outcomes` has `person_key`, `list`, `outcome` of every person and list; `chances` are
    `coverage.CHANCES`. None where a probability is missing.

    >>> outcomes = pl.DataFrame(
    ...     {"person_key": ["P1", "P2"], "list": "medical", "outcome": ["review", "covered"]}
    ... )
    >>> chances = pl.DataFrame(
    ...     {"person_key": ["P1", "P2"], "list": "medical", "probability": [0.25, 0.75]}
    ... )
    >>> expected(outcomes, chances, [0.2]).table.rows()
    [(None, 0, 0.25, 0.25), (0.2, 1, 0.0, 1.0)]
    """
    if chances["probability"].fill_nan(None).has_nulls():
        return None
    people = _people(outcomes, chances)
    visited, linked = people.filter("visited"), people.filter(~pl.col("visited"))
    missed = math.fsum(linked["open"])
    rows: list[tuple[float | None, int, float, float]] = []
    for threshold in (None, *sorted(thresholds)):
        leaves = pl.lit(False) if threshold is None else pl.col("surest") >= threshold
        gone, left = visited.filter(leaves), visited.filter(~leaves)
        wasted = math.fsum(1.0 - left["open"])
        rows.append((threshold, gone.height, wasted, missed + math.fsum(gone["open"])))
    table = pl.DataFrame(rows, schema=dict(EXPECTED), orient="row")
    return Expected(visited.height, linked.height, table)


def _people(outcomes: pl.DataFrame, chances: pl.DataFrame) -> pl.DataFrame:
    """One row a person: `visited`, `open` (as above), `surest` (the least of the lists' best)."""
    named = outcomes.select("person_key", "list", still=pl.col("outcome").is_in(STATUSES))
    asked = named.with_columns(visited=pl.col("still").any().over("person_key")).filter(
        pl.col("still") == pl.col("visited")
    )
    return (
        asked.join(chances, on=["person_key", "list"], how="left", maintain_order="left_right")
        .group_by("person_key", "visited", "list", maintain_order=True)
        .agg(
            open=(1.0 - pl.col("probability").fill_null(0.0)).product(),
            surest=pl.col("probability").max().fill_null(0.0),
        )
        .group_by("person_key", "visited", maintain_order=True)
        .agg(pl.col("open").max(), pl.col("surest").min())
    )


def people_text(people: float, small: str) -> str:
    """Return an expected number of people as a clerk reads it; `small` if it would read 0.0.

    >>> people_text(0.0, "小于 0.1"), people_text(0.02, "小于 0.1")
    ('0', '小于 0.1')
    >>> people_text(3.25, ""), people_text(123.4, "")
    ('3.2', '123')
    """
    if people == 0.0:
        return "0"
    if people < LEAST_SHOWN:
        return small
    return f"{people:.0f}" if people >= 100 else f"{people:.1f}"


def threshold_text(threshold: float | None, words: Wording) -> str:
    """Return what a row of EXPECTED is about: the decisions in force, or links from a threshold."""
    if threshold is None:
        return words.current
    return words.at_least.format(percent=f"{threshold * 100:.10g}")


def sentences(found: Expected, words: Wording) -> tuple[str, str]:
    """Return in words what is expected of the decisions in force: visits wasted, people missed."""
    now = found.table.row(0, named=True)
    wasted, missed = (people_text(now[name], words.small) for name in ("wasted", "missed"))
    return (
        words.wasted.format(people=found.visited, wasted=wasted),
        words.missed.format(people=found.linked, missed=missed),
    )
