"""Zip containers and XML, opened with suspicion: nothing grows beyond what was promised.

Sizes written in a zip may lie, so promised sizes are checked first and bytes are counted while
inflating. Deflate cannot exceed 1032:1 (zlib's technical notes), honest worksheets stay below 60:1.
XML is read without entities and without the network.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loubao.core.faults import UntrustedInput

if TYPE_CHECKING:
    from lxml import etree

MAX_ENTRIES = 10_000
MAX_TOTAL = 1 << 30
#: Checked only above `RATIO_FROM` bytes: small parts may well be repetitive.
MAX_RATIO = 200
RATIO_FROM = 32 << 20

_BLOCK = 1 << 20
_FED = 1 << 17


@dataclass(frozen=True, slots=True)
class Archive:
    """The entries of one zip; `parts` maps lower-case names to the last entry of that name."""

    file: str
    content: bytes
    parts: dict[str, zipfile.ZipInfo]
    #: Whether a name occurs twice: then different readers may see different parts.
    repeats: bool


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
    parts = {entry.filename.lower().lstrip("/"): entry for entry in entries}
    return Archive(file, content, parts, len(parts) < len(entries))


def inflated(archive: Archive, name: str) -> bytes:
    """Return the bytes of one part; raises `KeyError` when there is none of that name."""
    entry = archive.parts[name.lower().lstrip("/")]
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
    entry = archive.parts[name.lower().lstrip("/")]
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


def check_honest(archive: Archive, *, skip: frozenset[str]) -> None:
    """Inflate and count every part that is not in `skip` and could be larger than it says."""
    for name, entry in archive.parts.items():
        could_be = entry.compress_size * 1032
        if name in skip or "/media/" in name or could_be <= _BLOCK * 16:
            continue
        for _ in blocks(archive, name):
            pass


def replaced(archive: Archive, parts: dict[str, bytes]) -> bytes:
    """Return the zip again with some parts exchanged, without any media."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
        for name, entry in archive.parts.items():
            if "/media/" not in name:
                new = parts.get(name)
                written.writestr(entry.filename, inflated(archive, name) if new is None else new)
    return target.getvalue()


def elements(
    xml: bytes, tags: tuple[str, ...], refusal: str, encoding: str | None = None
) -> Iterator[etree._Element]:
    """Yield each element of one of `tags` at its end tag, in document order.

    `encoding` overrules the one that the XML declares. Raises `UntrustedInput` with the
    message `refusal` where the XML defines anything itself (a document type, an entity).
    """
    from lxml import etree

    if b"<!DOCTYPE" in xml[:4096] or b"<!ENTITY" in xml[:4096]:
        raise UntrustedInput(refusal)
    ends = etree.iterparse(
        io.BytesIO(xml),
        events=("end",),
        tag=tags,
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
    )
    for _, element in ends:
        yield element


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


def _bomb(file: str) -> UntrustedInput:
    return UntrustedInput(
        f"{file}：解压后的大小不合常理（像压缩炸弹），没有打开。请确认来源，重新导出这个文件。"
    )
