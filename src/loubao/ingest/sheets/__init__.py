"""A sheet as it stands: which list it is, where its header is matched, what each row is.

vocabulary.py   how a header is spelt and compared; the headers that lists have
header.py       which row is the header, which column is which field, for `match` and `link`
rows.py         header again, title, total, footer, or people; households by their members
cell_words.py   the words of a cell that names people: names, relations, labels
cell_people.py  one cell that names people: names, numbers, or each name with its number
members.py      the people of a row: names and numbers of two cells put together
unpacking.py    rows that name several people become one row a person
families.py     the members in the rows under their head
paired_files.py a file of families and a file of persons that are one roll
identify.py     which list a file is; several tables in one sheet
versions.py     months, copies and drafts of one roll: which of them holds
account.py      every row and column accounted for; whether the files can be trusted
"""
