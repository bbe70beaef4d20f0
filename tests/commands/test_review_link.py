"""Decisions at the desk on the doubtful pairs of two tables, and the link that honours them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from loubao.cli.command_line import app
from loubao.commands.link import Sources, link
from loubao.commands.review import Reviewing, export, reviewing, take_in
from loubao.core.faults import Busy, UntrustedInput, Usage
from loubao.linkage.verdicts import row_keys
from loubao.review.cards import Card
from loubao.review.session import Session
from loubao.workspace.honoured_verdicts import Verdicts
from loubao.workspace.verdict_file import (
    KEPT,
    in_force,
    read_verdicts,
    with_decision,
    write_verdicts,
)
from tests.commands.office import csv_bytes
from tests.commands.test_review import IDS, wrong
from tests.commands.test_review_book import Book

RULES = Path(__file__).parents[2] / "rules"
HERE = ("洛阳镇", "上浦村")
HEADER = ("姓名", "身份证号", "乡镇", "村")
LEFT = [(name, IDS[name], *HERE) for name in ("周涛", "何静月", "周敏", "李长庚", "郑在需")]
RIGHT = [
    ("周涛", wrong("周涛"), *HERE),  # row 2
    ("何静月", wrong("何静月"), *HERE),
    ("李长庚", wrong("李长庚"), *HERE),
    ("李长庚", wrong("李长庚", 9), *HERE),  # row 5
    ("郑在需", IDS["郑在需"], *HERE),
]


class Desk:
    """A folder with two tables and what was linked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.left, self.right = root / "名单.csv", root / "在册.csv"
        self.out = root / "out" / "名单-在册"
        self.rules = root / "rules"

    @property
    def file(self) -> Path:
        return self.out / "verdicts.parquet"

    def fill(self, left: list[Any] = LEFT, right: list[Any] = RIGHT) -> None:
        self.left.write_bytes(csv_bytes([HEADER, *left]))
        self.right.write_bytes(csv_bytes([HEADER, *right]))

    def link(self, verdicts: Path | None = None) -> dict[str, Any]:
        return link(Sources(self.left, self.right, verdicts=verdicts), self.out, self.rules)

    def links(self, decision: str = "link") -> list[tuple[int, int]]:
        table = pl.read_parquet(self.out / "links.parquet").filter(decision=decision)
        return table.select("left_row", "right_row").rows()

    def what(self, reader: str = "甲", **more: Any) -> Reviewing:
        return Reviewing(self.out, self.rules, self.root / "no.db", None, reader, **more)

    @contextmanager
    def sitting(self, reader: str = "甲", **more: Any) -> Iterator[Session]:
        with reviewing(self.what(reader, **more)) as session:
            yield session

    def kept(self) -> pl.DataFrame:
        return read_verdicts(self.file)


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("linked")
    desk = Desk(root)
    shutil.copytree(RULES, desk.rules)
    matching = desk.rules / "matching.yaml"
    text = matching.read_text(encoding="utf-8")
    # only equal numbers link: all else is for the desk
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if "decision: link" in line)
    changed = [
        line.replace("decision: link", "decision: review") if i > first else line
        for i, line in enumerate(lines)
    ]
    matching.write_text("\n".join(changed) + "\n", encoding="utf-8")
    desk.fill()
    desk.link()
    return root


@pytest.fixture
def desk(linked: Path, tmp_path: Path) -> Desk:
    shutil.copytree(linked, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


def cards(session: Session) -> dict[str, Card]:
    return {card.name: card for card in map(session.card, range(session.total))}


def test_what_a_card_shows(desk: Desk) -> None:
    assert desk.links() == [(6, 6)]
    with desk.sitting() as session:
        found = cards(session)
        assert found.keys() == {"周涛", "何静月", "李长庚"}
        zhou = found["周涛"]
        assert (zhou.case_no, zhou.town, zhou.village) == ("第2行", *HERE)
        assert zhou.lists == ("名单.csv",)
        (candidate,) = zhou.candidates
        assert (candidate.labels, candidate.places) == (("在册.csv",), ("在册.csv 第2行",))
        assert candidate.hangs == "是同一人：关联到这一行"
        assert candidate.weight is not None
        name = next(field for field in candidate.fields if field.key == "name")
        assert (name.words, name.left[0].text, name.right[0].text) == ("姓名相同", "周涛", "周涛")
        assert session.number_of(zhou.number, "left") == IDS["周涛"]
        assert session.number_of(zhou.number, 0) == wrong("周涛")
        assert len(found["李长庚"].candidates) == 2
        assert not session.standing().due


def test_verdicts_are_kept_at_once_and_honoured(desk: Desk) -> None:
    with desk.sitting() as session:
        found = cards(session)
        session.decide(found["周涛"].number, "same", 0)
        assert desk.file.stat().st_mode & 0o777 == 0o600
        assert in_force(desk.kept())["same"].to_list() == [True]
        session.decide(found["何静月"].number, "different", None)
        session.decide(found["李长庚"].number, "same", 1)
        assert session.standing().due
    kept = desk.kept()
    assert kept["reader"].unique().to_list() == ["甲"]
    assert kept["at"].null_count() == 0
    whole = desk.file.read_bytes()
    assert not [text for text in (*IDS, *IDS.values()) if text.encode() in whole]
    report = desk.link(desk.file)
    assert report["verdicts"]["given"] == 3
    assert (report["verdicts"]["links"], report["verdicts"]["forbidden"]) == (2, 1)
    assert report["verdicts"]["gone"] == report["verdicts"]["contradicting"] == 0
    assert report["kept"] is None, "the earlier output was not changed by hand"
    assert {left for left, _ in desk.links()} == {2, 5, 6}
    assert desk.links("review") == []
    tiers = pl.read_parquet(desk.out / "links.parquet").select("left_row", "tier").rows()
    assert dict(tiers)[2] == dict(tiers)[5] == "judged_same"
    assert desk.kept().equals(kept), "the verdicts lie beside the new links"
    with desk.sitting() as session:  # what was decided is shown still, and may be changed
        found = cards(session)
        assert {name: each.decided and each.decided.choice for name, each in found.items()} == {
            "周涛": "same",
            "何静月": "different",
            "李长庚": "same",
        }
        assert not session.standing().due
        session.decide(found["何静月"].number, "same", 0)
        assert session.standing().due
    desk.link(desk.file)
    assert {left for left, _ in desk.links()} == {2, 3, 5, 6}


def test_without_verdicts_given_they_are_kept_and_told(desk: Desk) -> None:
    with desk.sitting() as session:
        session.decide(cards(session)["周涛"].number, "same", 0)
    kept = desk.kept()
    report = desk.link()
    assert report["verdicts"]["unused"] == 1
    assert report["kept"] is None
    assert desk.links() == [(6, 6)]
    assert desk.kept().equals(kept)
    with desk.sitting() as session:
        assert session.standing().due


def test_a_no_forbids_a_link_of_the_rules(desk: Desk) -> None:
    """郑在需 is linked by number and name; a verdict forbids it, whatever the rules say."""
    with desk.sitting() as session:
        session.decide(cards(session)["周涛"].number, "same", 0)
    rows = pl.read_parquet(desk.out / "links.parquet")
    assert rows.filter(left_row=6, decision="link").height == 1
    kept = desk.kept().to_dicts()[0]
    keys = _keys(desk)
    row = {**kept, "left_key": keys["left", 6], "right_key": keys["right", 6]}
    row |= {"left_row": 6, "right_row": 6, "choice": "different"}
    write_verdicts(desk.file, with_decision(desk.kept(), [row]))
    desk.link(desk.file)
    assert 6 not in dict(desk.links())
    assert (6, 6) not in desk.links("review")


def _keys(desk: Desk) -> dict[tuple[str, int], str]:
    """The keys of all rows of both tables, as verdicts call them."""
    found: dict[tuple[str, int], str] = {}

    def look(self: Verdicts, rows: pl.DataFrame, side: str) -> None:
        found.update(
            ((side, number), key)
            for number, key in zip(rows["record_id"], row_keys(rows), strict=True)
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Verdicts, "look", look)
        link(Sources(desk.left, desk.right), desk.root / "out" / "aside", desk.rules)
    return found


def said(desk: Desk, *pairs: tuple[int, int, bool]) -> Path:
    """A file of verdicts on pairs of rows."""
    keys = _keys(desk)
    kept = pl.DataFrame(schema=dict(KEPT))
    for left, right, same in pairs:
        row = {
            "left_key": keys["left", left],
            "right_key": keys["right", right],
            "left_row": left,
            "right_row": right,
            "choice": "same" if same else "different",
            "holds": True,
            "way": "alone",
            "reader": "甲",
            "at": "2022-07-01T09:00:00+08:00",
            "seen": "{}",
        }
        kept = with_decision(kept, [row])
    write_verdicts(desk.root / "判定.parquet", kept)
    return desk.root / "判定.parquet"


@pytest.mark.parametrize(
    ("pairs", "code", "rows", "links"),
    [
        # a row of LEFT is one person of RIGHT
        ([(2, 3, True), (2, 4, True)], "VERDICTS_CONFLICT", "2＝3、2＝4", {6}),
        # two people with proven numbers are not one row of RIGHT
        ([(2, 3, True), (3, 3, True)], "VERDICTS_CONFLICT", "2＝3、3＝3", {6}),
        # 郑在需 is written twice in RIGHT, with one proven number: yes to one, no to the other
        ([(2, 6, True), (2, 7, False)], "VERDICTS_CONFLICT", "2＝6、2≠7", {6}),
        # a person without a number may be one more row of the same person
        ([(2, 3, True), (7, 3, True)], "VERDICTS_SHARED", "2＝3、7＝3", {2, 6, 7}),
        ([(2, 3, True), (4, 4, True)], None, "", {2, 4, 6}),
    ],
)
def test_contradictions_are_told_and_bind_nobody(
    desk: Desk, pairs: list[tuple[int, int, bool]], code: str | None, rows: str, links: set[int]
) -> None:
    desk.fill([*LEFT, ("周涛", "", *HERE)], [*RIGHT, ("郑在需", IDS["郑在需"], "", "")])
    report = desk.link(said(desk, *pairs))
    details = [each["detail"] for each in report["issues"] if "判定" in each["detail"]]
    assert len(details) == (code is not None), details
    if code:
        assert rows in details[0]
    assert {left for left, _ in desk.links()} == links
    assert report["verdicts"]["given"] == len(pairs)


def test_rows_that_moved_are_found_and_those_that_are_gone_are_told(desk: Desk) -> None:
    with desk.sitting() as session:
        found = cards(session)
        session.decide(found["周涛"].number, "same", 0)
        session.decide(found["何静月"].number, "same", 0)
    changed = [(("何静月甲", *row[1:]) if row[0] == "何静月" else row) for row in RIGHT]
    desk.fill([LEFT[4], *LEFT[:4]], [*changed[1:], changed[0]])
    report = desk.link(desk.file)
    assert (3, 6) in desk.links()
    assert report["verdicts"]["gone"] == 1
    (issue,) = (each for each in report["issues"] if "不在表里" in each["detail"])
    assert "3＝3" in issue["detail"]


def test_undone_and_decided_anew(desk: Desk) -> None:
    with desk.sitting() as session:
        number = cards(session)["周涛"].number
        session.decide(number, "same", 0)
        assert session.take_back() == number
        assert session.take_back() is None
        assert session.card(number).decided is None
        assert not in_force(desk.kept()).height
        session.decide(number, "different", None)
    kept = desk.kept()
    assert kept["decision"].to_list() == [1, 2, 3]
    assert kept["undoes"].to_list() == [None, 1, None]
    with desk.sitting("乙") as session:  # the sitting before cannot be taken back by a key
        assert session.take_back() is None
        decided = session.card(number).decided
        assert decided is not None
        assert (decided.choice, decided.reader) == ("different", "甲")


def test_a_whole_sitting_is_taken_back(desk: Desk) -> None:
    with desk.sitting() as session:
        session.decide(cards(session)["何静月"].number, "different", None)
    with desk.sitting() as session:
        for name in ("周涛", "李长庚"):
            session.decide(cards(session)[name].number, "same", 0)
    run = CliRunner()
    order = ["review", str(desk.out), "--rules", str(desk.rules), "--take-back", "--reader"]
    told = run.invoke(app, [*order, "甲"])
    assert isinstance(told.exception, Usage)
    assert "2 条" in told.exception.message
    assert "--yes" in told.exception.message
    assert isinstance(run.invoke(app, [*order, "乙", "--yes"]).exception, Usage)
    told = run.invoke(app, [*order, "甲", "--yes"])
    assert "已撤销 2 条" in told.stdout
    assert in_force(desk.kept())["same"].to_list() == [False]
    assert desk.kept()["undoes"].drop_nulls().to_list() == [3, 2]
    told = run.invoke(app, [*order, "甲", "--yes", "--json"])
    assert json.loads(told.stdout)["counts"] == {"taken_back": 1, "earlier": 0}


def test_two_readers(desk: Desk) -> None:
    for reader, choice in (("甲", "same"), ("乙", "different")):
        with desk.sitting(reader, blind=100) as session:
            card = cards(session)["周涛"]
            assert card.decided is None
            session.decide(card.number, choice, 0 if choice == "same" else None)  # type: ignore[arg-type]
    assert in_force(desk.kept()).is_empty()
    with desk.sitting() as session:
        (number,) = session.disagreements()
        session.settle(number, "same", 0)
    assert in_force(desk.kept())["same"].to_list() == [True]


def test_one_page_a_folder(desk: Desk) -> None:
    with desk.sitting(), pytest.raises(Busy), desk.sitting():
        pass
    with desk.sitting(), pytest.raises(Busy):
        desk.link()
    desk.link()


def test_what_is_no_output_of_a_link(desk: Desk, tmp_path: Path) -> None:
    shutil.rmtree(desk.out / "review")
    with pytest.raises(Usage, match="重新运行 loubao link"), desk.sitting():
        pass
    with pytest.raises(Usage, match="没有判定文件"):
        desk.link(tmp_path / "没有.parquet")
    for content in (b"PAR1", (desk.out / "links.parquet").read_bytes()):
        (tmp_path / "别的.parquet").write_bytes(content)
        with pytest.raises(UntrustedInput):
            desk.link(tmp_path / "别的.parquet")


def test_as_a_workbook(desk: Desk, tmp_path: Path) -> None:
    export(desk.what(), tmp_path / "核对.xlsx")
    book = Book(tmp_path / "核对.xlsx")
    assert {name: len(rows) for name, rows in book.rows().items()} == {
        "周涛": 1,
        "何静月": 1,
        "李长庚": 2,
    }
    book.answer({"周涛": "是", "何静月": "否", "李长庚": "否"}).save()
    report = take_in(desk.what(""), book.path)
    assert report["counts"] == {"posted": 3, "unchanged": 0, "blank": 0, "odd": 0}
    kept = desk.kept()
    assert take_in(desk.what(""), book.path)["counts"]["unchanged"] == 3
    assert desk.kept().equals(kept)
    desk.link(desk.file)
    assert {left for left, _ in desk.links()} == {2, 6}
    desk.fill([*LEFT, ("周涛", "", *HERE)])
    desk.link()
    with pytest.raises(UntrustedInput, match="另两张表"):
        take_in(desk.what(""), book.path)


def test_the_commands(desk: Desk) -> None:
    run = CliRunner()
    common = ["--rules", str(desk.rules)]
    file = desk.root / "核对.xlsx"
    told = run.invoke(
        app, ["review", str(desk.out), "--reader", "甲", "--export", str(file), *common]
    )
    assert told.exit_code == 0, told.output
    Book(file).answer({"周涛": "是", "何静月": "否"}).save()
    told = run.invoke(app, ["review", str(desk.out), "--import", str(file), *common])
    assert "用 --verdicts 重新运行 loubao link" in told.stdout
    tables = [str(desk.left), str(desk.right), "--out", str(desk.out)]
    told = run.invoke(app, ["link", *tables, *common])
    assert "2 对判定" in told.stdout
    told = run.invoke(app, ["link", *tables, "--verdicts", str(desk.file), *common])
    assert "判定 2 对：关联 1 对行，不关联 1 对行" in told.stdout
    told = run.invoke(app, ["link", *tables, "--verdicts", str(desk.file), "--json", *common])
    assert json.loads(told.stdout)["verdicts"]["links"] == 1
