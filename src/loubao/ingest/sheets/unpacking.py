"""Rows whose cells name several people become one row a person.

members.py reads the cells; here their people are put in the places of the rows of a sheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from loubao.core.characters import folded
from loubao.ingest.raw_cells import blank_as_null, raw
from loubao.ingest.sheets.cell_people import Person, numbers_in, pieces_of, with_number
from loubao.ingest.sheets.cell_words import CellWords, cell_words, flat
from loubao.ingest.sheets.column_owners import number_field
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.members import Head, people_of, same_name, same_number
from loubao.ingest.sheets.vocabulary import CELL, member_headers, plain
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

#: Where the people of a cell of members stand among the people of their row; the head is at 0.
CELL_SLOT: Final = CELL + 1
#: What else a row says of one person, and in a row of several of each of them.
_OF_EACH: Final = ("sex", "birth_date", "certificate_no")
_FOUND: Final = {
    **{"at": pl.UInt32, "part": pl.UInt32, "several": pl.Boolean, "surplus": pl.UInt32},
    **dict.fromkeys((*Person._fields, *_OF_EACH), pl.String),
}
_LONG_NUMBER: Final = r"[0-9０-９*＊]{11,}"
_TWO_WORDS: Final = r"\p{Han}{2,}[ \t　]+\p{Han}"
_TWO_NUMBERS: Final = r"[0-9０-９*＊]{14,}[XxＸｘ]?[^0-9]{1,6}[0-9０-９*＊]{14,}|[0-9]{30,}"
#: So many of the heads are each named by one row only where a row is a household.
_ONE_ROW_EACH: Final = 0.9


@dataclass(frozen=True)
class Unpacked:
    """Persons after their cells were split.

    `persons`: as given, one row a person, and `in_cell` Boolean (named in a cell of several),
    `surplus` u32 (how many persons of a cell are too many, names and numbers not being paired).
    `unpaired`: rows in which it is not known whose a number is. `heads_named`: rows in whose cell
    the head stands, too.
    """

    persons: pl.DataFrame
    unpaired: tuple[int, ...] = ()
    heads_named: tuple[int, ...] = ()


def household_fit(people: pl.DataFrame, fit: Fit, rule: ListRule, reading: Reading) -> Fit:
    """Return `fit` with name and number as those of members, where the rows show that they are.

    Below a header of members (家庭成员姓名) a row is a household where some cell names several
    people and each head has one row; and where the head stands in the first row of several and is
    named nowhere else.
    """
    heads = [*fit.columns_of("head_id"), *fit.columns_of("head_name")]
    names, numbers = fit.columns_of("name"), fit.columns_of("id_number")
    if fit.household or rule.household_rows is None or not heads or not names:
        return fit
    header = plain(names[0].header)
    if not any(text in header for text in member_headers(rule, reading)):
        return fit
    nothing = pl.lit(None, pl.String)
    texts = people.select(
        name=names[0].place,
        number=numbers[0].place if numbers else nothing,
        head=heads[0].place,
        head_name=heads[-1].place,
    )
    words = cell_words(rule, reading)
    packed = [
        (name, number)
        for name, number, *_ in texts.filter(may_be_packed(reading)).iter_rows()
        if (read := people_of(name, number, Head(), words)) and read.count > 1
    ]
    named = texts.filter(pl.col("name").is_not_null())
    heads_named = named["head"].drop_nulls().n_unique()
    one_row_each = bool(packed) and heads_named >= _ONE_ROW_EACH * named.height
    if not one_row_each and not _heads_above_members(texts):
        return fit
    of_members = {"name", "relation"}
    several = any(number is not None and len(numbers_in(number, words)) > 1 for _, number in packed)
    if several or fit.columns_of("head_id"):
        of_members.add("id_number")
    columns = [_in_cell(column, of_members) for column in fit.columns]
    return replace(fit, columns=tuple(columns), household=True)


def _heads_above_members(texts: pl.DataFrame) -> bool:
    """Return whether heads stand above the rows of their members, and never among them."""
    below = texts.filter(pl.col("head").is_null() & pl.col("name").is_not_null())
    above = texts.filter(pl.col("head").is_not_null() & pl.col("name").is_not_null())
    if below.is_empty() or above.is_empty():
        return False
    named = {_plain_name(name) for name in texts["name"].drop_nulls()}
    return not any(_plain_name(name) in named for name in texts["head_name"].drop_nulls())


def _plain_name(name: str) -> str:
    return folded("".join(flat(name).partition("(")[0].split()))


def _in_cell(column: Column, fields: set[str]) -> Column:
    of_members = column.field is not None and column.field in fields
    return column._replace(slot=CELL) if of_members else column


def may_be_packed(reading: Reading) -> pl.Expr:
    """Return whether columns `name` and `number` may name several, or a name with its number."""
    between = re.escape("".join(reading.member_separators[:-1]))
    name, number = pl.col("name"), pl.col("number")
    return (
        name.str.contains(f"[{between}]|{_LONG_NUMBER}")
        | number.str.contains(f"[{between}]|{_TWO_NUMBERS}").fill_null(False)
        | (name.str.contains(_TWO_WORDS) & number.str.contains(r"\s").fill_null(False))
    ).fill_null(False)


def unpacked(persons: pl.DataFrame, rule: ListRule, reading: Reading) -> Unpacked:
    """Split the cells that name several people, or a person with the number.

    `persons`: row, slot, `raw:<field>`. The head who stands in the cell of members again is left
    out there; what the cell alone has of him (his number, a note) is added to his own row.
    """
    words = cell_words(rule, reading)
    persons = _apart(persons, rule, words).with_row_index("at")
    columns = {f: raw(f) for f in ("name", "id_number", "head_name", "head_id", *_OF_EACH)}
    cells = persons.select(
        "at",
        "row",
        "slot",
        *(
            pl.col(c).alias(f) if c in persons.columns else pl.lit(None, pl.String).alias(f)
            for f, c in columns.items()
        ),
    ).rename({"id_number": "number"})
    in_cell = (pl.col("slot") == CELL_SLOT) & pl.any_horizontal(
        pl.col("name", "number").is_not_null()
    )
    protected = rule.fields.get("protected")
    split = _Split(words, protected.absent if protected else None)
    for cell in cells.filter(may_be_packed(reading) | in_cell).iter_rows(named=True):
        split.add(cell)
    return split.applied(persons)


class _Split:
    """The people that were found in the cells of one sheet, until they are put in their places.

    `protected`: what a member is where no cell says whether he is protected.
    """

    def __init__(self, words: CellWords, protected: str | None) -> None:
        self._words, self._protected = words, protected
        self._people: list[dict[str, object]] = []
        self._emptied: list[int] = []
        self._heads: dict[int, Person] = {}
        self._unpaired: list[int] = []

    def add(self, cell: dict[str, Any]) -> None:
        """Read one row's cells: at, row, slot, name, number, head_name, head_id, _OF_EACH."""
        head = Head(cell["head_name"], cell["head_id"])
        member_cell = cell["slot"] == CELL_SLOT
        read = people_of(cell["name"], cell["number"], head, self._words, member_cell)
        people = [Person(cell["name"], cell["number"])] if read is None else list(read.people)
        surplus = 0 if read is None else len(people) - read.count
        of_each = self._of_each(cell, people)
        kept = []
        for place, person in enumerate(people):
            if member_cell and _is_head(person, head, self._words):
                self._heads[cell["row"]] = person
            else:
                kept.append(place)
        if read is None and len(kept) == len(people):
            return
        if read is not None and not read.paired:
            self._unpaired.append(cell["row"])
        if not kept:
            self._emptied.append(cell["at"])
        several = len(people) > 1
        for part, place in enumerate(kept):
            person = people[place]
            values = {f: texts[place] for f, texts in of_each.items() if several and texts}
            self._people.append(
                {
                    **dict.fromkeys(_OF_EACH),
                    **values,
                    **person._asdict(),
                    "at": cell["at"],
                    "part": part,
                    "several": several,
                    "surplus": surplus if part == 0 else 0,
                }
            )

    def _of_each(
        self, cell: dict[str, Any], people: list[Person]
    ) -> dict[str, list[str | None] | None]:
        """Return what else the row says of each; a certificate that is nobody's is one more."""
        texts: dict[str, list[str | None] | None] = {}
        for field in _OF_EACH:
            pieces = pieces_of(cell[field], len(people), self._words) if len(people) > 1 else None
            texts[field] = list(pieces) if pieces else None
        if len(people) > 1 and cell["certificate_no"] and texts["certificate_no"] is None:
            people.append(Person(None))
            blanks: list[str | None] = [None] * (len(people) - 1)
            texts = {f: [*each, None] if each else None for f, each in texts.items()}
            texts["certificate_no"] = [*blanks, cell["certificate_no"]]
        return texts

    def applied(self, persons: pl.DataFrame) -> Unpacked:
        """Return `persons` (with `at`) with the people in their places."""
        if not (self._people or self._emptied or self._heads or self._unpaired):
            return Unpacked(_as_they_are(persons))
        found = pl.DataFrame(self._people, _FOUND, orient="row", strict=False)
        joined = persons.filter(~pl.col("at").is_in(self._emptied)).join(
            found, on="at", how="left", maintain_order="left_right"
        )
        split = pl.col("part").is_not_null()
        several = pl.col("several").fill_null(False)
        changes = {raw("name"): pl.when(split).then("name").otherwise(_text(raw("name"), persons))}
        changes[raw("id_number")] = (
            pl.when(split).then("number").otherwise(_text(raw("id_number"), persons))
        )
        own = pl.coalesce("relation", _text(raw("relation"), persons))
        relation = pl.when(several).then("relation").otherwise(own)
        if found["relation"].null_count() < found.height or raw("relation") in persons.columns:
            changes[raw("relation")] = relation
        if found["protected"].null_count() < found.height:
            known = raw("protected") in persons.columns
            rest = pl.col(raw("protected")) if known else pl.lit(self._protected)
            changes[raw("protected")] = pl.coalesce("protected", rest)
        for field in _OF_EACH:
            if raw(field) in persons.columns:
                changes[raw(field)] = pl.when(several).then(field).otherwise(pl.col(raw(field)))
        rows = joined.with_columns(
            **changes,
            in_cell=(pl.col("slot") == CELL_SLOT) | several,
            surplus=pl.col("surplus").fill_null(0),
        ).drop("at", "part", "several", *Person._fields, *_OF_EACH)
        return Unpacked(
            self._with_heads(rows), tuple(sorted(set(self._unpaired))), tuple(sorted(self._heads))
        )

    def _with_heads(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add to the head's own row what only the cell says: a number, a note beside the name."""
        more = pl.DataFrame(
            [
                (row, 0, p.name if p.name and "(" in p.name else None, p.number)
                for row, p in self._heads.items()
            ],
            {"row": pl.UInt32, "slot": pl.UInt32, "noted": pl.String, "own": pl.String},
            orient="row",
        )
        if more.is_empty():
            return rows
        number = pl.col(raw("id_number"))
        hidden = number.str.contains(r"[*＊]") & ~pl.col("own").str.contains(r"[*＊]")
        blank = number.is_null() | number.is_in(sorted(self._words.blanks)) | hidden
        own = pl.when(blank & pl.col("own").is_not_null()).then("own")
        return (
            rows.join(more, on=["row", "slot"], how="left", maintain_order="left")
            .with_columns(
                pl.coalesce("noted", raw("name")).alias(raw("name")),
                own.otherwise(raw("id_number")).alias(raw("id_number")),
            )
            .drop("noted", "own")
        )


def _as_they_are(persons: pl.DataFrame) -> pl.DataFrame:
    """Persons none of whose cells names several."""
    names = (raw("name"), raw("id_number"))
    return persons.with_columns(
        *(_text(column, persons).alias(column) for column in names),
        in_cell=pl.col("slot") == CELL_SLOT,
        surplus=pl.lit(0, pl.UInt32),
    ).drop("at")


def _text(column: str, frame: pl.DataFrame) -> pl.Expr:
    return pl.col(column) if column in frame.columns else pl.lit(None, pl.String)


def _is_head(person: Person, head: Head, words: CellWords) -> bool:
    """Return whether a person of a cell is the head that the row names elsewhere."""
    if person.relation is not None and person.relation not in words.heads:
        return False
    if person.name is None or head.name is None:
        return same_number(person.number, head.number)
    if not same_name(person.name, head.name):
        return False
    both = same_number(person.number, person.number) and same_number(head.number, head.number)
    return not both or same_number(person.number, head.number)


def _apart(persons: pl.DataFrame, rule: ListRule, words: CellWords) -> pl.DataFrame:
    """Take the number off the name of another person (户主, 监护人), into that person's column."""
    for field, spec in rule.fields.items():
        column, of_number = raw(field), raw(number_field(field))
        if spec.type != "name" or field == "name" or column not in persons.columns:
            continue
        texts = persons[column].drop_nulls().unique()
        read = {
            text: person
            for text in texts.filter(texts.str.contains(_LONG_NUMBER))
            if (person := with_number(text, words)) is not None
        }
        if not read:
            continue
        names = {text: person.name for text, person in read.items()}
        numbers = {text: person.number for text, person in read.items()}
        same = pl.col(of_number) == pl.col(column) if of_number in persons.columns else pl.lit(True)
        own = pl.when(~same.fill_null(False)).then(_text(of_number, persons))
        persons = persons.with_columns(
            pl.coalesce(own, pl.col(column).replace_strict(numbers, default=None)).alias(of_number),
            pl.col(column).replace(names).alias(column),
        )
    return persons


# --- counts of the people of rows ----------------------------------------------------------------


def counted(found: Unpacked, fit: Fit, reading: Reading) -> pl.DataFrame:
    """Number the people of each row, and count its different people where it is several.

    The empty places of households are left out.
    """
    name, number = (
        blank_as_null(pl.col(raw(field)), reading.placeholders) for field in ("name", "id_number")
    )
    rows = found.persons
    if fit.household:
        rows = rows.filter(name.is_not_null() | number.is_not_null())
    rows = rows.sort("row", "slot", maintain_order=True)
    # the head who stands among the members again is still one person
    head_again = number.is_null() & (name == name.first().over("row")) & (pl.col("slot") > 0)
    person = pl.when(head_again).then(number.first().over("row")).otherwise(number)
    different = pl.coalesce(person, name).n_unique().over("row") - pl.col("surplus").sum().over(
        "row"
    )
    several = pl.lit(True) if fit.household else pl.col("in_cell").any().over("row")
    return rows.with_columns(
        member=pl.int_range(pl.len(), dtype=pl.UInt32).over("row"),
        row_people=pl.when(several).then(different.cast(pl.UInt32)),
        all_named=_all_named(found, fit),
        household_people=_household_people(pl.coalesce(person, name), fit),
    ).drop("in_cell", "surplus", "household")


def _household_people(person: pl.Expr, fit: Fit) -> pl.Expr:
    """How many people the rows of a household name, where it has several rows.

    Null where a column says of each whether he is protected, and where none counts those who are.
    """
    if fit.columns_of("protected") or not fit.columns_of("protected_count"):
        return pl.lit(None, pl.UInt32)
    people = person.n_unique().over("household") - pl.col("surplus").sum().over("household")
    several = pl.col("row").n_unique().over("household") > 1
    return pl.when(several & pl.col("household").is_not_null()).then(people.cast(pl.UInt32))


def _all_named(found: Unpacked, fit: Fit) -> pl.Expr:
    """Whether a person counts as protected for being named in a cell that lists the household.

    So does the head whom the cell names, too, or whom no cell of the sheet names, for then the
    cells list the others.
    """
    if fit.columns_of("protected_count"):
        return pl.lit(False)
    cells = any(column.slot == CELL for column in fit.columns)
    head = pl.col("row").is_in(found.heads_named) if found.heads_named else pl.lit(cells)
    return pl.col("in_cell") | ((pl.col("slot") == 0) & head)
