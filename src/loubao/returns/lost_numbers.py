"""Case numbers that a line has lost, or has only the end of: put back where one case is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from loubao.ledger.lookup import Excerpt, edition_of
from loubao.returns.agreement import differ, has_person, name_key, reads_like
from loubao.returns.page import Line
from loubao.returns.terms import Terms
from loubao.returns.typed_cells import end_of_number, plain

#: What a village writes of anybody whom it adds; the case number is what is lost.
_WHO = frozenset({"case_no", "name", "id_number"})


def with_whole_numbers(
    lines: Sequence[Line], numbered: Iterable[Mapping[str, Any]], terms: Terms
) -> list[Line]:
    """Return the lines, the printed case numbers whole where only their ends were written.

    `numbered`: the cases with these running numbers (`ledger.lookup.numbered`). The end of a number
    is that of a case where the line agrees with the person of this one alone: the same ID number,
    or the same name in the same village and no other ID number. Else it may number the row.
    """
    by_number: dict[int, list[Mapping[str, Any]]] = {}
    for case in numbered:
        by_number.setdefault(case["number"], []).append(case)
    whole: list[Line] = []
    for line in lines:
        end = _end_of(line)
        found = [
            case
            for case in by_number.get(int(end[2]) if end else 0, ())
            if end and _ends_so(case, end) and _is_of(line, case, terms)
        ]
        if len(found) == 1:
            line = replace(line, cells={**line.cells, "case_no": found[0]["case_no"]})
        whole.append(line)
    return whole


def with_lost_numbers(
    lines: Sequence[Line],
    printed: Sequence[tuple[str, int, Mapping[str, str]]],
    homes: Mapping[tuple[str, str], str],
    newest: Mapping[tuple[str, str], int],
    terms: Terms,
) -> list[Line]:
    """Return the lines, the case number put back where a line without keys is a printed one.

    `printed`: case number, edition and printed cells of the lines that may be meant
    (`ledger.lookup.printed_of`); `homes`: the village of each sheet `(file, sheet)` that has one;
    `newest`: its edition, where lines of it have one: a line that was printed later is not meant.
    A line that reads like the lines of two cases stays as it is; so does one that a village wrote
    in a blank row (`_is_of_village`).
    """
    by_name: dict[str | None, list[tuple[str, int, Mapping[str, str]]]] = {}
    for each in printed:
        by_name.setdefault(name_key(each[2].get("name")), []).append(each)
    whole: list[Line] = []
    for line in lines:
        namesakes = by_name.get(name_key(line.cells.get("name")), ()) if by_name else ()
        home = homes.get(line.place[:2])
        here = replace(line, cells={"village": home, **line.cells}) if home else line
        last = newest.get(line.place[:2])
        found = {
            case_no
            for case_no, edition, cells in namesakes
            if (last is None or edition <= last)
            and reads_like(here, cells, terms)
            and not (last is not None and _is_of_village(line, cells))
        }
        if len(found) == 1:
            line = replace(line, cells={**line.cells, "case_no": found.pop()})
        whole.append(line)
    return whole


def _is_of_village(line: Line, printed: Mapping[str, str]) -> bool:
    """Whether a line of a sheet that has its keys was never printed: most of what would have been
    printed beside name and number is blank.

    >>> cells = {"name": "庄建国", "sex": "男", "age": "62", "sources": "大病", "phone": ""}
    >>> by_hand = Line("", "", 9, {"name": "庄建国", "phone": "13600000000"}, {})
    >>> _is_of_village(by_hand, cells), _is_of_village(Line("", "", 9, cells, {}), cells)
    (True, False)
    """
    beside = [key for key, text in printed.items() if text and key not in _WHO]
    blank = sum(not line.cells.get(key, "").strip() for key in beside)
    return 2 * blank > len(beside)


def newest_editions_of(lines: Iterable[Line], excerpt: Excerpt) -> dict[tuple[str, str], int]:
    """Return the newest edition on the lines of each sheet `(file, sheet)` that has any."""
    newest: dict[tuple[str, str], int] = {}
    for line in lines:
        edition = edition_of(line.edition or "", excerpt.sheets)
        if edition is not None:
            newest[line.place[:2]] = max(edition, newest.get(line.place[:2], 0))
    return newest


def ends_of_numbers(lines: Iterable[Line]) -> set[int]:
    """Return the running numbers on lines that have no whole case number.

    >>> texts = ("7", "104-2022-8")
    >>> ends_of_numbers(Line("", "", 5, {"case_no": text}, {}) for text in texts)
    {7}
    """
    return {int(end[2]) for line in lines if (end := _end_of(line))}


def _end_of(line: Line) -> tuple[str, str, str] | None:
    hidden, printed = line.numbers
    return None if hidden else end_of_number(printed)


def _ends_so(case: Mapping[str, Any], end: tuple[str, str, str]) -> bool:
    town, year, _ = end
    return town in ("", case["town_code"]) and year in ("", str(case["year"]))


def _is_of(line: Line, case: Mapping[str, Any], terms: Terms) -> bool:
    """Whether a line with the end of a number is about the person of a case."""
    written = case["written"]
    number = line.cells.get("id_number", "")
    bare = Line("", "", 0, {"id_number": number}, {})
    if has_person(bare, {}, written, terms):
        return True
    theirs = written.get("id_number") or (written.get("id_pattern") or "").replace("?", "*")
    here = plain(line.cells.get("village", "")) == plain(case["village"])
    return here and not differ(number, theirs) and has_person(line, {}, written, terms)
