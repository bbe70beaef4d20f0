"""Write the outcome of every golden folder: python -m tests.lists --write."""

from __future__ import annotations

import sys
from pathlib import Path

from loubao.rules.folder import load_rules
from tests.lists.golden import HERE, folders, outcome

if sys.argv[1:] != ["--write"]:
    sys.exit(__doc__)
rules = load_rules(Path(HERE.parents[1] / "rules"))
for folder in folders():
    for name, text in outcome(folder, rules).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    print(folder.name)
