"""Functions over polars frames, run on the Arrow batches of a Spark frame in the executors.

Spark has no unsigned numbers and knows no enumerations: a UInt64 travels as the Int64 of the same
bits, an Enum as the Int8 of its place (`packed`, `as_enums`). What goes wrong in a function is told
by its kind and place alone: a message may show a value.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

#: Frame → frame, a batch of rows each.
Step: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]
#: Column → type, as Spark can hold it.
Columns: TypeAlias = Mapping[str, "pl.DataType | type[pl.DataType]"]

_IN_SPARK: dict[type[pl.DataType], tuple[str, str]] = {
    pl.Int64: ("bigint", "int64"),
    pl.Int32: ("int", "int32"),
    pl.Int8: ("tinyint", "int8"),
    pl.Boolean: ("boolean", "bool"),
    pl.Float64: ("double", "double"),
    pl.String: ("string", "string"),
    pl.Date: ("date", "date32"),
}
#: Rows that a function is given at once, unless all rows of one key are more.
ROWS = 100_000


#: What a step that failed says of it, and the conditions that Spark names.
_FAILED = re.compile(r"FailedInBatch: (\w+ at \w+\.py:\d+)")
_CONDITION = re.compile(r"\[([A-Z][A-Z_]+(?:\.[A-Z_]+)*)\]")


class FailedInBatch(Exception):
    """A function failed on a batch of rows; says of what kind the failure was, and where."""


def columns_of(frame: pl.DataFrame) -> dict[str, pl.DataType]:
    """Return column → type of a frame that is `packed`."""
    return dict(packed(frame).schema)


def packed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame in the types that Spark has.

    >>> frame = pl.DataFrame({"key": pl.Series([2**64 - 1], dtype=pl.UInt64)})
    >>> packed(frame.with_columns(level=pl.lit("b", pl.Enum(["a", "b"])))).row(0)
    (-1, 1)
    """
    return frame.with_columns(
        pl.col(pl.UInt64).reinterpret(signed=True),
        pl.col(pl.UInt32).cast(pl.Int64),
        pl.col(pl.UInt8, pl.Int16, pl.UInt16).cast(pl.Int32),
        pl.col(pl.Enum).to_physical().cast(pl.Int8),
    )


def as_enums(frame: pl.DataFrame, enums: Mapping[str, pl.Enum]) -> pl.DataFrame:
    """Return a frame whose Int8 columns are levels again.

    >>> as_enums(pl.DataFrame({"x": [1]}, {"x": pl.Int8}), {"x": pl.Enum(["a", "b"])}).item()
    'b'
    """
    return frame.with_columns(
        pl.col(name).cast(pl.UInt8).cat.to(dtype) for name, dtype in enums.items()
    )


def mapped(frame: DataFrame, step: Step, columns: Columns) -> DataFrame:
    """Return what `step` makes of the rows, some at a time; it gives `columns`."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = arrow_schema(columns)
        for batch in batches:
            if batch.num_rows:
                yield from _made(step, pl.DataFrame(pl.from_arrow(batch)), columns, schema)

    return frame.mapInArrow(run, ddl(columns))


def grouped(frame: DataFrame, key: str, step: Step, columns: Columns) -> DataFrame:
    """Return what `step` makes of the rows; all of one `key` are given to it together.

    The rows of one key stand together in one partition of `frame`.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = arrow_schema(columns)
        held: list[pl.DataFrame] = []
        for batch in batches:
            if not batch.num_rows:
                continue
            rows = pl.DataFrame(pl.from_arrow(batch))
            last = rows[key][-1]
            if rows[key][0] == last and held and held[-1][key][0] == last:
                held.append(rows)  # all of the key that is held back
                continue
            behind = int((rows[key] == last).sum())
            whole = pl.concat([*held, rows.head(rows.height - behind)], rechunk=True)
            if whole.height:
                yield from _made(step, whole, columns, schema)
            held = [rows.tail(behind)]
        if held:
            yield from _made(step, pl.concat(held, rechunk=True), columns, schema)

    return frame.mapInArrow(run, ddl(columns))


def _made(
    step: Step, rows: pl.DataFrame, columns: Columns, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The batches of one result."""
    try:
        made = packed(step(rows)).select(*columns)
        table = made.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        failed = FailedInBatch(f"{type(error).__name__} at {where}")
    else:
        yield from table.to_batches(max_chunksize=ROWS)
        return
    raise failed  # outside of the handler: the cause would be shown with it


def ddl(columns: Columns) -> str:
    """Return columns as Spark wants them named.

    >>> ddl({"row": pl.Int64, "a`b": pl.String()})
    '`row` bigint, `a``b` string'
    """
    return ", ".join(
        f"`{name.replace('`', '``')}` {_IN_SPARK[dtype.base_type()][0]}"
        for name, dtype in columns.items()
    )


def arrow_schema(columns: Columns) -> pa.Schema:
    """Return columns as Arrow has them."""
    import pyarrow as pa

    return pa.schema(
        [
            (name, pa.type_for_alias(_IN_SPARK[dtype.base_type()][1]))
            for name, dtype in columns.items()
        ]
    )


def kept(frame: DataFrame) -> DataFrame:
    """Return a frame whose rows are kept on the disks of the executors when they are made.

    What is lost with an executor is made anew. Plans of later steps begin here: with all that led
    to a step in them, they would be doubled at each step that uses another twice.
    """
    from pyspark import StorageLevel
    from pyspark.sql.classic.dataframe import DataFrame as Classic

    spark: Any = frame.sparkSession
    held: Any = frame.persist(StorageLevel.DISK_ONLY)._jdf
    rows = held.queryExecution().toRdd()
    return Classic(spark._jsparkSession.internalCreateDataFrame(rows, held.schema(), False), spark)


def fetched(frame: DataFrame) -> pl.DataFrame:
    """Return a small frame of Spark's: what the driver may hold."""
    return pl.DataFrame(pl.from_arrow(frame.toArrow()))


def from_java(error: Exception) -> bool:
    """Whether an error is Java's own, which PySpark has not made into one of its kinds."""
    return type(error).__module__.startswith("py4j")


def why(error: Exception) -> str | None:
    """Return what kind of failure Spark tells of, without its text; None for one of another kind.

    A function that failed in an executor: `in a batch: KIND at PLACE`.
    """
    from pyspark.errors import PySparkException

    if not from_java(error) and not isinstance(error, PySparkException):
        return None
    text = str(getattr(error, "_desc", None) or "")
    with suppress(Exception):  # Java may be gone: what cannot be told is not told
        text += str(error)
    batch = _FAILED.search(text)
    if batch:
        return f"in a batch: {batch[1]}"
    found = _CONDITION.findall(text)
    return f"{type(error).__name__} {found[0]}" if found else type(error).__name__
