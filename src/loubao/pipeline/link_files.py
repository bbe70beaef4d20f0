"""The table that `link` writes: one row a candidate, in parquet, csv or xlsx."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path

import polars as pl

from loubao.faults import Usage

#: Endings that make `--out` one file instead of a folder.
TABLE_ENDINGS = (".parquet", ".csv", ".xlsx")
_MODE = 0o600
_MOST_ROWS = 1_048_575  # of one sheet, below the header
_CREATED = date(2022, 1, 1)  # the same links give the same bytes
_WIDTHS = {"evidence": 420, "tier": 220}
_WIDTH = 110


def links_table(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the table of the contract from DECISIONS, sorted: links first, best candidates first.

    left_row, right_row (UInt32), decision, tier, match_weight, match_probability, evidence.
    """
    return decisions.select(
        pl.col("left_id").cast(pl.UInt32).alias("left_row"),
        pl.col("right_id").cast(pl.UInt32).alias("right_row"),
        *("decision", "tier", "match_weight", "match_probability", "evidence"),
    ).sort(
        "left_row",
        pl.col("decision") != "link",
        "match_probability",
        "right_row",
        descending=[False, False, True, False],
    )


def is_table(out: Path) -> bool:
    """Whether `--out` names one table rather than a folder."""
    return out.suffix.lower() in TABLE_ENDINGS


def write_table(
    links: pl.DataFrame, target: Path, ending: str, metadata: dict[str, str] | None = None
) -> None:
    """Write the links in the format of `ending`, readable by the owner only.

    In csv and xlsx the evidence is one text: `id_number=same; name=variant`. Raises `Usage` for
    more rows than a sheet can have.
    """
    content = io.BytesIO()  # polars does not say why a disk refused
    if ending == ".parquet":
        links.write_parquet(content, metadata=metadata)
    elif ending == ".csv":
        _flat(links).write_csv(content)
    else:
        content.write(_workbook(_flat(links)))
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as stream:
        stream.write(content.getbuffer())


def _flat(links: pl.DataFrame) -> pl.DataFrame:
    evidence = pl.col("evidence").struct
    levels = [
        pl.when(evidence.field(name).is_not_null()).then(
            pl.concat_str(pl.lit(f"{name}="), evidence.field(name).cast(pl.String))
        )
        for name in links.schema["evidence"].to_schema()  # type: ignore[attr-defined]
    ]
    return links.with_columns(evidence=pl.concat_str(levels, separator="; ", ignore_nulls=True))


def _workbook(links: pl.DataFrame) -> bytes:
    from loubao.forms import Page, Row, Style, Workbook
    from loubao.workbook.writing import workbook_bytes

    if links.height > _MOST_ROWS:
        raise Usage(f"结果有 {links.height} 行，一张表放不下；请让 --out 以 .csv 或 .parquet 结尾")
    width = links.width
    head = Row(tuple(links.columns), ("head",) * width)
    body = ("cell",) * width
    rows = (head, *(Row(values, body) for values in links.iter_rows()))
    page = Page(
        name="links",
        widths=tuple(_WIDTHS.get(column, _WIDTH) for column in links.columns),
        rows=rows,
        freeze=(1, 0),
    )
    styles = {
        "head": Style("Arial", 10, bold=True, wrap=False),
        "cell": Style("Arial", 10, wrap=False),
    }
    return workbook_bytes(Workbook("", "links", _CREATED, styles, (page,)))
