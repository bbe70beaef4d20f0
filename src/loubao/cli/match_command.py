"""The commands: what each is given, which verb of the pipeline it calls, how it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias

import typer

from loubao.cli import options
from loubao.cli.run_log import LogFile, logged

if TYPE_CHECKING:
    from loubao.rules import Rules

Report: TypeAlias = dict[str, Any]


def match(
    data: options.Data,
    rules: options.RulesFolder = None,
    out: options.MatchOut = None,
    as_of: options.AsOf = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    late: options.Late = None,
    log: LogFile = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """每月比对：读入名单，与在保名册比对，按村生成核查表。如 loubao match 2022-06"""
    from loubao.cli import match_screen
    from loubao.commands import match as month
    from loubao.rules.folder import load_rules
    from loubao.workspace import settings
    from loubao.workspace import settings as ledgers

    with logged(log, "match") as line:
        folder = settings.rules_folder(rules)
        known = load_rules(folder)
        file = ledgers.ledger_of_month(ledger, folder)
        held = month.Ledger(file, ledgers.ledger_key(ledger_key_file), late) if file else None
        job = partial(month.match, ledger=held)
        out = out or settings.default_out(data)
        report = _month(job, data, out, known, as_of, password_file, quiet or json)
        line.update(report)
    _tell(report, match_screen.show_match, quiet, json)


def check(
    context: typer.Context,
    data: options.Data,
    rules: options.RulesFolder = None,
    out: options.CheckOut = None,
    as_of: options.AsOf = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """只读入和整理：每个文件是哪份名单、各列如何理解、哪些单元格有问题。如 loubao check 2022-06"""
    from loubao.cli import match_screen
    from loubao.commands import match as month
    from loubao.rules.folder import load_rules
    from loubao.workspace import settings

    known = load_rules(settings.rules_folder(rules))
    out = options.own_out(context, out)
    report = _month(month.check, data, out, known, as_of, password_file, quiet or json)
    _tell(report, partial(match_screen.show_check, lists=known.lists), quiet, json)


def link(
    left: options.LeftTable,
    right: options.RightTable,
    columns: options.Columns = None,
    rules: options.RulesFolder = None,
    out: options.LinkOut = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """两表比对：LEFT 里的人哪些在 RIGHT 里。如 loubao link 名单.xls 在册.csv --out 结果.xlsx"""
    from loubao.workspace.parquet_file import begin

    early = begin((left, right))  # before the other imports: they keep only one core busy
    from loubao.cli import output
    from loubao.commands import link as linking
    from loubao.workspace import settings

    if not (quiet or json):  # what draws tables is loaded while the linkage is at work
        Thread(target=import_module, args=("loubao.cli.link_screen",), daemon=True).start()
    with output.progress(shown=not (quiet or json)) as progress:
        report = linking.link(
            linking.Sources(left, right, columns, settings.read_passwords(password_file), early),
            out or settings.default_link_out(left, right),
            settings.rules_folder(rules),
            progress,
        )
    if quiet or json:
        _tell(report, lambda _: None, quiet, json)
        return
    from loubao.cli.link_screen import show_link

    show_link(report)


def init(
    folder: options.NewFolder,
    sample: options.Sample = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """新建工作文件夹：放一份可以修改的规则。如 loubao init 漏保核查"""
    from loubao.cli import match_screen
    from loubao.commands import init as beginning

    _tell(beginning.init(folder, sample), match_screen.show_init, quiet, json)


def _month(
    verb: Callable[..., Report],
    data: Path,
    out: Path | None,
    rules: Rules,
    as_of: datetime | None,
    password_file: Path | None,
    silent: bool,
) -> Report:
    """Run a verb of the pipeline on a month's exports, with a progress bar unless `silent`."""
    from loubao.cli import output
    from loubao.workspace import settings

    day = settings.reckoning_day(data, as_of and as_of.date())
    passwords = settings.read_passwords(password_file)
    with output.progress(shown=not silent) as progress:
        return verb(data, out, rules, day, passwords, progress)


def _tell(report: Report, show: Callable[[Report], None], quiet: bool, json: bool) -> None:
    """Say what came of it: one object for a program, tables for a person, or nothing."""
    if json:
        from loubao.cli.output import print_json

        print_json(report)
    elif not quiet:
        show(report)
