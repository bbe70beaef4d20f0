"""From text to type: every field of every list, each distinct spelling read once.

All lists are typed together, a column a field. Beside the value of a field there may be
`bad:<field>` (something is written there that could not be read) and `alt:<field>` (the
disability certificate says otherwise).

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> def read(list_name, *fields, **cells):
...     texts = {raw(field): [cell] for field, cell in cells.items()}
...     rows = pl.DataFrame({"list": [list_name], **texts})
...     return typed(rows, rules.lists, rules.reading).select(fields).row(0)
>>> read("medical", "name", "name_note", "id_number", "self_paid",
...      name="张 三（户主）", id_number="990101 19900307 0111", self_paid="4.2万元")
('张三', '户主', '990101199003070111', 42000.0)
>>> read("medical", "sex", "bad:sex", sex="女性"), read("medical", "sex", "bad:sex", sex="不知道")
(('女', False), (None, True))

The number of a disability certificate is the person's number too, where that one is missing or
wrong, and its last two digits are category and level; a column that says otherwise is kept, and
what the certificate says stands beside it.

>>> cells = {"certificate_no": "99010119900307011162", "disability_level": "三级"}
>>> read("disability", "id_number", "disability_category", "disability_level", **cells)
('990101199003070111', '精神', '三级')
>>> read("disability", "alt:disability_level", "id_from_certificate", **cells)
('二级', True)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from loubao.core.frames import PROVEN_STATUSES
from loubao.ingest.fields import amount, date, person_name, resident_id
from loubao.ingest.fields.choice import choice
from loubao.ingest.raw_cells import blank_as_null, raw
from loubao.rules.lists import FieldRule, FieldType, ListRule
from loubao.rules.reading import Reading

_ID_COLUMNS = ("id_number", "id_status", "id_repair", "id_pattern")
_NAME_COLUMNS = ("name", "name_key", "name_note", "name_mask", "name_kind")
#: What later steps read although no list may have a field for it.
#: Share of the rows of a list from which on a mark is the blank of its column.
_MOST = 0.5
_ALWAYS: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("sex", "town", "village", "address", "household_no"), pl.String),
    **dict.fromkeys(("village_group",), pl.String),
    **dict.fromkeys(("head_name", "head_key", "head_id", "parent_id"), pl.String),
    **dict.fromkeys((*_ID_COLUMNS, "id_sex"), pl.String),
    **dict.fromkeys(("birth_date", "birth_until", "id_birth_date"), pl.Date),
}


def bad(field: str) -> str:
    """Name of the Boolean column: the cell says something that could not be read.

    >>> bad("sex")
    'bad:sex'
    """
    return f"bad:{field}"


def alternative(field: str) -> str:
    """Name of the column with what the certificate number says, where it differs.

    >>> alternative("disability_level")
    'alt:disability_level'
    """
    return f"alt:{field}"


def typed(frame: pl.DataFrame, lists: Mapping[str, ListRule], reading: Reading) -> pl.DataFrame:
    """Return `frame` (list, `raw:<field>` …) with a typed column for each field of `lists`."""
    uses: dict[str, dict[str, FieldRule]] = {}
    for name_, rule in lists.items():
        for field, spec in rule.fields.items():
            uses.setdefault(field, {})[name_] = spec
    kinds: dict[FieldType, list[str]] = {}
    for field, by_list in uses.items():
        kinds.setdefault(next(iter(by_list.values())).type, []).append(field)
    telling = {field: _telling(field, lists, reading) for field in uses}
    texts = frame.select(
        _cleaned(field, by_list, frame.columns, reading, telling[field])
        for field, by_list in uses.items()
    )
    columns: dict[str, pl.Series] = {}
    columns |= _names(texts, kinds.get("name", []))
    columns |= _numbers_of_people(texts, kinds.get("id_number", []))
    columns |= _dates(texts, kinds.get("date", []))
    quantities = (kinds.get("number", []), kinds.get("integer", []))
    columns |= _quantities(texts, frame, *quantities, reading.largest_number)
    for field in kinds.get("flag", []):
        columns |= _by_list(texts[field], frame["list"], field, uses[field], _yes_or_no)
    for field in (*kinds.get("choice", []), *kinds.get("sex", [])):
        columns |= _choices(texts[field], frame["list"], field, uses[field], columns)
    for field in (*kinds.get("place", []), *kinds.get("text", [])):
        columns[field] = texts[field]
    for column, dtype in _ALWAYS.items():
        if column not in columns:
            columns[column] = pl.repeat(None, frame.height, dtype=dtype, eager=True)
    return frame.with_columns(**columns)


def _telling(field: str, lists: Mapping[str, ListRule], reading: Reading) -> frozenset[str]:
    """The placeholders that are no blank in a choice that decides.

    On a roll any of them: whoever has 在保 beside people with 无 is not known to be covered. On a
    source list those that say that somebody does not know; 无 is a blank there.
    """
    roles = {
        rule.role
        for rule in lists.values()
        if field in rule.fields and rule.fields[field].type in {"choice", "flag"}
        if any(field in condition.fields for condition in rule.conditions)
    }
    if "roll" in roles:
        return frozenset(mark for mark in reading.placeholders if mark)
    return frozenset(reading.unsaid) if "source" in roles else frozenset()


def _cleaned(
    field: str,
    by_list: Mapping[str, FieldRule],
    columns: Sequence[str],
    reading: Reading,
    telling: frozenset[str],
) -> pl.Expr:
    """The cell without placeholders; where the export has no such column, what the rule says.

    Those that are `telling` stay, where most rows of the list say something else.
    """
    column, absent = raw(field), f"absent:{field}"
    if column not in columns:
        return (pl.col(absent) if absent in columns else pl.lit(None, pl.String)).alias(field)
    values: set[str] = set()
    for spec in by_list.values():
        values.update(spec.yes, spec.no, *spec.values.values())
        if spec.type in {"number", "integer", "choice"}:  # a nought is an amount, or says no
            values.update(mark for mark in reading.placeholders if mark.isdecimal())
    marks = tuple(mark for mark in reading.placeholders if mark not in values)
    text = blank_as_null(pl.col(column), marks)
    if telling:
        mark = pl.col(column).str.strip_chars()
        tells = mark.is_in(sorted(telling)).fill_null(False)
        text = pl.when(tells & (tells.mean().over("list") < _MOST)).then(mark).otherwise(text)
    return (pl.coalesce(text, absent) if absent in columns else text).alias(field)


def _stacked(
    texts: pl.DataFrame, fields: Sequence[str], parse: Callable[[pl.Series], pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Parse several columns at once, as one."""
    if not fields:
        return {}
    parsed = parse(pl.concat([texts[field].rename("text") for field in fields]))
    return {
        field: parsed.slice(place * texts.height, texts.height)
        for place, field in enumerate(fields)
    }


def _names(texts: pl.DataFrame, fields: Sequence[str]) -> dict[str, pl.Series]:
    columns: dict[str, pl.Series] = {}
    for field, parsed in _stacked(texts, fields, person_name.normalise).items():
        if field == "name":
            columns |= {column: parsed[column] for column in _NAME_COLUMNS}
            continue
        columns[field] = parsed["name"]
        if field == "head_name":
            columns["head_key"] = parsed["name_key"]
    return columns


def _numbers_of_people(texts: pl.DataFrame, fields: Sequence[str]) -> dict[str, pl.Series]:
    """ID numbers; the person's own is taken from the certificate where that is the better one."""
    parsed = _stacked(texts, fields, resident_id.normalise)
    columns = {field: frame["id_number"] for field, frame in parsed.items()}
    own = parsed.get("id_number")
    if own is None:
        return columns
    certificate = parsed.get("certificate_no")
    if certificate is not None:
        sound = certificate["id_status"].is_in(PROVEN_STATUSES)
        poor = ~own["id_status"].is_in(PROVEN_STATUSES)
        differs = (own["id_number"] != certificate["id_number"]).fill_null(False)
        columns["id_conflict"] = sound & ~poor & differs
        columns["id_from_certificate"] = sound & poor
        # category and level stand on the certificate, whoever's number is the better one
        own = own.select(
            certificate[column].zip_with(certificate[column].is_not_null(), own[column])
            if column in ("disability_category", "disability_level")
            else certificate[column].zip_with(sound & poor, own[column])
            for column in own.columns
        )
    columns |= {column: own[column] for column in _ID_COLUMNS}
    columns["id_birth_date"] = own["birth_date"]
    columns["id_sex"] = own["sex"]
    columns["id_category"] = own["disability_category"]
    columns["id_level"] = own["disability_level"]
    return columns


def _dates(texts: pl.DataFrame, fields: Sequence[str]) -> dict[str, pl.Series]:
    """Dates; a month or a year stands for its last day, but for the birth date of the record."""
    columns: dict[str, pl.Series] = {}
    for field, parsed in _stacked(texts, fields, date.parse).items():
        columns[field] = parsed["until"]
        columns[bad(field)] = ~parsed["readable"].fill_null(True)
        if field == "birth_date":
            columns["birth_date"] = parsed["date"]
            columns["birth_until"] = parsed["until"]
    return columns


def _quantities(
    texts: pl.DataFrame,
    frame: pl.DataFrame,
    numbers: Sequence[str],
    integers: Sequence[str],
    largest: float,
) -> dict[str, pl.Series]:
    """Sums of money and counts; one that is not below `largest` is a number of something else."""
    columns: dict[str, pl.Series] = {}
    for field, parsed in _stacked(texts, [*numbers, *integers], amount.number).items():
        value, readable = parsed["value"], parsed["readable"].fill_null(True)
        if f"factor:{field}" in frame.columns:
            value = value * frame[f"factor:{field}"].fill_null(1.0)
        readable &= (value.abs() < largest).fill_null(True)
        if field in integers:
            readable &= (value == value.round(0)).fill_null(True)
        value = value.set(~readable, None)
        columns[field] = value.round(0).cast(pl.Int64) if field in integers else value
        columns[bad(field)] = ~readable
    return columns


def _by_list(
    text: pl.Series,
    lists: pl.Series,
    field: str,
    by_list: Mapping[str, FieldRule],
    parse: Callable[[pl.Series, FieldRule], pl.DataFrame],
) -> dict[str, pl.Series]:
    """Read a column whose words may differ from list to list; lists of the same words at once."""
    groups: list[tuple[FieldRule, list[str]]] = []
    for name_, spec in by_list.items():
        for other, names in groups:
            if _words(other) == _words(spec):
                names.append(name_)
                break
        else:
            groups.append((spec, [name_]))
    (first, _), *others = groups
    parsed = parse(text, first)
    value, readable = parsed["value"], parsed["readable"]
    for spec, names in others:
        parsed, here = parse(text, spec), lists.is_in(names)
        value = parsed["value"].zip_with(here, value)
        readable = parsed["readable"].zip_with(here, readable)
    return {field: value.alias(field), bad(field): ~readable.fill_null(True)}


def _words(spec: FieldRule) -> tuple[object, ...]:
    return spec.values, spec.open, spec.yes, spec.no, spec.beside, spec.anywhere


def _yes_or_no(text: pl.Series, spec: FieldRule) -> pl.DataFrame:
    return amount.flag(text, spec.yes, spec.no)


def _choices(
    text: pl.Series,
    lists: pl.Series,
    field: str,
    by_list: Mapping[str, FieldRule],
    read: Mapping[str, pl.Series],
) -> dict[str, pl.Series]:
    """Read a column of choices; where a cell is blank, what the certificate's digit says.

    `read`: id_category and id_level, the digits of the certificates, as far as there are any.
    """
    part = next((s.from_certificate for s in by_list.values() if s.from_certificate), None)
    certificate = read.get(f"id_{part}")
    if certificate is None or certificate.null_count() == certificate.len():
        return _by_list(text, lists, field, by_list, choice)
    wanted = [name_ for name_, spec in by_list.items() if spec.from_certificate]
    digit = certificate.cast(pl.String).set(~lists.is_in(wanted), None)
    columns = _by_list(text.zip_with(text.is_not_null(), digit), lists, field, by_list, choice)
    by_certificate = _by_list(digit, lists, field, by_list, choice)[field]
    differs = (by_certificate != columns[field]).fill_null(False)
    columns[alternative(field)] = by_certificate.set(~differs, None)
    return columns
