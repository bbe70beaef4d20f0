"""Decisions of the desk on a month, kept in the ledger: each one a posting, at once.

The ledger itself is held only while a decision is posted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import takewhile
from pathlib import Path

from loubao.core.events import Reviewed
from loubao.core.faults import Usage
from loubao.ledger import postings
from loubao.ledger.case_file import last_id
from loubao.ledger.connection import reading, writing
from loubao.ledger.editions import last_shown
from loubao.ledger.judgements import reviews_of
from loubao.ledger.posted_months import last_postings
from loubao.ledger.sqlite_file import Connection, transaction
from loubao.ledger.status import merged_into
from loubao.ledger.undoing import taking_back
from loubao.review.known import Known, carried_along, decided_pairs, known
from loubao.review.people_asked import Option, Order, Question, questions
from loubao.review.presentation import Presentation
from loubao.review.session import Decided, Sitting
from loubao.workspace.finished_month import FinishedMonth

_STALE = "本月又比对过一次，请关闭页面，重新运行 loubao review"
_OTHER_RUN = "这份输出不是台账里 {month} 最后一次比对的：名单或规则不同，请用那一次的输出"
_LATER = "之后台账又有登记，不能撤销这一次；请直接改判"
_ONE_ROW = (
    "编号 {other} 已判定是名册上的这一人，而 {case} 与 {other} 已判定不是同一人："
    "再判“是”，两个编号就成了同一人。请先改判其中一个"
)


class LedgerStore:
    """The ledger as the store of a sitting: the `questions` of its last month.

    Raises `Usage` where the month is not that of the ledger, or where there is nothing to review.
    """

    def __init__(
        self, ledger: Path, key: str | None, finished: FinishedMonth, order: Order
    ) -> None:
        self._ledger, self._key = ledger, key
        self.scope = f"{finished.month.as_of:%Y-%m}"
        self.as_of = finished.month.as_of.isoformat()
        self._started = str(finished.manifest.get("started", ""))
        with writing(ledger, key) as connection:
            self._posted = self._last_posting(connection)
            last = postings.posted(connection, self._posted)
            if last is None or last.digest != finished.digest:
                raise Usage(_OTHER_RUN.format(month=self.scope))
            first = postings.posted(connection, 1)
            self.origin = first.chain[:16] if first else ""
            numbers = postings.case_numbers(connection)
            merged = merged_into(connection)
            self._numbers = numbers
            case_ids = {case_no: case for case, case_no in numbers.items() if case not in merged}
            month = carried_along(connection, finished.month, case_ids)
            self.questions = questions(month, case_ids, order)
            decided = decided_pairs(connection, self.scope)
            self.questions += decided.questions(self.questions, month.records, month.rules)
            if not self.questions:
                raise Usage("没有要核对的：本月没有与名册相似的人")
            lines = last_shown(connection, (each.case_id for each in self.questions))
            self._known = self._read(connection)
        rules = finished.month.rules
        self._words = rules.sheets.review
        self.shown = Presentation.of(self.questions, rules, finished.explainer, lines)

    def reviews_of(self, question: Question) -> Sequence[Reviewed]:
        """See `Store`."""
        return self._known.reviews.get(question.case_id, ())

    def said_of(self, question: Question, option: Option) -> list[str]:
        """See `Store`: by the village, and of other cases."""
        words = self._words
        said = []
        verdict = self._known.said.get((question.case_id, option.other))
        if verdict and not verdict.by_desk:
            same = words.same if verdict.same else words.different
            said.append(words.said.format(on=verdict.on_date, who=words.who.village, said=same))
        taken = (self._numbers[case] for case in self._known.others_on(question, option))
        return [*said, *(words.taken.format(case=case) for case in taken)]

    def keep(self, question: Question, same: Option | None, decided: Decided) -> int:
        """See `Store`."""
        with writing(self._ledger, self._key) as connection:
            if self._last_posting(connection) != self._posted:
                raise Usage(_STALE)
            if last_id(connection, "posting") != self._known.latest:
                self._known = self._read(connection)
            posting = decided()
            if same is not None:
                self._refuse_one_row(question, same)
            number = postings.post(connection, posting, now())
            self._known = self._read(connection)
        return number

    def take_back(self, number: int) -> None:
        """See `Store`."""
        self.take_back_all([number])

    def last_sitting(self) -> Sitting | None:
        """See `Store`."""
        with reading(self._ledger, self._key) as connection:
            holds = postings.holding(connection)
            readers = {each.posting_id: each.reader for each in reviews_of(connection, self.scope)}
        if not holds or holds[-1].posting_id not in readers:
            return None
        began, reader = holds[-1].counts.get("sitting"), readers[holds[-1].posting_id]
        own = [
            each.posting_id
            for each in holds
            if readers.get(each.posting_id) == reader and each.counts.get("sitting") == began
        ]
        newest = reversed([each.posting_id for each in holds])
        kept = [*takewhile(own.__contains__, newest)][::-1] if began else own[-1:]
        return Sitting(reader, began or holds[-1].posted_at, tuple(kept), len(own) - len(kept))

    def take_back_all(self, numbers: Sequence[int]) -> None:
        """See `Store`."""
        with writing(self._ledger, self._key) as connection:
            holds = [each.posting_id for each in postings.holding(connection)]
            if holds[len(holds) - len(numbers) :] != list(numbers):
                raise Usage(_LATER)
            with transaction(connection):
                for _ in numbers:
                    last = postings.holding(connection)[-1]
                    posting = taking_back(connection, last, date.today().isoformat())
                    postings.post(connection, posting, now())
            self._known = self._read(connection)

    def is_due(self) -> bool:
        """See `Store`: the sheets do not have it yet."""
        return any(is_since(at, self._started) for at in self._known.since())

    def _last_posting(self, connection: Connection) -> int:
        """The last posting of the month; raises `Usage` where the ledger is of another month."""
        months = last_postings(connection)
        last = max(months, default="")
        if last > self.scope:
            raise Usage(f"台账已登记到 {last}，这份输出是 {self.scope} 的；请用最近一个月的输出")
        if self.scope not in months:
            name = self._ledger.name
            raise Usage(f"台账 {name} 里没有登记 {self.scope}；请先用这个台账运行 loubao match")
        return months[self.scope]

    def _read(self, connection: Connection) -> Known:
        return known(connection, self.scope, self.questions)

    def _refuse_one_row(self, question: Question, option: Option) -> None:
        """Raise `Usage` where another person, known to be another one, is this row already."""
        for other in self._known.others_on(question, option):
            if frozenset((question.case_id, other)) in self._known.apart:
                numbers = {"case": question.case["case_no"], "other": self._numbers[other]}
                raise Usage(_ONE_ROW.format(**numbers))


def is_since(time: str, start: str) -> bool:
    """Return whether a time is not before another one; so too where one of them is not known.

    >>> is_since("2022-07-01T09:00:00+08:00", "2022-07-01T02:00:00+00:00"), is_since("", "")
    (False, True)
    """
    try:
        return datetime.fromisoformat(time) >= datetime.fromisoformat(start)
    except ValueError:
        return True


def now() -> str:
    """Return the time, as decisions are dated (ISO): fine enough that no two of them have one."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")
