-- The ledger, version 2: what the exclusion lists of each month said, so that a death that is told
-- once holds in the months after. A row of a list each, whether it sets somebody aside or not
-- (`qualifies`); `said_on` is the day on the list (death, move). Written anew with the month.
CREATE TABLE exclusion (
    exclusion_id INTEGER PRIMARY KEY,
    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    file TEXT NOT NULL,
    sheet TEXT NOT NULL,
    row INTEGER,
    qualifies INTEGER NOT NULL CHECK (qualifies IN (0, 1)),
    said_on TEXT,
    list TEXT NOT NULL,
    name TEXT, name_key TEXT,
    id_number TEXT, id_status TEXT, id_pattern TEXT,
    birth_date TEXT, birth_until TEXT, sex TEXT,
    town TEXT, village TEXT, village_code TEXT,
    head_key TEXT, head_id TEXT, address TEXT
) STRICT;
CREATE INDEX exclusion_month ON exclusion (month);
