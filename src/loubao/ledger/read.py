"""The ledger → frames, and the events of single cases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from loubao.core.events import Event, News
from loubao.core.frames import LINKABLE, Schema
from loubao.ledger.connection import Connection

#: One row a case that is not merged; dates are ISO texts, `lists` a JSON list.
CASE_FILE: Schema = {
    "case_id": pl.Int64,
    "case_no": pl.String,
    "kind": pl.String,
    "opened_month": pl.String,
    "opened_by": pl.String,
    "status": pl.String,
    "issued_on": pl.String,
    "edition_id": pl.Int64,
    "answered_on": pl.String,
    "answer_event": pl.Int64,
    "answered_lists": pl.String,
    "closed_on": pl.String,
    "reason": pl.String,
    "town": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "household": pl.String,
    "lists": pl.String,
}
#: LINKABLE values of persons as lists wrote them, with the case they belong to and the month whose
#: lists did (null: written by a village).
SIGHTINGS: Schema = {
    "sighting_id": pl.Int64,
    "case_id": pl.Int64,
    "month": pl.String,
    **{column: dtype for column, dtype in LINKABLE.items() if column != "record_id"},
}
JUDGEMENTS: Schema = {
    "judgement_id": pl.Int64,
    "case_id": pl.Int64,
    "other": pl.String,
    "same": pl.Boolean,
    "on_date": pl.String,
    "candidate": pl.String,
}
EDITIONS: Schema = {
    "edition_id": pl.Int64,
    "month": pl.String,
    "town": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "number": pl.Int64,
    "issued_on": pl.String,
    "due_on": pl.String,
    "digest": pl.String,
    "changes": pl.String,
}

# a merged case hands its past on to the one it was merged into, also through several merges
_OWNER = """
WITH RECURSIVE owner (case_id, into_id) AS (
    SELECT case_id, case_id FROM standing WHERE merged_into IS NULL
    UNION ALL
    SELECT s.case_id, o.into_id FROM standing s JOIN owner o ON s.merged_into = o.case_id
)
"""


def case_file(connection: Connection) -> pl.DataFrame:
    """Return CASE_FILE."""
    return _frame(
        connection,
        """
        SELECT s.case_id, c.case_no, c.kind, p.month, p.kind, s.status, s.issued_on, s.edition_id,
            s.answered_on, s.answer_event, json_extract(e.detail, '$.lists'), s.closed_on,
            s.reason, s.town, s.village, s.village_code, s.household, s.lists
        FROM standing s
        JOIN cases c USING (case_id)
        JOIN posting p USING (posting_id)
        LEFT JOIN event e ON e.event_id = s.answer_event
        WHERE s.status <> 'merged'
        ORDER BY s.case_id
        """,
        CASE_FILE,
    )


def sightings(connection: Connection) -> pl.DataFrame:
    """Return SIGHTINGS of all cases; those of a merged case count for the one it lives on in."""
    own = {"sighting_id", "case_id", "month"}
    columns = ", ".join(f"t.{column}" for column in SIGHTINGS if column not in own)
    dates = [column for column, dtype in SIGHTINGS.items() if dtype == pl.Date]
    written: Schema = {**SIGHTINGS, **dict.fromkeys(dates, pl.String)}
    frame = _frame(
        connection,
        f"{_OWNER} SELECT t.sighting_id, o.into_id, CASE p.kind WHEN 'month' THEN p.month END,"
        f" {columns} FROM sighting t JOIN owner o USING (case_id) JOIN posting p USING (posting_id)"
        " ORDER BY t.sighting_id",
        written,
    )
    return frame.with_columns(pl.col(dates).str.to_date("%Y-%m-%d"))


def judgements(connection: Connection) -> pl.DataFrame:
    """Return JUDGEMENTS, of each pair the newest only."""
    return _frame(
        connection,
        f"""{_OWNER}
        SELECT max(j.judgement_id), o.into_id, j.other, j.same, j.on_date, j.candidate
        FROM judgement j JOIN owner o USING (case_id)
        GROUP BY o.into_id, j.other ORDER BY 1
        """,
        JUDGEMENTS,
    )


def editions(connection: Connection, month: str) -> pl.DataFrame:
    """Return EDITIONS of a month that are in force."""
    return _frame(
        connection,
        """
        SELECT edition_id, month, town, village, village_code, max(number), issued_on, due_on,
            digest, changes
        FROM edition WHERE month = ? GROUP BY town, village ORDER BY edition_id
        """,
        EDITIONS,
        (month,),
    )


def rows_of(
    connection: Connection, edition_ids: Iterable[int]
) -> list[tuple[int, int, dict[str, Any]]]:
    """Return `(edition_id, case_id, shown)` of the lines of some editions, in their order."""
    found = connection.execute(
        "SELECT edition_id, case_id, shown FROM sheet_row"
        " WHERE edition_id IN (SELECT value FROM json_each(?)) ORDER BY edition_id, position",
        (json.dumps(list(edition_ids)),),
    )
    return [(edition, case, json.loads(shown)) for edition, case, shown in found]


def last_shown(connection: Connection, case_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return what the newest sheet line of each case showed."""
    found = connection.execute(
        "SELECT case_id, shown, max(edition_id) FROM sheet_row"
        " WHERE case_id IN (SELECT value FROM json_each(?)) GROUP BY case_id",
        (json.dumps(list(case_ids)),),
    )
    return {case: json.loads(shown) for case, shown, _ in found}


def naming(connection: Connection, month: str) -> dict[int, News]:
    """Return what an earlier run of the month made of each case (`events.News`)."""
    found = connection.execute("SELECT case_id, news FROM naming WHERE month = ?", (month,))
    return dict(found.fetchall())


def month_events(connection: Connection, month: str) -> list[Event]:
    """Return what the data of a month came to in earlier runs of it, as far as it still holds.

    Closed, reopened, enrolled by a roll: what another run of the month may take back.
    """
    found = connection.execute(
        """
        SELECT e.case_id, e.event_id FROM event e JOIN posting p USING (posting_id)
        WHERE p.kind = 'month' AND p.month = ? AND e.kind IN ('closed', 'reopened', 'enrolled')
            AND e.event_id NOT IN (SELECT corrects FROM event WHERE corrects IS NOT NULL)
        ORDER BY e.event_id
        """,
        (month,),
    ).fetchall()
    wanted = {event_id for _, event_id in found}
    of_cases = events_of(connection, {case_id for case_id, _ in found})
    return [e for events in of_cases.values() for e in events if e.event_id in wanted]


def samples(connection: Connection, month: str) -> dict[str, tuple[int, str]]:
    """Return id and number of the cases that a month drew to check their links, by their keys."""
    found = connection.execute(
        """
        SELECT json_extract(e.detail, '$.sample'), c.case_id, c.case_no
        FROM cases c JOIN posting p USING (posting_id) JOIN event e USING (case_id)
        WHERE c.kind = 'sample' AND p.month = ? AND e.kind = 'opened'
        """,
        (month,),
    )
    return {key: (case_id, case_no) for key, case_id, case_no in found}


def months(connection: Connection) -> list[str]:
    """Return the months that were posted, oldest first."""
    found = connection.execute(
        "SELECT DISTINCT month FROM posting WHERE kind = 'month' ORDER BY month"
    )
    return [month for (month,) in found]


def counts_before(connection: Connection, month: str) -> dict[str, Any]:
    """Return what the last posting of the last month before `month` counted; nothing without."""
    found = connection.execute(
        "SELECT counts FROM posting WHERE kind = 'month' AND month < ?"
        " ORDER BY month DESC, posting_id DESC LIMIT 1",
        (month,),
    ).fetchone()
    return dict(json.loads(found[0])) if found else {}


def last_digest(connection: Connection, month: str) -> str | None:
    """Return the digest of the last posting of a month."""
    found = connection.execute(
        "SELECT digest FROM posting WHERE kind = 'month' AND month = ?"
        " ORDER BY posting_id DESC LIMIT 1",
        (month,),
    ).fetchone()
    return found[0] if found else None


def last_numbers(connection: Connection) -> dict[tuple[str, int], int]:
    """Return the last running number given out for each town code and year."""
    found = connection.execute("SELECT town_code, year, max(number) FROM cases GROUP BY 1, 2")
    return {(town, year): number for town, year, number in found}


def last_id(connection: Connection, table: str) -> int:
    """Return the highest id of a table (`cases`, `edition`, `event`, `posting`), 0 where empty."""
    column = {"cases": "case_id"}.get(table, f"{table}_id")
    (last,) = connection.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()
    return int(last)


def events_of(connection: Connection, case_ids: Iterable[int]) -> dict[int, list[Event]]:
    """Return the events of some cases, in their order."""
    cases: dict[int, list[Event]] = {}
    for row in connection.execute(
        "SELECT case_id, kind, on_date, detail, edition_id, corrects, event_id, posting_id"
        " FROM event WHERE case_id IN (SELECT value FROM json_each(?)) ORDER BY event_id",
        (json.dumps(sorted(case_ids)),),
    ):
        case_id, kind, on_date, detail, edition_id, corrects, event_id, posting_id = row
        cases.setdefault(case_id, []).append(
            Event(
                case_id,
                kind,
                on_date,
                json.loads(detail),
                edition_id,
                corrects,
                event_id,
                posting_id,
            )
        )
    return cases


def _frame(
    connection: Connection, sql: str, schema: Schema, values: Sequence[object] = ()
) -> pl.DataFrame:
    rows = connection.execute(sql, values).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pl.DataFrame(
        [
            pl.Series(name, column, dtype=pl.Int64 if dtype == pl.Boolean else dtype).cast(dtype)
            for (name, dtype), column in zip(schema.items(), columns, strict=True)
        ]
    )
