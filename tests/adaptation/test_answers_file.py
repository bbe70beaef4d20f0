"""`loubao adapt --answers`: every answer is taken, wherever its question stands; nothing is hidden."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.adaptation import strangers
from tests.adaptation.test_adapt import ANSWERS
from tests.commands.office import Run, csv_bytes, loubao

OTHERS = {key: answer for key, answer in ANSWERS.items() if not key.startswith("place:")}
#: Each shares a character with villages of its town, and is clearly none of them.
UNCLEAR = [f"{first}{last}村" for first in "古新" for last in "坡沟东西南北"]
DIBAO = "农村低保2023年6月.csv"


@pytest.fixture
def county(tmp_path: Path) -> Path:
    return strangers.county(tmp_path)


def adapt(county: Path, answers: dict[str, Any]) -> Run:
    (county / "answers.json").write_text(json.dumps(answers), "utf-8")
    return loubao("adapt", strangers.MONTH, "--answers", "answers.json", "--json", cwd=county)


def with_places(county: Path, places: list[tuple[str, str]]) -> None:
    """A list of the month whose people live in these places: town, what the village is called."""
    people = strangers.People(seed=3)
    rows = [(*people.one(), town, village) for town, village in places]
    table = [("姓名", "身份证号", "乡镇", "村"), *rows]
    (county / strangers.MONTH / DIBAO).write_bytes(csv_bytes(table, "utf-8"))
    (county / strangers.MONTH / strangers.DIBAO).unlink()


def asked(report: dict[str, Any]) -> list[str]:
    return [question["key"] for question in report["questions"]]


def villages(county: Path) -> dict[str, list[str]]:
    text = (county / "rules/villages.csv").read_text("utf-8")
    return {row["code"]: row["aliases"].split("|") for row in csv.DictReader(io.StringIO(text))}


def of_places(report: dict[str, Any]) -> dict[str, list[str]]:
    """Key of each question on places between several names → the places that it asks about."""
    return {
        question["key"]: [item["key"] for item in question["items"]]
        for question in report["questions"]
        if question["key"] == "place:unclear" or question["key"].startswith("place:石湾镇/")
    }


def test_slips_of_a_row_are_one_question(county: Path) -> None:
    with_places(county, [("石湾镇", village) for village in UNCLEAR])
    report = adapt(county, OTHERS | {"place:elsewhere": "yes", "place:all": "yes"}).report
    slips = sorted(f"石湾镇/{village}" for village in UNCLEAR)
    assert {key: sorted(items) for key, items in of_places(report).items()} == {
        "place:unclear": slips
    }
    (question,) = (q for q in report["questions"] if q["key"] == "place:unclear")
    assert "石湾镇古井村" in question["items"][0]["samples"][0]  # the names it stands between
    # one is said by itself, one by name, and one not yet: that one is asked again
    left = adapt(county, {f"place:{slips[2]}": "上坡村"}).report
    assert sorted(of_places(left)["place:unclear"]) == [s for s in slips if s != slips[2]]
    elsewhere = {slips[0]: "古井村", slips[1]: "later", "*": "elsewhere"}
    left = adapt(county, {"place:unclear": elsewhere}).report
    assert of_places(left) == {"place:unclear": [slips[1]]}
    assert slips[0].partition("/")[2] in villages(county)["469901101202"]
    assert slips[2].partition("/")[2] in villages(county)["469901101200"]


def test_places_of_many_rows_are_asked_one_by_one(county: Path) -> None:
    with_places(county, [("石湾镇", village) for village in UNCLEAR for _ in range(4)])
    report = adapt(county, OTHERS | {"place:elsewhere": "yes", "place:all": "yes"}).report
    asked_of = of_places(report)
    assert sorted(place for items in asked_of.values() for place in items) == sorted(
        f"石湾镇/{village}" for village in UNCLEAR
    )
    assert len(asked_of) == 9
    assert [len(items) for items in asked_of.values()].count(1) == 8
    # whichever of them stand in one question, each can be answered by itself
    every = {f"place:石湾镇/{village}": "elsewhere" for village in UNCLEAR}
    assert not of_places(adapt(county, every).report)


def test_what_is_put_off_is_still_to_be_asked(county: Path) -> None:
    report = adapt(county, {f"file:{strangers.WOMEN}": "later"}).report
    assert f"file:{strangers.WOMEN}" in asked(report)


#: What an old name of a village of 柳河乡 is said to be → the code.
PLACES = {
    "469901202204": "469901202204",  # a code
    "河湾村": "469901202204",
    "柳河乡河湾村": "469901202204",
    "古井村": "469901202203",  # of two the one of the town
    "石湾镇古井村": "469901101202",
    "上坡村": "469901101200",  # of another town
}


def test_any_village_is_an_answer(county: Path) -> None:
    """A village was once called otherwise than anything that is near."""
    old = [f"红旗公社{said}大队村" for said in range(1, 7)]
    with_places(county, [("柳河乡", name) for name in old])
    said = {f"柳河乡/{name}": place for name, place in zip(old, PLACES, strict=True)}
    given = adapt(county, OTHERS | {"place:elsewhere": said})
    assert given.code == 0, given.err
    aliases = villages(county)
    for name, code in zip(old, PLACES.values(), strict=True):
        assert name in aliases[code]
    assert not [key for key in asked(given.report) if "红旗公社" in key]


def test_no_village_refuses_only_its_question(county: Path) -> None:
    with_places(county, [("柳河乡", "红旗公社大队村")])
    wrong = {"place:elsewhere": {"柳河乡/红旗公社大队村": "没有此村"}}
    given = adapt(county, wrong | OTHERS)
    assert given.code == 2
    assert "不是本地的村" in given.report["refused"]["place:elsewhere"]
    assert "柳河乡柳河村" in given.report["refused"]["place:elsewhere"]
    assert "place:elsewhere" in given.err
    assert "place:elsewhere" in asked(given.report)
    # all others are taken
    assert not [key for key in asked(given.report) if key.startswith(("header", "file", "value"))]
    wrong = {"place:elsewhere": {"柳河乡/红旗公社大队村": "石湾镇"}}  # a town is no village
    assert "不是本地的村" in adapt(county, wrong).report["refused"]["place:elsewhere"]


def test_a_column_is_answered_wherever_it_stands(county: Path) -> None:
    """籍贯 is asked with others, 供养情形 alone; the file says it the other way round."""
    columns = {
        **{"header:籍贯": "ignore", "header:工号": "ignore", "header:人员名称": "name"},
        **{"header:社保号码": "id_number", "header:供养人": "name", "header:镇别": "town"},
    }
    several = {"headers:states": {"供养情形": "care_mode", "享保标志": "protected", "*": "ignore"}}
    moved = {"header:供养情形", "header:享保标志", "headers", "headers:sure"}
    answers = {key: answer for key, answer in ANSWERS.items() if key not in moved}
    given = adapt(county, answers | columns | several)
    assert given.code == 0, given.err
    assert given.report["unused"] == []
    assert given.report["questions"] == []
    rules = county / "rules/lists"
    assert "享保标志" in (rules / "dibao.yaml").read_text("utf-8")
    assert "供养情形" in (rules / "tekun.yaml").read_text("utf-8")
