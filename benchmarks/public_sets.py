"""Public sets of record linkage, one table: loubao beside its peers, without labels.

    python benchmarks/public_sets.py FOLDER [--sets NAME …] [--peers all|none|NAME …]
                                     [--python PYTHON] [--answers FOLDER]

Fetches nothing. Each folder inside FOLDER is a set as `peers/public.py` lays it out: left.parquet,
right.parquet, truth.parquet (left_row, right_row), and perhaps columns.txt, what `--columns` of
loubao is given. PYTHON has the peers installed; one that is not, or that does not know the set, is
left out with a word on stderr. The models of Splink are in `peers/splink_models.py`.

A left row counts as found when its best candidate is a row of the same person: F1 is that of the
best candidates above the threshold where it is highest, `by default` that of what a program links
without being told a threshold (loubao: decision `link`; a peer: probability of one half). The
expected calibration error (ECE) is over ten equal bins of the pairs written.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from link_report import OURS, PEERS, TITLES
from match import HERE, Run, loubao, run

_HEAD = (
    "| | F1 | precision | recall | by default: F1 | precision | recall | ECE "
    "| wall s | processor s | peak MB |"
)
_RULE = "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"


def answered(program: str, folder: Path, answer: Path, python: str) -> Run:
    """Run one program on a set, once; raises `SystemExit` where it fails."""
    sides = [folder / "left.parquet", folder / "right.parquet"]
    command: list[str | Path]
    if program == OURS:
        command = [loubao(), "link", *sides, "--out", answer, "--quiet", "--yes"]
        columns = folder / "columns.txt"
        if columns.is_file():
            command += ["--columns", columns.read_text().strip()]
    else:
        command = [python, HERE / "peers" / f"{program}.py", *sides, answer]
    answer.unlink(missing_ok=True)
    return run(command, answer.parent)


def line(program: str, cost: Run, answer: Path, folder: Path) -> str:
    """Return the row of the table of one program."""
    script = HERE / "peers" / "best_candidates.py"
    done = subprocess.run(
        [sys.executable, script, answer, folder], stdout=subprocess.PIPE, check=True
    )
    found = json.loads(done.stdout)
    worth = [
        found[of][what] for of in ("best", "default") for what in ("f1", "precision", "recall")
    ]
    figures = " | ".join("–" if value is None else f"{value:.4f}" for value in worth)
    return (
        f"| {TITLES[program]} | {figures} | {found['ece']:.4f} "
        f"| {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak:.0f} |"
    )


def main() -> None:
    """Read the command line, run every program on every set, print a table a set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", help="names of folders; default all")
    parser.add_argument("--peers", nargs="+", choices=["all", "none", *PEERS], default=["all"])
    parser.add_argument("--python", default=sys.executable, help="Python that has the peers")
    parser.add_argument("--answers", type=Path, help="keep what each program wrote")
    args = parser.parse_args()
    peers = [*PEERS] if args.peers == ["all"] else [name for name in args.peers if name != "none"]
    with tempfile.TemporaryDirectory() as scratch:
        answers = (args.answers or Path(scratch)).resolve()
        answers.mkdir(parents=True, exist_ok=True)
        for folder in sorted(args.folder.resolve().iterdir()):
            if not (folder / "truth.parquet").is_file():
                continue
            if args.sets and folder.name not in args.sets:
                continue
            print(f"\n## {folder.name}\n\n{_HEAD}\n{_RULE}", flush=True)
            for program in (OURS, *peers):
                answer = answers / f"{program.split()[0]}-{folder.name}.parquet"
                try:
                    cost = answered(program, folder, answer, args.python)
                except SystemExit as failed:
                    print(f"{folder.name}: {str(failed)[-400:]}", file=sys.stderr)
                    continue
                print(line(program, cost, answer, folder), flush=True)


if __name__ == "__main__":
    main()
