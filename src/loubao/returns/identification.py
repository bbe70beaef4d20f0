"""Which case a line is about: by the keys printed on it, else by the case number as written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from loubao.core.frames import IssueRow
from loubao.layout.form_cells import stack_key, text_of
from loubao.ledger.lookup import Excerpt, edition_of
from loubao.returns.agreement import (
    agreeing,
    completes,
    differ,
    differing,
    has_name,
    has_number,
    has_person,
    is_as_printed,
    name_key,
    proves,
)
from loubao.returns.page import Line, Spot
from loubao.returns.terms import HIDDEN_CASE, HIDDEN_EDITION, Terms
from loubao.returns.typed_cells import plain

#: A line of an edition: by its case number, else by its place.
IssuedLine: TypeAlias = tuple[int, str | Spot]
_PERSON = ("name", "id_number")
#: What is printed of the person themselves, and goes with them where columns are sorted.
_OF_PERSON = frozenset({"case_no", *_PERSON, "sex", "age"})
_MOST_NAMED = 3  # namesakes in the words of an issue


@dataclass(frozen=True, slots=True)
class Identified:
    """A line with its case.

    edition_id  the sheet that it is a line of, None where no sheet with the case went out
    keyed       the edition stood on the line; else it is the newest of those that it reads like
    cells       what was printed on the line, by key of the column
    candidate   the person that the line asks about (是否同一人); None where it asks about nobody
    oldest      the first of the editions that it reads like
    """

    line: Line
    case_id: int
    edition_id: int | None
    keyed: bool
    cells: Mapping[str, str] = field(default_factory=dict)
    candidate: Mapping[str, Any] | None = None
    oldest: int | None = None


def is_by_hand(line: Line, excerpt: Excerpt, terms: Terms) -> bool:
    """Return whether the line was added by a village: no key, nothing like a case number."""
    if line.edition is not None or any(number in excerpt.cases for number in line.numbers):
        return False
    return not any(re.search(terms.returns.case_number, number) for number in line.numbers)


def identify(
    line: Line, excerpt: Excerpt, terms: Terms, home: tuple[str, str] | None = None
) -> Identified | IssueRow:
    """Return the line with its case, or an issue where the case cannot be determined.

    A number may be mistyped, or may have slipped into the next row: without the hidden number of
    the case and the key of its edition, the line must be about the person (`_doubt`). `home` is the
    town and village of most lines of the sheet.
    """
    words = terms.words
    hidden, printed = line.numbers
    if hidden and printed in excerpt.cases and hidden != printed:
        return line.issue(line.header("case_no"), "KEY_MISMATCH", words.keys_differ)
    case_id = excerpt.cases.get(hidden or printed)
    column = line.header(HIDDEN_CASE if hidden else "case_no")
    if case_id is None:
        return line.issue(column, "CASE_UNKNOWN", words.case_unknown)
    if case_id not in excerpt.events:
        return line.issue(column, "CASE_WITHDRAWN", words.withdrawn)
    if line.answer is not None:  # the office's own list: nothing but the person is held against it
        if not has_person(line, {}, excerpt.written.get(case_id), terms):
            return line.issue(line.header("case_no"), "CASE_UNCONFIRMED", words.unconfirmed)
        return Identified(line, case_id, None, keyed=False)
    keyed = line.edition is not None
    if line.edition is not None:
        oldest = edition_id = edition_of(line.edition, excerpt.sheets)
        if edition_id is None:
            return line.issue(line.header(HIDDEN_EDITION), "KEY_UNKNOWN", words.key_unknown)
    else:
        alike = _likeliest(line, case_id, excerpt)
        oldest, edition_id = min(alike, default=None), max(alike, default=None)
    shown, candidate = excerpt.rows.get((edition_id or 0, case_id), ({}, None))
    if keyed and not shown:
        return line.issue(line.header("case_no"), "KEY_MISMATCH", words.keys_differ)
    cells = shown.get("cells", {})
    identified = Identified(line, case_id, edition_id, keyed, cells, candidate, oldest)
    if keyed and hidden:
        moved = _is_moved(identified, excerpt, terms)
        doubt = ("KEY_MISMATCH", words.keys_differ) if moved else None
    else:
        doubt = _doubt(identified, excerpt, terms, home)
        if doubt is None and _is_sorted_apart(identified, excerpt, terms):
            doubt = ("KEY_MISMATCH", words.keys_differ)
    return line.issue(line.header("case_no"), *doubt) if doubt else identified


def _is_moved(found: Identified, excerpt: Excerpt, terms: Terms) -> bool:
    """Whether the cells of a line are those of a namesake on the same sheet, and its keys are not.

    So it is where somebody has sorted a part of the columns.
    """
    line, name = found.line, name_key(found.cells.get("name"))
    number = line.cells.get("id_number", "")
    same = plain(number) == plain(found.cells.get("id_number", ""))
    if name is None or (same and not differing(line, found.cells, terms)):
        return False
    own = _likeness(line, found.cells, terms)
    return any(
        edition == found.edition_id
        and case_id != found.case_id
        and name_key(shown.get("cells", {}).get("name")) == name
        and _likeness(line, shown["cells"], terms) > own
        for (edition, case_id), (shown, _) in excerpt.rows.items()
    )


def _is_sorted_apart(found: Identified, excerpt: Excerpt, terms: Terms) -> bool:
    """Whether the rest of a line without hidden keys is that of another person on the same sheet.

    So it is where somebody has sorted the columns of the person alone: the answers stand with the
    rest.
    """
    line = found.line

    def alike(printed: Mapping[str, str]) -> int:
        keys = [key for key in printed if line.cells.get(key) and key not in _OF_PERSON]
        return sum(1 if is_as_printed(line.cells[key], printed[key]) else -1 for key in keys)

    own = alike(found.cells)
    return any(
        edition == found.edition_id
        and case_id != found.case_id
        and alike(shown.get("cells", {})) > own
        for (edition, case_id), (shown, _) in excerpt.rows.items()
    )


def _doubt(
    found: Identified, excerpt: Excerpt, terms: Terms, home: tuple[str, str] | None
) -> tuple[str, str] | None:
    """Why a line may not be about the person of the case that it names: `(code, detail)`.

    The ID number proves the person. A name proves nothing where others in the ledger bear it: then
    the rest of the line must be that of this one alone. Beside a name that nobody else bears, other
    cells may have been corrected, but not on the sheet of another village.
    """
    line, words, case_id = found.line, terms.words, found.case_id
    written = excerpt.written.get(case_id) or {}
    if has_number(line, found.cells, written, terms):
        return None
    given = written.get("id_number") or (written.get("id_pattern") or "").replace("?", "*")
    other_number = not found.cells and differ(line.cells.get("id_number", ""), given)
    if other_number or not has_name(line, found.cells, written, terms):
        return "CASE_UNCONFIRMED", words.unconfirmed
    cells = {**_at_home(case_id, excerpt), **found.cells}
    others = _rivals(found, cells, excerpt, terms, home)
    if others:
        return "CASE_NAMESAKE", words.namesake.format(others="、".join(others[:_MOST_NAMED]))
    contradicted, place = differing(line, cells, terms), excerpt.places.get(case_id)
    if contradicted and home and place and home != (place.town, place.village):
        columns = "、".join(terms.headers[key] for key in terms.headers if key in contradicted)
        return "CASE_ELSEWHERE", words.elsewhere.format(columns=columns, village=home[1])
    return None


def _rivals(
    found: Identified,
    cells: Mapping[str, str],
    excerpt: Excerpt,
    terms: Terms,
    home: tuple[str, str] | None,
) -> list[str]:
    """The case numbers of the namesakes that a line may be about, judged by all but the name.

    `cells` are those of the case that it names. Where both numbers of the case are on the line,
    none is mistyped.
    """
    line = found.line
    namesakes = excerpt.namesakes.get(found.case_id, ())
    if not namesakes or line.numbers[0] == line.numbers[1]:
        return []
    if home:
        line = replace(line, cells={"village": home[1], **line.cells})
    likeness = _likeness(line, cells, terms)
    numbers = {case_id: number for number, case_id in excerpt.cases.items()}
    proven = proves(agreeing(line, cells, terms))
    return [
        numbers[case_id]
        for case_id in namesakes
        if not proven
        or any(_likeness(line, each, terms) >= likeness for each in _printed(case_id, excerpt))
    ]


def _likeness(line: Line, printed: Mapping[str, str], terms: Terms) -> int:
    return len(agreeing(line, printed, terms)) - len(differing(line, printed, terms))


def _at_home(case_id: int, excerpt: Excerpt) -> dict[str, str]:
    place = excerpt.places.get(case_id)
    return {"village": place.village} if place else {}


def _printed(case_id: int, excerpt: Excerpt) -> Iterator[Mapping[str, str]]:
    """What was printed of a case on each of its sheets; where it was on none, its village."""
    home = _at_home(case_id, excerpt)
    yield home
    for edition in excerpt.sent_on.get(case_id, ()):
        shown, _ = excerpt.rows[edition, case_id]
        yield {**home, **shown.get("cells", {})}


def _likeliest(line: Line, case_id: int, excerpt: Excerpt) -> list[int]:
    """The editions that a line without a key may be of: those from which it differs least."""

    def differing(edition: int) -> int:
        shown, _ = excerpt.rows[edition, case_id]
        return sum(
            not is_as_printed(line.cells.get(key, ""), text)
            for key, text in shown.get("cells", {}).items()
            if key in line.headers
        )

    differences = {edition: differing(edition) for edition in excerpt.sent_on.get(case_id, ())}
    least = min(differences.values(), default=0)
    return [edition for edition, count in differences.items() if count == least]


def follows(edition: int | None, other: int | None, excerpt: Excerpt) -> bool:
    """Return whether an edition went out after another one, for another month.

    An answer without a sheet (None) comes before every sheet.

    >>> from loubao.core.events import Edition
    >>> def issued(edition, month):
    ...     return Edition(edition, month, "洛阳镇", "上浦村", "", 1, "", "", "", {})
    >>> sheets = {1: issued(1, "2022-06"), 2: issued(2, "2022-06"), 3: issued(3, "2022-07")}
    >>> [follows(edition, 1, Excerpt(sheets=sheets)) for edition in (1, 2, 3)]
    [False, False, True]
    >>> follows(1, None, Excerpt(sheets=sheets)), follows(None, 1, Excerpt(sheets=sheets))
    (True, False)
    """
    if edition is None or other is None:
        return edition is not None
    return edition > other and excerpt.sheets[edition].month != excerpt.sheets[other].month


def changed_cells(origin: Identified, terms: Terms) -> tuple[list[IssueRow], bool]:
    """Return an issue for each printed cell that was changed, and whether another person was
    written over.

    Where another person was written over, the line is not posted, and there is no other issue of
    it. White space and line breaks are no change. Completing a starred number, or filling in a
    missing name or number, is a change but not another person.
    """
    line, words = origin.line, terms.words
    issues: list[IssueRow] = []
    over: list[IssueRow] = []
    for key, printed in origin.cells.items():
        found = line.cells.get(key, "")
        if key not in line.headers or is_as_printed(found, printed):
            continue
        if key in _PERSON and found and not completes(found, printed, terms.columns[key].unknown):
            over.append(line.issue(line.headers[key], "PERSON_OVERWRITTEN", words.overwritten))
        else:
            issues.append(line.issue(line.headers[key], "LOCKED_CHANGED", words.locked))
    for stack in terms.stacked.values():
        if (key := stack_key(stack)) in line.headers and origin.cells:
            text = str(text_of(stack, origin.cells) or "")
            if not is_as_printed(line.cells.get(key, ""), text):
                issues.append(line.issue(line.headers[key], "LOCKED_CHANGED", words.locked))
    return over or issues, bool(over)


def issued_lines(
    identified: Sequence[Identified], strays: Iterable[Line], excerpt: Excerpt
) -> frozenset[IssuedLine]:
    """Return the lines of editions that came back.

    A stray is a line whose case cannot be determined. It counts for the edition of its key; without
    a key, for the edition of most lines of its page.
    """
    lines: set[IssuedLine] = set()
    pages: dict[tuple[str, str], Counter[int]] = {}
    for each in identified:
        if each.edition_id is not None:
            lines.add((each.edition_id, _number(each.line, excerpt)))
            pages.setdefault(each.line.place[:2], Counter())[each.edition_id] += 1
    for line in strays:
        edition = edition_of(line.edition or "", excerpt.sheets)
        page = pages.get(line.place[:2])
        if edition is None and page:
            edition = page.most_common(1)[0][0]
        if edition is not None:
            lines.add((edition, _number(line, excerpt)))
    return frozenset(lines)


def _number(line: Line, excerpt: Excerpt) -> str | Spot:
    number = next((number for number in line.numbers if number in excerpt.cases), None)
    return number or line.place
