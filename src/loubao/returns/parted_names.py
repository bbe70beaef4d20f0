"""Two names under one number that are two people: the other one gets a case of their own.

A line may ask whether another name that lists write under its number is the same person
(`ledger.status.name_other`). Where a village says that it is not, that name has been on no line of
its own: a case is opened for it, as its lists wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from loubao.core.events import Event, Sighting, Verdict
from loubao.core.frames import WRITTEN
from loubao.ledger.lookup import Excerpt
from loubao.ledger.numbering import Numbering
from loubao.ledger.status import NAME, case_key, name_other
from loubao.returns.returned_lines import Checked
from loubao.returns.terms import Terms


def parted(checked: Checked) -> list[Verdict]:
    """Return the new verdicts that another name under the number of a case is another person."""
    new = checked.verified.verdicts
    return [each for each in new if not each.same and each.other.startswith(NAME)]


def cases_with(verdicts: Iterable[Verdict], excerpt: Excerpt) -> set[int]:
    """Return the cases of `verdicts`, with those that live on in them."""
    owners = {verdict.case_id for verdict in verdicts}
    return owners | {case for case in excerpt.owners if excerpt.owner(case) in owners}


def part(
    checked: Checked,
    written: Iterable[Mapping[str, Any]],
    numbering: Numbering,
    terms: Terms,
) -> None:
    """Add to `checked` a case for each name that is another person's (`parted`).

    `written`: the sightings of the cases (`cases_with`), with `case_id` and the columns of WRITTEN.
    Its first case and the new one are different people. A name that no list has any more, since the
    posting was taken back, opens none.
    """
    added = checked.added
    by_name: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for row in written:
        if row["id_number"]:
            case = added.excerpt.owner(row["case_id"])
            name = name_other(row["id_number"], row["name_key"])
            by_name.setdefault((case, name), []).append(row)
    places = dict(added.excerpt.places)
    today = terms.as_of.isoformat()
    for verdict in parted(checked):
        rows = by_name.get((verdict.case_id, verdict.other), [])
        if not rows:
            continue
        lists = tuple(sorted({str(row["list"]) for row in rows}))
        new = numbering.opened_again(rows[-1], terms.as_of.year)
        home = places[verdict.case_id]
        places[new.case_id] = replace(
            home, case_id=new.case_id, household=f"H{new.case_id:07}", lists=lists
        )
        added.opened.append(new)
        added.events.append(Event(new.case_id, "opened", today, {"lists": list(lists)}))
        for row in rows:
            values = {column: row[column] for column in WRITTEN}
            if (sighting := Sighting(new.case_id, values)) not in added.sightings:
                added.sightings.append(sighting)
        apart = {"kind": "name", "of": verdict.other, "list": None}
        other = case_key(verdict.case_id)
        checked.verified.verdicts.append(Verdict(new.case_id, other, False, verdict.on_date, apart))
        checked.parted.append(new.case_no)
    added.excerpt = replace(added.excerpt, places=places)
