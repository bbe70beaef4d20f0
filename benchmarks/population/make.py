"""Make two lists of an invented population with known truth.

    python make.py FOLDER [--left 100000 --right 1000000 --overlap 0.4 --seed 1 --faults 0.1]
                          [--fields id,sex,birth,village]

FOLDER receives
left.parquet, right.parquet   姓名, 身份证号码, 性别, 出生日期, 乡镇, 村 (String; null when blank)
truth.parquet                 left_row, right_row (u32; the first data row is 2)
faults.parquet                file ("left" "right"), row, field, kind
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from population import birth_faults, id_faults, name_faults, names, people
from population.people import Bools, Ints, People
from population.places import Places

CHUNK = 500_000
FIELDS = {"id": ["身份证号码"], "sex": ["性别"], "birth": ["出生日期"], "village": ["乡镇", "村"]}
FIELD_OF = {"姓名": "name"} | {column: f for f, listed in FIELDS.items() for column in listed}
TWICE = 0.003  # share of left rows that name somebody a second time


@dataclass(frozen=True)
class Order:
    """What is asked for."""

    folder: Path
    left: int = 100_000
    right: int = 1_000_000
    overlap: float = 0.4
    seed: int = 1
    faults: float = 0.1
    fields: tuple[str, ...] = ("id", "sex", "birth", "village")


def _generator(seed: int, *part: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, *part]))


def _absent(rng: np.random.Generator, crowd: People, count: int) -> Bools:
    """Who is not in the register: half of them whole households, half single people."""
    total = len(crowd.household)
    absent = np.zeros(total, dtype=np.bool_)
    homes = rng.permutation(int(crowd.household[-1]) + 1)
    sizes = np.bincount(crowd.household)
    away = homes[: int(np.searchsorted(np.cumsum(sizes[homes]), count // 2, side="right"))]
    gone = np.zeros(len(sizes), dtype=np.bool_)
    gone[away] = True
    absent[gone[crowd.household]] = True
    here = np.flatnonzero(~absent)
    absent[rng.choice(here, count - int(absent.sum()), replace=False)] = True
    return absent


def _chosen(rng: np.random.Generator, crowd: People, present: Ints, count: int) -> Ints:
    """Who of the register is in the left list: four in ten with the household."""
    homes = int(crowd.household[-1]) + 1
    together = rng.permutation(homes)[: max(1, int(count * 0.4 / 2.4))]
    marked = np.zeros(homes, dtype=np.bool_)
    marked[together] = True
    first = marked[crowd.household[present]] & (rng.random(len(present)) < 0.7)
    weight = np.where(first, 0.0, 1.0) + rng.random(len(present))
    return np.asarray(present[np.argsort(weight, kind="stable")[:count]], dtype=np.int64)


def _left_order(rng: np.random.Generator, crowd: People, who: Ints) -> Ints:
    """Shuffled; four households in ten stay together."""
    homes = int(crowd.household[-1]) + 1
    key = rng.random(homes)[crowd.household[who]]
    alone = rng.random(homes)[crowd.household[who]] > 0.4
    key[alone] = rng.random(int(alone.sum()))
    return np.asarray(who[np.lexsort((who, key))], dtype=np.int64)


def _right_order(rng: np.random.Generator, crowd: People, who: Ints) -> Ints:
    """Villages in any order, households together in them; one person in twenty elsewhere."""
    villages = rng.random(int(crowd.village.max()) + 1)
    homes = rng.random(int(crowd.household[-1]) + 1)
    stray = rng.random(len(who)) < 0.05
    village = np.where(stray, rng.random(len(who)), villages[crowd.village[who]])
    order = np.lexsort((who, homes[crowd.household[who]], village))
    return np.asarray(who[order], dtype=np.int64)


def _kinds(rng: np.random.Generator, weights: dict[str, float], count: int) -> list[str]:
    share = np.array(list(weights.values()))
    drawn = rng.choice(len(share), count, p=share / share.sum())
    listed = list(weights)
    return [listed[n] for n in drawn]


def _neighbours(rng: np.random.Generator, crowd: People, who: Ints) -> Ints:
    """Somebody near: within some hundred people of the same place, seldom of the household."""
    shifted = who + rng.integers(5, 400, len(who)) * rng.choice((-1, 1), len(who))
    return np.asarray(np.clip(shifted, 0, len(crowd.household) - 1), dtype=np.int64)


class _Spoiler:
    """Spoils the cells of one frame and keeps a record of it."""

    def __init__(self, rng: np.random.Generator, rows: pl.DataFrame, share: float) -> None:
        self.rng, self.rows, self.share = rng, rows, share
        self.random = Random(int(rng.integers(2**62)))
        self.record: list[pl.DataFrame] = []

    def hit(self, share: float) -> Ints:
        """Rows drawn with a chance of `share` at the usual rate of faults."""
        chance = min(1.0, share * self.share / 0.1)
        return np.flatnonzero(self.rng.random(self.rows.height) < chance)

    def put(self, column: str, at: Ints, values: list[str], kinds: list[str]) -> None:
        """Write values ("" is blank) over a column; the record takes note."""
        cells = [value or None for value in values]
        spoilt = self.rows[column].scatter(at, pl.Series(cells, dtype=pl.String))
        self.rows = self.rows.with_columns(spoilt.alias(column))
        self.record.append(
            pl.DataFrame(
                {"at": at, "field": [FIELD_OF[column]] * len(at), "kind": kinds},
                schema={"at": pl.Int64, "field": pl.String, "kind": pl.String},
            )
        )

    def cells(self, column: str, at: Ints) -> list[str]:
        """The texts of some cells."""
        texts: list[str] = self.rows[column].gather(at).fill_null("").to_list()
        return texts


def _spoil_ids(spoiler: _Spoiler, crowd: People, where: Places, who: Ints) -> None:
    at = spoiler.hit(0.1)
    kinds = _kinds(spoiler.rng, id_faults.WEIGHTS, len(at))
    spouse = np.minimum(who[at] + 1, len(crowd.household) - 1)
    is_head = (crowd.head[who[at]] == who[at]) & (crowd.household[spouse]
                                                  == crowd.household[who[at]])  # fmt: skip
    head = np.where(is_head, spouse, crowd.head[who[at]])
    heads = people.columns(crowd, where, head)["身份证号码"].to_list()
    near = _neighbours(spoiler.rng, crowd, who[at])
    nears = people.columns(crowd, where, near)["身份证号码"].to_list()
    r = spoiler.random
    done = [
        id_faults.break_id(r, kind, number, other, neighbour)
        for kind, number, other, neighbour in zip(
            kinds, spoiler.cells("身份证号码", at), heads, nears, strict=True
        )
    ]
    spoiler.put("身份证号码", at, [v for v, _ in done], [k for _, k in done])


def _spoil_names(spoiler: _Spoiler, crowd: People, who: Ints) -> None:
    at = spoiler.hit(0.1)
    kinds = _kinds(spoiler.rng, name_faults.WEIGHTS, len(at))
    year = crowd.birth[who[at]] // 365 + 1970
    first, second = names.given_names(
        spoiler.rng, names.era_of(year), crowd.male[who[at]].astype(np.int64)
    )
    letters = [*names.CHARACTERS, ""]
    former = [letters[a] + letters[b] for a, b in zip(first, second, strict=True)]
    r = spoiler.random
    done = [
        name_faults.break_name(r, kind, name, other)
        for kind, name, other in zip(kinds, spoiler.cells("姓名", at), former, strict=True)
    ]
    spoiler.put("姓名", at, [v for v, _ in done], [k for _, k in done])


def _spoil_rest(spoiler: _Spoiler, crowd: People, where: Places, who: Ints, left: bool) -> None:
    """Birth date, sex, village: independent of the other cells."""
    rng, r = spoiler.rng, spoiler.random
    at = spoiler.hit(0.045)
    kinds = _kinds(rng, birth_faults.WEIGHTS, len(at))
    done = [
        birth_faults.break_birth(r, kind, text)
        for kind, text in zip(kinds, spoiler.cells("出生日期", at), strict=True)
    ]
    spoiler.put("出生日期", at, [v for v, _ in done], [k for _, k in done])
    at = spoiler.hit(0.003)
    other = ["女" if cell == "男" else "男" for cell in spoiler.cells("性别", at)]
    spoiler.put("性别", at, other, ["wrong"] * len(at))
    at = spoiler.hit(0.015)
    spoiler.put("性别", at, [""] * len(at), ["missing"] * len(at))
    village = crowd.village[who]
    if left:
        older = np.array([a != b for a, b in zip(where.former, where.village, strict=True)])
        at = np.flatnonzero(older[village] & (rng.random(len(who)) < 3 * spoiler.share))
        spoiler.put("村", at, [where.former[n] for n in village[at]], ["old_name"] * len(at))
        at = spoiler.hit(0.03)
        near = np.clip(village[at] + rng.integers(-8, 9, len(at)), 0, len(where.village) - 1)
        far = rng.integers(0, len(where.village), len(at))
        moved = np.where(rng.random(len(at)) < 0.6, near, far)
        at, moved = at[moved != village[at]], moved[moved != village[at]]
        spoiler.put("村", at, [where.village[n] for n in moved], ["moved"] * len(at))
        towns = [where.town[n] for n in moved]
        spoiler.rows = spoiler.rows.with_columns(
            spoiler.rows["乡镇"].scatter(at, pl.Series(towns, dtype=pl.String)).alias("乡镇")
        )
    at = spoiler.hit(0.012)
    written = [
        r.choice(
            (
                text.removesuffix("村").removesuffix("社区"),
                text + " ",
                text + ("委会" if text.endswith("村") else "居委会"),
            )
        )
        for text in spoiler.cells("村", at)
    ]
    spoiler.put("村", at, written, ["written_otherwise"] * len(at))
    at = spoiler.hit(0.015)
    spoiler.put("村", at, [""] * len(at), ["missing"] * len(at))
    at = spoiler.hit(0.005)
    spoiler.put("乡镇", at, [""] * len(at), ["town_missing"] * len(at))


def _rows(
    rng: np.random.Generator, crowd: People, where: Places, who: Ints, share: float, left: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of some people with faults, and the record of the faults (`at` counts from 0)."""
    spoiler = _Spoiler(rng, people.columns(crowd, where, who), share)
    _spoil_ids(spoiler, crowd, where, who)
    _spoil_names(spoiler, crowd, who)
    _spoil_rest(spoiler, crowd, where, who, left)
    return spoiler.rows, pl.concat(spoiler.record)


def _write(order: Order, crowd: People, where: Places, who: Ints, file: str) -> list[pl.DataFrame]:
    """Write one list in parts, joined at the end; the record of its faults."""
    dropped = [c for field in FIELDS if field not in order.fields for c in FIELDS[field]]
    record: list[pl.DataFrame] = []
    parts: list[Path] = []
    for n, start in enumerate(range(0, len(who), CHUNK)):
        rng = _generator(order.seed, 2 if file == "left" else 3, n)
        rows, spoilt = _rows(
            rng, crowd, where, who[start : start + CHUNK], order.faults, file == "left"
        )
        parts.append(order.folder / f".{file}-{n:04d}.parquet")
        rows.drop(dropped).write_parquet(parts[-1])
        record.append(
            spoilt.filter(pl.col("field").is_in([*order.fields, "name"])).select(
                pl.lit(file).alias("file"),
                (pl.col("at") + (start + 2)).cast(pl.UInt32).alias("row"),
                "field",
                "kind",
            )
        )
    pl.scan_parquet(parts).sink_parquet(order.folder / f"{file}.parquet", row_group_size=250_000)
    for part in parts:
        part.unlink()
    return record


def make(order: Order) -> dict[str, int]:
    """Write the two lists, the truth and the faults; the counts."""
    order.folder.mkdir(parents=True, exist_ok=True)
    twice = int(order.left * TWICE)
    distinct = order.left - twice
    both = round(distinct * order.overlap)
    rng = _generator(order.seed, 1)
    where, crowd = people.invent(rng, order.right + distinct - both)
    absent = _absent(rng, crowd, distinct - both)
    present = np.flatnonzero(~absent)
    chosen = _chosen(rng, crowd, present, both)
    named = np.concatenate([chosen, np.flatnonzero(absent)])
    named = np.concatenate([named, rng.choice(named, twice, replace=False)])
    left = _left_order(rng, crowd, named)
    right = _right_order(rng, crowd, present)
    record = _write(order, crowd, where, left, "left") + _write(order, crowd, where, right, "right")
    pl.concat(record).write_parquet(order.folder / "faults.parquet")
    row_of = np.zeros(len(crowd.household), dtype=np.int64)
    row_of[right] = np.arange(len(right)) + 2
    left_rows = np.flatnonzero(row_of[left] > 0)
    truth = pl.DataFrame({"left_row": left_rows + 2, "right_row": row_of[left[left_rows]]})
    truth.cast(pl.UInt32).write_parquet(order.folder / "truth.parquet")
    return {"left": len(left), "right": len(right), "truth": truth.height,
            "villages": len(where.village)}  # fmt: skip


def main() -> None:
    """Read the command line and make the lists."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--left", type=int, default=100_000)
    parser.add_argument("--right", type=int, default=1_000_000)
    parser.add_argument("--overlap", type=float, default=0.4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=float, default=0.1)
    parser.add_argument("--fields", default="id,sex,birth,village")
    args = parser.parse_args()
    fields = tuple(part for part in args.fields.split(",") if part)
    unknown = set(fields) - set(FIELDS)
    if unknown:
        parser.error(f"unknown field: {', '.join(sorted(unknown))}")
    print(make(Order(args.folder, args.left, args.right, args.overlap, args.seed, args.faults,
                     fields)))  # fmt: skip


if __name__ == "__main__":
    main()
