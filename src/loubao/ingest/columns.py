"""The columns of any table (`link`): which is which field, by its header or by `--columns`.

Headers are those of fields.yaml and linking.yaml, and where a table has no name or no number by
these, those of the lists; sheets/header.py looks them up, loosely. A field whose header is missing
may stand in parts (`given_name`, `surname`); a disability certificate stands in for the ID number,
and where a table has neither name nor number of its own, its household heads are its people.

A column as a whole shows how its cells are to be read (`Habits`), so that slices of one table are
read alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from loubao.core.faults import Usage
from loubao.core.frames import Sheet
from loubao.core.masking import Discretion
from loubao.ingest.sheets.fit import Column, Fit, preference
from loubao.ingest.sheets.header import Row, columns_of_row, fits
from loubao.ingest.sheets.own_numbers import settled_fits
from loubao.ingest.sheets.vocabulary import Lexicon, Vocabulary, lexicon, loose, vocabulary
from loubao.rules.folder import LINK_FIELDS, LinkRules, part_name

#: Day and month in either order before the year.
TWO_PARTS = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]((?:1[89]|20)[0-9]{2})$"
#: Cells at the head of a column that show of what kind it is.
SAMPLE = 20_000
SIDES = ("left", "right")
#: field → the headers whose texts make it; none: the field is not to be used
Named = Mapping[str, tuple[str, ...]]

#: Fields by which a row of a table can be anybody at all.
WHO = frozenset({"name", "id_number"})
#: Headers shown of a table that has many.
_MOST_SHOWN = 40
#: Shortest that a resident number can be after a digit or a few were lost.
_NEARLY_RESIDENT = 14
_STAND_INS = (("name", "head_name"), ("id_number", "head_id"))


class HeaderMissing(Exception):
    """A header that was asked for by name is not there; `seen` is the row of those that are."""

    def __init__(self, header: str, seen: Row) -> None:
        super().__init__()
        self.header = header
        self.seen = tuple(seen)

    def fault(self, file: str, discretion: Discretion) -> Usage:
        """Return the fault of the table in which the header is missing."""
        return Usage(
            f"--columns：{file} 没有列“{self.header}”，有：{listed(self.seen, discretion)}。"
            "只有一张表才有的列，请写 left. 或 right. 加字段名"
        )


def listed(row: Row, discretion: Discretion) -> str:
    """Return the headers of a table, not more than a screen of them, and nobody's name or number.

    >>> discretion = Discretion(frozenset({"姓名", "证号"}))
    >>> listed(["姓名", None, "证号"], discretion), listed(["x"] * 41, discretion)[-8:]
    ('姓名、证号', 'x 等 41 列')
    >>> listed(["庄建国", "990101196003050119"], discretion)
    'A列（3个字）、B列（18位号码）'
    """
    headers = discretion.headers(row)
    more = f" 等 {len(headers)} 列" if len(headers) > _MOST_SHOWN else ""
    return "、".join(headers[:_MOST_SHOWN]) + more


def named_columns(
    text: str | None, labels: Mapping[str, str]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return side → field → headers, as `--columns` names them.

    A field is called as in fields.yaml, or by its label there. Headers joined by "+" are put
    together with a space. `left.` and `right.` name a field of one table only; without, of both.
    Nothing behind "=" means that the field is not to be used. `labels`: every field that can be
    named → its label. Raises `Usage`, saying which fields there are.

    >>> labels = {"name": "姓名", "id_number": "证号"}
    >>> named_columns("姓名=given_name+surname", labels)["left"]
    {'name': ('given_name', 'surname')}
    >>> named_columns("name=a,right.name=b,left.证号=", labels)
    {'left': {'name': ('a',), 'id_number': ()}, 'right': {'name': ('b',)}}
    >>> named_columns(None, labels)
    {'left': {}, 'right': {}}
    >>> named_columns("生日=dob", labels)
    Traceback (most recent call last):
    loubao.core.faults.Usage: --columns 没有字段“生日”，可用：name（姓名）、id_number（证号）
    """
    by_side: dict[str, dict[str, tuple[str, ...]]] = {side: {} for side in SIDES}
    fields = {label: field for field, label in labels.items()} | {field: field for field in labels}
    for item in filter(None, (part.strip() for part in (text or "").split(","))):
        key, equals, headers = item.partition("=")
        side, dot, name = key.strip().partition(".")
        if not dot or side not in SIDES:
            side, name = "", key
        name = name.strip()
        if not equals:
            raise Usage(f"--columns 的“{item}”少了“=”，写法如 name=姓名列,id_number=证号列")
        if name not in fields:
            allowed = "、".join(f"{field}（{label}）" for field, label in labels.items())
            raise Usage(f"--columns 没有字段“{name}”，可用：{allowed}")
        texts = tuple(part.strip() for part in headers.split("+") if part.strip())
        if side:
            by_side[side][fields[name]] = texts
        else:
            for each in SIDES:
                by_side[each].setdefault(fields[name], texts)
    return by_side


# --- which column is which field -----------------------------------------------------------------


def header_of_row(headers: Sequence[str], named: Named, rules: LinkRules) -> Fit:
    """Return what the columns mean whose headers are given; their places are 0, 1, 2 …

    Raises `HeaderMissing` for a header in `named` that is not there.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_linking
    >>> rules = load_linking(shipped_rules())
    >>> fit = header_of_row(["ID", "Given Name", "SURNAME", "dob", "town_2"], {}, rules)
    >>> {field: [column.header for column in fit.columns_of(field)] for field in fit.fields}
    {'name': ['Given Name', 'SURNAME'], 'id_number': ['ID'], 'birth_date': ['dob']}
    >>> header_of_row(["户主姓名", "户主身份证号", "村"], {}, rules).fields
    ('name', 'id_number', 'village')
    >>> fit = header_of_row(["姓名", "证号", "x"], {"name": ("x",), "id_number": ()}, rules)
    >>> [(column.header, column.field) for column in fit.columns]
    [('x', 'name'), ('姓名', None), ('证号', None)]
    """
    places = [str(place) for place in range(len(headers))]
    fit = _fit_of_row(headers, places, 0, named, *_words(rules))
    if set(fit.fields) >= WHO:
        return fit
    return _fit_of_row(headers, places, 0, named, *_words(rules.with_lists))


def header_of_sheet(sheet: Sheet, named: Named, rules: LinkRules) -> Fit | None:
    """Return where the header of a sheet stands, and its columns; None where no row is a header.

    With `named`, the header is the first row that has all the headers named. Raises
    `HeaderMissing` where none has, with the headers of the row that comes nearest.
    """
    fit = _fit_of_sheet(sheet, named, rules)
    if fit is not None and set(fit.fields) >= WHO:
        return fit
    return _fit_of_sheet(sheet, named, rules.with_lists)


def _fit_of_sheet(sheet: Sheet, named: Named, rules: LinkRules) -> Fit | None:
    rows = [row for _, *row in sheet.cells.head(rules.reading.header_depth).iter_rows()]
    places = sheet.cells.columns[1:]
    words, every = _words(rules)
    wanted = {header for headers in named.values() for header in headers}
    if wanted:
        start = _row_with(rows, wanted)
        if start is None:
            heads = fits(sheet, [words], rules.reading)
            raise _missing(wanted, fullest([rows[heads[0].start]] if heads else rows))
        return _fit_of_row(rows[start], places, start, named, words, every)
    for found in settled_fits(sheet, [words], rules.reading):
        fit = _link_fit(found, named)
        if WHO & set(fit.fields):
            return fit
    for start, row in enumerate(rows):  # one column that is a header is enough
        fit = _fit_of_row(row, places, start, named, words, every)
        if WHO & set(fit.fields):
            return fit
    return None


def fullest(rows: Iterable[Row]) -> Row:
    """Return the row that has most texts.

    >>> fullest([["名单", None], ["姓名", "证号"], ["张三", "1"]])
    ['姓名', '证号']
    """
    return max(rows, key=lambda row: sum(text is not None for text in row), default=())


def _words(rules: LinkRules) -> tuple[Vocabulary, Lexicon]:
    words = vocabulary(rules.table, rules.reading, loosely=True)
    return words, lexicon([words], rules.reading)


def _fit_of_row(
    row: Row, places: Sequence[str], start: int, named: Named, words: Vocabulary, every: Lexicon
) -> Fit:
    columns = columns_of_row(row, places, words, every)
    return _link_fit(Fit(words.rule.name, start, 1, columns), named)


def _link_fit(fit: Fit, named: Named) -> Fit:
    """Give each field its columns, in the order in which they are put together.

    A field has the headers named for it, else the column with its best header, else its parts.
    """
    headers = {column.place: column.header for column in fit.columns}
    given = {field: _places(headers, texts) for field, texts in named.items()}
    taken = {place for places in given.values() for place in places}
    best: dict[str, str] = {}
    for column in sorted(fit.columns, key=preference, reverse=True):
        if column.field is not None and column.slot is None and column.place not in taken:
            best[column.field] = column.place
    fields: dict[str, tuple[str, ...]] = {}
    for field in LINK_FIELDS:
        if field in given:
            fields[field] = given[field]
        else:
            fields[field] = (best[field],) if field in best else _parts(field, best)
    if not fields["id_number"] and "id_number" not in given and "certificate_no" in best:
        fields["id_number"] = (best["certificate_no"],)
    if not any(fields[field] or field in given for field in WHO):
        for own, head in _STAND_INS:
            fields[own], fields[head] = fields[head], ()
    columns = [
        Column(place, headers[place], field, rank=rank)
        for field, places in fields.items()
        for rank, place in enumerate(places)
    ]
    used = {column.place for column in columns}
    columns += [Column(place, text) for place, text in headers.items() if place not in used]
    return replace(fit, columns=tuple(columns))


def _parts(field: str, best: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that make a field together, in the order of linking.yaml."""
    prefix = part_name(field, 0).removesuffix("0")
    numbers = sorted(int(name.removeprefix(prefix)) for name in best if name.startswith(prefix))
    return tuple(best[part_name(field, number)] for number in numbers)


def _places(headers: Mapping[str, str], texts: Sequence[str]) -> tuple[str, ...]:
    """The places of headers by their texts: as they stand, else as headers are compared."""
    backwards = list(headers.items())[::-1]  # of equal headers the first is taken
    exact = {header: place for place, header in backwards}
    near = {loose(header): place for place, header in backwards}
    places: list[str] = []
    for text in texts:
        place = exact.get(text) or near.get(loose(text))
        if place is None:
            last = max(map(int, headers), default=-1)
            raise HeaderMissing(text, [headers.get(str(at)) for at in range(last + 1)])
        places.append(place)
    return tuple(places)


def _row_with(rows: Sequence[Row], wanted: set[str]) -> int | None:
    texts = {loose(header) for header in wanted}
    for start, row in enumerate(rows):
        if texts <= {loose(text) for text in row if text is not None}:
            return start
    return None


def _missing(wanted: set[str], seen: Row) -> HeaderMissing:
    there = {loose(text) for text in seen if text is not None}
    missing = sorted(header for header in wanted if loose(header) not in there)
    return HeaderMissing("、".join(missing or sorted(wanted)), seen)


# --- how the cells of a column are to be read ----------------------------------------------------


@dataclass(frozen=True)
class Habits:
    """How the cells of a table are to be read, as its columns show.

    `id_as_text`, `head_as_text`: the numbers (of the head) are no resident numbers. `first`: which
    part of 03/05/2021 comes first, "month" or "day"; "" where the column does not show it.
    """

    id_as_text: bool = False
    head_as_text: bool = False
    first: str = ""


def habits(rows: pl.DataFrame, fit: Fit, rules: LinkRules) -> Habits:
    """Return how a table is to be read, as the first of its rows show."""
    share = rules.linking.resident_share
    return Habits(
        id_as_text=_as_text(text_of(rows.head(SAMPLE), fit, "id_number"), share),
        head_as_text=_as_text(text_of(rows.head(SAMPLE), fit, "head_id"), share),
        first=_first_part(text_of(rows, fit, "birth_date"), rules.linking.odd_dates),
    )


def text_of(rows: pl.DataFrame, fit: Fit, field: str) -> pl.Series:
    """Return the text of a field: its columns put together with a space, blanks left out.

    >>> seen = (Column("0", "given_name", "name"), Column("1", "surname", "name", rank=1))
    >>> rows = pl.DataFrame({"0": ["Mary ", " "], "1": ["Smith", "Li"]})
    >>> text_of(rows, Fit("link", 0, 1, seen), "name").to_list()
    ['Mary Smith', 'Li']
    """
    places = [column.place for column in fit.columns_of(field)]
    if not places:
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    if len(places) == 1:
        return rows[places[0]]
    parts = [pl.col(place).str.strip_chars() for place in places]
    filled = [pl.when(part != "").then(part) for part in parts]
    joined = pl.concat_str(filled, separator=" ", ignore_nulls=True)
    return rows.select(pl.when(joined != "").then(joined)).to_series()


def _as_text(numbers: pl.Series, share: float) -> bool:
    """Return whether fewer than `share` of the numbers look like resident numbers.

    Whole, damaged and masked ones look like it.

    >>> _as_text(pl.Series(["123-45-6789", "E1234567", "—"]), 0.1)
    True
    >>> _as_text(pl.Series(["990101********0119", "9.90101196003051e+17"]), 0.1)
    False
    """
    seen = numbers.drop_nulls()
    seen = seen.filter(seen.str.contains("[0-9A-Za-z]"))
    if seen.is_empty():
        return False
    shape = seen.str.replace_all(r"[^0-9A-Za-z*＊０-９]+", "")
    as_float = seen.str.contains(r"[0-9][Ee]\+?1[0-9]")
    resident = (shape.str.len_chars() >= _NEARLY_RESIDENT) | as_float
    return int(resident.sum()) < share * seen.len()


def _first_part(dates: pl.Series, odd: float) -> str:
    """Return which part of 03/05/2021 is first, by the dates of the column that leave no choice.

    `odd`: the share of such dates that may contradict the others.

    >>> _first_part(pl.Series(["03/05/2021", "25/12/2021"]), 0.01)
    'day'
    >>> _first_part(pl.Series(["03/05/2021", "12.25.2021"]), 0.01)
    'month'
    >>> _first_part(pl.Series(["03/05/2021", "04/06/2021"]), 0.01)
    ''
    """
    if not dates.head(SAMPLE).str.contains(TWO_PARTS).any():
        return ""
    text = pl.col("text").str.strip_chars()
    groups = text.str.extract_groups(TWO_PARTS).struct.unnest()
    parts = dates.drop_nulls().unique().to_frame("text").select(groups)
    one, two = (parts[part].cast(pl.Int32) for part in ("1", "2"))
    day_first = int(((one > 12) & (two <= 12)).sum())
    month_first = int(((two > 12) & (one <= 12)).sum())
    more, fewer = max(day_first, month_first), min(day_first, month_first)
    if more == 0 or fewer > odd * more:
        return ""
    return "day" if day_first > month_first else "month"
