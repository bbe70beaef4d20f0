"""The month that a folder is for: from its name, its parent's, its files' names, or asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from loubao.core.faults import Usage
from loubao.workspace.settings import path_in, reckoning_day

AUGUST = date(2022, 8, 31)


def folder(root: Path, path: str, *files: str) -> Path:
    data = root / path
    data.mkdir(parents=True)
    for file in files:
        (data / file).write_text("", encoding="utf-8")
    return data


@pytest.mark.parametrize(
    "name",
    [
        *("2022-08", "2022-8", "2022.8", "2022.08", "2022_08", "202208", "20220831", "2022-08-31"),
        *(
            "2022年8月",
            "2022年08月",
            "2022年8月名单",
            "2022年08月名单",
            "2022年8月份",
            "2022 年 8 月",
        ),
        *(
            "22年8月",
            "22年08月份",
            "二〇二二年八月",
            "二零二二年八月",
            "2022年八月",
            "２０２２年８月",
        ),
        *("22.8", "22-08", "2208", "名单2022.8", "低保等名单202208终稿", "2022年8月31日导出"),
        *("2022年度8月", "2022 8月", "8月（2022）", "2022年8月1日-31日", "2022.8.1-8.31"),
        *("2022年8月(2)", "附件2：2022年8月（含2021年度自付）"),
    ],
)
def test_a_name_says_year_and_month(tmp_path: Path, name: str) -> None:
    assert reckoning_day(folder(tmp_path / "其他", name), None) == AUGUST


@pytest.mark.parametrize(
    "name", ["8月", "08月", "8月份", "八月", "8月份数据", "8月数据", "8", "08"]
)
@pytest.mark.parametrize("parent", ["2022", "2022年", "2022年度", "22年", "民政2022", "2022年8月"])
def test_the_year_is_the_parents(tmp_path: Path, name: str, parent: str) -> None:
    assert reckoning_day(folder(tmp_path, f"{parent}/{name}"), None) == AUGUST


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("x/8月", ("低保2022年8月.csv", "2021年度自付超4万.csv", "特困7月.csv")),
        ("x/8月", ("农村低保人员查询_20220831.xls", "1.xls")),
        ("2022/8月", ("低保2022年8月.csv", "死亡2022年7月.csv")),
        ("x/名单", ("低保2022年8月.csv", "特困2022.8.csv", "残疾人.csv")),
        ("2022/名单", ("低保8月.csv", "特困8月.csv")),
        ("2022年8月/名单", ("低保.csv", "特困8月.csv")),
        ("2022/8月/名单", ("低保.csv",)),
        # a folder that says both is believed: a roll of the month before is a usual thing
        ("x/2022-08", ("低保2022年7月.csv", "特困2021年8月.csv")),
    ],
)
def test_what_is_missing_is_said_elsewhere(
    tmp_path: Path, path: str, files: tuple[str, ...]
) -> None:
    assert reckoning_day(folder(tmp_path, path, *files), None) == AUGUST


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("x/8月", ("低保8月.csv", "2021年度自付超4万.csv")),  # no year anywhere
        ("x/8月", ("低保2022年7月.csv",)),  # the year of another month
        ("2022-12/1月", ("低保1月.csv",)),
        ("2021-2022/8月", ()),
        ("2022/8月", ("低保2021年8月.csv",)),
        ("x/8月", ("低保2021年8月.csv", "特困2022年8月.csv")),
        ("x/2022年1-8月", ()),
        ("x/2022年7、8月", ()),
        ("x/2022.6-8", ()),
        ("x/2021年12月-2022年2月", ()),
        ("x/2021年8月和2022年8月", ()),
        ("x/名单", ("低保.csv", "1.xls", "8.xls", "2208.xls")),
        ("x/名单", ("低保2022年7月.csv", "特困2022年8月.csv")),
        ("2022年7月/名单", ("低保2022年8月.csv",)),
        ("x/2022", ("低保.csv",)),
        ("x/第8批", ("低保.csv",)),
        ("x/近3个月", ("低保.csv",)),
    ],
)
def test_what_is_not_said_is_asked_for(tmp_path: Path, path: str, files: tuple[str, ...]) -> None:
    data = folder(tmp_path, path, *files)
    with pytest.raises(Usage, match="--as-of"):
        reckoning_day(data, None)
    assert reckoning_day(data, AUGUST) == AUGUST


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="不存在"):
        reckoning_day(tmp_path / "名单", None)


def test_a_path_of_the_rules_stays_in_the_output(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    for folder in (out, elsewhere):
        folder.mkdir()
    (out / "打印").symlink_to(elsewhere)
    assert path_in(out, "新/数据问题.xlsx") == out / "新" / "数据问题.xlsx"
    with pytest.raises(Usage, match="out/打印 是通向别处的链接"):
        path_in(out, "打印/数据问题.xlsx")
