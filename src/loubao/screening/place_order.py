"""The one order of towns and villages: that of villages.csv, then what is not in it."""

from __future__ import annotations

import polars as pl

from loubao.rules.folder import Rules


def in_order_of_places(frame: pl.DataFrame, rules: Rules, *then: str) -> pl.DataFrame:
    """Return a frame with `town`, `village` in the order of the places, within one that of `then`.

    A place that is unknown comes last.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> names = ["张坂镇", None, "洛阳镇", "洛阳镇"]
    >>> frame = pl.DataFrame({"town": names, "village": ["下宫村", None, "上浦村", None], "n": 1})
    >>> in_order_of_places(frame, load_rules(shipped_rules()), "n")["town"].to_list()
    ['洛阳镇', '洛阳镇', '张坂镇', None]
    """
    towns = {v.town: v.town_code for v in rules.villages}
    villages = {v.town + v.village: v.code for v in rules.villages}
    both = pl.concat_str("town", "village")
    ranks = {
        "_town": pl.col("town").replace_strict(towns, default=None, return_dtype=pl.String),
        "_village": both.replace_strict(villages, default=None, return_dtype=pl.String),
    }
    order = ("_town", "town", "_village", "village", *then)
    ranked = frame.with_columns(**ranks).sort(*order, nulls_last=True, maintain_order=True)
    return ranked.drop(*ranks)
