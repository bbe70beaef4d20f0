"""The policy's table, row by row: who is a case, with which status, and who is not."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loubao.core import frames
from loubao.linkage import link, persons
from loubao.rules.folder import Rules, load_rules
from loubao.screening.cases import Screened, screen
from tests.people import number, records

AS_OF = date(2022, 6, 30)
N = number("19600305", 123)
M = number("19881201", 517)
CHILD = number("20120910", 214)


@cache
def rules() -> Rules:
    return load_rules(Path(__file__).parents[2] / "rules")


def screened(*rows: dict[str, Any]) -> Screened:
    """Link and screen `rows`."""
    people = prepared(*rows)
    decisions = link(people, rules().matching).decisions
    return screen(people, decisions, persons(people, decisions), rules(), AS_OF)


def prepared(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return RECORDS of `rows`; keys that are no core column are the lists' own fields."""
    people = records(rows)
    extras = {
        name: field.dtype for rule in rules().lists.values() for name, field in rule.extras.items()
    }
    extras |= {
        "address": pl.String,
        "row_people": pl.UInt32,
        "bills": pl.UInt32,
        "cover_until": pl.Date,
    }
    return people.with_columns(
        pl.Series(name, [row.get(name) for row in rows], dtype=dtype, strict=False)
        for name, dtype in extras.items()
    )


def someone(list_: str, id_: str = N, **more: Any) -> dict[str, Any]:
    return {"list": list_, "name": "庄建国", "id": id_, "village": "上浦村", **more}


DEAD = someone("death", death_date=date(2022, 5, 1))

POLICY = [
    ("nothing", [someone("medical")], "uncovered"),
    ("低保 covers", [someone("medical"), someone("dibao")], None),
    ("特困 covers", [someone("disability"), someone("tekun")], None),
    ("not the protected person", [someone("disability"), someone("dibao", qualifies=False, protected=False)], "partial"),
    ("a household's 低保 is nothing to 医疗", [someone("medical"), someone("dibao", qualifies=False, protected=False)], "uncovered"),
    ("not known who is protected", [someone("medical"), someone("dibao", qualifies=False, protected=True, row_people=4, protected_count=1)], "partial"),
    ("低保 stopped", [someone("medical"), someone("dibao", qualifies=False, protected=True, aid_status="停保")], "uncovered"),
    ("低保边缘", [someone("medical"), someone("dibao_edge")], "partial"),
    ("刚性支出", [someone("medical"), someone("rigid_expense")], "partial"),
    ("刚性支出 is nothing to 残疾", [someone("disability"), someone("rigid_expense")], "uncovered"),
    ("两项补贴 never count", [someone("disability"), someone("disability_subsidy")], "uncovered"),
    (
        "临时救助 in the window",
        [someone("medical"), someone("temporary_aid", approved_on=date(2021, 7, 1))],
        "partial",
    ),
    (
        "临时救助 too long ago",
        [someone("medical"), someone("temporary_aid", approved_on=date(2021, 6, 29))],
        "uncovered",
    ),
    ("风险已消除", [someone("monitored", risk_removed=True)], "partial"),
    ("风险未消除", [someone("monitored", risk_removed=False)], "uncovered"),
    ("孤儿 covers the child", [someone("children", CHILD), someone("orphan", CHILD)], None),
    ("child in 低保", [someone("children", CHILD), someone("dibao", CHILD)], "partial"),
    (
        "child of a parent in 低保",
        [someone("children", CHILD, parent_id=M), {**someone("dibao", M), "name": "庄大山"}],
        "partial",
    ),
    ("孤儿 is nothing to 医疗", [someone("medical", CHILD), someone("orphan", CHILD)], "uncovered"),
    ("dead", [someone("disability"), DEAD], None),
    ("dead, no date", [someone("disability"), someone("death")], "uncovered"),
    ("moved within the district", [someone("disability"), someone("moved_out", moved_on=date(2022, 3, 1), qualifies=False)], "uncovered"),
    ("died after the day", [someone("disability"), someone("death", death_date=date(2022, 7, 1))], "uncovered"),
    ("dead patient leaves a family", [someone("medical"), DEAD], "uncovered"),
    ("moved away", [someone("medical"), someone("moved_out", moved_on=date(2022, 3, 1))], None),
    ("one digit off on the roll", [someone("medical"), someone("dibao", N[:15] + "9" + N[16:])], "review"),
    ("review outranks partial", [someone("medical"), someone("dibao_edge"), someone("dibao", None)], "review"),
    ("a candidate on a roll that never counts", [someone("disability"), someone("disability_subsidy", None)], "uncovered"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "rows", "status"), POLICY, ids=[p[0] for p in POLICY])
def test_policy(case: str, rows: list[dict[str, Any]], status: str | None) -> None:
    found = screened(*rows)
    assert found.cases["status"].to_list() == ([status] if status else [])
    assert found.details.height == found.cases.height


def test_every_person_and_list_has_one_outcome() -> None:
    found = screened(someone("medical"), someone("disability"), DEAD, someone("monitored", M))
    assert found.outcomes.select("list", "outcome").sort("list").rows() == [
        ("disability", "excluded"),
        ("medical", "uncovered"),
        ("monitored", "uncovered"),
    ]
    (aside,) = found.excluded.rows(named=True)
    assert (aside["list"], aside["reason"]) == ("disability", "已死亡")
    assert (aside["date"], aside["row"]) == (date(2022, 5, 1), 4), "the evidence, not the clue"
    assert found.cases["lists"].to_list() == [["medical"], ["monitored"]]


def test_one_person_on_two_lists_is_one_case_with_both_reasons() -> None:
    found = screened(someone("medical", self_paid=52300.5), someone("disability"))
    assert found.cases["lists"].to_list() == [["disability", "medical"]]
    assert found.cases["record_ids"].to_list() == [[1, 2]]
    assert len(found.details["sources"][0]) == 2
    assert any("52300.50" in clue for clue in found.details["clues"][0])


def test_people_of_one_household_are_neighbours() -> None:
    found = screened(
        {"list": "medical", "name": "庄大山", "id": number("19500101", 11), "village": "上浦村", "head": "庄大山"},
        {"list": "medical", "name": "林小妹", "id": number("19700101", 20), "village": "上浦村"},
        {"list": "disability", "name": "庄小山", "id": number("19800101", 31), "village": "上浦村", "head": "庄大山"},
    )  # fmt: skip
    assert found.details["name"].to_list() == ["庄大山", "庄小山", "林小妹"]
    assert found.cases["household"].n_unique() == 2
    assert found.cases["case_no"].to_list() == ["202206-00001", "202206-00002", "202206-00003"]


def test_a_villagers_group_is_no_house() -> None:
    found = screened(
        someone("medical", address="洛阳镇上浦村3组"),
        someone("medical", M, address="洛阳镇上浦村3组"),
        someone("medical", CHILD, address="洛阳镇上浦村12号"),
        someone("medical", number("19770707", 33), address="洛阳镇上浦村12号"),
    )
    assert found.cases["household"].n_unique() == 3


def test_the_candidate_is_shown_in_words_without_its_number() -> None:
    found = screened(someone("medical"), someone("dibao", N[:15] + "9" + N[16:]))
    (doubt,) = found.details["doubts"][0]
    assert "庄建国" in doubt
    assert "证号差一位" in doubt
    assert N[:15] not in doubt


def weighed(rows: pl.DataFrame, *pairs: tuple[int, int, float | None, str]) -> pl.DataFrame:
    """DECISIONS for review: left and right record, probability, level of the name."""
    unknown = dict.fromkeys(frames.DECISIONS["evidence"].to_schema(), "unknown")  # type: ignore[union-attr]
    return pl.DataFrame(
        [
            {
                "left_id": left,
                "right_id": right,
                "decision": "review",
                "tier": "name_and_village",
                "match_weight": None,
                "match_probability": probability,
                "evidence": {**unknown, "name": name, "birth_date": "same"},
            }
            for left, right, probability, name in pairs
        ],
        schema=dict(frames.DECISIONS),
    )


@pytest.mark.parametrize(
    ("probabilities", "order"),
    [
        ((0.2, 0.9, 0.5, 0.7), ["何二妹", "何四妹", "何三妹"]),
        ((0.5, 0.5, 0.5, 0.5), ["何一妹", "何二妹", "何三妹"]),
        ((None, None, None, None), ["何一妹", "何二妹", "何三妹"]),
        ((None, 0.1, None, 0.4), ["何四妹", "何二妹", "何一妹"]),
    ],
)
def test_the_likeliest_candidates_are_shown_and_the_others_counted(
    probabilities: tuple[float | None, ...], order: list[str]
) -> None:
    names = ("何一妹", "何二妹", "何三妹", "何四妹")
    people = prepared(
        someone("medical"),
        *({"list": "dibao", "name": name, "village": "上浦村"} for name in names),
    )
    pairs = [(1, 2 + i, p, "look_alike") for i, p in enumerate(probabilities)]
    found = screen(
        people, weighed(people, *pairs), persons(people, weighed(people)), rules(), AS_OF
    )
    *doubts, more = found.details["doubts"][0]
    assert [doubt.split("：")[1][:3] for doubt in doubts] == order
    assert more == "另有1人相似"
    assert rules().matching.candidates == 3
    assert ["姓名形近、" in doubt for doubt in doubts] == [True, False, False]


def test_the_list_with_the_likeliest_candidate_comes_first() -> None:
    people = prepared(
        someone("medical"),
        *({"list": name, "name": "何一妹", "village": "上浦村"} for name in ("dibao", "tekun")),
    )
    pairs = weighed(people, (1, 2, 0.3, "same"), (1, 3, 0.6, "same"))
    found = screen(people, pairs, persons(people, pairs), rules(), AS_OF)
    assert ["特困" in doubt for doubt in found.details["doubts"][0]] == [True, False]
    assert found.chances.drop("person_key").rows() == [("medical", 2, 0.3), ("medical", 3, 0.6)]


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (someone("dibao"), True),
        (someone("dibao", qualifies=False), False),
        (someone("dibao_edge"), False),
        (someone("disability_subsidy"), False),
        (DEAD, False),  # a patient's death only flags
        (someone("moved_out", moved_on=date(2022, 3, 1)), True),
        (someone("moved_out", moved_on=date(2022, 7, 1)), False),
    ],
)
def test_chances_are_of_rows_that_take_a_person_off(row: dict[str, Any], counts: bool) -> None:
    found = screened(someone("medical"), row)
    assert found.chances.height == counts
    assert found.chances["probability"].is_between(0.0, 1.0).all()


def test_two_rows_that_may_be_one_person_point_at_each_other() -> None:
    found = screened(someone("medical"), someone("disability", None))
    assert found.cases.height == 2
    assert ["00002" in found.details["doubts"][0][0], "00001" in found.details["doubts"][1][0]] == [
        True,
        True,
    ]


def test_what_leaves_the_office_does_not_speak_of_prison() -> None:
    found = screened(someone("children", CHILD, parent_status="服刑"))
    told = str(found.details.to_dicts()) + str(found.cases["reason"].to_list())
    assert "困境儿童线索" in told
    assert "服刑" not in told.replace("'parent_status': '服刑'", "")
