"""What leaves cover in doubt without an end being plainly written: tables, both directions."""

from __future__ import annotations

import pytest

from loubao.core.faults import UntrustedInput
from loubao.ingest.doubted_cover import Doubter
from loubao.ingest.records import tidy
from loubao.rules.folder import Rules
from tests.ingest.tables import AS_OF, codes, sheet, tidied
from tests.people import number

#: Remarks after which a person stays on the sheet, whether by these rules or those of remarks.
DOUBTED = [
    "拟停", "走了", "人走了", "不在了", "没了", "查无", "查无此人", "空户", "空挂户",
    "不在本村", "搬走", "搬出", "出嫁", "嫁走", "外迁", "户籍已迁", "转走", "销了",
    "待销", "待迁", "待停", "待退", "待核", "待复核", "待定", "未审", "未通过",
    "没批", "不批", "不同意", "未保", "不符", "不合格", "超标", "财产超标", "死",
    "已死", "2022.5.3死", "人不在了", "已终", "终保", "撤", "撤出", "剔",
    "减该人", "暂缓", "暂不发", "停了", "停-", "此人停", "5月份起不发", "不发了",
    "止保", "2022年5月止", "到5月止", "止付", "未发", "没发", "不予发放", "扣发",
    "拒绝低保", "拒领", "自动放弃", "主动退", "不要低保", "失踪", "失联", "联系不上",
    "下落不明", "坐牢", "有异议", "举报", "在保？", "x", "×", "stop", "非低保",
    "不是低保", "已不是低保户", "原低保", "曾享受低保", "退低保", "不再保", "不予低保",
    "边缘", "低保边缘", "低保边缘户", "低收入家庭", "刚性支出", "支出型困难", "临时救助",
    "困境儿童", "申请中", "待审批", "新申请", "已申请", "2022年6月申请", "未批",
    "复核不合格", "年审不合格", "重复", "不属于低保", "否", "册外", "保留资格", "未领取",
    "无效户", "拟退",
    "否决", "驳回", "资格丧失", "到期", "过期", "录入错误", "已删", "划掉", "移出", "下线",
    "骗保", "追缴", "查无此人", "冒领", "号码错", "重名", "公示中", "已受理", "预警",
    "名下有车", "有房", "开公司", "考上公务员", "参军", "出国", "被收养", "降为低边", "❌", "†",
    "N", "-1", "仙逝", "是否继续享受待定", "养老金超标？", "删除", "身份不明",
]  # fmt: skip
HARMLESS = [
    "未婚", "离异", "丧偶", "无劳动能力", "无子女", "无儿无女", "无房", "无业",
    "无固定收入", "三无人员", "无配偶", "无电话", "无银行卡", "未办残疾证", "残疾证未换",
    "待换证", "身份证过期", "不识字", "生活不能自理", "半身不遂", "行动不便", "未成年",
    "未成年子女", "大龄未婚", "未满16周岁", "非农户口", "非婚生子", "退伍军人", "退役军人",
    "退休教师", "易地搬迁户", "搬迁户", "移民户", "迁入", "2021年迁入", "拆迁户",
    "原建档立卡户", "原名张三", "曾用名李四", "原A类", "审核通过", "年审通过",
    "2022年年审合格", "已年审", "已审批", "已核", "2021年3月审批", "第二批", "本批新增",
    "经核实属实", "复核无变化", "无变化", "不变", "无异议", "渐退期", "减免学费",
    "核减50元", "扣除医保费", "切除手术后", "胃切除术后", "终身", "终身未娶", "心肌梗死",
    "股骨头坏死", "尿毒症终末期", "非霍奇金淋巴瘤", "肺结核", "父亡母嫁", "母改嫁", "父失踪",
    "丈夫失踪", "妻子出走", "儿子服刑", "子女不赡养", "妻无业", "代领人张三", "监护人李四",
    "户主变更", "非户主", "卡号变更", "旧卡作废", "残疾证注销", "补发5月", "暂住县城",
    "外出务工", "在校生", "走读", "疑难病", "精神病", "重残", "低保户", "农村低保",
    "A类", "单人保", "分户", "新增1人", "正常", "动态管理", "空巢老人", "特困",
    "五保户", "残疾人护理补贴", "享受两项补贴", "高龄津贴", "停车场管理员", "卧床不起",
    "核对无误", "待业在家", "无", "暂无", "无。", "父死", "母亡", "13812345678",
    "300元", "2022-05-01", "事实无人抚养",
    "公示无异议", "误工", "残疾证到期", "丧失劳动能力", "家住村名不明", "无车无房", "恢复享受",
    "脱贫出列", "灵活就业", "养老金每月120元", "失去双腿",
]  # fmt: skip


@pytest.mark.parametrize(("cells", "covered"), [(DOUBTED, False), (HARMLESS, True)])
def test_a_remark_of_a_roll(rules: Rules, cells: list[str], covered: bool) -> None:
    ids = [number(f"1950{1 + n // 28:02}{1 + n % 28:02}", 1) for n in range(len(cells))]
    people = [["周安平", i, cell] for i, cell in zip(ids, cells, strict=True)]
    rows, issues = tidied(rules, sheet("低保6月.xls", ["姓名", "身份证号", "备注"], *people))
    by_id = dict(rows.select("id_number", "qualifies").iter_rows())
    wrong = [cell for i, cell in zip(ids, cells, strict=True) if by_id[i] is not covered]
    assert wrong == []
    of_cover = issues.filter(issues["code"].is_in(["COVER_ENDED", "COVER_UNSURE"]))
    assert of_cover.height == (0 if covered else len(cells))


NOTES = ["低保边缘", "非保障对象", "不保", "未保障", "新申请", "待批"]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_beside_a_name(rules: Rules, note: str) -> None:
    person = [f"周安平（{note}）", number("19500101", 1)]
    rows, issues = tidied(rules, sheet("低保6月.xls", ["姓名", "身份证号"], person))
    assert rows["qualifies"].to_list() == [False]
    assert (2, "姓名", "COVER_UNSURE") in codes(issues)


@pytest.mark.parametrize(
    ("roll", "header", "doubted", "fine"),
    [
        (
            "dibao",
            "救助类型",
            ["低保边缘", "低保边缘户", "临时救助", "刚性支出困难家庭", "低收入家庭", "护理补贴", "非低保"],
            ["农村低保", "城市低保", "A类", "特困供养", "低保、护理补贴", "低收入人口", "重残", "三无"],
        ),
        ("dibao", "人员类别", ["低保边缘", "困境儿童"], ["边缘易致贫户", "老年人", "在职人员"]),
        ("tekun", "救助类型", ["低保边缘", "护理补贴", "临时救助"], ["特困", "孤老", "分散供养"]),
        (
            "orphan",
            "儿童类别",
            ["困境儿童", "重点困境儿童", "留守儿童"],
            ["孤儿", "事实无人抚养儿童", "艾滋病病毒感染儿童", "社会散居孤儿"],
        ),
        ("dibao", "享受其他待遇类别", [], ["护理补贴", "临时救助"]),
        ("dibao", "残疾类别", [], ["肢体"]),
        ("temporary_aid", "救助类型", [], ["低保边缘", "低保"]),
    ],
)  # fmt: skip
def test_a_column_of_kinds(
    rules: Rules, roll: str, header: str, doubted: list[str], fine: list[str]
) -> None:
    doubter = Doubter(rules.lists[roll], rules)
    assert [cell for cell in doubted if doubter.of(header, cell) is None] == []
    assert [cell for cell in fine if doubter.of(header, cell) is not None] == []


ASKED = [
    ("审批结果", "同意", ["不同意", "不予批准", "驳回", "否", "0", "暂不享受", "看情况"], ["通过", "已批准"]),
    ("核查情况", "", ["查无此人", "失联", "deceased", "Closed"], ["属实"]),
    ("审核状态", "审核通过", ["未通过", "待审核", "审核中"], ["已通过", "合格"]),
    ("是否通过", "是", ["否", "未通过", "不在"], ["1", "通过"]),
    ("是否在保", "是", ["不在", "停"], ["在保", "正常"]),
    ("有效标志", "1", ["0", "N", "2"], ["是", "有效"]),
    ("删除标志", "0", ["1", "是", "Y"], ["", "否"]),
    ("数据状态", "正常", ["删除", "历史", "9"], ["有效", "新增"]),
    ("生存认证", "已认证", ["未认证", "未通过"], ["通过"]),
    ("操作", "", ["删除"], ["查看 编辑"]),
    ("增减", "", ["-", "减"], ["增加", "新增"]),
    ("结束时间", "", ["2022-05-31", "44712"], ["2099-12-31"]),
    ("最后发放月份", "2022-06-30", ["2022-04-30"], ["2022-07-31"]),
    ("最后发放月份", "", ["2022-05-01", "去年"], []),
    ("办证日期", "", [], ["2022-05-01"]),
    ("isvalid", "1", ["0"], ["Y"]),
    ("存活", "是", ["否", "已故"], ["健在"]),
    ("有效", "是", ["否", "×"], ["√"]),
    ("有效期", "2099-12-31", [], []),
    ("起始日期", "2022-01-01", [], ["2019-05-01"]),
    ("6月发放金额", "500", ["0", "×", "", "/"], ["450.5"]),
    ("享受待遇", "低保", ["无", "否", "低保边缘"], ["农村低保"]),
    ("身份", "", ["一般户"], ["低保户", "脱贫户"]),
    ("健康状态", "健康", [], ["不良", "0"]),
    ("是否享受残疾人两项补贴", "是", [], ["否"]),
    ("5月发放金额", "500", [], ["0"]),
    ("六月", "500", ["0", "×", ""], ["450.5"]),
    ("五月", "500", [], ["0", ""]),
    ("202206", "500", ["0", "/", ""], ["450.5"]),
    ("2022.06", "500", ["0", "/", ""], ["450.5"]),
    ("202205", "500", [], [""]),
]  # fmt: skip


@pytest.mark.parametrize(("header", "mostly", "doubted", "fine"), ASKED)
def test_a_column_that_asks(
    rules: Rules, header: str, mostly: str, doubted: list[str], fine: list[str]
) -> None:
    cells = [*doubted, *fine, *[mostly] * 12]
    ids = [number(f"1950{1 + n // 28:02}{1 + n % 28:02}", 1) for n in range(len(cells))]
    people = [["周安平", i, cell] for i, cell in zip(ids, cells, strict=True)]
    rows, _ = tidied(rules, sheet("低保6月.xls", ["姓名", "身份证号", header], *people))
    covered = dict(rows.select("id_number", "qualifies").iter_rows())
    left = {cell for i, cell in zip(ids, cells, strict=True) if not covered[i]}
    assert left == {*doubted}


@pytest.mark.parametrize(
    ("first", "rest", "footer", "covered"),
    [
        (("周安平", "", "已停发"), ("李安国", ""), None, [False, True]),
        (("周安平", "停保"), ("李安国", ""), None, [False, True]),
        (("周安平*", ""), ("李安国", ""), "注：带*的为停保人员", [False, True]),
        (("周安平", ""), ("李安国", ""), "注：标红人员已停发", [False, False]),
        (("周安平", ""), ("李安国", ""), "注：标红人员为户主", [True, True]),
    ],
)
def test_words_out_of_place(
    rules: Rules, first: tuple[str, ...], rest: tuple[str, ...], footer: str, covered: list[bool]
) -> None:
    """Right of the last header, in a column of villages, in a footer that explains a mark."""
    people = [
        [name, number(f"195{n}0101", 1), *more] for n, (name, *more) in enumerate((first, rest))
    ]
    lines = [[footer]] if footer else []
    header = ["姓名", "身份证号", "村居"]
    rows, _ = tidied(rules, sheet("低保6月.xls", header, *people, *lines))
    assert rows["qualifies"].to_list() == covered


def test_a_sheet_of_another_kind_stops_the_run(rules: Rules) -> None:
    people = [["周安平", number(f"195{n}0101", 1), "低保边缘"] for n in range(5)]
    roll = sheet("低保6月.xls", ["姓名", "身份证号", "救助类型"], *people)
    with pytest.raises(UntrustedInput, match=r"救助类型.*低保边缘"):
        tidy([roll], rules, AS_OF, whole=False)


PAY = ["姓名", "身份证号", "月补助金额", "低保证号", "户主姓名"]


@pytest.mark.parametrize(
    ("cell", "covered"),
    [
        ("0", False),
        ("0.00", False),
        ("0元", False),
        ("-500", False),
        ("未发", False),
        ("500", True),
        ("", False),
        ("-", False),
        ("1.2万", True),
        ("#N/A", False),
        ("见备注", False),
        ("600→0", False),
        ("600/0", False),
        ("~~600~~", False),
        ("600元/月", True),
        ("600（含增发100）", True),
    ],
)
def test_nothing_is_paid(rules: Rules, cell: str, covered: bool) -> None:
    paid = [["周安平", number(f"195{n}0101", 1), "500", None, "周安平"] for n in range(4)]
    one = ["李安国", number("19610101", 1), cell, None, "李安国"]
    rows, _ = tidied(rules, sheet("低保6月.xls", PAY, *paid, one))
    assert rows.filter(rows["name"] == "李安国")["qualifies"].to_list() == [covered]


def test_what_a_household_gets_is_paid_to_all_of_it(rules: Rules) -> None:
    rest = [["周安平", number(f"195{n}0101", 1), "500", None, "周安平"] for n in range(4)]
    one = ["李安国", number("19610101", 1), "900", None, "李安国"]
    other = ["李安民", number("19890101", 1), "0", None, "李安国"]
    rows, _ = tidied(rules, sheet("低保6月.xls", PAY, *rest, one, other))
    assert rows["qualifies"].all()
    all_nothing = [[name, i, "0", None, name] for name, i, *_ in (one, other)]
    rows, _ = tidied(rules, sheet("低保6月.xls", PAY, *all_nothing))
    assert rows["qualifies"].all()


#: Header, what nearly all rows say, what one says, whether that one still covers.
RARE = [
    ("发放结果", "发放成功", "发放失败", False),
    ("停", "", "√", False),
    ("isvalid", "1", "0", False),
    ("备用标识", "有", "无", False),
    ("离保时间", "", "2022.5", False),
    ("备用标识", "有", "有", True),
    ("备用标识", "有", "", True),
    ("爱好", "", "/", True),
    ("批次", "", "3", True),
    ("备用电话", "", "6513123", True),
    ("编码", "", "62220213123123123", True),
    ("发放结果", "发放成功", "已发放", True),
]


@pytest.mark.parametrize(("header", "usual", "cell", "covered"), RARE)
def test_what_few_rows_say_in_a_column_that_nobody_knows(
    rules: Rules, header: str, usual: str, cell: str, covered: bool
) -> None:
    others = [["周安平", number(f"195{n}0101", 1), usual] for n in range(6)]
    table = sheet(
        "特困6月.xls",
        ["姓名", "身份证号", header],
        *others,
        ["李安国", number("19610101", 1), cell],
    )
    rows, issues = tidied(rules, table)
    assert rows.filter(rows["name"] == "李安国")["qualifies"].to_list() == [covered]
    assert rows.filter(rows["name"] != "李安国")["qualifies"].all()
    assert ("COVER_UNSURE" in set(issues["code"])) is not covered


#: Remarks of which nothing is known, and whether one that few rows have leaves cover in doubt.
UNREAD = [
    *("买房", "合并", "封", "事实孤儿", "退休金", "单位上班", "仅共同生活", "5.31到期", "已享受孤儿"),
    *("已在特困", "已有特困", "脱贫了", "家境好转", "户主变更后不含", "父出狱", "母改嫁回", "满18岁", "到龄", "成年"),
]  # fmt: skip
FINE = [
    "肢体残疾",
    "2022.5",
    "正常",
    "特困",
    "孤儿",
    "成年无业重残",
    "双重残疾",
    "未满18周岁",
    "9.30到期",
]


@pytest.mark.parametrize(("cells", "covered"), [(UNREAD, False), (FINE, True)])
def test_a_remark_that_few_rows_have_and_nobody_knows(
    rules: Rules, cells: list[str], covered: bool
) -> None:
    people = [[f"周安{c}", number(f"195{n}0101", 1), ""] for n, c in enumerate("平国民康福")]
    for cell in cells:
        one = ["李安国", number("19610101", 1), cell]
        roll = sheet("低保6月.xls", ["姓名", "身份证号", "备注"], *people, one)
        rows, _ = tidied(rules, roll)
        assert (cell, rows["qualifies"][-1]) == (cell, covered)
        assert rows["cover_doubt"].is_null()[-1] is covered


def test_remarks_that_many_rows_have_and_nobody_knows_are_only_told(rules: Rules) -> None:
    words = ["林场", "后溪", "东头", "码头", "灯塔", "井边", "大树"]
    people = [["周安平", number(f"195{n}0101", 1), word] for n, word in enumerate(words)]
    rows, _ = tidied(rules, sheet("低保6月.xls", ["姓名", "身份证号", "备注"], *people))
    assert rows["qualifies"].all()
    assert set(rows["cover_unread"]) == {"备注"}


@pytest.mark.parametrize(
    ("note", "covered"),
    [("监", False), ("冻", False), ("重", False), ("卒", False), ("转", False), ("?", False),
     ("女", True), ("大", True), ("李安康", True), ("户主", True), ("五保", True)],
)  # fmt: skip
def test_a_short_note_beside_a_name(rules: Rules, note: str, covered: bool) -> None:
    person = [f"周安平（{note}）", number("19500101", 1)]
    rows, _ = tidied(rules, sheet("低保6月.xls", ["姓名", "身份证号"], person))
    assert rows["qualifies"].to_list() == [covered]


@pytest.mark.parametrize(
    ("header", "usual", "unsaid"),
    [
        ("保障状态", "在保", ["?", "无", "-", "不详", "#N/A", "/"]),
        ("是否保障对象", "是", ["?", "无", "-", "不详"]),
    ],
)
def test_a_mark_among_answers_that_decide_covers_nobody(
    rules: Rules, header: str, usual: str, unsaid: list[str]
) -> None:
    cells = [*[usual] * 12, *unsaid]
    ids = [number(f"1950{1 + n // 28:02}{1 + n % 28:02}", 1) for n in range(len(cells))]
    people = [["周安平", i, cell] for i, cell in zip(ids, cells, strict=True)]
    rows, _ = tidied(rules, sheet("低保6月.xls", ["姓名", "身份证号", header], *people))
    assert rows["qualifies"].to_list() == [cell == usual for cell in cells]
    blanks = [["周安平", i, "-"] for i in ids]
    rows, _ = tidied(rules, sheet("低保6月.xls", ["姓名", "身份证号", "保障状态"], *blanks))
    assert rows["qualifies"].all()  # nobody fills the column in


@pytest.mark.parametrize("remark", ["许帅超", "许帅超停保", "其子许帅超已停发"])
def test_a_name_in_a_remark_is_in_no_issue(rules: Rules, remark: str) -> None:
    people = ["周安平", number("19500101", 1), remark]
    _, issues = tidied(rules, sheet("低保6月.xls", ["姓名", "身份证号", "备注"], people))
    of_cover = issues.filter(issues["code"].is_in(["COVER_ENDED", "COVER_UNSURE"]))
    assert of_cover.height == 1
    assert "帅" not in "".join(of_cover["detail"])
