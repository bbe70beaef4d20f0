"""The answers of a file: which of them is for a question.

A column or a place is asked by itself or in one question with others, and that changes while
answers are written. So an answer for one is taken in whichever question it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loubao.adaptation.questions import Answer, Asked, Item, Question

#: Kind → how the key begins where the thing is asked by itself, and where it is one of several.
_COLUMN, _PLACE = ("header:", "headers"), ("place:", "place")
_OF_SEVERAL = {
    **dict.fromkeys(("columns", "header", "headers"), _COLUMN),
    **dict.fromkeys(("town", "village"), _PLACE),
}


class GivenAnswers:
    """Key of a question → its answer, as a file gives them; which were used."""

    def __init__(self, answers: Mapping[Any, Answer]) -> None:
        self._given = {str(key): answer for key, answer in answers.items()}
        self._used: set[str] = set()
        self._refused: set[tuple[Asked, ...]] = set()

    def answer(self, question: Question) -> Answer | None:
        """Return the answer to a question, None where there is none.

        >>> items = (Item("社区", "社区（名单）"), Item("工号", "工号（名单）"))
        >>> several = Question("headers", "headers", "", 0, 0, items, ())
        >>> GivenAnswers({"headers": "ignore", "header:社区": "village"}).answer(several)
        {'社区': 'village', '*': 'ignore'}
        >>> alone = Question("header:社区", "header", "", 0, 0, (Item("社区", "社区"),), ())
        >>> GivenAnswers({"headers:states": {"社区": "village", "*": "ignore"}}).answer(alone)
        {'社区': 'village'}
        >>> places = Question("place:unclear", "village", "", 0, 0, (Item("甲乡/上埔", ""),), ())
        >>> GivenAnswers({"place:甲乡/上埔": "上浦村"}).answer(places)
        {'甲乡/上埔': '上浦村'}
        """
        return self._found(question)[0]

    def take(self, question: Question) -> Answer:
        """Return the answer to a question, and keep in mind that it was used."""
        answer, keys = self._found(question)
        assert answer is not None
        self._used |= keys
        return answer

    def refuse(self, question: Question) -> None:
        """Look no more for an answer to a question: the one that is given is none."""
        self._refused.add(question.asked_of)

    @property
    def unused(self) -> list[str]:
        """The keys of answers that no question was asked for."""
        return [key for key in self._given if key not in self._used]

    def _found(self, question: Question) -> tuple[Answer | None, set[str]]:
        if question.asked_of in self._refused:
            return None, set()
        own = self._given.get(question.key)
        begins = _OF_SEVERAL.get(question.kind)
        by_itself = begins is not None and question.key.removeprefix(begins[0]) in {
            item.key for item in question.items
        }
        if begins is None or (by_itself and own is not None):
            return own, {question.key} if own is not None else set()
        found = {item.key: self._of_one(item, *begins) for item in question.items}
        single = {item: said[0] for item, said in found.items() if said is not None}
        keys = {said[1] for said in found.values() if said is not None}
        if own is None or (isinstance(own, Mapping) and "*" not in own):
            return single or None, keys
        if not single:
            return own, {question.key}
        if isinstance(own, Mapping):
            return {**own, **single}, {question.key} | keys
        if own in ("yes", True):
            return {**question.proposals(), **single}, {question.key} | keys
        return {**single, "*": own}, {question.key} | keys

    def _of_one(self, item: Item, alone: str, several: str) -> tuple[Any, str] | None:
        """The answer for one column or place, and the key under which it stands."""
        own = f"{alone}{item.key}"
        if own in self._given:
            return self._given[own], own
        for key, answer in self._given.items():
            if key.partition(":")[0] == several and isinstance(answer, Mapping):
                said = answer.get(item.key, answer.get(item.label))
                if said is not None:
                    return said, key
        return None
