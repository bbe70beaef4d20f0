"""goldenmatch, with its probabilistic matcher on the cleaned fields.

    python benchmarks/peers/goldenmatch_.py LEFT RIGHT OUT

Fellegi–Sunter with several levels a field, term frequency on names, blocking in several passes.
goldenmatch returns the best candidate of each left row and its own score; these are written.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import goldenmatch as gm
import polars as pl
from prepared import BLOCKS, kind_of, read, write

Levels = dict[str, list[float]]

# field → descending similarities; one wrong of 18 digits is 0.944, one of three characters 0.667
FIELDS: dict[str, Levels] = {
    "population": {
        "name": [0.999, 0.6, 0.3],
        "id_number": [0.999, 0.94, 0.88],
        "birth": [0.999, 0.89, 0.79],
        "sex": [0.999],
        "village": [0.999],
    },
    "febrl4": {
        "given_name": [0.999, 0.7],
        "surname": [0.999, 0.7],
        "date_of_birth": [0.999, 0.87, 0.74],
        "soc_sec_id": [0.999, 0.85, 0.7],
        "postcode": [0.999, 0.74],
        "street_number": [0.999],
        "address_1": [0.999, 0.8],
        "suburb": [0.999, 0.8],
    },
    "pseudopeople": {
        "ssn": [0.999, 0.9, 0.8],
        "first_name": [0.999, 0.7],
        "last_name": [0.999, 0.7],
        "middle_initial": [0.999],
    },
}
FREQUENT = {"name", "given_name", "surname", "first_name", "last_name"}


def config_of(kind: str, columns: list[str]) -> Any:
    """Return goldenmatch's configuration for the columns that both sides have."""
    fields = [
        gm.MatchkeyField(
            field=field,
            scorer="levenshtein" if len(cuts) > 1 else "exact",
            levels=len(cuts) + 1,
            level_thresholds=cuts,
            tf_adjustment=field in FREQUENT,
        )
        for field, cuts in FIELDS[kind].items()
        if field in columns
    ]
    matchkey = gm.MatchkeyConfig(
        name="person", type="probabilistic", fields=fields, link_threshold=0.0
    )
    passes = [gm.BlockingKeyConfig(fields=keys) for keys in BLOCKS[kind] if {*keys} <= {*columns}]
    blocking = gm.BlockingConfig(keys=passes[:1], passes=passes, strategy="multi_pass")
    return gm.GoldenMatchConfig(matchkeys=[matchkey], blocking=blocking)


def main() -> None:
    """Read, match, write."""
    left, right = (read(Path(path)) for path in sys.argv[1:3])
    if "middle_name" in right.columns:
        right = right.with_columns(middle_initial=pl.col("middle_name").str.slice(0, 1))
    kind = kind_of(left)
    shared = [column for column in left.columns if column in right.columns]
    config = config_of(kind, shared)
    sides = [frame.select(shared).cast(pl.String) for frame in (left, right)]
    result = gm.match_df(sides[0], sides[1], config=config)
    if result.matched is None:
        raise SystemExit("goldenmatch found no candidate")
    matched = pl.DataFrame(result.matched)
    write(
        matched.select(
            pl.col("target_row").cast(pl.UInt32).alias("left_row"),
            pl.col("ref_row").cast(pl.UInt32).alias("right_row"),
            pl.col("__match_score__").alias("score"),
        ),
        Path(sys.argv[3]),
    )


if __name__ == "__main__":
    main()
