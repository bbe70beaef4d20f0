"""Whatever is written comes back cell for cell."""

from __future__ import annotations

import csv
import io

import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet
from loubao.workbook.read_sheets import read_sheets

# XML and BIFF cannot hold control characters; a carriage return is a line end everywhere.
_TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=8
) | st.sampled_from(
    ["张三", "350599199001010002", " 甲 ", "甲\n乙", "甲,乙", '"', "'0", "1e5", "　"]
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 5))
    # ="…" is how a csv says "text"; the property is about texts that say nothing.
    row = st.lists(_TEXTS.filter(lambda text: text[:2] != '="'), min_size=width, max_size=width)
    return [[f"列{i}" for i in range(width)], *draw(st.lists(row, min_size=1, max_size=8))]


def shown(sheet: Sheet) -> list[list[str]]:
    return [[cell or "" for cell in row[1:]] for row in sheet.cells.iter_rows()]


def expected(table: list[list[str]]) -> list[list[str]]:
    texts = [[cell if cell.strip() else "" for cell in row] for row in table]
    return [row for row in texts if any(row)]


@given(tables())
@settings(max_examples=50)
def test_xlsx(table: list[list[str]]) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as book:
        ws = book.add_worksheet()
        for at, row in enumerate(table):
            for place, text in enumerate(row):
                ws.write_string(at, place, text)
    (sheet,) = read_sheets(target.getvalue(), "f")
    assert shown(sheet) == expected(table)


@given(tables())
@settings(max_examples=50)
def test_xls(table: list[list[str]]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    ws = book.add_sheet("a")
    for at, row in enumerate(table):
        for place, text in enumerate(row):
            ws.write(at, place, text)
    target = io.BytesIO()
    book.save(target)
    (sheet,) = read_sheets(target.getvalue(), "f")
    assert shown(sheet) == expected(table)


@given(
    tables(),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]),
    st.sampled_from([",", "\t", ";", "|"]),
)
def test_csv(table: list[list[str]], encoding: str, delimiter: str) -> None:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    (sheet,) = read_sheets(target.getvalue().encode(encoding), "f")
    assert shown(sheet) == expected(table)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read_sheets(content, "f")
    except UntrustedInput as refused:
        assert refused.message.startswith("f：")
