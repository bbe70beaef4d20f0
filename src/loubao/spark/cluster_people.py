"""The people of a table on the cluster: its rows, cleaned as `link` cleans them, and counted.

Rows are read in batches by the functions of `ingest`; what the whole table shows (how cells are to
be read) is asked of its first rows, as on one machine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from loubao.core import frames
from loubao.core.faults import UntrustedInput
from loubao.core.frames import MARK
from loubao.ingest.habits import SAMPLE, TWO_PARTS, Habits, habits, text_of
from loubao.ingest.linkable import linkable
from loubao.ingest.sheets.row_kinds import row_kinds
from loubao.rules.linking import LinkRules
from loubao.spark.batches import fetched, kept, mapped
from loubao.spark.cluster_tables import FIRST_ROW, RAGGED, ClusterTable
from loubao.workspace.parquet_file import SLICE, texts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_MOJIBAKE = "\ufffd"
#: What the people of a table have beside `row` (Int64) and particulars: LINKABLE but for what is
#: the same in all rows.
PERSON = {name: kind for name, kind in frames.LINKABLE.items() if name not in ("record_id", "list")}


@dataclass(frozen=True)
class People:
    """The rows of one table as they are compared: `row`, PERSON, and particulars as `p0`, `p1` ….

    `particulars` are their names. Of each slice of rows (as on one machine) it is known how many
    rows it has and how many values each column has there.
    """

    side: str
    table: ClusterTable
    rows: DataFrame
    particulars: tuple[str, ...]
    height: int
    first_height: int
    filled: frozenset[str]
    filled_at_first: frozenset[str]
    slices_with_heads: tuple[int, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, int] = field(default_factory=dict)

    def places(self, columns: Sequence[str]) -> dict[str, str]:
        """Return column of `rows` → name, of some particulars in their order."""
        place = {name: f"p{n}" for n, name in enumerate(self.particulars)}
        return {place[name]: name for name in columns}

    @property
    def people(self) -> int:
        """Rows that are somebody at all."""
        return self.height - self.problems.get("NO_EVIDENCE", 0)


def people_of(table: ClusterTable, side: str, rules: LinkRules) -> People:
    """Return the rows of a table as they are compared; they are kept on the disks of the executors.

    Raises `UntrustedInput` where the files are damaged.
    """
    cells = table.cells.select("row", *table.fit.places, *([RAGGED] if table.csv else []))
    found, head = _habits(cells, table, rules)
    _, sample = _cleaned(head.head(100), table, found, rules, side)
    particulars = tuple(c for c in sample.columns if c.startswith(MARK))
    columns = {"row": pl.Int64(), **PERSON, "kind": pl.String(), "odd": pl.String()}
    columns |= {f"p{n}": pl.String() for n in range(len(particulars))}

    def clean(rows: pl.DataFrame) -> pl.DataFrame:
        return _marked(rows, table_of_rules, found, rules, side, particulars)

    table_of_rules = replace(table, cells=None)
    cleaned = kept(mapped(cells, clean, columns))
    return _counted(cleaned, table, side, particulars)


def _habits(cells: DataFrame, table: ClusterTable, rules: LinkRules) -> tuple[Habits, pl.DataFrame]:
    """How the cells are to be read, as the first rows show, and these rows.

    What day and month are is shown by all dates of the first slice.
    """
    from pyspark.sql import functions as F  # noqa: N812

    head = fetched(cells.where(F.col("row") < FIRST_ROW + SAMPLE)).sort("row")
    head = head.select("row", *(texts(head[place]).alias(place) for place in table.fit.places))
    dates = [c.place for c in table.fit.columns_of("birth_date")]
    seen = head
    if text_of(head, table.fit, "birth_date").str.contains(TWO_PARTS).any():
        first = cells.where(F.col("row") < FIRST_ROW + SLICE)
        every = fetched(first.select(*dates).distinct())
        more = every.select(texts(every[place]).alias(place) for place in dates)
        seen = pl.concat([head, more], how="diagonal")
    return habits(seen, table.fit, rules), head


def _cleaned(
    cells: pl.DataFrame, table: ClusterTable, found: Habits, rules: LinkRules, side: str
) -> tuple[Counter[str], pl.DataFrame]:
    """What is odd in some rows, by code, and LINKABLE."""
    frame, odd = linkable(cells, table.fit, found, rules, side)
    return Counter(odd), frame


def _marked(
    rows: pl.DataFrame,
    table: ClusterTable,
    found: Habits,
    rules: LinkRules,
    side: str,
    particulars: tuple[str, ...],
) -> pl.DataFrame:
    """The rows with what they are: `kind` of those that are nobody, null otherwise.

    The first row has, as JSON, how many of the cells are `odd`.
    """
    cells = rows.select("row", *(texts(rows[p]).alias(p) for p in table.fit.places))
    kinds = _kinds(cells, table, rules) if table.csv else {}
    kind = pl.col("row").replace_strict(kinds, default=None, return_dtype=pl.String)
    odd, frame = _cleaned(cells.filter(kind.is_null()), table, found, rules, side)
    if table.csv:
        damaged = pl.any_horizontal(
            pl.col(p).str.contains(_MOJIBAKE, literal=True) for p in table.fit.places
        )
        odd["MOJIBAKE"] = int(cells.select(damaged.sum()).item() or 0)
        odd["RAGGED"] = rows.height - rows[RAGGED].null_count()
    people = frame.select(
        *PERSON,
        row=pl.col("record_id").cast(pl.Int64),
        **{f"p{n}": pl.col(name) for n, name in enumerate(particulars)},
    )
    others = cells.filter(kind.is_not_null()).select("row", kind=kind)
    marked = pl.concat([people.with_columns(kind=pl.lit(None, pl.String)), others], how="diagonal")
    text = json.dumps({code: count for code, count in odd.items() if count})
    return marked.with_columns(odd=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(text)))


def _kinds(cells: pl.DataFrame, table: ClusterTable, rules: LinkRules) -> dict[int, str]:
    """The rows of a csv that are not about a person."""
    header = pl.DataFrame(
        {"row": [1], **{p: [table.headers[int(p)]] for p in table.fit.places}},
        schema={"row": cells["row"].dtype, **dict.fromkeys(table.fit.places, pl.String)},
    )
    sheet = frames.Sheet(
        table.shown, "", pl.concat([header, cells]), 0, (), frames.empty(frames.ISSUES)
    )
    used = replace(table.fit, columns=tuple(c for c in table.fit.columns if c.place in header))
    kinds, _ = row_kinds(sheet, used, rules.table, rules.reading)
    return {row: kind for kind, found in kinds.items() for row in found}


def _counted(
    cleaned: DataFrame, table: ClusterTable, side: str, particulars: tuple[str, ...]
) -> People:
    from pyspark.sql import functions as F  # noqa: N812

    at = F.floor((F.col("row") - FIRST_ROW) / SLICE).cast("int")
    columns = [c for c in cleaned.columns if c not in ("row", "kind", "odd")]
    people = cleaned.where(F.col("kind").isNull())
    counts = fetched(
        people.groupBy(at.alias("slice")).agg(
            F.count("*").alias("n"), *(F.count(c).alias(c) for c in columns)
        )
    ).sort("slice")
    odd: Counter[str] = Counter()
    told = cleaned.where(F.col("odd").isNotNull()).select(
        F.explode(F.from_json("odd", "map<string,bigint>")).alias("code", "n")
    )
    odd.update(dict(fetched(told.groupBy("code").agg(F.sum("n"))).rows()))
    if ragged := odd.pop("RAGGED", 0):
        raise UntrustedInput(
            f"{table.shown} 有 {ragged} 行的格数与表头不一致，或格里有换行；请改正，或转成 parquet"
        )
    if odd.pop("MOJIBAKE", 0):
        raise UntrustedInput(f"{table.shown} 里有认不出的字符（编码混用），请转成 UTF-8 或 parquet")
    kinds = cleaned.where(F.col("kind").isNotNull()).groupBy("kind").count()
    skipped = dict(fetched(kinds).rows()) if table.csv else {}
    if table.csv:
        skipped["header"] = skipped.get("header", 0) + table.files
    named = {f"p{n}": name for n, name in enumerate(particulars)}
    first = counts.filter(pl.col("slice") == 0)

    def filled(part: pl.DataFrame) -> frozenset[str]:
        return frozenset(named.get(c, c) for c in columns if int(part[c].sum() or 0))

    return People(
        side=side,
        table=table,
        rows=people.drop("kind", "odd").withColumn("slice", at),
        particulars=particulars,
        height=int(counts["n"].sum()),
        first_height=int(first["n"].sum()),
        filled=filled(counts),
        filled_at_first=filled(first),
        slices_with_heads=tuple(counts.filter(pl.col("head_id") > 0)["slice"]),
        skipped=skipped,
        problems={code: count for code, count in sorted(odd.items()) if count},
    )


def as_linkable(people: pl.DataFrame, side: str, particulars: Mapping[str, str]) -> pl.DataFrame:
    """Return rows of `People` as LINKABLE, with `particulars` (name in the frame → name)."""
    frame = people.with_columns(
        record_id=pl.col("row").reinterpret(signed=False), list=pl.lit(side)
    )
    return frame.select(*frames.LINKABLE, *(pl.col(p).alias(n) for p, n in particulars.items()))
