"""Cases that a village could not decide → 疑难.xlsx, for those who meet to decide them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from loubao.core.forms import Workbook
from loubao.core.notation import period_of
from loubao.layout.paper import Printing
from loubao.layout.table_page import Heading, Table, table_page
from loubao.rules.returns import Returns
from loubao.rules.wording import Wording

_LOOKS = dict.fromkeys(
    ("sources", "clues", "benefits", "doubts", "address", "why_not", "remark", "opinion"), "text"
)


def difficult_book(
    people: Sequence[Mapping[str, str]], returns: Returns, sheets: Wording, as_of: dt.date
) -> Workbook:
    """Return 疑难.xlsx: a line a person, texts by the keys of `rules/returns.yaml`, in order."""
    words = returns.difficult
    printing = Printing(sheets.fonts, as_of, period_of(as_of))
    title = words.title.format(period=printing.period)
    note = words.note.format(count=len(people)) if people else words.none
    table = Table(
        words.columns,
        printing.size,
        _LOOKS,
        look="center",
        blank="",
        slack=1.0,
        least=40.0,
        header_lines=2,
    )
    frame = pl.DataFrame(people, schema=dict.fromkeys(table.keys, pl.String))
    heading = Heading(words.page, title, note, words.footer)
    page = table_page(heading, table, table.rows(frame), printing)
    return printing.workbook("difficult", words.path, title, (page,))
