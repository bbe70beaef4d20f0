"""The only reader and writer of spreadsheets.

Reading, outermost first:

- `reading` — `read_sheets`: bytes → sheets; every failure of a parser ends here
- `sniffing`, `decoding` — what kind of bytes, which encoding
- `spreadsheet` — xlsx and BIFF through calamine, with `ooxml`, `survey`, `biff` for what it hides
- `opendocument`, `spreadsheetml`, `markup`, `delimited` — the other formats
- `archive`, `unlocking` — zip containers opened with suspicion; encrypted workbooks
- `grid`, `texts`, `notes` — what all parsers hand over, and how it becomes a `Sheet`

Writing: `writing` (one workbook), `press` (many, with a second process).

Nothing here knows what a list is: no header, no name, no policy.
"""
