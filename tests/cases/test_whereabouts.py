"""Town and village from wherever they stand, and never from where they do not."""

from __future__ import annotations

import pytest

from tests.cases.small_month import Outcome, matched
from tests.people import number

HEADER = ("姓名", "残疾人证号", "残疾类别", "残疾等级", "发证日期")
MEDICAL = ("姓名", "身份证号", "个人自付金额")
#: name → town and village
HOMES = {
    "李一": ("洛阳镇", "上浦村"),  # the town in the file's name, the village in its column
    "李二": ("东园镇", None),  # the town in the sheet's name, an unknown village
    "李三": ("洛阳镇", None),  # the town in the title
    "李四": ("张坂镇", None),  # the folder's name
    "李五": ("洛阳镇", "上浦村"),  # a sheet called 上浦
    "李六": ("洛阳镇", "后亭村"),  # a title with town and village
    "李七": ("洛阳镇", "上浦村"),  # below a subheading
    "李八": ("东园镇", None),  # below the next
    "李九": (None, None),  # two towns in the title
    "李甲": (None, None),  # a county, a hospital
    "李乙": ("东园镇", "玉坂社区"),  # the row's own village against the file's name
    "李丙": ("东园镇", None),  # the row's own town against the file's name
    "李丁": ("洛阳镇", "上浦村"),  # 上浦村3组
    "李戊": ("洛阳镇", "上浦村"),  # 上浦3社
    "李己": ("洛阳镇", "上浦村"),  # a column of groups
    "李庚": ("洛阳镇", "上浦村"),  # the village in the title, a group in its column
    "李辛": (None, None),  # a hospital in the file's name
}


def person(name: str, *more: str) -> tuple[str, ...]:
    serial = list(HOMES).index(name) + 1
    return (name, number("19610203", serial) + "41", "肢体", "一级", "2022-01-01", *more)


def paid(name: str, *more: str) -> tuple[str, ...]:
    return (name, number("19610203", list(HOMES).index(name) + 1), "45000", *more)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    village = (*HEADER, "村")
    return matched(
        tmp_path_factory.mktemp("places"),
        {
            "洛阳镇残疾人名单.xlsx": {
                "Sheet1": [
                    village,
                    person("李一", "上浦"),
                    person("李丁", "上浦村3组"),
                    person("李戊", "上浦3社"),
                    person("李乙", "玉坂"),
                ],
                "上浦": [HEADER, person("李五")],
            },
            "新增残疾人.xlsx": {"东园镇": [village, person("李二", "不在表中的村")]},
            "医保个人自付.csv": [
                ("洛阳镇个人自付医疗费用超4万元人员名单", "", ""),
                MEDICAL,
                paid("李三"),
            ],
            "张坂镇/新增残疾人.csv": [HEADER, person("李四")],
            "后亭残疾.csv": [
                ("2022年8月洛阳镇后亭村残疾人名单", "", "", "", ""),
                HEADER,
                person("李六"),
            ],
            "残疾人分镇.csv": [
                HEADER,
                ("一、洛阳镇", "", "", "", ""),
                ("上浦村（1人）", "", "", "", ""),
                person("李七"),
                ("东园镇：", "", "", "", ""),
                person("李八"),
            ],
            "残疾人.csv": [("洛阳镇东园镇残疾人名单", "", "", "", ""), HEADER, person("李九")],
            "自付.csv": [("泉州台商投资区洛阳医院自付医疗费用", "", ""), MEDICAL, paid("李甲")],
            "洛阳镇卫生院自付医疗费用.csv": [MEDICAL, paid("李辛")],
            "洛阳镇自付医疗费用.csv": [(*MEDICAL, "乡镇"), paid("李丙", "东园镇")],
            "残疾人分组.csv": [
                (*HEADER, "行政村", "村民小组", "住址"),
                person("李己", "上浦村", "5", "下厝12号"),
            ],
            "上浦村残疾人.csv": [(*HEADER, "村"), person("李庚", "二组")],
        },
    )


@pytest.mark.parametrize("name", HOMES)
def test_home(month: Outcome, name: str) -> None:
    assert month.home(name) == HOMES[name]
    town, village = HOMES[name]
    assert month.sheets[name][0] == (town or "未识别乡镇") + (village or "未识别村居")


@pytest.mark.parametrize(
    ("name", "group", "address"),
    [
        ("李丁", "3组", ""),
        ("李戊", "3社", ""),
        ("李己", "5组", "下厝12号"),
        ("李庚", "二组", ""),
    ],
)
def test_the_group_is_shown(month: Outcome, name: str, group: str, address: str) -> None:
    line = month.sheets[name][1]
    assert (line["组"], line["住址"].replace("None", "")) == (group, address)


def test_what_is_not_of_the_row_is_told_once_a_sheet(month: Outcome) -> None:
    told = month.issues.filter(code="PLACE_FROM_AROUND")
    assert told.select("file", "sheet").is_unique().all()
    assert set(told["file"]) == {
        *("洛阳镇残疾人名单.xlsx", "新增残疾人.xlsx", "医保个人自付.csv", "张坂镇/新增残疾人.csv"),
        *("后亭残疾.csv", "残疾人分镇.csv", "上浦村残疾人.csv"),
    }
    (detail,) = told.filter(file="后亭残疾.csv")["detail"]
    assert detail == "有1人的行里没有写全乡镇、村，按标题归入洛阳镇后亭村"
    assert "ROW_WITHOUT_PERSON" not in month.codes("残疾人分镇.csv")


def test_a_village_of_another_town_than_the_file_says(month: Outcome) -> None:
    issues = month.issues.filter(file="洛阳镇残疾人名单.xlsx", code="TOWN_CONFLICT")
    assert issues["row"].to_list() == [5]
