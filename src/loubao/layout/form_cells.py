"""The cells of a form: columns that share one, printed and read back; boxes to tick.

A column that stands `under` another shares its cell, a line each. A cell with choices is printed as
boxes (`□是 □否`): on paper they are ticked, on a computer a drop-down takes their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from loubao.core.forms import Value
from loubao.layout.paper import SLACK, lines_needed, text_width
from loubao.rules.sheet_columns import SheetColumn, Stack

#: What is read back of a cell that several columns share: what stands on one line.
_ONE_LINE = frozenset(
    ("case_no", "village", "name", "id_number", "sex", "age", "group", "phone", "address")
)
_NOTHING = "—"
_BETWEEN = "\u3000"
_APART = "  "  # boxes: a tick by hand is wider than its box
#: As it is printed: with stars, and with marks for digits that a spreadsheet has lost.
_ID_NUMBER = re.compile("[0-9０-９*＊?？]{14,17}[0-9０-９XxＸｘ*＊?？]")
#: What stands in the place of one and is none: a passport, or what is left of a number.
_OTHER_NUMBER = re.compile(r"[^\u4e00-\u9fff]*\d[^\u4e00-\u9fff]*")
_WRITTEN = re.compile(r"\w")
_PHONE = re.compile(r"[0-9０-９][0-9０-９ 　－-]{5,}[0-9０-９]")
#: A line of telephone numbers alone, none too long for one; and one within other words.
_PHONES = re.compile(r"(?!.*\d{14})(?:[^\w*＊?？]*\d){7,}[^\w*＊?？]*")
_SEPARATORS = "、，,;；/／-－"
_PHONE_WITHIN = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}[ －-]?\d{7,8})(?!\d)")


def header_of(stack: Stack) -> str:
    r"""Return the header of a cell: those of its columns, a line each.

    >>> column = SheetColumn.model_construct
    >>> header_of((column(header="性别"), column(header="年龄")))
    '性别\n年龄'
    """
    return "\n".join(column.header for column in stack)


def text_of(stack: Stack, cells: Mapping[str, Value], latin: float = 1.0) -> Value:
    r"""Return what a cell shows: the value of its column, or those of several, a line each.

    Lines at the end that say nothing are left out. Where longer texts stand in the cell, so is the
    word for nothing on record unless it is the last, and lines go on one if that saves one;
    `latin` as for `paper.lines_needed`.

    >>> asked = {"group": "person", "width": 9}
    >>> number = SheetColumn(key="case_no", header="编号", **asked)
    >>> card = SheetColumn(key="id_number", header="身份证号", unknown="缺", under=True, **asked)
    >>> phone = SheetColumn(key="phone", header="电话", under=True, **asked)
    >>> cell = {"case_no": "104-2022-00001", "id_number": "缺", "phone": None}
    >>> text_of((number, card, phone), cell), text_of((number, card, phone), {"phone": "130"})
    ('104-2022-00001\n身份证号缺', '—\n—\n130')
    """
    if len(stack) == 1:
        value = cells.get(stack[0].key)
        return f"{stack[0].before}{value}" if stack[0].before and value else value
    parts = [_part(column, cells.get(column.key)) for column in stack]
    if is_read_back(stack):  # each on its own line, also behind one that says nothing
        return "\n".join(part or _NOTHING for part in parts).rstrip(f"{_NOTHING}\n")
    said = [
        part
        for i, (column, part) in enumerate(zip(stack, parts, strict=True))
        if part and not (cells.get(column.key) == column.unknown and any(parts[i + 1 :]))
    ]
    needed = partial(lines_needed, width=stack[0].width, latin=latin)
    return "\n".join(_fewest_lines([line for part in said for line in part.split("\n")], needed))


def _fewest_lines(texts: Sequence[str], needed: Callable[[str], int]) -> list[str]:
    """The texts, on a line with others where that saves lines (`needed` by a text), else alone."""
    best: list[tuple[int, list[str]]] = [(0, [])]
    for end in range(1, len(texts) + 1):
        ways = []
        for start in range(end):
            joined = _BETWEEN.join(texts[start:end])
            count, lines = best[start]
            ways.append((count + needed(joined), [*lines, joined]))
        best.append(min(ways, key=lambda way: (way[0], -len(way[1]))))
    return best[-1][1]


def _part(column: SheetColumn, value: Value) -> str:
    if value is None or value == "":
        return ""
    before = column.before
    if not before and value == column.unknown:  # its header is too far away to explain it
        before = column.header
    return f"{before}{value}"


def stack_key(stack: Stack) -> str:
    """Return the name of a cell that several columns share: their keys."""
    return "+".join(column.key for column in stack)


def is_read_back(stack: Stack) -> bool:
    """Return whether the values that share a cell are read back one by one, else the whole text."""
    return stack[0].kind is not None or all(column.key in _ONE_LINE for column in stack)


def read_back(stack: Stack, text: str, alone: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in a cell that columns share, by column, or by `stack_key` as a whole.

    `alone`: what the hidden columns of each say. Where these say just what the cell does it is as
    it was printed, and nothing is to be guessed.

    >>> asked = {"group": "person", "width": 9}
    >>> card = SheetColumn(key="id_number", header="身份证号", **asked)
    >>> phone = SheetColumn(key="phone", header="电话", under=True, **asked)
    >>> read_back((card, phone), "0000007", {}), read_back((card, phone), "0000007", {
    ...     "id_number": "0000007"})
    ({'phone': '0000007'}, {'id_number': '0000007'})
    """
    if not is_read_back(stack):
        return {stack_key(stack): text}
    printed = {column.key: alone[column.key] for column in stack if column.key in alone}
    if printed and "".join(str(text_of(stack, printed)).split()) == "".join(text.split()):
        return printed
    return parts_of(stack, text)


def parts_of(stack: Stack, text: str) -> dict[str, str]:
    r"""Return the values of the columns that share a cell, as they are read back from it.

    Of shown columns those that stand on one line each; where somebody has written an ID number in
    the place of the case number, it is one. Of columns to fill in, a telephone number goes to the
    column for one.

    >>> asked = {"group": "person", "width": 9}
    >>> number = SheetColumn(key="case_no", header="编号", **asked)
    >>> card = SheetColumn(key="id_number", header="身份证号", unknown="缺", under=True, **asked)
    >>> parts_of((number, card), "104-2022-00001\n身份证号缺")
    {'case_no': '104-2022-00001', 'id_number': '缺'}
    >>> parts_of((number, card), "990101199001011234")
    {'id_number': '990101199001011234'}
    >>> phone = SheetColumn(key="phone", header="电话", under=True, **asked)
    >>> home = SheetColumn(key="address", header="住址", under=True, **asked)
    >>> written = "13000000000", "990101199001011234 13000000000", "990101199001011234\n下厝12号"
    >>> [list(parts_of((card, phone, home), each)) for each in written]
    [['phone'], ['id_number', 'phone'], ['id_number', 'address']]
    >>> parts_of((card, phone, home), "990102********1???\n—\n下厝12号")
    {'id_number': '990102********1???', 'address': '下厝12号'}
    >>> name = SheetColumn(key="visitor", header="核查人", kind="text", **asked)
    >>> phone = SheetColumn(key="visitor_phone", header="电话", kind="phone", under=True, **asked)
    >>> parts_of((name, phone), "王大力 13000000000")
    {'visitor': '王大力', 'visitor_phone': '13000000000'}
    """
    lines = [line.strip() for line in text.splitlines()]
    if stack[0].kind is not None:
        filled_in = dict(_filled_in(stack, lines))
        return {column.key: filled_in[column.key] for column in stack if column.key in filled_in}
    found: dict[str, str] = {}
    for column, line in _by_form(stack, lines):
        if line == f"{column.header}{column.unknown}":
            line = column.unknown
        line = line.removeprefix(column.before)
        if line and line != _NOTHING:
            found[column.key] = line
    return found


def _by_form(stack: Stack, lines: list[str]) -> Iterator[tuple[SheetColumn, str]]:
    """Each column with its line: numbers are known by their form wherever they stand, what is left
    is that of the other columns in their order.
    """
    columns, width = list(stack), len(stack)
    keys = [column.key for column in stack]
    whole = len(lines) >= width
    for column in stack:
        place = keys.index(column.key)
        if column.key == "id_number":
            value, lines = _id_number(lines)
        elif column.key == "phone" and "case_no" not in keys:
            value, lines = _phone(lines, place - (width - len(columns)))
        else:
            continue
        if value:
            columns.remove(column)
            yield column, value
    if not whole and len(lines) < len(columns):
        columns = [c for c in columns if c.key != "phone" or "case_no" in keys]
    for column in list(columns):
        if not lines:
            return
        if (
            column.key == "id_number"
            and len(lines) < len(columns)
            and not _may_be_id(column, lines)
        ):
            columns.remove(column)
    for i, column in enumerate(columns[: len(lines)]):
        yield column, "".join(lines[i:]) if column is columns[-1] else lines[i]


def _may_be_id(column: SheetColumn, lines: Sequence[str]) -> bool:
    """Whether the first line is what stands for an ID number: other signs, or the word for none."""
    nothing = ("", _NOTHING, column.unknown, f"{column.header}{column.unknown}")
    return lines[0] in nothing or _OTHER_NUMBER.fullmatch(lines[0]) is not None


def _id_number(lines: list[str]) -> tuple[str, list[str]]:
    """The first ID number, and the lines without it."""
    for i, line in enumerate(lines):
        if number := _ID_NUMBER.search(line):
            rest = line.replace(number[0], "", 1).strip()
            return number[0], [
                *lines[:i],
                *([rest] if _WRITTEN.search(rest) else []),
                *lines[i + 1 :],
            ]
    return "", lines


def _phone(lines: list[str], place: int) -> tuple[str, list[str]]:
    """The telephone numbers of a person, and the lines without them.

    They are lines of their own, that in its `place` before others; several numbers may have been
    broken into lines. Where there is no such line one may stand beside other words.
    """
    alone = [i for i, line in enumerate(lines) if _PHONES.fullmatch(line)]
    if alone:
        first = place if place in alone else alone[0]
        value, after = lines[first], first + 1
        while after in alone:
            value += lines[after] if value[-1] in _SEPARATORS else f" {lines[after]}"
            after += 1
        return value, [*lines[:first], *lines[after:]]
    for i, line in enumerate(lines):
        if number := _PHONE_WITHIN.search(line):
            rest = line.replace(number[0], "", 1).strip()
            return number[0], [*lines[:i], rest, *lines[i + 1 :]]
    return "", lines


def _filled_in(stack: Stack, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The values that somebody has filled in: telephone numbers apart, the rest a line each."""
    rest = "\n".join(line for line in lines if line)
    for column in stack:
        if column.kind == "phone" and (number := _PHONE.search(rest)):
            yield column.key, number[0]
            rest = rest.replace(number[0], "", 1)
    others = [column for column in stack if column.kind != "phone"] or list(stack)
    texts = [line.strip() for line in rest.splitlines() if line.strip()]
    for i, column in enumerate(others[: len(texts)]):
        last = i == len(others) - 1
        yield column.key, " ".join(texts[i:]) if last else texts[i]


def boxes(column: SheetColumn, box: str) -> str:
    r"""Return the choices of a column as boxes to tick, as many on a line as it is wide.

    >>> result = SheetColumn(key="result", header="结果", group="visit", width=17, kind="choice",
    ...     choices=("已核查符合", "疑难", "退回"), short={"已核查符合": "符合"})
    >>> boxes(result, "□")
    '□符合  □疑难\n□退回'
    """
    lines: list[str] = []
    for label in column.labels.values():
        longer = f"{lines[-1]}{_APART}{box}{label}" if lines else ""
        if longer and text_width(longer) <= column.width - SLACK:
            lines[-1] = longer
        else:
            lines.append(f"{box}{label}")
    return "\n".join(lines)
