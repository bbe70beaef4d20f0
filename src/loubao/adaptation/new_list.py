"""A list that the rules do not have: its file of rules, and its place in screening.yaml.

What the answer must say: `title`, `role`, and whom it covers or is covered by. Its fields are the
usual ones of a person, and those whose headers its first sheet has; the other headers, and which
rows count, are asked afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loubao.adaptation.asked_values import OF_A_PERSON, OWN
from loubao.adaptation.questions import WrongAnswer
from loubao.adaptation.rule_text import added, flow, scalar, with_key
from loubao.adaptation.survey import Survey
from loubao.ingest.sheets.vocabulary import plain, without_notes
from loubao.rules.lists import FieldRule, load_fields

_ROLES = {"source": "来源名单", "roll": "在保名册", "exclusion": "排除名单"}
#: What each role must say beside title and role: on one of these it must say something.
_COVER = {"source": ("covered_by", "partly_by"), "roll": ("covers", "covers_partly")}
_KEYS = {"title", "role", "sheet_label", "date", *(key for keys in _COVER.values() for key in keys)}


def new_list(
    seen: Survey,
    texts: Mapping[str, str],
    patterns: Sequence[str],
    headers: Iterable[str],
    given: Mapping[str, Any],
) -> dict[str, str]:
    """Return the files of rules that a new list changes: its own, and screening.yaml.

    `texts`: the files as they are; `patterns`: the files that are the list; `headers`: of its first
    sheet; `given`: the answer. Raises `WrongAnswer`.
    """
    role = _checked(seen, given)
    title = str(given["title"]).strip()
    name = _free_name(seen)
    dictionary = load_fields(seen.rules.folder / "fields.yaml")
    fields = _fields(headers, dictionary, seen)
    label = scalar(str(given.get("sheet_label") or title))
    lines = [
        f"# {_ROLES[role]}：{title}（loubao adapt 添加）",
        f"title: {scalar(title)}",
        f"sheet_label: {label}",
        f"role: {role}",
        *(["rows: {least: 0}"] if role == "exclusion" else []),
        "claim:",
        f"  words: {flow([title] if all(title in each for each in patterns) else [])}",
        f"  files: {flow(list(patterns))}",
        "fields:",
        *(f"  {field}: {'{required: true}' if field == 'name' else '{}'}" for field in fields),
        f"wording: {label}",
    ]
    changed = {f"lists/{name}.yaml": "\n".join(lines) + "\n"}
    screening = _screening(texts["screening.yaml"], name, role, title, given, fields, dictionary)
    return changed | {"screening.yaml": screening}


def _checked(seen: Survey, given: Mapping[str, Any]) -> str:
    """Return the role; raises `WrongAnswer` for what is missing or not there."""
    odd = sorted(set(given) - _KEYS)
    if odd:
        raise WrongAnswer(f"新名单没有“{odd[0]}”这一项，可写：{'、'.join(sorted(_KEYS))}")
    role = given.get("role")
    if role not in _ROLES or not str(given.get("title", "")).strip():
        raise WrongAnswer(f"新名单要写 title（名称）和 role（{'、'.join(_ROLES)}）")
    for key in _COVER.get(role, ()):
        other = "roll" if role == "source" else "source"
        known = seen.rules.of_role(other)
        for each in given.get(key, ()):
            if each not in known:
                raise WrongAnswer(f"{key}：没有“{each}”，可选：{'、'.join(known)}")
    if role in _COVER and not any(key in given for key in _COVER[role]):
        raise WrongAnswer(f"新名单要写 {' 或 '.join(_COVER[role])}（没有就写 []）")
    return str(role)


def _free_name(seen: Survey) -> str:
    numbers = (number for number in range(1, 1000) if f"{OWN}{number}" not in seen.rules.lists)
    return f"{OWN}{next(numbers)}"


def _fields(headers: Iterable[str], dictionary: Mapping[str, FieldRule], seen: Survey) -> list[str]:
    """The fields of a person, and those that one header alone is of."""
    spelt: dict[str, list[str]] = {}
    for name, spec in dictionary.items():
        for header in spec.headers:
            spelt.setdefault(plain(header), []).append(name)
    notes = seen.rules.reading.header_notes
    found = []
    for header in headers:
        names = spelt.get(plain(header)) or spelt.get(without_notes(plain(header), notes), [])
        found += names if len(names) == 1 else []
    return list(dict.fromkeys([*(f for f in OF_A_PERSON if f in dictionary), *found]))


def _screening(
    text: str,
    name: str,
    role: str,
    title: str,
    given: Mapping[str, Any],
    fields: Sequence[str],
    dictionary: Mapping[str, FieldRule],
) -> str:
    if role == "source":
        lines = [f"{key}: {flow(list(given.get(key, ())))}" for key in _COVER[role]]
        return with_key(text, ("coverage", name), "\n".join(lines))
    if role == "roll":
        for key, part in zip(_COVER[role], ("covered_by", "partly_by"), strict=True):
            for source in given.get(key, ()):
                text = added(text, ("coverage", source, part), [name])
        return text
    dates = [f for f in fields if dictionary[f].type == "date" and f != "birth_date"]
    day = given.get("date") or (dates[0] if dates else None)
    if day is not None and day not in fields:
        raise WrongAnswer(f"date：名单里没有“{day}”，可选：{'、'.join(dates)}")
    lines = [f"reason: {scalar(title)}", *([f"date: {day}"] if day else [])]
    lines.append(f"flag_wording: {scalar(f'{title}名单有此人，请核实')}")
    return with_key(text, ("exclusions", name), "\n".join(lines))
