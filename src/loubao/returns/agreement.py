"""A line beside a person: which cells agree with what was printed or written of the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loubao.ingest.fields.name_parts import read
from loubao.layout.form_cells import stack_key, text_of
from loubao.layout.paper import unbroken
from loubao.returns.page import KEYS, Line
from loubao.returns.terms import Terms
from loubao.returns.typed_cells import plain

_CLUES = "clues"
#: Printed cells that differ between people of one name.
_OWN = ("village", "id_number", "sex", "age", "address", "phone", _CLUES)
#: Those of them that prove something where they agree.
_PROOF = ("village", "id_number", "age", "address", "phone")
#: Those that nobody but the printed line has.
_RARE = ("address", "phone", _CLUES)
_NUMBERS = frozenset({"case_no", "id_number"})
_FEWEST_DIGITS = 4  # shown of a starred number


def has_person(
    line: Line, printed: Mapping[str, str], written: Mapping[str, Any] | None, terms: Terms
) -> bool:
    """Whether the name or the ID number on a line is that of the case: printed on it or written."""
    return has_name(line, printed, written, terms) or has_number(line, printed, written, terms)


def has_name(
    line: Line, printed: Mapping[str, str], written: Mapping[str, Any] | None, terms: Terms
) -> bool:
    """Whether the name on a line is that of the case, every character certain."""
    name = name_key(line.cells.get("name", ""))
    names = {printed.get("name"), (written or {}).get("name")}
    return name is not None and any(
        name_key(each) == name for each in names if _is_known(each, "name", terms)
    )


def has_number(
    line: Line, printed: Mapping[str, str], written: Mapping[str, Any] | None, terms: Terms
) -> bool:
    """Whether the ID number on a line is that of the case, as far as it is shown."""
    found, person = line.cells.get("id_number", ""), written or {}
    numbers = {printed.get("id_number"), person.get("id_number"), person.get("id_pattern")}
    return any(
        same_number(found, str(each).replace("?", "*"))
        for each in numbers
        if _is_known(each, "id_number", terms)
    )


def _is_known(text: str | None, key: str, terms: Terms) -> bool:
    """Whether a printed text is there, and is not the word for what is unknown."""
    unknown = plain(terms.columns[key].unknown) if key in terms.columns else ""
    return text is not None and plain(text) not in ("", unknown)


def name_key(name: str | None) -> str | None:
    """Return the key of a name, None where a character of it is not certain.

    >>> name_key("庄 建国"), name_key("莊建國"), name_key("庄*国"), name_key("无")
    ('庄建国', '庄建国', None, None)
    """
    key = read(name or "").key
    return None if key is None or "?" in key else key


def same_number(found: str, given: str) -> bool:
    """Return whether two numbers, some digits of them starred, are one: enough are the same, none
    differs.

    >>> same_number("990101199001011234", "990101********1234")
    True
    >>> same_number("990101********1234", "************1235"), same_number("*" * 18, "*" * 18)
    (False, False)
    """
    pairs = _shown_by_both(found, given)
    return len(pairs) >= _FEWEST_DIGITS and all(a == b for a, b in pairs)


def differ(found: str, given: str) -> bool:
    """Return whether two numbers cannot be one: a digit differs, or both are there and not of one
    length.

    >>> differ("990101199001011234", "990101********1235"), differ("", "990101199001011234")
    (True, False)
    """
    one, other = plain(found), plain(given)
    if len(one) != len(other):
        return sum(map(str.isdigit, one)) >= _FEWEST_DIGITS and bool(other)
    return any(a != b for a, b in _shown_by_both(found, given))


def _shown_by_both(found: str, given: str) -> list[tuple[str, str]]:
    """The digits that two numbers of one length both show, side by side."""
    one, other = plain(found).upper(), plain(given).upper()
    if len(one) != len(other):
        return []
    return [(a, b) for a, b in zip(one, other, strict=True) if "*" not in (a, b)]


def differing(line: Line, printed: Mapping[str, str], terms: Terms) -> set[str]:
    """Return the printed cells of a person that a line contradicts; a blank contradicts nothing."""
    both = _on_both(line, printed, terms)
    return {key for key, (found, given) in both.items() if not _agree(key, found, given)}


def agreeing(line: Line, printed: Mapping[str, str], terms: Terms) -> set[str]:
    """Return the printed cells of a person that stand on a line too."""
    both = _on_both(line, printed, terms)
    return {key for key, (found, given) in both.items() if _agree(key, found, given)}


def _on_both(line: Line, printed: Mapping[str, str], terms: Terms) -> dict[str, tuple[str, str]]:
    """The texts of cells that are known on both sides, the clues with what shares their cell."""
    both = {
        key: (line.cells[key], printed[key])
        for key in _OWN
        if all(_is_known(cells.get(key), key, terms) for cells in (line.cells, printed))
    }
    for stack in terms.stacked.values():
        shared = line.cells.get(stack_key(stack))
        if shared and printed.get(_CLUES) and any(column.key == _CLUES for column in stack):
            both[_CLUES] = shared, str(text_of(stack, printed) or "")
    return both


def _agree(key: str, found: str, given: str) -> bool:
    return not differ(found, given) if key == "id_number" else is_as_printed(found, given)


def is_as_printed(found: str, printed: str) -> bool:
    """Return whether a cell holds what was printed; days as on record, or as sheets print them.

    >>> days = ("2021年9月6日 发证", "2021-09-06发证", "2021年9月7日发证")
    >>> [is_as_printed(day, "2021-09-06发证") for day in days]
    [True, True, False]
    """
    return plain(found) in {plain(printed), plain(unbroken(printed, len(printed) * 2))}


def reads_like(line: Line, printed: Mapping[str, str], terms: Terms) -> bool:
    """Return whether a line without keys is a printed one: by its name, and something that nobody
    else has.

    On a sheet that lost the columns of keys the number will do, as far as it is shown; on any other
    somebody may have added the person by hand. On one that lost all numbers, too, the age will do.
    """
    if not has_name(line, printed, None, terms):
        return False
    contradicted = differing(line, printed, terms)
    own = not agreeing(line, printed, terms).isdisjoint(_RARE)
    if has_number(line, printed, None, terms):
        return "village" not in contradicted and (own or KEYS.isdisjoint(line.headers))
    if (KEYS | _NUMBERS).isdisjoint(line.headers):
        own |= "age" in agreeing(line, printed, terms)
    return own and not contradicted


def proves(agreed: set[str]) -> bool:
    """Return whether one of the cells that agree is more than a name.

    >>> proves({"sex"}), proves({"sex", "age"})
    (False, True)
    """
    return not agreed.isdisjoint(_PROOF)


def completes(found: str, printed: str, unknown: str) -> bool:
    """Return whether a cell completes the printed text: fills a blank, or puts digits for stars.

    >>> completes("990101199001011234", "990101********1234", "缺")
    True
    >>> completes("990101199001014321", "990101********1234", "缺")
    False
    >>> completes("林秀英", "不详", "不详"), completes("林秀英", "庄建国", "不详")
    (True, False)
    """
    now, before = plain(found).upper(), plain(printed).upper()
    if before in {"", plain(unknown).upper()}:
        return True
    return len(now) == len(before) and all(
        mark in {"*", char} for char, mark in zip(now, before, strict=True)
    )
