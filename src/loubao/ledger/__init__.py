"""The ledger: cases from month to month, in one SQLite file that is only ever added to.

    connection.py   open, lock, create, migrate, encrypt; what SQLite says no to, in words
    migrations/     the tables, a file a version
    reading.py      the ledger → frames
    posting.py      what a month or a return comes to → the ledger, in one transaction
    copying.py      a consistent copy while others use it

What events come to is said by `casework.standing`; nothing here decides.
"""
