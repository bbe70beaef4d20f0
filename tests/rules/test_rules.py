from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loubao.core.faults import RuleFault
from loubao.ingest.gazetteer import gazetteer
from loubao.rules.folder import Rules, load_rules
from loubao.rules.matching import Matching
from loubao.rules.place_names import folded
from loubao.rules.yaml_file import load

REPOSITORY = Path(__file__).parents[2]
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
    assert sorted(rules.of_role("source")) == [
        "children",
        "disability",
        "medical",
        "monitored",
        "village_report",
    ]
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
        named = {*rule.fields, *(["bills"] if rule.sum else []), "cover_until"}
        assert set(re.findall(r"{(\w+)}", rule.wording)) <= named, rule.name


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
        ("CAST(self_paid AS INT) > 4", "条件里不能用 CAST"),
        ("name::int > 4", "条件里不能用 ::int"),
        ("unnest(name) = 'a'", "条件里不能用 unnest"),
        ("SUM(self_paid) > 4", "条件里不能用 SUM"),
        ("LENGTH(LPAD(name, 1000000000, 'x')) > 1", "条件里不能用 LPAD"),
        ("self_paid > (SELECT 1)", "SELECT"),
        ("EXISTS (SELECT 1)", "条件里不能用 EXISTS"),
        ("since > 99999999999999", "太大"),
        ("REGEXP_LIKE(name, '(')", "正则表达式写得不对"),
        ("settled_on > DATE '2022-02-30'", "日期应写作"),
        (" AND ".join(["self_paid > 1"] * 20_000), "条件太长"),
        ("(" * 5_000 + "self_paid > 1" + ")" * 5_000, "条件太长或括号太多"),
        (" OR ".join(["self_paid > 1"] * 600), "条件太长或括号太多"),
    ],
)
def test_condition_that_does_not_hold(folder: Path, that: str, expected: str) -> None:
    path = folder / "lists/medical.yaml"
    edit(path, "that: self_paid > ${medical_over}", f"that: {that}")
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
    aliases = set(gazetteer(rules.villages, rules.reading).villages["alias"])
    with (REPOSITORY / "tools/villages_history.csv").open(encoding="utf-8") as stream:
        names = {v for row in csv.DictReader(stream) for k, v in row.items() if k != "code" and v}
    assert {folded(name) for name in names} <= aliases
    assert {village.town for village in rules.villages} == {
        "洛阳镇",
        "东园镇",
        "张坂镇",
        "百崎回族乡",
    }


SURE_TIER = "  - {name: too_sure, decision: %s, when: {%s}, wording: 不行}\n"
NAMED = "name: [same]"


@pytest.fixture
def matching(tmp_path: Path) -> Path:
    """matching.yaml alone, which is quicker to read."""
    return Path(shutil.copy(SHIPPED / "matching.yaml", tmp_path))


def matching_fault(path: Path) -> str:
    with pytest.raises(RuleFault) as caught:
        load(path, Matching)
    return caught.value.message


@pytest.mark.parametrize(
    ("decision", "when", "expected"),
    [
        ("link", NAMED, "link 必须同时要求 id_number 和 name"),
        ("link", "id_number: [same]", "link 必须同时要求 id_number 和 name"),
        ("link", "birth_date: [same], village: [same]", "link 必须同时要求"),
        ("link", f"id_number: [one_wrong_digit], {NAMED}", "否则须写 monthly: review"),
        ("link", f"id_number: [same, unknown], {NAMED}", "否则须写 monthly: review"),
        ("link", "id_number: [same], name: [same, one_character]", "不能包含 one_character"),
        ("link", "id_number: [same_shared], name: [reading]", "不能包含 reading"),
        ("link", "id_number: [one_slip], name: [masked]", "不能包含 masked"),
        ("link, probability: 1.0", NAMED, "link 必须同时要求"),
        ("review, monthly: link", NAMED, "link 必须同时要求"),
        ("review, monthly: link", f"id_number: [near], {NAMED}", "否则须写 monthly: review"),
        ("link, monthly: link", NAMED, "link 必须同时要求"),
        ("link, monthly: review", NAMED, "probability 至少 0.99"),
        ("link, monthly: review, probability: 0.9899", NAMED, "probability 至少 0.99"),
        ("link, monthly: review, probability: 99", NAMED, "probability"),
        ("link", f"id_number: [same], {NAMED}, weather: [same]", "没有比较字段“weather”"),
        ("link", "id_number: [sam], name: [same]", "没有等级“sam”"),
    ],
)
def test_a_link_that_is_not_safe_is_refused(
    matching: Path, decision: str, when: str, expected: str
) -> None:
    edit(matching, "tiers:\n", "tiers:\n" + SURE_TIER % (decision, when))
    line = matching.read_text(encoding="utf-8").split("too_sure")[0].count("\n") + 1
    message = matching_fault(matching)
    assert expected in message
    assert f"matching.yaml:{line}:" in message


@pytest.mark.parametrize(
    ("decision", "when"),
    [
        ("link", "id_number: [same], name: [same, reading, masked]"),
        ("link, monthly: review, probability: 0.99", NAMED),
        ("review, monthly: review", NAMED),
        ("review", NAMED),
    ],
)
def test_a_link_that_is_safe_is_taken(matching: Path, decision: str, when: str) -> None:
    edit(matching, "tiers:\n", "tiers:\n" + SURE_TIER % (decision, when))
    assert load(matching, Matching).tiers[0].name == "too_sure"


@pytest.mark.parametrize(
    ("table", "old", "new", "expected"),
    [
        ("same_person", "sex: {same: 0.99,", "sex: {sane: 0.99,", "sex 没有等级“sane”"),
        ("same_person", "sex: {same", "sax: {same", "没有字段“sax”"),
        ("same_person", "    sex: {same: 0.99, different: 0.01}\n", "", "缺少字段 sex"),
        ("strangers", "sex: {same: 0.5,", "sex: {unknown: 0.5,", "sex 没有等级“unknown”"),
        ("strangers", "different: 0.998}", "different: 0}", "strangers.household_head.different"),
        (
            "strangers",
            "different: 0.998}",
            "different: 99.8}",
            "strangers.household_head.different",
        ),
        ("strangers", "different: 0.998}", "different: nan}", "strangers.household_head.different"),
        ("strangers", "{same: 0.002, different: 0.998}", "{}", "household_head 下没有写等级"),
        (
            "same_person_number_agrees",
            "sex:",
            "village:",
            "没有字段“village”，可用：birth_date、sex",
        ),
        ("namesakes", "sex:", "name:", "没有字段“name”"),
        ("neighbours", "one_word: 0.01,", "two_words: 0.01,", "name 没有等级“two_words”"),
        ("same_number", "    sex:", "    id_number:", "没有字段“id_number”"),
        ("similar_number", "village: {same", "village: {home", "village 没有等级“home”"),
        ("siblings", "one_character: 0.005", "one_char: 0.005", "name 没有等级“one_char”"),
        ("siblings", "one_character: 0.005", "one_character: -1", "siblings.one_character"),
        ("siblings_number", "near: 0.02", "same_name: 0.02", "id_number 没有等级“same_name”"),
        ("chance", "    near: 0.01", "    different: 0.01", "id_number 没有等级“different”"),
        ("chance", "    near: 0.01", "    near: 0", "chance.near"),
        ("chance", "    near: 0.01", "    near: inf", "chance.near"),
        ("found", "found: 0.4", "found: 1", "weights.found"),
        ("strength", "strength: 20", "strength: 0", "weights.strength"),
        ("fewest", "fewest: 200", "fewest: 0.5", "weights.fewest"),
    ],
)
def test_a_weight_that_would_not_be_read_is_refused(
    matching: Path, table: str, old: str, new: str, expected: str
) -> None:
    head, weights = matching.read_text(encoding="utf-8").split("\nweights:")
    before, after = weights.split(f"\n  {table}:")
    after = f"\n  {table}:{after}"
    assert old in after
    text = f"{head}\nweights:{before}{after.replace(old, new, 1)}"
    matching.write_text(text, encoding="utf-8")
    message = matching_fault(matching)
    assert expected in message
    assert int(re.findall(r"matching.yaml:([0-9]+):", message)[0]) > head.count("\n")


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        ("report.yaml", "path: report.html", "path: data/x.html", "report.yaml:4:1  path"),
        ("report.yaml", "path: report.html", "path: 汇总.xlsx/x.html", "report.yaml:4:1  path"),
        ("returns.yaml", "path: 疑难.xlsx", "path: 回收问题.xlsx", "difficult.path"),
        ("returns.yaml", "path: 疑难.xlsx", "path: /疑难.xlsx", "difficult.path"),
    ],
)
def test_no_two_files_of_an_output_have_one_path(
    folder: Path, name: str, old: str, new: str, where: str
) -> None:
    edit(folder / name, old, new)
    with pytest.raises(RuleFault) as caught:
        load_rules(folder).returns  # noqa: B018
    assert where in caught.value.message
