"""Rows of one table that are one person: the engine of two tables, on a table and itself.

A pair of rows is there once, the earlier row on the left. While it is weighed, what the rows say
decides which is left, so that their order changes no probability. There are half as many pairs as
rows × rows, and u is estimated between one half of them and the other, told apart by what they say,
so that no row meets itself or one that is written alike.
"""

from __future__ import annotations

import polars as pl

from loubao.core import frames
from loubao.linkage import decide, score
from loubao.linkage.blocking import LeftKeys, candidate_pairs, oversized_issues
from loubao.linkage.blocking_atoms import compared_columns, hashed_atoms
from loubao.linkage.chosen_keys import Chosen, choose, chosen_pairs
from loubao.linkage.comparison import content_of
from loubao.linkage.engine import Linked
from loubao.linkage.u_probability import sample
from loubao.rules.matching import Matching


def duplicates(rows: pl.DataFrame, matching: Matching) -> Linked:
    """Return the pairs of LINKABLE (and particulars) of one table that are one person, or may be.

    Where the weights could not be learnt only tiers that rest on a proven number link.
    """
    columns = compared_columns(rows, rows)
    rows = rows.select(*frames.LINKABLE, *columns)
    rows = rows.with_columns(content=content_of(rows)).sort("content", "record_id")
    rows = rows.with_columns(position=pl.int_range(pl.len(), dtype=pl.UInt32))
    pairs, oversized = candidate_pairs(LeftKeys.of(rows, matching.blocking), rows)
    chosen = Chosen()
    if columns:
        numbered = rows["id_number"].null_count() < rows.height
        keyed = [*columns, *(["id_number"] if numbered else [])]
        chosen = choose(rows, rows, keyed, rows.height, matching.chosen_keys)
        atoms = hashed_atoms(rows, keyed)
        more, too_large = chosen_pairs(chosen.keys, atoms, atoms, matching.chosen_keys.most)
        pairs, oversized = pl.concat([pairs, more]).unique(), [*oversized, *too_large]
    pairs = pairs.filter(pl.col("left") < pl.col("right")).sort("left", "right")
    one, other = (sample(rows.filter(pl.col("content") % 2 == each)) for each in (0, 1))
    others = max((rows.height - 1) // 2, 1)
    tables = score.Tables(one, other, rows.height, others, rows.height)
    weighed, model = score.weigh(pairs, rows, tables, matching)
    ranked = decide.rank(weighed, matching, "pairs", model.learnt)
    if not model.learnt:
        ranked = decide.by_number_alone(ranked, matching)
    issues = oversized_issues(oversized)
    return Linked(_earlier_left(decide.decisions_of(ranked, rows)), issues, model, rows, chosen)


def _earlier_left(decisions: pl.DataFrame) -> pl.DataFrame:
    """DECISIONS with the earlier row of each pair on the left, links first, the best first."""
    ids = [of("left_id", "right_id") for of in (pl.min_horizontal, pl.max_horizontal)]
    turned = decisions.with_columns(left_id=ids[0], right_id=ids[1])
    order = [pl.col("decision") != "link", -pl.col("match_probability"), pl.col("right_id")]
    return turned.sort("left_id", *order)
