"""Issues → their causes: what many rows have in common is one thing to mend.

An unknown town in 62,206 rows is one cause, with the text that stands there and the official names
that come nearest. The text is masked where it may name a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from loubao.core.frames import ISSUES, Schema
from loubao.ingest.nearest_names import is_near, nearest_places
from loubao.ingest.shown_cells import Known, names_of
from loubao.ingest.unplaced import unknown_places
from loubao.rules.folder import Rules

#: ISSUES, and of each: the list, what stands in the cell, the official names nearest to it, and
#: how many people's outcome hangs on it by itself.
CAUSED: Schema = {
    **ISSUES,
    **dict.fromkeys(("list", "value", "near"), pl.String),
    "hanging": pl.Int64,
}
#: What was read all the same: nobody's outcome hangs on it.
_READ_ALL_THE_SAME = (
    *("HIDDEN_ROWS", "HIDDEN_SHEET", "FILE_IGNORED", "FILE_REPEATED", "COLUMN_TWICE"),
    *("UNKNOWN_COLUMN", "SHEET_SET_ASIDE", "DUPLICATE_ROW", "ID_REPAIRED", "ID_LIFTED"),
    *("ID_FROM_CERTIFICATE", "NAME_ID_SWAPPED", "PLACE_FROM_AROUND", "WEIGHTS_SHIPPED"),
    *("BIRTH_CONFLICT", "SEX_CONFLICT", "BILL_REPEATED"),
)
_OF_PLACES = ("TOWN_UNKNOWN", "VILLAGE_UNKNOWN", "VILLAGE_SEVERAL")
_OF_FIGURES = ("DATE_UNREADABLE", "NUMBER_UNREADABLE")
_OF_VALUES = ("VALUE_UNKNOWN", *_OF_FIGURES)
_NAMED = 3  # official names beside an unknown one
_FEW_RANGES = 6
_WHERE = ["file", "sheet", "row"]


def caused(
    issues: pl.DataFrame,
    records: pl.DataFrame | None = None,
    headers: Mapping[tuple[str, str, str], str] | None = None,
    rules: Rules | None = None,
) -> pl.DataFrame:
    """Return CAUSED: `issues` with what they have in common.

    `records` are what was read of the same files, `headers` (file, sheet, field) → the header;
    without them nothing is known but where the issues stand.
    """
    if records is None or headers is None or rules is None:
        nothing = [pl.lit(None, pl.String).alias(name) for name in ("list", "value", "near")]
        return issues.with_columns(*nothing, hanging=_hanging(pl.lit(0))).select(*CAUSED)
    sheets = records.group_by("file", "sheet").agg(
        list=pl.col("list").mode().sort().first(), records=pl.len()
    )
    known = Known.of(names_of(records), rules)
    values = pl.concat(
        [_places(issues, records, (known, rules)), _values(issues, records, headers, known)]
    )
    of_rows = [*_WHERE, "column", "code"]
    return (
        issues.join(sheets, on=["file", "sheet"], how="left", maintain_order="left")
        .join(values, on=of_rows, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            pl.col("column").str.replace_all(r"\s+", ""), hanging=_hanging(pl.col("records"))
        )
        .select(*CAUSED)
    )


def summed(issues: pl.DataFrame, by: Sequence[str], most: int = _FEW_RANGES) -> pl.DataFrame:
    """Return a row for each cause: `by`, code, near, detail, count, people, first row, places.

    `issues` are CAUSED; `people`: whose outcome hangs on it, most first; `detail` where all are the
    same; `places`: the rows as ranges, `most` of them a sheet, with their files.
    """
    keys = [*dict.fromkeys([*by, "code"])]
    same = pl.when(pl.col("detail").n_unique() == 1).then(pl.col("detail").first())
    counted = issues.group_by(keys).agg(
        *([] if "detail" in keys else [same.alias("detail")]),
        near=pl.col("near").first(),
        count=pl.len().cast(pl.Int64),
        first=pl.col("row").min(),
        people=pl.struct(_WHERE)
        .filter(pl.col("row").is_not_null() & (pl.col("hanging") > 0))
        .n_unique()
        .cast(pl.Int64)
        + pl.col("hanging").filter(pl.col("row").is_null()).sum(),
    )
    places = _places_texts(issues, keys, "file" not in by, most)
    texts = [places[cause] for cause in counted.select(keys).rows()]
    order = [name for name in keys if name != "code"]
    return counted.with_columns(places=pl.Series(texts, dtype=pl.String)).sort(
        "people",
        "count",
        *order,
        "code",
        descending=[True, True, *[False] * len(order), False],
        nulls_last=True,
    )


def ranges(rows: Sequence[int], most: int = _FEW_RANGES) -> str:
    """Return ascending row numbers as ranges; of very many ranges the first.

    >>> ranges([3, 4, 5, 9]), ranges([7]), ranges(range(2, 62_208))
    ('3-5、9', '7', '2-62207')
    >>> ranges(range(1, 40, 2), most=3)
    '1、3、5 … 39（共 20 行）'
    """
    spans: list[list[int]] = []
    last = None
    for row in rows:
        if last is None or row != last + 1:
            spans.append([row, row])
        spans[-1][1] = last = row
    texts = [str(a) if a == b else f"{a}-{b}" for a, b in spans[:most]]
    if len(spans) <= most:
        return "、".join(texts)
    return f"{'、'.join(texts)} … {last}（共 {len(rows)} 行）"


def _places_texts(
    issues: pl.DataFrame, keys: Sequence[str], with_file: bool, most: int
) -> dict[tuple[str | None, ...], str]:
    """The rows of each cause (`keys`) as ranges, of several files or sheets each with its name."""
    rows = (
        issues.group_by(*(pl.col(key).alias(f"of {key}") for key in keys), "file", "sheet")
        .agg(pl.col("row").drop_nulls().unique().sort())
        .sort("file", "sheet")
    )
    files: dict[tuple[str | None, ...], dict[str, dict[str, str]]] = {}
    for *cause, file, sheet, numbers in rows.iter_rows():
        sheets = files.setdefault(tuple(cause), {}).setdefault(file, {})
        sheets[sheet] = ranges(numbers, most)
    return {cause: _places_text(each, with_file) for cause, each in files.items()}


def _places_text(files: Mapping[str, Mapping[str, str]], with_file: bool) -> str:
    """The ranges of rows of one cause: file → sheet → text."""
    lines = []
    for file, sheets in files.items():
        parts = [
            f"〔{sheet}〕{text}" if sheet and len(sheets) > 1 else text
            for sheet, text in sheets.items()
        ]
        text = "；".join(part for part in parts if part)
        lines.append("：".join(t for t in (file if with_file else "", text) if t))
    return "\n".join(lines)


def _hanging(of_sheet: pl.Expr) -> pl.Expr:
    """Whose outcome hangs on an issue: the person of its row, or everybody of its sheet."""
    people = pl.when(pl.col("row").is_not_null()).then(1).otherwise(of_sheet.fill_null(0))
    all_the_same = pl.col("code").is_in(_READ_ALL_THE_SAME)
    return pl.when(all_the_same).then(0).otherwise(people).cast(pl.Int64)


# --- what stands in the cell ---------------------------------------------------------------------


def _found(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with where they stand, and what was found there."""
    wanted = [*_WHERE, "column", "code", "value", "near"]
    return rows.select(wanted).unique([*_WHERE, "column", "code"], keep="first")


def _places(issues: pl.DataFrame, records: pl.DataFrame, by: tuple[Known, Rules]) -> pl.DataFrame:
    """The unknown places, each with the official names nearest to it."""
    known, rules = by
    of_places = issues.filter(pl.col("code").is_in(_OF_PLACES))
    unknown = unknown_places(records, rules) if of_places.height else None
    if unknown is None:
        return _found(of_places.with_columns(value=pl.lit(""), near=pl.lit("")))
    codes = {village.town: village.town_code for village in rules.villages}
    texts = unknown.select("unknown_town", "unknown_place").unique()
    rows = []
    for town, text in texts.iter_rows():
        near = nearest_places(text, rules, codes[town] if town else None, _NAMED)
        value = known.shown_place(text, near=is_near(near))
        rows.append((town, text, town + value, "、".join(n.name for n in near)))
    schema = dict.fromkeys(("unknown_town", "unknown_place", "value", "near"), pl.String)
    answers = pl.DataFrame(rows, schema=schema, orient="row")
    places = unknown.join(answers, on=["unknown_town", "unknown_place"])
    placed = places.join(records.select("record_id", *_WHERE), on="record_id")
    return _found(of_places.join(placed.drop("record_id"), on=_WHERE))


def _values(
    issues: pl.DataFrame,
    records: pl.DataFrame,
    headers: Mapping[tuple[str, str, str], str],
    known: Known,
) -> pl.DataFrame:
    """What stands in cells that could not be read, as it was found."""
    parts = [_found(issues.clear().with_columns(value=pl.lit(""), near=pl.lit("")))]
    of_values = issues.filter(pl.col("code").is_in(_OF_VALUES))
    fields = pl.DataFrame(
        [(file, sheet, header, field) for (file, sheet, field), header in headers.items()],
        schema=dict.fromkeys(("file", "sheet", "column", "field"), pl.String),
        orient="row",
    )
    for (field,), rows in of_values.join(fields, on=["file", "sheet", "column"]).group_by("field"):
        raw = f"{field}_raw"
        if raw not in records.columns:
            continue
        cells = records.select(*_WHERE, text=raw).drop_nulls().unique(_WHERE, keep="first")
        found = rows.join(cells, on=_WHERE)
        figure = bool(rows["code"].is_in(list(_OF_FIGURES)).any())
        show = known.shown_figure if figure else known.shown
        texts = {text: show(text) for text in found["text"].unique()}
        value = found["text"].replace_strict(
            list(texts), list(texts.values()), default=None, return_dtype=pl.String
        )
        parts.append(_found(found.with_columns(value=value, near=pl.lit(""))))
    return pl.concat(parts)
