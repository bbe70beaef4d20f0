"""Opening a ledger: what is refused and how, two at once, migrations, kills, keys."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loubao.core import disk
from loubao.core.faults import Fault
from loubao.ledger import connection, copying, sqlite_file, structure
from loubao.ledger import connection as places
from loubao.ledger import postings as history
from loubao.ledger.chain import chain_after
from loubao.ledger.connection import reading, writing
from loubao.ledger.integrity import audit
from loubao.ledger.postings import post
from loubao.ledger.sqlite_file import APPLICATION, fault_of, transaction
from tests.ledger.invented import TIME, answers, content, make, month, verified

KEY = '钥匙\'s "key"'


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return make(tmp_path / "loubao.db")


def refused(code: int, *words: str, path: Path, key: str | None = None, write: bool = True) -> None:
    with pytest.raises(Fault) as caught, (writing if write else reading)(path, key) as opened:
        opened.execute("SELECT * FROM posting").fetchall()
    assert caught.value.exit_code == code, caught.value.message
    for word in words:
        assert word in caught.value.message
    assert KEY not in caught.value.message


def test_a_ledger_is_its_owners(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        with writing(tmp_path / "new" / "loubao.db") as opened:
            post(opened, month(), TIME)
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "new").iterdir()}
    finally:
        os.umask(old)
    names = {"loubao.db", "loubao.db-wal", "loubao.db-shm", ".loubao.db.lock"}
    assert modes == dict.fromkeys(names, 0o600)


def test_a_ledger_open_to_others_is_closed_to_them(ledger: Path) -> None:
    ledger.chmod(0o644)
    with writing(ledger):
        assert stat.S_IMODE(ledger.stat().st_mode) == 0o600


def other_program(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()


def newer(path: Path) -> None:
    make(path)
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()


def damaged(path: Path) -> None:
    make(path)
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 512] = b"\xff" * 512
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("prepare", "code", "word"),
    [
        (lambda p: p.write_bytes(b"PK\x03\x04" * 300), 2, "不是台账"),
        (lambda p: p.write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000), 2, "不是台账"),
        (lambda p: p.mkdir(), 2, "打不开"),
        (other_program, 2, "不是 loubao 的台账"),
        (newer, 2, "升级"),
        (damaged, 3, "loubao backup"),
    ],
)
@pytest.mark.parametrize("write", [True, False])
def test_refused(tmp_path: Path, prepare, code: int, word: str, write: bool) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "loubao.db"
    prepare(path)
    before = path.read_bytes() if path.is_file() else b""
    refused(code, word, path=path, write=write)
    if prepare is other_program:
        assert path.read_bytes() == before


def test_no_ledger_to_read(tmp_path: Path) -> None:
    refused(2, "loubao match", path=tmp_path / "loubao.db", write=False)
    (tmp_path / "loubao.db").touch()  # what a run leaves that was killed before it began
    refused(2, "loubao match", path=tmp_path / "loubao.db", write=False)
    assert [path.name for path in tmp_path.iterdir()] == ["loubao.db"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused(2, "不是文件夹", path=tmp_path / "file" / "loubao.db")


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("SQLITE_BUSY", 4),
        ("SQLITE_BUSY_RECOVERY", 4),
        ("SQLITE_LOCKED_SHAREDCACHE", 4),
        ("SQLITE_FULL", 2),
        ("SQLITE_READONLY_DBMOVED", 2),
        ("SQLITE_CANTOPEN", 2),
        ("SQLITE_IOERR_WRITE", 2),
        ("SQLITE_IOERR_SHMMAP", 2),
        ("SQLITE_PROTOCOL", 2),
        ("SQLITE_NOTADB", 2),
        ("SQLITE_IOERR_READ", 3),
        ("SQLITE_CORRUPT_INDEX", 3),
        ("SQLITE_CONSTRAINT_CHECK", None),
        ("", None),
    ],
)
def test_what_sqlite_says(code: str, exit_code: int | None) -> None:
    said = fault_of(code, "loubao.db")
    assert (said.exit_code if said else None) == exit_code


@pytest.mark.parametrize(
    ("kind", "there", "network"),
    [("cifs", "share", True), ("nfs4", r"sh\040are", True), ("ext4", "share", False)],
)
def test_a_network_share_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, there: str, network: bool
) -> None:
    told = tmp_path / "mountinfo"
    told.write_text(
        f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / {tmp_path}/{there} rw master:1 - {kind} x rw\n"
    )
    monkeypatch.setattr(disk, "MOUNTS", told)
    path = tmp_path / there.replace(r"\040", " ") / "loubao.db"
    if network:
        refused(2, "网络共享盘", "loubao backup", path=path)
        assert not path.parent.exists()
    else:
        make(path)
    assert places.on_network(path) is network
    assert not places.on_network(tmp_path / "loubao.db")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_cannot_be_written(ledger: Path) -> None:
    ledger.chmod(0o400)
    refused(2, "权限", path=ledger)
    ledger.chmod(0o000)
    refused(2, "权限", path=ledger, write=False)


# Two at once


def test_the_second_writer_is_told(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(ledger)
    with writing(ledger):
        refused(4, "正被另一次运行使用", path=ledger)
        refused(4, "正被另一次运行使用", path=tmp_path / "link.db")
    with writing(ledger):
        pass


def test_a_reader_sees_the_state_before(ledger: Path) -> None:
    with reading(ledger) as reader:
        before = content(reader)
        with writing(ledger) as writer:
            post(writer, month(4, month="2022-07"), TIME)
            assert content(reader) == before
            with reading(ledger) as later:
                assert len(content(later)["event"]) == len(before["event"]) + 6


def test_another_program_holds_the_file(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "_WAIT_MS", 10)
    other = sqlite3.connect(ledger, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Fault) as caught, writing(ledger) as opened:
        post(opened, month(4, month="2022-07"), TIME)
    other.close()
    assert caught.value.exit_code == 4


# Migrations

SECOND = "ALTER TABLE cases ADD COLUMN note TEXT;\nCREATE TABLE extra (a INTEGER) STRICT;"


def with_second(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    known = [*structure.migrations(), script]
    monkeypatch.setattr(structure, "migrations", lambda: known)
    monkeypatch.setattr(connection, "_READABLE", len(known))


def test_migrated_by_the_next_writer(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading(ledger) as opened:
        before = content(opened)
    with_second(monkeypatch, SECOND)
    refused(2, "旧版本", path=ledger, write=False)
    with writing(ledger) as opened:
        after = content(opened)
        assert opened.execute("PRAGMA user_version").fetchone() == (len(structure.migrations()),)
        assert opened.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert after.pop("extra") == []
    assert [row[:-1] for row in after.pop("cases")] == before.pop("cases")
    assert after == before


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("CREATE TABLE extra (a INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);", sqlite3.Error),
        ("DROP TABLE cases;", AssertionError),
    ],
)
def test_a_migration_that_fails_changes_nothing(
    ledger: Path, monkeypatch: pytest.MonkeyPatch, script: str, error: type[Exception]
) -> None:
    with reading(ledger) as opened:
        before = content(opened)
    with monkeypatch.context() as patched:
        with_second(patched, script)
        with pytest.raises(error), writing(ledger):
            pass
    with reading(ledger) as opened:
        assert content(opened) == before


def test_a_table_that_others_point_to_can_be_made_anew(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "CREATE TABLE document2 (sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, content BLOB)"
    move = "INSERT INTO document2 SELECT * FROM document;\nDROP TABLE document;\n"
    with_second(monkeypatch, f"{made} STRICT;\n{move}ALTER TABLE document2 RENAME TO document;")
    with writing(ledger) as opened:
        assert audit(opened) == []


def of_version(path: Path, version: int) -> Path:
    """A ledger as the program left it that knew only so many versions."""
    now = make(path.with_name("now.db"))
    old = sqlite3.connect(path, isolation_level=None)
    old.executescript("".join(structure.migrations()[:version]))
    for pragma in (f"application_id = {APPLICATION}", f"user_version = {version}"):
        old.execute(f"PRAGMA {pragma}")
    old.execute("ATTACH ? AS now", (str(now),))
    tables = old.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        columns = ", ".join(row[1] for row in old.execute(f"PRAGMA main.table_info({table})"))
        old.execute(f"DELETE FROM main.{table}")
        old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")
    old.execute("DETACH now")
    chain = ""
    for posting in history.postings(old) if version < 3 else ():
        chain = chain_after(chain, posting, history.events_in(old, posting.posting_id))
        old.execute(
            "UPDATE posting SET chain = ? WHERE posting_id = ?", (chain, posting.posting_id)
        )
    old.close()
    return path


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_a_ledger_of_an_earlier_version_goes_on(tmp_path: Path, version: int) -> None:
    """It can be read as it stands; the next writer adds the tables, the next posting binds all."""
    path = of_version(tmp_path / "loubao.db", version)
    with reading(path) as opened:
        before = content(opened)
        assert audit(opened) == []
    with writing(path) as opened:
        after = content(opened)
        after["posting"] = [row[: len(before["posting"][0])] for row in after["posting"]]
        assert {name: rows for name, rows in after.items() if name in before} == before
        assert len(after["place"]) == 3
        assert opened.execute("PRAGMA user_version").fetchone() == (len(structure.migrations()),)
        assert audit(opened) == []
        post(opened, month(4, month="2022-07"), TIME)
        assert audit(opened) == []
        bound = [bool(posting.parts) for posting in history.postings(opened)]
        assert bound == [version >= 3, version >= 3, True]
        post(opened, replace(month(), cases=(), sightings=(), editions=(), events=()), TIME)
        assert audit(opened) == []  # what a month of before the upgrade said is written anew
    with sqlite3.connect(path) as other:
        other.execute("UPDATE naming SET news = 'covered' WHERE month = '2022-07'")
    other.close()
    with reading(path) as opened:
        assert audit(opened) == ["2022-07 的当月名单被改动过"]


def test_a_new_ledger(tmp_path: Path) -> None:
    path = tmp_path / "loubao.db"
    path.touch()  # killed right after the file was made
    with writing(path) as opened:
        assert opened.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        assert opened.execute("PRAGMA user_version").fetchone() == (len(structure.migrations()),)
        assert opened.execute("PRAGMA synchronous").fetchone() == (2,)
        with transaction(opened):
            pass


# Killed

_KILLED = """
import os, signal, sys
from pathlib import Path
from loubao.ledger.status import standing
from loubao.ledger.connection import writing
from loubao.ledger.postings import post
from tests.ledger.invented import TIME, month
path, when = Path(sys.argv[1]), sys.argv[2]
with writing(path) as opened:
    if when == "before":
        opened.execute("BEGIN IMMEDIATE")
        opened.execute("INSERT INTO document VALUES ('half', 1, NULL)")
    else:
        post(opened, month(4, month="2022-07"), TIME)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("when", "postings"), [("before", 2), ("after", 3)])
def test_what_a_killed_run_left_is_taken_up(ledger: Path, when: str, postings: int) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(ledger), when], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert ledger.with_name("loubao.db-wal").exists()
    with reading(ledger) as opened:
        assert len(content(opened)["posting"]) == postings
        assert audit(opened) == []
    with writing(ledger) as opened:
        post(opened, answers(verified(3)), TIME)
        assert audit(opened) == []
    assert not ledger.with_name("loubao.db-wal").exists()


# A disk that may only be read


@pytest.mark.parametrize("left", ["nothing", "a log", "a log without its index"])
def test_a_disk_that_may_only_be_read(
    ledger: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    """Nothing is made beside the ledger; what a killed run posted is there."""
    postings = 2
    if left != "nothing":
        subprocess.run([sys.executable, "-c", _KILLED, str(ledger), "after"], check=False)
        postings = 3
    if left == "a log without its index":
        ledger.with_name("loubao.db-shm").unlink()
    before = {path.name: path.read_bytes() for path in ledger.parent.iterdir()}
    for module in (connection, copying):
        monkeypatch.setattr(module, "may_write_beside", lambda path: False)
    with reading(ledger) as opened:
        assert len(content(opened)["posting"]) == postings
        assert audit(opened) == []
        after = {path.name: path.read_bytes() for path in ledger.parent.iterdir()}
    assert after.keys() == before.keys()
    assert after["loubao.db"] == before["loubao.db"]
    assert copying.backup(ledger, ledger.parent / "copy" / "c.db")["postings"] == postings


def test_a_ledger_that_is_written_while_it_is_read_as_it_stands(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "may_write_beside", lambda path: False)
    with pytest.raises(Fault) as caught, reading(ledger), writing(ledger) as opened:
        post(opened, month(4, month="2022-07"), TIME)
    assert caught.value.exit_code == 4


# A disk that fails


class Failing:
    """A connection whose commits are written and cannot be synced, so many times."""

    def __init__(self, opened: sqlite3.Connection, times: int) -> None:
        self.opened, self.times = opened, times

    def __getattr__(self, name: str) -> object:
        return getattr(self.opened, name)

    def execute(self, statement: str) -> object:
        if statement == "COMMIT" and self.times:
            self.times -= 1
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"  # type: ignore[attr-defined,misc]
            raise error
        return self.opened.execute(statement)


@pytest.mark.parametrize("times", [1, 2])
def test_a_commit_that_cannot_be_synced_is_told(ledger: Path, times: int) -> None:
    with reading(ledger) as opened:
        before = content(opened)
    with (
        pytest.raises(Fault) as caught,
        writing(ledger) as opened,
        transaction(Failing(opened, times)),
    ):
        opened.execute("INSERT INTO document VALUES ('half', 1, NULL)")
    assert caught.value.exit_code == 2
    assert "同步" in caught.value.message
    assert ("说不准" in caught.value.message) is (times > 1)
    with reading(ledger) as opened:
        assert content(opened) == before


@pytest.mark.parametrize("why", [Fault("x"), KeyboardInterrupt()])
def test_a_new_ledger_goes_again_where_nothing_came_of_it(
    tmp_path: Path, why: BaseException
) -> None:
    path = tmp_path / "loubao.db"
    with pytest.raises(type(why)), writing(path):
        raise why
    assert [each.name for each in tmp_path.iterdir()] == [".loubao.db.lock"]
    with pytest.raises(type(why)), writing(path) as opened:
        post(opened, month(), TIME)
        raise why
    assert path.exists()


# Keys


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    pytest.importorskip("sqlcipher3")
    return make(tmp_path / "locked.db", KEY)


def test_encrypted(locked: Path, ledger: Path) -> None:
    with reading(locked, KEY) as opened, reading(ledger) as plain:
        assert content(opened) == content(plain)
        assert audit(opened) == []
    data = locked.read_bytes()
    for word in (b"SQLite", "洛阳镇".encode(), b"posting", KEY.encode()):
        assert word not in data


@pytest.mark.parametrize("write", [True, False])
def test_keys_that_do_not_fit(
    locked: Path, ledger: Path, write: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    before = locked.read_bytes(), ledger.read_bytes()
    refused(2, "密钥不对", path=locked, key=KEY + "x", write=write)
    refused(2, "--ledger-key-file", path=locked, write=write)
    refused(2, "没有加密", path=ledger, key=KEY, write=write)
    assert (locked.read_bytes(), ledger.read_bytes()) == before
    assert capfd.readouterr() == ("", "")


def test_two_at_once_on_an_encrypted_ledger(locked: Path) -> None:
    with writing(locked, KEY):
        refused(4, path=locked, key=KEY)


def test_a_damaged_encrypted_ledger(locked: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(locked.read_bytes())
    data[4096:8192] = bytes(4096)
    locked.write_bytes(data)
    with pytest.raises(Fault) as caught, reading(locked, KEY) as opened:
        content(opened)
    assert caught.value.exit_code == 3
    assert capfd.readouterr() == ("", "")


def test_encryption_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
    refused(2, ".[cipher]", path=tmp_path / "loubao.db", key=KEY)
