"""A word of a choice inside a longer cell: which cells say it, which say something else."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.ingest.fields.choice import choice
from loubao.rules import shipped_rules
from loubao.rules.folder import load_rules
from loubao.rules.lists import FieldRule

LISTS = load_rules(shipped_rules()).lists
STATUS = LISTS["dibao"].fields["aid_status"]
PRISON = LISTS["children"].fields["parent_status"]
KIND = LISTS["monitored"].fields["household_category"]
LEVEL = LISTS["disability"].fields["disability_level"]
CATEGORY = LISTS["disability"].fields["disability_category"]
DIBAO = LISTS["medical"].fields["stated_dibao"]


def value(spec: FieldRule, cell: str) -> str | None:
    closed = spec.model_copy(update={"open": False})
    found: str | None = choice(pl.Series([cell]), closed)["value"][0]
    return found


SAID = [
    (STATUS, "在保", ["在保", "正 常", "在保（渐退期）", "仍在保", "正常在保", "农村低保在保", "A类/在保", "现：正常。"]),
    (STATUS, "停保", ["停保", "停保（2022年5月）", "5月停发", "拟停保", "因病死亡", "未通过审批"]),
    (PRISON, "已释放", ["已释放", "已刑满释放", "刑满已释放", "提前释放（假释）", "现已出狱"]),
    (PRISON, "服刑", ["服刑", "仍在服刑", "服刑（无期）"]),
    (KIND, "脱贫户", ["脱贫户", "脱贫户（稳定）", "2016年脱贫户", "一般脱贫户", "脱贫人口家庭"]),
    (KIND, "脱贫不稳定户", ["脱贫不稳定户", "脱贫不稳定户（风险已消除）", "疑似脱贫不稳定户"]),
    (LEVEL, "三级", ["三级", "肢体三级", "叁级残疾", "3级（中度）", "Ⅲ级"]),
    (LEVEL, "一级", ["一级", "1级(重度)", "一级以上", "疑似一级"]),
    (CATEGORY, "肢体", ["肢体残疾", "肢体（三级）", "肢体残疾人"]),
    (CATEGORY, "智力", ["智力", "智力（轻）"]),
    (DIBAO, "低保", ["低保", "农村低保（A类）", "享受低保政策", "本人低保"]),
]  # fmt: skip
UNKNOWN = [
    (STATUS, ["拟在保", "原在保", "在保待停", "在册未发放", "已审批（不通过）", "新增待批", "享受中止", "有效期已过",
              "正常（停）", "在保？", "在保（已停发）", "在保-", "在保→", "在保*", "曾享受", "误在保", "在保至5月", "待纳入"]),
    (PRISON, ["未释放", "即将释放", "不予假释", "已释放（误）", "假释（撤销）", "释放日期2025年", "预计2023年刑满释放",
              "尚未释放", "没释放", "待释放", "2025年释放", "刑期未满，未出狱", "未解除强戒", "非释放", "不得假释", "暂未出狱"]),
    (KIND, ["不稳定脱贫户", "脱贫户（不稳定）", "脱贫户转监测户", "脱贫户（监测对象）", "非一般农户", "脱贫人口监测户",
            "不稳定脱贫人口", "脱贫户中的不稳定户", "边缘脱贫户", "疑似一般户", "脱贫户/边缘户", "一般农户？"]),
    (LEVEL, ["三级以上", "非三级", "三级？", "三级转一级", "原三级", "三级待评"]),
    (CATEGORY, ["非肢体", "肢体等", "肢体、智力", "疑似听力"]),
    (DIBAO, ["申请低保", "拟低保", "低保待批", "曾低保", "低保？"]),
]  # fmt: skip


@pytest.mark.parametrize("spec, said, cell", [(s, v, c) for s, v, cells in SAID for c in cells])
def test_a_cell_that_says_a_choice(spec: FieldRule, said: str, cell: str) -> None:
    assert value(spec, cell) == said


@pytest.mark.parametrize("spec, cell", [(spec, cell) for spec, cells in UNKNOWN for cell in cells])
def test_a_cell_that_says_something_else(spec: FieldRule, cell: str) -> None:
    assert value(spec, cell) is None


_SPECS = [STATUS, PRISON, KIND, LEVEL, CATEGORY, DIBAO]
_ODD = [
    "未",
    "没",
    "不",
    "非",
    "无",
    "待",
    "拟",
    "即将",
    "预计",
    "原",
    "曾",
    "误",
    "撤销",
    "暂",
    "疑似",
    "？",
    "以上",
    "转",
    "尚",
]


@given(st.data())
def test_no_harmless_word_makes_a_denied_choice_certain(data: st.DataObject) -> None:
    """Beside 未, 拟, ？ … no spelling is read, but for values that keep people on the sheets."""
    spec = data.draw(st.sampled_from(_SPECS))
    spellings = [w for v, words in spec.values.items() for w in words if len(w) > 1]
    word, odd = data.draw(st.sampled_from(spellings)), data.draw(st.sampled_from(_ODD))
    beside = [each for each in spec.beside if "[" not in each and "?" not in each]
    harmless = "".join(
        data.draw(st.lists(st.sampled_from([*beside, "（", "）", "，"]), max_size=4))
    )
    known = {w for words in spec.values.values() for w in words}
    for cell in (odd + harmless + word, word + harmless + odd):
        # the odd word may itself make a spelling: 未 + 享受
        if any(odd in other and other in cell.replace("（", "") for other in known):
            continue
        assert value(spec, cell) in (None, *spec.anywhere)


def test_values_that_a_list_writes_anew_have_no_values_anywhere_of_the_dictionary() -> None:
    with pytest.raises(ValueError, match="anywhere"):
        FieldRule(type="choice", label="x", values={"甲": ["乙"]}, anywhere=["丙"])  # type: ignore[arg-type]
