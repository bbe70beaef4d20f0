"""A sheet as it stands: which list it is, where its header is matched, what each row is.

vocabulary.py   how a header is spelt and compared; the headers that lists have
header.py       which row is the header, which column is which field, for `match` and `link`
rows.py         header again, title, total, footer, or people; households by their members
identify.py     which list a file is; several tables in one sheet
versions.py     months, copies and drafts of one roll: which of them holds
account.py      every row and column accounted for; whether the files can be trusted
"""
