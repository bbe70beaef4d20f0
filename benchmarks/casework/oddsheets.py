"""Filled-in sheets with odd words beside the result: what is registered, to whom, and what is said.

    python benchmarks/casework/oddsheets.py --sheets 500 --seed 1 --work DIR

Every legal 核查结果, chosen from the list, ticked, circled or bracketed, has to be registered to
its person whatever stands in the other columns; every word that is no choice has to be found
again, in the answer that was kept or in 回收问题.xlsx. What is kept is read from events.csv of
an archive.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import shutil
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from village import RESULTS
from world import World

from desk import Desk, SheetRow, columns_of, problems_of, read_sheet
from lists import Lists, last_day, month_name

WORDS: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("odd_words.yaml").read_text(encoding="utf-8")
)
TYPES, REASONS, SENT = (WORDS.pop(key) for key in ("types", "reasons", "sent_back"))
NOTHING = {"无", ""}
DITTO = ("同上", "〃")
#: how a box is marked; {} is the choice as it is printed
TICKS = (
    *("☑{}", "√{}", "■{}", "☒{}", "✔{}", "□{}√", "□√{}", "○{}"),
    *("●{}", "v{}", "(□{})", "□({})", "({})"),
)


def ticked(printed: str, choice: str, how: str) -> str:
    """The printed boxes with one marked as `how` says."""
    return re.sub(rf"□{choice}(?![一-鿿])", how.format(choice), printed)


class OddSheets:
    """Fills sheets, collects them, and looks for every answer and word again."""

    def __init__(self, work: Path, seed: int) -> None:
        self.work, self.rng = work, random.Random(f"odd {seed}")
        self.desk = Desk(work / "office")
        with (self.desk.folder / "rules/villages.csv").open(encoding="utf-8") as stream:
            self.places = [
                (r["town"], r["village"])
                for r in csv.DictReader(stream)
                if r["town"].endswith("镇")
            ]
        world = World(seed, 1500, self.places, 2)
        self.name = month_name(0)
        Lists(world).write(self.desk.folder / self.name, 0)
        self.desk.match(self.name)
        self.failures: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.log = (work / "failures.jsonl").open("w", encoding="utf-8")

    def fail(self, kind: str, text: str) -> None:
        """Keep a failure."""
        self.failures[kind] += 1
        self.log.write(json.dumps({"kind": kind, "text": text}, ensure_ascii=False) + "\n")
        self.log.flush()

    def _answer(self, row: SheetRow) -> dict[str, Any]:
        """What one row says: key → the text of the cell; `means` is the result that is meant."""
        rng = self.rng
        result = rng.choice(list(RESULTS))
        label = {"eligible": "符合", "ineligible": "不符合"}.get(result, RESULTS[result])
        how = rng.choice([None, None, *TICKS])
        said: dict[str, Any] = {"means": result, "how": how}
        said["result"] = RESULTS[result] if how is None else ticked(row["result"], label, how)
        if rng.random() < 0.03:
            said["result"] = ticked(ticked(row["result"], "符合", "☑{}"), "疑难", "☑{}")
            said["means"] = None
        for key, words in WORDS.items():
            draw = rng.random()
            if draw < 0.45:
                said[key] = rng.choice(words)
            elif key in ("alive", "resident", "visit_mode") and draw < 0.65:
                choice = {"visit_mode": "电话"}.get(key, "是")
                said[key] = ticked(row[key], choice, rng.choice(TICKS))
        if result in ("eligible", "enrolled"):
            boxed = ticked(row["proposed_type"], "低保", rng.choice(TICKS))
            said["proposed_type"] = rng.choice([*TYPES, boxed, boxed])
        elif rng.random() < 0.2:
            said["proposed_type"] = rng.choice(TYPES)
        if result == "ineligible":
            said["why_not"] = rng.choice(REASONS)
        if result == "returned":
            town, village = rng.choice(self.places)
            said["remark"] = rng.choice(SENT).format(town=town, village=village)
        return said

    def _fill(self, path: Path, target: Path) -> dict[int, tuple[SheetRow, dict[str, Any]]]:
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        columns, wrote = columns_of(sheet), {}
        own = self.rng.random() < 0.15
        if own:  # a column of the village's own
            sheet.cell(4, sheet.max_column + 1).value = "家庭情况"
        extra = sheet.max_column
        for row in read_sheet(path):
            if self.rng.random() < 0.1:
                continue
            said = self._answer(row)
            for key, text in said.items():
                if key in columns:
                    sheet.cell(row.row, columns[key]).value = text
                    sheet.cell(row.row, columns[key]).data_type = "s"
            if own:
                said["own"] = self.rng.choice(["子女三人，均困难", "房屋为危房", "常年吃药"])
                sheet.cell(row.row, extra).value = said["own"]
            wrote[row.row] = (row, said)
        target.parent.mkdir(parents=True, exist_ok=True)
        book.save(target)
        if self.rng.random() < 0.1:
            _as_csv(target)
        return wrote

    def round(self, most: int) -> int:
        """Fill up to so many sheets, collect, compare, undo; how many sheets."""
        folder = self.desk.folder / "returned"
        shutil.rmtree(folder, ignore_errors=True)
        paths = sorted((self.desk.folder / f"out/{self.name}/核查表").glob("*/*.xlsx"))
        wrote: dict[str, dict[int, tuple[SheetRow, dict[str, Any]]]] = {}
        for path in paths[:most]:
            target = folder / path.parent.name / path.name
            wrote[f"{path.parent.name}/{path.stem}"] = self._fill(path, target)
        on = last_day(0) + timedelta(days=14)
        self.desk.run("collect", str(folder), "--as-of", str(on))
        archive = self.work / "archive"
        shutil.rmtree(archive, ignore_errors=True)
        self.desk.run("archive", str(archive))
        problems = problems_of(self.desk.folder / "out/returned/回收问题.xlsx")
        self._compare(wrote, _answers(archive / "events.csv"), problems, on)
        self.desk.run("undo", "--yes")
        self.counts["sheets"] += len(wrote)
        return len(wrote)

    def _compare(
        self,
        wrote: dict[str, Any],
        kept: dict[str, list[dict[str, Any]]],
        problems: list[dict[str, str]],
        on: date,
    ) -> None:
        said_of = defaultdict(list)
        for problem in problems:
            said_of[problem["文件"].rsplit(".", 1)[0], problem["行"]].append(problem)
        answered = {row.case_no for rows in wrote.values() for row, _ in rows.values()}
        for case_no in set(kept) - answered:
            self.fail(
                "registered to a person whose row was not filled", f"{case_no} {kept[case_no]}"
            )
        for file, rows in wrote.items():
            whole = " ".join(p["说明"] for p in problems if p["文件"].startswith(file + "."))
            for at, (row, said) in rows.items():
                self._row(
                    file, at, row, said, kept.get(row.case_no, []), said_of[file, str(at)], whole
                )

    def _row(
        self,
        file: str,
        at: int,
        row: SheetRow,
        said: dict[str, Any],
        kept: list[dict[str, Any]],
        problems: list[dict[str, str]],
        whole: str,
    ) -> None:
        self.counts["rows"] += 1
        where = f"{file} row {at} {row.case_no} { ({k: v for k, v in said.items() if v}) }"
        if said["means"] is None:
            self.counts["rows with two ticks"] += 1
            if kept:
                self.fail("two ticks were registered", where)
            return
        if not kept:
            told = [(p["列"], p["问题"], p["说明"]) for p in problems]
            told.sort(key=lambda each: each[0] != "核查结果")
            why = told[0][1] if told else "nothing said"
            self.fail(f"not registered, {said['how'] or 'written out'}: {why}", f"{where} {told}")
            return
        if kept[-1]["result"] != said["means"]:
            self.fail("another result registered", f"{where} {kept[-1]}")
        answer = kept[-1]["answers"]
        found = json.dumps(kept, ensure_ascii=False) + " ".join(str(p) for p in problems) + whole
        for key in (*WORDS, "proposed_type", "why_not", "own"):
            text = said.get(key)
            if not text or text in NOTHING:
                continue
            self.counts["words beside the result"] += 1
            bare = re.sub(r"\s", "", text)
            mapped = bool(answer.get(key)) and key not in ("remark", "why_not", "visitor", "own")
            mapped = mapped or (text in DITTO and bool(answer.get(key)))
            if not mapped and bare not in re.sub(r"\\n|\s", "", found):
                self.fail(f"a word of {key} vanished", f"{text!r} {where} kept {answer} {problems}")


def _as_csv(path: Path) -> None:
    """Save a sheet as csv, as a village might, under the same name."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    with path.with_suffix(".csv").open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(
            [c if c is not None else "" for c in r] for r in sheet.iter_rows(values_only=True)
        )
    path.unlink()


def _answers(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Number → the answers that were kept and not taken back."""
    kept: dict[str, list[dict[str, Any]]] = defaultdict(list)
    kinds = {"applied": "applied", "enrolled": "enrolled"}
    with path.open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    gone = {r["corrects"] for r in rows if r["corrects"]}
    for row in rows:
        detail = json.loads(row["detail"] or "{}")
        if row["event_id"] in gone or row["corrects"] or "answers" not in detail:
            continue
        result = detail.get("result") or kinds.get(row["kind"], row["kind"])
        kept[row["case_no"]].append({"result": result, **detail})
    return kept


def main() -> int:
    """Fill and collect until so many sheets have been seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sheets", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="a folder that is not there yet")
    chosen = parser.parse_args()
    odd = OddSheets(chosen.work.resolve(), chosen.seed)
    left = chosen.sheets
    while left > 0:
        left -= odd.round(left)
    print(
        json.dumps({"counts": odd.counts, "failures": odd.failures}, ensure_ascii=False, indent=1)
    )
    return int(bool(odd.failures))


if __name__ == "__main__":
    sys.exit(main())
