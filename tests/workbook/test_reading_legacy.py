"""BIFF workbooks, OpenDocument and XML Spreadsheet 2003 through real bytes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable

import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import LineBreak, P, S

from loubao.core.faults import UntrustedInput
from loubao.workbook.read_sheets import read_sheets
from tests.workbook.exports import cells, issues, with_parts


def xls(fill: Callable[[xlwt.Workbook], None]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    fill(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def biff() -> bytes:
    def fill(book: xlwt.Workbook) -> None:
        ws = book.add_sheet("名单")
        ws.write_merge(0, 0, 0, 3, "2022年6月名单")
        for i, header in enumerate(["村", "姓名", "身份证号", "金额", "日期"]):
            ws.write(1, i, header)
        ws.write_merge(2, 4, 0, 0, "上曾村")
        for row, name in ((2, "甲"), (3, "乙"), (4, "丙\ue5e5")):
            ws.write(row, 1, name)
            ws.write(row, 2, 350599199001010002)
            ws.write(row, 3, 40000 + row)
        day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
        ws.write(2, 4, dt.date(1990, 1, 31), day)
        ws.row(3).write(4, xlwt.Formula("1+1"))
        ws.row(4).set_cell_error(4, 0x2A)  # #N/A
        ws.row(3).hidden = True
        ws.row(8).hidden = True
        hidden = book.add_sheet("隐")
        hidden.write(0, 0, "x")
        hidden.visibility = 1
        book.add_sheet("空")

    return xls(fill)


def test_biff() -> None:
    sheet, hidden = read_sheets(biff(), "名单.et")
    damaged = "3.5059919900101e+17"
    assert cells(sheet) == {
        1: ["2022年6月名单", None, None, None, None],
        2: ["村", "姓名", "身份证号", "金额", "日期"],
        3: ["上曾村", "甲", damaged, "40002", "1990-01-31"],
        4: ["上曾村", "乙", damaged, "40003", None],
        5: ["上曾村", "丙\ue5e5", damaged, "40004", None],
    }
    assert sheet.hidden_rows == (4,)
    assert set(issues(sheet)) == {
        (None, "", "HIDDEN_ROWS"),
        (5, "E", "ERROR_CELL"),
        (5, "B", "PRIVATE_USE_CHARACTER"),
    }
    assert hidden.name == "隐"
    assert issues(hidden) == [(None, "", "HIDDEN_SHEET")]


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (b"\0\0\0\0\0\0\xff\xff\0\0", "FORMULA_WITHOUT_VALUE"),  # a text that never comes
        (b"\2\0\x2a\0\0\0\xff\xff\0\0", "ERROR_CELL"),
        (b"\0\0\0\0\0\0\0\0\2\0", "FORMULA_WITHOUT_VALUE"),  # 0, to be calculated on opening
        (b"\0\0\0\0\0\0\0\0\0\0", ""),
        (b"\0\0\0\0\0\0\xf0\x3f\2\0", ""),
    ],
)
def test_biff_formula_results(result: bytes, code: str) -> None:
    def fill(book: xlwt.Workbook) -> None:
        ws = book.add_sheet("a")
        ws.write(0, 0, "姓名")
        ws.write(1, 0, xlwt.Formula("1+1"))

    written = b"\3\0\0\0\0\0\xff\xff\0\0"  # xlwt gives every formula an empty text
    content = xls(fill)
    assert content.count(written) == 1
    (sheet,) = read_sheets(content.replace(written, result), "f")
    assert issues(sheet) == ([(2, "A", code)] if code else [])
    assert sheet.cells.height == (1 if code else 2)


def test_biff_with_a_stray_cell_in_the_last_corner() -> None:
    def fill(book: xlwt.Workbook) -> None:
        ws = book.add_sheet("a")
        ws.write(0, 0, "x")
        ws.write(65_535, 255, "y")

    (sheet,) = read_sheets(xls(fill), "f")
    assert sheet.cells.select("row", "0", "255").rows() == [(1, "x", None), (65_536, None, "y")]


def _cell(text: str = "", **attributes: object) -> TableCell:
    cell = TableCell(**attributes)
    if text:
        cell.addElement(P(text=text))
    return cell


def _row(table: Table, *some: TableCell, **attributes: object) -> None:
    row = TableRow(**attributes)
    for cell in some:
        row.addElement(cell)
    table.addElement(row)


def ods() -> bytes:
    document = OpenDocumentSpreadsheet()
    veiled = Style(name="veiled", family="table")
    veiled.addElement(TableProperties(display="false"))
    document.automaticstyles.addElement(veiled)
    table = Table(name="名单")
    document.spreadsheet.addElement(table)
    title = _cell("2022年6月名单", valuetype="string", numbercolumnsspanned=4, numberrowsspanned=1)
    _row(table, title, CoveredTableCell(numbercolumnsrepeated=3))
    _row(table, *(_cell(text, valuetype="string") for text in ("村", "姓名", "金额", "日期")))
    village = _cell("上曾村", valuetype="string", numbercolumnsspanned=1, numberrowsspanned=2)
    _row(
        table,
        village,
        _cell("甲", valuetype="string"),
        _cell("3.50599199001010E+017", valuetype="float", value="350599199001010002"),
        _cell("31.01.90", valuetype="date", datevalue="1990-01-31"),
    )
    _row(
        table,
        CoveredTableCell(),
        _cell("乙", valuetype="string"),
        _cell("40,000.00", valuetype="currency", currency="CNY", value="40000"),
        _cell("", valuetype="date", datevalue="1990-01-31T08:30:00"),
        visibility="collapse",
    )
    _row(table, TableCell(numbercolumnsrepeated=1024), numberrowsrepeated=5)
    spaced = P(text="a")
    spaced.addElement(S(c=2))
    spaced.addText("b")
    spaced.addElement(LineBreak())
    spaced.addText("c")
    cell = TableCell(valuetype="string")
    cell.addElement(spaced)
    cell.addElement(P(text="d"))
    _row(
        table,
        cell,
        _cell("是", valuetype="boolean", booleanvalue="true"),
        _cell("#N/A", formula="of:=NA()", valuetype="string", stringvalue=""),
        _cell("", formula="of:=1+1"),
        numberrowsrepeated=2,
    )
    _row(table, TableCell(numbercolumnsrepeated=16384), numberrowsrepeated=1_048_000)
    hidden = Table(name="隐", stylename=veiled)
    document.spreadsheet.addElement(hidden)
    _row(hidden, _cell("x", valuetype="string", numbercolumnsrepeated=3))
    document.spreadsheet.addElement(Table(name="空"))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_ods() -> None:
    sheet, hidden = read_sheets(ods(), "名单.xls")
    assert cells(sheet) == {
        1: ["2022年6月名单", None, None, None],
        2: ["村", "姓名", "金额", "日期"],
        3: ["上曾村", "甲", "3.5059919900101e+17", "1990-01-31"],
        4: ["上曾村", "乙", "40000", "1990-01-31 08:30:00"],
        10: ["a  b\nc\nd", "TRUE", None, None],
        11: ["a  b\nc\nd", "TRUE", None, None],
    }
    assert sheet.blank_rows == 5
    assert sheet.hidden_rows == (4,)
    assert (10, "C", "ERROR_CELL") in issues(sheet)
    assert (10, "D", "FORMULA_WITHOUT_VALUE") in issues(sheet)
    assert cells(hidden) == {1: ["x", "x", "x"]}
    assert issues(hidden) == [(None, "", "HIDDEN_SHEET")]


def test_ods_that_repeats_a_value_without_end_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(ods())) as opened:
        content = opened.read("content.xml")
    endless = content.replace(b'number-rows-repeated="2"', b'number-rows-repeated="2000000"')
    with pytest.raises(UntrustedInput, match="超出能读的范围"):
        read_sheets(with_parts(ods(), {"content.xml": endless}), "f")


def test_encrypted_ods_is_refused() -> None:
    manifest = {"META-INF/manifest.xml": b"<m><manifest:encryption-data/></m>"}
    with pytest.raises(UntrustedInput, match="密码"):
        read_sheets(with_parts(ods(), manifest), "f")


_SPREADSHEETML = """<?xml version="1.0" encoding="UTF-8"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="名单"><Table>
<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">标题</Data></Cell></Row>
<Row ss:Index="3"><Cell><Data ss:Type="String">姓名</Data></Cell>
 <Cell ss:Index="3"><Data ss:Type="String">号</Data></Cell></Row>
<Row ss:Hidden="1"><Cell ss:MergeDown="1"><Data ss:Type="String">甲 &amp; 乙</Data></Cell>
 <Cell><Data ss:Type="DateTime">1990-01-31T00:00:00.000</Data></Cell>
 <Cell><Data ss:Type="Number">350599199001010002</Data></Cell></Row>
<Row><Cell ss:Index="2" ss:Formula="=NA()"><Data ss:Type="Error">#N/A</Data></Cell>
 <Cell><Data ss:Type="Boolean">1</Data></Cell></Row>
</Table></Worksheet>
<Worksheet ss:Name="隐"><Table><Row><Cell><Data ss:Type="Number">1</Data></Cell></Row></Table>
<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet>
</Workbook>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_spreadsheetml(encoding: str) -> None:
    sheet, hidden = read_sheets(_SPREADSHEETML.encode(encoding), "名单.xls")
    assert cells(sheet) == {
        1: ["标题", None, None],
        3: ["姓名", None, "号"],
        4: ["甲 & 乙", "1990-01-31", "3.5059919900101e+17"],
        5: ["甲 & 乙", None, "TRUE"],
    }
    assert sheet.hidden_rows == (4,)
    assert (5, "B", "ERROR_CELL") in issues(sheet)
    assert issues(hidden) == [(None, "", "HIDDEN_SHEET")]


def test_a_document_of_one_xml_file_is_read_like_an_ods() -> None:
    with zipfile.ZipFile(io.BytesIO(ods())) as opened:
        content = opened.read("content.xml")
    flat = content.replace(b"document-content", b"document")
    assert [(s.name, cells(s)) for s in read_sheets(flat, "名单.fods")] == [
        (s.name, cells(s)) for s in read_sheets(ods(), "名单.ods")
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('office:value-type="float" office:value="x"><text:p>7</text:p>', "7"),
        ('office:value-type="float" office:value="0"><text:p>零</text:p>', "0"),
        ('office:value-type="time" office:time-value="PT30H00M00S"><text:p>x</text:p>', "30:00:00"),
        (
            'office:value-type="date" office:date-value="1990-01-31"><text:p>x</text:p>',
            "1990-01-31",
        ),
        ('office:value-type="boolean" office:boolean-value="1"><text:p>x</text:p>', "TRUE"),
        ('office:value-type="boolean" office:boolean-value="false"><text:p>x</text:p>', "FALSE"),
        ("><text:p>a<text:s text:c='x'/>b</text:p>", "a b"),
    ],
)
def test_a_cell_of_a_document(cell: str, text: str) -> None:
    names = " xmlns:".join(
        (
            "",
            *(
                f'{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
                for name in ("office", "table", "text")
            ),
        )
    )
    flat = (
        f"<office:document{names}><office:body><office:spreadsheet><table:table table:name='a'>"
        f"<table:table-row><table:table-cell {cell}</table:table-cell></table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document>"
    )
    (sheet,) = read_sheets(b'<?xml version="1.0"?>' + flat.encode(), "f")
    assert cells(sheet) == {1: [text]}


@pytest.mark.parametrize(
    ("style", "kind", "value", "text"),
    [
        ("", "Number", "32904", "32904"),
        ("Short Date", "Number", "32904", "1990-01-31"),
        ('yyyy"年"', "Number", "32904.5", "1990-01-31 12:00:00"),
        ("Fixed", "Number", "32904.50", "32904.5"),
        ("", "DateTime", "1899-12-31T08:30:00.000", "08:30:00"),
        ("", "String", "a&#7;b", "ab"),
        ("", "String", "&Tau;&middot;&amp;nbsp;&lt;", "\u03a4·&nbsp;<"),
        ("", "Number", "无", "无"),
    ],
)
def test_a_cell_of_spreadsheetml(style: str, kind: str, value: str, text: str) -> None:
    styles = f"<Styles><Style ss:ID='s1'><NumberFormat ss:Format='{style}'/></Style></Styles>"
    xml = _SPREADSHEETML.partition("<Worksheet")[0] + (
        f"{styles}<Worksheet ss:Name='a'><Table><Row><Cell ss:StyleID='s1'>"
        f"<Data ss:Type='{kind}'>{value}</Data></Cell></Row></Table></Worksheet></Workbook>"
    )
    (sheet,) = read_sheets(b" \n" + xml.encode(), "f")
    assert cells(sheet) == {1: [text]}
