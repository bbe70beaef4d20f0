-- The ledger, version 6: the office decides doubtful pairs at the desk (`review`), each decision a
-- posting of its own.
DROP VIEW taken_back;
CREATE TABLE new_posting (
    posting_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('month', 'return', 'undo', 'review')),
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
INSERT INTO new_posting SELECT * FROM posting;
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
CREATE VIEW taken_back AS
    SELECT undoes AS posting_id FROM posting WHERE undoes IS NOT NULL
    UNION ALL SELECT posting_id FROM posting WHERE kind = 'undo';

-- What a reader said of a candidate, and what the page showed (`seen`: levels, weight, tier; no
-- names). `way`: alone, as one of two readers (blind), or to end a disagreement (settled). What
-- follows for the pair is in `judgement`, if anything does.
CREATE TABLE reviewed (
    reviewed_id INTEGER PRIMARY KEY,
    posting_id INTEGER NOT NULL REFERENCES posting,
    case_id INTEGER NOT NULL REFERENCES cases,
    other TEXT NOT NULL,
    reader TEXT NOT NULL,
    choice TEXT NOT NULL CHECK (choice IN ('same', 'different', 'unsure')),
    way TEXT NOT NULL CHECK (way IN ('alone', 'blind', 'settled')),
    at TEXT NOT NULL,
    seen TEXT NOT NULL CHECK (json_valid(seen))
) STRICT;
CREATE INDEX reviewed_posting ON reviewed (posting_id);
CREATE INDEX reviewed_case ON reviewed (case_id);
CREATE TRIGGER reviewed_is_kept BEFORE DELETE ON reviewed BEGIN
    SELECT RAISE(ABORT, 'reviews are never deleted');
END;
CREATE TRIGGER reviewed_stays BEFORE UPDATE ON reviewed BEGIN
    SELECT RAISE(ABORT, 'reviews are never edited');
END;
CREATE TRIGGER reviewed_is_new BEFORE INSERT ON reviewed WHEN EXISTS (
    SELECT 1 FROM reviewed WHERE reviewed_id = new.reviewed_id
) BEGIN
    SELECT RAISE(ABORT, 'reviews are never written over');
END;
