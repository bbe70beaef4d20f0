"""A parquet file: its columns as texts, in slices, so that ten million rows need not be in memory.

The first slice of a file of few columns is begun to be read while the rest of the program is still
being loaded (`begin`): which columns are needed is not known before the rules are. So little beside
polars is imported here.

The metadata of a parquet file of decisions holds the model that they were made with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from loubao.core.faults import UntrustedInput
from loubao.core.masking import Discretion
from loubao.workbook.cell_text import EXACT_BELOW, text_of
from loubao.workspace.input_file import opened

if TYPE_CHECKING:
    from loubao.linkage.model import Model

#: Rows handed over at a time: held whole, while the left keys are looked up anew for each slice.
SLICE = 2_500_000
_MAGIC = b"PAR1"
#: A table with more columns is read when it is known which of them are needed.
_FEW = 12
_FIRST_ROW = 2  # the header stands in the first
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # of the calendar, from 1970: 1-01-01, 9999-12-31
_MODEL = "loubao.model"  # the key of the model in the metadata
_REGISTER_MODEL = "loubao.model.register"

#: The first rows that are being read, by file; whoever takes them takes them out.
Early: TypeAlias = dict[Path, "Future[pl.DataFrame | None]"]


def begin(paths: Iterable[Path]) -> Early:
    """Begin to read the first rows of each parquet file; None where that is left for later."""
    reader = ThreadPoolExecutor(2)
    early: Early = {}
    for path in paths:
        try:
            if is_parquet(path):
                early[path] = reader.submit(_first_rows, path)
        except OSError:
            continue  # reported where the table is opened
    reader.shutdown(wait=False)
    return early


def is_parquet(path: Path) -> bool:
    """Return whether a file is parquet, by its first bytes; raises `OSError`."""
    with opened(path) as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def _first_rows(path: Path) -> pl.DataFrame | None:
    try:
        rows = pl.scan_parquet(path, glob=False)
        return None if len(rows.collect_schema()) > _FEW else rows.head(SLICE).collect()
    except (pl.exceptions.PolarsError, OSError):
        return None  # reported where the table is opened


def is_plain(kind: pl.DataType) -> bool:
    """Return whether a column is text, a number or a date: what can be compared.

    >>> is_plain(pl.Int64()), is_plain(pl.List(pl.Int64))
    (True, False)
    """
    return not kind.is_nested() and kind not in (pl.Object, pl.Binary, pl.Duration)


@dataclass(frozen=True)
class ParquetFile:
    """A parquet file that was opened: its columns with their types, and how many rows it has."""

    path: Path
    schema: dict[str, pl.DataType]
    rows: int
    early: Early
    discretion: Discretion

    @property
    def file(self) -> str:
        """What the file is called in messages."""
        return self.discretion.text(self.path.name)

    def column(self, place: str) -> str:
        """Return the name of a column; `place` is its number as text, from 0.

        Raises `UntrustedInput` for a column that is no text, number or date.
        """
        column = list(self.schema)[int(place)]
        kind = self.schema[column]
        if not is_plain(kind):
            shown = self.discretion.header(column, int(place))
            raise UntrustedInput(f"{self.file}：列“{shown}”不是文字、数字或日期，无法比对")
        return column

    def first(self, rows: int) -> pl.DataFrame:
        """Return all columns of the first rows as `slices` does; null what is no plain value.

        Raises `UntrustedInput` where the file is damaged.
        """
        kinds = list(enumerate(self.schema.items()))
        plain = {str(at): name for at, (name, kind) in kinds if is_plain(kind)}
        try:
            part = pl.scan_parquet(self.path, glob=False).select(plain.values()).head(rows)
            found = part.collect()
        except (pl.exceptions.PolarsError, OSError):
            raise _damaged(self.file) from None
        blank = pl.repeat(None, found.height, dtype=pl.String, eager=True)
        places = (str(at) for at, _ in kinds)
        cells = {p: texts(found[plain[p]]) if p in plain else blank for p in places}
        return pl.DataFrame(cells).with_row_index("row", _FIRST_ROW)

    def slices(self, places: Sequence[str], size: int = SLICE) -> Iterator[pl.DataFrame]:
        """Yield frames of `row` (UInt32, as the spreadsheet shows it) and String columns by place.

        Of `size` rows at most. Raises `UntrustedInput` where the file is damaged.
        """
        columns = {place: self.column(place) for place in places}
        done = 0
        try:
            for part in self._parts(list(columns.values()), size):
                cells = pl.DataFrame({place: texts(part[c]) for place, c in columns.items()})
                yield cells.with_row_index("row", _FIRST_ROW + done)
                done += part.height
        except (pl.exceptions.PolarsError, OSError):
            raise _damaged(self.file) from None

    def _parts(self, columns: Sequence[str], size: int) -> Iterator[pl.DataFrame]:
        """Yield the columns in slices of rows; the first may have been read early."""
        begun = self.early.pop(self.path, None)
        first = begun.result() if begun is not None else None
        del begun  # or the whole slice stays in memory
        rest = pl.scan_parquet(self.path, glob=False).select(columns)
        if first is not None:
            height = first.height
            yield first.select(columns)
            if height == self.rows:
                return
            del first
            rest = rest.slice(height)
        yield from rest.collect_batches(chunk_size=size, maintain_order=True)


def open_parquet(path: Path, early: Early, discretion: Discretion) -> ParquetFile:
    """Return a parquet file, whose first rows `early` may have; raises `UntrustedInput`."""
    try:
        table = pl.scan_parquet(path, glob=False)  # a name may have a bracket in it
        schema = dict(table.collect_schema())
        rows = int(table.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        raise _damaged(discretion.text(path.name)) from None
    return ParquetFile(path, schema, rows, early, discretion)


def _damaged(file: str) -> UntrustedInput:
    return UntrustedInput(f"{file}：parquet 文件已损坏或无法读取，请重新导出")


def texts(values: pl.Series) -> pl.Series:
    """Return the texts that `workbook` would have read: a number that lost digits shows it.

    >>> texts(pl.Series([40000.0, 1.5, 9.90101196003051e17])).to_list()
    ['40000', '1.5', '9.90101196003051e+17']
    >>> texts(pl.Series([True, None])).to_list()
    ['TRUE', None]
    """
    kind = values.dtype
    if kind == pl.String:
        return values
    if kind.is_float():
        return _float_texts(values)
    if kind == pl.Boolean:
        return values.cast(pl.String).str.to_uppercase()
    if kind in (pl.Date, pl.Datetime):
        return _day_texts(values)
    if kind == pl.Time:
        return values.dt.to_string("%H:%M:%S")
    return values.cast(pl.String, strict=False)


def _day_texts(values: pl.Series) -> pl.Series:
    """Days, with the time where there is one; what no calendar has stays the number that it is.

    >>> days = pl.Series([18_000, 2**31 - 1], dtype=pl.Int32).cast(pl.Date)
    >>> _day_texts(days).to_list()
    ['2019-04-14', '2147483647']
    """
    number = values.to_physical()
    per_day = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
    unit = per_day[values.dtype.time_unit] if isinstance(values.dtype, pl.Datetime) else 1
    odd = ~(number // unit).is_between(_FIRST_DAY, _LAST_DAY).fill_null(True)
    shown = values.set(odd, None)
    texts = shown.dt.to_string("%Y-%m-%d" if unit == 1 else "%Y-%m-%d %H:%M:%S")
    texts = texts.str.strip_suffix(" 00:00:00")
    return texts.zip_with(~odd, number.cast(pl.String)) if odd.any() else texts


def _float_texts(values: pl.Series) -> pl.Series:
    wide = values.cast(pl.Float64)
    plain = ((wide == wide.round(0)) & (wide.abs() < EXACT_BELOW)) | wide.is_null()
    whole = wide.set(~plain, None).cast(pl.Int64).cast(pl.String)
    if plain.all():
        return whole
    odd = wide.filter(~plain)
    shown = pl.Series([text_of(value) for value in odd], dtype=pl.String)
    return whole.scatter((~plain).arg_true(), shown)


def model_metadata(model: Model, register: Model | None = None) -> dict[str, str]:
    """Return the file metadata for `write_parquet`; the same model gives the same text.

    `register`: the model of the pairs with a register beside the month.
    """
    from loubao.linkage.model import as_json

    models = {_MODEL: model} | ({_REGISTER_MODEL: register} if register else {})
    return {
        key: json.dumps(as_json(each), sort_keys=True, allow_nan=False, separators=(",", ":"))
        for key, each in models.items()
    }


def read_model(path: Path, register: bool = False) -> Model | None:
    """Return the model that the decisions of a parquet file were made with, if it is there.

    With `register` that of the pairs with a register beside the month.
    """
    from loubao.linkage.model import from_json

    try:
        written = pl.read_parquet_metadata(path).get(_REGISTER_MODEL if register else _MODEL)
        return None if written is None else from_json(json.loads(written))
    except (ValueError, pl.exceptions.PolarsError):
        return None
