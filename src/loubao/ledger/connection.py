"""Open a ledger: locked, migrated, private to its owner, encrypted where there is a key."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from loubao.faults import Busy, Usage
from loubao.ledger.places import on_network
from loubao.ledger.refusals import opening, spoken, unfit_place

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
    path = path.resolve()  # a ledger called by two names has one lock
    if on_network(path):
        raise unfit_place(path.name)
    with opening(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(lock_of(path), timeout=0, mode=_MODE)
        try:
            lock.acquire()
        except Timeout:
            raise Busy(f"台账 {path.name} 正被另一次运行使用，请等它结束后再试") from None
    try:
        with spoken(path):
            connection = connect(path, key, create=True)
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
    path = path.resolve()
    with opening(path):
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            raise Usage(f"没有台账 {path.name}；请先运行 loubao match 并用 --ledger 指明台账文件")
    with spoken(path):
        connection = connect(path, key, create=False)
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
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a disk that is full has ended it already
            connection.execute("ROLLBACK")
        raise


def lock_of(path: Path) -> Path:
    """Return the file that whoever writes the ledger holds; it stays there, empty."""
    return path.with_name(f".{path.name}.lock")


def driver(key: str | None) -> Any:
    """Return the module that opens the file: sqlite3, or sqlcipher3 where there is a key."""
    if key is None:
        return sqlite3
    try:
        import sqlcipher3.dbapi2
    except ImportError:
        raise Usage("台账加密要先安装：pip install 'loubao[cipher]'") from None
    return sqlcipher3.dbapi2


def connect(path: Path, key: str | None, create: bool) -> Connection:
    """Return a connection to the ledger, migrated with `create`; whoever asks closes it.

    Raises what `writing` and `reading` do, and what SQLite says no to as it stands (`spoken`).
    """
    with opening(path):
        if create and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, _MODE))
        elif path.stat().st_size:
            _refuse_other(path, key)
        if create:
            if not os.access(path, os.W_OK):  # said now, not when the work is done
                raise PermissionError(errno.EACCES, path.name)
            _close_to_others(path)
    connection = opened(path, key)
    try:
        _begin(connection, path, create)
    except BaseException:
        connection.close()
        raise
    return connection


def opened(path: Path, key: str | None, how: str = "mode=rw") -> Connection:
    """Return a connection to any SQLite file, its key told; nothing is read yet.

    `how`: parameters of a URI file name (sqlite.org/uri.html).
    """
    connection = driver(key).connect(
        f"{path.as_uri()}?{how}", uri=True, isolation_level=None, check_same_thread=False
    )
    if key is not None:
        quoted = key.replace("'", "''")
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to the screen
        connection.execute(f"PRAGMA key = '{quoted}'")
    connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    return connection


def is_plain(path: Path) -> bool:
    """Whether the file begins like an SQLite file that is not encrypted."""
    with path.open("rb") as stream:
        return stream.read(len(_HEADER)) == _HEADER


def _refuse_other(path: Path, key: str | None) -> None:
    plain = is_plain(path)
    if plain and key is not None:
        raise Usage(f"台账 {path.name} 没有加密，请不要给密钥，或换一个新的台账文件")
    if not plain and key is None:
        raise Usage(f"{path.name} 不是台账，或者是加密的台账：请用 --ledger-key-file 给出密钥")


def _close_to_others(path: Path) -> None:
    """Keep others out of the file; SQLite gives the files beside it the same mode."""
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        with suppress(PermissionError):  # not the owner's run
            path.chmod(_MODE)


def _begin(connection: Connection, path: Path, create: bool) -> None:
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
        (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if journal != "wal":
            raise unfit_place(path.name)
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, known)
    elif version < len(known):
        raise Usage(f"台账 {path.name} 是旧版本的，请先运行一次 loubao match 或 loubao collect")


def _migrate(connection: Connection, known: list[str]) -> None:
    """Bring the tables up to date, all steps or none.

    A step may drop a table and make it anew (sqlite.org/lang_altertable.html), so keys are looked
    at when all is done.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= len(known):
        return
    connection.execute("PRAGMA foreign_keys = OFF")
    with transaction(connection):
        for script in known[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise AssertionError("a migration leaves rows that point to nothing")
        connection.execute(f"PRAGMA user_version = {len(known)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("PRAGMA foreign_keys = ON")


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
