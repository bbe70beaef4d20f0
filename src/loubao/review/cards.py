"""What the desk shows: one question is one person of the month and the candidates for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: What a reader says of a candidate.
Choice: TypeAlias = Literal["same", "different", "unsure"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a value; `differs` from the value beside it."""

    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One compared field: both values as printed (numbers masked), and what they say together.

    `words`: how they agree or why they may still be one ("姓名同音", "颠倒两位"), "" where there is
    nothing to say; `weight`: log2 Bayes factor, None where the field was not weighed; `strength`:
    the weight in words. The steps `rarity` and `rivals` (see `linkage.waterfall`) have no values.
    """

    key: str
    label: str
    left: tuple[Piece, ...]
    right: tuple[Piece, ...]
    words: str = ""
    weight: float | None = None
    strength: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person on rolls or exclusions who may be the person of the question.

    `other` and `also` are what verdicts call the rows (`ledger.status.row_key`); `labels` the lists
    they stand on; `hangs`: what follows for the person if it is one ("是同一人：不再上核查表"), and
    what a village has said of this row already; on the last one, how many more there are.
    """

    other: str
    also: tuple[str, ...]
    labels: tuple[str, ...]
    places: tuple[str, ...]
    fields: tuple[Field, ...]
    wording: str
    hangs: str
    weight: float | None
    probability: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is in force for a question: the choice, of which candidate (from 0), by whom, when."""

    choice: Choice
    candidate: int | None
    reader: str
    at: str


@dataclass(frozen=True, slots=True)
class Card:
    """One question, as the desk shows it."""

    number: int
    case_no: str
    town: str
    village: str
    name: str
    lists: tuple[str, ...]
    clues: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    decided: Decision | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the desk is.

    `saved`: people who leave the sheets by what was decided, each one visit less; `due`: whether
    `match` must be run again to bring the sheets up to date.
    """

    total: int
    done: int
    unsure: int
    skipped: int
    saved: int
    due: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readers agree on the questions that both have answered.

    `kappa` is Cohen's, `low` and `high` its 95 % interval; None where it is not defined (all
    answers are one).
    """

    pairs: int
    agreed: int
    kappa: float | None
    low: float | None
    high: float | None
