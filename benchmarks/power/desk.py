"""A small office for the trials of this folder: what each command finds, and what must hold after.

Everybody in it is invented (tests/people.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.commands.office import (
    MEDICAL,
    MEDICAL_HEADER,
    csv_bytes,
    environment,
    fill,
    medical_row,
    month,
    xlsx,
)
from tests.commands.test_killed_ledger import fill_in, state

from loubao.ledger.connection import reading
from loubao.ledger.integrity import audit

LEDGER = "loubao.db"
_PROGRAM = (sys.executable, "-c", "from loubao.cli import command; command()")

State = dict[str, Any]


@dataclass(frozen=True)
class Verb:
    """A command to be cut short: its words, where its output is, what shows that this is whole."""

    words: tuple[str, ...]
    out: str
    whole: Callable[[Path], bool]
    posts: bool = False


def prepare(home: Path) -> None:
    """Fill an empty folder: a month posted, its sheets filled in, the exports of the next month."""
    fill(home / "2022-06", month())
    run(home, "match", "2022-06", "--ledger", LEDGER, "--out", "out/now", "--quiet")
    shutil.copytree(home / "out/now/核查表", home / "回收")
    for path in (home / "回收").rglob("*.xlsx"):
        fill_in(path)
    rows = [medical_row(i, name, 50000 + i) for i, name in enumerate(("蔡阿榕", "庄碧螺"), 1)]
    crowd = [(i, "周" + chr(0x5000 + i), "", "洛阳镇", f"第{i}村", 50000 + i) for i in range(3, 40)]
    fill(home / "2022-07", {**month(), MEDICAL: xlsx([MEDICAL_HEADER, *rows, *crowd])})
    left = [("姓名", "身份证号码"), *((row[1], row[2]) for row in (*rows, *crowd))]
    fill(home, {"left.csv": csv_bytes(left), "right.csv": csv_bytes([*left[:1], *left[2:]])})
    run(home, *VERBS["link"].words)
    run(home, "progress", "--ledger", LEDGER, "--out", "out/进度", "--quiet")
    run(home, "backup", "copy.db", "--ledger", LEDGER, "--quiet")


def run(home: Path, *words: str) -> None:
    """Run a command that must end well."""
    done = start(home, *words)
    _, said = done.communicate()
    if done.returncode:
        raise AssertionError((words, done.returncode, said))


def start(home: Path, *words: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Start a command in a group of its own; `before`: a program that runs it."""
    return subprocess.Popen(
        [*before, *_PROGRAM, *words],
        cwd=home,
        env={
            **environment(),
            "PYTHONPATH": os.pathsep.join([os.environ.get("TRIED", ""), *sys.path]),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def listed(folder: Path) -> bool:
    """Whether an output has every file that its manifest lists, and no other."""
    try:
        manifest = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    found = {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path != folder / "run.json"
    }
    return bool(found == manifest["outputs"])


def sealed(folder: Path) -> bool:
    """Whether an archive is what its manifest says; the ledger is looked at elsewhere."""
    try:
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError):
        return False
    return all(
        (folder / name).is_file() and sha256((folder / name).read_bytes()).hexdigest() == digest
        for name, digest in files.items()
    )


def opens(folder: Path) -> bool:
    """Whether there are books in a folder and all can be opened."""
    books = [path for path in folder.glob("*") if not path.name.startswith(".")]
    return bool(books) and all(zipfile.is_zipfile(book) for book in books)


def readable(ledger: Path) -> bool:
    """Whether a ledger is whole."""
    with reading(ledger) as opened:
        return audit(opened) == []


VERBS = {
    "match": Verb(
        ("match", "2022-07", "--out", "out/now", "--ledger", LEDGER, "--yes", "--quiet"),
        "out/now",
        listed,
        posts=True,
    ),
    "collect": Verb(
        (
            *("collect", "回收", "--out", "out/回收", "--ledger", LEDGER),
            *("--as-of", "2022-07-20", "--quiet"),
        ),
        "out/回收",
        opens,
        posts=True,
    ),
    "archive": Verb(("archive", "归档", "--ledger", LEDGER, "--quiet"), "归档", sealed),
    "link": Verb(
        ("link", "left.csv", "right.csv", "--out", "out/links", "--quiet"), "out/links", listed
    ),
    "progress": Verb(
        ("progress", "--ledger", LEDGER, "--out", "out/进度", "--quiet"), "out/进度", opens
    ),
    "backup": Verb(("backup", "copy.db", "--ledger", LEDGER, "--quiet"), "copy.db", readable),
    "restore": Verb(("restore", "copy.db", "--ledger", LEDGER, "--quiet"), LEDGER, readable),
}


def ledger_state(home: Path) -> State:
    """Everything in the ledger but times and seals; raises where it is not whole."""
    return {name: rows for name, rows in state(home / LEDGER).items() if name != "seal"}


def visible_empty(home: Path) -> list[str]:
    """The files without content that a person can see."""
    return [
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file()
        and not path.stat().st_size
        and not any(part.startswith(".") for part in path.relative_to(home).parts)
        and not path.name.endswith(("-wal", "-shm"))
    ]


def left_behind(home: Path) -> list[str]:
    """What is hidden and no lock."""
    return [
        path.relative_to(home).as_posix()
        for path in home.rglob(".*")
        if not path.name.endswith(".lock")
    ]


def is_made(out: Path) -> bool:
    """Whether there is output, and not only what a run that was cut short has begun."""
    return out.is_file() or any(out.glob("[!.]*"))


def faults_of(
    verb: Verb, home: Path, code: int | None, before: State, after: State, there: bool
) -> list[str]:
    """What is wrong on a disk after a command was cut short, or ended with `code`; then run it.

    `before`, `after`: the ledger without and with the command; `there`: whether there was output
    before.
    """
    found = []
    try:
        now = ledger_state(home)
    except Exception as error:  # any fault of the ledger is what is looked for
        return [f"ledger: {error!r}"]
    if now not in (before, after):
        found.append("ledger: neither before nor after")
    if code == 0 and now != after:
        found.append("ledger: what was confirmed is lost")
    if code not in (0, None) and verb.posts and now != before:
        found.append(f"ledger: posted, with exit {code}")
    out = home / verb.out
    if (there or code == 0 or is_made(out)) and not verb.whole(out):
        found.append("output: not whole")
    found += [f"empty: {name}" for name in visible_empty(home)]
    if verb.out == "归档" and out.exists():  # an archive is never written over
        shutil.rmtree(out)
    try:
        run(home, *verb.words)
    except AssertionError as error:
        return [*found, f"next run: {error}"]
    if ledger_state(home) != after or not verb.whole(out):
        found.append("next run: does not mend it")
    return found + [f"next run leaves {name}" for name in left_behind(home)]
