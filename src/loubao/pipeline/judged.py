"""`progress --quality`: what villages answered on candidates and samples → precision and recall."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loubao.casework.quality import Quality, Share, quality
from loubao.casework.quality_page import recall_lines
from loubao.ledger.connection import Connection
from loubao.ledger.supervision import judged, month_counts
from loubao.rules.supervision import QualityWords, tier_wordings


def judge(connection: Connection, least: int) -> Quality:
    """Return the quality of linkage as the whole ledger has it."""
    return quality(judged(connection), month_counts(connection), least)


def told(
    found: Quality, words: QualityWords, labels: Mapping[str, str], rules: Path
) -> dict[str, Any]:
    """Return the quality for a program, with the words that a person reads beside the numbers."""
    tiers = tier_wordings(rules)
    titles = {"all": {"": words.overall}, "list": labels, "tier": tiers}
    return {
        "findings": [
            {
                "group": each.group,
                "group_title": getattr(words.group, each.group),
                "by": each.by,
                "key": each.key,
                "title": titles[each.by].get(each.key, each.key),
                **_share(each.share),
                "enough": each.share.judged >= words.least,
            }
            for each in found.findings
        ],
        "recall": {
            name: {"value": each.value, "low": each.low, "high": each.high}
            if each.value is not None
            else {"value": None, "why": each.why}
            for name, each in found.recalls.items()
        },
        "links": dict(found.links),
        "reviews": dict(found.reviews),
        "least": words.least,
        "said": recall_lines(found, words, labels),
        "notes": list(words.notes),
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {
        "judged": share.judged,
        "right": share.right,
        "precision": share.value,
        "low": low,
        "high": high,
    }
