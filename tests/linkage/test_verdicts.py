"""Verdicts on two tables: whatever is said, a row is linked once at most, and no no is linked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.core import frames
from loubao.core.faults import UntrustedInput, Usage
from loubao.linkage import link_tables
from loubao.linkage.verdicts import STATED, VERDICTS, Stated, row_keys, stated_pairs
from loubao.rules import shipped_rules
from loubao.rules.linking import load_linking
from loubao.workspace import verdict_file
from loubao.workspace.verdict_file import KEPT, in_force, read_verdicts, with_decision
from tests.people import number

MATCHING = load_linking(shipped_rules()).matching
NUMBERS = [number("19610202", place, "990101") for place in (31, 52, 74)]
NAMES = ("庄建国", "庄建囯", "林美华", "何静月")
_LEFT, _RIGHT = 5, 6


def table(people: Sequence[tuple[str, str | None]], side: str) -> pl.DataFrame:
    rows = pl.DataFrame(
        {
            "record_id": pl.Series(range(2, len(people) + 2), dtype=pl.UInt64),
            "list": side,
            "name": [name for name, _ in people],
            "name_key": [name for name, _ in people],
            "id_number": pl.Series([each for _, each in people], dtype=pl.String),
            "id_status": pl.Series([each and "valid" for _, each in people], dtype=pl.String),
        }
    )
    return rows.select(frames.linkable(rows))


def keyed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(key=row_keys(rows))


def verdicts(said: Sequence[tuple[int, int, bool]], *sides: pl.DataFrame) -> pl.DataFrame:
    """VERDICTS on pairs of rows, the last one on a pair."""
    keys = [dict(zip(each["record_id"], each["key"], strict=True)) for each in sides]
    rows = {
        (keys[0][left], keys[1][right]): (left, right, same)
        for left, right, same in said
        if left in keys[0] and right in keys[1]
    }
    return pl.DataFrame(
        [(*pair, *row) for pair, row in rows.items()], schema=dict(VERDICTS), orient="row"
    )


people = st.tuples(st.sampled_from(NAMES), st.sampled_from([None, *NUMBERS]))
pairs = st.tuples(st.integers(2, _LEFT + 1), st.integers(2, _RIGHT + 1), st.booleans())


@given(
    left=st.lists(people, min_size=1, max_size=_LEFT),
    right=st.lists(people, min_size=1, max_size=_RIGHT),
    said=st.lists(pairs, max_size=8),
)
def test_one_link_a_row_and_no_forbidden_one(
    left: list[tuple[str, str | None]],
    right: list[tuple[str, str | None]],
    said: list[tuple[int, int, bool]],
) -> None:
    sides = keyed(table(left, "left")), keyed(table(right, "right"))
    given_ = verdicts(said, *sides)
    stated, issues = stated_pairs(given_, *sides)
    assert dict(stated.schema) == dict(STATED)
    assert stated.select("left_id", "right_id").is_unique().all()
    links = stated.filter(decision="link")
    assert links["left_id"].is_unique().all()
    forbidden = {
        (row["left_id"], row["right_id"])
        for row in given_.filter(~pl.col("same"))
        .join(sides[0].select(left_key="key", left_id="record_id"), on="left_key")
        .join(sides[1].select(right_key="key", right_id="record_id"), on="right_key")
        .iter_rows(named=True)
    }
    assert not forbidden & {*links.select("left_id", "right_id").iter_rows()}
    contradicting = stated.filter(decision="review").height
    assert (contradicting > 0) <= any(code == "VERDICTS_CONFLICT" for *_, code, _ in issues)
    # the engine keeps to it
    linkables = [each.select(*frames.LINKABLE) for each in sides]
    linked = link_tables(
        linkables[0], [linkables[1]], MATCHING, stated=Stated(stated["left_id"], lambda: stated)
    )
    decided = linked.decisions.filter(decision="link").select("left_id", "right_id")
    assert decided["left_id"].is_unique().all()
    assert {*links.select("left_id", "right_id").iter_rows()} <= {*decided.iter_rows()}
    assert not forbidden & {*linked.decisions.select("left_id", "right_id").iter_rows()}
    odd = stated.filter(decision="review")["left_id"].implode()
    assert decided.filter(pl.col("left_id").is_in(odd)).is_empty()


def test_nothing_said_changes_nothing() -> None:
    left = table([(name, NUMBERS[0]) for name in NAMES], "left")
    right = table([(name, NUMBERS[0]) for name in reversed(NAMES)], "right")
    plain = link_tables(left, [right], MATCHING)
    assert link_tables(left, [right], MATCHING, stated=Stated()).decisions.equals(plain.decisions)


def test_a_no_to_the_proven_pair_looks_further() -> None:
    """Else a row whose number and name agree is looked for by no other key."""
    left = table([("庄建国", NUMBERS[0])], "left").with_columns(village_code=pl.lit("350521104203"))
    right = table([("庄建国", NUMBERS[0]), ("庄建国", None)], "right").with_columns(
        village_code=pl.lit("350521104203")
    )
    stated = pl.DataFrame([(2, 2, "none")], schema=dict(STATED), orient="row")
    found = link_tables(left, [right], MATCHING, stated=Stated(stated["left_id"], lambda: stated))
    assert found.decisions.select("right_id", "decision").rows() == [(3, "review")]


def decision(choice: str, **more: object) -> dict[str, object]:
    pair = {"left_key": "row:1", "right_key": "row:2", "left_row": 2, "right_row": 3}
    return {**pair, "choice": choice, "holds": True, "reader": "甲", **more}


def test_a_file_that_cannot_be_written_is_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / verdict_file.NAME
    kept = with_decision(pl.DataFrame(schema=dict(KEPT)), [decision("same")])
    verdict_file.write_verdicts(file, kept)
    before = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600

    def full(path: Path) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(verdict_file, "sync", full)
    with pytest.raises(Usage, match="判定没有存进"):
        verdict_file.write_verdicts(file, with_decision(kept, [decision("different")]))
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("odd", [{"choice": "perhaps"}, {"left_key": None}, {"right_row": None}])
def test_a_file_that_was_changed_is_refused(tmp_path: Path, odd: dict[str, object]) -> None:
    file = tmp_path / "v.parquet"
    row = decision("same") | odd
    verdict_file.write_verdicts(file, with_decision(pl.DataFrame(schema=dict(KEPT)), [row]))
    with pytest.raises(UntrustedInput):
        read_verdicts(file)


def test_the_newest_decision_holds(tmp_path: Path) -> None:
    file = tmp_path / "v.parquet"
    kept = pl.DataFrame(schema=dict(KEPT))
    for row in (decision("same"), decision("different"), decision("unsure"), {"undoes": 2}):
        kept = with_decision(kept, [row])
    verdict_file.write_verdicts(file, kept)
    assert read_verdicts(file).equals(kept)
    assert in_force(kept)["same"].to_list() == [True]
