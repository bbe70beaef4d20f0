"""The folder of an archive: where each file lies, its two tables, its manifest.

files behind the postings   by kind and month, in folders that rules/archive.yaml names
events.csv                  every event, with its posting and its case number
postings.csv                every posting of the ledger, with the chain that binds its events
the index                   a workbook: what is there and where from, what is missing
manifest.json               the SHA-256 of every file; its own is the seal
manifest.json.sig           a signature of it, if the office has a key
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from loubao.core.events import Event
from loubao.core.faults import UntrustedInput, Usage
from loubao.core.file_names import Taken, portable
from loubao.ledger.chain import PastPosting
from loubao.ledger.postings import PastDocument
from loubao.rules.wording import Wording
from loubao.workspace.output_folder import digests_below, sha256

MANIFEST = "manifest.json"
SIGNATURE = f"{MANIFEST}.sig"
EVENTS, POSTINGS = "events.csv", "postings.csv"
EVENT_COLUMNS = (
    *("event_id", "posting_id", "case_id", "case_no", "kind", "on_date", "edition_id"),
    *("corrects", "detail"),
)
POSTING_COLUMNS = tuple(PastPosting.__dataclass_fields__)
#: What a signature is good for, and who gives it (ssh-keygen(1), -Y).
_NAMESPACE = "loubao-archive"
_LONGEST_CELL = 1 << 30  # of a posting's counts; the csv module refuses 128 KB without this
#: what programs leave in a folder that somebody looked at
_LEFT_BEHIND = frozenset({"Thumbs.db", "desktop.ini", ".DS_Store"})
_OPEN, _LOCK_BYTES = ("~$", ".~"), 1024  # while a workbook is open; who opened it


def paths_of(
    documents: Iterable[PastDocument], months: Mapping[int, str], words: Wording
) -> Iterator[tuple[PastDocument, str]]:
    """Give each file of each month once, and its path in the archive, "/" between folders.

    `months`: the month of each posting. A file that was used with other content under the same
    name before, or whose name differs in nothing that every system tells apart, goes to a folder
    of its own.
    """
    seen: set[tuple[str, str, str, str]] = set()
    taken = Taken()
    for document in documents:
        month = months[document.posting_id]
        same = (document.role, month, document.name, document.sha256)
        if same in seen:
            continue
        seen.add(same)
        folder = f"{words.materials[document.role].folder}/{month}"
        name = safe(document.name)
        path, number = f"{folder}/{name}", 1
        while path in taken:
            number += 1
            path = f"{folder}/{words.again.format(number=number)}/{name}"
        taken.take(path)
        yield document, path


def safe(name: str) -> str:
    """Return the relative path `name` as every system takes it, never leaving its folder.

    >>> safe("核查表/洛阳镇/上浦村.xlsx"), safe("../a:b/./c"), safe("/")
    ('核查表/洛阳镇/上浦村.xlsx', '_/a_b/c', '_')
    """
    return "/".join(portable(part) for part in PurePosixPath(name).parts if part != "/") or "_"


def event_row(event: Event, numbers: Mapping[int, str]) -> tuple[object, ...]:
    """Return a row of events.csv; `numbers`: the number of each case.

    >>> event_row(Event(7, "closed", "2022-07-31", {"reason": "death"}), {7: "104-2022-00012"})
    (0, 0, 7, '104-2022-00012', 'closed', '2022-07-31', None, None, '{"reason": "death"}')
    """
    return (
        *(event.event_id, event.posting_id, event.case_id, numbers[event.case_id], event.kind),
        *(event.on_date, event.edition_id, event.corrects, _as_json(event.detail)),
    )


def posting_row(posting: PastPosting) -> tuple[object, ...]:
    """Return a row of postings.csv."""
    texts = {name: _as_json(getattr(posting, name)) for name in ("counts", "parts")}
    values = {**asdict(posting), **texts}
    return tuple(values[column] for column in POSTING_COLUMNS)


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write a table with its header, as spreadsheet programs take it."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(columns)
        table.writerows(rows)


def postings_in(path: Path) -> list[PastPosting]:
    """Return the postings of a postings.csv; raises ValueError, KeyError, TypeError, csv.Error."""
    return [
        PastPosting(
            posting_id=int(row.pop("posting_id")),
            late_reason=row.pop("late_reason") or None,
            counts=json.loads(row.pop("counts")),
            parts=json.loads(row.pop("parts", "{}")),
            undoes=int(row.pop("undoes", "") or 0) or None,
            **row,
        )
        for row in rows_of(path)
    ]


def events_in(path: Path) -> Iterator[Event]:
    """Give the events of an events.csv; raises ValueError, KeyError, TypeError, csv.Error."""
    for row in rows_of(path):
        yield Event(
            case_id=int(row["case_id"]),
            kind=row["kind"],  # type: ignore[arg-type]
            on_date=row["on_date"],
            detail=json.loads(row["detail"]),
            edition_id=int(row["edition_id"]) if row["edition_id"] else None,
            corrects=int(row["corrects"]) if row["corrects"] else None,
            event_id=int(row["event_id"]),
            posting_id=int(row["posting_id"]),
        )


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Give the rows of a table, every cell a text."""
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> str:
    """Write manifest.json: some facts, and the digest of every file; return its own digest."""
    manifest = {**facts, "files": digests_below(folder)}
    content = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
    (folder / MANIFEST).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what manifest.json holds.

    Raises `Usage` where there is none, `UntrustedInput` where it is not one that was written here.
    """
    path = folder / MANIFEST
    if not stat.S_ISREG(_mode(path)):
        raise Usage(f"{folder.name} 不是归档文件夹：里面没有 {MANIFEST}")
    try:
        manifest = json.loads(path.read_bytes())
        texts = [*manifest["files"], *manifest["files"].values(), *manifest["months"]]
        texts += [manifest["chain"], manifest["archived"], manifest["loubao"]]
        manifest["files"][EVENTS], manifest["files"][POSTINGS]
        numbers = [manifest["counts"][name] for name in ("postings", "events", "kept")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        texts, numbers = [None], []
    if not all(isinstance(each, str) for each in texts) or not all(
        isinstance(each, int) for each in numbers
    ):
        raise UntrustedInput(f"{folder.name}/{MANIFEST} 已损坏，归档无法核对")
    return dict(manifest)


def changed_files(folder: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give each file that is not what the manifest says, and how."""
    files = manifest["files"]
    known = {MANIFEST, *files, *([SIGNATURE] if manifest.get("signed") else [])}
    folders = {above.as_posix() for name in files for above in PurePosixPath(name).parents}
    for name in sorted(known):
        what = _changed(folder, name, files.get(name))
        if what:
            yield name, what
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        mode = _mode(path)
        expected = stat.S_ISDIR(mode) and name in folders
        if name not in known and not expected and not _left_behind(path):
            yield name, "是链接，不是文件夹" if name in folders else "是归档后加入的"


def _changed(folder: Path, name: str, digest: str | None) -> str | None:
    """How a file differs from what was archived; one that is a link can be changed elsewhere."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or {"..", "."} & {*relative.parts, str(relative)} or "\\" in name:
        return "不在归档文件夹里"
    path = folder / name
    mode = _mode(path)
    if not mode:
        return "缺失"
    if not stat.S_ISREG(mode):
        return "是链接，不是文件" if stat.S_ISLNK(mode) else "不是普通文件"
    if path.lstat().st_nlink > 1:
        return "另有硬链接，会在别处被改动；请复制一份再核对"
    try:
        return "内容已改动" if digest and sha256(path) != digest else None
    except OSError:
        return "读不出来"


def _mode(path: Path) -> int:
    """The mode of what lies at a path, links not followed; 0 where there is nothing."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _left_behind(path: Path) -> bool:
    """Whether a file is one that programs leave in a folder that somebody looked at."""
    mode = _mode(path)
    lock = path.name.startswith(_OPEN) and path.lstat().st_size <= _LOCK_BYTES
    return stat.S_ISREG(mode) and (lock or path.name in _LEFT_BEHIND)


def sign(folder: Path, key: Path) -> None:
    """Sign the manifest with a private SSH key of the office.

    Raises `Usage` where there is no ssh-keygen, or no signature by this key.
    """
    if not key.is_file():
        raise Usage(f"没有密钥文件 {key.name}")
    done = _ssh_keygen("sign", "-f", str(key.resolve()), MANIFEST, cwd=folder)
    if done.returncode or not (folder / SIGNATURE).is_file():
        raise Usage(f"用 {key.name} 签名没有成功：请给 SSH 私钥，只许本人读（chmod 600），口令要对")


def is_signed_by(folder: Path, public: Path) -> bool:
    """Return whether the manifest is signed by the office whose public SSH key is in a file.

    Raises `Usage` where there is no ssh-keygen or no public key.
    """
    try:
        kind, key, *_ = public.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        kind = key = ""
    if not re.fullmatch(r"[a-z0-9@.-]+", kind) or not re.fullmatch(r"[A-Za-z0-9+/=]+", key):
        raise Usage(f"{public.name} 不是 SSH 公钥，请给 .pub 文件")
    with tempfile.TemporaryDirectory() as scratch:
        signers = Path(scratch) / "signers"
        signers.write_text(f"{_NAMESPACE} {kind} {key}\n", encoding="utf-8")
        about = ("-f", str(signers), "-I", _NAMESPACE, "-s", str((folder / SIGNATURE).resolve()))
        return not _ssh_keygen("verify", *about, given=(folder / MANIFEST).read_bytes()).returncode


def _ssh_keygen(
    action: str, *arguments: str, cwd: Path | None = None, given: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `ssh-keygen -Y` (OpenSSH 8.2 or later); it asks for the words of a key by itself."""
    command = ["ssh-keygen", "-Y", action, "-n", _NAMESPACE, *arguments]
    try:
        return subprocess.run(command, cwd=cwd, input=given, capture_output=True, check=False)
    except OSError:
        raise Usage("签名要用 ssh-keygen（OpenSSH 8.2 以上），这台电脑上没有") from None


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
