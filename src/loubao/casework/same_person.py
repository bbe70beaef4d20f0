"""What villages say of candidates: judgements, and cases that turn out to be one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from loubao.casework.on_file import OnFile
from loubao.casework.replies import Reply, Verified, answer_in_force, day_of
from loubao.casework.returned import IssueRow
from loubao.casework.standing import CLOSED, standing
from loubao.events import Event, Judgement, Status
from loubao.rules.returns import Returns

_CASE = "case:"


def judged(
    replies: Sequence[Reply],
    on_file: OnFile,
    returns: Returns,
    headers: Mapping[str, str],
    as_of: dt.date,
    done: Verified,
) -> set[int]:
    """Take the judgements of the lines; return which lines said something that holds."""
    pairs: dict[tuple[int, str], list[int]] = {}
    held: set[int] = set()
    for i, reply in enumerate(replies):
        if reply.blocked or reply.answer.same is None:
            continue
        other = (reply.known.candidate or {}).get("other")
        if other is None:
            done.issues.append(
                _about_same(reply, headers, "NO_CANDIDATE", returns.said.no_candidate)
            )
            continue
        case_id = on_file.owner(reply.known.case_id)
        if case_id == _other_case(other, on_file):
            if reply.answer.same:
                held.add(i)
            else:
                issue = _about_same(reply, headers, "CASES_MERGED", returns.said.merged)
                done.issues.append(issue)
            continue
        pairs.setdefault((case_id, other), []).append(i)
    for (case_id, other), places in pairs.items():
        said = {replies[i].answer.same for i in places}
        if len(said) > 1:
            _conflict(places, replies, headers, returns.said.same_conflict, done)
            continue
        newest = max(places, key=lambda i: (day_of(replies[i], as_of), -i))
        reply = replies[newest]
        held |= set(places)
        if _is_new(reply, on_file.judged.get((case_id, other), ()), as_of):
            done.judgements.append(
                Judgement(
                    case_id=case_id,
                    other=other,
                    same=bool(reply.answer.same),
                    on_date=day_of(reply, as_of),
                    candidate=reply.known.candidate or {},
                )
            )
    return held


def _is_new(reply: Reply, before: Sequence[tuple[bool, str]], as_of: dt.date) -> bool:
    """Whether a judgement says something that was not said before, or later than what was."""
    day, undated = day_of(reply, as_of), reply.answer.visited_on is None
    if any(same == reply.answer.same and (undated or on == day) for same, on in before):
        return False
    return not before or (before[-1][0] != reply.answer.same and before[-1][1] <= day)


def _about_same(reply: Reply, headers: Mapping[str, str], code: str, detail: str) -> IssueRow:
    line = reply.known.line
    header = line.headers.get("same_person", headers.get("same_person", ""))
    return (*line.place, header, code, detail)


def _conflict(
    places: Iterable[int],
    replies: Sequence[Reply],
    headers: Mapping[str, str],
    words: str,
    done: Verified,
) -> None:
    members = list(places)
    for i in members:
        others = "、".join(replies[k].place for k in members if k != i)
        done.issues.append(
            _about_same(replies[i], headers, "ANSWERS_CONFLICT", words.format(places=others))
        )


def _other_case(other: str, on_file: OnFile) -> int | None:
    """The case that a candidate lives on in, None for a row of a roll."""
    return on_file.owner(int(other.removeprefix(_CASE))) if other.startswith(_CASE) else None


def merges(judgements: Iterable[Judgement], on_file: OnFile) -> dict[int, int]:
    """Younger → older case, of each two that a person said are one."""
    into: dict[int, int] = {}

    def root(case_id: int) -> int:
        while case_id in into:
            case_id = into[case_id]
        return case_id

    for judgement in judgements:
        other = _other_case(judgement.other, on_file)
        if not judgement.same or other is None:
            continue
        pair = {root(judgement.case_id), root(other)}
        if len(pair) == 2 and pair <= on_file.events.keys():
            into[max(pair)] = min(pair)
    return into


def _status(case_id: int, on_file: OnFile, done: Verified) -> Status:
    said = done.of_case.get(case_id, ())
    return standing([*on_file.events[case_id], *said]).status


def hand_over(on_file: OnFile, as_of: dt.date, done: Verified) -> None:
    """Merge cases; an answer that holds of the younger one goes over to the older, unless that has
    a later one.

    An older one that was refused or set aside is opened again by a younger one that is still open:
    nobody may leave the sheets unseen because two cases became one.
    """
    for young in sorted(done.merged, reverse=True):
        old = done.merged[young]
        status = _status(old, on_file, done)
        if status in {"ineligible", "closed"} and _status(young, on_file, done) not in CLOSED:
            done.add(Event(old, "reopened", as_of.isoformat(), {"reason": "merged"}))
        done.add(Event(young, "merged", as_of.isoformat(), {"into": old}))
        mine, theirs = (answer_in_force(on_file, done, case) for case in (young, old))
        if mine is not None and (theirs is None or theirs.on_date < mine.on_date):
            done.add(
                Event(old, mine.kind, mine.on_date, dict(mine.detail), edition_id=mine.edition_id)
            )
