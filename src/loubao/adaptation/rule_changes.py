"""An answer → the files of rules that it changes, as they are to be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any

from loubao.adaptation.asked_headers import MEMBER
from loubao.adaptation.asked_values import NO, YES
from loubao.adaptation.new_list import new_list
from loubao.adaptation.questions import (
    ELSEWHERE,
    IGNORE,
    LATER,
    LEAVE,
    NEW,
    Answer,
    Question,
    WrongAnswer,
    settled,
)
from loubao.adaptation.rule_text import added, flow, flow_mapping, scalar, with_alias, with_key
from loubao.adaptation.survey import Survey
from loubao.rules import asked
from loubao.rules.lists import load_fields
from loubao.rules.yaml_file import Trail, parse

#: Files of a rules folder by their paths in it.
Texts = Mapping[str, str]


class _Changed(dict[str, str]):
    """The files as they are, with what was changed so far on top."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._before = texts

    def text(self, path: str) -> str:
        return self[path] if path in self else self._before.get(path, "")

    def add(self, path: str, trail: Trail, item: str) -> None:
        self[path] = added(self.text(path), trail, [item])

    def leave(self, trail: Trail, item: str) -> None:
        """Keep in mind that nothing is to be done about it."""
        self[asked.FILE] = added(self.text(asked.FILE) or asked.HEAD, trail, [item])


#: What a condition on a number may say: its sign, and the words for a row that does not pass.
BOUNDS = {
    "over": (">", "未超过"),
    "at_least": (">=", "不到"),
    "under": ("<", "不低于"),
    "at_most": ("<=", "超过"),
}


def changes(question: Question, answer: Answer, seen: Survey, texts: Texts) -> dict[str, str]:
    """Return the changed files of a rules folder; none where all is left for another time.

    `texts`: the files as they are. Raises `WrongAnswer`.
    """
    changed = _Changed(texts)
    if question.kind == "conditions":
        _conditions(question, answer, seen, changed)
    elif question.kind == "file" and isinstance(answer, Mapping) and NEW in answer:
        _new_list(question, answer[NEW], seen, changed)
    else:
        chosen = settled(question, answer)
        write = {
            **dict.fromkeys(("columns", "header", "headers"), _header),
            **dict.fromkeys(("town", "village"), _place),
            **{"file": _file, "value": _value},
        }[question.kind]
        for item, key in chosen.items():
            write(question, item, key, seen, changed)
    return {path: text for path, text in changed.items() if text != texts.get(path)}


def difference(texts: Texts, changed: Texts) -> str:
    r"""Return the lines that are taken out and put in, below the name of each file.

    >>> print(difference({"a.yaml": "x: 1\ny: [甲]\n"}, {"a.yaml": "x: 1\ny: [甲, 乙]\n"}))
    a.yaml
    - y: [甲]
    + y: [甲, 乙]
    >>> print(difference({}, {"lists/local_1.yaml": "title: 甲\nclaim:\n  words: [甲]\n"}))
    lists/local_1.yaml
    + title: 甲
    + claim:
    +   words: [甲]
    """
    lines: list[str] = []
    for path, text in sorted(changed.items()):
        before, after = texts.get(path, "").splitlines(), text.splitlines()
        differing = list(unified_diff(before, after, n=0, lineterm=""))[2:]
        kept = [d for d in differing if d[0] != "@"]
        # as far in as the first of them: a new list is read by its indentation
        least = min((len(d[1:]) - len(d[1:].lstrip()) for d in kept if d[1:].strip()), default=0)
        lines += [path, *(f"{d[0]} {d[1 + least :].rstrip()}" for d in kept)]
    return "\n".join(lines)


# --- by kind -------------------------------------------------------------------------------------


def _file(question: Question, item: str, key: str, seen: Survey, changed: _Changed) -> None:
    pattern = question.about["patterns"][item]
    if key == NEW:
        raise WrongAnswer('新的名单要写成 {"new": {"title": …, "role": …}}')
    if key == IGNORE:
        changed.add("reading.yaml", ("ignore",), pattern)
    else:
        changed.add(f"lists/{key}.yaml", ("claim", "files"), pattern)


def _new_list(question: Question, given: Any, seen: Survey, changed: _Changed) -> None:
    if not isinstance(given, Mapping):
        raise WrongAnswer('新的名单要写成 {"new": {"title": …, "role": …}}')
    files = question.about["patterns"]
    sheets = [sheet for key in files for sheet in seen.files.get(key.partition("#")[0], ())]
    headers = [
        column.header
        for sheet in sheets[:1]
        for fit in seen.fits(sheet).values()
        for column in fit.columns
    ]
    every = {path: changed.text(path) for path in ("screening.yaml",)}
    changed |= new_list(seen, every, list(dict.fromkeys(files.values())), headers, given)


def _header(question: Question, item: str, key: str, seen: Survey, changed: _Changed) -> None:
    header = question.about["header"][item]
    for name in question.about["lists"][item]:
        path = f"lists/{name}.yaml"
        if key == IGNORE:
            changed.add(path, ("ignore",), header)
        elif key.startswith(MEMBER):
            if seen.rules.lists[name].household_rows is not None:
                changed.add(path, ("household_rows", key.removeprefix(MEMBER)), header)
        elif key.startswith(NEW):
            _new_field(path, header, key.partition(":")[2], seen, changed)
        else:
            own = parse(seen.rules.folder / path).at(("fields", key, "headers")) is not None
            part = "headers" if own else "also"
            changed.add(path, ("fields", key, part), header)


def _new_field(path: str, header: str, kind: str, seen: Survey, changed: _Changed) -> str:
    """Give a list a field of its own; return its name."""
    name = _free_field(seen, changed)
    field = {"type": kind, "label": scalar(header), "headers": flow([header])}
    changed[path] = with_key(changed.text(path), ("fields", name), flow_mapping(field))
    return name


def _free_field(seen: Survey, changed: _Changed) -> str:
    taken = {name for rule in seen.rules.lists.values() for name in rule.fields}
    taken |= set(load_fields(seen.rules.folder / "fields.yaml"))
    text = "".join(changed.values())
    names: Iterator[str] = (f"local_{number}" for number in range(1, 10_000))
    return next(name for name in names if name not in taken and f" {name}: " not in text)


def _place(question: Question, item: str, key: str, seen: Survey, changed: _Changed) -> None:
    if key == ELSEWHERE:
        changed.leave(("places",), item)
        return
    table = "villages.csv"
    changed[table] = with_alias(changed.text(table), key, question.about["texts"][item])


def _value(question: Question, item: str, key: str, seen: Survey, changed: _Changed) -> None:
    name, field = question.about["list"], question.about["field"]
    if key == LEAVE:
        changed.leave(("values", f"{name}.{field}"), item)
        return
    part: Trail = ("yes",) if key == YES else ("no",) if key == NO else ("values", key)
    own = f"lists/{name}.yaml"
    if parse(seen.rules.folder / own).at(("fields", field, part[0])) is not None:
        changed.add(own, ("fields", field, *part), item)
    else:
        changed.add("fields.yaml", (field, *part), item)


def _conditions(question: Question, answer: Answer, seen: Survey, changed: _Changed) -> None:
    name = question.about["list"]
    path = f"lists/{name}.yaml"
    if answer in ("all", "yes", True):
        changed[path] = with_key(changed.text(path), ("conditions",), "[]")
    elif answer != LATER:
        if not isinstance(answer, Mapping):
            raise WrongAnswer(
                '写 all，或 {"column": 表头, "over": 数字}（over、at_least、under、at_most '
                '选一个），或 {"column": 表头, "among": [写法]}'
            )
        header = str(answer.get("column"))
        if header not in question.about["columns"]:
            raise WrongAnswer(f"没有“{header}”这一列，可选：{'、'.join(question.about['columns'])}")
        field, kind = question.about["columns"][header], question.about["types"][header]
        if field is None:
            field = _new_field(path, header, kind, seen, changed)
        else:
            kind = seen.rules.lists[name].fields[field].type
        that, otherwise = _condition(answer, field, header, kind in {"number", "integer"})
        lines = f"- that: {scalar(that)}\n  otherwise: {scalar(otherwise)}"
        changed[path] = with_key(changed.text(path), ("conditions",), lines)


def _condition(
    answer: Mapping[str, Any], field: str, header: str, is_number: bool
) -> tuple[str, str]:
    """The condition in SQL, and the words for a row that does not pass.

    >>> _condition({"at_most": "800"}, "income", "月人均收入", True)
    ('income <= 800', '月人均收入超过800')
    >>> _condition({"among": ["3", "4"]}, "level", "等级", True)
    ('level IN (3, 4)', '等级不是3、4')
    """
    for key, (sign, words) in BOUNDS.items():
        if key in answer:
            bound = _number(answer[key])
            if not is_number:
                raise WrongAnswer(f"“{header}”这一列不全是数字，不能按大小算，请按写法算")
            return f"{field} {sign} {bound}", f"{header}{words}{bound}"
    among = [str(word).replace("'", "") for word in answer.get("among", ())]
    if not among:
        raise WrongAnswer(f"要写 {'、'.join(BOUNDS)} 中的一个（数字），或 among（哪些写法）")
    listed = ", ".join(_number(word) if is_number else f"'{word}'" for word in among)
    return f"{field} IN ({listed})", f"{header}不是{'、'.join(among)}"


def _number(text: Any) -> str:
    try:
        return f"{float(text):g}"
    except (TypeError, ValueError):
        raise WrongAnswer(f"“{text}”不是数字") from None
