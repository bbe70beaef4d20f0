"""Clusters: the rows of two tables that are one person, joined by links, none of them torn.

The surest link is taken first. A link that would bring two different proven numbers into one
cluster, or two rows of which somebody has said that they are two people, joins nothing: it is one
of a chain (A is like B, B like C) somewhere along which the person changes. Of links as sure as
each other what the rows say decides, not where they stand. The month's source rows
are joined by what the tiers link, which all rest on the number (`persons`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import polars as pl

from loubao.core.components import components
from loubao.core.frames import PROVEN_STATUSES, Schema
from loubao.linkage.comparison import content_of

#: A row of a table: side and record id.
Node: TypeAlias = tuple[str, int]
#: Links of rows: of the left table with the right one, or of one with itself.
EDGES: Schema = {
    "left_side": pl.String,
    "left_id": pl.UInt64,
    "right_side": pl.String,
    "right_id": pl.UInt64,
    "match_probability": pl.Float64,
}
CLUSTERS: Schema = {"side": pl.String, "record_id": pl.UInt64, "cluster": pl.UInt32}


class Clusters(NamedTuple):
    """CLUSTERS of all rows, numbered by their first rows, and how many links joined nothing."""

    rows: pl.DataFrame
    torn: int


def clusters(
    rows: pl.DataFrame, edges: pl.DataFrame, apart: Iterable[tuple[Node, Node]] = ()
) -> Clusters:
    """Return who is one person: `rows` are LINKABLE (and particulars) of both tables.

    `list` is the side. `edges`: EDGES; `apart`: rows that are two people. The clusters depend on
    neither order.

    >>> number = {"id_number": ["1", None, "2"], "id_status": ["valid", "missing", "valid"]}
    >>> rows = pl.DataFrame({"list": ["left", "right", "right"], "record_id": [2, 2, 3], **number})
    >>> pairs = {"left_side": ["left", "right"], "left_id": [2, 2], "right_side": "right"}
    >>> edges = pl.DataFrame({**pairs, "right_id": [2, 3], "match_probability": [0.9, 0.8]})
    >>> found = clusters(rows, edges)  # 2 of left is 2 of right, which is not 3 as well
    >>> found.rows["cluster"].to_list(), found.torn
    ([1, 1, 2], 1)
    """
    proven = rows.filter(pl.col("id_status").is_in(PROVEN_STATUSES)).drop_nulls("id_number")
    numbers: dict[Node, str] = {
        (side, row): own
        for side, row, own in proven.select("list", "record_id", "id_number").rows()
    }
    people = _People(numbers, apart)
    ordered = _surest_first(edges, rows)
    torn = sum(
        not people.join((left_side, left), (right_side, right))
        for left_side, left, right_side, right in ordered.select([*EDGES][:4]).rows()
    )
    nodes = rows.select(side="list", record_id="record_id").sort("side", "record_id")
    roots = [people.root(node) for node in nodes.rows()]
    order: dict[Node, int] = {}
    found = [order.setdefault(root, len(order) + 1) for root in roots]
    return Clusters(nodes.with_columns(cluster=pl.Series(found, dtype=pl.UInt32)), torn)


def _surest_first(edges: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """EDGES in the order in which they join."""
    own = rows.select("list", "record_id", content=content_of(rows))
    for side in ("left", "right"):
        named = own.rename({"list": f"{side}_side", "record_id": f"{side}_id", "content": side})
        edges = edges.join(named, on=[f"{side}_side", f"{side}_id"], how="left")
    written = [of("left", "right") for of in (pl.min_horizontal, pl.max_horizontal)]
    return edges.sort(-pl.col("match_probability"), *written, *EDGES)


class _People:
    """Rows joined so far (union-find), and what each cluster must not meet."""

    def __init__(self, numbers: Mapping[Node, str], apart: Iterable[tuple[Node, Node]]) -> None:
        self._parent: dict[Node, Node] = {}
        self._rows: dict[Node, list[Node]] = {}
        self._numbers = dict(numbers)
        self._apart: dict[Node, set[Node]] = {}
        for one, other in apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def root(self, node: Node) -> Node:
        """Return the row that stands for the cluster of a row."""
        while (above := self._parent.get(node, node)) != node:
            self._parent[node] = self._parent.get(above, above)
            node = above
        return node

    def join(self, one: Node, other: Node) -> bool:
        """Make two rows one person; return whether they are, or are not to be."""
        first, second = self.root(one), self.root(other)
        if first == second:
            return True
        numbers = {self._numbers[each] for each in (first, second) if each in self._numbers}
        own, others = self._of(first), self._of(second)
        if len(numbers) > 1 or self._are_apart(own, others):
            return False
        self._parent[second] = first
        self._rows[first] = [*own, *others]
        if numbers:
            self._numbers[first] = numbers.pop()
        return True

    def _of(self, root: Node) -> list[Node]:
        return self._rows.get(root, [root])

    def _are_apart(self, own: list[Node], others: list[Node]) -> bool:
        if not self._apart:
            return False
        mine = set(own)
        return any(mine & self._apart.get(node, set()) for node in others)


# -- the month ------------------------------------------------------------------------------------


def persons(records: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return `record_id` (UInt64), `person_key` (String) for every qualifying source row.

    Rows that are linked are one person; the key is made of the lowest record id among them.

    >>> records = pl.DataFrame({"record_id": [1, 2, 3], "role": "source", "qualifies": True})
    >>> decisions = pl.DataFrame({"left_id": [1], "right_id": [3], "decision": ["link"]})
    >>> ids = pl.col("^.*_id$").cast(pl.UInt64)
    >>> persons(records.with_columns(ids), decisions.with_columns(ids))["person_key"].to_list()
    ['P000001', 'P000002', 'P000001']
    """
    rows = records.filter((pl.col("role") == "source") & pl.col("qualifies")).select("record_id")
    linked = decisions.filter(
        (pl.col("decision") == "link") & pl.col("right_id").is_in(rows["record_id"].implode())
    )
    first: dict[int, int] = components(
        linked.sort("left_id", "right_id").select("left_id", "right_id").rows()
    )
    owner = pl.DataFrame(
        {"record_id": list(first), "owner": list(first.values())},
        schema={"record_id": pl.UInt64, "owner": pl.UInt64},
    )
    return rows.join(owner, on="record_id", how="left", maintain_order="left").select(
        "record_id",
        person_key=pl.format("P{}", pl.coalesce("owner", "record_id").cast(pl.String).str.zfill(6)),
    )
