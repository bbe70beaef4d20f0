"""The only reader and writer of spreadsheets.

Reading, outermost first:

- `reading` — `read_sheets`: bytes → sheets; every failure of a parser ends here
- `sniffing`, `decoding` — what kind of bytes, which encoding
- `spreadsheet` — xlsx and BIFF through calamine, with `ooxml` and `biff` for what it hides
- `opendocument`, `spreadsheetml`, `markup`, `delimited` — the other formats
- `archive`, `unlocking` — zip containers opened with suspicion; encrypted workbooks
- `grid`, `texts`, `notes` — what all parsers hand over, and how it becomes a `Sheet`

Writing: `writing`.

Nothing here knows what a list is: no header, no name, no policy.
"""

from __future__ import annotations

from loubao.frames import Sheet
from loubao.workbook.reading import read_sheets

__all__ = ["Sheet", "read_sheets"]
