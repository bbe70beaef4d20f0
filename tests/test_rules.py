from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loubao.faults import RuleFault
from loubao.rules import Rules, load_rules

REPOSITORY = Path(__file__).parents[1]
SHIPPED = REPOSITORY / "rules"
LISTS = sorted(path.name for path in (SHIPPED / "lists").glob("*.yaml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "rules"))


def fault(folder: Path) -> str:
    with pytest.raises(RuleFault) as caught:
        load_rules(folder)
    return caught.value.message


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_shipped_rules_hold(rules: Rules) -> None:
    assert sorted(rules.of_role("source")) == ["children", "disability", "medical", "monitored"]
    assert rules.of_role("exclusion") == ["death", "moved_out"]
    assert [name for name, rule in rules.lists.items() if rule.required] == ["dibao", "tekun"]
    assert set(rules.digests) >= {"fields.yaml", "lists/dibao.yaml", "villages.csv"}


def test_self_funded_is_never_self_paid(rules: Rules) -> None:
    for rule in rules.lists.values():
        for spec in rule.fields.values():
            assert not any("自费" in header for header in spec.headers)


def test_village_sheets_do_not_speak_of_prison(rules: Rules) -> None:
    children = rules.lists["children"]
    for word in ("服刑", "戒毒", "监狱", "在押", "刑"):
        assert word not in children.wording + children.sheet_label


def test_wording_names_fields_of_the_list(rules: Rules) -> None:
    for rule in rules.lists.values():
        assert set(re.findall(r"{(\w+)}", rule.wording)) <= set(rule.fields), rule.name


@pytest.mark.parametrize(
    "name", ["reading.yaml", "matching.yaml", "screening.yaml", "sheets.yaml", *LISTS]
)
def test_unknown_key_is_named_with_its_place(folder: Path, name: str) -> None:
    path = folder / ("lists" if name in LISTS else "") / name
    text = path.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(f"{text}\nno_such_key: 1\n", encoding="utf-8")
    line = text.count("\n") + 2
    assert re.search(rf"{path.parent.name}/{name}:{line}:1  no_such_key：没有这个键", fault(folder))


def test_unknown_key_in_the_dictionary(folder: Path) -> None:
    edit(folder / "fields.yaml", "  label: 性别\n", "  label: 性别\n  colour: 红\n")
    assert re.search(r"rules/fields.yaml:\d+:3  sex.colour：没有这个键", fault(folder))


@pytest.mark.parametrize(
    ("that", "expected"),
    [
        ("self_payed > 40000", "没有字段“self_payed”"),
        ("self_paid >", "条件写法不对"),
        ("self_paid > '四万'", "类型不同"),
        ("self_paid + 1", "条件的结果应为是或否"),
        ("name > 40000", "类型不同"),
        ("age >= 18 AND nobody", "没有字段“nobody”"),
    ],
)
def test_condition_that_does_not_hold(folder: Path, that: str, expected: str) -> None:
    path = folder / "lists/medical.yaml"
    edit(path, "that: self_paid > 40000", f"that: {that}")
    line = path.read_text(encoding="utf-8").split("that:")[0].count("\n") + 1
    message = fault(folder)
    assert f"lists/medical.yaml:{line}:" in message
    assert "conditions.0.that" in message
    assert expected in message


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("lists/medical.yaml", "role: source", "role: sauce", "role：应为 'source'"),
        ("lists/medical.yaml", "role: source", "", "role：缺少这个键"),
        (
            "lists/medical.yaml",
            "  total_cost: {}",
            "  total_cots: {}",
            "fields.total_cots.type：缺少",
        ),
        ("lists/medical.yaml", "    - self_paid", "    - selfpaid", "没有字段“selfpaid”"),
        (
            "lists/orphan.yaml",
            "  amount: {}",
            "  amount: {type: text}",
            "lists/orphan.yaml:1:1  fields.amount.type：与 lists/dibao.yaml 的类型 number 不同",
        ),
        ("lists/dibao.yaml", "家庭成员{n}姓名", "家庭成员姓名", "成员列“家庭成员姓名”里要有 {n}"),
        ("lists/dibao.yaml", "absent: 是", "absent: [是]", "fields.protected.absent：应为文字"),
        ("reading.yaml", "header_depth: 30", "header_depth: 0", "header_depth"),
        ("reading.yaml", "header_depth: 30", "header_depth: 三十", "header_depth：应为整数"),
        (
            "reading.yaml",
            "header_depth: 30",
            "header_depth: 30\nheader_depth: 3",
            "同一个键写了两次",
        ),
        ("reading.yaml", '"^第[0-9]+页', '"^第[0-9+页', "正则表达式"),
        ("reading.yaml", "ignore:", "ignore: [", "YAML：格式不对"),
        ("lists/orphan.yaml", "  sex: {}", "  sex: {type: choice}", "fields.sex.type：应为 sex"),
        ("lists/orphan.yaml", "  sex: {}", "  row: {}", "fields.row"),
        (
            "lists/orphan.yaml",
            "  sex: {}",
            "  name_key: {type: text, label: x, headers: x}",
            "fields.name_key：这个名称程序已用",
        ),
        ("fields.yaml", "type: id_number", "type: idnumber", "id_number.type：应为"),
        (
            "screening.yaml",
            "covered_by: [dibao, tekun]",
            "covered_by: [dibao, te]",
            "“te”不是 roll",
        ),
        ("screening.yaml", "  medical:", "  medicine:", "“medicine”不是 source"),
        ("screening.yaml", "date: death_date", "date: died", "death 没有字段“died”"),
        ("screening.yaml", "that: risk_removed", "that: risk", "没有字段“risk”"),
        ("villages.csv", "town_code,town", "code,town", "villages.csv:1:1"),
        ("villages.csv", "350521104203", "350521104201", "villages.csv:3:4  code：与第 2 行重复"),
        (
            "villages.csv",
            "350521104203",
            "3.50521E+11",
            "villages.csv:3:4  code：“3.50521E+11”不是",
        ),
        ("villages.csv", "350521104203", "35052110420", "设为“文本”"),
    ],
)
def test_rule_that_does_not_hold(
    folder: Path, name: str, old: str, new: str, expected: str
) -> None:
    edit(folder / name, old, new)
    message = fault(folder)
    assert expected in message
    assert Path(name).name in message


@pytest.mark.parametrize(
    "name",
    [
        "fields.yaml",
        "reading.yaml",
        "matching.yaml",
        "screening.yaml",
        "sheets.yaml",
        "villages.csv",
    ],
)
def test_rule_file_that_is_missing(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert name in fault(folder)


def test_villages_as_a_chinese_spreadsheet_saves_them(folder: Path, rules: Rules) -> None:
    path = folder / "villages.csv"
    text = path.read_text(encoding="utf-8")
    for encoding in ("gb18030", "utf-8-sig"):
        path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
        assert load_rules(folder).villages == rules.villages


@pytest.mark.parametrize("content", [b"\xff\xff\xff", "表头".encode("utf-16"), b"PK\x03\x04\x00"])
def test_villages_that_are_no_csv(folder: Path, content: bytes) -> None:
    (folder / "villages.csv").write_bytes(content)
    assert "villages.csv" in fault(folder)


def test_no_folder_and_no_lists(tmp_path: Path, folder: Path) -> None:
    assert "不存在" in fault(tmp_path / "nowhere")
    shutil.rmtree(folder / "lists")
    assert "没有名单规则" in fault(folder)


def test_villages_are_what_the_script_builds(tmp_path: Path) -> None:
    tools = Path(shutil.copytree(REPOSITORY / "tools", tmp_path / "tools"))
    (tmp_path / "rules").mkdir()
    subprocess.run([sys.executable, str(tools / "build_villages.py")], check=True)
    built = (tmp_path / "rules/villages.csv").read_text(encoding="utf-8")
    assert built == (SHIPPED / "villages.csv").read_text(encoding="utf-8")


def test_every_name_of_the_history_leads_somewhere(rules: Rules) -> None:
    aliases = {alias for village in rules.villages for alias in village.aliases}
    with (REPOSITORY / "tools/villages_history.csv").open(encoding="utf-8") as stream:
        names = {v for row in csv.DictReader(stream) for k, v in row.items() if k != "code" and v}
    assert names <= aliases
    assert {village.town for village in rules.villages} == {
        "洛阳镇",
        "东园镇",
        "张坂镇",
        "百崎回族乡",
    }
