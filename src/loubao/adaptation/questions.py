"""A question: what the rules do not know, what may be answered, and how many people hang on it.

A question has one thing to settle or several of a kind (its items). An answer is the key of one of
the options, for all items or for each by its key; what is left out is asked another time. Every
text of a question may be shown: cells are masked (ingest/shown_cells.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol, TypeAlias

#: What a question is about.
Kind: TypeAlias = Literal[
    "file", "columns", "header", "headers", "town", "village", "value", "conditions"
]

#: Answers that every kind of its sort knows.
NEW, IGNORE, ELSEWHERE, LEAVE, LATER = "new", "ignore", "elsewhere", "leave", "later"

#: The answer to a question: a key for all items, a key for each item, or what a new list is.
Answer: TypeAlias = str | Mapping[str, Any]

#: One thing that was asked of: what sort it is, its key, and the lists that it stands in.
Asked: TypeAlias = tuple[str, ...]
#: Kinds of questions of which a thing may stand in one or another.
_SORTS = {
    **dict.fromkeys(("columns", "header", "headers"), "column"),
    **dict.fromkeys(("town", "village"), "place"),
}


class WrongAnswer(ValueError):
    """An answer that is none of the options; the message says so in words for the clerk."""


class OfficialPlaces(Protocol):
    """The villages and towns of the table (asked_places.py)."""

    def code(self, given: str, town: str) -> str:
        """Return the code of a place that is given; raises `WrongAnswer`."""


@dataclass(frozen=True)
class Option:
    """One answer: its key in `--answers`, and its words on the screen."""

    key: str
    label: str


@dataclass(frozen=True)
class Item:
    """One thing to settle: its key, its words, in how many rows, some cells, what is proposed."""

    key: str
    label: str
    rows: int = 0
    samples: tuple[str, ...] = ()
    proposed: str | None = None


@dataclass(frozen=True)
class Question:
    """What is asked.

    `people`: whose outcome hangs on it; `rows`: in how many rows it stands. `about`: what the
    answer is written for, never shown (lists, patterns of files; `first`: of each item the options
    that are offered, in order; `places`: every official place). `offered`: how many of the options,
    the likeliest first, a screen shows unasked.
    """

    key: str
    kind: Kind
    text: str
    people: int
    rows: int
    items: tuple[Item, ...]
    options: tuple[Option, ...]
    note: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    offered: int = 6

    @property
    def asked_of(self) -> tuple[Asked, ...]:
        """What it asks of: the same question is one of the same things."""
        return tuple(self.asked(item) for item in self.items)

    def asked(self, item: Item) -> Asked:
        """Return what makes it the same thing to settle, in whichever question it stands.

        The same header of another list is another one.
        """
        sort = _SORTS.get(self.kind, self.key)
        return (sort, item.key, *self.about.get("lists", {}).get(item.key, ()))

    def without(self, done: Set[Asked]) -> Question | None:
        """Return the question of the items that are not done, None where all are."""
        left = tuple(item for item in self.items if self.asked(item) not in done)
        if len(left) == len(self.items):
            return self
        return replace(self, items=left, rows=sum(i.rows for i in left)) if left else None

    def report(self) -> dict[str, Any]:
        """Return the question as `--json` shows it."""
        shown = {key: value for key, value in asdict(self).items() if key != "about"}
        shown["items"] = [asdict(item) for item in self.items]
        shown["options"] = {option.key: option.label for option in self.options}
        return shown

    def options_of(self, item: Item) -> tuple[Option, ...]:
        """Return the options that are offered for an item, the likeliest first."""
        first = self.about.get("first", {}).get(item.key)
        if first is None:
            return self.options
        known = {option.key: option for option in self.options}
        return tuple(known[key] for key in first)

    def key_of(self, item: Item, given: str) -> str:
        """Return the key of an answer that is given by its key or its words.

        Of a place any official one is an answer. Raises `WrongAnswer`.
        """
        for option in self.options:
            if given in (option.key, option.label):
                return option.key
        if given == LATER:
            return LATER
        places: OfficialPlaces | None = self.about.get("places")
        if places is not None:
            return places.code(given, self.about["towns"].get(item.key, ""))
        labels = "、".join(option.label for option in self.options_of(item)[:20])
        raise WrongAnswer(f"“{given}”不是可选的回答，可选：{labels}")

    def proposals(self) -> dict[str, str]:
        """Return what is proposed of each item."""
        return {item.key: item.proposed for item in self.items if item.proposed is not None}


#: What must be settled before more can be asked: a file before its headers, these before the cells.
_STAGES = {"file": 0, "columns": 1, "header": 2, "headers": 4}


def in_order(questions: Sequence[Question]) -> list[Question]:
    """Return questions by how many people hang on them, then by rows; what opens others first."""
    return sorted(questions, key=lambda q: (_STAGES.get(q.kind, 3), -q.people, -q.rows, q.key))


def settled(question: Question, answer: Answer) -> dict[str, str]:
    """Return item → key of its option; items to be asked another time are left out.

    Of an answer for each item, `*` is for those that it does not name; items that are not asked any
    more are passed over. Raises `WrongAnswer` for an option that there is not, and for one village
    as the answer to many places: of these there may be more than somebody saw.

    >>> items = (Item("上铺村", "上铺村", proposed="350521104203"), Item("某村", "某村"))
    >>> options = (Option("350521104203", "上浦村"), Option("elsewhere", "不是本地的"))
    >>> question = Question("place:洛阳镇", "village", "", 1, 1, items, options)
    >>> settled(question, {"某村": "elsewhere"}), settled(question, "yes")
    ({'某村': 'elsewhere'}, {'上铺村': '350521104203'})
    >>> settled(question, {"上铺村": "上浦村"})
    {'上铺村': '350521104203'}
    >>> settled(question, {"上铺村": "后亭村"})
    Traceback (most recent call last):
    loubao.adaptation.questions.WrongAnswer: “后亭村”不是可选的回答，可选：上浦村、不是本地的
    >>> settled(question, "上浦村")
    Traceback (most recent call last):
    loubao.adaptation.questions.WrongAnswer: 不止一个地名，请逐个写：地名: 村（看不准的写 later）
    """
    if answer in ("yes", True):
        if not question.proposals():
            raise WrongAnswer("没有建议的回答，请写明是哪一个（以后再说的写 later）")
        return question.proposals()
    given = answer if isinstance(answer, Mapping) else {"*": answer}
    of_many = _SORTS.get(question.kind) == "place" and question.key not in {
        f"place:{item.key}" for item in question.items
    }
    if of_many and given.get("*", LATER) not in (ELSEWHERE, LATER):
        raise WrongAnswer("不止一个地名，请逐个写：地名: 村（看不准的写 later）")
    chosen: dict[str, str] = {}
    for item in question.items:
        said = given.get(item.key, given.get(item.label, given.get("*", LATER)))
        key = question.key_of(item, str(said))
        if key != LATER:
            chosen[item.key] = key
    return chosen
