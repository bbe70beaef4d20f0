"""Explanations: why a pair of rows was linked or left for review, step by step.

A decision is explained by the weights that it was made with (`linkage.waterfall`), in the words
of the rules; a candidate also by what being on its list does for the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from loubao.core import frames
from loubao.core.faults import Usage
from loubao.core.frames import ELSEWHERE_TIER, MARK, row_place
from loubao.core.notation import masked
from loubao.ledger.status import VERDICT_TIER
from loubao.linkage.model import Model
from loubao.linkage.waterfall import probability, steps
from loubao.rules.folder import Rules
from loubao.rules.matching import Matching
from loubao.rules.screening import SourceCoverage
from loubao.rules.sheets import weight_in_words
from loubao.rules.wording import Wording
from loubao.screening.inquiry import ScreenedMonth

#: Of a candidate's number only its end is shown, as on the sheet.
_TAIL = 4
#: Steps that are only shown where they weigh something.
_EXTRA = ("rarity", "rivals")


@dataclass(frozen=True)
class Explainer:
    """By what pairs are explained: the weights of the run, the rules, their words.

    `purpose`: `pairs` of a link, or `monthly`, where tiers may decide otherwise. `register`: the
    weights of pairs whose right record (`on_register`) is of a register beside the month.
    """

    model: Model
    matching: Matching
    words: Wording
    purpose: Literal["pairs", "monthly"]
    register: Model | None = None
    on_register: frozenset[int] = frozenset()

    def explained(self, decisions: pl.DataFrame) -> list[dict[str, Any]]:
        """Return for each of DECISIONS, in their order, what it weighs and why.

        decision, tier and its wording, match_weight, match_probability, `alone` (the probability
        without rivals), and `steps`: step, level, words, weight, strength. A pair that only a
        person has put together weighs nothing and has no steps. Raises `Usage` where the model is
        not that of the decisions.
        """
        try:
            weighed = pl.concat(
                steps(pairs.drop_nulls("match_weight"), model)
                for model, pairs in self._by_model(decisions)
            )
        except ValueError:
            command = "loubao match" if self.purpose == "monthly" else "loubao link"
            raise Usage(f"输出里的匹配权重与结果对不上，请重新运行 {command}") from None
        of_pair = weighed.partition_by("left_id", "right_id", as_dict=True)
        nothing = weighed.clear()
        return [
            {
                "decision": row["decision"],
                "tier": row["tier"],
                "wording": self.wording(row["tier"], row["decision"]),
                "match_weight": row["match_weight"],
                "match_probability": row["match_probability"],
                "alone": None
                if row["match_weight"] is None
                else probability(self._model_of(row).prior + row["match_weight"]),
                "steps": [
                    self._step(**step)
                    for step in of_pair.get((row["left_id"], row["right_id"]), nothing)
                    .select("step", "level", "weight")
                    .iter_rows(named=True)
                    if step["step"] not in _EXTRA or step["weight"] != 0.0
                ],
            }
            for row in decisions.iter_rows(named=True)
        ]

    def _model_of(self, row: Mapping[str, Any]) -> Model:
        return (row["right_id"] in self.on_register and self.register) or self.model

    def _by_model(self, decisions: pl.DataFrame) -> Iterator[tuple[Model, pl.DataFrame]]:
        """The decisions by the model that weighed them."""
        of_register = pl.col("right_id").is_in(self.on_register)
        yield self.model, decisions.filter(~of_register)
        if self.register is not None:
            yield self.register, decisions.filter(of_register)

    def _step(self, step: str, level: str | None, weight: float) -> dict[str, Any]:
        words = None
        if level is not None:
            words = level_words(step, level, self.matching, self.words)
        elif step == "rarity":
            words = self.words.rare if weight > 0 else self.words.common
        strength = None if step in {"prior", "rivals"} else weight_in_words(self.words, weight)
        return {
            "step": step,
            "level": level,
            "words": words,
            "weight": weight,
            "strength": strength,
        }

    def wording(self, name: str, decision: str) -> str:
        """The tier's wording; where the tier links and this pair is reviewed all the same, why."""
        if name == VERDICT_TIER:
            return self.words.judged
        if name == ELSEWHERE_TIER:
            return self.words.elsewhere
        tier = next((tier for tier in self.matching.tiers if tier.name == name), None)
        if tier is None:
            return name
        if tier.decision == decision or decision == "link":
            return tier.wording
        by_weight = self.purpose == "monthly" and tier.monthly == decision
        return f"{tier.wording}；{self.words.not_by_weight if by_weight else self.words.tied}"


def level_words(field: str, level: str, matching: Matching, words: Wording) -> str:
    """Return the words of an agreement level: those of the sheets, else those of `explain`.

    >>> from types import SimpleNamespace as Part
    >>> matching = Part(levels={"name": {"homophone": "姓名同音"}})
    >>> words = Part(levels={"name": {"homophone": "同音", "equal": "姓名相同"}})
    >>> [level_words("name", level, matching, words) for level in ("homophone", "equal", "new")]
    ['姓名同音', '姓名相同', 'name=new']
    """
    for levels in (matching.levels, words.levels):
        if level in levels.get(field, {}):
            return levels[field][level]
    if field.startswith(MARK):  # of a column that is compared as it stands
        column = field.removeprefix(MARK).rpartition(".")[2]
        return words.particulars[level].format(column=words.columns.get(column, column))
    return f"{field}={level}"


def case_explained(
    case: Mapping[str, Any], month: ScreenedMonth, explainer: Explainer, people: bool
) -> dict[str, Any]:
    """Return why a case (a row of CASES) is on a sheet: each candidate on each list.

    With `people`, also names and masked numbers.
    """
    rules, records = month.rules, month.records
    pairs = pairs_of(month.decisions, case["record_ids"], records)
    wanted = [*case["record_ids"], *pairs["other"]]
    rows = {
        row["record_id"]: row
        for row in records.filter(pl.col("record_id").is_in(wanted)).iter_rows(named=True)
    }
    coverage = [rules.screening.coverage[name] for name in case["lists"]]
    candidates = [
        {
            **_about_candidate(pair, rows, month, coverage),
            **weighed,
            **({"person": person_of_row(rows[pair["other"]])} if people else {}),
        }
        for pair, weighed in zip(
            pairs.iter_rows(named=True), explainer.explained(pairs), strict=True
        )
    ]
    own = [rows[i] for i in case["record_ids"]]
    with_candidate = {candidate["list"] for candidate in candidates}
    labels = rules.labels
    explained = {
        "case_no": case["case_no"],
        "status": case["status"],
        "reason": case["reason"],
        "carried": not own,
        "rows": [
            {"list": row["list"], "title": labels[row["list"]], **row_place(row)} for row in own
        ],
        "candidates": candidates,
        "nobody_on": [
            labels[name]
            for name in records["list"].unique().sort()
            if own
            and name not in with_candidate
            and _counts_as(name, coverage, rules) in {"full", "part"}
        ],
    }
    if people:
        # the sheet prints the person as the row with a proven number does
        proven = sorted(own, key=lambda row: row["id_status"] not in frames.PROVEN_STATUSES)
        home = {"town": case["town"], "village": case["village"]}
        explained["person"] = (person_of_row(proven[0], whole=True) if own else {}) | home
    return explained


def _about_candidate(
    pair: Mapping[str, Any],
    rows: Mapping[int, Mapping[str, Any]],
    month: ScreenedMonth,
    coverage: Sequence[SourceCoverage],
) -> dict[str, Any]:
    """Where a candidate stands and what being on that list does for the person.

    `rows` are the records.
    """
    row = rows[pair["other"]]
    return {
        "list": row["list"],
        "title": month.rules.lists[row["list"]].sheet_label,
        "counts_as": _counts_as(row["list"], coverage, month.rules),
        "case_no": month.case_of.get(pair["other"]) if row["role"] == "source" else None,
        "place": row_place(row),
        "from_place": row_place(rows[pair["own"]]),
        "also": pair["also"],
        "qualifies": row["qualifies"],
        "failed_condition": row["failed_condition"],
        "rivals": pair["rivals"],
        "taken": pair["taken"],
    }


def pairs_of(decisions: pl.DataFrame, ids: Sequence[int], records: pl.DataFrame) -> pl.DataFrame:
    """DECISIONS of a case: rolls and exclusions first, links first, the likeliest first.

    Adds `own` and `other` (the case's row and the one it was compared with), `also` (how many more
    of the case's rows point at the other one, which is shown once), `rivals`, `taken`.
    """
    lists = records.select(right_id="record_id", right_list="list", role="role")
    of_case = pl.col("left_id").is_in(ids)
    pairs = (
        with_rivals(decisions.join(lists, on="right_id", maintain_order="left"), ids)
        .filter(of_case | pl.col("right_id").is_in(ids))
        .with_columns(
            own=pl.when(of_case).then("left_id").otherwise("right_id"),
            other=pl.when(of_case).then("right_id").otherwise("left_id"),
        )
    )
    link = pl.col("decision") == "link"
    return (
        pairs.sort(
            *(pl.col("role") == "source", ~link, "match_probability", "own", "other"),
            descending=[False, False, True, False, False],
            nulls_last=True,
        )
        .with_columns(also=pl.len().over("other").cast(pl.Int64) - 1)
        .unique("other", keep="first", maintain_order=True)
    )


def with_rivals(decisions: pl.DataFrame, ids: Sequence[int]) -> pl.DataFrame:
    """Add `rivals`, other candidates of the row on the list, and `taken`, linked to another row."""
    another = (pl.col("decision") == "link") & ~pl.col("left_id").is_in(ids)
    return decisions.with_columns(
        rivals=pl.len().over("left_id", "right_list").cast(pl.Int64) - 1,
        taken=another.any().over("right_id"),
    )


def _counts_as(name: str, coverage: Sequence[SourceCoverage], rules: Rules) -> str:
    """What a row of a list does for the person: `full`, `part`, `excludes`, `source`, `nothing`."""
    role = rules.lists[name].role
    if role != "roll":
        return "source" if role == "source" else "excludes"
    if any(cover.list == name for each in coverage for cover in each.covered_by):
        return "full"
    partly = any(cover.list == name for each in coverage for cover in each.partly_by)
    return "part" if partly else "nothing"


def person_of_row(row: Mapping[str, Any], whole: bool = False) -> dict[str, str | None]:
    """Name and masked number, or the end of the number: for the screen only."""
    number = row["id_number"] or row["id_pattern"]
    if whole:
        return {"name": row["name"], "number": masked(pl.Series([number], dtype=pl.String)).item()}
    tail = number[-_TAIL:] if number and "?" not in number[-_TAIL:] else None
    return {"name": row["name"], "tail": tail}
