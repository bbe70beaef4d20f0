"""Every shape that crosses a door: the frames other programs read, and `conform`.

The four frames of the contract are declared here as ordered `{column: dtype}`. A room builds what
it needs; what it hands on goes through `conform`, which fails loudly in a test rather than letting
a missing or mistyped column travel on.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

Schema: TypeAlias = Mapping[str, "pl.DataType | type[pl.DataType]"]
#: `(file, sheet, row, column, code, detail)` of ISSUES.
IssueRow: TypeAlias = tuple[str, str, int | None, str, str, str]

#: Where a row stood: path relative to DATA, sheet ("" for csv), row as a spreadsheet shows it.
PLACE: Schema = {"file": pl.String, "sheet": pl.String, "row": pl.UInt32}

#: One row per person read. What a list adds follows these columns (see `rules.Field`).
RECORDS: Schema = {
    "record_id": pl.UInt64,
    "list": pl.String,
    "role": pl.String,
    **PLACE,
    "member": pl.UInt32,
    "name": pl.String,
    "name_raw": pl.String,
    "name_key": pl.String,
    "name_note": pl.String,
    "id_number": pl.String,
    "id_number_raw": pl.String,
    "id_status": pl.String,
    "id_repair": pl.String,
    "id_pattern": pl.String,
    "birth_date": pl.Date,
    "birth_until": pl.Date,
    "birth_date_raw": pl.String,
    "age": pl.Int32,
    "sex": pl.String,
    "sex_raw": pl.String,
    "town": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "village_raw": pl.String,
    "village_group": pl.String,
    "place_from": pl.String,
    "head_name": pl.String,
    "head_key": pl.String,
    "head_id": pl.String,
    "household_no": pl.String,
    "row_people": pl.UInt32,
    "qualifies": pl.Boolean,
    "failed_condition": pl.String,
}

#: ID number statuses whose number is proven: well-formed, a real date, the check digit holds.
PROVEN_STATUSES = ("valid", "repaired", "lifted")

#: What the linkage compares of a record, whatever table it comes from; all but the id may be null.
LINKABLE: Schema = {
    "record_id": pl.UInt64,
    "list": pl.String,
    "name": pl.String,
    "name_key": pl.String,
    "id_number": pl.String,
    "id_status": pl.String,
    "id_pattern": pl.String,
    "birth_date": pl.Date,
    "birth_until": pl.Date,
    "sex": pl.String,
    "town": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "head_key": pl.String,
    "head_id": pl.String,
    "address": pl.String,
    #: whether date and sex are not written, but taken from the number; null: not known
    "birth_of_number": pl.Boolean,
    "sex_of_number": pl.Boolean,
}

#: Columns that `link` compares beside LINKABLE, as they stand (String), have names with this mark.
MARK = "+"
#: Those of every name in letters, and the date of birth as written.
GIVEN, MIDDLE, SURNAME = (f"{MARK}{part}" for part in ("given_name", "middle_name", "surname"))
BIRTH = f"{MARK}birth_date"

#: LINKABLE but for the id and what is told of the others: how a person is written.
WRITTEN: Schema = {
    name: dtype
    for name, dtype in LINKABLE.items()
    if name not in ("record_id", "birth_of_number", "sex_of_number")
}

#: The tier of a pair that a person has decided.
VERDICT_TIER = "judged_same"
#: The tier of a pair that rests on another one: the two rows of rolls are one person.
ELSEWHERE_TIER = "same_on_another_roll"

DECISIONS: Schema = {
    "left_id": pl.UInt64,
    "right_id": pl.UInt64,
    "decision": pl.String,
    "tier": pl.String,
    "match_weight": pl.Float64,
    "match_probability": pl.Float64,
    "evidence": pl.Struct(
        {
            "id_number": pl.String,
            "name": pl.String,
            "birth_date": pl.String,
            "sex": pl.String,
            "village": pl.String,
            "household_head": pl.String,
            "address": pl.String,
        }
    ),
}

CASES: Schema = {
    "case_no": pl.String,
    "person_key": pl.String,
    "record_ids": pl.List(pl.UInt64),
    "lists": pl.List(pl.String),
    "status": pl.String,
    "reason": pl.String,
    "town": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "household": pl.String,
    "candidate_ids": pl.List(pl.UInt64),
}

#: `row` null: the whole sheet or file; `column` "": the whole row. Never personal data.
ISSUES: Schema = {**PLACE, "column": pl.String, "code": pl.String, "detail": pl.String}


#: `link` numbers the people of a table by where they stand: the lowest bits of a record id are the
#: row as the spreadsheet shows it, then which of the people in it (from 0), then which sheet.
_ROW_BITS, _MEMBER_BITS = 32, 12


def place_id(row: pl.Expr, member: pl.Expr, sheet: int) -> pl.Expr:
    """Return the record id (UInt64) of a person of a table; alone in a row of the first sheet: row.

    >>> rows = pl.DataFrame({"row": [2, 2, 3], "member": [0, 1, 0]})
    >>> ids = rows.select(id=place_id(pl.col("row"), pl.col("member"), 0))
    >>> ids.select(row_of("id"), member_of("id"), sheet_of("id")).rows() == [
    ...     (2, 0, 0), (2, 1, 0), (3, 0, 0)]
    True
    >>> ids["id"][0], rows.select(sheet_of(place_id(pl.col("row"), pl.lit(3), 7))).item(0, 0)
    (2, 7)
    """
    above = member.cast(pl.UInt64) * 2**_ROW_BITS + sheet * 2 ** (_ROW_BITS + _MEMBER_BITS)
    return (row.cast(pl.UInt64) + above).cast(pl.UInt64)


def row_of(place: str | pl.Expr) -> pl.Expr:
    """Return the row (UInt32) of a `place_id`."""
    return (_u64(place) % 2**_ROW_BITS).cast(pl.UInt32).alias("row")


def member_of(place: str | pl.Expr) -> pl.Expr:
    """Return which of the people in its row a `place_id` is (UInt32)."""
    return ((_u64(place) // 2**_ROW_BITS) % 2**_MEMBER_BITS).cast(pl.UInt32).alias("member")


def sheet_of(place: str | pl.Expr) -> pl.Expr:
    """Return the number of the sheet of a `place_id` (UInt32)."""
    return (_u64(place) // 2 ** (_ROW_BITS + _MEMBER_BITS)).cast(pl.UInt32).alias("sheet")


def place_of(record_id: int) -> tuple[int, int, int]:
    """Return row, member and sheet of one `place_id`.

    >>> place_of(2), place_of(2 + 2**32 + 7 * 2**44)
    ((2, 0, 0), (2, 1, 7))
    """
    above, row = divmod(record_id, 2**_ROW_BITS)
    sheet, member = divmod(above, 2**_MEMBER_BITS)
    return row, member, sheet


def _u64(place: str | pl.Expr) -> pl.Expr:
    return (pl.col(place) if isinstance(place, str) else place).cast(pl.UInt64)


class FrameError(AssertionError):
    """A frame that crossed a door in the wrong shape: a defect, never the clerk's fault."""


def conform(frame: pl.DataFrame, schema: Schema, *, extra: bool = False) -> pl.DataFrame:
    """Return `frame` with exactly the columns of `schema`, in order (`extra`: others may follow).

    Raises `FrameError` naming the first column that is missing or of another dtype.
    """
    for column, dtype in schema.items():
        if column not in frame.columns:
            raise FrameError(f"column {column} is missing")
        if frame.schema[column] != dtype:
            raise FrameError(f"column {column} is {frame.schema[column]}, not {dtype}")
    rest = [column for column in frame.columns if column not in schema]
    if rest and not extra:
        raise FrameError(f"columns {rest} are not part of this frame")
    return frame.select([*schema, *rest])


def linkable(frame: pl.DataFrame) -> list[pl.Expr]:
    """Return expressions of the LINKABLE columns of `frame`; one that it does not have is null.

    >>> frame = pl.DataFrame({"name": ["庄建国"]})
    >>> frame.select(linkable(frame)).row(0)[:5]
    (None, None, '庄建国', None, None)
    """
    return [
        pl.col(column) if column in frame.columns else pl.lit(None, dtype).alias(column)
        for column, dtype in LINKABLE.items()
    ]


def source_rows(written: pl.DataFrame, columns: Schema, record_id: pl.Expr) -> pl.DataFrame:
    """Return people as lists wrote them before (WRITTEN and more) as qualifying source rows.

    They have the `columns` of RECORDS, null where it is not known; columns beside WRITTEN that
    `columns` does not name are kept behind them.
    """
    given = {
        "record_id": record_id,
        "role": pl.lit("source"),
        "qualifies": pl.lit(True),
        "file": pl.lit(""),
        "sheet": pl.lit(""),
        "member": pl.lit(0, pl.UInt32),
    }
    values = {**{name: pl.col(name) for name in written.columns}, **given}
    more = [name for name in written.columns if name not in columns and name not in WRITTEN]
    return written.select(
        *(values.get(name, pl.lit(None, dtype)).alias(name) for name, dtype in columns.items()),
        *more,
    )


def empty(schema: Schema) -> pl.DataFrame:
    """Return a frame of `schema` without rows."""
    return pl.DataFrame(schema=dict(schema))


def as_parquet(frame: pl.DataFrame, metadata: dict[str, str] | None = None) -> memoryview:
    """Return a frame as the content of a parquet file, to be written by Python.

    Polars would say of a disk that refuses only that it could not write.
    """
    content = io.BytesIO()
    frame.write_parquet(content, metadata=metadata)
    return content.getbuffer()


def issue_rows(rows: Iterable[IssueRow]) -> pl.DataFrame:
    """Build an ISSUES frame from `(file, sheet, row, column, code, detail)` tuples."""
    return pl.DataFrame(list(rows), schema=dict(ISSUES), orient="row")


def merge_issues(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Concatenate ISSUES frames and sort them by place, column and code."""
    merged = pl.concat([empty(ISSUES), *frames])
    return conform(merged.unique().sort([*PLACE, "column", "code", "detail"]), ISSUES)


@dataclass(frozen=True)
class Sheet:
    """One sheet of an export as read: texts only, nothing interpreted.

    `cells` has `row` (UInt32, the spreadsheet's own row number) and then one String column for
    each sheet column, named "0", "1", …; blank cells are null, wholly blank rows are left out and
    counted in `blank_rows`. `struck` are the (row, column from 0) of cells that are struck through
    as a whole or in part. Numbers of days without the format of a date count from 1900, or
    `since_1904`. `issues` is an ISSUES frame whose `column` holds column letters.
    """

    file: str
    name: str
    cells: pl.DataFrame
    blank_rows: int
    hidden_rows: tuple[int, ...]
    issues: pl.DataFrame
    struck: frozenset[tuple[int, int]] = frozenset()
    since_1904: bool = False

    def first(self, count: int) -> list[list[str | None]]:
        """Return the cells of the first `count` rows, a list a row."""
        return [cells for _, *cells in self.cells.head(count).rows()]


def row_place(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return file, sheet, row and member of a row of RECORDS."""
    return {column: row[column] for column in (*PLACE, "member")}


def column_letters(column: int) -> str:
    """Return a spreadsheet's name for a column counted from 0: 0 → A, 26 → AA.

    >>> [column_letters(i) for i in (0, 25, 26, 701, 702, 16383)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA', 'XFD']
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
