"""A desk that answers: a review without a ledger, served from a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from loubao.desk.serving import serve
from loubao.rules.sheets import load_printed
from loubao.rules.wording import Wording
from tests.desk.invented import Invented

RULES = Path(__file__).parents[2] / "rules"


@dataclass(frozen=True)
class Served:
    """`address` ends with the token and a slash."""

    address: str
    questions: Invented
    thread: threading.Thread

    @property
    def host(self) -> str:
        return self.address.split("/")[2]

    @property
    def base(self) -> str:
        return "/" + self.address.split("/")[3]


@pytest.fixture(scope="session")
def words() -> Wording:
    words: Wording = load_printed(RULES, "sheets").review.desk
    return words


@pytest.fixture
def desk(words: Wording) -> Iterator[Served]:
    questions = Invented()
    addresses: queue.Queue[str] = queue.Queue()
    thread = threading.Thread(
        target=serve,
        args=(questions, words, addresses.put),
        kwargs={"browser": False, "idle": 20.0},
    )
    thread.start()
    served = Served(addresses.get(timeout=20), questions, thread)
    yield served
    from tests.desk.test_requests import post

    if thread.is_alive():
        with suppress(ConnectionError):  # it is ending just now
            post(served, "/end")
    thread.join(10)
    assert not thread.is_alive()
