"""A question as the desk shows it: both rows field by field, with what the engine saw in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.core.frames import row_place
from loubao.core.notation import as_printed, place_text
from loubao.review.cards import Candidate, Card, Decision, Field
from loubao.review.contrast import contrast
from loubao.review.people_asked import Option, Question
from loubao.rules.folder import Rules
from loubao.rules.wording import Wording
from loubao.screening.explanation import Explainer, level_words

_Row: TypeAlias = Mapping[str, Any]
_NUMBER = "id_number"
#: What has values to compare, in the order of the page; further steps only weigh something.
_COMPARED = (_NUMBER, "name", "sex", "birth_date", "village", "household_head", "address")
_ORDER = ("name", _NUMBER, *_COMPARED[2:])
_WEIGHED = ("rarity", "rivals")


@dataclass(frozen=True)
class Presentation:
    """How questions are shown.

    explained   (left, right) of a pair → what `Explainer.explained` says of it
    lines       case → what its newest sheet line shows
    """

    rules: Rules
    explainer: Explainer
    explained: Mapping[tuple[int, int], Mapping[str, Any]]
    lines: Mapping[int, Mapping[str, Any]]
    _fields: dict[tuple[int, int], tuple[Field, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        asked: Sequence[Question],
        rules: Rules,
        explainer: Explainer,
        lines: Mapping[int, Mapping[str, Any]],
    ) -> Presentation:
        """Return the presentation of questions; raises `Usage` where the weights do not fit."""
        pairs = pl.DataFrame(
            [option.pair for question in asked for option in question.options],
            schema=dict(frames.DECISIONS),
        ).unique(["left_id", "right_id"], maintain_order=True)
        keys = pairs.select("left_id", "right_id").rows()
        return cls(
            rules, explainer, dict(zip(keys, explainer.explained(pairs), strict=True)), lines
        )

    def card(
        self,
        number: int,
        question: Question,
        decided: Decision | None,
        said: Sequence[Sequence[str]] = (),
    ) -> Card:
        """Return a question as shown; `said`: of each candidate, what was said of it already."""
        case, line = question.case, self.lines.get(question.case_id, {})
        unknown = self.rules.sheets.unknown
        labels = [self.rules.lists[name].sheet_label for name in case["lists"]]
        return Card(
            number=number,
            case_no=case["case_no"],
            town=case["town"] or unknown.town,
            village=case["village"] or unknown.village,
            name=line.get("name") or question.options[0].own["name"] or "",
            lists=tuple(line.get("sources") or labels),
            clues=tuple(line.get("clues") or ()),
            candidates=tuple(
                self._candidate(option, said[place] if said else (), last=place == last and more)
                for last, more in [(len(question.options) - 1, question.more)]
                for place, option in enumerate(question.options)
            ),
            decided=decided,
        )

    def _candidate(self, option: Option, said: Sequence[str], last: int) -> Candidate:
        explained = self.explained[_key(option)]
        more = [self.rules.sheets.review.more.format(count=last)] if last else []
        return Candidate(
            other=option.other,
            also=option.others[1:],
            labels=option.labels,
            places=tuple(place_text(row_place(row)) for row in option.rows),
            fields=self._fields_of(option),
            wording=explained["wording"],
            hangs="；".join([option.follows, *said, *more]),
            weight=option.pair["match_weight"],
            probability=option.pair["match_probability"],
        )

    def _fields_of(self, option: Option) -> tuple[Field, ...]:
        key = _key(option)
        if key not in self._fields:
            self._fields[key] = self._compared(option)
        return self._fields[key]

    def _compared(self, option: Option) -> tuple[Field, ...]:
        words: Wording = self.rules.sheets.review
        steps = {step["step"]: step for step in self.explained[_key(option)]["steps"]}
        evidence = option.pair["evidence"] or {}
        left, right = (self._values(row) for row in (option.own, option.row))
        fields = []
        for name in _ORDER:
            if not (left[name] or right[name]):
                continue
            step = steps.get(name) or {"words": self._words(name, evidence.get(name))}
            fields.append(
                Field(
                    name,
                    words.fields[name],
                    *contrast(left[name], right[name]),
                    words=step["words"] or "",
                    weight=step.get("weight"),
                    strength=step.get("strength") or "",
                )
            )
        for name in _WEIGHED:
            if step := steps.get(name):
                said = (step["words"] or "", step["weight"], step["strength"] or "")
                fields.append(Field(name, words.fields[name], (), (), *said))
        return tuple(fields)

    def _words(self, name: str, level: str | None) -> str:
        """The words of a level that was not weighed; none where it was not looked at."""
        if level is None or level == "unknown":
            return ""
        return level_words(name, level, self.rules.matching, self.rules.sheets.explain)

    def _values(self, row: _Row) -> dict[str, str]:
        """The compared values of a row, as the sheets print them."""
        number = as_printed(pl.Series([whole_number(row)]), self.rules.sheets.id_number).item()
        return {
            "name": row["name"] or row["name_raw"] or "",
            _NUMBER: number or "",
            "sex": row["sex"] or "",
            "birth_date": _born(row),
            "village": "".join(filter(None, (row["town"], row["village"]))) or _raw(row),
            "household_head": row["head_name"] or "",
            "address": row.get("address") or "",
        }


def _key(option: Option) -> tuple[int, int]:
    return option.pair["left_id"], option.pair["right_id"]


def _born(row: _Row) -> str:
    """The birth date, as it was written where it is no day."""
    first, last = row["birth_date"], row["birth_until"]
    if first is None or (last is not None and last != first):
        return row["birth_date_raw"] or ""
    return str(first)


def _raw(row: _Row) -> str:
    return row["village_raw"] or ""


def whole_number(row: _Row) -> str:
    """Return the whole ID number of a row of RECORDS; `*` for each sign that its list hides."""
    number = row["id_number"] or row["id_pattern"] or row["id_number_raw"] or ""
    return str(number).replace("?", "*")
