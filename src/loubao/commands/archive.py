"""`archive`: what inspection asks for, bound together in a folder, and whether it still is that.

The seal of an archive is the digest of its manifest. It is kept in the ledger and copied out by the
clerk, so that whoever rewrites the archive as a whole is found out by either.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.books.archive_index import ARCHIVED, POSTED, archive_index
from loubao.core.faults import Fault, UntrustedInput, Usage
from loubao.core.masking import Discretion
from loubao.layout.paper import Printing
from loubao.ledger import postings as history
from loubao.ledger.chain import PastPosting, has_parts
from loubao.ledger.connection import reading
from loubao.ledger.integrity import audit
from loubao.ledger.postings import PastDocument
from loubao.ledger.seals import Seal, keep_seal, seals
from loubao.ledger.sqlite_file import Connection
from loubao.rules.folder import load_rules
from loubao.rules.sheets import load_printed
from loubao.rules.wording import Wording
from loubao.workbook.writing import workbook_bytes
from loubao.workspace.archive_comparison import Difference, differences, is_unreadable, other_ledger
from loubao.workspace.archive_folder import (
    EVENT_COLUMNS,
    EVENTS,
    MANIFEST,
    POSTING_COLUMNS,
    POSTINGS,
    SIGNATURE,
    changed_files,
    event_row,
    is_signed_by,
    paths_of,
    posting_row,
    read_manifest,
    sign,
    write_manifest,
    write_table,
)
from loubao.workspace.output_folder import Draft, output_folder, sha256

#: differences that a message names; the others are counted
_NAMED = 20
_OLD = "台账 {name} 是旧版本的，请先运行一次 loubao match 或 loubao collect"
_NOT_KEPT = (
    "的封存号在台账 {name} 里没有：归档后被改动过，或这本台账是归档以前的副本；"
    "移交单上抄有封存号的，用 --seal 核对"
)


@dataclass(frozen=True)
class Span:
    """Months (`YYYY-MM`) from `first` to `last`, both included; None is open.

    >>> months = ("2022-05", "2022-06", "2022-07")
    >>> [month for month in months if Span("2022-06", "2022-07").holds(month)]
    ['2022-06', '2022-07']
    >>> [month for month in months if Span(last="2022-05").holds(month)]
    ['2022-05']
    """

    first: str | None = None
    last: str | None = None

    def holds(self, month: str) -> bool:
        """Return whether a month is one of them."""
        return (self.first or month) <= month <= (self.last or month)


def archive(
    target: Path,
    ledger: Path,
    key: str | None,
    rules: Path,
    span: Span = Span(),
    signing: Path | None = None,
) -> dict[str, Any]:
    """Write the folder `target` from a ledger, whole or not at all, and return what it holds.

    The ledger keeps the seal; `signing` is the private SSH key of the office, if it has one. The
    inputs are copied from where they were read, if they are still there and the same; what is
    missing is listed. Raises `Usage` where `target` has anything in it (an archive is never written
    over) or there is nothing to archive, `UntrustedInput` where the ledger is not whole.
    """
    words = load_printed(rules, "archive")
    fonts = load_printed(rules, "sheets").fonts
    if target.is_dir() and any(target.iterdir()):
        raise Usage(f"{target.name} 里已有文件，归档不覆盖任何文件；请换一个新文件夹")
    now = datetime.now().astimezone()
    with reading(ledger, key) as connection:
        _refuse_unfit(ledger, connection)
        postings = history.postings(connection)
        chosen = [posting for posting in postings if span.holds(posting.month)]
        if not chosen:
            raise Usage("台账里没有这些月份的记录；请先运行 loubao match，或改写 --from、--to")
        months = sorted({posting.month for posting in chosen})
        period = "至".join(dict.fromkeys((months[0], months[-1])))
        with output_folder(target) as draft:
            write_table(draft.path(POSTINGS), POSTING_COLUMNS, map(posting_row, postings))
            printing = Printing(fonts, now.date(), period)
            index, counts = _write_files(draft, connection, chosen, words, printing)
            archived = now.isoformat(timespec="seconds")
            facts = {
                "loubao": __version__,
                "archived": archived,
                "months": months,
                "counts": counts,
                "chain": postings[-1].chain,
                "signed": signing is not None,
            }
            seal = Seal(write_manifest(draft.folder, facts), archived, tuple(months))
            if signing is not None:
                sign(draft.folder, signing)
            draft.finish = lambda: keep_seal(connection, seal)
    made = {"archive": str(target), "index": index, "seal": seal.seal}
    return {**facts, **made, "hints": draft.hints}


def _refuse_unfit(ledger: Path, connection: Connection) -> None:
    """Raise where a ledger is not whole, or cannot keep the seal."""
    if not has_parts(connection):
        raise Usage(_OLD.format(name=ledger.name))
    if not all(os.access(each, os.W_OK) for each in (ledger, ledger.absolute().parent)):
        raise Usage(f"台账 {ledger.name} 只能读，封存号记不进去；请放到能写的磁盘上再归档")
    wrong = audit(connection)
    if wrong:
        raise UntrustedInput(
            f"台账 {ledger.name} 不完整：{'；'.join(wrong)}。"
            "没有归档，请用 loubao backup 留下的副本"
        )


def _write_files(
    draft: Draft,
    connection: Connection,
    postings: Sequence[PastPosting],
    words: Wording,
    printing: Printing,
) -> tuple[str, dict[str, int]]:
    """Write the files behind some postings, their events, the index; return its path and counts."""
    files = list(_write_documents(draft, connection, postings, words))
    events = _write_events(draft, connection, postings)
    files += [_table_row(draft, name) for name in (EVENTS, POSTINGS)]
    posted = [{**asdict(each), "events": events[each.posting_id]} for each in postings]
    index = archive_index(
        pl.DataFrame(files, schema=ARCHIVED, orient="row"),
        pl.DataFrame(posted, schema=POSTED),
        words,
        printing,
    )
    draft.path(index.path).write_bytes(workbook_bytes(index))
    states = Counter(row["state"] for row in files)
    return index.path, {
        "postings": len(postings),
        "events": sum(events.values()),
        **{state: states[state] for state in ("kept", "missing", "changed")},
    }


def _write_documents(
    draft: Draft, connection: Connection, postings: Iterable[PastPosting], words: Wording
) -> Iterator[dict[str, Any]]:
    """Write the files behind some postings; give the ARCHIVED rows of all that should be there."""
    months = {posting.posting_id: posting.month for posting in postings}
    found = [each for each in history.documents(connection) if each.posting_id in months]
    for document, path in paths_of(found, months, words):
        content, state = _content(connection, document)
        if content is not None:
            draft.path(path).write_bytes(content)
        yield {
            "role": document.role,
            "month": months[document.posting_id],
            "name": document.name,
            "file": path if content is not None else "",
            "state": state,
            "bytes": document.size,
            "sha256": document.sha256,
            "posting_id": document.posting_id,
            "place": document.place,
        }


def _content(connection: Connection, document: PastDocument) -> tuple[bytes | None, str]:
    """The content of a file as it was used, from the ledger or from where it was read."""
    if document.kept:
        content = history.content_of(connection, document.sha256)
    else:
        try:
            content = Path(document.place or "").read_bytes()
        except (OSError, ValueError):
            return None, "missing"
    if hashlib.sha256(content).hexdigest() != document.sha256:
        return None, "changed"
    return content, "kept"


def _write_events(
    draft: Draft, connection: Connection, postings: Iterable[PastPosting]
) -> Counter[int]:
    """Write events.csv; return how many events each posting has."""
    numbers = history.case_numbers(connection)
    counted: Counter[int] = Counter()

    def rows() -> Iterator[tuple[object, ...]]:
        for posting in postings:
            for event in history.events_in(connection, posting.posting_id):
                counted[posting.posting_id] += 1
                yield event_row(event, numbers)

    write_table(draft.path(EVENTS), EVENT_COLUMNS, rows())
    return counted


def _table_row(draft: Draft, name: str) -> dict[str, Any]:
    """The ARCHIVED row of a table of the archive."""
    path = draft.path(name)
    return {
        **dict.fromkeys(ARCHIVED),
        "role": name.removesuffix(".csv"),
        "name": name,
        "file": name,
        "state": "kept",
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
    }


@dataclass(frozen=True)
class Proof:
    """What an archive is held against: a ledger, a seal that was copied out, the office's key."""

    ledger: Path | None = None
    key: str | None = None
    seal: str | None = None
    signer: Path | None = None
    rules: Path | None = None


def verify(folder: Path, proof: Proof) -> dict[str, Any]:
    """Return what an archive holds: every file with its digest, nothing added, its chain unbroken.

    With a ledger the archive must say what that says, and the ledger must have its seal, unless the
    seal is given. Raises `UntrustedInput` that names what differs, with what looks like a person in
    it starred, `Usage` where `folder` is no archive.
    """
    manifest = read_manifest(folder)
    seal = sha256(folder / MANIFEST)
    found = [*changed_files(folder, manifest)]
    readable = not {EVENTS, POSTINGS} & {name for name, _ in found}
    found += differences(folder, manifest) if readable else []
    found += _other_seal(seal, proof)
    if proof.ledger is not None:
        with reading(proof.ledger, proof.key) as connection:
            if readable and not is_unreadable(found):
                found += other_ledger(connection, proof.ledger.name, folder, manifest)
            if proof.seal is None and seal not in {each.seal for each in seals(connection)}:
                found.append((MANIFEST, _NOT_KEPT.format(name=proof.ledger.name)))
    if proof.signer is not None:
        found += _other_signer(folder, manifest, proof.signer)
    if found:
        shown = _discretion(proof.rules).text
        lines = [f"{shown(name)} {what}" if name else what for name, what in found]
        if len(lines) > _NAMED:
            lines = [*lines[:_NAMED], f"另有 {len(lines) - _NAMED} 处"]
        title = f"{shown(folder.name)} 与归档时不同，共 {len(found)} 处"
        raise UntrustedInput("\n".join([title, *lines]))
    facts = {name: manifest[name] for name in ("loubao", "archived", "months", "counts", "chain")}
    return {
        **facts,
        "archive": str(folder),
        "files": len(manifest["files"]),
        "ledger": str(proof.ledger) if proof.ledger else None,
        "seal": seal,
        "sealed": "given" if proof.seal else "ledger" if proof.ledger else None,
        "signed": bool(manifest.get("signed")),
        "signer": proof.signer.name if proof.signer else None,
    }


def _discretion(rules: Path | None) -> Discretion:
    """What may be shown by the words of a rules folder; without one that holds, by none."""
    try:
        return load_rules(rules).discretion if rules else Discretion(frozenset())
    except Fault:
        return Discretion(frozenset())


def _other_seal(seal: str, proof: Proof) -> Iterator[Difference]:
    """Say so where the seal is not the one that was copied out."""
    if proof.seal is not None and "".join(proof.seal.split()).lower() != seal:
        yield MANIFEST, "的封存号与给出的不同"


def _other_signer(folder: Path, manifest: Mapping[str, Any], signer: Path) -> Iterator[Difference]:
    """Say so where the manifest is not signed by the office."""
    if not manifest.get("signed"):
        yield MANIFEST, "归档时没有签名"
    elif not is_signed_by(folder, signer):
        yield SIGNATURE, f"不是 {signer.name} 签的，或签名后归档被改动过"


def kept_seals(ledger: Path, key: str | None) -> dict[str, Any]:
    """Return the seals of the archives that were written from a ledger, the newest one last."""
    with reading(ledger, key) as connection:
        return {"ledger": str(ledger), "seals": [asdict(each) for each in seals(connection)]}
