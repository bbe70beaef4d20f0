"""ROOM 1: cells → records. Two ways lead through it.

`months.tidy` turns the sheets of all exports into one row a person:

    claiming.py    which list is this file?            headers.py   which column is which field?
    vocabulary.py  how headers are compared            row_kinds.py titles, totals, footers
    layout.py      one row a person, of households too
    parts.py       one sheet and its account           trust.py     can the whole be trusted?
    tables.py      several tables in one sheet         notes.py     what stands beside a name
    fields.py      text → type, a column at a time     persons.py   birth, sex, whose number
    village.py     place name → official village       conditions.py  does the row pass its list?
    findings.py    what was not taken as it stood      records.py   all of it put together
    id_number.py · name.py · date.py · amount.py       one kind of cell each
    rows.py        equal rows read once

Every row of every sheet ends as a record, a declared skip or an issue; `SheetAccount` adds up.

`linkable.linkable` turns any table into what the linkage compares:

    link_columns.py  which column is which field, by header or by name
    link_habits.py   what a column as a whole tells
    link_places.py   town, village, address
"""
