"""Months, returns and traces of people out of the ordinary, tried on the program from outside.

    python benchmarks/fuzz/attack.py exports --seeds 1000 [--start N] [--only KIND] [--keep DIR]
    python benchmarks/fuzz/attack.py returns --seeds 500 [--start N] [--only KIND] [--keep DIR]
    python benchmarks/fuzz/attack.py wordings [--only GROUP]
    python benchmarks/fuzz/attack.py canaries [--keep DIR]

A line a failure, with its seed and kind; a Markdown table at the end; exit code 1 if there was any.
A folder that failed is kept under --keep. A seed always makes the same files.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import exports
import faults
from trial import Failure, judge, kinds
from warm import Warm

WARM: list[Warm] = []
Trial = Callable[[int, str, Path], tuple[str, str, list[Failure], int]]


def try_exports(seed: int, only: str, base: Path) -> tuple[str, str, list[Failure], int]:
    """One month: its kinds of fault, what they did, what failed, the exit code."""
    month = exports.make(seed, only)
    folder = month.save(base)
    failures, code = judge(month, folder, base / "out", WARM[0].run)
    if failures:
        shutil.rmtree(base / "out", ignore_errors=True)
        failures, code = judge(month, folder, base / "out")
    return kinds(month.faults), "; ".join(f.detail for f in month.faults), failures, code


def try_returns(seed: int, only: str, base: Path) -> tuple[str, str, list[Failure], int]:
    """One set of returned sheets."""
    import returns

    found = returns.trial(seed, only, base, WARM[0].run)
    if found[2]:
        shutil.rmtree(base)
        base.mkdir()
        found = returns.trial(seed, only, base)
    return found


def seeds(trial: Trial, options: argparse.Namespace) -> int:
    """Try each seed; a line a failure and a table."""
    runs: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    started = time.monotonic()
    for seed in range(options.start, options.start + options.seeds):
        with tempfile.TemporaryDirectory() as made:
            base = Path(made) / str(seed)
            base.mkdir()
            kind, detail, failures, code = trial(seed, options.only, base)
            for part in kind.split("+"):
                runs[part] += 1
                refused[part] += code != 0
            for failure in failures:
                print(
                    f"{seed} {kind} [{failure.grade}] {failure.what} <<{detail[:240]}>>", flush=True
                )
            for grade in {failure.grade for failure in failures}:
                for part in kind.split("+"):
                    found[part, grade] += 1
            if failures and options.keep:
                shutil.copytree(base, options.keep / f"{trial.__name__}-{seed}", dirs_exist_ok=True)
    print("\n".join(table(runs, refused, found)))
    spent = time.monotonic() - started
    print(f"\n{options.seeds} seeds, {spent / max(1, options.seeds):.1f} s each")
    return int(bool(found))


def table(
    runs: Counter[str], refused: Counter[str], found: Counter[tuple[str, str]]
) -> Iterator[str]:
    """Runs, refusals and failures of each kind, in Markdown."""
    grades = sorted({grade for _, grade in found})
    yield "\n| kind | runs | refused | " + " | ".join(grades) + " |"
    yield "| --- " * (3 + len(grades)) + "|"
    for kind in sorted(runs):
        cells = [str(found[kind, grade] or "") for grade in grades]
        yield f"| {kind} | {runs[kind]} | {refused[kind] or ''} | " + " | ".join(cells) + " |"


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=["exports", "returns", "wordings", "canaries", "kinds"])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--start", type=int, default=1)
    parser.add_argument("--only", default="", help="one kind of fault")
    parser.add_argument("--keep", type=Path, help="where folders that failed are kept")
    options = parser.parse_args()
    faults.load()
    if options.what == "kinds":
        print("\n".join(sorted(faults.CATALOGUE)))
        return 0
    if options.what == "wordings":
        import wordings

        return wordings.trial(options.only)
    if options.what == "canaries":
        import canaries

        return canaries.trial(options.keep)
    WARM.append(Warm())
    return seeds(try_exports if options.what == "exports" else try_returns, options)


if __name__ == "__main__":
    sys.exit(main())
