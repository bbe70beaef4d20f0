"""Workbooks as other programs write them: what one oddity costs is said, the rest is read."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from struct import pack

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from loubao.core.faults import UntrustedInput
from loubao.workbook.compound import open_compound
from loubao.workbook.read_sheets import read_sheets
from tests.workbook.exports import cells, issues, with_parts
from tests.workbook.test_reading_legacy import biff

# -- packages ----------------------------------------------------------------------------------


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _package(parts: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return target.getvalue()


def _two_sheets() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet().write_row(0, 0, ["姓名", 7])
        book.add_worksheet("镇").write(0, 0, "村")
    return target.getvalue()


def _moved(old: str, new: str) -> bytes:
    """Two sheets whose part `old` is called `new`, with all that refers to it."""
    parts = _parts(_two_sheets())
    parts[new] = parts.pop(old)
    name, changed = old.rpartition("/")[2], new.rpartition("/")[2]
    return _package(
        {at: part.replace(f"{name}".encode(), changed.encode()) for at, part in parts.items()}
    )


def _at_the_root() -> bytes:
    parts = _parts(_two_sheets())
    root = parts.pop("_rels/.rels").replace(b"xl/workbook.xml", b"workbook.xml")
    moved = {name.removeprefix("xl/"): part for name, part in parts.items()}
    relations = moved["_rels/workbook.xml.rels"].replace(b'"/xl/', b'"/')
    return _package({**moved, "_rels/.rels": root, "_rels/workbook.xml.rels": relations})


def _without(*names: str) -> bytes:
    return _package({n: part for n, part in _parts(_two_sheets()).items() if n not in names})


def _recoded(codec: str) -> bytes:
    """Two sheets whose every part of XML is written in another encoding."""
    parts = _parts(_two_sheets())
    bare = {name: re.sub(rb"<\?xml[^>]*\?>", b"", part) for name, part in parts.items()}
    return _package({name: part.decode().encode(codec) for name, part in bare.items()})


@pytest.mark.parametrize(
    "content",
    [
        _package({n.replace("/", "\\"): p for n, p in _parts(_two_sheets()).items()}),
        _package({n.upper(): p for n, p in _parts(_two_sheets()).items()}),
        _moved("xl/worksheets/sheet1.xml", "xl/worksheets/blatt.xml"),
        _at_the_root(),
        _without("_rels/.rels", "[Content_Types].xml"),
        _without("xl/_rels/workbook.xml.rels"),
        with_parts(_two_sheets(), {"_rels/.rels": b'<?xml version="1.0"?>\nCORRUPTED'}),
        with_parts(_two_sheets(), {"_rels/.rels": b"<Relationships><"}),
        _without("xl/styles.xml", "xl/theme/theme1.xml"),
        _recoded("utf-16"),
    ],
    ids=[
        "backslashes",
        "upper",
        "renamed",
        "root",
        "no-rels",
        "no-book-rels",
        "no-xml-rels",
        "cut-rels",
        "no-styles",
        "utf16",
    ],
)
def test_packages_of_other_programs(content: bytes) -> None:
    first, second = read_sheets(content, "f")
    assert cells(first) == {1: ["姓名", "7"]}
    assert (second.name, cells(second)) == ("镇", {1: ["村"]})
    assert issues(first) == []


@pytest.mark.parametrize("count", [b"0", b"1", b"99999999", b"-3", b"x"])
def test_the_announced_number_of_shared_strings_is_not_believed(count: bytes) -> None:
    parts = _parts(_two_sheets())
    strings = parts["xl/sharedStrings.xml"].replace(b'uniqueCount="2"', b'uniqueCount="%b"' % count)
    first, _ = read_sheets(with_parts(_two_sheets(), {"xl/sharedStrings.xml": strings}), "f")
    assert cells(first) == {1: ["姓名", "7"]}


@pytest.mark.parametrize(
    "strings",
    [
        "<si><t>甲</t></si><si/><si><t>乙</t></si>",
        "<si><t>甲</t></si><si><t/></si><si><r><t>乙</t></r><rPh><t>y</t></rPh></si>",
        "<si><t>甲</t></si>\n<si></si>\n<si ><t xml:space='preserve'>乙</t></si>",
        "<si><t>甲</t></si><!-- 无 --><si/><si><t>乙</t></si>",
        "<si><t>甲</t><phoneticPr/></si><si><t></t></si><si><t>&#20057;</t></si>",
    ],
)
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_shared_strings_however_they_are_written(strings: str, prefix: str) -> None:
    def qualified(xml: str) -> bytes:
        return re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}", xml).encode()

    cell = '<c r="{0}1" t="s"><v>{1}</v></c>'
    row = "".join(cell.format(letter, k) for k, letter in enumerate("ABC"))
    parts = {
        "xl/sharedStrings.xml": qualified(f"<sst xmlns:x='urn:x'>{strings}</sst>"),
        "xl/worksheets/sheet1.xml": f'<worksheet><sheetData><row r="1">{row}</row></sheetData></worksheet>'.encode(),
    }
    first = read_sheets(with_parts(_two_sheets(), parts), "f")[0]
    assert cells(first) == {1: ["甲", None, "乙"]}


@pytest.mark.parametrize("lost", ["relation", "part", "xml"])
def test_a_sheet_that_is_missing_is_named_and_the_others_are_read(lost: str) -> None:
    content = _two_sheets()
    parts = _parts(content)
    if lost == "relation":
        book = parts["xl/workbook.xml"].replace(b'r:id="rId2"', b'r:id="rId77"')
        content = with_parts(content, {"xl/workbook.xml": book})
    elif lost == "part":
        content = _without("xl/worksheets/sheet2.xml")
    else:
        content = with_parts(content, {"xl/worksheets/sheet2.xml": b"<worksheet><sheetData><row>"})
    (sheet,) = read_sheets(content, "f")
    assert cells(sheet) == {1: ["姓名", "7"]}
    assert sheet.issues.select("sheet", "row", "code").rows() == [("镇", None, "SHEET_NOT_READ")]


@pytest.mark.parametrize("error", ["#SPILL!", "#GETTING_DATA", "#CALC!", "#BLOCKED!", "#什么!", ""])
def test_any_word_of_an_error_costs_its_cell_alone(error: str) -> None:
    sheet = (
        f'<worksheet><sheetData><row r="1"><c r="A1" t="e"><v>{error}</v></c>'
        '<c r="B1"><v>1</v></c></row></sheetData></worksheet>'
    )
    content = with_parts(_two_sheets(), {"xl/worksheets/sheet1.xml": sheet.encode()})
    first, _ = read_sheets(content, "f")
    assert cells(first) == {1: [None, "1"]}
    assert issues(first) == [(1, "A", "ERROR_CELL")]
    assert (error or "#?") in first.issues["detail"][0]


def _styled(format_code: str | int, extension: str = "", since_1904: bool = False) -> bytes:
    """One sheet whose cell A1 holds the number 32904 in a format, as xlsxwriter writes it."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"date_1904": since_1904}) as book:
        book.add_worksheet().write_number(0, 0, 32904, book.add_format({"num_format": format_code}))
    parts = _parts(target.getvalue())
    book_xml = parts["xl/workbook.xml"].replace(b"</workbook>", extension.encode() + b"</workbook>")
    return with_parts(target.getvalue(), {"xl/workbook.xml": book_xml})


@pytest.mark.parametrize(
    ("code", "since_1904", "text"),
    [
        ("yyyy-mm-dd", False, "1990-01-31"),
        ("yyyy-mm-dd", True, "1994-02-01"),
        ('yyyy"年"m"月"', False, "1990-01-31"),
        ("[$-411]ggge", False, "1990-01-31"),
        ("General", True, "32904"),
        ('0"日"', True, "32904"),
        ("[Red]0.00E+00", False, "32904"),
        ("[h]:mm", False, "789696:00:00"),
    ],
)
def test_a_number_in_a_format(code: str, since_1904: bool, text: str) -> None:
    (sheet,) = read_sheets(_styled(code, since_1904=since_1904), "f")
    assert cells(sheet) == {1: [text]}
    assert sheet.since_1904 == since_1904


def test_settings_of_an_extension_are_not_those_of_the_workbook() -> None:
    extension = '<extLst><ext><x15:workbookPr xmlns:x15="urn:x" chart="1"/></ext></extLst>'
    (sheet,) = read_sheets(_styled("yyyy-mm-dd", extension, since_1904=True), "f")
    assert cells(sheet) == {1: ["1994-02-01"]}


def test_a_format_of_a_condition_is_not_that_of_a_cell() -> None:
    content = _styled(14)
    styles = _parts(content)["xl/styles.xml"]
    assert b'numFmtId="14"' in styles
    own = b'<dxfs count="1"><dxf><numFmt numFmtId="14" formatCode="0.00"/></dxf></dxfs>'
    changed = with_parts(content, {"xl/styles.xml": styles.replace(b'<dxfs count="0"/>', own)})
    assert own in _parts(changed)["xl/styles.xml"]
    assert cells(read_sheets(changed, "f")[0]) == {1: ["1990-01-31"]}


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c t="d"><v>1990-01-31T08:30:00Z</v></c>', "1990-01-31 08:30:00"),
        ('<c t="d"><v>23:44:51.894</v></c>', "23:44:52"),
        ('<c t="str"><v>a_x000D_&#10;b_x005F_x0041_</v></c>', "a\nb_x0041_"),
        (
            '<c t="inlineStr"><is><r><t>张</t></r><r><t>三</t></r><rPh><t>z</t></rPh></is></c>',
            "张三",
        ),
        ('<c r="0" t="b"><v>true</v></c>', "TRUE"),
        ("<c><v>无</v></c>", "无"),
        ("<c><v> 7.50 </v></c>", "7.5"),
        ('<c s="9999"><v>7</v></c>', "7"),
        ('<c t="odd"><v>x</v></c>', "x"),
    ],
)
def test_a_cell_however_it_is_written(cell: str, text: str) -> None:
    sheet = f"<worksheet><sheetData><row>{cell}</row></sheetData></worksheet>".encode()
    first, _ = read_sheets(with_parts(_two_sheets(), {"xl/worksheets/sheet1.xml": sheet}), "f")
    assert cells(first) == {1: [text]}


@pytest.mark.parametrize(("on_load", "code"), [("1", "FORMULA_WITHOUT_VALUE"), ("0", "")])
def test_a_formula_that_was_never_calculated(on_load: str, code: str) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet().write_row(0, 0, ["x", "=1+1"])
    parts = _parts(target.getvalue())
    book_xml = parts["xl/workbook.xml"].replace(b'OnLoad="1"', f'OnLoad="{on_load}"'.encode())
    (sheet,) = read_sheets(with_parts(target.getvalue(), {"xl/workbook.xml": book_xml}), "f")
    assert cells(sheet) == {1: ["x"] if code else ["x", "0"]}
    assert issues(sheet) == ([(1, "B", code)] if code else [])


# -- BIFF --------------------------------------------------------------------------------------


def _record(number: int, content: bytes = b"") -> bytes:
    return pack("<HH", number, len(content)) + content


def _begin(kind: int, version: int = 0x500) -> bytes:
    return _record(0x809, pack("<HHHH", version, kind, 0, 0))


def _label(row: int, column: int, text: bytes) -> bytes:
    return _record(0x204, pack("<HHHH", row, column, 0, len(text)) + text)


def _number(row: int, column: int, value: float, cell_format: int = 0) -> bytes:
    return _record(0x203, pack("<HHHd", row, column, cell_format, value))


def _stream(*sheets: tuple[str, int, bytes], globals_: bytes = b"", codec: str = "gbk") -> bytes:
    """The stream of a workbook of version 5: sheets as name, kind and records."""
    names = [name.encode(codec) for name, _, _ in sheets]
    end = _record(0x0A)
    bodies = [_begin(0x10) + records + end for _, _, records in sheets]
    at = len(_begin(5) + globals_ + end) + sum(11 + len(name) for name in names)
    places = b""
    for name, (_, kind, _), body in zip(names, sheets, bodies, strict=True):
        places += _record(0x85, pack("<IBBB", at, 0, kind, len(name)) + name)
        at += len(body)
    return _begin(5) + globals_ + places + end + b"".join(bodies)


def _codepage(page: int) -> bytes:
    return _record(0x42, pack("<H", page))


@pytest.mark.parametrize(
    ("page", "codec", "name"),
    [
        (936, "gbk", "张䶮"),
        (1252, "cp1252", "Zoë"),
        (0x8000, "mac-roman", "Zoë"),
        (950, "big5", "張三"),
    ],
)
def test_version_5_in_its_code_page_without_a_container(page: int, codec: str, name: str) -> None:
    written = name.encode(codec, "replace")
    content = _stream(("a", 0, _label(0, 0, written) + _number(0, 1, 7)), globals_=_codepage(page))
    (sheet,) = read_sheets(content, "f")
    assert cells(sheet) == {1: [written.decode(codec), "7"]}


def test_a_chart_in_a_sheet_says_nothing_about_its_cells() -> None:
    chart = _begin(0x20) + _number(50, 9, 1) + _record(0x205, pack("<HHHBB", 0, 0, 0, 7, 1))
    content = _stream(("a", 0, _label(0, 0, b"x") + chart + _record(0x0A) + _number(1, 0, 2)))
    (sheet,) = read_sheets(content, "f")
    assert cells(sheet) == {1: ["x"], 2: ["2"]}
    assert issues(sheet) == []


def test_a_macro_sheet_with_people_is_read_and_a_chart_is_not() -> None:
    content = _stream(("a", 0, _number(0, 0, 1)), ("b", 1, _number(0, 0, 2)), ("c", 2, b""))
    assert [(s.name, cells(s)) for s in read_sheets(content, "f")] == [
        ("a", {1: ["1"]}),
        ("b", {1: ["2"]}),
    ]


def test_a_sheet_that_lies_beyond_the_file_is_named() -> None:
    content = _stream(("a", 0, _number(0, 0, 1)), ("b", 0, _number(0, 0, 2)))
    (sheet,) = read_sheets(content[:-10], "f")
    assert sheet.issues.select("sheet", "code").rows() == [("b", "SHEET_NOT_READ")]
    with pytest.raises(UntrustedInput, match="损坏"):
        read_sheets(_stream(("a", 0, _number(0, 0, 1)))[:-10], "f")


def test_a_sheet_whose_place_is_told_wrongly_is_found_in_its_turn() -> None:
    content = _stream(("a", 0, _number(0, 0, 1)), ("b", 0, _number(0, 0, 2)))
    first = content.index(_begin(0x10))
    assert content.count(pack("<I", first)) == 1
    moved = content.replace(pack("<I", first), pack("<I", first + 20))
    assert [cells(sheet) for sheet in read_sheets(moved, "f")] == [{1: ["1"]}, {1: ["2"]}]


def test_a_byte_that_is_no_character_is_told() -> None:
    content = _stream(("a", 0, _label(0, 0, b"\xff\xff")), globals_=_codepage(936))
    (sheet,) = read_sheets(content, "f")
    assert issues(sheet) == [(1, "A", "UNREADABLE_CHARACTER")]


@pytest.mark.parametrize(
    ("code", "number", "since_1904", "text"),
    [
        (None, 14, False, "1990-01-31"),
        (b'"\xa3\xa4"#,##0.00', 14, False, "32904"),  # built-in number, own meaning
        (b"yyyy-mm-dd", 164, False, "1990-01-31"),
        (b"yyyy-mm-dd", 164, True, "1994-02-01"),
        (b"0.00", 164, True, "32904"),
    ],
)
def test_a_number_is_what_the_formats_of_its_file_say(
    code: bytes | None, number: int, since_1904: bool, text: str
) -> None:
    own = _record(0x41E, pack("<HB", number, len(code)) + code) if code else b""
    globals_ = _record(0x22, pack("<H", since_1904)) + own + _record(0xE0, pack("<HH", 0, number))
    (sheet,) = read_sheets(_stream(("a", 0, _number(0, 0, 32904)), globals_=globals_), "f")
    assert cells(sheet) == {1: [text]}


# -- compound files ----------------------------------------------------------------------------

_WANTED = frozenset(("workbook", "book"))


@given(st.lists(st.tuples(st.integers(0, 1535), st.integers(0, 255)), max_size=12))
def test_however_the_tables_are_tangled_no_stream_is_longer_than_the_file(
    changes: list[tuple[int, int]],
) -> None:
    content = bytearray(biff())
    tables = len(content) - 1024  # the directory and the table of sectors stand last
    for at, value in changes:
        content[at if at < 512 else tables + (at - 512)] = value
    opened = open_compound(bytes(content), _WANTED)
    assert opened is None or sum(map(len, opened.streams.values())) <= 2 * len(content)


def test_an_embedded_workbook_is_not_the_list() -> None:
    """The directory's tree is followed: a stream of another storage is not the root's."""
    content = bytearray(biff())
    at = content.index("Root Entry".encode("utf-16-le"))
    content[at + 76 : at + 80] = b"\xff\xff\xff\xff"  # the root has no children
    opened = open_compound(bytes(content), _WANTED)
    assert opened is not None
    assert opened.streams == {}
