"""Exports as bad as they come, through the real command: exit code, words, what is left behind."""

from __future__ import annotations

import io
import os
import re
import socket
import zipfile
from collections.abc import Callable, Iterator

import msoffcrypto.format.ooxml
import openpyxl
import pytest

from tests.commands.office import (
    DIBAO,
    DIBAO_HEADER,
    DIBAO_ROWS,
    MEDICAL,
    MEDICAL_HEADER,
    MEDICAL_ROWS,
    PEOPLE,
    TEKUN,
    TEKUN_HEADER,
    TEKUN_ROWS,
    Desk,
    Row,
    csv_bytes,
    csv_text,
    dibao_row,
    medical_row,
    xlsx,
)

PASSWORD = "luoyang-2022-secret"

Spoil = Callable[[Desk], None]


def put(name: str, content: bytes) -> Spoil:
    return lambda desk: desk.put(name, content)


def without(*names: str) -> Spoil:
    def spoil(desk: Desk) -> None:
        for name in names:
            desk.remove(name)

    return spoil


def encrypted(content: bytes) -> bytes:
    stream = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(content)).encrypt(PASSWORD, stream)
    return stream.getvalue()


_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def raw_xlsx(sheet: Iterator[str]) -> bytes:
    """A workbook of one sheet whose `sheetData` is written as given."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        book.writestr("[Content_Types].xml", _TYPES)
        for path, kind, target in (
            ("_rels/.rels", "officeDocument", "xl/workbook.xml"),
            ("xl/_rels/workbook.xml.rels", "worksheet", "worksheets/sheet1.xml"),
        ):
            book.writestr(
                path,
                f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
                f'Type="{_OFFICE}/{kind}" Target="{target}"/></Relationships>',
            )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        with book.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for piece in sheet:
                part.write(piece.encode())
            part.write(b"</sheetData></worksheet>")
    return stream.getvalue()


def _sheet_row(place: int, row: Row) -> str:
    cells = "".join(
        f'<c r="{chr(65 + i)}{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        for i, value in enumerate(row)
    )
    return f'<row r="{place}">{cells}</row>'


def blank_sheet() -> bytes:
    """The real rows of the source, then formatted blank cells down to the last row there is."""

    def pieces() -> Iterator[str]:
        for place, row in enumerate(MEDICAL_ROWS[1:4], start=1):
            yield _sheet_row(place, row)
        for start in range(4, 1_048_577, 10_000):
            yield "".join(
                f'<row r="{i}"><c r="A{i}" s="0"/><c r="F{i}" s="0"/></row>'
                for i in range(start, min(start + 10_000, 1_048_577))
            )

    return raw_xlsx(pieces())


def bomb() -> bytes:
    """A sheet of 64 MB in a file of less than 1 MB."""
    return raw_xlsx(" " * (1 << 20) for _ in range(64))


def table(rows: tuple[Row, ...]) -> str:
    return "\n".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows if row
    )


GENERIC = ("姓名", "身份证号", "村（社区）")


def generic(*names: str) -> bytes:
    return csv_bytes([GENERIC, *((name, PEOPLE[name], "上浦村") for name in names)])


REFUSED: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "empty folder": (without(MEDICAL, DIBAO, TEKUN), ("2022-06", "没有名单")),
    "empty file": (put(DIBAO, b""), (DIBAO, "空文件")),
    "blank file": (put(DIBAO, b"\r\n \r\n"), (DIBAO, "空文件")),
    "truncated xlsx": (put(MEDICAL, xlsx(MEDICAL_ROWS)[:-700]), (MEDICAL, "损坏")),
    "half an xlsx": (put(MEDICAL, xlsx(MEDICAL_ROWS)[:2000]), (MEDICAL, "损坏")),
    "encrypted": (put(MEDICAL, encrypted(xlsx(MEDICAL_ROWS))), (MEDICAL, "LOUBAO_PASSWORD")),
    "no table": (put("通知.xlsx", b"%PDF-1.7\n%\xe2\xe3\n"), ("通知.xlsx", "PDF")),
    "header without rows, a roll": (put(DIBAO, csv_bytes([DIBAO_HEADER])), (DIBAO,)),
    "header without rows, a source": (put(MEDICAL, xlsx([MEDICAL_HEADER])), (MEDICAL,)),
    "rows without header": (put(DIBAO, csv_bytes(DIBAO_ROWS[1:])), (DIBAO, "表头")),
    "no 低保": (without(DIBAO), ("最低生活保障对象",)),
    "no 特困": (without(TEKUN), ("特困供养人员",)),
    "no source": (without(MEDICAL), ("来源",)),
    "unclaimed": (
        put(
            "6月低保名单2.csv",
            csv_bytes([("姓名", "月补助", "行政村"), ("蔡阿榕", 1, "后亭村")]),
        ),
        ("6月低保名单2.csv", "最低生活保障对象", "身份证号"),
    ),
    "nothing but names and numbers": (
        put("导出(3).csv", generic("蔡阿榕")),
        ("导出(3).csv", "改文件名"),
    ),
    "claimed by two": (
        put(
            "导出.csv",
            csv_bytes(
                [
                    ("姓名", "身份证号", "个人自付费用", "监测对象类别"),
                    ("蔡阿榕", PEOPLE["蔡阿榕"], "50000", "脱贫不稳定户"),
                ]
            ),
        ),
        ("导出.csv", "个人自付医疗费用超4万元人员", "防止返贫监测对象"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_reason(desk: Desk, case: str) -> None:
    spoil, words = REFUSED[case]
    spoil(desk)
    desk.refused(3, *words)


def test_every_bad_file_is_named_at_once(desk: Desk) -> None:
    desk.put(DIBAO, b"")
    desk.put(MEDICAL, xlsx(MEDICAL_ROWS)[:2000])
    assert len(desk.refused(3, DIBAO, MEDICAL, "loubao adapt").err.splitlines()) == 3


@pytest.mark.parametrize("options", [("--quiet",), ("--json",), ("--json", "--quiet")])
def test_errors_are_told_whatever_is_shown(desk: Desk, options: tuple[str, ...]) -> None:
    desk.put(DIBAO, b"")
    desk.refused(3, DIBAO, arguments=("match", "2022-06", "--out", "out", *options))


def test_check_refuses_as_match_does(desk: Desk) -> None:
    desk.put(DIBAO, b"")
    desk.put(MEDICAL, xlsx(MEDICAL_ROWS)[:2000])
    desk.refused(3, DIBAO, MEDICAL, arguments=("check", "2022-06", "--out", "检查"))


def test_data_missing(desk: Desk) -> None:
    desk.refused(2, "2022-07", arguments=("match", "2022-07", "--out", "out"))


def test_data_is_a_file(desk: Desk) -> None:
    desk.refused(2, DIBAO, arguments=("match", desk.data / DIBAO, "--out", "out"))


def test_zip_bomb_is_not_blown_up(desk: Desk) -> None:
    desk.put("附件.xlsx", bomb())
    run = desk.refused(3, "附件.xlsx", "解压", limits={"RLIMIT_CPU": 60})
    assert run.megabytes < 300


@pytest.mark.parametrize("lies", ["pipe", "device", "socket", "link to a pipe", "huge"])
def test_what_is_no_file_is_not_waited_for(desk: Desk, lies: str) -> None:
    path = desk.data / "附件.xlsx"
    match lies:
        case "pipe":
            os.mkfifo(path)
        case "link to a pipe":
            os.mkfifo(desk.root / "pipe")
            path.symlink_to(desk.root / "pipe")
        case "device":
            path.symlink_to("/dev/zero")
        case "socket":
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(str(path))
        case _:
            path.touch()
            os.truncate(path, 1 << 40)
    desk.refused(3, "附件.xlsx", "太大" if lies == "huge" else "附件.xlsx")
    if lies not in ("socket", "huge"):
        arguments = ("link", path, desk.data / DIBAO, "--out", "连接")
        desk.refused(2, "附件.xlsx", "不是普通文件", arguments=arguments)


# Accepted, each in its own way


def test_encrypted_is_opened_with_the_password(desk: Desk, good: Desk) -> None:
    desk.put(MEDICAL, encrypted(xlsx(MEDICAL_ROWS)))
    run = desk.accepted(env={"LOUBAO_PASSWORD": PASSWORD})
    assert desk.people() == good.people()
    assert PASSWORD not in run.out + run.err


def test_encrypted_is_opened_with_a_password_file(desk: Desk, good: Desk) -> None:
    desk.put(MEDICAL, encrypted(xlsx(MEDICAL_ROWS)))
    (desk.root / "passwords.txt").write_text(f"wrong\n{PASSWORD}\n", encoding="utf-8")
    desk.accepted("--password-file", "passwords.txt")
    assert desk.people() == good.people()


def test_a_wrong_password_is_not_repeated(desk: Desk) -> None:
    desk.put(MEDICAL, encrypted(xlsx(MEDICAL_ROWS)))
    run = desk.refused(3, MEDICAL, "密码", env={"LOUBAO_PASSWORD": "not-" + PASSWORD})
    assert PASSWORD not in run.err


def test_wrong_endings_do_not_matter(desk: Desk, good: Desk) -> None:
    desk.rename(MEDICAL, MEDICAL.replace(".xlsx", ".csv"))
    desk.rename(DIBAO, DIBAO.replace(".csv", ".xlsx"))
    desk.remove(TEKUN)
    page = f"<html><meta charset=gb18030><table>{table(TEKUN_ROWS)}</table></html>"
    desk.put(TEKUN.replace(".csv", ".xls"), page.encode("gb18030"))
    desk.accepted()
    assert desk.people() == good.people()


def test_parts_of_one_list_are_added(desk: Desk) -> None:
    desk.put(DIBAO, csv_bytes(DIBAO_ROWS[:2]))
    desk.put("6月低保在册（2）.csv", csv_bytes([DIBAO_HEADER, DIBAO_ROWS[2]]))
    run = desk.accepted()
    assert len(desk.people(DIBAO)) == len(desk.people("6月低保在册（2）.csv")) == 1
    assert "FILE_REPEATED" not in {problem["code"] for problem in run.report["problems"]}


def test_a_link_that_leads_out_of_the_month(desk: Desk) -> None:
    other = desk.root / "另一处"
    other.mkdir()
    for number in range(5_001):
        (other / f"{number}.txt").touch()
    (desk.data / "快捷").symlink_to(other)
    desk.refused(3, "文件多于5000个（数到 快捷）")


def test_a_list_given_twice_is_an_issue(desk: Desk) -> None:
    roll, source = "6月低保在册（1）.csv", MEDICAL.replace(".xlsx", "（1）.xlsx")
    rows = [*DIBAO_ROWS, dibao_row("庄碧螺")]
    desk.put(DIBAO, csv_bytes(rows))
    desk.put(roll, csv_bytes(rows))
    desk.put(source, xlsx(MEDICAL_ROWS))
    desk.accepted()
    assert {file for file, _, _ in desk.issues("SHEET_SET_ASIDE")} & {DIBAO, roll}
    assert len(desk.people(roll)) + len(desk.people(DIBAO)) == 3
    assert {file for file, _, _ in desk.issues("FILE_REPEATED")} & {MEDICAL, source}
    assert len(desk.people(source)) == len(desk.people(MEDICAL))


def test_short_long_and_unclosed_rows_lose_nobody(desk: Desk) -> None:
    lines = csv_text(
        [
            DIBAO_HEADER,
            ("洛阳镇", "上浦村", "柯三省", PEOPLE["柯三省"]),
            (*dibao_row("何厝生"), "多出", "的格"),
            dibao_row("蔡阿榕"),
            dibao_row("曾淑勉"),
        ]
    )
    lines = lines.replace("洛阳镇,上浦村,蔡阿榕", '洛阳镇,上浦村,"蔡阿榕')
    desk.put(DIBAO, lines.encode("gb18030"))
    desk.accepted()
    assert [row[1:3] for row in desk.people(DIBAO)] == [
        (2, "柯三省"),
        (3, "何厝生"),
        (4, "蔡阿榕"),
        (5, "曾淑勉"),
    ]
    assert desk.issues("ROW_SHORT") == [(DIBAO, 2, "")]
    assert desk.issues("ROW_LONG") == [(DIBAO, 3, "")]
    assert desk.issues("QUOTE_UNCLOSED") == [(DIBAO, 4, "")]


def test_error_cells_and_formulas_without_value(desk: Desk) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(list(MEDICAL_HEADER))
    page.append(list(medical_row(1, "蔡阿榕", "#DIV/0!")))
    page.append(list(medical_row(2, "柯三省", "=40000+1")))
    page.append(list(medical_row(3, "曾淑勉", 40001)))
    stream = io.BytesIO()
    book.save(stream)
    desk.put(MEDICAL, stream.getvalue())
    desk.accepted()
    assert desk.issues("ERROR_CELL") == [(MEDICAL, 2, MEDICAL_HEADER[-1])]
    assert desk.issues("FORMULA_WITHOUT_VALUE") == [(MEDICAL, 3, MEDICAL_HEADER[-1])]
    # what nobody can read keeps a person on the sheets
    medical = desk.frame("records").filter(list="medical")
    assert medical["qualifies"].to_list() == [True, True, True]
    assert [row for _, row, _ in desk.issues("CONDITION_UNKNOWN")] == [2, 3]


def test_a_sheet_of_a_million_blanks(desk: Desk) -> None:
    desk.put(MEDICAL, blank_sheet())
    run = desk.accepted(limits={"RLIMIT_CPU": 60})
    assert [row[1:3] for row in desk.people(MEDICAL)] == [(2, "蔡阿榕"), (3, "柯三省")]
    assert run.megabytes < 400
    assert run.seconds < 15


def test_a_file_name_unpacked_from_a_windows_archive(desk: Desk, good: Desk) -> None:
    """Its bytes are GB18030, which is no UTF-8; so are those of a file that is not read."""
    desk.put(os.fsdecode("填表说明.docx".encode("gb18030")), b"x")
    (desk.data / DIBAO).rename(desk.data / os.fsdecode(DIBAO.encode("gb18030")))
    desk.accepted()
    assert desk.people() == good.people()
    assert len(desk.people(DIBAO)) == 2


def test_private_use_characters(desk: Desk) -> None:
    desk.put(
        DIBAO, csv_bytes([DIBAO_HEADER, dibao_row("柯三省"), dibao_row("\ue863永")], "gb18030")
    )
    desk.accepted()
    assert desk.issues("PRIVATE_USE_CHARACTER") == [(DIBAO, 3, "姓名")]
    assert len(desk.people(DIBAO)) == 2


def test_a_workbook_of_few_different_texts(desk: Desk) -> None:
    """Its table of texts is short, and each is used often: that is no damage."""
    people = [(i, "周某甲", "", "洛阳镇", "上浦村", 50000 + i) for i in range(1, 301)]
    desk.put(MEDICAL, xlsx([MEDICAL_HEADER, *people]))
    desk.accepted()
    assert len(desk.people(MEDICAL)) == 300


def test_a_list_without_anybody_to_verify(desk: Desk) -> None:
    desk.put(MEDICAL, xlsx([MEDICAL_HEADER, medical_row(1, "柯三省", 90000)]))
    assert desk.accepted().report["counts"]["cases"] == 0
    assert (desk.out / "汇总.xlsx").is_file()


def test_file_that_the_rules_set_aside(desk: Desk) -> None:
    desk.put("填表说明.docx", b"PK\x03\x04 not read at all")
    desk.put("~$6月低保在册.xlsx", b"\x05owner")
    desk.accepted()
    assert {file for file, _, _ in desk.issues("FILE_IGNORED")} == {
        "填表说明.docx",
        "~$6月低保在册.xlsx",
    }


# A cell that would run


PAYLOADS = ('=HYPERLINK("http://x.invalid","点我")', "@SUM(A1)", "+1", "-1", "=1+1")


@pytest.fixture(scope="module")
def poisoned(good: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Formulas as names, addresses, villages, headers and file names."""
    desk = Desk(tmp_path_factory.mktemp("poisoned"))
    desk.data.mkdir()
    people = [
        (i, text, "", "洛阳镇", "上浦村", 50000 + i, text, text)
        for i, text in enumerate(PAYLOADS, start=1)
    ]
    village = (9, "蔡阿榕", PEOPLE["蔡阿榕"], "洛阳镇", "=2+5", 60000)
    header = (*MEDICAL_HEADER, "住址", "联系电话", "=HYPERLINK(A1)")
    desk.put(MEDICAL, xlsx([header, *people, (*village, "", "", "x")]))
    desk.put("=1+1" + DIBAO, csv_bytes([*DIBAO_ROWS, ("洛阳镇", "@村", "骆添丁", "abc")]))
    desk.put(TEKUN, csv_bytes([TEKUN_HEADER, *TEKUN_ROWS[1:]]))
    desk.accepted()
    return desk


def test_formula_stays_text_in_every_sheet(poisoned: Desk) -> None:
    texts: set[str] = set()
    for path in sorted(poisoned.out.rglob("*.xlsx")):
        for page in openpyxl.load_workbook(path):
            for row in page.iter_rows():
                for cell in row:
                    assert cell.hyperlink is None
                    if cell.data_type == "f":  # a formula of our own
                        assert path.name == "汇总.xlsx"
                        assert not any(mark in str(cell.value) for mark in ("HYPERLINK", "1+1"))
                    elif isinstance(cell.value, str) and cell.value[:1] in {"=", "+", "-", "@"}:
                        assert cell.data_type == "s"
                        texts.add(cell.value)
    assert texts >= set(PAYLOADS)
    assert any(text.startswith("=1+1") and DIBAO in text for text in texts)


def test_formula_is_text_in_the_village_sheet(poisoned: Desk) -> None:
    book = openpyxl.load_workbook(poisoned.out / "核查表" / "洛阳镇" / "上浦村.xlsx")
    kinds = {
        str(cell.value): cell.data_type
        for row in book.worksheets[0].iter_rows()
        for cell in row
        if cell.value is not None
    }
    for payload in PAYLOADS:  # as an address; a name loses marks in front of it
        assert kinds.get(payload) == "s", payload
    names = poisoned.frame("records").filter(list="medical").head(len(PAYLOADS))
    assert names["name_raw"].to_list() == list(PAYLOADS)
    for name in names["name"]:
        assert kinds.get(name) == "s", name


def test_no_sheet_carries_a_link_or_a_foreign_formula(poisoned: Desk) -> None:
    for path in sorted(poisoned.out.rglob("*.xlsx")):
        with zipfile.ZipFile(path) as book:
            for part in book.namelist():
                content = book.read(part).decode("utf-8", "replace")
                assert 'TargetMode="External"' not in content
                for formula in re.findall(r"<f[^>]*>([^<]*)</f>", content):
                    assert "HYPERLINK" not in formula
