"""Are the villages of any county recognised after `loubao init --county`, and none wrongly?

    python benchmarks/places/run.py [--seed 14] [--rows 4000] [--counties CODE …]

Five counties are drawn from the national table, one of them with two villages of one name in
different towns. For each a month is written as an office may have it, every row with a village in
one of its daily spellings (`spellings.py`), and the real command reads it: `init`, `match`. Counted
are the rows whose village is the right one, another one (wrong), or none.

Two kinds of rows cannot be right: where the spelling is one of two villages' of its town, and, in a
list without towns, of two villages of the county. They are counted apart; there any village that is
not the row's is wrong, and in the list without towns any village at all.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))
from places.spellings import Place, own_spellings, village_spellings, written

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "src" / "loubao" / "tables" / "divisions.parquet"
COMMAND = (sys.executable, "-c", "from loubao.cli import command; command()")
HEADER = ("姓名", "身份证号", "乡镇", "村（社区）", "住址", "个人自付金额")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
GIVEN = "明芳伟秀英敏静丽强磊军洋勇艳杰娟涛超兰霞平刚桂香"
MONTH = "2022-06"
SOURCE, WITHOUT_TOWNS = "医疗自付.csv", "医疗自付补报.csv"


@dataclass
class Count:
    """What became of the rows of one kind."""

    right: int = 0
    none: int = 0
    wrong: int = 0
    unclear: int = 0
    missed: list[str] = field(default_factory=list)
    wrongly: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Right ones among those that could be."""
        return self.right / max(1, self.right + self.none + self.wrong)


def places(counties: Iterable[str] = ()) -> dict[str, list[Place]]:
    """Return county code → its villages, of all counties or those named."""
    names = dict(pl.read_parquet(TABLE).select(pl.col("code").cast(pl.String), "name").iter_rows())
    wanted = set(counties)
    found: dict[str, list[Place]] = defaultdict(list)
    for code, name in names.items():
        if len(code) == 12 and (not wanted or code[:6] in wanted):
            province, city, county, town = (names[code[:digits]] for digits in (2, 4, 6, 9))
            # 花山街道春和社区 of 花山街道 is called without its town
            own = name.removeprefix(town) if len(name) - len(town) > 3 else name
            found[code[:6]].append(Place(province, city, county, town, own, code))
    return found


def drawn(every: dict[str, list[Place]], seed: int) -> list[str]:
    """Return five counties, the last with two villages of one name in different towns."""
    rng = Random(seed)
    codes = sorted(every)
    first = rng.sample(codes, 4)
    rest = [code for code in codes if code not in first]
    rng.shuffle(rest)
    return [*first, next(code for code in rest if namesakes(every[code]))]


def namesakes(villages: Iterable[Place]) -> set[str]:
    """Return the names that villages of different towns share."""
    towns: dict[str, set[str]] = defaultdict(set)
    for place in villages:
        towns[place.village].add(place.town)
    return {name for name, theirs in towns.items() if len(theirs) > 1}


def number(rng: Random) -> str:
    """An ID number of nobody, on a division that was never assigned."""
    born = f"{rng.randint(1940, 2004)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    body = f"990101{born}{rng.randint(1, 999):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def person(rng: Random) -> tuple[str, str]:
    return rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN), number(rng)


def write(path: Path, rows: Iterable[Sequence[str | None]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(rows)


Row = tuple[str | None, str | None, str | None]


Said = dict[str, list[tuple[Place, Row]]]


def month(folder: Path, villages: list[Place], rows: int, rng: Random) -> Said:
    """Write a month; return what each row of the source lists says, and of which village."""
    folder.mkdir()
    in_town, _ = owners(villages)
    spelled = {
        place.code: [
            text
            for text in village_spellings(place.village)
            if place.code in in_town[place.code[:9], text]
        ]
        for place in villages
    }
    said: dict[str, list[tuple[Place, Row]]] = {SOURCE: [], WITHOUT_TOWNS: []}
    for _ in range(rows):
        place = rng.choice(villages)
        said[SOURCE].append((place, written(place, spelled[place.code], rng)))
    for _ in range(rows // 4):
        place = rng.choice(villages)
        said[WITHOUT_TOWNS].append((place, (None, rng.choice(spelled[place.code]), None)))
    for name, lines in said.items():
        write(folder / name, ((*person(rng), *row, "50000") for _, row in lines))
    for name in ("低保在册.csv", "特困供养.csv"):
        homes = [(place.town, place.village) for place in rng.choices(villages, k=40)]
        with (folder / name).open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("姓名", "身份证号", "乡镇", "行政村", "是否保障对象", "供养方式"))
            writer.writerows((*person(rng), *home, "是", "分散") for home in homes)
    return said


def measure(code: str, villages: list[Place], rows: int, seed: int) -> tuple[Count, Count, float]:
    """Do it for one county: the counts with and without towns, and the seconds of `init`."""
    rng = Random(f"{seed} {code}")
    with tempfile.TemporaryDirectory() as scratch:
        office = Path(scratch) / "office"
        started = time.perf_counter()
        _run("init", office, "--county", code, "--quiet")
        seconds = time.perf_counter() - started
        said = month(office / MONTH, villages, rows, rng)
        _run("match", MONTH, "--yes", "--quiet", "--out", "out", cwd=office)
        records = pl.read_parquet(office / "out" / "data" / "records.parquet")
    found = {
        (file, row): village
        for file, row, village in records.select("file", "row", "village_code").iter_rows()
    }
    beside, alone = Count(), Count()
    in_town, in_county = owners(villages)
    for line, (place, row) in enumerate(said[SOURCE], start=2):
        spelled = _spelled(place, row, in_town)
        unclear = len(in_town[place.code[:9], spelled]) > 1 if spelled else False
        _count(beside, place, row, found[SOURCE, line], unclear)
    for line, (place, row) in enumerate(said[WITHOUT_TOWNS], start=2):
        several = len(in_county[row[1] or ""]) > 1
        village = found[WITHOUT_TOWNS, line]
        if several and village is not None:
            village = "guessed"
        _count(alone, place, row, village, several)
    return beside, alone, seconds


def owners(villages: list[Place]) -> tuple[dict[tuple[str, str], set[str]], dict[str, set[str]]]:
    """Return whose a spelling is: of a town's villages, and of the county's.

    What is a village's own name is no spelling of another in its town: 太平社区 is not 太平村.
    """
    in_town: dict[tuple[str, str], set[str]] = defaultdict(set)
    in_county: dict[str, set[str]] = defaultdict(set)
    named = {(place.code[:9], place.village): place.code for place in villages}
    for place in villages:
        for text in own_spellings(place.village):
            if named.get((place.code[:9], text), place.code) == place.code:
                in_town[place.code[:9], text].add(place.code)
    own = {key: set(codes) for key, codes in in_town.items()}
    for place in villages:
        for text in village_spellings(place.village):
            if own.get((place.code[:9], text), {place.code}) == {place.code}:
                in_town[place.code[:9], text].add(place.code)
    for (_, text), codes in in_town.items():
        in_county[text] |= codes
    return in_town, in_county


def _spelled(place: Place, row: Row, in_town: dict[tuple[str, str], set[str]]) -> str | None:
    """The spelling of the village that a row was written with, the longest that fits."""
    text = "".join(filter(None, row)).replace(" ", "")
    fitting = [each for each in village_spellings(place.village) if each in text]
    return max(fitting, key=len, default=None)


def _count(count: Count, place: Place, row: Row, village: str | None, unclear: bool) -> None:
    shown = f"{'|'.join(each or '' for each in row)} → {place.town}{place.village}"
    if village == place.code and not unclear:
        count.right += 1
    elif village not in (None, place.code):
        count.wrong += 1
        count.wrongly.append(f"{shown} got {village}")
    elif unclear:
        count.unclear += 1
    else:
        count.none += 1
        count.missed.append(shown)


def _run(*arguments: object, cwd: Path | None = None) -> None:
    subprocess.run([*COMMAND, *map(str, arguments)], cwd=cwd, check=True, env=_environment())


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--counties", nargs="*", default=[])
    parser.add_argument("--shown", type=int, default=5)
    asked = parser.parse_args()
    every = places(asked.counties)
    total = Counter[str]()
    heads = ("county", "villages", "namesakes", "right", "none", "wrong", "share", "unclear")
    print(f"| {' | '.join(heads)} | no town: share, wrong, unclear | init s |")
    print("| --- " * (len(heads) + 2) + "|")
    for code in asked.counties or drawn(every, asked.seed):
        villages = every[code]
        beside, alone, seconds = measure(code, villages, asked.rows, asked.seed)
        place = villages[0]
        print(
            f"| {code} {place.province}{place.city}{place.county} | {len(villages)} "
            f"| {len(namesakes(villages))} | {beside.right} | {beside.none} | {beside.wrong} "
            f"| {beside.share:.2%} | {beside.unclear} "
            f"| {alone.share:.2%}, {alone.wrong}, {alone.unclear} | {seconds:.2f} |",
            flush=True,
        )
        for count in (beside, alone):
            for shown in (*count.wrongly[: asked.shown], *count.missed[: asked.shown]):
                print(f"    {shown}", file=sys.stderr)
        total.update(right=beside.right, none=beside.none, wrong=beside.wrong + alone.wrong)
    share = total["right"] / max(1, total["right"] + total["none"])
    print(f"\nrecognised {share:.2%}, wrong {total['wrong']}")


if __name__ == "__main__":
    main()
