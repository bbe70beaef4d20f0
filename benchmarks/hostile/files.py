"""Files that mean harm, or look as if they did: each is small to send and may be dear to read.

`FILES` has a name for each, with the ending of what it pretends to be, and how its bytes are made.
Everybody named in them carries a number on the unassigned division 990101.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
_SS = "urn:schemas-microsoft-com:office:spreadsheet"

HEADER = ("乡镇", "村", "姓名", "身份证号", "个人自付医疗费用")
PERSON = ("洛阳镇", "上浦村", "张三", "990101196003050119", "52000")
_SHARED = ' t="s"'
WIDE, DEEP, TAGS, LONG, ROWS = 200_000, 100_000, 300_000, 32_000, 1_000_000


# --- xlsx -----------------------------------------------------------------------------------------


def _cell(place: str, text: str, attributes: str = ' t="inlineStr"') -> str:
    inside = f"<is><t>{text}</t></is>" if "inlineStr" in attributes else f"<v>{text}</v>"
    return f'<c r="{place}"{attributes}>{inside}</c>'


def _row(number: int, cells: tuple[str, ...]) -> str:
    places = (f"{'ABCDEFGH'[i]}{number}" for i in range(len(cells)))
    inside = "".join(_cell(place, text) for place, text in zip(places, cells, strict=True))
    return f'<row r="{number}">{inside}</row>'


GOOD_ROWS = _row(1, HEADER) + _row(2, PERSON)


def sheet_xml(rows: str = GOOD_ROWS, behind: str = "", head: str = "") -> str:
    return f'<worksheet xmlns="{_MAIN}">{head}<sheetData>{rows}</sheetData>{behind}</worksheet>'


def xlsx(sheet: str | bytes, more: Mapping[str, str | bytes] | None = None) -> bytes:
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1"'
        f' Type="{kinds}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{kinds}"><sheets>'
        '<sheet name="一" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1"'
        f' Type="{kinds}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        **(more or {}),
    }
    return zipped(parts)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def _strings(items: str) -> dict[str, str | bytes]:
    return {"xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{items}</sst>'}


def _styles(inside: str) -> dict[str, str | bytes]:
    return {"xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{inside}</styleSheet>'}


def _xlsx_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield "broken_tags", lambda: xlsx(sheet_xml(GOOD_ROWS + "<c " * TAGS))
    yield "broken_rows", lambda: xlsx(sheet_xml(GOOD_ROWS + "<row" * TAGS))
    yield "broken_cells", lambda: xlsx(sheet_xml(GOOD_ROWS + '<c r="A3"><v>' * TAGS))
    yield "broken_values", lambda: xlsx(sheet_xml(GOOD_ROWS + "<v>" * TAGS))
    yield "broken_merges", lambda: xlsx(sheet_xml(behind="<mergeCell " * TAGS))
    yield "broken_spaces", lambda: xlsx(sheet_xml(GOOD_ROWS + "<c " + " " * 4_000_000))
    yield "unclosed_si", lambda: xlsx(sheet_xml(), _strings("<si>" * TAGS))
    yield "unclosed_t", lambda: xlsx(sheet_xml(), _strings("<si>" + "<t>" * TAGS))
    yield "unclosed_rph", lambda: xlsx(sheet_xml(), _strings("<si>" + "<rPh>" * TAGS + "</si>"))
    yield "unclosed_rph_each", lambda: xlsx(sheet_xml(), _strings("<si><rPh ></si>" * TAGS))
    yield "sst_many", lambda: xlsx(sheet_xml(), _strings("<sst>" * TAGS))
    yield "strike_si", lambda: xlsx(sheet_xml(), _strings("<si><strike/></si>" + "<si>" * TAGS))
    yield "strike_si_spaced", lambda: xlsx(sheet_xml(), _strings("<strike/>" + "<si " * TAGS))
    yield "strike_fonts", lambda: xlsx(sheet_xml(), _styles("<fonts>" * TAGS))
    yield (
        "strike_font",
        lambda: xlsx(
            sheet_xml(),
            _styles(
                f'<fonts><strike/>{"<font>" * TAGS}</fonts><cellXfs><xf fontId="0"/></cellXfs>'
            ),
        ),
    )
    yield (
        "strike_formats",
        lambda: xlsx(
            sheet_xml(), _styles("<fonts><font><strike/></font></fonts>" + "<cellXfs>" * TAGS)
        ),
    )
    yield (
        "strike_then_tags",
        lambda: xlsx(
            sheet_xml(GOOD_ROWS + "<c " * TAGS),
            _styles('<fonts><font><strike/></font></fonts><cellXfs><xf fontId="0"/></cellXfs>'),
        ),
    )
    yield (
        "strike_one_row",
        lambda: xlsx(
            sheet_xml(GOOD_ROWS + "<x>" * 20_000_000),
            _styles('<fonts><font><strike/></font></fonts><cellXfs><xf fontId="0"/></cellXfs>'),
        ),
    )
    yield "one_long_row", lambda: xlsx("<worksheet><sheetData>" + "<x>" * 30_000_000)
    yield "no_sheet_data", lambda: xlsx("<worksheet>" + " " * 100_000_000)
    yield "deep", lambda: xlsx(sheet_xml(GOOD_ROWS + "<a>" * DEEP + "</a>" * DEEP))
    yield (
        "deep_string",
        lambda: xlsx(sheet_xml(), _strings("<si >" + "<r>" * DEEP + "</r>" * DEEP + "</si>")),
    )
    yield (
        "deep_cell",
        lambda: xlsx(sheet_xml(GOOD_ROWS + "<c><is>" + "<r>" * DEEP + "</r>" * DEEP + "</is></c>")),
    )
    yield (
        "deep_book",
        lambda: xlsx(
            sheet_xml(),
            {"xl/workbook.xml": f'<workbook xmlns="{_MAIN}">' + "<sheet>" * DEEP},
        ),
    )
    yield (
        "many_sheets",
        lambda: xlsx(
            sheet_xml(),
            {
                "xl/workbook.xml": f'<workbook xmlns="{_MAIN}"><sheets>'
                + "".join(f'<sheet name="a" sheetId="{i}"/>' for i in range(60_000))
                + "</sheets></workbook>"
            },
        ),
    )
    yield "one_part_many_sheets", _one_part_many_sheets
    yield (
        "long_number",
        lambda: xlsx(
            sheet_xml(
                _row(1, HEADER) + f'<row r="2">{_cell("C2", "张三")}'
                f"{_cell('E2', '9' * LONG, '')}</row>"
            )
        ),
    )
    yield (
        "long_numbers",
        lambda: xlsx(
            sheet_xml(
                GOOD_ROWS
                + "".join(
                    f'<row r="{i}">{_cell(f"C{i}", "张三")}'
                    f"{_cell(f'E{i}', str(i) + '9' * LONG, '')}</row>"
                    for i in range(3, 1000)
                )
            )
        ),
    )
    yield (
        "long_exponent",
        lambda: xlsx(
            sheet_xml(
                _row(1, HEADER) + f'<row r="2">{_cell("C2", "张三")}'
                f"{_cell('E2', '1e' + '9' * LONG, '')}</row>"
            )
        ),
    )
    yield (
        "long_row_number",
        lambda: xlsx(sheet_xml(_row(1, HEADER) + f'<row  r="{"9" * LONG}"><c><v>1</v></c></row>')),
    )
    yield (
        "long_style",
        lambda: xlsx(
            sheet_xml(),
            _styles(
                f'<numFmts><numFmt numFmtId="{"9" * LONG}"/></numFmts>'
                f'<cellXfs><xf numFmtId="{"9" * LONG}"/></cellXfs>'
            ),
        ),
    )
    yield (
        "long_shared",
        lambda: xlsx(
            sheet_xml(GOOD_ROWS + f'<row r="3">{_cell("A3", "9" * LONG, _SHARED)}</row>'),
            _strings("<si><t>a</t></si><si><t><strike/></t></si>"),
        ),
    )
    yield (
        "digits_everywhere",
        lambda: xlsx(sheet_xml(_row(1, HEADER) + _row(2, ("9" * LONG,) * 5) + _row(3, PERSON))),
    )
    yield (
        "format_code",
        lambda: xlsx(
            sheet_xml(),
            _styles(
                f'<numFmts><numFmt numFmtId="200" formatCode="{"[" * LONG}"/></numFmts>'
                '<cellXfs><xf numFmtId="200"/></cellXfs>'
            ),
        ),
    )
    yield (
        "blank_rows",
        lambda: xlsx(sheet_xml(GOOD_ROWS + "".join(f'<row r="{i}"/>' for i in range(3, ROWS)))),
    )
    yield (
        "styled_blank_rows",
        lambda: xlsx(
            sheet_xml(
                GOOD_ROWS
                + "".join(
                    f'<row r="{i}"><c r="A{i}" s="1"/><c r="B{i}" s="1"/></row>'
                    for i in range(3, ROWS)
                )
            )
        ),
    )
    yield (
        "space_rows",
        lambda: xlsx(
            sheet_xml(
                GOOD_ROWS
                + "".join(f'<row r="{i}">{_cell(f"A{i}", " ")}</row>' for i in range(3, ROWS))
            )
        ),
    )
    yield (
        "hidden_rows",
        lambda: xlsx(
            sheet_xml(GOOD_ROWS + "".join(f'<row r="{i}" hidden="1"/>' for i in range(3, ROWS)))
        ),
    )
    yield (
        "last_cell",
        lambda: xlsx(sheet_xml(GOOD_ROWS + f'<row r="1048576">{_cell("XFD1048576", "x")}</row>')),
    )
    yield (
        "diagonal",
        lambda: xlsx(
            sheet_xml(
                GOOD_ROWS
                + "".join(
                    f'<row r="{i}">{_cell(_letters(i) + str(i), "x")}</row>'
                    for i in range(3, 16_000)
                )
            )
        ),
    )
    yield (
        "one_wide_row",
        lambda: xlsx(
            sheet_xml(
                GOOD_ROWS
                + '<row r="3">'
                + "".join(_cell(_letters(i) + "3", "x") for i in range(16_384))
                + "</row>"
            )
        ),
    )
    yield (
        "many_errors",
        lambda: xlsx(
            sheet_xml(
                GOOD_ROWS
                + "".join(
                    f'<row r="{i}">{_cell(f"A{i}", "#N/A", " t=" + chr(34) + "e" + chr(34))}</row>'
                    for i in range(3, 500_000)
                )
            )
        ),
    )
    yield (
        "merges",
        lambda: xlsx(
            sheet_xml(
                behind="<mergeCells>"
                + "".join('<mergeCell ref="A1:XFD1048576"/>' for _ in range(100_000))
                + "</mergeCells>"
            )
        ),
    )
    yield (
        "merges_over_rows",
        lambda: xlsx(
            sheet_xml(
                GOOD_ROWS
                + "".join(f'<row r="{i}">{_cell(f"C{i}", "张三")}</row>' for i in range(3, 60_000)),
                "<mergeCells>"
                + "".join('<mergeCell ref="A2:XFD1048576"/>' for _ in range(20_000))
                + "</mergeCells>",
            )
        ),
    )
    yield (
        "entities",
        lambda: xlsx(
            '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
            + "".join(
                f'<!ENTITY a{i} "{"&a" + (str(i - 1) if i else "") + ";"}">' for i in range(9)
            )
            + f"]>{sheet_xml()}"
        ),
    )
    yield (
        "late_doctype",
        lambda: xlsx(
            "<!--"
            + "x" * 5000
            + '--><!DOCTYPE a [<!ENTITY a "'
            + "a" * 1000
            + '">'
            + "".join(
                f'<!ENTITY b{i} "{("&a;" if not i else f"&b{i - 1};") * 10}">' for i in range(9)
            )
            + f"]>{sheet_xml(_row(1, HEADER) + _row(2, ('&b8;',) * 5))}"
        ),
    )
    yield (
        "references",
        lambda: xlsx(
            sheet_xml(_row(1, HEADER) + _row(2, ("&#" * TAGS, "&amp;" * TAGS, "张三", "", "")))
        ),
    )
    yield (
        "attributes",
        lambda: xlsx(
            sheet_xml(GOOD_ROWS + "<row " + " ".join(f'a{i}="1"' for i in range(100_000)) + "/>")
        ),
    )
    yield (
        "namespaces",
        lambda: xlsx(
            sheet_xml(
                GOOD_ROWS + "<a " + " ".join(f'xmlns:n{i}="u{i}"' for i in range(30_000)) + "/>"
            )
        ),
    )
    yield "zip_bomb", lambda: xlsx(sheet_xml() + " " * 900_000_000)
    yield "zip_bomb_large", lambda: xlsx(b"<worksheet>" + bytes(1_100_000_000))
    yield "zip_entries", lambda: zipped({f"xl/a{i}": "" for i in range(70_000)})
    yield "zip_overlap", _overlapping
    yield "zip_lies", _lying
    yield (
        "prefix",
        lambda: xlsx(sheet_xml(GOOD_ROWS + "<x:c " * TAGS).replace("worksheet", "x:worksheet")),
    )


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + letters
    return letters


def _one_part_many_sheets() -> bytes:
    """Ten thousand sheets that are one and the same part of a megabyte."""
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheets = "".join(f'<sheet name="s{i}" sheetId="{i + 1}" r:id="r1"/>' for i in range(10_000))
    rows = "".join(_row(i, PERSON) for i in range(2, 5000))
    return xlsx(
        sheet_xml(_row(1, HEADER) + rows),
        {
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{kinds}">'
            f"<sheets>{sheets}</sheets></workbook>"
        },
    )


def _overlapping() -> bytes:
    """Entries of a zip that share the same bytes: each is sound, all together are a bomb."""
    body = sheet_xml() + " " * 5_000_000
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = packed.compress(body.encode()) + packed.flush()
    crc = zlib.crc32(body.encode())
    local = b"PK\3\4" + bytes([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]) + crc.to_bytes(4, "little")
    local += len(content).to_bytes(4, "little") + len(body.encode()).to_bytes(4, "little")
    local += (1).to_bytes(2, "little") + bytes(2) + b"a"
    central = b""
    for i in range(150):
        name = f"xl/worksheets/s{i}.xml".encode()
        central += b"PK\1\2" + bytes([20, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0])
        central += crc.to_bytes(4, "little") + len(content).to_bytes(4, "little")
        central += len(body.encode()).to_bytes(4, "little") + len(name).to_bytes(2, "little")
        central += bytes(12) + bytes(4) + name
    end = b"PK\5\6" + bytes(4) + (150).to_bytes(2, "little") * 2
    start = len(local) + len(content)
    end += len(central).to_bytes(4, "little") + start.to_bytes(4, "little") + bytes(2)
    return local + content + central + end


def _lying() -> bytes:
    """A part that is a thousand times as large as the zip says."""
    good = bytearray(xlsx(sheet_xml() + " " * 300_000_000))
    size = (len(sheet_xml().encode()) + 300_000_000).to_bytes(4, "little")
    at = good.find(size)
    while at >= 0:
        good[at : at + 4] = (5000).to_bytes(4, "little")
        at = good.find(size)
    return bytes(good)


# --- texts ----------------------------------------------------------------------------------------


def _csv(*lines: str) -> bytes:
    return "\n".join((",".join(HEADER), ",".join(PERSON), *lines)).encode()


def _text_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    more = ",".join(f"列{i}" for i in range(1000))
    yield (
        "thousand_columns",
        lambda: "\n".join(
            [",".join((*HEADER, more)), *[",".join((*PERSON, *["1"] * 1000))] * 5000]
        ).encode(),
    )
    yield "wide_line", lambda: _csv("," * WIDE)
    yield "wide_line_filled", lambda: _csv(",".join(["1"] * WIDE))
    yield "wide_first", lambda: (",".join(["1"] * WIDE) + "\n").encode() + _csv()
    yield "wide_header", lambda: (",".join(HEADER * (WIDE // 5)) + "\n" + ",".join(PERSON)).encode()
    yield "wide_quoted", lambda: _csv(",".join(['"1"'] * WIDE))
    yield "long_digits", lambda: _csv(",".join(["9" * LONG] * 5))
    yield (
        "long_digits_rows",
        lambda: _csv(*[",".join([f"{i}" + "9" * LONG] * 5) for i in range(200)]),
    )
    yield "long_name", lambda: _csv(f"洛阳镇,上浦村,{'张' * 1_000_000},,52000")
    yield "long_spaces", lambda: _csv(f"洛阳镇,上浦村,张{' ' * 3_000_000}三,,5{' ' * 100_000}2000")
    yield "long_commas", lambda: _csv(f'洛阳镇,上浦村,张三,,"{"1," * 100_000}"')
    yield (
        "brackets",
        lambda: _csv(f"{'(' * LONG},{'（' * LONG},{'(' * LONG},{'(' * LONG},{'(' * LONG}"),
    )
    yield "quotes", lambda: _csv('"' * 1_000_001)
    yield (
        "open_quote_rows",
        lambda: _csv(",".join((*PERSON[:2], '"张三', *PERSON[3:])), *[",".join(PERSON)] * 100_000),
    )
    yield "quote_lines", lambda: _csv(*['"' + "a,b,c,d"] * 100_000)
    yield "open_quotes", lambda: _csv(*['张三,"x'] * 100_000)
    yield "big_field", lambda: _csv('"' + "a" * 50_000_000 + '"')
    yield "blank_lines", lambda: _csv(*[""] * ROWS)
    yield "comma_lines", lambda: _csv(*[",,,,"] * ROWS)
    yield "space_lines", lambda: _csv(*[" , , , , "] * ROWS)
    yield "only_newlines", lambda: b"\n" * 30_000_000
    yield "one_line", lambda: "张三".encode() * 10_000_000
    yield "nuls", lambda: _csv("\0" * 5_000_000)
    yield "control", lambda: _csv("\x01" * 5_000_000)
    yield "two_encodings", lambda: _csv() + ("\n" + ",".join(PERSON)).encode("gb18030") * 100_000
    yield "broken_utf8", lambda: _csv() + b"\xe5\n" * 1_000_000
    yield "formula_texts", lambda: _csv('="' * 300_000)
    yield "headers_again", lambda: _csv(*[",".join(HEADER)] * 100_000)
    yield "other_headers", lambda: _csv(*["姓名,身份证号,村", "村,姓名,身份证号,乡镇"] * 20_000)
    yield "subheadings", lambda: _csv(*["洛阳镇：,,,,", ",".join(PERSON)] * 50_000)
    yield "members", lambda: _csv(f'洛阳镇,上浦村,"{"张三、" * 100_000}",,1')
    yield "sep_line", lambda: b"sep=a\n" + _csv("a" * 1_000_000)


# --- markup ---------------------------------------------------------------------------------------


def _tr(cells: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _html(inside: str, head: str = "") -> bytes:
    return f"<html>{head}<table>{_tr(HEADER)}{_tr(PERSON)}{inside}</table></html>".encode()


def _html_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    whole = f"</table><table>{_tr(HEADER)}{_tr(PERSON)}"
    yield "whole_tables", lambda: _html(whole * 990)
    yield "more_tables", lambda: _html(whole * 2_000)
    yield "deep_tables", lambda: _html("<tr><td><table>" * DEEP)
    yield "deep_200", lambda: _html("<tr><td><table>" * 60)
    yield (
        "nested_tables",
        lambda: _html("<tr><td>" + "<table><tr><td>1</td></tr></table>" * 200_000),
    )
    yield "nested_deep", lambda: _html("<tr><td><table><tr><td>a" * 80 + "</table>" * 80)
    yield "deep_div", lambda: _html("<tr><td>" + "<div>" * DEEP + "张三")
    yield "deep_font", lambda: _html("<tr><td>" + "<font>" * 250 + "张三")
    yield "tags", lambda: _html("<td" * TAGS)
    yield "open_tags", lambda: _html("<" * 3_000_000)
    yield "cells", lambda: _html("<tr>" + "<td>" * WIDE)
    yield "rows", lambda: _html("<tr>" * ROWS)
    yield "blank_cells", lambda: _html("<tr><td></td></tr>" * 500_000)
    yield "colspan", lambda: _html('<tr><td colspan="1000">' * 100_000)
    yield "rowspan", lambda: _html('<tr><td rowspan="65534" colspan="1000">' * 1000)
    yield (
        "rowspan_wide",
        lambda: _html("<tr>" + '<td rowspan="0" colspan="1000">x' * 1000 + "<tr><td>y" * 1000),
    )
    yield "entity", lambda: _html("<tr><td>" + "&amp;" * TAGS)
    yield "css", lambda: _html("", "<style>" + ".a{" * TAGS + "line-through</style>")
    yield (
        "css_classes",
        lambda: _html(
            "".join(f'<tr><td class="{"a " * 100}">x</td></tr>' for _ in range(10_000)),
            "<style>.a{color:red;" + "text-decoration " * TAGS + "line-through}</style>",
        ),
    )
    yield "css_dots", lambda: _html("", "<style>line-through" + "." + "a" * 3_000_000 + "</style>")
    yield (
        "css_decoration",
        lambda: _html("", "<style>line-through .a{" + "text-decoration" * TAGS + "}</style>"),
    )
    yield "names", lambda: _html("", "<x:Name>" * TAGS)
    yield "tables", lambda: _html("</table><table><tr><td>1" * 100_000)
    yield "spaces", lambda: b"<html>" + b" " * 30_000_000 + _html("")
    yield "meta", lambda: b"<meta " + b" " * 10_000_000 + _html("")
    yield "comments", lambda: _html("<!--" * TAGS)


def _fods(rows: str, styles: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?><office:document xmlns:office="{_OFFICE}" xmlns:table="{_TABLE}"'
        f' xmlns:text="{_TEXT}" xmlns:style="{_STYLE}">{styles}<office:body><office:spreadsheet>'
        f'<table:table table:name="一">{_od_row(HEADER)}{_od_row(PERSON)}{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document>"
    ).encode()


def _od_row(cells: tuple[str, ...]) -> str:
    inside = "".join(
        f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells
    )
    return f"<table:table-row>{inside}</table:table-row>"


def _od_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    row = "<table:table-row{}><table:table-cell{}>{}</table:table-cell></table:table-row>"
    times, across = ' table:number-rows-repeated="{}"', ' table:number-columns-repeated="{}"'
    text = "<text:p>{}</text:p>"
    yield "repeated_rows", lambda: _fods(row.format(times.format(1_000_000), "", text.format("x")))
    yield "repeated_blank", lambda: _fods(row.format(times.format(1_000_000), "", "") * 1000)
    yield (
        "repeated_columns",
        lambda: _fods(row.format("", across.format(16_000), text.format("x")) * 2000),
    )
    yield (
        "repeated_both",
        lambda: _fods(row.format(times.format(1_000_000), across.format(16_000), text.format("x"))),
    )
    yield "repeated_long", lambda: _fods(row.format(times.format("9" * LONG), "", text.format("x")))
    yield (
        "long_value",
        lambda: _fods(
            row.format(
                "", f' office:value-type="float" office:value="{"9" * LONG}"', text.format("x")
            )
        ),
    )
    yield (
        "infinite_value",
        lambda: _fods(
            row.format("", ' office:value-type="float" office:value="1e999"', text.format("x"))
        ),
    )
    yield (
        "spaces",
        lambda: _fods(row.format("", "", text.format('<text:s text:c="9999999"/>' * 100_000))),
    )
    yield (
        "spans",
        lambda: _fods(
            row.format(
                "",
                ' table:number-rows-spanned="1048576" table:number-columns-spanned="16384"',
                text.format("x"),
            )
            * 50_000
        ),
    )
    yield (
        "deep_span",
        lambda: _fods(
            row.format("", "", text.format("<text:span>" * DEEP + "</text:span>" * DEEP))
        ),
    )
    yield (
        "deep_span_250",
        lambda: _fods(
            row.format("", "", text.format("<text:span>" * 240 + "a" + "</text:span>" * 240))
        ),
    )
    yield "deep_table", lambda: _fods("<table:table>" * DEEP)
    yield "broken_tags", lambda: _fods("<table:table-row" * TAGS)
    yield "unclosed_cells", lambda: _fods("<table:table-row>" + "<table:table-cell>" * TAGS)
    yield (
        "cells",
        lambda: _fods("<table:table-row>" + "<table:table-cell/>" * TAGS + "</table:table-row>"),
    )
    yield "paragraphs", lambda: _fods(row.format("", "", text.format("x") * TAGS))
    yield "styles", lambda: _fods("", "<style:style/>" * TAGS)
    yield (
        "covered",
        lambda: _fods(
            "<table:table-row>" + "<table:covered-table-cell/>" * TAGS + "</table:table-row>"
        ),
    )
    yield (
        "tables",
        lambda: _fods("</table:table>" + "<table:table></table:table>" * 30_000 + "<table:table>"),
    )
    yield (
        "duration",
        lambda: _fods(
            row.format(
                "",
                f' office:value-type="time" office:time-value="PT{"9" * LONG}H00M00S"',
                text.format("x"),
            )
        ),
    )


def _ss(rows: str, styles: str = "") -> bytes:
    def cells(each: tuple[str, ...]) -> str:
        return "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in each)

    return (
        f'<?xml version="1.0"?><Workbook xmlns="{_SS}" xmlns:ss="{_SS}">{styles}'
        f'<Worksheet ss:Name="一"><Table><Row>{cells(HEADER)}</Row><Row>{cells(PERSON)}</Row>{rows}'
        "</Table></Worksheet></Workbook>"
    ).encode()


def _ss_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    cell = '<Row><Cell{}><Data ss:Type="{}">{}</Data></Cell></Row>'
    yield "long_number", lambda: _ss(cell.format("", "Number", "9" * LONG))
    yield (
        "infinite",
        lambda: _ss(cell.format("", "Number", "1e999") + cell.format("", "Number", "nan")),
    )
    yield "long_index", lambda: _ss(f'<Row ss:Index="{"9" * LONG}"><Cell/></Row>')
    yield (
        "last_cell",
        lambda: _ss(
            '<Row ss:Index="1048576"><Cell ss:Index="1048576">'
            '<Data ss:Type="String">x</Data></Cell></Row>'
        ),
    )
    yield (
        "spans",
        lambda: _ss(
            cell.format(' ss:MergeAcross="16383" ss:MergeDown="1048575"', "String", "x") * 30_000
        ),
    )
    yield "broken_tags", lambda: _ss("<Row" * TAGS)
    yield "unclosed_rows", lambda: _ss("<Row>" * TAGS)
    yield "rows", lambda: _ss("<Row/>" * ROWS)
    yield (
        "deep",
        lambda: _ss("<Row><Cell><Data>" + "<B>" * DEEP + "</B>" * DEEP + "</Data></Cell></Row>"),
    )
    yield "styles", lambda: _ss("", "<Styles>" + "<Style/>" * TAGS + "</Styles>")
    yield (
        "format_code",
        lambda: _ss(
            cell.format(' ss:StyleID="a"', "Number", "1"),
            f'<Styles><Style ss:ID="a"><NumberFormat ss:Format="{"[" * LONG}"/></Style></Styles>',
        ),
    )
    yield "date", lambda: _ss(cell.format("", "DateTime", "9" * LONG))
    yield (
        "diagonal",
        lambda: _ss(
            "".join(
                f'<Row><Cell ss:Index="{i}"><Data ss:Type="String">x</Data></Cell></Row>'
                for i in range(1, 16_000)
            )
        ),
    )


# --- containers of old ----------------------------------------------------------------------------


def _biff(*records: tuple[int, bytes], texts: bytes = b"") -> bytes:
    """A workbook of records without a container: its globals, then one sheet."""
    bof = _record(0x0809, bytes([0, 6, 5, 0]) + bytes(12))
    globals_ = bof + texts
    place = len(globals_) + len(_record(0x85, bytes(8) + b"S")) + 4
    sheet = _record(0x85, place.to_bytes(4, "little") + bytes([0, 0, 1, 0]) + b"S")
    globals_ += sheet + _record(0x000A, b"")
    body = _record(0x0809, bytes([0, 6, 16, 0]) + bytes(12))
    body += b"".join(_record(*each) for each in records) + _record(0x000A, b"")
    return globals_ + body


def _record(number: int, content: bytes) -> bytes:
    return number.to_bytes(2, "little") + len(content).to_bytes(2, "little") + content


def _label(row: int, column: int, text: str) -> tuple[int, bytes]:
    content = row.to_bytes(2, "little") + column.to_bytes(2, "little") + bytes(2)
    return 0x0204, content + len(text).to_bytes(2, "little") + b"\1" + text.encode("utf-16-le")


def _biff_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    head = [_label(0, i, text) for i, text in enumerate(HEADER)]
    head += [_label(1, i, text) for i, text in enumerate(PERSON)]

    def number(i: int, double: bytes) -> tuple[int, bytes]:
        return 0x0203, i.to_bytes(2, "little") + (4).to_bytes(2, "little") + bytes(2) + double

    yield "good", lambda: _biff(*head)
    yield (
        "infinite",
        lambda: _biff(
            *head, number(2, b"\0\0\0\0\0\0\xf0\x7f"), number(3, b"\1\0\0\0\0\0\xf0\x7f")
        ),
    )
    yield "largest", lambda: _biff(*head, number(2, b"\xff\xff\xff\xff\xff\xff\xef\x7f"))
    yield (
        "continues",
        lambda: _biff(
            *head, texts=_record(0xFC, bytes(8) + b"\xff\xff\0") + _record(0x3C, b"\0") * TAGS
        ),
    )
    yield (
        "continue_many_texts",
        lambda: _biff(
            *head,
            texts=_record(0xFC, bytes(8) + b"\xff\xff\0") + _record(0x3C, b"\0a" * 4000) * 1000,
        ),
    )
    yield (
        "blank_texts",
        lambda: _biff(
            *head,
            texts=b"".join(
                [_record(0xFC, bytes(8) + bytes(8000)), *[_record(0x3C, bytes(8000))] * 2000]
            ),
        ),
    )
    yield (
        "label_continues",
        lambda: _biff(
            *head,
            *[
                each
                for i in range(300)
                for each in ((0x0204, bytes(6) + b"\xff\xff\0"), *[(0x3C, b"\0")] * 1000)
            ],
        ),
    )
    yield (
        "merges",
        lambda: _biff(
            *head, *[(0xE5, (1000).to_bytes(2, "little") + b"\0\0\xff\xff\0\0\xff\0" * 1000)] * 100
        ),
    )
    yield "many_bofs", lambda: _biff(*head, *[(0x0809, bytes([0, 6, 16, 0]) + bytes(12))] * 500_000)
    yield (
        "many_sheets",
        lambda: _biff(*head, texts=_record(0x85, bytes(4) + bytes([0, 0, 1, 0]) + b"S") * 200_000),
    )
    yield "sheets_one_place", _sheets_at_one_place
    yield (
        "cells_everywhere",
        lambda: _biff(*head, *[_label(i * 2, i % 256, "x") for i in range(2, 32_000)]),
    )


def _sheets_at_one_place() -> bytes:
    """Two thousand sheets that are the same forty thousand cells."""
    cells = [_label(i, 2, "张三") for i in range(2, 40_000)]
    bof = _record(0x0809, bytes([0, 6, 5, 0]) + bytes(12))
    sheet = 4 + 9
    place = len(bof) + 2000 * sheet + 4
    listed = _record(0x85, place.to_bytes(4, "little") + bytes([0, 0, 1, 0]) + b"S") * 2000
    body = _record(0x0809, bytes([0, 6, 16, 0]) + bytes(12))
    body += b"".join(_record(*each) for each in cells) + _record(0x000A, b"")
    return bof + listed + _record(0x000A, b"") + body


def _compound(size: int, table: bytes) -> bytes:
    """The head of a compound file, with a table of sectors."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head[24:32] = b"\x3e\0\3\0\xfe\xff\x09\0"
    head[32] = 6
    head[44:48] = (1).to_bytes(4, "little")
    head[48:52] = (1).to_bytes(4, "little")
    head[56:60] = (4096).to_bytes(4, "little")
    head[60:64] = b"\xfe\xff\xff\xff"
    head[68:72] = b"\xfe\xff\xff\xff"
    head[76:512] = (0).to_bytes(4, "little") + b"\xff" * 432
    return bytes(head) + table.ljust(512, b"\xff") + bytes(size)


def _compound_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    loop = b"".join(n.to_bytes(4, "little") for n in (0xFFFFFFFD, 2, 1))
    yield "loop", lambda: _compound(1 << 20, loop)
    yield "blank", lambda: _compound(30 << 20, b"\xfd\xff\xff\xff" + b"\xfe\xff\xff\xff")
    yield "head_only", lambda: _compound(0, b"")[:512]


#: Each file by its name, with how its bytes are made.
FILES: dict[str, Callable[[], bytes]] = {
    **{f"{name}.xlsx": make for name, make in _xlsx_files()},
    **{f"{name}.csv": make for name, make in _text_files()},
    **{f"{name}_html.xls": make for name, make in _html_files()},
    **{f"{name}.fods": make for name, make in _od_files()},
    **{f"{name}_ss.xml": make for name, make in _ss_files()},
    **{f"{name}_biff.xls": make for name, make in _biff_files()},
    **{f"{name}_ole.xls": make for name, make in _compound_files()},
    "content.ods": lambda: zipped(
        {"content.xml": _fods("").replace(b"document ", b"document-content ")}
    ),
    "content_bomb.ods": lambda: zipped({"content.xml": b"<a>" + b" " * 900_000_000}),
    "manifest_bomb.ods": lambda: zipped(
        {"content.xml": _fods(""), "META-INF/manifest.xml": b" " * 500_000_000}
    ),
}
