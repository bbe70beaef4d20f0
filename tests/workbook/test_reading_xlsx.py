"""xlsx through real bytes: values, errors, hidden rows, emptiness, merges."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet
from loubao.workbook.read_sheets import read_sheets
from tests.workbook.exports import cells, issues, raw_sheet, with_parts, xlsx


def one_sheet(fill: Callable[[openpyxl.worksheet.worksheet.Worksheet], None]) -> Sheet:
    sheets = read_sheets(xlsx(lambda book: fill(book.active)), "名单.xlsx")
    assert len(sheets) == 1
    return sheets[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("张三", "张三"),
        (" 张 三\u200b", " 张 三\u200b"),
        ("'350599199001010002", "'350599199001010002"),
        (40000, "40000"),
        (40000.0, "40000"),
        (39999.5, "39999.5"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (0.00001, "0.00001"),
        (999999999999999, "999999999999999"),
        (350599199001010002, "3.5059919900101e+17"),
        (1e15, "1000000000000000.0"),
        (True, "TRUE"),
        (False, "FALSE"),
        (dt.date(1990, 1, 31), "1990-01-31"),
        (dt.datetime(1990, 1, 31), "1990-01-31"),
        (dt.datetime(1990, 1, 31, 8, 30), "1990-01-31 08:30:00"),
        (dt.time(8, 30), "08:30:00"),
        (dt.timedelta(hours=30), "30:00:00"),
        ("第一行\n第二行", "第一行\n第二行"),
        ("=不是公式", None),
    ],
)
def test_text_of_a_cell(value: object, text: str | None) -> None:
    assert cells(one_sheet(lambda ws: ws.append(["题", value])))[1][1:] == ([text] if text else [])


def test_places_blank_rows_and_trailing_columns() -> None:
    def fill(ws) -> None:
        ws["B3"] = "姓名"
        ws["D3"] = "村"
        ws["B6"] = "张三"
        ws["C7"] = "   "
        ws["H9"] = " \u3000"

    sheet = one_sheet(fill)
    assert sheet.cells.columns == ["row", "0", "1", "2", "3"]
    assert cells(sheet) == {3: [None, "姓名", None, "村"], 6: [None, "张三", None, None]}
    assert sheet.blank_rows == 4
    assert sheet.file == "名单.xlsx"
    assert sheet.name == "Sheet"


def test_errors_and_formulas() -> None:
    def fill(ws) -> None:
        ws.append(["姓名", "金额", "备注"])
        ws.append(["张三", "#N/A", "=1+1"])

    sheet = one_sheet(fill)
    assert cells(sheet)[2] == ["张三", None, None]
    assert issues(sheet) == [(2, "B", "ERROR_CELL"), (2, "C", "FORMULA_WITHOUT_VALUE")]
    assert "#N/A" in sheet.issues["detail"][0]


def test_cached_formula_values_are_values() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        ws = book.add_worksheet()
        ws.write_formula("A1", "=1+1", None, 2)
        ws.write_formula("B1", '="a"', None, "甲")
        ws.write_formula("D1", "=NA()", None, "#N/A")
    (sheet,) = read_sheets(target.getvalue(), "f")
    assert cells(sheet)[1] == ["2", "甲"]
    assert [issue for issue in issues(sheet) if issue[2] == "ERROR_CELL"] == [
        (1, "D", "ERROR_CELL")
    ]


def test_a_formula_whose_result_is_an_empty_text_has_a_result() -> None:
    formula = '<c r="{}" t="str"><f>IF(1,"")</f>{}</c>'
    row = formula.format("A1", "<v></v>") + formula.format("B1", "") + '<c r="C1"><v>1</v></c>'
    (sheet,) = read_sheets(raw_sheet(f'<sheetData><row r="1">{row}</row></sheetData>'), "f")
    assert issues(sheet) == [(1, "B", "FORMULA_WITHOUT_VALUE")]


def test_hidden_rows_are_read_and_said_so() -> None:
    def fill(ws) -> None:
        for i in range(1, 12):
            ws.append([i])
        for row in (3, 4, 5, 9, 500):
            ws.row_dimensions[row].hidden = True

    sheet = one_sheet(fill)
    assert sheet.cells.height == 11
    assert sheet.hidden_rows == (3, 4, 5, 9)
    assert issues(sheet) == [(None, "", "HIDDEN_ROWS")]
    assert sheet.issues["detail"][0] == '{"count": 4, "rows": "3-5、9"}'


def test_hidden_sheets_chart_sheets_empty_sheets() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.title = "空表"
        book.create_chartsheet("图")
        for name, state in (("隐", "hidden"), ("深隐", "veryHidden"), (" 镇 & <村>", "visible")):
            ws = book.create_sheet(name)
            ws["A1"] = name
            ws.sheet_state = state

    found = {sheet.name: sheet for sheet in read_sheets(xlsx(fill), "f")}
    assert list(found) == ["隐", "深隐", " 镇 & <村>"]
    assert issues(found["隐"]) == [(None, "", "HIDDEN_SHEET")]
    assert issues(found["深隐"]) == [(None, "", "HIDDEN_SHEET")]
    assert issues(found[" 镇 & <村>"]) == []


def test_merged_ranges() -> None:
    def fill(ws) -> None:
        ws["A1"] = "2022年6月名单"
        ws.merge_cells("A1:E2")
        for at, text in {"A3": "村", "B3": "姓名", "C3": "家庭成员", "E3": "备注"}.items():
            ws[at] = text
        ws["C4"], ws["D4"] = "成员1", "成员2"
        for area in ("A3:A4", "B3:B4", "C3:D3", "E3:E4"):
            ws.merge_cells(area)
        ws["A5"] = "上曾村"
        ws.merge_cells("A5:A8")
        for row, name in ((5, "甲"), (6, "乙"), (8, "丙")):
            ws.cell(row, 2, name)
        ws["A9"] = "合计"
        ws.merge_cells("A9:B9")
        ws["C9"] = 3
        ws["A10"] = "制表人：某"
        ws.merge_cells("A10:C10")

    sheet = one_sheet(fill)
    assert cells(sheet) == {
        1: ["2022年6月名单", None, None, None, None],
        3: ["村", "姓名", "家庭成员", "家庭成员", "备注"],
        4: ["村", "姓名", "成员1", "成员2", "备注"],
        5: ["上曾村", "甲", None, None, None],
        6: ["上曾村", "乙", None, None, None],
        8: ["上曾村", "丙", None, None, None],
        9: ["合计", "合计", "3", None, None],
        10: ["制表人：某", None, None, None, None],
    }
    assert sheet.blank_rows == 2


def test_private_use_characters_are_kept_and_reported() -> None:
    sheet = one_sheet(lambda ws: ws.append(["张\ue5e5", "甲", "\U000f1234"]))
    assert cells(sheet)[1][0] == "张\ue5e5"
    assert issues(sheet) == [(1, "A", "PRIVATE_USE_CHARACTER"), (1, "C", "PRIVATE_USE_CHARACTER")]
    assert "\ue5e5" not in sheet.issues["detail"][0]


def test_wide_sheet() -> None:
    sheet = one_sheet(lambda ws: ws.append([f"列{i}" for i in range(600)]))
    assert sheet.cells.columns[-1] == "599"
    assert cells(sheet)[1][599] == "列599"


def test_stray_cell_in_the_last_corner() -> None:
    def fill(ws) -> None:
        for i in range(1, 301):
            ws.append([f"甲{i}", 350599, None, dt.date(1990, 1, 31)])
        ws["XFD1048576"] = "."
        ws["B1"] = "#N/A"
        ws["A2"] = "并"
        ws.merge_cells("A2:A4")
        ws.row_dimensions[7].hidden = True

    sheet = one_sheet(fill)
    found = cells(sheet)
    assert sheet.cells.columns == ["row", "0", "1", "3", "16383"]
    assert found[1] == ["甲1", None, "1990-01-31", None]
    assert found[4] == ["并", "350599", "1990-01-31", None]
    assert found[1_048_576] == [None, None, None, "."]
    assert sheet.cells.height == 301
    assert sheet.hidden_rows == (7,)
    assert (1, "B", "ERROR_CELL") in issues(sheet)


_MEASURED = """
import sys
from pathlib import Path
from loubao.workbook.read_sheets import read_sheets
sheet, = read_sheets(Path(sys.argv[1]).read_bytes(), "f")
status = Path("/proc/self/status").read_text()
print(sheet.cells.height, status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures itself in /proc")
def test_a_million_styled_blank_rows_stay_small_and_quick(tmp_path: Path) -> None:
    row = '<row r="{0}" spans="1:9" s="1" customFormat="1"><c r="A{0}" s="1"/></row>'
    body = "".join(map(row.format, range(3, 1_048_576)))
    first = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row>'
    last = '<row r="1048576"><c r="C1048576"><v>7</v></c></row>'
    path = tmp_path / "白.xlsx"
    path.write_bytes(raw_sheet(f"<sheetData>{first}{body}{last}</sheetData>", stored=True))
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path)], capture_output=True, text=True, check=True
    )
    height, kilobytes = map(int, done.stdout.split())
    assert height == 2
    assert kilobytes < 320 << 10
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("body", "head", "tail", "expected"),
    [
        (  # no places at all
            '<sheetData><row hidden="1"><c><v>1</v></c><c t="inlineStr"><is><t>b</t></is></c></row>'
            '<row/><row r="5"><c/><c t="e"><v>#REF!</v></c><c><v>3</v></c></row></sheetData>',
            "<worksheet>",
            "</worksheet>",
            ({1: ["1", "b", None], 5: [None, None, "3"]}, (1,), [(5, "B", "ERROR_CELL")]),
        ),
        (  # a namespace prefix, other quotes, attributes in another order
            "<x:sheetData><x:row hidden='true' r='2'><x:c t='e' r='A2'><x:v>#N/A</x:v></x:c>"
            "<x:c s='0' r='B2'><x:v>1</x:v></x:c><x:c r='C2'><x:f>1+1</x:f></x:c></x:row>"
            "</x:sheetData><x:mergeCells><x:mergeCell ref='B2:B3'/></x:mergeCells>",
            "<x:worksheet xmlns:x='urn:x'>",
            "</x:worksheet>",
            (
                {2: [None, "1"]},
                (2,),
                [(2, "A", "ERROR_CELL"), (2, "C", "FORMULA_WITHOUT_VALUE")],
            ),
        ),
        (  # rows out of order
            '<sheetData><row r="3"><c r="A3"><v>3</v></c></row>'
            '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>0</v></c></row></sheetData>',
            "<worksheet>",
            "</worksheet>",
            ({1: ["0", "1"], 3: ["3", None]}, (), []),
        ),
        (  # style before place
            '<sheetData><row r="1"><c s="0" t="n" r="A1"><v>4</v></c></row></sheetData>',
            "<worksheet>",
            "</worksheet>",
            ({1: ["4"]}, (), []),
        ),
    ],
)
def test_unusually_written_sheets(body: str, head: str, tail: str, expected: object) -> None:
    (sheet,) = read_sheets(raw_sheet(body, head, tail), "f")
    codes = [issue for issue in issues(sheet) if issue[2] != "HIDDEN_ROWS"]
    assert (cells(sheet), sheet.hidden_rows, codes) == expected


def test_sheets_of_the_same_name() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active["A1"] = "一"
        book.create_sheet("另一张")["A1"] = "二"

    content = xlsx(fill)
    book = zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml").decode()
    same = with_parts(content, {"xl/workbook.xml": book.replace("另一张", "Sheet").encode()})
    assert [(s.name, s.cells["0"][0]) for s in read_sheets(same, "f")] == [
        ("Sheet", "一"),
        ("Sheet (2)", "二"),
    ]


@pytest.mark.parametrize("place", ["A99999999999", "ZZZZZZZ1", "A1048577", "XFE1", "A0"])
def test_places_outside_any_sheet_are_refused(place: str) -> None:
    with pytest.raises(UntrustedInput):
        read_sheets(
            raw_sheet(f'<sheetData><row><c r="{place}"><v>1</v></c></row></sheetData>'), "f"
        )


def test_scattered_cells_beyond_the_limit_are_refused() -> None:
    rows = "".join(
        f'<row r="{i}"><c r="{letters}{i}"><v>1</v></c></row>'
        for i, letters in (
            (i, openpyxl.utils.get_column_letter(i % 16_000 + 1)) for i in range(1, 16_000)
        )
    )
    with pytest.raises(UntrustedInput, match="超出能读的范围"):
        read_sheets(raw_sheet(f"<sheetData>{rows}</sheetData>"), "f")
