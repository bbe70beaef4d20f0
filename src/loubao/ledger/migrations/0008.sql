-- The ledger, version 8: whom a list named and a roll covered. They are no cases; but once the roll
-- has them no more, a later month has to look at them although no list names them again. Written
-- anew with the month.
CREATE TABLE covered (
    covered_id INTEGER PRIMARY KEY,
    month TEXT NOT NULL,
    roll TEXT NOT NULL,
    clue TEXT NOT NULL,
    village_group TEXT,
    phone TEXT,
    list TEXT NOT NULL,
    name TEXT, name_key TEXT,
    id_number TEXT, id_status TEXT, id_pattern TEXT,
    birth_date TEXT, birth_until TEXT, sex TEXT,
    town TEXT, village TEXT, village_code TEXT,
    head_key TEXT, head_id TEXT, address TEXT
) STRICT;
CREATE INDEX covered_month ON covered (month);

CREATE TABLE new_replaced (
    posting_id INTEGER NOT NULL REFERENCES posting,
    name TEXT NOT NULL CHECK (name IN ('naming', 'exclusion', 'covered')),
    content BLOB NOT NULL,
    PRIMARY KEY (posting_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO new_replaced SELECT posting_id, name, content FROM replaced;
DROP TABLE replaced;
ALTER TABLE new_replaced RENAME TO replaced;
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
