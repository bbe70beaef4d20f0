"""`rules/villages.csv`: the official villages with their codes, towns and aliases.

Columns: `town_code`, `town`, `town_aliases`, `code`, `village`, `aliases`; aliases are separated by
`|`. Names that differ in one character are different villages; what is not written is not known.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from loubao.faults import RuleFault

COLUMNS = ("town_code", "town", "town_aliases", "code", "village", "aliases")


@dataclass(frozen=True)
class Village:
    """One official village and every name that stands for it, the official one first."""

    town_code: str
    town: str
    town_aliases: tuple[str, ...]
    code: str
    village: str
    aliases: tuple[str, ...]


def load_villages(path: Path) -> tuple[Village, ...]:
    """Return the villages of the file; raises `RuleFault` naming file, line and column."""
    where = f"{path.parent.name}/{path.name}"
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
    except FileNotFoundError:
        raise RuleFault(f"缺少规则文件 {where}，可从 rules/ 原样复制") from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise RuleFault(f"规则文件 {where} 无法读取，应为 UTF-8 的 csv") from None
    if not rows or tuple(rows[0]) != COLUMNS:
        raise RuleFault(f"规则文件有误 {where}:1:1  表头：应为 {','.join(COLUMNS)}")
    villages: list[Village] = []
    codes: dict[str, int] = {}
    owners: dict[tuple[str, str], str] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if len(row) != len(COLUMNS) or not all(row[i] for i in (0, 1, 3, 4)):
            raise RuleFault(f"规则文件有误 {where}:{line}:1  村居：应有 {len(COLUMNS)} 列且不为空")
        town_code, town, town_aliases, code, village, aliases = (cell.strip() for cell in row)
        if code in codes:
            raise RuleFault(f"规则文件有误 {where}:{line}:4  code：与第 {codes[code]} 行重复")
        codes[code] = line
        names = tuple(dict.fromkeys([village, *filter(None, aliases.split("|"))]))
        for name in names:
            if owners.setdefault((town, name), code) != code:
                raise RuleFault(f"规则文件有误 {where}:{line}:6  aliases：“{name}”已属于另一个村")
        towns = tuple(dict.fromkeys([town, *filter(None, town_aliases.split("|"))]))
        villages.append(Village(town_code, town, towns, code, village, names))
    if not villages:
        raise RuleFault(f"规则文件有误 {where}:2:1  村居：一个村也没有")
    return tuple(villages)
