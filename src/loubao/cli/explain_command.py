"""`loubao explain`: parse, call the pipeline, show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loubao.cli import options

Case = Annotated[
    str | None,
    typer.Argument(metavar="CASE", help="核查表上的编号，如 104-2022-00012，也可只写 12"),
]
Pair = Annotated[
    tuple[int, int] | None,
    typer.Option(
        "--pair",
        metavar="LEFT_ROW RIGHT_ROW",
        help="解释 loubao link 结果里的一对：两边的行号（不写 CASE），如 --pair 2 15",
        envvar="LOUBAO_PAIR",
        show_envvar=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="match 或 link 的输出文件夹，如 --out out/2022-06；默认 out 里最近的一个",
        envvar="LOUBAO_OUT",
        show_envvar=False,
    ),
]


def explain(
    case: Case = None,
    pair: Pair = None,
    out: Out = None,
    rules: options.RulesFolder = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """某人为什么在核查表上：每个名册上的候选，逐项说明依据。如 loubao explain 12"""
    from loubao.commands import explain as explaining
    from loubao.core.faults import Usage
    from loubao.workspace import settings

    folder = settings.rules_folder(rules)
    if (case is None) == (pair is None):
        raise Usage("请写核查表上的编号（如 loubao explain 12），或 --pair 和两个行号，二者选一")
    if case is not None:
        report = explaining.explain_case(case, out, folder, people=not (quiet or json))
    else:
        left_row, right_row = pair or (0, 0)
        report = explaining.explain_pair(left_row, right_row, out, folder)
    if json:
        from loubao.cli.output import print_json

        print_json(report)
    elif not quiet:
        from loubao.cli.explain_screen import show_case, show_pair

        (show_case if pair is None else show_pair)(report)
