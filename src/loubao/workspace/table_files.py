"""LEFT and RIGHT of `link`: one table a file, its columns understood, its rows in slices.

A parquet file is read by columns (parquet_file.py); any other file is read whole by `workbook`, and
its first sheet with people is taken.

The table that `link` writes: one row a candidate, in parquet, csv or xlsx.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from loubao.core.faults import UntrustedInput, Usage
from loubao.core.frames import Sheet
from loubao.ingest.columns import (
    WHO,
    HeaderMissing,
    Named,
    NamesUnclear,
    fullest,
    header_of_row,
    header_of_sheet,
    listed,
)
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.row_kinds import row_kinds
from loubao.ingest.sheets.rows import people_rows
from loubao.rules.folder import LinkRules
from loubao.workspace.input_file import MOST_NAMED, NoFile, TooLarge, content_of, why_not
from loubao.workspace.parquet_file import (
    Early,
    ParquetFile,
    is_parquet,
    is_plain,
    model_metadata,
    open_parquet,
)

if TYPE_CHECKING:
    from loubao.linkage.model import Model

#: Rows of a sheet handed over at a time.
SLICE = 2_500_000
_NEEDED = "要有姓名列或证号列。可以用 --columns 指明，例如 --columns 'name=姓名列,id_number=证号列'"


@dataclass(frozen=True)
class Table:
    """One table: which column is which field (`fit`), and its rows as texts (`cells`).

    `skipped` counts the rows that are titles, headers, totals, footers or nobody, by kind;
    `other_sheets` are the names of sheets that were not read.
    """

    file: str
    fit: Fit
    rows: int
    cells: pl.DataFrame | ParquetFile
    sheet: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)
    other_sheets: tuple[str, ...] = ()

    def slices(self) -> Iterator[pl.DataFrame]:
        """Yield frames of `row` (UInt32) and String columns, of each place with a field."""
        if isinstance(self.cells, ParquetFile):
            yield from self.cells.slices(self.fit.places)
        else:
            yield from self.cells.select("row", *self.fit.places).iter_slices(SLICE)


def open_table(
    path: Path,
    named: Named,
    rules: LinkRules,
    passwords: Sequence[str] = (),
    early: Early | None = None,
) -> Table:
    """Return the table of a file; `early` may have its first rows.

    Raises `Usage` for a file that cannot be opened and for a header named that is not there, and
    `UntrustedInput` for one that is no table, or in which no column says who a row is.
    """
    file = rules.discretion.text(path.name)
    try:
        parquet = is_parquet(path)
        content = b"" if parquet else content_of(path, MOST_NAMED)
    except (NoFile, TooLarge) as error:
        raise Usage(f"{file} {why_not(error)}") from None
    except OSError:
        raise Usage(f"{file} 打不开，请检查路径和权限") from None
    try:
        if parquet:
            return _of_parquet(open_parquet(path, early or {}, rules.discretion), named, rules)
        return _of_sheets(content, file, named, rules, passwords)
    except (HeaderMissing, NamesUnclear) as unclear:
        raise unclear.fault(file, rules.discretion) from None


def _of_parquet(parquet: ParquetFile, named: Named, rules: LinkRules) -> Table:
    fit = fit_of_columns(parquet.schema, parquet.file, named, rules)
    for column in fit.columns:
        if column.field is not None:
            parquet.column(column.place)  # refused before anything is read
    return Table(parquet.file, fit, parquet.rows, parquet)


def fit_of_columns(
    schema: Mapping[str, pl.DataType], file: str, named: Named, rules: LinkRules
) -> Fit:
    """Return what the columns of a table mean that has types; raises as `open_table`."""
    headers = list(schema)
    fit = header_of_row(headers, named, rules)
    plain = {str(at) for at, kind in enumerate(schema.values()) if is_plain(kind)}
    columns = (c if c.place in plain else c._replace(ignored=True) for c in fit.columns)
    parts = tuple(part for part in fit.particulars if part[1] in plain)
    fit = replace(fit, columns=tuple(columns), particulars=parts)
    if not WHO & set(fit.fields):
        raise _nobody(file, headers, rules)
    return fit


def _of_sheets(
    content: bytes, file: str, named: Named, rules: LinkRules, passwords: Sequence[str]
) -> Table:
    from loubao.workbook.read_sheets import read_large_text, read_sheets

    try:
        large = read_large_text(content, file)
        sheets = [large] if large is not None else read_sheets(content, file, passwords)
    except UntrustedInput as fault:
        raise UntrustedInput(rules.discretion.quoted(fault.message)) from None
    found = _first_table(sheets, named, rules)
    if found is None:
        cells = max(sheets, key=lambda each: each.cells.height).cells.drop("row")
        raise _nobody(file, fullest(cells.head(rules.reading.header_depth).rows()), rules)
    sheet, fit = found
    # of a header further down the other columns may be other ones
    used = replace(fit, columns=tuple(c for c in fit.columns if c.field is not None))
    kinds, _ = row_kinds(sheet, used, rules.table, rules.reading)
    skipped = {"title": fit.start, "header": fit.depth}
    for kind, numbers in kinds.items():
        skipped[kind] = skipped.get(kind, 0) + len(numbers)
    return Table(
        file=file,
        fit=fit,
        rows=sheet.cells.height,
        cells=people_rows(sheet, fit, kinds),
        sheet=rules.discretion.text(sheet.name),
        skipped={kind: count for kind, count in skipped.items() if count},
        other_sheets=tuple(
            rules.discretion.text(each.name) for each in sheets if each is not sheet
        ),
    )


def _first_table(
    sheets: Sequence[Sheet], named: Named, rules: LinkRules
) -> tuple[Sheet, Fit] | None:
    """Return the first sheet with people; a header that was named may stand in any of them."""
    missing: HeaderMissing | None = None
    for sheet in sheets:
        try:
            fit = header_of_sheet(sheet, named, rules)
        except HeaderMissing as error:
            missing = missing or error
            continue
        if fit is not None and WHO & set(fit.fields):
            return sheet, fit
    if missing is not None:
        raise missing
    return None


def _nobody(file: str, seen: Sequence[str | None], rules: LinkRules) -> UntrustedInput:
    columns = listed(seen, rules.discretion)
    return UntrustedInput(f"{file}：认不出姓名列和证号列，{_NEEDED}。看到的列：{columns}")


# --- the links ------------------------------------------------------------------------------------

#: Endings that make `--out` one file instead of a folder.
TABLE_ENDINGS = (".parquet", ".csv", ".xlsx")
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
    """Whether `--out` names one table rather than a folder.

    >>> is_table(Path("a.XLSX")), is_table(Path("out/名单-在册"))
    (True, False)
    """
    return out.suffix.lower() in TABLE_ENDINGS


def write_links(links: pl.DataFrame, target: Path, ending: str, model: Model | None = None) -> None:
    """Write the links in the format of `ending`, readable by the owner only.

    A parquet file holds the `model` in its metadata. In csv and xlsx the evidence is one text:
    `id_number=same; name=variant`. Raises `Usage` for more rows than a sheet can have.
    """
    content = io.BytesIO()  # polars does not say why a disk refused
    if ending == ".parquet":
        links.write_parquet(content, metadata=model_metadata(model) if model else None)
    elif ending == ".csv":
        _flat(links).write_csv(content)
    else:
        content.write(_workbook(_flat(links)))
    target.touch(0o600)
    target.write_bytes(content.getbuffer())


def _flat(links: pl.DataFrame) -> pl.DataFrame:
    """The links with the evidence as one text.

    >>> _flat(pl.DataFrame({"evidence": [{"id_number": "same", "name": "variant"}]})).item()
    'id_number=same; name=variant'
    """
    evidence = pl.col("evidence").struct
    levels = [
        pl.when(evidence.field(name).is_not_null()).then(
            pl.concat_str(pl.lit(f"{name}="), evidence.field(name).cast(pl.String))
        )
        for name in links.schema["evidence"].to_schema()  # type: ignore[attr-defined]
    ]
    return links.with_columns(evidence=pl.concat_str(levels, separator="; ", ignore_nulls=True))


def _workbook(links: pl.DataFrame) -> bytes:
    from loubao.core.forms import Page, Row, Style, Workbook
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
