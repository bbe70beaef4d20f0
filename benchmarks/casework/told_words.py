"""Whether what sheets and the summary say of earlier results is what happened."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from cast import Person
from checks import Month, month_words, status_words
from village import Case, Event
from world import LABELS

from lists import month_name

SETTLED = "近期核查不符合"


def closing_status(case: Case) -> str:
    """The status that the sheet has to give for what was answered last."""
    return status_words(case.last)


class Words:
    """The words of one month's outputs, each against the truth."""

    def __init__(self, month: Month) -> None:
        self.at = month
        self.read: Counter[str] = Counter()

    def _wrong(self, kind: str, case_no: str, text: str, why: str) -> None:
        self.at.fail(f"words: {kind}", f"{case_no} {text!r}: {why}")

    def sheets(self) -> None:
        """The bracket in front of 线索内容 of everybody on a village sheet."""
        for row in self.at.rows:
            case = self.at.cases[row.case_no]
            brackets = re.findall(r"［([^］]*)］", row["clues"])
            if not brackets:
                if case.on_sheet - {self.at.month}:
                    self._wrong(
                        "nothing of earlier months", row.case_no, row["clues"], f"{case.on_sheet}"
                    )
                continue
            for text in brackets:
                self.read["words read: " + re.split("[，；（“]", re.sub(r"\d+", "#", text))[0]] += 1
                self._bracket(row.case_no, case, text, self.at.who(row.case_no))

    def _bracket(self, case_no: str, case: Case, text: str, one: Person | None) -> None:
        last, month = case.last, self.at.month
        first = re.match(r"(\d+年\d+月)起[，；](.*)", text)
        if first and first[1] != month_words(case.first):
            self._wrong("first month", case_no, text, f"first seen {month_words(case.first)}")
        if first and "退回（" in first[2]:
            self._sent_back(case_no, last, text)
        elif first and "乡镇请再核查" in first[2]:
            if last is None or last.result != "asked":
                self._wrong("asked back by the office", case_no, text, f"{last}")
        elif first:
            said = re.split("[；，]", first[2])[0]
            if said != status_words(last):
                self._wrong("status", case_no, text, f"last {last}")
            alone = one and sum(one.pid in c.owners for c in self.at.cases.values()) == 1
            if "本月名单上没有" in text and one and alone and self.at.world.named(one, month):
                self._wrong(
                    "no list of the month names",
                    case_no,
                    text,
                    f"{self.at.world.named(one, month)}",
                )
        elif text.startswith("再次列入"):
            self._back(case_no, case, text, one)
        if "同一证号以前写作" in text:
            names = set(re.findall("“([^”]*)”", text))
            if not names <= case.names | ({one.name} if one else set()):
                self._wrong("name under the number", case_no, text, f"{case.names}")

    def _sent_back(self, case_no: str, last: Event | None, text: str) -> None:
        said = re.search(r"，(.*)退回（(.*)）", text)
        assert said
        if last is None or last.result != "returned":
            self._wrong("sent back by a village", case_no, text, f"last {last}")
        elif last.village not in said[1] or said[2] not in last.said:
            self._wrong("which village, what it said", case_no, text, f"{last}")

    def _back(self, case_no: str, case: Case, text: str, one: Person | None) -> None:
        last, world, month = case.last, self.at.world, self.at.month
        roll = re.search("以前在(.*?)名册上", text)
        if roll and one:
            was = [s for s in one.stays if s.last < month and self._roll(s.roll, roll[1])]
            now = any(one.on(s.roll, month) for s in one.stays if self._roll(s.roll, roll[1]))
            if not was or now:
                self._wrong("was on a roll", case_no, text, f"p{one.pid} {one.stays}")
        said = re.search("以前(未核查|已[^，；］]*|疑难|退回)", text)
        allowed = {closing_status(case)}
        if one and any(s.first < month and s.roll != "edge" for s in one.stays):
            allowed.add("已纳入")  # a roll said so in an earlier month
        if said and said[1] not in allowed:
            self._wrong("status before", case_no, text, f"last {last}")
        lists = re.search("新名单：(.*)", text)
        if lists and one:
            for label in re.split("[、，]", lists[1]):
                since = [c.since for c in one.clues if LABELS[c.list] == label]
                if not since or (last and min(since) <= last.month):
                    self._wrong("a new list", case_no, text, f"p{one.pid} {one.clues} last {last}")
        if "村里报已纳入" in text and (last is None or last.result != "enrolled"):
            self._wrong("reported enrolled", case_no, text, f"{last}")
        if "以前因" in text and one and not (one.dead_told or one.moved_told):
            self._wrong("set aside before", case_no, text, f"p{one.pid} {world.named(one, month)}")

    @staticmethod
    def _roll(roll: str, words: str) -> bool:
        names = {
            "dibao": "低保",
            "tekun": "特困",
            "orphan": "孤儿",
            "unattended": "事实无人抚养",
            "edge": "低保边缘",
        }
        return names[roll] in words and (roll != "dibao" or "边缘" not in words)

    def summary(self, page: list[tuple[Any, ...]]) -> None:
        """The people of 本月变化: what became of each, the status before, the first month."""
        heads: list[str] = []
        for cells in page:
            if "编号" in cells:
                heads = [str(c) for c in cells]
            elif heads and len(cells) > 2 and cells[2]:
                self._change(
                    {k: "" if v is None else str(v) for k, v in zip(heads, cells, strict=False)}
                )

    def _change(self, row: dict[str, str]) -> None:
        case_no = row["编号"]
        self.read["words read: 本月变化"] += 1
        case, one = self.at.cases.get(case_no), self.at.who(case_no)
        if case is None:
            self._wrong("a number nobody has seen", case_no, str(row), "")
            return
        allowed = {status_words(case.last), "已结"}
        if one and any(s.first < self.at.month and s.roll != "edge" for s in one.stays):
            allowed.add("已纳入")  # a roll said so in an earlier month
        if row["以前的核查结果"] not in allowed:
            self._wrong(
                "summary, result before",
                case_no,
                str(row),
                f"last {case.last} owners {case.owners}",
            )
        if row["首次列入"] != month_name(case.first):
            self._wrong("summary, first month", case_no, str(row), f"first {case.first}")
        if one is None:
            return
        month, world = self.at.month, self.at.world
        if row["情况"] == "已在册享受" and not any(one.on(s.roll, month) for s in one.stays):
            self._wrong("summary, covered", case_no, str(row), f"p{one.pid} {one.stays}")
        if row["情况"] == "已排除" and not (
            world.told_dead(one, month) or world.told_moved(one, month)
        ):
            answered_dead = case.last is not None and case.last.said == "已死亡"
            if not answered_dead:
                self._wrong(
                    "summary, set aside",
                    case_no,
                    str(row),
                    f"p{one.pid} {one.dead_told} {case.last}",
                )
        if row["情况"].startswith(SETTLED) and (
            case.last is None or case.last.result not in ("ineligible", "enrolled")
        ):
            self._wrong("summary, settled", case_no, str(row), f"p{one.pid} last {case.last}")
