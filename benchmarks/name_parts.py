"""What the parts of a Chinese name are worth where one character differs: an ablation.

    python benchmarks/name_parts.py LABELLED POPULATION LINKS [POPULATION LINKS …]

LABELLED: a folder with label_df*.csv of github.com/bruceyyu/ML-Chinese-record-linkage (CC BY-SA:
measured on, not shipped): officials of the 1850s, written by hand and cut in wood. POPULATION is
made by `population/make.py`, LINKS is what `loubao link` made of it. Of both, the pairs whose names
have one character replaced by another. Each part is learnt on the one and measured on the other:
bits a pair that it takes off the surprise at who is one person. Less than nothing: it does harm on
data that it was not made for. Needs pypinyin, for the tones.
"""

from __future__ import annotations

import csv
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import polars as pl
from pypinyin import Style, pinyin

from loubao.core.characters import folded, look_alikes
from loubao.core.readings import sounds

#: Two names with one character replaced, and whether they are one person.
Pair: TypeAlias = tuple[str, str, bool]


def place(one: str, other: str) -> int:
    """Return where the two names differ."""
    return next(at for at, signs in enumerate(zip(one, other, strict=True)) if signs[0] != signs[1])


def differing(one: str, other: str) -> tuple[str, str]:
    """Return the two characters that differ."""
    at = place(one, other)
    return one[at], other[at]


def with_tone(char: str) -> str:
    """Return the commonest reading of a character, with its tone."""
    return str(pinyin(char, style=Style.TONE3)[0][0])


ALIKE = set(look_alikes().select("one", "other").iter_rows())


def reading(one: str, other: str) -> str:
    """Whether the two characters have a reading in common, without tones."""
    left, right = differing(one, other)
    return str(bool({*sounds(left)} & {*sounds(right)}))


def tone(one: str, other: str) -> str:
    """The same, and whether the tone is the same too."""
    heard = {with_tone(char) for char in differing(one, other)}
    return f"{reading(one, other)} {len(heard) == 1}"


def shape(one: str, other: str) -> str:
    """Whether the two look alike, by the table that is shipped."""
    return str(differing(one, other) in ALIKE)


def part(one: str, other: str) -> str:
    """Which part differs: surname, generation character, given character, or the only one."""
    return "surname" if not place(one, other) else f"{place(one, other)} of {len(one)}"


PARTS: dict[str, Callable[[str, str], str]] = {
    "reading": reading,
    "reading with tone": tone,
    "shape (look-alikes)": shape,
    "part that differs": part,
}


def one_replaced(one: str, other: str) -> bool:
    """Whether one character stands in the place of another."""
    return len(one) == len(other) > 1 and sum(map(str.__ne__, one, other)) == 1


def labelled(folder: Path) -> list[Pair]:
    """Return the labelled pairs."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                one, other = (folded(name.strip()) for name in row["name"].split("|"))
                if one_replaced(one, other) and "?" not in one + other and "？" not in one + other:
                    found.append((one, other, row["oracle"] == "1"))
    return found


def invented(population: Path, links: Path) -> list[Pair]:
    """Return the candidate pairs of a population."""
    keys = [pl.col(key).cast(pl.Int64) for key in ("left_row", "right_row")]
    truth = pl.read_parquet(population / "truth.parquet").select(keys).with_columns(same=True)
    pairs = pl.read_parquet(links).select(keys)
    pairs = pairs.join(truth, on=["left_row", "right_row"], how="left")
    for side in ("left", "right"):
        names = pl.read_parquet(population / f"{side}.parquet").select(pl.col("姓名").alias(side))
        names = names.with_row_index(f"{side}_row", offset=2)
        names = names.with_columns(pl.col(f"{side}_row").cast(pl.Int64))
        pairs = pairs.join(names, on=f"{side}_row", maintain_order="left")
    rows = pairs.drop_nulls(["left", "right"]).select("left", "right", "same").iter_rows()
    named = ((folded(one), folded(other), bool(same)) for one, other, same in rows)
    return [pair for pair in named if one_replaced(*pair[:2])]


def gain(learnt: Sequence[Pair], measured: Sequence[Pair], parts: Sequence[str]) -> float:
    """Return how many bits a pair the parts together take off the surprise."""
    tables = []
    for name in parts:
        seen = Counter((PARTS[name](one, other), same) for one, other, same in learnt)
        sizes = Counter(same for _, _, same in learnt)
        levels = len({level for level, _ in seen}) + 1
        tables.append((name, seen, sizes, levels))
    share = sum(same for *_, same in measured) / len(measured)
    saved = 0.0
    for one, other, same in measured:
        odds = share / (1 - share)
        for name, seen, sizes, levels in tables:
            level = PARTS[name](one, other)
            for side, sign in ((True, 1), (False, -1)):
                odds *= ((seen[level, side] + 0.5) / (sizes[side] + 0.5 * levels)) ** sign
        chance = odds / (1 + odds)
        saved += math.log2((chance if same else 1 - chance) / (share if same else 1 - share))
    return saved / len(measured)


def main() -> None:
    """Print the gain of each part alone, and of all without it."""
    officials = labelled(Path(sys.argv[1]))
    given = list(map(Path, sys.argv[2:]))
    people = [pair for at in range(0, len(given), 2) for pair in invented(*given[at : at + 2])]
    for name, pairs in (("officials", officials), ("invented people", people)):
        print(f"{name}: {len(pairs)} pairs, {sum(same for *_, same in pairs)} of one person")
    print("\n| part | alone: officials | invented | all without it: officials | invented |")
    print("|---|--:|--:|--:|--:|")
    everything = list(PARTS)
    for name in [*everything, ""]:
        others = [each for each in everything if each != name]
        figures = [
            gain(learnt, measured, parts)
            for parts in ([name] if name else [], others)
            for learnt, measured in ((people, officials), (officials, people))
        ]
        print(f"| {name or 'none left out'} | " + " | ".join(f"{f:+.3f}" for f in figures) + " |")


if __name__ == "__main__":
    main()
