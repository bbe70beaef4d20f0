"""Editions of village sheets, their lines, and the leads on them.

Plain tuples, no frames: counting a large ledger must not wait until polars is loaded. The counts
read no shown cell of a line, only the index of cases by edition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from loubao.core.events import Edition, SheetRow
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import merged_into

#: Leads of one kind → the household of each. The kind: the edition last issued, the status, whether
#: the sheet came back, whether its day is past, the lists (JSON).
Kinds: TypeAlias = dict[tuple[int, str, bool, bool, str], list[str]]
#: Village, status, lists (JSON) and household of somebody whom a village added with an answer.
AddedLead: TypeAlias = tuple[tuple[str, str], str, str, str]
#: of a line of a sheet: its edition was not withdrawn
HOLDS = "edition_id NOT IN (SELECT edition_id FROM edition WHERE posting_id IN taken_back)"
#: unit separator: no key of a household holds it
_SEPARATOR = 31
#: a person without a household is one alone
_HOUSEHOLD = "iif(household = '', 'alone ' || case_id, household)"


class Lead(NamedTuple):
    """A lead on the editions of a scope.

    `first` and `last` are the first and the last edition with the case, superseded ones too;
    `in_force` is the last that is not superseded, None where a later edition left the case out.
    `lists` is a JSON list.
    """

    case_id: int
    first: int
    in_force: int | None
    last: int
    status: str
    answer_posting: int | None
    household: str
    lists: str


def all_editions(connection: Connection) -> dict[int, Edition]:
    """Return every edition ever issued by its id, oldest first; without its lines."""
    columns = (
        *("edition_id", "month", "town", "village", "village_code", "number", "issued_on"),
        *("due_on", "digest", "changes", "posting_id"),
    )
    found = connection.execute(
        f"SELECT {', '.join(columns)}, max(iif(withdrawn, 0, number)) OVER"
        " (PARTITION BY month, town, village) newest, withdrawn"
        " FROM (SELECT *, posting_id IN taken_back AS withdrawn FROM edition) ORDER BY edition_id"
    )
    editions: dict[int, Edition] = {}
    for row in found:
        values = dict(zip((*columns, "newest", "withdrawn"), row, strict=True))
        values |= {"changes": json.loads(values["changes"]), "withdrawn": bool(values["withdrawn"])}
        editions[row[0]] = Edition(**values)
    return editions


def lines_of(connection: Connection, edition_ids: Iterable[int]) -> dict[int, list[SheetRow]]:
    """Return the lines of some editions in their order, without candidates."""
    lines: dict[int, list[SheetRow]] = {}
    for edition_id, case_id, shown in connection.execute(
        "SELECT edition_id, case_id, shown FROM sheet_row"
        " WHERE edition_id IN (SELECT value FROM json_each(?)) ORDER BY edition_id, position",
        (json.dumps(list(edition_ids)),),
    ):
        lines.setdefault(edition_id, []).append(SheetRow(case_id, json.loads(shown)))
    return lines


def last_shown(connection: Connection, case_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the shown cells of the newest sheet line of each case."""
    found = connection.execute(
        "SELECT case_id, shown, max(edition_id) FROM sheet_row"
        f" WHERE case_id IN (SELECT value FROM json_each(?)) AND {HOLDS} GROUP BY case_id",
        (json.dumps(list(case_ids)),),
    )
    return {case: json.loads(shown) for case, shown, _ in found}


def leads_of_month(
    connection: Connection, editions: Mapping[int, Edition], month: str, day: str
) -> Kinds:
    """Return the leads on the sheets in force of a month; a sheet due before `day` is late.

    `editions` are all that were issued, `day` is an ISO date. Each person counts once: a case that
    was merged counts as the one it lives on in. Linked people drawn as a sample are no leads.
    """
    of_month = [edition for edition, sheet in editions.items() if sheet.month == month]
    if not of_month:
        return {}
    leads = _leads(connection, editions, f"edition_id IN ({_ids(of_month)})")
    persons = _persons(connection, editions, leads, merged_into(connection))
    return _kinds(persons, editions, {}, day)


def leads_ever(
    connection: Connection, editions: Mapping[int, Edition], day: str, lists: bool
) -> Kinds:
    """Return the leads on the sheets in force of any month, as `leads_of_month` does.

    A case counts as late by its first sheet; a reopened case by its first sheet since. The lists
    are read only on request (`lists`). Most cases can be counted by their state alone; the index of
    the sheets is read only for the others.
    """
    merged = merged_into(connection)
    indirect = _indirect(connection, editions, merged, day)
    kinds = _kinds_by_state(connection, indirect, lists)
    doubtful = [
        case for (case,) in connection.execute(f"SELECT case_id FROM standing WHERE {indirect}")
    ]
    found = _leads(connection, editions, _among(doubtful))
    leads = list(_persons(connection, editions, found, merged))
    overdue = [
        lead.case_id
        for lead in leads
        if lead.answer_posting is None and editions[lead.first].due_on < day
    ]
    restarted = _first_since_reopened(connection, editions, overdue)
    for kind, households in _kinds(leads, editions, restarted, day).items():
        kinds.setdefault(kind, []).extend(households)
    return kinds


def leads_added(
    connection: Connection, editions: Mapping[int, Edition], month: str | None = None
) -> list[AddedLead]:
    """Return the people whom villages added with an answer and who are on no sheet that counts.

    Of `month`: whom the answer reached while its sheets were the newest of the village, and who are
    on none of them; without a month, all who were on no sheet ever. Each person counts once.
    """
    named = dict(
        connection.execute(
            "SELECT e.case_id, max(e.posting_id) FROM posting p"
            " JOIN event e ON e.posting_id = p.posting_id AND e.kind IN ('opened', 'reopened')"
            " WHERE p.kind = 'return' AND p.posting_id NOT IN taken_back"
            " GROUP BY e.case_id"
        ).fetchall()
    )
    merged = {old: case for old, case in merged_into(connection).items() if case in named}
    first = _first_answers(connection, named)
    lines: dict[int, set[int]] = {}
    for case_id, edition in connection.execute(
        f"SELECT case_id, edition_id FROM sheet_row WHERE {_among([*named, *merged])} AND {HOLDS}"
    ):
        lines.setdefault(merged.get(case_id, case_id), set()).add(edition)
    found: list[AddedLead] = []
    for case_id, town, village, *state in connection.execute(
        f"SELECT case_id, town, village, status, lists, {_HOUSEHOLD} FROM standing"
        f" WHERE {_among(first)} AND answer_posting IS NOT NULL AND merged_into IS NULL"
    ):
        on = {editions[edition].month for edition in lines.get(case_id, ())}
        here = month is None or month == _newest_month(editions, (town, village), first[case_id])
        if here and not (on if month is None else month in on):
            found.append(((town, village), *state))
    return found


def _first_answers(connection: Connection, named: Mapping[int, int]) -> dict[int, int]:
    """Return the posting of the first answer of each case since the posting that `named` has."""
    first: dict[int, int] = {}
    for case_id, posting in connection.execute(
        "SELECT case_id, posting_id FROM event"
        " WHERE kind IN ('verified', 'applied', 'enrolled')"
        " AND posting_id IN (SELECT posting_id FROM posting WHERE kind = 'return')"
        f" AND posting_id NOT IN taken_back AND {_among(named)} ORDER BY event_id"
    ):
        if posting >= named[case_id]:
            first.setdefault(case_id, posting)
    return first


def _newest_month(
    editions: Mapping[int, Edition], village: tuple[str, str], posting: int
) -> str | None:
    """The month of a village's newest sheet at a posting; of any, where it has none."""
    before = [sheet for sheet in editions.values() if sheet.posting_id < posting]
    own = [sheet for sheet in before if (sheet.town, sheet.village) == village]
    return max((sheet.month for sheet in own or before), default=None)


def _indirect(
    connection: Connection, editions: Mapping[int, Edition], merged: Mapping[int, int], day: str
) -> str:
    """The SQL condition that the state of a case alone does not decide how it counts.

    It is on no sheet, or its last sheet is superseded, or it may not be late yet, or another case
    was merged with it, or it came with a return (its answer is then older than any sheet).
    """
    superseded = [edition for edition, sheet in editions.items() if sheet.superseded]
    not_due = [edition for edition, sheet in editions.items() if sheet.due_on >= day]
    added = connection.execute(
        "SELECT case_id FROM cases"
        " WHERE posting_id IN (SELECT posting_id FROM posting WHERE kind = 'return')"
    )
    others = {*merged, *merged.values(), *(case_id for (case_id,) in added)}
    return f"""(
        edition_id IS NULL
        OR edition_id IN ({_ids(superseded)})
        OR (answer_posting IS NULL AND edition_id IN ({_ids(not_due)}))
        OR {_among(others)}
    )"""


def _kinds_by_state(connection: Connection, indirect: str, lists: bool) -> Kinds:
    """The kinds of the other cases; grouped by SQLite, to fetch one row a kind, not one a case."""
    found = connection.execute(
        f"""
        SELECT edition_id, status, answer_posting IS NOT NULL, {"lists" if lists else "'[]'"},
            group_concat({_HOUSEHOLD}, char({_SEPARATOR}))
        FROM standing WHERE NOT {indirect} AND NOT {_samples(connection)} GROUP BY 1, 2, 3, 4
        """
    )
    return {
        (edition, status, bool(answered), True, names): households.split(chr(_SEPARATOR))
        for edition, status, answered, names, households in found
    }


def _leads(connection: Connection, editions: Mapping[int, Edition], scope: str) -> Iterator[Lead]:
    """The leads on the lines of a scope (an SQL condition), merged cases too."""
    superseded = [edition for edition, sheet in editions.items() if sheet.superseded]
    withdrawn = [edition for edition in superseded if editions[edition].withdrawn]
    found = connection.execute(
        f"""
        SELECT i.case_id, i.first, i.in_force, i.last, s.status, s.answer_posting, {_HOUSEHOLD},
            s.lists
        FROM (
            SELECT case_id, min(edition_id) AS first, max(edition_id) AS last,
                max(iif(edition_id IN ({_ids(superseded)}), NULL, edition_id)) AS in_force
            FROM sheet_row WHERE {scope} AND edition_id NOT IN ({_ids(withdrawn)})
            GROUP BY case_id
        ) i
        CROSS JOIN standing s USING (case_id)
        WHERE NOT {_samples(connection)}
        """
    )
    return map(Lead._make, found)


def _persons(
    connection: Connection,
    editions: Mapping[int, Edition],
    leads: Iterable[Lead],
    merged: Mapping[int, int],
) -> Iterator[Lead]:
    """One lead a person: merged cases are joined to the case that they live on in.

    A person left out by a later edition counts only where the answer came from the earlier one.
    """
    involved = {*merged, *merged.values()}
    of_person: dict[int, list[Lead]] = {}
    for lead in leads:
        if lead.case_id in involved:
            of_person.setdefault(merged.get(lead.case_id, lead.case_id), []).append(lead)
        elif _counts(lead, editions):
            yield lead
    for case_id, *state in connection.execute(
        f"SELECT case_id, status, answer_posting, {_HOUSEHOLD}, lists FROM standing"
        f" WHERE {_among(of_person)}"
    ).fetchall():
        cases = of_person[case_id]
        in_force = (lead.in_force for lead in cases if lead.in_force is not None)
        joined = Lead(
            case_id,
            min(lead.first for lead in cases),
            max(in_force, default=None),
            max(lead.last for lead in cases),
            *state,
        )
        if _counts(joined, editions):
            yield joined


def _counts(lead: Lead, editions: Mapping[int, Edition]) -> bool:
    """Whether a lead is on a sheet in force, or was answered from one."""
    answered = lead.answer_posting
    since = editions[lead.first].posting_id
    return lead.in_force is not None or (answered is not None and answered > since)


def _kinds(
    leads: Iterable[Lead],
    editions: Mapping[int, Edition],
    restarted: Mapping[int, int],
    day: str,
) -> Kinds:
    """Group leads; a sheet came back when an answer was posted after the first one.

    `restarted`: case → the edition that counts as its first.
    """
    postings = {edition: sheet.posting_id for edition, sheet in editions.items()}
    late = {edition: sheet.due_on < day for edition, sheet in editions.items()}
    kinds: Kinds = {}
    for case_id, first, in_force, last, status, answered, household, lists in leads:
        start = restarted.get(case_id, first)
        returned = answered is not None and answered > postings.get(start, 0)
        newest = last if in_force is None else in_force
        kind = (newest, status, returned, late.get(start, False), lists)
        kinds.setdefault(kind, []).append(household)
    return kinds


def _first_since_reopened(
    connection: Connection, editions: Mapping[int, Edition], case_ids: Iterable[int]
) -> dict[int, int]:
    """Return the first edition after the last reopening of each reopened case; 0: none yet."""
    reopened = dict(
        connection.execute(
            "SELECT case_id, max(posting_id) FROM event"
            " WHERE kind = 'reopened' AND posting_id NOT IN taken_back"
            f" AND {_among(case_ids)} GROUP BY case_id"
        ).fetchall()
    )
    first: dict[int, int] = dict.fromkeys(reopened, 0)
    for case_id, edition in connection.execute(
        f"SELECT case_id, edition_id FROM sheet_row INDEXED BY sheet_row_case"
        f" WHERE {_among(reopened)} ORDER BY case_id, edition_id"
    ):
        sheet = editions[edition]
        if not sheet.withdrawn and sheet.posting_id >= reopened[case_id]:
            first[case_id] = first[case_id] or edition
    return first


def _samples(connection: Connection) -> str:
    """The SQL condition that a case is a linked person drawn to check the link."""
    found = connection.execute("SELECT case_id FROM cases WHERE kind = 'sample'")
    return _among(case_id for (case_id,) in found)


def _among(case_ids: Iterable[int]) -> str:
    return f"case_id IN ({_ids(case_ids)})"


def _ids(ids: Iterable[int]) -> str:
    """Ids as SQL writes a list of them: numbers of the ledger's own, never a text from outside."""
    return ", ".join(str(int(each)) for each in ids)
