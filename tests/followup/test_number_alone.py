"""A name masked, missing or spelt under the proven number of a case: the same case, or not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from loubao.core import frames
from loubao.core.events import Event, NewCase, Place, Sighting
from loubao.core.readings import is_spelt
from loubao.ledger.connection import writing as opened
from tests.followup.test_months import Office, office, roll_key
from tests.people import number
from tests.screening.test_cases import N, prepared, someone

__all__ = ["office"]


def written(name: str | None, list_: str = "medical", **more: Any) -> dict[str, Any]:
    return someone(list_, name=name, **more)


LONG = pytest.mark.long
SAME = [
    ("周涛", "周*"),
    ("周*", "周涛"),
    ("周涛", "*涛"),
    ("周小涛", "周**"),
    ("周小涛", "周*"),
    ("周小涛", "**涛"),
    ("何静月", "何*月"),
    ("何静月", "何＊月"),
    ("周*", "周某"),
    ("周涛", None),
    (None, "周涛"),
    ("王䶮", "王□"),
    ("郑彧", "郑yu"),
    ("郑彧", "ZHENG YU"),
    ("周小涛", "Xiaotao Zhou"),
    ("周涛", "周小涛"),
]
OTHER = [
    ("周涛", "李*"),
    ("周涛", "*敏"),
    ("周涛", "周敏"),
    ("何静月", "何*星"),
    ("周涛", "ZHOU MIN"),
    ("周涛", "周建敏"),
]


#: Numbers of different people, one for each pair of names.
NUMBERS = [number(f"19{40 + i}0305", 123) for i in range(len(SAME))]


@pytest.mark.parametrize("list_", ["disability", pytest.param("medical", marks=LONG)])
def test_one_person(office: Office, list_: str) -> None:
    """In the month after and in the one after that, whichever list writes it."""
    people = list(zip(NUMBERS, SAME, strict=True))
    may = office.month("2022-05", *(written(name, id_=id_) for id_, (name, _) in people))
    assert may["numbers"].keys() == set(NUMBERS)
    for month in ("2022-06", "2022-07"):
        told = office.month(month, *(written(name, list_, id_=id_) for id_, (_, name) in people))
        assert told["numbers"] == may["numbers"]
        assert told["rows"] == len(SAME)
    office.audit()


@pytest.mark.parametrize(
    ("before", "now"), [*OTHER[:3], *(pytest.param(*names, marks=LONG) for names in OTHER[3:])]
)
def test_another_name_keeps_the_case_and_asks(office: Office, before: str, now: str) -> None:
    """Until a village has answered; the same month again says the same."""
    (case,) = office.month("2022-05", written(before))["sheet"].values()
    for month in ("2022-06", "2022-07"):
        told = office.month(month, written(now))
        assert told["sheet"] == {now: case}
        assert f"以前写作“{before}”" in told["words"][case]
        assert office.month(month, written(now))["editions"] == []
    office.say(case, "difficult", "2022-07-30")
    office.say(case, "eligible", "2022-07-31")  # the office's from now on
    assert case not in office.month("2022-08", written(now))["words"]
    office.audit()


@pytest.mark.parametrize("list_", ["disability", pytest.param("medical", marks=LONG)])
def test_another_name_reopens_what_was_closed(office: Office, list_: str) -> None:
    """Who was refused was somebody of that name: the case, and a question."""
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    told = office.month("2022-06", written("周敏", list_))
    assert told["sheet"] == {"周敏": case}
    assert told["news"] == {"back": 1}
    assert "以前写作“周涛”" in told["words"][case]
    assert office.month("2022-06", written("周敏", list_))["editions"] == []
    office.say(case, "ineligible", "2022-06-29")
    for month, name in (("2022-07", "周敏"), ("2022-08", "周涛"), ("2022-09", "周敏")):
        told = office.month(month, written(name, list_))
        assert told["news"] == {"spared": 1}, "both names have been asked about"
        assert office.month(month, written(name, list_))["editions"] == []
    told = office.month("2022-10", written("周建国", list_))
    assert (told["news"], told["sheet"]) == ({"back": 1}, {"周建国": case})
    office.audit()


@pytest.mark.parametrize(
    "now", ["李*", "周敏", *(pytest.param(name, marks=LONG) for name in ("*敏", "ZHOU MIN"))]
)
def test_a_refusal_holds_for_every_name_that_a_sheet_asked_about(office: Office, now: str) -> None:
    """Once a month, and until a new list or the end of its time."""
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    assert office.month("2022-06", written(now))["sheet"] == {now: case}
    office.say(case, "ineligible", "2022-06-29")
    for month in ("2022-07", "2022-08"):
        assert office.month(month, written(now))["news"] == {"spared": 1}
    told = office.month("2022-09", written(now, "disability"), written(now))
    assert (told["news"], told["sheet"]) == ({"back": 1}, {now: case})
    assert "以前写作" not in told["words"][case]
    office.audit()


def test_a_name_on_a_roll_that_no_sheet_asked_about_reopens(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    office.month("2022-06", written("周敏"))
    office.say(case, "ineligible", "2022-06-29")
    told = office.month("2022-07", written("周*"), written("周建", "tekun"))
    assert told["sheet"] == {"周*": case}


def test_two_names_of_one_person_by_a_verdict_are_refused_once(office: Office) -> None:
    lists = (written("周涛"), written("周敏"))
    first = office.month("2022-05", *lists)["sheet"]
    office.merge(first["周敏"], first["周涛"])
    office.month("2022-05", *lists)
    office.say(first["周涛"], "ineligible", "2022-05-30")
    for month in ("2022-06", "2022-07"):
        told = office.month(month, *lists)
        assert (told["rows"], told["news"]) == (0, {"spared": 1})


def test_the_question_goes_with_a_case_that_another_village_gets(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "returned", "2022-05-30", to="后亭村")
    told = office.month("2022-06", written("周敏"))
    assert "上浦村退回" in told["words"][case]
    assert "以前写作“周涛”" in told["words"][case]
    office.say(case, "returned", "2022-06-29")
    assert [*office.month("2022-07", written("周敏"))["office"]] == ["周敏"]
    office.ask(case, "2022-07-30")
    told = office.month("2022-08", written("周敏"))
    assert "乡镇请再核查" in told["words"][case]
    assert "以前写作“周涛”" in told["words"][case]


def test_both_names_at_a_time_are_two_people_of_one_list(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    told = office.month("2022-06", written("周涛"), written("周敏"))
    assert told["sheet"]["周涛"] == case
    assert told["sheet"]["周敏"] != case


def test_two_people_with_one_number_are_not_merged(office: Office) -> None:
    """周涛 and 周敏 have one number: whose name 周* is, nobody can tell."""
    office.month("2022-05", written("周涛"), written("周敏"))
    told = office.month("2022-06", written("周*"))
    assert told["rows"] == 3
    assert len(office.statuses()) == 3


def test_two_people_of_the_month_are_not_one(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    told = office.month("2022-06", written("周涛"), written("周*"))
    assert told["sheet"]["周涛"] == case
    assert told["sheet"]["周*"] != case


def test_a_roll_that_has_another_under_the_number(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    told = office.month("2022-06", written("周*"), written("周敏", "tekun"))
    assert told["sheet"] == {"周*": case}
    assert any("周敏" in doubt for doubt in told["doubts"][case])


def test_both_lists_of_a_case_stay_with_it_when_a_roll_has_one_writing(office: Office) -> None:
    """Both wrote the number for the case before: no new case each month, and no other run."""
    rows = written("谢国秀"), written("谢**", "monitored")
    (case,) = office.month("2022-05", *rows)["sheet"].values()
    office.say(case, "applied", "2022-05-30")
    for again in (False, True):
        told = office.month("2022-06", *rows, written("谢国秀", "dibao"))
        assert (told["news"], bool(told["editions"])) == ({"covered": 1}, False), again
    assert office.month("2022-07", *rows, written("谢国秀", "dibao"))["news"] == {"covered": 1}
    assert office.statuses() == {case: "enrolled"}


def test_a_second_writing_of_a_number_keeps_the_case_that_it_got(office: Office) -> None:
    """A list that masks the name and never wrote this number: a case of its own, but one."""
    whole, roll = written("谢国秀"), written("谢国秀", "dibao")
    (case,) = office.month("2022-05", whole)["sheet"].values()
    masked = written("谢**", "monitored")
    (other,) = office.month("2022-06", whole, masked, roll)["sheet"].values()
    assert other != case
    for month in ("2022-07", "2022-08", "2022-08"):
        assert list(office.month(month, whole, masked, roll)["sheet"].values()) == [other]
    assert office.statuses() == {case: "enrolled", other: "unverified"}


def test_a_closed_case_stays_closed_where_its_list_masks_the_name(office: Office) -> None:
    """The list wrote this number for that name: it hides the name, and nobody else."""
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    for _ in range(2):
        assert office.month("2022-06", written("周*"))["news"] == {"spared": 1}
    assert office.statuses() == {case: "ineligible"}


def test_a_closed_case_is_reopened_where_another_list_masks_the_name(office: Office) -> None:
    """As by every new list: the number and what shows of the name are theirs, nothing is asked."""
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    for _ in range(2):
        told = office.month("2022-06", written("周*", "disability"))
        assert told["sheet"] == {"周*": case}
        assert "以前写作" not in told["words"][case]
    assert told["editions"] == []
    office.say(case, "ineligible", "2022-06-29")
    assert office.month("2022-07", written("周*", "disability"))["news"] == {"spared": 1}
    office.audit()


def test_a_closed_case_with_a_roll_that_has_another_is_reopened(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    told = office.month("2022-06", written("周*"), written("周敏", "tekun"))
    assert told["sheet"] == {"周*": case}


def test_who_is_dead_stays_dead_under_a_masked_name(office: Office) -> None:
    office.month("2022-05", written("周涛", "disability"))
    dead = written("周涛", "death", death_date=date(2022, 6, 3))
    assert office.month("2022-06", written("周*", "disability"), dead)["news"] == {"excluded": 1}
    for month in ("2022-07", "2022-08"):
        told = office.month(month, written("周*", "disability"))
        assert (told["rows"], told["news"]) == (0, {"excluded": 1})
    office.audit()


def test_a_roll_covers_who_is_masked_on_the_list_that_wrote_the_name(office: Office) -> None:
    office.month("2022-05", written("周涛"))
    told = office.month("2022-06", written("周*"), written("周涛", "dibao"))
    assert told["news"] == {"covered": 1}


@pytest.mark.parametrize("names", [("周涛", "周*"), ("周*", "周涛"), ("周小涛", "周**")])
def test_two_lists_of_a_month_are_one_person(office: Office, names: tuple[str, str]) -> None:
    one, other = names
    told = office.month("2022-05", written(one), written(other, "disability"))
    assert told["rows"] == 1
    assert told["cases"]["lists"].to_list() == [["disability", "medical"]]
    again = office.month("2022-06", written(one), written(other, "disability"))
    assert set(again["sheet"].values()) == set(told["sheet"].values())


@pytest.mark.parametrize("name", ["周*", "周某", "*涛", "周涛"])
def test_a_name_that_shows_one_character_is_covered_and_dead_as_the_whole_one(
    office: Office, name: str
) -> None:
    """Where nobody else has the number, in this month or in one before it."""
    death = written(name, "death", death_date=date(2022, 5, 3))
    assert office.month("2022-05", written("周涛", "disability"), death)["sheet"] == {}
    assert office.month("2022-06", written("周涛", "disability"))["sheet"] == {}
    roll = written("周涛", "dibao")
    assert office.month("2022-07", written(name), roll)["sheet"] == {}


@pytest.mark.parametrize("name", ["周*", "*涛", "周敏"])
@pytest.mark.parametrize("month", ["2022-05", "2022-06"])
def test_a_masked_name_of_a_number_that_others_have_sets_nobody_aside(
    office: Office, name: str, month: str
) -> None:
    """The other name may stand on the lists of the month, or in the ledger alone."""
    other = written("周小涛")
    if month == "2022-06":
        office.month("2022-05", other)
    death = written(name, "death", death_date=date(2022, 5, 3))
    rows = (written("周涛", "disability"), death, *([other] if month == "2022-05" else []))
    told = office.month(month, *rows)
    assert "周涛" in told["sheet"]
    assert any(
        "已死亡" in doubt or "死亡" in doubt for doubt in told["doubts"][told["sheet"]["周涛"]]
    )
    later = office.month("2022-07", written("周涛", "disability"))
    assert "周涛" in later["sheet"], "a list of an earlier month says no more"


def doubled(office: Office, result: str | None = None) -> tuple[str, str]:
    """Two open cases of one number, as earlier versions opened them."""
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    with opened(office.ledger) as held:
        (row,) = (
            prepared(written("周*", "disability")).select(*frames.WRITTEN).iter_rows(named=True)
        )
        texts = {key: None if value is None else str(value) for key, value in row.items()}
        place = Place(2, "洛阳镇", "上浦村", "", "H0000002", ("disability",))
        events = (Event(2, "opened", "2022-05-30", {"lists": ["disability"]}),)
        office._post(
            held,
            cases=(NewCase(2, "104-2022-00002", "104", 2022, 2),),
            events=events,
            places=(place,),
            sightings=(Sighting(2, texts),),
        )
    if result:
        office.say("104-2022-00002", result, "2022-05-31")
    return case, "104-2022-00002"


@pytest.mark.parametrize("row", [written("周涛"), written("周*", "disability"), None])
def test_what_is_open_twice_is_merged(office: Office, row: dict[str, Any] | None) -> None:
    """Whichever name comes, and where none comes; once, and nothing is asked again."""
    case, other = doubled(office)
    rows = [row] if row else [someone("medical", number("19660606", 9), name="李四")]
    for month, again in (("2022-06", False), ("2022-06", True), ("2022-07", False)):
        told = office.month(month, *rows)
        assert bool(told["editions"]) != again
        assert case in told["sheet"].values()
        assert told["rows"] == (1 if row else 2)
        assert not any("同一人" in doubt for each in told["doubts"].values() for doubt in each)
    assert other not in office.statuses()
    office.audit()


def test_the_run_that_merges_is_as_the_next_one(office: Office) -> None:
    """The village's word on the merged case holds for the one that it lives on in."""
    _, other = doubled(office)
    edge = written("周涛", "dibao_edge")
    office.judge(other, roll_key(office, edge), True, "dibao_edge")
    first = office.month("2022-06", written("周涛"), edge)
    again = office.month("2022-06", written("周涛"), edge)
    assert first["decisions"]["tier"].to_list() == ["judged_same"]
    assert_frame_equal(first["decisions"], again["decisions"])
    assert again["editions"] == []


def test_a_closed_case_of_another_name_keeps_open_ones_apart(office: Office) -> None:
    """Whose name 周** is, nobody can tell: neither in the first run nor in the next."""
    may = office.month("2022-05", written("周荣花", "disability"), written("周*鹏", "monitored"))
    office.say(may["sheet"]["周荣花"], "ineligible", "2022-05-30")
    for again in (False, True):
        told = office.month("2022-06", written("周**"))
        assert (told["rows"], "写作“" in "".join(told["words"].values())) == (1, True)
        assert bool(told["editions"]) != again


def test_the_answered_case_lives_on(office: Office) -> None:
    _, other = doubled(office, "eligible")
    office.month("2022-06", written("周涛"))
    assert office.statuses() == {other: "eligible"}
    office.audit()


def test_what_a_village_keeps_apart_is_not_merged(office: Office) -> None:
    case, other = doubled(office)
    office.judge(other, "case:1", False, "medical")
    office.month("2022-06", written("周涛"))
    assert office.statuses().keys() == {case, other}


def test_an_unproven_number_is_not_enough(office: Office) -> None:
    wrong = N[:17] + ("0" if N[17] != "0" else "1")
    office.month("2022-05", someone("medical", wrong, name="周涛"))
    assert office.month("2022-06", someone("disability", wrong, name="周*"))["rows"] == 2


def test_another_number_is_another_person(office: Office) -> None:
    office.month("2022-05", written("周涛"))
    told = office.month("2022-06", someone("medical", number("19660606", 9), name="周*"))
    assert told["rows"] == 2


def test_a_month_run_again_gives_the_same(office: Office) -> None:
    office.month("2022-05", written("周涛"))
    office.month("2022-06", written("周*"))
    before = office.tables()
    office.month("2022-06", written("周*"))
    assert office.tables() == before


def test_a_month_run_again_with_masked_names(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    assert list(office.month("2022-05", written("周*"))["sheet"].values()) == [case]


@pytest.mark.parametrize("latin", ["", "Z", "123", "ZHOU"])
def test_letters_that_spell_no_name(latin: str) -> None:
    assert not is_spelt(latin, "周涛")


STARRED = N[:6] + "********" + N[14:]
NAMESAKE = number("19710809", 23)
OF_LI = number("19660606", 9)


@pytest.mark.parametrize(("before", "now"), [(N, STARRED), (STARRED, N)])
@pytest.mark.parametrize("list_", ["medical", "disability"])
def test_a_starred_number_finds_the_open_case(
    office: Office, before: str, now: str, list_: str
) -> None:
    (case,) = office.month("2022-05", someone("medical", before))["sheet"].values()
    for month in ("2022-06", "2022-07"):
        told = office.month(month, someone(list_, now))
        assert (list(told["sheet"].values()), told["rows"]) == ([case], 1)
        assert office.month(month, someone(list_, now))["editions"] == []
    office.audit()


@pytest.mark.parametrize(("now", "rows"), [("庄*国", 1), ("庄*军", 2), ("庄**", 2)])
def test_a_name_that_hides_a_character_beside_a_whole_number(
    office: Office, now: str, rows: int
) -> None:
    office.month("2022-05", someone("monitored", STARRED))
    assert office.month("2022-06", someone("monitored", name=now))["rows"] == rows


def test_what_a_sheet_says_of_a_death_and_of_another_case_stays(office: Office) -> None:
    """Also where the lists name the same person otherwise, whose case is closed."""
    dead = someone("death", death_date=date(2022, 5, 3))
    (case,) = office.month("2022-05", someone("medical"), dead)["sheet"].values()
    office.say(case, "ineligible", "2022-05-30", alive="否", why_not="已死亡")
    (other,) = office.month("2022-06", someone("medical", STARRED))["sheet"].values()
    for month in ("2022-06", "2022-07"):
        told = office.month(month, someone("medical", STARRED if month == "2022-06" else N))
        first, second = told["doubts"][other]
        assert "死亡名单" in first
        assert f"以前的{case}号（已核查不符合）" in second
    office.audit()


def test_what_is_said_of_a_case_that_is_the_offices(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "eligible", "2022-05-30")
    told = office.month("2022-06", written("周涛"), written("周敏", "disability"))
    assert told["office"]["周涛"]["case_no"] == case
    assert "又写作“周敏”" in told["office"]["周涛"]["said"]


#: now, beside 庄建国 with the number N in the month before: another person or a question
NOT_STARRED = [
    someone("disability", STARRED, village="后亭村"),
    someone("disability", STARRED, name="庄建军"),
    someone("disability", STARRED, name="庄*国"),
    someone("disability", N[:6] + "********" + NAMESAKE[14:]),
    someone("disability", N[:10] + "********"),
]


@pytest.mark.parametrize("now", NOT_STARRED)
def test_a_starred_number_that_may_be_of_another(office: Office, now: dict[str, Any]) -> None:
    office.month("2022-05", someone("medical"))
    assert office.month("2022-06", now)["rows"] == 2


def test_a_starred_number_finds_no_closed_case_and_none_of_two(office: Office) -> None:
    (case,) = office.month("2022-05", someone("medical"))["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    told = office.month("2022-06", someone("disability", STARRED))
    (other,) = told["sheet"].values()
    assert other != case
    assert any("同一人" in doubt for doubt in told["doubts"][other])
    # now either may be meant
    told = office.month("2022-07", someone("monitored", STARRED[:8] + "*" * 6 + N[14:]))
    assert any("同一人" in doubt for doubt in told["doubts"][other])


@pytest.mark.parametrize("refused", [False, True])
def test_a_question_stays_where_no_list_names_the_people_any_more(
    office: Office, refused: bool
) -> None:
    """Two cases that may be one person: asked until it is answered."""
    bare = someone("medical", None)
    (case,) = office.month("2022-05", bare)["sheet"].values()
    if refused:
        office.say(case, "ineligible", "2022-05-30")
    told = office.month("2022-06", someone("disability"))
    (other,) = set(told["sheet"].values()) - {case}
    nobody = someone("dibao_edge", OF_LI, name="李四")
    for month in ("2022-07", "2022-08"):
        told = office.month(month, nobody)
        assert any("同一人" in doubt for doubt in told["doubts"][other])
        assert told["candidates"] == {} or all(told["candidates"].values())
        assert office.month(month, nobody)["editions"] == []
    office.judge(other, f"case:{1}", False, "medical")
    assert office.month("2022-09", nobody)["doubts"][other] == []
    office.audit()


def test_a_roll_that_covers_nobody_in_full_keeps_nobody_apart(office: Office) -> None:
    """One number, one case, also where the village has answered. A roll that covers is for both:
    each list wrote the number for this case before."""
    edge = written("周小涛", "dibao_edge")
    rows = (written("周小涛"), written("周**", "monitored"), edge)
    may = office.month("2022-05", *rows)
    (case,) = may["sheet"].values()
    assert may["cases"]["status"].to_list() == ["partial"]
    office.say(case, "eligible", "2022-05-30")
    told = office.month("2022-06", *rows)
    assert (told["sheet"], [*told["office"]]) == ({}, ["周小涛"])
    on_roll = written("周小涛", "dibao")
    told = office.month("2022-07", *rows, on_roll)
    assert (told["sheet"], told["news"]) == ({}, {"covered": 1})
    office.audit()


def test_the_dead_are_dead_under_a_masked_name_of_another_list(office: Office) -> None:
    """The month or the ledger has the name that the deaths list has, under the number."""
    death = written("周小涛", "death", death_date=date(2022, 5, 3))
    masked = written("周**", "monitored")
    assert office.month("2022-05", written("周小涛", "disability"), masked, death)["sheet"] == {}
    assert [*office.month("2022-06", masked)["sheet"]] == ["周**"], "no case had the name"


@pytest.mark.parametrize("month", ["2022-06", "2022-07"])
def test_who_has_a_case_is_dead_under_a_masked_name_of_another_list(
    office: Office, month: str
) -> None:
    """The deaths list is of the same month, or of the one before."""
    office.month("2022-05", written("周小涛", "monitored"))
    death = written("周小涛", "death", death_date=date(2022, 6, 3))
    masked = written("周**", "disability")
    if month == "2022-07":
        office.month("2022-06", written("周小涛", "monitored"), death)
    for _ in range(2):
        told = office.month(month, masked, *([death] if month == "2022-06" else []))
        assert (told["news"], told["sheet"]) == ({"excluded": 1}, {})
    office.audit()
