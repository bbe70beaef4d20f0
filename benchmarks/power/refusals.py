"""The disk refuses, or the run is ended, at the K-th call: exit code and state agree every time.

Every call of a command on a file below its folder is counted (refuse.c); of one of them, or of all
from it on, the answer is an error, half of what should be written, or the end of the run.

    PYTHONPATH=benchmarks:. python -m power.refusals --faults 150 match collect archive link
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from power.desk import (
    VERBS,
    State,
    Verb,
    faults_of,
    is_made,
    ledger_state,
    left_behind,
    prepare,
    start,
)

_SOURCE = Path(__file__).with_name("refuse.c")
#: how a call is refused → the exit codes that may come of it
_HOW = {
    "kill": {-9, 0},
    "term": {143, 0},
    "hup": {129, 0},
    "short": {0},
    str(errno.ENOSPC): {0, 2, 3},
    str(errno.EIO): {0, 2, 3},
    str(errno.EROFS): {0, 2, 3},
    str(errno.EBUSY): {0, 2, 3},
    str(errno.EACCES): {0, 2, 3},
}


@dataclass(frozen=True)
class Refusal:
    """The call refused, how, and whether all after it are too."""

    at: int
    how: str
    on: bool

    def environment(self, library: Path, home: Path) -> dict[str, str]:
        """Return the variables that refuse.c reads."""
        return {
            "LD_PRELOAD": str(library),
            "REFUSE_BELOW": str(home),
            "REFUSE_AT": str(self.at),
            "REFUSE_HOW": self.how,
            "REFUSE_ON": str(int(self.on)),
            "REFUSE_COUNT": str(home.with_name("count")),
            "REFUSE_CALL": str(home.with_name("call")),
        }

    def __str__(self) -> str:
        how = errno.errorcode[int(self.how)] if self.how.isdigit() else self.how
        return f"{how} at {self.at}{' and on' if self.on else ''}"


def ended(verb: Verb, home: Path, library: Path, refusal: Refusal) -> tuple[int, str]:
    """Run a command with that refusal; return its exit code and what it said."""
    words = [f"{name}={value}" for name, value in refusal.environment(library, home).items()]
    process = start(home, *verb.words, before=("env", *words))
    _, said = process.communicate()
    return process.returncode, said


def wrong_end(refusal: Refusal, code: int, said: str, home: Path) -> list[str]:
    """What is wrong with how a run ended."""
    found = []
    if code not in _HOW[refusal.how]:
        found.append(f"exit {code}: {said.strip()}")
    if "Traceback" in said or "Exception" in said:
        found.append(f"trace: {said}")
    if code not in (0, -9) and not said.startswith("错误："):
        found.append(f"exit {code} without a word: {said}")
    if code != -9 and not refusal.on and refusal.how in ("term", "hup"):
        found += [f"left behind: {name}" for name in left_behind(home)]
    return found


def tried(name: str, folder: Path, library: Path, number: int, dice: random.Random) -> int:
    """Refuse so many calls of one command, one a run; return how many faults were found."""
    verb, home, base = VERBS[name], folder / "office", folder / "base"

    def afresh() -> None:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(base, home)

    afresh()
    before, there = ledger_state(home), (home / verb.out).exists()
    code, said = ended(verb, home, library, Refusal(0, "kill", False))
    assert code == 0, said
    calls = int((folder / "count").read_text())
    after: State = ledger_state(home)
    seen: Counter[str] = Counter()
    faults = 0
    for i in range(number):
        afresh()
        how = list(_HOW)[i % len(_HOW)]
        # what is written comes last
        at = calls - int(calls * dice.random() ** 2)
        refusal = Refusal(at, how, how.isdigit() and dice.random() < 0.3)
        code, said = ended(verb, home, library, refusal)
        call = (folder / "call").read_text() if (folder / "call").exists() else "?"
        found = wrong_end(refusal, code, said, home)
        hinted = code == 0 and "提示" in said
        seen[f"exit {code}{' with a hint' if hinted else ''}"] += 1
        whole = None if hinted and not is_made(home / verb.out) else code
        if "说不准" in said:  # a disk that fails for good in the middle of a commit
            whole = None
        found += faults_of(verb, home, None if code == -9 else whole, before, after, there)
        if hinted and whole is None and before != after and ledger_state(home) != after:
            found.append("a hint, and nothing posted")
        faults += len(found)
        for fault in found:
            print(f"  {name} {refusal} of {calls} ({call}): {fault}", flush=True)
    print(f"{name}: {number} faults at {calls} calls, {faults} wrong, {dict(seen)}", flush=True)
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verbs", nargs="*", default=["match", "collect", "archive", "link"])
    parser.add_argument("--faults", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", default="", help="the src of another checkout to try")
    given = parser.parse_args()
    os.environ["TRIED"] = given.source
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = folder / "refuse.so"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"], check=True
        )
        (folder / "base").mkdir()
        prepare(folder / "base")
        dice = random.Random(given.seed)
        wrong = sum(tried(verb, folder, library, given.faults, dice) for verb in given.verbs)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
