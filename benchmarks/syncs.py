"""What durability costs: `loubao match` with its syncs, and where every sync does nothing.

    python benchmarks/syncs.py [--repeat 5] [--seed 1] [--work FOLDER]

The month is the small district of `match.py`, each run with a ledger of its own; by turns, whole
processes. Without: a library laid under the process (`LD_PRELOAD`, needs cc and Linux) answers
every `fsync` and `fdatasync` at once. Prints Markdown; exit code 1 when the bar fails.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

from match import Bar, Run, by_turns, district, heading, loubao, run, table

_MOST = 1.1
_NOTHING = "int fsync(int f) { return 0; }\nint fdatasync(int f) { return 0; }\n"


def silent(work: Path) -> Path:
    """Return a library in which a sync does nothing."""
    source, made = work / "nothing.c", work / "nothing.so"
    source.write_text(_NOTHING, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", made, source], check=True)
    return made


def month(data: Path, work: Path, *before: str) -> Run:
    """Run a month whose ledger and output are new; `before`: what stands before the command."""
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    ledger = out / "loubao.db"
    out.mkdir()
    options: list[str | Path] = ["--out", out / "month", "--ledger", ledger, "--quiet", "--yes"]
    return run([*before, loubao(), "match", data, *options], work)


def report(work: Path, repeat: int, seed: int) -> bool:
    """Print what was measured; whether the bar is kept."""
    data = district(work, seed, 1)
    with_syncs, without = by_turns(
        repeat,
        partial(month, data, work),
        partial(month, data, work, "env", f"LD_PRELOAD={silent(work)}"),
    )
    print("\n".join(heading()))
    for name, runs in (("with syncs", with_syncs), ("without", without)):
        wall = sorted(each.wall for each in runs)
        cpu = median(each.cpu for each in runs)
        print(f"{name}: {median(wall):.2f} s ({wall[0]:.2f}–{wall[-1]:.2f}), {cpu:.2f} processor s")
    times = median(each.wall for each in with_syncs) / median(each.wall for each in without)
    bar = Bar("wall time of a month, with syncs / without", times, _MOST)
    print("\n".join(table([bar])))
    return bar.holds


def main() -> None:
    """Read the command line, measure, exit with 1 when the bar fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help="folder that keeps the district")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = args.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        sys.exit(0 if report(work.resolve(), args.repeat, args.seed) else 1)


if __name__ == "__main__":
    main()
