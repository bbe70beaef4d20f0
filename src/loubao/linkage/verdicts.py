"""What people said of pairs of two tables: a yes outranks every tier, a no forbids the pair.

A verdict names its rows by how they are written (`row_keys`), so that it holds in a later edition
of a table too. Verdicts that cannot all be true bind nobody: their pairs go to review.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.core.frames import IssueRow, Schema
from loubao.linkage.comparison import FIELDS, decisions_schema, evidence, particulars_of
from loubao.linkage.model import Labelled

#: One row a pair: what was said of it last, and which rows that were.
VERDICTS: Schema = {
    "left_key": pl.String,
    "right_key": pl.String,
    "left_row": pl.UInt32,
    "right_row": pl.UInt32,
    "same": pl.Boolean,
}
#: What follows for pairs of rows: `link`, `review` or `none`.
STATED: Schema = {"left_id": pl.UInt64, "right_id": pl.UInt64, "decision": pl.String}
_Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Stated:
    """Verdicts on the tables at hand.

    left_ids  the left rows that a verdict is about (UInt64), known before RIGHT is read
    pairs     gives STATED, when all of RIGHT was read
    """

    left_ids: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.UInt64))
    pairs: Callable[[], pl.DataFrame] = lambda: frames.empty(STATED)


def row_keys(rows: pl.DataFrame) -> pl.Series:
    """Return what verdicts call each of LINKABLE: a digest of its writing, without its list.

    >>> people = pl.DataFrame({"name": ["甲", "乙"], "list": ["left", "right"]})
    >>> people = people.select(frames.linkable(people))
    >>> first, second = row_keys(people)
    >>> len(first), first == second, row_keys(people.with_columns(list=pl.lit("x")))[0] == first
    (36, False, True)
    """
    written = [name for name in frames.WRITTEN if name != "list"]
    texts = rows.select(
        pl.concat_str(
            [pl.col(name).cast(pl.String).fill_null("") for name in written], separator="\x1f"
        )
    ).to_series()
    digests = ["row:" + hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
    return pl.Series("key", digests, dtype=pl.String)


# -- on the pairs of the engine -------------------------------------------------------------------


def placed(stated: pl.DataFrame, rows: pl.DataFrame, left_rows: int) -> pl.DataFrame:
    """Return STATED with the positions `left` and `right` in `rows`, the left ones first; a right
    row that is in no candidate pair has none.
    """
    place = pl.col("position")
    left, right = rows[:left_rows], rows[left_rows:]
    return stated.join(left.select(left_id="record_id", left=place), on="left_id", how="left").join(
        right.select(right_id="record_id", right=place), on="right_id", how="left"
    )


def without_stated(ranked: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Leave the pairs that the engine decides; `said` as `placed` gives it.

    A left row with a yes is looked for no more; one whose verdicts contradict each other is linked
    with nobody.
    """
    links, reviews = (said.filter(decision=name)["left"].implode() for name in ("link", "review"))
    return (
        ranked.join(said.drop_nulls("right"), on=["left", "right"], how="anti")
        .filter(~pl.col("left").is_in(links))
        .with_columns(
            decision=pl.when(pl.col("left").is_in(reviews))
            .then(pl.lit("review"))
            .otherwise("decision")
        )
    )


def with_stated(decisions: pl.DataFrame, weighed: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Return DECISIONS and those of verdicts, with what the engine found of the pair, if it did."""
    particulars = particulars_of(weighed)
    found = weighed.select(
        *("left", "right", "match_weight", "match_probability"), evidence(particulars)
    )
    rows = said.filter(pl.col("decision") != "none").join(
        found, on=["left", "right"], how="left", maintain_order="left"
    )
    named = rows.with_columns(tier=pl.lit(frames.VERDICT_TIER)).select(*frames.DECISIONS)
    return pl.concat([decisions, frames.conform(named, decisions_schema(particulars))])


def labelled(compared: pl.DataFrame, said: pl.DataFrame) -> Labelled:
    """Return the pairs that people decided, counted by pattern: one person, and two.

    `compared` has `left`, `right` and the levels; `said` is as `placed` gives it. A row beside the
    one that was linked may be the same person on another line: it is no pair of two.

    >>> compared = pl.DataFrame({"left": [0, 0, 1], "right": [5, 6, 7]})
    >>> compared = compared.with_columns(pl.lit("").alias(field) for field in FIELDS)
    >>> said = pl.DataFrame({"left": [0, 0, 1, 1], "right": [5, 6, 7, None]})
    >>> said = said.with_columns(decision=pl.Series(["link", "none", "none", "none"]))
    >>> [*labelled(compared, said).values()]
    [(1.0, 1.0)]
    """
    links = said.filter(pl.col("decision") == "link").with_columns(same=True)
    others = said.filter(pl.col("decision") == "none").join(links, on="left", how="anti")
    decided = pl.concat([links, others.with_columns(same=False)]).select("left", "right", "same")
    fields = [*FIELDS, *particulars_of(compared)]
    counts = (
        compared.join(decided.unique(), on=["left", "right"])
        .group_by(fields)
        .agg(pl.col("same").sum(), different=(~pl.col("same")).sum())
        .select(pl.col(fields).cast(pl.String), pl.col("same", "different").cast(pl.Float64))
    )
    return {tuple(row[:-2]): (row[-2], row[-1]) for row in counts.iter_rows()}


# -- of verdicts ----------------------------------------------------------------------------------


def stated_pairs(
    verdicts: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame
) -> tuple[pl.DataFrame, list[IssueRow]]:
    """Return STATED of the verdicts (VERDICTS), and issues: rows that are gone, contradictions.

    `left` and `right` are LINKABLE with `key` of the rows that verdicts are about. Rows of one
    proven number and name are one person where contradictions are looked for.
    """
    sides = [_Side(each) for each in (left, right)]
    of_pairs: dict[tuple[str, str], dict[bool, list[_Row]]] = {}
    issues = []
    given: list[_Row] = list(verdicts.iter_rows(named=True))
    for verdict in given:
        keys = verdict["left_key"], verdict["right_key"]
        if all(key in side.rows for key, side in zip(keys, sides, strict=True)):
            people = sides[0].person[keys[0]], sides[1].person[keys[1]]
            of_pairs.setdefault(people, {}).setdefault(verdict["same"], []).append(verdict)
        else:
            issues.append(_issue("VERDICT_ROW_GONE", [verdict]))
    odd = dict(_contradictions(of_pairs, sides))
    issues += [_issue("VERDICTS_CONFLICT", found) for found in odd.values()]
    issues += [_issue("VERDICTS_SHARED", found) for found in _shared(of_pairs, odd)]
    pairs: dict[tuple[int, int], str] = {}
    for people, said in of_pairs.items():
        yes = "review" if any(each in odd for each in _groups(people)) else "link"
        for same, told in said.items():
            for verdict in told:
                pairs |= dict.fromkeys(_rows_of(verdict, sides), yes if same else "none")
    rows = [(*pair, decision) for pair, decision in pairs.items()]
    stated = pl.DataFrame(rows, schema=dict(STATED), orient="row")
    return _one_link(stated), issues


class _Side:
    """The rows of one table by their keys, and who they are."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows: dict[str, list[int]] = {}
        self.person: dict[str, str] = {}
        self.number: dict[str, str] = {}
        for row in rows.select("key", "record_id", "name_key", "id_number", "id_status").iter_rows(
            named=True
        ):
            key = row["key"]
            proven = row["id_status"] in frames.PROVEN_STATUSES
            person = f"{row['id_number']} {row['name_key']}" if proven else key
            self.rows.setdefault(key, []).append(row["record_id"])
            self.person[key] = person
            if proven:
                self.number[person] = row["id_number"]


def _groups(people: tuple[str, str]) -> list[tuple[str, ...]]:
    """What a contradiction may be about: the pair, its left person, its right one."""
    left, right = people
    return [(left, right), ("left", left, ""), ("right", right, "")]


def _contradictions(
    of_pairs: Mapping[tuple[str, str], Mapping[bool, list[_Row]]], sides: list[_Side]
) -> Iterator[tuple[tuple[str, ...], list[_Row]]]:
    """Yield what cannot be true: yes and no of one pair, two people for one, one for two."""
    right_of: dict[str, list[str]] = {}
    left_of: dict[str, list[str]] = {}
    for (left, right), said in of_pairs.items():
        if len(said) > 1:
            yield (left, right), [*said[True], *said[False]]
        if True in said:
            right_of.setdefault(left, []).append(right)
            left_of.setdefault(right, []).append(left)
    for left, several in right_of.items():
        if len(several) > 1:
            yield ("left", left, ""), [v for each in several for v in of_pairs[left, each][True]]
    for right, several in left_of.items():
        numbers = {sides[0].number[each] for each in several if each in sides[0].number}
        if len(numbers) > 1:
            yield ("right", right, ""), [v for each in several for v in of_pairs[each, right][True]]


def _shared(
    of_pairs: Mapping[tuple[str, str], Mapping[bool, list[_Row]]], odd: Mapping[Any, Any]
) -> Iterator[list[_Row]]:
    """Yield the verdicts by which several left people are one right one: that may be."""
    left_of: dict[str, list[_Row]] = {}
    people: dict[str, int] = {}
    for (_, right), said in of_pairs.items():
        if True in said and ("right", right, "") not in odd:
            left_of.setdefault(right, []).extend(said[True])
            people[right] = people.get(right, 0) + 1
    yield from (found for right, found in left_of.items() if people[right] > 1)


def _rows_of(verdict: _Row, sides: list[_Side]) -> list[tuple[int, int]]:
    """The pairs of rows that a verdict is about now.

    Of a yes, the right row is the one that was shown, where it still stands there, else the first
    of those written alike; a no forbids them all.
    """
    lefts, rights = sides[0].rows[verdict["left_key"]], sides[1].rows[verdict["right_key"]]
    if verdict["same"]:
        shown = [right for right in rights if frames.place_of(right)[0] == verdict["right_row"]]
        rights = [min(shown or rights)]
    return [(left, right) for left in lefts for right in rights]


def _one_link(stated: pl.DataFrame) -> pl.DataFrame:
    """Of several rows of one person the first is linked: a left row has one link at most."""
    links = stated.filter(decision="link").sort("left_id", "right_id")
    first = links.unique("left_id", keep="first", maintain_order=True)
    others = links.join(first, on=["left_id", "right_id"], how="anti")
    rest = stated.filter(pl.col("decision") != "link")
    return pl.concat([first, others.with_columns(decision=pl.lit("none")), rest])


def _issue(code: str, verdicts: list[_Row]) -> IssueRow:
    """An issue that names the rows as they were numbered when they were shown."""
    pairs = sorted({(v["left_row"], v["right_row"], bool(v["same"])) for v in verdicts})
    rows = "、".join(f"{left}{'＝' if same else '≠'}{right}" for left, right, same in pairs)
    return "", "", None, "", code, json.dumps({"rows": rows}, ensure_ascii=False)
