"""Delimited texts → a grid in which nothing is lost.

The delimiter is found, and the records: a record is what `csv` makes of it as long as that is
beyond doubt. Where a quote never closes, or closes many lines later and swallows whole rows, the
lines are taken one by one instead. `regular_cells` is for the large texts of programs, where no
line leaves a doubt.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

import polars as pl

from loubao.workbook.grid import (
    LAST_COLUMN,
    LONGEST_CELL,
    MAX_CELLS,
    Grid,
    Note,
    refuse_too_large,
    too_large,
)
from loubao.workbook.joined_lines import parted_lines

_SAMPLE = 1 << 16
_DELIMITERS = "\t,;|"
_WIDE_COMMA = "，"
_SNIFFED_LINES = 200
_QUOTED = re.compile(r'"[^"]*"')
_SEPARATOR_LINE = re.compile(r"(?i)sep=(.)$")
_FORMULA_TEXT = re.compile(r'\A="(.*)"\Z', re.DOTALL)

#: A cell with more lines than this is an unclosed quote, not a remark.
_MOST_LINES_IN_CELL = 100
#: Nor does any spreadsheet program put more characters into a cell.
_MOST_IN_CELL = 32_767

#: Fields of a file, blank ones behind the last column included.
_MOST_FIELDS = 2 * MAX_CELLS

#: The header is the first row with at least this share of the usual number of fields filled in.
_HEADER_FILL = 0.6


def read_delimited(text: str, file: str, damaged: int = 0) -> Grid:
    """Return the one grid of a delimited text; `damaged` counts bytes that could not be decoded.

    Notes: ROW_SHORT and ROW_LONG against the header's width, ROW_JOINED, QUOTE_UNCLOSED,
    UNREADABLE_CHARACTER.
    """
    lines = text.rstrip("\x1a").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = _SEPARATOR_LINE.match(lines[0])
    if separator:  # a directive of the spreadsheet program, which does not show it as a row
        lines = lines[1:]
    delimiter = separator[1] if separator else sniff_delimiter(lines)
    widest = max(line.count(delimiter) for line in lines) if delimiter else 0
    if widest >= LAST_COLUMN or (delimiter and text.count(delimiter) > _MOST_FIELDS):
        raise too_large(file, "", len(lines), widest + 1)
    records, unclosed = _records(lines, delimiter)
    usual = _usual_size(records)
    records = [_otherwise_delimited(record, usual) for record in records]
    while records and not any(records[-1]):
        records.pop()
    header = _header(records, usual)
    records, joined = parted_lines(records, header)
    width = max(map(_filled_width, records), default=0)
    refuse_too_large(file, "", len(records), width)
    fields = (record if len(record) <= width else record[:width] for record in records)
    columns = [_unwrapped(column) for column in zip_longest(*fields, fillvalue="")]
    notes = [*joined, *_width_notes(records, header)]
    notes += [Note(row, None, "QUOTE_UNCLOSED") for row in sorted(unclosed)]
    if damaged:
        notes += _damage_notes(records)
    return Grid("", columns, range(1, len(records) + 1), range(width), notes=notes)


def sniff_delimiter(lines: Sequence[str]) -> str:
    r"""Return the delimiter that most lines have equally often, "" when there is none.

    >>> sniff_delimiter(["姓名\t住址", "张三\t洛阳镇，上曾村, 3号"]) == "\t"
    True
    >>> sniff_delimiter(["姓名，村", "张三，上曾", "李四，下曾"])
    '，'
    """
    text = "\n".join(islice(filter(str.strip, lines), _SNIFFED_LINES))
    if text.count('"') % 2 == 0:  # quoted cells may well hold line ends
        text = _QUOTED.sub("", text)
    sample = [_QUOTED.sub("", line) for line in text.split("\n")]
    best, best_score = "", 0
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in sample)
        counts.pop(0, None)
        score = max((times * count for count, times in counts.items()), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    if not best and sample:
        counts = Counter(line.count(_WIDE_COMMA) for line in sample)
        count, times = counts.most_common(1)[0]
        if count and times * 5 >= len(sample) * 4:
            return _WIDE_COMMA
    return best


def _records(lines: Sequence[str], delimiter: str) -> tuple[list[list[str]], set[int]]:
    """Return the fields of each record and the 1-based records whose quote did not close."""
    if not delimiter:
        return [[line] for line in lines], set()
    if not any('"' in line for line in lines):
        return [line.split(delimiter) for line in lines], set()
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    try:
        records.extend(reader)
    except csv.Error:
        return _careful_records(lines, delimiter, _usual_size(records))
    if reader.line_num == len(records):
        return records, set()
    return _careful_records(lines, delimiter, _usual_size(records))


def _otherwise_delimited(record: list[str], usual: int) -> list[str]:
    """Return a record that is one field, and the `usual` ones by another sign, as those.

    >>> _otherwise_delimited(["张三，上曾，3号"], 3), _otherwise_delimited(["张三，上曾"], 3)
    (['张三', '上曾', '3号'], ['张三，上曾'])
    """
    if len(record) != 1 or usual <= 2:
        return record
    for sign in (_WIDE_COMMA, *_DELIMITERS):
        if record[0].count(sign) == usual - 1:
            return record[0].split(sign)
    return record


def _usual_size(records: Sequence[Sequence[str]]) -> int:
    """Return the number of fields that most records have, 0 when none has two or more."""
    sizes = Counter(len(record) for record in records if any(record) and len(record) > 1)
    return max(sizes, key=lambda size: (sizes[size], size), default=0)


def _careful_records(
    lines: Sequence[str], delimiter: str, size: int
) -> tuple[list[list[str]], set[int]]:
    """Take record for record, or line for line where quotes are in doubt; `size` fields each."""
    if not size:  # in doubt from the first line on
        counts = Counter(_QUOTED.sub("", line).count(delimiter) for line in lines if line.strip())
        size = counts.most_common(1)[0][0] + 1
    usual = size - 1
    records: list[list[str]] = []
    unclosed: set[int] = set()
    at = 0
    while at < len(lines):
        taken, record = _trusted(lines, at, delimiter, usual)
        if record is None:
            taken, record = 1, _line_by_itself(lines[at], delimiter, usual)
            if lines[at].count('"') % 2 or len(record) != lines[at].count(delimiter) + 1:
                unclosed.add(len(records) + 1)
        records.append(record)
        at += taken
    return records, unclosed


def _trusted(
    lines: Sequence[str], at: int, delimiter: str, usual: int
) -> tuple[int, list[str] | None]:
    """Return how many lines the record at `at` takes and its fields; None when in doubt."""
    if '"' not in lines[at]:
        return 1, lines[at].split(delimiter)
    reader = csv.reader(_of_one_record(lines, at), delimiter=delimiter, strict=True)
    try:
        record = next(reader)
    except (csv.Error, StopIteration):
        return 1, None
    counts = [line.count(delimiter) for line in lines[at : at + reader.line_num]]
    if len(counts) > 1:
        # A remark of several lines does not hold rows; a quote that never closed swallows them.
        odd_width = len(record) != usual + 1 and sum(count >= usual for count in counts) > 1
        if odd_width or (usual > 2 and all(count == usual for count in counts)):
            return 1, None
    return len(counts), record


def _of_one_record(lines: Sequence[str], at: int) -> Iterator[str]:
    """Yield the lines from `at` on that one record can have: read no further than is needed."""
    size = 0
    for i in range(at, min(len(lines), at + 1 + _MOST_LINES_IN_CELL)):
        yield f"{lines[i]}\n"
        size += len(lines[i])
        if size > _MOST_IN_CELL:
            return


def _line_by_itself(line: str, delimiter: str, usual: int) -> list[str]:
    """Return the fields of a line whose quotes cannot be trusted."""
    try:
        lenient = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        lenient = []
    if len(lenient) == usual + 1:
        return lenient
    return [field.strip('"') for field in line.split(delimiter)]


def _filled_width(record: Sequence[str]) -> int:
    return next((i for i in range(len(record), 0, -1) if record[i - 1]), 0)


def _unwrapped(column: Sequence[str]) -> Sequence[str]:
    """Take `="…"`, which makes a spreadsheet program keep digits as text, off its text."""
    if not any(value.startswith('="') for value in column):
        return column
    return [_FORMULA_TEXT.sub(r"\1", value) for value in column]


def _header(records: Sequence[Sequence[str]], usual: int) -> int | None:
    """The place of the header among the records, None where there are no columns; `usual`: how many
    fields most of them have.
    """
    filled = max(2, usual * _HEADER_FILL)
    if usual < 2:
        return None
    return next((i for i, r in enumerate(records) if sum(map(bool, r)) >= filled), None)


def _width_notes(records: Sequence[Sequence[str]], header: int | None) -> Iterator[Note]:
    if header is None:
        return
    width = len(records[header])
    for row, record in enumerate(records[header + 1 :], start=header + 2):
        size = len(record)
        if size == width or not any(record):
            continue
        if size < width:
            yield Note(row, None, "ROW_SHORT", {"cells": width - size})
        elif extra := sum(map(bool, record[width:])):
            yield Note(row, None, "ROW_LONG", {"cells": extra})


def _damage_notes(records: Sequence[Sequence[str]]) -> Iterator[Note]:
    for row, record in enumerate(records, start=1):
        for place, value in enumerate(record):
            if "\ufffd" in value:
                yield Note(row, place, "UNREADABLE_CHARACTER")


def regular_cells(text: str) -> pl.DataFrame | None:
    r"""Return the cells of a delimited text read by columns, None when any line leaves a doubt.

    The cells are as in `Sheet`. A register of a million lines takes seconds this way. It must be
    regular, so that nothing can have slipped: every line has as many fields as the first, two or
    more, and every quote is closed.

    >>> regular_cells("姓名,村\n张三,上曾\n李四,\n").rows()
    [(1, '姓名', '村'), (2, '张三', '上曾'), (3, '李四', None)]
    >>> regular_cells("姓名,村\n张三,上曾,3号\n") is None
    True
    """
    if "\0" in text or '="' in text:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter = sniff_delimiter(text[:_SAMPLE].rsplit("\n", 1)[0].split("\n"))
    if not delimiter or delimiter not in _DELIMITERS:
        return None
    lines = pl.Series("line", text.rstrip("\n").split("\n"), dtype=pl.String)
    if not _is_regular(lines, delimiter):
        return None
    try:
        cells = pl.read_csv(
            text.encode(), separator=delimiter, has_header=False, infer_schema=False
        )
    except pl.exceptions.PolarsError:
        return None
    if cells.height != lines.len():
        return None
    every = pl.all()
    cells = cells.rename({name: str(i) for i, name in enumerate(cells.columns)})
    cells = cells.select(pl.when(every.str.strip_chars() != "").then(every).name.keep())
    if cells.select(pl.max_horizontal(every.str.len_chars().max()) > LONGEST_CELL).item():
        return None
    return cells.with_row_index("row", 1)


def _is_regular(lines: pl.Series, delimiter: str) -> bool:
    """Whether all lines have equally many fields, two or more, and every quote is closed."""
    line = pl.col("line")
    quoted = bool(lines.str.contains('"', literal=True).any())
    bare = line.str.replace_all('"[^"]*"', "") if quoted else line
    quotes = line.str.count_matches('"', literal=True) if quoted else pl.lit(0)
    fields = bare.str.count_matches(delimiter, literal=True)
    closed, least, most = (
        lines.to_frame().select((quotes % 2 == 0).all(), least=fields.min(), most=fields.max())
    ).row(0)
    return bool(closed) and least == most and 0 < least < LAST_COLUMN
