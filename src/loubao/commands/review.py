"""`review`: the office decides the doubtful pairs of a month, before anybody walks.

A session has what the page needs: the questions, what was said of them, and the store that each
decision goes to at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from loubao.core.faults import Usage
from loubao.ledger.sqlite_file import locked, opening
from loubao.review.people_asked import Order
from loubao.review.session import Reader, Session
from loubao.rules.folder import load_rules
from loubao.workspace.decided_in_ledger import LedgerStore, now
from loubao.workspace.finished_month import finished_month, folder_of_match

_BUSY = "台账 {name} 的核对页面已经打开着，请先关闭那一个"


@dataclass(frozen=True)
class Reviewing:
    """What is reviewed.

    out     the output of a match; None: the newest one
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
    """Give the session of a month; nobody else can open one on the ledger until it ends.

    Raises `Busy` where somebody has, or where a run holds the ledger; `Usage` where OUT is no match
    or not of the ledger's last month, or where there is nothing to review.
    """
    if not what.reader.strip():
        raise Usage("请写明是谁核对，如 --reader 甲")
    with _of_month(what) as store:
        yield Session(store.questions, store.shown, store, Reader(what.reader, now, what.blind))


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
