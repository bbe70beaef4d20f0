"""What each address of the desk does. Changes are posted, and lead on to the next question.

A desk has one reader and one thread: a request is answered before the next one is looked at, so
that a decision is in the ledger when its page has gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from loubao.core.faults import Fault
from loubao.desk import pages
from loubao.review.cards import Agreement, Card, Choice, Standing
from loubao.rules.wording import Wording

_CHOICES: Mapping[str, Choice] = {"same": "same", "different": "different", "unsure": "unsure"}
_SKIP = "skip"
_SEE = 303
_LONGEST_NUMBER = 9


class Questions(Protocol):
    """What the desk needs of a review (`review.session.Session`)."""

    total: int

    def card(self, number: int) -> Card:
        """Return a question, from 0."""

    def number_of(self, number: int, side: Literal["left"] | int) -> str:
        """Return the whole ID number of the person (`left`) or of a candidate (from 0)."""

    def decide(self, number: int, choice: Choice, candidate: int | None) -> Standing:
        """Keep a decision; raises a `Fault`."""

    def settle(self, number: int, choice: Choice, candidate: int | None) -> Standing:
        """End a disagreement; raises a `Fault`."""

    def take_back(self) -> int | None:
        """Take back the last decision; return its question."""

    def standing(self) -> Standing:
        """Return how far the desk is."""

    def undecided_from(self, number: int) -> int | None:
        """Return the next question without a decision."""

    def disagreements(self) -> list[int]:
        """Return the questions on which readers differ."""

    def agreement(self) -> Agreement | None:
        """Return how far they agree."""


class Desk:
    """The pages of one review; `stop` ends the server."""

    def __init__(
        self, questions: Questions, words: Wording, token: str, stop: Callable[[], None]
    ) -> None:
        self._questions, self._words, self._stop = questions, words, stop
        self._base = f"/{token}"
        self._pages = pages.Pages(words, self._base)
        self._skipped: set[int] = set()
        self._notice = ""

    def app(self) -> Starlette:
        """Return the application, to be guarded."""
        routes = [
            Route("/", self._open),
            Route("/open", self._open),
            Route("/done", self._done),
            Route("/differing", self._differing),
            Route("/decide", self._decide, methods=["POST"]),
            Route("/settle", self._settle, methods=["POST"]),
            Route("/settle/{number:int}", self._card),
            Route("/back", self._back, methods=["POST"]),
            Route("/number", self._number, methods=["POST"]),
            Route("/end", self._end, methods=["POST"]),
            *(Route(f"/{name}", self._file) for name in pages.FILES),
            Route("/{number:int}", self._card),
        ]
        under = [
            Route(self._base + each.path, each.endpoint, methods=each.methods) for each in routes
        ]
        return Starlette(routes=under, exception_handlers={404: self._lost})

    async def _open(self, request: Request) -> Response:
        return self._to(self._next(0))

    async def _card(self, request: Request) -> Response:
        number = request.path_params["number"]
        if number >= self._questions.total:
            return self._to(None)
        settling = "/settle/" in request.url.path
        notice, self._notice = self._notice, ""
        card, standing = self._questions.card(number), self._questions.standing()
        return HTMLResponse(self._pages.card(card, standing, notice, settling))

    async def _done(self, request: Request) -> Response:
        return HTMLResponse(self._pages.done(self._questions.standing()))

    async def _differing(self, request: Request) -> Response:
        cards = [self._questions.card(number) for number in self._questions.disagreements()]
        standing, agreement = self._questions.standing(), self._questions.agreement()
        return HTMLResponse(self._pages.differing(cards, agreement, standing))

    async def _decide(self, request: Request) -> Response:
        given = await _form(request)
        number = self._asked(given)
        if number is None:
            return self._to(None)
        if given.get("choice") == _SKIP:
            self._skipped.add(number)
            return self._to(self._next(number + 1))
        decided = self._questions.card(number).decided
        if given.get("was", "") != (decided.at if decided else ""):
            return self._again(number, self._words.answered_already)
        return self._taken(number, given, self._questions.decide) or self._to(
            self._next(number + 1)
        )

    async def _settle(self, request: Request) -> Response:
        given = await _form(request)
        number = self._asked(given)
        if number is None or number not in self._questions.disagreements():
            return self._see("/differing")
        return self._taken(number, given, self._questions.settle) or self._see("/differing")

    def _taken(
        self,
        number: int,
        given: Mapping[str, str],
        keep: Callable[[int, Choice, int | None], Standing],
    ) -> Response | None:
        """Keep a choice; None once it is kept, else the answer that says what is wrong."""
        choice = _CHOICES.get(given.get("choice", ""))
        card = self._questions.card(number)
        candidate = _whole(given.get("candidate", ""))
        if candidate is not None and candidate >= len(card.candidates):
            candidate = None
        if choice is None or (choice == "same" and candidate is None):
            keys = f"1–{len(card.candidates)}"
            return self._again(number, self._words.which.format(keys=keys))
        try:
            keep(number, choice, candidate if choice == "same" else None)
        except Fault as fault:
            return self._again(number, self._words.failed.format(message=fault.message))
        self._skipped.discard(number)
        return None

    async def _back(self, request: Request) -> Response:
        given = await _form(request)
        try:
            number = self._questions.take_back()
        except Fault as fault:
            self._notice = self._words.failed.format(message=fault.message)
            return self._to(self._asked(given))
        if number is None:
            return self._again(self._asked(given) or 0, self._words.nothing_to_take_back)
        return self._again(number, self._words.taken_back)

    async def _number(self, request: Request) -> Response:
        given = await _form(request)
        number, side = self._asked(given), given.get("side", "")
        place: Literal["left"] | int | None = "left" if side == "left" else _whole(side)
        if number is None or place is None:
            return PlainTextResponse("", 404)
        if isinstance(place, int) and place >= len(self._questions.card(number).candidates):
            return PlainTextResponse("", 404)
        return PlainTextResponse(self._questions.number_of(number, place))

    async def _end(self, request: Request) -> Response:
        self._stop()
        return HTMLResponse(self._pages.ended())

    async def _file(self, request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        return Response(pages.file(name), media_type=pages.FILES[name])

    async def _lost(self, request: Request, error: Exception) -> Response:
        return HTMLResponse(self._pages.lost(), 404)

    def _asked(self, given: Mapping[str, str]) -> int | None:
        number = _whole(given.get("number", ""))
        return number if number is not None and number < self._questions.total else None

    def _next(self, number: int) -> int | None:
        """The next question that is neither decided nor skipped; then the skipped ones again."""
        first = place = self._questions.undecided_from(number)
        while place is not None and place in self._skipped:
            place = self._questions.undecided_from((place + 1) % self._questions.total)
            if place == first:
                self._skipped.clear()
        return place

    def _again(self, number: int, notice: str) -> Response:
        self._notice = notice
        return self._to(number)

    def _to(self, number: int | None) -> Response:
        return self._see("/done" if number is None else f"/{number}")

    def _see(self, path: str) -> Response:
        return RedirectResponse(f"{self._base}{path}", _SEE)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, the first value of each."""
    body = (await request.body()).decode("utf-8", errors="replace")
    return {name: values[0] for name, values in parse_qs(body, max_num_fields=10).items()}


def _whole(text: str) -> int | None:
    """A whole number, None for any other text.

    >>> _whole("12"), _whole("-1"), _whole("１"), _whole("9" * 30)
    (12, None, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
