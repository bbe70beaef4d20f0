"""Whether an archive is what it was when it was bound, and whether the ledger still says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from loubao.events import Event
from loubao.faults import UntrustedInput, Usage
from loubao.ledger import history
from loubao.ledger.history import PastPosting
from loubao.pipeline.archive_ledger import told_otherwise
from loubao.pipeline.archive_tables import EVENTS, POSTINGS, events_in, postings_in
from loubao.pipeline.archiving import MANIFEST
from loubao.workspace import sha256

#: differences that a message names; the others are counted
_NAMED = 20
#: what programs leave in a folder that somebody looked at
_LEFT_BEHIND = frozenset({"Thumbs.db", "desktop.ini", ".DS_Store"})
_OPEN = ("~$", ".~")


def verify(folder: Path, ledger: Path | None, key: str | None) -> dict[str, Any]:
    """Return what an archive holds, every file with its digest, nothing added, its chain unbroken.

    With a `ledger` the archive must say what that says. Raises `UntrustedInput` that names what
    differs, `Usage` where `folder` is no archive.
    """
    manifest = _manifest(folder)
    found = list(_changed_files(folder, manifest["files"]))
    if not {EVENTS, POSTINGS} & {name for name, _ in found}:
        found += _posted_otherwise(folder, manifest, ledger, key)
    if found:
        lines = [f"{name} {what}" if name else what for name, what in found]
        if len(lines) > _NAMED:
            lines = [*lines[:_NAMED], f"另有 {len(lines) - _NAMED} 处"]
        raise UntrustedInput("\n".join([f"{folder.name} 与归档时不同，共 {len(found)} 处", *lines]))
    told = {name: manifest[name] for name in ("loubao", "archived", "months", "counts", "chain")}
    return {
        **told,
        "archive": str(folder),
        "files": len(manifest["files"]),
        "ledger": str(ledger) if ledger else None,
        "seal": sha256(folder / MANIFEST),
    }


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError:
        raise Usage(f"{folder.name} 不是归档文件夹：里面没有 {MANIFEST}") from None
    try:
        manifest = json.loads(content)
        names = [*manifest["files"], *manifest["months"], manifest["chain"], manifest["archived"]]
        manifest["loubao"], manifest["counts"]
        manifest["files"][EVENTS], manifest["files"][POSTINGS]
    except (ValueError, KeyError, TypeError):
        names = [None]
    if not all(isinstance(name, str) for name in names):
        raise UntrustedInput(f"{folder.name}/{MANIFEST} 已损坏，归档无法核对")
    return dict(manifest)


def _changed_files(folder: Path, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, digest in files.items():
        path = folder / name
        try:
            if sha256(path) != digest:
                yield name, "内容已改动"
        except OSError:
            yield name, "缺失"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        aside = path.name in _LEFT_BEHIND or path.name.startswith(_OPEN)
        if not path.is_dir() and name not in files and name != MANIFEST and not aside:
            yield name, "是归档后加入的"


def _posted_otherwise(
    folder: Path, manifest: Mapping[str, Any], ledger: Path | None, key: str | None
) -> list[tuple[str, str]]:
    months = set(manifest["months"])
    try:
        postings = postings_in(folder / POSTINGS)
        found = list(_broken_chain(postings, folder / EVENTS, months))
    except (ValueError, KeyError, TypeError):  # written by another program, digests and all
        return [(EVENTS, "读不懂，校验链无法核对")]
    if ledger is not None:
        found += told_otherwise(folder, manifest["files"], postings, months, ledger, key)
    return found


def _broken_chain(
    postings: list[PastPosting], events: Path, months: set[str]
) -> Iterator[tuple[str, str]]:
    """Where the events of the archived months do not come to the chain of their postings."""
    groups = groupby(events_in(events), key=lambda event: event.posting_id)
    group = next(groups, None)
    previous = ""
    for posting in postings:
        if posting.month in months:
            told: list[Event] = []
            if group and group[0] == posting.posting_id:
                told = list(group[1])
                group = next(groups, None)
            if history.chain_after(previous, posting, told) != posting.chain:
                yield EVENTS, f"与第{posting.posting_id}次登记的校验链不符"
        previous = posting.chain
    if group:
        yield EVENTS, "里有不属于这些月份的事件"
