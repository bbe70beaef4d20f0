"""Compound files (OLE), the container of .xls: checked here before anything else sees them.

Only what lies directly under the root is looked at: a workbook embedded in another document is
not the list. A chain of sectors never holds a sector twice, so that no chain is longer than the
file. Layout: [MS-CFB] 2.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from struct import unpack_from

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_LAST_SECTOR = 0xFFFFFFFA  # larger numbers are marks: end of chain, free, part of the table
_ENTRY = 128
_STREAM, _ROOT = 2, 5


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of the directory; the last three are numbers of other entries."""

    name: str
    kind: int
    start: int
    size: int
    siblings: tuple[int, int]
    child: int


@dataclass(frozen=True, slots=True)
class Compound:
    """The streams directly under the root, by lower-case name.

    `sound`: no chain was a cycle. `cut`: streams that are shorter than the directory says.
    """

    streams: dict[str, bytes]
    sound: bool
    cut: frozenset[str]


class _Chains:
    """Sectors of a file and which one follows which."""

    def __init__(self, content: bytes) -> None:
        shift, mini_shift = unpack_from("<HH", content, 30)
        if not (7 <= shift <= 16 and 4 <= mini_shift <= shift):
            raise ValueError("no sector has this size")
        self.content, self.size, self.mini_size = content, 1 << shift, 1 << mini_shift
        self.cut_off, first_mini = unpack_from("<II", content, 56)
        self.sound = True
        self.table = self._table(unpack_from("<I", content, 68)[0])
        self.mini_table = _numbers(self.joined(first_mini))
        self.mini_stream = b""

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        return self.content[start : start + self.size]

    def _table(self, more: int) -> Sequence[int]:
        """Return the table of what follows each sector: 109 of its sectors stand in the header."""
        places = list(unpack_from("<109I", self.content, 76))
        seen: set[int] = set()
        while more < _LAST_SECTOR and more not in seen:
            seen.add(more)
            part = _numbers(self._sector(more))
            if not part:
                break
            places += part[:-1]
            more = part[-1]
        used = dict.fromkeys(place for place in places if place < _LAST_SECTOR)
        return _numbers(b"".join(self._sector(place) for place in used))

    def chain(self, first: int, table: Sequence[int]) -> list[int]:
        """Return the sectors from `first` on, up to the end of the chain or where it breaks."""
        sectors: list[int] = []
        seen: set[int] = set()
        while first < len(table):
            if first in seen:
                self.sound = False
                break
            seen.add(first)
            sectors.append(first)
            first = table[first]
        return sectors

    def joined(self, first: int) -> bytes:
        """Return the bytes of a chain of sectors."""
        return b"".join(map(self._sector, self.chain(first, self.table)))

    def stream(self, entry: _Entry) -> bytes:
        """Return the bytes of a stream; fewer than announced where its chain breaks."""
        if entry.size >= self.cut_off or entry.kind == _ROOT:
            return self.joined(entry.start)[: entry.size]
        size = self.mini_size
        starts = (number * size for number in self.chain(entry.start, self.mini_table))
        return b"".join(self.mini_stream[at : at + size] for at in starts)[: entry.size]


def open_compound(content: bytes, wanted: frozenset[str]) -> Compound | None:
    """Return the root's own streams, None for a container that is damaged.

    Only streams of a `wanted` name are read, others come back empty.
    """
    try:
        chains = _Chains(content)
        version = unpack_from("<H", content, 26)[0]
        entries = _entries(chains.joined(unpack_from("<I", content, 48)[0]), version)
    except (struct.error, ValueError):
        return None
    root = next((entry for entry in entries if entry.kind == _ROOT), None)
    if root is None:
        return None
    chains.mini_stream = chains.stream(root)
    streams: dict[str, bytes] = {}
    cut: set[str] = set()
    for entry in _children(entries, root):
        name = entry.name.lower()
        if entry.kind != _STREAM or name in streams:
            continue
        streams[name] = chains.stream(entry) if name in wanted else b""
        if name in wanted and len(streams[name]) < entry.size:
            cut.add(name)
    return Compound(streams, chains.sound, frozenset(cut))


def _entries(directory: bytes, version: int) -> list[_Entry]:
    entries: list[_Entry] = []
    for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        length, kind = unpack_from("<HB", directory, at + 64)
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        left, right, child = unpack_from("<III", directory, at + 68)
        start, size = unpack_from("<IQ", directory, at + 116)
        # the upper half of a size is undefined in files of 512-byte sectors
        size = size & 0xFFFFFFFF if version < 4 else size
        entries.append(_Entry(name, kind, start, size, (left, right), child))
    return entries


def _children(entries: Sequence[_Entry], parent: _Entry) -> list[_Entry]:
    """Return the entries directly under `parent`, each once, however its tree is tangled."""
    found: list[_Entry] = []
    seen: set[int] = set()
    waiting = [parent.child]
    while waiting:
        number = waiting.pop()
        if number < len(entries) and number not in seen:
            seen.add(number)
            found.append(entries[number])
            waiting += entries[number].siblings
    return found


def _numbers(content: bytes) -> Sequence[int]:
    """Return little-endian numbers of four bytes."""
    return unpack_from(f"<{len(content) // 4}I", content)
