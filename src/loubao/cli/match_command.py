"""`loubao match` and `loubao check`, which stops after reading: options and screens."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loubao.cli import counties_screen, help_pages, options
from loubao.cli.output import Audience, Report, logged
from loubao.core.faults import Usage
from loubao.core.notation import day_text, period_of

if TYPE_CHECKING:
    from rich.table import Table

    from loubao.rules.lists import ListRule

Out = Annotated[
    Path | None, options.out_option("输出文件夹，如 --out 结果；默认 out/<DATA 的名字>")
]
Problems = Annotated[
    Path | None,
    options.out_option("把 数据问题.xlsx 写到这个文件夹，如 --out 问题；不写则只显示"),
]
Late = Annotated[
    str | None, options.option("--late", "原因", "补登以前的月份时写明原因，如 --late 5月名单迟到")
]

Register = Annotated[
    Path | None,
    options.option(
        "--register",
        "FILE|DIR",
        "全省名册（parquet 文件或文件夹），在外县享受的写在核查表上，如 --register 全省.parquet",
    ),
]

DataOfMonth = Annotated[
    Path | None,
    typer.Argument(
        metavar="DATA",
        help="存放本月导出名单的文件夹，如 2022-06；有 --counties 时可以不写，取各县最新的一个月",
        show_default=False,
    ),
]

DISPOSITIONS = {
    "new": "新增",
    "open": "仍在核查",
    "carried": "名单上已无但未查清",
    "back": "再次列入",
    "spared": "已核查或已登记，不再下发",
    "covered": "已纳入",
    "excluded": "已排除",
    "office": "由乡镇办理",
    "withdrawn": "本月更正撤回",
}
_CAUSES_SHOWN = 8
_ROLES = {"source": "来源", "roll": "名册", "exclusion": "剔除"}
#: Columns of numbers: of the lists, and of the towns under their keys in the report.
_LIST_NUMBERS = {"files": "文件", "records": "人数", "qualifying": "符合条件"}
_TOWN_NUMBERS = {
    "villages": "村居",
    "people": "人数",
    "uncovered": "未查到待遇",
    "review": "疑似已享受",
    "partial": "部分享受",
}


def match(
    context: typer.Context,
    data: DataOfMonth = None,
    rules: options.RulesFolder = None,
    out: Out = None,
    as_of: options.AsOf = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    late: Late = None,
    register: Register = None,
    counties: counties_screen.Counties = None,
    jobs: counties_screen.Jobs = None,
    log: options.LogFile = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """每月比对：读入名单，与在保名册比对，按村生成核查表。如 loubao match 2022-06"""
    audience = Audience(quiet, json)
    if counties is not None:
        counties_screen.refuse({"--rules": rules, "--out": out, "--ledger": ledger})
        handed_on: dict[str, Path | date | str | bool | None] = {
            "--as-of": options.day_of(as_of),
            "--late": late,
            "--register": register,
            "--password-file": password_file,
            "--ledger-key-file": ledger_key_file,
            "--yes": yes,
        }
        counties_screen.match_all((counties, data, jobs or 1), handed_on, audience, log)
        return
    if jobs is not None:
        raise Usage("--jobs 只与 --counties 一起用；一个县的比对已用上全部处理器")
    if data is None:
        raise Usage(help_pages.missing(context.command_path, "DATA"))
    from loubao.commands import match as month
    from loubao.rules.folder import load_rules
    from loubao.workspace import settings

    with logged(log, "match") as line:
        folder = settings.rules_folder(rules)
        policy = replace(load_rules(folder), accept_all=yes)
        file = settings.ledger_of_month(ledger, folder)
        posting = month.Ledger(file, settings.ledger_key(ledger_key_file), late) if file else None
        day = settings.reckoning_day(data, options.day_of(as_of))
        out = out or settings.default_out(data)
        given = month.Given(settings.read_passwords(password_file), register)
        with audience.progress() as progress, _told_in_a_table(audience):
            report = month.match(data, out, policy, day, given, progress, ledger=posting)
        line.update(report)
    audience.deliver(report, show_match, written=True)


def show_match(report: Report) -> None:
    """Print the tables of a finished match."""
    from loubao.cli.terminal import Terminal, table

    console = Terminal()
    counts = report["counts"]
    console.print(_period(report))
    console.show(_lists_table(report["lists"]))
    numbers = tuple(_TOWN_NUMBERS.values())
    towns = (
        (row["town"] or "未识别乡镇", *(row[key] for key in _TOWN_NUMBERS))
        for row in report["towns"]
    )
    console.show(table("待核查（按乡镇）", ("乡镇", *numbers), towns, numbers=numbers))
    if report["problems"]:
        _show_problems(report)
    console.print(
        f"共读入 {counts['records']} 人，符合条件 {counts['qualifying']} 人次；"
        f"自动关联 {counts['links']} 对，待判断 {counts['reviews']} 对；"
        f"需入户核查 {counts['on_sheets']} 人（{counts['households_on_sheets']} 户）。"
    )
    if report["register"]:
        console.print(_of_register(report["register"]))
    if counts["office"]:
        console.print(f"另有 {counts['office']} 人由乡镇办理：{report['out']}/待办.xlsx")
    _show_implausible(report["implausible"])
    if report["ledger"]:
        console.print(_of_ledger(report["ledger"]))
    if report["kept"]:
        console.print(f"原输出里有人工改动，已保留在 {report['kept']}")
    console.print(f"核查表：{report['out']}/核查表；数据问题：{report['out']}/数据问题.xlsx")


@contextmanager
def _told_in_a_table(audience: Audience) -> Iterator[None]:
    """Show what is implausible of a month as a table on a terminal, its fault in one sentence.

    Elsewhere the fault itself has a line for each thing.
    """
    from loubao.core.faults import Implausible, UntrustedInput

    try:
        yield
    except Implausible as fault:
        if not (audience.is_person and sys.stdout.isatty()):
            raise
        _show_implausible(fault.report["implausible"])
        raise UntrustedInput(fault.short) from None


def _show_implausible(found: Mapping[str, Any]) -> None:
    """Print the table of what is implausible of a month, if anything is."""
    from loubao.cli.terminal import Terminal, table

    if found["rows"]:
        heads = found["heads"]
        console = Terminal()
        rows = found["rows"]
        console.show(table(found["title"], heads, rows, numbers=heads[-4:], whole=heads[:1]))
        if found["more"]:
            console.print(found["more"])


def _of_ledger(figures: Mapping[str, Any]) -> str:
    """Return what the ledger decided for the month, in one sentence.

    >>> _of_ledger({"news": {"new": 3, "covered": 1}, "editions": 2, "superseding": 1})
    '台账：新增 3 人，已纳入 1 人；本次下发核查表 2 份（其中 1 份代替旧版）。'
    >>> _of_ledger({"news": {}, "editions": 0, "superseding": 0})
    '台账：没有变化；本次下发核查表 0 份。'
    """
    news = figures["news"]
    parts = [f"{words} {news[kind]} 人" for kind, words in DISPOSITIONS.items() if news.get(kind)]
    sheets = f"本次下发核查表 {figures['editions']} 份"
    if figures["superseding"]:
        sheets += f"（其中 {figures['superseding']} 份代替旧版）"
    return f"台账：{'，'.join(parts) or '没有变化'}；{sheets}。"


def _of_register(account: Mapping[str, Any]) -> str:
    """Return what became of the rows of a register, in one sentence.

    >>> _of_register({"rows": 9000, "kept": 40, "linked": 12, "reviews": 3, "nobody": 0})
    '全省名册：共 9000 行，可能是名单上的人的 40 行；关联 12 人次，待判断 3 对，都仍在核查表上。'
    """
    nobody = f"看不出是谁的 {account['nobody']} 行，" if account["nobody"] else ""
    return (
        f"全省名册：共 {account['rows']} 行，{nobody}可能是名单上的人的 {account['kept']} 行；"
        f"关联 {account['linked']} 人次，待判断 {account['reviews']} 对，都仍在核查表上。"
    )


def _period(report: Report) -> str:
    """Return the period and the day: a wrong folder name would shift every age and time limit.

    >>> _period({"data": "2022-06", "as_of": "2022-06-30"})
    '2022-06：2022年6月，年龄和期限截至 2022年6月30日'
    """
    day = date.fromisoformat(report["as_of"])
    return f"{report['data']}：{period_of(day)}，年龄和期限截至 {day_text(day)}"


def _lists_table(rows: list[dict[str, Any]]) -> Table:
    """Return the table of the lists that were read, with their counts."""
    from loubao.cli.terminal import table

    numbers = tuple(_LIST_NUMBERS.values())
    lines = (
        (row["title"], _ROLES[row["role"]], *(row[key] for key in _LIST_NUMBERS)) for row in rows
    )
    return table("名单", ("名单", "类别", *numbers), lines, numbers=numbers)


def _show_problems(report: Report) -> None:
    """Print the causes of data problems on which most people's outcome hangs, a line each."""
    from loubao.cli.terminal import Terminal, table

    shown = [cause for cause in report["causes"] if cause["people"]][:_CAUSES_SHOWN]
    rows = (
        (
            cause["title"],
            "·".join(part for part in (cause["list_title"], cause["column"]) if part),
            _written(cause),
            cause["people"],
        )
        for cause in shown
    )
    heads = ("问题", "名单·列", "写的是", "影响人数")
    console = Terminal()
    if shown:
        console.show(table("数据问题（影响人数多的在前）", heads, rows, numbers=("影响人数",)))
    count = sum(problem["count"] for problem in report["problems"])
    console.print(f"数据问题共 {count} 处，{len(report['problems'])} 种")


def _written(cause: Mapping[str, Any]) -> str:
    """What stands in the cells, with the official names nearest to it.

    >>> _written({"value": "洛旸镇", "near": "洛阳镇"}), _written({"value": None, "near": None})
    ('洛旸镇（相近：洛阳镇）', '')
    """
    near = f"（相近：{cause['near']}）" if cause["near"] else ""
    return f"{cause['value'] or ''}{near}"


def check(
    context: typer.Context,
    data: options.Data,
    rules: options.RulesFolder = None,
    out: Problems = None,
    as_of: options.AsOf = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """只读入和整理：每个文件是哪份名单、各列如何理解、哪些单元格有问题。如 loubao check 2022-06"""
    from loubao.commands.check import check as read_only
    from loubao.rules.folder import load_rules
    from loubao.workspace import settings

    audience = Audience(quiet, json)
    folder = settings.rules_folder(rules)
    policy = load_rules(folder)
    out = options.own_out(context, out)
    day = settings.reckoning_day(data, options.day_of(as_of))
    passwords = settings.read_passwords(password_file)
    file = settings.ledger_of_month(None, folder)
    ledger = (file, settings.ledger_key(None)) if file else None
    with audience.progress() as progress:
        report = read_only(data, out, policy, day, passwords, progress, ledger)
    audience.deliver(report, partial(show_check, lists=policy.lists), written=bool(report["out"]))


def show_check(report: Report, lists: Mapping[str, ListRule]) -> None:
    """Print which file was taken for which list, its columns, and what is wrong.

    `lists`: the rules by name, for the titles of lists and the labels of fields.
    """
    from loubao.cli.terminal import Terminal

    console = Terminal()
    console.print(_period(report))
    console.show(_files(report["inputs"], lists))
    console.print(_columns(report["inputs"], lists))
    console.show(_lists_table(report["lists"]))
    if report["problems"]:
        _show_problems(report)
    _show_implausible(report["implausible"])
    if report["out"]:
        console.print(f"逐条问题见 {report['out']}")


def _files(inputs: Sequence[dict[str, Any]], lists: Mapping[str, ListRule]) -> Table:
    from loubao.cli.terminal import table

    rows: list[tuple[object, ...]] = []
    for export in inputs:
        if export["ignored"]:
            rows.append((export["file"], "", "（不读取）", ""))
        for sheet in export["sheets"]:
            title = lists[sheet["list"]].title if sheet["list"] else "（跳过）"
            people = sheet["counts"].get("people", 0)
            rows.append((export["file"], sheet["sheet"], title, people))
    return table("文件", ("文件", "工作表", "名单", "人数"), rows, numbers=("人数",))


def _columns(inputs: Sequence[dict[str, Any]], lists: Mapping[str, ListRule]) -> Table:
    """What each column was taken for; sheets of a list with the same columns are shown once."""
    from loubao.cli.terminal import sections

    files: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for export in inputs:
        for sheet in export["sheets"]:
            if sheet["list"]:
                columns = tuple(("".join(header.split()), f) for header, f in sheet["columns"])
                files.setdefault((sheet["list"], columns), []).append(export["file"])
    shown = []
    for (name, columns), names in files.items():
        rule = lists[name]
        lines = {
            "名单": [f"{rule.title}：{'、'.join(dict.fromkeys(names))}"],
            "读取": [_taken(h, f, rule) for h, f in columns if f not in {"ignored", "unknown"}],
            "不读取": [header for header, field in columns if field == "ignored"],
            "没有规则": [header for header, field in columns if field == "unknown"],
        }
        shown.append([(label, "，".join(texts)) for label, texts in lines.items() if texts])
    return sections("列的理解（字段←表头）", shown)


def _taken(header: str, field: str, rule: ListRule) -> str:
    """`label←header`, or the label alone where the header says just that."""
    member, _, name = field.rpartition(".")
    label = rule.fields[name].label if name in rule.fields else name
    if member:
        label = f"成员{member.removeprefix('member')}{label}"
    return label if label == header else f"{label}←{header}"
