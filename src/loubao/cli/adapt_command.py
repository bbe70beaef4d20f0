"""`loubao adapt`: its options, its questions and its screen."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from loubao.cli import options
from loubao.cli.output import Audience, Report

if TYPE_CHECKING:
    from loubao.adaptation.questions import Answer, Item, Question
    from loubao.commands.adapt import Adapting, Draft

Answers = Annotated[
    Path | None,
    options.option("--answers", "FILE", "回答写在文件里（JSON 或 YAML），如 --answers 回答.json"),
]

_LATER, _QUIT, _MORE, _SPLIT = "s", "q", "m", "x"
#: How a row of a new list counts, by one column.
_WAYS = {
    **{"over": "超过多少", "at_least": "不少于多少", "under": "低于多少", "at_most": "不超过多少"},
    "among": "是哪些写法",
}
_ROLES = {
    "source": "来源名单（要走访的人）",
    "roll": "在保名册（已有保障的人）",
    "exclusion": "排除名单",
}


class _Stopped(Exception):
    """The one who answers has had enough for now."""


def adapt(
    data: options.Data,
    rules: options.RulesFolder = None,
    answers: Answers = None,
    as_of: options.AsOf = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """适应本地：名单里规则不认识的，一件一件问，回答写进规则。如 loubao adapt 2022-06"""
    from loubao.commands.adapt import adapting, answer_all, read_data
    from loubao.core.faults import WrongAnswers
    from loubao.workspace import settings

    audience = Audience(quiet, json)
    folder = settings.rules_folder(rules)
    given = _read_answers(answers) if answers else {}
    day = settings.reckoning_day(data, options.day_of(as_of))
    passwords = settings.read_passwords(password_file)
    with audience.progress() as progress:
        exports = read_data(data, folder, passwords, progress)
    with adapting(data, folder, day, exports) as adapted:
        unused, refused = answer_all(adapted, given)
        if audience.is_person and answers is None and sys.stdin.isatty():
            _ask(adapted, yes)
        report = adapted.report(unused, refused)
    if not refused:
        audience.deliver(report, show_adapt)
        return
    if audience.is_person:
        show_adapt(report)
    raise WrongAnswers(report)


def _read_answers(file: Path) -> dict[str, Any]:
    """Return question → answer."""
    import yaml

    from loubao.core.faults import Usage

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise Usage(
            f"--answers {file.name} 读不出来，应为 JSON 或 YAML：问题的 key: 回答"
        ) from None
    if not isinstance(content, Mapping):
        raise Usage(f"--answers {file.name} 应为“问题的 key: 回答”")
    return dict(content)


# --- one question after the other ----------------------------------------------------------------


def _ask(adapted: Adapting, yes: bool) -> None:
    """Ask until nothing is left to ask, or somebody stops; each answer is written at once."""
    from loubao.adaptation.questions import WrongAnswer
    from loubao.cli.terminal import Terminal

    console = Terminal()
    asked = 0
    try:
        while adapted.pending:
            question = adapted.pending[0]
            asked += 1
            more = len(adapted.pending) - 1
            console.print(f"\n问题 {asked}（后面至少还有 {more} 个）", style="bold")
            _show_question(question, console.print)
            try:
                answer = _answer(question, console.print, adapted)
                if answer is None:
                    adapted.pass_over(question)
                    continue
                draft = adapted.draft(question, answer)
                if _agreed(draft, yes, console.print):
                    adapted.write(draft)
            except WrongAnswer as wrong:
                asked -= 1
                console.print(f"没有写入：{wrong}")
    except (_Stopped, EOFError):
        console.print("先到这里；答过的都已写进规则，再运行一次接着问。")


def _show_question(question: Question, show: Callable[[str], None]) -> None:
    names = {
        "file": "文件",
        "columns": "列",
        "header": "列",
        "headers": "列",
        "value": "写法",
        "conditions": "名单",
    }
    sort = names.get(question.kind, "地名")
    if len(question.items) == 1:
        item = question.items[0]
        rows = f"，{item.rows} 行" if item.rows else ""
        show(f"{sort}“{item.label}”{rows}：{question.text}")
        if item.samples:
            show(f"  样例：{'　'.join(item.samples)}")
    else:
        show(f"{sort} {len(question.items)} 个：{question.text}")
        labels = {option.key: option.label for option in question.options}
        for number, item in enumerate(question.items, start=1):
            show(f"  {number}. {_line(item, labels)}")
    if question.note:
        show(f"  {question.note}")


def _line(item: Item, labels: Mapping[str, str]) -> str:
    parts = [item.label, f"{item.rows} 行" if item.rows else "", "　".join(item.samples)]
    proposed = f"→ {labels.get(item.proposed, '')}" if item.proposed else ""
    return "  ".join(part for part in (*parts, proposed) if part)


def _answer(question: Question, show: Callable[[str], None], adapted: Adapting) -> Answer | None:
    """Ask on the terminal; None for another time."""
    if question.kind == "conditions":
        return _conditions(question, show)
    if len(question.items) == 1:
        (item,) = question.items
        picked = _picked(question, item, show, adapted)
        of_place = question.kind in {"town", "village"} and picked is not None
        return {item.key: picked} if of_place else picked
    proposals = question.proposals()
    if not proposals:
        return _each(question, question.items, show, adapted, {})
    some = any(item.proposed is None for item in question.items)
    as_shown = "回车=照箭头办，没有箭头的以后再说" if some else "回车=都照上面写的"
    said = _prompt(f"{as_shown}；有不对的写编号（如 2 5），逐个问；s=以后再说，q=先到这里")
    if not said:
        return proposals
    if said == _LATER:
        return None
    wrong = {
        int(each) for each in said.replace("，", " ").replace(",", " ").split() if each.isdigit()
    }
    again = [item for number, item in enumerate(question.items, start=1) if number in wrong]
    return _each(question, again, show, adapted, proposals)


def _each(
    question: Question,
    items: tuple[Item, ...] | list[Item],
    show: Callable[[str], None],
    adapted: Adapting,
    chosen: Mapping[str, str],
) -> Answer:
    answers: dict[str, Any] = dict(chosen)
    for item in items:
        show(f"{item.label}：")
        answers[item.key] = _picked(question, item, show, adapted) or "later"
    return answers


def _picked(question: Question, item: Item, show: Callable[[str], None], adapted: Adapting) -> Any:
    """One of the options by its number, of places any by its name; a new list is asked on."""
    from loubao.adaptation.questions import WrongAnswer

    options = list(question.options_of(item))
    fixed = [option for option in options[question.offered :] if _is_fixed(option.key)]
    shown = [*options[: question.offered], *fixed]
    by_name = question.kind in {"town", "village"}
    while True:
        for number, option in enumerate(shown, start=1):
            mark = "（建议）" if option.key == item.proposed else ""
            show(f"  {number}  {option.label}{mark}")
        more = "" if len(shown) == len(options) else "，m=更多"
        said = _prompt(f"写编号{'或村名' if by_name else ''}；s=以后再说{more}，q=先到这里")
        if said == _LATER:
            return None
        if said == _MORE:
            shown = options
        elif not said and item.proposed:
            return item.proposed
        elif said.isdigit() and 0 < int(said) <= len(shown):
            key = shown[int(said) - 1].key
            return {"new": _new_list(adapted, show)} if key == "new" else key
        elif said and by_name:
            try:
                return question.key_of(item, said)
            except WrongAnswer as wrong:
                show(str(wrong))
        else:
            show(f"“{said}”不在上面，请写前面的编号（1 到 {len(shown)}）")


def _is_fixed(key: str) -> bool:
    """Whether an option is offered with every question of its kind."""
    return key in {"ignore", "new", "elsewhere", "leave"} or key.startswith("new:")


def _new_list(adapted: Adapting, show: Callable[[str], None]) -> dict[str, Any]:
    """Ask what a new list is: its title, its role, and the lists on the other side of the cover."""
    while not (title := _prompt("这份名单叫什么")):
        show("请写名称，如 困难退役军人")
    roles = list(_ROLES)
    show("\n".join(f"  {n}  {_ROLES[role]}" for n, role in enumerate(roles, start=1)))
    role = roles[_number("它是哪一类", len(roles), show) - 1]
    made: dict[str, Any] = {"title": title, "role": role}
    if role == "exclusion":
        return made
    lists = adapted.rules.of_exports.lists
    names = adapted.rules.of_exports.of_role("roll" if role == "source" else "source")
    show("\n".join(f"  {n}  {lists[name].title}" for n, name in enumerate(names, start=1)))
    asked = (
        {"covered_by": "在哪些名册上就算已有保障", "partly_by": "在哪些名册上算部分保障，仍要走访"}
        if role == "source"
        else {"covers": "名册上的人，在哪些来源名单上算已有保障", "covers_partly": "哪些算部分保障"}
    )
    for key, words in asked.items():
        said = _prompt(f"{words}（写编号，如 1 3；没有就回车）")
        picked = [int(each) for each in said.split() if each.isdigit()]
        made[key] = [names[n - 1] for n in picked if 0 < n <= len(names)]
    return made


def _conditions(question: Question, show: Callable[[str], None]) -> Answer | None:
    """Ask which rows of a new list count: those with a number above one, or with certain words."""
    for number, option in enumerate(question.options, start=1):
        show(f"  {number}  {option.label}")
    at = _number("选一个", len(question.options), show)
    column = question.options[at - 1].key
    if at == 1:
        return column
    ways = list(_WAYS)
    show("\n".join(f"  {n}  {_WAYS[way]}" for n, way in enumerate(ways, start=1)))
    way = ways[_number(f"“{column}”怎样才算", len(ways), show) - 1]
    if way != "among":
        while not _is_number(bound := _prompt(f"“{column}”{_WAYS[way]}（写数字）")):
            show(f"“{bound}”不是数字，请写数字，如 800")
        return {"column": column, way: bound}
    while not (words := _prompt("哪些写法才算（用空格隔开）").split()):
        show("没有写，请写这一列里的写法，如 重度 一级")
    return {"column": column, way: words}


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _agreed(draft: Draft, yes: bool, show: Callable[[str], None]) -> bool:
    """Show what is to be written, and ask."""
    if not draft.changed:
        return True
    show("将写入规则：")
    for line in draft.difference.splitlines():
        show(f"  {_cut(line)}")
    if yes:
        return True
    while (said := _prompt("回车=写入；n=重新回答")) not in {"", "n"}:
        show(f"“{said}”不是回车，也不是 n，没有写入")
    return not said


def _cut(line: str, most: int = 160) -> str:
    """A long line by its end, where something was put in.

    >>> _cut("+ headers: [甲, 乙]"), len(_cut("+ " + "甲" * 200))
    ('+ headers: [甲, 乙]', 160)
    """
    return line if len(line) <= most else f"{line[:2]}…{line[3 - most :]}"


def _number(words: str, most: int, show: Callable[[str], None]) -> int:
    while True:
        said = _prompt(f"{words}（写编号）")
        if said.isdigit() and 0 < int(said) <= most:
            return int(said)
        show(f"“{said}”不在上面，请写前面的编号（1 到 {most}）")


def _prompt(words: str) -> str:
    said = input(f"{words}：").strip()
    if said == _QUIT:
        raise _Stopped
    return said


# --- what came of it -----------------------------------------------------------------------------


def show_adapt(report: Report) -> None:
    """Print what was written, what is still to be asked, and what is left to do by hand."""
    from loubao.cli.terminal import Terminal, table

    console = Terminal()
    if report["written"]:
        console.print(f"已写入 {report['rules']}：{'、'.join(report['written'])}")
    if report["questions"]:
        rows = [
            (_titles(question), question["text"], question["rows"], question["key"])
            for question in report["questions"]
        ]
        heads = ("不认识的", "要问的", "行数", "回答文件里的 key")
        console.show(table("还要问的", heads, rows, numbers=("行数",)))
    for line in report["left"]:
        console.print(f"还没有解决：{line}")
    if report["unused"]:
        console.print(f"没有用到的回答：{'、'.join(report['unused'])}")
    if not report["questions"] and not report["left"]:
        console.print(f"名单都认识了，可以运行：loubao check {report['data']}")


def _titles(question: Mapping[str, Any]) -> str:
    labels = [item["label"] for item in question["items"]]
    return "、".join(labels[:3]) + (f" 等 {len(labels)} 个" if len(labels) > 3 else "")
