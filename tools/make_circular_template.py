"""Make `rules/通报模板.docx`, the template of the circular: run once, then edited in Word or WPS.

    python tools/make_circular_template.py [TARGET]

Needs python-docx. The layout is that of an official document: A4, title in the middle, text in
三号仿宋 with an indent of two characters.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

TARGET = Path(__file__).parents[1] / "rules" / "通报模板.docx"
TEXT, TITLE, HEADING = "仿宋", "方正小标宋简体", "黑体"
CENTER = WD_ALIGN_PARAGRAPH.CENTER

TOWNS = (
    ("名次", "{town.rank}", 1.4),
    ("乡镇", "{town.town}", 3.6),
    ("下发", "{town.issued}", 1.8),
    ("已核查", "{town.verified}", 1.9),
    ("核查率", "{town.verified_rate}", 2.1),
    ("已纳入", "{town.enrolled}", 1.9),
    ("纳入率", "{town.enrolled_rate}", 2.1),
    ("逾期", "{town.overdue}", 1.5),
)
VILLAGES = (
    ("名次", "{village.rank}", 1.6),
    ("乡镇", "{village.town}", 3.8),
    ("村（社区）", "{village.village}", 4.0),
    ("下发", "{village.issued}", 2.0),
    ("核查率", "{village.verified_rate}", 2.6),
    ("逾期", "{village.overdue}", 2.0),
)


def main(target: Path) -> None:
    document = Document()
    document.core_properties.author = ""
    document.core_properties.title = "通报（草稿）"
    document.core_properties.created = datetime(2022, 5, 1)
    document.core_properties.modified = datetime(2022, 5, 1)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.0), Cm(2.8)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2.4)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = TEXT, Pt(16)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), TEXT)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = Pt(28)

    header = section.header.paragraphs[0]
    header.alignment = CENTER
    write(header, "草稿 · 由 loubao 根据台账生成，核对后再印发", TEXT, 10.5, grey=True)

    title = document.add_paragraph()
    title.alignment = CENTER
    title.paragraph_format.line_spacing = Pt(34)
    write(title, "关于{period}困难群众摸排核查进度的通报", TITLE, 20)
    draft = document.add_paragraph()
    draft.alignment = CENTER
    draft.paragraph_format.space_after = Pt(16)
    write(draft, "（草稿）", TEXT, 16)
    say(document, "各乡镇人民政府（街道办事处），各村（社区）：", indent=False)
    say(
        document,
        "现将{period}困难群众摸排核查进度通报如下（数据截至{as_of}）。",
    )
    head(document, "一、总体情况")
    say(
        document,
        "本月共下发核查 {month_issued} 人（{month_homes_issued} 户），已回收 {month_returned} 人，"
        "已核查 {month_verified} 人，核查率 {month_verified_rate}；已纳入 {month_enrolled} 人，"
        "纳入率 {month_enrolled_rate}；疑难 {month_difficult} 人，逾期未报 {month_overdue} 人。"
        "行动以来累计下发 {campaign_issued} 人（{campaign_homes_issued} 户），"
        "已核查 {campaign_verified} 人，核查率 {campaign_verified_rate}，"
        "已纳入 {campaign_enrolled} 人，纳入率 {campaign_enrolled_rate}。",
    )
    head(document, "二、各乡镇进度")
    table(document, TOWNS)
    head(document, "三、进度较慢的村（社区）")
    say(document, "本次以下发满 {least_people} 人、核查率不到 {verified_below}% 为准。{named}")
    table(document, VILLAGES)
    head(document, "四、工作要求")
    say(
        document,
        "{deadline}请各乡镇对进度较慢的村（社区）逐一督促，问题较多的予以约谈。",
    )
    for text in ("（单位名称、盖章）", "　　　　年　　月　　日"):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        write(paragraph, text, TEXT, 16)
    document.save(str(target))


def head(document: Any, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Pt(32)
    paragraph.paragraph_format.keep_with_next = True
    write(paragraph, text, HEADING, 16)


def say(document: Any, text: str, indent: bool = True) -> None:
    paragraph = document.add_paragraph()
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(32)
    write(paragraph, text, TEXT, 16)


def table(document: Any, columns: tuple[tuple[str, str, float], ...]) -> None:
    drawn = document.add_table(rows=2, cols=len(columns))
    drawn.style = "Table Grid"
    drawn.alignment = WD_TABLE_ALIGNMENT.CENTER
    drawn.autofit = False
    for i, (header, name, width) in enumerate(columns):
        drawn.columns[i].width = Cm(width)
        for row, text, font in ((0, header, HEADING), (1, name, TEXT)):
            cell = drawn.cell(row, i)
            cell.width = Cm(width)
            paragraph = cell.paragraphs[0]
            paragraph.alignment = CENTER
            paragraph.paragraph_format.line_spacing = Pt(20)
            write(paragraph, text, font, 12)


def write(paragraph: Any, text: str, font: str, size: float, grey: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.name, run.font.size = font, Pt(size)
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if grey:
        run.font.color.rgb = RGBColor(0x7F, 0x7F, 0x7F)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
