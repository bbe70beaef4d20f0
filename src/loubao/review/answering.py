"""The answers of a workbook, kept as those of the page are: by the same sitting, one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from loubao.core.faults import Busy, Fault
from loubao.core.frames import IssueRow
from loubao.review.cards import Card, Choice
from loubao.review.returned_book import Answered, ReturnedBook, odd_cases
from loubao.review.session import Session
from loubao.rules.wording import Wording

_ORDER: Sequence[Choice] = ("same", "different", "unsure")


@dataclass
class Taken:
    """What became of a workbook: people `posted`, `unchanged`, `blank`, `odd`; and issues."""

    counts: Counter[str] = field(default_factory=Counter)
    issues: list[IssueRow] = field(default_factory=list)


def take(session: Session, book: ReturnedBook, words: Wording) -> Taken:
    """Keep the answers of a workbook; those that are kept already are not kept twice.

    `words` are `review.book` of sheets.yaml. An answer that cannot be kept is an issue. Raises
    `Busy` where nothing could be kept because another run holds the store.
    """
    taken = Taken(issues=list(book.issues))
    cards = {card.case_no: card for card in map(session.card, range(session.total))}
    odd = odd_cases(book)
    column = next(column.header for column in words.columns if column.key == "answer")
    for case_no, lines in book.people.items():
        answers = _answers(lines)
        if case_no in odd:
            taken.counts["odd"] += 1
        elif not answers:
            taken.counts["blank"] += 1
        else:
            person = _Person(session, cards.get(case_no), answers, column, words)
            outcome, issues = person.kept(nothing_yet=not taken.counts["posted"])
            taken.counts[outcome] += 1
            taken.issues += issues
    return taken


def _answers(lines: Sequence[Answered]) -> dict[str, Answered]:
    """The line of each candidate that has an answer."""
    return {each.key.other: each for each in lines if each.choice is not None}


@dataclass
class _Person:
    """The answers on one person; `card` is None where there is no question any more."""

    session: Session
    card: Card | None
    answers: Mapping[str, Answered]
    column: str
    words: Wording

    def kept(self, nothing_yet: bool) -> tuple[str, list[IssueRow]]:
        """Keep the answers; return what became of the person, and issues."""
        card, places = self.card, self._places()
        gone = [each for other, each in self.answers.items() if other not in places]
        issues = [each.issue(self.column, "REVIEW_GONE", self.words.gone) for each in gone]
        if card is None or not places:
            return "odd", issues
        new = [
            (places[other], self.answers[other])
            for other in places
            if self.session.said_of(card.number, places[other]) != self.answers[other].choice
        ]
        if not new:
            return "unchanged", issues
        decided = card.decided
        if decided is not None and any(each.key.was != decided.at for _, each in new):
            at = decided.at[:16].replace("T", " ")
            detail = self.words.since.format(reader=decided.reader, at=at)
            return "odd", [
                *issues,
                *(each.issue(self.column, "REVIEW_SINCE", detail) for _, each in new),
            ]
        posted = 0
        for candidate, choice, about in _steps(new, len(card.candidates)):
            remark = "；".join(dict.fromkeys(filter(None, (each.remark for each in about))))
            try:
                self.session.decide(card.number, choice, candidate, remark)
                posted += 1
            except Fault as fault:
                if isinstance(fault, Busy) and nothing_yet and not posted:
                    raise
                refused = ((self.column, "REVIEW_REFUSED", fault.message),) * len(about)
                issues += [each.issue(*why) for each, why in zip(about, refused, strict=True)]
        return ("posted" if posted else "odd"), issues

    def _places(self) -> dict[str, int]:
        """The candidates that were answered and are shown still, by their place."""
        shown = self.card.candidates if self.card is not None else ()
        return {each.other: place for place, each in enumerate(shown) if each.other in self.answers}


def _steps(
    new: Sequence[tuple[int, Answered]], candidates: int
) -> Iterator[tuple[int | None, Choice, list[Answered]]]:
    """What to decide, one after another: candidate (None: all of them), choice, the lines.

    Who is the person comes first; all candidates with one answer are one decision, as on the page.
    """
    for choice in _ORDER:
        of_choice = [(place, each) for place, each in new if each.choice == choice]
        if choice != "same" and len(of_choice) == candidates:
            yield None, choice, [each for _, each in of_choice]
        else:
            for place, each in of_choice:
                yield place, choice, [each]
