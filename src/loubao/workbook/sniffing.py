"""What kind of file the bytes are, whatever the name ends in."""

from __future__ import annotations

import re
from typing import Literal

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# First bytes of what people send by mistake, and what to call it.
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF 文档"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM\x00", "图片"),
    (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"{\\rtf", "RTF 文档"),
    (b"SQLite format 3", "数据库"),
    (b"PAR1", "parquet 数据文件"),
    (b"MZ", "程序"),
    (b"\x7fELF", "程序"),
    (b"%!PS", "PostScript 文档"),
)

# Without an OLE container around it: Excel 2 to 4 (a BOF record of that age).
_OLD_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")

_MARKUP_START = re.compile(
    r"\s*<(?:!doctype\s+html|html|head|meta|body|table|style|div|center|font|form|tr|p|br)\b",
    re.IGNORECASE,
)
_TABLE = re.compile(r"<(?:table|tr)\b", re.IGNORECASE)
_LOOKED_AT = 1 << 16


def kind_of_bytes(content: bytes) -> Literal["zip", "ole", "text"] | str:
    """Return `zip`, `ole` or `text` (perhaps), otherwise the Chinese name of a foreign format."""
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if content.startswith(_OLE):
        return "ole"
    if content.startswith(_OLD_BIFF):
        return "Excel 4 或更早的工作簿"
    return next((name for magic, name in _FOREIGN if content.startswith(magic)), "text")


def kind_of_text(text: str) -> Literal["html", "spreadsheetml", "delimited"] | str:
    """Return `html`, `spreadsheetml` or `delimited`, otherwise the Chinese name of the format."""
    head = text[:_LOOKED_AT].lstrip()
    if head[:5].lower() == "<?xml" or "schemas-microsoft-com:office:spreadsheet" in head:
        if re.search(r"<(?:[\w.-]+:)?Workbook[\s>]", head):
            return "spreadsheetml"
        return "html" if _MARKUP_START.search(head) else "XML 文件"
    if _MARKUP_START.match(head) or (head.startswith("<") and _TABLE.search(head)):
        return "html"
    if head[:13].lower() == "mime-version:" or "\nMIME-Version:" in head[:2000]:
        return "网页归档文件（mht）"
    if head.startswith("ID;P"):
        return "SYLK 文件"
    return "JSON 文件" if re.match(r'[\[{]\s*[{"\[]', head) else "delimited"


def declared_encoding(content: bytes) -> str:
    """Return the encoding that an HTML meta element or an XML declaration names, else ""."""
    head = content[:4096]
    found = re.search(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)""", head) or re.search(
        rb"""<meta[^>]*\bcharset\s*=\s*["']?\s*([\w.-]+)""", head, re.IGNORECASE
    )
    return found[1].decode("ascii", "ignore") if found else ""
