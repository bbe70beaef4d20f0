"""Open a ledger: locked, migrated, private to its owner, encrypted where there is a key."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from loubao.faults import Busy, Fault, UntrustedInput, Usage

#: "loub": tells a ledger from any other SQLite file (PRAGMA application_id).
APPLICATION = 0x6C6F7562
_HEADER = b"SQLite format 3\x00"
_WAIT_MS = 10_000  # for a reader, while a writer migrates or a checkpoint runs
_MODE = 0o600

#: sqlite3.Connection, or that of sqlcipher3, which has the same face.
Connection = Any


@contextmanager
def writing(path: Path, key: str | None = None) -> Iterator[Connection]:
    """Give a connection that holds the ledger's lock; the file is made where there is none.

    The caller opens and ends the transaction (`transaction`). Raises `Busy` when another run
    holds the ledger, `Usage` where it cannot be written or is not a ledger, `UntrustedInput` where
    it is damaged.
    """
    path = path.absolute()
    with _opening(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0, mode=_MODE)
        try:
            lock.acquire()
        except Timeout:
            raise Busy(f"台账 {path.name} 正被另一次运行使用，请等它结束后再试") from None
    try:
        with _spoken(path):
            connection = _connect(path, key, create=True)
            try:
                yield connection
            finally:
                connection.close()
    finally:
        lock.release()


@contextmanager
def reading(path: Path, key: str | None = None) -> Iterator[Connection]:
    """Give a connection for reading: one snapshot, taken without waiting for a writer.

    Raises `Usage` where there is no ledger or it is not one, `UntrustedInput` where it is damaged.
    """
    path = path.absolute()
    if not path.is_file():
        raise Usage(f"没有台账 {path.name}；请先运行 loubao match 并用 --ledger 指明台账文件")
    with _spoken(path):
        connection = _connect(path, key, create=False)
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing of what the block writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def driver(key: str | None) -> Any:
    """Return the module that opens the file: sqlite3, or sqlcipher3 where there is a key."""
    if key is None:
        return sqlite3
    try:
        import sqlcipher3.dbapi2
    except ImportError:
        raise Usage("台账加密要先安装：pip install 'loubao[cipher]'") from None
    return sqlcipher3.dbapi2


def _connect(path: Path, key: str | None, create: bool) -> Connection:
    with _opening(path):
        if create and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, _MODE))
        elif path.stat().st_size:
            _refuse_other(path, key)
    connection = driver(key).connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        _begin(connection, path, key, create)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_other(path: Path, key: str | None) -> None:
    with path.open("rb") as stream:
        plain = stream.read(len(_HEADER)) == _HEADER
    if plain and key is not None:
        raise Usage(f"台账 {path.name} 没有加密，请不要给密钥，或换一个新的台账文件")
    if not plain and key is None:
        raise Usage(f"{path.name} 不是台账，或者是加密的台账：请用 --ledger-key-file 给出密钥")


def _begin(connection: Connection, path: Path, key: str | None, create: bool) -> None:
    if key is not None:
        quoted = key.replace("'", "''")
        connection.execute(f"PRAGMA key = '{quoted}'")
    connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION and (tables or not create):
        raise Usage(f"{path.name} 不是 loubao 的台账，请用 --ledger 指明台账文件")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    known = migrations()
    if version > len(known):
        raise Usage(f"台账 {path.name} 由更新版本的 loubao 写成，请升级 loubao 后再用")
    if create:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, known[version:])
    elif version < len(known):
        raise Usage(f"台账 {path.name} 是旧版本的，请先运行一次 loubao match 或 loubao collect")


def _migrate(connection: Connection, missing: list[str]) -> None:
    """Bring the tables up to date, all steps or none."""
    if not missing:
        return
    with transaction(connection):
        for script in missing:
            for statement in _statements(script):
                connection.execute(statement)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version + len(missing)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")


def migrations() -> list[str]:
    """Return the SQL of each version, the first one first."""
    folder = files("loubao.ledger") / "migrations"
    scripts = sorted(
        (script for script in folder.iterdir() if script.name.endswith(".sql")),
        key=lambda script: script.name,
    )
    return [script.read_text(encoding="utf-8") for script in scripts]


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: executing them together would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def _spoken(path: Path) -> Iterator[None]:
    """Turn what SQLite says no to into words; other errors pass."""
    try:
        yield
    except Exception as error:
        said = _said(getattr(error, "sqlite_errorname", None) or "", path.name)
        if said is None:
            raise
        raise said from None


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Turn what the disk says no to while the file is opened into words; other errors pass."""
    try:
        yield
    except OSError as error:
        reasons = {
            errno.EACCES: "没有权限",
            errno.EPERM: "没有权限",
            errno.EROFS: "磁盘只读",
            errno.ENOSPC: "磁盘已满，请清理后重试",
            errno.EISDIR: "是一个文件夹",
            errno.ENOTDIR: "路径中有一段不是文件夹",
            errno.EEXIST: "路径中有一段不是文件夹",
        }
        if error.errno not in reasons:
            raise
        raise Usage(f"台账 {path.name} 打不开：{reasons[error.errno]}") from None


def _said(code: str, name: str) -> Fault | None:
    """The fault that an error code of SQLite is; None where it is a defect."""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Busy(f"台账 {name} 正被另一次运行使用，请等它结束后再试")
    if code.startswith("SQLITE_FULL"):
        return Usage(f"台账 {name} 写不进去：磁盘已满，请清理后重试")
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return Usage(f"台账 {name} 打不开或写不进去，请检查权限")
    if code.startswith("SQLITE_NOTADB"):
        return Usage(f"{name} 不是台账，或密钥不对")
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_IOERR")):
        return UntrustedInput(f"台账 {name} 已损坏，请用 loubao backup 留下的副本")
    return None
