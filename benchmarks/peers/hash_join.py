"""The least that a linkage could be: read both files, one hash join on the ID number, write.

    python benchmarks/peers/hash_join.py LEFT RIGHT OUT

The number is compared as it stands; every pair has score 1. The bars for speed are multiples of
the time that this takes as a whole process.
"""

from __future__ import annotations

import sys

import polars as pl

KEYS = ("身份证号码", "soc_sec_id", "ssn")


def main() -> None:
    """Read, join, write."""
    left, right = (pl.read_parquet(path) for path in sys.argv[1:3])
    key = next((name for name in KEYS if name in left.columns), None)
    if key is None:
        raise SystemExit("no ID number to join on")
    left = left.with_row_index("left_row", offset=2)
    right = right.with_row_index("right_row", offset=2)
    pairs = left.join(right, on=key, how="inner")
    pairs.select("left_row", "right_row", score=pl.lit(1.0)).write_parquet(sys.argv[3])


if __name__ == "__main__":
    main()
