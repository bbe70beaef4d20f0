"""Zip containers and XML, opened with suspicion: nothing grows beyond what was promised.

Sizes written in a zip may lie, so promised sizes are checked first and bytes are counted while
inflating. Deflate cannot exceed 1032:1 (zlib's technical notes), honest worksheets stay below 60:1.
XML is read without entities and without the network.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from loubao.core.faults import UntrustedInput

if TYPE_CHECKING:
    from lxml import etree

MAX_ENTRIES = 10_000
MAX_TOTAL = 1 << 29
#: Checked only above `RATIO_FROM` bytes: small parts may well be repetitive.
MAX_RATIO = 200
RATIO_FROM = 32 << 20

#: One part as a whole; the sheets of an xlsx are nearly always read block by block.
MAX_PART = 200 << 20
#: Elements and attributes held at a time, some 150 bytes each.
MAX_HELD = 2_000_000

_BLOCK = 1 << 20
_FED = 1 << 17
_FIRST_TAG = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<(?:[\w.-]+:)?([\w.-]+)[\s/>]", re.DOTALL)

_IMPOSSIBLE = bytes(range(9)) + b"\x0b\x0c" + bytes(range(14, 32))
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)""")
_UTF_16 = (
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Archive:
    """The entries of one zip; `parts` maps lower-case names to the last entry of that name."""

    file: str
    content: bytes
    parts: dict[str, zipfile.ZipInfo]


def open_archive(content: bytes, file: str) -> Archive:
    """List the entries of a zip after checking what they promise to become.

    Raises `UntrustedInput` for a damaged zip, a zip bomb, an encrypted or exotic entry.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            entries = opened.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise damaged(file) from error
    total = sum(entry.file_size for entry in entries)
    packed = max(len(content), 1)
    bomb = total > RATIO_FROM and total > packed * MAX_RATIO
    if len(entries) > MAX_ENTRIES or total > MAX_TOTAL or bomb:
        raise _bomb(file)
    for entry in entries:
        if entry.flag_bits & 1 or entry.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise UntrustedInput(
                f"{file}：压缩包里有加密的或认不得的内容，打不开。请用表格软件打开后另存为 xlsx。"
            )
    return Archive(file, content, {part_name(entry.filename): entry for entry in entries})


def part_name(name: str) -> str:
    r"""Return what an entry is called here; some programs write backslashes.

    >>> part_name("xl\\worksheets\\Sheet1.xml"), part_name("/xl/Workbook.xml")
    ('xl/worksheets/sheet1.xml', 'xl/workbook.xml')
    """
    return name.replace("\\", "/").lstrip("/").lower()


def inflated(archive: Archive, name: str) -> bytes:
    """Return the bytes of one part; raises `KeyError` when there is none of that name."""
    entry = archive.parts[part_name(name)]
    if entry.file_size > MAX_PART:
        raise _bomb(archive.file)
    packed = _packed(archive, entry)
    if entry.compress_type == zipfile.ZIP_STORED:
        content = bytes(packed)
    else:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, entry.file_size + 1)
    if len(content) > entry.file_size:
        raise _bomb(archive.file)
    if len(content) < entry.file_size:
        raise damaged(archive.file)
    return content


def blocks(archive: Archive, name: str) -> Iterator[bytes]:
    """Yield the bytes of one part in blocks of about a megabyte, counting them."""
    entry = archive.parts[part_name(name)]
    packed = _packed(archive, entry)
    if entry.compress_type == zipfile.ZIP_STORED:
        if len(packed) != entry.file_size:
            raise _bomb(archive.file)
        yield from (bytes(packed[at : at + _BLOCK]) for at in range(0, len(packed), _BLOCK))
        return
    left = entry.file_size
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    for start in range(0, len(packed), _FED):
        waiting: bytes | memoryview = packed[start : start + _FED]
        while waiting and not machine.eof:
            block = machine.decompress(waiting, _BLOCK)
            waiting = machine.unconsumed_tail
            left -= len(block)
            if left < 0:
                raise _bomb(archive.file)
            yield block
    if left or not machine.eof:
        raise damaged(archive.file)


def elements(
    xml: bytes, tags: tuple[str, ...], file: str, events: tuple[str, ...] = ("end",)
) -> Iterator[tuple[str, etree._Element]]:
    """Yield each event and element of one of `tags`, in document order.

    Raises `UntrustedInput` where the XML defines anything itself (a document type, an entity), or
    holds more than `MAX_HELD` elements and attributes that whoever asks for the elements does not
    clear; and the parser's error where it is damaged.
    """
    from lxml import etree

    xml = cleaned_xml(xml)
    if b"<!DOCTYPE" in xml[:_BLOCK] or b"<!ENTITY" in xml[:_BLOCK]:
        raise defining(file)
    first = _FIRST_TAG.match(xml[:_BLOCK])
    if first is None:
        etree.fromstring(b"")  # raises the parser's own error
        return
    top = first[1].decode("utf-8", "replace")
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=(*tags, "{*}" + top),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
    )
    named = top in {tag.rpartition("}")[2] for tag in tags}
    root: etree._Element | None = None
    for at in range(0, len(xml), _BLOCK):
        parser.feed(xml[at : at + _BLOCK])
        for event, element in cast("Iterator[tuple[str, etree._Element]]", parser.read_events()):
            root = element if root is None else root
            if event in events and (named or str(element.tag).rpartition("}")[2] != top):
                yield event, element
        if root is None or _is_heavy(root):
            raise damaged(file)
    parser.close()


def forget(element: etree._Element) -> None:
    """Let go of an element that was read, and of the one before it if that is empty.

    To take a large one out of its parent may take minutes.
    """
    element.clear()
    parent, before = element.getparent(), element.getprevious()
    if parent is not None and before is not None and next(iter(before), None) is None:
        parent.remove(before)


def _is_heavy(root: etree._Element) -> bool:
    """Whether more than `MAX_HELD` elements and attributes are below an element."""
    from lxml import etree

    try:
        return bool(root.xpath(f"count(//*) + count(//@*) > {MAX_HELD}"))
    except etree.XPathError:  # more than it can count
        return True


def cleaned_xml(xml: bytes) -> bytes:
    r"""Return XML in UTF-8, whatever it is written in, without characters that XML cannot hold.

    >>> cleaned_xml("<a>\x07\u59d3&#7;&#x1F;&#10;</a>".encode("utf-16")).decode()
    '<a>姓&#10;</a>'
    """
    codec = _codec(xml)
    if codec != "utf-8":
        xml = xml.decode(codec, "replace").lstrip("\ufeff").encode("utf-8", "replace")
    xml = xml.translate(None, _IMPOSSIBLE).removeprefix(b"\xef\xbb\xbf").lstrip()
    return _REFERENCE.sub(_kept, xml) if b"&#" in xml else xml


def _codec(xml: bytes) -> str:
    """Return what XML is written in: UTF-16 by its first bytes, else what it declares."""
    for start, codec in _UTF_16:
        if xml.startswith(start):
            return codec
    declared = _DECLARED.match(xml[:200])
    try:
        name = codecs.lookup(declared[1].decode("ascii", "replace")).name if declared else "utf-8"
    except LookupError:
        return "utf-8"
    # what says UTF-16 in single bytes is not
    name = "gb18030" if name in ("gb2312", "gbk") else name
    return "utf-8" if name.startswith("utf-16") else name


def _kept(reference: re.Match[bytes]) -> bytes:
    """Return a character reference, or nothing where XML cannot hold that character."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    possible = number in (9, 10, 13) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE
    return reference[0] if possible or 0x10000 <= number < 0x110000 else b""


def _packed(archive: Archive, entry: zipfile.ZipInfo) -> memoryview:
    """The compressed bytes of an entry, found through its local header."""
    start = entry.header_offset
    header = archive.content[start : start + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise damaged(archive.file)
    start += 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return memoryview(archive.content)[start : start + entry.compress_size]


def damaged(file: str) -> UntrustedInput:
    """Return the refusal of a file that is cut off or not what it claims to be inside."""
    return UntrustedInput(f"{file}：文件不完整或已损坏，读不出来。请重新导出或重新拷贝这个文件。")


def defining(file: str) -> UntrustedInput:
    """Return the refusal of XML that defines anything itself."""
    return UntrustedInput(f"{file}：里面有外部定义，没有打开。请用表格软件打开后另存为 xlsx。")


def _bomb(file: str) -> UntrustedInput:
    return UntrustedInput(
        f"{file}：解压后的大小不合常理（像压缩炸弹），没有打开。请确认来源，重新导出这个文件。"
    )
