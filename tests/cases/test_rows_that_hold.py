"""Small months of which some rows do not hold, through the command: who is on a sheet."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.commands.office import Row, csv_bytes, fill, loubao, xlsx
from tests.people import number

ID = {name: number(f"196{i}0305", 11) for i, name in enumerate(("张保", "李一", "李二", "李三"))}
ROLL = ("姓名", "身份证号", "乡镇", "村")
TEKUN = csv_bytes([ROLL, ("赵特", number("19400101", 1), "洛阳镇", "上浦村")])
DISABLED = ("姓名", "残疾人证号", "残疾类别", "残疾等级", "乡镇", "村", "发证日期")


def on_roll(*names: str) -> list[Row]:
    return [ROLL, *((name, ID[name], "洛阳镇", "上浦村") for name in names)]


def disabled(*names: str) -> bytes:
    place = ("肢体", "一级", "洛阳镇", "上浦村", "2022-01-01")
    return csv_bytes([DISABLED, *((name, f"{ID[name]}41", *place) for name in names)])


def tabs(**sheets: list[Row]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for i, row in enumerate(rows):
                page.write_row(i, 0, row)
    return stream.getvalue()


def crossed_out(*names: str) -> bytes:
    """A roll on which the last name is struck through."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page, line = book.add_worksheet(), book.add_format({"font_strikeout": True})
        for i, row in enumerate(on_roll(*names)):
            page.write_row(i, 0, row, line if row[0] == names[-1] else None)
    return stream.getvalue()


def printed(out: Path) -> str:
    """All texts of the one village sheet, a cell a line."""
    (path,) = (out / "核查表" / "洛阳镇").iterdir()
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return "\n".join(str(cell) for row in rows for cell in row)


class Month:
    """A month in a folder, and what the command makes of it."""

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        fill(folder / "2022-08", {"特困8月.csv": TEKUN, **files})
        self.run = loubao("match", "2022-08", "--out", "out", "--quiet", cwd=folder)
        self._data = folder / "out" / "data"

    def frame(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self._data / f"{name}.parquet")

    @property
    def visited(self) -> set[str]:
        ids = self.frame("cases").select(record_id=pl.col("record_ids").explode())
        return set(self.frame("records").join(ids, on="record_id")["name"])

    @property
    def codes(self) -> set[str]:
        return set(self.frame("issues")["code"]) - {"WEIGHTS_SHIPPED"}


def test_tabs_of_months(tmp_path: Path) -> None:
    roll = tabs(**{"7月": on_roll("张保", "李一"), "8月": on_roll("张保")})
    month = Month(tmp_path, {"低保花名册.xlsx": roll, "残疾人名单.csv": disabled("张保", "李一")})
    assert (month.run.code, month.visited) == (0, {"李一"})
    issues = month.frame("issues").filter(pl.col("code") == "SHEET_SET_ASIDE")
    assert issues.select("file", "sheet").rows() == [("低保花名册.xlsx", "7月")]
    assert "3行" in issues["detail"][0]
    assert "工作表“8月”" in issues["detail"][0]


def test_no_tab_of_the_month(tmp_path: Path) -> None:
    roll = tabs(**{"6月": on_roll("张保", "李一"), "7月": on_roll("张保")})
    month = Month(tmp_path, {"低保花名册.xlsx": roll, "残疾人名单.csv": disabled("李一")})
    assert month.run.code == 3
    assert "工作表“6月”、工作表“7月”" in month.run.err


@pytest.mark.parametrize(
    ("final", "code", "visited"),
    [("低保8月（最终版）.csv", 0, {"李一"}), ("低保8月(1).csv", 3, set())],
)
def test_two_versions(tmp_path: Path, final: str, code: int, visited: set[str]) -> None:
    draft, other = csv_bytes(on_roll("张保", "李一")), csv_bytes(on_roll("张保"))
    files = {"低保8月.csv": draft, final: other, "残疾人名单.csv": disabled("李一")}
    month = Month(tmp_path, files)
    assert month.run.code == code
    if code:
        assert "低保8月.csv" in month.run.err
        assert final in month.run.err
    else:
        assert month.visited == visited


def test_remarks(tmp_path: Path) -> None:
    said = ("", "2022年8月起停保", "已取消", "拟取消，公示中")
    rows = [(*row, cell) for row, cell in zip(on_roll(*ID), ("备注", *said), strict=True)]
    files = {"低保8月.csv": csv_bytes(rows), "残疾人名单.csv": disabled(*ID)}
    month = Month(tmp_path, files)
    assert (month.run.code, month.visited) == (0, {"李一", "李二", "李三"})
    assert {"COVER_ENDED", "COVER_UNSURE"} <= month.codes
    everything = printed(tmp_path / "out")
    assert "“备注”写着“2022年8月起停保”" in everything
    assert "名册低保的“备注”写着“拟取消，公示中”，请核实是否还在享受" in everything


def test_an_exclusion_that_is_taken_back(tmp_path: Path) -> None:
    dead = [("姓名", "身份证号", "死亡日期", "备注")]
    dead += [(name, ID[name], "2022-07-02", note) for name, note in
             (("李一", "误报，经村核实本人健在"), ("李二", "因病去世"))]  # fmt: skip
    files = {
        "低保8月.csv": csv_bytes(on_roll("张保")),
        "残疾人名单.csv": disabled("张保", "李一", "李二"),
        "死亡人员8月.csv": csv_bytes(dead),
    }
    month = Month(tmp_path, files)
    assert (month.run.code, month.visited, month.codes) == (0, {"李一"}, {"EXCLUSION_REVOKED"})


@pytest.mark.parametrize("name", ["拟新增低保对象公示8月.csv", "低保新申请人员8月.csv"])
def test_a_roll_of_people_who_are_not_on_it_yet(tmp_path: Path, name: str) -> None:
    files = {
        "低保8月.csv": csv_bytes(on_roll("张保")),
        name: csv_bytes(on_roll("李一")),
        "残疾人名单.csv": disabled("张保", "李一"),
    }
    month = Month(tmp_path, files)
    assert month.run.code == 3
    assert f"{name}：" in month.run.err


def test_another_list_below(tmp_path: Path) -> None:
    sick = [("姓名", "身份证号", "个人自付费用", "乡镇", "村")]
    sick.append(("李一", ID["李一"], 45210, "洛阳镇", "上浦村"))
    place = ("肢体", "一级", "洛阳镇", "上浦村", "2022-01-01")
    both = [*sick, ("表2 残疾人",), DISABLED, ("李二", f"{ID['李二']}41", *place)]
    files = {"低保8月.csv": csv_bytes(on_roll("张保")), "医保自付8月.xlsx": xlsx(both)}
    month = Month(tmp_path, files)
    assert month.run.code == 3
    assert "第4行起是“新增重度残疾人”的表头" in month.run.err


def test_another_list_below_that_no_column_tells(tmp_path: Path) -> None:
    """Its header is whole, and none of the list above: its rows would be read in wrong columns."""
    header = ("结算号", "姓名", "身份证号", "个人自付费用", "乡镇", "村")
    sick = ("1", "李一", ID["李一"], 45210, "洛阳镇", "上浦村")
    children = ("地区", "儿童编号", "儿童姓名", "性别", "身份证号", "监护人", "发放金额（元）")
    child = ("洛阳镇上浦村", "ET01", "李二", "男", ID["李二"], "李三", 1150)
    files = {
        "低保8月.csv": csv_bytes(on_roll("张保")),
        "医保自付8月.xlsx": xlsx([header, sick, children, child]),
    }
    month = Month(tmp_path, files)
    assert month.run.code == 3
    assert "第3行起是“孤儿”或“事实无人抚养儿童”的表头" in month.run.err


def test_struck_through(tmp_path: Path) -> None:
    files = {
        "低保8月.xlsx": crossed_out("张保", "李一"),
        "残疾人名单.csv": disabled("张保", "李一"),
    }
    month = Month(tmp_path, files)
    assert (month.run.code, month.visited, month.codes) == (0, {"李一"}, {"ROW_STRUCK"})


def test_three_bills(tmp_path: Path) -> None:
    header = ("姓名", "身份证号", "结算日期", "个人自付金额", "乡镇", "村")
    bills = [("李一", ID["李一"], f"2022-0{m}-01", 15000, "洛阳镇", "上浦村") for m in (3, 5, 7)]
    files = {"低保8月.csv": csv_bytes(on_roll("张保")), "医保个人自付.xlsx": xlsx([header, *bills])}
    month = Month(tmp_path, files)
    assert (month.run.code, month.visited, month.codes) == (0, {"李一"}, set())
    assert "个人自付医疗费45000元（3笔）" in printed(tmp_path / "out")
