"""The page of the linkage's quality: shares found right with their intervals, the recall."""

from __future__ import annotations

from collections.abc import Mapping

from loubao.casework import paper
from loubao.casework.quality import Finding, Quality, Recall
from loubao.forms import Area, Page, Paper, Row, Value
from loubao.rules.sheets import Fonts
from loubao.rules.supervision import PrintedFooter, QualityWords, Supervision
from loubao.rules.village_sheet import Footer

_WIDTHS = (20.0, 42.0, 8.0, 9.0, 9.0, 24.0)


def quality_page(
    quality: Quality,
    words: Supervision,
    labels: Mapping[str, str],
    tiers: Mapping[str, str],
    fonts: Fonts,
    period: str,
) -> Page:
    """Return the page; `labels` names the lists, `tiers` what each tier says."""
    said = words.quality
    heads = said.headers
    width = len(_WIDTHS)
    rows = [paper.wide_row(words.pages.quality.title.format(period=period), "title", 32.0)]
    rows += [_told(line, "line", fonts.size + 1) for line in recall_lines(quality, said, labels)]
    names = (heads.kind, heads.by, heads.judged, heads.right, heads.precision, heads.range)
    rows.append(Row(names, ("head",) * width, 24.0))
    for each in quality.findings:
        values = finding_cells(each, said, labels, tiers)
        look = ("group", "group", "group_number", "group_number", "group_share", "group")
        if each.by != "all":
            look = ("text", "text", "number", "number", "share", "center")
        lines = paper.lines_needed(str(values[1]), _WIDTHS[1])
        rows.append(Row(values, look, paper.row_height(lines, fonts.size + 1)))
    rows += [_told(text, "note", fonts.size) for text in said.notes]
    whole = [i for i, row in enumerate(rows) if len(row.values) == 1]
    return Page(
        name=words.pages.quality.page,
        widths=tuple(paper.pixels(each, fonts.size + 1) for each in _WIDTHS),
        rows=tuple(rows),
        merges=tuple(Area(i, 0, i, width - 1) for i in whole),
        paper=Paper(
            landscape=False,
            margins=(0.5, 0.5, 0.5, 0.6),
            footer=_footer(words.footer, period),
        ),
    )


def finding_cells(
    each: Finding, said: QualityWords, labels: Mapping[str, str], tiers: Mapping[str, str]
) -> tuple[Value, ...]:
    """Return kind, basis, judged, right, share in percent and its interval in words."""
    by = said.overall
    if each.by == "list":
        by = said.by_list.format(list=labels.get(each.key, each.key))
    elif each.by == "tier":
        by = said.by_tier.format(tier=tiers.get(each.key, each.key))
    share = each.share
    kind = getattr(said.group, each.group)
    if share.judged < said.least:
        return kind, by, share.judged, share.right, None, said.few
    low, high = share.interval
    told = said.range.format(low=_percent(low), high=_percent(high))
    return kind, by, share.judged, share.right, 100 * (share.value or 0.0), told


def recall_lines(quality: Quality, said: QualityWords, labels: Mapping[str, str]) -> list[str]:
    """Return what is said of the recall: of all, then of the lists where it can be told."""
    lines = [_recall(quality.recalls[""], said)]
    lines += [
        said.recall_list.format(list=labels.get(name, name), said=_recall(found, said))
        for name, found in quality.recalls.items()
        if name and found.value is not None
    ]
    return lines


def _recall(found: Recall, said: QualityWords) -> str:
    if found.why:
        return said.recall_unknown.format(why=getattr(said.why, found.why))
    return said.recall_said.format(
        percent=_percent(found.value or 0.0), low=_percent(found.low), high=_percent(found.high)
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _told(text: str, style: str, size: float) -> Row:
    lines = paper.lines_needed(text, sum(_WIDTHS) - 4)
    return paper.wide_row(text, style, paper.row_height(lines, size))


def _footer(words: PrintedFooter, period: str) -> paper.PageFooter:
    return paper.footer(Footer(left=words.left, center=words.center, right=words.right), period)
