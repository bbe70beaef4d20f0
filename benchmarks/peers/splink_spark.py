"""Splink on Spark, with the settings that it has on DuckDB (splink_duckdb.py).

    python benchmarks/peers/splink_spark.py LEFT RIGHT OUT MASTER [KEY=VALUE …]

MASTER and KEY=VALUE are those that loubao is given in the same run. Cleaning is not counted against
it: it is done before Spark is started, as for DuckDB.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl
from prepared import kind_of, read, write
from pyspark.sql import SparkSession
from splink import SparkAPI
from splink.backends.spark import similarity_jar_location
from splink_duckdb import LEAST, aligned, scores, trained


def started(master: str, conf: list[str], scratch: str) -> SparkSession:
    """Return a session with Splink's functions."""
    builder = SparkSession.builder.master(master).config("spark.jars", similarity_jar_location())
    builder = builder.config("spark.local.dir", scratch).config("spark.ui.enabled", "false")
    for setting in conf:
        key, _, value = setting.partition("=")
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setCheckpointDir(f"{scratch}/checkpoints")
    return session


def main() -> None:
    """Read, train, predict, write."""
    left, right = aligned(*(read(Path(path)) for path in sys.argv[1:3]))
    with tempfile.TemporaryDirectory() as scratch:
        session = started(sys.argv[4], sys.argv[5:], scratch)
        sides = []
        for name, frame in (("left", left), ("right", right)):
            path = f"{scratch}/{name}.parquet"
            frame.with_columns(pl.col("row").cast(pl.Int64)).write_parquet(path)
            sides.append(session.read.parquet(path).repartition(8))
        database = SparkAPI(spark_session=session, break_lineage_method="parquet")
        linker = trained(sides, left.columns, right.height, kind_of(left), database)
        found = linker.inference.predict(threshold_match_weight=LEAST)
        pairs = pl.DataFrame(pl.from_pandas(found.as_pandas_dataframe()))
        session.stop()
    write(scores(pairs), Path(sys.argv[3]))


if __name__ == "__main__":
    main()
