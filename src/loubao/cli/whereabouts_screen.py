"""The screen of `loubao explain` about somebody who is on no sheet, or one of several people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from loubao.cli.match_command import DISPOSITIONS
from loubao.core.notation import day_text, month_text, place_text

if TYPE_CHECKING:
    from rich.console import Console

#: Why the office's data closed a case.
_CLOSED = {
    "excluded": "剔除名单上有此人",
    "covered": "名册上已有此人",
    "withdrawn": "本月名单更正后已没有此人",
}
#: What follows from where a case stands, for somebody who is on no sheet.
_NEXT = {
    "eligible": "下一步由乡镇办理",
    "applied": "下一步由乡镇办理",
    "void": "登记后又撤销，不算数",
}
_NOT_ON_SHEET = "不在核查表上。"


def show_whereabouts(console: Console, report: dict[str, Any]) -> None:
    """Print all that decides about one person."""
    found = report["whereabouts"]
    console.print(_who(found["person"]), style="bold")
    if found["case_no"]:
        console.print(f"在核查表上，编号 {found['case_no']}。")
    else:
        console.print(_NOT_ON_SHEET)
    for case_no in found["maybe_of"]:
        console.print(f"与核查表上的 {case_no} 疑似同一人，待核实。")
    if not found["certain"]:
        console.print("姓名或号码只露出一部分，不一定是要找的人。")
    for finding in found["findings"]:
        for line in _finding(finding):
            console.print(line)
    named = [each for each in found["findings"] if "place" in each]
    named += [each["by"] for each in named if "by" in each]
    places = [each["place"] for each in named]
    for row in found["rows"]:
        if row["place"] not in places:
            console.print(f"所在名单：{row['title']}（{place_text(row['place'])}）")
    for each in found["set_aside_before"]:
        console.print(_set_aside_before(each))
    for case in found["ledger"] or ():
        console.print(f"台账 {case['case_no']}：{_standing(case)}")
    if found["ledger"] is None:
        console.print("没有查台账；以前月份的事请用 --ledger 指明台账再查。")


def show_several(console: Console, report: dict[str, Any]) -> None:
    """Print the people who may be meant, with what decides about each."""
    people = report["several"]
    console.print(f"可能是 {len(people)} 人：")
    for number, one in enumerate(people, start=1):
        console.print(f"{number}. {_who(one)}", style="bold")
        if not one["certain"]:
            console.print("   姓名或号码只露出一部分，不一定是要找的人。")
        console.print(f"   {_decides(one['decides'])}")
        if one["rows"]:
            row = one["rows"][0]
            more = f" 等 {len(one['rows'])} 行" if len(one["rows"]) > 1 else ""
            console.print(f"   {row['title']}（{place_text(row['place'])}）{more}")
    console.print("看其中一人，加 --which 和序号，如 --which 1；也可加 --village 村名缩小范围。")


def _who(person: dict[str, Any]) -> str:
    """One line about a person; the number is masked."""
    born = f"{person['born']}年生" if person["born"] else "出生年不明"
    home = "".join(filter(None, (person["town"], person["village"]))) or "村居不明"
    return "　".join((person["name"] or "无姓名", person["number"] or "无证号", born, home))


def _finding(finding: dict[str, Any]) -> Iterator[str]:
    if finding["code"] == "not_named":
        yield "没有来源名单点到此人。"
        return
    yield f"{finding['title']}（{place_text(finding['place'])}）：{_verdict(finding)}"
    by = finding.get("by")
    if by and by["wording"]:
        yield f"   依据：{by['wording']}"
    if finding.get("values"):
        values = "，".join(f"{label} {value}" for label, value in finding["values"].items())
        yield f"   这一行：{values}"


def _verdict(finding: dict[str, Any]) -> str:
    """What decides, in one sentence."""
    code, by = finding["code"], finding.get("by")
    where = f"{by['title']}（{place_text(by['place'])}）" if by else "名册"
    if code == "covered":
        return f"已享受，不用走访：{where}"
    if code == "excluded":
        since = f"（{_day(finding['since'])}）" if "since" in finding else ""
        return f"已剔除：{finding['because']}{since}，{where}"
    if code == "not_qualifying":
        return f"不符合名单条件：{finding.get('because') or '条件不满足'}"
    return "符合名单条件，名册上没有查到本人；不下发是按台账"


def _decides(decides: dict[str, Any]) -> str:
    """What decides about one of several people, shortly."""
    code = decides["code"]
    if code == "on_sheet":
        return f"在核查表上，编号 {decides['case_no']}"
    if code == "maybe":
        return f"与核查表上的 {decides['case_no']} 疑似同一人，待核实"
    if code == "not_named":
        return f"没有来源名单点到此人，{_NOT_ON_SHEET}"
    if code == "set_aside_before":
        return _set_aside_before(decides)
    if code == "ledger":
        return f"台账 {decides['case_no']}：{_standing(decides)}"
    return f"{decides['title']}：{_verdict(decides)}"


def _set_aside_before(row: dict[str, Any]) -> str:
    since = f"，{_day(row['since'])}" if row["since"] else ""
    place = place_text(row["place"])
    return f"以前的剔除名单：{month_text(row['month'])}{row['title']}（{place}）{since}"


def _standing(case: dict[str, Any]) -> str:
    """What became of a case, and the sheet that it was last on."""
    parts = [case["words"] or "", _day(case["on"])]
    if case["status"] == "merged":
        parts = [f"已并入 {case['into']}", _day(case["on"])]
    elif case["status"] == "closed":
        parts.append(case.get("because") or _CLOSED.get(case["reason"], ""))
    elif case["status"] == "enrolled":
        parts.append("名册上已有此人" if case["reason"] == "roll" else "村里报已纳入")
    elif case["status"] == "ineligible":
        parts.append(f"不符合原因：{case['why_not']}" if case.get("why_not") else "")
        parts.append(f"{_day(case['until'])}以前不再下发，新名单点到的除外")
    else:
        parts.append(_NEXT.get(case["status"], ""))
    if case["disposition"]:
        parts.append(f"这个月{DISPOSITIONS[case['disposition']]}")
    if sheet := case["sheet"]:
        now = "现在在" if sheet["in_force"] else "最近一次在"
        place = f"{sheet['town']}{sheet['village']}"
        parts.append(f"{now}{month_text(sheet['month'])}{place}核查表第{sheet['number']}版")
    return "，".join(filter(None, parts))


def _day(day: str) -> str:
    if not day:
        return ""
    return day_text(dt.date.fromisoformat(day))
