"""What linking two tables costs and is worth: `loubao link` beside its peers, in one run.

    python benchmarks/link.py [--sizes 20000x200000 100000x1000000] [--public] [--peers all]
                              [--repeat 3] [--work FOLDER]

Prints Markdown; exit code 1 when a bar fails. Every program runs as a whole process: `loubao link`
and the plain hash join by turns after one uncounted run of each, the slower peers once. Sets are
made when the work folder lacks them. Only ratios within one run mean anything; the seconds are
this machine's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from link_report import (
    JOIN,
    MOST,
    OURS,
    PEERS,
    TITLES,
    Bar,
    Dataset,
    Outcome,
    bars_of,
    bars_table,
    growth,
    heading,
    section,
)
from match import HERE, Run, by_turns, loubao, run

QUICK = (OURS, JOIN)
"""The programs that are run several times."""
SIZES = ["20000x200000", "100000x1000000"]
PUBLIC = {"febrl4": "FEBRL4", "pseudopeople": "pseudopeople, W-2 forms against the register"}


# -- the sets -----------------------------------------------------------------------------------


def _made(folder: Path, command: Sequence[str | Path]) -> Path:
    """Return the folder that the command fills (its name follows the script), made if lacking."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        run([sys.executable, HERE / command[0], unfinished, *command[1:]], folder.parent)
        unfinished.rename(folder)
    return folder


def population(work: Path, size: str, seed: int) -> Dataset:
    """Return an invented population of LEFTxRIGHT rows."""
    left, right = (int(count) for count in size.split("x"))
    options = ["--left", str(left), "--right", str(right), "--seed", str(seed)]
    folder = _made(work / f"population-{size}-{seed}", ["population/make.py", *options])
    return Dataset(size, f"{left:,} × {right:,} invented people", folder, right)


def public(work: Path, name: str) -> Dataset:
    """Return a public set."""
    return Dataset(name, PUBLIC[name], _made(work / name, ["peers/public.py", name]))


# -- the measurements ---------------------------------------------------------------------------


def _score(answer: Path, folder: Path) -> dict[str, Any]:
    script = HERE / "peers" / "score.py"
    done = subprocess.run(
        [sys.executable, script, answer, folder], stdout=subprocess.PIPE, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _work_of(program: str, data: Dataset, answer: Path) -> Callable[[], Run]:
    """Return what runs one program once, from nothing to a new answer."""
    sides = [data.folder / "left.parquet", data.folder / "right.parquet"]
    command: list[str | Path]
    if program == OURS:
        command = [loubao(), "link", *sides, "--out", answer, "--quiet", "--yes"]
    else:
        command = [sys.executable, HERE / "peers" / f"{program}.py", *sides, answer]

    def once() -> Run:
        answer.unlink(missing_ok=True)
        return run(command, answer.parent)

    return once


def measure(data: Dataset, peers: Iterable[str], repeat: int, answers: Path) -> dict[str, Outcome]:
    """Measure every program on one set; a program that fails is left out, with a word on stderr."""
    wanted = [name for name in peers if data.rows <= MOST[name]]
    answer = {
        name: answers / f"{name.split()[0]}-{data.name}.parquet" for name in (*QUICK, *wanted)
    }
    works = {name: _work_of(name, data, path) for name, path in answer.items()}
    runs: dict[str, list[Run]] = {}
    try:
        runs = dict(zip(QUICK, by_turns(repeat, *[works[name] for name in QUICK]), strict=True))
    except SystemExit as failed:
        print(f"{data.name}: {failed}", file=sys.stderr)
        runs[JOIN] = by_turns(repeat, works[JOIN])[0]
    for name in wanted:
        try:
            runs[name] = [works[name]()]
        except SystemExit as failed:
            print(f"{data.name}: {failed}", file=sys.stderr)
    return {
        name: Outcome(TITLES[name], done, _score(answer[name], data.folder))
        for name, done in runs.items()
    }


def report(work: Path, args: argparse.Namespace) -> bool:
    """Measure and print everything; whether every bar holds."""
    print("\n".join(heading()), flush=True)
    peers = [*PEERS] if args.peers == ["all"] else [name for name in args.peers if name != "none"]
    answers = work / "answers"
    answers.mkdir(parents=True, exist_ok=True)
    measured: dict[int, Outcome] = {}
    every: list[Bar] = []
    sets = [partial(population, work, size, args.seed) for size in args.sizes]
    sets += [partial(public, work, name) for name in (PUBLIC if args.public else ())]
    for made in sets:
        data = made()
        outcomes = measure(data, peers, args.repeat, answers)
        bars = bars_of(data, outcomes)
        print(section(data, outcomes, bars), flush=True)
        every += bars
        if OURS in outcomes:
            measured[data.rows] = outcomes[OURS]
    grown = growth(measured)
    if grown:
        print("\n".join(["## How time grows", "", *bars_table(grown)]))
    return all(bar.holds for bar in (*every, *grown))


def _size(text: str) -> str:
    if not re.fullmatch(r"[0-9]+x[0-9]+", text):
        raise argparse.ArgumentTypeError("LEFTxRIGHT, such as 20000x200000")
    return text


def main() -> None:
    """Read the command line, measure, exit with 1 when a bar fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=_size, nargs="*", default=SIZES)
    parser.add_argument("--public", action="store_true", help="also FEBRL4 and pseudopeople")
    parser.add_argument("--peers", nargs="+", choices=["all", "none", *PEERS], default=["all"])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="seed of the populations")
    parser.add_argument("--work", type=Path, help="folder that keeps the sets made")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = (args.work or Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        sys.exit(0 if report(work, args) else 1)


if __name__ == "__main__":
    main()
