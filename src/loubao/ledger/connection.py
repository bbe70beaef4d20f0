"""The connection to the ledger: locked, migrated, private, encrypted with a key.

A ledger lives on a disk of this computer. SQLite's write-ahead log needs memory that all readers
and writers share, so a ledger on a network share is damaged sooner or later (sqlite.org/wal.html,
sqlite.org/useovernet.html). A refusal of SQLite or the disk becomes a fault in plain words.
"""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PureWindowsPath
from typing import Any

from filelock import FileLock, Timeout

from loubao.core.faults import Busy, Fault, UntrustedInput, Usage
from loubao.ledger.structure import differences, migrations, statements

#: Where Linux lists every disk and its kind; elsewhere there is no such file.
_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "fuse.davfs", "davfs"}
)


def on_network(path: Path) -> bool:
    """Return whether `path` (absolute, resolved) is on a network share that the system shows."""
    if PureWindowsPath(path).drive.startswith("\\\\"):
        return True
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return False
    return kind_of_disk(path, mounts) in _NETWORK


def kind_of_disk(path: Path, mounts: str) -> str:
    r"""Return the kind of the disk that holds `path`, "" where unknown.

    `mounts`: lines of proc(5) mountinfo; the deepest one holds the path, of equal ones the last.

    >>> kind_of_disk(Path("/srv/share/a.db"), "1 0 0:1 / / rw - ext4 x rw\n"
    ...     "2 1 0:2 / /srv/share rw shared:1 - cifs //office/share rw\n")
    'cifs'
    """
    found, depth = "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        place, kind = before.split(" ")[4:5], after.split(" ")[0]
        if not place:
            continue
        folder = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place[0]))
        if path.is_relative_to(folder) and len(folder.parts) >= depth:
            found, depth = kind, len(folder.parts)
    return found


#: error of the disk → its reason in a message
_DISK = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.ENOSPC: "磁盘已满，请清理后重试",
    errno.EDQUOT: "磁盘配额已满，请清理后重试",
    errno.EISDIR: "是一个文件夹",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "路径中有一段不是文件夹",
    errno.ENOENT: "这个位置不能新建文件",
    errno.ENAMETOOLONG: "路径太长",
}
_BUSY = "台账 {name} 正被另一次运行使用，请等它结束后再试"
_UNFIT_PLACE = (
    "台账 {name} 所在的磁盘不支持多人同时使用（如网络共享盘），"
    "请把台账放在本机磁盘，需要共享时用 loubao backup 存一份副本"
)
#: error of SQLite (sqlite.org/rescode.html) by a pattern of its name without SQLITE_, the
#: particular before the general → the fault that it is
_FAULTS: tuple[tuple[str, type[Fault], str], ...] = (
    ("BUSY|LOCKED", Busy, _BUSY),
    ("FULL", Usage, "台账 {name} 写不进去：磁盘已满，请清理后重试"),
    ("IOERR_(SHM|LOCK)|PROTOCOL|NOLFS", Usage, _UNFIT_PLACE),
    (
        "IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE)",
        Usage,
        "台账 {name} 写不进去，请检查磁盘后重试；台账没有改动",
    ),
    (
        "READONLY|CANTOPEN|PERM|AUTH|IOERR_ACCESS",
        Usage,
        "台账 {name} 打不开或写不进去，请检查权限",
    ),
    ("NOTADB", Usage, "{name} 不是台账，或密钥不对"),
    ("CORRUPT|IOERR", UntrustedInput, "台账 {name} 已损坏，请用 loubao backup 留下的副本"),
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
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK:
            raise
        raise Usage(f"{message.format(name=path.name)}：{_DISK[error.errno]}") from None


def fault_of(code: str, name: str) -> Fault | None:
    """Return the fault for an error code of SQLite; None where the error is a defect.

    >>> fault_of("SQLITE_BUSY_SNAPSHOT", "loubao.db").exit_code
    4
    """
    for pattern, fault, message in _FAULTS:
        if re.match(f"SQLITE_({pattern})", code):
            return fault(message.format(name=name))
    return None


#: "loub": marks a ledger among SQLite files (PRAGMA application_id).
APPLICATION = 0x6C6F7562
_HEADER = b"SQLite format 3\x00"
_WAIT_MS = 10_000  # for a reader, while a writer migrates or a checkpoint runs
#: The oldest version of the tables that readers can do with: what came later is for writers only.
_READABLE = 1
_ALTERED = "台账 {name} 的表或保护措施被改动过，请用 loubao backup 留下的副本"
#: mode of the files of a ledger: for their owner alone
PRIVATE = 0o600

#: sqlite3.Connection, or that of sqlcipher3, which has the same methods.
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
        raise Usage(_UNFIT_PLACE.format(name=path.name))
    with opening(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with (
        locked(path, lock_of(path), _BUSY),
        refusals(path),
        closing(connect(path, key, create=True)) as connection,
    ):
        yield connection


@contextmanager
def reading(path: Path, key: str | None = None) -> Iterator[Connection]:
    """Give a connection for reading: one snapshot, taken without waiting for a writer.

    Raises `Usage` where there is no ledger or it is not one, `UntrustedInput` where it is damaged.
    """
    path = path.resolve()
    with opening(path):
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            raise Usage(f"没有台账 {path.name}；请先运行 loubao match 并用 --ledger 指明台账文件")
    with refusals(path), closing(connect(path, key, create=False)) as connection:
        connection.execute("BEGIN")
        yield connection


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Write everything in the block, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a disk that is full has ended it already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def locked(ledger: Path, file: Path, busy: str) -> Iterator[None]:
    """Hold the lock `file` beside a ledger.

    Raises `Busy` with the message `busy` where another run holds it.
    """
    lock = FileLock(file, timeout=0, mode=PRIVATE)
    with opening(ledger):
        try:
            lock.acquire()
        except Timeout:
            raise Busy(busy.format(name=ledger.name)) from None
    try:
        yield
    finally:
        lock.release()


def lock_of(path: Path) -> Path:
    """Return the lock file of a ledger, held while it is written; it stays there, empty."""
    return path.with_name(f".{path.name}.lock")


def connect(path: Path, key: str | None, create: bool) -> Connection:
    """Return a connection to the ledger, migrated with `create`; the caller closes it.

    Raises what `writing` and `reading` do, and the errors of SQLite as they stand (`refusals`).
    """
    with opening(path):
        if create and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE))
        elif path.stat().st_size:
            _refuse_other(path, key)
        if create:
            if not os.access(path, os.W_OK):  # refused now, not when the work is done
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
    """Return a connection to any SQLite file, its key set; nothing is read yet.

    `how`: parameters of a URI file name (sqlite.org/uri.html).
    """
    driver: Any = sqlite3
    if key is not None:
        try:
            import sqlcipher3.dbapi2
        except ImportError:
            raise Usage("台账加密要先安装：pip install 'loubao[cipher]'") from None
        driver = sqlcipher3.dbapi2
    connection = driver.connect(
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
            path.chmod(PRIVATE)


def _begin(connection: Connection, path: Path, create: bool) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION and (tables or not create):
        raise Usage(f"{path.name} 不是 loubao 的台账，请用 --ledger 指明台账文件")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    scripts = migrations()
    if version > len(scripts):
        raise Usage(f"台账 {path.name} 由更新版本的 loubao 写成，请升级 loubao 后再用")
    if is_altered(connection):
        raise UntrustedInput(_ALTERED.format(name=path.name))
    if create:
        (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if journal != "wal":
            raise Usage(_UNFIT_PLACE.format(name=path.name))
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, scripts)
    elif version < _READABLE:
        raise Usage(f"台账 {path.name} 是旧版本的，请先运行一次 loubao match 或 loubao collect")


def _migrate(connection: Connection, scripts: list[str]) -> None:
    """Bring the tables up to date, all steps or none.

    A step may drop a table and create it again (sqlite.org/lang_altertable.html), so foreign keys
    are checked after the last step.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= len(scripts):
        return
    connection.execute("PRAGMA foreign_keys = OFF")
    with transaction(connection):
        for script in scripts[version:]:
            for statement in statements(script):
                connection.execute(statement)
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise AssertionError("a migration leaves rows that point to nothing")
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("PRAGMA foreign_keys = ON")


def is_altered(connection: Connection) -> bool:
    """Return whether the tables and triggers are other ones than those of the ledger's version."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return bool(differences(connection, tuple(migrations()[:version])))
