"""What all printed workbooks share: the look of their cells, widths for Chinese, row heights."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby

from loubao.core.forms import Area, Formula, Page, Paper, Row, Style, Value, Workbook
from loubao.core.frames import column_letters
from loubao.rules.wording import Wording

GREY_HEAD = "#E4E7EB"
YELLOW_HEAD = "#FFE9A8"
YELLOW = "#FFFDF3"
DOUBT = "#FDEFE3"
#: what stays on one line: a word or one wide character, with the closing marks behind it and, as
#: some programs have it, a number behind those
_PIECE = re.compile(r"(?:[!-~]+|[^!-~])(?:[，。、；：！？）》”]+[!-~]*)*")

_DAY = re.compile(r"(?<![0-9-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9-])")
#: a number of several parts, which programs break behind each stroke, a month or day, a long
#: number; or a piece
_NUMBER_OR_PIECE = re.compile(
    r"(?P<number>[0-9]+(?:-[0-9]+)+|[0-9]{4}年[0-9]{1,2}月(?:[0-9]{1,2}日)?|[0-9]{7,})"
    r"|(?:[!-~]+|[^!-~])[，。、；：！？）》”]*"
)

SOFT = "#A6A6A6"

#: points: a spreadsheet program allows no higher row
HIGHEST = 409.0
_PADDING = 5  # pixels of a cell that no text uses
#: half-width characters at the end of a line that no text can count on: programs round the widths
#: of columns each in its own way, and the more so in print
SLACK = 1.0
_SLACK_OF_WIDE = 0.04  # of a wide column, whose many characters are each rounded
_A4 = (210 / 25.4, 297 / 25.4)  # inches
_POINTS, _PIXELS = 72.0, 96.0  # of an inch
#: programs differ in the heights of rows that they print; what is reckoned on is a little less
_SURE = 0.97
_LINE_HEIGHT = 1.38  # of a line of Chinese, in its font size; some programs need that much


@dataclass(frozen=True, slots=True)
class Printing:
    """What the pages of one printed workbook share.

    `fonts` names them and their size in points; `as_of` is the day the workbook is made for,
    `period` the month or months it is about, as its title and footer print it.
    """

    fonts: Wording
    as_of: dt.date
    period: str

    @property
    def size(self) -> float:
        """Points of the text of a table."""
        return self.fonts.size + 1

    def footer(self, words: Wording, **places: str) -> tuple[str, str, str]:
        """Return the three parts of a page's footer, filled in; `places`: `town`, `village`."""
        values = {"town": "", "village": "", **places, "period": self.period}
        # a lone & would begin a code
        safe = {name: value.replace("&", "&&") for name, value in values.items()}
        return words.left.format(**safe), words.center.format(**safe), words.right.format(**safe)

    def workbook(
        self,
        kind: str,
        path: str,
        title: str,
        pages: Sequence[Page],
        styles: Mapping[str, Style] | None = None,
    ) -> Workbook:
        """Return a workbook of plain tables; `kind` tells it from others when it is read back."""
        return Workbook(
            path=path,
            title=title,
            created=self.as_of,
            styles=styles or table_styles(self.fonts),
            pages=tuple(pages),
            names={"loubao_kind": kind, "loubao_period": self.period},
        )


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
    """Return the pixels of a column of `width` half-width characters in a font of `size` points.

    >>> pixels(18, 10)  # an ID number
    125
    """
    return math.ceil(width * size * 96 / 72 / 2) + _PADDING


def text_width(text: str) -> float:
    """Return the width in half-width characters: a Chinese character takes two.

    >>> text_width("张三1号"), text_width("阿卜杜拉·买买提")
    (7.0, 15.5)
    """
    return (len(text) + len(text.encode())) / 2


@lru_cache(maxsize=16384)
def lines_needed(text: str, width: float, latin: float = 1.0) -> int:
    r"""Return how many lines `text` takes in a column of `width` half-width characters.

    `latin`: half-width characters that a digit or Latin letter takes in the widest font.

    Chinese breaks anywhere but before a closing mark; a number or a Latin word goes to the next
    line whole. A line ends before the column does (`SLACK`).

    >>> lines_needed("上浦村", 5), lines_needed("甲\n乙", 10), lines_needed("", 4)
    (2, 2, 1)
    >>> lines_needed("尾号1234", 9), lines_needed("尾号1234", 9, latin=1.3)
    (1, 2)
    >>> lines_needed("自付医疗费103633.61元", 15)
    2
    """
    width = _usable(width)
    total = 0
    for part in text.split("\n"):
        total += 1
        if _width(part, latin) <= width:
            continue
        used = 0.0
        for piece in _PIECE.findall(part):
            wide = _width(piece, latin)
            if used and used + wide > width:
                total += 1
                used = 0.0
            if wide > width:  # a word longer than the line is cut
                total += math.ceil(wide / width) - 1
                wide = wide % width
            used += wide
    return total


def unbroken(text: str, width: float, latin: float = 1.0) -> str:
    r"""Return a text whose dates and case numbers no program breaks, in a column of that width.

    `latin` as for `lines_needed`. A day is written as a clerk does, a number or day that
    would not fit on its line begins a new one.

    >>> unbroken("临时救助，2023-02-21，有效期至2024-02-21", 20)
    '临时救助，\n2023年2月21日，有效期至2024年2月21日'
    >>> unbroken("请核对：与本次110-2024-00121号疑似", 24), unbroken("与110-2024-00121号", 30)
    ('请核对：与本次\n110-2024-00121号疑似', '与110-2024-00121号')
    """
    return numbers_whole(
        _DAY.sub(lambda day: f"{day[1]}年{int(day[2])}月{int(day[3])}日", text), width, latin
    )


def numbers_whole(text: str, width: float, latin: float = 1.0) -> str:
    r"""Return a text in which a number that would not fit on its line begins a new one.

    Nothing but line breaks is added: without white space the text is what it was.

    >>> numbers_whole("13000000000、0595-87000000", 19)
    '13000000000、\n0595-87000000'
    """
    width = _usable(width)
    lines = []
    for line in text.split("\n"):
        used, broken = 0.0, ""
        for piece in _NUMBER_OR_PIECE.finditer(line):
            wide = _width(piece[0], latin)
            if used + wide > width:
                used = 0.0
                broken += "\n" if piece["number"] and broken and wide <= width else ""
            used += wide
            broken += piece[0]
        lines.append(broken)
    return "\n".join(lines)


def _usable(width: float) -> float:
    """The half-width characters of a column that a line can count on."""
    return max(width - max(SLACK, _SLACK_OF_WIDE * width), 1.0)


def _width(text: str, latin: float) -> float:
    return text_width(text) + (latin - 1.0) * sum(map(str.isascii, text))


def row_height(lines: int, size: float) -> float:
    """Return the points that `lines` lines of `size` points take.

    >>> row_height(1, 10), row_height(3, 10)
    (21.8, 49.4)
    """
    return round(lines * size * _LINE_HEIGHT + 8, 1)


def room_left(widths: Sequence[int], heights: Sequence[float], paper: Paper) -> float:
    """Return the points that are free below the last row, on the last sheet of paper.

    `widths` are those of the columns that are seen, in pixels, `heights` those of the rows, in
    points; the answer is in points of a row, too: a page that is shrunk to the width of the paper
    holds more of them.

    >>> narrow = Paper(landscape=True, margins=(0.0, 0.0, 0.0, 0.0), repeat=(0, 0))
    >>> round(room_left([500], [20.0, 40.0, 40.0], narrow))  # 210 mm are 595 points
    477
    >>> round(room_left([500], [20.0, *[40.0] * 15], narrow))  # thirteen, and two on the next
    477
    >>> round(room_left([2246], [20.0, 40.0], narrow))  # at one half
    1095
    """
    left, right, top, bottom = paper.margins
    across, along = reversed(_A4) if paper.landscape else _A4
    scale = min(1.0, (across - left - right) * _PIXELS / max(sum(widths), 1))
    height = (along - top - bottom) * _POINTS / scale * _SURE
    first, last = paper.repeat or (0, -1)
    repeated = sum(heights[first : last + 1])
    used = 0.0
    for each in heights:
        if used + each > height:
            used = repeated
        used += each
    return max(height - used, 0.0)


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
    r"""Return the texts a line each, with their marks where there are several.

    >>> numbered(["低保"], "①②"), numbered(["低保", "特困"], "①②"), numbered([], "①②")
    ('低保', '①低保\n②特困', '')
    """
    if len(texts) <= 1:
        return "".join(texts)
    return "\n".join(f"{marks[i] if i < len(marks) else ''}{text}" for i, text in enumerate(texts))


def wide_row(text: str, style: str, height: float) -> Row:
    """Return a row of one text, for a title or a note that a merge or the page gives room."""
    return Row((text,), (style,), height)


def section_rows(title: str, heads: Sequence[str], height: float) -> list[Row]:
    """Return the heading of a table among others on a page, and its header."""
    return [wide_row(title, "section", 30.0), Row(tuple(heads), ("head",) * len(heads), height)]


def cell(row: int, column: int) -> str:
    """Return the name of a cell, counted from 0, as formulas write it.

    >>> cell(0, 0), cell(9, 27)
    ('A1', 'AB10')
    """
    return f"{column_letters(column)}{row + 1}"


def total(values: Sequence[Value], area: Area, subtotal: bool = False) -> Formula:
    """Return the sum of the cells of `area`, whose values are `values`, as a formula.

    A `subtotal` leaves other subtotals out, so that towns are not counted twice.

    >>> total([4, 5], Area(2, 1, 3, 1))
    Formula(text='=SUM(B3:B4)', value=9)
    >>> total([4, 5], Area(2, 1, 4, 1), subtotal=True).text
    '=SUBTOTAL(9,B3:B5)'
    """
    first = cell(area.first_row, area.first_column)
    last = cell(area.last_row, area.last_column)
    start = "=SUBTOTAL(9," if subtotal else "=SUM("
    return Formula(f"{start}{first}:{last})", sum(number(value) for value in values))


def number(value: Value) -> int | float:
    """Return the number that a cell shows; 0 for a text or nothing.

    >>> number(7), number(Formula("=A1+A2", 5)), number("—"), number(None)
    (7, 5, 0, 0)
    """
    shown = value.value if isinstance(value, Formula) else value
    return shown if isinstance(shown, int | float) else 0


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
