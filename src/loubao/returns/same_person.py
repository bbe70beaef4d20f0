"""Answers about candidates → verdicts, and the merges of cases that are one person.

A line may ask whether its person is a candidate: a row of a roll, or another case. An answer to
that is a verdict on the pair. Where a village says that two cases are one person, the younger case
is merged into the older one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from loubao.core.components import components
from loubao.core.events import Event, Status, Verdict
from loubao.core.frames import IssueRow
from loubao.ledger.lookup import Answered, Excerpt
from loubao.ledger.status import (
    CLOSED,
    answers_of,
    asked_of_row,
    case_key,
    other_case,
    rows_asked,
    standing,
)
from loubao.returns.answers import Reply
from loubao.returns.terms import Terms

#: A case, and what a verdict on it calls the other.
Pair: TypeAlias = tuple[int, str]


@dataclass
class Verdicts:
    """The verdicts to be posted, and the replies (by their place) whose verdict holds."""

    new: list[Verdict] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    issues: list[IssueRow] = field(default_factory=list)


def verdicts_of(replies: Sequence[Reply], excerpt: Excerpt, terms: Terms) -> Verdicts:
    """Return the verdicts of the replies on their candidates.

    No verdict is taken for people whose answers contradict each other, on one line or on several,
    now or in an earlier return.
    """
    done = Verdicts()
    by_pair = _replies_by_pair(replies, excerpt, terms, done)
    # of several replies about a pair the latest counts
    newest = {
        pair: max(places, key=lambda i: (replies[i].day(terms.as_of), -i))
        for pair, places in by_pair.items()
    }
    new = {
        pair
        for pair, i in newest.items()
        if is_new(
            _answered(replies[i], terms),
            excerpt.verdicts.get(pair, ()),
            dated=replies[i].answer.visited_on is not None,
        )
        or len({replies[k].answer.same for k in by_pair[pair]}) > 1
    }
    # a new verdict takes the place of those before; every line of it must agree with all the rest
    stated = [(pair, bool(replies[i].answer.same)) for pair in new for i in by_pair[pair]]
    stated += [(pair, past[-1][0]) for pair, past in excerpt.verdicts.items() if pair not in new]
    contradictory = _contradictory(stated, excerpt)
    for group in contradictory:
        done.issues += _conflicts(group, by_pair, replies, excerpt, terms)
    for pair, places in by_pair.items():
        if any(pair in group for group in contradictory):
            continue
        done.held |= set(places)
        if pair in new:
            reply = replies[newest[pair]]
            same, day = _answered(reply, terms)
            done.new.append(
                Verdict(*pair, same, day, asked_of_row(reply.origin.candidate or {}, pair[1]))
            )
    done.issues = list(dict.fromkeys(done.issues))
    return done


def _replies_by_pair(
    replies: Sequence[Reply], excerpt: Excerpt, terms: Terms, done: Verdicts
) -> dict[Pair, list[int]]:
    """The replies about each pair. A reply that repeats the verdict in force holds at once."""
    by_pair: dict[Pair, list[int]] = {}
    for i, reply in enumerate(replies):
        if reply.blocked or reply.answer.same is None:
            continue
        other = (reply.origin.candidate or {}).get("other")
        if other is None:
            done.issues.append(_issue(reply, "NO_CANDIDATE", terms.words.no_candidate, terms))
            continue
        pair = (excerpt.owner(reply.origin.case_id), other)
        past = excerpt.verdicts.get(pair, ())
        if against := _against_desk(pair[0], reply, excerpt):
            detail = terms.words.desk.format(
                on=against[1], said=terms.words.desk_same if against[0] else terms.words.desk_other
            )
            done.issues.append(_issue(reply, "DESK_CONFLICT", detail, terms))
        elif reply.answer.undated and past and reply.answer.same not in {same for same, _ in past}:
            detail = terms.words.order_unknown.format(on=past[-1][1])
            done.issues.append(_issue(reply, "ORDER_UNKNOWN", detail, terms))
        elif not _merged_already(pair, excerpt):
            for each in rows_asked(reply.origin.candidate or {}):
                by_pair.setdefault((pair[0], each), []).append(i)
        elif reply.answer.same:
            done.held.add(i)
        else:
            done.issues.append(_issue(reply, "CASES_MERGED", terms.words.merged, terms))
    return by_pair


def _against_desk(case_id: int, reply: Reply, excerpt: Excerpt) -> Answered | None:
    """What the office has decided otherwise of a row that the reply is about."""
    decided = (
        excerpt.desk.get((case_id, each)) for each in rows_asked(reply.origin.candidate or {})
    )
    return next((each for each in decided if each and each[0] != reply.answer.same), None)


def is_new(verdict: Answered, before: Sequence[Answered], dated: bool) -> bool:
    """Return whether a verdict differs from those `before` and is not older than the last of them.

    `dated`: its day is that of a visit; else it may be a past answer that is collected again.

    >>> yes, no, no_later = (True, "2022-07-05"), (False, "2022-07-05"), (False, "2022-07-09")
    >>> is_new(yes, [], True), is_new(yes, [yes], True), is_new(no_later, [yes], True)
    (True, False, True)
    >>> is_new(no, [yes, no_later], False), is_new((True, "2022-07-01"), [no], True)
    (False, False)
    """
    same, day = verdict
    if any(past == same and (not dated or on == day) for past, on in before):
        return False
    return not before or (before[-1][0] != same and before[-1][1] <= day)


def _answered(reply: Reply, terms: Terms) -> Answered:
    return bool(reply.answer.same), reply.day(terms.as_of)


def _contradictory(stated: Iterable[tuple[Pair, bool]], excerpt: Excerpt) -> list[set[Pair]]:
    """The pairs of people with both kinds of verdict: one person, and two different people.

    Two people may be one person through others. A row of a roll counts for its own pair only.
    """
    edges = {
        (pair, _ends(pair, excerpt), same)
        for pair, same in stated
        if not _merged_already(pair, excerpt)
    }
    one = components(sorted(ends for _, ends, same in edges if same))
    groups: dict[str, set[Pair]] = {}
    denied: set[str] = set()
    for pair, (left, right), same in edges:
        if left in one and one[left] == one.get(right):
            groups.setdefault(one[left], set()).add(pair)
            denied |= set() if same else {one[left]}
    return [groups[root] for root in sorted(denied)]


def _ends(pair: Pair, excerpt: Excerpt) -> tuple[str, str]:
    """The two people of a pair; where the other is a row of a roll, the pair itself twice."""
    case = _other_owner(pair, excerpt)
    if case is None:
        return f"{pair[0]} {pair[1]}", f"{pair[0]} {pair[1]}"
    return case_key(excerpt.owner(pair[0])), case_key(case)


def _other_owner(pair: Pair, excerpt: Excerpt) -> int | None:
    """The case that the other of a pair lives on in, None for a row of a roll."""
    case = other_case(pair[1])
    return None if case is None else excerpt.owner(case)


def _merged_already(pair: Pair, excerpt: Excerpt) -> bool:
    return excerpt.owner(pair[0]) == _other_owner(pair, excerpt)


def _conflicts(
    group: Iterable[Pair],
    by_pair: Mapping[Pair, Sequence[int]],
    replies: Sequence[Reply],
    excerpt: Excerpt,
    terms: Terms,
) -> Iterator[IssueRow]:
    """An issue of each line of the pairs: where the others are; past ones by their case number."""
    numbers = {case_id: number for number, case_id in excerpt.cases.items()}
    members = sorted(i for pair in group for i in by_pair.get(pair, ()))
    before = sorted({numbers[pair[0]] for pair in group if pair not in by_pair})
    for i in members:
        others = "、".join([*(replies[k].place for k in members if k != i), *before])
        detail = terms.words.same_conflict.format(places=others)
        yield _issue(replies[i], "ANSWERS_CONFLICT", detail, terms)


def _issue(reply: Reply, code: str, detail: str, terms: Terms) -> IssueRow:
    line = reply.origin.line
    header = line.headers.get("same_person", terms.headers.get("same_person", ""))
    return line.issue(header, code, detail)


def merges(verdicts: Iterable[Verdict], excerpt: Excerpt) -> dict[int, int]:
    """Return younger → older case for each two cases that a verdict makes one person.

    >>> cases = Excerpt(events={case: () for case in (1, 2, 3)})
    >>> same = [(1, "case:2", True), (3, "case:2", True), (1, "row:9f2c01ab", True)]
    >>> merges([Verdict(*each, "2022-07-05", {}) for each in same], cases)
    {2: 1, 3: 1}
    """
    into: dict[int, int] = {}

    def root(case_id: int) -> int:
        while case_id in into:
            case_id = into[case_id]
        return case_id

    for verdict in verdicts:
        other = _other_owner((verdict.case_id, verdict.other), excerpt)
        if not verdict.same or other is None:
            continue
        pair = {root(verdict.case_id), root(other)}
        if len(pair) == 2 and pair <= excerpt.events.keys():
            into[max(pair)] = min(pair)
    return into


def hand_over(merged: Mapping[int, int], excerpt: Excerpt, as_of: dt.date) -> list[Event]:
    """Return the events of merges. The answer of the younger case moves to the older case, unless
    the older case has a later answer.

    Where the younger case is open and the older one was set aside, or refused and a list names it
    now that did not then, the older one is reopened: a merge must not take a person off the sheets
    unseen. Of a person who was refused on the same lists the village says that nothing is new.

    >>> opened = {case: (Event(case, "opened", "2022-06-30", event_id=case),) for case in (1, 2)}
    >>> fit = Event(2, "verified", "2022-07-05", {"result": "eligible"}, event_id=3)
    >>> cases = Excerpt(events={**opened, 2: (*opened[2], fit)})
    >>> [(event.case_id, event.kind) for event in hand_over({2: 1}, cases, dt.date(2022, 7, 20))]
    [(2, 'merged'), (1, 'verified')]
    """
    events: list[Event] = []
    of_case: dict[int, list[Event]] = {}

    def add(event: Event) -> None:
        events.append(event)
        of_case.setdefault(event.case_id, []).append(event)

    def status(case_id: int) -> Status:
        return standing([*excerpt.events[case_id], *of_case.get(case_id, ())]).status

    today = as_of.isoformat()
    for young in sorted(merged, reverse=True):
        old = merged[young]
        was = status(old)
        unseen = was == "closed" or (was == "ineligible" and not _named_before(young, old, excerpt))
        if unseen and status(young) not in CLOSED:
            add(Event(old, "reopened", today, {"reason": "merged"}))
        add(Event(young, "merged", today, {"into": old}))
        mine, theirs = (
            answer_in_force(case, excerpt, of_case.get(case, ())) for case in (young, old)
        )
        if mine is not None and (theirs is None or theirs.on_date < mine.on_date):
            detail = dict(mine.detail)
            add(Event(old, mine.kind, mine.on_date, detail, edition_id=mine.edition_id))
    return events


def _named_before(young: int, old: int, excerpt: Excerpt) -> bool:
    """Whether the lists of the older case had named it when its answer in force was given, all that
    name the younger one.
    """
    answer = answer_in_force(old, excerpt, ())
    lists = excerpt.lists_of(young)
    return bool(lists) and answer is not None and set(lists) <= set(answer.detail.get("lists", ()))


def answer_in_force(case_id: int, excerpt: Excerpt, added: Sequence[Event]) -> Event | None:
    """Return the answer in force of a case; an answer just `added` comes before all others."""
    answers = answers_of(added)
    if answers:
        return answers[-1]
    state = excerpt.state(case_id)
    events = excerpt.events[case_id]
    return next((event for event in events if event.event_id == state.answer_event), None)
