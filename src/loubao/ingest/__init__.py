"""Sheets → records: which list, which header, which field, what each cell means.

sheets/         a sheet as it stands: its list, its header, its rows
fields/         one kind of field, one module: number, name, date, amount, place
raw_cells.py    cells as they were found
columns.py      the columns of any table (`link`), `--columns`
persons.py      what several cells of a row say together: whose number, birth date, sex, age
remarks.py      what a remark says of cover; which words end it
cover.py        the rows of a roll that say themselves that they have ended
settlements.py  rows of a person that add up (bills)
conditions.py   whether a row passes the conditions of its list
issues.py       every cell that was not taken as it stood
records.py      the sheets of a month → records and issues (`match`, `check`)
linkable.py     the rows of any table → what the linkage compares (`link`)
"""
