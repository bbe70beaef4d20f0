"""An SQLite file as such: opened with its key, locked, written whole; its refusals in plain words.

What a transaction writes is on the disk when it ends, or the ledger is what it was before.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from loubao.core import disk
from loubao.core.disk import PRIVATE
from loubao.core.faults import Busy, Fault, UntrustedInput, Usage

BUSY = "台账 {name} 正被另一次运行使用，请等它结束后再试"
UNFIT_PLACE = (
    "台账 {name} 所在的磁盘不支持多人同时使用（如网络共享盘），"
    "请把台账放在本机磁盘，需要共享时用 loubao backup 存一份副本"
)
#: error of SQLite (sqlite.org/rescode.html) by a pattern of its name without SQLITE_, the
#: particular before the general → the fault that it is
_FAULTS: tuple[tuple[str, type[Fault], str], ...] = (
    ("BUSY|LOCKED", Busy, BUSY),
    ("FULL", Usage, "台账 {name} 写不进去：磁盘已满，请清理后重试"),
    ("IOERR_(SHM|LOCK)|PROTOCOL|NOLFS", Usage, UNFIT_PLACE),
    (
        "IOERR_(FSYNC|DIR_FSYNC)",
        Usage,
        "台账 {name} 没能同步到磁盘，这次没有登记；请检查磁盘后再运行一次",
    ),
    (
        "IOERR_(WRITE|TRUNCATE)",
        Usage,
        "台账 {name} 写不进去，请检查磁盘后重试；台账没有改动",
    ),
    (
        "READONLY|CANTOPEN|PERM|AUTH|IOERR_ACCESS",
        Usage,
        "台账 {name} 打不开或写不进去，请检查权限",
    ),
    ("NOTADB", Usage, "{name} 不是台账，或密钥不对"),
    (
        "CORRUPT|IOERR",
        UntrustedInput,
        "台账 {name} 已损坏，请用 loubao restore 恢复 loubao backup 留下的副本",
    ),
)


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turn a refusal of SQLite into a fault; other errors pass."""
    try:
        yield
    except Exception as error:
        fault = fault_of(getattr(error, "sqlite_errorname", None) or "", path.name)
        if fault is None:
            raise
        raise fault from None


@contextmanager
def opening(path: Path, message: str = "台账 {name} 打不开") -> Iterator[None]:
    """Turn a refusal of the disk into a fault: `message` and a reason; other errors pass."""
    with disk.refusals(message.format(name=path.name)):
        yield


def fault_of(code: str, name: str) -> Fault | None:
    """Return the fault for an error code of SQLite; None where the error is a defect.

    >>> fault_of("SQLITE_BUSY_SNAPSHOT", "loubao.db").exit_code
    4
    """
    for pattern, fault, message in _FAULTS:
        if re.match(f"SQLITE_({pattern})", code):
            return fault(message.format(name=name))
    return None


#: a commit that may be found by the next run or not
_UNCERTAIN = (
    "台账 {name} 没能同步到磁盘，磁盘也不再接受改动：这次登记了没有，说不准。"
    "请检查磁盘后再运行一次同样的命令，以那次显示的为准"
)
#: "loub": marks a ledger among SQLite files (PRAGMA application_id).
APPLICATION = 0x6C6F7562
_HEADER = b"SQLite format 3\x00"
_WAIT_MS = 10_000  # for a reader, while a writer migrates or a checkpoint runs

#: sqlite3.Connection, or that of sqlcipher3, which has the same methods.
Connection = Any


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Write everything in the block, or nothing; within another one it is a part of that."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:  # a disk that is full has ended it already
            connection.execute("ROLLBACK")
        code = getattr(error, "sqlite_errorname", None) or ""
        if re.fullmatch("SQLITE_IOERR_(DIR_)?FSYNC", code) and not _overwritten(connection):
            file = connection.execute("PRAGMA database_list").fetchone()[2]
            raise Usage(_UNCERTAIN.format(name=Path(file).name)) from None
        raise


def _overwritten(connection: Connection) -> bool:
    """Write nothing over what a commit has left in the log that could not be synced.

    Else whoever opens the ledger later would take it for posted. Returns whether the disk takes it.
    """
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except Exception as error:
        if getattr(error, "sqlite_errorname", None) is None:
            raise
        with suppress(Exception):
            connection.execute("ROLLBACK")
        return False
    return True


@contextmanager
def locked(ledger: Path, file: Path, busy: str) -> Iterator[None]:
    """Hold the lock `file` beside a ledger; raises `OSError`.

    Raises `Busy` with the message `busy` where another run holds it.
    """
    lock = FileLock(file, timeout=0, mode=PRIVATE)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(busy.format(name=ledger.name)) from None
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()


def lock_of(path: Path) -> Path:
    """Return the lock file of a ledger, held while it is written; it stays there, empty."""
    return path.with_name(f".{path.name}.lock")


def opened(path: Path, key: str | None, how: str = "mode=rw") -> Connection:
    """Return a connection to any SQLite file, its key set; nothing is read yet.

    `how`: parameters of a URI file name (sqlite.org/uri.html).
    """
    driver: Any = sqlite3
    if key is not None:
        try:
            import sqlcipher3.dbapi2
        except ImportError:
            raise Usage(
                '台账加密要先安装：在 loubao 的文件夹里运行 pip install ".[cipher]"'
            ) from None
        driver = sqlcipher3.dbapi2
    connection = driver.connect(
        f"{path.as_uri()}?{how}", uri=True, isolation_level=None, check_same_thread=False
    )
    if key is not None:
        quoted = key.replace("'", "''")
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to the screen
        connection.execute(f"PRAGMA key = '{quoted}'")
    connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    for pragma in ("synchronous = FULL", "fullfsync = ON", "checkpoint_fullfsync = ON"):
        connection.execute(f"PRAGMA {pragma}")  # the last two: macOS, which else holds back
    return connection


def is_plain(path: Path) -> bool:
    """Whether the file begins like an SQLite file that is not encrypted."""
    with path.open("rb") as stream:
        return stream.read(len(_HEADER)) == _HEADER
