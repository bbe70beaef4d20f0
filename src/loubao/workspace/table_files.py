"""LEFT and RIGHT of `link`: one table a file, its columns understood, its rows in slices.

A parquet file is read by columns (parquet_file.py); any other file is read whole by `workbook`, and
each of its sheets with people has a header of its own. A sheet on which several tables stand, one
below another or side by side, is parted as `match` parts it, and each part is a sheet of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from loubao.core.faults import UntrustedInput, Usage
from loubao.core.frames import Sheet
from loubao.ingest.columns import (
    SOMEBODY,
    WHO,
    HeaderMissing,
    Named,
    fullest,
    header_of_row,
    header_of_sheet,
    listed,
)
from loubao.ingest.own_names import NamesUnclear
from loubao.ingest.sheets.claim_faults import beside
from loubao.ingest.sheets.column_blocks import blocks
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.own_numbers import settled_fits
from loubao.ingest.sheets.people_signs import lists_people, names_people
from loubao.ingest.sheets.row_kinds import without_number
from loubao.ingest.sheets.rows import breaks, days_from_1900, people_rows, settled_households
from loubao.ingest.sheets.stacked_tables import tables
from loubao.ingest.sheets.vocabulary import loose, vocabulary
from loubao.rules.linking import LinkRules
from loubao.rules.lists import ListRule
from loubao.workspace.input_file import MOST_NAMED, NoFile, TooLarge, content_of, why_not
from loubao.workspace.parquet_file import (
    Early,
    ParquetFile,
    is_parquet,
    is_plain,
    open_parquet,
)

#: Rows of a sheet handed over at a time.
SLICE = 2_500_000
_HEADLESS = "请补上表头，或用 --columns 指明；不要的，请删去这张工作表，或加 --yes 略过"
_NEEDED = "要有姓名列或证号列。可以用 --columns 指明，例如 --columns 'name=姓名列,id_number=证号列'"


@dataclass(frozen=True)
class TableSheet:
    """One sheet of a table: which column is which field (`fit`), and its rows as texts (`cells`).

    `skipped` counts the rows that are titles, headers, totals, footers or nobody, by kind; `ends`
    are the numbers of rows behind which no household goes on; `block`: of tables side by side the
    number from the left, from 0.
    """

    name: str
    fit: Fit
    rows: int
    cells: pl.DataFrame | ParquetFile
    skipped: Mapping[str, int] = field(default_factory=dict)
    ends: tuple[int, ...] = ()
    block: int = 0

    def slices(self, more: Iterable[str] = ()) -> Iterator[pl.DataFrame]:
        """Yield frames of `row` (UInt32) and String columns, of each place that is used.

        `more`: places that are wanted besides.
        """
        places = list(dict.fromkeys([*self.fit.places, *more]))
        if isinstance(self.cells, ParquetFile):
            yield from self.cells.slices(places)
        else:
            yield from self.cells.select("row", *places).iter_slices(SLICE)

    def head(self, count: int) -> pl.DataFrame:
        """Return the first rows of a sheet that was read whole."""
        return next(iter(self.slices()), pl.DataFrame()).head(count)


@dataclass(frozen=True)
class Table:
    """One table: its sheets, and the names of those of the file that were not read."""

    file: str
    sheets: tuple[TableSheet, ...]
    other_sheets: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the sheets have, titles and all."""
        return sum(sheet.rows for sheet in self.sheets)

    @property
    def fits(self) -> list[Fit]:
        """How each sheet is understood."""
        return [sheet.fit for sheet in self.sheets]

    def with_fits(self, fits: Sequence[Fit]) -> Table:
        """Return the table with other fits."""
        pairs = zip(self.sheets, fits, strict=True)
        return replace(self, sheets=tuple(replace(sheet, fit=fit) for sheet, fit in pairs))


@dataclass(frozen=True)
class Opening:
    """What is needed to open a file: passwords, its first rows where they are on their way.

    `accept_all`: a sheet of people that nobody can read is passed over.
    """

    passwords: Sequence[str] = ()
    early: Early | None = None
    accept_all: bool = False


def open_table(path: Path, named: Named, rules: LinkRules, opening: Opening) -> Table:
    """Return the table of a file.

    Raises `Usage` for a file that cannot be opened and for a header named that is not there, and
    `UntrustedInput` for one that is no table, in which no column says who a row is, or with a sheet
    of people without a header.
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
            early = opening.early or {}
            return _of_parquet(open_parquet(path, early, rules.discretion), named, rules)
        sheets = _sheets(content, file, rules, opening.passwords)
        parts = [part for sheet in sheets for part in _parts(sheet, named, rules)]
        return _of_sheets(parts, named, rules, opening)
    except (HeaderMissing, NamesUnclear) as unclear:
        raise unclear.fault(file, rules.discretion) from None


def _of_parquet(parquet: ParquetFile, named: Named, rules: LinkRules) -> Table:
    fit = fit_of_columns(parquet.schema, parquet.file, named, rules)
    for column in fit.columns:
        if column.field is not None:
            parquet.column(column.place)  # refused before anything is read
    return Table(parquet.file, (TableSheet("", fit, parquet.rows, parquet),))


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


def _sheets(
    content: bytes, file: str, rules: LinkRules, passwords: Sequence[str]
) -> Sequence[Sheet]:
    from loubao.workbook.read_sheets import read_large_text, read_sheets

    try:
        large = read_large_text(content, file)
        return [large] if large is not None else read_sheets(content, file, passwords)
    except UntrustedInput as fault:
        raise UntrustedInput(rules.discretion.quoted(fault.message)) from None


def _parts(sheet: Sheet, named: Named, rules: LinkRules) -> list[tuple[Sheet, int]]:
    """Return the tables of a sheet, nearly always one, each with its number from the left.

    Raises `UntrustedInput` where two columns of names may be those of two tables.
    """
    words = [vocabulary(each.table, rules.reading, loosely=True) for each in _readings(rules)]
    fits = (fit for each in words for fit in settled_fits(sheet, [each], rules.reading))
    own = next((fit for fit in fits if SOMEBODY & set(fit.fields)), None)
    if own is None:
        return [(sheet, 0)]
    word = words[-1]
    cut = [(sheet, own)]
    if _names_columns_again(sheet, own, rules):
        cut, _ = tables(sheet, own, {own.list_name: word}, rules.reading)
    parts: list[tuple[Sheet, int]] = []
    for table, fit in cut:
        found, unclear = blocks(table, fit, [word], rules.reading)
        if unclear is not None and "name" not in named:
            name = rules.discretion.text(sheet.name)
            letters = unclear.letters
            fault = beside(name, rules.discretion.header(unclear.header, 0), letters)
            raise UntrustedInput(f"{sheet.file}：{fault}；或用 --columns 指明姓名列")
        parts += [(each.sheet, each.block) for each in found]
    return parts


def _readings(rules: LinkRules) -> tuple[LinkRules, LinkRules]:
    """The rules, and with the headers of the lists, where these alone say who a row is."""
    return rules, rules.with_lists


def _names_columns_again(sheet: Sheet, fit: Fit, rules: LinkRules) -> bool:
    """Whether a cell below the header is one of a name or a number: most sheets end here."""
    of_people = [rules.with_lists.table.fields.get(field) for field in sorted(SOMEBODY)]
    texts = {loose(text) for each in of_people if each for text in each.headers}
    below = sheet.cells.slice(fit.start + fit.depth)
    below = without_number(below, fit, rules.table).drop("row")
    plain_text = pl.all().str.to_lowercase().str.replace_all(r"[\s_.:：*-]", "")
    again = pl.any_horizontal(plain_text.is_in(list(texts)))
    return bool(below.select(again.fill_null(value=False).any()).item())


def _of_sheets(
    parts: Sequence[tuple[Sheet, int]], named: Named, rules: LinkRules, opening: Opening
) -> Table:
    sheets, file = [sheet for sheet, _ in parts], parts[0][0].file
    fits = _fits(sheets, named, rules)
    if not any(fits):
        cells = max(sheets, key=lambda each: each.cells.height).cells.drop("row")
        raise _nobody(file, fullest(cells.head(rules.reading.header_depth).rows()), rules)
    others = [each for each, fit in zip(sheets, fits, strict=True) if fit is None]
    for sheet in others:
        if not opening.accept_all and (names_people(sheet) or lists_people(sheet, rules)):
            name = rules.discretion.text(sheet.name)
            raise UntrustedInput(f"{file}：工作表“{name}”里有人，但认不出表头，{_HEADLESS}")
    return Table(
        file=file,
        sheets=tuple(
            replace(_table_sheet(sheet, fit, rules), block=block)
            for (sheet, block), fit in zip(parts, fits, strict=True)
            if fit is not None
        ),
        other_sheets=tuple(
            rules.discretion.text(each.name) for each in others if each.cells.height
        ),
    )


def _table_sheet(sheet: Sheet, fit: Fit, rules: LinkRules) -> TableSheet:
    # of a header further down the other columns may be other ones
    used = replace(fit, columns=tuple(c for c in fit.columns if c.field is not None))
    rule = _rule(fit, rules)
    sheet = days_from_1900(sheet, fit, rule)
    settled, kinds, _ = settled_households(sheet, used, rule, rules.reading)
    if settled is not used:
        others = tuple(column for column in fit.columns if column.field is None)
        fit = replace(settled, columns=(*settled.columns, *others))
    skipped = {"title": fit.start, "header": fit.depth}
    for kind, numbers in kinds.items():
        skipped[kind] = skipped.get(kind, 0) + len(numbers)
    return TableSheet(
        name=rules.discretion.text(sheet.name),
        fit=fit,
        rows=sheet.cells.height,
        cells=people_rows(sheet, fit, kinds),
        skipped={kind: count for kind, count in skipped.items() if count},
        ends=tuple(breaks(kinds)),
    )


def _rule(fit: Fit, rules: LinkRules) -> ListRule:
    """What stands for the rule of a list, with the words for members where they may be needed."""
    own = {*map(loose, rules.table.fields["name"].headers)}
    heads = fit.columns_of("head_name") or fit.columns_of("head_id")
    others = heads and any(loose(c.header) not in own for c in fit.columns_of("name"))
    return (rules.with_lists if fit.household or others else rules).table


def _fits(sheets: Sequence[Sheet], named: Named, rules: LinkRules) -> list[Fit | None]:
    """Return how each sheet is understood, None for one without people.

    A header that was named may stand in any of them; the others are read by their own.
    """
    fits: list[Fit | None] = []
    lacking: list[int] = []
    missing: HeaderMissing | None = None
    for sheet in sheets:
        try:
            fits.append(_fit(sheet, named, rules))
        except HeaderMissing as error:
            missing = missing or error
            lacking.append(len(fits))
            fits.append(None)
    if missing is not None and not any(fits):
        raise missing
    left_out: Named = {field: headers for field, headers in named.items() if not headers}
    for at in lacking:
        fits[at] = _fit(sheets[at], left_out, rules)
    return fits


def _fit(sheet: Sheet, named: Named, rules: LinkRules) -> Fit | None:
    fit = header_of_sheet(sheet, named, rules)
    return fit if fit is not None and {*WHO, "head_name", "head_id"} & set(fit.fields) else None


def _nobody(file: str, seen: Sequence[str | None], rules: LinkRules) -> UntrustedInput:
    columns = listed(seen, rules.discretion)
    return UntrustedInput(f"{file}：认不出姓名列和证号列，{_NEEDED}。看到的列：{columns}")
