"""LEFT and RIGHT on the cluster: what Spark reads, with the number of each row.

A table is a parquet or csv file or folder on any path that Spark reads, or `table:db.name`. Rows
are numbered from 2 on, file by file in the order of their paths. In a csv the first line of each
file is the header; a row with more or fewer cells is refused, as `link` on one machine would not
know what is missing from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

import polars as pl

from loubao.core.faults import UntrustedInput, Usage
from loubao.ingest.columns import HeaderMissing, Named
from loubao.ingest.own_names import NamesUnclear
from loubao.ingest.sheets.fit import Fit
from loubao.rules.linking import LinkRules
from loubao.spark.batches import fetched, from_java
from loubao.spark.storage import literal
from loubao.workspace.table_files import fit_of_columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TABLE = "table:"
FIRST_ROW = 2
_HEAD = 1 << 20
_MAGIC = b"PAR1"
#: The column of a csv that has the rows with more or fewer cells than the header.
RAGGED = "_loubao_ragged"


@dataclass(frozen=True)
class ClusterTable:
    """A table that Spark was asked for: `cells` has `row` (bigint) and columns named by place.

    `headers` are the columns of the table. `csv`: rows may be headers, totals or footers; its
    `rows` are then those of people and the headers of `files`.
    """

    shown: str
    headers: tuple[str, ...]
    fit: Fit
    cells: DataFrame
    rows: int
    csv: bool = False
    files: int = 1


def open_on_cluster(
    spark: SparkSession, given: str, named: Named, rules: LinkRules
) -> ClusterTable:
    """Return a table, its columns understood and rows counted; raises `Usage`, `UntrustedInput`."""
    from pyspark.errors import AnalysisException

    shown = rules.discretion.text(given.rstrip("/").rpartition("/")[2])
    try:
        frame, csv = _opened(spark, given, shown)
        numbered, rows, files = _numbered(frame)
    except AnalysisException:
        raise Usage(
            f"{shown} 打不开：路径或表名不对，或不是由文件组成的表（视图、JDBC 表请先存成 parquet）"
        ) from None
    schema = {name: kind for name, kind in _schema(frame).items() if name != RAGGED}
    try:
        fit = fit_of_columns(schema, shown, named, rules)
    except (HeaderMissing, NamesUnclear) as unclear:
        raise unclear.fault(shown, rules.discretion) from None
    if fit.household:
        raise Usage(f"{shown} 一户一行，--engine spark 读不了；请先拆成一人一行，或用本机比对")
    return ClusterTable(shown, tuple(schema), fit, numbered, rows + files * csv, csv, files)


def _opened(spark: SparkSession, given: str, shown: str) -> tuple[DataFrame, bool]:
    """The frame, and whether it is of csv files."""
    if given.startswith(_TABLE):
        return spark.table(given.removeprefix(_TABLE)), False
    head = _head_of(spark, given, shown)
    if head.startswith(_MAGIC):
        return spark.read.parquet(literal(given)), False
    options = {
        **dict.fromkeys(("quote", "escape"), '"'),
        "header": "true",
        "encoding": _encoding(head, shown),
        "maxCharsPerColumn": "-1",
    }
    headers = spark.read.options(**options).csv(literal(given)).columns
    # a row that does not fit is kept as it stands: an error would show it in the log
    kinds = ", ".join(f"`{each.replace('`', '``')}` string" for each in (*headers, RAGGED))
    options |= {"columnNameOfCorruptRecord": RAGGED, "enforceSchema": "false"}
    return spark.read.options(**options).schema(kinds).csv(literal(given)), True


def _head_of(spark: SparkSession, given: str, shown: str) -> bytes:
    """The beginning of the first file, in the order of names."""
    sc = spark.sparkContext
    assert sc._jvm is not None
    assert sc._jsc is not None
    try:
        path = sc._jvm.org.apache.hadoop.fs.Path(given)
        system = path.getFileSystem(sc._jsc.hadoopConfiguration())
        if not system.exists(path):
            raise Usage(
                f"{shown} 不存在；LEFT 和 RIGHT 应为 parquet、csv 文件或文件夹，或 table:库.表"
            )
        files = system.listFiles(path, True)
        names = []
        while files.hasNext():
            each = files.next()
            if not each.getPath().getName().startswith(("_", ".")) and each.getLen():
                names.append(each.getPath())
        if not names:
            raise UntrustedInput(f"{shown} 里没有文件，请核对路径")
        first = min(names, key=lambda each: each.toString())
        stream = system.open(first)
        try:
            return bytes(stream.readNBytes(_HEAD))
        finally:
            stream.close()
    except Exception as error:
        if from_java(error):
            raise Usage(f"{shown} 打不开，请核对路径、权限和存储的设置（--conf）") from None
        raise


def _encoding(head: bytes, shown: str) -> str:
    """The encoding of a csv by its beginning, which ends at the end of a line."""
    head = head[: head.rfind(b"\n") + 1] or head
    for encoding in ("utf-8", "gb18030"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError:
            continue
        if b"\0" not in head:
            return encoding
    raise UntrustedInput(f"{shown} 不是 parquet，也不是 UTF-8 或 GB18030 的 csv，请转成 parquet")


def _schema(frame: DataFrame) -> dict[str, pl.DataType]:
    """Column → type, as polars has them."""
    from pyspark.sql.pandas.types import to_arrow_schema

    empty = pl.DataFrame(pl.from_arrow(to_arrow_schema(frame.schema).empty_table()))
    return dict(empty.schema)


def _numbered(frame: DataFrame) -> tuple[DataFrame, int, int]:
    """The columns by place with `row`, and how many rows and files there are.

    A part of a file is read in one piece, row after row: a row is counted from its beginning.
    """
    from pyspark.sql import functions as F  # noqa: N812

    place = {
        "file": F.col("_metadata.file_path"),
        "start": F.col("_metadata.file_block_start"),
        "at": F.monotonically_increasing_id(),
    }
    names = {name: RAGGED if name == RAGGED else str(n) for n, name in enumerate(frame.columns)}
    cells = frame.select(
        *(F.col(f"`{name.replace('`', '``')}`").alias(place) for name, place in names.items()),
        *(column.alias(name) for name, column in place.items()),
    )
    pieces = fetched(
        cells.groupBy("file", "start").agg(F.count("*").alias("n"), F.min("at").alias("first"))
    )
    # Spark gives a path as a URI: the order is that of the names as they are read
    named = pl.col("file").map_elements(unquote, return_dtype=pl.String)
    pieces = pieces.sort(named, "start").with_columns(
        shift=FIRST_ROW + pl.col("n").cum_sum() - pl.col("n") - pl.col("first")
    )
    spark = frame.sparkSession
    shifts = spark.createDataFrame(
        pieces.select("file", "start", "shift").to_arrow(compat_level=pl.CompatLevel.oldest())
    )
    numbered = cells.join(F.broadcast(shifts), ["file", "start"])
    return (
        numbered.withColumn("row", F.col("at") + F.col("shift")).drop(*place, "shift"),
        int(pieces["n"].sum()),
        pieces["file"].n_unique(),
    )
