-- The ledger, version 3: the chain of a posting binds what it wrote in every table, and what was
-- written is never written over.

-- SHA-256 of the rows that a posting wrote, a table each (`ledger/chain.py`); its chain binds them.
CREATE TABLE part (
    posting_id INTEGER NOT NULL REFERENCES posting,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (posting_id, name)
) STRICT, WITHOUT ROWID;

-- Where a case belongs, each time that it changed; `standing` has the newest.
CREATE TABLE place (
    posting_id INTEGER NOT NULL REFERENCES posting,
    case_id INTEGER NOT NULL REFERENCES cases,
    town TEXT NOT NULL,
    village TEXT NOT NULL,
    village_code TEXT NOT NULL,
    household TEXT NOT NULL,
    lists TEXT NOT NULL CHECK (json_valid(lists)),
    PRIMARY KEY (posting_id, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX place_case ON place (case_id);
INSERT INTO place SELECT c.posting_id, s.case_id, s.town, s.village, s.village_code, s.household,
    s.lists FROM standing s JOIN cases c USING (case_id);

-- The seal of each archive that was written; `after` is the last posting at that time. The posting
-- after it binds it.
CREATE TABLE seal (
    seal_id INTEGER PRIMARY KEY,
    after INTEGER NOT NULL REFERENCES posting (posting_id),
    seal TEXT NOT NULL,
    archived TEXT NOT NULL,
    months TEXT NOT NULL CHECK (json_valid(months))
) STRICT;

CREATE INDEX cases_posting ON cases (posting_id);
CREATE INDEX sighting_posting ON sighting (posting_id);
CREATE INDEX edition_posting ON edition (posting_id);
CREATE INDEX judgement_posting ON judgement (posting_id);

-- REPLACE deletes without a word to the triggers on DELETE: each key is given once. The chain of a
-- posting is written last in its transaction, when all that it binds is there.
CREATE TRIGGER posting_is_kept BEFORE DELETE ON posting BEGIN
    SELECT RAISE(ABORT, 'postings are never deleted');
END;
CREATE TRIGGER posting_stays BEFORE UPDATE ON posting WHEN old.chain <> '' BEGIN
    SELECT RAISE(ABORT, 'postings are never edited');
END;
CREATE TRIGGER posting_is_new BEFORE INSERT ON posting WHEN EXISTS (
    SELECT 1 FROM posting WHERE posting_id = new.posting_id
) BEGIN
    SELECT RAISE(ABORT, 'postings are never written over');
END;
CREATE TRIGGER part_is_kept BEFORE DELETE ON part BEGIN
    SELECT RAISE(ABORT, 'parts are never deleted');
END;
CREATE TRIGGER part_stays BEFORE UPDATE ON part BEGIN
    SELECT RAISE(ABORT, 'parts are never edited');
END;
CREATE TRIGGER part_is_new BEFORE INSERT ON part WHEN EXISTS (
    SELECT 1 FROM part WHERE posting_id = new.posting_id AND name = new.name
) BEGIN
    SELECT RAISE(ABORT, 'parts are never written over');
END;
CREATE TRIGGER posting_document_is_kept BEFORE DELETE ON posting_document BEGIN
    SELECT RAISE(ABORT, 'files of a posting are never deleted');
END;
CREATE TRIGGER posting_document_stays BEFORE UPDATE ON posting_document BEGIN
    SELECT RAISE(ABORT, 'files of a posting are never edited');
END;
CREATE TRIGGER posting_document_is_new BEFORE INSERT ON posting_document WHEN EXISTS (
    SELECT 1 FROM posting_document
    WHERE posting_id = new.posting_id AND role = new.role AND name = new.name
) BEGIN
    SELECT RAISE(ABORT, 'files of a posting are never written over');
END;
CREATE TRIGGER cases_is_kept BEFORE DELETE ON cases BEGIN
    SELECT RAISE(ABORT, 'cases are never deleted');
END;
CREATE TRIGGER cases_stays BEFORE UPDATE ON cases BEGIN
    SELECT RAISE(ABORT, 'cases are never edited');
END;
CREATE TRIGGER cases_is_new BEFORE INSERT ON cases WHEN
    EXISTS (SELECT 1 FROM cases WHERE case_id = new.case_id)
    OR EXISTS (SELECT 1 FROM cases WHERE case_no = new.case_no)
    OR EXISTS (
        SELECT 1 FROM cases
        WHERE town_code = new.town_code AND year = new.year AND number = new.number
    )
BEGIN
    SELECT RAISE(ABORT, 'cases are never written over');
END;
CREATE TRIGGER sighting_is_kept BEFORE DELETE ON sighting BEGIN
    SELECT RAISE(ABORT, 'sightings are never deleted');
END;
CREATE TRIGGER sighting_stays BEFORE UPDATE ON sighting BEGIN
    SELECT RAISE(ABORT, 'sightings are never edited');
END;
CREATE TRIGGER sighting_is_new BEFORE INSERT ON sighting WHEN EXISTS (
    SELECT 1 FROM sighting WHERE sighting_id = new.sighting_id
) BEGIN
    SELECT RAISE(ABORT, 'sightings are never written over');
END;
CREATE TRIGGER edition_is_kept BEFORE DELETE ON edition BEGIN
    SELECT RAISE(ABORT, 'editions are never deleted');
END;
CREATE TRIGGER edition_stays BEFORE UPDATE ON edition BEGIN
    SELECT RAISE(ABORT, 'editions are never edited');
END;
CREATE TRIGGER edition_is_new BEFORE INSERT ON edition WHEN
    EXISTS (SELECT 1 FROM edition WHERE edition_id = new.edition_id)
    OR EXISTS (
        SELECT 1 FROM edition
        WHERE month = new.month AND town = new.town AND village = new.village AND number = new.number
    )
BEGIN
    SELECT RAISE(ABORT, 'editions are never written over');
END;
CREATE TRIGGER sheet_row_is_kept BEFORE DELETE ON sheet_row BEGIN
    SELECT RAISE(ABORT, 'lines of a sheet are never deleted');
END;
CREATE TRIGGER sheet_row_stays BEFORE UPDATE ON sheet_row BEGIN
    SELECT RAISE(ABORT, 'lines of a sheet are never edited');
END;
CREATE TRIGGER sheet_row_is_new BEFORE INSERT ON sheet_row WHEN EXISTS (
    SELECT 1 FROM sheet_row WHERE edition_id = new.edition_id AND case_id = new.case_id
) BEGIN
    SELECT RAISE(ABORT, 'lines of a sheet are never written over');
END;
CREATE TRIGGER event_is_new BEFORE INSERT ON event WHEN EXISTS (
    SELECT 1 FROM event WHERE event_id = new.event_id
) BEGIN
    SELECT RAISE(ABORT, 'events are never written over');
END;
CREATE TRIGGER judgement_is_new BEFORE INSERT ON judgement WHEN EXISTS (
    SELECT 1 FROM judgement WHERE judgement_id = new.judgement_id
) BEGIN
    SELECT RAISE(ABORT, 'judgements are never written over');
END;
CREATE TRIGGER place_is_kept BEFORE DELETE ON place BEGIN
    SELECT RAISE(ABORT, 'places are never deleted');
END;
CREATE TRIGGER place_stays BEFORE UPDATE ON place BEGIN
    SELECT RAISE(ABORT, 'places are never edited');
END;
CREATE TRIGGER place_is_new BEFORE INSERT ON place WHEN EXISTS (
    SELECT 1 FROM place WHERE posting_id = new.posting_id AND case_id = new.case_id
) BEGIN
    SELECT RAISE(ABORT, 'places are never written over');
END;
CREATE TRIGGER seal_is_kept BEFORE DELETE ON seal BEGIN
    SELECT RAISE(ABORT, 'seals are never deleted');
END;
CREATE TRIGGER seal_stays BEFORE UPDATE ON seal BEGIN
    SELECT RAISE(ABORT, 'seals are never edited');
END;
CREATE TRIGGER seal_is_new BEFORE INSERT ON seal WHEN EXISTS (
    SELECT 1 FROM seal WHERE seal_id = new.seal_id
) BEGIN
    SELECT RAISE(ABORT, 'seals are never written over');
END;

-- The content of a file may come later, under another posting; it never changes.
CREATE TRIGGER document_is_kept BEFORE DELETE ON document BEGIN
    SELECT RAISE(ABORT, 'files are never deleted');
END;
CREATE TRIGGER document_stays BEFORE UPDATE ON document WHEN
    new.sha256 <> old.sha256 OR new.bytes <> old.bytes
    OR old.content IS NOT NULL AND new.content IS NOT old.content
BEGIN
    SELECT RAISE(ABORT, 'files are never edited');
END;
CREATE TRIGGER document_is_new BEFORE INSERT ON document WHEN EXISTS (
    SELECT 1 FROM document WHERE sha256 = new.sha256
) BEGIN
    SELECT RAISE(ABORT, 'files are never written over');
END;
