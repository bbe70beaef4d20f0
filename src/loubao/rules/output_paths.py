"""Where the rules may put a file: below the output folder on every system, no two at one path."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from loubao.core.file_names import Taken, check_path
from loubao.rules.wording import Part, Wording, placeholders
from loubao.rules.yaml_file import Trail, parse

#: What an output folder has beside the files that the rules name; `data` is a folder.
OUTPUT = ("run.json", "data")


def _path(ending: str, fills: str = "", name_only: bool = False) -> Part:
    """Return the part of a path, or a name, that ends so, and in which `{fills}` must stand."""

    def check(path: str) -> None:
        if fills and fills not in placeholders(path):
            raise ValueError(f"路径里要有 {{{fills}}}，否则几份文件会写到同一个位置")
        if name_only and "/" in path:
            raise ValueError("写法不对，这里只写名字，不能有 /")
        check_path(path.format_map(_AnyName()) if fills else path)
        if not path.endswith(ending):
            raise ValueError(f"写法不对，应以 {ending} 结尾")

    return Part(check=check)


class _AnyName(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "1"


BOOK, PAGE = _path(".xlsx"), _path(".html")
LETTER = _path(".docx", name_only=True)
SHEETS_PATH = _path(".xlsx", fills="village")
#: A folder of its own for each `{number}`.
FOLDER = _path("", fills="number", name_only=True)


def refuse_same(
    file: Path, words: Wording, trails: Iterable[Trail], others: Iterable[str] = ()
) -> None:
    """Raise `RuleFault` where two files of one output folder would lie at one path.

    `trails`: where the paths stand in the wording `words` of a `file`; `others`: paths beside them.
    """
    taken = Taken(others)
    for trail in trails:
        path: Any = words
        for key in trail:
            path = path[key]
        if path in taken:
            raise parse(file).fault(trail, f"“{path}”是另一个输出文件的位置，请改一个")
        taken.take(path)
