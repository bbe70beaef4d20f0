"""The bytes of one export → its sheets. The format is seen from the bytes, not from the name.

Start here: `read_sheets` dispatches to the module of the format. It is also the one boundary at
which the exceptions of parsers become an `UntrustedInput`. An encrypted workbook is opened with a
password that was given, and refused otherwise.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import polars as pl

from loubao.core.faults import Fault, NoTable, UntrustedInput
from loubao.core.frames import Sheet, issue_rows
from loubao.workbook.compound import MAGIC, Compound, open_compound
from loubao.workbook.container import Archive, damaged, open_archive
from loubao.workbook.delimited import read_delimited, regular_cells
from loubao.workbook.grid import MAX_CELLS, Grid, issues_of, sheet_of, too_large
from loubao.workbook.text_encoding import declared_encoding, decode

# What Excel uses when a workbook is only protected against changes: it opens without asking.
_SILENT_PASSWORD = "VelvetSweatshop"
_MOST_SHEETS = 1000
#: How often a password is hashed; spreadsheet programs do it 100,000 times.
_MOST_SPINS = 1_000_000


# First bytes of what people send by mistake, and what to call it.
_SCANS: dict[str, tuple[bytes, ...]] = {
    "PDF 文档": (b"%PDF",),
    "图片": (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"II+\x00"),
    "RTF 文档": (b"{\\rtf",),
    "PostScript 文档": (b"%!PS",),
}
_PACKED: dict[str, tuple[bytes, ...]] = {
    "RAR 压缩包": (b"Rar!",),
    "7z 压缩包": (b"7z\xbc\xaf\x27\x1c",),
    "gzip 压缩包": (b"\x1f\x8b",),
}
_FOREIGN: dict[str, tuple[bytes, ...]] = {
    **_SCANS,
    **_PACKED,
    "数据库": (b"SQLite format 3",),
    "parquet 数据文件": (b"PAR1",),
    "程序": (b"MZ", b"\x7fELF"),
}
# Pictures and films whose first bytes are a length: of telephones, of the web, of Windows.
_LATER_BYTES = (
    ("图片", re.compile(rb".{4}ftyp(?:hei|hev|mif1|msf1|avif)", re.DOTALL)),
    ("图片", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    ("图片", re.compile(rb"BM.{4}\0{4}", re.DOTALL)),
    ("视频", re.compile(rb".{4}ftyp", re.DOTALL)),
)
# The records of a workbook: without a container around them, or of Excel 2 to 4.
_BARE_BIFF = (b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
_ANCIENT_BIFF = tuple(b"\x09" + rest for rest in (b"\0\4\0", b"\2\6\0", b"\4\6\0", b"\x08\6\0"))
_ANCIENT = "Excel 4 或更早的工作簿"
_WORKBOOKS = frozenset(("workbook", "book"))
# What is in a zip or an OLE container that is no workbook, and what to call it.
_FOREIGN_PARTS = {
    "word/document.xml": "文字文档（docx）",
    "ppt/presentation.xml": "演示文稿（pptx）",
    "ofd.xml": "版式文档（ofd）",
    "worddocument": "文字文档（doc）",
    "powerpoint document": "演示文稿（ppt）",
}

_PICTURES = "只贴了图片的表格"
# What may be a page that was filled in by hand.
_SHOWING = frozenset((*_SCANS, *_FOREIGN_PARTS.values(), "视频", _PICTURES))
_MEDIA = b"xl/media/"  # names stand in a zip as they are

_MARKUP_START = re.compile(
    r"<(?:!doctype\s+html|html|head|meta|body|table|style|div|center|font|form|tr|p|br)\b",
    re.IGNORECASE,
)
_TABLE = re.compile(r"<(?:table|tr)\b", re.IGNORECASE)
_LOOKED_AT = 1 << 16

#: Smaller texts are quick enough the careful way.
LARGE = 1 << 21
_EXPECTED = "请换成 xlsx、xls、ods、csv 格式的表格，或把它移出文件夹"


def read_sheets(content: bytes, file: str, passwords: Sequence[str] = ()) -> list[Sheet]:
    """Return the sheets of one export in workbook order; sheets without any content are left out.

    `file` is what messages and the sheets' `file` call it. `passwords` are tried on an encrypted
    workbook. Issues found: ERROR_CELL, FORMULA_WITHOUT_VALUE, HIDDEN_ROWS, HIDDEN_SHEET,
    SHEET_NOT_READ, PRIVATE_USE_CHARACTER, ROW_SHORT, ROW_LONG, QUOTE_UNCLOSED,
    UNREADABLE_CHARACTER.

    Raises `UntrustedInput` (never anything else) for a file that is empty, damaged, encrypted,
    far too large, or no table at all.
    """
    try:
        grids = list(_bounded(_grids(content, file, passwords), file))
    except (Fault, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a Rust extension is no Exception
        raise damaged(file) from error
    sheets: list[Sheet] = []
    apart: list[pl.DataFrame] = []  # what is to be said of sheets in which nothing was read
    for grid in _distinct(grids):
        sheet = sheet_of(grid, file)
        if sheet is None:
            apart.append(issues_of(grid, file, grid.notes))
        else:
            sheets.append(sheet)
    if not sheets and any("SHEET_NOT_READ" in issues["code"] for issues in apart):
        raise damaged(file)
    if not sheets and _MEDIA in content:
        raise _foreign(file, _PICTURES)
    if not sheets:
        raise UntrustedInput(f"{file}：里面没有任何内容。请重新导出；不需要的话请移出文件夹。")
    first = replace(sheets[0], issues=pl.concat([sheets[0].issues, *apart]))
    return [first, *sheets[1:]]


def _bounded(grids: Iterable[Grid], file: str) -> Iterator[Grid]:
    """Yield the grids; raises `UntrustedInput` where all together are more than any list has."""
    cells = 0
    for count, grid in enumerate(grids, start=1):
        if count > _MOST_SHEETS:
            raise UntrustedInput(
                f"{file}：工作表多于 {_MOST_SHEETS} 张，超出能读的范围。"
                "请只保留名单所在的工作表，另存后再试。"
            )
        cells += len(grid.rows) * len(grid.columns)
        if cells > MAX_CELLS:
            raise too_large(file, grid.name, len(grid.rows), len(grid.columns))
        yield grid


def _distinct(grids: Sequence[Grid]) -> Iterator[Grid]:
    """Yield the grids, a number put behind each name that was there before."""
    seen: set[str] = set()
    last: dict[str, int] = {}  # the number behind a name that was given last
    for grid in grids:
        name, count = grid.name, last.get(grid.name.casefold(), 1)
        while name.casefold() in seen:
            count += 1
            name = f"{grid.name} ({count})"
        seen.add(name.casefold())
        last[grid.name.casefold()] = count
        yield grid if name == grid.name else replace(grid, name=name)


def read_large_text(content: bytes, file: str) -> Sheet | None:
    """Return the one sheet of a large delimited text without any doubt; None for anything else."""
    if len(content) < LARGE or kind_of_bytes(content) != "text":
        return None
    decoded = decode(content)
    if decoded is None or decoded.damaged or kind_of_text(decoded.text) != "delimited":
        return None
    cells = regular_cells(decoded.text)
    return None if cells is None else Sheet(file, "", cells, 0, (), issue_rows(()))


def kind_of_bytes(content: bytes) -> Literal["zip", "ole", "text"] | str:
    r"""Return `zip`, `ole` or `text` (perhaps), otherwise the Chinese name of a foreign format.

    >>> kind_of_bytes(b"PK\x03\x04..."), kind_of_bytes(b"%PDF-1.7"), kind_of_bytes("姓名".encode())
    ('zip', 'PDF 文档', 'text')
    """
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if content.startswith(MAGIC):
        return "ole"
    if content.startswith(_BARE_BIFF):
        return "biff"
    if content.startswith(_ANCIENT_BIFF):
        return _ANCIENT
    for name, pattern in _LATER_BYTES:
        if pattern.match(content):
            return name
    return next((name for name, magic in _FOREIGN.items() if content.startswith(magic)), "text")


def kind_of_text(text: str) -> Literal["html", "spreadsheetml", "opendocument", "delimited"] | str:
    r"""Return `html`, `spreadsheetml` or `delimited`, otherwise the Chinese name of the format.

    >>> kind_of_text("<html><table>…"), kind_of_text('<?xml version="1.0"?><Workbook xmlns="…">')
    ('html', 'spreadsheetml')
    >>> kind_of_text("姓名,村\n"), kind_of_text('[{"姓名": "张三"}]'), kind_of_text("<?xml?><a/>")
    ('delimited', 'JSON 文件', 'XML 文件')
    """
    head = text[:_LOOKED_AT].lstrip()
    if head[:5].lower() == "<?xml" or "schemas-microsoft-com:office:spreadsheet" in head:
        if re.search(r"<(?:[\w.-]+:)?Workbook[\s>]", head):
            return "spreadsheetml"
        if re.search(r"<(?:[\w.-]+:)?document\s[^<>]*opendocument", head):
            return "opendocument"
        return "html" if _MARKUP_START.search(head) else "XML 文件"
    if _MARKUP_START.match(head) or (head.startswith("<") and _TABLE.search(head)):
        return "html"
    if head[:13].lower() == "mime-version:" or "\nMIME-Version:" in head[:2000]:
        return "网页归档文件（mht）"
    if head.startswith("ID;P"):
        return "SYLK 文件"
    return "JSON 文件" if re.match(r'[\[{]\s*[{"\[]', head) else "delimited"


def _grids(content: bytes, file: str, passwords: Sequence[str]) -> Iterable[Grid]:
    if not re.search(rb"[^\0 \t\r\n]", content):
        raise UntrustedInput(f"{file}：是空文件。请重新导出；不需要的话请移出文件夹。")
    kind = kind_of_bytes(content)
    if kind == "zip":
        return _zipped(open_archive(content, file))
    if kind == "ole":
        return _compound(content, file, passwords)
    if kind == "biff":
        bare = Compound({"workbook": content}, sound=True, cut=frozenset(_WORKBOOKS))
        return _records(content, bare, file, passwords)
    if kind == "text":
        return _written(content, file)
    raise _foreign(file, kind)


def _zipped(archive: Archive) -> Iterable[Grid]:
    from loubao.workbook.ooxml import book_part, read_xlsx

    parts = archive.parts
    book = book_part(archive)
    if book is not None and book.endswith(".xml"):
        return read_xlsx(archive, book)
    if "content.xml" in parts:
        return _open_document(archive)
    if book is not None:
        raise UntrustedInput(f"{archive.file}：是二进制工作簿（xlsb）。请用表格软件另存为 xlsx。")
    for part, name in _FOREIGN_PARTS.items():
        if part in parts:
            raise _foreign(archive.file, name)
    message = f"{archive.file}：是压缩包，不是表格。请解压后把里面的表格放进来。"
    raise NoTable(message, "压缩包", "packed")


def _open_document(archive: Archive) -> Iterable[Grid]:
    from loubao.workbook import open_document

    if open_document.is_encrypted(archive):
        raise locked(archive.file, given=0)
    return open_document.read_ods(archive)


def _compound(content: bytes, file: str, passwords: Sequence[str]) -> Iterable[Grid]:
    container = _opened(content, file)
    if "encryptedpackage" in container.streams:
        package = unlocked(content, file, passwords, package=True)
        return _zipped(open_archive(package, file))
    if not any(container.streams.get(name) for name in _WORKBOOKS):
        names = (name for part, name in _FOREIGN_PARTS.items() if part in container.streams)
        raise _foreign(file, next(names, "认不得的旧格式文件"))
    return _records(content, container, file, passwords)


def _records(
    content: bytes, container: Compound, file: str, passwords: Sequence[str]
) -> Iterable[Grid]:
    """Return the grids of a BIFF workbook that lies in `container`."""
    from loubao.workbook import biff, biff_book

    try:
        stream, whole = _workbook(container, file)
        book = biff_book.open_book(stream, whole=whole)
        if book.encrypted:
            opened = _opened(unlocked(content, file, passwords, package=False), file)
            stream, whole = _workbook(opened, file)
            book = biff_book.open_book(stream, whole=whole)
    except biff_book.BrokenStream:
        raise damaged(file) from None
    return biff.read_biff(stream, book, file)


def _opened(content: bytes, file: str) -> Compound:
    container = open_compound(content, _WORKBOOKS)
    if container is None:
        raise damaged(file)
    if not container.sound and not any(container.streams.get(name) for name in _WORKBOOKS):
        raise damaged(file)
    return container


def _workbook(container: Compound, file: str) -> tuple[bytes, bool]:
    """Return the stream of the workbook, and whether all of it is there.

    Of one saved for two versions, it is that of the later.
    """
    name = "workbook" if container.streams.get("workbook") else "book"
    stream = container.streams[name]
    if stream.startswith(_ANCIENT_BIFF):
        raise _foreign(file, _ANCIENT)
    return stream, name not in container.cut


def _written(content: bytes, file: str) -> Iterable[Grid]:
    decoded = decode(content, declared_encoding(content))
    if decoded is None:
        raise _foreign(file, "认不得的二进制文件")
    kind = kind_of_text(decoded.text)
    if kind == "html":
        from loubao.workbook.html_tables import read_html

        return read_html(decoded.text, file)
    if kind == "spreadsheetml":
        from loubao.workbook.xml_spreadsheet import read_spreadsheetml

        return read_spreadsheetml(decoded.text, file)
    if kind == "opendocument":
        from loubao.workbook.open_document import read_document

        return read_document(decoded.text.encode("utf-8", "replace"), file)
    if kind == "delimited":
        return [read_delimited(decoded.text, file, decoded.damaged)]
    raise _foreign(file, kind)


def _foreign(file: str, what: str) -> NoTable:
    holds: Literal["scan", "packed", "other"] = "scan" if what in _SHOWING else "other"
    if what in _PACKED:
        holds = "packed"
    return NoTable(f"{file}：看起来是{what}，不是表格。{_EXPECTED}。", what, holds)


def unlocked(content: bytes, file: str, passwords: Sequence[str], *, package: bool) -> bytes:
    """Return the decrypted bytes of an OLE container: the `package` inside, or BIFF again.

    Raises `UntrustedInput` when none of `passwords` opens it. No password enters a message.
    """
    import msoffcrypto

    for password in (_SILENT_PASSWORD, *passwords):
        opened = io.BytesIO()
        verify = {"verify_password": True} if package else {}
        try:
            office = msoffcrypto.OfficeFile(io.BytesIO(content))
            if getattr(office, "info", {}).get("spinValue", 0) > _MOST_SPINS:
                raise damaged(file)
            office.load_key(password=password, **verify)
            office.decrypt(opened)
        except Fault:
            raise
        except Exception:  # a wrong password fails in many ways
            continue
        return opened.getvalue()
    raise locked(file, given=len(passwords))


def locked(file: str, given: int) -> UntrustedInput:
    """Return the refusal of an encrypted workbook after `given` passwords failed."""
    if given:
        return UntrustedInput(
            f"{file}：工作簿有打开密码，给出的 {given} 个密码都不对。"
            "请核对密码，或去掉密码另存后再试。"
        )
    return UntrustedInput(
        f"{file}：工作簿有打开密码。请去掉密码另存，或把密码写进 LOUBAO_PASSWORD 或密码文件后再试。"
    )
