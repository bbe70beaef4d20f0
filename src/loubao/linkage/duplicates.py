"""Rows of one table that are one person: the engine of two tables, on a table and itself.

A pair of rows is there once, the earlier row on the left. There are half as many pairs as rows ×
rows, and u is estimated between every other row and the rest, so that no row meets itself.
"""

from __future__ import annotations

import polars as pl

from loubao.core import frames
from loubao.linkage import decide, score
from loubao.linkage.blocking import LeftKeys, candidate_pairs, oversized_issues
from loubao.linkage.blocking_atoms import compared_columns, hashed_atoms
from loubao.linkage.chosen_keys import Chosen, choose, chosen_pairs
from loubao.linkage.engine import Linked
from loubao.linkage.u_probability import sample
from loubao.rules.matching import Matching


def duplicates(rows: pl.DataFrame, matching: Matching) -> Linked:
    """Return the pairs of LINKABLE (and particulars) of one table that are one person, or may be.

    Where the weights could not be learnt only tiers that rest on a proven number link.
    """
    columns = compared_columns(rows, rows)
    rows = rows.select(*frames.LINKABLE, *columns).with_columns(
        position=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
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
    one, other = (sample(rows.gather_every(2, offset)) for offset in (0, 1))
    others = max((rows.height - 1) // 2, 1)
    tables = score.Tables(one, other, rows.height, others, rows.height)
    weighed, model = score.weigh(pairs, rows, tables, matching)
    ranked = decide.rank(weighed, matching, "pairs", model.learnt)
    if not model.learnt:
        ranked = decide.by_number_alone(ranked, matching)
    issues = oversized_issues(oversized)
    return Linked(decide.decisions_of(ranked, rows), issues, model, rows, chosen)
