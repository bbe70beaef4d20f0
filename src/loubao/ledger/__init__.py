"""The ledger: cases from month to month, in one SQLite file that is only ever added to.

    connection.py   open, lock, create, migrate, encrypt
    refusals.py     what SQLite and the disk say no to, in words
    places.py       whether a disk is one that a ledger can live on
    migrations/     the tables, a file a version
    reading.py      the ledger → frames
    lookup.py       single cases, for sheets that come back
    supervision.py  what supervision counts
    posting.py      what a month or a return comes to → the ledger, in one transaction
    history.py      everything that was ever posted, as it was posted
    auditing.py     whether a ledger is whole
    copying.py      a consistent copy while others use it

What events come to is said by `casework.standing`; nothing here decides.
"""
