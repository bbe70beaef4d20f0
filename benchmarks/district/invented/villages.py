"""The zone's villages and the ways in which sheets spell them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random

_TOWNS = {"350521104": "洛阳镇", "350521105": "东园镇", "350521106": "张坂镇",
          "350521200": "百崎回族乡"}  # fmt: skip
_TOWN_SPELLINGS = {
    "洛阳镇": ["洛阳镇", "洛阳", "惠安县洛阳镇", "泉州台商投资区洛阳镇"],
    "东园镇": ["东园镇", "东园", "台商投资区东园镇"],
    "张坂镇": ["张坂镇", "张坂", "泉州台商投资区张坂镇"],
    "百崎回族乡": ["百崎回族乡", "百崎乡", "百崎"],
}
_HAMLETS = ["下厝", "顶厝", "后房", "埔边", "新厝", "东头", "中份", "宫口", "大路脚", "祠堂边"]
_UNKNOWN = ["螺城镇北关社区", "外地", "集体户", "新村", "镇区", "户籍不详"]


@dataclass(frozen=True, slots=True)
class Village:
    """One village; `codes` are all codes it has had, `stems` all names without 村 or 社区."""

    town: str
    code: str
    codes: tuple[str, ...]
    stems: tuple[str, ...]
    community: bool


def _stem(name: str) -> str:
    for ending in ("社区居委会", "村委会"):
        name = name.removesuffix(ending)
    return name


def load(path: Path) -> list[Village]:
    """The villages of villages_history.csv that exist today, with their former codes and names."""
    with path.open(encoding="utf-8") as handle:
        rows = [[cell.strip() for cell in row] for row in csv.reader(handle)][1:]
    former = {_stem(row[4]): row for row in rows if row[4] and not row[5]}
    found = []
    for row in rows:
        if not row[5]:
            continue
        stem = _stem(row[5])
        spellings = [_stem(name) for name in row[1:] if name]
        codes = [row[0]]
        for other_stem, other in former.items():
            renamed = {_stem(name) for name in other[1:] if name} | {other_stem}
            if stem in renamed and other[0][:9] == row[0][:9]:
                spellings += sorted(renamed)
                codes.append(other[0])
        stems = tuple(dict.fromkeys([stem, *spellings]))
        community = row[5].endswith("居委会")
        found.append(Village(_TOWNS[row[0][:9]], row[0], tuple(codes), stems, community))
    return found


def town_spelled(rng: Random, village: Village, style: int) -> str:
    """The town as one file writes it; one row in fifty strays from the file's style."""
    options = _TOWN_SPELLINGS[village.town]
    return rng.choice(options) if rng.random() < 0.02 else options[style % len(options)]


def spelled(rng: Random, village: Village, style: int) -> str:
    """The village in its own column: a file has a style, one row in ten strays from it."""
    if rng.random() < 0.004:
        return rng.choice(_UNKNOWN)
    style = rng.randrange(7) if rng.random() < 0.1 else style % 7
    stem = rng.choice(village.stems) if rng.random() < 0.3 else village.stems[0]
    as_community = village.community and rng.random() < 0.6
    short, long = ("社区", "社区居委会") if as_community else ("村", "村委会")
    return [
        stem + short,
        stem,
        stem + long,
        f"{village.town}{stem}{short}",
        f"{stem}{short} ",
        stem + ("居委会" if as_community else "村民委员会"),
        f"泉州台商投资区{village.town}{stem}{long}",
    ][style]


def address(rng: Random, village: Village, style: int) -> str:
    """An address that holds the village."""
    stem = village.stems[0]
    short = "社区" if village.community and rng.random() < 0.5 else "村"
    zone = "泉州台商投资区"
    before = ["福建省泉州市惠安县", "福建省惠安县", zone, "", f"福建省{zone}"][style % 5]
    return f"{before}{village.town}{stem}{short}{rng.choice(_HAMLETS)}{rng.randrange(1, 400)}号"


def region(rng: Random, village: Village, style: int) -> str:
    """A 地区 column: town and village in one cell."""
    short = "社区" if village.community else "村"
    stem = village.stems[0]
    return [
        f"{village.town}{stem}{short}",
        f"福建省泉州市惠安县{village.town}{stem}{short}委会".replace("社区委会", "社区居委会"),
        f"福建省/泉州市/惠安县/{village.town}/{stem}{short}",
    ][style % 3]
