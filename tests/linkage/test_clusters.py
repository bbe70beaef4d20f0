"""Clusters of rows, and rows of one table that are one person."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from loubao.core.frames import LINKABLE, empty
from loubao.linkage.clusters import EDGES, Clusters, clusters
from loubao.linkage.duplicates import duplicates
from loubao.rules import shipped_rules
from loubao.rules.linking import load_linking
from tests.linkage.crowd import linkable
from tests.people import number

NODES = [(side, at) for side in ("left", "right") for at in range(2, 6)]
edge = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), st.sampled_from([0.5, 0.9, 1.0]))


def clustered(numbers: list[str | None], edges: list[Any], apart: list[Any]) -> Clusters:
    rows = pl.DataFrame(
        {
            "list": [side for side, _ in NODES],
            "record_id": [at for _, at in NODES],
            "id_number": pl.Series(numbers, dtype=pl.String),
            "id_status": ["valid" if each else "missing" for each in numbers],
        }
    )
    frame = pl.DataFrame(
        [(*one, *other, p) for one, other, p in edges], schema=dict(EDGES), orient="row"
    )
    return clusters(rows, frame, apart)


@given(
    st.lists(st.sampled_from(["1", "2", None]), min_size=len(NODES), max_size=len(NODES)),
    st.lists(edge, max_size=12),
    st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=3),
    st.randoms(use_true_random=False),
)
def test_no_chain_makes_one_person_of_two(
    numbers: list[str | None], edges: list[Any], apart: list[Any], random: Any
) -> None:
    apart = [pair for pair in apart if pair[0] != pair[1]]
    found = clustered(numbers, edges, apart)
    cluster = {(side, at): of for side, at, of in found.rows.rows()}
    assert set(cluster) == set(NODES), "every row has a cluster"
    for of in set(cluster.values()):
        proven = {n for node, n in zip(NODES, numbers, strict=True) if cluster[node] == of and n}
        assert len(proven) <= 1
    assert all(cluster[one] != cluster[other] for one, other in apart)
    joined = sum(cluster[one] != cluster[other] for one, other, _ in edges)
    assert found.torn == joined, "a link joins its rows, or is counted"
    random.shuffle(edges)
    again = clustered(numbers, edges, apart)
    assert again.rows.equals(found.rows)


def test_rows_of_one_table() -> None:
    matching = load_linking(shipped_rules()).matching
    own = number("19600305", 11)
    rows = linkable(
        [
            {"name": "庄建国", "id": own},
            {"name": "林秀英", "id": number("19710809", 22)},
            {"name": "莊建國", "id": own},
        ]
    )
    found = duplicates(rows, matching).decisions
    ids = rows["record_id"].to_list()
    assert found.select("left_id", "right_id", "decision").rows() == [(ids[0], ids[2], "link")]
    turned = duplicates(rows.reverse(), matching).decisions
    assert turned.equals(found), "whatever the order"
    assert duplicates(empty(LINKABLE), matching).decisions.is_empty()
