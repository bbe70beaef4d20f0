"""The output folder: under a lock, written whole or not at all, private to its owner.

A run writes into a hidden folder beside the target and changes places with it at the end, so that
whoever looks sees either the earlier output or the new one. The order keeps that true when the
power goes: the files are synced, then the folders; then the ledger is posted; then the places are
changed, and that is synced before anything of the earlier output goes. What a person put or changed
in the earlier output is never thrown away: then that folder is kept beside the new one.

Also which earlier output is meant, and what its run.json holds.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from loubao.core.disk import PRIVATE, PRIVATE_FOLDER, is_mounted, reason, sync, sync_tree
from loubao.core.faults import Usage
from loubao.core.interruption import no_way_back, unbroken
from loubao.workspace.output_file import exchange, held, refusing

MANIFEST = "run.json"
_NOT_IN_PLACE = (
    "台账已登记，但输出没有放进 {name}（{why}）；请处理后再运行一次同样的命令。"
    "这次的输出暂在 {draft}"
)


@dataclass
class Draft:
    """The folder being written; `kept` is where changed earlier output went, if any."""

    folder: Path
    kept: Path | None = None
    #: done when all is written, just before the draft takes its place; a fault there stops it,
    #: and after it there is no way back
    finish: Callable[[], object] | None = None
    #: what went wrong after that
    hints: list[str] = field(default_factory=list)

    def path(self, relative: str) -> Path:
        """Return the path for a file of the output, its folder made."""
        target = self.folder / relative
        target.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        return target

    def account(self) -> dict[str, Any]:
        """Return what a report says of it when it is in its place."""
        return {"kept": str(self.kept) if self.kept else None, "hints": self.hints}


@contextmanager
def output_folder(target: Path, carried: str | None = None) -> Iterator[Draft]:
    """Give a draft folder that takes the place of `target` when the block ends without fault.

    A file `carried` of the earlier output, which grows by itself, goes over into the draft.
    Raises `Busy` when another run holds the folder and `Usage` when it cannot be written or is not
    loubao's. After any fault `target` is what it was before.
    """
    given, target = target, target.absolute()
    refuse_other(target)
    with refusing(given), held(target, inside=False):
        draft = Draft(_beside(target, "partial"), kept=_recover(target))
        in_place = False
        try:
            draft.folder.mkdir(mode=PRIVATE_FOLDER)
            if carried is not None and (target / carried).is_file():
                shutil.copyfile(target / carried, draft.folder / carried)
            yield draft
            for path in draft.folder.rglob("*"):
                path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE)
            sync_tree(draft.folder)
            keep = _to_be_kept(target, carried)
            _refuse_unmovable(draft.folder, target)
            with no_way_back():
                if draft.finish is not None:
                    draft.finish()
                    in_place = True  # whatever happens now, the draft is what the ledger says
                _put_in_place(draft, target, keep)
                in_place = True
        finally:
            if not in_place:
                with unbroken():
                    for leftover in (draft.folder, _beside(target, "moved")):
                        shutil.rmtree(leftover, ignore_errors=True)


def _beside(target: Path, kind: str) -> Path:
    return target.parent / f".{target.name}.{kind}"


def refuse_other(target: Path) -> None:
    """Raise `Usage` for a folder that holds something else than an earlier output."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise Usage(f"--out {target.name} 不是文件夹，请换一个")
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise Usage(f"--out {target.name} 里有别的文件，不像是 loubao 的输出，请换一个空文件夹")


def _recover(target: Path) -> Path | None:
    """Clear what a killed run left; its earlier output is put back if it was out of place.

    A leftover may be an earlier output that somebody changed: then return where it was kept. A
    draft without a whole manifest was never an output.
    """
    old = _beside(target, "old")
    if old.exists() and not target.exists():
        old.rename(target)
    kept = None
    for leftover in (old, _beside(target, "partial"), _beside(target, "moved")):
        if leftover.exists() and not _removed(leftover):
            kept = leftover.rename(_aside(target))
    return kept


def _removed(leftover: Path) -> bool:
    """Remove a leftover, unless somebody changed it or it cannot be removed."""
    if _written(leftover) is not None and _touched(leftover):
        return False
    shutil.rmtree(leftover, ignore_errors=True)
    return not leftover.exists()


def _aside(target: Path) -> Path:
    """Return a name beside `target` that nothing has yet, with the time in it."""
    stem = f"{target.name}.{datetime.now():%Y%m%d-%H%M%S}"
    names = (target.with_name(stem + (f"-{i}" if i > 1 else "")) for i in count(1))
    return next(name for name in names if not name.exists())


def _to_be_kept(target: Path, carried: str | None) -> bool:
    """Whether the earlier output must be kept: somebody changed it, or it cannot be removed."""
    if not target.is_dir() or not any(target.iterdir()):
        return False
    folders = (target, *(path for path in target.rglob("*") if path.is_dir()))
    return _touched(target, carried) or not all(
        os.access(each, os.W_OK | os.X_OK) for each in folders
    )


def _put_in_place(draft: Draft, target: Path, keep: bool) -> None:
    """Change the places of the draft and the earlier output, and put that aside.

    After `finish` what goes wrong is a hint, and the next run clears what is left; without one it
    is raised, and the earlier output is where it was.
    """
    try:
        earlier = _swap(draft.folder, target)
    except OSError as error:
        if draft.finish is None:
            raise
        why = reason(error) or type(error).__name__
        draft.hints.append(_NOT_IN_PLACE.format(name=target.name, why=why, draft=draft.folder.name))
        return
    with suppress(OSError):  # it is cleared, or kept, by the next run
        if earlier is not None and keep:
            draft.kept = earlier.rename(_aside(target))
        elif earlier is not None:
            shutil.rmtree(earlier, ignore_errors=True)


def _swap(draft: Path, target: Path) -> Path | None:
    """Put `draft` in the place of `target`, on the disk; return where the earlier output is now."""
    if not target.exists():
        draft.rename(target)
        sync(target.parent)
        return None
    if exchange(draft, target):
        try:
            sync(target.parent)
        except OSError:
            exchange(draft, target)
            raise
        return draft
    old = _beside(target, "old")
    target.rename(old)  # in two steps; a run killed between them is mended by the next one
    try:
        draft.rename(target)
    except OSError:
        old.rename(target)
        raise
    sync(target.parent)
    return old


def _refuse_unmovable(draft: Path, target: Path) -> None:
    """Raise the `OSError` or `Usage` that changing places would end with.

    POSIX refuses to put a folder over one that is not empty, after every other reason that it has
    against it (rename(2)): so asking changes nothing.
    """
    aside = _beside(target, "moved")
    with unbroken():
        draft.rename(aside)  # a folder in which names may be made and not changed
        aside.rename(draft)
    if not target.exists():
        return
    if is_mounted(target):
        raise OSError(errno.EBUSY, "mounted", str(target))
    if os.name == "posix":
        try:
            if any(draft.iterdir()):
                target.rename(draft)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        return
    aside = _beside(target, "old")
    try:  # Windows: a program holds a file of it
        target.rename(aside)
        aside.rename(target)
    except PermissionError:
        raise Usage(f"{target.name} 里有文件正打开着，请关闭后重试") from None


def _written(folder: Path) -> dict[str, str] | None:
    """Return the digests of the files of an output as its manifest has them, None without one."""
    outputs = read_manifest(folder).get("outputs")
    return outputs if isinstance(outputs, dict) else None


def _touched(folder: Path, carried: str | None = None) -> bool:
    """Whether anything in an earlier output, but what is `carried` over, was added or changed."""
    written = _written(folder)
    return written is None or any(
        written.get(path.relative_to(folder).as_posix()) != sha256(path)
        for path in folder.rglob("*")
        if path.is_file()
        and path.relative_to(folder).as_posix() not in (MANIFEST, carried)
        and not path.name.startswith((".~", "~$"))
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
