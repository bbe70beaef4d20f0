-- The ledger, version 5: a month may leave a case to the office (`office`): found eligible, applied
-- for, or returned to nobody in particular. `unnamed` is of earlier versions.
CREATE TABLE new_naming (
    month TEXT NOT NULL,
    case_id INTEGER NOT NULL REFERENCES cases,
    lists TEXT NOT NULL CHECK (json_valid(lists)),
    news TEXT NOT NULL CHECK (news IN ('new', 'open', 'carried', 'back', 'spared', 'covered',
        'excluded', 'withdrawn', 'unnamed', 'office')),
    PRIMARY KEY (month, case_id)
) STRICT, WITHOUT ROWID;
INSERT INTO new_naming SELECT month, case_id, lists, news FROM naming;
DROP TABLE naming;
ALTER TABLE new_naming RENAME TO naming;
