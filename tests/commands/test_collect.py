"""Sheets filled in and sent back: whole workbooks through `collect`, and through the command."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from loubao.commands import collect
from loubao.core.faults import UntrustedInput, Usage
from loubao.ledger.connection import writing
from loubao.rules.folder import Rules
from loubao.workspace import output_file
from tests.commands import office
from tests.people import number
from tests.round import PEOPLE, SHEET, Pen, Round, case_no, issue

ELIGIBLE = {"visited_on": dt.date(2022, 7, 5), "result": "已核查符合", "proposed_type": "低保"}
INELIGIBLE = {"visited_on": "2022-07-06", "result": "已核查不符合", "why_not": "收入超标"}
DIFFICULT = {"visited_on": "7月7日", "result": "疑难", "remark": "户籍在外地，财产查不到"}


@pytest.fixture
def desk(returning: Round) -> Round:
    return returning


def rows_of(path: Path, page: int = 0) -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(path).worksheets[page].values]


def test_a_sheet_filled_in(desk: Round) -> None:
    desk.filled({1: ELIGIBLE, 2: INELIGIBLE, 3: DIFFICULT})
    report = desk.collect()
    assert report["counts"] | {"skipped": 0, "rows": 0} == {
        "files": 1,
        "sheets": 1,
        "rows": 0,
        "posted": 3,
        "unchanged": 0,
        "repeated": 0,
        "judged": 0,
        "added": 0,
        "untouched": 1,
        "out": 0,
        "skipped": 0,
        "unidentified": 0,
        "missing": 0,
        "new_people": 0,
        "parted": 0,
        "judgements": 0,
        "merged": 0,
        "asked": 0,
        "issues": 0,
    }
    assert desk.statuses() == ["eligible", "ineligible", "difficult", *["unverified"] * 3]
    event = desk.events(1)[-1]
    assert (event.kind, event.on_date, event.edition_id) == ("verified", "2022-07-05", 1)
    assert event.detail["lists"] == ["medical"]
    assert event.detail["answers"] == {
        "visited_on": "2022-07-05",
        "result": "已核查符合",
        "proposed_type": "低保",
    }
    assert (event.detail["file"], event.detail["sheet"]) == ("上浦村.xlsx", "核查表")
    assert desk.standing(3)["answered_on"] == "2022-07-07"
    difficult = rows_of(desk.root / "out" / "疑难.xlsx")
    assert difficult[3][:5] == ["洛阳镇", "上浦村", case_no(3), "曾淑勉", "350599********0467"]
    assert "户籍在外地，财产查不到" in difficult[3]
    assert "没有发现问题" in rows_of(desk.root / "out" / "回收问题.xlsx")[1][0]


def test_again_changes_nothing(desk: Round) -> None:
    desk.filled({1: ELIGIBLE, 2: {**INELIGIBLE, "same_person": "是"}})
    Pen(desk.back / "上浦村.xlsx", desk.rules)
    pen = Pen(desk.back / "上浦村.xlsx", desk.rules)
    pen.add(name="陈无号", result="疑难")
    pen.add(name="吴有号", id_number=number("19630307", 35))
    pen.save()
    first = desk.collect()
    assert first["posted"]
    assert (first["counts"]["posted"], first["counts"]["new_people"]) == (3, 2)
    before = desk.tables()
    again = desk.collect(dt.date(2022, 7, 25))
    assert not again["posted"]
    assert again["counts"]["unchanged"] == 3
    assert (again["counts"]["added"], again["counts"]["new_people"]) == (1, 0)
    assert desk.tables() == before


def test_only_the_rest_is_posted_after_the_mend(desk: Round) -> None:
    desk.filled({1: ELIGIBLE, 2: {"result": "已核查不符合"}, 3: {"remark": "家里没人"}})
    report = desk.collect()
    assert desk.codes(report) == {"ANSWER_NEEDED": 1, "RESULT_MISSING": 1}
    assert (report["counts"]["posted"], report["counts"]["out"]) == (1, 2)
    problems = rows_of(desk.root / "out" / "回收问题.xlsx", 1)
    assert problems[2][:5] == ["上浦村.xlsx", "核查表", 6, "不符合原因", "必填的栏没有填"]
    desk.filled({1: ELIGIBLE, 2: INELIGIBLE, 3: DIFFICULT})
    report = desk.collect()
    assert (report["counts"]["posted"], report["counts"]["unchanged"]) == (2, 1)
    assert len(desk.events(1)) == 3


def test_moved_about(desk: Round) -> None:
    """Renamed, in another folder, rows inserted, reordered, deleted, columns moved, a sheet more."""
    path = desk.filled({1: ELIGIBLE, 3: DIFFICULT}, name="新建文件夹/（改）表1.xlsx")
    pen = Pen(path, desk.rules)
    page = pen.page
    first = pen.header_row + 1
    rows = [[cell.value for cell in row] for row in page.iter_rows(first, first + 3)]
    for at, row in enumerate([rows[2], rows[3], rows[0]]):
        for column, value in enumerate(row, start=1):
            page.cell(first + at, column).value = value
    page.delete_rows(first + 3)
    page.insert_rows(first + 1, 2)
    page.insert_rows(1, 3)
    page.insert_cols(5)
    page.column_dimensions["B"].width = 60
    extra = pen.book.create_sheet("说明", 0)
    extra["A1"] = "本村共走访两户"
    pen.save()
    report = desk.collect()
    counts = report["counts"]
    assert (counts["posted"], counts["untouched"], counts["missing"]) == (2, 1, 1)
    assert (desk.standing(1)["status"], desk.standing(3)["status"]) == ("eligible", "difficult")
    assert desk.codes(report) == {"PAGE_NOT_READ": 1}


@pytest.mark.parametrize("lost", ["edition", "keys"])
def test_hidden_keys_lost(desk: Round, lost: str) -> None:
    pen = Pen(desk.filled({1: ELIGIBLE}), desk.rules)
    names = ("edition",) if lost == "edition" else ("edition", "person_key", "case_no")
    for name in names:
        pen.page.delete_cols(pen.keys[name])
    pen.save()
    assert desk.collect()["counts"]["posted"] == 1
    assert desk.events(1)[-1].edition_id == 1


@pytest.mark.parametrize("of_another_age", [False, True])
def test_a_list_of_a_villages_own(desk: Round, of_another_age: bool) -> None:
    """No number of any kind: name and age are those of one line that was printed, or of nobody."""
    pen = Pen(desk.sheet(), desk.rules)
    lines = [["姓名", "年龄", "核查日期", "核查结果", "拟纳入类型", "不符合原因", "备注"]]
    for case in (1, 3):
        row = pen.row(case)
        cells = (str(pen.page.cell(row, pen.columns[key]).value) for key in ("name", "age"))
        name, age = (cell.rpartition("\n")[2] for cell in cells)  # age has sex above
        age = str(int(age) + 9) if of_another_age and case == 1 else age
        lines.append([name, age, "2022-07-05", "疑难", "", "", "财产查不到"])
    desk.sheet().unlink()
    (desk.back / "上浦村.csv").write_bytes(office.csv_bytes(lines, "gb18030"))
    report = desk.collect()
    assert report["counts"]["new_people"] == of_another_age
    assert desk.standing(1)["status"] == ("unverified" if of_another_age else "difficult")
    assert desk.standing(3)["status"] == "difficult"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_a_csv_export(desk: Round, encoding: str) -> None:
    path = desk.filled({1: ELIGIBLE, 4: {**DIFFICULT, "remark": "第一行\n第二行"}})
    stream = io.StringIO()
    csv.writer(stream).writerows(
        ["" if value is None else str(value).removesuffix(" 00:00:00") for value in row]
        for row in rows_of(path)
    )
    path.unlink()
    (desk.back / "导出.csv").write_bytes(stream.getvalue().encode(encoding))
    report = desk.collect()
    assert report["counts"]["posted"] == 2
    assert report["problems"] == []


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not there")
def test_saved_by_libreoffice(desk: Round, rules: Rules, issued: Path, tmp_path: Path) -> None:
    """Saved as xlsx by LibreOffice, and exported from there as csv."""
    path = desk.filled({1: ELIGIBLE, 2: {**INELIGIBLE, "same_person": "否"}, 3: DIFFICULT})
    csv_filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
    for way in ("xlsx", csv_filter):
        home = f"-env:UserInstallation=file://{tmp_path}/office"
        made = tmp_path / "made"
        subprocess.run(
            ["soffice", home, "--headless", "--convert-to", way, "--outdir", made, path],
            check=True,
            capture_output=True,
            timeout=120,
        )
        path = made / f"{path.stem}.{way.split(':')[0]}"
        other = Round(tmp_path / path.suffix, rules)
        shutil.copytree(issued, other.root)
        other.back.mkdir()
        shutil.copy(path, other.back)
        report = other.collect()
        assert report["problems"] == []
        assert (report["counts"]["posted"], report["counts"]["untouched"]) == (3, 1)
        assert report["counts"]["judgements"] == 1
        assert other.statuses()[:3] == ["eligible", "ineligible", "difficult"]


def test_a_locked_cell_changed(desk: Round) -> None:
    """The answer is posted, unless another person was written over."""
    pen = Pen(desk.filled({1: ELIGIBLE, 2: INELIGIBLE, 3: DIFFICULT, 4: ELIGIBLE}), desk.rules)
    pen.write(1, "phone", "13111111111")
    clues = pen.page.cell(pen.row(1), pen.columns["clues"])
    clues.value = str(clues.value).replace("个人自付医疗费", "个人自付 医疗费\n")
    pen.write(2, "name", "陈别人")
    pen.write(3, "id_number", number("19850412", 46))
    pen.write(4, "name", " 骆 添丁 ")
    pen.save()
    report = desk.collect()
    assert desk.codes(report) == {"LOCKED_CHANGED": 2, "PERSON_OVERWRITTEN": 1}
    assert (report["counts"]["posted"], report["counts"]["out"]) == (3, 1)
    assert desk.standing(2)["status"] == "unverified"


def test_keys_of_another_line(desk: Round) -> None:
    """Only some of the columns were sorted: the printed number is not that of the hidden key."""
    pen = Pen(desk.filled({1: ELIGIBLE, 2: INELIGIBLE}), desk.rules)
    places = (pen.row(1), pen.row(2))
    for row, case in zip(places, (2, 1), strict=True):
        pen.put(row, "case_no", case_no(case))
    pen.save()
    report = desk.collect()
    assert desk.codes(report) == {"KEY_MISMATCH": 2}
    assert not report["posted"]
    assert report["counts"]["missing"] == 0


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("case_no", "104-2022-99999", "CASE_UNKNOWN"),
        ("edition", "2022-06/1/00000000", "KEY_UNKNOWN"),
        ("edition", "2022-05/1/00000000", "KEY_UNKNOWN"),
        ("edition", "乱写", "KEY_UNKNOWN"),
    ],
)
def test_unknown_keys(desk: Round, column: str, value: str, code: str) -> None:
    pen = Pen(desk.filled({1: ELIGIBLE, 3: DIFFICULT}), desk.rules)
    if column == "case_no":
        pen.write(1, column, value)
    pen.page.cell(pen.row(1), pen.keys[column]).value = value
    pen.save()
    report = desk.collect()
    assert desk.codes(report) == {code: 1}
    counts = report["counts"]
    assert (counts["posted"], counts["out"], counts["missing"]) == (1, 1, 0)


def test_a_case_number_alone_marks_nobody(desk: Round) -> None:
    """The hidden columns are gone and a number is mistyped: it is that of somebody else."""
    pen = Pen(desk.filled({1: ELIGIBLE, 2: INELIGIBLE, 3: DIFFICULT}), desk.rules)
    rows = {case: pen.row(case) for case in (1, 2, 3)}
    pen.put(rows[1], "case_no", case_no(4))  # as written by hand
    for row in rows.values():
        for key in pen.keys.values():
            pen.page.cell(row, key).value = None
    for key in ("name", "id_number"):
        pen.put(rows[2], key, "")
    pen.save()
    report = desk.collect()
    codes = desk.codes(report)
    assert codes["CASE_UNCONFIRMED"] == 2
    assert (report["counts"]["posted"], report["counts"]["out"]) == (1, 2)
    assert desk.statuses()[:4] == ["unverified", "unverified", "difficult", "unverified"]


def test_a_case_number_under_another_villages_sheet_marks_nobody(desk: Round) -> None:
    """A line without keys among those of another village counts by name or number alone."""
    other = next(village for village in SHEET if village != "上浦村")
    pen = Pen(desk.sheet(other), desk.rules)
    row = pen.add(case_no=case_no(1), name="陈别人", result="疑难", visited_on="7月7日")
    pen.save()
    report = desk.collect()
    assert desk.codes(report) == {"CASE_UNCONFIRMED": 1}
    assert desk.standing(1)["status"] == "unverified"
    pen.page.cell(row, pen.columns["name"]).value = next(iter(PEOPLE))[0]
    pen.save()
    desk.collect()
    assert desk.standing(1)["status"] == "difficult"


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "104/2022/00003",
            "１０４－２０２２－３",
            "104 2022 3",
            "编号104.2022.00003",
            "1042022OOOO3",
        ),
        *("2022-00003", "104-3", "00003", "3", "3号", "第3号"),
    ],
)
def test_a_case_number_typed_otherwise(desk: Round, typed: str) -> None:
    """Without the hidden keys it is that of the person who stands beside it, or of nobody."""
    pen = Pen(desk.filled({3: DIFFICULT}), desk.rules)
    row = pen.row(3)
    pen.put(row, "case_no", typed)
    for place in pen.keys.values():
        pen.page.cell(row, place).value = None
    pen.save()
    report = desk.collect()
    assert (report["counts"]["posted"], report["counts"]["new_people"]) == (1, 0)
    assert desk.standing(3)["status"] == "difficult"
    assert desk.collect()["counts"]["unchanged"] == 1


@pytest.mark.parametrize(
    ("typed", "person", "code"),
    [
        ("104/2022/00003", {"name": "陈别人"}, "CASE_UNCONFIRMED"),
        ("1042022OOOO3", {"name": "陈别人"}, "CASE_UNCONFIRMED"),
        ("2022/00003", {"name": "陈别人"}, "CASE_UNKNOWN"),
        ("00003", {"name": "陈别人"}, "CASE_UNKNOWN"),
        ("3", {"name": "陈别人"}, "PERSON_ADDED"),  # of the row
        ("3", {"name": "曾淑勉", "id_number": number("19770701", 13)}, "PERSON_ADDED"),
        ("5", {"name": "何厝生"}, "PERSON_ADDED"),  # of another village
        ("99", {"name": "曾淑勉"}, "PERSON_DOUBTFUL"),
    ],
)
def test_a_case_number_typed_otherwise_beside_somebody_else(
    desk: Round, typed: str, person: dict[str, str], code: str
) -> None:
    pen = Pen(desk.sheet(), desk.rules)
    pen.add(case_no=typed, village="上浦村", **person, **DIFFICULT)
    pen.save()
    report = desk.collect()
    assert desk.codes(report).keys() - {"ID_MISSING"} == {code}
    assert report["counts"]["new_people"] == code.startswith("PERSON")
    assert desk.statuses()[:6] == ["unverified"] * 6


def test_people_added_by_hand(desk: Round) -> None:
    """Known by number or by name, village and birth date; else a case of their own."""
    known = PEOPLE[4]
    pen = Pen(desk.filled({1: ELIGIBLE}), desk.rules)
    pen.add(name="林新来", id_number=number("19770701", 13), **{**ELIGIBLE, "visited_on": "7.8"})
    pen.add(name=known[0], id_number=number(known[1], known[2]), village="后亭村")
    pen.add(name="柯三省", result="疑难")
    pen.add(case_no="合计", name="4人")
    pen.add(village="上浦村", remark="另有一户不在家")
    pen.save()
    report = desk.collect()
    counts = report["counts"]
    assert (counts["new_people"], counts["posted"], counts["added"]) == (2, 3, 1)
    assert counts["unidentified"] == 1
    codes = desk.codes(report)
    assert codes["PERSON_ADDED"] == 2  # one of them on file for another list
    assert codes["PERSON_DOUBTFUL"] == 1  # a namesake without a number
    assert desk.standing(7) == {
        "status": "eligible",
        "answered_on": "2022-07-08",
        "merged_into": None,
        "lists": '["village_report"]',
        "village": "上浦村",
    }
    assert json.loads(desk.standing(5)["lists"]) == ["medical", "village_report"]
    with writing(desk.ledger) as connection:
        rows = connection.execute(
            "SELECT c.case_no, g.list, g.birth_date, g.village_code FROM sighting g"
            " JOIN cases c USING (case_id) WHERE case_id = 7"
        ).fetchall()
    assert rows == [("104-2022-00007", "village_report", "1977-07-01", "350521104203")]


def test_folder_with_all_kinds_of_files(desk: Round) -> None:
    desk.filled({1: ELIGIBLE})
    desk.filled({5: INELIGIBLE}, "后亭村", "后亭 (1).xlsx")
    (desk.back / "扫描件.pdf").write_bytes(b"%PDF-1.4 not a table")
    (desk.back / "空.xlsx").write_bytes(b"")
    (desk.back / "通讯录.csv").write_text("姓名,电话\n甲,1\n", encoding="utf-8")
    (desk.back / "汇总.xlsx").write_bytes(b"x")
    (desk.back / "~$上浦村.xlsx").write_bytes(b"x")
    report = desk.collect()
    assert report["counts"]["posted"] == 2
    assert desk.codes(report) == {
        **{"FILE_IGNORED": 2, "FILE_NOT_RETURN": 1, "FILE_UNREADABLE": 1, "FILE_SCANNED": 1}
    }
    assert report["ignored"] == ["~$上浦村.xlsx", "汇总.xlsx"]
    with writing(desk.ledger) as connection:
        kept = connection.execute(
            "SELECT name, content IS NOT NULL FROM posting_document JOIN document USING (sha256)"
            " WHERE role = 'returned' ORDER BY name"
        ).fetchall()
    assert kept == [("上浦村.xlsx", 1), ("后亭 (1).xlsx", 1)]


SCANS = {
    "上浦村.jpg": (b"\xff\xd8\xff\xe0 a photograph", "FILE_SCANNED", "图片"),
    "IMG_2207.HEIC": (b"\0\0\0\x18ftypheic", "FILE_SCANNED", "图片"),
    "扫描.pdf": (b"%PDF-1.4", "FILE_SCANNED", "PDF 文档"),
    "后亭村.docx": (b"", "FILE_SCANNED", "文字文档（docx）"),
    "上浦村.zip": (b"", "FILE_PACKED", "压缩包"),
    "上浦村.rar": (b"Rar!\x1a\x07", "FILE_PACKED", "RAR 压缩包"),
}


def _scan(desk: Round, name: str) -> tuple[str, str]:
    content, code, what = SCANS[name]
    path = desk.back / name
    path.parent.mkdir(exist_ok=True)
    if content:
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("word/document.xml" if name.endswith("docx") else "上浦村.xlsx", "x")
    return code, what


@pytest.mark.parametrize("name", SCANS)
def test_a_photograph_among_sheets(desk: Round, name: str) -> None:
    """It is named with what to do; the sheets are posted."""
    desk.filled({1: ELIGIBLE})
    code, what = _scan(desk, name)
    report = desk.collect()
    assert report["counts"]["posted"] == 1
    assert desk.codes(report) == {code: 1}
    (row,) = rows_of(desk.root / "out" / "回收问题.xlsx", 1)[2:]
    assert row[0] == name and what in row[5]
    assert "核查表（xlsx）" in row[6] or "解压" in row[6]


def test_nothing_but_photographs(desk: Round) -> None:
    """What to do is said once, not for each of three hundred."""
    for name in SCANS:
        _scan(desk, name)
    for i in range(300):
        (desk.back / f"IMG_{i:04}.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(UntrustedInput) as refused:
        desk.collect()
    lines = refused.value.message.splitlines()
    assert len(lines) == 6  # pictures, PDF, docx, zip, rar, the folder
    assert "等 302 个文件：是图片" in lines[0]
    assert "填进发给这个村的核查表（xlsx）" in lines[0]
    assert any("解压" in line for line in lines)


def test_refusals(desk: Round) -> None:
    desk.back.mkdir()
    with pytest.raises(UntrustedInput):
        desk.collect()
    (desk.back / "上浦村.xlsx").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(UntrustedInput, match=r"^上浦村.xlsx：.+\s文件夹 .+没有交回的核查表"):
        desk.collect()
    desk.filled({1: ELIGIBLE})
    with pytest.raises(Usage):
        nowhere = collect.Collection(desk.back, desk.root / "out", desk.root / "no.db")
        collect.collect(nowhere, desk.rules, dt.date.today())
    assert not (desk.root / "no.db").exists()
    (desk.root / "out").mkdir()
    (desk.root / "out" / "run.json").write_text("{}")
    with pytest.raises(Usage):
        desk.collect()


def test_a_full_disk_leaves_both_as_before(desk: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.filled({1: ELIGIBLE})
    desk.collect()
    before, files = desk.tables(), office.tree(desk.root / "out")
    desk.filled({1: ELIGIBLE, 2: INELIGIBLE})
    writes: list[Path] = []

    def full(book: Any, target: Path) -> None:
        writes.append(target)
        if len(writes) == 2:
            raise OSError(28, "No space left on device")
        target.write_bytes(b"draft")

    monkeypatch.setattr(collect, "write_workbook", full)
    with pytest.raises(Usage):
        desk.collect()
    assert len(writes) == 2
    assert desk.tables() == before
    assert office.tree(desk.root / "out") == files


@pytest.mark.parametrize("more", [False, True])
def test_what_is_said_once_is_said_after_a_run_that_was_broken_off(
    desk: Round, more: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Posted, and killed before its output was there: the next run says all of it; so does one of
    the same files, who knows what was seen. Other files: only what is theirs.
    """
    pen = Pen(desk.filled({1: ELIGIBLE, 2: {"result": "已核查不符合"}}), desk.rules)
    pen.add(name="陈无号", result="疑难")
    pen.add(name="柯三省", result="疑难")
    pen.save()
    with monkeypatch.context() as broken:
        broken.setattr(output_file, "_place", lambda drafts: (_ for _ in ()).throw(OSError(5)))
        report = desk.collect()
    said = desk.codes(report)
    assert {"PERSON_ADDED", "PERSON_DOUBTFUL", "ANSWER_NEEDED"} <= said.keys()
    assert not (desk.root / "out" / "回收问题.xlsx").exists()
    if more:
        desk.filled({5: {"result": "疑难"}}, "后亭村")
    again = desk.collect(dt.date(2022, 7, 25))
    assert (again["posted"], desk.codes(again)) == (more, said)
    assert any("一并列在" in hint for hint in again["hints"])
    assert "104-2022-00007" in str(rows_of(desk.root / "out" / "回收问题.xlsx", 1))
    third = desk.collect(dt.date(2022, 7, 26))
    assert (third["posted"], desk.codes(third), third["hints"]) == (False, said, [])
    desk.filled({3: ELIGIBLE}, name="另一份.xlsx")
    fourth = desk.collect(dt.date(2022, 7, 27))
    assert "PERSON_ADDED" not in desk.codes(fourth)


def test_the_command(desk: Round) -> None:
    desk.filled({1: ELIGIBLE, 2: {"result": "符和"}})
    arguments = ("collect", "back", "--ledger", "loubao.db", "--as-of", "2022-07-20")
    run = office.loubao(*arguments, "--json", cwd=desk.root)
    assert run.code == 0, run.err
    assert run.report["counts"]["posted"] == 1
    assert run.report["problems"][0]["code"] == "ANSWER_NOT_CHOICE"
    office.assert_private(run.out, run.err)
    run = office.loubao(*arguments, cwd=desk.root)
    assert run.code == 0, run.err
    assert "没有新的内容要登记" in run.out
    office.assert_private(run.out, run.err)
    assert office.loubao(*arguments, "--quiet", cwd=desk.root).out == ""
    with writing(desk.ledger):
        assert office.loubao(*arguments, cwd=desk.root).code == 4
    assert office.loubao("collect", "back", cwd=desk.root, env={"LOUBAO_LEDGER": "x.db"}).code == 2


def test_boxes_ticked_in_the_sheet(desk: Round) -> None:
    """Somebody types ticks into the boxes; two of them in one cell are told, not guessed."""
    desk.filled(
        {
            1: {
                "visited_on": "7.5",
                "visit_mode": "√入户 □电话\n□邻里访问\n□视频",
                "result": "☑符合 □不符合\n□已申请 □已纳入\n□疑难 □退回",
                "proposed_type": "□低保 □单人保 □特困\n□低保边缘 ☑刚性支出 □孤儿",
                "visitor": "王大力",
                "visitor_phone": "13000000000",
            },
            2: {
                "same_person": "□是\n□否√",
                "result": "□符合 √不符合\n□已申请 □已纳入\n□疑难 □退回",
                "why_not": "收入超标",
            },
            3: {"result": "☑符合 □不符合\n□已申请 □已纳入\n☑疑难 □退回"},
        }
    )
    report = desk.collect()
    assert desk.statuses()[:4] == ["eligible", "ineligible", "unverified", "unverified"]
    assert desk.events(1)[-1].detail["answers"] == {
        "visited_on": "2022-07-05",
        "visit_mode": "入户",
        "result": "已核查符合",
        "proposed_type": "刚性支出困难",
        "visitor": "王大力",
        "visitor_phone": "13000000000",
    }
    assert (report["counts"]["judgements"], report["counts"]["untouched"]) == (1, 1)
    assert desk.codes(report) == {"ANSWER_NOT_CHOICE": 1}
    told = rows_of(desk.root / "out" / "回收问题.xlsx", 1)
    assert any("勾了不止一个（已核查符合、疑难）" in str(row) for row in told)


def test_a_sheet_of_the_layout_before(rules: Rules, tmp_path: Path) -> None:
    """Sheets that are out in the field had a column for everything, and no boxes."""
    columns = tuple(
        column.model_copy(update={"under": False, "before": "", "visible": True})
        for column in rules.sheets.village.columns
    )
    sheets = rules.sheets.replaced(village=rules.sheets.village.replaced(columns=columns))
    before = Round(tmp_path, replace(rules, sheets=sheets))
    issue(tmp_path, before.rules)
    pen = Pen(before.sheet(), before.rules)
    for case in (1, 2, 3, 4):
        for column in columns:
            if column.kind:
                pen.write(case, column.key, None)
    for key, value in {**ELIGIBLE, "visitor": "王大力", "visitor_phone": "13000000000"}.items():
        pen.write(1, key, value)
    pen.write(2, "same_person", "否")
    pen.write(2, "clues", "别的")
    for key, value in INELIGIBLE.items():
        pen.write(2, key, value)
    pen.page.append(["村（社区）主要负责人签字：＿＿＿　日期：＿＿年"])
    pen.save()
    now = Round(tmp_path, rules)
    report = now.collect()
    assert now.statuses()[:3] == ["eligible", "ineligible", "unverified"]
    assert now.codes(report) == {"LOCKED_CHANGED": 1}
    assert now.events(1)[-1].detail["answers"]["visitor_phone"] == "13000000000"
    assert report["counts"]["judgements"] == 1
    assert report["counts"]["missing"] == 0
