"""Answers of villages against the ledger: what is posted, what stays out, and why.

All lines about one person are looked at together, wherever they stood. What was posted before is
nothing new, unless it is said again on the sheet of a later month; two answers that differ are both
left out; of doubles one is posted, and what the others say beside it is told. A later visit is a
further event, another answer of the same day corrects the one before. What a person says of a
candidate is a judgement; that two cases are one person merges the younger into the older.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loubao.core.events import Event, Kind, State
from loubao.ledger.status import CLOSED, IllegalTransition, standing
from loubao.returns.answers import Reply, Verified, answer_in_force, day_of, is_dated, lives_in
from loubao.returns.on_file import OnFile, answers_of, follows
from loubao.returns.page import IssueRow
from loubao.returns.same_person import hand_over, judged, merges
from loubao.rules.returns import Returns


def verify(
    replies: Sequence[Reply],
    on_file: OnFile,
    returns: Returns,
    headers: Mapping[str, str],
    as_of: dt.date,
) -> Verified:
    """Return what is to be posted of the replies, and what is to be said of the others.

    `headers` are the columns of the village sheet by key.
    """
    done = Verified(["out" if r.blocked else "untouched" for r in replies])
    heard = judged(replies, on_file, returns, headers, as_of, done)
    done.merged = merges(done.judgements, on_file)
    hand_over(on_file, as_of, done)
    groups: dict[int, list[int]] = {}
    for i, reply in enumerate(replies):
        if not reply.blocked and reply.answer.given:
            groups.setdefault(lives_in(reply.known.case_id, on_file, done), []).append(i)
    members: dict[int, list[int]] = {}
    for case_id in on_file.events:
        members.setdefault(lives_in(case_id, on_file, done), []).append(case_id)
    for case_id, places in groups.items():
        _Case(
            case_id, members[case_id], places, replies, on_file, returns, headers, as_of, done
        ).decide()
    for i, reply in enumerate(replies):
        done.issues += [] if reply.blocked else reply.answer.issues
        if reply.blocked or not (reply.answer.given or reply.answer.same is not None):
            if reply.answer.issues and not reply.blocked:
                done.outcomes[i] = "out"
            continue
        sample = reply.known.case_id in on_file.samples and reply.answer.same is not None
        if "result" not in reply.answer.texts and not sample:
            done.issues.append(_result_missing(reply, returns, headers))
        if i in heard and done.outcomes[i] in {"out", "untouched"}:
            done.outcomes[i] = "judged"
        elif done.outcomes[i] == "untouched":
            done.outcomes[i] = "out"
    return done


def _result_missing(reply: Reply, returns: Returns, headers: Mapping[str, str]) -> IssueRow:
    line = reply.known.line
    header = headers.get("result", "")
    detail = returns.said.result_missing.format(column=header)
    return (*line.place, line.headers.get("result", header), "RESULT_MISSING", detail)


@dataclass
class _Case:
    """All replies about one person."""

    case_id: int
    members: Sequence[int]  # the case, and those that live on in it
    places: Sequence[int]
    replies: Sequence[Reply]
    on_file: OnFile
    returns: Returns
    headers: Mapping[str, str]
    as_of: dt.date
    done: Verified

    def decide(self) -> None:
        in_force = answer_in_force(self.on_file, self.done, self.case_id)
        history = [
            event for case_id in self.members for event in answers_of(self.on_file.events[case_id])
        ]
        answered = [i for i in self.places if self.replies[i].answer.meaning is not None]
        current = [i for i in answered if in_force is not None and self._repeats(i, in_force)]
        past = [i for i in answered if i not in current and self._is_past(i, history)]
        for i in (*current, *past):
            self.done.outcomes[i] = "unchanged"
        fresh = [i for i in answered if i not in current and i not in past]
        for i in self.places:
            if i not in answered:
                self.done.outcomes[i] = "out"
        if not fresh:
            return
        latest = max(day_of(self.replies[i], self.as_of) for i in fresh)
        rivals = [
            i
            for i in current
            if day_of(self.replies[i], self.as_of) >= latest and not self._outdated(i, fresh)
        ]
        if len({self._decisive(i) for i in (*fresh, *rivals)}) > 1:
            self._contradict([*fresh, *rivals], fresh)
            return
        sound = [i for i in fresh if self.replies[i].answer.sound]
        for i in fresh:
            self.done.outcomes[i] = "out"
        if sound:
            self._post(sound, rivals, in_force)

    def _says(self, i: int, event: Event) -> bool:
        """Whether a reply says just what an event says."""
        return dict(event.detail.get("answers", {})) == dict(self.replies[i].answer.texts)

    def _repeats(self, i: int, event: Event) -> bool:
        """Whether a reply says what an event says, and not on the sheet of a later month."""
        oldest = self.replies[i].known.oldest
        return self._says(i, event) and not follows(oldest, event.edition_id, self.on_file)

    def _is_past(self, i: int, history: Sequence[Event]) -> bool:
        """Whether a reply was posted once, though another answer holds now."""
        known = self.replies[i].known
        return any(
            self._repeats(i, event) and (not known.keyed or event.edition_id == known.edition_id)
            for event in history
        )

    def _outdated(self, i: int, others: Sequence[int]) -> bool:
        """Whether all of some other replies stand on sheets of later months."""
        edition = self.replies[i].known.edition_id
        return all(follows(self.replies[k].known.oldest, edition, self.on_file) for k in others)

    def _decisive(self, i: int) -> tuple[str | None, ...]:
        texts = self.replies[i].answer.texts
        return tuple(texts.get(key) for key in self.returns.decisive)

    def _contradict(self, members: Sequence[int], fresh: Sequence[int]) -> None:
        for i in members:
            others = "、".join(self.replies[k].place for k in members if k != i)
            detail = self.returns.said.conflict.format(places=others)
            self._say(i, "result", "ANSWERS_CONFLICT", detail)
        for i in fresh:
            self.done.outcomes[i] = "out"

    def _post(self, sound: Sequence[int], rivals: Sequence[int], in_force: Event | None) -> None:
        """Post the latest of replies that agree, unless it is in force, and tell of the others."""

        def rank(i: int) -> tuple[str, int, int, bool, int]:
            reply = self.replies[i]
            edition = reply.known.edition_id or 0
            return day_of(reply, self.as_of), edition, len(reply.answer.texts), i in rivals, -i

        chosen = max((*sound, *rivals), key=rank)
        reply = self.replies[chosen]
        said = self.returns.said
        for i in sound:
            if i != chosen:
                self._double(i, chosen)
        if chosen in rivals:
            return
        state = self._state()
        sheet = self.on_file.sheets.get(reply.known.edition_id or 0)
        if sheet is not None and sheet.superseded:
            closed = state.status in CLOSED
            words = said.closed if closed else said.superseded
            detail = words.format(number=sheet.number, newest=sheet.newest)
            self._say(chosen, "", "EDITION_CLOSED" if closed else "EDITION_SUPERSEDED", detail)
            if closed:
                return
        day = day_of(reply, self.as_of)
        if in_force is not None and is_dated(in_force) and day < in_force.on_date:
            detail = said.older.format(on=in_force.on_date)
            self._say(chosen, "visited_on", "ANSWER_OLDER", detail)
            return
        self.done.outcomes[chosen] = "posted"
        event = self._event(reply, day)
        same_day = in_force is not None and in_force.event_id and in_force.on_date == day
        if in_force is not None and same_day and not self._says(chosen, in_force):
            why = {"why": said.corrected.format(file=reply.known.line.file)}
            taken_back = Event(
                self.case_id,
                "corrected",
                self.as_of.isoformat(),
                why,
                corrects=in_force.event_id,
            )
            # what came of the first answer since may not stand without it: then both stay
            if in_force.case_id == self.case_id and self._holds([taken_back, event]):
                self.done.add(taken_back)
        self.done.add(event)

    def _double(self, i: int, chosen: int) -> None:
        """Tell of a reply that agrees with the one that is posted, and of what it says else."""
        texts, posted = self.replies[i].answer.texts, self.replies[chosen].answer.texts
        columns = [self.headers[key] for key, text in texts.items() if posted.get(key) != text]
        place, said = self.replies[chosen].place, self.returns.said
        if columns:
            detail = said.differs.format(place=place, columns="、".join(columns))
            self._say(i, "", "ANSWERS_DIFFER", detail)
        else:
            self.done.outcomes[i] = "repeated"
            self._say(i, "", "ANSWER_REPEATED", said.repeated.format(place=place))

    def _event(self, reply: Reply, day: str) -> Event:
        meaning, texts = reply.answer.meaning, dict(reply.answer.texts)
        assert meaning is not None
        line = reply.known.line
        detail: dict[str, Any] = {
            "lists": list(self.on_file.lists.get(self.case_id, ())),
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
        return Event(self.case_id, kind, day, detail, edition_id=reply.known.edition_id)

    def _history(self) -> list[Event]:
        return [*self.on_file.events[self.case_id], *self.done.of_case.get(self.case_id, ())]

    def _state(self) -> State:
        return standing(self._history())

    def _holds(self, more: Sequence[Event]) -> bool:
        try:
            standing([*self._history(), *more])
        except IllegalTransition:
            return False
        return True

    def _say(self, i: int, key: str, code: str, detail: str) -> None:
        line = self.replies[i].known.line
        self.done.issues.append((*line.place, line.headers.get(key, ""), code, detail))
