"""Both ways of taking the cells of a worksheet's XML find the same."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.core.faults import UntrustedInput
from loubao.core.frames import column_letters
from loubao.workbook import grid
from loubao.workbook.grid import MOST_COLUMNS
from loubao.workbook.read_sheets import read_sheets
from loubao.workbook.sheet_xml import plain_cells, walked_cells
from tests.workbook.exports import raw_sheet

_CONTENTS = st.sampled_from(
    [
        ("", "<v>1</v>"),
        (' s="3"', "<v>1.5E+3</v>"),
        (' t="s"', "<v>0</v>"),
        (' s="2" t="s"', "<v>0</v>"),
        (' t="inlineStr"', "<is><t>张三</t></is>"),
        (' t="inlineStr"', '<is><t xml:space="preserve"> a &amp; b </t></is>'),
        (' t="inlineStr"', "<is><r><rPr/><t>张</t></r><r><t>三</t></r></is>"),
        (' t="e"', "<v>#N/A</v>"),
        (' t="e"', "<f>1/0</f><v>#DIV/0!</v>"),
        ("", "<f>A1+1</f>"),
        ("", '<f t="shared" si="0"/><v>2</v>'),
        ("", "<f>A1+1</f><v></v>"),
        ("", "<f>A1+1</f><v>2</v>"),
        (' t="str"', '<f>IF(1,"")</f><v></v>'),
        (' t="str"', "<f>A1</f>"),
        (' t="str" cm="1"', "<f>A1&lt;1</f><v>&lt;甲&gt;</v>"),
    ]
)
_CELLS = st.dictionaries(st.sampled_from(["A", "C", "Z", "AB"]), _CONTENTS, max_size=4)
_ROWS = st.dictionaries(st.integers(1, 120), st.tuples(st.booleans(), _CELLS), max_size=8)


@given(_ROWS, st.sampled_from(["", "x:"]))
def test_the_pattern_and_the_walk_agree(
    rows: dict[int, tuple[bool, dict[str, tuple[str, str]]]], prefix: str
) -> None:
    written = []
    for number, (hidden, cells) in sorted(rows.items()):
        attribute = ' hidden="1"' if hidden else ""
        written.append(f'<row r="{number}"{attribute}>')
        for letters, (kind, content) in sorted(cells.items(), key=lambda each: len(each[0])):
            written.append(f'<c r="{letters}{number}"{kind}>{content}</c>')
        written.append("</row>")
    merges = '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>'
    text = f"<worksheet><sheetData>{''.join(written)}</sheetData>{merges}</worksheet>"
    text = (
        text.replace("</", f"<!/{prefix}").replace("<", f"<{prefix}").replace(f"<{prefix}!/", "</")
    )
    xml = text.replace(f"<{prefix}worksheet", f'<{prefix}worksheet xmlns:x="urn:x"', 1).encode()
    taken, walked = plain_cells([xml[:70], xml[70:]]), walked_cells(xml, "f")
    if taken is None:
        assert "<r>" in xml.decode() or "<x:r>" in xml.decode()
        return
    assert taken.cells.equals(walked.cells)
    assert taken.hidden_rows == walked.hidden_rows
    assert taken.merges == walked.merges


@pytest.mark.parametrize(
    "sheet",
    [
        "<sheetData><row><c><v>1</v></c></row></sheetData>",
        '<sheetData><row r="1"><c r="A1"><v>1</v><extLst/></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1"><v><![CDATA[1]]></v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1" t="str"><v>&#9;</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1048577"><v>1</v></c></row></sheetData>',
        "<sheetData/>",
    ],
)
def test_what_the_pattern_leaves_to_the_walk(sheet: str) -> None:
    assert plain_cells([f"<worksheet>{sheet}</worksheet>".encode()]) is None


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 9), st.sampled_from(["甲", "", " ", "7"])),
        min_size=1,
    )
)
def test_wide_sheets_are_laid_out_like_others(cells: list[tuple[int, int, str]]) -> None:
    frame = pl.DataFrame(
        cells,
        schema={"row": pl.UInt32, "column": pl.UInt32, "text": pl.String},
        orient="row",
    )
    blank = grid.Grid("a", (), (), ())
    usual = grid.sheet_of(grid.grid_of_cells(frame, blank, "f"), "f")
    wide = grid.sheet_of(grid._wide_grid(frame, blank), "f")
    assert (usual is None) == (wide is None)
    assert usual is None or wide is None or usual.cells.equals(wide.cells)


def test_a_sheet_of_a_thousand_columns_is_read_one_of_all_columns_is_not() -> None:
    def wide(columns: int) -> bytes:
        row = "".join(f'<c r="{column_letters(i)}1"><v>1</v></c>' for i in range(columns))
        return raw_sheet(f'<sheetData><row r="1">{row}</row></sheetData>')

    (sheet,) = read_sheets(wide(MOST_COLUMNS), "f")
    assert sheet.cells.width == MOST_COLUMNS + 1
    with pytest.raises(UntrustedInput, match="16384 列，超出能读的范围"):
        read_sheets(wide(16_384), "f")
