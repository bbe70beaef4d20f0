"""Names of files and folders that every system takes, and no two of which are one.

A name from the data (a village, a town, a file that came back) becomes part of a path by
`portable`; paths that would then be the same are made `distinct`. A path from the rules is not
changed but refused (`check_path`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

#: Signs that some system does not take in a name.
_FORBIDDEN = frozenset('<>:"/\\|?*')
#: Kinds of characters that no name needs: of control, of format, broken ones, ends of lines.
_NO_TEXT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
#: Names of devices on Windows, whatever stands behind a dot.
_DEVICE = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE
)
#: Bytes of UTF-8 that a name may have on most systems, and room left for a number and an ending.
_MOST, _ROOM = 255, 24


def portable(name: str) -> str:
    r"""Return a name from the data as one part of a path, on any system.

    >>> portable("上/浦:村"), portable(".."), portable(" . "), portable("洛阳镇. ")
    ('上_浦_村', '_', '_', '洛阳镇')
    >>> portable("nul"), portable("Com1.村"), portable("\x1b[31m村\u202e")
    ('_nul', '_Com1.村', '_[31m村_')
    >>> len(portable("𠮷" * 300).encode())
    228
    """
    named = unicodedata.normalize("NFC", name)
    kept = "".join("_" if _is_odd(sign) else sign for sign in named).strip(" .")
    if _DEVICE.match(kept):
        kept = f"_{kept}"
    if len(kept.encode()) > _MOST - _ROOM:
        kept = kept.encode()[: _MOST - _ROOM].decode(errors="ignore").strip(" .")
    return kept or "_"


def _is_odd(sign: str) -> bool:
    return sign in _FORBIDDEN or unicodedata.category(sign) in _NO_TEXT


class Taken:
    """The paths of a folder that are given away, as a system compares them that ignores case.

    >>> taken = Taken(["b.xlsx", "data/cases.parquet"])
    >>> [taken.distinct(path) for path in ("甲/a.xlsx", "甲/A.xlsx", "甲/a.XLSX", "b.xlsx/b.xlsx")]
    ['甲/a.xlsx', '甲/A-2.xlsx', '甲/a-3.XLSX', 'b-2.xlsx/b.xlsx']
    >>> taken.distinct("data")
    'data-2'
    """

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        for path in paths:
            self.take(path)

    def __contains__(self, path: str) -> bool:
        """Whether a file cannot lie at `path`: one does, or it is a folder, or below a file."""
        folded = _folded(path)
        return folded in self._files | self._folders or any(
            above in self._files for above in _above(folded)
        )

    def take(self, path: str) -> None:
        """Give a path away."""
        folded = _folded(path)
        self._files.add(folded)
        self._folders |= set(_above(folded))

    def distinct(self, path: str) -> str:
        """Return `path`, with a number in it where it is taken, and give it away."""
        folder = ""
        *above, name = path.split("/")
        for part in above:
            folder += f"{self._free(folder, part, self._files)}/"
        found = folder + self._free(folder, name, self._files | self._folders)
        self.take(found)
        return found

    @staticmethod
    def _free(folder: str, name: str, taken: set[str]) -> str:
        pure, number, free = PurePosixPath(name), 1, name
        while _folded(folder + free) in taken:
            number += 1
            free = f"{pure.stem}-{number}{pure.suffix}"
        return free


def _folded(path: str) -> str:
    """Return a path as the least exact system compares it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", path).casefold())


def _above(path: str) -> list[str]:
    """Return the folders above a path.

    >>> _above("核查表/甲/乙.xlsx")
    ['核查表/甲', '核查表']
    """
    return [str(folder) for folder in PurePosixPath(path).parents][:-1]


def check_path(path: str) -> None:
    """Raise `ValueError` where a path of the rules is none below the output folder everywhere.

    >>> check_path("核查表/洛阳镇/上浦村.xlsx")
    >>> for path in ("../a.xlsx", "/a.xlsx", "C:/a.xlsx", "a/./b.xlsx", "a/nul.xlsx", ".a.xlsx"):
    ...     try:
    ...         check_path(path)
    ...     except ValueError as error:
    ...         print(error)
    路径只能在输出文件夹里面，不能写 ..
    路径只能在输出文件夹里面，不能以 / 开头
    路径里的“C:”有的系统不能用作文件名
    路径里的“.”有的系统不能用作文件名
    路径里的“nul.xlsx”有的系统不能用作文件名
    路径里的“.a.xlsx”有的系统不能用作文件名
    """
    if path.startswith(("/", "\\")):
        raise ValueError("路径只能在输出文件夹里面，不能以 / 开头")
    for part in path.split("/"):
        if part == "..":
            raise ValueError("路径只能在输出文件夹里面，不能写 ..")
        if portable(part) != part:
            shown = "".join(sign if sign.isprintable() else "?" for sign in part[:40])
            raise ValueError(f"路径里的“{shown}”有的系统不能用作文件名")
