"""`collect`: filled-in village sheets → the ledger, and what is wrong with them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.books.data_problems import issue_book
from loubao.books.difficult_cases import difficult_book
from loubao.core import frames
from loubao.core.events import Event, Place, Posting
from loubao.core.faults import Usage
from loubao.core.notation import as_printed
from loubao.ledger import lookup
from loubao.ledger.connection import writing
from loubao.ledger.numbering import numbering
from loubao.ledger.posted_issues import PostedIssues, all_shown, posted_issues
from loubao.ledger.postings import events_of, post
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import ASKED, standing
from loubao.returns.agreement import name_key
from loubao.returns.identification import is_by_hand
from loubao.returns.lost_numbers import (
    ends_of_numbers,
    newest_editions_of,
    with_lost_numbers,
    with_whole_numbers,
)
from loubao.returns.newcomers import Newcomers, added_people, homes_of, newcomers
from loubao.returns.page import Line
from loubao.returns.parted_names import cases_with, part, parted
from loubao.returns.returned_lines import Checked, check_lines
from loubao.returns.terms import Terms
from loubao.rules.folder import Rules
from loubao.workbook.writing import write_workbook
from loubao.workspace import run_counts
from loubao.workspace.input_folder import ReturnedSheets, read_returns
from loubao.workspace.output_file import write_files
from loubao.workspace.settings import (
    is_output,
    name_of,
    path_in,
    refuse_inside,
    refuse_output,
    shown_path,
)
from loubao.workspace.stages import Progress, Timings, silent

_LEFT_UNSAID = "上一次回收登记以后中断了，它还没有列出来的问题和新开的编号，这次一并列在回收问题里"
_OUTCOMES = ("posted", "unchanged", "repeated", "judged", "added", "untouched", "out")


@dataclass(frozen=True)
class Collection:
    """What is collected, and where it goes.

    folder     the returned sheets, with the passwords of those that are encrypted
    out        folder for 回收问题.xlsx and 疑难.xlsx
    ledger     its file, and the key where it is encrypted
    """

    folder: Path
    out: Path
    ledger: Path
    key: str | None = None
    passwords: Sequence[str] = ()


def default_out(folder: Path) -> Path:
    """Return `out/<name of DIR>`, or `out/<name>-回收` where that is the output of a match."""
    name = name_of(folder)
    out = Path("out") / name
    return Path("out") / f"{name}-回收" if is_output(out) else out


def collect(
    collection: Collection,
    rules: Rules,
    as_of: date,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Post the answers of the sheets in a folder; return what became of every row.

    Writes 回收问题.xlsx and 疑难.xlsx. Raises a `Fault`; then ledger and `out` are what they were
    before.
    """
    ledger, out = collection.ledger, collection.out
    returns = rules.returns  # read first: a fault of the rules comes before one of the ledger
    _refuse(collection)
    terms = Terms(rules, as_of)
    timings = Timings()
    with timings.stage("read"):
        returned = read_returns(collection.folder, terms, collection.passwords, progress)
    with writing(ledger, collection.key) as connection:
        month = lookup.last_month(connection)
        if month is None:
            raise Usage(f"台账 {ledger.name} 里还没有下发过核查表；请先运行 loubao match")
        with timings.stage("check"):
            checked = _check(connection, returned.lines, terms, date.fromisoformat(month["as_of"]))
            posting = _posting(returned, checked, month["month"], as_of.isoformat())
            earlier = posted_issues(connection)
            issues = _issues(returned, checked, earlier, posting)
            if posting is not None:
                posting = replace(posting, issues=tuple(issues.iter_rows()))
            people = _difficult_people(connection, checked, rules)
            books = (
                issue_book(issues, rules.sheets.replaced(problems=returns.problems), as_of),
                difficult_book(people, returns, rules.sheets, as_of),
            )
        issued = lookup.people_on(connection, {edition for edition, _ in checked.issued})
        with timings.stage("write"):
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            hints = write_files(
                out,
                {path_in(out, book.path): partial(write_workbook, book) for book in books},
                partial(post, connection, posting, now) if posting else None,
            )
        if not hints:
            all_shown(connection)
    hints += [_LEFT_UNSAID] if earlier and not earlier.shown else []
    return {
        "loubao": __version__,
        "data": rules.discretion.text(name_of(collection.folder)),
        **_figures(returned, checked, issues, max(issued - len(checked.issued), 0)),
        "problems": run_counts.problems(issues, rules),
        "out": str(out),
        "hints": hints,
        "as_of": as_of.isoformat(),
        "month": month["month"],
        "posted": posting is not None,
        "difficult": len(people),
        "seconds": timings.seconds,
    }


def _refuse(collection: Collection) -> None:
    folder, ledger = collection.folder, collection.ledger
    if not folder.is_dir():
        raise Usage(f"DIR 应为存放交回核查表的文件夹：{shown_path(folder)} 不存在或不是文件夹")
    refuse_output(collection.out)
    refuse_inside(folder, collection.out)
    if not ledger.is_file():
        raise Usage(
            f"没有台账 {ledger.name}；请先运行 loubao match（用 --ledger 指明台账文件）下发核查表"
        )


def _check(connection: Connection, lines: Sequence[Line], terms: Terms, latest: date) -> Checked:
    """The lines against what the ledger has of their cases."""
    numbered = lookup.numbered(connection, ends_of_numbers(lines))
    lines = with_whole_numbers(lines, numbered, terms)
    lines, excerpt, by_hand = _lines_by_hand(connection, lines, terms)
    keys = [(line.numbers, line.edition) for line in lines]
    added = Newcomers(excerpt)
    numbers = numbering(connection, terms.rules.villages)
    if by_hand:
        people, issues = added_people(by_hand, homes_of(lines, excerpt), terms)
        sighted = lookup.sighted(
            connection,
            {str(person["id_number"]) for person in people if person["id_number"]},
            {str(person["name_key"]) for person in people if person["name_key"]},
        )
        excerpt = lookup.excerpt(connection, keys, [row["case_id"] for row in sighted])
        added = newcomers(people, sighted, excerpt, numbers, terms)
        added.issues += issues
    checked = check_lines(lines, {line.place for line in by_hand}, added, terms, latest)
    cases = cases_with(parted(checked), checked.added.excerpt)
    part(checked, lookup.writings(connection, cases, frames.WRITTEN), numbers, terms)
    return checked


def _lines_by_hand(
    connection: Connection, lines: Sequence[Line], terms: Terms
) -> tuple[Sequence[Line], lookup.Excerpt, list[Line]]:
    """The lines, those printed ones that lost every key with their number again; what the ledger
    has of their cases; and the lines that villages added.
    """

    def looked_up() -> tuple[lookup.Excerpt, list[Line]]:
        excerpt = lookup.excerpt(connection, [(line.numbers, line.edition) for line in lines])
        return excerpt, [line for line in lines if is_by_hand(line, excerpt, terms)]

    excerpt, by_hand = looked_up()
    names = {key for line in by_hand if (key := name_key(line.cells.get("name")))}
    printed = lookup.printed_of(connection, names)
    if printed:
        homes = {sheet: home.village for sheet, home in homes_of(lines, excerpt).items()}
        newest = newest_editions_of(lines, excerpt)
        found = iter(with_lost_numbers(by_hand, printed, homes, newest, terms))
        spots = {line.place for line in by_hand}
        lines = [next(found) if line.place in spots else line for line in lines]
        excerpt, by_hand = looked_up()
    return lines, excerpt, by_hand


def _posting(returned: ReturnedSheets, checked: Checked, month: str, as_of: str) -> Posting | None:
    """Everything that is right, as one posting; None where there is nothing new."""
    added, verified = checked.added, checked.verified
    events = (*added.events, *verified.events)
    if not events and not verified.verdicts and not added.sightings:
        return None
    return Posting(
        kind="return",
        month=month,
        as_of=as_of,
        digest=_digest(returned, as_of),
        counts=dict(sorted(Counter(checked.outcomes.values()).items())),
        cases=tuple(added.opened),
        sightings=tuple(added.sightings),
        events=events,
        verdicts=tuple(verified.verdicts),
        places=tuple(_places(checked)),
        documents=tuple(returned.documents),
    )


def _digest(returned: ReturnedSheets, as_of: str) -> str:
    """The digest of the files and of the day from which they are read."""
    files = sorted(f"{each.sha256} {each.name}" for each in returned.documents)
    return hashlib.sha256("\n".join([as_of, *files]).encode()).hexdigest()


def _issues(
    returned: ReturnedSheets,
    checked: Checked,
    earlier: PostedIssues | None,
    posting: Posting | None,
) -> pl.DataFrame:
    """What is said of the rows: what is found now, and what an `earlier` run has left unsaid.

    The same files once more, of which all is posted: what was said of them then.
    """
    found = [*returned.issues, *checked.issues]
    if earlier is not None:
        same = earlier.last and earlier.digest == _digest(returned, earlier.as_of)
        if posting is None and same:
            found = [*earlier.issues]
        elif not earlier.shown:
            found += earlier.issues
    return frames.merge_issues([frames.issue_rows(found)])


def _places(checked: Checked) -> Iterable[Place]:
    """Where new people belong, and all lists of those whom a further one names now."""
    places = checked.added.excerpt.places
    named = {sighting.case_id for sighting in checked.added.sightings}
    lists = {case_id: set(places[case_id].lists) for case_id in named}
    for young, old in sorted(checked.verified.merged.items(), reverse=True):
        ever = lists.setdefault(old, set(places[old].lists))
        ever |= lists.get(young, set(places[young].lists))
    for case_id in sorted(lists):
        yield replace(places[case_id], lists=tuple(sorted(lists[case_id])))


def _difficult_people(
    connection: Connection, checked: Checked, rules: Rules
) -> list[dict[str, str]]:
    """Everybody who is 疑难 once this run is posted: what the sheet showed, what was answered."""
    added = checked.added
    history: dict[int, list[Event]] = {}
    for event in checked.verified.events:
        history.setdefault(event.case_id, [*added.excerpt.events[event.case_id]]).append(event)
    now = {case_id: standing(events).status for case_id, events in history.items()}
    cases = [case for case in lookup.standing_as(connection, "difficult") if case not in now]
    cases += [case_id for case_id, status in now.items() if status == "difficult"]
    events_by_case = {**events_of(connection, set(cases) - history.keys()), **history}
    newest = lookup.newest_editions(connection, cases)
    shown = lookup.sheet_rows(connection, ((edition, case) for case, edition in newest.items()))
    sightings: dict[int, Mapping[str, Any]] = dict(lookup.written_as(connection, cases))
    sightings |= {s.case_id: s.values for s in added.sightings if s.case_id not in sightings}
    facts = {row["case_id"]: row for row in lookup.facts_of(connection, cases)}
    new = {case.case_id: case.case_no for case in added.opened}
    towns = {village.town: village.town_code for village in rules.villages}
    people = []
    for case_id in cases:
        fact = facts.get(case_id)
        place = fact["place"] if fact else added.excerpt.places[case_id]
        case_no = fact["case_no"] if fact else new[case_id]
        printed, _ = shown.get((newest.get(case_id, 0), case_id), ({}, None))
        details = [event.detail for event in events_by_case[case_id]]
        answer = [detail for detail in details if "answers" in detail][-1]
        person = {
            **next((each["written"] for each in reversed(details) if "written" in each), {}),
            **_as_written(sightings.get(case_id, {}), rules),
            **printed.get("cells", {}),
            **answer["answers"],
            "town": place.town,
            "village": place.village,
            "case_no": case_no,
            "file": answer.get("file", ""),
        }
        order = (towns.get(place.town, "~"), place.village_code or "~", place.village, case_no)
        people.append((order, person))
    return [person for _, person in sorted(people, key=lambda pair: pair[0])]


def _as_written(values: Mapping[str, Any], rules: Rules) -> dict[str, str]:
    """The columns of a person who was on no sheet yet."""
    number = values.get("id_number") or values.get("id_pattern") or ""
    if number:
        number = as_printed(pl.Series([number]), rules.sheets.id_number)[0]
    columns = {
        "name": values.get("name"),
        "id_number": number,
        "sex": values.get("sex"),
        "address": values.get("address"),
        "sources": rules.lists[values["list"]].sheet_label if values.get("list") else "",
    }
    return {key: str(value or "") for key, value in columns.items()}


def _figures(
    returned: ReturnedSheets, checked: Checked, issues: pl.DataFrame, missing: int
) -> dict[str, Any]:
    """What became of every row; `missing` lines of the sheets did not come back."""
    outcomes: Counter[str] = Counter(checked.outcomes.values())
    results = Counter(
        event.detail.get("result", event.kind)
        for event in checked.verified.events
        if "answers" in event.detail
    )
    return {
        "counts": {
            "files": returned.files,
            "sheets": returned.sheets,
            "rows": len(returned.lines) + sum(returned.kinds.values()),
            **{kind: outcomes.get(kind, 0) for kind in _OUTCOMES},
            "skipped": sum(n for kind, n in returned.kinds.items() if kind != "unknown"),
            "unidentified": returned.kinds["unknown"],
            "missing": missing,
            "new_people": len(checked.added.opened) - len(checked.parted),
            "parted": len(checked.parted),
            "judgements": sum("of" not in each.candidate for each in checked.verified.verdicts),
            "merged": len(checked.verified.merged),
            "asked": sum(e.detail.get("reason") == ASKED for e in checked.verified.events),
            "issues": issues.height,
        },
        "results": dict(sorted(results.items())),
        "skips": dict(sorted(returned.kinds.items())),
        "ignored": returned.ignored,
    }
