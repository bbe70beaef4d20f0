"""The printed workbooks: who is on which sheet, what is shown, what can be filled in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.books.summary import Month, summary_book
from loubao.books.village_sheet import HEADER_ROW, KEYS, book_paths, village_books
from loubao.core.faults import RuleFault
from loubao.core.forms import Formula, Page, Row, Workbook
from loubao.followup.revisions import Issue, villages
from loubao.layout.form_cells import boxes
from loubao.layout.paper import DOUBT, SLACK, lines_needed, text_width
from loubao.rules import yaml_file
from loubao.rules.folder import Rules, load_rules
from loubao.rules.linking import Linking
from loubao.rules.matching import LEVELS
from loubao.rules.sheet_columns import SheetColumn, fit_the_sheet, stacks
from loubao.rules.sheets import load_printed, weight_in_words
from loubao.rules.wording import Wording
from loubao.screening.cases import DETAILS
from loubao.screening.coverage import EXCLUDED
from loubao.screening.explanation import level_words
from loubao.workbook.writing import workbook_bytes

AS_OF = dt.date(2022, 6, 30)
PERIOD = "2022年6月"
SHIPPED = Path(__file__).parents[2] / "rules" / "sheets.yaml"
SOURCE = Path(__file__).parents[2] / "src" / "loubao"
NUMBER = "350599199001011234"
A4_LANDSCAPE = (11.69 - 2 * 0.22) * 96  # pixels between the margins of a village sheet
SMALLEST = 0.85  # a village sheet is shrunk to no less when it is printed


@pytest.fixture(scope="session")
def sheets() -> Wording:
    return load_rules(SHIPPED.parent).sheets


def case(number: int, **given: Any) -> dict[str, Any]:
    return {
        "case_no": f"202206-{number:05d}",
        "person_key": f"P{number:06d}",
        "town": "洛阳镇",
        "village": "上浦村",
        "village_code": "350521104203",
        "household": f"P{number:06d}",
        "status": "uncovered",
        "reason": "",
        "name": "林美华",
        "id_number": NUMBER,
        "sex": "女",
        "birth_date": dt.date(1990, 1, 1),
        "age": 32,
        "group": "12组",
        "address": "34号",
        "phone": "13000000000",
        "lists": ["medical"],
        "sources": ["自付医疗费用超4万元"],
        "clues": ["个人自付医疗费52345.67元"],
        "benefits": [],
        "doubts": [],
        **given,
    }


def details(*cases: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(cases), schema=dict(DETAILS))


def books(sheets: Wording, *cases: dict[str, Any]) -> list[Workbook]:
    return list(village_books(villages(details(*cases), sheets), sheets, AS_OF))


def place_of(page: Page, header: str) -> int:
    heads = [str(value).replace("\n", "") for value in page.rows[HEADER_ROW].values]
    return heads.index(header)


def column(page: Page, header: str) -> list[Any]:
    """The cells of a village sheet's column, by its header, blank rows left out."""
    place = place_of(page, header)
    return [row.values[place] for row in people(page)]


def people(page: Page) -> list[Row]:
    """The rows that somebody stands in."""
    return [row for row in page.rows[HEADER_ROW + 1 :] if any(row.values)]


def style(workbook: Workbook, row: int, header: str) -> Any:
    page = workbook.pages[0]
    return workbook.styles[page.rows[HEADER_ROW + 1 + row].styles[place_of(page, header)]]


def everything(workbook: Workbook) -> str:
    with ZipFile(BytesIO(workbook_bytes(workbook))) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


PLACES = [
    ("洛阳镇", "上浦村", "核查表/洛阳镇/上浦村.xlsx"),
    ("洛阳镇", None, "核查表/洛阳镇/未识别村居.xlsx"),
    (None, None, "核查表/未识别乡镇/未识别村居.xlsx"),
    ("百崎回族乡", "里春村", "核查表/百崎回族乡/里春村.xlsx"),
]


@pytest.mark.parametrize(("town", "village", "path"), PLACES)
def test_path(sheets: Wording, town: str | None, village: str | None, path: str) -> None:
    assert [book.path for book in books(sheets, case(1, town=town, village=village))] == [path]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PLACES), max_size=25))
def test_everybody_is_on_one_sheet_and_that_is_their_village(
    places: Sequence[tuple[str | None, str | None, str]],
) -> None:
    shipped = load_rules(SHIPPED.parent).sheets
    cases = [case(i, town=town, village=village) for i, (town, village, _) in enumerate(places)]
    found = [
        (number, book.path)
        for book in (books(shipped, *cases) if cases else [])
        for number in column(book.pages[0], "case_no")
    ]
    assert sorted(found) == sorted(
        (f"202206-{i:05d}", path) for i, (_, _, path) in enumerate(places)
    )


def test_shown_columns_and_keys(sheets: Wording) -> None:
    (book,) = books(
        sheets,
        case(
            1,
            status="review",
            sources=["困境儿童线索", "新增重度残疾"],
            clues=["甲", "乙"],
            benefits=["残疾人两项补贴"],
            doubts=["疑似已在低保", "疑似已在特困"],
        ),
    )
    page = book.pages[0]
    shown = {
        "村": "上浦村",
        "组": "12组",
        "姓名": "林美华",
        "性别年龄": "女\n32",
        "编号": "202206-00001",
        "身份证号联系电话住址": "350599********1234\n13000000000\n34号",
        "线索来源": "困境儿童线索\n新增重度残疾",
        FOUND: "①甲　②乙　已享受：残疾人两项补贴\n请核对：　①疑似已在低保　②疑似已在特困",
        # hidden, for programs that read the sheet by its headers
        "身份证号": "350599********1234",
        "联系电话": "13000000000",
        "住址": "34号",
        "性别": "女",
        "年龄": 32,
        "线索内容": "①甲\n②乙",
        "已享受待遇": "残疾人两项补贴",
        "匹配疑点": "请核对：\n①疑似已在低保\n②疑似已在特困",
        "case_no": "202206-00001",
        "person_key": "P000001",
    }
    assert {header: column(page, header)[0] for header in shown} == shown
    heads = [str(value).replace("\n", "") for value in page.rows[HEADER_ROW].values]
    cells = stacks(sheets.village.columns)
    alone = [each.header for cell in cells if len(cell) > 1 for each in cell]
    assert heads == [*("".join(each.header for each in cell) for cell in cells), *alone, *KEYS]
    assert {each.header for each in sheets.village.columns} <= {*heads}
    hidden = [page.rows[HEADER_ROW].values[place] for place in page.hidden]
    assert hidden == ["村", "线索\n来源", *alone, *KEYS]  # one village: the title names it
    assert book.names["loubao_period"] == PERIOD
    assert book.names["loubao_village"] == "350521104203"


FOUND = "线索内容已享受待遇匹配疑点"
BOXES = {
    "核查方式": "□入户  □电话\n□邻里访问\n□视频",
    "是否健在": "□是\n□否",
    "是否在本地": "□是\n□否",
    "核查结果": "□符合  □不符合\n□已申请  □已纳入\n□疑难  □退回",
    "拟纳入类型": "□低保  □单人保  □特困\n□低边  □刚性支出  □孤儿\n□事实孤儿  □临救  □其他",
}


def test_to_fill_in(sheets: Wording) -> None:
    (book,) = books(sheets, case(1), case(2, asks=True))
    page = book.pages[0]
    for header, printed in BOXES.items():
        assert column(page, header) == [printed, printed]
    written = ("核查日期", "家庭人口", "不符合原因", "核查人", "核查人电话", "备注")
    for header in written:
        assert column(page, header) == [None, None]
    for header in (*BOXES, *written):
        assert not style(book, 0, header).locked
        assert not style(book, 1, header).locked
    for header in ("编号", "身份证号联系电话住址", "姓名", "性别年龄", FOUND):
        assert style(book, 0, header).locked
    # nobody is asked about a candidate that there is not
    assert column(page, "是否同一人") == [sheets.blank, "□是\n□否"]
    assert page.protected
    choices = [check.choices for check in page.checks if check.choices]
    assert ("是", "否") in choices
    assert any("已核查不符合" in each for each in choices)
    assert any("特困" in each for each in choices)
    (dates,) = [check.dates for check in page.checks if check.dates]
    assert dates[0] <= AS_OF < dates[1] <= dt.date(2023, 7, 2)
    blank = sheets.village.blank_rows.typed
    assert {(c.area.first_row, c.area.last_row) for c in page.checks} == {(4, 5 + blank)}


def test_the_sheet_explains_itself(sheets: Wording) -> None:
    village = sheets.village.replaced(contact={"洛阳镇": "社会事务办 0595-87000000"})
    laid = villages(details(case(1), case(2, town="东园镇")), sheets)
    issues = {("洛阳镇", "上浦村"): Issue("", "", dt.date(2022, 7, 15))}
    here, there = village_books(laid, sheets.replaced(village=village), AS_OF, issues)
    assert len(here.pages) == 1
    notes = str(here.pages[0].rows[1].values[0]).split("\n")
    assert len(notes) == 6
    assert "2022年7月15日前交回" in notes[1]
    assert "社会事务办 0595-87000000" in notes[1]
    assert f"有疑问打：{village.blank_line}" in str(there.pages[0].rows[1].values[0])
    assert "签字" in here.pages[0].paper.footer[1]  # on every page, so that no page is for it alone


@pytest.mark.parametrize(
    ("status", "benefits", "doubts", "shown"),
    [
        ("uncovered", [], [], "甲　已享受：未查到"),
        ("uncovered", [], ["死亡名册有此人"], "甲　请核对：死亡名册有此人"),
        ("partial", ["低保边缘"], [], "甲　已享受：低保边缘\n已有部分待遇，仍请核查。"),
        ("review", [], ["像"], "甲　请核对：像"),
    ],
)
def test_what_the_visitor_is_told(
    sheets: Wording, status: str, benefits: list[str], doubts: list[str], shown: str
) -> None:
    (book,) = books(sheets, case(1, status=status, clues=["甲"], benefits=benefits, doubts=doubts))
    assert column(book.pages[0], FOUND) == [shown]
    assert (style(book, 0, FOUND).fill == DOUBT) == (status != "uncovered")


def sharing(sheets: Wording) -> Wording:
    """The rules with columns that share a cell."""
    shared = {"sex": "age", "case_no": "id_number", "id_number": "phone"}
    shared |= {"clues": "benefits", "benefits": "doubts", "visitor": "visitor_phone"}
    apart = {"under": False, "before": ""}
    by_key = {each.key: each.model_copy(update=apart) for each in sheets.village.columns}
    laid: list[SheetColumn] = []
    for key, each in by_key.items():
        if key in shared.values():
            continue
        laid.append(each)
        while below := shared.get(laid[-1].key):
            before = "已享受：" if below == "benefits" else ""
            laid.append(by_key[below].model_copy(update={"under": True, "before": before}))
    wide = {"case_no": 18, "clues": 36}
    columns = (each.model_copy(update={"width": wide.get(each.key, each.width)}) for each in laid)
    village = sheets.village.replaced(columns=fit_the_sheet(tuple(columns)))
    return sheets.replaced(village=village)


def test_columns_can_share_a_cell(sheets: Wording) -> None:
    (book,) = books(
        sharing(sheets),
        case(1, status="review", clues=["甲", "乙"], benefits=["低保边缘"], doubts=["像"]),
        case(2, id_number=None, phone=None),
    )
    page = book.pages[0]
    shown = {
        "性别年龄": ["女\n32"] * 2,
        "编号身份证号联系电话": [
            "202206-00001\n350599********1234\n13000000000",
            "202206-00002\n身份证号缺",
        ],
        "线索内容已享受待遇匹配疑点": [
            "①甲\n②乙　已享受：低保边缘　请核对：像",
            "个人自付医疗费52345.67元\n已享受：未查到",
        ],
        "核查人核查人电话": [None, None],
    }
    assert {header: column(page, header) for header in shown} == shown
    heads = [*page.rows[HEADER_ROW].values][: -len(KEYS)]
    assert len(heads) == len(sheets.village.columns) - 6 + 10  # those that share a cell, alone too
    assert style(book, 0, "线索内容已享受待遇匹配疑点").fill == DOUBT
    assert style(book, 1, "线索内容已享受待遇匹配疑点").fill != DOUBT
    assert not style(book, 0, "核查人核查人电话").locked


def test_by_group_and_house_and_a_household_together(sheets: Wording) -> None:
    homes = [
        ("12组", "1号", "A"),
        ("三组", "9号", "B"),
        ("三组", "10号", "C"),
        ("三组", "2号", "B"),
    ]
    (book,) = books(
        sheets,
        *(case(i, group=g, address=a, household=h) for i, (g, a, h) in enumerate(homes)),
        case(4, group=None, address=None),
    )
    page = book.pages[0]
    assert column(page, "住址") == ["2号", "9号", "10号", "1号", ""]
    assert place_of(page, "组") not in page.hidden
    (nowhere,) = books(sheets, case(1, group=None))
    assert place_of(nowhere.pages[0], "组") in nowhere.pages[0].hidden


def test_households_are_blocks(sheets: Wording) -> None:
    (book,) = books(
        sheets,
        case(1, household="A"),
        case(2, household="A"),
        case(3, household="B"),
        case(4, household=None),
        case(5, household=None),
    )
    tops = [style(book, row, "姓名").top for row in range(5)]
    assert tops == ["medium", "dotted", "medium", "medium", "medium"]
    assert "共 5 人、4 户" in str(book.pages[0].rows[1].values[0])


def test_nothing_known_still_prints(sheets: Wording) -> None:
    blank = dict.fromkeys(
        ("name", "id_number", "sex", "birth_date", "age", "address", "phone", "household")
    )
    (book,) = books(sheets, case(1, **blank, lists=[], sources=[], clues=[]))
    page = book.pages[0]
    shown = {"编号": "202206-00001", "姓名": "不详", "身份证号联系电话住址": "身份证号缺"}
    assert {header: column(page, header)[0] for header in shown} == shown
    assert column(page, FOUND) == ["已享受：未查到"]
    for header in ("性别年龄", "性别", "年龄", "联系电话", "住址"):
        assert column(page, header)[0] in (None, "")
    workbook_bytes(book)


@pytest.mark.parametrize("setting", ["masked", "full"])
def test_id_number(sheets: Wording, setting: str) -> None:
    said = sheets.replaced(id_number=setting)
    (book,) = books(said, case(1))
    assert (NUMBER in everything(book)) == (setting == "full")
    page = openpyxl.load_workbook(BytesIO(workbook_bytes(book))).worksheets[0]
    shown = page.cell(HEADER_ROW + 2, place_of(book.pages[0], "身份证号联系电话住址") + 1).value
    number = NUMBER if setting == "full" else "350599********1234"
    assert shown == f"{number}\n13000000000\n34号"


def test_no_cause_in_plain_words(sheets: Wording, rules: Rules) -> None:
    label = rules.lists["children"].sheet_label
    (book,) = books(sheets, case(1, lists=["children"], sources=[label], clues=[label]))
    assert not re.search("服刑|监狱|戒毒|吸毒|羁押", everything(book))


def test_a_name_that_is_a_formula(sheets: Wording) -> None:
    (book,) = books(sheets, case(1, name="=HYPERLINK(1)"))
    assert "<f>" not in everything(book)


def test_same_cases_same_bytes(sheets: Wording) -> None:
    first, second = (books(sheets, case(1), case(2))[0] for _ in range(2))
    assert workbook_bytes(first) == workbook_bytes(second)


def test_village_sheet_is_one_page_wide(sheets: Wording) -> None:
    (book,) = books(sheets, case(1))
    page = book.pages[0]
    fitted = openpyxl.load_workbook(BytesIO(workbook_bytes(book))).worksheets[0]
    assert fitted.sheet_properties.pageSetUpPr.fitToPage
    assert fitted.page_setup.fitToWidth in (None, 1)  # one, where the file says nothing
    assert fitted.page_setup.fitToHeight == 0  # as many as it takes
    assert (fitted.page_setup.orientation, fitted.page_setup.paperSize) == ("landscape", 9)
    # where all columns show that can, also that of the village
    columns = [cell[0] for cell in stacks(sheets.village.columns)]
    never = {i for i, each in enumerate(columns) if each.visible is False}
    assert never < {*page.hidden}
    width = sum(w for i, w in enumerate(page.widths[: len(columns)]) if i not in never)
    assert width * SMALLEST <= A4_LANDSCAPE
    assert sheets.fonts.size >= 9
    assert page.paper.repeat == (HEADER_ROW - 1, HEADER_ROW)


def test_a_number_stands_on_one_line(sheets: Wording) -> None:
    """No number is broken, and no line of boxes."""
    widths = {each.key: each.width for each in sheets.village.columns}
    numbers = {"case_no": "104-2022-00012", "id_number": NUMBER, "phone": "13000000000"}
    for key, text in {**numbers, "visitor_phone": "13000000000", "age": "103"}.items():
        assert lines_needed(text, widths[key]) == 1, key
    for each in sheets.village.columns:
        for line in boxes(each, sheets.village.box).split("\n") if each.choices else ():
            assert text_width(line) <= each.width - SLACK, each.key


@pytest.mark.parametrize("count", [1, 14, 15, 16, 17, 18, 19, 20, 40])
def test_blank_rows_for_people_whom_the_village_finds(sheets: Wording, count: int) -> None:
    (book,) = books(sheets, *(case(i, household=f"P{i}") for i in range(count)))
    page, blank = book.pages[0], sheets.village.blank_rows
    added = page.rows[HEADER_ROW + 1 + count :]
    assert [row.values for row in added] == [(None,) * len(page.widths)] * blank.typed
    shown = len(page.widths) - len(KEYS)
    assert not any(book.styles[look].locked for row in added for look in row.styles[:shown])
    # on paper there are some where the last sheet has room, and no sheet of them alone
    assert page.paper.area is not None
    printed = page.paper.area.last_row + 1 - HEADER_ROW - 1 - count
    assert 0 <= printed <= blank.printed
    if count in (1, 20):
        assert printed == blank.printed
    (sheet,) = openpyxl.load_workbook(BytesIO(workbook_bytes(book))).worksheets
    assert sheet.print_area.endswith(f"${HEADER_ROW + 1 + count + printed}")


def test_a_full_sheet_of_paper_prints_no_blank_row(sheets: Wording) -> None:
    def printed(count: int) -> int:
        (book,) = books(sheets, *(case(i, household=f"P{i}") for i in range(count)))
        area = book.pages[0].paper.area
        assert area is not None
        return area.last_row - HEADER_ROW - count

    room = [printed(count) for count in range(1, 40)]
    assert 0 in room  # where the last person fills the sheet
    assert all(now in (before - 1, before, 3) for before, now in pairwise(room))


def test_rows_grow_with_their_text(sheets: Wording) -> None:
    (book,) = books(sheets, case(1), case(2, status="review", doubts=["疑似已在低保，" * 12]))
    short, tall = (row.height or 0 for row in people(book.pages[0]))
    assert short >= sheets.village.row_height.least
    assert tall > 3 * short / 2
    (huge,) = books(sheets, case(1, doubts=["字" * 3000]))
    assert (huge.pages[0].rows[HEADER_ROW + 1].height or 0) <= 409  # what a program allows


LISTS = pl.DataFrame(
    [
        ("medical", "自付医疗", "source", 1, 30, 20),
        ("children", "服刑人员子女", "source", 1, 5, 4),
        ("dibao", "低保", "roll", 2, 900, 880),
    ],
    schema=["list", "title", "role", "files", "records", "qualifying"],
    orient="row",
)
OUTCOMES = pl.DataFrame(
    [("medical", "covered", 9), ("medical", "uncovered", 4), ("children", "review", 2)],
    schema=["list", "outcome", "people"],
    orient="row",
)


def evaluate(page: Page) -> None:
    """Every SUM and SUBTOTAL of a page comes to the value written beside it."""
    for row in page.rows:
        for value in row.values:
            if isinstance(value, Formula):
                found = re.fullmatch(
                    r"=(SUM|SUBTOTAL)\((?:9,)?([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)\)", value.text
                )
                assert found, value.text
                kind, left, top, right, bottom = found.groups()
                total = 0
                for line in page.rows[int(top) - 1 : int(bottom)]:
                    for cell in line.values[ord(left) - 65 : ord(right) - 64]:
                        if isinstance(cell, int):
                            total += cell
                        elif isinstance(cell, Formula) and kind == "SUM":
                            total += int(cell.value)
                assert total == value.value


def summary(sheets: Wording, *cases: dict[str, Any], excluded: int = 0) -> Workbook:
    aside = pl.DataFrame(
        [("林美华", NUMBER, None, None, "medical", "自付医疗", "已死亡", AS_OF, "甲.xls", "", 7)]
        * excluded,
        schema=dict(EXCLUDED),
        orient="row",
    )
    labels = {"children": "困境儿童线索"}
    return summary_book(Month(details(*cases), aside, LISTS, OUTCOMES, labels), sheets, AS_OF)


def test_summary_adds_up_to_the_sheets(sheets: Wording) -> None:
    cases = [
        case(1, household="A"),
        case(2, household="A", status="review", lists=["medical", "children"]),
        case(3, village="后亭村", village_code="350521104204", status="partial"),
        case(4, town="东园镇", village=None, village_code=None),
    ]
    book = summary(sheets, *cases, excluded=2)
    overview, places, aside = book.pages
    evaluate(overview)
    evaluate(places)
    total = places.rows[-1].values
    assert [v.value for v in total[2:] if isinstance(v, Formula)] == [4, 3, 2, 1, 1, 4, 1]
    people = [len(column(each.pages[0], "case_no")) for each in books(sheets, *cases)]
    named = [row.values[2] for row in places.rows[2:-1] if row.values[1]]
    assert named == people
    assert len(overview.charts) == 2
    assert [row.values[3] for row in aside.rows[3:]] == ["350599********1234"] * 2
    written = everything(book)
    assert "服刑" not in written
    assert NUMBER not in written


def test_summary_of_nothing(sheets: Wording) -> None:
    book = summary(sheets)
    evaluate(book.pages[0])
    evaluate(book.pages[1])
    content = openpyxl.load_workbook(BytesIO(workbook_bytes(book)))
    assert content.sheetnames == ["总览", "乡镇村居", "已排除人员"]
    assert content["已排除人员"]["A2"].value == sheets.summary.set_aside.none


def test_every_code_has_words(sheets: Wording) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    codes = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', text))
    # of the environment and of libraries; what Spark calls its conditions
    settings = ("LOUBAO_", "PYDANTIC_", "SQLITE_", "O_", "JAVA_", "POLARS_", "PYSPARK_", "SPARK_")
    conditions = ("CANNOT_READ", "FAILED_READ")
    sentences = {"COVER_UNREAD_KEPT"}  # a code may have more than one
    codes = {code for code in codes if not code.startswith((*settings, *conditions))}
    assert "ID_MANGLED" in codes
    of_links = yaml_file.load(SHIPPED.with_name("linking.yaml"), Linking).issues
    assert sorted(codes - sentences - set(sheets.issues) - set(of_links)) == []


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("edition:", "editoin: 1\nedition:", "editoin：没有这个键"),
        ("id_number: masked ", "id_number: open ", "id_number"),
        ("{town}{village}困难群众", "{town}{name}困难群众", "不能写 {name}"),
        ("第 &P 页 / 共 &N 页", "'{'", "花括号没有成对"),
        ("choices: [入户,", "choices: ['入,户',", "不能有英文逗号"),
        ("key: phone,", "key: telephone,", "kind"),
        ("key: phone,", "key: address,", "写了两次"),
        ("width: 16", "width: 0", "width"),
        ("  page: 核查表", "  page: 核/查", "page"),
        ("uncovered: 未查到待遇", "unknown: 未查到待遇", "summary.outcomes"),
        ("thresholds: [0.5,", "thresholds: [5,", "thresholds"),
        ("{least: 0, word", "{least: 1, word", "由小到大"),
        ("不像同一人（{strength}）", "不像同一人（{weight}）", "不能写 {weight}"),
        ("name: {one_word:", "name: {one_world:", "name.one_world"),
    ],
)
def test_rule_that_does_not_hold(tmp_path: Path, was: str, becomes: str, words: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert was in text
    (tmp_path / "local.yaml").write_bytes(SHIPPED.with_name("local.yaml").read_bytes())
    path = tmp_path / "sheets.yaml"
    path.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(RuleFault) as fault:
        load_printed(path.parent, "sheets")
    assert words in fault.value.message
    assert re.search(r"sheets\.yaml:[0-9]+:[0-9]+", fault.value.message)


def test_every_level_has_words(rules: Rules) -> None:
    for field, levels in LEVELS.items():
        for level in levels:
            said = level_words(field, level, rules.matching, rules.sheets.explain)
            assert re.fullmatch(r"[\u4e00-\u9fff、（）]+", said), (field, level, said)


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (0.0, "没有影响"),
        (-0.04, "没有影响"),
        (0.3, "支持是同一人（微弱）"),
        (-0.5, "不像同一人（弱）"),
        (4.9, "支持是同一人（中）"),
        (-9.0, "不像同一人（很强）"),
        (30.0, "支持是同一人（很强）"),
    ],
)
def test_a_weight_in_words(sheets: Wording, weight: float, said: str) -> None:
    assert weight_in_words(sheets.explain, weight) == said


def test_file_name_is_safe(sheets: Wording) -> None:
    (book,) = books(sheets, case(1, town="../洛阳", village="上/浦:村"))
    assert book.path == "核查表/_洛阳/上_浦_村.xlsx"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("甲镇", "甲/乙村"), ("甲镇", "甲:乙村")),
        (("甲镇", "."), ("甲镇", "...")),
        (("甲镇", "乙村"), ("甲镇", "乙村. ")),
        (("甲/镇", "乙村"), ("甲:镇", "乙村")),
        (("甲镇", "Nul"), ("甲镇", "_nul")),
        (("甲镇", "A村"), ("甲镇", "a村")),
        (("甲镇", "Ａ村"), ("甲镇", "A村")),
        (("甲镇", "e\u0301村"), ("甲镇", "é村")),
        (("甲镇", "乙" * 300), ("甲镇", "乙" * 301)),
        (("甲镇", "𠮷" * 90 + "一"), ("甲镇", "𠮷" * 90 + "二")),
        (("甲镇", "乙\x1b村"), ("甲镇", "乙\u202e村")),
    ],
)
def test_no_two_villages_share_a_file(
    sheets: Wording, one: tuple[str, str], other: tuple[str, str], tmp_path: Path
) -> None:
    found = books(sheets, *(case(i, town=t, village=v) for i, (t, v) in enumerate((one, other))))
    names = [Path(book.path) for book in found]
    assert len({str(name).casefold() for name in names}) == 2
    for name in names:
        assert max(len(part.encode()) for part in name.parts) <= 255
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch(exist_ok=False)


def test_a_village_has_not_the_path_of_another_file(sheets: Wording) -> None:
    village = sheets.village.replaced(path="{village}.xlsx")
    places = villages(details(case(1, village="汇总"), case(2, village="data")), sheets)
    paths = book_paths(places, sheets.replaced(village=village), ["汇总.xlsx", "data"])
    assert [*paths.values()] == ["汇总-2.xlsx", "data.xlsx"]


def test_a_column_can_be_hidden(sheets: Wording) -> None:
    columns = tuple(
        each.model_copy(update={"visible": False}) if each.key == "household_size" else each
        for each in sheets.village.columns
    )
    village = sheets.village.replaced(columns=columns)
    (book,) = books(sheets.replaced(village=village), case(1))
    page = book.pages[0]
    assert place_of(page, "家庭人口") in page.hidden
    assert page.widths[place_of(page, "家庭人口")] > 0
