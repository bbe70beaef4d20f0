"""`loubao init --county`: any county is at home, and nothing of another place remains."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from loubao.ingest.gazetteer import gazetteer
from loubao.rules.folder import load_rules
from loubao.rules.yaml_file import read_local
from tests.commands.office import PEOPLE, csv_bytes, fill, loubao

OF_THE_ZONE = re.compile("泉州|台商|泉台|洛政|闽政|福建|洛阳|东园|张坂|百崎|上浦|崧|秀涂")


def test_a_county_by_its_code(tmp_path: Path) -> None:
    run = loubao("init", "新县", "--county", "530426", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    assert run.report["county"] == "云南省玉溪市峨山彝族自治县"
    assert (run.report["towns"], run.report["villages"]) == (8, 78)
    rules = load_rules(tmp_path / "新县" / "rules")
    assert len(rules.villages) == 78
    assert {village.code[:6] for village in rules.villages} == {"530426"}
    assert rules.screening.follow_up.phases == ()
    assert rules.standards is not None
    assert rules.standards.districts["峨山彝族自治县"].minimum_wage == ()


def test_nothing_of_the_shipped_place_remains(tmp_path: Path) -> None:
    assert loubao("init", "新县", "--county", "530426", cwd=tmp_path).code == 0
    for path in sorted((tmp_path / "新县" / "rules").rglob("*.*")):
        if path.suffix in {".yaml", ".csv"}:
            found = OF_THE_ZONE.search(path.read_text(encoding="utf-8"))
            assert found is None, (path.name, found)


@pytest.mark.parametrize("name", ["惠安县", "惠安", "福建省泉州市惠安县", "泉州惠安县"])
def test_a_county_by_its_name(tmp_path: Path, name: str) -> None:
    run = loubao("init", "惠安", "--county", name, "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    assert run.report["county"] == "福建省泉州市惠安县"


@pytest.mark.parametrize(
    ("county", "said"),
    [
        ("鼓楼区", "320106 江苏省南京市鼓楼区"),
        ("鼓楼区", "410204 河南省开封市鼓楼区"),
        ("朝阳", "请写代码"),
        ("990101", "没有找到"),
        ("哪里县", "没有找到"),
    ],
)
def test_a_county_that_is_none_or_several(tmp_path: Path, county: str, said: str) -> None:
    run = loubao("init", "某县", "--county", county, cwd=tmp_path)
    assert run.code == 2
    assert said in run.err
    assert not (tmp_path / "某县").exists()


def test_what_is_local_is_given_by_options(tmp_path: Path) -> None:
    run = loubao(
        *("init", "新县", "--county", "530426", "--medical-over", "6000", "--disability", "all"),
        *("--deadline-days", "20", "--minimum-wage", "1500 2022-04-01", "--contact", "民政办"),
        *("--phases", "摸排 2022-06-01 2022-06-30；落实 2022-07-01 2022-08-31"),
        cwd=tmp_path,
    )
    assert run.code == 0, run.err
    rules = load_rules(tmp_path / "新县" / "rules")
    assert rules.lists["medical"].title == "个人自付医疗费用超6000元人员"
    assert rules.lists["medical"].conditions[0].that == "self_paid > 6000"
    assert rules.lists["disability"].sheet_label == "重度残疾"
    assert rules.screening.follow_up.deadline_days == 20
    assert rules.sheets.village.contact == "民政办"
    assert [phase.name for phase in rules.screening.follow_up.phases] == ["摸排", "落实"]
    told = loubao("standards", "--on", "2022-06-30", "--json", cwd=tmp_path / "新县")
    assert told.code == 0, told.err
    assert (told.report["district"], told.report["minimum_wage"]["amount"]) == (
        "峨山彝族自治县",
        "1500.00",
    )


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--medical-over", "四万"),
        ("--disability", "2021"),
        ("--deadline-days", "0"),
        ("--contact", "办" * 41),
        ("--phases", "摸排 2022-06-30 2022-06-01"),
        ("--minimum-wage", "1500"),
    ],
)
def test_an_answer_that_is_not_understood(tmp_path: Path, option: str, value: str) -> None:
    run = loubao("init", "新县", "--county", "530426", option, value, cwd=tmp_path)
    assert run.code == 2
    assert value in run.err
    assert not (tmp_path / "新县").exists()


def test_standards_says_nothing_without_a_wage(tmp_path: Path) -> None:
    assert loubao("init", "新县", "--county", "530426", cwd=tmp_path).code == 0
    run = loubao("standards", "--on", "2022-06-30", cwd=tmp_path / "新县")
    assert (run.code, run.out) == (2, "")
    assert "没有填峨山彝族自治县的最低工资" in run.err
    assert "rules/local.yaml" in run.err


def test_comments_and_order_of_local_yaml_stay(tmp_path: Path) -> None:
    assert loubao("init", "新县", "--county", "530426", cwd=tmp_path).code == 0
    shipped = (Path(__file__).parents[2] / "rules" / "local.yaml").read_text(encoding="utf-8")
    written = (tmp_path / "新县" / "rules" / "local.yaml").read_text(encoding="utf-8")
    assert re.findall("^[#a-z].*?[:：]", shipped, re.M) == re.findall(
        "^[#a-z].*?[:：]", written, re.M
    )
    values, _ = read_local(tmp_path / "新县" / "rules")
    assert values["place_prefixes"][-1] == "峨山(?:彝族自治县|县)?"


def test_two_villages_of_one_name_are_not_guessed(tmp_path: Path) -> None:
    """陈家营村委会 and 陈家营村委会（大） of one town: 陈家营村 may be either."""
    assert loubao("init", "新县", "--county", "610902", cwd=tmp_path).code in {0, 2}
    rules = load_rules(tmp_path / "新县" / "rules")
    names = gazetteer(rules.villages, rules.reading).villages
    both = names.filter(town_code="610902107").filter(alias="陈家营村")
    assert both["village_code"].to_list() == [None]
    official = names.filter(town_code="610902107").filter(alias="陈家营村委会")
    assert official["village_code"].null_count() == 0


def test_no_workbook_of_another_county_speaks_of_the_shipped_place(tmp_path: Path) -> None:
    assert loubao("init", "新县", "--county", "530426", cwd=tmp_path).code == 0
    home = tmp_path / "新县"
    rules = load_rules(home / "rules")
    first, second = rules.villages[0], rules.villages[-1]
    at = (second.town, first.town, first.town)
    rows = [
        (name, PEOPLE[name], town, village, 50_000)
        for name, town, village in zip(
            ("蔡阿榕", "曾淑勉", "庄碧螺"),
            at,
            (second.village, first.village + "委会", "不认识的村"),
            strict=True,
        )
    ]
    roll = [("何厝生", PEOPLE["何厝生"], first.town, first.village, "是", "分散")]
    header = ("姓名", "身份证号", "乡镇", "行政村", "是否保障对象", "供养方式")
    fill(
        home / "2022-06",
        {
            "医疗自付.csv": csv_bytes([("姓名", "身份证号", "乡镇", "村", "个人自付金额"), *rows]),
            "低保在册.csv": csv_bytes([header, *roll]),
            "特困供养.csv": csv_bytes([header, *roll]),
        },
    )
    run = loubao("match", "2022-06", cwd=home)
    assert run.code == 0, run.err
    texts = [run.out, run.err]
    for path in (home / "out" / "2022-06").rglob("*.*"):
        if path.suffix == ".xlsx":
            book = CalamineWorkbook.from_path(path)
            texts += [str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
        elif path.suffix in {".html", ".json"}:
            texts.append(path.read_text(encoding="utf-8"))
        texts.append(str(path.relative_to(home)))
    said = "\n".join(texts)
    assert OF_THE_ZONE.search(said) is None, OF_THE_ZONE.search(said)
    assert first.village in said
    cases = pl.read_parquet(home / "out" / "2022-06" / "data" / "cases.parquet")
    assert sorted(filter(None, cases["village_code"])) == [first.code, second.code]


def test_all_severe_disabilities_count_where_they_are_asked_for(tmp_path: Path) -> None:
    """Certified long ago, or nobody says when: without a condition unknown."""
    row = {
        "disability_level": ["一级", "一级", "三级"],
        "disability_category": ["肢体", "肢体", "肢体"],
        "certificate_date": [date(2015, 3, 1), None, date(2022, 3, 1)],
    }
    for asked, expected in (("all", [True, True, False]), ("2021-01-01", [False, None, False])):
        assert (
            loubao("init", asked, "--county", "530426", "--disability", asked, cwd=tmp_path).code
            == 0
        )
        rule = load_rules(tmp_path / asked / "rules").lists["disability"]
        held = pl.DataFrame(row).select(
            pl.all_horizontal(condition.expr for condition in rule.conditions)
        )
        assert held.to_series().to_list() == expected


def test_the_ledger_is_encrypted_from_the_beginning(tmp_path: Path) -> None:
    pytest.importorskip("sqlcipher3")
    (tmp_path / "key").write_text("钥匙\n", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    done = loubao("init", "desk", "--ledger-key-file", "key", cwd=tmp_path)
    assert done.code == 0
    assert not (tmp_path / "desk/loubao.db").read_bytes().startswith(b"SQLite format 3")
    again = loubao("progress", "--ledger-key-file", "../key", cwd=tmp_path / "desk")
    assert "加密" not in again.err
