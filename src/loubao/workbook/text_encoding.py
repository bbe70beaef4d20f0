r"""Bytes → text: which encoding a text file is in, or which two.

The encoding is a BOM's, else UTF-16 by its NULs, strict UTF-8, the one declared, GB18030. (GB18030
rather than GBK: rare characters in names have four bytes.) Damaged bytes become U+FFFD and are
counted, never dropped.

A file put together from two exports may be in GB18030 up to some line and in UTF-8 from there on.
Its fields are then read each for itself (`_in_two_encodings`). Nearly any bytes are some text in
GB18030, so a field counts for an encoding only if it is ordinary text in that one and in no other;
what could be either, or is damaged, is read like the other fields of its line, else like
the line before.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the BOM of UTF-16-LE: before it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)

_SAMPLE = 1 << 16

_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
#: At most this share of characters may be undecodable or control characters in a text file …
_MOST_DAMAGE = 0.02
#: … or this share, where all was decoded and they are of a few kinds: a mark before each value.
_MOST_MARKS, _KINDS_OF_MARKS = 0.34, 4

#: What a byte may be in a Chinese character of UTF-8: a the first, b one of the others, c none.
_PLACES: Final = bytes(
    b"a"[0] if 0xE4 <= byte <= 0xE9 else b"b"[0] if 0x80 <= byte <= 0xBF else b"c"[0]
    for byte in range(256)
)
#: What stands between fields; none of these bytes is part of a character of either encoding.
_BETWEEN: Final = re.compile(rb'([\r\n\t,;"<>=]+)')
_TWO = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding it was read in, and how many bytes of it could not be read."""

    text: str
    encoding: str
    damaged: int


def decode(content: bytes, declared: str = "") -> Decoded | None:
    r"""Return the text of `content`, or None when it is no text in any known encoding.

    `declared` is an encoding the file itself names (HTML meta, XML declaration); it is believed
    only behind BOM, UTF-16 and strict UTF-8, because such declarations are often wrong.

    >>> decode("张三".encode("gbk"))
    Decoded(text='张三', encoding='gb18030', damaged=0)
    >>> [decode("姓名,1\n".encode(name)).encoding for name in ("utf-8-sig", "utf-16", "utf-16-be")]
    ['utf-8', 'utf-16-le', 'utf-16-be']
    >>> decode("张三".encode() + b"\xe5").damaged, decode(bytes(range(1, 32)) * 9) is None
    (1, True)
    >>> decode("姓名,村\n张三,上曾\n".encode("gbk") + "李四,下曾\n".encode())
    Decoded(text='姓名,村\n张三,上曾\n李四,下曾\n', encoding='utf-8+gb18030', damaged=0)

    Control characters before the values, as some programs write them, do not make it binary.

    >>> decode("姓名,证号\n张三,\x1f990\n".encode()).text
    '姓名,证号\n张三,\x1f990\n'
    """
    bom, named = next((each for each in _BOMS if content.startswith(each[0])), (b"", ""))
    content = content[len(bom) :]
    wide = named if named != "utf-8" else ""
    wide = wide or _utf16_by_nul(content[:_SAMPLE])
    for encoding in filter(None, (wide, "utf-8")):
        if text := _strictly(content, encoding):
            return _if_text(Decoded(text, encoding, 0))
    if not wide and (mixed := _in_two_encodings(content)):
        return _if_text(mixed)
    candidates = [name for name in (wide, "utf-8", _codec(declared), "gb18030") if name]
    for encoding in candidates:
        if text := _strictly(content, encoding):
            return _if_text(Decoded(text, encoding, 0))
    # A lone last byte of UTF-16 is a truncated file; the other bytes are still good.
    attempts = [_leniently(content, encoding) for encoding in candidates]
    return _if_text(min(attempts, key=lambda attempt: attempt.damaged))


def _strictly(content: bytes, encoding: str) -> str | None:
    """The text of `content`, None where a byte of it is not of that encoding."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _leniently(content: bytes, encoding: str) -> Decoded:
    text = content.decode(encoding, "replace")
    return Decoded(text, encoding, text.count("\ufffd"))


def _if_text(decoded: Decoded) -> Decoded | None:
    """Return `decoded` unless it looks like a binary file read as text."""
    text = decoded.text
    sample = text if decoded.damaged else text[:_SAMPLE]
    if sample.count("\0") > len(sample) * 0.3:
        return None
    controls = _CONTROL.findall(sample)
    if len(controls) <= max(2, len(sample) * _MOST_DAMAGE):
        return decoded
    marks = not decoded.damaged and len(set(controls)) <= _KINDS_OF_MARKS
    return decoded if marks and len(controls) <= len(sample) * _MOST_MARKS else None


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


def _codec(name: str) -> str:
    """Return the codec name of a declared encoding, "" when there is none of that name.

    >>> _codec("GB2312"), _codec("UTF8"), _codec("utf-x")
    ('gb18030', 'utf-8', '')
    """
    try:
        found = codecs.lookup(name).name if name else ""
    except LookupError:
        return ""
    return "gb18030" if found in {"gb2312", "gbk", "hz"} else found


def declared_encoding(content: bytes) -> str:
    """Return the encoding that an HTML meta element or an XML declaration names, else "".

    >>> declared_encoding(b'<meta http-equiv="x" content="text/html; charset=gb2312">')
    'gb2312'
    >>> declared_encoding(b"<?xml version='1.0' encoding='GBK'?>"), declared_encoding(b"a,b")
    ('GBK', '')
    """
    head = content[:4096]
    found = re.search(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)""", head) or re.search(
        rb"""<meta[^>]*\bcharset\s*=\s*["']?\s*([\w.-]+)""", head, re.IGNORECASE
    )
    return found[1].decode("ascii", "ignore") if found else ""


# -- two encodings in one file ------------------------------------------------------------------


def _in_two_encodings(content: bytes) -> Decoded | None:
    r"""Return the text of a file that is partly UTF-8 and partly GB18030; None for any other.

    >>> _in_two_encodings("姓名,村\n张三,上曾\n".encode("gbk")) is None
    True
    >>> _in_two_encodings("姓名,村\n张三,上".encode() + b"\xe6\n") is None  # UTF-8, cut
    True
    """
    if not _may_be_utf8(content):
        return None
    lines = content.splitlines(keepends=True)
    # most lines of a long GB18030 text need not be looked at to see that none is UTF-8
    some = (_fields(line)[::2] for line in lines if _may_be_utf8(line))
    if not any(_surely(field) == "utf-8" for fields in some for field in fields):
        return None
    found: set[str] = set()
    texts = list(_lines_in_turn(lines, found))
    if found != {*_TWO}:
        return None
    text = "".join(texts)
    return Decoded(text, "+".join(_TWO), text.count("\ufffd"))


def _may_be_utf8(content: bytes) -> bool:
    """Whether two Chinese characters of UTF-8 seem to be inside, as hardly ever in GB18030.

    >>> _may_be_utf8("张三".encode()), _may_be_utf8("张三".encode("gbk"))
    (True, False)
    """
    return b"abbabb" in content.translate(_PLACES)  # some ten times faster than a pattern


def _lines_in_turn(lines: Sequence[bytes], found: set[str]) -> Iterator[str]:
    """Yield the text of each line; `found` gets the encodings that are beyond doubt."""
    before = ""
    for line in lines:
        if line.isascii():
            yield line.decode("ascii")
            continue
        fields = _fields(line)
        sure = [_surely(field) for field in fields]
        here = {encoding for encoding in sure if encoding}
        found |= here
        if len(here) == 1:
            before = next(iter(here))
        usual = before or ("utf-8" if _strictly(line, "utf-8") is not None else "gb18030")
        yield "".join(
            field.decode(encoding or usual, "replace")
            for field, encoding in zip(fields, sure, strict=True)
        )


def _fields(line: bytes) -> list[bytes]:
    """Cut a line at what stands between fields, which comes at every other place."""
    return _BETWEEN.split(line)


@lru_cache(maxsize=1 << 16)
def _surely(field: bytes) -> str:
    r"""Return the only one of the two encodings in which a field is ordinary text, else "".

    >>> [_surely("洛阳镇".encode(name)) for name in ("utf-8", "gbk")]
    ['utf-8', 'gb18030']
    >>> _surely("联".encode("gbk")), _surely(b"990101"), _surely("洛阳镇".encode()[:-1])
    ('', '', '')
    """
    if field.isascii():
        return ""
    if _is_text(_strictly(field, "gb18030"), _in_gb2312):
        return "" if _is_text(_strictly(field, "utf-8"), _in_gb2312) else "gb18030"
    return "utf-8" if _is_text(_strictly(field, "utf-8"), _is_chinese) else ""


def _is_text(text: str | None, characters: Callable[[str], bool]) -> bool:
    """Whether two characters or more are beyond ASCII, and all these are such `characters`."""
    beyond = [char for char in text or "" if char > "\x7f"]
    return len(beyond) > 1 and all(map(characters, beyond))


def _in_gb2312(char: str) -> bool:
    return len(char.encode("gb2312", "ignore")) > 0


def _is_chinese(char: str) -> bool:
    """Whether GB 2312 has the character, or it is a rarer Chinese one."""
    return "\u3400" <= char <= "\u9fff" or char >= "\U00020000" or _in_gb2312(char)
