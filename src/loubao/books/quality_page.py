"""The page of the linkage's quality: shares found right with their intervals, the recall."""

from __future__ import annotations

from collections.abc import Mapping

from loubao.core.forms import Page, Row, Value
from loubao.layout import paper
from loubao.layout.table_page import reading_page, told
from loubao.rules.wording import Wording
from loubao.supervision.quality import Finding, Quality, Recall

_WIDTHS = (20.0, 42.0, 8.0, 9.0, 9.0, 24.0)


def quality_page(
    quality: Quality,
    words: Wording,
    labels: Mapping[str, str],
    tiers: Mapping[str, str],
    fonts: Wording,
    period: str,
) -> Page:
    """Return the page; `labels` names the lists, `tiers` what each tier says."""
    said = words.quality
    heads = said.headers
    width = len(_WIDTHS)
    rows = [paper.wide_row(words.pages.quality.title.format(period=period), "title", 32.0)]
    rows += [
        told(line, "line", _WIDTHS, fonts.size + 1) for line in recall_lines(quality, said, labels)
    ]
    names = (heads.kind, heads.by, heads.judged, heads.right, heads.precision, heads.range)
    rows.append(Row(names, ("head",) * width, 24.0))
    for each in quality.findings:
        values = finding_cells(each, said, labels, tiers)
        look = ("group", "group", "group_number", "group_number", "group_share", "group")
        if each.by != "all":
            look = ("text", "text", "number", "number", "share", "center")
        high = paper.lines_needed(str(values[1]), _WIDTHS[1])
        rows.append(Row(values, look, paper.row_height(high, fonts.size + 1)))
    rows += [told(text, "note", _WIDTHS, fonts.size) for text in said.notes]
    footer = paper.footer(words.footer, period)
    return reading_page(words.pages.quality.page, rows, _WIDTHS, fonts, footer)


def finding_cells(
    each: Finding, said: Wording, labels: Mapping[str, str], tiers: Mapping[str, str]
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


def recall_lines(quality: Quality, said: Wording, labels: Mapping[str, str]) -> list[str]:
    """Return what is said of the recall: of all, then of the lists where it can be told."""
    lines = [_recall(quality.recalls[""], said)]
    lines += [
        said.recall_list.format(list=labels.get(name, name), said=_recall(found, said))
        for name, found in quality.recalls.items()
        if name and found.value is not None
    ]
    return lines


def _recall(found: Recall, said: Wording) -> str:
    if found.why:
        return said.recall_unknown.format(why=getattr(said.why, found.why))
    return said.recall_said.format(
        percent=_percent(found.value or 0.0), low=_percent(found.low), high=_percent(found.high)
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
