"""The ledger: cases from month to month, in one SQLite file that is only ever added to.

connection.py   open, lock, create, migrate, encrypt; refusals of SQLite and the disk in words
structure.py    the tables and triggers: versions, and whether they are what loubao made
migrations/     their SQL, a file a version
status.py       the status of a case after its events; merges; verdicts
postings.py     what a month or a return adds, written in one transaction
chain.py        the digests that bind what each posting wrote in every table
seals.py        the seals of archives
integrity.py    the audit: what was changed behind the ledger's back
case_file.py    the cases and the sightings of their people, as frames; case numbers
merges.py       what merged cases leave to the one in which they live on
editions.py     editions of village sheets, their lines, the leads on them
exclusions.py   what the exclusion lists of each month said
covered.py      whom lists of each month named and rolls covered
lookup.py       single cases, for sheets that come back
posted_issues.py  what a return said of its rows, for the same files once more
copying.py      a consistent copy while other runs use it
"""
