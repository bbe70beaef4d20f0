"""`adapt`: what the rules do not know of DATA is asked; each answer is written at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from loubao import __version__
from loubao.adaptation import first_questions, questions
from loubao.adaptation.given_answers import GivenAnswers
from loubao.adaptation.questions import LATER, Answer, Asked, Question, WrongAnswer
from loubao.adaptation.rule_changes import changes, difference
from loubao.adaptation.survey import Exports, Survey, survey
from loubao.core.faults import RuleFault, Usage
from loubao.rules import shipped_rules
from loubao.rules.asked import load_asked
from loubao.rules.folder import Rules, load_rules
from loubao.workspace.input_folder import read_exports
from loubao.workspace.rule_files import held_rules, recover, rule_texts, write_rules
from loubao.workspace.settings import name_of, refuse_missing
from loubao.workspace.stages import Progress, silent

#: Kinds after which everything is looked at anew: they settle what the cells are.
_OPENING = frozenset({"file", "columns", "header", "headers", "conditions"})


@dataclass(frozen=True)
class Draft:
    """What an answer would write: the changed files, and the lines that differ."""

    question: Question
    changed: Mapping[str, str]
    difference: str


@dataclass
class Adapting:
    """DATA and a rules folder of the user's, while questions are asked.

    `answered`: keys of what was asked in this run; `done`: all that these were asked of, also what
    was put off; `written`: the files that were changed.
    """

    data: Path
    folder: Path
    as_of: date
    exports: Exports
    rules: Rules
    answered: list[str] = field(default_factory=list)
    done: set[Asked] = field(default_factory=set)
    written: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    _seen: Survey | None = None
    _pending: list[Question] = field(default_factory=list)
    _answered: int = 0

    @property
    def seen(self) -> Survey:
        """DATA as the rules understand it now."""
        if self._seen is None:
            self._seen = survey(
                self.exports, self.rules.of_exports, load_asked(self.folder), self.as_of
            )
            self._pending = self._due(first_questions) or self._due(questions)
        return self._seen

    @property
    def pending(self) -> list[Question]:
        """What is to be asked, the next one first; an answer may bring more."""
        _ = self.seen
        if not self._pending and self._answered < len(self.answered):
            self._seen = None  # what was answered last is looked at, too
            _ = self.seen
        self._answered = len(self.answered)
        return self._pending

    def waiting(self, given: GivenAnswers) -> Question | None:
        """Return the next question that an answer is given to, also one that would come later."""
        for of_all in (False, True):
            pending = self._due(questions) if of_all and self.seen else self.pending
            found = next((each for each in pending if given.answer(each) is not None), None)
            if found is not None:
                return found
        return None

    def _due(self, asked: Callable[[Survey], list[Question]]) -> list[Question]:
        assert self._seen is not None
        due = (question.without(self.done) for question in asked(self._seen))
        return [question for question in due if question is not None]

    def draft(self, question: Question, answer: Answer) -> Draft:
        """Return what an answer would write; raises `WrongAnswer`."""
        texts = rule_texts(self.folder)
        changed = changes(question, answer, self.seen, texts)
        told = difference(texts, changed)
        for shown, header in question.about.get("header", {}).items():
            told = told.replace(header, shown)
        return Draft(question, changed, told)

    def write(self, draft: Draft) -> None:
        """Write an answer; raises `WrongAnswer` where the rules would not hold, `Usage`."""
        if draft.changed:
            try:
                self.rules = write_rules(self.folder, draft.changed)
            except RuleFault as fault:
                raise WrongAnswer(f"这样规则就不成立，没有写入：{fault.message}") from None
            self.written += [path for path in draft.changed if path not in self.written]
            self.differences.append(draft.difference)
        self.pass_over(draft.question)
        if draft.changed and draft.question.kind in _OPENING:
            self._seen = None

    def pass_over(self, question: Question) -> None:
        """Ask a question no more in this run."""
        self.answered.append(question.key)
        self.done.update(question.asked_of)
        self._pending = [each for each in self._pending if each.key != question.key]

    def report(
        self, unused: Sequence[str] = (), refused: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return what was asked and written, what is still to be asked, and what is left.

        What was put off in this run is still to be asked. `refused`: answers that were none, why.
        """
        self._seen = None
        left = list(self.seen.faults)
        self._pending = questions(self.seen)
        return {
            "loubao": __version__,
            "data": name_of(self.data),
            "as_of": self.as_of.isoformat(),
            "rules": str(self.folder),
            "answered": self.answered,
            "written": self.written,
            "differences": self.differences,
            "questions": [question.report() for question in self._pending],
            "left": left,
            "unused": [self.rules.discretion.text(key) for key in unused],
            "refused": dict(refused or {}),
        }


def read_data(
    data: Path, folder: Path, passwords: Sequence[str] = (), progress: Progress = silent
) -> Exports:
    """Return what is read of DATA; raises a `Fault`, for the rules that are shipped `Usage`."""
    refuse_missing(data)
    recover(folder)
    if folder.resolve() == shipped_rules().resolve():
        raise Usage("自带的规则不能改；请先运行 loubao init 漏保核查，再到这个文件夹里运行 adapt")
    _, sheets, refused = read_exports(data, load_rules(folder), passwords, progress)
    return Exports(sheets, refused)


@contextmanager
def adapting(data: Path, folder: Path, as_of: date, exports: Exports) -> Iterator[Adapting]:
    """Hold the rules while questions are asked; raises a `Fault`."""
    with held_rules(folder):
        load_asked(folder)
        yield Adapting(data, folder, as_of, exports, load_rules(folder))


def answer_all(
    adapted: Adapting, answers: Mapping[str, Answer]
) -> tuple[list[str], dict[str, str]]:
    """Give the answers of a file as long as one of them is asked for.

    Return the keys that were not, and what was refused: key → why. An answer that is none leaves
    its question as it is, all others are taken.
    """
    given = GivenAnswers(answers)
    refused: dict[str, str] = {}
    while (question := adapted.waiting(given)) is not None:
        answer = given.take(question)
        try:
            if answer == LATER:
                adapted.pass_over(question)
            else:
                adapted.write(adapted.draft(question, answer))
        except WrongAnswer as wrong:
            given.refuse(question)
            refused[question.key] = str(wrong)
    return given.unused, refused
