"""Cells whose text is struck through: how people cross somebody off a list in a spreadsheet.

A format says so in its styles, which calamine does not give. Each function here answers for one
format, and is only asked to look at cells where a style that strikes through is there at all. Cells
are (row, column): rows 1-based as the program shows them, columns 0-based.

Names of elements and records: ECMA-376 part 1, 18.4 and 18.8; [MS-XLS] 2.4.122 Font, 2.4.353 XF;
OpenDocument 1.3 part 3, 20.372; CSS text-decoration.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from struct import unpack_from
from typing import TYPE_CHECKING, TypeAlias

from loubao.workbook.cell_text import column_number
from loubao.workbook.container import Archive, blocks, elements, inflated

if TYPE_CHECKING:
    from lxml import etree

Place: TypeAlias = tuple[int, int]

# -- xlsx ----------------------------------------------------------------------------------------

_STYLES, _STRINGS = "xl/styles.xml", "xl/sharedstrings.xml"
_P = rb"(?:[\w.-]+:)?"
_STRIKE = re.compile(rb"<%bstrike[\s/>]" % _P)
_NOT = ("0", "false", "off")
_CELL = re.compile(rb"<%bc\s([^<>]*?)/?>(?:\s*<%bv>([0-9]{1,9})<)?" % (_P, _P))
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_STYLE_OF = re.compile(rb"""\bs\s*=\s*["']([0-9]{1,9})["']""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")


class StruckInXlsx:
    """The styles and shared strings of one xlsx that strike a text, or a part of it, through."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        parts = archive.parts
        styles, strings = (
            inflated(archive, part) if part in parts else b"" for part in (_STYLES, _STRINGS)
        )
        self._styles = struck_styles(styles, archive.file)
        self._strings = struck_strings(strings, archive.file)

    def cells(self, part: str | None) -> frozenset[Place]:
        """Return the struck cells of one worksheet."""
        if not part or not (self._styles or self._strings):
            return frozenset()
        return frozenset(self._struck(part))

    def _struck(self, part: str) -> Iterator[Place]:
        for text in _whole_cells(blocks(self._archive, part)):
            for attributes, value in _CELL.findall(text):
                style, place = _STYLE_OF.search(attributes), _PLACE.search(attributes)
                shared = value and _SHARED.search(attributes) and int(value) in self._strings
                if place and (shared or (style and int(style[1]) in self._styles)):
                    yield int(place[2]), column_number(place[1])


def _whole_cells(source: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream where a row begins."""
    waiting: list[bytes] = []
    for block in source:
        cut = block.rfind(b"<row")
        if cut > 0:
            yield b"".join((*waiting, block[:cut]))
            waiting, block = [], block[cut:]
        waiting.append(block)
    yield b"".join(waiting)


def struck_styles(styles: bytes, file: str) -> set[int]:
    """Return the numbers of the cell formats of styles.xml whose font strikes through.

    >>> fonts = b'<fonts><font/><font><strike/></font><font><strike val="0"/></font></fonts>'
    >>> formats = b'<cellXfs><xf fontId="0"/><xf fontId="1"/><xf fontId="2"/></cellXfs>'
    >>> struck_styles(b"<a>%b%b</a>" % (fonts, formats), ""), struck_styles(formats, "")
    ({1}, set())
    """
    if not _STRIKE.search(styles):
        return set()
    fonts: list[bool] = []
    formats: list[str] = []
    for _, element in elements(styles, ("{*}font", "{*}xf"), file):
        parent = element.getparent()
        group = "" if parent is None else _local(parent)  # a conditional format has its own
        if group == "fonts":
            fonts.append(_strikes(element))
        elif group == "cellXfs":
            formats.append(element.get("fontId") or "0")
    struck = {str(i) for i, strikes in enumerate(fonts) if strikes}
    return {i for i, font in enumerate(formats) if font in struck}


def struck_strings(strings: bytes, file: str) -> set[int]:
    """Return the numbers of the shared strings of which a part is struck through.

    >>> text = b"<sst><si><t>a</t></si><si><r><rPr><strike/></rPr><t>b</t></r></si></sst>"
    >>> struck_strings(text, "")
    {1}
    """
    if not _STRIKE.search(strings):
        return set()
    found: set[int] = set()
    for number, (_, item) in enumerate(elements(strings, ("{*}si",), file)):
        if _strikes(item):
            found.add(number)
        item.clear()
    return found


def _strikes(element: etree._Element) -> bool:
    """Whether a font strikes through, or one of those of a text."""
    return any(each.get("val") not in _NOT for each in element.iterfind(".//{*}strike"))


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


# -- BIFF ----------------------------------------------------------------------------------------

_FONT_RECORD, _XF, _MULRK = 0x0031, 0x00E0, 0x00BD
_STRIKEOUT = 0x0008
_NO_FONT = 4  # this number is left out when fonts are counted


def struck_formats(stream: bytes, records: Iterable[tuple[int, int, int]]) -> set[int]:
    """Return the numbers of the cell formats (XF) whose font strikes through.

    `records` are those of the workbook's globals: record, offset of its content, size.
    """
    fonts: list[bool] = []
    formats: list[int] = []
    for record, at, size in records:
        if record == _FONT_RECORD and size >= 4:
            fonts.append(bool(unpack_from("<H", stream, at + 2)[0] & _STRIKEOUT))
        elif record == _XF and size >= 2:
            formats.append(unpack_from("<H", stream, at)[0])
    struck = {i if i < _NO_FONT else i + 1 for i, strikes in enumerate(fonts) if strikes}
    return {i for i, font in enumerate(formats) if font in struck}


def struck_records(
    stream: bytes,
    records: Iterable[tuple[int, int, int]],
    cells: Collection[int],
    formats: Collection[int],
) -> frozenset[Place]:
    """Return the struck cells of a sheet; `cells` are the records that are cells."""
    found: set[Place] = set()
    if not formats:
        return frozenset()
    for record, at, size in records:
        if record not in cells or size < 6:
            continue
        row, column = unpack_from("<HH", stream, at)
        wide = (size - 6) // 6 if record == _MULRK else 1
        for i in range(wide):
            if unpack_from("<H", stream, at + 4 + 6 * i)[0] in formats:
                found.add((row + 1, column + i))
    return frozenset(found)


# -- OpenDocument, XML Spreadsheet 2003, HTML -----------------------------------------------------

_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_LINES = (f"{_STYLE}text-line-through-style", f"{_STYLE}text-line-through-type")
_CSS_CLASS = re.compile(r"\.([\w-]+)\s*\{([^{}]*)\}")
_STRIKING_TAG = re.compile("<(?:s|strike|del)[\\s>]", re.IGNORECASE)
_HTML_TAGS = ("s", "strike", "del")


def strikes(style: etree._Element) -> bool:
    """Whether a style of an OpenDocument strikes through."""
    about = style.find(f"{_STYLE}text-properties")
    lines = [] if about is None else [about.get(line) for line in _LINES]
    return any(line not in (None, "none") for line in lines)


def struck_classes(html: str) -> frozenset[str] | None:
    """Return the classes of a page's style sheet that strike through; None where nothing does.

    >>> struck_classes("<style>.a {color:red} .xl65{text-decoration:line-through;}</style>")
    frozenset({'xl65'})
    >>> struck_classes("<td>张三</td>"), struck_classes("<td><del>张三</del></td>")
    (None, frozenset())
    """
    if "line-through" not in html and not _STRIKING_TAG.search(html):
        return None
    return frozenset(name for name, css in _CSS_CLASS.findall(html) if _is_through(css))


def is_struck(cell: etree._Element, classes: frozenset[str]) -> bool:
    """Whether a cell of an HTML table, or something in it, is struck through.

    A table within the cell has cells of its own.
    """
    waiting = [cell]
    while waiting:
        each = waiting.pop()
        if each.tag in _HTML_TAGS or _is_through(each.get("style") or ""):
            return True
        if each is cell and classes and classes.intersection((each.get("class") or "").split()):
            return True
        waiting += (child for child in each if isinstance(child.tag, str) and child.tag != "table")
    return False


def _is_through(css: str) -> bool:
    """Whether some declarations of CSS strike a text through.

    >>> _is_through("color:red;text-decoration:underline line-through")
    True
    >>> _is_through("text-line-through:none"), _is_through("top:0;text-line-through:single")
    (False, True)
    """
    declared = (each.partition(":") for each in css.split(";"))
    return any(
        "line-through" in value
        if name.strip().startswith("text-decoration")
        else name.strip() == "text-line-through" and value.strip() != "none"
        for name, _, value in declared
    )
