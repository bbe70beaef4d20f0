"""The months that were posted: which, by which posting, and what their last run counted."""

from __future__ import annotations

import json
from bisect import bisect
from typing import Any

from loubao.ledger.sqlite_file import Connection

#: Match probabilities at which a band ends and the next one begins. The ledger keeps counts by band
#: (`links_by_band`, `reviews_by_band`): other ends would need other names.
BANDS = (0.2, 0.5, 0.8, 0.95, 0.99)


def band_of(probability: float) -> int:
    """Return the band of a match probability, the lowest is 0.

    >>> [band_of(probability) for probability in (0.0, 0.2, 0.94, 1.0)]
    [0, 1, 3, 5]
    """
    return bisect(BANDS, probability)


def posted_months(connection: Connection) -> list[str]:
    """Return the months that were posted, oldest first."""
    found = connection.execute(
        "SELECT DISTINCT month FROM posting WHERE kind = 'month'"
        " AND posting_id NOT IN taken_back ORDER BY month"
    )
    return [month for (month,) in found]


def last_postings(connection: Connection) -> dict[str, int]:
    """Return the last posting of each month that was posted, oldest month first."""
    found = connection.execute(
        "SELECT month, max(posting_id) FROM posting WHERE kind = 'month'"
        " AND posting_id NOT IN taken_back GROUP BY month ORDER BY month"
    )
    return dict(found.fetchall())


def month_counts(connection: Connection) -> list[dict[str, Any]]:
    """Return the counts of the last posting of each month, and `month`; the oldest first.

    Pairs that the desk decided before a later run of their month are no longer left for review
    there; they count among its `reviews_by_tier` and `reviews_by_band` all the same.
    """
    found = connection.execute(
        "SELECT month, counts, max(posting_id) FROM posting WHERE kind = 'month'"
        " AND posting_id NOT IN taken_back GROUP BY month"
    )
    months = {month: (json.loads(counts), last) for month, counts, last in found}
    decided = connection.execute(
        "SELECT DISTINCT p.month, j.case_id, j.other, json_extract(j.candidate, '$.list'),"
        " json_extract(j.candidate, '$.tier'), json_extract(j.candidate, '$.probability'),"
        " min(p.posting_id)"
        " FROM judgement j JOIN posting p USING (posting_id)"
        " WHERE p.kind = 'review' AND p.posting_id NOT IN taken_back GROUP BY 1, 2, 3"
    )
    for month, _, _, name, tier, probability, posting in decided:
        counts, last = months.get(month, ({}, 0))
        if posting < last and "reviews_by_tier" in counts:
            of_list = counts["reviews_by_tier"].setdefault(name, {})
            of_list[tier] = of_list.get(tier, 0) + 1
            if probability is not None and "reviews_by_band" in counts:
                nothing = [0] * (len(BANDS) + 1)
                bands = counts["reviews_by_band"].setdefault(name, {}).setdefault(tier, nothing)
                bands[band_of(probability)] += 1
    return [{**counts, "month": month} for month, (counts, _) in months.items()]


def last_counts(connection: Connection, month: str) -> dict[str, Any]:
    """Return the counts of the last posting of the latest month before `month`; {} without one."""
    found = connection.execute(
        "SELECT counts FROM posting WHERE kind = 'month' AND month < ?"
        " AND posting_id NOT IN taken_back"
        " ORDER BY month DESC, posting_id DESC LIMIT 1",
        (month,),
    ).fetchone()
    return json.loads(found[0]) if found else {}
