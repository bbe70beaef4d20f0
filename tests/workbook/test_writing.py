"""What is written comes back: texts as texts, looks, checks, and the same bytes every time."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
import stat
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from loubao.core.forms import (
    Area,
    Chart,
    Check,
    Formula,
    Page,
    Paper,
    Row,
    Series,
    Style,
    Value,
    Workbook,
)
from loubao.workbook.writing import press, workbook_bytes, write_workbook

PLAIN = Style("宋体", 9)
STYLES = {
    "plain": PLAIN,
    "open": replace(PLAIN, locked=False, fill="#FFFDF3", top="medium", sides="thin"),
    "date": replace(PLAIN, number_format="yyyy-mm-dd"),
}


def book(*rows: tuple[Value, ...], style: str = "plain", **page: object) -> Workbook:
    laid_out = tuple(Row(values, (style,) * len(values)) for values in rows)
    sheet = Page("表", (60, 60), laid_out, **page)  # type: ignore[arg-type]
    return Workbook("表.xlsx", "标题", dt.date(2022, 6, 30), STYLES, (sheet,))


def opened(workbook: Workbook) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(workbook_bytes(workbook)))


def parts(workbook: Workbook) -> dict[str, str]:
    with ZipFile(BytesIO(workbook_bytes(workbook))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://example.org","点我")',
        "+8613000000000",
        "-1",
        "@SUM(A1)",
        "http://example.org",
        "mailto:a@example.org",
        "internal:Sheet1!A1",
        "{=1}",
        "00123",
        "350599199001011234",
        "1e5",
        "第一行\n第二行",
        " 两头空格 ",
        "<b>&amp;</b>",
        "𠮷田",
        "\ue863",
    ],
)
def test_text_stays_text(text: str) -> None:
    cell = opened(book((text,)))["表"]["A1"]
    assert cell.value == text
    assert cell.data_type == "s" or text.startswith("=")  # openpyxl guesses by the first sign
    written = parts(book((text,)))["xl/worksheets/sheet1.xml"]
    assert "<f>" not in written
    assert 't="s"' in written
    assert "hyperlink" not in written


@pytest.mark.parametrize("text", ["<r>粗</r>", "<r><t>x</t></r>", "<r>"])
def test_markup_of_the_library_is_text(text: str) -> None:
    assert opened(book((text,)))["表"]["A1"].value.strip() == text


def test_what_xml_cannot_hold_is_replaced() -> None:
    assert opened(book(("甲\uffff乙\ufffe",)))["表"]["A1"].value == "甲\ufffd乙\ufffd"


def test_overlong_text_is_cut_not_lost() -> None:
    value = opened(book(("字" * 40000,)))["表"]["A1"].value
    assert value == "字" * 32767


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=12),
        min_size=1,
        max_size=6,
    )
)
def test_any_text_comes_back(texts: list[str]) -> None:
    texts = [text for text in texts if "_x" not in text and not text.startswith("<r>")] or ["甲"]
    sheet = CalamineWorkbook.from_filelike(BytesIO(workbook_bytes(book(tuple(texts)))))
    assert sheet.get_sheet_by_index(0).to_python()[0] == texts


def test_numbers_dates_formulas_and_blanks() -> None:
    rows = [(1, 2.5, dt.date(2022, 5, 3), Formula("=SUM(A1:B1)", 3.5), None, "")]
    content = workbook_bytes(book(*rows))
    values = next(iter(openpyxl.load_workbook(BytesIO(content), data_only=True)["表"].values))
    assert values == (1, 2.5, 44684, 3.5, None, None)  # a date without a date's look is its number
    dated = opened(book((dt.date(2022, 5, 3),), style="date"))["表"]["A1"]
    assert dated.value == dt.datetime(2022, 5, 3)
    assert openpyxl.load_workbook(BytesIO(content))["表"]["D1"].value == "=SUM(A1:B1)"


def test_same_workbook_same_bytes() -> None:
    assert workbook_bytes(book(("甲", 1))) == workbook_bytes(book(("甲", 1)))


def test_file_is_the_owners_alone_and_replaces_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "表.xlsx"
    target.write_bytes(b"x" * 100_000)
    target.chmod(0o600)
    write_workbook(book(("甲",)), target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes() == workbook_bytes(book(("甲",)))
    assert [path.name for path in tmp_path.iterdir()] == ["表.xlsx"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_helper_that_is_killed(tmp_path: Path) -> None:
    books = [(book((f"第{i}本",)), tmp_path / f"{i}.xlsx") for i in range(6)]
    with press(helper=True) as write:
        for child in multiprocessing.active_children():
            os.kill(child.pid or 0, signal.SIGKILL)
            child.join()
        write(books, lambda done: None)
    assert [target.read_bytes() == workbook_bytes(each) for each, target in books] == [True] * 6


def test_looks_and_locks() -> None:
    sheet = opened(book(("甲",), style="open", protected=True, hidden=(1,)))["表"]
    cell = sheet["A1"]
    assert (cell.font.name, cell.font.size) == ("宋体", 9)
    assert cell.border.top.style == "medium"
    assert cell.border.left.style == "thin"
    assert cell.protection.locked is False
    assert sheet.protection.sheet is True
    assert sheet.protection.password is None
    assert sheet.protection.formatColumns is False  # False: not forbidden
    assert sheet.protection.formatRows is False
    assert sheet.protection.sort is False
    assert sheet.protection.autoFilter is False
    assert sheet.column_dimensions["B"].hidden
    assert not sheet.column_dimensions["A"].hidden


def test_checks() -> None:
    area = Area(0, 0, 4, 0)
    checks = (
        Check(area, "题", "请选", choices=("是", "否")),
        Check(area, "题", "日期", dates=(dt.date(2022, 6, 1), dt.date(2023, 6, 1))),
        Check(area, "题", "整数", numbers=(1, 30)),
    )
    found = opened(book(("甲",), checks=checks))["表"].data_validations.dataValidation
    assert [(each.type, each.formula1, each.formula2) for each in found] == [
        ("list", '"是,否"', None),
        ("date", "44713", "45078"),
        ("whole", "1", "30"),
    ]
    assert {str(each.sqref) for each in found} == {"A1:A5"}
    assert found[0].error == "请选"


def test_paper_merges_filter_and_names() -> None:
    paper = Paper(landscape=True, footer=("左", "第 &P 页", "右"), repeat=(0, 1))
    laid_out = book(
        ("题", None),
        ("甲", "乙"),
        merges=(Area(0, 0, 0, 1),),
        filter=Area(1, 0, 1, 1),
        freeze=(2, 1),
        paper=paper,
    )
    workbook = opened(replace(laid_out, names={"loubao_period": '2022"年'}))
    sheet = workbook["表"]
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToWidth in (None, 1)
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$1:$2"
    assert sheet.oddFooter.center.text == "第 &P 页"
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:B1"]
    assert sheet["A1"].value == "题"
    assert sheet.freeze_panes == "B3"
    assert sheet.auto_filter.ref == "A2:B2"
    assert workbook.defined_names["loubao_period"].value == '"2022""年"'
    assert workbook.properties.title == "标题"
    assert workbook.properties.created == dt.datetime(2022, 6, 30)


@pytest.mark.parametrize("bars", ["bar", "column"])
def test_chart(bars: str) -> None:
    series = Series("表", (0, 1), Area(1, 0, 2, 0), Area(1, 1, 2, 1), "#C0504D")
    chart = Chart("图", (series,), (4, 0), (300, 200), "宋体", bars)  # type: ignore[arg-type]
    drawn = parts(book(("镇", "人"), ("东", 1), ("西", 2), charts=(chart,)))
    xml = drawn["xl/charts/chart1.xml"]
    assert "<c:f>表!$B$2:$B$3</c:f>" in xml
    assert '<c:grouping val="stacked"/>' in xml
    assert "图" in xml
