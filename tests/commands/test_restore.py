"""`loubao restore`: a copy back in place, checked first, the ledger before kept; logs left over."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loubao.ledger.connection import reading, writing
from loubao.ledger.copying import backup
from loubao.ledger.integrity import audit
from loubao.ledger.postings import post
from tests.commands.office import Run, loubao
from tests.ledger.invented import TIME, content, make, month
from tests.ledger.test_connection import damaged, newer

#: Post a month and be killed: what was posted is in the log alone.
_KILLED = """
import os, signal, sys
from pathlib import Path
from loubao.ledger.connection import writing
from loubao.ledger.postings import post
from tests.ledger.invented import TIME, month
with writing(Path(sys.argv[1])) as opened:
    post(opened, month(int(sys.argv[2]), month=sys.argv[3]), TIME)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(ledger: Path, first: int = 4, of: str = "2022-07") -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(ledger), str(first), of], check=False)
    assert ledger.with_name("loubao.db-wal").stat().st_size > 32


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a ledger of two postings and a copy of it."""
    make(tmp_path / "loubao.db")
    backup(tmp_path / "loubao.db", tmp_path / "copy.db")
    return tmp_path


def contents(ledger: Path) -> dict[str, list[tuple[object, ...]]]:
    with reading(ledger) as opened:
        assert audit(opened) == []
        return content(opened)


def restored(office: Path, *options: str) -> Run:
    run = loubao("restore", "copy.db", *options, "--json", cwd=office)
    assert run.code == 0, run.err
    assert contents(office / "loubao.db") == contents(office / "copy.db")
    assert not list(office.glob("loubao.db-*"))
    assert not list(office.glob(".*partial*"))
    return run


def later(ledger: Path) -> None:
    with writing(ledger) as opened:
        post(opened, month(4, month="2022-07"), TIME)


BEFORE: dict[str, tuple[Callable[[Path], object], int | None]] = {
    "nothing": (lambda path: path.unlink(), None),
    "later months": (later, 3),
    "killed": (killed, 3),
    "damaged": (lambda path: path.unlink() or damaged(path), None),
    "no ledger at all": (lambda path: path.write_bytes(b"PK" * 500), None),
    "empty": (lambda path: path.write_bytes(b""), None),
}


@pytest.mark.parametrize("before", BEFORE)
def test_put_back(office: Path, before: str) -> None:
    spoil, postings = BEFORE[before]
    ledger = office / "loubao.db"
    spoil(ledger)
    there = ledger.read_bytes() if ledger.exists() else None
    report = restored(office).report
    assert report["counts"] == {"postings": 2, "events": 8}
    assert (report["before"] or {}).get("postings") == postings
    if there is None:
        assert report["kept"] is None
    elif postings is None:
        assert Path(report["kept"]).read_bytes() == there
    else:
        assert len(contents(Path(report["kept"]))["posting"]) == postings
    later(ledger)  # and it goes on from there
    assert len(contents(ledger)["posting"]) == 3


LAID_OVER: dict[str, Callable[[Path], object]] = {
    "a copy": lambda office: shutil.copyfile(office / "copy.db", office / "loubao.db"),
    "another ledger": lambda office: shutil.copyfile(office / "other.db", office / "loubao.db"),
    "nothing": lambda office: (office / "loubao.db").unlink(),
    "an empty file": lambda office: (office / "loubao.db").write_bytes(b""),
}


@pytest.mark.parametrize("over", LAID_OVER)
def test_a_copy_laid_over_a_log_is_noticed(office: Path, over: str) -> None:
    """By readers and writers, before they change anything; `restore` mends it."""
    ledger = office / "loubao.db"
    with writing(office / "other.db") as opened:
        post(opened, month(cases=1), TIME)
    later(ledger)
    killed(ledger, 7, "2022-08")
    LAID_OVER[over](office)
    seen = {
        path.name: path.read_bytes()
        for path in office.glob("loubao.db*")
        if "-shm" not in path.name
    }
    for verb in (("progress",), ("backup", "new.db"), ("archive", "bound")):
        run = loubao(*verb, "--ledger", "loubao.db", cwd=office)
        assert run.code == 3, (verb, run.err)
        assert "loubao.db-wal" in run.err
        assert "loubao restore" in run.err
    with pytest.raises(Exception, match="不是一套"), writing(ledger):
        pass
    now = {
        path.name: path.read_bytes()
        for path in office.glob("loubao.db*")
        if "-shm" not in path.name
    }
    assert now == seen
    restored(office)


@pytest.mark.parametrize("before", [False, True])
def test_a_log_that_fits_is_taken_up(office: Path, before: bool) -> None:
    """Its own; or over the file as it was before, where it has all that came since."""
    ledger = office / "loubao.db"
    earlier = ledger.read_bytes()
    if before:
        later(ledger)
    killed(ledger, 7, "2022-08")
    if before:
        ledger.write_bytes(earlier)
    assert len(contents(ledger)["posting"]) == 3 + before


def other(path: Path) -> None:
    path.unlink()
    with writing(path) as opened:
        post(opened, month(cases=1), TIME)


REFUSED: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "no file": (lambda path: path.unlink(), 2, "没有副本"),
    "a folder": (lambda path: path.unlink() or path.mkdir(), 2, "没有副本"),
    "another file": (lambda path: path.write_bytes(b"PK" * 500), 2, "不是台账"),
    "a newer version": (lambda path: path.unlink() or newer(path), 2, "升级"),
    "damaged": (lambda path: path.unlink() or damaged(path), 3, "copy.db"),
    "tampered": (lambda path: tampered(path), 3, "不完整"),
    "of another ledger": (other, 3, "--yes"),
}


def tampered(path: Path) -> None:
    """As somebody does it who puts the triggers back."""
    with sqlite3.connect(path) as opened:
        triggers = opened.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'"
        ).fetchall()
        for name, _ in triggers:
            opened.execute(f"DROP TRIGGER {name}")
        opened.execute("UPDATE event SET on_date = '2020-01-01' WHERE event_id = 1")
        for _, sql in triggers:
            opened.execute(sql)
    opened.close()


@pytest.mark.parametrize("copy", REFUSED)
def test_refused(office: Path, copy: str) -> None:
    spoil, code, word = REFUSED[copy]
    spoil(office / "copy.db")
    before = contents(office / "loubao.db")
    run = loubao("restore", "copy.db", cwd=office)
    assert (run.code, run.out) == (code, ""), run.err
    assert word in run.err
    assert contents(office / "loubao.db") == before
    assert not [path for path in office.iterdir() if "partial" in path.name or ".2" in path.name]
    if copy == "of another ledger":
        restored(office, "--yes")


def test_in_use_or_itself(office: Path) -> None:
    with writing(office / "loubao.db"):
        assert loubao("restore", "copy.db", cwd=office).code == 4
    assert loubao("restore", "loubao.db", cwd=office).code == 2
