"""What villages say of candidates: judgements, and cases that turn out to be one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from loubao.core.components import components
from loubao.core.events import Event, Judgement, Status
from loubao.ledger.status import CLOSED, standing
from loubao.ledger.verdicts import case_key
from loubao.returns.answers import Reply, Verified, answer_in_force, day_of
from loubao.returns.on_file import OnFile
from loubao.returns.page import IssueRow
from loubao.rules.returns import Returns

_CASE = "case:"
#: A case, and what a judgement calls the other.
_Pair: TypeAlias = tuple[int, str]


def judged(
    replies: Sequence[Reply],
    on_file: OnFile,
    returns: Returns,
    headers: Mapping[str, str],
    as_of: dt.date,
    done: Verified,
) -> set[int]:
    """Take the judgements of the lines; return which lines said something that holds.

    Of people of whom something contradictory was said, whether on one line or on several, now or
    before, nothing is taken.
    """
    lines, held = _lines_of_pairs(replies, on_file, returns, headers, done)
    newest = {
        pair: max(places, key=lambda i: (day_of(replies[i], as_of), -i))
        for pair, places in lines.items()
    }
    new = {
        pair
        for pair, i in newest.items()
        if _is_new(replies[i], on_file.judged.get(pair, ()), as_of)
        or len({replies[k].answer.same for k in lines[pair]}) > 1
    }
    words = [(pair, bool(replies[i].answer.same)) for pair in new for i in lines[pair]]
    words += [(pair, said[-1][0]) for pair, said in on_file.judged.items() if pair not in new]
    left_out: set[_Pair] = set()
    for group in _contradictory(words, on_file):
        left_out |= group
        _conflict(group, lines, replies, on_file, headers, returns.said.same_conflict, done)
    for pair, places in lines.items():
        if pair in left_out:
            continue
        held |= set(places)
        if pair in new:
            done.judgements.append(_judgement(pair, replies[newest[pair]], as_of))
    return held


def _lines_of_pairs(
    replies: Sequence[Reply],
    on_file: OnFile,
    returns: Returns,
    headers: Mapping[str, str],
    done: Verified,
) -> tuple[dict[_Pair, list[int]], set[int]]:
    """The lines that judge a pair, and those that say what is so already."""
    lines: dict[_Pair, list[int]] = {}
    held: set[int] = set()
    for i, reply in enumerate(replies):
        if reply.blocked or reply.answer.same is None:
            continue
        other = (reply.known.candidate or {}).get("other")
        if other is None:
            issue = _about_same(reply, headers, "NO_CANDIDATE", returns.said.no_candidate)
            done.issues.append(issue)
            continue
        pair = (on_file.owner(reply.known.case_id), other)
        if not _merged_already(pair, on_file):
            lines.setdefault(pair, []).append(i)
        elif reply.answer.same:
            held.add(i)
        else:
            issue = _about_same(reply, headers, "CASES_MERGED", returns.said.merged)
            done.issues.append(issue)
    return lines, held


def _contradictory(words: Iterable[tuple[_Pair, bool]], on_file: OnFile) -> list[set[_Pair]]:
    """The pairs of those people who are said to be one, directly or through others, and not to be.

    A row of a roll is nobody but what is said of it.
    """
    said = {
        (pair, _ends(pair, on_file), same)
        for pair, same in words
        if not _merged_already(pair, on_file)
    }
    one = components(sorted(ends for _, ends, same in said if same))
    groups: dict[str, set[_Pair]] = {}
    denied: set[str] = set()
    for pair, (left, right), same in said:
        if left in one and one[left] == one.get(right):
            groups.setdefault(one[left], set()).add(pair)
            denied |= set() if same else {one[left]}
    return [groups[root] for root in sorted(denied)]


def _ends(pair: _Pair, on_file: OnFile) -> tuple[str, str]:
    case_id, other = pair
    case = _other_case(other, on_file)
    if case is None:
        return f"{case_id} {other}", f"{case_id} {other}"
    return case_key(on_file.owner(case_id)), case_key(case)


def _merged_already(pair: _Pair, on_file: OnFile) -> bool:
    case_id, other = pair
    return on_file.owner(case_id) == _other_case(other, on_file)


def _judgement(pair: _Pair, reply: Reply, as_of: dt.date) -> Judgement:
    return Judgement(
        case_id=pair[0],
        other=pair[1],
        same=bool(reply.answer.same),
        on_date=day_of(reply, as_of),
        candidate=reply.known.candidate or {},
    )


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
    group: Iterable[_Pair],
    lines: Mapping[_Pair, Sequence[int]],
    replies: Sequence[Reply],
    on_file: OnFile,
    headers: Mapping[str, str],
    words: str,
    done: Verified,
) -> None:
    """Tell every line of the pairs where the others are; by number who has spoken before."""
    numbers = {case_id: number for number, case_id in on_file.cases.items()}
    members = sorted(i for pair in group for i in lines.get(pair, ()))
    before = sorted({numbers[pair[0]] for pair in group if pair not in lines})
    for i in members:
        others = "、".join([*(replies[k].place for k in members if k != i), *before])
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
