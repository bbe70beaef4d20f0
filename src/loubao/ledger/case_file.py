"""The case file: the cases of the ledger, and the sightings of their people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from loubao.core.events import Disposition, Event, Place
from loubao.core.frames import WRITTEN, Schema
from loubao.ledger.postings import events_of
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import NAME, merged_into, name_other
from loubao.rules.wording import Wording

#: One row a case that is neither merged nor void; dates are ISO texts, `lists` a JSON list;
#: `answers` of the village (column → cell) and `closing`, the detail of the event that closed it,
#: JSON too. `last_result`: the last answer, also one before the case was closed or reopened.
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
    "answers": pl.String,
    "closed_on": pl.String,
    "reason": pl.String,
    "closing": pl.String,
    "last_result": pl.String,
    "town": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "household": pl.String,
    "lists": pl.String,
}
#: Persons as lists wrote them (WRITTEN), with the case they belong to and the month whose
#: lists did (null: written by a village).
SIGHTINGS: Schema = {
    "sighting_id": pl.Int64,
    "case_id": pl.Int64,
    "month": pl.String,
    **WRITTEN,
}
#: The newest verdict on each pair (see `ledger.status`); `candidate` is JSON.
VERDICTS: Schema = {
    "judgement_id": pl.Int64,
    "case_id": pl.Int64,
    "other": pl.String,
    "same": pl.Boolean,
    "on_date": pl.String,
    "candidate": pl.String,
}
#: An event is neither taken back nor corrected.
_HOLDS = """posting_id NOT IN taken_back AND event_id NOT IN (
    SELECT corrects FROM event WHERE corrects IS NOT NULL AND posting_id NOT IN taken_back
)"""


def case_file(connection: Connection) -> pl.DataFrame:
    """Return CASE_FILE."""
    return frame_of(
        connection,
        f"""
        SELECT s.case_id, c.case_no, c.kind, p.month, p.kind, s.status, s.issued_on, s.edition_id,
            s.answered_on, s.answer_event, json_extract(e.detail, '$.lists'),
            json_extract(e.detail, '$.answers'), s.closed_on, s.reason,
            CASE WHEN s.closed_on IS NOT NULL THEN (
                SELECT detail FROM event
                WHERE case_id = s.case_id AND kind IN ('closed', 'enrolled') AND {_HOLDS}
                ORDER BY event_id DESC LIMIT 1
            ) END,
            CASE WHEN s.status IN ('unverified', 'enrolled', 'closed') THEN (
                SELECT coalesce(json_extract(detail, '$.result'), kind) FROM event
                WHERE case_id = s.case_id AND kind IN ('verified', 'applied', 'enrolled')
                    AND coalesce(json_extract(detail, '$.by'), '') != 'roll' AND {_HOLDS}
                ORDER BY event_id DESC LIMIT 1
            ) ELSE s.status END,
            s.town, s.village, s.village_code, s.household, s.lists
        FROM standing s
        JOIN cases c USING (case_id)
        LEFT JOIN (
            SELECT case_id, max(posting_id) AS posting_id FROM event
            WHERE kind = 'opened' AND posting_id > (SELECT min(posting_id) FROM taken_back)
            GROUP BY case_id
        ) again USING (case_id)
        JOIN posting p ON p.posting_id = coalesce(again.posting_id, c.posting_id)
        LEFT JOIN event e ON e.event_id = s.answer_event
        WHERE s.status NOT IN ('merged', 'void')
        ORDER BY s.case_id
        """,
        CASE_FILE,
    )


def sightings(connection: Connection) -> pl.DataFrame:
    """Return SIGHTINGS of all cases; those of a merged case count for the one it lives on in.

    A name that was said to be another person's (`name_other`) is not the case's any more.
    """
    frame = _sightings(connection, "t.posting_id NOT IN taken_back")
    frame = frame.with_columns(pl.col("case_id").replace(merged_into(connection)))
    denied = verdicts(connection).filter(~pl.col("same") & pl.col("other").str.starts_with(NAME))
    if denied.is_empty():
        return frame
    pairs = set(denied.select("case_id", "other").iter_rows())
    written = frame.select("case_id", "id_number", "name_key").iter_rows()
    theirs = [
        not number or (case, name_other(number, name)) not in pairs
        for case, number, name in written
    ]
    return frame.filter(pl.Series(theirs, dtype=pl.Boolean))


def void_cases(connection: Connection) -> tuple[pl.DataFrame, dict[int, str]]:
    """Return SIGHTINGS of the void leads, as the postings that opened them wrote their people, and
    the numbers of these cases.
    """
    numbers = connection.execute(
        "SELECT case_id, case_no FROM standing JOIN cases USING (case_id)"
        " WHERE status = 'void' AND kind = 'lead'"
    ).fetchall()
    opening = (
        "SELECT max(posting_id) FROM event e WHERE e.case_id = t.case_id AND e.kind = 'opened'"
    )
    which = f"s.status = 'void' AND t.posting_id = ({opening})"
    return _sightings(connection, which), dict(numbers)


def _sightings(connection: Connection, which: str) -> pl.DataFrame:
    columns = ", ".join(f"t.{column}" for column in WRITTEN)
    dates = [column for column, dtype in SIGHTINGS.items() if dtype == pl.Date]
    written: Schema = {**SIGHTINGS, **dict.fromkeys(dates, pl.String)}
    frame = frame_of(
        connection,
        f"SELECT t.sighting_id, t.case_id, CASE p.kind WHEN 'month' THEN p.month END, {columns}"
        " FROM sighting t JOIN posting p USING (posting_id) JOIN standing s USING (case_id)"
        f" WHERE {which} ORDER BY t.sighting_id",
        written,
    )
    return frame.with_columns(pl.col(dates).str.to_date("%Y-%m-%d"))


def verdicts(connection: Connection) -> pl.DataFrame:
    """Return VERDICTS; those on a merged case count for the one it lives on in."""
    every = frame_of(
        connection,
        "SELECT judgement_id, case_id, other, same, on_date, candidate FROM judgement"
        " WHERE posting_id NOT IN taken_back ORDER BY judgement_id",
        VERDICTS,
    )
    return (
        every.with_columns(pl.col("case_id").replace(merged_into(connection)))
        .unique(["case_id", "other"], keep="last", maintain_order=True)
        .sort("judgement_id")
    )


def reported(connection: Connection) -> dict[int, dict[str, Any]]:
    """Return what villages wrote last of people that they added: case → `list`, `clue`, `written`.

    `written` is by key of the column; what was written of a merged case counts for the one it lives
    on in.
    """
    into = merged_into(connection)
    found = connection.execute(
        "SELECT case_id, detail FROM event WHERE json_extract(detail, '$.written') IS NOT NULL"
        " AND event_id NOT IN (SELECT corrects FROM event WHERE corrects IS NOT NULL)"
        " ORDER BY event_id"
    )
    words: dict[int, dict[str, Any]] = {}
    for case_id, text in found:
        detail = json.loads(text)
        said = {"list": detail["lists"][0], "clue": detail["clue"], "written": detail["written"]}
        words[into.get(case_id, case_id)] = said
    return words


def dispositions(connection: Connection, month: str) -> dict[int, Disposition]:
    """Return the disposition of each case in the last run of the month."""
    found = connection.execute("SELECT case_id, news FROM naming WHERE month = ?", (month,))
    return dict(found.fetchall())


def last_covered(connection: Connection, month: str) -> pl.DataFrame:
    """Return `case_id`, `covered`: the last month before `month` in which a roll had the person."""
    return frame_of(
        connection,
        "SELECT case_id, max(month) FROM naming WHERE news = 'covered' AND month < ?"
        " GROUP BY case_id",
        {"case_id": pl.Int64, "covered": pl.String},
        (month,),
    )


def named(connection: Connection, month: str) -> pl.DataFrame:
    """Return `case_id`, `list`: the cases that the lists of a month named in its last run."""
    found = frame_of(
        connection,
        "SELECT n.case_id, l.value FROM naming n, json_each(n.lists) l WHERE n.month = ?",
        {"case_id": pl.Int64, "list": pl.String},
        (month,),
    )
    return found.with_columns(pl.col("case_id").replace(merged_into(connection))).unique()


def answered_since(connection: Connection, month: str) -> set[int]:
    """Return the cases with an answer posted after a sheet of the month that they are on."""
    found = connection.execute(
        "SELECT DISTINCT r.case_id FROM edition e JOIN sheet_row r USING (edition_id)"
        " JOIN standing s USING (case_id) WHERE e.month = ? AND s.answer_posting > e.posting_id"
        " AND e.posting_id NOT IN taken_back",
        (month,),
    )
    return {case_id for (case_id,) in found}


def month_events(connection: Connection, month: str) -> list[Event]:
    """Return the events of earlier runs of a month that another run of it may take back.

    These are `closed`, `reopened` and `enrolled` (by a roll), unless they are corrected already.
    """
    found = connection.execute(
        f"""
        SELECT e.case_id, e.event_id FROM event e JOIN posting p USING (posting_id)
        WHERE p.kind = 'month' AND p.month = ? AND e.kind IN ('closed', 'reopened', 'enrolled')
            AND e.event_id IN (SELECT event_id FROM event WHERE {_HOLDS})
        ORDER BY e.event_id
        """,
        (month,),
    ).fetchall()
    wanted = {event_id for _, event_id in found}
    of_cases = events_of(connection, {case_id for case_id, _ in found})
    return [e for events in of_cases.values() for e in events if e.event_id in wanted]


def samples(connection: Connection, month: str) -> dict[str, tuple[int, str, bool]]:
    """Return the cases that a month drew to check their links, by their keys.

    Id, number, and whether the case is void: to be opened again.
    """
    found = connection.execute(
        """
        SELECT json_extract(e.detail, '$.sample'), c.case_id, c.case_no, s.status = 'void'
        FROM cases c JOIN posting p USING (posting_id) JOIN event e USING (case_id)
        JOIN standing s USING (case_id)
        WHERE c.kind = 'sample' AND p.month = ? AND e.kind = 'opened'
        """,
        (month,),
    )
    return {key: (case_id, case_no, bool(void)) for key, case_id, case_no, void in found}


def names_shown(connection: Connection, cases: pl.DataFrame) -> dict[int, tuple[str, ...]]:
    """Return the names of each case on the sheets that it was issued on, the last sheet's last.

    `cases` has `case_id`, `edition_id`, the last one. Sheets of cases that were merged into it
    count too; a case that was on no sheet is not there.
    """
    last = dict(cases.select("case_id", "edition_id").drop_nulls().iter_rows())
    into = {case: case for case in last} | merged_into(connection)
    pairs = json.dumps([(case, last[to], to) for case, to in into.items() if to in last])
    found = connection.execute(
        "SELECT json_extract(p.value, '$[2]'), json_extract(r.shown, '$.name')"
        " FROM json_each(?) p JOIN sheet_row r ON r.case_id = json_extract(p.value, '$[0]')"
        " AND r.edition_id <= json_extract(p.value, '$[1]')"
        " ORDER BY r.case_id = json_extract(p.value, '$[2]'), r.edition_id",
        (pairs,),
    )
    names: dict[int, dict[str, None]] = {}
    for case_id, name in found:
        if name:
            shown = names.setdefault(case_id, {})
            shown.pop(name, None)
            shown[name] = None
    return {case_id: tuple(shown) for case_id, shown in names.items()}


def benefits_shown(connection: Connection, cases: pl.DataFrame) -> dict[int, tuple[str, ...]]:
    """Return the benefits on the last sheet (`edition_id`) of each of `cases` that had some."""
    last = cases.select("case_id", "edition_id").drop_nulls().rows()
    found = connection.execute(
        "SELECT r.case_id, json_extract(r.shown, '$.benefits') FROM json_each(?) p"
        " JOIN sheet_row r ON r.case_id = json_extract(p.value, '$[0]')"
        " AND r.edition_id = json_extract(p.value, '$[1]')",
        (json.dumps(last),),
    )
    return {
        case_id: tuple(json.loads(texts)) for case_id, texts in found if texts not in (None, "[]")
    }


def last_id(connection: Connection, table: str) -> int:
    """Return the highest id of a table (`cases`, `edition`, `event`, `posting`), 0 where empty."""
    column = {"cases": "case_id"}.get(table, f"{table}_id")
    (last,) = connection.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()
    return int(last)


def frame_of(
    connection: Connection, sql: str, schema: Schema, values: Sequence[object] = ()
) -> pl.DataFrame:
    """Return what a query finds as a frame of a schema, whose columns it has in that order."""
    rows = connection.execute(sql, values).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pl.DataFrame(
        [
            pl.Series(name, column, dtype=pl.Int64 if dtype == pl.Boolean else dtype).cast(dtype)
            for (name, dtype), column in zip(schema.items(), columns, strict=True)
        ]
    )


def place_of(
    case_id: int, home: Mapping[str, Any], household: str, lists: Iterable[str], unknown: Wording
) -> Place:
    """Return the place of a case: `home` has `town`, `village`, `village_code`."""
    return Place(
        case_id,
        home["town"] or unknown.town,
        home["village"] or unknown.village,
        home["village_code"] or "",
        household,
        tuple(lists),
    )
