"""Print as JSON what one linker's answer is worth.

    python benchmarks/peers/score.py ANSWER FOLDER

ANSWER is a parquet file with left_row, right_row and either score (a peer) or decision,
match_weight, match_probability (loubao: then everything that population/examine.py finds). A
process of its own, so that the runner stays small: the peak memory that the kernel tells of a
child is never less than that of the parent it was split off from.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from population.examine import best_candidate_f1, examine


def main() -> None:
    """Read, examine, print."""
    answer, folder = Path(sys.argv[1]), Path(sys.argv[2])
    pairs, truth = pl.read_parquet(answer), pl.read_parquet(folder / "truth.parquet")
    if "decision" in pairs.columns:
        found = examine(pairs, truth)
    else:
        found = {"truth": truth.height, "best": best_candidate_f1(pairs, truth)}
    print(json.dumps({"pairs": pairs.height, **found}))


if __name__ == "__main__":
    main()
