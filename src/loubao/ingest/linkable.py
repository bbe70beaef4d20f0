"""The rows of any table → what the linkage compares (LINKABLE), and counts of what was found odd.

What differs from the monthly job, which knows its lists:

- **birth date**: the column's own comes first, the number's only where the cell is blank or cannot
  be read and the number is sound. Two tables that have the column give evidence of their own by
  it; `match` takes the number's first, because it reckons ages. The same holds of the sex.
- **numbers**: where hardly any of a column's numbers looks like a resident number (social security
  numbers, passports), all are other documents: letters and digits, upper-case, typing errors kept.
- **dates** such as 03/05/2021 are read when the rest of the column shows which part is the month.
- **names** in Latin letters of plain shape are read a column at a time, the others as ever.
- **town, village**: official names where the text has one, else the text without white space and
  punctuation. The address is asked only where the two say nothing.

The second and the third are told by the column as a whole (columns.py).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import polars as pl

from loubao.core.frames import LINKABLE, PROVEN_STATUSES, conform
from loubao.ingest.columns import SAMPLE, TWO_PARTS, Habits, text_of
from loubao.ingest.fields import date, person_name, resident_id
from loubao.ingest.fields.beside_name import about_others
from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.fields.place_text import places_of
from loubao.ingest.fields.typed import choice
from loubao.ingest.persons import unswap
from loubao.ingest.sheets.header import Fit
from loubao.ingest.sheets.rows import blank_as_null, raw
from loubao.rules.linking import LinkRules

_NUMBER_AS_NAME = "[0-9]{14}"
_ALNUM = r"[^0-9A-Za-z]+"
_LATIN_NAME = r"^[A-Za-z]+(?:[ '\-][A-Za-z]+)+$"
#: To take the Latin names apart from the others pays where more than one in so many is.
_FEW_LATIN = 10
_NUMBER_COLUMNS = ("id_number", "id_status", "id_pattern")
_NAME_COLUMNS = ("name", "name_key", "name_note", "name_mask")
_STATUS_CODES = {
    "missing": "ID_MISSING",
    "mangled": "ID_MANGLED",
    "masked": "ID_MASKED",
    "wrong_check_digit": "ID_CHECK_DIGIT",
    "wrong_date": "ID_DATE",
    "wrong_length": "ID_LENGTH",
    "repaired": "ID_REPAIRED",
    "lifted": "ID_LIFTED",
    "other_document": "ID_OTHER_DOCUMENT",
}


def linkable(
    rows: pl.DataFrame, fit: Fit, habits: Habits, rules: LinkRules, side: str
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return LINKABLE, a row each, and how many cells are odd.

    `rows`: `row` (the number that the spreadsheet shows) and String columns by the places of
    `fit`. record_id is `row`; list is `side`, `left` or `right`. The counts are by code, as
    linking.yaml words them; rows with neither name nor number are counted as NO_EVIDENCE, and
    meet nobody.
    """
    height = rows.height
    texts = {field: text_of(rows, fit, field) for field in fit.fields}
    counts: dict[str, int] = {}
    _swapped(texts, counts)
    with ThreadPoolExecutor(2) as readers:  # most work on a column keeps one core busy
        numbers = readers.submit(_numbers, texts.get("id_number"), height, habits.id_as_text)
        names = readers.submit(_names, texts.get("name"), height)
        dates = readers.submit(_dates, texts.get("birth_date"), habits)
        sexes = readers.submit(_sexes, texts.get("sex"), rules)
        places = readers.submit(places_of, texts, height, rules)
        number, person = numbers.result(), names.result()
        others = about_others(person["name_note"], rules.reading, doubtful=side == "right")
        frame = pl.DataFrame({"record_id": rows["row"].cast(pl.UInt64)}).with_columns(
            *(number[column] for column in _NUMBER_COLUMNS),
            person["name"],
            pl.lit(side).alias("list"),
            name_key=_where(person["name_key"], ~others),
            **_born(dates.result(), number),
            sex=_first(_value(sexes.result()), number["sex"]),
            **places.result(),
            **_heads(texts, habits),
        )
    nobody = pl.all_horizontal(pl.col("name_key", "id_number", "id_pattern").is_null())
    counts |= _number_counts(number["id_status"] if "id_number" in texts else None, habits)
    counts |= {
        "NAME_MISSING": person["name"].null_count() if "name" in texts else 0,
        "NAME_MASKED": int(person["name_mask"].sum()),
        "NAME_OF_RELATIVE": int(others.sum()),
        "DATE_UNREADABLE": _unreadable(dates.result()),
        "SEX_UNKNOWN": _unreadable(sexes.result()),
        "NO_EVIDENCE": int(frame.select(nobody.sum()).item()),
    }
    absent = [
        pl.lit(None, dtype).alias(column)
        for column, dtype in LINKABLE.items()
        if column not in frame.columns
    ]
    whole = conform(frame.with_columns(absent), LINKABLE)
    return whole, {code: count for code, count in counts.items() if count}


def _null(height: int, dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
    return pl.Series([None], dtype=dtype).new_from_index(0, height)


def _where(values: pl.Series, mask: pl.Series) -> pl.Series:
    """The values where `mask` holds, else null."""
    return values if mask.all() else values.set(~mask, None)


# --- numbers and names ---------------------------------------------------------------------------


def _swapped(texts: dict[str, pl.Series], counts: dict[str, int]) -> None:
    """Exchange name and number where each stands in the other's cell (rare: looked for first)."""
    if "name" not in texts or "id_number" not in texts:
        return
    if not texts["name"].str.contains(_NUMBER_AS_NAME).any():
        return
    both = pl.DataFrame({raw(field): texts[field] for field in ("name", "id_number")})
    both, swapped = unswap(both)
    texts["name"], texts["id_number"] = both[raw("name")], both[raw("id_number")]
    counts["NAME_ID_SWAPPED"] = int(swapped.sum())


def _numbers(texts: pl.Series | None, height: int, as_text: bool) -> pl.DataFrame:
    """id_number, id_status, id_pattern, birth_date and sex; the last two of sound numbers only."""
    if texts is not None and not as_text:
        read = resident_id.normalise(texts)
        unsound = _unsound(read["id_status"])
        personal = {column: put(read[column], unsound, None) for column in ("birth_date", "sex")}
        return read.select(_NUMBER_COLUMNS).with_columns(**personal)
    texts = _null(height, pl.String) if texts is None else texts
    bare = pl.col("text").str.normalize("NFKC").str.replace_all(_ALNUM, "").str.to_uppercase()
    empty = bare.str.contains("^(?:0*|NA|NAN|NULL|NONE)$")
    return (
        texts.to_frame("text")
        .select(id_number=pl.when(~empty).then(bare))
        .with_columns(
            id_status=pl.when(pl.col("id_number").is_null())
            .then(pl.lit("missing"))
            .otherwise(pl.lit("other_document")),
            id_pattern=pl.lit(None, pl.String),
            birth_date=pl.lit(None, pl.Date),
            sex=pl.lit(None, pl.String),
        )
    )


def _unsound(status: pl.Series) -> pl.Series:
    """Places of the numbers that are not proven."""
    odd = (status != "valid").arg_true()
    return odd.filter(~status.gather(odd).is_in(PROVEN_STATUSES))


def _number_counts(status: pl.Series | None, habits: Habits) -> dict[str, int]:
    if status is None:
        return {}
    kinds = status.filter(status != "valid").value_counts().iter_rows()
    counts = {_STATUS_CODES[kind]: count for kind, count in kinds}
    if habits.id_as_text:
        counts.pop("ID_OTHER_DOCUMENT", None)
    return counts


def _heads(texts: dict[str, pl.Series], habits: Habits) -> dict[str, pl.Series]:
    """head_key and head_id, as far as the table has columns for them."""
    heads: dict[str, pl.Series] = {}
    if (head := texts.get("head_name")) is not None:
        heads["head_key"] = _names(head, head.len())["name_key"]
    if (number := texts.get("head_id")) is not None:
        heads["head_id"] = _numbers(number, number.len(), habits.head_as_text)["id_number"]
    return heads


def _names(texts: pl.Series | None, height: int) -> pl.DataFrame:
    """name, name_key, name_note, name_mask as `name.normalise` has them."""
    if texts is None:
        return pl.select(
            *(pl.repeat(None, height, dtype=pl.String).alias(c) for c in _NAME_COLUMNS[:3]),
            name_mask=pl.repeat(False, height),
        )
    latin = texts.drop_nulls().head(SAMPLE).str.contains(_LATIN_NAME)
    if int(latin.sum()) * _FEW_LATIN <= latin.len():
        return person_name.normalise(texts).select(_NAME_COLUMNS)
    flat = pl.col("text").str.strip_chars().str.replace_all(r"\s+", " ")
    rows = texts.to_frame("text").with_columns(flat).with_row_index("at")
    plain = pl.col("text").str.contains(_LATIN_NAME).fill_null(False)
    key = pl.col("text").str.to_uppercase().str.replace_all("'", "", literal=True)
    quick = rows.filter(plain).select(
        "at",
        name="text",
        name_key=key.str.replace_all("-", " ", literal=True),
        name_note=pl.lit(None, pl.String),
        name_mask=pl.lit(False),
    )
    rest = rows.filter(~plain)
    read = person_name.normalise(rest["text"]).select(_NAME_COLUMNS).insert_column(0, rest["at"])
    return pl.concat([quick, read]).sort("at").select(_NAME_COLUMNS)


# --- birth date, sex -----------------------------------------------------------------------------


def _dates(texts: pl.Series | None, habits: Habits) -> pl.DataFrame | None:
    """date, until, readable of the table's own column."""
    if texts is None:
        return None
    return date.parse(_iso(texts, habits.first) if habits.first else texts)


def _iso(texts: pl.Series, first: str) -> pl.Series:
    """Write 03/05/2021 with the year first; other spellings stay."""
    order = "${3}-${1}-${2}" if first == "month" else "${3}-${2}-${1}"
    return texts.str.strip_chars().str.replace(TWO_PARTS, order)


def _born(dates: pl.DataFrame | None, number: pl.DataFrame) -> dict[str, pl.Series]:
    """birth_date and birth_until: the column's own, else the number's."""
    of_number = number["birth_date"]
    if dates is None:
        return {"birth_date": of_number, "birth_until": of_number}
    day, until = dates["date"], dates["until"]
    if not until.null_count():
        return {"birth_date": day, "birth_until": until}
    blank = until.is_null().arg_true()
    known = of_number.gather(blank)
    return {"birth_date": put(day, blank, known), "birth_until": put(until, blank, known)}


def _sexes(texts: pl.Series | None, rules: LinkRules) -> pl.DataFrame | None:
    """Value and readable of the table's own column."""
    if texts is None:
        return None
    spec, marks = rules.table.fields["sex"], rules.reading.placeholders
    known = {spelling for words in spec.values.values() for spelling in words}
    marks = tuple(mark for mark in marks if mark not in known)

    def read(texts: pl.DataFrame) -> pl.DataFrame:
        return choice(texts.select(blank_as_null(pl.first(), marks)).to_series(), spec)

    # Most cells are a value as it stands, and hold few of them: each is looked for.
    values = pl.Series(list(spec.values))
    own = values.filter((read(values.to_frame())["value"] == values).fill_null(False))
    plain = texts.is_null()
    for value in own:
        plain |= (texts == value).fill_null(False)
    told = pl.DataFrame({"value": texts}).with_columns(readable=pl.lit(True))
    rest = (~plain).arg_true()
    if rest.is_empty():
        return told
    others = read_once(texts.gather(rest).to_frame(), read)
    return told.select(put(told[column], rest, others[column]) for column in told.columns)


def _unreadable(read: pl.DataFrame | None) -> int:
    return 0 if read is None else int((~read["readable"]).sum())


def _value(read: pl.DataFrame | None) -> pl.Series | None:
    return None if read is None else read["value"]


def _first(own: pl.Series | None, other: pl.Series) -> pl.Series:
    """The column's own values, else the other ones."""
    if own is None:
        return other
    blank = own.is_null().arg_true()
    return put(own, blank, other.gather(blank))
