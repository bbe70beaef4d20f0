"""The rows of any table → what the linkage compares (LINKABLE), and counts of what was found odd.

What differs from the monthly job, which knows its lists:

- **birth date**: the column's own comes first, the number's only where the cell is blank or cannot
  be read and the number is sound. Two tables that have the column give evidence of their own by
  it; `match` takes the number's first, because it reckons ages. The same holds of the sex.
- **numbers**: where hardly any of a column's numbers looks like a resident number (social security
  numbers, passports), all are other documents: letters and digits, upper-case, typing errors kept.
- **dates** such as 03/05/2021 are read when the rest of the column shows which part is the month.
- **names** in Latin letters of plain shape are read a column at a time, the others as in `match`.
- **town, village**: official names where the text has one, else the text without white space and
  punctuation. The address is asked only where the two say nothing.

What holds of numbers and dates is shown by the column as a whole (habits.py).

>>> from loubao.ingest.columns import header_of_row
>>> from loubao.ingest.habits import habits
>>> from loubao.rules import shipped_rules
>>> from loubao.rules.linking import load_linking
>>> rules = load_linking(shipped_rules())
>>> fit = header_of_row(["given_name", "surname", "dob", "ssn"], {}, rules)
>>> cells = {"0": ["mary", None], "1": ["o'hara", ""], "2": ["12/31/1990", ""], "3": ["1-2", None]}
>>> rows = pl.DataFrame({"row": [2, 3], **cells})
>>> frame, odd = linkable(rows, fit, habits(rows, fit, rules), rules, "left")
>>> frame.select("record_id", "name_key", "id_number", "birth_date").row(0)
(2, 'MARY OHARA', '12', datetime.date(1990, 12, 31))
>>> odd
{'ID_MISSING': 1, 'NAME_MISSING': 1, 'NO_EVIDENCE': 1}
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from loubao.core.frames import LINKABLE, PROVEN_STATUSES, conform, place_id
from loubao.ingest.fields import person_name, resident_id
from loubao.ingest.fields.choice import choice
from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.fields.place import PLACES, locate
from loubao.ingest.gazetteer import NOISE, gazetteer, plain, plain_place
from loubao.ingest.habits import SAMPLE, Habits, read_dates, text_of
from loubao.ingest.issues import ID_CODES
from loubao.ingest.particulars import particulars
from loubao.ingest.persons import about_others
from loubao.ingest.raw_cells import blank_as_null, raw
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.swapped_cells import unswap
from loubao.rules.linking import LinkRules

_NUMBER_AS_NAME = "[0-9]{14}"
_ALNUM = r"[^0-9A-Za-z]+"
_LATIN_NAME = r"^[A-Za-z]+(?:[ '\-][A-Za-z]+)+$"
#: To take the Latin names apart from the others pays where more than one in so many is.
_FEW_LATIN = 10
_OFFICIAL = ("town", "village", "village_code")
_NUMBER_COLUMNS = ("id_number", "id_status", "id_pattern")
_NAME_COLUMNS = ("name", "name_key", "name_note", "name_mask")
_STATUS_CODES = {**ID_CODES, "repaired": "ID_REPAIRED"}


def linkable(
    rows: pl.DataFrame, fit: Fit, habits: Habits, rules: LinkRules, side: str, sheet: int = 0
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return LINKABLE with the particulars, a row each, and how many cells are odd.

    `rows`: `row` (the number that the spreadsheet shows) and String columns by the places of `fit`;
    `member` where a row may name several. record_id is the `place_id` on the `sheet` of that
    number; list is `side`, `left` or `right`. The counts are by code, those of `issues`
    in linking.yaml; rows with neither name nor number are counted as NO_EVIDENCE, and are compared
    with nobody.
    """
    texts = {field: text_of(rows, fit, field) for field in fit.fields}
    counts = _unswapped(texts)
    read, places = _read(texts, rows.height, habits, rules)
    number, name, birth, sex = read["number"], read["name"], read["birth"], read["sex"]
    of_others = about_others(name["name_note"], rules.reading, doubtful=side == "right")
    dated, sexed = birth["until"].is_not_null(), sex["value"].is_not_null()
    member = pl.col("member") if "member" in rows.columns else pl.lit(0)
    frame = rows.select(record_id=place_id(pl.col("row"), member, sheet)).with_columns(
        *(number[column] for column in _NUMBER_COLUMNS),
        name["name"],
        pl.lit(side).alias("list"),
        name_key=pl.when(~of_others).then(name["name_key"]),
        birth_date=birth["date"].zip_with(dated, number["birth_date"]),
        birth_until=birth["until"].zip_with(dated, number["birth_date"]),
        sex=sex["value"].zip_with(sexed, number["sex"]),
        birth_of_number=_taken(number["birth_date"], dated),
        sex_of_number=_taken(number["sex"], sexed),
        **places,
        **_heads(texts, habits),
    )
    nobody = pl.all_horizontal(pl.col("name_key", "id_number", "id_pattern").is_null())
    if "id_number" in texts:
        odd = number["id_status"].filter(number["id_status"] != "valid")  # few: quicker to count
        kinds = dict(odd.value_counts().iter_rows())
        if habits.id_as_text:
            kinds.pop("other_document", None)
        counts |= {code: kinds[kind] for kind, code in _STATUS_CODES.items() if kind in kinds}
    counts |= {
        "NAME_MISSING": name["name"].null_count() if "name" in texts else 0,
        "NAME_MASKED": int(name["name_mask"].sum()),
        "NAME_OF_RELATIVE": int(of_others.sum()),
        "DATE_UNREADABLE": int((~birth["readable"]).sum()),
        "SEX_UNKNOWN": int((~sex["readable"]).sum()),
        "NO_EVIDENCE": int(frame.select(nobody.sum()).item()),
    }
    absent = {column: dtype for column, dtype in LINKABLE.items() if column not in frame.columns}
    frame = frame.with_columns(pl.lit(None, dtype).alias(c) for c, dtype in absent.items())
    stands = particulars(rows, fit, habits, rules)
    frame = conform(frame, LINKABLE).with_columns(column.alias(c) for c, column in stands.items())
    return frame, {code: count for code, count in counts.items() if count}


def _taken(of_number: pl.Series, written: pl.Series) -> pl.Expr:
    """Whether a value is the number's, since none is `written`; null where the number has none."""
    return pl.when(of_number.is_not_null()).then(~written)


def _read(
    texts: dict[str, pl.Series], height: int, habits: Habits, rules: LinkRules
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.Series]]:
    """Return number, name, birth and sex as read, and the columns of places; absent fields null."""
    blank = pl.repeat(None, height, dtype=pl.String, eager=True)
    as_text = habits.id_as_text or "id_number" not in texts
    with ThreadPoolExecutor(2) as readers:  # most work on a column keeps one core busy
        read = {
            "number": readers.submit(_numbers, texts.get("id_number", blank), as_text),
            "name": readers.submit(_names, texts.get("name", blank)),
            "birth": readers.submit(read_dates, texts.get("birth_date", blank), habits.first),
            "sex": readers.submit(_sexes, texts.get("sex", blank), rules),
        }
        places = readers.submit(places_of, texts, height, rules)
        return {what: each.result() for what, each in read.items()}, places.result()


# --- numbers and names ---------------------------------------------------------------------------


def _unswapped(texts: dict[str, pl.Series]) -> dict[str, int]:
    """Exchange name and number in `texts` where each stands in the other's cell; count them."""
    if "name" not in texts or "id_number" not in texts:
        return {}
    if not texts["name"].str.contains(_NUMBER_AS_NAME).any():  # rare: looked for first
        return {}
    both = pl.DataFrame({raw(field): texts[field] for field in ("name", "id_number")})
    both, swapped = unswap(both)
    texts["name"], texts["id_number"] = both[raw("name")], both[raw("id_number")]
    return {"NAME_ID_SWAPPED": int(swapped.sum())}


def _numbers(texts: pl.Series, as_text: bool) -> pl.DataFrame:
    """id_number, id_status, id_pattern, birth_date and sex; the last two of sound numbers only."""
    if as_text:
        return _other_documents(texts)
    sound = pl.col("id_status").is_in(PROVEN_STATUSES)
    return resident_id.normalise(texts).select(
        *_NUMBER_COLUMNS, *(pl.when(sound).then(column) for column in ("birth_date", "sex"))
    )


def _other_documents(texts: pl.Series) -> pl.DataFrame:
    """Letters and digits, upper-case; typing errors are kept.

    >>> numbers = _other_documents(pl.Series(["123-45-6789", "e 1234567", "N/A", "000", "—"]))
    >>> numbers["id_number"].to_list()
    ['123456789', 'E1234567', None, None, None]
    >>> numbers["id_status"].to_list()[1:3]
    ['other_document', 'missing']
    """
    bare = pl.col("text").str.normalize("NFKC").str.replace_all(_ALNUM, "").str.to_uppercase()
    number = pl.when(~bare.str.contains("^(?:0*|NA|NAN|NULL|NONE)$")).then(bare)
    numbers = texts.to_frame("text").select(id_number=number)
    status = pl.when(pl.col("id_number").is_null()).then(pl.lit("missing"))
    return numbers.with_columns(
        id_status=status.otherwise(pl.lit("other_document")),
        id_pattern=pl.lit(None, pl.String),
        birth_date=pl.lit(None, pl.Date),
        sex=pl.lit(None, pl.String),
    )


def _heads(texts: dict[str, pl.Series], habits: Habits) -> dict[str, pl.Series]:
    """head_key and head_id, as far as the table has columns for them."""
    heads: dict[str, pl.Series] = {}
    if (head := texts.get("head_name")) is not None:
        heads["head_key"] = _names(head)["name_key"]
    if (number := texts.get("head_id")) is not None:
        heads["head_id"] = _numbers(number, habits.head_as_text)["id_number"]
    return heads


def _names(texts: pl.Series) -> pl.DataFrame:
    """name, name_key, name_note, name_mask, as `person_name.normalise` has them.

    Latin names of plain shape are read in whole columns: in 0.4 s a million, not in 3.8 s.

    >>> _names(pl.Series(["mary-ann  o'hara", "张三（户主）"])).rows()
    [("mary-ann o'hara", 'MARY ANN OHARA', None, False), ('张三', '张三', '户主', False)]
    """
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


def _sexes(texts: pl.Series, rules: LinkRules) -> pl.DataFrame:
    """Value and readable of the table's own column."""
    spec, marks = rules.table.fields["sex"], rules.reading.placeholders
    spellings = {spelling for words in spec.values.values() for spelling in words}
    marks = tuple(mark for mark in marks if mark not in spellings)

    def read(texts: pl.DataFrame) -> pl.DataFrame:
        return choice(texts.select(blank_as_null(pl.first(), marks)).to_series(), spec)

    return read_once(texts.to_frame(), read)


# --- places --------------------------------------------------------------------------------------


def places_of(
    texts: Mapping[str, pl.Series], height: int, rules: LinkRules
) -> dict[str, pl.Series]:
    """Return town, village, village_code and address, as far as the table has columns for them.

    Official names where the table of aliases has them, else the text without what varies. Town and
    village together are looked up once for each distinct pair; the address is asked only where they
    say nothing and it has some official name in it at all.
    """
    columns: dict[str, pl.Series] = {}
    blank = pl.repeat(None, height, dtype=pl.String, eager=True)
    rows = pl.DataFrame({field: texts.get(field, blank) for field in PLACES})
    if "town" in texts or "village" in texts:
        pairs = rows.select("town", "village")
        columns |= read_once(pairs, lambda each: _official(each, rules)).to_dict()
    if "address" in texts:
        columns |= _from_address(rows, columns, rules)
        columns["address"] = rows.select(_address(pl.col("address"))).to_series()
    return columns


def _official(pairs: pl.DataFrame, rules: LinkRules) -> pl.DataFrame:
    """town, village and village_code: the official names, or the text as it is compared."""
    marks = rules.reading.placeholders
    texts = pairs.select(
        blank_as_null(pl.col("town"), marks),
        blank_as_null(pl.col("village"), marks),
        address=pl.lit(None, pl.String),
    )
    official = locate(texts, gazetteer(rules.villages, rules.reading))
    text = texts.select(_compact(pl.col("town")), _compact(pl.col("village")))
    return official.select(
        town=pl.coalesce("town", text["town"]),
        village=pl.coalesce("village", text["village"]),
        village_code="village_code",
    )


def _from_address(
    rows: pl.DataFrame, columns: Mapping[str, pl.Series], rules: LinkRules
) -> dict[str, pl.Series]:
    """Official places that an address names where the other columns say nothing."""
    names = gazetteer(rules.villages, rules.reading)
    blank = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    before = {column: columns.get(column, blank) for column in _OFFICIAL}
    named = rows.select(plain_place(pl.col("address"), names).str.contains_any(list(names.stems)))
    hopeful = (before["village"].is_null() & named.to_series().fill_null(False)).arg_true()
    if hopeful.is_empty():
        return before
    asked = rows.select(pl.col(PLACES).gather(hopeful))
    found = locate(asked, names)
    return {column: _filled(before[column], hopeful, found[column]) for column in _OFFICIAL}


def _filled(values: pl.Series, places: pl.Series, found: pl.Series) -> pl.Series:
    """The values with what was found at `places` instead; a null found changes nothing."""
    something = found.is_not_null()
    return put(values, places.filter(something), found.filter(something))


def _compact(text: pl.Expr) -> pl.Expr:
    """A text as it is compared, in capitals; null if nothing is left.

    >>> pl.select(_compact(pl.lit(pl.Series(["Oak-Hill ３组", "——"])))).to_series().to_list()
    ['OAKHILL3组', None]
    """
    short = plain(text).str.to_uppercase()
    return pl.when(short != "").then(short)


def _address(text: pl.Expr) -> pl.Expr:
    """Upper-case; white space and punctuation gone, but one space between Latin words.

    >>> texts = pl.Series(["上浦村 12 号", "12, Oak  Hill Rd."])
    >>> pl.select(_address(pl.lit(texts))).to_series().to_list()
    ['上浦村12号', '12 OAK HILL RD']
    """
    words = text.str.normalize("NFKC").str.replace_all(NOISE, " ").str.strip_chars()
    text = words.str.replace_all(r"(\p{Han}) ", "$1").str.replace_all(r" (\p{Han})", "$1")
    return pl.when(text != "").then(text.str.to_uppercase())
