"""Where a case goes next: whom the answer to a returned one names, and what the office asks.

>>> import datetime as dt
>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> terms = Terms(load_rules(shipped_rules()), dt.date(2022, 6, 20))
>>> def named(remark):
...     place = destination({"remark": remark}, ("洛阳镇", "上浦村"), terms)
...     return place and (place["town"], place["village"])
>>> named("不在本村，应为后亭村"), named("不是上浦村人，是后亭村人"), named("现住东园镇")
(('洛阳镇', '后亭村'), ('洛阳镇', '后亭村'), ('东园镇', '未识别村居'))
>>> named("嫁到陈坝村了"), named("现住后曾那边"), named("与后曾村民结婚，人在那边")
(('洛阳镇', '陈坝村'), ('张坂镇', '后曾村'), ('张坂镇', '后曾村'))

Nothing where a text names nobody, its own village, several, or a place that is not of here:

>>> named("查无此人"), named("上浦村的"), named("后亭村或下曾村"), named("后亭村人，现住外地")
(None, None, None, None)
>>> named("不是后亭村的"), named("本镇人"), named("从后亭村迁来"), named("安徽省后曾村")
(None, None, None, None)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from loubao.core.characters import folded
from loubao.core.events import Event, State
from loubao.core.frames import IssueRow
from loubao.ingest.gazetteer import LONGER_NAME, Gazetteer, gazetteer
from loubao.ingest.place_mention import free_words, mention
from loubao.ingest.sheets.vocabulary import any_of
from loubao.ledger.lookup import Excerpt
from loubao.ledger.office_work import Spot
from loubao.ledger.status import ASKED, CLOSED
from loubao.returns.identification import Identified
from loubao.returns.page import Line
from loubao.returns.terms import Terms
from loubao.returns.typed_cells import plain
from loubao.rules.returns import SentBack

#: What a name stands behind that is of another county, or is a part of a longer one.
_OF_ANOTHER = re.compile("[省市县区州旗盟大小上下前后东西南北新老]$")
#: What becomes of a line on which the office sends a case back.
Taken: TypeAlias = Literal["posted", "repeated", "unchanged", "out"]


def destination(texts: Mapping[str, str], spot: Spot, terms: Terms) -> dict[str, str] | None:
    """Return the village or town that the answer to a returned case names; None for nobody else.

    `texts` are the filled-in cells by key, `spot` is the town and village that answered. Returns
    `town`, `village`, `village_code` as a sheet names them.
    """
    rules = terms.returns.sent_back
    text = "，".join(texts[key] for key in rules.read if key in texts)
    text = unicodedata.normalize("NFKC", text)
    if not text or (rules.elsewhere and any_of(rules.elsewhere).search(text)):
        return None
    names = gazetteer(terms.rules.villages, terms.rules.reading)
    text = _meant(folded(text), names, rules)
    place = _place(text, spot[0], names, terms) or _named_inside(text, spot, names)
    return None if place is None or (place["town"], place["village"]) == spot else place


def _meant(text: str, names: Gazetteer, rules: SentBack) -> str:
    """A text without the places that are not meant, and with those that are behind a comma."""
    towns = _either(names.town_codes)
    village = f"(?:{_either(names.village_codes)})"
    place = f"{names.ahead}(?:{towns})?{village}"
    if rules.came_from:
        text = re.sub(f"{place}(?:{any_of(rules.came_from).pattern})", "，", text)
    if rules.denied:
        denied = f"(?:{any_of(rules.denied).pattern})"
        text = re.sub(f"{denied}(?:{place}|{names.full_towns})?", "，", text)
    if rules.leading:
        leading = f"(?:{any_of(rules.leading).pattern})"
        text = re.sub(f"{leading}(?={names.ahead}(?:{towns}|{village}))", "，", text)
    if rules.trailing:
        trailing = f"(?:{any_of(rules.trailing).pattern})"
        text = re.sub(rf"((?:^|(?<=\W)){place}){trailing}", r"\1，", text)
    return text


def _named_inside(text: str, spot: Spot, names: Gazetteer) -> dict[str, str] | None:
    """The one village but that of `spot` whose name stands in a text with its ending."""
    towns = {names.town_codes[found] for found in re.findall(names.full_towns, text)}
    meant: set[str] = set()
    for found in re.finditer(names.full_villages, text):
        before, behind = text[: found.start()], text[found.end() :]
        codes = names.village_codes.get(found[0], {})
        if not codes or _OF_ANOTHER.search(before) or re.match(LONGER_NAME, behind):
            return None
        here = {code for town, code in codes.items() if not towns or town in towns}
        near = {code for code in here if names.official[names.town_of[code]] == spot[0]}
        if len(near or here) != 1:
            return None
        meant |= near or here
    places = [(names.official[names.town_of[code]], names.official[code], code) for code in meant]
    others = [place for place in places if place[:2] != spot]
    if len(others) != 1:
        return None
    return dict(zip(("town", "village", "village_code"), others[0], strict=True))


def _either(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))


def _place(text: str, near: str, names: Gazetteer, terms: Terms) -> dict[str, str] | None:
    """The one place that a text names; of villages of one name that in the town `near`."""
    found = mention(text, names, free_words(terms.rules))
    if found.several_towns or found.several_villages:
        return None
    codes = {code: names.official[names.town_of[code]] for code in found.villages}
    if len(codes) > 1:
        codes = {code: town for code, town in codes.items() if town == near}
    if len(codes) == 1:
        ((code, town),) = codes.items()
        return {"town": town, "village": names.official[code], "village_code": code}
    if found.villages or found.town is None or names.official[found.town] == near:
        return None
    unknown = terms.rules.sheets.unknown.village
    return {"town": names.official[found.town], "village": unknown, "village_code": ""}


def is_overtaken(line: Line, state: State) -> bool:
    """Return whether a newer answer than the one that a line of the office is about is in force."""
    return line.answer is not None and line.answer != str(state.answer_event or 0)


def requests(
    named: Mapping[int, Identified], excerpt: Excerpt, terms: Terms
) -> tuple[list[Event], dict[int, Taken], list[IssueRow]]:
    """Return the lines on which the office sends a case back: events, outcomes by line, issues."""
    events: dict[int, Event] = {}
    outcomes: dict[int, Taken] = {}
    issues: list[IssueRow] = []
    for i, each in named.items():
        line = each.line
        if line.answer is None or "back" not in line.cells:
            continue
        case_id = excerpt.owner(each.case_id)
        found = _sent_back(line, case_id, excerpt, terms)
        if isinstance(found, tuple):
            issues.append(line.issue(line.header("back"), *found))
        outcomes[i] = "out" if isinstance(found, tuple) else "unchanged"
        if isinstance(found, Event):
            outcomes[i] = "repeated" if case_id in events else "posted"
            events.setdefault(case_id, found)
    return list(events.values()), outcomes, issues


def _sent_back(
    line: Line, case_id: int, excerpt: Excerpt, terms: Terms
) -> Event | tuple[str, str] | None:
    """The event by which the office sends a case back to a village.

    None where it was posted before; the code and detail of an issue where it cannot be.
    """
    text, words = line.cells["back"], terms.words
    if "result" in line.cells:
        return "ANSWERS_CONFLICT", words.back_and_result
    state, events = excerpt.state(case_id), excerpt.events[case_id]
    asked = next((e for e in reversed(events) if e.kind == "reopened"), None)
    if asked is not None and str(asked.detail.get("answer")) == line.answer:
        return None
    if is_overtaken(line, state) or state.status in CLOSED:
        return "OFFICE_OVERTAKEN", words.overtaken
    home = excerpt.places[case_id]
    detail: dict[str, object] = {
        "reason": ASKED,
        "answer": state.answer_event or 0,
        "from": {"town": home.town, "village": home.village},
        "lists": list(excerpt.lists_of(case_id)),
        "file": line.file,
        "sheet": line.sheet,
        "row": line.row,
    }
    said = terms.returns.same_person.get(plain(text))
    if said is False:
        return None
    if said is None:
        names = gazetteer(terms.rules.villages, terms.rules.reading)
        to = _place(text, home.town, names, terms)
        if to is None:
            return "ANSWER_NOT_CHOICE", words.back_to_nobody
        detail["to"] = to
    return Event(case_id, "reopened", terms.as_of.isoformat(), detail)
