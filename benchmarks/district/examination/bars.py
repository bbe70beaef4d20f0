"""The bars of «What it must show», each with what failed it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from invented.lists import COVERED_BY

from examination.evidence import Matched, Mention, Run, Truth, absent_inputs


@dataclass(slots=True)
class Bar:
    """One line of the table; `holds` is None where there is no bar, only a number."""

    name: str
    value: str
    bar: str = ""
    holds: bool | None = None
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Standing:
    """How the run left one covered person."""

    person: str
    linked: bool
    shown: bool
    in_case: bool
    statuses: str


class Bench:
    """Truth and run side by side, with the look-ups that the bars share."""

    def __init__(self, truth: Truth, run: Run, found: Matched) -> None:
        """Index mentions, records and cases by person and by record."""
        self.truth, self.run, self.found = truth, run, found
        self.mentions: dict[str, list[Mention]] = {}
        for mention in truth.mentions:
            self.mentions.setdefault(mention.person, []).append(mention)
        self.records: dict[str, list[int]] = {}
        for record_id, mention in found.by_record.items():
            self.records.setdefault(mention.person, []).append(record_id)
        self.cases: dict[int, list[dict[str, Any]]] = {}
        for case in run.cases:
            for record_id in case["record_ids"] or []:
                self.cases.setdefault(record_id, []).append(case)

    def describe(self, person: str, extra: str = "") -> str:
        """A person by code, the faults of each row that names them, and record ids."""
        parts = []
        ids = {id(m): r for r in self.records.get(person, []) for m in [self.found.by_record[r]]}
        for m in self.mentions.get(person, []):
            place = f"{m.list}#{ids.get(id(m), '-')} {m.place[0]}:{m.place[1]}:{m.place[2]}"
            parts.append(f"{place} [{m.faults or 'clean'}] qualifies={m.qualifies}")
        return f"{person} {extra} | " + " | ".join(parts)

    def present(self) -> list[dict[str, str]]:
        """People alive and not moved away."""
        everyone = self.truth.people.values()
        return [p for p in everyone if p["living"] == "true" and p["moved"] == "false"]


def _accounted(bench: Bench, data: Path) -> Bar:
    truth, found = bench.truth, bench.found
    told = {
        truth.place(i["file"], i["sheet"], i["row"])
        for i in bench.run.issues
        if i["row"] is not None
    }
    lost = [m for m in found.unread if m.place not in told]
    absent = absent_inputs(data, bench.run)
    examples = [f"no record, no issue: {bench.describe(m.person)}" for m in lost]
    for record in found.strangers:
        kind = truth.kinds.get(truth.place(record["file"], record["sheet"], record["row"]), "none")
        where = f"{record['file']}:{record['sheet']}:{record['row']}"
        examples.append(f"record {record['record_id']} of a row that is {kind}: {where}")
    examples += [f"not in run.json: {name}" for name in absent]
    count = len(lost) + len(found.strangers) + len(absent)
    value = f"{count} ({len(lost)} lost, {len(found.strangers)} invented, {len(absent)} files)"
    return Bar("rows unaccounted for", value, "0", count == 0, examples)


def _conditions(bench: Bench) -> Bar:
    wrong = [
        (m, r)
        for m, r in bench.found.judged
        if m.qualifies is not None and r["qualifies"] is not m.qualifies
    ]
    total = sum(m.qualifies is not None for m, _ in bench.found.judged)
    missed = sum(m.qualifies is True for m, _ in wrong)
    examples = [
        bench.describe(m.person, f"{m.list} record {r['record_id']} said {r['qualifies']}")
        for m, r in wrong
    ]
    value = f"{len(wrong)} of {total} ({missed} of them qualify)"
    return Bar("conditions judged wrongly", value, "0", not wrong, examples)


def _false_links(bench: Bench) -> Bar:
    who = bench.found.by_record
    examples = []
    links = 0
    for d in bench.run.decisions:
        if d["decision"] != "link":
            continue
        links += 1
        left, right = who.get(d["left_id"]), who.get(d["right_id"])
        if left is None or right is None or left.person != right.person:
            pair = f"{d['tier']} {d['left_id']} -> {d['right_id']}"
            sides = " <> ".join(bench.describe(s.person) if s else "nobody" for s in (left, right))
            examples.append(f"{pair}: {sides}")
    return Bar("false links", f"{len(examples)} of {links}", "0", not examples, examples)


def _on_no_sheet(bench: Bench) -> Bar:
    lost, total = [], 0
    for person in bench.present():
        for source in filter(None, person["uncovered_on"].split(";")):
            total += 1
            code = person["person"]
            mine = [
                r for r in bench.records.get(code, []) if bench.found.by_record[r].list == source
            ]
            if not any(r in bench.cases for r in mine):
                lost.append(bench.describe(code, f"uncovered on {source}"))
    value = f"{len(lost)} of {total}"
    return Bar("qualifying, uncovered, living: on no sheet", value, "0", not lost, lost)


def _standing(bench: Bench, person: dict[str, str], links: set[tuple[int, int]]) -> Standing:
    code = person["person"]
    sources = person["covered_on"].split(";")
    rolls = {roll for source in sources for roll in COVERED_BY[source]}
    who = bench.found.by_record
    mine = bench.records.get(code, [])
    left = [r for r in mine if who[r].list in sources and who[r].qualifies]
    right = {r for r in mine if who[r].list in rolls}
    cases = {c["case_no"]: c for r in left for c in bench.cases.get(r, [])}.values()
    joined = any((a, b) in links or (b, a) in links for a in left for b in right)
    shown = all(c["status"] != "uncovered" and right & set(c["candidate_ids"] or []) for c in cases)
    linked = joined and not cases
    statuses = "/".join(sorted({c["status"] for c in cases}))
    return Standing(code, linked, linked or (bool(cases) and shown), bool(cases), statuses)


def _said_to_be_dead(bench: Bench) -> set[str]:
    """The people beside whose name a roll writes 已故: it covers nobody then."""
    noted = {r["record_id"] for r in bench.run.records if "已故" in (r["name_raw"] or "")}
    who = bench.found.by_record
    return {who[r].person for r in noted if r in who and who[r].role == "roll"}


def _covered(bench: Bench) -> list[Bar]:
    pairs = [d for d in bench.run.decisions if d["decision"] == "link"]
    links = {(d["left_id"], d["right_id"]) for d in pairs}
    dead = _said_to_be_dead(bench)
    people = [p for p in bench.present() if p["covered"] == "true" and p["person"] not in dead]
    standings = [_standing(bench, p, links) for p in people]
    total = max(1, len(standings))
    linked = sum(s.linked for s in standings) / total
    shown = sum(s.shown for s in standings) / total
    plain = [s for s in standings if s.in_case and not s.shown]
    gone = [s for s in standings if not s.in_case and not s.linked]

    def say(found: list[Standing]) -> list[str]:
        return [bench.describe(s.person, s.statuses or "in no case") for s in found]

    return [
        Bar("covered people linked", f"{linked:.2%} of {total}", ">= 85%", linked >= 0.85,
            say([s for s in standings if not s.linked])),
        Bar("covered people linked or shown as candidate", f"{shown:.2%}", ">= 98.5%",
            shown >= 0.985, say([s for s in standings if not s.shown])),
        Bar("covered people shown as plainly uncovered", f"{len(plain) / total:.2%}", "<= 1.5%",
            len(plain) / total <= 0.015, say(plain)),
        Bar("covered people in no case and not linked", f"{len(gone)}", examples=say(gone)),
        Bar("faults of the covered who are not linked", "see examples",
            examples=_by_fault(bench, [s for s in standings if not s.linked])),
        Bar("faults of the covered who are not shown", "see examples",
            examples=_by_fault(bench, [s for s in standings if not s.shown])),
    ]  # fmt: skip


def _by_fault(bench: Bench, found: list[Standing]) -> list[str]:
    counts: Counter[str] = Counter()
    for s in found:
        faults = {f for m in bench.mentions[s.person] for f in m.faults.split(";") if f}
        counts.update(faults or {"clean"})
    return [" ".join(f"{fault}={n}" for fault, n in counts.most_common())]


def _reviews(bench: Bench) -> Bar:
    who = bench.found.by_record
    right, wrong = 0, []
    for d in bench.run.decisions:
        if d["decision"] != "review":
            continue
        left, other = who.get(d["left_id"]), who.get(d["right_id"])
        if left is not None and other is not None and left.person == other.person:
            right += 1
        else:
            wrong.append(f"{d['tier']} {d['left_id']} -> {d['right_id']}")
    value = f"{len(wrong) / max(1, right):.2f} ({len(wrong)} wrong, {right} right)"
    return Bar("wrong review candidates for each right one", value, examples=wrong)


def _others(bench: Bench) -> list[Bar]:
    who = bench.found.by_record
    mixed = [
        f"case {c['case_no']}: records {sorted(c['record_ids'])}"
        for c in bench.run.cases
        if len({who[r].person for r in c["record_ids"] if r in who}) > 1
    ]
    coded = [(m, r) for m, r in bench.found.judged if r["village_code"]]
    codes = {p["person"]: p["village_code"].split("/") for p in bench.truth.people.values()}
    astray = [
        bench.describe(m.person, f"record {r['record_id']} said {r['village_code']}")
        for m, r in coded
        if r["village_code"] not in codes[m.person]
    ]
    value = f"{len(astray)} of {len(coded)}; {len(bench.found.judged) - len(coded)} without one"
    return [
        Bar("cases that mix two people", f"{len(mixed)} of {len(bench.run.cases)}", examples=mixed),
        Bar("wrong village codes", value, examples=astray),
    ]


def bars(truth: Truth, run: Run, found: Matched, data: Path) -> list[Bar]:
    """All lines of the table."""
    bench = Bench(truth, run, found)
    return [
        _accounted(bench, data),
        _conditions(bench),
        _false_links(bench),
        _on_no_sheet(bench),
        *_covered(bench),
        _reviews(bench),
        *_others(bench),
    ]
