"""The table that `link` writes: one row a candidate, in parquet, csv or xlsx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from loubao.core.faults import Usage
from loubao.core.frames import as_parquet, member_of, row_of, sheet_of
from loubao.workspace.parquet_file import model_metadata

if TYPE_CHECKING:
    from loubao.linkage.model import Model

#: Endings that make `--out` one file instead of a folder.
TABLE_ENDINGS = (".parquet", ".csv", ".xlsx")
_MOST_ROWS = 1_048_575  # of one sheet, below the header
_CREATED = date(2022, 1, 1)  # the same links give the same bytes
_WIDTHS = {"evidence": 420, "tier": 220}
_WIDTH = 110


class Places(NamedTuple):
    """What tells the people of a table apart beside the row: sheets, people of one row.

    `sheets`: their names, where there are several.
    """

    sheets: tuple[str, ...] = ()
    members: bool = False


def links_table(
    decisions: pl.DataFrame,
    left: Places = Places(),  # noqa: B008 - a tuple
    right: Places = Places(),  # noqa: B008
    texts: Sequence[pl.DataFrame] = (),
) -> pl.DataFrame:
    """Return the table of the contract from DECISIONS, sorted: links first, best candidates first.

    left_row, right_row (UInt32), decision, tier, match_weight, match_probability, evidence. Behind
    them, where a table has several sheets or several people in a row: left_sheet (String),
    left_member (UInt32), right_sheet, right_member. `texts`: of either table `record_id` and String
    columns, which go over.
    """
    ordered = decisions.sort(
        "left_id",
        pl.col("decision") != "link",
        "match_probability",
        "right_id",
        descending=[False, False, True, False],
    )
    ids = ordered.select("left_id", "right_id")
    links = ordered.select(
        row_of("left_id").alias("left_row"),
        row_of("right_id").alias("right_row"),
        *("decision", "tier", "match_weight", "match_probability", "evidence"),
        *of_places("left", left),
        *of_places("right", right),
    )
    for side, frame in zip(("left", "right"), texts, strict=False):
        kept = ids.join(
            frame, left_on=f"{side}_id", right_on="record_id", how="left", maintain_order="left"
        )
        links = links.with_columns(kept.drop("left_id", "right_id", strict=False))
    return links


def of_places(side: str, places: Places) -> list[pl.Expr]:
    """Return the sheet and the member of the ids `<side>_id`, as far as they are needed.

    >>> ids = pl.DataFrame({"left_id": [2, 2 + 2**32, 3 + 2**44]}, {"left_id": pl.UInt64})
    >>> ids.select(of_places("left", Places(("一", "二"), True))).rows()
    [('一', 0), ('一', 1), ('二', 0)]
    """
    found = []
    if places.sheets:
        names = dict(enumerate(places.sheets))
        number = sheet_of(f"{side}_id")
        name = number.replace_strict(names, return_dtype=pl.String)
        found.append(name.alias(f"{side}_sheet"))
    if places.members:
        found.append(member_of(f"{side}_id").alias(f"{side}_member"))
    return found


def duplicates_table(
    decisions: pl.DataFrame, places: Places, texts: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return DECISIONS of one table with itself: row, other_row, and as `links_table`.

    `texts` has record_id and the columns that are kept, of its side.
    """
    both = []
    if texts is not None:
        own = {name: name.replace("right_", "left_", 1) for name in texts.columns}
        both = [texts.rename(own), texts]
    table = links_table(decisions, places, places, both)
    return table.rename(
        lambda name: (
            name.removeprefix("left_")
            if name.startswith("left_")
            else name.replace("right_", "other_", 1)
            if name.startswith("right_")
            else name
        )
    )


def clusters_table(
    clusters: pl.DataFrame, left: Places, right: Places, texts: Sequence[pl.DataFrame] = ()
) -> pl.DataFrame:
    """Return CLUSTERS as a table: cluster, side, row, and sheet, member where some side has them.

    `texts`: of either table record_id and the columns that are kept.
    """
    found = []
    both = Places((*left.sheets, *right.sheets), left.members or right.members)
    for at, (side, places) in enumerate((("left", left), ("right", right))):
        rows = clusters.filter(side=side)
        ids = rows.rename({"record_id": f"{side}_id"})
        own = of_places(side, Places(places.sheets, both.members))
        table = ids.select("cluster", "side", row_of(f"{side}_id"), *own)
        table = table.rename({name: name.removeprefix(f"{side}_") for name in table.columns})
        if texts:
            kept = rows.select("record_id").join(
                texts[at], on="record_id", how="left", maintain_order="left"
            )
            names = {name: name.removeprefix(f"{side}_") for name in texts[at].columns[1:]}
            table = table.with_columns(kept.drop("record_id").rename(names))
        found.append(table)
    whole = pl.concat(found, how="diagonal")
    order = [
        name for name in ("cluster", "side", "row", "sheet", "member") if name in whole.columns
    ]
    rest = [name for name in whole.columns if name not in order]
    return whole.select(*order, *rest).sort("cluster", maintain_order=True)


def is_table(out: Path) -> bool:
    """Whether `--out` names one table rather than a folder.

    >>> is_table(Path("a.XLSX")), is_table(Path("out/名单-在册"))
    (True, False)
    """
    return out.suffix.lower() in TABLE_ENDINGS


def write_links(
    pages: Mapping[str, pl.DataFrame], target: Path, ending: str, model: Model | None = None
) -> None:
    """Write a table in the format of `ending`, readable by the owner only.

    `pages`: name → table; only a workbook has more than the first. A parquet file holds the `model`
    in its metadata. In csv and xlsx the evidence is one text: `id_number=same; name=variant`.
    Raises `Usage` for more rows than a sheet can have.
    """
    first = next(iter(pages.values()))
    content: bytes | memoryview
    if ending == ".parquet":
        content = as_parquet(first, model_metadata(model) if model else None)
    elif ending == ".csv":
        content = _flat(first).write_csv().encode()
    else:
        content = _workbook({name: _flat(table) for name, table in pages.items()})
    target.touch(0o600)
    target.write_bytes(content)


def beside(out: Path, name: str) -> Path:
    """Return where another table lies beside that of `out`.

    >>> beside(Path("a/结果.csv"), "clusters").name
    '结果.clusters.csv'
    """
    return out.with_name(f"{out.stem}.{name}{out.suffix}")


def _flat(links: pl.DataFrame) -> pl.DataFrame:
    """The links with the evidence as one text.

    >>> _flat(pl.DataFrame({"evidence": [{"id_number": "same", "name": "variant"}]})).item()
    'id_number=same; name=variant'
    """
    if "evidence" not in links.columns:
        return links
    evidence = pl.col("evidence").struct
    levels = [
        pl.when(evidence.field(name).is_not_null()).then(
            pl.concat_str(pl.lit(f"{name}="), evidence.field(name).cast(pl.String))
        )
        for name in links["evidence"].struct.fields
    ]
    return links.with_columns(evidence=pl.concat_str(levels, separator="; ", ignore_nulls=True))


def _workbook(tables: Mapping[str, pl.DataFrame]) -> bytes:
    from loubao.core.forms import Page, Row, Style, Workbook
    from loubao.workbook.writing import workbook_bytes

    pages = []
    for name, table in tables.items():
        if table.height > _MOST_ROWS:
            raise Usage(
                f"结果有 {table.height} 行，一张表放不下；请让 --out 以 .csv 或 .parquet 结尾"
            )
        head = Row(tuple(table.columns), ("head",) * table.width)
        body = ("cell",) * table.width
        rows = (head, *(Row(values, body) for values in table.iter_rows()))
        widths = tuple(_WIDTHS.get(column, _WIDTH) for column in table.columns)
        pages.append(Page(name=name, widths=widths, rows=rows, freeze=(1, 0)))
    styles = {
        "head": Style("Arial", 10, bold=True, wrap=False),
        "cell": Style("Arial", 10, wrap=False),
    }
    return workbook_bytes(Workbook("", "links", _CREATED, styles, tuple(pages)))
