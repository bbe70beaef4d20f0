"""Bytes of a text file → text: BOM, then UTF-16 by its NULs, strict UTF-8, GB18030.

GB18030 rather than GBK: rare characters in names have four bytes. Damaged bytes become U+FFFD and
are counted, never dropped.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

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
