"""The rules: everything that is policy, read from a folder of YAML files, and all wording.

`folder.load_rules` reads and checks what a month's work needs, `folder.load_linking` what two
tables of any kind need; each raises `RuleFault` (file, line, column, key, what was expected) at the
first thing that does not hold, before any export is opened. Policy is a frozen `Rule`, wording is
`Wording`, held against the shipped file of the same name.

    fields.yaml      FieldRule     the dictionary of fields shared by the lists
    lists/*.yaml     ListRule      one list each: role, headers, conditions
    reading.yaml     Reading       titles, totals, footers, placeholders, ignored files
    holding.yaml     Holding       remarks, versions of a roll, bills; may be left out
    matching.yaml    Matching      blocking keys, tiers, weights
    screening.yaml   Screening     who is covered by what; exclusions; FollowUp: from month to month
    plausibility.yaml Plausibility  how far a month may differ; may be left out
    returns.yaml     Returns       filled-in sheets: results, required columns
    standards.yaml   Standards     minimum wages, ratios, rounding; may be left out
    linking.yaml     Linking       `loubao link`: further headers, wording of issues
    local.yaml       Local         what differs from place to place; the others take it by name
    villages.csv     Village       official villages, codes, further names
    sheets.yaml      Wording       columns, wording, choices of the workbooks
    report.yaml      Wording       report.html
    supervision.yaml Wording       progress, the circular, the quality of links
    archive.yaml     Wording       `loubao archive`: folders and index
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["REGISTER", "shipped_rules"]

#: The list of `match --register`: a roll that lies beside the month. No file of DATA is it, and
#: nobody leaves the sheets by it.
REGISTER = "register"


def shipped_rules() -> Path:
    """Return the folder of the rules that come with loubao, installed or in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "shipped" / "rules"
    return installed if installed.is_dir() else package.parents[1] / "rules"
