"""The columns of any table (`link`): which is which field, by its header or by `--columns`.

Headers are those of fields.yaml and linking.yaml, and where a table has no name or no number by
these, those of the lists; sheets/header.py looks them up, loosely. A field whose header is missing
may stand in parts (`given_name`, `surname`); a disability certificate stands in for the ID number,
and where a table has neither name nor number of its own, its household heads are its people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from loubao.core.faults import Usage
from loubao.core.frames import Sheet
from loubao.core.masking import Discretion
from loubao.ingest.own_names import own_header, own_header_of_sheet
from loubao.ingest.sheets.fit import Column, Fit, preference
from loubao.ingest.sheets.header import Row, columns_of_row, fits
from loubao.ingest.sheets.own_numbers import settled_fits
from loubao.ingest.sheets.vocabulary import (
    Lexicon,
    Vocabulary,
    lexicon,
    loose,
    numbered,
    plain,
    vocabulary,
)
from loubao.rules.linking import LINK_FIELDS, LINK_PARTS, LinkRules, part_name

SIDES = ("left", "right")
#: field → the headers whose texts make it; none: the field is not to be used
Named = Mapping[str, tuple[str, ...]]

#: Fields by which a row of a table can be anybody at all.
WHO = frozenset({"name", "id_number"})
#: Headers shown of a table that has many.
_MOST_SHOWN = 40
_STAND_INS = (("name", "head_name"), ("id_number", "head_id"))
#: … or the head of its household.
SOMEBODY = WHO | {head for _, head in _STAND_INS}


class HeaderMissing(Exception):
    """A header that was asked for by name is not there; `seen` is the row of those that are."""

    def __init__(self, header: str, seen: Row) -> None:
        super().__init__()
        self.header = header
        self.seen = tuple(seen)

    def fault(self, file: str, discretion: Discretion) -> Usage:
        """Return the fault of the table in which the header is missing."""
        wanted, seen = discretion.text(self.header), listed(self.seen, discretion)
        return Usage(
            f"--columns：{file} 没有列“{wanted}”，有：{seen}。"
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
    text: str | None, labels: Mapping[str, str], discretion: Discretion | None = None
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return side → field → headers, as `--columns` names them.

    A field is called as in fields.yaml, or by its label there. Headers joined by "+" are put
    together with a space. `left.` and `right.` name a field of one table only; without, of both.
    Nothing behind "=" means that the field is not to be used. `labels`: every field that can be
    named → its label; `discretion`: what of `text` may be shown. Raises `Usage`, saying which
    fields there are.

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
    shown = discretion or Discretion(frozenset(labels.values()))
    by_side: dict[str, dict[str, tuple[str, ...]]] = {side: {} for side in SIDES}
    fields = {label: field for field, label in labels.items()} | {field: field for field in labels}
    for item in filter(None, (part.strip() for part in (text or "").split(","))):
        key, equals, headers = item.partition("=")
        side, dot, name = key.strip().partition(".")
        if not dot or side not in SIDES:
            side, name = "", key
        name = name.strip()
        if not equals:
            raise Usage(
                f"--columns 的“{shown.text(item)}”少了“=”，写法如 name=姓名列,id_number=证号列"
            )
        if name not in fields:
            allowed = "、".join(f"{field}（{label}）" for field, label in labels.items())
            raise Usage(f"--columns 没有字段“{shown.text(name)}”，可用：{allowed}")
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

    Raises `HeaderMissing` for a header in `named` that is not there, and `NamesUnclear`.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.linking import load_linking
    >>> rules = load_linking(shipped_rules())
    >>> fit = header_of_row(["ID", "Given Name", "SURNAME", "dob", "town_2"], {}, rules)
    >>> {field: [column.header for column in fit.columns_of(field)] for field in fit.fields}
    {'name': ['Given Name', 'SURNAME'], 'id_number': ['ID'], 'birth_date': ['dob']}
    >>> header_of_row(["户主姓名", "户主身份证号", "村"], {}, rules).fields
    ('village', 'name', 'id_number')
    >>> fit = header_of_row(["姓名", "证号", "x"], {"name": ("x",), "id_number": ()}, rules)
    >>> [(column.header, column.field) for column in fit.columns]
    [('x', 'name'), ('姓名', None), ('证号', None)]
    """
    places = [str(place) for place in range(len(headers))]

    def read(rules: LinkRules) -> Fit:
        return _fit_of_row(headers, places, 0, named, *_words(rules))

    fit = read(rules)
    if _asks_lists(fit, rules):
        rules = rules.with_lists
        fit = read(rules)
    own = None if "name" in named else own_header(fit, rules)
    return _of_somebody(fit if own is None else read(rules.calling(*own)), named)


def header_of_sheet(sheet: Sheet, named: Named, rules: LinkRules) -> Fit | None:
    """Return where the header of a sheet stands, and its columns; None where no row is a header.

    With `named`, the header is the first row that has all the headers named. Raises
    `HeaderMissing` where none has, with the headers of the row that comes nearest; `NamesUnclear`.
    """
    fit = _fit_of_sheet(sheet, named, rules)
    if fit is None or _asks_lists(fit, rules):
        rules = rules.with_lists
        fit = _fit_of_sheet(sheet, named, rules)
    if "name" in named and fit is not None:
        return _of_somebody(fit, named)
    own = own_header_of_sheet(sheet, rules) if fit is None else own_header(fit, rules)
    if own is not None:
        fit = _fit_of_sheet(sheet, named, rules.calling(*own))
    return None if fit is None else _of_somebody(fit, named)


def _asks_lists(fit: Fit, rules: LinkRules) -> bool:
    """Whether name or number is not found, or a column may be that of a household's member."""
    cells = {*map(plain, rules.reading.member_cells)}
    return not set(fit.fields) >= WHO or any(
        c.field is None
        and not c.ignored
        and not c.header.isascii()
        and (numbered(text := plain(c.header)) or text in cells)
        for c in fit.columns
    )


def _fit_of_sheet(sheet: Sheet, named: Named, rules: LinkRules) -> Fit | None:
    rows = sheet.first(rules.reading.header_depth)
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
        if SOMEBODY & set(fit.fields):
            return fit
    for start, row in enumerate(rows):  # one column that is a header is enough
        fit = _fit_of_row(row, places, start, named, words, every)
        if SOMEBODY & set(fit.fields):
            return fit
    return None


def _of_somebody(fit: Fit, named: Named) -> Fit:
    """Return `fit`; its people are the heads where it has nobody's own name or number."""
    if fit.household or WHO & {*fit.fields, *named}:
        return fit
    heads_of = {head: own for own, head in _STAND_INS}
    columns = [c._replace(field=heads_of.get(c.field or "", c.field)) for c in fit.columns]
    return replace(fit, columns=tuple(columns))


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

    A field has the headers named for it, else the column with its best header, else its parts. The
    columns of a household's members stay what they are.
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
    columns = [
        Column(place, headers[place], field, rank=rank)
        for field, places in fields.items()
        for rank, place in enumerate(places)
    ]
    members = [c for c in fit.columns if c.slot is not None and c.place not in taken]
    columns += members
    used = {column.place for column in columns}
    known = {column.place for column in fit.columns if column.field is not None}
    columns += [
        Column(place, text, ignored=place in known)
        for place, text in headers.items()
        if place not in used
    ]
    parts = tuple(
        (name, place)
        for name, place in sorted(best.items())
        if name.partition(".")[0] in LINK_PARTS and "." in name
    )
    return replace(fit, columns=tuple(columns), particulars=parts, household=bool(members))


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
