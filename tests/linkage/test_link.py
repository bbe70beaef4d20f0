"""Which pairs link, which go to review, which are nothing: one row a situation of the field."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from loubao.core import frames
from loubao.linkage import link, persons
from loubao.rules.matching import Matching
from loubao.rules.yaml_file import load
from tests.people import number, records

MATCHING = load(Path(__file__).parents[2] / "rules" / "matching.yaml", Matching)

N = number("19600305", 123)
TWIN = number("19600305", 124)
OTHER = number("19721118", 331)
SON = number("19881201", 517)
WRONG = N[:17] + ("0" if N[17] != "0" else "1")

SWAPPED = N[:14] + N[15] + N[14] + N[16:]


def edit(text: str, place: int, by: str) -> str:
    return text[:place] + by + text[place + 1 :]


def digit(text: str, place: int) -> str:
    """Another digit than the one that stands there."""
    return edit(text, place, str((int(text[place]) + 3) % 10))


LINKED = [
    ("same", {"name": "庄建国", "id": N}, {"name": "庄建国", "id": N}),
    ("space in name", {"name": "庄 建 国", "id": N}, {"name": "庄建国", "id": N}),
    ("traditional", {"name": "莊建國", "id": N}, {"name": "庄建国", "id": N}),
    ("note on name", {"name": "庄建国（户主）", "id": N}, {"name": "庄建国", "id": N}),
    ("homophone", {"name": "李晓红", "id": N}, {"name": "李小红", "id": N}),
    ("lower x, spaces", {"name": "庄建国", "id": f" {N[:6]} {N[6:]}"}, {"name": "庄建国", "id": N}),
    ("fifteen digits", {"name": "庄建国", "id": N[:6] + N[8:17]}, {"name": "庄建国", "id": N}),
    ("look-alike", {"name": "压建国", "id": N}, {"name": "庄建国", "id": N}),
    ("masked name", {"name": "庄*国", "id": N}, {"name": "庄建国", "id": N}),
    ("two characters, one masked", {"name": "庄某", "id": N}, {"name": "庄国", "id": N}),
    ("the surname masked", {"name": "庄国", "id": N}, {"name": "*国", "id": N}),
    ("pinyin for a rare character", {"name": "鄭彧", "id": N}, {"name": "郑yu", "id": N}),
    (
        "four characters in another order",
        {"name": "欧阳庆国", "id": N},
        {"name": "欧阳国庆", "id": N},
    ),
    ("characters in another order", {"name": "庄国建", "id": N}, {"name": "庄建国", "id": N}),
    (
        "passport",
        {"name": "NGUYEN THI HOA", "id": "C0000000"},
        {"name": "Nguyen Thi Hoa", "id": "C0000000"},
    ),
    ("dots", {"name": "阿卜杜拉•买买提", "id": N}, {"name": "阿卜杜拉·买买提", "id": N}),
    (
        "digits swapped",
        {"name": "庄建国", "id": N[:14] + N[15] + N[14] + N[16:]},
        {"name": "庄建国", "id": N},
    ),
    ("digit missing", {"name": "庄建国", "id": N[:8] + N[9:]}, {"name": "庄建国", "id": N}),
    (
        "digit doubled",
        {"name": "庄建国", "id": N[:12] + N[11] + N[12:]},
        {"name": "庄建国", "id": N},
    ),
]

REVIEWED = [
    ("one character", {"name": "张卫国", "id": N}, {"name": "张伟民", "id": N}),
    ("masked, another surname", {"name": "李*", "id": N}, {"name": "庄国", "id": N}),
    ("masked, another given name", {"name": "*明", "id": N}, {"name": "庄国", "id": N}),
    ("masked but for the surname", {"name": "庄**", "id": N}, {"name": "庄建国", "id": N}),
    ("… by one star", {"name": "庄某", "id": N}, {"name": "庄建国", "id": N}),
    ("both masked", {"name": "庄*", "id": N}, {"name": "庄*", "id": N}),
    ("masked, nothing shown in common", {"name": "*明", "id": N}, {"name": "庄*", "id": N}),
    ("masked, number unverified", {"name": "庄*", "id": WRONG}, {"name": "庄国", "id": WRONG}),
    ("a character missing", {"name": "庄国", "id": N}, {"name": "庄建国", "id": N}),
    ("another surname", {"name": "王建国", "id": N}, {"name": "庄建国", "id": N}),
    ("no name", {"name": None, "id": N}, {"name": "庄建国", "id": N}),
    ("father's number on the son", {"name": "庄建国", "id": N}, {"name": "庄建军", "id": N}),
    ("former name", {"name": "庄建国", "id": N}, {"name": "黄大山", "id": N}),
    ("swapped, name like it", {"name": "庄建军", "id": SWAPPED}, {"name": "庄建国", "id": N}),
    (
        "swapped, other town",
        {"name": "庄建国", "id": SWAPPED, "village": "上浦村"},
        {"name": "庄建国", "id": N, "village": "里春村", "town": "百崎回族乡"},
    ),
    ("one digit off", {"name": "庄建国", "id": digit(N, 15)}, {"name": "庄建国", "id": N}),
    ("one digit off early", {"name": "庄建国", "id": digit(N, 9)}, {"name": "庄建国", "id": N}),
    (
        "mangled",
        {"name": "庄建国", "id": repr(float(int(N[:15]) * 1000))},
        {"name": "庄建国", "id": N},
    ),
    (
        "masked number",
        {"name": "庄建国", "id": N[:6] + "********" + N[-4:]},
        {"name": "庄建国", "id": N},
    ),
    (
        "no number, birth",
        {"name": "庄建国", "born": date(1960, 3, 5)},
        {"name": "庄建国", "id": N},
    ),
    (
        "no number, village",
        {"name": "庄建国", "village": "上浦村"},
        {"name": "庄建国", "id": N, "village": "上浦村"},
    ),
    (
        "head's number on a member, own number elsewhere",
        {"name": "庄小妹", "id": SON, "village": "上浦村"},
        {"name": "庄小妹", "id": N, "village": "上浦村"},
    ),
    ("wrong check digit both", {"name": "庄建国", "id": WRONG}, {"name": "庄建国", "id": WRONG}),
]

APART = [
    ("strangers", {"name": "庄建国", "id": N}, {"name": "黄大山", "id": OTHER}),
    (
        "twins",
        {"name": "庄文娟", "id": N, "village": "上浦村"},
        {"name": "庄文静", "id": TWIN, "village": "上浦村"},
    ),
    (
        "same name, other village",
        {"name": "庄建国", "id": N, "village": "上浦村"},
        {"name": "庄建国", "id": OTHER, "village": "下曾村"},
    ),
    (
        "father and son",
        {"name": "庄建国", "id": N, "village": "上浦村"},
        {"name": "庄建军", "id": SON, "village": "上浦村"},
    ),
]


def decisions(*rows: dict[str, object]) -> pl.DataFrame:
    """Decisions of source row 1 against roll rows 2 …"""
    listed = [{**row, "list": "medical" if i == 0 else "dibao"} for i, row in enumerate(rows)]
    linked = link(records(listed), MATCHING)
    assert set(linked.issues["code"]) <= {"WEIGHTS_SHIPPED"}
    return frames.conform(linked.decisions, frames.DECISIONS)


@pytest.mark.parametrize(("case", "left", "right"), LINKED, ids=[c[0] for c in LINKED])
def test_linked(case: str, left: dict[str, object], right: dict[str, object]) -> None:
    assert decisions(left, right)["decision"].to_list() == ["link"]


@pytest.mark.parametrize(("case", "left", "right"), REVIEWED, ids=[c[0] for c in REVIEWED])
def test_left_for_review(case: str, left: dict[str, object], right: dict[str, object]) -> None:
    assert decisions(left, right)["decision"].to_list() == ["review"]
    assert decisions(right, left)["decision"].to_list() == ["review"]


@pytest.mark.parametrize(("case", "left", "right"), APART, ids=[c[0] for c in APART])
def test_kept_apart(case: str, left: dict[str, object], right: dict[str, object]) -> None:
    assert decisions(left, right).height == 0


def test_a_homophone_under_a_shared_number_is_reviewed() -> None:
    found = decisions(
        {"name": "李晓红", "id": N}, {"name": "李小红", "id": N}, {"name": "李大山", "id": N}
    )
    assert set(found["decision"]) == {"review"}


#: names under one number: the source's, then those of the lists; the decisions on these
UNDER_ONE_NUMBER = [
    ("周*", {"dibao": ["周涛"]}, ["link"]),
    ("周*", {"dibao": ["周涛"], "death": ["周涛"]}, ["link", "link"]),
    ("周*", {"dibao": ["周涛"], "death": ["周*"]}, ["link", "review"]),
    ("周*", {"dibao": ["周涛"], "death": ["周敏"]}, ["review", "review"]),
    ("周*", {"dibao": ["周涛"], "death": ["周小涛"]}, ["review", "review"]),
    ("周*", {"dibao": ["周涛", "李涛"]}, ["review", "review"]),
    ("周涛", {"death": ["周*"]}, ["link"]),
    ("周涛", {"dibao": ["周涛"], "death": ["李*"]}, ["link", "review"]),
    ("周涛", {"dibao": ["周*"], "death": ["周*"]}, ["link", "link"]),
    ("周涛", {"dibao": ["周*", "周*"]}, ["review", "review"]),  # perhaps father and son
]


@pytest.mark.parametrize(("name", "lists", "expected"), UNDER_ONE_NUMBER)
def test_a_masked_name_under_a_number(
    name: str, lists: dict[str, list[str]], expected: list[str]
) -> None:
    """Linked where nobody else has the number; on one list two masked rows may be two people."""
    rows = [{"list": "medical", "name": name, "id": N}]
    rows += [{"list": list_, "name": each, "id": N} for list_ in lists for each in lists[list_]]
    found = link(records(rows), MATCHING).decisions.sort("right_id")
    assert found["decision"].to_list() == expected


def test_a_masked_name_with_another_birth_date_is_reviewed() -> None:
    """The number of a parent stands on the row of a child."""
    child = {"name": "周*", "id": N, "born": date(2012, 3, 5)}
    rows = records([{**child, "list": "medical"}, {"name": "周涛", "id": N, "list": "dibao"}])
    born = pl.when(pl.col("record_id") == 1).then(pl.date(2012, 3, 5)).otherwise("birth_date")
    rows = rows.with_columns(birth_date=born, birth_until=born)
    assert link(rows, MATCHING).decisions["decision"].to_list() == ["review"]


def test_the_owner_of_a_shared_number_is_linked_and_the_borrower_not() -> None:
    found = decisions(
        {"name": "李建国", "id": N}, {"name": "李建国", "id": N}, {"name": "李大山", "id": N}
    )
    assert found.select("right_id", "decision").rows() == [(2, "link")]


def test_a_roll_row_linked_to_its_owner_is_no_candidate_for_another_number() -> None:
    rows = [
        {"list": "medical", "name": "庄建国", "id": N, "village": "上浦村"},
        {"list": "disability", "name": "庄建国", "id": OTHER, "village": "上浦村"},
        {"list": "dibao", "name": "庄建国", "id": N, "village": "上浦村"},
    ]
    found = link(records(rows), MATCHING).decisions
    on_roll = found.filter(pl.col("right_id") == 3)
    assert on_roll.select("left_id", "decision").rows() == [(1, "link")]


def test_a_birth_date_out_of_the_number_says_nothing_beside_it() -> None:
    found = decisions({"name": "庄建国", "id": N}, {"name": "庄建国", "id": N})
    assert found["evidence"].struct.field("birth_date").to_list() == ["unknown"]


def test_rows_that_do_not_qualify_are_not_looked_for() -> None:
    rows = [
        {"list": "medical", "name": "庄建国", "id": N, "qualifies": False},
        {"list": "dibao", "name": "庄建国", "id": N},
    ]
    assert link(records(rows), MATCHING).decisions.height == 0


def test_one_person_on_two_source_lists_is_one_person() -> None:
    rows = [
        {"list": "medical", "name": "庄建国", "id": N},
        {"list": "disability", "name": "莊建國", "id": N},
        {"list": "disability", "name": "庄建国", "id": OTHER},
    ]
    people = records(rows)
    found = link(people, MATCHING).decisions
    keys = persons(people, found)
    assert keys["person_key"].to_list() == ["P000001", "P000001", "P000003"]


def test_a_block_that_is_too_large_is_said() -> None:
    narrow = Matching.model_validate(
        {**MATCHING.model_dump(), "blocking": [{"on": ["name_key"], "most": 3}]}
    )
    rows = [{"list": "medical", "name": "庄建国"}] + [{"list": "dibao", "name": "庄建国"}] * 4
    linked = link(records(rows), narrow)
    found, issues = linked.decisions, linked.issues
    assert found.height == 0
    assert issues["code"].to_list() == ["BLOCK_TOO_LARGE"]
    assert "庄" not in issues["detail"][0]
