"""Compared pairs on Spark → decisions: weights, rivals, owners, tiers, one link a left row.

All pairs of a left row are weighed together, in one order: its rivals share the probability. Who
else a right row belongs to is counted by Spark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from loubao.linkage import decide, score, several_rows
from loubao.linkage.comparison import FIELDS, evidence
from loubao.linkage.model import Model
from loubao.linkage.u_probability import UEstimate
from loubao.rules.matching import Matching
from loubao.spark.batches import Columns, as_enums, fetched, grouped, kept, mapped
from loubao.spark.cluster_people import PERSON, as_linkable
from loubao.spark.compared_pairs import enums_of, level_columns
from loubao.spark.key_joins import partitions

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


@dataclass(frozen=True)
class Weighing:
    """What pairs are weighed by: the same for all."""

    columns: tuple[str, ...]
    of_patterns: pl.DataFrame
    u: UEstimate | None
    model: Model
    left_rows: int
    right_rows: int

    @property
    def evidence(self) -> tuple[str, ...]:
        """What the levels are called in the evidence."""
        enums = enums_of(self.columns)
        frame = pl.DataFrame(schema=enums).select(evidence(self.columns))
        return tuple(frame.select(pl.col("evidence").struct.unnest()).columns)

    def weighed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The compared pairs of a batch with weight, `person` and `sure`."""
        names = dict(zip(level_columns(self.columns), enums_of(self.columns), strict=True))
        compared = as_enums(rows.select(*names).rename(names), enums_of(self.columns))
        own = self._right_rows(rows)
        pairs = compared.with_columns(
            left=pl.lit(0, pl.UInt32), right=pl.int_range(pl.len(), dtype=pl.UInt32)
        )
        weighed = score.with_weights(
            pairs, self.of_patterns, own, self.left_rows, self.u, self.model
        )
        attributes = own.select("id_number", "name_key").with_columns(
            rows["proven"], rows["shared"]
        )
        lists = own.with_columns(list=pl.lit("right"))
        named = score.with_persons(weighed, lists, attributes, self.model)
        person = (
            pl.when(pl.col("person") == pl.col("right").cast(pl.String))
            .then(pl.lit(rows["right"]).cast(pl.String))
            .otherwise("person")
        )
        return named.select(
            **{level: pl.col(field) for level, field in names.items()},
            left=pl.lit(rows["left"]),
            person=person,
            right=pl.lit(rows["right"]),
            match_weight=pl.col("match_weight"),
            sure=pl.col("sure"),
            content=pl.lit(rows["content"]),
        )

    def _right_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The right rows of pairs, as far as they weigh."""
        own = rows.select(
            row="right",
            id_number="number",
            name_key="name_key",
            village="village",
            village_code="village_code",
            birth_date="born",
            **{f"v{n}": pl.col(f"v{n}") for n in range(len(self.columns))},
        )
        absent = [pl.lit(None, kind).alias(c) for c, kind in PERSON.items() if c not in own.columns]
        places = {f"v{n}": name for n, name in enumerate(self.columns)}
        return as_linkable(own.with_columns(absent), "right", places)


def decided_pairs(compared: DataFrame, weighing: Weighing, matching: Matching) -> DataFrame:
    """Return the decisions on the compared pairs (`compared_pairs`).

    `left`, `right` (bigint), `decision`, `tier`, `match_weight`, `match_probability`, and the
    levels of the evidence (String) as `e0`, `e1` …
    """
    from pyspark.sql import functions as F  # noqa: N812

    levels = level_columns(weighing.columns)
    shape: Columns = {
        "left": pl.Int64(),
        "right": pl.Int64(),
        **dict.fromkeys(levels, pl.Int8()),
        "match_weight": pl.Float64(),
        "person": pl.String(),
        "sure": pl.Boolean(),
        "content": pl.Int64(),
    }
    weighed = kept(mapped(compared, weighing.weighed, shape))
    owners = weighed.where("sure").groupBy("right").agg(F.count("*").alias("owners"))
    counted = fetched(
        owners.agg(F.count("*").alias("n"), F.count(F.when(F.col("owners") > 1, 1)).alias("twice"))
    )
    twice = counted["twice"].item() / max(counted["n"].item(), 1)
    n = partitions(compared)
    together = (
        weighed.join(owners, "right", "left")
        .repartition(n, "left")
        .sortWithinPartitions("left", "right")
    )
    several = 0.0
    if weighing.model.particulars:
        several = _several(together, weighing)
    names = weighing.evidence
    decided: Columns = {
        "left": pl.Int64(),
        "right": pl.Int64(),
        **dict.fromkeys(("decision", "tier"), pl.String()),
        **dict.fromkeys(("match_weight", "match_probability"), pl.Float64()),
        "claims": pl.Boolean(),
        **{f"e{n}": pl.String() for n in range(len(names))},
    }

    def decisions(rows: pl.DataFrame) -> pl.DataFrame:
        return _with_decisions(rows, weighing, matching, twice, several)

    all_decided = kept(grouped(together, "left", decisions, decided))
    linked = all_decided.where(F.col("decision") == "link").select("right").distinct()
    claims = all_decided.where("claims").join(linked, "right", "left_anti")
    return kept(all_decided.where("not claims").unionByName(claims).drop("claims"))


def _several(together: DataFrame, weighing: Weighing) -> float:
    """How often a second row of one person is found on the right."""
    from pyspark.sql import functions as F  # noqa: N812

    model = weighing.model
    count = len(several_rows.sums_of(pl.DataFrame(schema={"left": pl.Int64, "odds": pl.Float64})))
    shape: Columns = {f"s{n}": pl.Int64() for n in range(count)}

    def sums(rows: pl.DataFrame) -> pl.DataFrame:
        found = several_rows.sums_of(score.best_of_persons(rows, model))
        return pl.DataFrame({f"s{n}": [each] for n, each in enumerate(found)})

    parts = grouped(together.select("left", "person", "match_weight"), "left", sums, shape)
    whole: list[Column] = [
        F.sum(F.col(c).cast("decimal(38,0)")).cast("string").alias(c) for c in shape
    ]
    totals = [int(each or 0) for each in fetched(parts.agg(*whole)).row(0)]
    return score.likeliest_several(totals, weighing.left_rows, weighing.right_rows, model)


def _with_decisions(
    rows: pl.DataFrame, weighing: Weighing, matching: Matching, twice: float, several: float
) -> pl.DataFrame:
    """The decisions on all pairs of some left rows, but for what other left rows' links settle."""
    columns, model = weighing.columns, weighing.model
    names = dict(zip(level_columns(columns), enums_of(columns), strict=True))
    pairs = as_enums(rows.rename(names), enums_of(columns)).with_columns(
        left_list=pl.lit("left"), right_list=pl.lit("right")
    )
    pairs = pairs.with_columns(pl.col("content").reinterpret(signed=False))
    probable = score.with_probabilities(pairs, model, twice, several)
    ranked = decide.one_link(decide.rank(probable, matching, "pairs", model.learnt))
    ranked = decide.without_reviews_beside_links(ranked)
    return ranked.select(
        *("left", "right", "decision", "tier", "match_weight", "match_probability"),
        claims=decide.claims_a_number(),
        **{f"e{n}": pl.col(field).cast(pl.String) for n, field in enumerate((*FIELDS, *columns))},
    )


def contract_table(decided: DataFrame, weighing: Weighing) -> DataFrame:
    """Return the table of the contract, in its order: for each left row the best first."""
    from pyspark.sql import functions as F  # noqa: N812

    levels = [F.col(f"e{n}").alias(name) for n, name in enumerate(weighing.evidence)]
    order = ["left", F.col("decision") != "link", F.col("match_probability").desc(), "right"]
    return decided.orderBy(*order).select(
        F.col("left").alias("left_row"),
        F.col("right").alias("right_row"),
        *("decision", "tier", "match_weight", "match_probability"),
        F.struct(*levels).alias("evidence"),
    )


def counts_of(decided: DataFrame) -> tuple[list[dict[str, Any]], int]:
    """Return rows and people by decision and tier, and how many left rows are in any pair.

    Links come first, then the commonest.
    """
    from pyspark.sql import functions as F  # noqa: N812

    of_tiers = decided.groupBy("decision", "tier").agg(
        F.count_distinct("left").alias("people"), F.count("*").alias("rows")
    )
    tiers = fetched(of_tiers).sort("decision", "rows", "tier", descending=[False, True, False])
    return tiers.to_dicts(), decided.select("left").distinct().count()
