"""The only reader and writer of spreadsheets; nothing else knows a file format.

Reading, one module a format:

- `read_sheets`: start here. Bytes → sheets, by what the bytes are; encrypted workbooks; every
  failure of a parser ends here
- `ooxml` with `sheet_xml`: xlsx. `biff`: xls and et. `xml_spreadsheets`: ods and XML of 2003.
  `html_tables`: web pages named .xls. `delimited`: csv and other text, in what `text_encoding`
  finds
- `container`: zip and XML, opened with suspicion
- `grid`: what each format is read into, and how it becomes a `Sheet`; `cell_text`: values → texts

Writing: `writing` (laid-out workbooks, one or many), `word_template` (a Word document filled in).

Nothing here knows what a list is: no header, no name, no policy.
"""
