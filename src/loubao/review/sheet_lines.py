"""The questions of a sitting as the lines of a workbook: one for each candidate, with its key.

A line has what the page shows, as texts. Fields stand below each other: the first line of `labels`,
`left`, `right` and `words` is the first field. The key says what the line is about, and is bound to
what is printed: a line of which only some cells were sorted or changed is found out.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

from loubao.review.cards import Candidate, Card, Field, Piece
from loubao.rules.wording import Wording

#: Printed columns that the key is bound to.
BOUND = ("who", "left", "right")


@dataclass(frozen=True, slots=True)
class Key:
    """What a line is about.

    scope   a month, or two tables; with
    origin  which ledger it is, or which tables
    reader  who is to answer, and
    blind   which share of the questions two readers answer
    case_no, other   the pair
    was     when what held of the person was decided, "" where nothing did
    bound   a digest of all this and of what is printed
    """

    scope: str
    origin: str
    reader: str
    blind: int
    case_no: str = ""
    other: str = ""
    was: str = ""
    bound: str = ""

    def text(self) -> str:
        """Return the key as a cell has it."""
        return json.dumps(astuple(self), ensure_ascii=False, separators=(",", ":"))

    def of_line(self, printed: Mapping[str, str]) -> Key:
        """Return the key bound to the printed texts of its line."""
        texts = [bare(printed.get(name) or "") for name in BOUND]
        text = json.dumps([*astuple(replace(self, bound="")), *texts], ensure_ascii=False)
        return replace(self, bound=hashlib.sha256(text.encode()).hexdigest()[:16])


def key_of(text: str) -> Key | None:
    """Return the key of a cell, None where it is none.

    >>> key = Key("2022-06", "9f2c", "甲", 0, "104-2022-00012", "row:1")
    >>> key_of(key.text()) == key, key_of("[1, 2]"), key_of("")
    (True, None, None)
    """
    try:
        values = json.loads(text)
        key = Key(*values)
    except (ValueError, TypeError):
        return None
    texts = [value for place, value in enumerate(values) if place != 3]
    whole = len(values) == 8 and all(isinstance(value, str) for value in texts)
    return key if whole and isinstance(key.blind, int) else None


def bare(text: str) -> str:
    r"""Return a text half-width and without white space, as programs change it.

    >>> bare("庄建国\n（ 男 ）")
    '庄建国(男)'
    """
    return "".join(unicodedata.normalize("NFKC", text).split())


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line: its texts by column, the lines of each field, its key."""

    texts: Mapping[str, str]
    fields: Sequence[tuple[str, str, str, str]]
    key: Key


def lines_of(card: Card, key: Key, words: Wording) -> Iterator[SheetLine]:
    """Yield a line for each candidate of a question, in the words of `review` of sheets.yaml."""
    book, desk = words.book, words.desk
    decided = card.decided
    said = ""
    if decided is not None:
        said = desk.decided[decided.choice].format(number=(decided.candidate or 0) + 1)
        at = decided.at[:16].replace("T", " ")
        said += "\n" + desk.decided.by.format(reader=decided.reader, at=at)
    who = [card.name, card.case_no, card.town + card.village, "、".join(card.lists), *card.clues]
    for place, candidate in enumerate(card.candidates):
        fields = [
            _texts(each, book.mark, desk.nothing)
            for each in candidate.fields
            if each.left or each.right or each.words
        ]
        label = desk.candidate.format(number=place + 1)
        texts = {
            "who": "\n".join(filter(None, who)),
            "left": "\n".join(left for _, left, _, _ in fields),
            "right": "\n".join(right for _, _, right, _ in fields),
            "rolls": "\n".join([label, *candidate.labels, *candidate.places]),
            "hangs": "\n".join(filter(None, [candidate.hangs, candidate.wording])),
            "weight": _weight(candidate, desk),
            "decided": said,
        }
        whole = replace(
            key,
            case_no=card.case_no,
            other=candidate.other,
            was=decided.at if decided is not None else "",
        )
        yield SheetLine(texts, fields, whole.of_line(texts))


def _texts(field: Field, mark: str, nothing: str) -> tuple[str, str, str, str]:
    """Label, both values with what differs marked, and what they say together."""
    if not field.left and not field.right:
        return field.label, "", "", field.words
    left, right = _marked(field.left, mark), _marked(field.right, mark)
    return field.label, left or nothing, right or nothing, field.words


def _marked(pieces: Sequence[Piece], mark: str) -> str:
    return "".join(mark.format(text=p.text) if p.differs else p.text for p in pieces)


def _weight(candidate: Candidate, desk: Wording) -> str:
    if candidate.probability is None:
        return str(desk.nothing)
    sure = candidate.probability >= 0.995
    return str(desk.sure) if sure else f"{candidate.probability * 100:.0f}%"
