"""recordlinkage (pandas), with its EM classifier on the cleaned fields.

    python benchmarks/peers/recordlinkage_.py LEFT RIGHT OUT

Candidate pairs from several blocks, similarities turned into agreement at thresholds, weights from
`ECMClassifier`. Everything is held in memory, pair by pair, so above `MOST` rows on the right it
stops with exit code 75 and says so.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import polars as pl
from prepared import BLOCKS, kind_of, read, write

MOST = 250_000
CANNOT = 75
"""Exit code of a peer that is not made for a set of this size."""

Compared = list[tuple[str, str, float | None]]

# field, comparison, threshold; a field told twice gives two agreement levels
FIELDS: dict[str, Compared] = {
    "population": [
        ("name", "exact", None),
        ("reading", "exact", None),
        ("name", "levenshtein", 0.6),
        ("id_number", "exact", None),
        ("id_number", "levenshtein", 0.88),
        ("birth", "exact", None),
        ("birth", "levenshtein", 0.79),
        ("sex", "exact", None),
        ("village", "exact", None),
    ],
    "febrl4": [
        ("given_name", "jarowinkler", 0.85),
        ("surname", "jarowinkler", 0.85),
        ("date_of_birth", "levenshtein", 0.74),
        ("soc_sec_id", "levenshtein", 0.7),
        ("postcode", "levenshtein", 0.74),
        ("street_number", "exact", None),
        ("address_1", "jarowinkler", 0.85),
        ("suburb", "jarowinkler", 0.85),
    ],
    "pseudopeople": [
        ("ssn", "exact", None),
        ("ssn", "levenshtein", 0.8),
        ("first_name", "jarowinkler", 0.88),
        ("last_name", "jarowinkler", 0.88),
        ("middle_initial", "exact", None),
    ],
    "historical": [
        ("first_name", "jarowinkler", 0.88),
        ("surname", "jarowinkler", 0.88),
        ("dob", "exact", None),
        ("dob", "levenshtein", 0.79),
        ("postcode_fake", "exact", None),
        ("postcode_fake", "levenshtein", 0.7),
        ("birth_place", "exact", None),
        ("occupation", "exact", None),
    ],
    "rldata": [
        ("fname_c1", "jarowinkler", 0.88),
        ("lname_c1", "jarowinkler", 0.88),
        ("by", "exact", None),
        ("bm", "exact", None),
        ("bd", "exact", None),
    ],
}


def candidates(left: Any, right: Any, kind: str) -> Any:
    """Return the pairs that share a whole block; a blank field shares nothing."""
    import recordlinkage

    found = None
    for keys in BLOCKS[kind]:
        if not {*keys} <= {*left.columns}:
            continue
        index = recordlinkage.Index()
        index.block(keys)
        pairs = index.index(left.dropna(subset=keys), right.dropna(subset=keys))
        found = pairs if found is None else found.union(pairs)
    return found


def agreements(pairs: Any, left: Any, right: Any, kind: str) -> Any:
    """Return 1 or 0 of each comparison for each pair."""
    import recordlinkage

    compare = recordlinkage.Compare()
    for field, method, threshold in FIELDS[kind]:
        if field not in left.columns:
            continue
        label = f"{field} {method}"
        if method == "exact":
            compare.exact(field, field, label=label)
        else:
            compare.string(field, field, method=method, threshold=threshold, label=label)
    return compare.compute(pairs, left, right).astype(int)


def weighed(vectors: Any, learnt: Any) -> Any:
    """Return the log2 odds of each pair: probabilities near 1 do not tell rivals apart."""
    weights = learnt.log_weights
    prior = math.log(learnt.p / (1 - learnt.p))
    logs = sum(vectors[field].map(weights[field]) for field in vectors.columns)
    return (logs + prior) / math.log(2)


def main() -> None:
    """Read, block, compare, learn, write."""
    left, right = (read(Path(path)) for path in sys.argv[1:3])
    if right.height > MOST:
        print(f"recordlinkage: {right.height:,} rows are more than it can hold", file=sys.stderr)
        sys.exit(CANNOT)
    import recordlinkage

    if "middle_name" in right.columns:
        right = right.with_columns(middle_initial=pl.col("middle_name").str.slice(0, 1))
    kind = kind_of(left)
    shared = [column for column in left.columns if column in right.columns]
    one, other = (frame.select(shared).to_pandas().set_index("row") for frame in (left, right))
    vectors = agreements(candidates(one, other, kind), one, other, kind)
    learnt = recordlinkage.ECMClassifier(init="jaro", binarize=None)
    learnt.fit(vectors)
    scores = weighed(vectors, learnt)
    write(
        pl.DataFrame(
            {
                "left_row": scores.index.get_level_values(0).to_numpy(),
                "right_row": scores.index.get_level_values(1).to_numpy(),
                "score": scores.to_numpy(),
            }
        ),
        Path(sys.argv[3]),
    )


if __name__ == "__main__":
    main()
