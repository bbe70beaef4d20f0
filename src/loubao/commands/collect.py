"""`collect`: filled-in village sheets → the ledger, and what is wrong with them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.books.data_problems import issue_book
from loubao.books.difficult_cases import difficult_book
from loubao.core import frames
from loubao.core.events import Place, Posting
from loubao.core.faults import Usage
from loubao.core.forms import Workbook
from loubao.ledger import lookup
from loubao.ledger.connection import Connection, writing
from loubao.ledger.post import post
from loubao.ledger.status import standing
from loubao.returns.lines import Checked, check_lines
from loubao.returns.returned_cases import difficult_people
from loubao.rules import Rules
from loubao.rules.returns import Returns
from loubao.workbook.writing import write_workbook
from loubao.workspace import run_counts
from loubao.workspace.output_folder import replace_file
from loubao.workspace.returns_folder import Came, read_returns
from loubao.workspace.settings import is_output, name_of, refuse_inside, refuse_output
from loubao.workspace.stages import Progress, Timings, silent


def default_out(folder: Path) -> Path:
    """Return `out/<name of DIR>`, or `out/<name>-回收` where that is the output of a match."""
    name = name_of(folder)
    out = Path("out") / name
    return Path("out") / f"{name}-回收" if is_output(out) else out


def collect(
    folder: Path,
    out: Path,
    rules: Rules,
    returns: Returns,
    ledger: Path,
    as_of: date,
    key: str | None = None,
    passwords: Sequence[str] = (),
    progress: Progress = silent,
) -> dict[str, Any]:
    """Post the answers of the sheets in `folder`; return what became of every row.

    Writes 回收问题.xlsx and 疑难.xlsx into `out`. Raises a `Fault`; then ledger and `out` are what
    they were before.
    """
    _refuse(folder, out, ledger)
    timings = Timings()
    with timings.stage("read"):
        came = read_returns(folder, rules, returns, passwords, progress)
    with writing(ledger, key) as connection:
        month = lookup.last_month(connection)
        if month is None:
            raise Usage(f"台账 {ledger.name} 里还没有下发过核查表；请先运行 loubao match")
        with timings.stage("check"):
            checked = check_lines(connection, came, rules, returns, month, as_of)
            posting = _posting(connection, came, checked, month["month"], as_of)
            issues = frames.merge_issues([frames.issue_rows([*came.issues, *checked.issues])])
            people = _difficult(connection, checked, rules)
            books = (
                _problem_book(issues, rules, returns, as_of),
                difficult_book(people, returns, rules.sheets, _period(as_of), as_of),
            )
        report = _report(folder, out, came, checked, issues, rules, connection)
        with timings.stage("write"):
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            posted = posting is not None
            write_all(
                [(book, out / book.path) for book in books],
                lambda: post(connection, posting, now, standing) if posting else None,
            )
    return {
        **report,
        "as_of": as_of.isoformat(),
        "month": month["month"],
        "posted": posted,
        "difficult": len(people),
        "seconds": timings.seconds,
    }


def write_all(books: Sequence[tuple[Workbook, Path]], then: Callable[[], object]) -> None:
    """Write drafts of all books, do `then`, and only then put the drafts in their places."""
    if not books:
        then()
        return
    (book, target), *rest = books

    def write(draft: Path) -> None:
        write_workbook(book, draft)
        write_all(rest, then)

    replace_file(target, write)


def _refuse(folder: Path, out: Path, ledger: Path) -> None:
    if not folder.is_dir():
        raise Usage(f"DIR 应为存放交回核查表的文件夹：{folder} 不存在或不是文件夹")
    refuse_output(out)
    refuse_inside(folder, out)
    if not ledger.is_file():
        raise Usage(
            f"没有台账 {ledger.name}；请先运行 loubao match（用 --ledger 指明台账文件）下发核查表"
        )


def _period(day: date) -> str:
    return f"{day.year}年{day.month}月"


def _problem_book(issues: pl.DataFrame, rules: Rules, returns: Returns, as_of: date) -> Workbook:
    sheets = rules.sheets.model_copy(update={"problems": returns.problems})
    return issue_book(issues, sheets, _period(as_of), as_of)


def _posting(
    connection: Connection, came: Came, checked: Checked, month: str, as_of: date
) -> Posting | None:
    """Everything that is right, as one posting; None where there is nothing new."""
    added, verified = checked.added, checked.verified
    events = (*added.events, *verified.events)
    if not events and not verified.judgements and not added.sightings:
        return None
    counts = Counter(checked.outcomes.values())
    told = "\n".join([as_of.isoformat(), *sorted(f"{d.sha256} {d.name}" for d in came.documents)])
    return Posting(
        kind="return",
        month=month,
        as_of=as_of.isoformat(),
        digest=hashlib.sha256(told.encode()).hexdigest(),
        counts=dict(sorted(counts.items())),
        cases=tuple(added.opened),
        sightings=tuple(added.sightings),
        events=events,
        judgements=tuple(verified.judgements),
        places=tuple(_places(checked)),
        documents=tuple(came.documents),
    )


def _places(checked: Checked) -> Iterable[Place]:
    """Where new people belong, and all lists of those whom a further one names now."""
    on_file = checked.added.on_file
    named = {sighting.case_id for sighting in checked.added.sightings}
    lists = {case_id: set(on_file.lists[case_id]) for case_id in named}
    for young, old in sorted(checked.verified.merged.items(), reverse=True):
        ever = lists.setdefault(old, set(on_file.lists.get(old, ())))
        ever |= lists.get(young, set(on_file.lists.get(young, ())))
    for case_id in sorted(lists):
        home = on_file.homes[case_id]
        yield Place(case_id, *home, tuple(sorted(lists[case_id])))


def _difficult(connection: Connection, checked: Checked, rules: Rules) -> list[dict[str, str]]:
    """Everybody who is 疑难 once this run is posted."""
    on_file, verified = checked.added.on_file, checked.verified
    history = {
        case_id: [*on_file.events[case_id], *events] for case_id, events in verified.of_case.items()
    }
    return difficult_people(connection, history, checked.added, rules)


def _report(
    folder: Path,
    out: Path,
    came: Came,
    checked: Checked,
    issues: pl.DataFrame,
    rules: Rules,
    connection: Connection,
) -> dict[str, Any]:
    outcomes = Counter(checked.outcomes.values())
    editions = {edition for edition, _ in checked.came}
    kinds = dict(sorted(came.kinds.items()))
    results = Counter(
        event.detail.get("result", event.kind)
        for event in checked.verified.events
        if "answers" in event.detail
    )
    return {
        "loubao": __version__,
        "data": name_of(folder),
        "counts": {
            "files": came.files,
            "sheets": came.sheets,
            "rows": len(came.lines) + sum(came.kinds.values()),
            **{kind: outcomes.get(kind, 0) for kind in _OUTCOMES},
            "skipped": sum(n for kind, n in came.kinds.items() if kind != "unknown"),
            "unidentified": came.kinds["unknown"],
            "missing": max(lookup.people_on(connection, editions) - len(checked.came), 0),
            "new_people": len(checked.added.opened),
            "judgements": len(checked.verified.judgements),
            "merged": len(checked.verified.merged),
            "issues": issues.height,
        },
        "results": dict(sorted(results.items())),
        "skips": kinds,
        "ignored": came.skipped,
        "problems": run_counts.problems(issues, rules),
        "out": str(out),
    }


_OUTCOMES = ("posted", "unchanged", "repeated", "judged", "added", "untouched", "out")
