"""Who stands in several rows: of the right table, and of both tables together.

`duplicates` finds the pairs within one table, `clusters` joins them with the links of both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.linkage.clusters import EDGES, clusters
from loubao.linkage.comparison import particulars_of
from loubao.linkage.duplicates import duplicates
from loubao.linkage.engine import Linked
from loubao.rules.matching import Matching


@dataclass(frozen=True)
class SamePeople:
    """What was found, None where it was not asked for.

    duplicates  DECISIONS of the right table with itself, the earlier row on the left
    clusters    CLUSTERS of all rows of both
    torn        links that joined no clusters, since people proven to be two would be one
    issues      ISSUES
    """

    duplicates: pl.DataFrame | None = None
    clusters: pl.DataFrame | None = None
    torn: int = 0
    issues: pl.DataFrame = field(default_factory=lambda: frames.empty(frames.ISSUES))

    def account(self) -> dict[str, Any]:
        """Return what run.json says of it: counts alone."""
        found: dict[str, Any] = {"duplicates": None, "clusters": None}
        if self.duplicates is not None:
            links = self.duplicates.filter(decision="link")
            found["duplicates"] = {
                "rows": links["right_id"].n_unique(),
                "linked": links.height,
                "review": self.duplicates.height - links.height,
            }
        if self.clusters is not None:
            sizes = self.clusters["cluster"].value_counts()["count"]
            several = sizes.filter(sizes > 1)
            found["clusters"] = {
                "people": sizes.len(),
                "several_rows": several.len(),
                "rows": int(several.sum()),
                "torn": self.torn,
            }
        return found


def same_people(
    left: pl.DataFrame,
    right: pl.DataFrame,
    linked: Linked,
    stated: pl.DataFrame,
    matching: Matching,
    clustered: bool,
) -> SamePeople:
    """Return who of `right` (LINKABLE, whole) stands there twice, and the clusters if asked.

    `linked` are the links of both tables; `stated` (STATED) what people have said of pairs.
    """
    within = duplicates(right, matching)
    issues = [within.issues, _issues("RIGHT_DUPLICATE", _repeated(within.decisions))]
    if not clustered:
        return SamePeople(within.decisions, issues=pl.concat(issues))
    of_left = duplicates(left, matching)
    sides = [side.select(*frames.LINKABLE, *particulars_of(side)) for side in (left, right)]
    rows = pl.concat(sides, how="diagonal")
    edges = pl.concat(
        [
            _edges(linked.decisions, "left", "right"),
            _edges(within.decisions, "right", "right"),
            _edges(of_left.decisions, "left", "left"),
        ]
    )
    denied = stated.filter(decision="none").select("left_id", "right_id").rows()
    apart = [(("left", one), ("right", other)) for one, other in denied]
    found = clusters(rows, edges, apart)
    issues += [of_left.issues, _issues("CLUSTER_TORN", found.torn)]
    return SamePeople(within.decisions, found.rows, found.torn, pl.concat(issues))


def _repeated(decisions: pl.DataFrame) -> int:
    """How many rows are a person who stands further up."""
    return int(decisions.filter(decision="link")["right_id"].n_unique())


def _edges(decisions: pl.DataFrame, left: str, right: str) -> pl.DataFrame:
    """EDGES of the links among DECISIONS of two sides; a verdict is sure."""
    links = decisions.filter(decision="link")
    said = pl.col("tier") == frames.VERDICT_TIER
    chance = pl.when(said).then(2.0).otherwise(pl.col("match_probability").fill_null(1.0))
    return links.select(
        left_side=pl.lit(left),
        left_id="left_id",
        right_side=pl.lit(right),
        right_id="right_id",
        match_probability=chance,
    ).select(*EDGES)


def _issues(code: str, count: int) -> pl.DataFrame:
    """One issue a row, as each is counted; their words name no place."""
    return frames.issue_rows([("", "", None, "", code, json.dumps({}))] * count)
