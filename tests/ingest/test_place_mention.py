"""Places in free texts: a title, the name of a sheet, a file, a folder."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.ingest.gazetteer import Gazetteer, gazetteer
from loubao.ingest.place_mention import FreeWords, Mention, free_words, mention
from loubao.rules.folder import Rules
from loubao.rules.reading import Village


@pytest.fixture(scope="module")
def names(rules: Rules) -> Gazetteer:
    return gazetteer(rules.villages, rules.reading)


@pytest.fixture(scope="module")
def words(rules: Rules) -> FreeWords:
    return free_words(rules)


def place(found: Mention, names: Gazetteer) -> str:
    """Town and villages by name; several of them as 多."""
    if found.several_towns:
        return "多"
    villages = (
        "多" if found.several_villages else "".join(names.official[v] for v in found.villages)
    )
    return names.official.get(found.town or "", "") + villages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("洛阳镇残疾人名单", "洛阳镇"),
        ("2022年8月份洛阳镇上浦村低保对象花名册", "洛阳镇上浦村"),
        ("惠安县洛阳镇上浦村村民委员会", "洛阳镇上浦村"),
        ("填报单位（盖章）：洛阳镇上浦村委会", "洛阳镇上浦村"),
        ("填报单位：洛阳镇人民政府", "洛阳镇"),
        ("残疾人名单（洛阳）", "洛阳镇"),
        ("残疾人名单_上浦村", "洛阳镇上浦村"),
        ("01上浦村", "洛阳镇上浦村"),
        ("上浦", "洛阳镇上浦村"),
        ("上浦3组", "洛阳镇上浦村"),
        ("上浦二社低保", "洛阳镇上浦村"),
        ("洛阳镇 - 副本", "洛阳镇"),
        ("截至2022年8月洛阳镇残疾人", "洛阳镇"),
        ("泉州台商投资区洛阳镇残疾人", "洛阳镇"),
        ("百崎乡残疾人", "百崎回族乡"),
        ("东园社区", "东园镇东园社区"),
        # 洛阳 is a town, a village, a city, and part of other names
        ("洛阳", "洛阳镇"),
        ("洛阳村", "洛阳镇洛阳村"),
        ("洛阳镇村级上报", "洛阳镇"),
        ("洛阳村民名单", "洛阳镇"),
        ("洛阳医院住院名单", ""),
        ("河南省洛阳市残疾人", ""),
        ("南安市洛阳镇残疾人", ""),
        ("洛阳镇中心卫生院住院名单", ""),
        # a county is no town, a longer name is another name
        ("泉州台商投资区残疾人名单", ""),
        ("医保自付（泉州台商投资区）", ""),
        ("上浦头残疾人", ""),
        ("大上浦村残疾人", ""),
        ("新建 Microsoft Excel 工作表", ""),
        ("Sheet1", ""),
        # several, or others than the one named
        ("洛阳镇东园镇残疾人", "多"),
        ("洛阳、东园残疾人", "多"),
        ("洛阳镇、惠南镇残疾人", "多"),
        ("洛阳镇等5个镇", "多"),
        ("除洛阳镇外", "多"),
        ("上浦村、后亭村", "洛阳镇多"),
        ("上浦村后亭村", "洛阳镇多"),
        ("白沙一、二村", "多"),
        ("洛阳镇服刑、戒毒人员子女", "洛阳镇"),
    ],
)
def test_place(text: str, expected: str, names: Gazetteer, words: FreeWords) -> None:
    assert place(mention(text, names, words), names) == expected


COMMON = (
    Village("110000001", "甲镇", ("甲镇", "甲"), "110000001201", "和平村", ("和平村", "和平")),
    Village("110000002", "乙镇", ("乙镇", "乙"), "110000002201", "和平村", ("和平村", "和平")),
    Village("110000002", "乙镇", ("乙镇", "乙"), "110000002202", "新建村", ("新建村", "新建")),
    Village(
        "110000003", "中心街道", ("中心街道", "中心"), "110000003201", "站前社区", ("站前社区",)
    ),
)


@pytest.mark.parametrize(
    ("text", "town", "villages"),
    [
        ("和平村低保", None, 2),  # two towns have it: another text decides
        ("甲镇和平村低保", "甲镇", 1),
        ("低保中心名单", None, 0),  # no 中心街道
        ("新建文件夹", None, 0),
        ("新建 XLSX 工作表", None, 0),
        ("中心街道低保", "中心街道", 0),
    ],
)
def test_common_words_that_are_names_elsewhere(
    rules: Rules, words: FreeWords, text: str, town: str | None, villages: int
) -> None:
    names = gazetteer(COMMON, rules.reading)
    found = mention(text, names, words)
    assert names.official.get(found.town or "") == town
    assert len(found.villages) == villages


pieces = st.sampled_from(
    [
        "洛阳镇",
        "东园镇",
        "上浦村",
        "洛阳",
        "村",
        "镇",
        "、",
        "（",
        "2022年",
        "低保",
        "名单",
        "泉州",
        "组",
        "三",
        " ",
    ]
)


@given(text=st.lists(pieces, max_size=8).map("".join))
def test_what_is_named_stands_there(text: str, names: Gazetteer, words: FreeWords) -> None:
    found = mention(text, names, words)
    if found.town is not None:
        town = names.official[found.town]
        assert town[:2] in text or any(names.official[v][:2] in text for v in found.villages)
    if "洛阳镇" in text and "东园镇" in text:
        assert found == Mention(several_towns=True, several_villages=True) or found == Mention()
    assert len(found.villages) <= 1
    assert all(names.official[village][:2] in text for village in found.villages)


def test_an_older_rules_folder_has_the_shipped_words(rules: Rules) -> None:
    few = replace(rules, lists={"dibao": rules.lists["dibao"]})
    names = gazetteer(few.villages, few.reading)
    assert place(mention("洛阳镇低保名单", names, free_words(few)), names) == "洛阳镇"
