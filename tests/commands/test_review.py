"""Decisions at the desk on a small month of real files, and the match that follows."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loubao.commands.explain import Memory, explain_person
from loubao.commands.match import Ledger, match
from loubao.commands.review import Reviewing, reviewing, take_back
from loubao.commands.undo import undo, undoable
from loubao.core.events import Posting, Reviewed, Verdict
from loubao.core.faults import Busy, Usage
from loubao.followup.persons_asked import Wanted
from loubao.ledger import postings
from loubao.ledger.connection import reading, writing
from loubao.ledger.integrity import audit
from loubao.ledger.posted_months import month_counts
from loubao.review.cards import Card
from loubao.review.session import Session
from loubao.rules.folder import Rules
from tests.commands import office
from tests.people import number
from tests.round import ROLL_CANDIDATE, Round

RULES = Path(__file__).parents[2] / "rules"
HERE = ("洛阳镇", "上浦村")
_ROLL = ("姓名", "身份证号", "乡镇", "村")
_PAID = ("姓名", "身份证号", "个人自付金额", "乡镇", "村")
IDS = {
    name: number(born, sequence, "990101")
    for name, born, sequence in (
        ("周涛", "19610202", 31),
        ("何静月", "19620303", 52),
        ("周敏", "19630404", 74),
        ("李长庚", "19640505", 91),
        ("苏小妹", "19650606", 112),
        ("郑在需", "19660707", 133),
        ("赵特", "19400101", 15),
    )
}


def wrong(name: str, place: int = 16) -> str:
    """A number of which one digit is another: its check digit fails."""
    text = IDS[name]
    return f"{text[:place]}{(int(text[place]) + 5) % 10}{text[place + 1 :]}"


#: The roll row of each: whether it is the person.
TRUTH = {"周涛": True, "何静月": False, "周敏": True, "李长庚": True, "苏小妹": True}
DIBAO = [
    ("周涛", wrong("周涛"), *HERE),
    ("何静月", number("19880909", 154, "990101"), *HERE),  # another woman of that name
    ("周敏", wrong("周敏"), *HERE),
    ("李长庚", wrong("李长庚"), *HERE),
    ("李长庚", wrong("李长庚", 9), *HERE),
    ("苏小妹", wrong("苏小妹"), *HERE),
]
PAID = [(name, number_, "45000", *HERE) for name, number_ in IDS.items() if name != "赵特"]


def fill(root: Path, month: str, paid: list[tuple[str, ...]] = PAID) -> None:
    office.fill(
        root / month,
        {
            "医保个人自付.csv": office.csv_bytes([_PAID, *paid]),
            "低保.csv": office.csv_bytes([_ROLL, *DIBAO]),
            "特困.csv": office.csv_bytes([_ROLL, ("赵特", IDS["赵特"], *HERE)]),
        },
    )


class Desk:
    """A folder with a matched month, and the ledger."""

    def __init__(self, root: Path, rules: Rules) -> None:
        self.root, self.rules = root, rules
        self.ledger = root / "loubao.db"
        self.month = "2022-08"

    @property
    def out(self) -> Path:
        return self.root / "out" / self.month

    def match(self, month: str = "2022-08") -> dict[str, Any]:
        self.month = month
        day = dt.date(2022, int(month[-2:]), 28)
        if not (self.root / month).exists():
            fill(self.root, month)
        return match(self.root / month, self.out, self.rules, day, ledger=Ledger(self.ledger))

    @contextmanager
    def sitting(self, reader: str = "甲", blind: int = 0, **more: Any) -> Iterator[Session]:
        what = Reviewing(self.out, RULES, self.ledger, None, reader, blind=blind, **more)
        with reviewing(what) as session:
            yield session

    def listed(self) -> set[str]:
        """The names on the sheets in force."""
        cases = pl.read_parquet(self.out / "data/cases.parquet")
        records = pl.read_parquet(self.out / "data/records.parquet")
        ids = cases["record_ids"].explode()
        return set(records.filter(pl.col("record_id").is_in(ids.implode()))["name"])

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with reading(self.ledger) as connection:
            return [*connection.execute(sql).fetchall()]

    def whole(self) -> None:
        with reading(self.ledger) as connection:
            assert audit(connection) == []


@pytest.fixture(scope="module")
def august(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month that was matched; nobody writes here."""
    root = tmp_path_factory.mktemp("august")
    Desk(root, rules).match()
    return root


@pytest.fixture
def desk(august: Path, rules: Rules, tmp_path: Path) -> Desk:
    shutil.copytree(august, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path, rules)


def cards(session: Session) -> dict[str, Card]:
    return {card.name: card for card in map(session.card, range(session.total))}


def by_truth(session: Session) -> None:
    """Decide every question as it is, in the order of the page."""
    at: int | None = 0
    while (at := session.undecided_from(at or 0)) is not None:
        card = session.card(at)
        session.decide(
            at, "same" if TRUTH[card.name] else "different", 0 if TRUTH[card.name] else None
        )


def text_of(card: Card, key: str, candidate: int = 0) -> tuple[str, str]:
    field = next(each for each in card.candidates[candidate].fields if each.key == key)
    left, right = ("".join(piece.text for piece in side) for side in (field.left, field.right))
    return left, right


def test_what_a_card_shows(desk: Desk) -> None:
    with desk.sitting() as session:
        assert session.total == len(TRUTH)
        found = cards(session)
        assert found.keys() == TRUTH.keys()
        zhou = found["周涛"]
        assert (zhou.town, zhou.village, zhou.decided) == (*HERE, None)
        assert zhou.lists == ("自付医疗费用超4万元",)
        (candidate,) = zhou.candidates
        assert candidate.labels == ("低保",)
        assert candidate.places == ("低保.csv 第2行",)
        assert candidate.hangs == "是同一人：不再上核查表"
        assert candidate.weight is not None
        assert candidate.weight > 0
        assert text_of(zhou, "name") == ("周涛", "周涛")
        left, right = text_of(zhou, "id_number")
        assert left == f"{IDS['周涛'][:6]}********{IDS['周涛'][-4:]}"
        assert right != left
        number_field = next(each for each in candidate.fields if each.key == "id_number")
        assert [piece.text for piece in number_field.right if piece.differs] == [wrong("周涛")[16]]
        assert number_field.words
        assert sum(each.weight or 0.0 for each in candidate.fields if each.key != "rivals") == (
            pytest.approx(candidate.weight)
        )
        assert session.number_of(zhou.number, "left") == IDS["周涛"]
        assert session.number_of(zhou.number, 0) == wrong("周涛")
        assert len(found["李长庚"].candidates) == 2
        for wrong_number in (-1, session.total):
            with pytest.raises(Usage):
                session.card(wrong_number)
        with pytest.raises(Usage):
            session.number_of(zhou.number, 1)


def test_nothing_personal_is_kept_beside_what_verdicts_have(desk: Desk) -> None:
    with desk.sitting() as session:
        by_truth(session)
    seen = " ".join(text for (text,) in desk.ask("SELECT seen FROM reviewed"))
    office_words = [*TRUTH, *IDS.values(), *(row[1] for row in DIBAO)]
    assert not [word for word in office_words if word in seen]
    assert '"levels"' in seen
    assert '"weight"' in seen


def test_decided_by_truth_and_matched_again(desk: Desk) -> None:
    before = desk.listed()
    assert before == {*TRUTH, "郑在需"}
    with desk.sitting() as session:
        by_truth(session)
        standing = session.standing()
        assert (standing.done, standing.unsure, standing.saved) == (5, 0, 4)
        assert standing.due
    desk.whole()
    desk.match()
    assert desk.listed() == {"何静月", "郑在需"}, "who is in need stays, the others leave"
    with desk.sitting() as session:
        assert session.undecided_from(0) is None
        standing = session.standing()
        assert (standing.total, standing.done, standing.saved, standing.due) == (5, 5, 4, False)
    desk.match("2022-09")  # a later month: the same rows are not asked about again
    assert desk.listed() == {"何静月", "郑在需"}
    with pytest.raises(Usage, match="没有要核对的"), desk.sitting():
        pass
    desk.whole()


def test_who_is_carried_along_is_asked_about(desk: Desk) -> None:
    """No list of the later month names them; the roll still has the row that the sheet asks about."""
    fill(desk.root, "2022-09", [each for each in PAID if each[0] in ("李长庚", "郑在需")])
    desk.match("2022-09")
    with desk.sitting() as session:
        found = cards(session)
        assert found.keys() == TRUTH.keys()
        zhou = found["周涛"]
        assert zhou.candidates[0].hangs == "是同一人：不再上核查表"
        assert text_of(zhou, "name") == ("周涛", "周涛")
        assert session.number_of(zhou.number, "left") == IDS["周涛"]
        session.decide(zhou.number, "same", 0)
        session.decide(found["何静月"].number, "different", None)
    desk.match("2022-09")
    with desk.sitting() as session:
        assert {cards(session)[name].decided is None for name in ("周涛", "何静月")} == {False}
        assert session.standing().done == 2
    news = dict(
        desk.ask(
            "SELECT name, news FROM naming JOIN sighting USING (case_id) WHERE month = '2022-09'"
        )
    )
    assert news["周涛"] == "covered"
    assert news["何静月"] == "carried"
    desk.whole()


def test_decided_otherwise_after_the_match(desk: Desk) -> None:
    """What the sheets honour already is shown still, and a later decision takes its place."""
    with desk.sitting() as session:
        by_truth(session)
        before = cards(session)
    desk.match()
    with desk.sitting() as session:
        after = cards(session)
        assert after.keys() == before.keys()
        for name, card in after.items():
            old = before[name]
            assert (card.case_no, card.town, card.village, card.lists) == (
                old.case_no,
                old.town,
                old.village,
                old.lists,
            )
            assert card.decided == old.decided or name == "李长庚"
            shown = next(c for c in old.candidates if c.other == card.candidates[0].other)
            assert card.candidates[0].places == shown.places
            assert card.candidates[0].labels == shown.labels
            assert text_of(card, "name") == text_of(old, "name")
        for name, choice, candidate in (("周敏", "different", None), ("何静月", "same", 0)):
            session.decide(after[name].number, choice, candidate)  # type: ignore[arg-type]
        assert session.standing().due
    desk.match()
    assert desk.listed() == {"周敏", "郑在需"}
    with desk.sitting() as session:
        decided = cards(session)["周敏"].decided
        assert decided
        assert decided.choice == "different"
        assert not session.standing().due
    desk.whole()


def test_a_decision_is_taken_back(desk: Desk) -> None:
    with desk.sitting() as session:
        assert session.take_back() is None
        session.decide(0, "same", 0)
        session.decide(1, "unsure", None)
        assert session.take_back() == 1
        assert session.card(1).decided is None
        assert session.take_back() == 0
        assert session.standing().done == 0
        assert not session.standing().due
        assert session.take_back() is None
        session.decide(0, "same", 0)
        with writing(desk.ledger) as connection:  # something else is posted since
            postings.post(connection, Posting("return", "2022-08", "2022-08-28", "x", {}), "t")
        with pytest.raises(Usage, match="不能撤销"):
            session.take_back()
        session.decide(0, "different", None)
        decided = session.card(0).decided
        assert decided
        assert decided.choice == "different"
    desk.whole()


def test_unsure_is_kept_and_asked_again(desk: Desk) -> None:
    with desk.sitting() as session:
        session.decide(0, "unsure", None)
        name = session.card(0).name
        standing = session.standing()
        assert (standing.done, standing.unsure, standing.due) == (0, 1, False)
        assert session.undecided_from(0) == 1
    with desk.sitting() as session:
        assert session.undecided_from(0) == 1, "looked at, this month"
        assert session.undecided_from(session.total - 1) == session.total - 1
    with desk.sitting("乙") as session:
        assert session.undecided_from(0) == 0, "another reader may know"
    desk.match()
    assert name in desk.listed()


def test_one_candidate_in_the_place_of_another(desk: Desk) -> None:
    with desk.sitting() as session:
        place = cards(session)["李长庚"].number
        with pytest.raises(Usage, match="哪一个"):
            session.decide(place, "same", None)
        session.decide(place, "same", 1)
        session.decide(place, "same", 0)
        decided = session.card(place).decided
        assert decided
        assert (decided.choice, decided.candidate, decided.reader) == ("same", 0, "甲")
        others = [each.other for each in session.card(place).candidates]
        with pytest.raises(Usage, match="不能改为"):
            session.decide(place, "unsure", None)
    newest = dict(desk.ask("SELECT other, same FROM judgement ORDER BY judgement_id"))
    assert newest == {others[0]: 1, others[1]: 0}


def test_a_part_of_the_candidates_is_not_the_question(desk: Desk) -> None:
    with desk.sitting() as session:
        place = cards(session)["李长庚"].number
        session.decide(place, "different", 0)
        assert session.card(place).decided is None
        session.decide(place, "different", 1)
        decided = session.card(place).decided
        assert decided
        assert (decided.choice, decided.candidate) == ("different", None)


def test_two_readers_who_agree(desk: Desk) -> None:
    with desk.sitting("甲", blind=100) as session:
        by_truth(session)
        assert session.standing().done == 5
        assert not session.standing().due
        assert session.agreement() is None
    assert desk.ask("SELECT count(*) FROM judgement") == [(0,)]
    with desk.sitting("乙") as session:  # who has not heard of the share
        assert session.standing().done == 0
        assert all(card.decided is None for card in cards(session).values())
        assert all("甲" not in str(card) for card in cards(session).values())
        by_truth(session)
        found = session.agreement()
        assert found
        assert (found.pairs, found.agreed, found.kappa) == (5, 5, 1.0)
        assert session.disagreements() == []
        assert session.standing().due
    desk.match()
    assert desk.listed() == {"何静月", "郑在需"}


def test_two_readers_who_differ(desk: Desk) -> None:
    with desk.sitting("甲", blind=100) as session:
        by_truth(session)
        place = cards(session)["周敏"].number
        session.decide(place, "different", None)
        session.decide(place, "same", 0)  # changed before anybody else has answered
        session.decide(place, "different", None)
    with desk.sitting("乙", blind=100) as session:
        by_truth(session)
        assert session.disagreements() == [place]
        assert session.undecided_from(place) is None
        with pytest.raises(Usage, match="分歧"):
            session.decide(place, "different", None)
        found = session.agreement()
        assert found
        assert (found.pairs, found.agreed) == (5, 4)
        # four different kinds of answers at most: same by both 3, different by both 1, apart 1
        assert found.kappa == pytest.approx((0.8 - (0.6 * 0.8 + 0.4 * 0.2)) / (1 - 0.56))
    asked = "SELECT count(*) FROM judgement WHERE json_extract(candidate, '$.list') = 'dibao'"
    before = desk.ask(asked)
    with desk.sitting("丙") as session:
        assert session.undecided_from(0) is None
        session.settle(place, "same", 0)
        assert session.disagreements() == []
        decided = session.card(place).decided
        assert decided
        assert (decided.choice, decided.reader) == ("same", "丙")
        with pytest.raises(Usage, match="没有分歧"):
            session.settle(place, "same", 0)
        later = session.agreement()
        assert later
        assert later.agreed == 4, "what was settled is not how they answered"
        assert session.take_back() == place
        assert session.disagreements() == [place]
        session.settle(place, "same", 0)
    assert desk.ask(asked)[0][0] > before[0][0]
    desk.match()
    assert desk.listed() == {"何静月", "郑在需"}


def test_the_share_of_two_readers_is_the_same_for_both(desk: Desk) -> None:
    def said(reader: str) -> dict[str, set[int]]:
        with desk.sitting(reader, blind=50) as session:
            for place in range(session.total):
                session.decide(place, "unsure", None)
        found: dict[str, set[int]] = {}
        for way, case in desk.ask(f"SELECT way, case_id FROM reviewed WHERE reader = '{reader}'"):
            found.setdefault(way, set()).add(case)
        return found

    first, second = said("甲"), said("乙")
    assert first == second
    assert first.keys() == {"alone", "blind"}
    assert not first["alone"] & first["blind"]


def test_one_page_a_ledger(desk: Desk) -> None:
    with desk.sitting(), pytest.raises(Busy) as refused, desk.sitting("乙"):
        pass
    assert refused.value.exit_code == 4
    with desk.sitting("乙"):
        pass


def test_the_ledger_is_free_between_decisions(desk: Desk) -> None:
    with desk.sitting() as session:
        session.decide(0, "unsure", None)
        with writing(desk.ledger), pytest.raises(Busy):
            session.decide(1, "unsure", None)
        assert session.card(1).decided is None
        session.decide(1, "unsure", None)
        assert session.standing().unsure == 2


@pytest.mark.parametrize("where", ["judgement", "reviewed", "part"])
def test_all_of_a_decision_or_nothing(
    desk: Desk, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks while a decision is posted, nothing of it is there."""
    with desk.sitting() as session:
        before = desk.ask("SELECT count(*) FROM posting")
        with monkeypatch.context() as broken:

            def breaks(*_: object) -> None:
                raise KeyboardInterrupt

            name = {"judgement": "write_judgements", "reviewed": "_write_month", "part": "_bind"}
            broken.setattr(postings, name[where], breaks)
            with pytest.raises(KeyboardInterrupt):
                session.decide(0, "same", 0)
        assert desk.ask("SELECT count(*) FROM posting") == before
        assert session.card(0).decided is None
        session.decide(0, "same", 0)
        assert session.standing().done == 1
    desk.whole()


def test_a_month_that_was_matched_again_is_opened_again(desk: Desk) -> None:
    with desk.sitting() as session:
        by_truth(session)
        assert session.standing().due
        desk.match()
        with pytest.raises(Usage, match="又比对过"):
            session.decide(0, "different", None)


def test_what_cannot_be_reviewed(desk: Desk, tmp_path: Path) -> None:
    def refused(word: str, **other: Any) -> None:
        what = {"out": desk.out, "rules": RULES, "ledger": desk.ledger, "key": None, "reader": "甲"}
        with pytest.raises(Usage, match=word), reviewing(Reviewing(**{**what, **other})):
            pass

    refused("不是 match 的输出", out=desk.root / "2022-08")
    refused("没有台账", ledger=desk.root / "none.db")
    refused("是谁核对", reader=" ")
    with writing(tmp_path / "other.db"):
        pass
    (tmp_path / "other.db").exists()
    august = desk.out
    shutil.copytree(august, desk.root / "august")
    desk.match("2022-09")
    refused("已登记到 2022-09", out=desk.root / "august")
    undo(desk.ledger, None, undoable(desk.ledger, None).posting.posting_id)
    refused("没有登记 2022-09", out=desk.out)


def test_the_output_of_an_earlier_run(desk: Desk) -> None:
    shutil.copytree(desk.out, desk.root / "before")
    fill(desk.root, "2022-08", PAID[:-1])
    desk.match()
    what = Reviewing(desk.root / "before", RULES, desk.ledger, None, "甲")
    with pytest.raises(Usage, match="不是台账里 2022-08 最后一次"), reviewing(what):
        pass
    with desk.sitting() as session:
        assert session.total


def denied(desk: Desk, one: str, other: str) -> None:
    """A village has said that two cases are different people."""
    numbers = {name: case for name, case in case_ids(desk).items() if name in (one, other)}
    said = Verdict(numbers[one], f"case:{numbers[other]}", False, "2022-09-01", {"kind": "case"})
    with writing(desk.ledger) as connection:
        posting = Posting("return", "2022-08", "2022-08-28", "v", {}, verdicts=(said,))
        postings.post(connection, posting, "2022-09-01T09:00:00+08:00")


def case_ids(desk: Desk) -> dict[str, int]:
    return dict(desk.ask("SELECT name, case_id FROM sighting"))


def village_says(desk: Desk, name: str, row: str, same: bool, day: str) -> None:
    """A village's return has come in, with its verdict on a row of a roll."""
    verdict = Verdict(case_ids(desk)[name], row, same, day, {"kind": "roll", "list": "dibao"})
    posting = Posting("return", "2022-08", "2022-08-28", day, {}, verdicts=(verdict,))
    with writing(desk.ledger) as connection:
        postings.post(connection, posting, f"{day}T09:00:00+08:00")


def test_two_people_on_one_row(desk: Desk) -> None:
    """A is not B, B is the row: A is not the row. Where nobody has denied it, it is said."""
    with desk.sitting() as session:
        found = cards(session)
        row = found["周涛"].candidates[0].other
    village_says(desk, "周敏", row, True, "2022-09-01")
    with desk.sitting() as session:
        card = cards(session)["周涛"]
        assert "两个编号就是同一人" in card.candidates[0].hangs
    denied(desk, "周敏", "周涛")
    with desk.sitting() as session:
        before = desk.ask("SELECT count(*) FROM posting")
        with pytest.raises(Usage, match="两个编号就成了同一人"):
            session.decide(cards(session)["周涛"].number, "same", 0)
        assert desk.ask("SELECT count(*) FROM posting") == before
        session.decide(cards(session)["周涛"].number, "different", None)


def test_what_the_village_has_said_is_shown(desk: Desk) -> None:
    with desk.sitting() as session:
        row = cards(session)["周涛"].candidates[0].other
    village_says(desk, "周涛", row, False, "2022-09-03")
    with desk.sitting() as session:
        card = cards(session)["周涛"]
        assert "2022-09-03 村里答过：不是同一人" in card.candidates[0].hangs
        session.decide(card.number, "same", 0)
    desk.match()
    assert "周涛" not in desk.listed()


def test_decided_pairs_count_as_left_for_review(desk: Desk) -> None:
    """Else the recall of the linkage would rise by what the desk has found."""

    def reviews() -> dict[str, int]:
        with reading(desk.ledger) as connection:
            (counts,) = month_counts(connection)
        of_bands = counts["reviews_by_band"].items()
        found = {name: sum(tiers.values()) for name, tiers in counts["reviews_by_tier"].items()}
        assert found == {name: sum(map(sum, tiers.values())) for name, tiers in of_bands}
        return found

    before = reviews()
    with desk.sitting() as session:
        by_truth(session)
        place = cards(session)["何静月"].number
        session.decide(place, "different", None)  # said twice, one pair
        assert reviews() == before
    desk.match()
    # of 李长庚 only one row is decided; the other one is left for review still
    assert reviews() == before == {"dibao": 6}


def test_the_other_commands_know_it(desk: Desk) -> None:
    with desk.sitting() as session:
        by_truth(session)
    found = undoable(desk.ledger, None)
    assert found.reviews == 1
    assert "2022-08 的核对" in found.title
    undo(desk.ledger, None, found.posting.posting_id)
    with desk.sitting() as session:
        assert session.standing().done == 4
    desk.match()
    why = explain_person(Wanted("周涛"), desk.out, RULES, Memory(desk.ledger), people=True)
    assert "核对过" in str(why)
    desk.whole()


def test_a_whole_sitting_is_taken_back(desk: Desk) -> None:
    """By events of correction, all or nothing; not that of somebody else, nor an earlier one."""

    def mine(reader: str = "甲", answer: bool = True) -> dict[str, Any]:
        what = Reviewing(desk.out, RULES, desk.ledger, None, reader)
        return take_back(what, lambda said: asked.append(said) or answer)  # type: ignore[func-returns-value]

    asked: list[str] = []
    with pytest.raises(Usage, match="没有可以撤销的"):
        mine()
    with desk.sitting() as session:
        session.decide(cards(session)["苏小妹"].number, "different", None)
    with desk.sitting() as session:
        found = cards(session)
        session.decide(found["周涛"].number, "same", 0)
        session.decide(found["苏小妹"].number, "same", 0)
        session.take_back()
        session.decide(found["李长庚"].number, "same", 1)
    postings_before = desk.ask("SELECT count(*) FROM posting")[0][0]
    with pytest.raises(Usage, match="“甲”的"):
        mine("乙")
    with desk.sitting(), pytest.raises(Busy):
        mine()
    assert mine(answer=False)["counts"]["taken_back"] == 0
    assert desk.ask("SELECT count(*) FROM posting")[0][0] == postings_before
    report = mine()
    assert "2 条" in asked[-1]
    assert (report["counts"], report["reader"]) == ({"taken_back": 2, "earlier": 0}, "甲")
    assert desk.ask("SELECT count(*) FROM posting")[0][0] == postings_before + 2, "nothing deleted"
    desk.whole()
    with desk.sitting() as session:
        decided = {
            name: card.decided and card.decided.choice for name, card in cards(session).items()
        }
        assert {name: choice for name, choice in decided.items() if choice} == {
            "苏小妹": "different"
        }
    assert mine()["counts"]["taken_back"] == 1, "and then the sitting before"
    with pytest.raises(Usage, match="没有可以撤销的"):
        mine()
    desk.whole()


@pytest.mark.parametrize("order", ["leaves", "uncertain", "town"])
def test_the_order(desk: Desk, order: str) -> None:
    with desk.sitting(order=order) as session:
        names = [session.card(place).name for place in range(session.total)]
        certain = [
            abs((max(c.probability or 0 for c in session.card(i).candidates)) - 0.5)
            for i in range(session.total)
        ]
    assert {*names} == TRUTH.keys()
    if order == "uncertain":
        assert certain == sorted(certain)


@pytest.mark.parametrize(
    ("desk_said", "village", "codes"),
    [(True, "否", 1), (False, "是", 1), (True, "是", 0), (False, "否", 0)],
)
def test_a_village_that_says_otherwise_is_told(
    returning: Round, desk_said: bool, village: str, codes: int
) -> None:
    at = "2022-07-02T09:00:00+08:00"
    verdict = Verdict(2, "row:0123", desk_said, at[:10], ROLL_CANDIDATE)
    choice = "same" if desk_said else "different"
    said = Reviewed(2, "row:0123", "甲", choice, "alone", at, {})  # type: ignore[arg-type]
    posting = Posting(
        "review", "2022-06", "2022-06-30", "r", {}, verdicts=(verdict,), reviewed=(said,)
    )
    with writing(returning.ledger) as connection:
        postings.post(connection, posting, at)
    returning.filled({2: {"same_person": village, "result": "符合", "visited_on": "2022-07-08"}})
    report = returning.collect()
    found = returning.codes(report)
    assert found.get("DESK_CONFLICT", 0) == codes, found
    assert "ANSWERS_CONFLICT" not in found
    with reading(returning.ledger) as connection:
        newest = connection.execute("SELECT same FROM judgement WHERE case_id = 2").fetchall()
        assert audit(connection) == []
    assert newest == [(int(desk_said),)], "what the desk has said stands, once"


_DECIDES = """
import sys
from pathlib import Path
from loubao.commands.review import Reviewing, reviewing
out, rules, ledger = map(Path, sys.argv[1:4])
with reviewing(Reviewing(out, rules, ledger, None, "甲")) as session:
    for turn in range(1000):
        place = turn % session.total
        choice = ("different", "same")[turn // session.total % 2]
        session.decide(place, choice, None if choice == "different" else 0)
        print(place, choice, flush=True)
"""


@pytest.mark.parametrize("confirmed", [1, 7, 16])
def test_killed_no_confirmed_decision_is_lost(desk: Desk, confirmed: int) -> None:
    """Killed while the next decision is on its way: it is there as a whole, or not at all."""
    command = [sys.executable, "-c", _DECIDES, str(desk.out), str(RULES), str(desk.ledger)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        said = [process.stdout.readline().split() for _ in range(confirmed)]
        time.sleep(0.003 * confirmed % 0.02)
        process.kill()
        said += [line.split() for line in process.stdout]
    desk.whole()
    posted = desk.ask("SELECT count(*) FROM posting WHERE kind = 'review'")[0][0]
    assert len(said) <= posted <= len(said) + 1
    assert (
        desk.ask("SELECT DISTINCT posting_id FROM reviewed EXCEPT SELECT posting_id FROM posting")
        == []
    )
    with desk.sitting() as session:  # nothing holds the lock any more
        for place, choice in said[-session.total + 1 :]:
            decided = session.card(int(place)).decided
            assert decided is not None
            if posted == len(said):
                assert decided.choice == choice
