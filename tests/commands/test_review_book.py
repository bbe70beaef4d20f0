"""The doubtful pairs as a workbook: written, filled in, read back, kept as those of the page are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from loubao.cli.command_line import app
from loubao.commands.review import Reviewing, export, take_in
from loubao.core.faults import Busy, UntrustedInput, Usage
from loubao.ledger.connection import writing
from loubao.rules.folder import Rules
from tests.commands.test_review import IDS, RULES, TRUTH, Desk, august, cards, desk, wrong

__all__ = ["august", "desk"]
YES, NO, UNSURE = "是", "否", "不确定"


def what(desk: Desk, reader: str = "甲", **more: Any) -> Reviewing:
    return Reviewing(desk.out, RULES, desk.ledger, None, reader, **more)


class Book:
    """A workbook of the desk, as somebody fills it in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = load_workbook(path)
        self.sheet = self.book.active
        self.head = next(
            row for row in range(1, 9) if any(cell.value == "key" for cell in self.sheet[row])
        )
        self.columns = {
            str(cell.value or "").replace("\n", ""): cell.column for cell in self.sheet[self.head]
        }

    def rows(self) -> dict[str, list[int]]:
        """The rows of each name."""
        found: dict[str, list[int]] = {}
        for row in range(self.head + 1, self.sheet.max_row + 1):
            text = self.sheet.cell(row, self.columns["谁"]).value
            found.setdefault(str(text).splitlines()[0], []).append(row)
        return found

    def put(self, row: int, header: str, text: str | None) -> None:
        self.sheet.cell(row, self.columns[header]).value = text

    def answer(self, answers: Mapping[str, str]) -> Book:
        rows = self.rows()
        for name, text in answers.items():
            for row in rows[name]:
                self.put(row, "是否同一人", text)
        return self

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


@pytest.fixture
def book(desk: Desk, tmp_path: Path) -> Book:
    export(what(desk), tmp_path / "核对.xlsx")
    return Book(tmp_path / "核对.xlsx")


def verdicts(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.ask("SELECT case_id, other, same FROM judgement ORDER BY judgement_id")


def by_truth(book: Book) -> Path:
    book.answer({name: YES if one else NO for name, one in TRUTH.items()})
    book.put(book.rows()["李长庚"][1], "是否同一人", None)
    return book.save()


def test_what_is_written(desk: Desk, book: Book) -> None:
    assert {name: len(rows) for name, rows in book.rows().items()} == {
        **dict.fromkeys(TRUTH, 1),
        "李长庚": 2,
    }
    row = book.rows()["周涛"][0]
    cell = {head: book.sheet.cell(row, place) for head, place in book.columns.items()}
    left, right = (str(cell[head].value).split("\n") for head in ("名单上的人", "候选"))
    labels = str(cell["栏目"].value).split("\n")
    masked = f"{IDS['周涛'][:6]}********{IDS['周涛'][-4:]}"
    assert (labels[0], left[0], right[0]) == ("姓名", "周涛", "周涛")
    assert (labels[1], left[1].replace("〔", "").replace("〕", "")) == ("身份证号", masked)
    assert f"〔{wrong('周涛')[16]}〕" in right[1]
    assert "低保.csv 第2行" in str(cell["候选在哪里"].value)
    assert "不再上核查表" in str(cell["如是同一人"].value)
    whole = " ".join(str(c.value) for r in book.sheet.iter_rows() for c in r)
    assert not [number for number in IDS.values() if number in whole], "masked, as on the page"
    # protected but for the answer and the remark, a drop-down, one page wide across A4
    assert book.sheet.protection.sheet
    unlocked = {head for head, each in cell.items() if not each.protection.locked}
    assert unlocked == {"是否同一人", "备注"}
    (check,) = book.sheet.data_validations.dataValidation
    assert check.formula1 == '"是,否,不确定"'
    assert (book.sheet.page_setup.orientation, book.sheet.page_setup.paperSize) == ("landscape", 9)
    assert book.sheet.sheet_properties.pageSetUpPr.fitToPage
    assert book.sheet.column_dimensions[cell["key"].column_letter].hidden
    assert book.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Usage, match="已经有了"):
        export(what(desk), book.path)
    with pytest.raises(Usage, match="xlsx"):
        export(what(desk), book.path.with_suffix(".csv"))


def test_imported_twice_is_kept_once_and_the_sheets_follow(desk: Desk, book: Book) -> None:
    file = by_truth(book)
    report = take_in(what(desk, ""), file)
    assert report["counts"] == {"posted": 5, "unchanged": 0, "blank": 0, "odd": 0}
    assert (report["reader"], report["due"], report["issues"]) == ("甲", True, [])
    kept = verdicts(desk)
    assert {reader for (reader,) in desk.ask("SELECT DISTINCT reader FROM reviewed")} == {"甲"}
    again = take_in(what(desk, "甲"), file)
    assert again["counts"] == {"posted": 0, "unchanged": 5, "blank": 0, "odd": 0}
    assert verdicts(desk) == kept
    with desk.sitting() as session:
        assert session.standing().done == len(TRUTH)
    desk.whole()
    desk.match()
    assert desk.listed() == {"何静月", "郑在需"}
    desk.whole()


def test_the_same_as_the_page_posts(desk: Desk, book: Book, august: Path, rules: Rules) -> None:
    take_in(what(desk), by_truth(book))
    of_book = verdicts(desk)
    take_back = desk.ask("SELECT count(*) FROM posting WHERE kind = 'review'")
    other = Desk(desk.root / "page", rules)
    import shutil

    shutil.copytree(august, other.root)
    from tests.commands.test_review import by_truth as on_page

    with other.sitting() as session:
        on_page(session)
    assert sorted(verdicts(other)) == sorted(of_book)
    assert take_back == [(5,)]


def test_two_candidates(desk: Desk, book: Book) -> None:
    first, second = book.rows()["李长庚"]
    book.put(first, "是否同一人", YES)
    book.put(second, "是否同一人", NO)
    assert take_in(what(desk), book.save())["counts"]["posted"] == 1
    with desk.sitting() as session:
        card = cards(session)["李长庚"]
        assert card.decided is not None
        assert (card.decided.choice, card.decided.candidate) == ("same", 0)
        number = card.number
        assert [session.said_of(number, place) for place in (0, 1)] == ["same", "different"]
    assert take_in(what(desk), book.path)["counts"]["unchanged"] == 1


def test_odd_answers_are_named_and_the_others_kept(desk: Desk, book: Book) -> None:
    rows = book.rows()
    book.answer({"周涛": "大概是", "何静月": f" {NO} ", "李长庚": YES})
    book.put(rows["周敏"][0], "备注", "户口册上没有找到")
    book.put(rows["何静月"][0], "备注", "看过户口册")
    report = take_in(what(desk), book.save())
    assert report["counts"] == {"posted": 1, "unchanged": 0, "blank": 1, "odd": 3}
    assert {(each["row"], each["code"]) for each in report["issues"]} == {
        (rows["周涛"][0], "ANSWER_NOT_CHOICE"),
        (rows["周敏"][0], "ANSWER_NEEDED"),
        (rows["李长庚"][0], "ANSWERS_CONFLICT"),
        (rows["李长庚"][1], "ANSWERS_CONFLICT"),
    }
    assert {(e["file"], e["sheet"], e["column"]) for e in report["issues"]} == {
        ("核对.xlsx", "核对表", "是否同一人")
    }
    assert not [name for name in TRUTH if name in json.dumps(report["issues"], ensure_ascii=False)]
    (seen,) = desk.ask("SELECT seen FROM reviewed")
    assert json.loads(seen[0])["remark"] == "看过户口册"


def test_rows_moved_and_left_out_still_mean_the_same(desk: Desk, book: Book) -> None:
    """Whole rows may be sorted; rows that were taken away are not answered."""
    by_truth(book)
    rows = book.rows()
    book = Book(book.path)
    one, other = rows["周涛"][0], rows["何静月"][0]
    for place in book.columns.values():
        first, second = book.sheet.cell(one, place), book.sheet.cell(other, place)
        first.value, second.value = second.value, first.value
    book.sheet.delete_rows(rows["苏小妹"][0])
    assert take_in(what(desk), book.save())["counts"]["posted"] == 4
    with desk.sitting() as session:
        found = {
            name: card.decided and card.decided.choice for name, card in cards(session).items()
        }
    assert found == {
        "周涛": "same", "何静月": "different", "周敏": "same", "李长庚": "same", "苏小妹": None
    }  # fmt: skip


@pytest.mark.parametrize("change", ["key", "key lost", "name", "number", "part sorted"])
def test_a_changed_key_refuses_the_whole(desk: Desk, book: Book, change: str) -> None:
    book = Book(by_truth(book))
    row, other = book.rows()["周涛"][0], book.rows()["何静月"][0]
    key = book.sheet.cell(row, book.columns["key"])
    if change == "key":
        key.value = str(key.value).replace("row:", "row:0", 1)
    elif change == "key lost":
        key.value = None
    elif change == "name":
        book.put(row, "谁", "郑在需")
    elif change == "number":
        book.put(row, "候选", str(book.sheet.cell(row, book.columns["候选"]).value) + "0")
    else:
        second = book.sheet.cell(other, book.columns["key"])
        key.value, second.value = second.value, key.value
    with pytest.raises(UntrustedInput, match=f"核对表 {row}"):
        take_in(what(desk), book.save())
    assert verdicts(desk) == []


def test_of_another_ledger_month_or_reader(
    desk: Desk, book: Book, rules: Rules, tmp_path: Path
) -> None:
    file = by_truth(book)
    with pytest.raises(Usage, match="给“甲”核对的"):
        take_in(what(desk, "乙"), file)
    other = Desk(tmp_path / "other", rules)
    other.root.mkdir()
    other.match()  # the same lists, another ledger
    with pytest.raises(UntrustedInput, match="另一个台账"):
        take_in(what(other), file)
    assert verdicts(other) == []
    desk.match("2022-09")
    with pytest.raises(UntrustedInput, match="另一个台账、另一个月"):
        take_in(what(desk), file)
    assert verdicts(desk) == []
    (tmp_path / "没有.xlsx").write_bytes((desk.root / "2022-08" / "低保.csv").read_bytes())
    with pytest.raises(UntrustedInput, match="不是核对表"):
        take_in(what(desk), tmp_path / "没有.xlsx")
    with pytest.raises(Usage, match="不存在"):
        take_in(what(desk), tmp_path / "没有这个.xlsx")


def test_what_was_decided_since_is_not_decided_anew(desk: Desk, book: Book) -> None:
    with desk.sitting("乙") as session:
        session.decide(cards(session)["周涛"].number, "different", None)
        session.decide(cards(session)["何静月"].number, "different", None)
    report = take_in(what(desk), by_truth(book))
    assert report["counts"] == {"posted": 3, "unchanged": 1, "blank": 0, "odd": 1}
    (issue,) = report["issues"]
    assert issue["code"] == "REVIEW_SINCE"
    assert "乙" in issue["detail"]
    # a new one shows what holds, and may change it
    export(what(desk), book.path.with_name("新.xlsx"))
    new = Book(book.path.with_name("新.xlsx"))
    row = new.rows()["周涛"][0]
    assert "已定：不是" in str(new.sheet.cell(row, new.columns["已定"]).value)
    new.answer({"周涛": YES})
    assert take_in(what(desk), new.save())["counts"]["posted"] == 1


def test_two_readers(desk: Desk, tmp_path: Path) -> None:
    for reader, answer in (("甲", YES), ("乙", NO)):
        export(what(desk, reader, blind=100), tmp_path / f"{reader}.xlsx")
        file = Book(tmp_path / f"{reader}.xlsx")
        row = file.rows()["周涛"][0]
        assert "已定" not in file.columns, "the second does not see the first one's answer"
        file.put(row, "是否同一人", answer)
        assert take_in(what(desk, ""), file.save())["counts"]["posted"] == 1
        assert take_in(what(desk, ""), file.path)["counts"]["unchanged"] == 1
    assert verdicts(desk) == []
    with desk.sitting(blind=100) as session:
        assert len(session.disagreements()) == 1


def test_the_ledger_is_busy(desk: Desk, book: Book) -> None:
    file = by_truth(book)
    with desk.sitting(), pytest.raises(Busy):
        take_in(what(desk), file)
    with writing(desk.ledger), pytest.raises(Busy):
        take_in(what(desk), file)
    assert verdicts(desk) == []
    assert take_in(what(desk), file)["counts"]["posted"] == 5


def test_the_command(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "核对.xlsx"
    common = ["--rules", str(RULES), "--ledger", str(desk.ledger)]
    run = CliRunner()
    said = run.invoke(
        app, ["review", str(desk.out), "--reader", "甲", "--export", str(file), "--json", *common]
    )
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["counts"] == {"people": 5, "rows": 6}
    book = Book(file)
    book.answer({"周涛": "也许"})
    book.answer({"何静月": NO}).save()
    said = run.invoke(app, ["review", str(desk.out), "--import", str(file), *common])
    assert said.exit_code == 0, said.output
    assert "已登记 1 人" in said.stdout
    assert f"核对.xlsx “核对表”第{book.rows()['周涛'][0]}行 是否同一人：填的不是选项" in said.stdout
    assert "loubao match" in said.stdout
    said = run.invoke(app, ["review", str(desk.out), "--import", str(file), "--json", *common])
    assert json.loads(said.stdout)["counts"] == {"posted": 0, "unchanged": 1, "blank": 3, "odd": 1}
    both = ["--import", str(file), "--export", str(file)]
    assert run.invoke(app, ["review", str(desk.out), *both, *common]).exit_code != 0
