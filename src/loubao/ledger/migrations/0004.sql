-- The ledger, version 4: a posting may take back another one (`undo`). Nothing of it is deleted: each
-- of its events is corrected, and what it wrote elsewhere no longer holds.

CREATE TABLE new_posting (
    posting_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('month', 'return', 'undo')),
    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    as_of TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    late_reason TEXT,
    counts TEXT NOT NULL CHECK (json_valid(counts)),
    chain TEXT NOT NULL,
    undoes INTEGER UNIQUE REFERENCES posting (posting_id),
    CHECK ((kind = 'undo') = (undoes IS NOT NULL))
) STRICT;
INSERT INTO new_posting SELECT *, NULL FROM posting;
DROP TABLE posting;
ALTER TABLE new_posting RENAME TO posting;

CREATE TRIGGER posting_is_kept BEFORE DELETE ON posting BEGIN
    SELECT RAISE(ABORT, 'postings are never deleted');
END;
CREATE TRIGGER posting_stays BEFORE UPDATE ON posting WHEN old.chain <> '' BEGIN
    SELECT RAISE(ABORT, 'postings are never edited');
END;
CREATE TRIGGER posting_is_new BEFORE INSERT ON posting WHEN
    EXISTS (SELECT 1 FROM posting WHERE posting_id = new.posting_id)
    OR EXISTS (SELECT 1 FROM posting WHERE undoes = new.undoes)
BEGIN
    SELECT RAISE(ABORT, 'postings are never written over');
END;

-- The postings that do not hold: those that were taken back, and those that took them back.
CREATE VIEW taken_back AS
    SELECT undoes AS posting_id FROM posting WHERE undoes IS NOT NULL
    UNION ALL SELECT posting_id FROM posting WHERE kind = 'undo';

-- What a posting wrote anew: the rows of the month before it (zlib, JSON), for the day it is undone.
CREATE TABLE replaced (
    posting_id INTEGER NOT NULL REFERENCES posting,
    name TEXT NOT NULL CHECK (name IN ('naming', 'exclusion')),
    content BLOB NOT NULL,
    PRIMARY KEY (posting_id, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER replaced_is_kept BEFORE DELETE ON replaced BEGIN
    SELECT RAISE(ABORT, 'replaced rows are never deleted');
END;
CREATE TRIGGER replaced_stays BEFORE UPDATE ON replaced BEGIN
    SELECT RAISE(ABORT, 'replaced rows are never edited');
END;
CREATE TRIGGER replaced_is_new BEFORE INSERT ON replaced WHEN EXISTS (
    SELECT 1 FROM replaced WHERE posting_id = new.posting_id AND name = new.name
) BEGIN
    SELECT RAISE(ABORT, 'replaced rows are never written over');
END;

-- `void`: the posting that opened the case was taken back. The number stays that person's.
CREATE TABLE new_standing (
    case_id INTEGER PRIMARY KEY REFERENCES cases,
    status TEXT NOT NULL CHECK (status IN ('unverified', 'eligible', 'ineligible', 'applied',
        'enrolled', 'difficult', 'returned', 'closed', 'merged', 'void')),
    opened_on TEXT NOT NULL,
    issued_on TEXT,
    edition_id INTEGER REFERENCES edition,
    answered_on TEXT,
    answer_posting INTEGER REFERENCES posting,
    answer_event INTEGER REFERENCES event,
    closed_on TEXT,
    reason TEXT,
    merged_into INTEGER REFERENCES cases,
    town TEXT NOT NULL,
    village TEXT NOT NULL,
    village_code TEXT NOT NULL,
    household TEXT NOT NULL,
    lists TEXT NOT NULL CHECK (json_valid(lists))
) STRICT;
INSERT INTO new_standing SELECT * FROM standing;
DROP TABLE standing;
ALTER TABLE new_standing RENAME TO standing;
