"""Fill in a Word template: `{name}` in its text, table rows that repeat. Bytes in, bytes out.

A clerk edits the template in Word or WPS, which cut a text into runs as they please: a name in
braces is found however it is cut, and takes the look of its first character. A table row that names
`{rows.column}` is repeated for each of those rows; a table whose rows are none is left out.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from io import BytesIO
from typing import Any

from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PART = re.compile(r"word/(document|header[0-9]*|footer[0-9]*)\.xml")
_NAME = re.compile(r"\{([A-Za-z_]+(?:\.[A-Za-z_]+)?)\}")
_LARGEST = 20_000_000  # bytes of one part, unpacked
_CREATED = (1980, 1, 1, 0, 0, 0)

Rows = Sequence[Mapping[str, str]]


class UnfitTemplate(ValueError):
    """A template that cannot be filled in; `name` is what its braces ask for in vain, if that."""

    def __init__(self, name: str = "") -> None:
        super().__init__("unfit template")
        self.name = name


def fill(template: bytes, values: Mapping[str, str], tables: Mapping[str, Rows]) -> bytes:
    """Return the document; raises `UnfitTemplate`."""
    target = BytesIO()
    try:
        with (
            zipfile.ZipFile(BytesIO(template)) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
        ):
            if "word/document.xml" not in source.namelist():
                raise UnfitTemplate
            for entry in source.infolist():
                if entry.file_size > _LARGEST:
                    raise UnfitTemplate
                content = source.read(entry)
                if _PART.fullmatch(entry.filename):
                    content = _filled(content, values, tables)
                out.writestr(
                    zipfile.ZipInfo(entry.filename, _CREATED), content, zipfile.ZIP_DEFLATED
                )
    except (zipfile.BadZipFile, etree.XMLSyntaxError, NotImplementedError, RuntimeError):
        raise UnfitTemplate from None
    return target.getvalue()


def text_of(document: bytes) -> str:
    """Return the text of a Word document, a line a paragraph, headers and footers too."""
    with zipfile.ZipFile(BytesIO(document)) as source:
        parts = [name for name in source.namelist() if _PART.fullmatch(name)]
        roots = [etree.fromstring(source.read(name), _parser()) for name in sorted(parts)]
    return "\n".join(_text(paragraph) for root in roots for paragraph in root.iter(f"{_W}p"))


def _filled(xml: bytes, values: Mapping[str, str], tables: Mapping[str, Rows]) -> bytes:
    root = etree.fromstring(xml, _parser())
    for row in list(root.iter(f"{_W}tr")):
        _repeat(row, tables)
    for paragraph in root.iter(f"{_W}p"):
        _replace(paragraph, values)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _repeat(row: Any, tables: Mapping[str, Rows]) -> None:
    """Put a copy of the row for each of the rows that its names refer to."""
    asked = {name.split(".")[0] for name in _names(row) if "." in name}
    if not asked:
        return
    (kind, *others) = sorted(asked)
    if others or kind not in tables:
        raise UnfitTemplate([*others, kind][0])
    for values in tables[kind]:
        copy = deepcopy(row)
        for paragraph in copy.iter(f"{_W}p"):
            _replace(paragraph, {f"{kind}.{name}": value for name, value in values.items()})
        row.addprevious(copy)
    table = row.getparent()
    table.remove(row)
    if not tables[kind]:
        table.getparent().remove(table)


def _names(element: Any) -> Iterable[str]:
    for paragraph in element.iter(f"{_W}p"):
        yield from _NAME.findall(_text(paragraph))


def _text(paragraph: Any) -> str:
    return "".join(piece.text or "" for piece in paragraph.iter(f"{_W}t"))


def _replace(paragraph: Any, values: Mapping[str, str]) -> None:
    """Write the values over the names, from the last one on, so that places before it stay."""
    pieces = list(paragraph.iter(f"{_W}t"))
    for found in reversed(list(_NAME.finditer(_text(paragraph)))):
        if found[1] not in values:
            raise UnfitTemplate(found[1])
        start, end = found.span()
        place, value = 0, values[found[1]]
        for piece in pieces:
            text = piece.text or ""
            first, last = max(start - place, 0), min(end - place, len(text))
            place += len(text)
            if first < last:
                piece.text = text[:first] + value + text[last:]
                piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                value = ""


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
