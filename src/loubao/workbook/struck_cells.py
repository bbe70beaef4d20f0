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
from loubao.workbook.container import Archive, blocks, inflated

if TYPE_CHECKING:
    from lxml import etree

Place: TypeAlias = tuple[int, int]

# -- xlsx ----------------------------------------------------------------------------------------

_STYLES, _STRINGS = "xl/styles.xml", "xl/sharedstrings.xml"
_P = rb"(?:[\w.-]+:)?"
_STRIKE = re.compile(rb"""<%bstrike(?:\s*/?>|\s+val\s*=\s*["'](?:1|true|on)["'])""" % _P)
_FONTS = re.compile(rb"<%bfonts[\s>].*?</%bfonts>" % (_P, _P), re.DOTALL)
_FONT = re.compile(rb"<%bfont(?:\s[^>]*)?(?:/>|>.*?</%bfont>)" % (_P, _P), re.DOTALL)
_FORMATS = re.compile(rb"<%bcellXfs[\s>].*?</%bcellXfs>" % (_P, _P), re.DOTALL)
_FORMAT = re.compile(rb"<%bxf(?:\s([^>]*))?>" % _P)
_FONT_OF = re.compile(rb"""\bfontId\s*=\s*["']([0-9]+)["']""")
_STRING = re.compile(rb"<%bsi(?:\s[^>]*)?(?:/>|>.*?</%bsi>)" % (_P, _P), re.DOTALL)
_CELL = re.compile(rb"<%bc\s([^>]*?)/?>(?:\s*<%bv>([0-9]+)<)?" % (_P, _P))
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_STYLE_OF = re.compile(rb"""\bs\s*=\s*["']([0-9]+)["']""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")


class StruckInXlsx:
    """The styles and shared strings of one xlsx that strike a text, or a part of it, through."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        parts = archive.parts
        self._styles = struck_styles(inflated(archive, _STYLES)) if _STYLES in parts else set()
        text = inflated(archive, _STRINGS) if _STRINGS in parts else b""
        self._strings = struck_strings(text)

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
    rest = b""
    for block in source:
        rest += block
        cut = rest.rfind(b"<row")
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def struck_styles(styles: bytes) -> set[int]:
    """Return the numbers of the cell formats of styles.xml whose font strikes through.

    >>> fonts = b'<fonts><font/><font><strike/></font><font><strike val="0"/></font></fonts>'
    >>> formats = b'<cellXfs><xf fontId="0"/><xf fontId="1"/><xf fontId="2"/></cellXfs>'
    >>> struck_styles(fonts + formats), struck_styles(formats)
    ({1}, set())
    """
    fonts, formats = _FONTS.search(styles), _FORMATS.search(styles)
    if fonts is None or formats is None or not _STRIKE.search(fonts[0]):
        return set()
    inside = fonts[0][fonts[0].index(b">") + 1 :]
    struck = {i for i, font in enumerate(_FONT.findall(inside)) if _STRIKE.search(font)}
    numbers = (_FONT_OF.search(attributes) for attributes in _FORMAT.findall(formats[0]))
    return {i for i, number in enumerate(numbers) if number and int(number[1]) in struck}


def struck_strings(strings: bytes) -> set[int]:
    """Return the numbers of the shared strings of which a part is struck through.

    >>> struck_strings(b"<sst><si><t>a</t></si><si><r><rPr><strike/></rPr><t>b</t></r></si></sst>")
    {1}
    """
    if not _STRIKE.search(strings):
        return set()
    return {i for i, text in enumerate(_STRING.findall(strings)) if _STRIKE.search(text)}


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
_THROUGH = re.compile(r"text-decoration[^;}\"]*line-through|text-line-through:(?!\s*none)")
_CSS_CLASS = re.compile(r"\.([\w-]+)\s*\{([^}]*)\}")
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
    return frozenset(name for name, css in _CSS_CLASS.findall(html) if _THROUGH.search(css))


def is_struck(cell: etree._Element, classes: Collection[str]) -> bool:
    """Whether a cell of an HTML table, or something in it, is struck through."""
    if classes and any(name in classes for name in (cell.get("class") or "").split()):
        return True
    if _THROUGH.search(cell.get("style") or ""):
        return True
    return any(
        each.tag in _HTML_TAGS or _THROUGH.search(each.get("style") or "")
        for each in cell.iterdescendants()
        if isinstance(each.tag, str)
    )
