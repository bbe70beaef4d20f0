"""`loubao link`: its options and its screen: how the tables were understood, who was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report
from loubao.core.faults import Usage

if TYPE_CHECKING:
    from rich.table import Table

    from loubao.commands.link import Asked, Sources
    from loubao.commands.link_spark import ClusterSources

Left = Annotated[
    str,
    typer.Argument(metavar="LEFT", help="要查的人，如 名单.xlsx：xlsx、xls、ods、csv、parquet"),
]
Right = Annotated[
    str, typer.Argument(metavar="RIGHT", help="在其中查找的表，如 在册.csv，格式同上")
]
Columns = Annotated[
    str | None,
    options.option(
        "--columns",
        "字段=列,…",
        "列名认不出时指明，如 --columns name=姓+名,id_number=证件,left.birth_date=生日",
    ),
]
Out = Annotated[
    str | None,
    options.out_option(
        "输出文件夹，或以 .parquet、.csv、.xlsx 结尾的表，如 --out 结果.xlsx；默认 out/LEFT-RIGHT"
    ),
]

Verdicts = Annotated[
    Path | None,
    options.option(
        "--verdicts",
        "FILE",
        "照 loubao review 的判定办：是的关联，不是的不关联，如 --verdicts 判定.parquet",
    ),
]

Engine = Annotated[
    str,
    options.option(
        "--engine",
        "ENGINE",
        "在哪里比对，如 --engine spark：集群，两表为 Spark 能读的 parquet、csv 或 table:库.表；"
        "默认 polars：本机",
    ),
]
Master = Annotated[
    str | None,
    options.option(
        "--master",
        "URL",
        "Spark 集群，如 --master yarn、spark://主机:7077、local[2]；要与 --engine spark 同用",
    ),
]
Conf = Annotated[
    list[str] | None,
    options.option(
        "--conf",
        "KEY=VALUE",
        "Spark 的设置，可写多次，如 --conf spark.executor.memory=4g；要与 --engine spark 同用",
    ),
]
Precision = Annotated[
    float | None,
    options.option(
        "--precision",
        "P",
        "关联的准确率：有 95% 把握达到的才关联，其余待核实，说明会漏掉多少，如 --precision 0.999",
    ),
]
Keep = Annotated[
    str | None,
    options.option(
        "--keep",
        "列,…",
        "结果里带上两张表的这些列（字段名或列名），如 --keep 姓名,证号,联系电话,left.备注",
    ),
]
DedupeRight = Annotated[
    bool, options.option("--dedupe-right", None, "另写出 RIGHT 里哪些行是同一人（duplicates）")
]
Clusters = Annotated[
    bool,
    options.option("--clusters", None, "另写出两张表各行哪些是同一人，每人一个编号（clusters）"),
]

_SKIPS = {"title": "标题", "header": "表头", "total": "合计", "footer": "表尾"}
_DECISIONS = {"link": "关联", "review": "待核实"}


def link(
    left: Left,
    right: Right,
    columns: Columns = None,
    verdicts: Verdicts = None,
    precision: Precision = None,
    keep: Keep = None,
    dedupe_right: DedupeRight = False,
    clusters: Clusters = False,
    rules: options.RulesFolder = None,
    out: Out = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
    engine: Engine = "polars",
    master: Master = None,
    conf: Conf = None,
) -> None:
    """两表比对：LEFT 里的人哪些在 RIGHT 里。如 loubao link 名单.xls 在册.csv --out 结果.xlsx"""
    audience = Audience(quiet, json)
    if engine == "spark":
        if verdicts or password_file or precision or keep or dedupe_right or clusters:
            raise Usage(
                "--verdicts、--password-file、--precision、--keep、--dedupe-right、--clusters "
                "不能与 --engine spark 同用"
            )
        from loubao.commands import link_spark
        from loubao.spark.cluster_session import conf_of

        cluster = link_spark.ClusterSources(left, right, columns, master, conf_of(conf or ()))
        report = _on_spark(audience, cluster, out, rules)
    elif engine != "polars" or master or conf:
        raise Usage("--engine 应为 polars 或 spark；--master、--conf 要与 --engine spark 同用")
    else:
        from loubao.workspace.parquet_file import begin

        sides = Path(left), Path(right)
        early = begin(sides)  # before the other imports: they keep only one core busy
        from loubao.commands.link import Asked, Sources
        from loubao.workspace.settings import read_passwords

        sources = Sources(*sides, columns, read_passwords(password_file), early, verdicts, yes)
        asked = Asked(precision, keep, dedupe_right, clusters)
        report = _here(audience, sources, asked, out, rules)
    audience.deliver(report, show_link, written=True)


def _here(
    audience: Audience, sources: Sources, asked: Asked, out: str | None, rules: Path | None
) -> Report:
    """Link on this machine."""
    from loubao.commands import link as linking
    from loubao.workspace import settings

    audience.prepare_screen()
    with audience.progress() as progress:
        return linking.link(
            sources,
            Path(out) if out else settings.default_link_out(*sources.paths),
            settings.rules_folder(rules),
            progress,
            asked,
        )


def _on_spark(
    audience: Audience, sources: ClusterSources, out: str | None, rules: Path | None
) -> Report:
    """Link on the machines of a cluster."""
    from loubao.commands import link_spark
    from loubao.workspace import settings

    sides = Path(sources.left.rstrip("/")), Path(sources.right.rstrip("/"))
    audience.prepare_screen()
    with audience.progress() as progress:
        return link_spark.link_on_spark(
            sources,
            out or str(settings.default_link_out(*sides)),
            settings.rules_folder(rules),
            progress,
        )


def show_link(report: Report) -> None:
    """Print the tables of a finished link."""
    from loubao.cli.terminal import Terminal

    console = Terminal()
    console.print(_inputs(report))
    if any(side["problems"] for side in report["inputs"].values()):
        console.show(_problems(report))
    if report["tiers"]:
        console.show(_tiers(report))
    if report["compared"]:
        console.print(
            f"分列比较：{'，'.join(report['compared'])}。{_chosen(report['chosen_keys'])}"
        )
    for issue in report["issues"]:
        console.print(f"{issue['detail']}（{issue['count']} 处）")
    counts = report["counts"]
    console.print(
        f"LEFT {counts['left']} 人，RIGHT {counts['right']} 人：关联 {counts['linked']} 人，"
        f"待核实 {counts['review']} 人，没有找到 {counts['nobody']} 人。"
    )
    sentences = (*_expected(report["expected"]), *_same_people(report["same_people"]))
    for sentence in (*sentences, *_verdicts(report["verdicts"])):
        console.print(sentence)
    if report["kept"]:
        console.print(f"原输出里有人工改动，已保留在 {report['kept']}")
    console.print(f"结果：{report['out']}", soft_wrap=True)


def _chosen(chosen: Mapping[str, Any]) -> str:
    """How many keys were chosen, and what they are expected to miss."""
    if not chosen["keys"]:
        return "没有合适的列可以另选分组键，只用 matching.yaml 的分组键"
    missed = chosen["expected_missed"]
    expected = f"预计至少漏掉 {missed:.1%}" if missed < 1 else "漏掉多少估计不出"
    return f"按这些列另选了 {len(chosen['keys'])} 个分组键，{expected}（明细见 run.json）"


def _expected(found: Mapping[str, Any]) -> Iterator[str]:
    """How right the links are expected to be, and what that costs, where it was asked for."""
    if found["asked"] is None:
        return
    if not found["learnt"]:
        yield (
            f"准确率 {found['asked']}：可供学习的行太少，说不出能否达到、会漏掉多少。"
            "只关联了证号经校验一致、姓名相容的，其余待核实"
        )
    elif found["precision"] is None:
        yield f"准确率 {found['asked']}：没有把握达到的，都待核实"
    else:
        right, kept = found["precision"], found["recall"]
        yield (
            f"准确率 {found['asked']}：可能性不低于 {found['least_probability']:.4f} 的关联，"
            f"预计准确率 {right['expected']:.3%}（{right['low']:.3%} 至 {right['high']:.3%}），"
            f"预计查全 {kept['expected']:.2%}（{kept['low']:.2%} 至 {kept['high']:.2%}），"
            "其余待核实。区间（95%）已容许可能性算得偏高或偏低（几率差到 4 倍）；"
            "没有拿来比较的人不在查全里"
        )


def _same_people(found: Mapping[str, Any]) -> Iterator[str]:
    """Who stands in several rows, where it was asked for."""
    if (twice := found["duplicates"]) is not None:
        yield (
            f"RIGHT 有 {twice['rows']} 行与前面某一行是同一人，另有 {twice['review']} 对待核实"
            "（见 duplicates）"
        )
    if (people := found["clusters"]) is not None:
        torn = f"，{people['torn']} 处相连而不能是同一人，没有合并" if people["torn"] else ""
        yield (
            f"两张表共 {people['people']} 人，其中 {people['several_rows']} 人有几行"
            f"（见 clusters）{torn}"
        )


def _verdicts(said: Mapping[str, Any]) -> Iterator[str]:
    """What became of the verdicts that were given, and which were not."""
    if said["file"]:
        yield (
            f"{said['file']} 里的判定 {said['given']} 对：关联 {said['links']} 对行，不关联 "
            f"{said['forbidden']} 对行，互相矛盾、留待核实 {said['contradicting']} 对行，"
            f"行已不在表里 {said['gone']} 对。"
        )
    if said["unused"]:
        yield (
            f"输出文件夹里有 {said['unused']} 对判定（verdicts.parquet），这次没有照办；"
            "要照办请加 --verdicts"
        )


def _inputs(report: Report) -> Table:
    """How each table was understood, a section a table."""
    from loubao.cli.terminal import sections

    shown = []
    for name, side in report["inputs"].items():
        several = side["sheets"]
        only = f"，工作表“{side['sheet']}”" if side["sheet"] and not several else ""
        lines = [(name.upper(), f"{side['file']}{only}：{side['people']} 人")]
        for sheet in several or [side]:
            if several:
                lines.append(("工作表", f"“{sheet['sheet']}”：{sheet['rows']} 行"))
            lines += _sheet(sheet, report["labels"])
        if side["other_sheets"]:
            lines.append(("其他工作表", f"没有读取：{'、'.join(side['other_sheets'])}"))
        shown.append(lines)
    return sections("表格", shown)


def _sheet(sheet: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """How one sheet was understood."""
    columns = [
        f"{labels[field]}←{'+'.join(headers)}" for field, headers in sheet["columns"].items()
    ]
    skipped = [f"{_SKIPS[kind]} {n} 行" for kind, n in sheet["skipped"].items() if kind in _SKIPS]
    yield "读取", "，".join(columns)
    if sheet["member_columns"]:
        yield "成员", "，".join(sheet["member_columns"])
    if sheet["unused_columns"]:
        yield "不读取", "，".join(sheet["unused_columns"])
    if skipped:
        yield "跳过", "，".join(skipped)


def _problems(report: Report) -> Table:
    """Odd cells of both tables, in the order and the words of the rules."""
    from loubao.cli.terminal import table

    sides = report["inputs"]
    codes = {code for side in sides.values() for code in side["problems"]}
    titles = report["issue_titles"]
    rows = (
        (titles.get(code, code), *(side["problems"].get(code, 0) for side in sides.values()))
        for code in [*titles, *sorted(codes - set(titles))]
        if code in codes
    )
    numbers = [name.upper() for name in sides]
    return table("数据问题", ("问题", *numbers), rows, numbers=numbers)


def _tiers(report: Report) -> Table:
    """How many people and rows each tier decided."""
    from loubao.cli.terminal import table

    rows = (
        (_DECISIONS[row["decision"]], row["wording"] or row["tier"], row["people"], row["rows"])
        for row in report["tiers"]
    )
    heads = ("判断", "依据", "人数", "行数")
    return table("判断依据", heads, rows, numbers=("人数", "行数"))
