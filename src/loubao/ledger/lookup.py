"""Single cases: the part of the ledger about the cases on returned sheets."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, TypeAlias

from loubao.core.events import Edition, Event, Place, State
from loubao.ledger.editions import HOLDS, all_editions
from loubao.ledger.judgements import verdicts_of
from loubao.ledger.postings import events_of
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import merged_into, other_case, standing, through_merges

_LONGEST_NUMBER = 18  # of an edition
_AMONG = "IN (SELECT value FROM json_each(?))"

#: How a line of a returned sheet names its case: the case numbers on it (hidden, printed; "" where
#: there is none) and the key of its edition (None: the line has none).
LineKeys: TypeAlias = tuple[tuple[str, str], str | None]
#: A verdict: whether the pair is one person, and its day (ISO).
Answered: TypeAlias = tuple[bool, str]


@dataclass(frozen=True)
class Excerpt:
    """The part of the ledger about some cases, the cases merged with them, and their candidates.

    cases     case number → case
    owners    merged case → the case that it lives on in, through several merges too
    samples   cases that were drawn to check a link
    places    case → its place, and every list that ever named it
    events    case → its events that hold, oldest first; those of this run have no id yet; a void
              case has none
    sheets    edition → the sheet; all that were ever issued
    rows      (edition, case) → the line as issued: the shown cells, and the candidate if any
    sent_on   case → editions that it is on, oldest first; only of cases whose line has no edition,
              and of namesakes
    verdicts  (case, other) → the verdicts on the pair, oldest first
    desk      (case, other) → the verdict in force, where the office gave it (`loubao review`)
    written   case → how its person was written last; only of cases that a line names without keys
    namesakes such a case → the other cases with its name, which live on elsewhere
    """

    cases: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[int, int] = field(default_factory=dict)
    samples: frozenset[int] = frozenset()
    places: Mapping[int, Place] = field(default_factory=dict)
    events: Mapping[int, tuple[Event, ...]] = field(default_factory=dict)
    sheets: Mapping[int, Edition] = field(default_factory=dict)
    rows: Mapping[tuple[int, int], tuple[Mapping[str, Any], Mapping[str, Any] | None]] = field(
        default_factory=dict
    )
    sent_on: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    verdicts: Mapping[tuple[int, str], tuple[Answered, ...]] = field(default_factory=dict)
    desk: Mapping[tuple[int, str], Answered] = field(default_factory=dict)
    written: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    namesakes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def owner(self, case_id: int) -> int:
        """Return the case in which a case lives on: itself, unless it was merged."""
        return self.owners.get(case_id, case_id)

    def state(self, case_id: int) -> State:
        """Return the state of a case after its events."""
        return standing(self.events[case_id])

    def lists_of(self, case_id: int) -> tuple[str, ...]:
        """Return every list that ever named a case."""
        place = self.places.get(case_id)
        return place.lists if place else ()

    def with_merges(self, merged: Mapping[int, int]) -> Excerpt:
        """Return the excerpt after further merges: younger case → older case."""
        return replace(self, owners=through_merges({**self.owners, **merged}))


def excerpt(connection: Connection, lines: Sequence[LineKeys], more: Iterable[int] = ()) -> Excerpt:
    """Return the excerpt of the cases that `lines` name, and of some `more`."""
    numbers = {number for numbers, _ in lines for number in numbers}
    numbered = f"SELECT case_no, case_id FROM cases WHERE case_no {_AMONG}"
    cases: dict[str, int] = dict(connection.execute(numbered, (_json(numbers),)).fetchall())
    sheets = all_editions(connection)
    keyed: set[tuple[int, int]] = set()
    keyless: set[int] = set()
    unconfirmed: set[int] = set()
    for (hidden, printed), key in lines:
        case_id = cases.get(hidden or printed)
        if case_id is None:
            continue
        if key is None or not hidden:
            unconfirmed.add(case_id)
        if key is None:
            keyless.add(case_id)
        elif (edition := edition_of(key, sheets)) is not None:
            keyed.add((edition, case_id))
    owners = merged_into(connection)
    namesakes = _namesakes(connection, unconfirmed, owners)
    others = {case for cases_of_name in namesakes.values() for case in cases_of_name}
    sent_on = _editions_with(connection, keyless | others)
    keyed |= {(edition, case) for case, editions in sent_on.items() for edition in editions}
    # a line without keys may have the rest of any other person of its sheet
    of_keyless = {edition for case in keyless for edition in sent_on.get(case, ())}
    keyed |= set(product(of_keyless, cases.values()))
    rows = sheet_rows(connection, keyed)
    candidates = (other_case(row.get("other", "")) for _, row in rows.values() if row)
    wanted = {*cases.values(), *more, *(case for case in candidates if case is not None), *others}
    wanted |= {owners[case] for case in wanted & owners.keys()}
    owners = {young: old for young, old in owners.items() if old in wanted}
    wanted |= owners.keys()
    facts = facts_of(connection, wanted)
    return Excerpt(
        cases={row["case_no"]: row["case_id"] for row in facts},
        owners=owners,
        samples=frozenset(row["case_id"] for row in facts if row["kind"] == "sample"),
        places={row["case_id"]: row["place"] for row in facts},
        events={case: tuple(events) for case, events in events_of(connection, wanted).items()},
        sheets=sheets,
        rows=rows,
        sent_on=sent_on,
        verdicts=_verdicts(connection, wanted, owners),
        desk={
            pair: (said.same, said.on_date)
            for pair, said in verdicts_of(connection, wanted).items()
            if said.by_desk
        },
        written=written_as(connection, unconfirmed),
        namesakes=namesakes,
    )


def edition_of(key: str, editions: Mapping[int, Edition]) -> int | None:
    """Return the edition that a key on a line names, None where no such one was issued.

    >>> june = Edition(12, "2022-06", "洛阳镇", "上浦村", "", 1, "", "", "9f2c01ab77", {})
    >>> edition_of("2022-06/12/9f2c01ab", {12: june})
    12
    >>> edition_of("2022-07/12/9f2c01ab", {12: june}), edition_of("第12版", {12: june})
    (None, None)
    """
    number = key.partition("/")[2].partition("/")[0]
    known = number.isdecimal() and len(number) <= _LONGEST_NUMBER
    edition = editions.get(int(number)) if known else None
    return edition.edition_id if edition is not None and edition.key == key else None


def facts_of(connection: Connection, case_ids: Iterable[int]) -> list[dict[str, Any]]:
    """Return `case_id`, `case_no`, `kind` and `place` (a `Place`) of some cases."""
    found = connection.execute(
        "SELECT c.case_no, c.kind, s.case_id, s.town, s.village, s.village_code, s.household,"
        f" s.lists FROM standing s JOIN cases c USING (case_id) WHERE s.case_id {_AMONG}"
        " ORDER BY s.case_id",
        (_json(case_ids),),
    )
    return [
        {
            "case_id": case_id,
            "case_no": case_no,
            "kind": kind,
            "place": Place(case_id, town, village, code, household, tuple(json.loads(lists))),
        }
        for case_no, kind, case_id, town, village, code, household, lists in found
    ]


def newest_editions(connection: Connection, case_ids: Iterable[int]) -> dict[int, int]:
    """Return the newest edition that each of some cases is on."""
    found = connection.execute(
        f"SELECT case_id, max(edition_id) FROM sheet_row WHERE case_id {_AMONG} AND {HOLDS}"
        " GROUP BY case_id",
        (_json(case_ids),),
    )
    return dict(found.fetchall())


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


def sighted(
    connection: Connection, id_numbers: Collection[str], name_keys: Collection[str]
) -> list[dict[str, Any]]:
    """Return the sightings with one of the numbers or one of the names, but of void cases."""
    if not id_numbers and not name_keys:
        return []
    names = (
        *("case_id", "list", "name_key", "id_number", "id_status", "id_pattern", "birth_date"),
        *("town", "village", "village_code"),
    )
    found = connection.execute(
        f"SELECT {', '.join(names)} FROM sighting WHERE (id_number {_AMONG} OR name_key {_AMONG})"
        " AND posting_id NOT IN taken_back ORDER BY sighting_id",
        (_json(id_numbers), _json(name_keys)),
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def writings(
    connection: Connection, case_ids: Collection[int], columns: Iterable[str]
) -> list[dict[str, Any]]:
    """Return `case_id` and `columns` (as texts) of the sightings of some cases, oldest first."""
    names = ("case_id", *columns)
    found = connection.execute(
        f"SELECT {', '.join(names)} FROM sighting WHERE case_id {_AMONG}"
        " AND posting_id NOT IN taken_back ORDER BY sighting_id",
        (_json(case_ids),),
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def printed_of(
    connection: Connection, name_keys: Collection[str]
) -> list[tuple[str, int, dict[str, str]]]:
    """Return case number, edition and printed cells of every line about people of some names."""
    if not name_keys:
        return []
    found = connection.execute(
        "SELECT case_no, edition_id, shown FROM sheet_row JOIN cases USING (case_id)"
        f" WHERE {HOLDS} AND case_id IN (SELECT case_id FROM sighting WHERE name_key {_AMONG}"
        " AND posting_id NOT IN taken_back) ORDER BY case_no, edition_id",
        (_json(name_keys),),
    )
    return [
        (case_no, edition, json.loads(shown).get("cells", {})) for case_no, edition, shown in found
    ]


def numbered(connection: Connection, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Return the cases with one of the running numbers, whatever town and year.

    `case_no`, `town_code`, `year`, `number`, `village`, and how the person was `written` last.
    """
    found = connection.execute(
        "SELECT case_id, case_no, town_code, year, number, village FROM cases"
        f" JOIN standing USING (case_id) WHERE number {_AMONG} ORDER BY case_id",
        (_json(numbers),),
    ).fetchall()
    names = ("case_no", "town_code", "year", "number", "village")
    written = written_as(connection, [row[0] for row in found])
    return [
        {**dict(zip(names, row[1:], strict=True)), "written": written.get(row[0], {})}
        for row in found
    ]


def numbered_as(connection: Connection, case_no: str) -> list[int]:
    """Return the cases with a case number; of a running number alone, all that end with it."""
    if case_no.isdecimal():
        number = int(case_no[:_LONGEST_NUMBER])
        found = connection.execute("SELECT case_id FROM cases WHERE number = ?", (number,))
    else:
        found = connection.execute("SELECT case_id FROM cases WHERE case_no = ?", (case_no,))
    return [case_id for (case_id,) in found]


def written_as(connection: Connection, case_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the newest sighting of each of some cases: name, number, birth date, sex."""
    names = ("name", "id_number", "id_pattern", "birth_date", "sex", "address")
    found = connection.execute(
        f"SELECT case_id, max(sighting_id), {', '.join(names)} FROM sighting"
        f" WHERE case_id {_AMONG} AND posting_id NOT IN taken_back GROUP BY case_id",
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


def last_month(connection: Connection) -> Mapping[str, str] | None:
    """Return `month` and `as_of` of the latest month that was posted, None before the first."""
    found = connection.execute(
        "SELECT month, as_of FROM posting WHERE kind = 'month' AND posting_id NOT IN taken_back"
        " ORDER BY month DESC, posting_id DESC LIMIT 1"
    ).fetchone()
    return {"month": found[0], "as_of": found[1]} if found else None


def _editions_with(connection: Connection, case_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return all editions that each of some cases is on, oldest first."""
    editions: dict[int, tuple[int, ...]] = {}
    for case_id, edition_id in connection.execute(
        f"SELECT case_id, edition_id FROM sheet_row WHERE case_id {_AMONG} AND {HOLDS}"
        " ORDER BY edition_id",
        (_json(case_ids),),
    ):
        editions[case_id] = (*editions.get(case_id, ()), edition_id)
    return editions


def _namesakes(
    connection: Connection, case_ids: Iterable[int], owners: Mapping[int, int]
) -> dict[int, tuple[int, ...]]:
    """Return the other cases with a name of each of some cases, but those merged with it."""
    named = "SELECT DISTINCT case_id, name_key FROM sighting WHERE posting_id NOT IN taken_back AND"
    own = connection.execute(f"{named} case_id {_AMONG}", (_json(case_ids),)).fetchall()
    names = _json(name for _, name in own if name)
    bearers: dict[str, set[int]] = {}
    for case_id, name in connection.execute(f"{named} name_key {_AMONG}", (names,)):
        bearers.setdefault(name, set()).add(case_id)
    found: dict[int, set[int]] = {}
    for case_id, name in own:
        root = owners.get(case_id, case_id)
        others = {case for case in bearers.get(name, ()) if owners.get(case, case) != root}
        found.setdefault(case_id, set()).update(others)
    return {case_id: tuple(sorted(others)) for case_id, others in found.items() if others}


def _verdicts(
    connection: Connection, case_ids: Iterable[int], owners: Mapping[int, int]
) -> dict[tuple[int, str], tuple[Answered, ...]]:
    """Return the verdicts on each `(case, other)`, also those before the case was merged."""
    verdicts: dict[tuple[int, str], tuple[Answered, ...]] = {}
    for case_id, other, same, on_date in connection.execute(
        "SELECT case_id, other, same, on_date FROM judgement"
        f" WHERE case_id {_AMONG} AND posting_id NOT IN taken_back ORDER BY judgement_id",
        (_json(case_ids),),
    ):
        pair = (owners.get(case_id, case_id), other)
        verdicts[pair] = (*verdicts.get(pair, ()), (bool(same), on_date))
    return verdicts


def _json(values: Iterable[object]) -> str:
    return json.dumps(sorted(set(values), key=str), ensure_ascii=False)
