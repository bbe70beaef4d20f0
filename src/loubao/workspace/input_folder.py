"""An input folder: which files it has, which are set aside, what the others hold.

DATA has the exports of a month: every file must be readable, and the sheets become records. DIR of
`collect` has the village sheets that came back: what cannot be read there is an issue.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import polars as pl

from loubao.core import frames
from loubao.core.characters import folded
from loubao.core.events import Document
from loubao.core.faults import NoTable, UntrustedInput
from loubao.core.masking import Discretion
from loubao.ingest.causes import caused
from loubao.ingest.issues import in_words
from loubao.ingest.records import tidy
from loubao.ingest.sheets.account import SheetAccount
from loubao.rules.folder import Rules
from loubao.workbook.read_sheets import read_sheets
from loubao.workspace.input_file import content_of, why_not
from loubao.workspace.stages import Progress, Timings

if TYPE_CHECKING:
    from loubao.returns.page import Line, Page
    from loubao.returns.terms import Terms

#: Files parsed at the same time; more would only hold more of them in memory.
_AT_ONCE = 2
#: Files named in a refusal of several alike, and the codes whose advice is part of it.
_NAMED = 3
_TO_DO = ("FILE_SCANNED", "FILE_PACKED")
#: More files and folders than any month has.
_MOST_FILES = 5_000


@dataclass(frozen=True)
class Export:
    """One file of a folder: what its path in it is called, size in bytes, SHA-256.

    `ignored`: set aside; `path`: where it lies.
    """

    file: str
    bytes: int
    sha256: str
    ignored: bool
    path: Path

    def facts(self) -> dict[str, Any]:
        """What run.json says of it."""
        return {name: getattr(self, name) for name in ("file", "bytes", "sha256", "ignored")}


@dataclass(frozen=True)
class _Read:
    """A file that was read: its content, its sheets, why it was refused ("" where it was not).

    `export` is None where a folder was refused. `no_table`: the file is of another kind.
    """

    export: Export | None
    content: bytes = b""
    sheets: Sequence[frames.Sheet] = ()
    refusal: str = ""
    no_table: NoTable | None = None


def _files(
    folder: Path,
    ignore: Sequence[str],
    passwords: Sequence[str],
    progress: Progress,
    discretion: Discretion,
) -> Iterator[_Read]:
    """Yield what could not be looked into, then every file below `folder` in the order of paths.

    A file whose name or path matches one of the patterns `ignore` is set aside, without sheets.
    From here on files and sheets are called what `discretion` shows of their names.
    """
    paths, refused = _paths_below(folder, discretion)
    names = {path: label(path.relative_to(folder)) for path in paths}
    shown = discretion.labels(names.values())
    for message in refused:
        yield _Read(None, refusal=message)

    def read(path: Path) -> _Read:
        read = _read(path, names[path], shown[names[path]], ignore, passwords)
        sheets = [_discreet(sheet, discretion) for sheet in read.sheets]
        return replace(read, sheets=sheets, refusal=discretion.quoted(read.refusal))

    with ThreadPoolExecutor(_AT_ONCE) as readers:  # the parsers let go of the interpreter
        for done, file in enumerate(readers.map(read, paths)):
            progress("read", done, len(paths))
            yield file
    progress("read", len(paths), len(paths))


def _discreet(sheet: frames.Sheet, discretion: Discretion) -> frames.Sheet:
    """The sheet, called what may be shown of its name, in its issues too."""
    named = {name: discretion.text(name) for name in {sheet.name, *sheet.issues["sheet"]}}
    issues = sheet.issues.with_columns(pl.col("sheet").replace(named))
    return replace(sheet, name=named[sheet.name], issues=issues)


def _paths_below(data: Path, discretion: Discretion) -> tuple[list[Path], list[str]]:
    """Return every file below `data`, and a line for each place that could not be looked into.

    Linked folders are followed, each place once. Raises `UntrustedInput` where there are more files
    than a month has: a link led out of it, or the folder is another one.
    """
    refused: list[str] = []
    seen: set[Path] = set()
    paths: list[Path] = []

    def refuse(error: OSError) -> None:
        place = discretion.text(label(Path(error.filename).relative_to(data)))
        refused.append(f"{place}：文件夹打不开，请检查权限")

    for folder, below, names in os.walk(data, followlinks=True, onerror=refuse):
        place = Path(folder).resolve()
        if place in seen:
            below.clear()
            continue
        seen.add(place)
        paths += [Path(folder) / name for name in names]
        if len(paths) + len(seen) > _MOST_FILES:
            name = discretion.text(label(Path(folder).relative_to(data)))
            raise UntrustedInput(
                f"文件多于{_MOST_FILES}个（数到 {name}），不像一个月的名单。"
                "请只放本月的名单，通到别处的快捷方式（链接）请移出"
            )
    return sorted(paths), refused


def _read(
    path: Path, name: str, file: str, ignore: Sequence[str], passwords: Sequence[str]
) -> _Read:
    """Read a file of that name, called `file` in what is said of it."""
    names = {each for own in (PurePosixPath(name).name, name) for each in (own, folded(own))}
    ignored = any(fnmatch(each, pattern) for pattern in ignore for each in names)
    try:
        content = content_of(path)
    except OSError as error:
        # the owner file of a workbook that is open elsewhere is ignored, and cannot be read
        refusal = "" if ignored else f"{file}：{why_not(error)}"
        return _Read(Export(file, 0, "", ignored, path), refusal=refusal)
    export = Export(file, len(content), hashlib.sha256(content).hexdigest(), ignored, path)
    if ignored:
        return _Read(export)
    try:
        return _Read(export, content, read_sheets(content, file, passwords))
    except UntrustedInput as fault:
        no_table = fault if isinstance(fault, NoTable) else None
        return _Read(export, refusal=fault.message, no_table=no_table)


def label(path: Path) -> str:
    """Return what a file is called; names unpacked from a Windows archive may be GB18030.

    >>> label(Path("6月/低保.xlsx"))
    '6月/低保.xlsx'
    >>> label(Path(os.fsdecode("低保.xlsx".encode("gb18030"))))
    '低保.xlsx'
    """
    name = path.as_posix()
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name


# --- the exports of a month -----------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """DATA read and normalised: RECORDS, ISSUES, and an account of every sheet."""

    exports: list[Export]
    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: Sequence[SheetAccount]

    def headers(self) -> dict[tuple[str, str, str], str]:
        """Return (file, sheet, field) → the header that the sheet has for the field."""
        return {
            (account.file, account.sheet, meaning): header
            for account in self.accounts
            for header, meaning in account.columns
        }

    def causes(self, issues: pl.DataFrame, rules: Rules) -> pl.DataFrame:
        """Return issues of these files, each with its cause (ingest.causes.CAUSED)."""
        return caused(issues, self.records, self.headers(), rules)


def read_month(
    data: Path,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str],
    progress: Progress,
    timings: Timings,
    whole: bool = True,
) -> Checked:
    """Read and tidy every export below `data`.

    Without `whole` it need not have every list that a month needs. Raises `UntrustedInput` with all
    that is wrong with the folder at once: a line for each file that could not be opened, read or
    claimed, and for each list that is missing; or saying that there is no file.
    """
    with timings.stage("read"):
        exports, sheets, refused = read_exports(data, rules, passwords, progress)
    with timings.stage("tidy"):
        progress("tidy", 0, 1)
        tidied = tidy(sheets, rules, as_of, whole, list(refused.values()))
        progress("tidy", 1, 1)
    aside = frames.issue_rows(
        (export.file, "", None, "", "FILE_IGNORED", rules.sheets.details.FILE_IGNORED)
        for export in exports
        if export.ignored
    )
    issues = frames.merge_issues([tidied.issues, aside]) if aside.height else tidied.issues
    return Checked(exports, tidied.records, issues, tidied.accounts)


def read_exports(
    data: Path, rules: Rules, passwords: Sequence[str], progress: Progress
) -> tuple[list[Export], list[frames.Sheet], dict[str, str]]:
    """Return every file below `data`, the sheets of those that were read, and why others were not.

    Raises `UntrustedInput` where there is no file to be read.
    """
    exports: list[Export] = []
    sheets: list[frames.Sheet] = []
    refused: dict[str, str] = {}
    for read in _files(data, rules.reading.ignore, passwords, progress, rules.discretion):
        exports += [read.export] if read.export else []
        sheets += read.sheets
        if read.refusal:
            refused[read.export.file if read.export else read.refusal] = read.refusal
    if not refused and all(export.ignored for export in exports):
        name = rules.discretion.text(data.name)
        raise UntrustedInput(f"文件夹 {name} 里没有名单，请把本月导出的表格放进去")
    return exports, sheets, refused


# --- the village sheets that came back ------------------------------------------------------------


@dataclass
class ReturnedSheets:
    """Everything that came back: lines in the order of files, sheets and rows; files as documents.

    `kinds` counts the rows that are no line, by kind; `ignored` are files that are not read;
    `files` and `sheets` count what was read.
    """

    lines: list[Line] = field(default_factory=list)
    issues: list[frames.IssueRow] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    documents: list[Document] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    sheets: int = 0
    files: int = 0


def read_returns(
    folder: Path, terms: Terms, passwords: Sequence[str], progress: Progress
) -> ReturnedSheets:
    """Return every line of every village sheet below `folder`.

    Raises `UntrustedInput` when there is no village sheet at all, naming each file that could not
    be read or is none.
    """
    returned = ReturnedSheets()
    discretion = terms.rules.discretion
    for read in _files(folder, terms.returns.ignore, passwords, progress, discretion):
        _take_file(returned, read, terms)
    if not returned.sheets:
        none = f"文件夹 {discretion.text(folder.name)} 里没有交回的核查表，请检查文件夹是否给对"
        raise UntrustedInput("\n".join([*_refusals(returned.issues, terms), none]))
    return returned


def _refusals(issues: Iterable[frames.IssueRow], terms: Terms) -> Iterator[str]:
    """Yield what became of the files, a line for all of which the same is to be said."""
    files: dict[tuple[str, str], list[str]] = {}
    for file, _, _, _, code, detail in issues:
        if code != "FILE_IGNORED":
            files.setdefault((code, detail), []).append(file)
    for (code, detail), names in files.items():
        named = "、".join(names[:_NAMED])
        if len(names) > _NAMED:
            named = terms.words.several.format(files=named, count=len(names))
        advice = terms.rules.sheets.issues[code].advice if code in _TO_DO else ""
        yield f"{named}：{detail}{'。' if advice else ''}{advice}"


def _take_file(returned: ReturnedSheets, read: _Read, terms: Terms) -> None:
    from loubao.returns.page import page_of  # a month's run does not wait for it

    export, words = read.export, terms.words
    if export is not None and export.ignored:
        returned.ignored.append(export.file)
        returned.issues.append((export.file, "", None, "", "FILE_IGNORED", words.ignored))
        return
    returned.files += export is not None
    if export is not None and read.no_table and read.no_table.holds != "other":
        code, words_of = ("FILE_SCANNED", words.scanned)
        if read.no_table.holds == "packed":
            code, words_of = ("FILE_PACKED", words.packed)
        detail = words_of.format(what=read.no_table.what)
        returned.issues.append((export.file, "", None, "", code, detail))
        return
    if export is None or read.refusal:
        file, _, reason = read.refusal.partition("：")
        detail = words.not_read.format(reason=reason or read.refusal)
        returned.issues.append((file, "", None, "", "FILE_UNREADABLE", detail))
        return
    file = export.file
    pages = [(sheet, page_of(sheet, terms)) for sheet in read.sheets]
    if not any(page.found for _, page in pages):
        rows = sum(sheet.cells.height for sheet in read.sheets)
        returned.kinds["skipped"] += rows
        detail = words.not_a_sheet.format(rows=rows)
        returned.issues.append((file, "", None, "", "FILE_NOT_RETURN", detail))
        return
    returned.documents.append(Document("returned", file, export.sha256, export.bytes, read.content))
    for sheet, page in pages:
        _take_page(returned, sheet, page, terms)


def _take_page(returned: ReturnedSheets, sheet: frames.Sheet, page: Page, terms: Terms) -> None:
    from loubao.returns.page import holds_more

    returned.kinds += page.kinds
    if not page.found:
        if holds_more(sheet, terms):
            detail = terms.words.page_not_read.format(rows=sheet.cells.height)
            returned.issues.append((sheet.file, sheet.name, None, "", "PAGE_NOT_READ", detail))
        return
    returned.sheets += 1
    returned.lines += page.lines
    returned.issues += page.issues
    unsaid = terms.returns.unsaid
    issues = in_words(sheet.issues, terms.rules.sheets.details)
    returned.issues += [row for row in issues.iter_rows() if row[4] not in unsaid]
