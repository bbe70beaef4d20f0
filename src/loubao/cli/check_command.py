"""`loubao check`: its options and its screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loubao.cli import options
from loubao.cli.match_command import lists_table, period, problems_table
from loubao.cli.output import Audience, Report

if TYPE_CHECKING:
    from rich.table import Table

    from loubao.rules.lists import ListRule

Out = Annotated[
    Path | None,
    options.option("--out", "DIR", "把 数据问题.xlsx 写到这个文件夹，如 --out 问题；不写则只显示"),
]


def check(
    context: typer.Context,
    data: options.Data,
    rules: options.RulesFolder = None,
    out: Out = None,
    as_of: options.AsOf = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """只读入和整理：每个文件是哪份名单、各列如何理解、哪些单元格有问题。如 loubao check 2022-06"""
    from loubao.commands import match as month
    from loubao.rules.folder import load_rules
    from loubao.workspace import settings

    audience = Audience(quiet, json)
    policy = load_rules(settings.rules_folder(rules))
    out = options.own_out(context, out)
    day = settings.reckoning_day(data, options.day_of(as_of))
    passwords = settings.read_passwords(password_file)
    with audience.progress() as progress:
        report = month.check(data, out, policy, day, passwords, progress)
    audience.deliver(report, partial(show_check, lists=policy.lists))


def show_check(report: Report, lists: Mapping[str, ListRule]) -> None:
    """Print which file was taken for which list, its columns, and what is wrong.

    `lists`: the rules by name, for the titles of lists and the labels of fields.
    """
    from loubao.cli.terminal import Terminal

    console = Terminal()
    console.print(period(report))
    console.show(_files(report["inputs"], lists))
    console.print(_columns(report["inputs"], lists))
    console.show(lists_table(report["lists"]))
    if report["problems"]:
        console.show(problems_table(report["problems"]))
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
