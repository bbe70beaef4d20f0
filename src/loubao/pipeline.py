"""The order of the verbs, and the only place where the rooms meet the disk.

    read → tidy → link → screen → write

`match` does all of it, `check` stops after the tidying. Both take and return plain values; what a
person sees of a run is the command line's affair.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import time
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from loubao import frames
from loubao.casework.issue_book import issue_book
from loubao.casework.screening import Screened, screen
from loubao.casework.sheets import village_books
from loubao.casework.summary import summary_book
from loubao.faults import UntrustedInput, Usage
from loubao.forms import Workbook
from loubao.linkage import link, persons
from loubao.rules import Rules, load_rules
from loubao.tidy import SheetAccount, tidy
from loubao.workbook import read_sheets
from loubao.workbook.writing import write_workbook
from loubao.workspace import Draft, output_folder, replace_file, write_manifest

#: Told of each step: the stage, how much is done, how much there is.
Progress = Callable[[str, int, int], None]


def _silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


_MONTH = re.compile(r"((?:19|20)[0-9]{2})\s*(?:-|年|\.|_)?\s*(1[0-2]|0?[1-9])(?![0-9])")


@dataclass
class Timings:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to stage `name`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[name] = round(self.seconds.get(name, 0.0) + spent, 4)


@dataclass(frozen=True)
class Export:
    """One file of DATA: its path relative to DATA, size in bytes, SHA-256, whether set aside."""

    file: str
    bytes: int
    sha256: str
    ignored: bool


@dataclass(frozen=True)
class Checked:
    """DATA read and normalised: RECORDS, ISSUES, and an account of every sheet."""

    exports: list[Export]
    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: Sequence[SheetAccount]


def default_out(data: Path) -> Path:
    """Return `out/<name of DATA>`."""
    return Path("out") / data.resolve().name


def find_rules(given: Path | None) -> Rules:
    """Load the rules folder given, else `./rules`, else the rules shipped with the package."""
    if given is not None:
        return load_rules(given)
    here = Path("rules")
    return load_rules(here if here.is_dir() else shipped_rules())


def shipped_rules() -> Path:
    """Return the folder of the rules that come with loubao, installed or in a checkout."""
    package = Path(__file__).parent
    installed = package / "shipped" / "rules"
    return installed if installed.is_dir() else package.parents[1] / "rules"


def read_passwords(file: Path | None) -> list[str]:
    """Return the passwords to try: LOUBAO_PASSWORD, then the lines of the file."""
    passwords = [os.environ["LOUBAO_PASSWORD"]] if os.environ.get("LOUBAO_PASSWORD") else []
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            raise Usage("密码文件打不开，应为 UTF-8 文本，一行一个密码") from None
        passwords += [line for line in lines if line]
    return passwords


def init(folder: Path) -> dict[str, Any]:
    """Make a working folder with a copy of the shipped rules and a folder for this month.

    Raises `Usage` when there are rules already, or the folder cannot be written.
    """
    if (folder / "rules").exists():
        raise Usage(f"{folder} 里已有 rules，不覆盖；请换一个文件夹或先移走它")
    month = f"{date.today():%Y-%m}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / ".rules.partial"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(shipped_rules(), draft)
        draft.rename(folder / "rules")
        (folder / month).mkdir(exist_ok=True)
    except OSError:
        raise Usage(f"无法写入 {folder}，请检查权限或换一个文件夹") from None
    return {"folder": str(folder), "rules": str(folder / "rules"), "month": month}


def reckoning_day(data: Path, given: date | None) -> date:
    """Return the day that ages and windows are reckoned from.

    The one given, else the last day of the month in the name of DATA (`2022-06`, `2022年6月`),
    else today.
    """
    if given is not None:
        return given
    month = _MONTH.search(data.resolve().name)
    if month is None:
        return date.today()
    year, number = int(month.group(1)), int(month.group(2))
    return date(year, number, monthrange(year, number)[1])


def check(
    data: Path,
    out: Path | None,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str] = (),
    progress: Progress = _silent,
) -> dict[str, Any]:
    """Read and normalise only; return how every file and column was understood.

    With `out`, 数据问题.xlsx is written there. Raises a `Fault`.
    """
    timings = Timings()
    checked = _check(data, rules, as_of, passwords, progress, timings)
    written = None
    if out is not None:
        book = issue_book(checked.issues, rules.sheets, _period(as_of))
        written = replace_file(out / book.path, lambda target: write_workbook(book, target))
    return {
        "loubao": version("loubao"),
        "as_of": as_of.isoformat(),
        "data": data.resolve().name,
        "inputs": _inputs(checked),
        "lists": _list_counts(checked.records, rules).to_dicts(),
        "problems": _problems(checked.issues, rules),
        "seconds": timings.seconds,
        "out": str(written) if written else None,
    }


def match(
    data: Path,
    out: Path,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str] = (),
    progress: Progress = _silent,
) -> dict[str, Any]:
    """Run the monthly job, write the output folder, and return what run.json holds.

    Raises a `Fault`; then the output folder is what it was before.
    """
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    timings = Timings()
    with output_folder(out) as draft:
        checked = _check(data, rules, as_of, passwords, progress, timings)
        records = checked.records
        with timings.stage("link"):
            progress("link", 0, 1)
            decisions, link_issues = link(records, rules.matching)
            progress("link", 1, 1)
        with timings.stage("screen"):
            people = persons(records, decisions)
            screened = screen(records, decisions, people, rules, as_of)
            issues = frames.merge_issues([checked.issues, link_issues])
        with timings.stage("write"):
            _write_frames(draft, records, decisions, screened, issues)
            counts = _list_counts(records, rules)
            books = _books(screened, records, counts, issues, rules, as_of)
            _write_books(draft, books, progress)
        manifest = {
            "loubao": version("loubao"),
            "started": started,
            "as_of": as_of.isoformat(),
            "data": data.resolve().name,
            "inputs": _inputs(checked),
            "rules": rules.digests,
            "counts": _counts(checked, decisions, screened, issues),
            "seconds": timings.seconds,
        }
        write_manifest(draft, manifest)
    return {
        **manifest,
        "out": str(out),
        "kept": str(draft.kept) if draft.kept else None,
        "lists": counts.to_dicts(),
        "towns": _towns(screened).to_dicts(),
        "problems": _problems(issues, rules),
    }


def _check(
    data: Path,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str],
    progress: Progress,
    timings: Timings,
) -> Checked:
    with timings.stage("read"):
        exports, sheets = _read(data, rules, passwords, progress)
    with timings.stage("tidy"):
        progress("tidy", 0, 1)
        tidied = tidy(sheets, rules, as_of)
        progress("tidy", 1, 1)
    aside = frames.issue_rows(
        (export.file, "", None, "", "FILE_IGNORED", "按 reading.yaml 的 ignore 未读取")
        for export in exports
        if export.ignored
    )
    issues = frames.merge_issues([tidied.issues, aside])
    return Checked(exports, tidied.records, issues, tidied.accounts)


def _read(
    data: Path, rules: Rules, passwords: Sequence[str], progress: Progress
) -> tuple[list[Export], list[frames.Sheet]]:
    if not data.is_dir():
        raise Usage(f"DATA 应为存放本月名单的文件夹：{data} 不存在或不是文件夹")
    paths = sorted(path for path in data.rglob("*") if path.is_file())
    exports: list[Export] = []
    sheets: list[frames.Sheet] = []
    refused: list[str] = []
    for done, path in enumerate(paths):
        progress("read", done, len(paths))
        file = path.relative_to(data).as_posix()
        try:
            content = path.read_bytes()
        except OSError:
            refused.append(f"{file}：打不开，请检查权限或是否被别的程序占用")
            continue
        ignored = any(
            fnmatch(name, pattern) for pattern in rules.reading.ignore for name in (path.name, file)
        )
        exports.append(Export(file, len(content), hashlib.sha256(content).hexdigest(), ignored))
        if not ignored:
            try:
                sheets += read_sheets(content, file, passwords)
            except UntrustedInput as fault:
                refused.append(fault.message)
    progress("read", len(paths), len(paths))
    if refused:
        raise UntrustedInput("\n".join(refused))
    if not any(not export.ignored for export in exports):
        raise UntrustedInput(f"文件夹 {data.name} 里没有名单，请把本月导出的表格放进去")
    return exports, sheets


def _write_frames(
    draft: Draft,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    screened: Screened,
    issues: pl.DataFrame,
) -> None:
    for name, frame in (
        ("records", records),
        ("decisions", decisions),
        ("cases", screened.cases),
        ("issues", issues),
    ):
        content = io.BytesIO()  # polars does not say why a disk refused
        frame.write_parquet(content)
        draft.path(f"data/{name}.parquet").write_bytes(content.getvalue())


def _books(
    screened: Screened,
    records: pl.DataFrame,
    counts: pl.DataFrame,
    issues: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> list[Workbook]:
    period = _period(as_of)
    outcomes = _outcome_counts(screened, records)
    return [
        *village_books(screened.details, rules.sheets, period, as_of),
        summary_book(
            screened.details, screened.excluded, counts, outcomes, rules.sheets, period, as_of
        ),
        issue_book(issues, rules.sheets, period),
    ]


def _write_books(draft: Draft, books: Sequence[Workbook], progress: Progress) -> None:
    for done, book in enumerate(books):
        progress("write", done, len(books))
        write_workbook(book, draft.path(book.path))
    progress("write", len(books), len(books))


def _period(as_of: date) -> str:
    return f"{as_of.year}年{as_of.month}月"


def _list_counts(records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """One row a list that was read: `list`, `title`, `role`, `files`, `records`, `qualifying`."""
    return (
        records.group_by("list")
        .agg(
            files=pl.col("file").n_unique().cast(pl.Int64),
            records=pl.len().cast(pl.Int64),
            qualifying=pl.col("qualifies").sum().cast(pl.Int64),
        )
        .with_columns(
            title=pl.col("list").replace_strict(
                {name: rule.title for name, rule in rules.lists.items()}, return_dtype=pl.String
            ),
            role=pl.col("list").replace_strict(
                {name: rule.role for name, rule in rules.lists.items()}, return_dtype=pl.String
            ),
        )
        .select("list", "title", "role", "files", "records", "qualifying")
        .sort(
            pl.col("role").replace_strict({"source": 0, "roll": 1, "exclusion": 2}),
            "list",
        )
    )


def _outcome_counts(screened: Screened, records: pl.DataFrame) -> pl.DataFrame:
    """`list`, `outcome`, `people`: every person of every source list, qualifying or not."""
    people = screened.outcomes.group_by("list", "outcome").agg(people=pl.len().cast(pl.Int64))
    other = (
        records.filter((pl.col("role") == "source") & ~pl.col("qualifies"))
        .group_by("list")
        .agg(people=pl.len().cast(pl.Int64))
        .select("list", outcome=pl.lit("not_qualifying"), people="people")
    )
    return pl.concat([people, other]).sort("list", "outcome")


def _towns(screened: Screened) -> pl.DataFrame:
    """`town`, `villages`, `people`, and one column a status."""
    return screened.details.group_by("town", maintain_order=True).agg(
        villages=pl.col("village_code").n_unique().cast(pl.Int64),
        people=pl.len().cast(pl.Int64),
        **{
            status: (pl.col("status") == status).sum().cast(pl.Int64)
            for status in ("uncovered", "review", "partial")
        },
    )


def _problems(issues: pl.DataFrame, rules: Rules) -> list[dict[str, Any]]:
    """Issues by code, with the title that the clerk reads."""
    counted = issues.group_by("code").agg(count=pl.len().cast(pl.Int64)).sort("code")
    words = rules.sheets.issues
    return [
        {**row, "title": words[row["code"]].title if row["code"] in words else row["code"]}
        for row in counted.to_dicts()
    ]


def _inputs(checked: Checked) -> list[dict[str, Any]]:
    sheets: dict[str, list[dict[str, Any]]] = {}
    for account in checked.accounts:
        sheets.setdefault(account.file, []).append(asdict(account))
    return [{**asdict(export), "sheets": sheets.get(export.file, [])} for export in checked.exports]


def _counts(
    checked: Checked, decisions: pl.DataFrame, screened: Screened, issues: pl.DataFrame
) -> dict[str, int]:
    records = checked.records
    left = pl.col("decision") == "link"
    return {
        "files": len(checked.exports),
        "records": records.height,
        "qualifying": records.filter((pl.col("role") == "source") & pl.col("qualifies")).height,
        "links": decisions.filter(left).height,
        "reviews": decisions.filter(~left).height,
        "cases": screened.cases.height,
        "households": screened.cases["household"].n_unique(),
        **{
            status: screened.cases.filter(pl.col("status") == status).height
            for status in ("uncovered", "review", "partial")
        },
        "excluded": screened.excluded.height,
        "issues": issues.height,
    }
