"""Both ways of looking at a worksheet's XML find the same facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loubao.workbook.sheet_xml import plain_facts, survey

_CONTENTS = st.sampled_from(
    [
        ("", "<v>1</v>"),
        (' t="s"', "<v>0</v>"),
        (' t="inlineStr"', "<is><t>张三</t></is>"),
        (' t="e"', "<v>#N/A</v>"),
        (' t="e"', "<f>1/0</f><v>#DIV/0!</v>"),
        ("", "<f>A1+1</f>"),
        ("", "<f>A1+1</f><v></v>"),
        ("", "<f>A1+1</f><v>2</v>"),
        (' t="str"', '<f>IF(1,"")</f><v></v>'),
        (' t="str"', "<f>A1</f>"),
    ]
)
_CELLS = st.dictionaries(st.sampled_from(["A", "C", "Z", "AB"]), _CONTENTS, max_size=4)
_ROWS = st.dictionaries(st.integers(1, 120), st.tuples(st.booleans(), _CELLS), max_size=8)


@given(_ROWS)
def test_the_searches_and_the_walk_agree(
    rows: dict[int, tuple[bool, dict[str, tuple[str, str]]]],
) -> None:
    written = []
    for number, (hidden, cells) in sorted(rows.items()):
        attribute = ' hidden="1"' if hidden and cells else ""
        written.append(f'<row r="{number}"{attribute}>')
        for letters, (kind, content) in sorted(cells.items(), key=lambda each: len(each[0])):
            written.append(f'<c r="{letters}{number}"{kind}>{content}</c>')
        written.append("</row>")
    xml = f"<worksheet><sheetData>{''.join(written)}</sheetData></worksheet>".encode()
    searched, walked = plain_facts(xml), survey([xml], "f", "s")
    if searched is None:  # no cell at all, or none whose place is glimpsed
        return
    assert searched.hidden_rows == walked.hidden_rows
    assert sorted(map(str, searched.notes)) == sorted(map(str, walked.notes))
