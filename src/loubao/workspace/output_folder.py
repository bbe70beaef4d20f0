"""The output folder: under a lock, written whole or not at all, private to its owner.

A run writes into a hidden folder beside the target and changes places with it at the end, so that
whoever looks sees either the earlier output or the new one. What a person put or changed in the
earlier output is never thrown away: then that folder is kept beside the new one.

Also which earlier output is meant, and what its run.json holds.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from loubao.core.faults import Busy, Usage

MANIFEST = "run.json"
_FILE_MODE, _FOLDER_MODE = 0o600, 0o700
#: renameat2(2): change the places of two paths in one step (Linux ≥ 3.15).
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@dataclass
class Draft:
    """The folder being written; `kept` is where changed earlier output went, if any."""

    folder: Path
    kept: Path | None = None
    #: done when all is written, just before the draft takes its place; a fault there stops it
    finish: Callable[[], None] = lambda: None

    def path(self, relative: str) -> Path:
        """Return the path for a file of the output, its folder made."""
        target = self.folder / relative
        target.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        return target


@contextmanager
def output_folder(target: Path) -> Iterator[Draft]:
    """Give a draft folder that takes the place of `target` when the block ends without fault.

    Raises `Busy` when another run holds the folder and `Usage` when it cannot be written or is not
    loubao's. After any fault `target` is what it was before.
    """
    target = target.absolute()
    _mine(target)
    parent = target.parent
    with _writing(target):
        _make(parent)
        lock = FileLock(parent / f".{target.name}.lock", timeout=0, mode=_FILE_MODE)
        try:
            held = lock.acquire()
        except Timeout:
            raise Busy(f"输出文件夹 {target.name} 正被另一次运行使用，请等它结束后再试") from None
        with held:
            draft = Draft(parent / f".{target.name}.partial", kept=_recover(target))
            draft.folder.mkdir(mode=_FOLDER_MODE)
            try:
                yield draft
                for path in draft.folder.rglob("*"):
                    path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
                _movable(target)
                with _without_a_break():
                    draft.finish()
                    draft.kept = _swap(draft.folder, target) or draft.kept
            finally:
                shutil.rmtree(draft.folder, ignore_errors=True)


def replace_file(target: Path, write: Callable[[Path], object]) -> Path:
    """Write one file beside `target` and put it in its place; only its owner ever reads it.

    `write` fills the empty file that it is given. Raises `Usage`.
    """
    with _writing(target.parent):
        _make(target.parent)
        partial = target.with_name(f".{target.name}.partial")
        try:
            partial.touch(_FILE_MODE)
            partial.chmod(_FILE_MODE)  # what a killed run left may have another mode
            write(partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    return target


def _make(folder: Path) -> None:
    """Make a folder and those above it that are not there, all of them private.

    The mode that `mkdir` takes is not that of the folders above.
    """
    for missing in [each for each in (*reversed(folder.parents), folder) if not each.exists()]:
        missing.mkdir(mode=_FOLDER_MODE, exist_ok=True)


@contextmanager
def _without_a_break() -> Iterator[None]:
    """Ignore Ctrl-C: what takes its place a moment later cannot be called off any more."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Turn an error of the disk that a user can mend into `Usage`; other errors pass."""
    try:
        yield
    except OSError as error:
        reasons = {
            errno.ENOSPC: "磁盘已满，请清理后重试",
            errno.EDQUOT: "磁盘配额已满，请清理后重试",
            errno.EROFS: "磁盘只读，请换一个文件夹",
            errno.EACCES: "没有写入权限，请换一个文件夹",
            errno.EPERM: "没有写入权限，请换一个文件夹",
            errno.ENOTDIR: "路径中有一段不是文件夹，请换一个文件夹",
            errno.EEXIST: "路径中有一段不是文件夹，请换一个文件夹",
            errno.ENOENT: "这个位置不能新建文件夹，请换一个文件夹",
            errno.EFBIG: "文件超过系统允许的大小",
            errno.ENAMETOOLONG: "路径太长，请换一个较短的文件夹",
        }
        if error.errno not in reasons:
            raise
        raise Usage(f"无法写入文件夹 {target.name}：{reasons[error.errno]}") from None


def _mine(target: Path) -> None:
    """Refuse a folder that holds something else than an earlier output."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise Usage(f"--out {target.name} 不是文件夹，请换一个")
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise Usage(f"--out {target.name} 里有别的文件，不像是 loubao 的输出，请换一个空文件夹")


def _recover(target: Path) -> Path | None:
    """Clear what a killed run left; its earlier output is put back if it was out of place.

    A leftover may be an earlier output that somebody changed: then return where it was kept. A
    draft without a whole manifest was never an output.
    """
    old = target.parent / f".{target.name}.old"
    if old.exists() and not target.exists():
        old.rename(target)
    kept = None
    for leftover in (old, target.parent / f".{target.name}.partial"):
        if leftover.exists():
            if _written(leftover) is not None and _touched(leftover):
                kept = leftover.rename(_aside(target))
            else:
                shutil.rmtree(leftover)
    return kept


def _aside(target: Path) -> Path:
    """Return a name beside `target` that nothing has yet, with the time in it."""
    stem = f"{target.name}.{datetime.now():%Y%m%d-%H%M%S}"
    names = (target.with_name(stem + (f"-{i}" if i > 1 else "")) for i in count(1))
    return next(name for name in names if not name.exists())


def _swap(draft: Path, target: Path) -> Path | None:
    """Put `draft` in the place of `target`; return where changed earlier output was kept."""
    if not target.exists():
        draft.rename(target)
        return None
    kept = _aside(target) if _touched(target) else None
    old = target.parent / f".{target.name}.old"
    if exchange(draft, target):
        draft.rename(old)
    else:  # two steps; a run killed between them is mended by the next one
        target.rename(old)
        draft.rename(target)
    if kept is None:
        shutil.rmtree(old)
    else:
        old.rename(kept)
    return kept


def _movable(target: Path) -> None:
    """Refuse where the earlier output cannot be moved: a program holds a file of it (Windows)."""
    if sys.platform.startswith("linux") or not target.exists():
        return
    aside = target.parent / f".{target.name}.old"
    try:
        target.rename(aside)
        aside.rename(target)
    except PermissionError:
        raise Usage(f"{target.name} 里有文件正打开着，请关闭后重试") from None


def exchange(one: Path, other: Path) -> bool:
    """Change the places of two folders in one step, where the system can."""
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


def _written(folder: Path) -> dict[str, str] | None:
    """Return the digests of the files of an output as its manifest has them, None without one."""
    outputs = read_manifest(folder).get("outputs")
    return outputs if isinstance(outputs, dict) else None


def _touched(folder: Path) -> bool:
    """Whether anything in an earlier output was added or changed since it was written."""
    written = _written(folder)
    return written is None or any(
        written.get(path.relative_to(folder).as_posix()) != sha256(path)
        for path in folder.rglob("*")
        if path.is_file() and path != folder / MANIFEST and not path.name.startswith((".~", "~$"))
    )


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digests_below(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below `folder` by its path in it, in the order of paths."""
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write_manifest(draft: Draft, manifest: Mapping[str, object]) -> None:
    """Write run.json with the digests of every file of the draft under `outputs`."""
    content = {**manifest, "outputs": digests_below(draft.folder)}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    draft.path(MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what run.json of an output holds; nothing where it is not there or not whole."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def newest_output(holding: str, command: str) -> Path:
    """Return the folder under `./out` written last that has run.json and the file `holding`.

    Raises `Usage`, naming the command to run first, where there is none.
    """
    found = [
        (path.stat().st_mtime_ns, path.parent)
        for path in Path("out").glob(f"*/{MANIFEST}")
        if not path.parent.name.startswith(".") and (path.parent / holding).is_file()
    ]
    if not found:
        raise Usage(f"./out 里没有 {command} 的输出；请先运行 {command}，或用 --out 指明输出文件夹")
    return max(found)[1]
