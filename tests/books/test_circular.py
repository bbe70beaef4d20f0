from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from loubao.books.circular import Circular, circular
from loubao.books.progress_book import progress_book
from loubao.core.forms import Formula
from loubao.layout.paper import Printing
from loubao.rules.folder import Rules
from loubao.rules.sheets import FIGURES, load_printed
from loubao.rules.wording import Wording
from loubao.supervision.quality import quality
from loubao.supervision.tally import Count, Figures, Progress, Scope, Terms, counts
from loubao.workbook.word_template import UnfitTemplate, fill, text_of
from loubao.workbook.writing import workbook_bytes

RULES = Path(__file__).parents[2] / "rules"
TEMPLATE = (RULES / "通报模板.docx").read_bytes()
VILLAGES = counts(
    [
        (("洛阳镇", "上浦村"), ("eligible", True, False), ["甲户", "甲户", "乙户"]),
        (("洛阳镇", "上浦村"), ("unverified", False, True), ["丙户"]),
        (("洛阳镇", "后亭村"), ("unverified", False, True), [f"{i}户" for i in range(6)]),
        (("张坂镇", "下宫村"), ("enrolled", True, False), ["丁户"]),
    ]
)


@pytest.fixture(scope="module")
def words() -> Wording:
    return load_printed(RULES, "supervision")


def progress(campaign: Scope | None = None) -> Progress:
    month = Scope(VILLAGES, {"children": sum(VILLAGES.values(), Count())})
    return Progress("2022-06", ("2022-05", "2022-06"), ("2022-07-15",), month, campaign or month)


def terms(rules: Rules, words: Wording, named: bool = True) -> Terms:
    slow = rules.screening.follow_up.slowest
    if not named:
        slow = slow.model_copy(update={"verified_below": 0})
    return Terms(words, slow, {"children": "困境儿童线索"}, {})


def letter(rules: Rules, words: Wording, named: bool = True) -> Circular:
    return circular(progress(), terms(rules, words, named), dt.date(2022, 7, 16))


def test_the_shipped_template_is_filled_in(rules: Rules, words: Wording) -> None:
    said = letter(rules, words)
    text = text_of(fill(TEMPLATE, said.values, said.tables))
    assert "草稿" in text
    assert "{" not in text
    for each in (
        "2022年6月",
        "2022年7月15日",
        "下发核查 11 人（10 户）",
        "核查率 36.4%",
        "逾期未报 7 人",
    ):
        assert each in text, each
    lines = text.splitlines()
    assert lines[lines.index("后亭村") - 2 : lines.index("后亭村") + 4] == [
        *("3", "洛阳镇", "后亭村", "6", "0.0%", "6"),
    ]
    assert "上浦村" not in text


def test_nobody_is_named(rules: Rules, words: Wording) -> None:
    said = letter(rules, words, named=False)
    document = fill(TEMPLATE, said.values, said.tables)
    assert words.circular.named_none in text_of(document)
    with zipfile.ZipFile(io.BytesIO(document)) as source:
        assert source.read("word/document.xml").count(b"<w:tbl>") == 1


def packed(*paragraphs: str) -> bytes:
    body = "".join(
        f"<w:p>{''.join(f'<w:r><w:t>{run}</w:t></w:r>' for run in runs.split('|'))}</w:p>"
        for runs in paragraphs
    )
    xml = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        out.writestr("word/document.xml", xml)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{who}你好", "甲&<{who}你好"),
        ("请{w|h|o}、{who|}看", "请甲&<{who}、甲&<{who}看"),
        ("{|who}", "甲&<{who}"),
        ("{ who }{}{1}", "{ who }{}{1}"),
        ("没有", "没有"),
    ],
)
def test_names_are_found_however_they_are_cut(written: str, read: str) -> None:
    # what is filled in is a text, never markup nor another name
    assert text_of(fill(packed(written), {"who": "甲&<{who}"}, {})) == read


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (packed("{nobody}"), "nobody"),
        (packed("{village.rank}"), "village.rank"),
        (b"", ""),
        (b"PK\x03\x04 not a zip", ""),
        (packed("x").replace(b"word/document.xml", b"word/documenx.xml"), ""),
    ],
)
def test_unfit_templates(template: bytes, name: str) -> None:
    with pytest.raises(UnfitTemplate) as caught:
        fill(template, {"who": ""}, {})
    assert caught.value.name == name


def test_the_workbook_adds_up_and_holds_its_formulas(rules: Rules, words: Wording) -> None:
    book = progress_book(
        progress(campaign=Scope({}, {})),
        quality([], [], 30),
        terms(rules, words),
        Printing(rules.sheets.fonts, dt.date(2022, 7, 16), "2022年6月"),
    )
    assert book.created == dt.date(2022, 7, 16)
    content = workbook_bytes(book)
    assert content == workbook_bytes(book)
    sheets = load_workbook(io.BytesIO(content), data_only=True)
    assert sheets.sheetnames == ["本月", "累计", "排名", "按名单", "待办", "比对质量"]
    cells = [[cell.value for cell in row] for row in sheets["本月"].iter_rows()]
    totals = [row for row in cells if row[0] == "合计"]
    whole = sum(VILLAGES.values(), Count())
    expected = [
        figures_value(figures, key)
        for figures, keys in (
            (whole.people, words.columns.people),
            (whole.households, words.columns.households),
        )
        for key in keys
    ]
    for row in totals:
        assert row[2 : 2 + len(expected)] == pytest.approx(expected)
    assert len(totals) == 2
    assert [row[0] for row in cells if str(row[0]).endswith("小计")] == ["洛阳镇小计", "张坂镇小计"]
    ranks = [[cell.value for cell in row[:3]] for row in sheets["排名"].iter_rows(min_row=5)]
    assert ranks == [[1, "张坂镇", "下宫村"], [2, "洛阳镇", "上浦村"], [3, "洛阳镇", "后亭村"]]
    assert all(sheet.page_setup.paperSize == 9 for sheet in sheets)
    for page in book.pages:
        for row in page.rows:
            for cell in row.values:
                if isinstance(cell, Formula):
                    assert re.match(r"=(SUBTOTAL\(9,|100\*)", cell.text)


def figures_value(figures: Figures, key: str) -> float:
    value = getattr(figures, key)
    return 100 * value if key.endswith("_rate") else value


def test_an_unknown_village_is_never_named(rules: Rules, words: Wording) -> None:
    assert rules.sheets.unknown.village in words.unplaced


def test_every_figure_is_one_that_is_counted() -> None:
    assert all(hasattr(Figures(), key) for key in FIGURES)
    assert Count() + Count() == Count()
