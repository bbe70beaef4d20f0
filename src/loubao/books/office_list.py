"""What the office itself has to do → 待办.xlsx: a page a town, with room for what was done.

The people are on no village sheet any more: found eligible, applied for, or returned (退回). The
office fills in yellow cells; `collect` reads them back by two hidden columns, the case number and
the answer that the line is about: a line that a newer answer has overtaken changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from loubao.core.file_names import Taken, portable
from loubao.core.forms import Area, Check, Page, Row, Workbook
from loubao.core.notation import as_printed, day_text, period_of
from loubao.layout import paper
from loubao.layout.paper import Printing
from loubao.layout.table_page import TITLE, Table, paragraph, pixel_widths, table_paper
from loubao.rules.sheets import OFFICE_FILLED
from loubao.rules.wording import Wording

#: Headers of the hidden columns at the right end.
KEYS = ("case_no", "answer")
_LONGEST_PAGE = 31  # characters that the name of a page holds
_TEXTS = ("address", "sources", "rolls", "said")
_LEAST = 40.0  # points of a row, enough to write by hand


def office_book(
    office: pl.DataFrame,
    sheets: Wording,
    statuses: Mapping[str, str],
    as_of: dt.date,
    known: bool,
) -> Workbook:
    """Return 待办.xlsx; `office` are OFFICE of `followup.referrals`, `statuses` their names.

    Without anybody there is one page that says so; `known`: a ledger was there to know it from.
    """
    words = sheets.office
    printing = Printing(sheets.fonts, as_of, period_of(as_of))
    lines = _lines(office, sheets, statuses)
    pages = list(_town_pages(lines, sheets, statuses, printing))
    if not pages:
        said = words.none if known else words.unknown
        pages = [_page(words.page, "", [said], lines, sheets, printing)]
    title = words.title.format(town="", period=printing.period)
    styles = paper.table_styles(sheets.fonts)
    text = styles["text"]
    styles["fill"] = replace(
        text, fill=paper.YELLOW, align="center", locked=False, number_format="@"
    )
    styles["fill_head"] = replace(styles["head"], fill=paper.YELLOW_HEAD)
    return printing.workbook("office", words.path, title, pages, styles)


def _lines(office: pl.DataFrame, sheets: Wording, statuses: Mapping[str, str]) -> pl.DataFrame:
    """The printed texts of each person, beside town and the hidden keys."""
    words, numbering = sheets.office, sheets.village.numbering
    standing = pl.col("standing").replace_strict(dict(statuses), return_dtype=pl.String)
    also = pl.format(words.also.replace("{standing}", "{}"), standing)
    rolls = [
        paper.numbered([*benefits, *doubts], numbering) or words.on_no_roll
        for benefits, doubts in office.select("benefits", "doubts").iter_rows()
    ]
    blank = pl.lit(None, pl.String)
    return office.with_columns(
        pl.col("town").fill_null(sheets.unknown.town),
        pl.col("village").fill_null(sheets.unknown.village),
        pl.col("sources").list.join("\n"),
        id_number=as_printed(office["id_number"], sheets.id_number),
        standing=pl.when("on_sheet").then(also).otherwise(standing),
        status=pl.col("standing"),
        rolls=pl.Series(rolls, dtype=pl.String),
        **dict.fromkeys(OFFICE_FILLED, blank),
    )


def _town_pages(
    lines: pl.DataFrame, sheets: Wording, statuses: Mapping[str, str], printing: Printing
) -> Iterator[Page]:
    words, names = sheets.office, Taken()
    for people in lines.partition_by("town", maintain_order=True):
        town = people.item(0, "town")
        counts = dict(people["status"].value_counts().iter_rows())
        standings = [
            words.count.format(standing=name, people=counts[status])
            for status, name in statuses.items()
            if status in counts
        ]
        note = words.note.format(
            people=people.height,
            standings="、".join(standings),
            days=people["days"].max() or 0,
            as_of=day_text(printing.as_of),
        )
        name = names.distinct(portable(town)[: _LONGEST_PAGE - 3])
        yield _page(name, town, [note, *words.lines], people, sheets, printing)


def _page(
    name: str,
    town: str,
    notes: list[str],
    people: pl.DataFrame,
    sheets: Wording,
    printing: Printing,
) -> Page:
    """A page with title, notes, header and the `people`; the keys stand hidden at its right end."""
    words = sheets.office
    looks = dict.fromkeys(OFFICE_FILLED, "fill") | dict.fromkeys(_TEXTS, "text")
    table = Table(
        words.columns,
        printing.size,
        looks,
        look="center",
        blank="",
        slack=1.0,
        least=_LEAST,
        header_lines=2,
    )
    title = words.title.format(town=town, period=printing.period)
    above = [paper.wide_row(title, "title", TITLE)]
    above += [paragraph(text, "note", table.widths, sheets.fonts.size) for text in notes]
    header = table.header()
    looks_of_head = ["fill_head" if key in OFFICE_FILLED else "head" for key in table.keys]
    head, last, hidden = len(above), len(table.columns) - 1, ("note",) * len(KEYS)
    keys = people.select(*KEYS).iter_rows()
    rows = (
        *above,
        Row((*header.values, *KEYS), (*looks_of_head, *hidden), header.height),
        *(
            Row((*row.values, number, str(answer)), (*row.styles, *hidden), row.height)
            for row, (number, answer) in zip(table.rows(people), keys, strict=True)
        ),
    )
    return Page(
        name=name,
        widths=(*pixel_widths(table.widths, printing), *[90] * len(KEYS)),
        rows=rows,
        hidden=tuple(range(last + 1, last + 1 + len(KEYS))),
        merges=tuple(Area(row, 0, row, last) for row in range(head)),
        checks=tuple(_checks(table, head + 1, people.height, sheets)),
        filter=Area(head, 0, len(rows) - 1, last + len(KEYS)),
        freeze=(head + 1, 0),
        protected=True,
        paper=table_paper(words.footer, printing, repeat=(head, head)),
    )


def _checks(table: Table, first: int, people: int, sheets: Wording) -> Iterator[Check]:
    """The drop-down of what was done."""
    if people and "result" in table.keys:
        column, words = table.keys.index("result"), sheets.village.wrong
        choices = sheets.office.choices
        message = words.choice.format(choices="、".join(choices))
        area = Area(first, column, first + people - 1, column)
        yield Check(area, words.title, message, choices=choices)
