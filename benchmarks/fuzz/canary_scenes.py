"""The scenes of `canaries`: files with people in every place, and the commands run over them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from trial import RULES
from warm import cold

Bird = Callable[[str], tuple[str, str]]


@dataclass
class Scene:
    """A name, commands to run, the rules if not those shipped."""

    name: str
    commands: list[tuple[Any, ...]]
    rules: Path | None = None


HEAD = ["姓名", "身份证号", "乡镇", "村"]


def sheet(path: Path, lines: list[list[Any]], name: str = "Sheet1", **properties: str) -> None:
    """A workbook of one sheet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as workbook:
        workbook.set_properties(properties)
        made = workbook.add_worksheet(name[:31])
        for number, line in enumerate(lines):
            for place, cell in enumerate(line):
                if cell is not None:
                    made.write(number, place, cell)


def person(cage: Any, place: str) -> list[str]:
    """A row of the four usual cells."""
    return [*cage.bird(place), "洛阳镇", "上浦村"]


def month(base: Path, cage: Any) -> Path:
    """A plain month: two rolls and a source list."""
    folder = base / "2022-06"
    sheet(folder / "6月低保.xlsx", [HEAD, *(person(cage, "a roll") for _ in range(12))])
    sheet(folder / "6月特困.xlsx", [HEAD, *(person(cage, "a roll") for _ in range(12))])
    rows = [[*person(cage, "a source list"), 50000 + n] for n in range(12)]
    sheet(folder / "医疗自付.xlsx", [[*HEAD, "个人自付费用"], *rows])
    return folder


def plain(base: Path, cage: Any) -> Iterator[Scene]:
    """A plain month, and the commands that follow it."""
    folder = month(base, cage)
    name, number = cage.bird("the question to explain")
    known = next(mark for mark, place in cage.marks.items() if place == "name in a source list")
    out = base / "out0--json"
    yield Scene(
        "plain month",
        [
            ("match", folder),
            ("check", folder),
            ("explain", name, "--out", out),
            ("explain", number, "--out", out),
            ("explain", known, "--out", out),
            ("progress", "--as-of", "2022-07-01"),
            ("standards", "--check", folder),
            ("adapt", folder),
            ("link", folder / "医疗自付.xlsx", folder / "6月低保.xlsx"),
            (
                "link",
                folder / "医疗自付.xlsx",
                folder / "6月低保.xlsx",
                "--columns",
                f"姓名={name}",
            ),
            (
                "link",
                folder / "医疗自付.xlsx",
                folder / "6月低保.xlsx",
                "--keep",
                f"{name},{number}",
            ),
        ],
    )


def every_cell(base: Path, cage: Any) -> Iterator[Scene]:
    """People where amounts, days, villages, choices and remarks should be."""
    folder = month(base, cage)
    for file, extra in (
        (
            "医疗自付.xlsx",
            ["个人自付费用", "性别", "结算日期", "联系电话", "住址", "是否低保", "备注", "经手"],
        ),
        (
            "残疾人.xlsx",
            ["残疾类别", "残疾等级", "发证日期", "出生日期", "残疾人证号", "状态", "监护人"],
        ),
        (
            "监测对象.xlsx",
            [
                "监测对象类别",
                "风险是否消除",
                "识别时间",
                "户主姓名",
                "户主身份证号",
                "家庭人口",
                "户编号",
            ],
        ),
        (
            "6月低保.xlsx",
            [
                "月保障金额",
                "起始保障年月",
                "保障状态",
                "是否保障对象",
                "备注",
                "保障人口",
                "低保证号",
                "有效期至",
                "施保类别",
                "是否健在",
            ],
        ),
        ("死亡名单.xlsx", ["死亡日期", "备注", "家属姓名", "核实情况"]),
    ):
        rows = []
        for part in range(2 * (len(extra) + 4)):
            row: list[Any] = [*person(cage, f"{file} clean"), *[None] * len(extra)]
            place = part // 2
            row[place] = cage.bird(f"{file} column {[*HEAD, *extra][place]}")[part % 2]
            rows.append(row)
        sheet(folder / file, [[*HEAD, *extra], *rows])
    yield Scene(
        "every cell",
        [
            ("match", folder, "--yes"),
            ("check", folder),
            ("adapt", folder),
            ("standards", "--check", folder),
        ],
    )


def around(base: Path, cage: Any) -> Iterator[Scene]:
    """People in titles, footers, totals, notes, headers, sheet names, comments and properties."""
    folder = month(base, cage)
    for file, extra in (("医疗自付.xlsx", "个人自付费用"), ("6月低保.xlsx", "备注")):
        where = f"{file} {{}}".format
        name, number = cage.bird(where("header"))
        rows = [
            [*person(cage, where("rows")), 50000 if "医疗" in file else None, "甲", "乙"]
            for _ in range(12)
        ]
        rows[5:5] = [
            [cage.bird(where("note"))[0]],
            [f"{cage.bird(where('note'))[1]}已办"],
            ["小计", *cage.bird(where("subtotal"))],
        ]
        lines: list[list[Any]] = [
            [f"{cage.bird(where('title'))[0]}经办的名单"],
            [None, f"证号{cage.bird(where('title'))[1]}"],
            [*HEAD, extra, name, number],
            *rows,
            ["合计", None, cage.bird(where("total"))[0]],
            [f"制表人：{cage.bird(where('footer'))[0]}", cage.bird(where("footer"))[1]],
        ]
        title = cage.bird(where("sheet name"))[0]
        sheet(
            folder / file,
            lines,
            title,
            author=cage.bird(where("property"))[0],
            title=cage.bird(where("property"))[1],
            comments=cage.bird(where("property"))[0],
            company=cage.bird(where("property"))[0],
        )
        book = openpyxl.load_workbook(folder / file)
        book.worksheets[0]["B5"].comment = Comment(
            " ".join(cage.bird(where("comment"))), cage.bird(where("comment author"))[0]
        )
        notes = book.create_sheet(cage.bird(where("second sheet"))[1])
        notes.append([*cage.bird(where("second sheet cells"))])
        book.save(folder / file)
    yield Scene(
        "around the table",
        [("match", folder, "--yes"), ("match", folder), ("check", folder), ("adapt", folder)],
    )


def names_of_files(base: Path, cage: Any) -> Iterator[Scene]:
    """People in the names of files and folders, good and bad."""
    folder = month(base, cage)

    def where(part: str) -> tuple[str, str]:
        return cage.bird(f"a file's name: {part}")

    (folder / "6月低保.xlsx").rename(folder / f"6月低保 {where('good')[0]}.xlsx")
    (folder / "6月特困.xlsx").rename(
        folder / f"6月特困（{where('good')[0]}，{where('good')[1]}）.xlsx"
    )
    (folder / "医疗自付.xlsx").rename(folder / f"医疗自付-{where('good')[0]}.xlsx")
    good = shutil.copytree(folder, base / "good" / "2022-06")
    (folder / f"{where('unknown')[0]}.xlsx").write_bytes(
        (folder / next(folder.glob("医疗*")).name).read_bytes()
    )
    (folder / f"{where('broken')[0]} {where('broken')[1]}.xlsx").write_bytes(b"PK\x03\x04 broken")
    (folder / f"{where('binary')[0]}低保.xls").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    )
    (folder / f"{where('scan')[0]}.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / where("folder")[0]).mkdir()
    (folder / where("folder")[0]).mkdir()
    sheet(folder / where("folder")[0] / "名单.xlsx", [["一", "二"], [*where("cell")]])
    yield Scene(
        "names of files",
        [
            ("match", good),
            ("check", good),
            ("match", folder),
            ("match", folder, "--yes"),
            ("check", folder),
            ("adapt", folder),
            ("link", folder / f"{where('absent')[0]}.xlsx", good / "x.csv"),
            ("match", base / where("absent")[0]),
            ("collect", base / where("absent")[1]),
            ("collect", folder),
            ("explain", "12", "--out", base / where("absent")[0]),
        ],
    )


def bad_files(base: Path, cage: Any) -> Iterator[Scene]:
    """Files that are refused: broken text, no list's columns, two readings, a locked workbook."""
    folder = month(base, cage)
    bird = cage.bird
    rows = "\n".join(",".join(person(cage, "a broken text")) for _ in range(8))
    (folder / "残疾人.csv").write_bytes(f'姓名,身份证号,残疾类别\n"{rows}'.encode("gbk"))
    (folder / "监测对象.csv").write_bytes(
        f"{bird('no header')[0]},{bird('no header')[1]}\n{rows}".encode()
    )
    (folder / "无名.txt").write_bytes(
        "\n".join("\t".join(bird("a text")) for _ in range(9)).encode("utf-16")
    )
    sheet(folder / "孤儿.xlsx", [[*bird("a header")], *(bird("below no header") for _ in range(9))])
    (folder / "6月死亡.xls").write_text(
        f"<html><table><tr><td>{bird('html')[0]}<td>{bird('html')[1]}", encoding="utf-8"
    )
    words = base / "words.txt"
    words.write_text("\n".join(bird("a password file")), encoding="utf-8")
    yield Scene(
        "bad files",
        [
            ("match", folder),
            ("match", folder, "--yes"),
            ("check", folder),
            ("adapt", folder),
            ("match", folder, "--password-file", words),
            ("link", folder / "无名.txt", folder / "孤儿.xlsx"),
            ("link", folder / "监测对象.csv", folder / "6月低保.xlsx"),
            ("collect", folder),
        ],
    )


def bad_rules(base: Path, cage: Any) -> Iterator[Scene]:
    """A rule that does not hold, with a person in its value; answers for adapt with one."""
    folder = month(base, cage)
    for number, (file, line) in enumerate(
        (
            ("local.yaml", "medical_over: {0}\n"),
            ("screening.yaml", "coverage: [{0}, {1}]\n"),
            ("lists/death.yaml", "{0}: {1}\n"),
            ("villages.csv", "town_code,town,town_aliases,code,village,aliases\n1,{0},,{1},,\n"),
            ("reading.yaml", "ignore: '{0}\n"),
            ("plausibility.yaml", "chance: {1}x\n"),
            ("sheets.yaml", "edition: [{0}\n"),
            ("matching.yaml", "{0}\n"),
        )
    ):
        rules = shutil.copytree(RULES, base / f"rules{number}")
        (rules / file).write_text(line.format(*cage.bird(f"rules/{file}")), encoding="utf-8")
        yield Scene(f"rules {file}", [("match", folder), ("check", folder)], rules)
    answers = base / "answers.yaml"
    answers.write_text(
        "header:{0}: {1}\n{0}: yes\n".format(*cage.bird("answers")), encoding="utf-8"
    )
    yield Scene(
        "answers of adapt",
        [("adapt", folder, "--answers", answers)],
        shutil.copytree(RULES, base / "rules"),
    )


def returned(base: Path, cage: Any) -> Iterator[Scene]:
    """Returned sheets with people in every column, header, title, name and stranger's file."""
    folder = month(base, cage)
    cold(
        "match", folder, "--rules", RULES, "--out", base / "issued", "--ledger", base / "loubao.db"
    )
    back = base / "returned"
    for number, path in enumerate((base / "issued" / "核查表").rglob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        made = book.worksheets[0]
        for row in range(5, made.max_row + 1):
            for column in range(14, 26):
                if (row + column) % 4 == 0:
                    made.cell(row, column).value = cage.bird(
                        f"column {column} of a returned sheet"
                    )[row % 2]
        made.cell(4, 30).value = cage.bird("a header of a returned sheet")[0]
        made.cell(5, 30).value = "甲"
        made.title = cage.bird("a sheet's name of a returned sheet")[0]
        back.mkdir(exist_ok=True)
        book.save(back / f"{cage.bird('the name of a returned file')[number % 2]}.xlsx")
    (back / f"{cage.bird('a photo')[0]}.jpg").write_bytes(b"\xff\xd8\xff")
    (back / f"{cage.bird('a broken return')[0]}.xlsx").write_bytes(b"PK\x03\x04")
    sheet(
        back / f"{cage.bird('no return')[0]}.xlsx",
        [["姓名", "号码"], *(list(cage.bird("no return")) for _ in range(5))],
    )
    yield Scene(
        "returned sheets",
        [("collect", back, "--as-of", "2022-07-20"), ("progress", "--as-of", "2022-07-20")],
    )


SCENES = (plain, every_cell, around, names_of_files, bad_files, bad_rules, returned)
