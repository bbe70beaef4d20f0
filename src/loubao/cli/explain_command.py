"""`loubao explain`: its options and its screens: a person, each candidate, each weight as a bar.

A terminal gets colours and a rule above each candidate; a pipe gets the same lines in plain text.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loubao.cli import options
from loubao.cli.output import Audience
from loubao.cli.whereabouts_screen import show_several, show_whereabouts
from loubao.core.notation import place_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Case = Annotated[
    str | None,
    typer.Argument(
        metavar="CASE", help="核查表上的编号（如 104-2022-00012，也可只写 12）、姓名或身份证号"
    ),
]
Pair = Annotated[
    tuple[str, str] | None,
    options.option(
        "--pair",
        "LEFT_ROW RIGHT_ROW",
        "解释 loubao link 结果里的一对（不写 CASE）：两边的行号，如 --pair 2 15，或 表2!12.1 15",
    ),
]
Out = Annotated[
    Path | None,
    options.out_option("match 或 link 的输出文件夹，如 --out out/2022-06；默认 out 里最近的一个"),
]
Village = Annotated[
    str | None,
    options.option("--village", "村", "几个人同名时，只看这个村（乡镇）的，如 --village 上浦村"),
]
Which = Annotated[
    int | None, options.option("--which", "N", "几个人同名时，只看第几个，如 --which 2")
]

_WIDTH = 80
_HALF = 12  # cells of a bar on either side
_UNIT = 2.0  # weight of one cell
_LEGEND = (
    "怎么看：每行是一项比对，条向右是支持同一人，向左是不像。数字是分量：每加 1，把",
    "握翻一倍；每减 1，减一半。合计 0 是一半对一半，+7 约 99%，-7 约 1%。",
)
_DECISIONS = {"link": "已自动关联（同一人）", "review": "待核实"}
_COUNTS = {
    "full": "享受即不用走访",
    "part": "算部分享受",
    "excludes": "剔除名册",
    "source": "来源名单",
    "nothing": "不影响是否走访",
}


def explain(
    case: Case = None,
    pair: Pair = None,
    village: Village = None,
    which: Which = None,
    out: Out = None,
    rules: options.RulesFolder = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """某人为什么在核查表上、为什么不在：逐项说明依据。如 loubao explain 12，或写姓名、证号"""
    from loubao.commands import explain as explaining
    from loubao.core.faults import Usage
    from loubao.followup.persons_asked import Wanted
    from loubao.workspace import settings

    audience = Audience(quiet, json)
    folder = settings.rules_folder(rules)
    if (case is None) == (pair is None):
        raise Usage("请写编号、姓名或证号（如 loubao explain 12），或 --pair 和两个行号，二者选一")
    if case is not None:
        file = settings.ledger_of_month(ledger, folder)
        key = settings.ledger_key(ledger_key_file) if file else None
        memory = explaining.Memory(file, key) if file else None
        wanted = Wanted(case, village, which)
        report = explaining.explain_person(wanted, out, folder, memory, audience.is_person)
    else:
        left, right = pair or ("", "")
        report = explaining.explain_pair(left, right, out, folder)
    audience.deliver(report, show_explanation)


def show_explanation(report: dict[str, Any]) -> None:
    """Print why somebody is on the sheet, with each candidate, or on none; or what a pair weighs.

    At most 80 columns wide; a pipe gets no spaces at the ends of lines.
    """
    from loubao.cli.terminal import Terminal

    console = Terminal()
    console.width = min(console.width, _WIDTH)
    with console.capture() as captured:
        _show_where(console, report)
        if "case_no" in report:
            _draw_case(console, report)
        elif "whereabouts" in report:
            show_whereabouts(console, report)
        elif "several" in report:
            show_several(console, report)
        else:
            _draw_pair(console, report)
    text = captured.get()
    if not console.is_terminal:
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    sys.stdout.write(text)


def _draw_case(console: Console, report: dict[str, Any]) -> None:
    person = report["person"]
    home = "".join(filter(None, (person["town"], person["village"]))) or "村居不明"
    who = () if report["carried"] else (person["name"] or "无姓名", person["number"] or "无证号")
    console.print("　".join((report["case_no"], *who, home)), style="bold")
    console.print(f"为什么在核查表上：{report['reason']}")
    if report["carried"]:
        console.print("本月名单上没有此人，以前的名单点到过，由台账列入；缘由、疑似者见核查表。")
    for row in report["rows"]:
        console.print(f"线索：{row['title']}（{place_text(row)}）")
    if report["nobody_on"]:
        console.print(f"没有相近的人：{'、'.join(report['nobody_on'])}")
    if report["candidates"]:
        _show_legend(console, report)
    for number, candidate in enumerate(report["candidates"], start=1):
        _show_candidate(console, number, candidate, report)


def _draw_pair(console: Console, report: dict[str, Any]) -> None:
    places = []
    for title, side in (("LEFT", report["left"]), ("RIGHT", report["right"])):
        places.append(" ".join(filter(None, (title, side["file"], f"第{side['row']}行"))))
    console.print("　".join(places), style="bold")
    _show_legend(console, report)
    console.print()
    _show_weights(console, report, report["model"]["prior"])


def _show_where(console: Console, report: dict[str, Any]) -> None:
    newest = "（out 里最近的一个）" if report["newest"] else ""
    console.print(f"依据 {report['out']}{newest}")
    if report["changed_rules"]:
        files = "、".join(report["changed_rules"])
        console.print(f"规则在那次运行以后改过（{files}），用语以现在的规则为准，数字是那时的。")


def _show_legend(console: Console, report: dict[str, Any]) -> None:
    console.print()
    for line in _LEGEND:
        console.print(line, style="dim")
    if not report["model"]["learnt"]:
        console.print("数据太少，不够自学，数字用的是规则自带的权重。", style="dim")


def _show_candidate(
    console: Console, number: int, candidate: dict[str, Any], report: dict[str, Any]
) -> None:
    console.print()
    if console.is_terminal:
        console.rule(style="dim")
    person = candidate["person"]
    tail = f"（尾号 {person['tail']}）" if person["tail"] else ""
    console.print(
        f"{number}. {candidate['title']}：{person['name'] or '无姓名'}{tail}", style="bold"
    )
    console.print(f"   {_COUNTS[candidate['counts_as']]}；{place_text(candidate['place'])}")
    if not candidate["qualifies"]:
        because = candidate["failed_condition"] or "不符合名单条件"
        console.print(f"   名单上有这一行，但{because}")
    if candidate["counts_as"] == "source":
        same = candidate["case_no"] == report["case_no"]
        other = f"编号 {candidate['case_no']}" if candidate["case_no"] else "不在核查表上"
        console.print("   本人的另一条线索" if same else f"   目前另算一人（{other}）")
    if len(report["rows"]) > 1:
        console.print(f"   与线索 {place_text(candidate['from_place'])} 比对")
    _show_weights(console, candidate, report["model"]["prior"])


def _show_weights(console: Console, pair: dict[str, Any], prior: float) -> None:
    """Print each compared field with its weight, the sum, and the decision."""
    from rich.padding import Padding
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=20, overflow="fold")
    table.add_column(width=2 * _HALF + 1, no_wrap=True)
    table.add_column(justify="right", width=6, no_wrap=True)
    table.add_column(overflow="fold")
    total = math.fsum(step["weight"] for step in pair["steps"])
    silent = [step["words"] for step in pair["steps"] if step["level"] == "unknown"]
    for step in pair["steps"]:
        if step["level"] == "unknown":
            continue
        if step["step"] == "prior":
            label, meaning = "起点：任取两行", f"约 {_one_in(prior)}对里有 1 对"
        elif step["step"] == "rivals":
            label, meaning = _rivals(pair), f"不然可能性 {_percent(pair['alone'])}"
        else:
            label, meaning = step["words"], step["strength"]
        table.add_row(label, _bar(step["weight"]), _signed(step["weight"]), meaning)
    if pair["steps"]:
        sure = _percent(pair["match_probability"])
        table.add_row("合计", "", _signed(total), f"可能性 {sure}", style="bold")
        console.print(table)
    lines = [f"判断：{_DECISIONS[pair['decision']]}。{pair['wording']}"]
    if silent:
        lines.insert(0, f"不作数：{'、'.join(silent)}")
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 3)))


def _rivals(pair: dict[str, Any]) -> str:
    """Return why other candidates lower the weight of this one."""
    if pair["taken"]:
        return "这一行已是另一人的"
    if pair["rivals"]:
        return f"另有 {pair['rivals']} 行也像"
    return "另有没列出的也像"


def _bar(weight: float) -> Text:
    """A signed bar around a middle line: to the left against, to the right for.

    >>> _bar(6.0).plain, _bar(-2.0).plain
    ('            │███         ', '           █│            ')
    """
    from rich.text import Text

    cells = min(_HALF, max(round(abs(weight) / _UNIT), 1 if abs(weight) >= 0.5 else 0))
    against, for_ = (cells, 0) if weight < 0 else (0, cells)
    return Text.assemble(
        " " * (_HALF - against),
        ("█" * against, "red"),
        ("│", "dim"),
        ("█" * for_, "green"),
        " " * (_HALF - for_),
    )


def _signed(weight: float) -> str:
    """Return a weight with its sign, 0 where it rounds to nothing.

    >>> _signed(7.04), _signed(-0.31), _signed(-0.04)
    ('+7.0', '-0.3', '0')
    """
    return "0" if abs(weight) < 0.05 else f"{weight:+.1f}"


def _percent(probability: float) -> str:
    """A probability that never reads as certain.

    >>> [_percent(p) for p in (0.0001, 0.5, 0.987, 0.9999, 1.0)]
    ['不到 1%', '50%', '98.7%', '99.9% 以上', '99.9% 以上']
    """
    if probability < 0.01:
        return "不到 1%"
    if probability > 0.999:
        return "99.9% 以上"
    return f"{probability * 100:.3g}%"


def _one_in(prior: float) -> str:
    """How many pairs there are for one that is the same person.

    >>> _one_in(-3.0), _one_in(-17.3), _one_in(-28.0)
    ('9 ', '16 万', '2.7 亿')
    """
    pairs = 2.0 ** min(-prior, 200.0) + 1.0
    for unit, name in ((1e8, " 亿"), (1e4, " 万")):
        if pairs >= unit:
            count = pairs / unit
            return f"{count:.0f}{name}" if count >= 10 else f"{count:.1f}{name}"
    return f"{pairs:.0f} "
