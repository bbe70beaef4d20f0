"""What a register of a province beside a month costs: `loubao match` with it and without.

    python benchmarks/register.py [--rows 10000000] [--repeat 3] [--work FOLDER]

Prints Markdown; exit code 1 when a bar fails. The month is a district of 8,500 rows
(`district/make.py`). The register has invented strangers (`population/make.py`) and every second
person of the month's source lists, one in five of these with a fault in the number or the name.
Both programs run as whole processes, after one uncounted run of each. What the sheets hold is
compared: nobody leaves them by the register, nobody comes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random
from statistics import median

import polars as pl

from match import HERE, Bar, Run, by_turns, district, loubao, run, table
from population import id_faults, name_faults

SLOWEST, LARGEST = 60.0, 3_072.0
COUNTIES = [f"{name}县" for name in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"]
FAULTY = 0.2


def _strangers(work: Path, rows: int, seed: int) -> pl.LazyFrame:
    """Return 姓名, 身份证号码, 出生日期 of people of an invented population."""
    home = work / f"population-1000x{rows}-{seed}"
    if not home.is_dir():
        partial = home.with_suffix(".partial")
        sizes = ["--left", "1000", "--right", str(rows), "--overlap", "0", "--seed", str(seed)]
        run([sys.executable, HERE / "population" / "make.py", partial, *sizes], work)
        partial.rename(home)
    return pl.scan_parquet(home / "right.parquet").select("姓名", "身份证号码", "出生日期")


def _broken(r: Random, name: str, number: str) -> tuple[str, str]:
    """A name and a number, one of them written otherwise."""
    if r.random() < 0.3:
        kind = r.choice(("homophone", "lookalike", "masked", "note", "other_character"))
        return name_faults.break_name(r, kind, name, name)[0], number
    kinds = [kind for kind in id_faults.ID_MAKERS if kind not in ("certificate", "other_document")]
    return name, id_faults.ID_MAKERS[r.choice(kinds)](r, number) or number


def planted(records: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return 姓名, 身份证号码 of every second person of the month, some with a fault."""
    r = Random(seed)
    people = (
        records.filter((pl.col("role") == "source") & pl.col("qualifies"))
        .filter(pl.col("id_status") == "valid")
        .unique("id_number", keep="first", maintain_order=True)
        .gather_every(2)
    )
    rows = people.select("name", "id_number").drop_nulls().rows()
    written = [_broken(r, *row) if r.random() < FAULTY else row for row in rows]
    return pl.DataFrame(written, schema={"姓名": pl.String, "身份证号码": pl.String}, orient="row")


def register(work: Path, rows: int, seed: int) -> Path:
    """Return the register of so many rows for the month in `plain`, made if it is not there.

    By a process of its own: what is measured must not begin with the memory that this takes.
    """
    path = work / f"register-{rows}-{seed}.parquet"
    if not path.is_file():
        made = ["--make", "--rows", str(rows), "--seed", str(seed), "--work", str(work)]
        run([sys.executable, __file__, *made], work)
    return path


def make(work: Path, rows: int, seed: int) -> None:
    """Write the register."""
    own = planted(pl.read_parquet(work / "plain" / "data" / "records.parquet"), seed)
    path = work / f"register-{rows}-{seed}.parquet"
    if not path.is_file():
        partial = path.with_suffix(".partial")
        strangers = _strangers(work, rows, seed).head(rows - own.height)
        place = pl.int_range(pl.len(), dtype=pl.UInt32)
        county = (place.hash(seed) % len(COUNTIES)).replace_strict(dict(enumerate(COUNTIES)))
        everybody = pl.concat([own.lazy(), strangers], how="diagonal")
        everybody.with_columns(
            **{
                "县(市、区)": county,
                "救助类别": pl.when(place % 7 == 0).then(pl.lit("特困")).otherwise(pl.lit("低保")),
                "起始年月": pl.lit("2021年3月"),
                "状态": pl.lit("正常"),
            }
        ).sort(place.hash(seed + 1)).collect().write_parquet(partial)
        partial.rename(path)


def measure(work: Path, rows: int, repeat: int, seed: int) -> tuple[list[str], list[Bar]]:
    """Measure; the lines of the report and its bars."""
    data = district(work, seed, 1)
    plain, beside = work / "plain", work / "beside"

    def matched(out: Path, *more: str | Path) -> Run:
        shutil.rmtree(out, ignore_errors=True)
        return run([loubao(), "match", data, "--out", out, "--quiet", *more], work)

    matched(plain)
    path = register(work, rows, seed)
    there = planted(pl.read_parquet(plain / "data" / "records.parquet"), seed).height
    without, with_it = by_turns(
        repeat, lambda: matched(plain), lambda: matched(beside, "--register", path)
    )
    cases = [pl.read_parquet(out / "data" / "cases.parquet") for out in (plain, beside)]
    left, came = (
        one.join(other, on="person_key", how="anti").height for one, other in (cases, cases[::-1])
    )
    manifest = json.loads((beside / "run.json").read_text(encoding="utf-8"))
    account = manifest["register"]
    lost = account["rows"] - sum(
        account[part] for part in ("nobody", "passed", "skipped", "records", "others")
    )
    bars = [
        Bar("wall time with the register", max(r.wall for r in with_it), SLOWEST, " s"),
        Bar("peak memory with the register", max(r.peak for r in with_it), LARGEST, " MB"),
        Bar("people who left the sheets by it", left, 0),
        Bar("people who came onto the sheets by it", came, 0),
        Bar("rows of the register unaccounted for", lost, 0),
    ]
    lines = ["| | wall s | processor s | peak MB |", "|---|--:|--:|--:|"]
    for name, runs in (("without", without), ("with the register", with_it)):
        lines.append(
            f"| {name} | {median(r.wall for r in runs):.1f} | {median(r.cpu for r in runs):.1f} "
            f"| {max(r.peak for r in runs):.0f} |"
        )
    lines += [
        "",
        f"Register: {account['rows']:,} rows, {path.stat().st_size / 1e6:.0f} MB; "
        f"{account['kept']:,} rows share a key with somebody, {account['records']:,} are in one. "
        f"{there:,} people of the month are on it; linked {account['linked']:,} rows, "
        f"{account['reviews']:,} pairs left for review. {cases[0].height:,} cases, of them "
        f"{cases[1].filter(pl.col('status') == 'partial').height:,} partly covered "
        f"({cases[0].filter(pl.col('status') == 'partial').height:,} without the register). "
        f"Seconds of the register in the run: {manifest['seconds']['register']:.1f}.",
        "",
    ]
    return lines, bars


def main() -> None:
    """Read the command line, measure, exit with 1 when a bar fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help="folder that keeps what was made")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = (args.work or Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        if args.make:
            make(work, args.rows, args.seed)
            return
        lines, bars = measure(work, args.rows, args.repeat, args.seed)
    print("\n".join([f"## A register of {args.rows:,} rows", "", *table(bars), *lines]))
    sys.exit(0 if all(bar.holds for bar in bars) else 1)


if __name__ == "__main__":
    main()
