"""Eleven lists → eleven files: formats, names, sheets."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from invented import sheets
from invented.fields import Office
from invented.layouts import TITLES
from invented.lists import EXCLUSIONS, SOURCES, Entry, Mentions
from invented.model import Export, Row, Sheet
from invented.villages import Village

FORMS = ["xlsx", "xlsx", "xlsx", "xls", "xls", "html", "utf-8", "utf-8-sig", "gb18030", "utf-16",
         "ods"]  # fmt: skip
"""One form a file; the encodings are those of csv and text files."""
_ENDINGS = {"xlsx": ".xlsx", "xls": ".xls", "html": ".xls", "ods": ".ods", "utf-16": ".txt"}
_SEVERAL = ("xlsx", "xls", "ods")


def _forms(rng: Random, kinds: list[str]) -> dict[str, str]:
    """A form for each list; the 低保 roll needs one that holds several sheets."""
    forms = list(FORMS)
    rng.shuffle(forms)
    chosen = dict(zip(kinds, forms, strict=True))
    if chosen["dibao"] not in _SEVERAL:
        other = next(k for k in kinds if chosen[k] in _SEVERAL)
        chosen["dibao"], chosen[other] = chosen[other], chosen["dibao"]
    return chosen


def _file(rng: Random, kind: str, title: str, count: int, form: str) -> str:
    tail = rng.choice(["", "（1）", f"（{count}人）", "20220620", "-导出", " (2)", f"{count}"])
    if form == "html" and tail.endswith((")", "）")):
        tail = "20220620"
    return title.replace("、", "") + tail + _ENDINGS.get(form, ".csv")


def _office(rng: Random, places: list[Village], mentions: Mentions) -> Office:
    village, town, day, money, sex, other = (rng.randrange(24) for _ in range(6))
    month_only = rng.random() < 0.5
    return Office(rng, places, mentions.homes, village, town, day, money, sex, other, month_only)


def _parts(
    rng: Random, kind: str, form: str, entries: list[Entry], places: list[Village]
) -> list[tuple[str, list[Entry]]]:
    """Sheets by town, or one sheet."""
    if form not in _SEVERAL or (kind != "dibao" and rng.random() < 0.6):
        return [("" if form not in _SEVERAL else rng.choice(["Sheet1", "名单", "导出"]), entries)]
    towns: dict[str, list[Entry]] = {}
    for entry in entries:
        towns.setdefault(places[entry.person.village].town, []).append(entry)
    return list(towns.items())


def _beside(rng: Random, form: str) -> tuple[list[Sheet], list[Sheet]]:
    """Sheets without people before and after: empty ones, and notes on how to fill in."""
    before: list[Sheet] = []
    after: list[Sheet] = []
    if form in _SEVERAL and rng.random() < 0.35:
        texts = ["填表说明", "1.每月25日前报送。", "2.身份证号码请以文本格式填写。"]
        before.append(Sheet("填表说明", [Row("note", [t]) for t in texts]))
    if form in _SEVERAL and rng.random() < 0.4:
        after += [Sheet("Sheet8", []), Sheet("Sheet9", [])]
    return before, after


def _by(order: dict[int, tuple[int, float]]) -> Callable[[Entry], tuple[int, float]]:
    return lambda entry: order[entry.person.household]


def exports(
    rng: Random, mentions: Mentions, places: list[Village], tekun_by_household: bool
) -> list[Export]:
    """Every list laid out, ready to be written; 特困 in one of its two layouts."""
    kinds = list(mentions.lists)
    forms = _forms(rng, kinds)
    found = []
    for kind in kinds:
        form, entries = forms[kind], mentions.lists[kind]
        office = _office(rng, places, mentions)
        style = rng.randrange(60)
        by_place = rng.random() < 0.6
        order = {h.number: (h.village if by_place else 0, rng.random()) for h in mentions.homes}
        entries = sorted(entries, key=_by(order))
        as_homes = kind == "tekun" and tekun_by_household
        layout = "tekun_household" if as_homes else kind
        columns = sheets.headers(rng, layout)
        title = rng.choice(TITLES[kind])
        before, after = _beside(rng, form)
        body = []
        for name, part in _parts(rng, kind, form, entries, places):
            own = list(columns)
            rows = (
                sheets.household_rows(office, own, part)
                if as_homes
                else sheets.person_rows(office, kind, own, part)
            )
            body.append(sheets.laid_out(rng, name, title, own, rows, style))
        role = "source" if kind in SOURCES else "exclusion" if kind in EXCLUSIONS else "roll"
        file = _file(rng, kind, title, len(entries), form)
        found.append(Export(file, form, kind, role, [*before, *body, *after]))
    return found
