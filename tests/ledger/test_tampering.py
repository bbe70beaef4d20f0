"""What somebody can do to the file of a ledger, and that it is refused or found.

Every cell of every table, every row, every trigger; what is found elsewhere only (`backup`,
`archive --verify`) is at the end. docs/security.md says what is promised.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from loubao.core.events import CoveredRow, ExclusionRow, Posting
from loubao.core.faults import Fault, UntrustedInput, Usage
from loubao.ledger import postings as history
from loubao.ledger.chain import chain_after, parts_of
from loubao.ledger.connection import Connection, reading, writing
from loubao.ledger.copying import backup
from loubao.ledger.integrity import audit
from loubao.ledger.postings import holding, post
from loubao.ledger.seals import Seal, keep_seal, seals
from loubao.ledger.undoing import taking_back
from tests.ledger.invented import (
    TIME,
    answers,
    behind_its_back,
    content,
    make,
    month,
    review,
    verified,
)

#: tables whose rows are written anew with their month, or follow from others: the audit finds what
#: was changed, no trigger keeps it
REWRITTEN = {"naming", "exclusion", "covered", "standing"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with rows in every table; nobody writes here."""
    path = make(tmp_path_factory.mktemp("whole") / "loubao.db")
    told = {"list": "deceased", "name": "柯三省"}
    covered = (CoveredRow("dibao", "残疾", None, None, {"list": "disability", "name": "柯三省"}),)
    excluded = tuple(ExclusionRow("死亡.csv", "", row, True, "2022-07-02", told) for row in (2, 3))
    moved = tuple(replace(place, village="后亭村") for place in month().places[:2])
    with writing(path) as ledger:
        keep_seal(ledger, Seal("5e" * 32, TIME, ("2022-06",)))
        july = month(4, month="2022-07")
        post(
            ledger,
            replace(july, exclusions=excluded, covered=covered, places=(*july.places, *moved)),
            TIME,
        )
        keep_seal(ledger, Seal("7a" * 32, TIME, ("2022-06", "2022-07")))
        again = Posting("month", "2022-07", july.as_of, "again", {}, naming=july.naming[:1])
        post(ledger, replace(again, exclusions=excluded[:1], covered=covered), TIME)
        post(ledger, taking_back(ledger, holding(ledger)[-1], "2022-08-01"), TIME)
        post(ledger, answers(verified(4), name="上浦村（2）.xlsx"), TIME)
        post(ledger, review(2), TIME)
        assert audit(ledger) == []
        assert all(content(ledger).values())
        ledger.execute("PRAGMA journal_mode = DELETE")
    return path


@pytest.fixture
def file(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "loubao.db"))


@pytest.fixture
def other(file: Path) -> Iterator[Connection]:
    """The ledger in another program, which knows nothing of loubao."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def tables(connection: Connection) -> list[str]:
    """The tables that are proof; what a run said of its rows is none."""
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return sorted(name for (name,) in found if name != "posted_issues")


def columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    return [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info ({table})")]


def faults(file: Path) -> list[str]:
    """What loubao says of a ledger: that it does not open it, or what its audit found."""
    try:
        with reading(file) as opened:
            return audit(opened)
    except UntrustedInput as refused:
        return [refused.message]


#: What a program that is in a hurry can say to SQLite about a row of `{table}`; `{column}` is any.
WALKS = [
    "DELETE FROM {table}",
    "UPDATE {table} SET {column} = {column}",
    "UPDATE OR REPLACE {table} SET {column} = {column}",
    "UPDATE OR IGNORE {table} SET {column} = {column}",
    "UPDATE OR FAIL {table} SET {column} = {column}",
    "REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "INSERT OR IGNORE INTO {table} SELECT * FROM {table}",
    "INSERT INTO {table} SELECT * FROM {table} WHERE true"
    " ON CONFLICT DO UPDATE SET {column} = excluded.{column}",
]


@pytest.mark.parametrize("walk", WALKS)
def test_no_way_round_the_triggers(whole: Path, other: Connection, walk: str) -> None:
    before = content(other)
    for table in tables(other):
        if table in REWRITTEN:
            continue
        for column, _ in columns(other, table):
            if table == "document" and "UPDATE" in walk[:6]:
                continue  # its content may come later: below
            with pytest.raises(sqlite3.IntegrityError, match="are never"):
                other.execute(walk.format(table=table, column=column))
    assert content(other) == before


@pytest.mark.parametrize(
    "table", ["posting", "cases", "sighting", "edition", "event", "judgement", "reviewed"]
)
def test_a_row_keeps_its_id(other: Connection, table: str) -> None:
    for name in ("rowid", "oid", "_rowid_"):
        with pytest.raises(sqlite3.IntegrityError, match="are never"):
            other.execute(f"UPDATE {table} SET {name} = {name} + 100")
        with pytest.raises(sqlite3.IntegrityError, match="are never"):
            other.execute(f"UPDATE OR REPLACE {table} SET {name} = 1 WHERE {name} > 1")


def test_what_is_the_same_in_another_key_is_not_written_over(other: Connection) -> None:
    """REPLACE takes away whatever stands in the way of any unique key."""
    for attempt in (
        "REPLACE INTO cases VALUES (99, '104-2022-00001', 'lead', '104', 2022, 99, 1)",
        "REPLACE INTO cases VALUES (99, '104-2022-00099', 'lead', '104', 2022, 1, 1)",
        "REPLACE INTO edition SELECT 99, 1, month, town, village, village_code, number, issued_on,"
        " due_on, digest, changes FROM edition LIMIT 1",
        "UPDATE document SET content = x'00' WHERE content IS NOT NULL",
        "UPDATE document SET bytes = 1",
        "UPDATE document SET sha256 = 'x'",
        "REPLACE INTO document VALUES ((SELECT sha256 FROM document LIMIT 1), 1, NULL)",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="are never"):
            other.execute(attempt)


def test_every_cell_counts(other: Connection) -> None:
    """Each column of each table, changed in its first and its last row by somebody who knows how.

    Checks and keys that SQLite holds are put off: the audit does not lean on them.
    """
    other.execute("PRAGMA ignore_check_constraints = ON")
    unseen, tried = [], 0
    for table in tables(other):
        rows = other.execute(f"SELECT * FROM {table}").fetchall()
        for i, (column, kind) in enumerate(columns(other, table)):
            for row in (rows[0], rows[-1]):
                changed = (*row[:i], another(column, row[i], kind), *row[i + 1 :])
                tried += 1
                if not seen(other, table, row, changed):
                    unseen.append(f"{table}.{column}: {row[i]!r}")
    assert unseen == []
    assert tried > 200


def test_every_row_counts(other: Connection) -> None:
    """Each row of each table taken out, and one put in beside it under keys of its own."""
    other.execute("PRAGMA ignore_check_constraints = ON")
    unseen, tried = [], 0
    for table in tables(other):
        rows = other.execute(f"SELECT * FROM {table}").fetchall()
        keys = unique(other, table)
        for row in rows:
            copy = tuple(
                another(column, value, kind) if column in keys else value
                for value, (column, kind) in zip(row, columns(other, table), strict=True)
            )
            tried += 2
            unseen += [f"{table} without {row}"] * (not seen(other, table, row, None))
            unseen += [f"{table} with {copy}"] * (not seen(other, table, None, copy))
    assert unseen == []
    assert tried > 100


def another(column: str, value: object, kind: str) -> object:
    if isinstance(value, str):
        if column == "counts":  # what they say is bound, not their spelling
            return value.replace(":", ":1")
        return f"{value} "  # JSON and dates stay what they are
    return {"INTEGER": 1_000_007, "BLOB": b"x"}.get(kind, "")  # NULL and the empty text differ


def unique(connection: Connection, table: str) -> set[str]:
    """The columns of the keys of a table."""
    found = {row[1] for row in connection.execute(f"PRAGMA table_info ({table})") if row[5]}
    for index in connection.execute(f"PRAGMA index_list ({table})").fetchall():
        if index[2]:
            found |= {row[2] for row in connection.execute(f"PRAGMA index_info ({index[1]})")}
    return found


def seen(
    other: Connection,
    table: str,
    before: tuple[object, ...] | None,
    after: tuple[object, ...] | None,
) -> bool:
    """Whether the audit finds that one row of a table has become another."""
    other.execute("BEGIN")
    try:
        with behind_its_back(other):
            if before is not None:
                where = " AND ".join(f"{name} IS ?" for name, _ in columns(other, table))
                assert other.execute(f"DELETE FROM {table} WHERE {where}", before).rowcount == 1
            if after is not None:
                marks = ", ".join("?" * len(after))
                other.execute(f"INSERT INTO {table} VALUES ({marks})", after)
        return bool(audit(other))
    finally:
        other.execute("ROLLBACK")


TAMPERED = {
    "two events change places": "UPDATE event SET event_id = -event_id WHERE event_id IN (1, 2);"
    "UPDATE event SET event_id = 3 + event_id WHERE event_id < 0",
    "an answer goes to another case": "UPDATE event SET case_id = 3 WHERE event_id = 7",
    "a verdict turned round": "UPDATE judgement SET same = 1 - same",
    "a reader's answer turned round": "UPDATE reviewed SET choice = 'same'",
    "a reader's answer by another": "UPDATE reviewed SET reader = '乙'",
    "a reader's answer gone": "DELETE FROM reviewed",
    "a mention goes to another case": "UPDATE sighting SET case_id = 2 WHERE case_id = 1",
    "a line taken off a sheet": "DELETE FROM sheet_row WHERE edition_id = 1 AND case_id = 3",
    "a line goes to another sheet": "UPDATE sheet_row SET edition_id = 4 WHERE case_id = 3",
    "a deadline put off": "UPDATE edition SET due_on = '2022-12-31'",
    "a village moved": "UPDATE standing SET village = '后亭村' WHERE case_id = 3",
    "a village moved, with its history": "UPDATE standing SET village = '后亭村' WHERE case_id = 3;"
    "UPDATE place SET village = '后亭村' WHERE case_id = 3",
    "a month's decision changed": "UPDATE naming SET news = 'covered' WHERE case_id = 1",
    "a month's decisions gone": "DELETE FROM naming WHERE month = '2022-06'",
    "a month of decisions more": "INSERT INTO naming SELECT '2022-05', case_id, lists, news"
    " FROM naming WHERE month = '2022-06'",
    "somebody dead more": "INSERT INTO exclusion (month, file, sheet, row, qualifies, list, name)"
    " VALUES ('2022-07', '死亡.csv', '', 4, 1, 'deceased', '蔡阿榕')",
    "an exclusion goes to another month": "UPDATE exclusion SET month = '2022-06'",
    "somebody covered gone": "DELETE FROM covered",
    "a file's content gone": "UPDATE document SET content = NULL",
    "a file's content of another": "UPDATE document SET content ="
    " (SELECT content FROM document WHERE content IS NOT NULL LIMIT 1) WHERE content IS NOT NULL",
    "a posting's time": "UPDATE posting SET posted_at = '2022-06-01T06:30:00+08:00'",
    "a posting's version": "UPDATE posting SET version = '0.1' WHERE posting_id = 4",
    "a posting's reason": "UPDATE posting SET late_reason = '系统故障' WHERE posting_id = 2",
    "a posting's counts": "UPDATE posting SET counts = '{\"cases\":4}' WHERE posting_id = 1",
    "two postings change places": "UPDATE posting SET posting_id = -posting_id"
    " WHERE posting_id IN (1, 2); UPDATE posting SET posting_id = 3 + posting_id"
    " WHERE posting_id < 0",
    "a posting between": "INSERT INTO posting SELECT 9, kind, month, as_of, posted_at, version,"
    " digest, late_reason, counts, chain, undoes FROM posting WHERE posting_id = 4",
    "a posting without its rows gone": "DELETE FROM posting WHERE posting_id = 4",
    "the digests of a posting gone": "DELETE FROM part WHERE posting_id = 4",
    "all digests gone": "DELETE FROM part",
    "a seal changed": "UPDATE seal SET seal = replace(seal, '5', '6') WHERE seal_id = 1",
    "a seal gone": "DELETE FROM seal WHERE seal_id = 1",
    "an answer and its standing": "UPDATE event SET detail = replace(detail, 'eligible',"
    " 'ineligible') WHERE event_id = 7; UPDATE standing SET status = 'ineligible', "
    " closed_on = '2022-07-08', reason = 'ineligible' WHERE case_id = 1",
}


@pytest.mark.parametrize("changes", TAMPERED.values(), ids=TAMPERED.keys())
def test_what_is_changed_behind_its_back_is_found(file: Path, changes: str) -> None:
    copy = file.with_name("copy.db")
    backup(file, copy)
    good = copy.read_bytes()
    with closing(sqlite3.connect(file, isolation_level=None)) as other, behind_its_back(other):
        for change in changes.split(";"):
            assert other.execute(change).rowcount > 0
    assert faults(file)
    with pytest.raises(Fault):  # the good copy stays
        backup(file, copy)
    assert copy.read_bytes() == good


NOTHING = "CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT 1; END"
STRUCTURE = {
    "a trigger dropped": "DROP TRIGGER sheet_row_stays",
    "a trigger that does nothing": f"DROP TRIGGER event_stays; {NOTHING}",
    "a trigger more": "CREATE TRIGGER quiet AFTER INSERT ON event BEGIN"
    " DELETE FROM naming WHERE case_id = new.case_id; END",
    "a trigger on another table": "DROP TRIGGER event_stays;"
    + NOTHING.replace("ON event", "ON naming"),
    "a view in the place of a table": "ALTER TABLE naming RENAME TO naming2;"
    " CREATE VIEW naming AS SELECT month, case_id, lists, 'covered' AS news FROM naming2",
    "a table more": "CREATE TABLE notes (text TEXT)",
    "a column more": "ALTER TABLE posting ADD COLUMN note TEXT",
    "an index dropped": "DROP INDEX event_case",
    "an index of another column": "DROP INDEX event_case; CREATE INDEX event_case ON event (kind)",
    "a check taken out": "PRAGMA writable_schema = ON; UPDATE sqlite_master SET"
    " sql = replace(sql, 'CHECK (same IN (0, 1))', '') WHERE name = 'judgement'",
    "an older version said": "PRAGMA user_version = 2",
    "the first version said": "PRAGMA user_version = 1",
}


@pytest.mark.parametrize("changes", STRUCTURE.values(), ids=STRUCTURE.keys())
def test_what_keeps_it_is_missed(file: Path, changes: str) -> None:
    """Nobody reads, writes or copies a ledger whose tables and triggers are not loubao's."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.executescript(changes)
    for use in (reading, writing):
        with pytest.raises(UntrustedInput, match="改动过"), use(file):
            pass
    with pytest.raises(UntrustedInput):
        backup(file, file.with_name("copy.db"))


def test_an_index_that_says_something_else(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.executescript(
            "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage ="
            " (SELECT rootpage FROM sqlite_master WHERE name = 'judgement_case')"
            " WHERE name = 'event_case'"
        )
    assert faults(file)


def test_analyze_is_no_tampering(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.executescript("ANALYZE; VACUUM")
    assert faults(file) == []


# What only something outside of the ledger shows: a copy, an archive, a seal that was copied out


def last_undone(other: Connection) -> None:
    """Take the last posting out with all that it wrote, and put the states back."""
    for table in ("part", "posting_document", "judgement", "reviewed", "event"):
        other.execute(f"DELETE FROM {table} WHERE posting_id >= 6")
    other.execute("DELETE FROM posting WHERE posting_id >= 6")
    other.execute("DELETE FROM document WHERE sha256 NOT IN (SELECT sha256 FROM posting_document)")
    other.execute(
        "UPDATE standing SET status = 'unverified', answered_on = NULL, answer_posting = NULL,"
        " answer_event = NULL WHERE case_id = 4"
    )


def all_rewritten(other: Connection) -> None:
    """Change an answer, and work out the whole chain anew, as loubao does."""
    other.execute("UPDATE judgement SET same = 1 WHERE posting_id = 2")
    chain = ""
    for posting in history.postings(other):
        found = parts_of(other, posting.posting_id)
        parts = {**posting.parts, **found}
        for name, digest in parts.items():
            other.execute(
                "UPDATE part SET digest = ? WHERE posting_id = ? AND name = ?",
                (digest, posting.posting_id, name),
            )
        chain = chain_after(chain, replace(posting, parts=parts))
        other.execute(
            "UPDATE posting SET chain = ? WHERE posting_id = ?", (chain, posting.posting_id)
        )


@pytest.mark.parametrize("forged", [last_undone, all_rewritten])
def test_who_knows_the_program_is_found_by_a_copy(file: Path, forged) -> None:  # type: ignore[no-untyped-def]
    copy = file.with_name("copy.db")
    backup(file, copy)
    with closing(sqlite3.connect(file, isolation_level=None)) as other, behind_its_back(other):
        forged(other)
    assert faults(file) == []  # docs/security.md: not promised from the ledger alone
    with pytest.raises(Usage, match="旧副本"):
        backup(file, copy)


def test_an_older_ledger_in_its_place_is_found_by_a_copy(file: Path) -> None:
    older, copy = file.with_name("older.db"), file.with_name("copy.db")
    backup(file, older)
    with writing(file) as ledger:
        post(ledger, answers(verified(5), name="又.xlsx"), TIME)
    backup(file, copy)
    shutil.copy(older, file)
    assert faults(file) == []
    with pytest.raises(Usage, match="旧副本"):
        backup(file, copy)


def test_seals_are_kept_and_bound(file: Path) -> None:
    with reading(file) as opened:
        assert [(each.seal[:4], each.months) for each in seals(opened)] == [
            ("5e5e", ("2022-06",)),
            ("7a7a", ("2022-06", "2022-07")),
        ]
