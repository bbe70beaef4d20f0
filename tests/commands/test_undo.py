"""`loubao undo`: returns taken back and collected again, sheets that were withdrawn, the command."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from loubao.commands.archive import Proof, archive, verify
from loubao.commands.undo import undo
from loubao.ledger.connection import reading
from loubao.ledger.integrity import audit
from loubao.ledger.postings import holding
from loubao.rules.folder import Rules
from tests.commands import office
from tests.people import number
from tests.round import Pen, Round

RULES = office.REPOSITORY / "rules"
ELIGIBLE = {"visited_on": dt.date(2022, 7, 5), "result": "已核查符合", "proposed_type": "低保"}
REFUSED = {"visited_on": "2022-07-06", "result": "已核查不符合", "why_not": "收入超标"}
STANDING = (
    "SELECT c.case_no, s.status, s.answered_on, s.closed_on, s.merged_into, s.village, s.lists"
    " FROM standing s JOIN cases c USING (case_id) WHERE s.status <> 'void' ORDER BY c.case_no"
)


@pytest.fixture
def desk(returning: Round) -> Round:
    return returning


def standing(desk: Round) -> list[Any]:
    with reading(desk.ledger) as held:
        assert audit(held) == []
        return held.execute(STANDING).fetchall()


def last(desk: Round) -> int:
    with reading(desk.ledger) as held:
        return holding(held)[-1].posting_id


def add(desk: Round, *people: dict[str, Any]) -> None:
    pen = Pen(desk.back / "上浦村.xlsx", desk.rules)
    for person in people:
        pen.add(**person)
    pen.save()


def test_returns_taken_back_and_collected_again(desk: Round) -> None:
    """Answers, verdicts, a merge, people added by hand: the same again, under the same numbers."""
    issued_only = standing(desk)
    desk.filled({1: ELIGIBLE, 2: {**REFUSED, "same_person": "否"}, 4: {"same_person": "是"}})
    added = {"name": "吴有号", "id_number": number("19630307", 35)}
    add(desk, {"name": "陈无号", "result": "疑难", "remark": "查"}, added)
    first = desk.collect()
    assert (first["counts"]["new_people"], first["counts"]["merged"]) == (2, 1)
    after_first = standing(desk)
    desk.filled({1: {**REFUSED, "visited_on": "2022-07-18"}}, name="再交.xlsx")
    desk.collect(dt.date(2022, 7, 25))
    after_second = standing(desk)
    undo(desk.ledger, None, last(desk))
    assert standing(desk) == after_first
    desk.collect(dt.date(2022, 7, 25))
    assert standing(desk) == after_second
    undo(desk.ledger, None, last(desk))
    (desk.back / "再交.xlsx").unlink()
    undo(desk.ledger, None, last(desk))
    assert standing(desk) == issued_only
    again = desk.collect()
    assert again["counts"] == first["counts"]
    assert standing(desk) == after_first


def test_a_sheet_that_was_withdrawn(desk: Round) -> None:
    """Who was opened by it is held back and named, nothing is posted."""
    undo(desk.ledger, None, last(desk))
    with pytest.raises(Exception, match="还没有下发过核查表"):
        desk.filled({1: ELIGIBLE})
        desk.collect()


def test_the_archive_of_a_ledger_with_an_undone_posting(desk: Round) -> None:
    desk.filled({1: ELIGIBLE})
    desk.collect()
    undo(desk.ledger, None, last(desk))
    target = desk.root / "归档"
    made = archive(target, desk.ledger, None, RULES)
    assert made["counts"]["postings"] == 3
    assert verify(target, Proof(desk.ledger))["sealed"] == "ledger"


def _desk(root: Path) -> office.Desk:
    desk = office.Desk(root)
    office.fill(desk.data, office.month())
    assert desk.match("--ledger", "loubao.db", "--quiet").code == 0
    return desk


def test_the_command(tmp_path: Path) -> None:
    desk = _desk(tmp_path)
    cases = office.pl.read_parquet(desk.out / "data" / "cases.parquet")
    asked = office.loubao("undo", "--ledger", "loubao.db", cwd=desk.root)
    assert asked.code == 2 and "加 --yes" in asked.err and "核查表" in asked.err
    wrong = office.loubao("undo", "--ledger", "loubao.db", "--posting", "7", "--yes", cwd=desk.root)
    assert wrong.code == 2 and "没有第7次登记" in wrong.err
    done = office.loubao("undo", "--ledger", "loubao.db", "--yes", "--json", cwd=desk.root)
    assert done.code == 0
    report = json.loads(done.out)
    assert report["undone"]["posting_id"] == 1 and report["last"] is None
    assert report["counts"]["cases"] == cases.height
    none_left = office.loubao("undo", "--ledger", "loubao.db", "--yes", cwd=desk.root)
    assert none_left.code == 2 and "没有可以撤回的登记" in none_left.err
    assert office.loubao("progress", "--ledger", "loubao.db", cwd=desk.root).code == 2
    shutil.rmtree(desk.out)
    assert desk.match("--ledger", "loubao.db", "--quiet").code == 0
    again = office.pl.read_parquet(desk.out / "data" / "cases.parquet")
    assert again.equals(cases)
    shown = office.loubao("undo", "--ledger", "loubao.db", "--yes", cwd=desk.root)
    assert "已撤回第3次登记" in shown.out and "作废" in shown.out
    quiet = desk.match("--ledger", "loubao.db", "--quiet")
    assert quiet.code == 0


def test_a_late_answer_on_a_withdrawn_sheet(tmp_path: Path, rules: Rules) -> None:
    """The month is run again on a shorter list: the line of who is void is held back."""
    desk = _desk(tmp_path)
    sheets = {path.name: path for path in (desk.out / "核查表").rglob("*.xlsx")}
    back = tmp_path / "back"
    shutil.copytree(desk.out / "核查表", back)
    pen = Pen(next(back.rglob("上浦村.xlsx")), rules)
    for row in range(pen.header_row + 1, pen.page.max_row + 1):
        if pen.page.cell(row, pen.keys["case_no"]).value:
            pen.page.cell(row, pen.columns["result"]).value = "已核查符合"
            pen.page.cell(row, pen.columns["proposed_type"]).value = "低保"
    pen.save()
    assert (
        sheets and office.loubao("undo", "--ledger", "loubao.db", "--yes", cwd=desk.root).code == 0
    )
    files = office.month()
    rows = [row for row in office.MEDICAL_ROWS if "蔡阿榕" not in row]
    files[office.MEDICAL] = office.xlsx(rows)
    office.fill(desk.data, files)
    again = desk.match("--ledger", "loubao.db", "--quiet")
    assert again.code == 0, again.err
    run = office.loubao(
        "collect", "back", "--ledger", "loubao.db", "--json", "--as-of", "2022-07-20", cwd=desk.root
    )
    assert run.code == 0, run.err
    codes = {row["code"]: row["count"] for row in json.loads(run.out)["problems"]}
    assert codes.get("CASE_WITHDRAWN") == 1, codes
