"""What all printed workbooks share: the look of their cells, widths for Chinese, masked numbers."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import groupby
from typing import TypeAlias

import polars as pl

from loubao.core.forms import Row, Style
from loubao.core.frames import column_letters
from loubao.rules.wording import Wording

GREY_HEAD = "#E4E7EB"
YELLOW_HEAD = "#FFE9A8"
YELLOW = "#FFFDF3"
DOUBT = "#FDEFE3"
#: what stays on one line: a word or one wide character, with the closing marks behind it and, as
#: some programs have it, a number behind those
_PIECE = re.compile(r"(?:[!-~]+|[^!-~])(?:[，。、；：！？）》”]+[!-~]*)*")

PageFooter: TypeAlias = tuple[str, str, str]

SOFT = "#A6A6A6"

_PADDING = 5  # pixels of a cell that no text uses
_LINE_HEIGHT = 1.38  # of a line of Chinese, in its font size; some programs need that much


def table_styles(fonts: Wording) -> dict[str, Style]:
    """Return the styles of plain tables: title, note, line, section, head, text, number, share,
    money, date, total.
    """
    size = fonts.size
    ruled = partial(
        Style, size=size + 1, top="thin", bottom="thin", sides="thin", border_color=SOFT
    )
    body = partial(ruled, fonts.text)
    return {
        "title": Style(fonts.heading, fonts.title, align="center", wrap=False),
        "note": Style(fonts.text, size, color="#595959", wrap=True),
        "line": Style(fonts.text, size + 1),
        "section": Style(fonts.heading, size + 2, wrap=False, vertical="bottom"),
        "head": ruled(fonts.heading, align="center", fill=GREY_HEAD),
        "text": body(),
        "strong": body(bold=True),
        "center": body(align="center"),
        "number": body(align="center", number_format="0"),
        "share": body(align="center", number_format="0.0"),
        "money": body(align="center", number_format="0.00"),
        "date": body(align="center", number_format="yyyy-mm-dd"),
        "group": body(bold=True, fill="#F3F5F7"),
        "group_number": body(bold=True, fill="#F3F5F7", align="center", number_format="0"),
        "group_share": body(bold=True, fill="#F3F5F7", align="center", number_format="0.0"),
        "group_money": body(bold=True, fill="#F3F5F7", align="center", number_format="0.00"),
        "total": body(bold=True, fill=GREY_HEAD, align="center", number_format="0"),
    }


def pixels(width: float, size: float) -> int:
    """Return the pixels of a column of `width` half-width characters in a font of `size` points."""
    return math.ceil(width * size * 96 / 72 / 2) + _PADDING


def text_width(text: str) -> float:
    """Return the width in half-width characters: a Chinese character takes two.

    >>> text_width("张三1号"), text_width("阿卜杜拉·买买提")
    (7.0, 15.5)
    """
    return (len(text) + len(text.encode())) / 2


@lru_cache(maxsize=4096)
def lines_needed(text: str, width: float) -> int:
    r"""Return how many lines `text` takes in a column of `width` half-width characters.

    Chinese breaks anywhere but before a closing mark; a number or a Latin word goes to the next
    line whole.

    >>> lines_needed("上浦村", 4), lines_needed("甲\n乙", 10), lines_needed("", 4)
    (2, 2, 1)
    >>> lines_needed("自付医疗费103633.61元", 14)
    2
    """
    total = 0
    for part in text.split("\n"):
        total += 1
        if text_width(part) <= width:
            continue
        used = 0.0
        for piece in _PIECE.findall(part):
            wide = text_width(piece)
            if used and used + wide > width:
                total += 1
                used = 0.0
            if wide > width:  # a word longer than the line is cut
                total += math.ceil(wide / width) - 1
                wide = wide % width
            used += wide
    return total


def row_height(lines: int, size: float) -> float:
    """Return the points that `lines` lines of `size` points take."""
    return round(lines * size * _LINE_HEIGHT + 8, 1)


def masked(numbers: pl.Series) -> pl.Series:
    """Return ID numbers with their middle starred: six and four of a resident's number remain.

    Of a shorter document number one in front and two at the end remain.

    >>> masked(pl.Series(["350599199001011234", "E12345678", None])).to_list()
    ['350599********1234', 'E****78', None]
    """
    number = pl.col("number")
    length = number.str.len_chars()
    starred = (
        pl.when(length >= 14)
        .then(number.str.head(6) + "********" + number.str.tail(4))
        .when(length > 4)
        .then(number.str.head(1) + "****" + number.str.tail(2))
        .when(length > 0)
        .then(pl.lit("****"))
    )
    return numbers.rename("number").to_frame().select(starred).to_series().alias(numbers.name)


def balanced(header: str, width: float) -> str:
    r"""Return a header broken into lines of about equal length that fit `width`.

    >>> balanced("核查方式", 5), balanced("拟纳入类型", 7), balanced("住址", 12)
    ('核查\n方式', '拟纳入\n类型', '住址')
    """
    lines = math.ceil(text_width(header) / max(width // 2 * 2, 2))
    if lines <= 1:
        return header
    length = math.ceil(len(header) / lines)
    return "\n".join(header[i : i + length] for i in range(0, len(header), length))


def numbered(texts: Sequence[str], marks: str) -> str:
    """Return the texts a line each, with their marks where there are several."""
    if len(texts) <= 1:
        return "".join(texts)
    return "\n".join(f"{marks[i] if i < len(marks) else ''}{text}" for i, text in enumerate(texts))


def day(date: dt.date) -> str:
    """Return a date as the clerk writes it.

    >>> day(dt.date(2022, 6, 3))
    '2022年6月3日'
    """
    return f"{date.year}年{date.month}月{date.day}日"


def month(text: str) -> str:
    """Return a month as the clerk writes it.

    >>> month("2022-06")
    '2022年6月'
    """
    year, number = text.split("-")
    return f"{year}年{int(number)}月"


def wide_row(text: str, style: str, height: float) -> Row:
    """Return a row of one text, for a title or a note that a merge or the page gives room."""
    return Row((text,), (style,), height)


def cell(row: int, column: int) -> str:
    """Return the name of a cell, counted from 0, as formulas write it.

    >>> cell(0, 0), cell(9, 27)
    ('A1', 'AB10')
    """
    return f"{column_letters(column)}{row + 1}"


def footer(words: Wording, period: str, town: str = "", village: str = "") -> PageFooter:
    """Return the three parts of a page's footer, filled in."""
    # a lone & would begin a code
    values = {"period": period, "town": town, "village": village}
    safe = {name: value.replace("&", "&&") for name, value in values.items()}
    left, center, right = (part.format(**safe) for part in (words.left, words.center, words.right))
    return left, center, right


def runs(keys: Sequence[object]) -> list[tuple[object, int, int]]:
    """Return `(key, first, last)` of each run of equal keys.

    >>> runs(["a", "a", "b"])
    [('a', 0, 1), ('b', 2, 2)]
    """
    found = []
    for key, places in groupby(range(len(keys)), lambda place: keys[place]):
        run = list(places)
        found.append((key, run[0], run[-1]))
    return found
