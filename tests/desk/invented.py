"""A review without a ledger: invented people, and what was decided of them."""

from __future__ import annotations

from loubao.core.faults import Usage
from loubao.review.cards import (
    Agreement,
    Candidate,
    Card,
    Choice,
    Decision,
    Field,
    Piece,
    Standing,
)

NUMBER = "990101199001011234"


def candidate(place: int) -> Candidate:
    plain = (Piece("女"),)
    return Candidate(
        other=f"row:{place}",
        also=(),
        labels=("低保", "残疾人两项补贴"),
        places=(f"6月低保.xlsx 第{place + 12}行",),
        fields=(
            Field(
                "name",
                "姓名",
                (Piece("林美"), Piece("华", True)),
                (Piece("林美"), Piece("花", True)),
                "姓名同音",
                3.2,
                "中",
            ),
            Field("id_number", "身份证号", (Piece("990101********1234"),), (Piece("缺"),)),
            Field("sex", "性别", plain, plain, "性别相同", 0.9, "弱"),
        ),
        wording="姓名同音",
        hangs="已享受低保，不再上核查表",
        weight=9.3,
        probability=0.87,
    )


class Invented:
    """Questions with one, two, three, one … candidates; `kept` has each decision in turn."""

    def __init__(self, total: int = 6) -> None:
        self.total = total
        self.kept: list[tuple[int, Choice, int | None]] = []
        self.fails = False

    def _in_force(self) -> dict[int, tuple[Choice, int | None]]:
        return {number: (choice, place) for number, choice, place in self.kept}

    def card(self, number: int) -> Card:
        decided = self._in_force().get(number)
        at = f"2022-07-01T09:00:{[each[0] for each in self.kept].count(number):02}"
        return Card(
            number=number,
            case_no=f"104-2022-{number + 1:05}",
            town="洛阳镇",
            village="上浦村",
            name="林美华<b>",
            lists=("自付医疗费用超4万元",),
            clues=("个人自付医疗费52345.67元",),
            candidates=tuple(candidate(place) for place in range(1 + number % 3)),
            decided=None if decided is None else Decision(*decided, "甲", at),
        )

    def number_of(self, number: int, side: str | int) -> str:
        return NUMBER

    def decide(self, number: int, choice: Choice, candidate: int | None) -> Standing:
        if self.fails:
            raise Usage("台账正由另一次运行使用，请稍后再试")
        self.kept.append((number, choice, candidate))
        return self.standing()

    settle = decide

    def take_back(self) -> int | None:
        return self.kept.pop()[0] if self.kept else None

    def standing(self) -> Standing:
        choices = [choice for choice, _ in self._in_force().values()]
        unsure = choices.count("unsure")
        return Standing(
            total=self.total,
            done=len(choices) - unsure,
            unsure=unsure,
            skipped=0,
            saved=choices.count("same"),
            due=bool(choices),
        )

    def undecided_from(self, number: int) -> int | None:
        places = [(number + i) % self.total for i in range(self.total)]
        return next((place for place in places if place not in self._in_force()), None)

    def disagreements(self) -> list[int]:
        return [number for number, (choice, _) in self._in_force().items() if choice == "unsure"]

    def agreement(self) -> Agreement | None:
        return Agreement(10, 8, 0.52, 0.1, 0.94)
