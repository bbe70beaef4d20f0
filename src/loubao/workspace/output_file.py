"""Files written into a place that `--out` names: under its lock, as a whole, on the disk.

Each file is written and synced beside its place; then comes what must come before it is seen (the
posting to the ledger), then its name. What could keep it from its place is looked for before.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from loubao.core.disk import (
    PRIVATE,
    is_mounted,
    make_folder,
    reason,
    refusals,
    remove_empty,
    sync_all,
)
from loubao.core.faults import Busy
from loubao.core.interruption import no_way_back, unbroken

#: Fills the empty file that it is given.
Writer = Callable[[Path], object]
#: renameat2(2): change the places of two paths in one step (Linux ≥ 3.15).
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_ELSEWHERE = "，请换一个文件夹"
_NOT_IN_PLACE = "台账已登记，但 {name} 没有放好（{why}）；请处理后再运行一次同样的命令"


@contextmanager
def refusing(target: Path) -> Iterator[None]:
    """Turn a refusal of the disk into `Usage` that names what `--out` names."""
    with refusals(f"无法写入 {target}", _ELSEWHERE):
        yield


@contextmanager
def held(target: Path, inside: bool = True) -> Iterator[None]:
    """Hold the lock of what `--out` names, a folder or a file; those above it are made.

    The lock lies beside it; `inside` it where nothing can be written beside. Raises `Busy`.
    """
    target = target.absolute()
    made = make_folder(target.parent)
    try:
        lock = _acquired(target.parent / f".{target.name}.lock", target)
    except OSError as error:
        beside = error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS)
        if beside or made or not inside or not target.is_dir():
            raise
        lock = _acquired(target / ".lock", target)
    try:
        yield
    except BaseException:
        with unbroken(), suppress(OSError):
            if made:
                Path(lock.lock_file).unlink()
                remove_empty(made)
        raise
    finally:
        with suppress(OSError):
            lock.release()


def _acquired(file: Path, target: Path) -> FileLock:
    lock = FileLock(file, timeout=0, mode=PRIVATE)
    try:
        lock.acquire()
    except Timeout:
        kind = "文件" if target.is_file() else "文件夹"
        raise Busy(f"输出{kind} {target.name} 正被另一次运行使用，请等它结束后再试") from None
    return lock


def write_files(
    place: Path, files: Mapping[Path, Writer], then: Callable[[], object] | None = None
) -> list[str]:
    """Write files below `place`, do `then`, and put them in their places; return hints.

    Raises `Usage`, `Busy` and what `then` raises; then everything is as it was. Once `then` is
    done there is no way back: what goes wrong later is a hint. Only their owner reads the files.
    """
    drafts = {target: target.with_name(f".{target.name}.partial") for target in files}
    made: list[Path] = []
    with refusing(place), held(place):
        try:
            for target, draft in drafts.items():
                made += make_folder(target.parent)
                _refuse_unplaceable(target)
                draft.touch(PRIVATE)
                draft.chmod(PRIVATE)  # what a killed run left may have another mode
                files[target](draft)
                _refuse_unmovable(draft)
            folders = {target.parent for target in drafts}
            sync_all(drafts.values())
            sync_all(folders)
            with no_way_back():
                if then is not None:
                    then()
                try:
                    _place(drafts)
                    sync_all(folders)
                except OSError as error:
                    if then is None:
                        raise
                    why = reason(error) or type(error).__name__
                    return [_NOT_IN_PLACE.format(name=place, why=why)]
        finally:
            with unbroken():
                for draft in drafts.values():
                    for leftover in (draft, _moved(draft)):
                        with suppress(OSError):
                            leftover.unlink(missing_ok=True)
                remove_empty(made)
    return []


def write_file(target: Path, write: Writer, place: Path | None = None) -> Path:
    """Write one file as `write_files` does, in a folder `place` or by itself; return `target`."""
    write_files(place or target, {target: write})
    return target


def _place(drafts: Mapping[Path, Path]) -> None:
    """Put all drafts in their places, or none where the system can change the places of two."""
    done: list[tuple[Path, Path, bool]] = []
    try:
        for target, draft in drafts.items():
            swapped = target.exists() and exchange(draft, target)
            if not swapped:
                draft.replace(target)
            done.append((target, draft, swapped))
    except OSError:
        for target, draft, swapped in reversed(done):
            with suppress(OSError):
                if swapped:
                    exchange(draft, target)
        raise


def _refuse_unplaceable(target: Path) -> None:
    """Raise the `OSError` that putting a file at `target` would end with."""
    if target.is_dir():
        raise OSError(errno.EISDIR, "a folder", str(target))
    if not target.exists():
        return
    if is_mounted(target):
        raise OSError(errno.EBUSY, "mounted", str(target))
    folder = target.parent.stat()
    owners = {0, folder.st_uid, target.lstat().st_uid}
    if folder.st_mode & stat.S_ISVTX and os.name == "posix" and os.geteuid() not in owners:
        raise OSError(errno.EPERM, "sticky folder", str(target))
    try:
        os.close(os.open(target, os.O_RDWR))
    except PermissionError as error:
        # Windows: a program has it open; elsewhere EPERM: it may not be changed at all
        if os.name != "posix" or error.errno == errno.EPERM:
            raise


def _refuse_unmovable(draft: Path) -> None:
    """Raise the `OSError` of a folder in which names may be made and not changed."""
    with unbroken():
        draft.rename(_moved(draft))
        _moved(draft).rename(draft)


def _moved(draft: Path) -> Path:
    return draft.with_name(f"{draft.name}~")


def exchange(one: Path, other: Path) -> bool:
    """Change the places of two files or folders in one step, where the system can."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done = renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    return bool(done == 0)
