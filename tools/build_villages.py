"""Build `rules/villages.csv` from the yearly statistical division codes of the zone.

    python tools/build_villages.py

`tools/villages_history.csv` (National Bureau of Statistics, 统计用区划和城乡划分代码, as published
for 2016, 2017, 2019, 2021 and 2023; public administrative data) has one row a code and the name in
each year. A village that became a community, or whose characters changed, keeps one row here with
every older name as an alias: its code goes on, or the same stem returns in the same town. What the
rules of spelling give (`loubao.rules.place_names`, and simplified characters) is no alias.
"""

from __future__ import annotations

import csv
from pathlib import Path

from loubao.core.characters import folding
from loubao.rules import shipped_rules
from loubao.rules.place_names import Endings, official_name, spellings, stem_of
from loubao.rules.reading import load_reading

HERE = Path(__file__).parent
HISTORY = HERE / "villages_history.csv"
TARGET = HERE.parent / "rules" / "villages.csv"
COLUMNS = ("town_code", "town", "town_aliases", "code", "village", "aliases")
TOWNS = {
    "350521104": ("洛阳镇", ()),
    "350521105": ("东园镇", ()),
    "350521106": ("张坂镇", ()),
    "350521200": ("百崎回族乡", ("百崎回乡",)),
}
#: characters that the same names are also written with and that are not folded
VARIANTS = {"松": "崧"}
READING = load_reading(shipped_rules() / "reading.yaml")
ENDINGS = Endings(READING.village_endings, READING.own_endings)


def stem(name: str) -> str:
    """上浦村委会 → 上浦; 东园社区居委会 → 东园."""
    return stem_of(name, ENDINGS)[0]


def written(name: str) -> list[str]:
    """The official name, and with the characters that are not folded."""
    official = official_name(name, ENDINGS)
    varied = "".join(VARIANTS.get(char, char) for char in official)
    return list(dict.fromkeys([official, varied]))


def aliases(names: list[str]) -> list[str]:
    """Those of the names that no rule gives, the first of which is the official one."""
    given: set[str] = set()
    found: list[str] = []
    for name in names:
        if name.translate(folding()) not in given:
            found.append(name)
        given |= {text.translate(folding()) for text in spellings(name, ENDINGS)}
    return found[1:]


def villages(history: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows of villages.csv from the rows of the history."""
    years = [key for key in history[0] if key != "code"]
    last = years[-1]
    living = [row for row in history if row[last]]
    names: dict[str, list[str]] = {
        row["code"]: [row[year] for year in reversed(years) if row[year]] for row in living
    }
    by_stem = {(row["code"][:9], stem(row[last])): row["code"] for row in living}
    for row in history:
        if row[last]:
            continue
        older = [row[year] for year in reversed(years) if row[year]]
        places = [(row["code"][:9], stem(name)) for name in older]
        successor = next((by_stem[place] for place in places if place in by_stem), None)
        if successor is None:
            raise SystemExit(f"{row['code']} has no successor in {last}: add one by hand")
        names[successor] += older
    rows: list[dict[str, str]] = []
    for row in living:
        code = row["code"]
        official, *others = [each for name in names[code] for each in written(name)]
        town, town_aliases = TOWNS[code[:9]]
        rows.append(
            {
                "town_code": code[:9],
                "town": town,
                "town_aliases": "|".join(town_aliases),
                "code": code,
                "village": official,
                "aliases": "|".join(aliases([official, *others])),
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
