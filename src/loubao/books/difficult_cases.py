"""Cases that a village could not decide → 疑难.xlsx, for those who meet to decide them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from loubao.core.forms import Row, Workbook
from loubao.layout import paper
from loubao.layout.table_page import list_page
from loubao.rules.returns import Returns
from loubao.rules.wording import Wording

_LEFT = frozenset(
    {"sources", "clues", "benefits", "doubts", "address", "why_not", "remark", "opinion"}
)


def difficult_book(
    people: Sequence[Mapping[str, str]],
    returns: Returns,
    sheets: Wording,
    period: str,
    as_of: dt.date,
) -> Workbook:
    """Return 疑难.xlsx: a line a person, texts by the keys of `rules/returns.yaml`, in order."""
    said = returns.difficult
    columns = said.columns
    size = sheets.fonts.size + 1
    title = said.title.format(period=period)
    note = said.note.format(count=len(people)) if people else said.none
    looks = tuple("text" if column.key in _LEFT else "center" for column in columns)
    rows = [
        paper.wide_row(title, "title", 32.0),
        paper.wide_row(note, "note", 20.0),
        Row(
            tuple(paper.balanced(column.header, column.width) for column in columns),
            ("head",) * len(columns),
            paper.row_height(2, size),
        ),
    ]
    for person in people:
        values = tuple(person.get(column.key, "") for column in columns)
        lines = max(
            paper.lines_needed(value, column.width - 1)
            for value, column in zip(values, columns, strict=True)
        )
        rows.append(Row(values, looks, min(max(paper.row_height(lines, size), 40.0), 409.0)))
    return Workbook(
        path=said.path,
        title=title,
        created=as_of,
        styles=paper.table_styles(sheets.fonts),
        pages=(
            list_page(
                said.page,
                rows,
                2,
                [column.width for column in columns],
                sheets.fonts,
                paper.footer(said.footer, period),
            ),
        ),
        names={"loubao_kind": "difficult", "loubao_period": period},
    )
