"""xlsx workbooks: the parts that belong to the workbook as a whole.

Which part is the workbook, which are its sheets, and what these share: texts, number formats, the
epoch. The parts are found by the relations of the package, whatever they are called. Element and
attribute names: ECMA-376 part 1, 18.2 (workbook), 18.4 (shared strings), 18.8 (styles); part 2, 6
(relations).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from posixpath import basename, dirname, normpath
from typing import TYPE_CHECKING

import polars as pl

from loubao.core.faults import UntrustedInput
from loubao.workbook.cell_values import CellBook, spelled, unescaped
from loubao.workbook.container import Archive, cleaned_xml, damaged, defining, elements, inflated
from loubao.workbook.grid import Grid, unread_note
from loubao.workbook.number_formats import Shown, shown
from loubao.workbook.sheet_xml import read_sheet_cells, string_text
from loubao.workbook.struck_cells import StruckInXlsx

if TYPE_CHECKING:
    from lxml import etree

_USUAL_BOOK = "xl/workbook.xml"
_CHART = "chartsheet"
_PLAIN_TEXT = r"^\s*<si>\s*<t(?:\s[^<>]*)?(?:/>|>([^<]*)</t>)\s*$"
_RUN_TEXT = re.compile(r"<t(?:\s[^<>]*)?>([^<]*)</t>")
# one that never closes goes on to the end of its text: else each would be searched to there
_PHONETIC = re.compile(r"<(rPh|phoneticPr)\b(?:[^<>]*/>|.*?</\1>|.*)", re.DOTALL)
_ODD_STRING = re.compile(rb"<si\s")
_TRUE = ("1", "true", "on")


@dataclass(frozen=True, slots=True)
class _Relation:
    """What a part refers to: the kind (the last word of its type) and the part, if there is one."""

    kind: str
    part: str | None


@dataclass(frozen=True, slots=True)
class _SheetPlace:
    """A sheet in the workbook's list; `part` is None where the package has none."""

    name: str
    part: str | None
    kind: str
    hidden: bool


def book_part(archive: Archive) -> str | None:
    """Return the part that is the workbook, None where the package has none.

    The root's relation names it; a package without one has it where every program writes it.
    """
    related = [
        relation.part
        for relation in _relations(archive, "").values()
        if relation.kind == "officeDocument" and relation.part
    ]
    for part in (*related, _USUAL_BOOK, "xl/workbook.bin"):
        if part in archive.parts and re.search(r"\.bin$|book[^/]*\.xml$", part):
            return part
    return next((part for part in related if _is_book(archive, part)), None)


def _is_book(archive: Archive, part: str) -> bool:
    return re.search(rb"<(?:[\w.-]+:)?workbook[\s>]", inflated(archive, part)[:4096]) is not None


def read_xlsx(archive: Archive, part: str) -> Iterator[Grid]:
    """Yield a grid for each sheet of the workbook `part` that is no chart, hidden ones included.

    A sheet that is missing or damaged comes back as a grid without cells that says so. Raises
    `UntrustedInput` where that is so of all, or for a sheet that is far too large.
    """
    relations = _relations(archive, part)
    book, places = _book(archive, part, relations)
    struck = StruckInXlsx(archive)
    seen: set[str] = set()  # parts: two sheets are never the same one
    sheets = [place for place in places if not place.kind.startswith(_CHART)]
    read = not sheets
    for place in sheets:
        grid = Grid(place.name, (), (), (), hidden=place.hidden, since_1904=book.since_1904)
        again = place.part is None or place.part in seen
        found = None if again else _read(archive, str(place.part), book, grid)
        seen.add(str(place.part))
        read = read or found is not None
        found = found and replace(found, struck=struck.cells(place.part))
        yield found or replace(grid, notes=[unread_note()])
    if not read:
        raise damaged(archive.file)


def _read(archive: Archive, part: str, book: CellBook, grid: Grid) -> Grid | None:
    """Return the cells of a sheet, None where its part is damaged."""
    from lxml import etree

    try:
        return read_sheet_cells(archive, part, book, grid)
    except etree.XMLSyntaxError:
        return None
    except UntrustedInput as refused:
        file = archive.file
        if refused.message not in (damaged(file).message, defining(file).message):
            raise
        return None


def _book(
    archive: Archive, part: str, relations: dict[str, _Relation]
) -> tuple[CellBook, list[_SheetPlace]]:
    """Return what the sheets share, and the list of sheets."""
    tags = ("{*}sheet", "{*}workbookPr", "{*}calcPr")
    places: list[_SheetPlace] = []
    since_1904 = calculates = False
    for _, element in elements(inflated(archive, part), tags, archive.file):
        name = _local(element)
        if sum(1 for _ in element.iterancestors()) != (2 if name == "sheet" else 1):
            continue  # of an extension
        if name == "workbookPr":
            since_1904 = (element.get("date1904") or "").lower() in _TRUE
        elif name == "calcPr":
            calculates = (element.get("fullCalcOnLoad") or "").lower() in _TRUE
        else:
            places.append(_sheet_place(archive, part, element, relations, len(places) + 1))
    shared = _shared(archive, part, relations, "sharedStrings")
    styles = _shared(archive, part, relations, "styles")
    book = CellBook(
        texts=_texts(archive, shared) if shared else pl.Series([], dtype=pl.String),
        formats=_formats(archive, styles) if styles else [],
        since_1904=since_1904,
        calculates=calculates,
    )
    return book, places


def _sheet_place(
    archive: Archive,
    book: str,
    element: etree._Element,
    relations: dict[str, _Relation],
    number: int,
) -> _SheetPlace:
    names = (str(name) for name in element.keys())  # noqa: SIM118
    key = next((name for name in names if name.endswith("}id") or name == "id"), "")
    relation = relations.get(element.get(key) or "", _Relation("", None))
    if not relations:  # a package without relations has its sheets where they usually are
        part = f"{dirname(book)}/worksheets/sheet{number}.xml".lstrip("/")
        relation = _Relation("worksheet", part if part in archive.parts else None)
    hidden = (element.get("state") or "visible") != "visible"
    return _SheetPlace(element.get("name") or "", relation.part, relation.kind, hidden)


def _relations(archive: Archive, part: str) -> dict[str, _Relation]:
    """Return the relations of a part by id; those of the package itself for ""."""
    folder = dirname(part)
    name = f"{folder}/_rels/{basename(part)}.rels".lstrip("/")
    found: dict[str, _Relation] = {}
    if name not in archive.parts:
        return found
    for element in _whole(archive, name, "{*}Relationship"):
        target = (element.get("Target") or "").replace("\\", "/")
        if element.get("TargetMode") == "External":
            target = ""
        path = normpath(target if target.startswith("/") else f"/{folder}/{target}")
        at = path.lstrip("/").lower()
        kind = (element.get("Type") or "").rpartition("/")[2]
        found[element.get("Id") or ""] = _Relation(kind, at if at in archive.parts else None)
    return found


def _whole(archive: Archive, name: str, tag: str) -> list[etree._Element]:
    """Return the elements of a small part, none of them where it is damaged."""
    from lxml import etree

    try:
        return [each for _, each in elements(inflated(archive, name), (tag,), archive.file)]
    except etree.XMLSyntaxError:
        return []


def _shared(archive: Archive, book: str, relations: dict[str, _Relation], kind: str) -> str | None:
    """Return the part of a kind that belongs to the workbook; it may stand without a relation."""
    usual = f"{dirname(book)}/{kind}.xml".lstrip("/").lower()
    named = (r.part for r in relations.values() if r.kind.lower() == kind.lower() and r.part)
    return next(named, usual if usual in archive.parts else None)


def _formats(archive: Archive, part: str) -> list[Shown]:
    """Return what each cell format shows of a number, by its number."""
    codes: dict[int, str] = {}
    numbers: list[int] = []
    tags = ("{*}numFmt", "{*}xf")
    for _, element in elements(inflated(archive, part), tags, archive.file):
        number = element.get("numFmtId") or "0"
        if not number.isdigit():
            number = "0"
        parent = element.getparent()
        group = "" if parent is None else _local(parent)  # a conditional format has its own
        if group == "numFmts":
            codes[int(number)] = element.get("formatCode") or ""
        elif group == "cellXfs":
            numbers.append(int(number))
    return [shown(number, codes) for number in numbers]


def _texts(archive: Archive, part: str) -> pl.Series:
    """Return the shared strings in their order, however many are announced."""
    xml = cleaned_xml(inflated(archive, part))
    if b"<sst" in xml[:4096] and b"<!" not in xml and not _ODD_STRING.search(xml):
        closed = xml.replace(b"<si/>", b"<si></si>").decode("utf-8", "replace")
        pieces = pl.Series([closed]).str.split("</si>").explode()
        pieces = pieces[:-1].str.replace(r"(?s)^.*<sst(?:\s[^<>]*)?>", "")
        plain = pieces.str.extract(_PLAIN_TEXT)
        odd = plain.is_null()
        if odd.any():
            runs = pieces.filter(odd).map_elements(_run_text, return_dtype=pl.String)
            plain = plain.scatter(odd.arg_true(), runs)
        return spelled(unescaped(plain))
    items = elements(xml, ("{*}si",), archive.file)
    texts = [string_text(item) for _, item in items]
    return spelled(pl.Series(texts, dtype=pl.String))


def _run_text(item: str) -> str:
    """Return the text of a string in runs, without its phonetic guide.

    >>> _run_text("<si><r><rPr/><t>张</t></r><r><t>三</t></r><rPh sb='0'><t>zhang</t></rPh>")
    '张三'
    """
    return "".join(_RUN_TEXT.findall(_PHONETIC.sub("", item)))


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
