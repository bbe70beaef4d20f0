"""Cards, lists and messages → HTML, in the words of sheets.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loubao.review.cards import Agreement, Card, Field, Standing
from loubao.rules.wording import Wording

_PAGE = Path(__file__).parent / "page"
#: Files that go out as they are: name → type.
FILES = {"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"}


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def file(name: str) -> bytes:
    """Return one of FILES."""
    return (_PAGE / name).read_bytes()


class Pages:
    """The pages of one desk; `base` is the address of all of them, with the token."""

    def __init__(self, words: Wording, base: str) -> None:
        self._words, self._base = words, base

    def card(self, card: Card, standing: Standing, notice: str = "", settling: bool = False) -> str:
        """Return the page of a question; `settling`: the answer ends a disagreement."""
        return self._made(
            "card.html",
            card=card,
            rows=rows_of(card),
            standing=standing,
            notice=notice,
            settling=settling,
        )

    def done(self, standing: Standing) -> str:
        """Return the page after the last question."""
        return self._made("done.html", standing=standing)

    def differing(
        self, cards: Sequence[Card], agreement: Agreement | None, standing: Standing
    ) -> str:
        """Return the page of the questions on which two readers differ."""
        return self._made("differing.html", cards=cards, agreement=agreement, standing=standing)

    def ended(self) -> str:
        """Return the last page."""
        return self._made("message.html", title=self._words.end.title, text=self._words.end.text)

    def lost(self) -> str:
        """Return the page of an address that there is not."""
        return self._made("message.html", title=self._words.lost.title, text=self._words.lost.text)

    def _made(self, template: str, **values: Any) -> str:
        page = _environment().get_template(template)
        return page.render(words=self._words, base=self._base, **values)


def rows_of(card: Card) -> list[tuple[str, Field, list[Field | None]]]:
    """Return the fields of a card as rows of a table: label, the person's, one of each candidate.

    >>> from loubao.review.cards import Candidate, Piece
    >>> def field(key, value):
    ...     return Field(key, key, (Piece("甲"),), (Piece(value),))
    >>> def candidate(*fields):
    ...     return Candidate("row:1", (), (), (), fields, "", "", None, None)
    >>> both = candidate(field("name", "乙"), field("sex", "丙")), candidate(field("sex", "丁"))
    >>> card = Card(0, "1", "", "", "", (), (), both)
    >>> [(label, [each and each.right[0].text for each in right])
    ...  for label, _, right in rows_of(card)]
    [('name', ['乙', None]), ('sex', ['丙', '丁'])]
    """
    fields = [{field.key: field for field in each.fields} for each in card.candidates]
    keys = dict.fromkeys(key for each in fields for key in each)
    rows = []
    for key in keys:
        beside = [each.get(key) for each in fields]
        first = next(field for field in beside if field is not None)
        rows.append((first.label, first, beside))
    return rows
