"""loubao (漏保): who is in need and on no roll.

How to read this package, from the top down; each floor knows only those below it:

    cli/          parse, call the pipeline, show, exit code
    pipeline      the order of the verbs; the only place where rooms meet the disk
    tidy/         ROOM 1  sheets → records: what each cell means
    linkage/      ROOM 2  records → decisions: which two rows are one person
    casework/     ROOM 3  decisions → cases → printed sheets → answers → progress
    ledger/       the memory: what happened to each case, in one SQLite file
    workbook/     bytes → sheets, laid-out workbooks → files
    workspace     the output folder: under a lock, whole or not at all
    characters/   what Chinese characters sound like, and what they are forms of
    rules/        the policy: frozen models of the YAML files in rules/
    frames, forms, events, faults, graph    shapes and words that all floors share

Two laws explain most choices. A false link hides a person in need; a missed link costs one visit.
And no row of any input disappears: it is a record, a declared skip, or an issue.
"""

__version__ = "0.1.0"
