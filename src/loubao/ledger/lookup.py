"""What the ledger has of single cases: for sheets that come back, and a month that is run again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from loubao.ledger.connection import Connection

_AMONG = "IN (SELECT value FROM json_each(?))"


def cases_numbered(connection: Connection, numbers: Iterable[str]) -> dict[str, int]:
    """Return the case of each `case_no` that there is."""
    found = connection.execute(
        f"SELECT case_no, case_id FROM cases WHERE case_no {_AMONG}", (_json(numbers),)
    )
    return dict(found.fetchall())


def merges(connection: Connection) -> dict[int, int]:
    """Return in which case each merged case lives on, also through several merges."""
    into: dict[int, int] = dict(
        connection.execute(
            "SELECT case_id, merged_into FROM standing WHERE merged_into IS NOT NULL"
        ).fetchall()
    )
    last: dict[int, int] = {}
    for case_id in into:
        owner = case_id
        while owner in into:
            owner = into[owner]
        last[case_id] = owner
    return last


def merged_by_villages(connection: Connection) -> list[tuple[int, int]]:
    """Return the sightings of cases that a village said to be one person with another, and the
    case that each is of.
    """
    found = connection.execute(
        "SELECT t.sighting_id, t.case_id FROM sighting t JOIN event e USING (case_id)"
        " JOIN posting p ON p.posting_id = e.posting_id"
        " WHERE e.kind = 'merged' AND p.kind = 'return' ORDER BY t.sighting_id"
    )
    return list(found.fetchall())


def facts_of(connection: Connection, case_ids: Iterable[int]) -> list[dict[str, Any]]:
    """Return `case_id`, `case_no`, `kind`, `lists` (names) and place of some cases."""
    found = connection.execute(
        "SELECT s.case_id, c.case_no, c.kind, s.lists, s.town, s.village, s.village_code,"
        f" s.household FROM standing s JOIN cases c USING (case_id) WHERE s.case_id {_AMONG}"
        " ORDER BY s.case_id",
        (_json(case_ids),),
    )
    names = ("case_id", "case_no", "kind", "lists", "town", "village", "village_code", "household")
    rows = [dict(zip(names, row, strict=True)) for row in found]
    return [{**row, "lists": tuple(json.loads(row["lists"]))} for row in rows]


def every_edition(connection: Connection) -> list[dict[str, Any]]:
    """Return all editions: `edition_id`, `month`, `town`, `village`, `village_code`, `number`,
    `newest` (the number of the one in force), `issued_on`, `digest`.
    """
    names = ("edition_id", "month", "town", "village", "village_code", "number", "newest")
    found = connection.execute(
        "SELECT edition_id, month, town, village, village_code, number,"
        " max(number) OVER (PARTITION BY month, town, village), issued_on, digest FROM edition"
    )
    return [dict(zip((*names, "issued_on", "digest"), row, strict=True)) for row in found]


def newest_editions(connection: Connection, case_ids: Iterable[int]) -> dict[int, int]:
    """Return the newest edition that each of some cases is on."""
    found = connection.execute(
        f"SELECT case_id, max(edition_id) FROM sheet_row WHERE case_id {_AMONG} GROUP BY case_id",
        (_json(case_ids),),
    )
    return dict(found.fetchall())


def editions_with(connection: Connection, case_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return all editions that each of some cases is on, oldest first."""
    editions: dict[int, tuple[int, ...]] = {}
    for case_id, edition_id in connection.execute(
        f"SELECT case_id, edition_id FROM sheet_row WHERE case_id {_AMONG} ORDER BY edition_id",
        (_json(case_ids),),
    ):
        editions[case_id] = (*editions.get(case_id, ()), edition_id)
    return editions


def sheet_rows(
    connection: Connection, pairs: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], tuple[dict[str, Any], dict[str, Any] | None]]:
    """Return `shown` and `candidate` of the lines `(edition_id, case_id)` that there are."""
    found = connection.execute(
        "SELECT r.edition_id, r.case_id, r.shown, r.candidate FROM json_each(?) p"
        " JOIN sheet_row r ON r.edition_id = json_extract(p.value, '$[0]')"
        " AND r.case_id = json_extract(p.value, '$[1]')",
        (json.dumps(sorted(pairs)),),
    )
    return {
        (edition, case): (json.loads(shown), json.loads(candidate) if candidate else None)
        for edition, case, shown, candidate in found
    }


def people_on(connection: Connection, edition_ids: Iterable[int]) -> int:
    """Return how many lines some editions have together."""
    found = connection.execute(
        f"SELECT count(*) FROM sheet_row WHERE edition_id {_AMONG}", (_json(edition_ids),)
    )
    return int(found.fetchone()[0])


def judged(
    connection: Connection, case_ids: Iterable[int]
) -> dict[tuple[int, str], tuple[tuple[bool, str], ...]]:
    """Return what was said of `(case, other)`, whether the same and on which day, oldest first."""
    said: dict[tuple[int, str], tuple[tuple[bool, str], ...]] = {}
    for case_id, other, same, on_date in connection.execute(
        "SELECT case_id, other, same, on_date FROM judgement"
        f" WHERE case_id {_AMONG} ORDER BY judgement_id",
        (_json(case_ids),),
    ):
        said[case_id, other] = (*said.get((case_id, other), ()), (bool(same), on_date))
    return said


def sighted(
    connection: Connection, id_numbers: Collection[str], name_keys: Collection[str]
) -> list[dict[str, Any]]:
    """Return the sightings with one of the numbers or one of the names, by the case they are of."""
    if not id_numbers and not name_keys:
        return []
    names = (
        *("case_id", "list", "name_key", "id_number", "id_status", "birth_date"),
        *("town", "village", "village_code"),
    )
    found = connection.execute(
        f"SELECT {', '.join(names)} FROM sighting WHERE id_number {_AMONG} OR name_key {_AMONG}"
        " ORDER BY sighting_id",
        (_json(id_numbers), _json(name_keys)),
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def written_as(connection: Connection, case_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return how the newest sighting writes each of some cases: name, number, birth date, sex."""
    names = ("name", "id_number", "id_pattern", "birth_date", "sex", "address")
    found = connection.execute(
        f"SELECT case_id, max(sighting_id), {', '.join(names)} FROM sighting"
        f" WHERE case_id {_AMONG} GROUP BY case_id",
        (_json(case_ids),),
    )
    return {row[0]: dict(zip(names, row[2:], strict=True)) for row in found}


def standing_as(connection: Connection, status: str) -> list[int]:
    """Return the leads of a standing, in the order of their villages."""
    found = connection.execute(
        "SELECT s.case_id FROM standing s JOIN cases c USING (case_id)"
        " WHERE s.status = ? AND c.kind = 'lead' ORDER BY s.case_id",
        (status,),
    )
    return [case_id for (case_id,) in found]


def answered_since(connection: Connection, month: str) -> set[int]:
    """Return the cases that were answered after a sheet of the month had them."""
    found = connection.execute(
        "SELECT DISTINCT r.case_id FROM edition e JOIN sheet_row r USING (edition_id)"
        " JOIN standing s USING (case_id) WHERE e.month = ? AND s.answer_posting > e.posting_id",
        (month,),
    )
    return {case_id for (case_id,) in found}


def last_day(connection: Connection) -> date | None:
    """Return the latest day that anything was posted as of."""
    (day,) = connection.execute("SELECT max(as_of) FROM posting").fetchone()
    return None if day is None else date.fromisoformat(day)


def named(connection: Connection, month: str) -> list[tuple[int, str]]:
    """Return the cases that the lists of a month named in its last run, with each such list.

    A case that was merged since is the one that it lives on in.
    """
    owners = merges(connection)
    found = connection.execute(
        "SELECT n.case_id, l.value FROM naming n, json_each(n.lists) l WHERE n.month = ?", (month,)
    )
    return sorted({(owners.get(case_id, case_id), name) for case_id, name in found})


def last_month(connection: Connection) -> Mapping[str, str] | None:
    """Return `month` and `as_of` of the latest month that was posted, None before the first."""
    found = connection.execute(
        "SELECT month, as_of FROM posting WHERE kind = 'month'"
        " ORDER BY month DESC, posting_id DESC LIMIT 1"
    ).fetchone()
    return {"month": found[0], "as_of": found[1]} if found else None


def _json(values: Iterable[object]) -> str:
    return json.dumps(sorted(set(values), key=str), ensure_ascii=False)
