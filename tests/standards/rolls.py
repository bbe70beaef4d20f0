"""Rolls of three programmes in short rows, as RECORDS with the fields that the audit reads."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from loubao.core import frames

AS_OF = date(2022, 6, 30)
_FIELDS: dict[str, Any] = {
    **dict.fromkeys(("amount", "standard", "care_amount"), pl.Float64),
    **dict.fromkeys(("dibao_no", "care_mode", "care_level", "aid_status"), pl.String),
    **dict.fromkeys(("since", "approved_on"), pl.Date),
    "protected": pl.Boolean,
    "protected_count": pl.Int64,
}


def roll(programme: str, *rows: dict[str, Any], **all_rows: Any) -> pl.DataFrame:
    """Return the records of one sheet: row 2 on, in 洛阳镇, unless the rows say otherwise."""
    full = [
        {
            "list": programme,
            "role": "roll",
            "file": f"{programme}.xlsx",
            "sheet": "S",
            "row": number,
            "member": 0,
            "town": "洛阳镇",
            **({"approved_on": date(2022, 5, 10)} if programme == "temporary_aid" else {}),
            **all_rows,
            **row,
        }
        for number, row in enumerate(rows, start=2)
    ]
    return pl.DataFrame(full, schema={**frames.RECORDS, **_FIELDS})


def house(number: str, *amounts: float | None, **more: Any) -> list[dict[str, Any]]:
    """A household of 低保 in a roll of one row a person: each one's cell of the amount."""
    return [{"dibao_no": number, "amount": each, "protected": True, **more} for each in amounts]
