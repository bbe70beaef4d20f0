"""The only reader and writer of spreadsheets; nothing else knows a file format.

Reading, one module a format:

- `read_sheets`: start here. Bytes → sheets, by what the bytes are; encrypted workbooks; every
  failure of a parser ends here
- `ooxml`, `sheet_xml`, `cell_values`: xlsx. `biff_book`, `biff`: xls and et. `open_document`: ods
  and fods. `xml_spreadsheet`: XML of 2003. `html_tables`: web pages named .xls. `delimited`: csv
  and other text, in what `text_encoding` finds
- `container` (zip and XML) and `compound` (OLE): opened with suspicion
- `number_formats`: which numbers are dates; `cell_text`: values → texts;
  `struck_cells`: which cells are struck through
- `grid`: what each format is read into, and how it becomes a `Sheet`

Writing: `writing` (laid-out workbooks, one or many), `word_template` (a Word document filled in).

Nothing here knows what a list is: no header, no name, no policy.
"""
