"""A posting is all there or not at all; nothing posted is ever edited; the chain binds it all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loubao.core.events import Event, Posting
from loubao.ledger import postings as history
from loubao.ledger.chain import PastPosting, chain_after, events_digest
from loubao.ledger.connection import Connection, reading, writing
from loubao.ledger.integrity import audit
from loubao.ledger.postings import post
from tests.ledger.invented import RULE, TIME, answers, content, make, month, verified


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Connection]:
    with writing(make(tmp_path / "loubao.db")) as connection:
        yield connection


def statuses(connection: Connection) -> dict[int, str]:
    return dict(connection.execute("SELECT case_id, status FROM standing").fetchall())


def test_what_was_posted_is_there(ledger: Connection) -> None:
    assert audit(ledger) == []
    assert statuses(ledger) == {1: "eligible", 2: "ineligible", 3: "unverified"}
    first, second = history.postings(ledger)
    assert (first.kind, first.month, first.counts) == ("month", "2022-06", {"cases": 3})
    assert [event.kind for event in history.events_in(ledger, 1)] == ["opened"] * 3 + ["issued"] * 3
    assert second.chain == chain_after(first.chain, second)
    assert second.parts["event"] == events_digest(history.events_in(ledger, 2))
    rule = next(each for each in history.documents(ledger) if each.role == "rule")
    assert rule.kept
    assert history.content_of(ledger, rule.sha256) == RULE
    assert not next(d for d in history.documents(ledger) if d.role == "input").kept


@pytest.mark.parametrize(
    "wrong",
    [
        replace(month(4), naming=(*(month(4).naming or ()), *(month(1).naming or ()) * 2)),
        replace(month(4), cases=month(1).cases),
        replace(month(4), events=(*month(4).events, verified(99))),
        replace(month(4), events=(Event(1, "opened", "2022-07-31"),)),
        replace(month(4), month="July"),
        replace(answers(verified(3)), documents=answers(verified(3)).documents * 2),
        answers(verified(3, "rich")),
    ],
    ids=[
        "named twice",
        "known case",
        "no case",
        "opened twice",
        "no month",
        "a file twice",
        "word",
    ],
)
def test_what_does_not_hold_leaves_everything_as_it_was(ledger: Connection, wrong: Posting) -> None:
    before = content(ledger)
    with pytest.raises((sqlite3.IntegrityError, ValueError)):
        post(ledger, wrong, TIME)
    assert content(ledger) == before
    post(ledger, answers(verified(3)), TIME)
    assert audit(ledger) == []


def test_the_month_again_replaces_its_naming_only(ledger: Connection) -> None:
    again = replace(
        month(), cases=(), sightings=(), editions=(), events=(), naming=(month().naming or ())[:1]
    )
    events = history.events_in(ledger, 1)
    post(ledger, again, TIME)
    assert ledger.execute("SELECT case_id FROM naming").fetchall() == [(1,)]
    assert history.events_in(ledger, 1) == events
    assert audit(ledger) == []


def test_places_move_and_lists_stay(ledger: Connection) -> None:
    place = replace(month().places[0], village="下浦村", lists=("medical", "monitored"))
    post(ledger, replace(answers(verified(3)), places=(place,)), TIME)
    row = ledger.execute("SELECT village, lists, status FROM standing WHERE case_id = 1").fetchone()
    assert row == ("下浦村", '["medical","monitored"]', "eligible")


def test_the_chain_is_that_of_the_order() -> None:
    about = PastPosting(1, "month", "", "", "", "", "", None, {}, "")
    one, other = verified(1), verified(2)
    assert chain_after("", about, [one, other]) == chain_after("", about, [one, other])
    assert len({chain_after("", about, [one, other]), chain_after("", about, [other, one])}) == 2
    assert len({chain_after("", about, [one]), chain_after("a", about, [one])}) == 2


def test_standings_are_those_of_reading(tmp_path: Path) -> None:
    path = make(tmp_path / "loubao.db")
    with reading(path) as opened:
        assert audit(opened) == []
