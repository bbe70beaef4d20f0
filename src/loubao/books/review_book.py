"""The doubtful pairs as a workbook, for an office without a browser: a line for each candidate.

The person of the list and the candidate stand side by side, field by field; numbers are as the page
shows them. Only the answer and the remark can be changed. A hidden column has the key by which
`review --import` finds the pair again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from loubao.core.forms import Area, Check, Page, Row, Workbook
from loubao.core.notation import day_text
from loubao.layout import paper
from loubao.layout.paper import Printing
from loubao.layout.table_page import TITLE, Table, paragraph, pixel_widths, table_paper
from loubao.review.sheet_lines import SheetLine
from loubao.rules.wording import Wording

#: Header of the hidden column at the right end.
KEY = "key"
_FILLED = ("answer", "remark")
_FIELDS = ("labels", "left", "right", "words")
_LOOKS = {
    **dict.fromkeys(("number", "weight"), "center"),
    **dict.fromkeys(_FIELDS, "field"),
    **dict.fromkeys(_FILLED, "fill"),
}


def review_book(
    people: Sequence[Sequence[SheetLine]], sheets: Wording, as_of: dt.date, path: str
) -> Workbook:
    """Return the workbook; `people` are the lines of each question, one at least."""
    words = sheets.review.book
    key = people[0][0].key
    printing = Printing(sheets.fonts, as_of, key.scope)
    title = words.title.format(scope=key.scope, reader=key.reader)
    styles = paper.table_styles(sheets.fonts)
    styles["fill"] = replace(
        styles["text"], fill=paper.YELLOW, align="center", locked=False, number_format="@"
    )
    # small, so that four lines have room on a sheet of paper
    styles["text"] = replace(styles["text"], size=sheets.fonts.size)
    styles["field"] = replace(styles["text"], vertical="top")
    styles["fill_head"] = replace(styles["head"], fill=paper.YELLOW_HEAD)
    page = _page(people, title, sheets, printing)
    return printing.workbook("review", path, title, [page], styles)


def _page(
    people: Sequence[Sequence[SheetLine]], title: str, sheets: Wording, printing: Printing
) -> Page:
    words = sheets.review.book
    lines = [(number, line) for number, of in enumerate(people, 1) for line in of]
    decided = any(line.texts.get("decided") for _, line in lines)
    columns = [column for column in words.columns if decided or column.key != "decided"]
    table = Table(columns, sheets.fonts.size, _LOOKS, header_lines=2)
    note = words.note.format(
        total=len(people), rows=len(lines), as_of=day_text(printing.as_of), **words.answers
    )
    above = [
        paper.wide_row(title, "title", TITLE),
        paragraph(note, "note", table.widths, sheets.fonts.size),
    ]
    header = table.header()
    heads = tuple("fill_head" if key in _FILLED else "head" for key in table.keys)
    head, last = len(above), len(table.columns) - 1
    rows = (
        *above,
        Row((*header.values, KEY), (*heads, "note"), header.height),
        *(_row(number, line, table) for number, line in lines),
    )
    return Page(
        name=words.page,
        widths=(*pixel_widths(table.widths, printing), 90),
        rows=rows,
        hidden=(last + 1,),
        merges=tuple(Area(row, 0, row, last) for row in range(head)),
        checks=_checks(table, head + 1, len(lines), words),
        filter=Area(head, 0, len(rows) - 1, last + 1),
        freeze=(head + 1, 0),
        protected=True,
        paper=table_paper(words.footer, printing, repeat=(head, head)),
    )


def _row(number: int, line: SheetLine, table: Table) -> Row:
    """A line; where a value needs several lines, those beside it leave as many free."""
    widths = {column.key: column.width for column in table.columns}
    texts = dict(line.texts)
    padded: dict[str, list[str]] = {key: [] for key in _FIELDS}
    for field in line.fields:
        needed = [
            paper.lines_needed(text, widths.get(key, 20.0))
            for key, text in zip(_FIELDS, field, strict=True)
        ]
        for key, text, own in zip(_FIELDS, field, needed, strict=True):
            padded[key].append(text + "\n" * (max(needed) - own))
    texts |= {key: "\n".join(parts) for key, parts in padded.items()}
    values = [number if key == "number" else texts.get(key) or None for key in table.keys]
    most = max(
        paper.lines_needed(str(value or ""), column.width)
        for value, column in zip(values, table.columns, strict=True)
    )
    height = min(paper.row_height(most, table.size), paper.HIGHEST)
    return Row((*values, line.key.text()), (*table.styles, "note"), height)


def _checks(table: Table, first: int, lines: int, words: Wording) -> tuple[Check, ...]:
    """The drop-down of the answers."""
    column, choices = table.keys.index("answer"), tuple(words.answers.values())
    message = words.wrong.choice.format(choices="、".join(choices))
    area = Area(first, column, first + lines - 1, column)
    return (Check(area, words.wrong.title, message, choices=choices),)
