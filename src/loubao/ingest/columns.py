"""The columns of any table (`link`): which is which field, by its header or by `--columns`.

Headers are those of fields.yaml and linking.yaml, and where a table has no name or no number by
these, those of the lists; sheets/header.py looks them up, loosely. A field whose header is missing
may stand in parts (`given_name`, `surname`); a disability certificate stands in for the ID number,
and where a table has neither name nor number of its own, its household heads are its people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from loubao.core.faults import UntrustedInput, Usage
from loubao.core.frames import Sheet
from loubao.core.masking import Discretion
from loubao.ingest.sheets.fit import Column, Fit, preference
from loubao.ingest.sheets.header import Row, columns_of_row, fits
from loubao.ingest.sheets.own_numbers import settled_fits
from loubao.ingest.sheets.vocabulary import (
    Lexicon,
    Vocabulary,
    lexicon,
    loose,
    numbered,
    vocabulary,
)
from loubao.rules.folder import LINK_FIELDS, LINK_PARTS, LinkRules, part_name

SIDES = ("left", "right")
#: field → the headers whose texts make it; none: the field is not to be used
Named = Mapping[str, tuple[str, ...]]

#: Fields by which a row of a table can be anybody at all.
WHO = frozenset({"name", "id_number"})
#: Headers shown of a table that has many.
_MOST_SHOWN = 40
_STAND_INS = (("name", "head_name"), ("id_number", "head_id"))
_SOMEBODY = WHO | {head for _, head in _STAND_INS}


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


class NamesUnclear(Exception):
    """Several columns may hold the people's own names, and no rule says which; their headers."""

    def __init__(self, headers: Sequence[str]) -> None:
        super().__init__()
        self.headers = tuple(headers)

    def fault(self, file: str, discretion: Discretion) -> UntrustedInput:
        """Return the fault of the table."""
        return UntrustedInput(
            f"{file}：{listed(self.headers, discretion)} 都可能是本人姓名，分不清是哪一列。"
            "请用 --columns 写明，例如 left.name=列名（左表）、right.name=列名（右表）"
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
    >>> from loubao.rules.folder import load_linking
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
    fit = _fit_of_row(headers, places, 0, named, *_words(rules))
    if not set(fit.fields) >= WHO:
        fit = _fit_of_row(headers, places, 0, named, *_words(rules.with_lists))
    return _of_somebody(fit, named, rules)


def header_of_sheet(sheet: Sheet, named: Named, rules: LinkRules) -> Fit | None:
    """Return where the header of a sheet stands, and its columns; None where no row is a header.

    With `named`, the header is the first row that has all the headers named. Raises
    `HeaderMissing` where none has, with the headers of the row that comes nearest; `NamesUnclear`.
    """
    fit = _fit_of_sheet(sheet, named, rules)
    if fit is None or not set(fit.fields) >= WHO:
        fit = _fit_of_sheet(sheet, named, rules.with_lists)
    return None if fit is None else _of_somebody(fit, named, rules)


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
        if _SOMEBODY & set(fit.fields):
            return fit
    for start, row in enumerate(rows):  # one column that is a header is enough
        fit = _fit_of_row(row, places, start, named, words, every)
        if _SOMEBODY & set(fit.fields):
            return fit
    return None


def _of_somebody(fit: Fit, named: Named, rules: LinkRules) -> Fit:
    """Return `fit`; its people are the heads where it has nobody's own name or number.

    Raises `NamesUnclear` where a column that no rule knows may hold the people's own names beside
    the heads', or several may.
    """
    if "name" not in named and "name" not in fit.fields:
        label = loose(rules.table.fields["name"].label)
        others = [
            column.header
            for column in fit.columns
            if column.field is None and not column.ignored and _may_be_names(column, label)
        ]
        heads = [column.header for column in fit.columns_of("head_name")]
        if others and len(heads + others) > 1:
            raise NamesUnclear([*heads, *others])
    if WHO & {*fit.fields, *named}:
        return fit
    heads_of = {head: own for own, head in _STAND_INS}
    columns = [c._replace(field=heads_of.get(c.field or "", c.field)) for c in fit.columns]
    return replace(fit, columns=tuple(columns))


def _may_be_names(column: Column, label: str) -> bool:
    """Whether a header ends as that of names does; the members of a household are numbered."""
    text = loose(column.header)
    return text.endswith(label) and not numbered(text)


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
    columns = [
        Column(place, headers[place], field, rank=rank)
        for field, places in fields.items()
        for rank, place in enumerate(places)
    ]
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
    return replace(fit, columns=tuple(columns), particulars=parts)


def with_shared_columns(left: Fit, right: Fit, rules: LinkRules) -> tuple[Fit, Fit]:
    """Return both fits with the columns that no rule knows and both tables have, by their headers.

    They are compared as they stand. Left out are the headers that `not_compared` of linking.yaml
    and `ignore_headers` of reading.yaml name, and one that stands twice in a table.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_linking
    >>> rules = load_linking(shipped_rules())
    >>> headers = (["name", "E-mail", "No.", "row"], ["name", "row", "email", "other"])
    >>> fits = with_shared_columns(*(header_of_row(each, {}, rules) for each in headers), rules)
    >>> [fit.particulars for fit in fits]
    [(('E-mail', '1'),), (('E-mail', '2'),)]
    """
    words = {*map(loose, (*rules.linking.not_compared, *rules.reading.ignore_headers))}
    sides = []
    for fit in (left, right):
        own: dict[str, list[str]] = {}
        for column in fit.columns:
            own.setdefault(loose(column.header), []).append(column.place)
        free = {c.place for c in fit.columns if c.field is None and not c.ignored}
        sides.append({key: p[0] for key, p in own.items() if len(p) == 1 and p[0] in free})
    # a dot or a colon would make it a part of something
    dots = str.maketrans(".:", "  ")
    shown = {
        c.place: rules.discretion.header(c.header, int(c.place)).translate(dots)
        for c in left.columns
    }
    shared = [key for key in sides[0] if key in sides[1] and key and key not in words]
    one, other = (
        replace(
            fit,
            particulars=(*fit.particulars, *((shown[sides[0][key]], side[key]) for key in shared)),
        )
        for fit, side in zip((left, right), sides, strict=True)
    )
    return one, other


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
