"""What a BIFF workbook says once for all its sheets: names, texts, formats, code page, epoch.

Versions 5 and 8 (Excel 5 to 2003, WPS `.et`). Record layouts: [MS-XLS] 2.4 and, for version 5,
the Excel 97 developer's kit. Texts of version 5 are bytes of a code page.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from struct import Struct, unpack_from

from loubao.workbook.number_formats import Shown, shown
from loubao.workbook.struck_cells import struck_formats

BOF, EOF, CONTINUE = 0x0809, 0x000A, 0x003C
_FILEPASS, _CODEPAGE, _DATEMODE, _FORMAT, _XF = 0x002F, 0x0042, 0x0022, 0x041E, 0x00E0
_BOUNDSHEET, _SST = 0x0085, 0x00FC

#: A substream's kind, in its BOF record and in the list of sheets.
WORKSHEET, _CHART, _MODULE = 0x10, 2, 6

_CODECS = {
    **dict.fromkeys((936, 10008, 54936, 51936), "gb18030"),
    **dict.fromkeys((950, 10002), "cp950"),
    1200: "utf-16-le",
    65001: "utf-8",
    367: "latin-1",
    **dict.fromkeys((10000, 0x8000), "mac-roman"),
    0x8001: "cp1252",
    10001: "shift_jis",
    10006: "mac-greek",
    10007: "mac-cyrillic",
    10029: "mac-latin2",
    10081: "mac-turkish",
}
#: Where version 5 names no code page, it was written where this one is usual.
_USUAL = "gb18030"

_read_two = Struct("<HH").unpack_from  # two numbers of two bytes each
Segments = Sequence[tuple[int, int]]  # where the content of a record and its CONTINUEs stands


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """A sheet in the workbook's list and where its records begin."""

    name: str
    offset: int
    hidden: bool


@dataclass(slots=True)
class BiffBook:
    """The globals of a workbook; `formats` holds what each cell format shows of a number."""

    version: int
    codec: str = _USUAL
    since_1904: bool = False
    encrypted: bool = False
    texts: Sequence[str] = ()
    formats: Sequence[Shown] = ()
    #: numbers of the cell formats that strike through
    struck_formats: Collection[int] = ()
    sheets: list[SheetPlace] = field(default_factory=list)
    #: All of the stream is there: then its last sheet may do without an end.
    whole: bool = False


class BrokenStream(ValueError):
    """The records of a workbook end before they are complete."""


def records(stream: bytes, at: int, *, whole: bool) -> Iterator[tuple[int, int, int]]:
    """Yield `(record, offset of its content, size)` of the substream whose BOF is at `at`.

    Substreams within it (charts) are passed over. Raises `BrokenStream` where the records stop
    short of the end of the substream, unless that is the end of a `whole` stream.
    """
    if not _begins(stream, at):
        raise BrokenStream
    depth = 0
    end = len(stream) - 4
    while at <= end:
        record, size = _read_two(stream, at)
        at += 4
        if at + size > end + 4:
            break
        if record == BOF:
            depth += 1
        if depth == 1:
            yield record, at, size
        if record == EOF:
            depth -= 1
            if depth <= 0:
                return
        at += size
    if not (whole and depth and at <= len(stream) < at + 4):
        raise BrokenStream


def _begins(stream: bytes, at: int) -> bool:
    return 0 <= at <= len(stream) - 4 and _read_two(stream, at)[0] == BOF


def _beginnings(stream: bytes) -> list[int]:
    """Return where the substreams begin that follow the globals, those within them left out."""
    found: list[int] = []
    at = depth = 0
    while at + 4 <= len(stream):
        record, size = _read_two(stream, at)
        if record == BOF:
            found += [at] if not depth else []
            depth += 1
        elif record == EOF:
            depth -= 1
        at += 4 + size
    return found[1:]


def segments(stream: bytes, at: int, size: int) -> Segments:
    """Return where the content of a record stands: its own, then that of its CONTINUE records."""
    found = [(at, at + size)]
    at += size
    while at + 4 <= len(stream):
        record, size = _read_two(stream, at)
        if record != CONTINUE or at + 4 + size > len(stream):
            break
        found.append((at + 4, at + 4 + size))
        at += 4 + size
    return found


def open_book(stream: bytes, *, whole: bool = False) -> BiffBook:
    """Return the globals of a workbook's stream; raises `BrokenStream` for a damaged one."""
    if len(stream) < 8 or not _begins(stream, 0):
        raise BrokenStream
    version, kind = _read_two(stream, 4)
    book = BiffBook(8 if version >= 0x600 else 5, whole=whole)
    if kind == WORKSHEET:  # a sheet by itself, without a workbook around it
        book.sheets.append(SheetPlace("", 0, hidden=False))
    codes: dict[int, str] = {}
    cell_formats: list[int] = []
    listed: list[tuple[int, int]] = []
    for record, at, size in records(stream, 0, whole=False):
        if record == _FILEPASS:
            book.encrypted = True
            return book
        if record == _XF and size >= 4:
            cell_formats.append(_read_two(stream, at)[1])
        elif record == _FORMAT and size >= 4:
            (number,) = unpack_from("<H", stream, at)
            codes[number] = _named(stream, at + 2, at + size, book, 2 if book.version == 8 else 1)
        elif record == _BOUNDSHEET and size >= 8:
            listed.append((at, size))
        elif record == _SST and size >= 8:
            (start, end), *rest = segments(stream, at, size)
            book.texts = list(unicode_texts(stream, [(start + 8, end), *rest]))
        elif record == _CODEPAGE and size >= 2:
            book.codec = _codec(unpack_from("<H", stream, at)[0])
        elif record == _DATEMODE and size >= 2:
            book.since_1904 = unpack_from("<H", stream, at)[0] == 1
    book.formats = [shown(number, codes) for number in cell_formats]
    book.struck_formats = struck_formats(stream, records(stream, 0, whole=False))
    offsets = [unpack_from("<I", stream, at)[0] for at, _ in listed]
    if not all(_begins(stream, offset) for offset in offsets):
        standing = _beginnings(stream)  # in the order of the list
        offsets = standing if len(standing) == len(offsets) else offsets
    for (at, size), offset in zip(listed, offsets, strict=True):
        _, state, kind = unpack_from("<IBB", stream, at)
        if kind not in (_CHART, _MODULE):
            name = _named(stream, at + 6, at + size, book, 1)
            book.sheets.append(SheetPlace(name, offset, bool(state & 3)))
    return book


def _named(stream: bytes, at: int, end: int, book: BiffBook, width: int) -> str:
    """Return a short text whose length is a number of `width` bytes."""
    length = int.from_bytes(stream[at : at + width], "little")
    at += width
    if book.version < 8:
        return bytes_text(stream[at : min(at + length, end)], book.codec)
    wide = stream[at] & 1
    content = stream[at + 1 : min(at + 1 + (length << wide), end)]
    return content.decode("utf-16-le" if wide else "latin-1", "replace")


def bytes_text(content: bytes, codec: str) -> str:
    """Return a text of version 5; a byte that its code page lacks becomes U+FFFD."""
    return content.decode(codec, "replace")


def _codec(page: int) -> str:
    """Return the codec of a code page, the usual one for a number that is none.

    >>> _codec(936), _codec(1252), _codec(10000), _codec(7)
    ('gb18030', 'cp1252', 'mac-roman', 'gb18030')
    """
    if page in _CODECS:
        return _CODECS[page]
    try:
        return codecs.lookup(f"cp{page}").name
    except LookupError:
        return _USUAL


def unicode_texts(stream: bytes, where: Segments) -> Iterator[str]:
    """Yield the texts that stand one after another in the segments of a record (version 8).

    A text may go on in the next segment, which says anew how its characters are written. Runs of
    formats and phonetic guides behind a text are passed over. Texts end where the bytes end,
    whatever number was announced.
    """
    k, (at, end) = 0, where[0]
    while True:
        if at + 3 > end:
            k += 1
            if k == len(where):
                return
            at, end = where[k]
            continue
        left, flags = unpack_from("<HB", stream, at)
        at += 3
        behind = 0
        if flags & 8:
            behind += 4 * int.from_bytes(stream[at : at + 2], "little")
            at += 2
        if flags & 4:
            behind += int.from_bytes(stream[at : at + 4], "little")
            at += 4
        wide = flags & 1
        text = ""
        while True:
            taken = min(left, max(0, end - at) >> wide)
            content = stream[at : at + (taken << wide)]
            text += content.decode("utf-16-le" if wide else "latin-1", "replace")
            at += taken << wide
            left -= taken
            k += left > 0
            if not left or k == len(where):
                break
            at, end = where[k]
            wide = stream[at] & 1
            at += 1
        yield text.removeprefix("\ufeff")  # a byte order mark, no part of the text
        while behind > end - at and k + 1 < len(where):
            behind -= end - at
            k += 1
            at, end = where[k]
        if k == len(where):
            return
        at += behind
