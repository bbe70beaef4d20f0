"""What `link` compares of a row beside its fields, as it stands: parts of names, other columns.

Where names are in letters, a name has parts with a role: given name, middle names, surname, by the
columns that the table has for them, else by the order (a comma shows that the surname stands
first). Dates, places and the parts of an address then stand as texts, too, since typing errors in
them say something; so does every column that both tables call alike and no rule knows.

The columns of a frame that begin with MARK are particulars (String, null: nothing is there).

>>> part = pl.DataFrame({"name": ["Ana María de la Cruz", "DOE, John Q.", "Madonna", None]})
>>> rows = parts_of_names(part["name"], {})
>>> pl.DataFrame(rows).rows()
[('ANA', 'MARIA DE LA', 'CRUZ'), ('JOHN', 'Q', 'DOE'), (None, None, 'MADONNA'), (None, None, None)]
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from loubao.core.frames import BIRTH, GIVEN, MARK, MIDDLE, SURNAME
from loubao.ingest.habits import Habits, read_dates, text_of
from loubao.ingest.raw_cells import blank_as_null
from loubao.ingest.sheets.fit import Fit
from loubao.rules.linking import LinkRules

#: The columns of a name, as linking.yaml counts its parts.
_PARTS = ("name.0", "name.1", "name.2")
#: Letters that no accent makes of another.
_LETTERS = {"ß": "SS", "Æ": "AE", "æ": "AE", "Ø": "O", "ø": "O", "Œ": "OE", "œ": "OE"} | {
    **{"Ł": "L", "ł": "L", "Đ": "D", "đ": "D", "ð": "D", "Ð": "D", "Þ": "TH", "þ": "TH", "ı": "I"}
}
#: Characters of a text that are compared: what is longer is a story.
_LONGEST = 100
_ACCENTS = r"\p{M}"
_APOSTROPHES = "['’‘`´ʼ]"
_NO_WORD = r"[^\p{L}\p{N}]+"
_NOTHING = "^(?:N ?A|NAN|NULL|NONE|NIL|UNKNOWN|UNK|MISSING|NOT KNOWN|NOT STATED|X+|0+)$"


def particulars(
    rows: pl.DataFrame, fit: Fit, habits: Habits, rules: LinkRules
) -> dict[str, pl.Series]:
    """Return the particulars of the rows of a table, by column.

    `rows`: String columns by the places of `fit`, as `linkable` takes them.
    """
    marks = rules.reading.placeholders
    places = dict(fit.particulars)

    def cells(place: str) -> pl.Series:
        return rows.select(blank_as_null(pl.col(place), marks)).to_series()

    plain = {
        f"{MARK}{_called(name, rules)}": texts(cells(place))
        for name, place in places.items()
        if not name.startswith("name.") and (habits.in_parts or not name.startswith("address."))
    }
    if not habits.in_parts:
        return plain
    columns = {part: cells(places[part]) for part in _PARTS if part in places}
    given, middle, surname = parts_of_names(text_of(rows, fit, "name"), columns)
    named = {GIVEN: given, MIDDLE: middle, SURNAME: surname}
    if "birth_date" in fit.fields:
        named[BIRTH] = _dates(text_of(rows, fit, "birth_date"), habits.first)
    whole = [field for field in ("town", "village", "address") if field in fit.fields]
    return named | {f"{MARK}{field}": texts(text_of(rows, fit, field)) for field in whole} | plain


def _called(name: str, rules: LinkRules) -> str:
    """What a particular is called: a part by its first header in linking.yaml, address.postcode."""
    field, dot, number = name.partition(".")
    parts = rules.linking.parts.get(field, ())
    known = dot and number.isdigit() and int(number) < len(parts)
    return f"{field}.{parts[int(number)][0]}" if known else name


def texts(cells: pl.Series) -> pl.Series:
    """Return texts as they are compared: capitals without accents, one space between words.

    Digits alone are put together.

    >>> texts(pl.Series(["St.-Étienne", "020 7946-0018", "a.b@c.org", "N/A", "—", None])).to_list()
    ['ST ETIENNE', '02079460018', 'A B C ORG', None, None, None]
    """
    words = _words(pl.col("cell").str.head(_LONGEST))
    digits = words.str.contains("^[0-9 ]+$")
    bare = pl.when(digits).then(words.str.replace_all(" ", "", literal=True)).otherwise(words)
    nothing = (bare == "") | bare.str.contains(_NOTHING)
    return cells.alias("cell").to_frame().select(pl.when(~nothing).then(bare)).to_series()


def _words(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace_many(_LETTERS).str.normalize("NFKD").str.replace_all(_ACCENTS, "")
    plain = plain.str.normalize("NFC").str.replace_all(_APOSTROPHES, "")
    return plain.str.replace_all(_NO_WORD, " ").str.strip_chars().str.to_uppercase()


def parts_of_names(
    names: pl.Series, columns: Mapping[str, pl.Series]
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return given name, middle names and surname (String) of names in letters.

    `columns`: the columns that the table has for them, by the number of the part; where it has one
    for the given name and one for the surname, `names` is not asked. Further given names are middle
    names. Of a whole name the last word is the surname, or what stands before a comma.

    >>> columns = {"name.0": pl.Series(["Mary Ann"]), "name.2": pl.Series(["O'Hara-Smith"])}
    >>> [part.item() for part in parts_of_names(pl.Series([None]), columns)]
    ['MARY', 'ANN', 'OHARA SMITH']
    """
    if {"name.0", "name.2"} <= columns.keys():
        given, surname = texts(columns["name.0"]), texts(columns["name.2"])
        middle = texts(columns["name.1"]) if "name.1" in columns else None
        frame = pl.DataFrame({"given": given, "middle": middle, "surname": surname})
        frame = frame.with_columns(pl.col(pl.Null).cast(pl.String))
    else:
        before = pl.col("name").str.extract(r"^([^,，]*\p{L}[^,，]*)[,，]\s*[^,，]*\p{L}", 1)
        behind = pl.col("name").str.extract(r"^[^,，]*[,，](.*)$", 1)
        frame = names.alias("name").to_frame().with_columns(before=before)
        frame = frame.with_columns(rest=pl.when(pl.col("before").is_not_null()).then(behind))
        whole, surname, rest = (texts(frame[each]) for each in ("name", "before", "rest"))
        split = pl.DataFrame({"whole": whole, "surname": surname, "rest": rest})
        last, others = pl.col("whole").str.extract(r"(\S+)$", 1), r"\s*\S+$"
        frame = split.select(
            given=pl.coalesce("rest", pl.col("whole").str.replace(others, "")).replace("", None),
            middle=pl.lit(None, pl.String),
            surname=pl.coalesce("surname", last),
        )
    further = pl.col("given").str.extract(r"^\S+\s+(.+)$", 1)
    found = frame.select(
        given=pl.col("given").str.extract(r"^(\S+)", 1),
        middle=pl.concat_str([further, "middle"], separator=" ", ignore_nulls=True).replace(
            "", None
        ),
        surname="surname",
    )
    return found["given"], found["middle"], found["surname"]


def _dates(cells: pl.Series, first: str) -> pl.Series:
    """Digits of dates: a year, and month and day as far as they are there; else what is written.

    >>> _dates(pl.Series(["1990-03-05", "1990年4月", "19901305", "1712-3-5", "?"]), "").to_list()
    ['19900305', '199004', '19901305', '17120305', None]
    """
    read = read_dates(cells, first)
    day = pl.col("date").dt.to_string("%Y%m%d")
    month, year = (pl.col("until").dt.to_string(part) for part in ("%Y%m", "%Y"))
    bare = pl.col("cell").str.replace_all("[^0-9]", "")
    rows = read.with_columns(cell=cells)
    is_year = bare.str.contains("^[0-9]{4}$")
    year_first = pl.col("cell").str.extract_groups(
        r"^\s*([0-9]{4})[^0-9]+([0-9]{1,2})[^0-9]+([0-9]{1,2})\b"
    )
    year_last = pl.col("cell").str.extract_groups(
        r"^\s*([0-9]{1,2})[^0-9]+([0-9]{1,2})[^0-9]+([0-9]{4})\b"
    )
    order = ("3", "1", "2") if first == "month" else ("3", "2", "1")
    in_parts = [
        pl.concat_str(groups.struct.field(name).str.zfill(2) for name in names)
        for groups, names in ((year_first, ("1", "2", "3")), (year_last, order))
    ]
    return rows.select(
        pl.coalesce(
            day,
            pl.when(pl.col("until").is_not_null() & ~is_year).then(month),
            pl.when(pl.col("until").is_not_null()).then(year),
            *in_parts,
            pl.when(bare != "").then(bare),
        )
    ).to_series()
