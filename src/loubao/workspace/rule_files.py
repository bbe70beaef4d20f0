"""The files of a rules folder, read as they are and changed so that they hold at every moment.

What is to be written is first written into a copy of the folder and loaded there. One file then
takes the place of the old one in one step; of several, the whole copy takes the place of the
folder. Whoever is killed in between leaves rules that load.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from loubao.core.disk import refusals, sync, sync_tree
from loubao.core.faults import Busy, RuleFault, Usage
from loubao.core.interruption import unbroken
from loubao.rules.asked import load_asked
from loubao.rules.folder import Rules, load_rules
from loubao.workspace.output_file import exchange

_ENDINGS = frozenset({".yaml", ".csv"})
_ENCODINGS = ("utf-8", "gb18030")  # as the loaders of the rules read them


@contextmanager
def held_rules(folder: Path) -> Iterator[None]:
    """Hold a rules folder for writing; raises `Busy` where another run does, `Usage`."""
    try:
        lock = FileLock(folder.parent / f".{folder.name}.lock", timeout=0, mode=0o600).acquire()
    except Timeout:
        raise Busy(f"规则文件夹 {folder.name} 正被另一次 adapt 使用，请等它结束后再试") from None
    except OSError:
        raise Usage(f"规则文件夹 {folder.name} 旁边不能写文件，请检查权限") from None
    with lock:
        yield


def rule_texts(folder: Path) -> dict[str, str]:
    """Return every rule file by its path in the folder, with the line ends that it has."""
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in _ENDINGS)
    return {path.relative_to(folder).as_posix(): _read(path)[0] for path in files}


def write_rules(folder: Path, changed: Mapping[str, str]) -> Rules:
    """Put the changed files in place and return the rules as they are now.

    Raises `RuleFault` where the rules would not hold, `Usage` where they cannot be written; then
    the folder is what it was.
    """
    staged, old = _beside(folder)
    with refusals(f"规则文件夹 {folder.name} 写不进去", "，请关闭打开的规则文件后重试"):
        try:
            _remove(staged)
            _remove(old)
            shutil.copytree(folder, staged)
            for path, text in changed.items():
                _write(staged / path, text)
            rules = _held(staged, folder)
            if len(changed) > 1:
                sync_tree(staged)
            with unbroken():
                _put(staged, folder, list(changed))
                sync(folder.parent)
        finally:
            with unbroken():
                _remove(staged)
                if folder.exists():
                    _remove(old)
    return rules


def _beside(folder: Path) -> tuple[Path, Path]:
    """The copy that is written, and where the folder waits while the copy takes its place."""
    return folder.parent / f".{folder.name}.partial", folder.parent / f".{folder.name}.old"


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _put(staged: Path, folder: Path, changed: Sequence[str]) -> None:
    """Let one file, or of several the whole copy, take its place."""
    if len(changed) == 1:
        place = folder / changed[0]
        (staged / changed[0]).replace(place)
        sync(place.parent)
    elif not exchange(staged, folder):
        _, old = _beside(folder)
        folder.rename(old)
        try:
            staged.rename(folder)
        except OSError:
            old.rename(folder)
            raise


def recover(folder: Path) -> None:
    """Put a rules folder back that a killed run left out of place."""
    _, old = _beside(folder)
    if old.is_dir() and not folder.exists():
        old.rename(folder)


def _held(staged: Path, folder: Path) -> Rules:
    """Load everything of the rules; raises `RuleFault` with the place as the folder's own."""
    try:
        rules = load_rules(staged)
        _ = rules.returns
        load_asked(staged)
    except RuleFault as fault:
        raise RuleFault(fault.message.replace(staged.name, folder.name)) from None
    return replace(rules, folder=folder)


def _read(path: Path) -> tuple[str, str]:
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise RuleFault(f"规则文件 {path.name} 无法读取，应为 UTF-8 文本")


def _write(path: Path, text: str) -> None:
    """Write a file as it was encoded, through to the disk."""
    encoding = _read(path)[1] if path.exists() else _ENCODINGS[0]
    path.write_bytes(text.encode(encoding))
    sync(path)
