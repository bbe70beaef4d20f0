"""`review`: the office decides the doubtful pairs of a month, or of a link, at the desk.

A session has what the page needs: the questions, what was said of them, and the store that each
decision goes to at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from loubao.core.faults import UntrustedInput, Usage
from loubao.ledger.sqlite_file import locked, opening
from loubao.review.answering import take
from loubao.review.people_asked import Order
from loubao.review.returned_book import returned_book
from loubao.review.session import Reader, Session
from loubao.review.sheet_lines import lines_of
from loubao.rules.folder import load_rules
from loubao.rules.sheets import load_printed
from loubao.workspace.decided_in_file import LINKS, VerdictStore
from loubao.workspace.decided_in_ledger import LedgerStore, now
from loubao.workspace.finished_month import finished_month, folder_of_match
from loubao.workspace.input_file import content_of, why_not
from loubao.workspace.output_file import held, refusing, write_file

_WHO = "请写明是谁核对，如 --reader 甲"
_BUSY = "台账 {name} 的核对页面已经打开着，请先关闭那一个"


@dataclass(frozen=True)
class Reviewing:
    """What is reviewed.

    out     the output of a match (None: the newest one), or of a link
    reader  who decides, e.g. 甲
    order   who would leave the sheets first, least certain first, or by town
    blind   per cent of the questions that two readers answer, each without the other
    """

    out: Path | None
    rules: Path
    ledger: Path
    key: str | None
    reader: str
    order: Order = "leaves"
    blind: int = 0


@contextmanager
def reviewing(what: Reviewing) -> Iterator[Session]:
    """Give the session of a month or a link; nobody else can open one on it until it ends.

    Raises `Busy` where somebody has, or where a run holds the ledger or the output of the link;
    `Usage` where OUT is no output or not of the ledger's last month, or where there is nothing to
    review.
    """
    if not what.reader.strip():
        raise Usage(_WHO)
    began = datetime.now().astimezone().isoformat(timespec="microseconds")
    with _store(what) as store:
        reader = Reader(what.reader, now, began, what.blind)
        yield Session(store.questions, store.shown, store, reader)


def take_back(what: Reviewing, agreed: Callable[[str], bool]) -> dict[str, Any]:
    """Take back all that the reader decided at their last sitting, where they have `agreed`.

    `agreed` is given what would be taken back, in words. Returns how many decisions were. Raises
    `Usage` where there are none, or where somebody has decided since.
    """
    words = load_printed(what.rules, "sheets").review.back
    if not what.reader.strip():
        raise Usage(_WHO)
    with _store(what) as store:
        last = store.last_sitting()
        if last is None:
            raise Usage(words.nothing)
        if last.reader != what.reader:
            raise Usage(words.other.format(reader=last.reader))
        count, at = len(last.numbers), last.began[:16].replace("T", " ")
        taken = agreed(words.ask.format(reader=last.reader, at=at, count=count))
        if taken:
            store.take_back_all(last.numbers)
        counts = {"taken_back": count if taken else 0, "earlier": last.earlier}
        return {"reader": what.reader, "began": last.began, "due": store.is_due(), "counts": counts}


@contextmanager
def _store(what: Reviewing) -> Iterator[LedgerStore | VerdictStore]:
    """Give where decisions are kept, held as long as the block lasts."""
    with _of_link(what) if is_link(what.out) else _of_month(what) as store:
        yield store


def is_link(out: Path | None) -> bool:
    """Whether OUT is the output of a link, and not of a match."""
    return out is not None and (out / LINKS).is_file()


@contextmanager
def _of_link(what: Reviewing) -> Iterator[VerdictStore]:
    assert what.out is not None
    with refusing(what.out), held(what.out):
        yield VerdictStore(what.out, load_rules(what.rules), what.order)


@contextmanager
def _of_month(what: Reviewing) -> Iterator[LedgerStore]:
    if not what.ledger.is_file():
        raise Usage(
            f"没有台账 {what.ledger.name}；请先运行 loubao match 并用 --ledger 指明台账文件"
        )
    finished = finished_month(folder_of_match(what.out), load_rules(what.rules))
    ledger = what.ledger.resolve()  # called by two names it has one lock
    lock = ledger.with_name(f".{ledger.name}.review.lock")
    with ExitStack() as held:
        with opening(ledger):
            held.enter_context(locked(ledger, lock, _BUSY))
        yield LedgerStore(what.ledger, what.key, finished, what.order)


def export(what: Reviewing, target: Path) -> dict[str, Any]:
    """Write the questions as a workbook; return what was written.

    Raises a `Fault`, also where `target` is there already: it may have answers in it.
    """
    from loubao.books.review_book import review_book
    from loubao.workbook.writing import write_workbook

    sheets = load_printed(what.rules, "sheets")
    if target.suffix.lower() != ".xlsx":
        raise Usage(f"--export {target.name} 应以 .xlsx 结尾")
    with reviewing(what) as session:
        if target.exists():
            raise Usage(sheets.review.book.exists.format(name=target.name))
        key, cards = session.key(), map(session.card, range(session.total))
        people = [[*lines_of(card, key, sheets.review)] for card in cards]
        day = date.fromisoformat(session.as_of)
        book = review_book(people, sheets, day, target.name)
        write_file(target, lambda draft: write_workbook(book, draft))
    rows = sum(map(len, people))
    return {
        "out": str(target),
        "reader": what.reader,
        "counts": {"people": len(people), "rows": rows},
    }


def take_in(what: Reviewing, file: Path, passwords: Sequence[str] = ()) -> dict[str, Any]:
    """Keep the answers of a workbook that `export` wrote; return what became of them.

    The reader is who it was written for. Raises a `Fault`; then nothing is kept.
    """
    from loubao.workbook.read_sheets import read_sheets

    sheets = load_printed(what.rules, "sheets")
    words = sheets.review.book
    try:
        content = content_of(file)
    except FileNotFoundError:
        raise Usage(f"--import {file.name} 不存在") from None
    except OSError as error:
        raise Usage(f"{file.name} {why_not(error)}") from None
    book = returned_book(read_sheets(content, file.name, passwords), file.name, words)
    key = book.key
    if what.reader and what.reader != key.reader:
        raise Usage(words.other_reader.format(file=file.name, reader=key.reader))
    with reviewing(replace(what, reader=key.reader, blind=key.blind)) as session:
        now_asked = session.key()
        if (key.scope, key.origin) != (now_asked.scope, now_asked.origin):
            raise UntrustedInput(words.other_origin.format(file=file.name, scope=key.scope))
        taken = take(session, book, words)
        standing = asdict(session.standing())
    names = ("file", "sheet", "row", "column", "code", "detail")
    return {
        "file": str(file),
        "reader": key.reader,
        "due": standing.pop("due"),
        "counts": {name: taken.counts[name] for name in ("posted", "unchanged", "blank", "odd")},
        "standing": standing,
        "issues": [dict(zip(names, issue, strict=True)) for issue in sorted(taken.issues)],
        "issue_titles": {code: issue.title for code, issue in sheets.issues.items()},
    }
