"""Copies of a ledger: whole, private, and never over anything that they do not hold themselves."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from filelock import FileLock

from loubao.core.faults import Fault
from loubao.ledger import copying
from loubao.ledger.connection import reading, writing
from loubao.ledger.copying import backup
from loubao.ledger.integrity import audit
from loubao.ledger.postings import post
from tests.ledger.invented import TIME, answers, content, make, month, verified


@pytest.fixture(params=[None, "a key"])
def key(request: pytest.FixtureRequest) -> str | None:
    if request.param:
        pytest.importorskip("sqlcipher3")
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return make(tmp_path / "loubao.db")


def refused(code: int, word: str, ledger: Path, target: Path, key: str | None = None) -> None:
    kept = target.read_bytes() if target.is_file() else None
    with pytest.raises(Fault) as caught:
        backup(ledger, target, key)
    assert caught.value.exit_code == code, caught.value.message
    assert word in caught.value.message
    assert (target.read_bytes() if target.is_file() else None) == kept
    assert not list(target.parent.glob(".*.partial*"))


def test_a_copy_is_the_ledger(tmp_path: Path, key: str | None) -> None:
    ledger, copy = make(tmp_path / "loubao.db", key), tmp_path / "copies" / "loubao.db"
    old = os.umask(0o022)
    try:
        told = backup(ledger, copy, key)
    finally:
        os.umask(old)
    assert told == {"postings": 2, "events": 8, "bytes": copy.stat().st_size}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in copy.parent.iterdir()] == ["loubao.db"]
    with reading(ledger, key) as one, reading(copy, key) as other:
        assert content(one) == content(other)
        assert audit(other) == []
    assert (copy.read_bytes()[:6] == b"SQLite") is (key is None)
    with writing(copy, key) as restored:  # a copy is a ledger
        post(restored, answers(verified(3)), TIME)


def test_a_copy_while_somebody_writes(ledger: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with writing(ledger) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute(
            "INSERT INTO seal (after, seal, archived, months) VALUES (2, 'half', '', '[]')"
        )
        backup(ledger, copy)
        writer.execute("COMMIT")
        with reading(copy) as opened:
            assert content(opened)["seal"] == []
        backup(ledger, copy)
        with reading(copy) as opened:
            assert content(opened)["seal"] == [(1, 2, "half", "", "[]")]


def test_an_earlier_copy_is_replaced_by_what_holds_all_of_it(ledger: Path, tmp_path: Path) -> None:
    copy, newer = tmp_path / "copy.db", tmp_path / "newer.db"
    backup(ledger, copy)
    with writing(ledger) as opened:
        post(opened, month(4, month="2022-07"), TIME)
    assert backup(ledger, copy)["postings"] == 3
    backup(ledger, newer)
    backup(copy, newer)
    lost = tmp_path / "lost" / "loubao.db"
    with writing(lost) as opened:  # the ledger was lost and begun anew
        post(opened, month(cases=1), TIME)
    refused(2, "旧副本", lost, copy)
    backup(copy, lost.with_name("copy.db"))


@pytest.mark.parametrize("content_", [b"", b"notes", b"SQLite format 3\x00" + bytes(4096)])
def test_other_files_are_not_replaced(ledger: Path, tmp_path: Path, content_: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content_)
    refused(2, "不覆盖", ledger, other)


def test_a_ledger_in_use_is_not_replaced(ledger: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with writing(other):
        refused(2, "正在使用", ledger, other)
    refused(2, "正在使用", ledger, other)


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_not_over_the_ledger_itself(ledger: Path, tmp_path: Path, end: str) -> None:
    refused(2, "自己", ledger, ledger.with_name(ledger.name + end))
    refused(2, "文件夹", ledger, tmp_path)
    (tmp_path / "link.db").symlink_to(ledger)
    refused(2, "自己", ledger, tmp_path / "link.db")
    refused(2, "自己", ledger, ledger.with_name(".loubao.db.lock"))


def test_no_ledger(tmp_path: Path) -> None:
    refused(2, "没有台账", tmp_path / "gone.db", tmp_path / "copy.db")


def test_keys(tmp_path: Path, ledger: Path) -> None:
    pytest.importorskip("sqlcipher3")
    locked, copy, target = (
        make(tmp_path / "locked.db", "a key"),
        tmp_path / "copy.db",
        tmp_path / "x",
    )
    backup(locked, copy, "a key")
    refused(2, "密钥", locked, target, "another")
    refused(2, "密钥", locked, target)
    refused(2, "没有加密", ledger, target, "a key")
    refused(2, "不覆盖", ledger, copy)
    refused(2, "不覆盖", make(tmp_path / "third.db", "another"), copy, "another")


def test_a_damaged_ledger_is_not_copied(ledger: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(ledger, copy)
    with reading(ledger) as opened:
        (page,) = opened.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'event_case'"
        ).fetchone()
    data = bytearray(ledger.read_bytes())
    data[(page - 1) * 4096 + 8 : page * 4096] = bytes(4088)
    ledger.write_bytes(data)
    refused(3, "损坏", ledger, copy)


def test_two_copies_at_once(ledger: Path, tmp_path: Path) -> None:
    with FileLock(ledger.with_name(".loubao.db.backup.lock")):
        refused(4, "另一份副本", ledger, tmp_path / "copy.db")


def test_what_a_killed_copy_left_is_cleared(ledger: Path, tmp_path: Path) -> None:
    for name in (".loubao.db.backup.partial", ".copy.db.partial"):
        (tmp_path / name).write_bytes(b"half")
    backup(ledger, tmp_path / "copy.db")
    assert not list(tmp_path.glob(".*partial*"))


def test_a_disk_that_wrote_something_else(
    ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying.shutil, "copyfileobj", lambda _, stream: stream.write(b"half"))
    refused(3, "换一个磁盘", ledger, tmp_path / "copy.db")
