"""What kind of file the bytes are, whatever the name ends in.

Bytes of a text file → text: BOM, then UTF-16 by its NULs, strict UTF-8, GB18030.

GB18030 rather than GBK: rare characters in names have four bytes. Damaged bytes become U+FFFD and
are counted, never dropped.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
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


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the BOM of UTF-16-LE: before it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)

_SAMPLE = 1 << 16

#: At most this share of characters may be undecodable or control characters in a text file.
_MOST_DAMAGE = 0.02

_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding it was read in, and how many bytes of it could not be read."""

    text: str
    encoding: str
    damaged: int


def decode(content: bytes, declared: str = "") -> Decoded | None:
    """Return the text of `content`, or None when it is no text in any known encoding.

    `declared` is an encoding the file itself names (HTML meta, XML declaration); it is believed
    only behind BOM, UTF-16 and strict UTF-8, because such declarations are often wrong.
    """
    candidates: list[str] = []
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            content = content[len(bom) :]
            candidates.append(encoding)
            break
    wide = _utf16_by_nul(content[:_SAMPLE])
    if not candidates and wide:
        candidates.append(wide)
    candidates += ["utf-8", _known(declared), "gb18030"]
    # A lone last byte of UTF-16 is a truncated file; the other bytes are still good.
    for encoding in filter(None, candidates):
        try:
            return _if_text(Decoded(content.decode(encoding), encoding, 0))
        except UnicodeDecodeError:
            continue
    attempts = [
        Decoded(text, encoding, text.count("\ufffd"))
        for encoding in dict.fromkeys(filter(None, candidates))
        for text in [content.decode(encoding, "replace")]
    ]
    return _if_text(min(attempts, key=lambda attempt: attempt.damaged))


def _if_text(decoded: Decoded) -> Decoded | None:
    """Return `decoded` unless it looks like a binary file read as text."""
    text = decoded.text
    sample = text if decoded.damaged else text[:_SAMPLE]
    nuls = sample.count("\0")
    if len(_CONTROL.findall(sample)) > max(2, len(sample) * _MOST_DAMAGE):
        return None
    return None if nuls > len(sample) * 0.3 else decoded


def _utf16_by_nul(sample: bytes) -> str:
    """Return the byte order that NUL bytes betray, "" when they do not.

    ASCII characters (digits, separators, line ends) put their NUL on the odd bytes in UTF-16-LE
    and on the even ones in UTF-16-BE; Chinese ones have hardly any.
    """
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    units = len(sample) // 2
    if max(even, odd) * 20 < units or not units or max(even, odd) < 3 * min(even, odd) + 1:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _known(name: str) -> str:
    """Return the codec name of a declared encoding, "" when there is none of that name."""
    try:
        found = codecs.lookup(name).name if name else ""
    except LookupError:
        return ""
    return "gb18030" if found in {"gb2312", "gbk", "hz"} else found
