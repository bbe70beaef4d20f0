"""Characters that are taken for one another by their shape: 己 已, 治 冶, 玮 伟.

The table is built by `tools/build_lookalikes.py` from components, stroke order and four-corner
codes; sources, licences and how far it can be trusted: `loubao/tables/README.md`. It knows
simplified characters: look up what is left after folding variants.

>>> "治" in pairs().filter(one="冶")["other"]
True
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def pairs() -> pl.DataFrame:
    """Return the characters that look alike, each pair both ways: `one`, `other` (String).

    Made to be joined with: one row a pair, no character beside itself. Read on first use and kept.
    """
    path = files("loubao") / "tables" / "lookalikes.tsv"
    once = (
        pl.read_csv(path.read_bytes(), separator="\t", comment_prefix="#", quote_char=None)
        .select(one="char", other=pl.col("others").str.split(""))
        .explode("other")
    )
    return pl.concat([once, once.select(one="other", other="one")])
