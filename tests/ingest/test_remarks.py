"""What a roll's own words say of cover: tables of remarks, and what becomes of the people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.core.frames import Sheet
from loubao.ingest.remarks import Reader
from loubao.ingest.sheets.account import accounts_of
from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, parts, sheet, tidied
from tests.people import number

AS_OF = date(2022, 8, 31)

#: Remarks by which, or perhaps by which, cover is over: nobody may be hidden by such a row.
OVER = (
    "停保",
    "已停保",
    "停发",
    "2022年8月停发",
    "8月起停保",
    "8月31日停保",
    "自2022年8月1日起停止低保",
    "停止享受",
    "停",
    "已停",
    "停 保",
    "死亡",
    "已死亡",
    "2022.8.3死亡",
    "8月死亡",
    "本人死亡",
    "因病去世",
    "已病故",
    "病故，8月停发",
    "死亡，待停发",
    "死亡核减",
    "户口迁出",
    "已迁出",
    "迁往外省",
    "户口已迁往晋江",
    "注销",
    "已注销",
    "死亡注销",
    "户口注销",
    "取消",
    "取消低保",
    "取消低保资格",
    "已取消待遇",
    "退出",
    "退出低保",
    "自愿退出",
    "动态退出",
    "因脱贫退出",
    "脱贫退出低保",
    "主动放弃",
    "放弃享受低保",
    "不再享受",
    "不再符合低保条件",
    "不符合条件",
    "不符合低保条件，8月起取消",
    "收入超标，8月停发",
    "收入超标停保",
    "子女就业收入超标，停发",
    "女儿有车取消",
    "儿子有房，退出低保",
    "儿子买车取消低保",
    "父亲死亡停保",
    "父亲死亡，8月起停保",
    "配偶死亡后再婚停保",
    "曾恢复，8月起停保",
    "7月恢复，8月停保",
    "恢复后又停发",
    "6月停发",
    "停发，申请恢复中",
    "停发待恢复",
    "停发，拟恢复",
    "8月停发，9月恢复",
    "停发（恢复申请未通过）",
    "拟取消",
    "拟停保",
    "公示期满拟停保",
    "待停发",
    "下月停发",
    "9月起停保",
    "建议取消",
    "是否死亡待核实",
    "疑似死亡",
    "可能已迁出",
    "死亡1人",
    "减1人",
    "停1人",
    "转低保边缘",
    "转为低保边缘家庭",
    "已转特困",
    "8月转特困供养",
    "转入特困，取消低保",
    "改为低保边缘",
    "随儿子迁出",
    "随女迁往厦门",
    "与丈夫一起迁出",
    "本人、妻死亡",
    "服刑",
    "判刑3年",
    "在监狱服刑，停发",
    "暂停发放",
    "暂停",
    "中止",
    "冻结",
    "缓发",
    "本月未发放",
    "未年审",
    "年审未通过",
    "复核不通过取消",
    "退保",
    "清退",
    "核销",
    "作废",
    "终止",
    "终止救助",
    "除名",
    "已故",
    "故",
    "亡",
    "减员",
    "8月减少",
    "户主死亡停发",
    "户主死亡，全户停保",
    "全户退出",
    "整户停保",
    "因户主迁出，全户取消",
    "低保停发，医保继续",
    "停保，继续享受医保补助",
    "停发低保金，护理补贴照发",
    "取消低保，保留残疾补贴",
    "领取养老金取消低保",
    "享受高龄津贴停发低保",
    "有养老金退出低保",
    "未按时年审，停发",
    "经复核取消",
    "民政核查取消",
    "6月恢复，8月又取消",
    "曾用名李四，8月停保",
    "原享受低保，现停保",
    "人户分离停发",
    "失联停发",
    "就业，停保",
    "入伍停保",
    "出嫁迁出",
    "出嫁停保",
    "大学毕业退出",
    "已去逝",
    "停保其他原因",
    "停保医保照常",
    "其他停保",
    "脱贫停保",
    "身份证注销",
    "低保证已注销",
    "特困证注销",
    "低保账户注销",
    "已取消停保",
    "死亡证明已交",
    "死亡丧葬费已领",
    "停发，已恢复劳动能力",
    "停发，身体恢复健康",
    "停保，医保续保",
    "停低保，继续享受低保边缘待遇",
    "停保，经复核通过",
    "死亡，家属继续享受",
    "未缴医保停保",
    "退出监测和低保",
    "因监测退出停发低保",
    "停发（其他）",
    "其他原因停发",
    "12月停发",
    "停发其它原因",
    "非农户，取消",
    "无车有房停发",
    "父亲和本人均死亡",
    "不符合，已取消",
    "6月停发，补发5月",
    "年审未过，停发",
    "复核：不符合",
    "停保，待恢复",
    "已恢复，8月又停",
    "5月恢复，6月停发，7月恢复，8月停发",
    "儿子接走，迁出",
    "未享受",
)
#: Remarks of people who are covered: none of them may send somebody to a visit.
COVERED = (
    "正常",
    "在保",
    "重残",
    "分类施保",
    "单人保",
    "A类",
    "非停发",
    "未停发",
    "未停保",
    "无停发",
    "不取消",
    "继续享受",
    "8月起恢复，曾停保",
    "曾停保，已恢复",
    "6月停发，7月恢复",
    "6月停发，7月已恢复发放",
    "2022年5月暂停，2022年6月恢复",
    "取消资格复核通过继续保障",
    "停保复核通过，恢复",
    "误停保，已恢复",
    "停发后重新纳入",
    "退出后重新纳入",
    "退出脱贫",
    "退出贫困户",
    "已退出监测",
    "退出建档立卡",
    "父亲死亡",
    "母亲病故",
    "其父亲已去世",
    "父母双亡",
    "父母均已死亡",
    "丈夫死亡",
    "丈夫因病去世",
    "妻子2021年去世",
    "妻死亡",
    "夫亡",
    "配偶死亡",
    "老伴去世",
    "儿子死亡",
    "儿子已去世",
    "女儿迁出",
    "子女迁出",
    "长子2020年车祸去世",
    "父死亡",
    "父亲服刑",
    "父母一方死亡",
    "原户主死亡",
    "原户主死亡，变更户主",
    "原户主李四去世",
    "户主变更",
    "变更户主",
    "残疾证注销",
    "残疾证已注销",
    "银行卡已注销",
    "原账户注销",
    "营业执照已注销",
    "名下公司已注销",
    "护理补贴停发",
    "高龄津贴停发",
    "养老金停发",
    "医保停保",
    "停发护理补贴",
    "取消高龄津贴",
    "停发两项补贴",
    "退出现役",
    "取消分类施保",
    "不享受其他补贴",
    "不享受护理补贴",
    "未享受其他待遇",
    "农村低保转城市低保",
    "城市低保转农村低保",
    "边缘户转低保",
    "由低保边缘转低保",
    "特困转低保",
    "新增",
    "2022年8月新增",
    "8月新增",
    "户主残疾",
    "与户主分户",
    "分户",
    "户主本人",
    "肢体二级",
    "精神一级残疾",
    "大病",
    "尿毒症",
    "需长期透析",
    "独居老人",
    "五保户兄弟",
    "就业年龄段",
    "渐退期",
    "渐退期6个月",
    "在读大学生",
    "停车场管理员",
    "公益性岗位",
    "已脱贫",
    "脱贫户",
    "监测户",
    "建档立卡",
    "迁入",
    "2020年从东园迁入",
    "搬迁户",
    "易地搬迁",
    "户口迁入",
    "银行卡号变更",
    "更换银行卡",
    "补差调整",
    "保障金额调整",
    "提标",
    "人口增加1人",
    "增加1人",
    "家庭人口3人",
    "低保转入",
    "续保",
    "年审通过",
    "年审合格",
    "动态管理",
    "复核合格",
    "死亡赔偿金已领",
    "丧偶",
    "离异",
    "失独",
    "孤寡",
    "因病致贫",
    "因残致贫",
    "缺劳力",
    "常年卧床",
    "代领人：李四",
    "电话13800000000",
    "联系人李四 13800000000",
    "停发护理补贴，低保照发",
    "5月停发，6月恢复",
    "5月停发，6月恢复低保",
    "5月停保，6月已恢复正常发放",
    "5月停保，7月重新纳入低保",
    "停发1个月，已恢复",
    "原名李四",
    "父死亡、母死亡",
    "夫死亡，子女在外务工",
    "妻子病故",
    "双亲去世",
)
#: Of the household's head alone.
HEADS = (
    "户主死亡",
    "户主死亡变更户主",
    "户主死亡，变更户主",
    "户主已去世，变更户主为其妻",
    "户主死亡，家属继续享受",
    "户主去世",
    "户主因病去世",
)
#: Why an orphan is an orphan, and a child unattended.
OF_PARENTS = (
    "父母双亡",
    "父亲死亡",
    "母亲死亡",
    "父亡母嫁",
    "父母死亡",
    "父死亡母失踪",
    "父亲死亡，母亲改嫁",
    "父亲2015年死亡，母亲2018年死亡",
    "双方死亡",
    "父母车祸死亡",
    "监护人死亡",
    "父母因病去世",
    "父亲去世母亲去世",
    "父死亡，母死亡",
    "祖父去世",
    "父服刑母失联",
    "父亲服刑",
    "父亲死亡母亲失踪",
    "父亲服刑，母亲重残",
    "父强戒母服刑",
    "父亲判刑10年",
    "一方死亡另一方服刑",
    "父母双方服刑",
)
CHILDREN_OVER = (
    "年满18周岁停发",
    "满18周岁退出",
    "已成年，停发",
    "被收养，取消",
    "儿童死亡",
    "本人死亡",
    "8月停发",
)


def verdicts(rules: Rules, roll: str, header: str, cells: Sequence[str]) -> dict[str, str | None]:
    reader = Reader(rules.holding.remarks, rules.lists[roll].claim.words, AS_OF)
    read = {cell: reader.read(header, cell) for cell in cells}
    return {cell: said.verdict if said else None for cell, said in read.items()}


def test_nobody_is_hidden_by_what_may_be_over(rules: Rules) -> None:
    read = verdicts(rules, "dibao", "备注", OVER) | verdicts(rules, "orphan", "备注", CHILDREN_OVER)
    assert [cell for cell, verdict in read.items() if verdict not in ("ended", "unsure")] == []


def test_harmless_remarks_send_nobody_to_a_visit(rules: Rules) -> None:
    read = verdicts(rules, "dibao", "备注", COVERED)
    read |= verdicts(rules, "orphan", "备注", OF_PARENTS)
    read |= verdicts(rules, "unattended", "备注", OF_PARENTS)
    assert [cell for cell, verdict in read.items() if verdict is not None] == []


def test_the_head_alone_is_gone(rules: Rules) -> None:
    assert set(verdicts(rules, "dibao", "备注", HEADS).values()) == {"head", "new_head"}


@pytest.mark.parametrize(
    ("header", "over", "covered"),
    [
        ("是否停保", ("是", "√", "1"), ("否", "无", "/", "")),
        ("是否死亡", ("是",), ("否",)),
        ("停发标志", ("是", "Y"), ("否", "N", "0")),
        ("是否在保", ("否", "0"), ("是", "1", "")),
        ("是否健在", ("否",), ("是",)),
        ("停保时间", ("2022-06-30", "2022年6月", "202208", "不详"), ("", "/", "无", "2022-09-30")),
        ("终止年月", ("2022-06",), ("长期", "2099-12", "2023年5月")),
        ("注销原因", ("收入超标", "死亡"), ("", "无", "/")),
        ("变动情况", ("减少", "停发", "注销", "死亡"), ("新增", "正常", "不变", "调标", "续保")),
        ("月保障金额", ("停发", "0（停发）", "已停"), ("560", "0", "560.00元")),
        ("致贫原因", ("停保",), ("丈夫死亡", "因病去世", "死亡", "家庭成员死亡", "服刑")),
        ("退出贫困时间", (), ("2019-12-31",)),
        ("停发金额", (), ("0", "", "0.00")),
    ],
)
def test_the_header_is_part_of_what_is_said(
    rules: Rules, header: str, over: tuple[str, ...], covered: tuple[str, ...]
) -> None:
    read = verdicts(rules, "dibao", header, (*over, *covered))
    assert [read[cell] in ("ended", "unsure") for cell in over] == [True] * len(over)
    assert [read[cell] for cell in covered] == [None] * len(covered)


# --- the rows -------------------------------------------------------------------------------------

NAMES = ("张保", "李一", "李二")
NUMBERS = tuple(number(f"196{i}0305", 11) for i in range(3))


def roll(rules: Rules, header: str, *cells: Cell, **more: tuple[Cell, ...]) -> pl.DataFrame:
    """The records of people of a 低保 roll with one more column, and others by name."""
    rows = [
        (name, number_, cell, *(column[i] for column in more.values()))
        for i, (name, number_, cell) in enumerate(zip(NAMES, NUMBERS, cells, strict=False))
    ]
    return tidied(rules, sheet("低保.csv", ("姓名", "身份证号", header, *more), *rows))[0]


@pytest.mark.parametrize(
    "header", ["备注", "说明", "变动情况", "异动原因", "本月变化", "某列", "施保类别"]
)
def test_no_column_is_left_unread(rules: Rules, header: str) -> None:
    rows = roll(rules, header, None, "停保", "拟取消")
    assert rows["qualifies"].to_list() == [True, False, False]
    assert rows["cover_ended"].to_list() == [None, f"“{header}”写着“停保”", None]
    assert rows["cover_doubt"].to_list() == [None, None, f"“{header}”写着“拟取消”"]


def test_a_second_status_is_read_too(rules: Rules) -> None:
    rows = roll(rules, "保障状态", "在保", "在保", 人员状态=("正常", "死亡"))
    assert rows["qualifies"].to_list() == [True, False]


def test_the_heads_death_is_the_heads(rules: Rules) -> None:
    relation = ("户主", "妻", "子")
    rows = roll(rules, "备注", *["户主死亡"] * 3, 与户主关系=relation)
    assert rows["qualifies"].to_list() == [False, True, True]
    assert roll(rules, "备注", "户主死亡", "户主死亡，变更户主")["qualifies"].to_list() == [
        False,
        True,
    ]


def test_one_of_a_household_is_dead(rules: Rules) -> None:
    header = ("户主姓名", "户主身份证号", "家庭成员1姓名", "家庭成员1身份证号", "保障人口", "备注")
    household = (NAMES[0], NUMBERS[0], NAMES[1], NUMBERS[1], "2")
    for remark, covered in (
        ("死亡1人", [False] * 2),
        ("户主死亡", [False, True]),
        ("重残", [True] * 2),
    ):
        rows, _ = tidied(rules, sheet("低保.csv", header, (*household, remark)))
        assert rows["qualifies"].to_list() == covered, remark


@pytest.mark.parametrize("note", ["停发", "已故", "死亡"])
def test_a_note_beside_the_name(rules: Rules, note: str) -> None:
    rows, _ = tidied(
        rules, sheet("低保.csv", ("姓名", "身份证号"), (f"张保（{note}）", NUMBERS[0]))
    )
    assert rows["qualifies"].to_list() == [False]
    assert rows["cover_ended"].null_count() == 0


def test_the_remark_of_a_source_list_is_not_about_cover(rules: Rules) -> None:
    header = ("姓名", "身份证号", "个人自付费用", "备注")
    rows, issues = tidied(rules, sheet("医保.csv", header, ("张保", NUMBERS[0], "50000", "停保")))
    assert rows["qualifies"].to_list() == [True]
    assert issues.is_empty() or "COVER_ENDED" not in issues["code"]


def test_the_issue_has_the_word_and_no_more(rules: Rules) -> None:
    remark = f"李一{NUMBERS[1]}停保"
    _, issues = tidied(
        rules, sheet("低保.csv", ("姓名", "身份证号", "备注"), (NAMES[0], NUMBERS[0], remark))
    )
    ((_, _, row, column, code, detail),) = issues.filter(
        pl.col("code").str.starts_with("COVER")
    ).rows()
    assert (row, column, code) == (2, "备注", "COVER_UNSURE")
    assert "停保" in detail
    assert "李一" not in detail
    assert NUMBERS[1] not in detail


# --- struck through -------------------------------------------------------------------------------


def struck(file: str, *rows: Sequence[Cell], cells: set[tuple[int, int]]) -> Sheet:
    return replace(sheet(file, *rows), struck=frozenset(cells))


def test_struck_through(rules: Rules) -> None:
    table = [("姓名", "身份证号", "金额"), *zip(NAMES, NUMBERS, ("1", "2", "3"), strict=True)]
    rows, issues = tidied(rules, struck("低保.xlsx", *table, cells={(3, 0), (4, 2), (2, 7)}))
    assert rows["qualifies"].to_list() == [True, False, True]  # another amount is no end
    assert issues.filter(pl.col("code") == "ROW_STRUCK")["row"].to_list() == [3]
    rows, issues = tidied(rules, struck("死亡.xlsx", *table, cells={(3, 1)}))
    assert rows["qualifies"].to_list() == [True, False, True]
    table[0] = ("姓名", "身份证号", "个人自付费用")
    table[1:] = [(*row[:2], "50000") for row in table[1:]]
    rows, issues = tidied(rules, struck("医保.xlsx", *table, cells={(3, 1)}))
    assert rows["qualifies"].to_list() == [True] * 3  # who may be in need is not struck out
    assert "ROW_STRUCK" in issues["code"]


# --- properties -----------------------------------------------------------------------------------

_WORDS = st.lists(
    st.sampled_from([*OVER, *COVERED, *HEADS, "，", "；", "已", "未", "曾"]), max_size=3
)


@given(
    remarks=st.lists(_WORDS.map("".join), min_size=1, max_size=3),
    header=st.sampled_from(["备注", "是否停保"]),
)
def test_no_row_vanishes(rules: Rules, remarks: list[str], header: str) -> None:
    rows = list(zip(NAMES, NUMBERS, remarks, strict=False))
    one = sheet("低保.csv", ("姓名", "身份证号", header), *rows)
    records, _ = tidied(rules, one)
    assert records["row"].to_list() == [2 + i for i in range(len(rows))]
    (account,) = accounts_of(parts(rules, one))
    assert account.counts["rows"] == account.counts["records"] + account.counts["header"]
    over = records.filter(pl.any_horizontal(pl.col("cover_ended", "cover_doubt").is_not_null()))
    assert not over["qualifies"].any()


def test_two_ends_are_an_end(rules: Rules) -> None:
    """What is over is over whatever else is over."""
    both = [f"{one}；{other}" for one in OVER[::3] for other in OVER[::5]]
    read = verdicts(rules, "dibao", "备注", both)
    assert [cell for cell, verdict in read.items() if verdict not in ("ended", "unsure")] == []
