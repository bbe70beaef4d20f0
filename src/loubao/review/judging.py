"""What readers have said of a question, and what a decision posts to the ledger.

A decision is posted as reviews (what the reader said of each candidate) and, where it holds at
once, as verdicts. In the blind share it waits: the verdict is posted when a second reader, who does
not see the first one's answer, says the same, or when somebody settles what they differ on.

    same        the one candidate is the person; one that was said to be it before is not
    different   none of the candidates shown is the person, or the one given is not
    unsure      looked at, and nothing follows
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from loubao.core.events import Posting, Reviewed, Verdict
from loubao.core.faults import Usage
from loubao.ledger.chain import as_json
from loubao.ledger.status import asked_of_row
from loubao.review.cards import Choice, Decision
from loubao.review.people_asked import Option, Question

Way: TypeAlias = Literal["alone", "blind", "settled"]
_DIFFER = "两人看法不同，请在“分歧”页定"
_DECIDED = "这一题已经判定，不能改为“不确定”；请撤销，或改判“是”“否”"
_WHICH = "请先选是哪一个候选人"
_NO_SUCH = "没有这个候选人"
_AGREED = "这一题两人没有分歧，不用再定"


@dataclass(frozen=True)
class Opinion:
    """Where a question stands: its reviews of the month folded, oldest first.

    official   what holds: said by one reader alone, by two who agree, or settled; None: nothing,
               or not of every candidate
    open       nothing of it holds yet
    blind      reader → what they said without seeing the other, in the order of the readers' first
               answers
    differing  two readers have answered, not the same, and nobody has settled it
    said       reader → candidate → what they said of it without seeing the other; under "" what
               holds of it, also where not all of them are looked at
    """

    official: Decision | None = None
    open: bool = True
    blind: Mapping[str, Decision] = field(default_factory=dict)
    differing: bool = False
    said: Mapping[str, Mapping[str, Choice]] = field(default_factory=dict)

    def of(self, reader: str) -> Decision | None:
        """What the reader is shown as decided: what holds, else their own answer."""
        return self.official or self.blind.get(reader)


def opinion(question: Question, reviews: Iterable[Reviewed]) -> Opinion:
    """Return where a question stands by the `reviews` of its case."""
    others = question.others
    official: dict[str, Reviewed] = {}
    blind: dict[str, dict[str, Reviewed]] = {}
    for each in reviews:
        if each.other in others:
            said = blind.setdefault(each.reader, {}) if each.way == "blind" else official
            said[each.other] = each
    own = {reader: found for reader, said in blind.items() if (found := _decision(said, others))}
    first, second = ([*own, None, None])[:2]
    if first is not None and second is not None:
        if answer_of(own[first]) == answer_of(own[second]):
            official = blind[second] | official
        elif not official:
            return Opinion(None, True, own, differing=True, said=_choices(blind))
    choices = _choices(blind | {"": official})
    return Opinion(_decision(official, others), not official, own, said=choices)


def _choices(said: Mapping[str, Mapping[str, Reviewed]]) -> dict[str, dict[str, Choice]]:
    return {
        reader: {other: each.choice for other, each in reviews.items()}
        for reader, reviews in said.items()
    }


def answer_of(decision: Decision) -> str:
    """What was answered, as two readers are compared: the choice, and of `same` the candidate."""
    chosen = decision.candidate if decision.choice == "same" else ""
    return f"{decision.choice} {chosen}".strip()


def _decision(said: Mapping[str, Reviewed], others: Sequence[str]) -> Decision | None:
    """What the newest reviews of each candidate come to; None where one is not looked at yet."""
    same = [each for each in said.values() if each.choice == "same"]
    if same:
        newest = max(same, key=lambda each: each.posting_id)
        return Decision("same", others.index(newest.other), newest.reader, newest.at)
    if len(said) < len(others):
        return None
    last = max(said.values(), key=lambda each: each.posting_id)
    choices = {each.choice for each in said.values()}
    return Decision("unsure" if "unsure" in choices else "different", None, last.reader, last.at)


def in_share(question: Question, month: str, percent: int) -> bool:
    """Return whether a question is of the share that two readers answer: always the same ones."""
    text = "\x1f".join([month, question.case["case_no"], question.others[0]])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % 100 < percent


@dataclass(frozen=True)
class Judging:
    """A decision to be made: by whom, when (an ISO time), for which month and its day, and at
    which sitting (when it began).

    `blind`: the question is of the share that two readers answer; `remark`: what the reader wrote
    beside the answer.
    """

    reader: str
    at: str
    month: str
    as_of: str
    sitting: str
    blind: bool = False
    remark: str = ""

    def decided(
        self, question: Question, before: Opinion, choice: Choice, candidate: int | None
    ) -> Posting:
        """Return what a decision posts; raises `Usage` where it cannot be made."""
        chosen = _chosen(question, choice, candidate)
        if before.differing:
            raise Usage(_DIFFER)
        if before.open and (self.blind or before.blind):
            reviews = self._reviews(question, chosen, choice, "blind")
            second = _second(question, before, self.reader, reviews)
            return self._posting(question, reviews, second)
        if choice == "unsure" and before.official and before.official.choice != "unsure":
            raise Usage(_DECIDED)
        reviews = self._reviews(question, chosen, choice, "alone")
        former = before.official.candidate if before.official else None
        if choice == "same" and former is not None and question.options[former] not in chosen:
            reviews += self._reviews(question, [question.options[former]], "different", "alone")
        return self._posting(question, reviews, reviews)

    def settled(
        self, question: Question, before: Opinion, choice: Choice, candidate: int | None
    ) -> Posting:
        """Return what ends a disagreement; raises `Usage` where there is none."""
        if not before.differing:
            raise Usage(_AGREED)
        reviews = self._reviews(question, _chosen(question, choice, candidate), choice, "settled")
        return self._posting(question, reviews, reviews)

    def _reviews(
        self, question: Question, options: Sequence[Option], choice: Choice, way: Way
    ) -> list[Reviewed]:
        remark = {"remark": self.remark} if self.remark else {}
        about = (self.reader, choice, way, self.at)
        return [
            Reviewed(question.case_id, option.other, *about, seen_of(option) | remark)
            for option in options
        ]

    def _posting(
        self, question: Question, reviews: Sequence[Reviewed], holds: Sequence[Reviewed]
    ) -> Posting:
        """The posting of reviews, of which some hold: they become verdicts on all rows."""
        options = {option.other: option for option in question.options}
        verdicts = tuple(
            Verdict(
                question.case_id,
                other,
                each.choice == "same",
                self.at[:10],
                asked_of_row(options[each.other].asked, other),
            )
            for each in holds
            if each.choice != "unsure"
            for other in options[each.other].others
        )
        said = [[each.other, each.choice, each.way] for each in reviews]
        bound = as_json([self.month, question.case_id, self.reader, self.at, said])
        return Posting(
            kind="review",
            month=self.month,
            as_of=self.as_of,
            digest=hashlib.sha256(bound.encode()).hexdigest(),
            counts={
                "reviewed": len(reviews),
                "verdicts": len(verdicts),
                "sitting": self.sitting,
            },
            verdicts=verdicts,
            reviewed=tuple(reviews),
        )


def _chosen(question: Question, choice: Choice, candidate: int | None) -> list[Option]:
    """The candidates that a decision is about; raises `Usage`."""
    if candidate is None:
        if choice == "same" and len(question.options) > 1:
            raise Usage(_WHICH)
        return list(question.options)
    if not 0 <= candidate < len(question.options):
        raise Usage(_NO_SUCH)
    return [question.options[candidate]]


def _second(
    question: Question, before: Opinion, reader: str, reviews: Sequence[Reviewed]
) -> list[Reviewed]:
    """What holds now that a second reader has said the same as the first; nothing else."""
    mine = _decision({each.other: each for each in reviews}, question.others)
    first = next((said for name, said in before.blind.items() if name != reader), None)
    if mine is None or first is None or answer_of(mine) != answer_of(first):
        return []
    return list(reviews)


def seen_of(option: Option) -> dict[str, Any]:
    """What the page showed of a candidate beside names and numbers: tier, weight, levels."""
    pair = option.pair
    return {
        "tier": pair["tier"],
        "weight": pair["match_weight"],
        "probability": pair["match_probability"],
        "levels": {name: level for name, level in (pair["evidence"] or {}).items() if level},
        "leaves": option.leaves,
    }
