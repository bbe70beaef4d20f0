"""Files that are small to send and dear to read: seconds, and a word. (benchmarks/hostile has more.)

Most were hours once: each beginning that never ends was looked for through all the rest.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from loubao.core.faults import UntrustedInput
from loubao.workbook.read_sheets import read_sheets

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "hostile"))
from files import FILES

Make = Callable[[], bytes]
KINDS: Mapping[str, Make] = FILES
#: name → what is said (None: it is read)
TOLD = {
    **dict.fromkeys(("broken_tags.xlsx", "deep_cell.xlsx", "strike_si.xlsx"), "损坏"),
    **dict.fromkeys(("merges_over_rows.xlsx", "spans_ss.xml", "many_sheets_biff.xls"), "损坏"),
    **dict.fromkeys(("deep_tables_html.xls", "deep_span.fods", "deep_ss.xml"), "损坏"),
    **dict.fromkeys(
        ("wide_line_filled.csv", "wide_quoted.csv", "cells_html.xls"), "超出能读的范围"
    ),
    **dict.fromkeys(("last_cell_ss.xml", "diagonal.xlsx", "repeated_both.fods"), None),
    **dict.fromkeys(("zip_overlap.xlsx", "zip_lies.xlsx"), "压缩炸弹"),
    **dict.fromkeys(("broken_merges.xlsx", "unclosed_rph.xlsx", "css_html.xls"), None),
    **dict.fromkeys(("css_decoration_html.xls", "formula_texts.csv", "long_number.xlsx"), None),
    **dict.fromkeys(("digits_everywhere.xlsx", "late_doctype.xlsx", "infinite_biff.xls"), None),
    **dict.fromkeys(("one_part_many_sheets.xlsx", "tables.fods"), "超出能读的范围"),
} | {
    "diagonal.xlsx": "超出能读的范围",
    "repeated_both.fods": "超出能读的范围",
    "late_doctype.xlsx": "外部定义|损坏",
}


@pytest.mark.parametrize("name", TOLD)
def test_seconds_and_a_word(name: str) -> None:
    content, told = KINDS[name](), TOLD[name]
    started = time.process_time()
    if told is None:
        assert read_sheets(content, "名单.xls")
    else:
        with pytest.raises(UntrustedInput, match=f"^名单.xls：.*(?:{told})"):
            read_sheets(content, "名单.xls")
    assert time.process_time() - started < 10


def test_of_a_cell_of_a_megabyte_the_beginning_is_read_and_that_is_told() -> None:
    (sheet,) = read_sheets(f"姓名,村\n张三,{'上' * 1_000_000}\n".encode(), "名单.csv")
    assert sheet.cells.row(1)[1:] == ("张三", "上" * 4096)
    assert sheet.issues.select("row", "column", "code").rows() == [(2, "B", "CELL_TOO_LONG")]
