"""Delimited text and HTML through real bytes: encodings, delimiters, uneven rows, quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet
from loubao.workbook.read_sheets import read_sheets
from loubao.workbook.text_encoding import Decoded, decode
from tests.workbook.exports import cells, issues

_TABLE = "序号,姓名,身份证号,村\r\n1,张䶮,350599199001010002,上曾村\r\n2,李四,,下曾村\r\n"
_GB2312 = [bytes((a, b)).decode("gb2312") for a in range(0xB0, 0xD7) for b in range(0xA1, 0xFF)]


def read(text: str | bytes, file: str = "名单.csv") -> Sheet:
    (sheet,) = read_sheets(text if isinstance(text, bytes) else text.encode(), file)
    return sheet


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_encodings_and_delimiters(encoding: str, delimiter: str, line_end: str) -> None:
    text = _TABLE.replace(",", delimiter).replace("\r\n", line_end)
    sheet = read(text.encode(encoding), "名单.xls")
    assert cells(sheet) == {
        1: ["序号", "姓名", "身份证号", "村"],
        2: ["1", "张䶮", "350599199001010002", "上曾村"],
        3: ["2", "李四", None, "下曾村"],
    }
    assert sheet.name == ""
    assert sheet.issues.is_empty()
    assert sheet.hidden_rows == ()


def test_short_and_long_rows_lose_nothing() -> None:
    sheet = read("a村名单\na,b,c\n1,2,3\n1,2\n\n1,2,3,4,,5\n1,2,3,,\n9\n")
    assert cells(sheet) == {
        1: ["a村名单", None, None, None, None, None],
        2: ["a", "b", "c", None, None, None],
        3: ["1", "2", "3", None, None, None],
        4: ["1", "2", None, None, None, None],
        6: ["1", "2", "3", "4", None, "5"],
        7: ["1", "2", "3", None, None, None],
        8: ["9", None, None, None, None, None],
    }
    assert issues(sheet) == [(4, "", "ROW_SHORT"), (6, "", "ROW_LONG"), (8, "", "ROW_SHORT")]
    assert sheet.issues["detail"][1] == '{"cells": 2}'
    assert sheet.blank_rows == 1


#: Records of a list, of which one has nothing in its last column.
_PEOPLE = [
    ("张䶮", "990101196001010015", "上曾村", "二级"),
    ("李四", "990101196102020028", "下曾村", "三级"),
    ("王小五", "990101196203030031", "上曾村", ""),
    ("赵六", "990101196304040044", "新桥社区", "三级"),
    ("欧阳七", "990101196405050057", "下曾村", "二级"),
    ("周八", "990101196506060060", "上曾村", ""),
]


def test_lines_by_another_sign_and_joined_ones() -> None:
    """Whoever stands on them is read; every other line keeps its number."""
    head = "姓名,身份证号,村,等级"
    for place in range(1, len(_PEOPLE)):
        lines = [",".join(person) for person in _PEOPLE]
        joined = [*lines[: place - 1], lines[place - 1] + lines[place], *lines[place + 1 :]]
        sheet = read("\n".join([head, *joined]))
        rows = [tuple(cell or "" for cell in row) for row in list(cells(sheet).values())[1:]]
        rest = [each for each in _PEOPLE if each != _PEOPLE[place]]
        assert rows == [*rest, _PEOPLE[place]]
        assert issues(sheet) == [(place + 1, "", "ROW_JOINED")]
        lines[place] = lines[place].replace(",", "，")
        sheet = read("\n".join([head, *lines]))
        rows = [tuple(cell or "" for cell in row) for row in list(cells(sheet).values())[1:]]
        assert rows == _PEOPLE


@pytest.mark.parametrize("last", ["二级甲乙丙丁戊", "张䶮张䶮", "1980"])
def test_what_cannot_be_cut_for_sure_stays(last: str) -> None:
    lines = [",".join(person) for person in _PEOPLE]
    lines = [line for line in lines if not line.endswith(",")]
    lines[2] = f"王小五,990101196203030031,上曾村,{last},990101196304040044,新桥社区,一级"
    sheet = read("\n".join(["姓名,身份证号,村,等级", *lines]))
    assert ("ROW_LONG" in sheet.issues["code"]) and sheet.cells.height == len(lines) + 1


@pytest.mark.parametrize(
    ("body", "expected", "codes"),
    [
        ('1,"甲",x\n2,乙,y', [["1", "甲", "x"], ["2", "乙", "y"]], []),
        ('1,"甲,""乙""",x\n2,b,y', [["1", '甲,"乙"', "x"], ["2", "b", "y"]], []),
        ('1,"甲\n乙",x\n2,b,y', [["1", "甲\n乙", "x"], ["2", "b", "y"]], []),
        ('1,12" 管,x\n2,b,y', [["1", '12" 管', "x"], ["2", "b", "y"]], []),
        ('1,"甲"（户主）,x\n2,b,y', [["1", "甲（户主）", "x"], ["2", "b", "y"]], []),
        ('1,"甲,x\n2,b,y\n3,c,z', [["1", "甲", "x"], ["2", "b", "y"], ["3", "c", "z"]], [2]),
        ('1,"甲,x\n2,"b",y\n3,c,z', [["1", "甲", "x"], ["2", "b", "y"], ["3", "c", "z"]], [2]),
        ('1,甲,"x\n2,b,y\n3,c,z', [["1", "甲", "x"], ["2", "b", "y"], ["3", "c", "z"]], [2]),
        ('1,甲,"x\n2,b,"y"\n3,c,z', [["1", "甲", "x"], ["2", "b", "y"], ["3", "c", "z"]], [2]),
        ('1,"甲,"x"\n2,b,y', [["1", "甲", "x"], ["2", "b", "y"]], [2]),
        ('1,甲,x\n2,"b,y', [["1", "甲", "x"], ["2", "b", "y"]], [3]),
    ],
)
def test_quotes(body: str, expected: list[list[str]], codes: list[int]) -> None:
    sheet = read(f"序,姓名,村\n{body}\n")
    assert [row for at, row in cells(sheet).items() if at > 1] == expected
    assert issues(sheet) == [(row, "", "QUOTE_UNCLOSED") for row in codes]


def test_an_unclosed_quote_does_not_swallow_a_thousand_rows() -> None:
    lines = ["序,姓名,村", *(f"{i},甲{i},上曾村" for i in range(1000))]
    lines[500] = '499,"甲499,上曾村'
    sheet = read("\n".join(lines))
    assert sheet.cells.height == 1001
    assert sheet.cells["1"][500] == "甲499"
    assert issues(sheet) == [(501, "", "QUOTE_UNCLOSED")]


def test_spreadsheet_directives_in_csv() -> None:
    sheet = read('sep=;\n姓名;号\n甲,乙;="350599199001010002"\n')
    assert cells(sheet) == {1: ["姓名", "号"], 2: ["甲,乙", "350599199001010002"]}


def test_a_damaged_byte_is_one_issue_not_another_encoding() -> None:
    damaged = _TABLE.encode("gb18030").replace("李".encode("gb18030"), b"\xff\xff")
    sheet = read(damaged)
    assert cells(sheet)[2][1] == "张䶮"
    assert "\ufffd" in str(cells(sheet)[3][1])
    assert issues(sheet) == [(3, "B", "UNREADABLE_CHARACTER")]
    cut = read(_TABLE.encode()[:-3])
    assert cells(cut)[2][1] == "张䶮"
    assert issues(cut) == [(3, "D", "UNREADABLE_CHARACTER")]


_HEADER, _ROWS = "姓名,身份证号,村\n", ("张䶮明,990101,上曾村\n", "李四,990102,下曾村\n")


@pytest.mark.parametrize("again", ["", _HEADER], ids=["rows", "a second header"])
@pytest.mark.parametrize("encodings", [("gb18030", "utf-8"), ("utf-8-sig", "gb18030")])
def test_two_exports_in_one_file(encodings: tuple[str, str], again: str) -> None:
    first, second = encodings
    joined = (_HEADER + _ROWS[0] * 3).encode(first) + (again + _ROWS[1] * 3).encode(second)
    sheet = read(joined)
    assert not issues(sheet)
    names = [str(row[0]).strip("\ufeff") for row in cells(sheet).values()]
    assert names == ["姓名", *["张䶮明"] * 3, *(["姓名"] if again else []), *["李四"] * 3]


@given(st.lists(st.text(st.sampled_from(_GB2312), min_size=1, max_size=5), min_size=1, max_size=9))
def test_a_text_in_one_encoding_is_read_in_that_one(words: list[str]) -> None:
    text = _HEADER + "\n".join(words)
    for encoding in ("utf-8", "gb18030"):
        assert decode(text.encode(encoding)) == Decoded(text, encoding, 0)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_text_or_none(content: bytes) -> None:
    decoded = decode(_HEADER.encode("gbk") + content + _HEADER.encode())
    assert decoded is None or decoded.damaged == decoded.text.count("\ufffd")


@pytest.mark.parametrize("mark", ["\x1f", "\x02", "\x1f\x02"])
def test_marks_before_values_are_no_binary_file(mark: str) -> None:
    sheet = read(f"姓名,证号\n张三,{mark}990101\n李四,{mark}990102\n")
    assert cells(sheet)[2][1] == f"{mark}990101"


def test_nul_is_removed_and_nothing_else() -> None:
    assert cells(read("姓\0名,村\n\u200b甲\ufeff ,\0\n"))[2][0] == "\u200b甲\ufeff "


def test_single_column_text() -> None:
    assert cells(read("姓名\n甲\n"))[2] == ["甲"]


_PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}">
<!--[if gte mso 9]><xml><x:ExcelWorksheet><x:Name>名单</x:Name></x:ExcelWorksheet></xml><![endif]-->
<style>td {{mso-number-format:"\\@";}}</style></head><body>
<table border=1><tr><td colspan=4>2022年6月 名单</td></tr>
<tr><th rowspan=2>村</th><th rowspan=2>姓名</th><th colspan=2>证件</th></tr>
<tr><th>类型</th><th>号码</th></tr>
<tr><td rowspan="3">上曾村<td>甲<br>（户主）<td><b>身</b>份证<td>350599199001010002</tr>
<tr style="display: none"><td>乙&nbsp;&amp;</td><td> 户口
 簿 </td><td></td></tr>
<tr><td>丙</td><td colspan="2">无</td></tr>
</table></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "utf-16", "big5"])
def test_html(charset: str) -> None:
    encoding = "gb18030" if charset == "gb2312" else charset
    page = _PAGE.format(charset=charset)
    if charset == "big5":
        page = page.replace("户", "戶").replace("证", "證").replace("类", "類").replace("号", "號")
        page = page.replace("码", "碼").replace("无", "無").replace("单", "單")
    sheet = read(page.encode(encoding), "名单.xls")
    if charset == "big5":
        assert cells(sheet)[3][2:] == ["類型", "號碼"]
        return
    assert sheet.name == "名单"
    assert cells(sheet) == {
        1: ["2022年6月 名单", None, None, None],
        2: ["村", "姓名", "证件", "证件"],
        3: ["村", "姓名", "类型", "号码"],
        4: ["上曾村", "甲\n（户主）", "身份证", "350599199001010002"],
        5: ["上曾村", "乙\xa0&", "户口 簿", None],
        6: ["上曾村", "丙", "无", "无"],
    }
    assert sheet.hidden_rows == (5,)
    assert issues(sheet) == [(None, "", "HIDDEN_ROWS")]


def test_html_with_several_tables() -> None:
    def table(*rows: str) -> str:
        return "<table>" + "".join(f"<tr><td>{'</td><td>'.join(r)}</td></tr>" for r in rows)

    page = f"<html><body>{table('题')}</table>{table('ab', 'cd')}</table>"
    page += f"<table><tr><td>{table('xy', 'zw')}</table></td></tr></table>{table('尾')}</table>"
    first, second = read_sheets(page.encode(), "f")
    assert (first.name, cells(first)) == ("表1", {1: ["题", None], 2: ["a", "b"], 3: ["c", "d"]})
    assert (second.name, cells(second)) == ("表2", {1: ["x", "y"], 2: ["z", "w"], 3: ["尾", None]})


def test_html_with_endless_spans_is_refused() -> None:
    page = "<table>" + "<tr><td colspan=9999 rowspan=0>x</td></tr>" * 2000 + "</table>"
    with pytest.raises(UntrustedInput, match="超出能读的范围"):
        read_sheets(page.encode(), "f")


def test_html_whose_tags_never_close_keeps_its_rows() -> None:
    rows = "".join(f"<tr><td><font>甲{i}<td>{i}" for i in range(3000))
    assert read(f"<table>{rows}</table>").cells.height == 3000
