"""The zone's villages (villages.csv) and the spellings of them that are met in exports.

villages.csv holds the statistical division code, the town, the name in use and earlier names.
Source: 统计用区划代码 of the National Bureau of Statistics, editions 2016-2023 (facts).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random

STYLES = ("bare", "village", "committee", "town_village", "zone_village", "address")


@dataclass(frozen=True)
class Village:
    """A village or community: twelve-digit statistical code, town, name, earlier names."""

    code: str
    town: str
    name: str
    older: tuple[str, ...]


def read_villages() -> tuple[Village, ...]:
    """All villages of the zone, in the order of their codes."""
    with (Path(__file__).parent / "villages.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Village(row["code"], row["town"], row["name"], tuple(row["older"].split()))
            for row in csv.DictReader(lines)
        )


def is_old_name(text: str, village: Village) -> bool:
    """Whether the text names the village by an earlier name."""
    current = village.name.removesuffix("社区").removesuffix("村")
    return current not in text or any(name in text for name in village.older)


def spelled(village: Village, style: str, rng: Random) -> str:
    """The village as a clerk writes it; an earlier name now and then, where there is one."""
    name = rng.choice(village.older) if village.older and rng.random() < 0.3 else village.name
    if style == "bare":
        short = name.removesuffix("社区").removesuffix("村")
        return name if short[-1] in "一二" else short
    if style == "committee":
        return name + ("居委会" if name.endswith("社区") else "委会")
    if style == "town_village":
        return village.town + name
    if style == "zone_village":
        return "泉州台商投资区" + village.town + name
    if style == "address":
        return f"福建省泉州市惠安县{village.town}{name}{rng.randrange(1, 400)}号"
    return name
