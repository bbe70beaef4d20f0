-- The ledger, version 7: what a posting says of its rows in 回收问题.xlsx (JSON, lines of ISSUES),
-- and whether that file came to its place. Much is said by the run that posts and by no later one;
-- so the same files collected once more say it from here. Not part of the chain: it proves nothing.
CREATE TABLE posted_issues (
    posting_id INTEGER PRIMARY KEY REFERENCES posting,
    issues TEXT NOT NULL CHECK (json_valid(issues)),
    shown INTEGER NOT NULL DEFAULT 0 CHECK (shown IN (0, 1))
) STRICT;
