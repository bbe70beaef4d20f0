"""Build `rules/villages.csv` from the yearly statistical division codes of the zone.

    python tools/build_villages.py

`tools/villages_history.csv` (National Bureau of Statistics, 统计用区划和城乡划分代码, as published
for 2016, 2017, 2019, 2021 and 2023; public administrative data) has one row a code and the name in
each year. A village that became a community, or whose characters changed, keeps one row here with
every older name as an alias: its code goes on, or the same stem returns in the same town.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
HISTORY = HERE / "villages_history.csv"
TARGET = HERE.parent / "rules" / "villages.csv"
COLUMNS = ("town_code", "town", "town_aliases", "code", "village", "aliases")
TOWNS = {
    "350521104": ("洛阳镇", ("洛阳", "洛阳街道")),
    "350521105": ("东园镇", ("东园", "东园街道")),
    "350521106": ("张坂镇", ("张坂", "张坂街道")),
    "350521200": ("百崎回族乡", ("百崎乡", "百崎", "百崎回乡", "百崎民族乡", "百崎镇")),
}
ENDINGS = (
    "村",
    "村委会",
    "村民委员会",
    "村委",
    "社区",
    "社区居委会",
    "居委会",
    "社区居民委员会",
    "居委",
)
#: characters that the same names are also written with: traditional and variant forms
VARIANTS = {
    "阳": "陽",
    "东": "東",
    "园": "園",
    "张": "張",
    "后": "後",
    "陈": "陳",
    "坝": "壩",
    "云": "雲",
    "庄": "莊",
    "龙": "龍",
    "苍": "蒼",
    "灵": "靈",
    "仑": "崙",
    "锦": "錦",
    "峰": "峯",
    "凤": "鳳",
    "长": "長",
    "涂": "塗",
    "见": "見",
    "莲": "蓮",
    "内": "內",
    "贤": "賢",
    "岭": "嶺",
    "头": "頭",
    "屿": "嶼",
    "门": "門",
    "里": "裡",
    "宫": "宮",
    "边": "邊",
    "万": "萬",
    "苏": "蘇",
    "黄": "黃",
    "群": "羣",
}


def stem(name: str) -> str:
    """上浦村委会 → 上浦; 东园社区居委会 → 东园."""
    return re.sub(r"(社区)?(村委会|居委会|村民委员会|居民委员会)$", "", name)


def official(name: str) -> str:
    """上浦村委会 → 上浦村; 东园社区居委会 → 东园社区."""
    return stem(name) + ("社区" if "社区" in name else "村")


def spellings(base: str) -> list[str]:
    """The stem and, where it differs, the stem in traditional characters."""
    traditional = "".join(VARIANTS.get(char, char) for char in base)
    single = [base.replace(old, new) for old, new in VARIANTS.items() if old in base]
    return list(dict.fromkeys([base, *single, traditional]))


def villages(history: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows of villages.csv from the rows of the history."""
    years = [key for key in history[0] if key != "code"]
    last = years[-1]
    living = [row for row in history if row[last]]
    stems: dict[str, list[str]] = {
        row["code"]: [stem(row[year]) for year in reversed(years) if row[year]] for row in living
    }
    by_stem = {(row["code"][:9], stem(row[last])): row["code"] for row in living}
    for row in history:
        if row[last]:
            continue
        names = [stem(row[year]) for year in reversed(years) if row[year]]
        successor = next(
            (by_stem[row["code"][:9], n] for n in names if (row["code"][:9], n) in by_stem), None
        )
        if successor is None:
            raise SystemExit(f"{row['code']} has no successor in {last}: add one by hand")
        stems[successor] += names
    owners = Counter(
        spelling
        for code in stems
        for spelling in {s for base in dict.fromkeys(stems[code]) for s in spellings(base)}
    )
    rows: list[dict[str, str]] = []
    for row in living:
        code, name = row["code"], official(row[last])
        aliases: list[str] = []
        for base in dict.fromkeys(stems[code]):
            for spelling in spellings(base):
                aliases += [spelling + ending for ending in ENDINGS]
                if owners[spelling] == 1:
                    aliases.append(spelling)
        town, town_aliases = TOWNS[code[:9]]
        traditional = [s for n in (town, *town_aliases) for s in spellings(n)[1:]]
        rows.append(
            {
                "town_code": code[:9],
                "town": town,
                "town_aliases": "|".join(dict.fromkeys([*town_aliases, *traditional])),
                "code": code,
                "village": name,
                "aliases": "|".join(a for a in dict.fromkeys(aliases) if a != name),
            }
        )
    return rows


def main() -> None:
    with HISTORY.open(encoding="utf-8", newline="") as stream:
        rows = villages(list(csv.DictReader(stream)))
    with TARGET.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{TARGET.name}: {len(rows)} villages")


if __name__ == "__main__":
    main()
