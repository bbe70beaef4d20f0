"""Decisions of the desk on the pairs of a link, kept in verdicts.parquet beside the links.

What is asked about was written with the links; LEFT and RIGHT themselves are not read again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.core.events import Posting, Reviewed
from loubao.core.faults import Usage
from loubao.linkage.verdicts import row_keys
from loubao.review.people_asked import SHOWN, Option, Order, Question, in_order, rank
from loubao.review.presentation import Presentation
from loubao.review.session import Decided, Sitting
from loubao.rules.folder import Rules
from loubao.screening.explanation import Explainer
from loubao.workspace.decided_in_ledger import now
from loubao.workspace.finished_month import frame_of, weights_of
from loubao.workspace.honoured_verdicts import PAIRS, ROWS
from loubao.workspace.output_folder import read_manifest
from loubao.workspace.verdict_file import (
    KEPT,
    NAME,
    holding,
    in_force,
    last_decision,
    read_verdicts,
    with_decision,
    write_verdicts,
)

LINKS = "links.parquet"
_OLD = "{folder} 里没有要核对的内容（由旧版本写成，或不完整），请重新运行 loubao link"
_LATER = "之后又有判定，不能撤销这一次；请直接改判"
_ONE_ROW = (
    "LEFT 第 {row} 行已判定是 RIGHT 的这一行，两个人的证号都经校验、却不相同："
    "再判“是”，两个人就成了一个人。请先改判其中一个"
)
_Row: TypeAlias = Mapping[str, Any]


class VerdictStore:
    """The file of verdicts as the store of a sitting: the `questions` of a link's output.

    Raises `Usage` where the output has nothing to ask about.
    """

    def __init__(self, folder: Path, rules: Rules, order: Order) -> None:
        manifest = read_manifest(folder)
        if not all((folder / name).is_file() for name in (PAIRS, ROWS)) or not manifest:
            raise Usage(_OLD.format(folder=folder))
        self._file = folder / NAME
        self._words = rules.sheets.review.link
        tables = _Tables.of(manifest)
        self.scope, self.origin = tables.scope, tables.origin
        self.as_of = str(manifest.get("started", ""))[:10]
        said = manifest.get("verdicts") or {}
        self._honoured = int(said.get("last") or 0)
        rows = frame_of(folder / ROWS)
        rows = rows.with_columns(key=row_keys(rows))
        pairs = frame_of(folder / PAIRS)
        self._left = {row["key"]: row for row in rows.filter(list="left").iter_rows(named=True)}
        self.questions = in_order(_questions(pairs, rows, tables, self._words), order)
        if not self.questions:
            raise Usage("没有要核对的：没有留待核实的人")
        self._keys = {
            row["record_id"]: row["key"] for row in rows.filter(list="left").iter_rows(named=True)
        }
        model = weights_of(folder / PAIRS, "loubao link")
        explainer = Explainer(model, rules.matching, rules.sheets.explain, "pairs")
        lines = {each.case_id: {"sources": [tables.left]} for each in self.questions}
        self.shown = Presentation.of(self.questions, rules, explainer, lines)
        self._read()

    def reviews_of(self, question: Question) -> Sequence[Reviewed]:
        """See `Store`."""
        return self._reviews.get(self._keys[question.case_id], ())

    def said_of(self, question: Question, option: Option) -> list[str]:
        """See `Store`: of other rows of LEFT."""
        return [
            self._words.taken.format(row=each["left_row"])
            for each in self._others_on(question, option)
        ]

    def keep(self, question: Question, same: Option | None, decided: Decided) -> int:
        """See `Store`."""
        posting = decided()
        if same is not None:
            self._refuse_one_row(question, same)
        self._write(with_decision(self._kept, self._rows_of(question, posting)))
        return last_decision(self._kept)

    def take_back(self, number: int) -> None:
        """See `Store`."""
        self.take_back_all([number])

    def last_sitting(self) -> Sitting | None:
        """See `Store`."""
        holds = holding(self._kept)
        if holds.is_empty():
            return None
        last = holds.row(-1, named=True)
        own = holds.filter(sitting=last["sitting"], reader=last["reader"])
        return Sitting(last["reader"], last["sitting"], (*own["decision"].unique().sort(),))

    def take_back_all(self, numbers: Sequence[int]) -> None:
        """See `Store`."""
        holds = holding(self._kept)["decision"].unique().sort(descending=True)
        if holds.head(len(numbers)).to_list() != sorted(numbers, reverse=True):
            raise Usage(_LATER)
        kept = self._kept
        for number in sorted(numbers, reverse=True):
            kept = with_decision(kept, [{"undoes": number, "at": now()}])
        self._write(kept)

    def is_due(self) -> bool:
        """See `Store`: the links do not have it yet."""
        since = self._kept.filter(pl.col("decision") > self._honoured)
        return bool((since["undoes"].is_not_null() | since["holds"].fill_null(False)).any())

    # -- the file ------------------------------------------------------------------------------

    def _read(self) -> None:
        self._kept = read_verdicts(self._file) if self._file.is_file() else frames.empty(KEPT)
        self._said = in_force(self._kept)
        self._reviews: dict[str, list[Reviewed]] = {}
        for row in holding(self._kept).iter_rows(named=True):
            self._reviews.setdefault(row["left_key"], []).append(_review(row))

    def _write(self, kept: pl.DataFrame) -> None:
        try:
            write_verdicts(self._file, kept)
        finally:
            self._read()  # also after a fault: what holds is what lies there

    def _rows_of(self, question: Question, posting: Posting) -> list[dict[str, Any]]:
        rows = {option.other: option.row["row"] for option in question.options}
        verdicts = {each.other for each in posting.verdicts}
        return [
            {
                "left_key": self._keys[question.case_id],
                "right_key": each.other,
                "left_row": frames.place_of(question.case_id)[0],
                "right_row": rows[each.other],
                "choice": each.choice,
                "holds": each.other in verdicts,
                "way": each.way,
                "reader": each.reader,
                "at": each.at,
                "sitting": posting.counts["sitting"],
                "seen": json.dumps(each.seen, ensure_ascii=False, sort_keys=True),
            }
            for each in posting.reviewed
        ]

    def _others_on(self, question: Question, option: Option) -> Sequence[_Row]:
        """The other rows of LEFT of which it was said that they are the candidate."""
        return (
            self._said.filter(pl.col("same") & (pl.col("right_key") == option.other))
            .filter(pl.col("left_key") != self._keys[question.case_id])
            .sort("left_row")
            .to_dicts()
        )

    def _refuse_one_row(self, question: Question, option: Option) -> None:
        """Raise `Usage` where another person, by a number of their own, is this row already."""
        own = _proven(self._left[self._keys[question.case_id]])
        for each in self._others_on(question, option):
            other = _proven(self._left.get(each["left_key"], {}))
            if own and other and own != other:
                raise Usage(_ONE_ROW.format(row=each["left_row"]))


@dataclass(frozen=True)
class _Tables:
    """The two tables: their names, sheets, and what tells them from others."""

    left: str
    right: str
    sheets: tuple[tuple[str, ...], tuple[str, ...]]
    origin: str

    @property
    def scope(self) -> str:
        return f"{self.left}–{self.right}"

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> _Tables:
        sides = [manifest["inputs"][side] for side in ("left", "right")]
        digests = json.dumps([each["sha256"] for each in sides])
        one, other = (
            tuple(str(sheet["sheet"] or "") for sheet in each.get("sheets") or [each])
            for each in sides
        )
        origin = hashlib.sha256(digests.encode()).hexdigest()[:16]
        return cls(sides[0]["file"], sides[1]["file"], (one, other), origin)


def _questions(
    pairs: pl.DataFrame, rows: pl.DataFrame, tables: _Tables, words: Any
) -> list[Question]:
    """A question for each person of LEFT; rows that are written alike are one person."""
    left, right = (
        {
            row["record_id"]: _as_record(row, file, sheets)
            for row in rows.filter(list=side).iter_rows(named=True)
        }
        for side, file, sheets in zip(
            ("left", "right"), (tables.left, tables.right), tables.sheets, strict=True
        )
    )
    of_person: dict[str, dict[str, list[_Row]]] = {}
    for pair in pairs.sort("left_id", "right_id").iter_rows(named=True):
        keys = left[pair["left_id"]]["key"], right[pair["right_id"]]["key"]
        of_person.setdefault(keys[0], {}).setdefault(keys[1], []).append(pair)
    asked = []
    for candidates in of_person.values():
        options = [
            _option(key, found, left, right, tables, words) for key, found in candidates.items()
        ]
        options.sort(key=lambda each: rank(each.pair), reverse=True)
        own = options[0].own
        case = {
            "case_no": words.row.format(row=own["row"]),
            "town": own["town"],
            "village": own["village"],
            "lists": (),
        }
        asked.append(Question(case, own["record_id"], tuple(options[:SHOWN]), len(options[SHOWN:])))
    return asked


def _option(
    key: str,
    found: Sequence[_Row],
    left: Mapping[int, _Row],
    right: Mapping[int, _Row],
    tables: _Tables,
    words: Any,
) -> Option:
    """A candidate: the rows of RIGHT that are written alike, the likeliest first."""
    pair = max(found, key=rank)
    own = min(each["left_id"] for each in found)
    ids = dict.fromkeys([pair["right_id"], *sorted(each["right_id"] for each in found)])
    asked = {
        "kind": "roll",
        "other": key,
        "list": "right",
        "tier": pair["tier"],
        "evidence": pair["evidence"],
        "probability": pair["match_probability"],
    }
    rows = tuple(right[each] for each in ids)
    return Option(asked, (tables.right,), rows, left[own], pair, True, words.follows)


def _as_record(row: _Row, file: str, sheets: Sequence[str]) -> dict[str, Any]:
    """A row of LINKABLE as one of RECORDS, as far as the page shows it."""
    nothing = dict.fromkeys(("name_raw", "id_number_raw", "birth_date_raw", "village_raw"))
    at, member, sheet = frames.place_of(row["record_id"])
    place = {"file": file, "sheet": sheets[sheet], "row": at, "member": member}
    return {**nothing, **row, **place, "head_name": row["head_key"]}


def _review(row: _Row) -> Reviewed:
    said = (row["reader"], row["choice"], row["way"], row["at"])
    seen = json.loads(row["seen"] or "{}")
    return Reviewed(row["left_row"], row["right_key"], *said, seen, row["decision"])


def _proven(row: _Row) -> str | None:
    """The ID number of a row, where it is proven."""
    return row.get("id_number") if row.get("id_status") in frames.PROVEN_STATUSES else None
