"""The place that stands around a table: subheading, title, name of the sheet, the file, the folder.

It is asked where a row does not say where its person lives. The nearer text counts before the
farther: a subheading within the table, the title above it, the sheet's name, the file's, the
folders'. A text that names several places, or means others, ends the search.

A subheading is a row with nothing but the name of a town or village, above its people. Where people
stand above the first of them, nobody knows whether they are named above or below: then no row is a
subheading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import NamedTuple

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.gazetteer import Gazetteer, gazetteer
from loubao.ingest.place_mention import FreeWords, Mention, free_words, is_place, mention
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.row_kinds import row_kinds, without_number
from loubao.rules.folder import Rules

PLACE_FIELDS = ("village", "town", "address")
#: Where a place may stand around a row, the nearest first.
LEVELS = ("subheading", "title", "sheet", "file", "folder")
_SPOT = {
    "row": pl.UInt32,
    **dict.fromkeys(("around_town", "around_village", "place_from"), pl.String),
}

Level = tuple[str, Mention]
_NOWHERE = Mention()


class Spot(NamedTuple):
    """The place around some rows, by codes; `levels`: where it stands, joined by a comma."""

    town: str | None = None
    village: str | None = None
    levels: str = ""


@dataclass(frozen=True)
class Names:
    """What a text is read by: official names, and words that are no part of one."""

    official: Gazetteer
    words: FreeWords

    def mention(self, text: str) -> Mention:
        """Return the place that a text names."""
        return mention(text, self.official, self.words)

    def is_place(self, text: str) -> bool:
        """Return whether a text is a place's name and nothing else."""
        return is_place(text, self.official, self.words)


def names_of(rules: Rules) -> Names:
    """Return what the texts around a table are read by."""
    return Names(gazetteer(rules.villages, rules.reading), free_words(rules))


# --- subheadings ---------------------------------------------------------------------------------


def subheadings(sheet: Sheet, fit: Fit, rules: Rules) -> dict[int, str]:
    """Return row → text of the subheadings of a table that name a place.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.ingest.sheets.fit import Column
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> columns = (Column("0", "姓名", "name"), Column("1", "证号", "id_number"))
    >>> def found(*names):
    ...     numbers = ["990101196003050119" if name == "张三" else None for name in names]
    ...     cells = {"row": range(2, 2 + len(names)), "0": names, "1": numbers}
    ...     sheet = Sheet("低保.csv", "", pl.DataFrame(cells), 0, (), empty(ISSUES))
    ...     return subheadings(sheet, Fit("dibao", 0, 0, columns), rules)
    >>> found("洛阳镇：", "张三", "东园镇：", "张三"), found("张三", "洛阳镇：", "张三")
    ({2: '洛阳镇：', 4: '东园镇：'}, {})
    """
    rule, names = rules.lists[fit.list_name], names_of(rules)
    body = sheet.cells.slice(fit.start + fit.depth)
    lone = lone_texts(without_number(body, fit, rule), fit)
    found = {row: text for row, text in lone.items() if names.is_place(text)}
    if not found:
        return {}
    kinds, _ = row_kinds(sheet, fit, rule, rules.reading)
    nobody = {row for rows in kinds.values() for row in rows}
    first = min(found)
    if any(row < first and row not in nobody for row in body["row"].to_list()):
        return {}
    return found


def lone_texts(rows: pl.DataFrame, fit: Fit) -> dict[int, str]:
    """Return row → text of the rows with one text only, which may be merged over several cells.

    One cell alone in a column of places is none: there the rest of a person's row is missing.
    """
    places = {place: position for position, place in enumerate(rows.columns[1:])}
    of_places = {places[c.place] for c in fit.columns if c.field in PLACE_FIELDS}
    texts: dict[int, str] = {}
    for row, *cells in rows.iter_rows():
        different = {*cells} - {None}
        if len(different) == 1:
            (text,) = different
            if any(cell is not None and at not in of_places for at, cell in enumerate(cells)):
                texts[row] = text
    return texts


# --- the place around each row -------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """One table of a sheet: its cells, where its header stands, its subheadings, kinds of rows."""

    sheet: Sheet
    fit: Fit
    subheadings: Mapping[int, str]
    kinds: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class _Standing:
    """What is around a row: the last town and village of subheadings, and the title."""

    town: Mention = _NOWHERE
    village: Mention = _NOWHERE
    title: Mention = _NOWHERE

    def below(self, found: Mention) -> _Standing:
        """The same below a subheading: a village stands in its town, a town begins anew."""
        if found.villages:
            return replace(self, village=found)
        return replace(self, town=found, village=_NOWHERE)

    def alone(self) -> _Standing:
        """The same where no subheading holds any more."""
        return _Standing(title=self.title)


def around(tables: Iterable[Table], rules: Rules) -> Iterator[pl.DataFrame]:
    """Yield row, around_town, around_village (codes), place_from (LEVELS) of each table's rows.

    Tables of one sheet come one after another: what the first ends with stands above the next.
    """
    names = names_of(rules)
    before: tuple[str, str] | None = None
    standing = _Standing()
    for table in tables:
        sheet = table.sheet
        if (sheet.file, sheet.name) != before:
            standing = _Standing()
        before = (sheet.file, sheet.name)
        titles = _titles(table)
        if titles:
            standing = _Standing(title=names.mention("\n".join(titles)))
        outer = _outer(sheet, names)
        changes = [(0, standing)]
        for row, text in sorted(_changes(table, titles).items()):
            found = names.mention(text) if text is not None else _NOWHERE
            if row in table.subheadings:
                standing = standing.below(found)
            elif row in table.kinds.get("title", ()):
                standing = _Standing(title=found)
            else:
                standing = standing.alone()
            changes.append((row, standing))
        spots = [(row, *_spot([*_near(each), *outer], names.official)) for row, each in changes]
        starts = pl.DataFrame(spots, schema=_SPOT, orient="row")
        rows = sheet.cells.select(pl.col("row").cast(pl.UInt32)).set_sorted("row")
        yield rows.join_asof(starts.set_sorted("row"), on="row")


def _titles(table: Table) -> list[str]:
    """The texts above the header."""
    rows = table.sheet.first(table.fit.start)
    return list(dict.fromkeys(cell for row in rows for cell in row if cell is not None))


def _changes(table: Table, titles: Sequence[str]) -> dict[int, str | None]:
    """Row → text of the rows below which another place may hold; None: of none by itself.

    They are subheadings, titles that are not the one above the table, totals, and where there are
    subheadings every other row with one text.
    """
    changes: dict[int, str | None] = dict(table.subheadings)
    again = set(titles)
    cells = table.sheet.cells
    for row in table.kinds.get("title", ()):
        if row in table.subheadings:
            continue
        texts = [c for c in cells.filter(pl.col("row") == row).drop("row").row(0) if c is not None]
        if texts[0] not in again:
            changes[row] = texts[0]
    if table.subheadings:
        body = cells.slice(table.fit.start + table.fit.depth)
        for row, text in lone_texts(body, table.fit).items():
            if row not in changes and text not in again:
                changes[row] = None
        changes |= {row: None for row in table.kinds.get("total", ()) if row not in changes}
    return changes


def _near(standing: _Standing) -> list[Level]:
    return [
        ("subheading", standing.village),
        ("subheading", standing.town),
        ("title", standing.title),
    ]


def _outer(sheet: Sheet, names: Names) -> list[Level]:
    """What the names of the sheet, the file and its folders say, the nearest first."""
    path = PurePosixPath(sheet.file)
    levels: list[Level] = [("sheet", names.mention(sheet.name)), ("file", names.mention(path.stem))]
    folders = [parent.name for parent in path.parents if parent.name]
    return levels + [("folder", names.mention(name)) for name in folders]


def _spot(levels: Sequence[Level], official: Gazetteer) -> Spot:
    """Return the place that the levels name together, the nearest first.

    >>> from types import SimpleNamespace
    >>> official = SimpleNamespace(town_of={"v1": "t1", "w1": "t1", "w2": "t2"})
    >>> namesakes = Mention(villages=frozenset({"w1", "w2"}))
    >>> _spot([("sheet", namesakes), ("file", Mention(town="t2"))], official)
    Spot(town='t2', village='w2', levels='sheet,file')
    >>> several = Mention(several_towns=True, several_villages=True)
    >>> _spot([("title", several), ("file", Mention(town="t2"))], official)
    Spot(town=None, village=None, levels='')
    """
    town: tuple[str, str] | None = None
    village: tuple[str, frozenset[str]] | None = None
    for level, found in levels:
        if found.several_towns:
            break
        if found.town is not None and town is None:
            town = (level, found.town)
        if village is None and (found.villages or found.several_villages):
            village = (level, found.villages)
    if town is None:
        return Spot()
    meant = [v for v in village[1] if official.town_of[v] == town[1]] if village else []
    if village is None or len(meant) != 1:
        return Spot(town[1], None, town[0])
    return Spot(town[1], meant[0], ",".join(dict.fromkeys((village[0], town[0]))))
