"""The looks of a form: cells that are printed and locked, and cells to be filled in, by kind.

A look that ends in `_small` has the smaller font, one in `_first` begins a household.
"""

from __future__ import annotations

from dataclasses import replace

from loubao.core.forms import Style
from loubao.layout import paper
from loubao.rules.wording import Wording

#: points by which a name is larger than what stands beside it
BOLDER = 1


def form_styles(fonts: Wording) -> dict[str, Style]:
    """Return the looks of a form with the `fonts` of sheets.yaml: few, each costs time."""
    size = fonts.size
    cell = Style(fonts.text, size, top="dotted", bottom="dotted", sides="thin")
    fill = replace(cell, fill=paper.YELLOW, align="center", locked=False, number_format="@")
    head = replace(
        cell, font=fonts.heading, size=fonts.small, align="center", top="thin", bottom="medium"
    )
    group = replace(head, top="medium", bottom="thin", wrap=False)
    looks = {
        "left": cell,
        "center": replace(cell, align="center"),
        "name": replace(cell, align="center", bold=True, size=size + BOLDER),
        "doubt": replace(cell, fill=paper.DOUBT),
        "fill": fill,
        "choice": replace(fill, align="left"),
        "count": replace(fill, number_format="0"),
        "date": replace(fill, number_format="yyyy-m-d", wrap=False, shrink=True),
    }
    looks["digits"] = replace(looks["center"], font=fonts.digits)
    looks |= {f"{name}_small": replace(style, size=fonts.small) for name, style in looks.items()}
    return {
        "title": Style(fonts.heading, fonts.title, align="center", wrap=False),
        "note": Style(fonts.text, size, vertical="top"),
        "shown_head": replace(head, fill=paper.GREY_HEAD),
        "visit_head": replace(head, fill=paper.YELLOW_HEAD),
        "shown_group": replace(group, fill=paper.GREY_HEAD),
        "visit_group": replace(group, fill=paper.YELLOW_HEAD),
        **looks,
        **{f"{name}_first": replace(style, top="medium") for name, style in looks.items()},
    }
