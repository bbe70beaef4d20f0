"""The connection to the ledger: locked, migrated, private, encrypted with a key.

A ledger lives on a disk of this computer. SQLite's write-ahead log needs memory that all readers
and writers share, so a ledger on a network share is damaged sooner or later (sqlite.org/wal.html,
sqlite.org/useovernet.html). For reading a disk will do that may only be read.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path, PureWindowsPath

from loubao.core import disk
from loubao.core.disk import PRIVATE
from loubao.core.faults import UntrustedInput, Usage
from loubao.core.interruption import unbroken
from loubao.ledger import structure
from loubao.ledger.chain import has_undoing
from loubao.ledger.sqlite_file import (
    APPLICATION,
    BUSY,
    UNFIT_PLACE,
    Connection,
    is_plain,
    lock_of,
    locked,
    opened,
    opening,
    refusals,
    transaction,
)
from loubao.ledger.write_ahead_log import (
    has_log,
    may_write_beside,
    refuse_foreign_log,
    still,
)

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "fuse.davfs", "davfs"}
)
_ALTERED = "台账 {name} 的表或保护措施被改动过，请用 loubao restore 恢复 loubao backup 留下的副本"
#: The oldest version of the tables that readers can do with: what came later is for writers only.
_READABLE = 1


def on_network(path: Path) -> bool:
    """Return whether `path` (absolute, resolved) is on a network share that the system shows."""
    if PureWindowsPath(path).drive.startswith("\\\\"):
        return True
    return kind_of_disk(path, disk.read_mounts()) in _NETWORK


def kind_of_disk(path: Path, mounts: str) -> str:
    r"""Return the kind of the disk that holds `path`, "" where unknown.

    `mounts`: lines of proc(5) mountinfo; the deepest one holds the path, of equal ones the last.

    >>> kind_of_disk(Path("/srv/share/a.db"), "1 0 0:1 / / rw - ext4 x rw\n"
    ...     "2 1 0:2 / /srv/share rw shared:1 - cifs //office/share rw\n")
    'cifs'
    """
    found, depth = "", -1
    for folder, kind in disk.mount_points(mounts):
        if path.is_relative_to(folder) and len(folder.parts) >= depth:
            found, depth = kind, len(folder.parts)
    return found


@contextmanager
def writing(path: Path, key: str | None = None) -> Iterator[Connection]:
    """Give a connection that holds the ledger's lock; the file is made where there is none.

    The caller opens and ends the transaction (`transaction`). A file made here goes again where
    the block ends with an error. Raises `Busy` when another run holds the ledger, `Usage` where it
    cannot be written or is not a ledger, `UntrustedInput` where it is damaged.
    """
    path = path.resolve()  # a ledger called by two names has one lock
    if on_network(path):
        raise Usage(UNFIT_PLACE.format(name=path.name))
    with ExitStack() as held:
        with opening(path):
            disk.make_folder(path.parent)
            held.enter_context(locked(path, lock_of(path), BUSY))
        held.enter_context(refusals(path))
        held.enter_context(_gone_if_new(path, key))
        with opening(path):
            refuse_foreign_log(path, key)
        with closing(connect(path, key, create=True)) as connection:
            yield connection


@contextmanager
def _gone_if_new(path: Path, key: str | None) -> Iterator[None]:
    """Remove a ledger that was not there before and holds nothing, when the block fails."""
    new = not path.exists()
    try:
        yield
    except BaseException:
        with unbroken(), suppress(Exception):
            if new and not _has_postings(path, key):
                for end in ("", "-wal", "-shm", "-journal"):
                    path.with_name(path.name + end).unlink(missing_ok=True)
        raise


def _has_postings(path: Path, key: str | None) -> bool:
    with closing(opened(path, key, "mode=ro")) as made:
        return made.execute("SELECT 1 FROM posting").fetchone() is not None


@contextmanager
def reading(path: Path, key: str | None = None) -> Iterator[Connection]:
    """Give a connection for reading: one snapshot, taken without waiting for a writer.

    Raises `Usage` where there is no ledger or it is not one, `UntrustedInput` where it is damaged.
    """
    path = path.resolve()
    with opening(path):
        nothing = not path.exists() or (path.is_file() and not path.stat().st_size)
        if nothing and not has_log(path):
            raise Usage(f"没有台账 {path.name}；请先运行 loubao match 并用 --ledger 指明台账文件")
    with refusals(path), _readable(path) as (file, how):
        with opening(path):
            refuse_foreign_log(file, key)
        with closing(connect(file, key, create=False, how=how)) as connection:
            connection.execute("BEGIN")
            yield connection


@contextmanager
def _readable(path: Path) -> Iterator[tuple[Path, str]]:
    """Give the file to read in the place of a ledger, and how."""
    if may_write_beside(path):
        yield path, "mode=rw"
        return
    with still(path) as found:
        yield found


def connect(path: Path, key: str | None, create: bool, how: str = "mode=rw") -> Connection:
    """Return a connection to the ledger, migrated with `create`; the caller closes it.

    Raises what `writing` and `reading` do, and the errors of SQLite as they stand (`refusals`).
    """
    with opening(path):
        if create and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE))
            disk.sync(path.parent)
        elif path.stat().st_size:
            _refuse_other(path, key)
        if create:
            if not os.access(path, os.W_OK):  # refused now, not when the work is done
                raise PermissionError(errno.EACCES, path.name)
            _close_to_others(path)
    connection = opened(path, key, how)
    try:
        _begin(connection, path, create)
    except BaseException:
        connection.close()
        raise
    return connection


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
    scripts = structure.migrations()
    if version > len(scripts):
        raise Usage(f"台账 {path.name} 由更新版本的 loubao 写成，请升级 loubao 后再用")
    if structure.is_altered(connection):
        raise UntrustedInput(_ALTERED.format(name=path.name))
    if create:
        (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if journal != "wal":
            raise Usage(UNFIT_PLACE.format(name=path.name))
        _migrate(connection, scripts)
    elif version < _READABLE:
        raise Usage(f"台账 {path.name} 是旧版本的，请先运行一次 loubao match 或 loubao collect")
    if not has_undoing(connection):  # an older one, to be read
        connection.execute("CREATE TEMP VIEW taken_back AS SELECT 0 AS posting_id WHERE 0")


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
            for statement in structure.statements(script):
                connection.execute(statement)
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise AssertionError("a migration leaves rows that point to nothing")
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("PRAGMA foreign_keys = ON")
