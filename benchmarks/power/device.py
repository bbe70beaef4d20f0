"""The power goes: a disk is copied while a command works on it, and the copy is mounted.

The disk is a file with ext4 on it, mounted by a loop device; what is in the file is what a disk
would hold when the power goes: nothing that was not written out. The command is stopped for the
moment of the copy. `auto_da_alloc`, by which ext4 saves programs that do not sync, is off, and what
is not synced is not written out for ten minutes. Needs root.

    PYTHONPATH=benchmarks:. python -m power.device --moments 50 --seed 1 match collect archive link
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from power.desk import VERBS, Verb, faults_of, ledger_state, prepare, run, start

_SIZE = 48 << 20
_OPTIONS = "loop,noauto_da_alloc,commit=600"


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """Mount a disk, and give the folder that the office is in."""
    place = image.with_name("mounted")  # always the same: the ledger knows where inputs were
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", _OPTIONS, image, place], check=True)
    try:
        yield place / "office"
    finally:
        subprocess.run(["umount", place], check=True)


def still_copy(image: Path, copy: Path) -> None:
    """Copy a disk as it is at one moment: until two copies are the same."""
    last = b""
    while True:
        shutil.copyfile(image, copy)
        digest = sha256(copy.read_bytes()).digest()
        if digest == last:
            return
        last = digest


@dataclass(frozen=True)
class Moment:
    """So many seconds after the start, the first file of a draft, or the end (exit 0)."""

    after: str
    seconds: float


def cut(verb: Verb, image: Path, copy: Path, moment: Moment) -> int | None:
    """Run a command on the disk and copy that; return its exit code, None where it still worked."""
    with mounted(image) as home:
        process = start(home, *verb.words)
        place = (home / verb.out).parent
        while moment.after == "draft" and process.poll() is None:
            if any(place.glob(".*.partial*")):
                break
            time.sleep(0.001)
        if moment.after == "end":
            process.wait()
        time.sleep(moment.seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGSTOP)
        code = process.returncode
        still_copy(image, copy)
        if code is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    return code


def moments(number: int, whole: float, dice: random.Random) -> Iterator[Moment]:
    """Give as many moments before the end, then some after it."""
    for i in range(number):
        if i % 2:
            yield Moment("start", dice.uniform(0.3, 1.0) * whole)
        else:
            yield Moment("draft", dice.uniform(0.0, 0.4) * whole)
    yield from (Moment("end", seconds) for seconds in (0.0, 0.5, 1.0, 3.0, 10.0))


def tried(name: str, number: int, folder: Path, dice: random.Random) -> int:
    """Cut one command short at many moments; print what was found; return how many faults."""
    verb, base = VERBS[name], folder / "base"
    image, copy = folder / "image", folder / "copy"
    shutil.copyfile(base, image)
    with mounted(image) as home:
        before, there = ledger_state(home), (home / verb.out).exists()
        begun = time.perf_counter()
        run(home, *verb.words)
        whole = time.perf_counter() - begun
        after = ledger_state(home)
    seen: Counter[str] = Counter()
    faults = 0
    for moment in moments(number, whole, dice):
        shutil.copyfile(base, image)
        code = cut(verb, image, copy, moment)
        with mounted(copy) as home:
            posted = ledger_state(home) == after
            found = faults_of(verb, home, code, before, after, there)
        seen[f"{'at work' if code is None else f'exit {code}'}, {posted=}"] += 1
        faults += len(found)
        for fault in found:
            print(f"  {name} {moment}: {fault}", flush=True)
    print(f"{name}: {sum(seen.values())} moments of {whole:.1f} s, {faults} faults, {dict(seen)}")
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verbs", nargs="*", default=["match", "collect", "archive", "link"])
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", default="", help="the src of another checkout to try")
    given = parser.parse_args()
    os.environ["TRIED"] = given.source
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        with (folder / "base").open("wb") as disk:
            disk.truncate(_SIZE)
        subprocess.run(["mkfs.ext4", "-q", folder / "base"], check=True)
        with mounted(folder / "base") as home:
            home.mkdir()
            prepare(home)
        dice = random.Random(given.seed)
        faults = sum(tried(verb, given.moments, folder, dice) for verb in given.verbs)
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
