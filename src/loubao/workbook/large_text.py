"""A large delimited text in which every line is beyond doubt → its sheet, by columns.

`delimited.py` looks at every field of every line, as befits the exports of an office. A register
of a million lines, written by a program, is read here in seconds: only when every line has as many
fields as the first, so that nothing can have slipped. Any doubt leaves it to the careful reader.
"""

from __future__ import annotations

import polars as pl

from loubao.frames import Sheet, issue_rows
from loubao.workbook.decoding import decode
from loubao.workbook.delimited import sniff_delimiter
from loubao.workbook.sniffing import kind_of_bytes, kind_of_text

#: Smaller files are quick enough the careful way.
LARGE = 1 << 21
_SNIFFED = 1 << 16
_POLARS_DELIMITERS = frozenset("\t,;|")


def read_large_text(content: bytes, file: str) -> Sheet | None:
    """Return the one sheet of a large regular text; None for anything else."""
    if len(content) < LARGE or kind_of_bytes(content) != "text":
        return None
    decoded = decode(content)
    if decoded is None or decoded.damaged or kind_of_text(decoded.text) != "delimited":
        return None
    text = decoded.text
    if "\0" in text or '="' in text:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter = sniff_delimiter(text[:_SNIFFED].rsplit("\n", 1)[0].split("\n"))
    if delimiter not in _POLARS_DELIMITERS:
        return None
    lines = pl.Series("line", text.rstrip("\n").split("\n"), dtype=pl.String)
    if not _regular(lines, delimiter):
        return None
    try:
        cells = pl.read_csv(
            text.encode(),
            separator=delimiter,
            has_header=False,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if cells.height != lines.len():
        return None
    every = pl.all()
    cells = cells.rename({name: str(i) for i, name in enumerate(cells.columns)})
    cells = cells.select(pl.when(every.str.strip_chars() != "").then(every).name.keep())
    cells = cells.with_row_index("row", 1)
    return Sheet(file, "", cells, 0, (), issue_rows(()))


def _regular(lines: pl.Series, delimiter: str) -> bool:
    """Whether all lines have equally many fields, two or more, and every quote is closed."""
    line = pl.col("line")
    quotes = line.str.count_matches('"', literal=True)
    bare = line.str.replace_all('"[^"]*"', "")
    quoted = bool(lines.str.contains('"', literal=True).any())
    fields = (bare if quoted else line).str.count_matches(delimiter, literal=True)
    told = lines.to_frame().select(
        closed=(quotes % 2 == 0).all() if quoted else pl.lit(True),
        least=fields.min(),
        most=fields.max(),
    )
    closed, least, most = told.row(0)
    return bool(closed) and least == most and least > 0
