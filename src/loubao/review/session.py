"""One sitting at the desk: questions, what was said of them, and where decisions are kept.

A store keeps decisions: the ledger of a month, or the file of verdicts beside the links of two
tables. What a decision means is the same for both (`judging`), and so is the page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from loubao.core.events import Posting, Reviewed
from loubao.core.faults import Usage
from loubao.review.cards import Agreement, Card, Choice, Standing
from loubao.review.judging import Judging, Opinion, answer_of, in_share, opinion
from loubao.review.kappa import agreement
from loubao.review.people_asked import Option, Question
from loubao.review.presentation import Presentation, whole_number
from loubao.review.sheet_lines import Key

_NO_SUCH = "没有这一题"
#: Makes what a decision posts, of what is known when nobody else can write.
Decided: TypeAlias = Callable[[], Posting]


class Store(Protocol):
    """Where the decisions of a sitting are kept.

    scope   what the decisions are about: a month (2022-06), or two tables
    origin  tells this ledger, or these tables, from others
    as_of   the day of the month, or of the link (ISO)
    """

    scope: str
    origin: str
    as_of: str

    def reviews_of(self, question: Question) -> Sequence[Reviewed]:
        """Return what readers have said of a question, oldest first."""

    def said_of(self, question: Question, option: Option) -> list[str]:
        """Return in words what was said elsewhere of a candidate: by villages, of other people."""

    def keep(self, question: Question, same: Option | None, decided: Decided) -> int:
        """Keep what `decided` returns, for good; return its number.

        `same`: the candidate that it says to be the person. What others have said in the meantime
        is read before. Raises a `Fault`; then nothing is kept.
        """

    def take_back(self, number: int) -> None:
        """Take back what was kept last; raises `Usage` where something was kept since."""

    def last_sitting(self) -> Sitting | None:
        """Return the last sitting, None where nothing was kept, or something else since."""

    def take_back_all(self, numbers: Sequence[int]) -> None:
        """Take back what was kept last, all or none; raises `Usage` where it is not the last."""

    def is_due(self) -> bool:
        """Return whether a decision holds that the output does not have yet."""


@dataclass(frozen=True)
class Sitting:
    """What one reader decided at one sitting, as far as it holds and nothing was kept since.

    reader, began   whose it is, and since when (ISO)
    numbers         of what was kept, oldest first
    earlier         how much more of it holds, which something else was kept after
    """

    reader: str
    began: str
    numbers: tuple[int, ...]
    earlier: int = 0


@dataclass(frozen=True)
class Reader:
    """Who decides: `clock` gives the time (ISO), `began` is that of the sitting; of each 100
    questions two readers answer `blind`, each without the other.
    """

    name: str
    clock: Callable[[], str]
    began: str
    blind: int = 0


class Session:
    """Questions from 0, decisions of one reader.

    Every method raises a `Fault` where it cannot do what is asked; then nothing is written.
    """

    def __init__(
        self, questions: Sequence[Question], shown: Presentation, store: Store, reader: Reader
    ) -> None:
        self._questions, self._shown, self._store = questions, shown, store
        self._reader = reader
        self._turn = threading.RLock()
        self._sitting: list[tuple[int, int]] = []
        self._seen: set[int] = set()
        self.total = len(questions)

    def card(self, number: int) -> Card:
        """Return a question."""
        with self._turn:
            question = self._question(number)
            self._seen.add(number)
            decided = self._opinion(question).of(self._reader.name)
            said = [self._store.said_of(question, option) for option in question.options]
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

    def decide(
        self, number: int, choice: Choice, candidate: int | None, remark: str = ""
    ) -> Standing:
        """Keep a decision; of `same` the candidate is needed where there are several."""
        return self._keep(number, choice, candidate, Judging.decided, remark)

    def settle(self, number: int, choice: Choice, candidate: int | None) -> Standing:
        """Keep what ends a disagreement of two readers."""
        return self._keep(number, choice, candidate, Judging.settled)

    def take_back(self) -> int | None:
        """Take back the last decision of this sitting; return its question, None without one.

        Raises `Usage` where something was posted since: then only another decision helps.
        """
        with self._turn:
            if not self._sitting:
                return None
            kept, number = self._sitting[-1]
            self._store.take_back(kept)
            self._sitting.pop()
            return number

    def standing(self) -> Standing:
        """Return how far the reader is, and what follows from what was decided."""
        with self._turn:
            done = unsure = skipped = saved = 0
            for number, question in enumerate(self._questions):
                before = self._opinion(question)
                decided = before.of(self._reader.name)
                done += decided is not None and decided.choice != "unsure"
                unsure += decided is not None and decided.choice == "unsure"
                skipped += decided is None and number in self._seen
                official = before.official
                if official and official.choice == "same" and official.candidate is not None:
                    saved += question.options[official.candidate].leaves
            return Standing(self.total, done, unsure, skipped, saved, self._store.is_due())

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

    def _keep(
        self,
        number: int,
        choice: Choice,
        candidate: int | None,
        posting_of: Callable[[Judging, Question, Opinion, Choice, int | None], Posting],
        remark: str = "",
    ) -> Standing:
        with self._turn:
            question = self._question(number)

            def decided() -> Posting:
                scope, reader = self._store.scope, self._reader
                blind = in_share(question, scope, reader.blind)
                about = (scope, self._store.as_of, reader.began, blind, remark)
                judging = Judging(reader.name, reader.clock(), *about)
                return posting_of(judging, question, self._opinion(question), choice, candidate)

            place = candidate or 0
            one = choice == "same" and place < len(question.options)
            kept = self._store.keep(question, question.options[place] if one else None, decided)
            self._sitting.append((kept, number))
            return self.standing()

    @property
    def as_of(self) -> str:
        """The day that the questions are of (ISO)."""
        return self._store.as_of

    def key(self) -> Key:
        """Return what the lines of a workbook of this sitting have in common."""
        reader = self._reader
        return Key(self._store.scope, self._store.origin, reader.name, reader.blind)

    def said_of(self, number: int, candidate: int) -> Choice | None:
        """Return what holds, or what the reader has said, of a candidate."""
        with self._turn:
            question = self._question(number)
            found = self._opinion(question)
            said = found.said.get(self._reader.name if found.open else "", {})
            return said.get(question.options[candidate].other)

    def _question(self, number: int) -> Question:
        if not 0 <= number < self.total:
            raise Usage(_NO_SUCH)
        return self._questions[number]

    def _opinion(self, question: Question) -> Opinion:
        return opinion(question, self._store.reviews_of(question))

    def _is_done(self, number: int) -> bool:
        found = self._opinion(self._questions[number])
        decided = found.of(self._reader.name)
        if decided is None:
            return found.differing
        return decided.choice != "unsure" or decided.reader == self._reader.name
