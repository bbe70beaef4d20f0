"""The ledger as supervision reads it: which leads are on sheets, and where they stand.

Plain tuples and no frames: counting a large ledger must not wait for a library of frames. Nothing
is read of what a sheet shows, only the index of who is on which.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from loubao.ledger.connection import Connection

#: case_id, first edition, last edition, status, answer_posting, household, lists (JSON).
#: Editions are those of the scope asked for; the first one may be superseded, and so may the last
#: where the answer came from it.
Sent: TypeAlias = tuple[int, int, int, str, int | None, str, str]
#: The same, with the last edition in force (or None) before the last of all.
_Found: TypeAlias = tuple[int, int, int | None, int, str, int | None, str, str]
#: Leads of one kind, as the households of each: by the edition last issued, status, whether the
#: sheet came back, whether its day is past, lists (JSON).
Kinds: TypeAlias = dict[tuple[int, str, bool, bool, str], list[str]]
#: kind of the case, candidate as the sheet had it, whether they are the same person
Judged: TypeAlias = tuple[str, dict[str, Any], bool]
#: unit separator: no key of a household holds it
_SEPARATOR = 31
#: whose household is not known is one alone
_HOME = "iif(household = '', 'alone ' || case_id, household)"


@dataclass(frozen=True, slots=True)
class IssuedSheet:
    """A village's sheet of a month; of several editions of one the highest is in force."""

    month: str
    posting_id: int
    town: str
    village: str
    due_on: str
    in_force: bool


def posted_months(connection: Connection) -> list[str]:
    """Return the months that were posted, oldest first."""
    found = connection.execute(
        "SELECT DISTINCT month FROM posting WHERE kind = 'month' ORDER BY month"
    )
    return [month for (month,) in found]


def issued_sheets(connection: Connection) -> dict[int, IssuedSheet]:
    """Return every sheet ever issued by its edition's id."""
    found = connection.execute(
        """
        SELECT edition_id, month, posting_id, town, village, due_on,
            number = max(number) OVER (PARTITION BY month, town, village)
        FROM edition ORDER BY edition_id
        """
    )
    return {edition: IssuedSheet(*about) for edition, *about in found}


def leads_of_month(
    connection: Connection, sheets: Mapping[int, IssuedSheet], month: str, day: str
) -> Kinds:
    """Return the leads on sheets in force of a month; `day` (ISO) tells what is past.

    Each person once: a case merged into another counts as that one. Samples of linked people are
    no leads.
    """
    wanted = [edition for edition, sheet in sheets.items() if sheet.month == month]
    if not wanted:
        return {}
    rows = _sent(connection, sheets, f"edition_id IN ({_texts(wanted)})")
    return _kinds(_merged(connection, sheets, rows, _roots(connection)), sheets, {}, day)


def leads_ever(
    connection: Connection, sheets: Mapping[int, IssuedSheet], day: str, lists: bool
) -> Kinds:
    """Return the leads on sheets in force of any month, likewise; their lists only where asked.

    The day that counts is that of the first sheet; of the first since it was reopened, for a case
    that was. Most cases are plain by their standing alone; only of the others the sheets are read.
    """
    superseded = [edition for edition, sheet in sheets.items() if not sheet.in_force]
    ahead = [edition for edition, sheet in sheets.items() if sheet.due_on >= day]
    roots = _roots(connection)
    # an answer that came with the case came before any sheet
    reported = connection.execute(
        "SELECT case_id FROM cases"
        " WHERE posting_id IN (SELECT posting_id FROM posting WHERE kind = 'return')"
    )
    others = {*roots, *roots.values(), *(case_id for (case_id,) in reported)}
    odd = f"""(
        edition_id IS NULL
        OR edition_id IN ({_texts(superseded)})
        OR (answer_posting IS NULL AND edition_id IN ({_texts(ahead)}))
        OR {_among(others)}
    )"""
    # joined by kind in the ledger: a row less for each person
    kinds: Kinds = {
        (edition, status, bool(answered), True, names): joined.split(chr(_SEPARATOR))
        for edition, status, answered, names, joined in connection.execute(
            f"""
            SELECT edition_id, status, answer_posting IS NOT NULL, {"lists" if lists else "'[]'"},
                group_concat({_HOME}, char({_SEPARATOR}))
            FROM standing WHERE NOT {odd} AND NOT {_samples(connection)} GROUP BY 1, 2, 3, 4
            """
        )
    }
    doubtful = [
        case_id for (case_id,) in connection.execute(f"SELECT case_id FROM standing WHERE {odd}")
    ]
    found = _sent(connection, sheets, _among(doubtful))
    rows = list(_merged(connection, sheets, found, roots))
    waiting = [row[0] for row in rows if row[4] is None and sheets[row[1]].due_on < day]
    anew = _first_anew(connection, sheets, waiting)
    for kind, households in _kinds(rows, sheets, anew, day).items():
        kinds.setdefault(kind, []).extend(households)
    return kinds


def judged(connection: Connection) -> list[Judged]:
    """Return what people said of candidates, of each pair the newest word only."""
    roots = _roots(connection)
    newest: dict[tuple[int, str], Judged] = {}
    for case_id, other, kind, candidate, same in connection.execute(
        "SELECT case_id, other, kind, candidate, same FROM judgement JOIN cases USING (case_id)"
        " ORDER BY judgement_id"
    ):
        newest[roots.get(case_id, case_id), other] = (kind, json.loads(candidate), bool(same))
    return list(newest.values())


def month_counts(connection: Connection) -> list[dict[str, Any]]:
    """Return the counts that the last posting of each month left, oldest month first."""
    found = connection.execute(
        "SELECT counts, max(posting_id) FROM posting WHERE kind = 'month' GROUP BY month"
    )
    return [json.loads(counts) for counts, _ in found]


def _sent(
    connection: Connection, sheets: Mapping[int, IssuedSheet], scope: str
) -> Iterator[_Found]:
    """The leads on sheets of a scope, merged ones and superseded sheets too."""
    superseded = [edition for edition, sheet in sheets.items() if not sheet.in_force]
    rows: Iterator[_Found] = connection.execute(
        f"""
        SELECT i.case_id, i.first, i.in_force, i.last, s.status, s.answer_posting, {_HOME}, s.lists
        FROM (
            SELECT case_id, min(edition_id) AS first, max(edition_id) AS last,
                max(iif(edition_id IN ({_texts(superseded)}), NULL, edition_id)) AS in_force
            FROM sheet_row WHERE {scope} GROUP BY case_id
        ) i
        CROSS JOIN standing s USING (case_id)
        WHERE NOT {_samples(connection)}
        """
    )
    return rows


def _merged(
    connection: Connection,
    sheets: Mapping[int, IssuedSheet],
    rows: Iterable[_Found],
    roots: Mapping[int, int],
) -> Iterator[Sent]:
    """Give one row a person: that of the case others were merged into, for all their sheets.

    Nobody whom a later edition has taken off the sheet, but those who had answered from it.
    """
    involved = {*roots, *roots.values()}
    families: dict[int, list[_Found]] = {}
    for row in rows:
        if row[0] in involved:
            families.setdefault(roots.get(row[0], row[0]), []).append(row)
        elif row[2] is not None or _answered(sheets, row[1], row[5]):
            yield row[0], row[1], row[3] if row[2] is None else row[2], *row[4:]
    for case_id, status, answer, *rest in connection.execute(
        f"SELECT case_id, status, answer_posting, {_HOME}, lists FROM standing"
        f" WHERE {_among(families)}"
    ).fetchall():
        family = families[case_id]
        first = min(row[1] for row in family)
        last = max((row[2] for row in family if row[2] is not None), default=None)
        if last is not None or _answered(sheets, first, answer):
            ever = max(row[3] for row in family)
            yield case_id, first, ever if last is None else last, status, answer, *rest


def _answered(sheets: Mapping[int, IssuedSheet], first: int, answer: int | None) -> bool:
    """Whether the answer that holds came after the first sheet."""
    return answer is not None and answer > sheets[first].posting_id


def _kinds(
    rows: Iterable[Sent], sheets: Mapping[int, IssuedSheet], anew: Mapping[int, int], day: str
) -> Kinds:
    """Group rows; a sheet came back when an answer was posted after the first one."""
    postings = {edition: sheet.posting_id for edition, sheet in sheets.items()}
    late = {edition: sheet.due_on < day for edition, sheet in sheets.items()}
    kinds: Kinds = {}
    for case_id, first, last, status, answered, household, lists in rows:
        begun = anew.get(case_id, first)
        back = answered is not None and answered > postings.get(begun, 0)
        past = late.get(begun, False)
        kinds.setdefault((last, status, back, past, lists), []).append(household)
    return kinds


def _first_anew(
    connection: Connection, sheets: Mapping[int, IssuedSheet], case_ids: Iterable[int]
) -> dict[int, int]:
    """Return the first sheet after the last reopening of cases that were reopened; 0: none yet."""
    again = dict(
        connection.execute(
            "SELECT case_id, max(posting_id) FROM event"
            f" WHERE kind = 'reopened' AND {_among(case_ids)} GROUP BY case_id"
        ).fetchall()
    )
    anew: dict[int, int] = dict.fromkeys(again, 0)
    for case_id, edition in connection.execute(
        f"SELECT case_id, edition_id FROM sheet_row INDEXED BY sheet_row_case"
        f" WHERE {_among(again)} ORDER BY case_id, edition_id"
    ):
        if sheets[edition].posting_id >= again[case_id]:
            anew[case_id] = anew[case_id] or edition
    return anew


def _samples(connection: Connection) -> str:
    """The condition that a case is a linked person drawn to check the link."""
    found = connection.execute("SELECT case_id FROM cases WHERE kind = 'sample'")
    return _among(case_id for (case_id,) in found)


def _among(case_ids: Iterable[int]) -> str:
    return f"case_id IN ({_texts(case_ids)})"


def _texts(ids: Iterable[int]) -> str:
    """Ids as SQL writes a list of them: numbers of the ledger's own, never a text from outside."""
    return ", ".join(str(int(each)) for each in ids)


def _roots(connection: Connection) -> dict[int, int]:
    """Return the case that each merged case lives on in, through several merges too."""
    into: dict[int, int] = dict(
        connection.execute(
            "SELECT case_id, merged_into FROM standing WHERE merged_into IS NOT NULL"
        ).fetchall()
    )

    def root(case_id: int) -> int:
        while case_id in into:
            case_id = into[case_id]
        return case_id

    return {case_id: root(case_id) for case_id in into}
