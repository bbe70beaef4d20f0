"""The order of the verbs, and the only place where the rooms meet the disk.

Each verb is a module, so that a run loads what it needs and no more; they take and return plain
values, and what a person sees of a run is the command line's affair.

    month.py      `match` and `check`: read → tidy → link → screen → write
    linking.py    `link`: two tables of any kind → one table of links
    collecting.py `collect`: sheets that came back → answers in the ledger
    supervising.py `progress`: the ledger → figures, 进度.xlsx, the circular
    explaining.py `explain`: why a person is on the sheet, what a pair weighs
    beginning.py  `init`: a working folder for a new locality
    standards.py  `standards`: the standards of the notice, and the rolls against them

    archiving.py  `archive`: everything bound together; archive_check.py whether it still is
    keeping.py    `backup`: a copy of the ledger

    reading.py    a month read and tidied
    following.py  … and followed up in the ledger
    brought_forward.py what that has; meeting.py who is known; recognising.py the engine asked
    posting.py    … and posted; report.py its report.html
    judged.py     what villages answered, for `progress --quality`; printing.py what it prints
    returns_folder.py, returned_lines.py, returned_cases.py, returned_people.py
                  the steps of `collect`
    ledgers.py    which ledger, which month, which key
    archived.py   what an archive is made of; archive_tables.py its tables
    archive_ledger.py whether they say what the ledger does

    settings.py   what the options mean          exports.py      the files of DATA
    columns.py    what --columns means           table_files.py  LEFT and RIGHT
    progress.py   where a run is, how long       link_files.py   the table of links, written
    tallies.py    the counts it is told by       early.py        their first rows, ahead of time
    outputs.py    what a run wrote, read again   model_file.py   the weights in a parquet file
    worded.py     steps of a weight in words
"""
