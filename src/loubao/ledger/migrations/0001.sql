-- The ledger, version 1. Dates are ISO texts; `detail` and `shown` are JSON.

-- One successful run that posted something; `chain` binds it to all postings before it.
CREATE TABLE posting (
    posting_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('month', 'return')),
    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    as_of TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    late_reason TEXT,
    counts TEXT NOT NULL CHECK (json_valid(counts)),
    chain TEXT NOT NULL
) STRICT;

-- Files behind a posting. `content` (zlib) is kept of rules and of sheets issued and returned.
CREATE TABLE document (
    sha256 TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    content BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE posting_document (
    posting_id INTEGER NOT NULL REFERENCES posting,
    role TEXT NOT NULL CHECK (role IN ('input', 'rule', 'issued', 'returned')),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES document,
    place TEXT,
    PRIMARY KEY (posting_id, role, name)
) STRICT, WITHOUT ROWID;

-- A person who was to be seen, once; `sample` is somebody linked to a roll, drawn to check the link.
CREATE TABLE cases (
    case_id INTEGER PRIMARY KEY,
    case_no TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('lead', 'sample')),
    town_code TEXT NOT NULL,
    year INTEGER NOT NULL,
    number INTEGER NOT NULL,
    posting_id INTEGER NOT NULL REFERENCES posting,
    UNIQUE (town_code, year, number)
) STRICT;

-- How a person was written in a list: what the linkage compares to know them again.
CREATE TABLE sighting (
    sighting_id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases,
    posting_id INTEGER NOT NULL REFERENCES posting,
    list TEXT NOT NULL,
    name TEXT, name_key TEXT,
    id_number TEXT, id_status TEXT, id_pattern TEXT,
    birth_date TEXT, birth_until TEXT, sex TEXT,
    town TEXT, village TEXT, village_code TEXT,
    head_key TEXT, head_id TEXT, address TEXT
) STRICT;
CREATE INDEX sighting_case ON sighting (case_id);

-- Which lists named whom in a month, and what the month made of it. Written anew with the month.
CREATE TABLE naming (
    month TEXT NOT NULL,
    case_id INTEGER NOT NULL REFERENCES cases,
    lists TEXT NOT NULL CHECK (json_valid(lists)),
    news TEXT NOT NULL CHECK (news IN
        ('new', 'open', 'carried', 'back', 'spared', 'covered', 'excluded', 'withdrawn', 'unnamed')),
    PRIMARY KEY (month, case_id)
) STRICT, WITHOUT ROWID;

-- A village's sheet of a month. The highest number is in force, the others are superseded.
CREATE TABLE edition (
    edition_id INTEGER PRIMARY KEY,
    posting_id INTEGER NOT NULL REFERENCES posting,
    month TEXT NOT NULL,
    town TEXT NOT NULL,
    village TEXT NOT NULL,
    village_code TEXT NOT NULL,
    number INTEGER NOT NULL,
    issued_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    digest TEXT NOT NULL,
    changes TEXT NOT NULL CHECK (json_valid(changes)),
    UNIQUE (month, town, village, number)
) STRICT;

-- A line of a sheet: `shown` is the case's line of DETAILS, `candidate` who may be the same person.
CREATE TABLE sheet_row (
    edition_id INTEGER NOT NULL REFERENCES edition,
    case_id INTEGER NOT NULL REFERENCES cases,
    position INTEGER NOT NULL,
    shown TEXT NOT NULL CHECK (json_valid(shown)),
    candidate TEXT CHECK (candidate IS NULL OR json_valid(candidate)),
    PRIMARY KEY (edition_id, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sheet_row_case ON sheet_row (case_id);

CREATE TABLE event (
    event_id INTEGER PRIMARY KEY,
    posting_id INTEGER NOT NULL REFERENCES posting,
    case_id INTEGER NOT NULL REFERENCES cases,
    kind TEXT NOT NULL CHECK (kind IN ('opened', 'issued', 'verified', 'applied', 'enrolled',
        'closed', 'reopened', 'merged', 'corrected')),
    on_date TEXT NOT NULL,
    edition_id INTEGER REFERENCES edition,
    corrects INTEGER REFERENCES event,
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    CHECK ((kind = 'corrected') = (corrects IS NOT NULL))
) STRICT;
CREATE INDEX event_case ON event (case_id);
CREATE INDEX event_posting ON event (posting_id);

-- A person's word on a candidate: the same person or not. The newest one on a pair holds.
CREATE TABLE judgement (
    judgement_id INTEGER PRIMARY KEY,
    posting_id INTEGER NOT NULL REFERENCES posting,
    case_id INTEGER NOT NULL REFERENCES cases,
    other TEXT NOT NULL,
    same INTEGER NOT NULL CHECK (same IN (0, 1)),
    on_date TEXT NOT NULL,
    candidate TEXT NOT NULL CHECK (json_valid(candidate))
) STRICT;
CREATE INDEX judgement_case ON judgement (case_id);

-- What the events of a case come to; written in the same transaction, and can be folded anew.
CREATE TABLE standing (
    case_id INTEGER PRIMARY KEY REFERENCES cases,
    status TEXT NOT NULL CHECK (status IN ('unverified', 'eligible', 'ineligible', 'applied',
        'enrolled', 'difficult', 'returned', 'closed', 'merged')),
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

CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'events are never deleted');
END;
CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'events are never edited');
END;
CREATE TRIGGER judgement_is_kept BEFORE DELETE ON judgement BEGIN
    SELECT RAISE(ABORT, 'judgements are never deleted');
END;
CREATE TRIGGER judgement_stays BEFORE UPDATE ON judgement BEGIN
    SELECT RAISE(ABORT, 'judgements are never edited');
END;
