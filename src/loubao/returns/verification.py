"""Answers of villages beside the ledger: which are posted, which are left out, and why.

Verdicts on candidates come first: they may merge cases. Then all replies about one person are
compared, whichever sheet they stood on (`_Person.decide`):

1. An answer that was posted before is not new, unless it stands on the sheet of a later month.
2. New answers that contradict each other, or contradict the answer in force where its visit is not
   earlier, are all left out.
3. Of new answers that agree one is posted; where the others differ in a detail, that is an issue.
4. An answer is too late where the case is closed, or where a later visit is posted; so is one of
   which only the day cannot be read, where any is posted: it may be the earlier of the two.
5. An answer of a later visit is a further event; another answer of the same day corrects the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from loubao.core.events import Event, Kind, Verdict
from loubao.core.frames import IssueRow
from loubao.ledger.lookup import Excerpt
from loubao.ledger.office_work import RETURNED
from loubao.ledger.status import CLOSED, IllegalTransition, answers_of, by_case, standing
from loubao.returns.answers import Reply
from loubao.returns.destination import destination, is_overtaken
from loubao.returns.identification import (
    follows,
)
from loubao.returns.same_person import answer_in_force, hand_over, merges, verdicts_of
from loubao.returns.terms import Terms

#: The outcome of a line. `added`: a person added by hand, without an answer; `judged`: only the
#: verdict is posted; `out`: left out, see the issues.
Outcome: TypeAlias = Literal[
    "untouched", "posted", "unchanged", "repeated", "judged", "added", "out"
]


@dataclass
class Verified:
    """The replies after verification.

    outcomes    in the order of the replies
    events      to be posted, in this order: first those of merges
    verdicts    to be posted
    merged      younger case → the case it is merged into
    """

    outcomes: list[Outcome] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)
    merged: dict[int, int] = field(default_factory=dict)


def verify(replies: Sequence[Reply], excerpt: Excerpt, terms: Terms) -> Verified:
    """Return what is to be posted of the replies, and the issues of the others.

    `excerpt` has the cases of the replies and of their candidates.
    """
    verdicts = verdicts_of(replies, excerpt, terms)
    merged = merges(verdicts.new, excerpt)
    events = hand_over(merged, excerpt, terms.as_of)
    done = Verified([], events, verdicts.new, verdicts.issues, merged)
    outcomes: dict[int, Outcome] = {}
    for person in _people(replies, excerpt.with_merges(merged), events, terms):
        person.decide()
        outcomes |= person.outcomes
        done.events += person.posted
        done.issues += person.issues
    for i, reply in enumerate(replies):
        done.issues += _issues(reply, excerpt, terms)
        outcome = outcomes.get(i, "out")
        if not reply.blocked and reply.answer.empty and not reply.answer.issues:
            outcome = "untouched"
        elif outcome == "out" and reply.kept and "result" not in reply.answer.texts:
            outcome = "added"
        elif outcome == "out" and i in verdicts.held:
            outcome = "judged"
        done.outcomes.append(outcome)
    return done


def _people(
    replies: Sequence[Reply], excerpt: Excerpt, merging: Sequence[Event], terms: Terms
) -> Iterator[_Person]:
    """The people of the replies that answer something; `merging` are the events of merges."""
    answered: dict[int, dict[int, Reply]] = {}
    for i, reply in enumerate(replies):
        if not reply.blocked and reply.answer.texts:
            answered.setdefault(excerpt.owner(reply.origin.case_id), {})[i] = reply
    history: dict[int, list[Event]] = {}
    for case_id, events in excerpt.events.items():
        history.setdefault(excerpt.owner(case_id), []).extend(answers_of(events))
    added = by_case(merging)
    for case_id, places in answered.items():
        yield _Person(case_id, places, history[case_id], added.get(case_id, ()), excerpt, terms)


def _issues(reply: Reply, excerpt: Excerpt, terms: Terms) -> list[IssueRow]:
    """The issues of the cells of a reply, and of a result that is not there.

    A person drawn to check a link needs a verdict only, one added by hand no result yet.
    """
    if reply.blocked:
        return []
    answer, line = reply.answer, reply.origin.line
    sample = reply.origin.case_id in excerpt.samples and answer.same is not None
    if answer.empty or "result" in answer.texts or sample or reply.kept:
        return list(answer.issues)
    column = terms.headers.get("result", "")
    detail = terms.words.result_missing.format(column=column)
    header = line.headers.get("result", column)
    return [*answer.issues, line.issue(header, "RESULT_MISSING", detail)]


@dataclass
class _Person:
    """All replies about one person, and their outcomes.

    replies   by their place among all replies
    history   the answers of the case and of those that live on in it, as far as they are posted
    added     events of this run's merges
    """

    case_id: int
    replies: dict[int, Reply]
    history: Sequence[Event]
    added: Sequence[Event]
    excerpt: Excerpt
    terms: Terms
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    posted: list[Event] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)

    def decide(self) -> None:
        """Find the replies that repeat, those that contradict each other, and the one to post."""
        in_force = answer_in_force(self.case_id, self.excerpt, self.added)
        answered = [i for i, reply in self.replies.items() if reply.answer.meaning is not None]
        current = [i for i in answered if in_force is not None and self._repeats(i, in_force)]
        past = [i for i in answered if i not in current and self._is_past(i)]
        self.outcomes |= dict.fromkeys((*current, *past), "unchanged")
        fresh = [i for i in answered if i not in current and i not in past]
        fresh = [i for i in fresh if not self._overtaken(i)]
        if not fresh:
            return
        # the answer in force, collected again, contradicts a new one that is not later
        latest = max(map(self._day, fresh))
        rivals = [
            i for i in current if self._day(i) >= latest and not self._outdated(i, fresh, in_force)
        ]
        if all(self._is_offices(i) for i in fresh):
            rivals = []  # the office has seen what the village said
        together = [*fresh, *rivals]
        if len({self._decisive(i) for i in together}) > 1:
            for i in together:
                others = "、".join(self.replies[k].place for k in together if k != i)
                detail = self.terms.words.conflict.format(places=others)
                self._add_issue(i, "result", "ANSWERS_CONFLICT", detail)
            return
        sound = [i for i in fresh if self.replies[i].answer.sound]
        if not sound:
            return
        chosen: int | None = None
        best_first = sorted((*sound, *rivals), key=lambda i: self._rank(i, rival=i in rivals))[::-1]
        for i in best_first:
            if chosen is not None:
                if i not in rivals:
                    self._set_aside(i, chosen)
            elif i in rivals:
                chosen = i
            elif not self._is_late(i, in_force):
                chosen = i
                self._post(i, in_force)

    def _says(self, i: int, event: Event) -> bool:
        """Whether a reply and an event have the same answer."""
        return dict(event.detail.get("answers", {})) == dict(self.replies[i].answer.texts)

    def _repeats(self, i: int, event: Event) -> bool:
        """Whether a reply repeats an event and does not stand on the sheet of a later month."""
        oldest = self.replies[i].origin.oldest
        return self._says(i, event) and not follows(oldest, event.edition_id, self.excerpt)

    def _is_past(self, i: int) -> bool:
        """Whether a reply was posted before, and another answer is in force now."""
        origin = self.replies[i].origin
        if self._is_offices(i) and not is_overtaken(origin.line, standing(self._events())):
            return False
        return any(
            self._repeats(i, event) and (not origin.keyed or event.edition_id == origin.edition_id)
            for event in self.history
        )

    def _is_offices(self, i: int) -> bool:
        return self.replies[i].origin.line.answer is not None

    def _overtaken(self, i: int) -> bool:
        """Whether the office answers what a newer answer has overtaken, with an issue."""
        overtaken = is_overtaken(self.replies[i].origin.line, standing(self._events()))
        if overtaken:
            self._add_issue(i, "result", "OFFICE_OVERTAKEN", self.terms.words.overtaken)
        return overtaken

    def _outdated(self, i: int, others: Sequence[int], in_force: Event | None) -> bool:
        """Whether all of some other replies stand on sheets of later months than the answer in
        force; of one without a sheet, on sheets that went out after it.
        """
        edition = self.replies[i].origin.edition_id
        oldest = [self.replies[k].origin.oldest for k in others]
        if edition is None and in_force is not None:
            sheets = (self.excerpt.sheets.get(each or 0) for each in oldest)
            return all(sheet is not None and sheet.issued_on > in_force.on_date for sheet in sheets)
        return all(follows(each, edition, self.excerpt) for each in oldest)

    def _day(self, i: int) -> str:
        return self.replies[i].day(self.terms.as_of)

    def _decisive(self, i: int) -> tuple[str | None, ...]:
        """The answers in which two replies must not differ."""
        texts = self.replies[i].answer.texts
        return tuple(texts.get(key) for key in self.terms.returns.decisive)

    def _rank(self, i: int, rival: bool) -> tuple[bool, str, int, int, bool, int]:
        """The later visit ranks first, then the later sheet, then the fuller answer.

        One whose day cannot be read ranks last.
        """
        reply = self.replies[i]
        answer, sheet = reply.answer, reply.origin.edition_id or 0
        return not answer.undated, self._day(i), sheet, len(answer.texts), rival, -i

    def _set_aside(self, i: int, chosen: int) -> None:
        """The issue of a reply that agrees with the chosen one: the columns that differ."""
        texts, chosen_texts = self.replies[i].answer.texts, self.replies[chosen].answer.texts
        headers = self.terms.headers
        columns = [headers[key] for key, text in texts.items() if chosen_texts.get(key) != text]
        place, words = self.replies[chosen].place, self.terms.words
        if columns:
            detail = words.differs.format(place=place, columns="、".join(columns))
            self._add_issue(i, "", "ANSWERS_DIFFER", detail)
        else:
            self.outcomes[i] = "repeated"
            self._add_issue(i, "", "ANSWER_REPEATED", words.repeated.format(place=place))

    def _is_late(self, i: int, in_force: Event | None) -> bool:
        """Whether a reply comes too late: the case is closed, or a later visit is posted.

        Each has its issue; so has a reply on a superseded edition that is posted all the same.
        """
        reply, words = self.replies[i], self.terms.words
        sheet = self.excerpt.sheets.get(reply.origin.edition_id or 0)
        superseded = sheet is not None and sheet.superseded
        numbers = {"number": sheet.number, "newest": sheet.newest} if sheet is not None else {}
        if superseded and standing(self._events()).status in CLOSED:
            self._add_issue(i, "", "EDITION_CLOSED", words.closed.format(**numbers))
            return True
        if in_force is not None and reply.answer.undated and not self._of_later_sheet(i, in_force):
            detail = words.order_unknown.format(on=in_force.on_date)
            self._add_issue(i, "visited_on", "ORDER_UNKNOWN", detail)
            return True
        dated = in_force is not None and "visited_on" in in_force.detail.get("answers", {})
        if in_force is not None and dated and self._day(i) < in_force.on_date:
            detail = words.older.format(on=in_force.on_date)
            self._add_issue(i, "visited_on", "ANSWER_OLDER", detail)
            return True
        if superseded and sheet is not None and sheet.withdrawn:
            self._add_issue(i, "", "EDITION_WITHDRAWN", words.withdrawn_sheet)
        elif superseded:
            self._add_issue(i, "", "EDITION_SUPERSEDED", words.superseded.format(**numbers))
        return False

    def _of_later_sheet(self, i: int, event: Event) -> bool:
        """Whether a reply stands on a sheet of a later month than an answer."""
        sheet = self.replies[i].origin.edition_id
        known = sheet is not None and event.edition_id is not None
        return known and follows(sheet, event.edition_id, self.excerpt)

    def _post(self, i: int, in_force: Event | None) -> None:
        """Post a reply; an answer of the same day is taken back where the history allows it."""
        self.outcomes[i] = "posted"
        event = self._event(self.replies[i])
        same_day = in_force is not None and in_force.event_id and in_force.on_date == event.on_date
        if in_force is not None and same_day and not self._says(i, in_force):
            file = self.replies[i].origin.line.file
            taken_back = Event(
                self.case_id,
                "corrected",
                self.terms.as_of.isoformat(),
                {"why": self.terms.words.corrected.format(file=file)},
                corrects=in_force.event_id,
            )
            # later events may need the first answer: then both stay
            if in_force.case_id == self.case_id and self._holds(taken_back, event):
                self.posted.append(taken_back)
        self.posted.append(event)

    def _event(self, reply: Reply) -> Event:
        meaning, texts = reply.answer.meaning, dict(reply.answer.texts)
        assert meaning is not None
        line = reply.origin.line
        detail: dict[str, Any] = {
            "lists": list(self.excerpt.lists_of(self.case_id)),
            "answers": texts,
            "file": line.file,
            "sheet": line.sheet,
            "row": line.row,
        }
        kind: Kind = "verified"
        if meaning.result == "applied":
            kind = "applied"
        elif meaning.result == "enrolled":
            kind = "enrolled"
            detail |= {"by": "sheet", "type": texts.get("proposed_type", "")}
        else:
            detail["result"] = meaning.result
        if meaning.result == RETURNED:
            sheet = self.excerpt.sheets.get(reply.origin.edition_id or 0)
            home = sheet or self.excerpt.places[self.case_id]
            to = destination(texts, (home.town, home.village), self.terms)
            detail |= {"to": to} if to else {}
        day = reply.day(self.terms.as_of)
        return Event(self.case_id, kind, day, detail, edition_id=reply.origin.edition_id)

    def _events(self) -> list[Event]:
        return [*self.excerpt.events[self.case_id], *self.added]

    def _holds(self, *more: Event) -> bool:
        """Whether a case can go through its events and some more."""
        try:
            standing([*self._events(), *more])
        except IllegalTransition:
            return False
        return True

    def _add_issue(self, i: int, key: str, code: str, detail: str) -> None:
        line = self.replies[i].origin.line
        self.issues.append(line.issue(line.header(key), code, detail))
