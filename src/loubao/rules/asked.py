"""What `loubao adapt` asked and was told to leave as it is: `asked.yaml`, so as not to ask again.

No other command reads it: a place or value named here is as unknown as it was.
"""

from __future__ import annotations

from pathlib import Path

from loubao.rules.yaml_file import Rule, Texts, load

FILE = "asked.yaml"
#: How the file begins.
HEAD = "# loubao adapt 问过、答“不认”的，不再问。删去一项就会再问；别的命令不看这个文件。\n"


class Asked(Rule):
    """What is not asked again."""

    #: places that are none of the county's, `乡镇/村` where the town is an official one
    places: Texts = ()
    #: `list.field` → values that are none of its choices
    values: dict[str, Texts] = {}


def load_asked(folder: Path) -> Asked:
    """Return the file, empty where the folder has none; raises `RuleFault`."""
    path = folder / FILE
    return load(path, Asked) if path.is_file() else Asked()
