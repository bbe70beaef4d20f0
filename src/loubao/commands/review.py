"""`review`: the office decides the doubtful pairs of a month, before anybody walks.

A session has what the page needs: the questions, what was said of them, and the ledger that each
decision goes to at once. The ledger itself is held only while a decision is posted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from loubao.core.events import Posting
from loubao.core.faults import Usage
from loubao.ledger import postings
from loubao.ledger.case_file import last_id
from loubao.ledger.connection import writing
from loubao.ledger.editions import last_shown
from loubao.ledger.posted_months import last_postings
from loubao.ledger.sqlite_file import Connection, locked, opening
from loubao.ledger.status import merged_into
from loubao.ledger.undoing import taking_back
from loubao.review.cards import Agreement, Card, Choice, Standing
from loubao.review.judging import Judging, Opinion, answer_of, in_share, opinion
from loubao.review.kappa import agreement
from loubao.review.known import Known, carried_along, decided_pairs, known
from loubao.review.people_asked import Option, Question, questions
from loubao.review.presentation import Presentation, whole_number
from loubao.rules.folder import load_rules
from loubao.workspace.finished_month import FinishedMonth, finished_month, folder_of_match

_BUSY = "台账 {name} 的核对页面已经打开着，请先关闭那一个"
_STALE = "本月又比对过一次，请关闭页面，重新运行 loubao review"
_OTHER_RUN = "这份输出不是台账里 {month} 最后一次比对的：名单或规则不同，请用那一次的输出"
_LATER = "之后台账又有登记，不能撤销这一次；请直接改判"
_NO_SUCH = "没有这一题"
_ONE_ROW = (
    "编号 {other} 已判定是名册上的这一人，而 {case} 与 {other} 已判定不是同一人："
    "再判“是”，两个编号就成了同一人。请先改判其中一个"
)


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
    order: Literal["leaves", "uncertain", "town"] = "leaves"
    blind: int = 0


@contextmanager
def reviewing(what: Reviewing) -> Iterator[Session]:
    """Give the session of a month; nobody else can open one on the ledger until it ends.

    Raises `Busy` where somebody has, or where a run holds the ledger; `Usage` where OUT is no match
    or not of the ledger's last month, or where there is nothing to review.
    """
    if not what.reader.strip():
        raise Usage("请写明是谁核对，如 --reader 甲")
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
        yield Session(what, finished)


class Session:
    """One sitting at the desk: questions from 0, decisions of one reader.

    Every method raises a `Fault` where it cannot do what is asked; then nothing is written.
    """

    def __init__(self, what: Reviewing, finished: FinishedMonth) -> None:
        self._what = what
        self._month = f"{finished.month.as_of:%Y-%m}"
        self._as_of = finished.month.as_of.isoformat()
        self._started = str(finished.manifest.get("started", ""))
        self._turn = threading.RLock()
        self._sitting: list[tuple[int, int]] = []
        self._seen: set[int] = set()
        with writing(what.ledger, what.key) as connection:
            self._posted = self._last_posting(connection)
            last = postings.posted(connection, self._posted)
            if last is None or last.digest != finished.digest:
                raise Usage(_OTHER_RUN.format(month=self._month))
            numbers = postings.case_numbers(connection)
            merged = merged_into(connection)
            self._numbers = numbers
            case_ids = {case_no: case for case, case_no in numbers.items() if case not in merged}
            month = carried_along(connection, finished.month, case_ids)
            self._questions = questions(month, case_ids, what.order)
            decided = decided_pairs(connection, self._month)
            self._questions += decided.questions(self._questions, month.records, month.rules)
            if not self._questions:
                raise Usage("没有要核对的：本月没有与名册相似的人")
            lines = last_shown(connection, (each.case_id for each in self._questions))
            self._known = self._read(connection)
        rules = finished.month.rules
        self._words = rules.sheets.review
        self._shown = Presentation.of(self._questions, rules, finished.explainer, lines)
        self.total = len(self._questions)

    def card(self, number: int) -> Card:
        """Return a question."""
        with self._turn:
            question = self._question(number)
            self._seen.add(number)
            decided = self._opinion(question).of(self._what.reader)
            said = [self._said_of(question, option) for option in question.options]
            return self._shown.card(number, question, decided, said)

    def number_of(self, number: int, side: Literal["left"] | int) -> str:
        """Return the whole ID number of the person, or of a candidate (from 0).

        Several numbers of the person, as several lists write them, are joined by 、.
        """
        options = self._question(number).options
        if side == "left":
            rows = [option.own for option in options]
        elif 0 <= side < len(options):
            rows = [options[side].row]
        else:
            raise Usage(_NO_SUCH)
        return "、".join(dict.fromkeys(filter(None, map(whole_number, rows))))

    def decide(self, number: int, choice: Choice, candidate: int | None) -> Standing:
        """Post a decision; of `same` the candidate is needed where there are several."""
        return self._post(number, choice, candidate, Judging.decided)

    def settle(self, number: int, choice: Choice, candidate: int | None) -> Standing:
        """Post what ends a disagreement of two readers."""
        return self._post(number, choice, candidate, Judging.settled)

    def take_back(self) -> int | None:
        """Take back the last decision of this sitting; return its question, None without one.

        Raises `Usage` where something was posted since: then only another decision helps.
        """
        with self._turn:
            if not self._sitting:
                return None
            posting_id, number = self._sitting[-1]
            with writing(self._what.ledger, self._what.key) as connection:
                last = postings.holding(connection)[-1]
                if last.posting_id != posting_id:
                    raise Usage(_LATER)
                posting = taking_back(connection, last, date.today().isoformat())
                postings.post(connection, posting, _now())
                self._sitting.pop()
                self._known = self._read(connection)
            return number

    def standing(self) -> Standing:
        """Return how far the reader is, and what follows from what was decided."""
        with self._turn:
            done = unsure = skipped = saved = 0
            for number, question in enumerate(self._questions):
                before = self._opinion(question)
                decided = before.of(self._what.reader)
                done += decided is not None and decided.choice != "unsure"
                unsure += decided is not None and decided.choice == "unsure"
                skipped += decided is None and number in self._seen
                official = before.official
                if official and official.choice == "same" and official.candidate is not None:
                    saved += question.options[official.candidate].leaves
            return Standing(self.total, done, unsure, skipped, saved, self._due())

    def undecided_from(self, number: int) -> int | None:
        """Return the next question that the reader has to answer, from a number on, then from the
        first; None where there is none.

        What another reader has decided alone counts as decided; what they were unsure of does not.
        """
        with self._turn:
            order = (*range(number, self.total), *range(min(number, self.total)))
            return next((each for each in order if not self._is_done(each)), None)

    def disagreements(self) -> list[int]:
        """Return the questions on which two readers differ, and nobody has settled it."""
        with self._turn:
            opinions = map(self._opinion, self._questions)
            return [number for number, each in enumerate(opinions) if each.differing]

    def agreement(self) -> Agreement | None:
        """Return how far two readers agree; None below two questions that both have answered."""
        with self._turn:
            answers = []
            for question in self._questions:
                both = sorted([*self._opinion(question).blind.items()][:2])
                if len(both) == 2:
                    answers.append((answer_of(both[0][1]), answer_of(both[1][1])))
            return agreement(answers)

    # -- the ledger --------------------------------------------------------------------------------

    def _post(
        self,
        number: int,
        choice: Choice,
        candidate: int | None,
        posting_of: Callable[[Judging, Question, Opinion, Choice, int | None], Posting],
    ) -> Standing:
        with self._turn:
            question = self._question(number)
            with writing(self._what.ledger, self._what.key) as connection:
                if self._last_posting(connection) != self._posted:
                    raise Usage(_STALE)
                if last_id(connection, "posting") != self._known.latest:
                    self._known = self._read(connection)
                judging = Judging(
                    self._what.reader,
                    _now(),
                    self._month,
                    self._as_of,
                    in_share(question, self._month, self._what.blind),
                )
                posting = posting_of(judging, question, self._opinion(question), choice, candidate)
                if choice == "same":
                    self._refuse_one_row(question, question.options[candidate or 0])
                posting_id = postings.post(connection, posting, _now())
                self._sitting.append((posting_id, number))
                self._known = self._read(connection)
            return self.standing()

    def _last_posting(self, connection: Connection) -> int:
        """The last posting of the month; raises `Usage` where the ledger is of another month."""
        months = last_postings(connection)
        last = max(months, default="")
        if last > self._month:
            raise Usage(f"台账已登记到 {last}，这份输出是 {self._month} 的；请用最近一个月的输出")
        if self._month not in months:
            name = self._what.ledger.name
            raise Usage(f"台账 {name} 里没有登记 {self._month}；请先用这个台账运行 loubao match")
        return months[self._month]

    def _read(self, connection: Connection) -> Known:
        return known(connection, self._month, self._questions)

    def _refuse_one_row(self, question: Question, option: Option) -> None:
        """Raise `Usage` where another person, known to be another one, is this row already."""
        for other in self._known.others_on(question, option):
            if frozenset((question.case_id, other)) in self._known.apart:
                numbers = {"case": question.case["case_no"], "other": self._numbers[other]}
                raise Usage(_ONE_ROW.format(**numbers))

    # -- what is known -----------------------------------------------------------------------------

    def _question(self, number: int) -> Question:
        if not 0 <= number < self.total:
            raise Usage(_NO_SUCH)
        return self._questions[number]

    def _opinion(self, question: Question) -> Opinion:
        return opinion(question, self._known.reviews.get(question.case_id, ()))

    def _is_done(self, number: int) -> bool:
        found = self._opinion(self._questions[number])
        decided = found.of(self._what.reader)
        if decided is None:
            return found.differing
        return decided.choice != "unsure" or decided.reader == self._what.reader

    def _said_of(self, question: Question, option: Option) -> list[str]:
        """What was said of a candidate already: by the village, and of other cases."""
        words = self._words
        said = []
        verdict = self._known.said.get((question.case_id, option.other))
        if verdict and not verdict.by_desk:
            same = words.same if verdict.same else words.different
            said.append(words.said.format(on=verdict.on_date, who=words.who.village, said=same))
        taken = (self._numbers[case] for case in self._known.others_on(question, option))
        return [*said, *(words.taken.format(case=case) for case in taken)]

    def _due(self) -> bool:
        """Whether a decision holds that the sheets do not have yet."""
        return any(_is_since(at, self._started) for at in self._known.since())


def _is_since(time: str, start: str) -> bool:
    """Whether a time is not before another one; so too where one of them is not known.

    >>> _is_since("2022-07-01T09:00:00+08:00", "2022-07-01T02:00:00+00:00"), _is_since("", "")
    (False, True)
    """
    try:
        return datetime.fromisoformat(time) >= datetime.fromisoformat(start)
    except ValueError:
        return True


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
