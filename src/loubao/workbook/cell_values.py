"""The cells of an xlsx as written → their texts: each as its type and number format say.

Types of cells: ECMA-376 part 1, 18.18.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

import polars as pl

from loubao.workbook.grid import Note, error_note, valueless_note
from loubao.workbook.number_formats import Shown, iso_text, serial_text

#: A cell as written: its place (row from 1, column from 0), the number of its format, its type,
#: its value (null without one), whether it is a formula.
WRITTEN = {
    "row": pl.UInt32,
    "column": pl.UInt32,
    "style": pl.UInt32,
    "kind": pl.String,
    "value": pl.String,
    "formula": pl.Boolean,
}

_TEXTS = ("str", "inlineStr", "s")
_KINDS = ("n", "s", "b", "d", "e")  # any other holds its text as it stands
# Numbers that are written as `text_of` writes them.
_EXACT = r"^-?(?:[1-9][0-9]{0,14}|[0-9]{1,7}\.[0-9]{0,7}[1-9])$|^0$"
_PADDED = r"^-?0[0-9]"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$")
_SPELLED = re.compile("_x([0-9A-Fa-f]{4})_")
_NAMED = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


@dataclass(frozen=True, slots=True)
class CellBook:
    """What the sheets of a workbook share.

    `formats` has what each cell format shows; `calculates`: all formulas are to be calculated
    when the workbook is opened, so that a 0 in one may never have been a result.
    """

    texts: pl.Series
    formats: Sequence[Shown] = ()
    since_1904: bool = False
    calculates: bool = False


def valued(cells: pl.DataFrame, book: CellBook) -> tuple[pl.DataFrame, list[Note]]:
    """Return `row`, `column`, `text` of the `cells` (WRITTEN) that hold something, and notes.

    Noted are errors, formulas without a result, and texts that the workbook does not have.
    """
    kind, value = pl.col("kind"), pl.col("value")
    unsure = (value == "0") & (kind == "n") if book.calculates else pl.lit(False)
    empty = value.is_null() | ((value == "") & ~kind.is_in(_TEXTS)) | unsure
    valueless = pl.col("formula") & empty & (kind != "e")
    notes = list(_notes(cells.filter((kind == "e") | valueless)))
    filled = cells.with_row_index("order").filter(~valueless & value.is_not_null() & (kind != "e"))
    parts = [
        _numbers(filled.filter(kind == "n"), book),
        *_shared(filled.filter(kind == "s"), book, notes),
        filled.filter(kind == "b").with_columns(
            text=pl.when(value.str.strip_chars().str.to_lowercase().is_in(["1", "true"]))
            .then(pl.lit("TRUE"))
            .otherwise(pl.lit("FALSE"))
        ),
        filled.filter(kind == "d").with_columns(
            text=value.map_elements(iso_text, return_dtype=pl.String)
        ),
        filled.filter(~kind.is_in(_KINDS)).with_columns(text=value.map_batches(spelled)),
    ]
    columns = ["order", "row", "column", "text"]
    texts = pl.concat([part.select(columns) for part in parts if part.height] or [_NONE])
    return texts.sort("order").drop("order"), notes


_NONE = pl.DataFrame(
    schema={"order": pl.UInt32, "row": pl.UInt32, "column": pl.UInt32, "text": pl.String}
)


def _notes(cells: pl.DataFrame) -> Iterator[Note]:
    for row, column, kind, value in cells.select("row", "column", "kind", "value").iter_rows():
        if kind == "e":
            error = (value or "").strip()
            yield error_note(row, column, error[:20] if error.startswith("#") else "#?")
        else:
            yield valueless_note(row, column)


def _shared(cells: pl.DataFrame, book: CellBook, notes: list[Note]) -> Iterator[pl.DataFrame]:
    """Yield the cells with their shared strings; a cell that names none is added to `notes`."""
    cells = cells.filter(pl.col("value") != "").with_columns(
        index=pl.col("value").str.strip_chars().cast(pl.UInt32, strict=False)
    )
    there = pl.col("index") < len(book.texts)
    for row, column in cells.filter(~there.fill_null(False)).select("row", "column").iter_rows():
        notes.append(error_note(row, column, "#?"))
    cells = cells.filter(there)
    yield cells.with_columns(book.texts.gather(cells["index"]).alias("text"))


def _numbers(cells: pl.DataFrame, book: CellBook) -> pl.DataFrame:
    """Return cells of numbers with `text`; most are written already as they are shown."""
    numbers = [kind.value for kind in book.formats] + [Shown.NUMBER.value]
    styles = pl.Series(numbers, dtype=pl.UInt8)
    value = pl.col("value").str.strip_chars()
    cells = cells.with_columns(
        value=value, shown=styles.gather(cells["style"].clip(0, len(numbers) - 1))
    )
    exact = pl.col("value").str.contains(_EXACT) & ~pl.col("value").str.contains(_PADDED)
    cells = cells.with_columns(exact=exact & (pl.col("shown") == Shown.NUMBER.value))
    pairs = cells.filter(~pl.col("exact")).select("value", "shown").unique()
    texts = [
        number_text(value, Shown(shown), book.since_1904) for value, shown in pairs.iter_rows()
    ]
    pairs = pairs.with_columns(pl.Series("text", texts, dtype=pl.String))
    return cells.join(pairs, on=["value", "shown"], how="left", maintain_order="left").with_columns(
        text=pl.when("exact").then("value").otherwise("text")
    )


def number_text(value: str, shown: Shown, since_1904: bool) -> str:
    """Return a number as its format shows it; what is no number stays as it stands.

    >>> [number_text(value, Shown.NUMBER, False) for value in ("3.505991990010100E+17", "0.30")]
    ['3.5059919900101e+17', '0.3']
    >>> number_text("32904", Shown.DATE, False), number_text("无", Shown.DATE, False)
    ('1990-01-31', '无')
    """
    if not _NUMBER.match(value):
        return value
    return serial_text(float(value), shown, since_1904)


# -- texts -------------------------------------------------------------------------------------


def unescaped(texts: pl.Series) -> pl.Series:
    r"""Return texts of XML with their entities replaced and line ends as one character.

    >>> unescaped(pl.Series(["a &amp;lt; b", "甲&#10;乙\r\n丙"])).to_list()
    ['a &lt; b', '甲\n乙\n丙']
    """
    joined = texts.str.join("").item() or ""
    if "\r" in joined:
        texts = texts.str.replace_all("\r\n", "\n", literal=True)
    if "&#" in joined:
        return texts.map_elements(unescape, return_dtype=pl.String)
    if "&" in joined:
        texts = texts.str.replace_many(list(_NAMED), list(_NAMED.values()))
    return texts


def spelled(texts: pl.Series) -> pl.Series:
    r"""Return texts with their characters that XML cannot hold (`_x000D_`) put in.

    >>> spelled(pl.Series(["a_x000D_\nb", "_x005F_x0041_", "_x12_"])).to_list()
    ['a\nb', '_x0041_', '_x12_']
    """
    if not texts.str.contains("_x[0-9A-Fa-f]{4}_").any():
        return texts
    return texts.map_elements(_spelled, return_dtype=pl.String)


def _spelled(text: str) -> str:
    put = _SPELLED.sub(lambda found: chr(int(found[1], 16)), text)
    put = put.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return put.replace("\r\n", "\n").replace("\r", "\n")
