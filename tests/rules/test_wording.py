"""Wording is held against the shipped file: keys, kinds, placeholders, and what a table adds."""

from __future__ import annotations

import pickle
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from loubao.core.faults import RuleFault
from loubao.rules import shipped_rules
from loubao.rules.folder import Rules, load_rules
from loubao.rules.linking import load_linking
from loubao.rules.returns import load_returns
from loubao.rules.sheets import load_printed
from loubao.rules.wording import Wording

PRINTED = ("sheets", "report", "supervision", "archive")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_rules(), tmp_path / "rules"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", PRINTED)
def test_a_file_that_says_the_same_in_other_bytes(folder: Path, name: str) -> None:
    shipped = load_printed(shipped_rules(), name)
    path = folder / f"{name}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# ours\n", encoding="utf-8")
    assert load_printed(folder, name) == shipped


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "expected"),
    [
        ("report", "people: 人\n", "peple: 人\n", "peple", "没有这个键，请检查拼写或删去"),
        ("report", "people: 人\n", "", "people", "缺少这个键，自带的规则写作 people: 人"),
        ("report", "marks: {small:", "mark: {small:", "mark", "没有这个键"),
        ("report", "people: 人\n", "people: [人]\n", "people", "应为文字"),
        ("report", "marks: {small", "marks: 无\nmark: {small", "mark", "没有这个键"),
        ("report", "sexes: {男: 男, 女: 女}", "sexes: 男女", "ages.sexes", "应为“键: 值”"),
        ("report", "  limits:\n", "  limits: {}\n  limit:\n", "method.limit", "没有这个键"),
        ("report", "{as_of}。", "{asof}。", "note", "不能写 {asof}，可用：{as_of}"),
        ("report", "{as_of}。", "{as_of}{。", "note", "花括号没有成对"),
        ("report", "{as_of}。", "{as_of!r}。", "note", "不能写 {as_of}"),
        ("report", "small: 3", "small: 2", "small", "small 不能是 2"),
        ("report", "small: 3", "small: 0", "small", "应不小于 1"),
        ("report", "top: 20", "top: 2.5", "places.top", "应为整数"),
        ("report", "from: [0, 7,", "from: [0, 18,", "ages.from", "一个比一个大"),
        ("report", "marks: [0.5,", "marks: [1.5,", "weights.marks.0", "应小于 1"),
        ("report", 'men: "#5B7FA6"', "men: blue", "colors.men", "写法不对"),
        ("report", "path: report.html", "path: report.doc", "path", "写法不对"),
        ("sheets", "{town}/{village}.xlsx", "{town}.xlsx", "village.path", "要有 {village}"),
        ("sheets", "核查表/{town}", "../{town}", "village.path", "不能写 .."),
        ("sheets", "核查表/{town}", "/{town}", "village.path", "不能以 / 开头"),
        ("sheets", "path: 汇总.xlsx", "path: C:汇总.xlsx", "summary.path", "不能用作文件名"),
        ("sheets", "path: 汇总.xlsx", "path: nul.xlsx", "summary.path", "不能用作文件名"),
        ("sheets", "path: 汇总.xlsx", "path: data/汇总.xlsx/", "summary.path", "不能用作文件名"),
        ("sheets", "path: 汇总.xlsx", "path: 汇总", "summary.path", "应以 .xlsx 结尾"),
        ("sheets", "path: 汇总.xlsx", "path: data/汇总.xlsx", "summary.path", "另一个输出文件"),
        ("sheets", "path: 数据问题.xlsx", "path: 汇总.XLSX", "problems.path", "应以 .xlsx 结尾"),
        ("sheets", "path: 数据问题.xlsx", "path: 汇总.xlsx", "problems.path", "另一个输出文件"),
        ("supervision", "path: 通报.docx", "path: ../通报.docx", "circular.path", "只写名字"),
        ("supervision", "path: 进度.xlsx", "path: 通报.docx", "path", "应以 .xlsx 结尾"),
        ("supervision", "template: 通报", "template: ../通报", "circular.template", "只写名字"),
        ("archive", "again: 第{number}次", "again: 又一次", "again", "要有 {number}"),
        ("archive", "path: 目录.xlsx", "path: ../目录.xlsx", "path", "不能写 .."),
        ("archive", "folder: 规则", "folder: 名单", "materials", "folder 相同"),
        ("archive", "folder: 规则", "folder: 规/则", "materials.rule.folder", "写法不对"),
        (
            "archive",
            "key: sha256",
            "key: md5",
            "index.columns.6.key",
            "栏目 md5 不认识，可用：number",
        ),
        ("archive", "第{number}次", "第{month}次", "again", "不能写 {month}，可用：{number}"),
        ("archive", "第{number}次", "第/{number}次", "again", "写法不对"),
        ("archive", "width: 12}", "width: 宽}", "index.columns.1.width", "应为数字"),
        ("supervision", "returned, verified, ", "returned, ", "columns", "people 里要有 verified"),
        ("supervision", "households: [issued", "households: [sent", "columns.households.0", "sent"),
        ("supervision", "  pending: 在办\n", "", "figures.pending", "缺少这个键"),
        ("supervision", "least: 30", "least: 0", "quality.least", "应不小于 1"),
        (
            "sheets",
            "row_height: {least: 35",
            "row_height: {least: 4",
            "village.row_height.least",
            "应不小于 10",
        ),
        ("sheets", "person: 人员信息, ", "", "village", "groups 里没有 person"),
        (
            "sheets",
            "key: opened",
            "key: began",
            "summary.news.columns.8.key",
            "栏目 began 不认识",
        ),
        (
            "sheets",
            "  ROW_LONG: {title:",
            "  ROW_LONG: {titel:",
            "issues.ROW_LONG.titel",
            "没有这个键",
        ),
        ("sheets", "  ID_MASKED: 号", "  ID_MASK: 号", "details.ID_MASK", "没有这个键"),
        ("sheets", "    label: 号", "    lable: 号", "details.repairs.lable", "没有这个键"),
        ("sheets", "少 {cells} 格", "少 {rows} 格", "details.ROW_SHORT", "不能写 {rows}，可用"),
        ("sheets", "  ID_DATE: 号码中", "  ID_DATE: [号码中]\n  ID_DATES: ", "details.ID_DATE", ""),
    ],
)
def test_wording_that_does_not_hold(
    folder: Path, name: str, old: str, new: str, where: str, expected: str
) -> None:
    edit(folder / f"{name}.yaml", old, new)
    with pytest.raises(RuleFault) as caught:
        load_printed(folder, name)
    message = caught.value.message
    assert re.search(rf"rules/{name}\.yaml:[0-9]+:[0-9]+  ", message)
    assert f"  {where}" in message
    assert expected in message


def test_details_that_are_missing_are_the_shipped_ones(folder: Path) -> None:
    path, shipped = folder / "sheets.yaml", load_printed(shipped_rules(), "sheets")
    edit(path, "  ID_MASKED: 号码有遮挡，请补全\n", "")
    edit(path, "    label: 号码前的文字\n", "")
    edit(path, "  ID_DATE: 号码中的出生日期不存在，请核对证件\n", "  ID_DATE: 生日不对\n")
    details = load_printed(folder, "sheets").details
    assert details.replaced(ID_DATE=shipped.details.ID_DATE) == shipped.details
    assert details.ID_DATE == "生日不对"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("\ndetails:")], encoding="utf-8")
    assert load_printed(folder, "sheets") == shipped
    assert load_linking(folder).details == shipped.details
    path.unlink()
    assert load_linking(folder).details == shipped.details


def test_a_detail_is_of_a_code_with_title_and_advice() -> None:
    sheets = load_printed(shipped_rules(), "sheets")
    for key in sheets.details.keys() - {"repairs", "around", "row_kinds"}:
        assert any(key == code or key.startswith(f"{code}_") for code in sheets.issues), key


def test_the_remedy_for_a_whole_part(folder: Path) -> None:
    path = folder / "archive.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("kinds:")], encoding="utf-8")
    with pytest.raises(RuleFault, match="kinds：缺少这个键，可用 loubao init 另建一份规则"):
        load_printed(folder, "archive")


def test_what_may_be_missing_or_be_said_otherwise(folder: Path) -> None:
    sheets = folder / "sheets.yaml"
    edit(
        sheets,
        '  footer: {left: "{period}", center: 第 &P 页 / 共 &N 页, right: ""}\n  total',
        '  footer: {center: "{town}"}\n  total',
    )
    edit(sheets, "    excluded: 已排除\n    not_qualifying", "    not_qualifying")
    edit(sheets, "source: 来源名单, ", "")
    edit(sheets, 'sign: "', 'sign: "{}')
    edit(sheets, "\n      - 白走一趟", " 只有一句话\n    nots:\n      - 白走一趟")
    edit(
        sheets,
        "    nots:\n      - 白走一趟只是多跑路，漏掉一人就是一户困难群众没人管，两者不能相抵。\n      - 人数由每一对的匹配概率相加得出，是估计，不是核查结果；名册本身的错漏不在内。\n",
        "",
    )
    edit(folder / "archive.yaml", "第{number}次  ", "补{number} ")
    summary = load_printed(folder, "sheets").summary
    assert dict(summary.footer) == {"left": "", "center": "{town}", "right": ""}
    assert "excluded" not in summary.outcomes
    assert "source" not in summary.roles
    assert summary.expectation.notes == ("只有一句话",)
    assert load_printed(folder, "archive").again == "补{number}"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  added: 村里", "  add: 村里", "said.add：没有这个键"),
        ("  added: 村里", '  added: "{name}" #', "said.added：不能写 {name}，可用：{case_no}"),
        ("list: village_report", "list: medic", "list：“medic”不是来源名单"),
        ("needs: [why_not]", "needs: [why]", "核查表上没有栏目 why"),
        ("decisive: [result,", "decisive: [results,", "核查表上没有栏目 results"),
        ("  退回: {result: returned}\n", "", "缺少选项“退回”"),
        ("key: opinion", "key: remarks", "difficult.columns.16：栏目 remarks 不认识"),
        ('short_date: "^([0-9]{1,2})', 'short_date: "^[0-9]{1,2}', "short_date 要有两个括号"),
        ('"签字|签名', '"(签字|签名', "正则表达式"),
        (
            "      - {key: title, header: 问题, width: 27}",
            "      - {key: titel, header: 问题, width: 27}",
            "problems.overview.columns.1.key：栏目 titel",
        ),
    ],
)
def test_returns_that_do_not_hold(
    folder: Path, rules: Rules, old: str, new: str, expected: str
) -> None:
    edit(folder / "returns.yaml", old, new)
    with pytest.raises(RuleFault, match=r"rules/returns.yaml:[0-9]+:[0-9]+  ") as caught:
        load_returns(folder, rules.sheets, rules.lists)
    assert expected in caught.value.message


def test_no_remedy_where_the_shipped_text_is_of_another_key(folder: Path) -> None:
    edit(folder / "archive.yaml", "header: 材料, ", "")
    with pytest.raises(RuleFault, match=r"index.columns.1.header：缺少这个键$"):
        load_printed(folder, "archive")


def test_a_key_that_a_mapping_hides_is_asked_for_in_brackets() -> None:
    def keys(words: Wording) -> Iterator[str]:
        for key, value in words.items():
            yield key
            if isinstance(value, Wording):
                yield from keys(value)

    standards = load_rules(shipped_rules()).standards
    assert standards is not None
    printed = (*(load_printed(shipped_rules(), name) for name in PRINTED), standards.words)
    hidden = {key for words in printed for key in keys(words) if hasattr(Wording, key)}
    assert hidden == {"items", "keys"}  # of the tariff, and of the facts of a run


def test_wording_stays_as_it_was_read(rules: Rules) -> None:
    words = rules.sheets
    assert pickle.loads(pickle.dumps(words)) == words
    assert words.replaced(blank="无").blank == "无"
    assert words.blank == "—"
    with pytest.raises(AttributeError):
        words.blank = "无"
    with pytest.raises(AttributeError):
        words.blanks  # noqa: B018
    assert isinstance(words.village, Wording)
