"""Kill -9 at random moments of match, collect, undo and archive: what is left, and does it mend.

    python benchmarks/casework/kills.py --kills 200 --seed 1 --work DIR

A small county is brought to the point before each command. The command is started, killed with its
children after a random time, and looked at from outside: the output folder is that of before or of
after, whole; nothing half-written is to be seen; an archive of the ledger can be made and verified,
and its postings are those of before or of after; the same command once more ends well and leaves
the state of after.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import polars as pl
from county import Run

from desk import Desk, Refused
from lists import last_day, month_name

COMMANDS = ("match", "match again", "collect", "undo", "archive")


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder and what is in it; times and reports of the run left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.name not in ("run.json", "report.html"):
            content = path.read_bytes()
            if path.suffix == ".xlsx":
                with zipfile.ZipFile(path) as packed:
                    content = b"".join(
                        packed.read(n) for n in sorted(packed.namelist()) if "docProps" not in n
                    )
            found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def broken(folder: Path) -> list[str]:
    """Files below a folder that cannot be opened, and names that look half-written."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue  # hidden: nobody takes it for a result
        if any(mark in path.name for mark in (".tmp", "~", ".part", ".new")):
            found.append(f"left behind: {name}")
        if not path.is_file():
            continue
        try:
            if path.suffix == ".xlsx":
                with zipfile.ZipFile(path) as packed:
                    if packed.testzip():
                        found.append(f"damaged: {name}")
            elif path.suffix == ".parquet":
                pl.read_parquet(path)
            elif path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
        except Exception as problem:
            found.append(f"not whole: {name}: {type(problem).__name__}")
    return found


class Kills:
    """The states before each command, and what killing does to them."""

    def __init__(self, work: Path, seed: int) -> None:
        self.work, self.rng = work, random.Random(f"kills {seed}")
        self.failures: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.log = (work / "failures.jsonl").open("w", encoding="utf-8")
        self.words: dict[str, list[str]] = {}
        self.after: dict[str, tuple[dict[str, str], int]] = {}
        self.before: dict[str, tuple[dict[str, str], int]] = {}
        self.seconds: dict[str, float] = {}
        self._prepare(seed)

    def fail(self, kind: str, text: str) -> None:
        """Keep a failure."""
        self.failures[kind] += 1
        self.log.write(json.dumps({"kind": kind, "text": text}, ensure_ascii=False) + "\n")
        self.log.flush()

    def _prepare(self, seed: int) -> None:
        run = Run(seed, 30, 4, 2, self.work / "small")
        for month in (0, 1):
            run.lists.write(run.desk.folder / month_name(month), month)
        first, second = month_name(0), month_name(1)
        returned, on = f"returned-{first}", str(last_day(0) + timedelta(days=14))
        collect = ["collect", returned, "--as-of", on]
        self._keep("match", run.desk, ["match", first, "--yes"])
        self._keep("match again", run.desk, ["match", first, "--yes"])
        run.owners = run.lists.write(run.desk.folder / first, 0)
        run._judge(first)
        run._answers(first, run.desk.folder / returned)
        self._keep("collect", run.desk, collect)
        self._keep("undo", run.desk, ["undo", "--yes"])
        run.desk.run(*collect)
        run.desk.match(second)
        self._keep("archive", run.desk, ["archive", "archived"])

    def _keep(self, name: str, desk: Desk, words: list[str]) -> None:
        """Keep the state before a command, run it, and keep what the state after looks like."""
        shutil.copytree(desk.folder, self.work / "before" / name)
        self.words[name] = words
        self.before[name] = (tree(desk.folder / "out"), self._postings(desk))
        start = time.monotonic()
        desk.run(*words)
        self.seconds[name] = time.monotonic() - start
        self.after[name] = (tree(desk.folder / "out"), self._postings(desk))
        shutil.rmtree(desk.folder / "archived", ignore_errors=True)

    def _postings(self, desk: Desk) -> int:
        """How many postings an archive has, which is verified and thrown away."""
        target = desk.folder / "audit"
        shutil.rmtree(target, ignore_errors=True)
        try:
            desk.run("archive", "audit")
        except Refused as problem:
            if "台账里没有这些月份的记录" in str(problem):
                return 0
            raise
        desk.run("archive", "audit", "--verify")
        with (target / "postings.csv").open(encoding="utf-8-sig") as stream:
            count = len(list(csv.DictReader(stream)))
        shutil.rmtree(target)
        return count

    def kill(self, number: int) -> None:
        """Kill one command once and look."""
        name = COMMANDS[number % len(COMMANDS)]
        folder = self.work / "now"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.work / "before" / name, folder)
        share = (
            self.rng.uniform(0.05, 1.05) if self.rng.random() < 0.4 else self.rng.uniform(0.6, 1.0)
        )
        ended = self._killed(folder, self.words[name], share * self.seconds[name])
        self.counts[f"{name}, {'ended before' if ended else 'killed'}"] += 1
        where = f"kill {number} {name} after {share:.3f} of {self.seconds[name]:.2f} s"
        kept = self.failures.total()
        try:
            self._look(folder, name, where)
        except Refused as problem:
            self.fail(f"{name}: a later command was refused", f"{where}: {problem}")
        if self.failures.total() > kept:
            shutil.copytree(folder, self.work / f"kept-{number}", dirs_exist_ok=True)

    @staticmethod
    def _killed(folder: Path, words: list[str], seconds: float) -> bool:
        command = [str(Path(sys.executable).with_name("loubao")), *words, "--quiet"]
        running = subprocess.Popen(
            command,
            cwd=folder,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            running.wait(timeout=seconds)
            return True
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            return False

    def _look(self, folder: Path, name: str, where: str) -> None:
        desk = Desk(folder)
        for problem in broken(folder / "out") if (folder / "out").exists() else []:
            self.fail(
                f"{name}: {problem.split(':')[0]} in the output folder", f"{where}: {problem}"
            )
        strange = {p.name for p in folder.iterdir()} - {
            p.name for p in (self.work / "before" / name).iterdir()
        }
        visible = {n for n in strange - {"out", "archived"} if not n.startswith(("loubao.db", "."))}
        if visible:
            self.fail(f"{name}: something new beside the ledger", f"{where}: {sorted(visible)}")
        hidden = sorted(n for n in strange if n.startswith("."))
        self.counts["hidden leftovers right after a kill"] += bool(hidden)
        now = tree(folder / "out")
        if now not in (self.before[name][0], self.after[name][0]):
            unlike = [
                k
                for k in set(now) | set(self.after[name][0])
                if now.get(k) != self.after[name][0].get(k)
            ]
            self.fail(
                f"{name}: output neither of before nor of after", f"{where}: {sorted(unlike)[:9]}"
            )
        if name == "archive" and (folder / "archived").exists():
            desk.run("archive", "archived", "--verify")
        postings = self._postings(desk)
        if postings not in (self.before[name][1], self.after[name][1]):
            self.fail(f"{name}: postings neither of before nor of after", f"{where}: {postings}")
        done = name == "undo" and postings == self.after[name][1]
        if not done and not (name == "archive" and (folder / "archived").exists()):
            desk.run(*self.words[name])
        self._mended(folder, desk, name, where)

    def _mended(self, folder: Path, desk: Desk, name: str, where: str) -> None:
        """After the same command once more: the state of after, and nothing left over."""
        postings = self._postings(desk)
        if name != "match again" and postings != self.after[name][1]:
            self.fail(
                f"{name}: postings after the next run",
                f"{where}: {postings} not {self.after[name][1]}",
            )
        now, then = tree(folder / "out"), self.after[name][0]
        unlike = sorted(k for k in set(now) | set(then) if now.get(k) != then.get(k))
        if unlike:
            self.fail(f"{name}: output after the next run", f"{where}: {unlike[:9]}")
        hidden = [p for level in (folder, folder / "out") for p in level.glob(".*")]
        left = [p.name for p in hidden if p.suffix != ".lock"]  # locks stay, and are empty
        if left:
            self.fail(f"{name}: left over after the next run", f"{where}: {left}")


def main() -> int:
    """Kill so many times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="a folder that is not there yet")
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True)
    kills = Kills(chosen.work.resolve(), chosen.seed)
    for number in range(chosen.kills):
        kills.kill(number)
        if number % 20 == 19:
            print(number + 1, dict(kills.failures), flush=True)
    print(
        json.dumps(
            {"counts": kills.counts, "failures": kills.failures}, ensure_ascii=False, indent=1
        )
    )
    return int(bool(kills.failures))


if __name__ == "__main__":
    sys.exit(main())
