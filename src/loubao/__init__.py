"""loubao (漏保): who is in need and on no roll.

The house, from the top down; each floor knows only those below it (`lint-imports` holds it):

    cli/          one module a command: its options, its screen, its exit code
    commands/     one module a command: the order of its steps, and what it reads and writes
    spark/        `link` on a Spark cluster: the same functions, Spark's joins between them
    workspace/    what commands share on the disk: options, DATA, the output folder
    books/        one module a workbook or document that is printed
    report/       report.html: page, charts, tables, figures, suppression of small counts
    adaptation/   what the rules do not know of DATA → questions → lines of the rules
    followup/     this month's cases and the ledger: recognition, dispositions, editions
    returns/      filled-in village sheets → answers → events
    supervision/  the ledger → progress and linkage quality
    standards/    the assistance standards: tariff, payments, audit
    review/       the doubtful pairs of a month or of two tables, decided at the desk
    plausibility/ a month held against the one before and against what is plausible at all
    screening/    records and decisions → cases: coverage, households, annotations
    linkage/      records → decisions: blocking, agreement levels, EM, weights, tiers
    ingest/       sheets → records: which list, which header, which field, what each cell means
    workbook/     bytes ↔ sheets: one module a file format
    ledger/       the memory: cases, events, editions and verdicts in one SQLite file
    layout/       what printed pages share: styles, widths, a page with a table
    rules/        the YAML files of a rules folder → frozen policy and wording
    core/         shapes that all floors share: frames, events, faults, forms, characters

followup, returns, supervision, standards, review and plausibility do not know each other; nor do
the modules of `commands`, nor those of `books`.

Two laws explain most choices. A false link hides a person in need; a missed link costs one visit.
And no row of any input disappears: it is a record, a declared skip, or an issue.
"""

__version__ = "0.1.0"
