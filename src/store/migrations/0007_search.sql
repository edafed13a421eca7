-- The index behind the search of patients. All of it is derived from the other tables and can be built anew.

-- One row for every patient who is not deleted.
CREATE TABLE search_entry (
    -- The place in the table: whoever was saved to last has the highest.
    place        INTEGER PRIMARY KEY,
    hospital_id  INTEGER NOT NULL REFERENCES hospital (id),
    patient_id   INTEGER NOT NULL UNIQUE REFERENCES patient (id),
    -- patient.last_activity_at when the place was given.
    active_at    INTEGER NOT NULL,
    -- When the newest exam was saved.
    last_exam_at INTEGER,
    -- The folded fields, one a line: name, number, notes.
    text         TEXT NOT NULL
) STRICT;
CREATE INDEX search_entry_by_hospital ON search_entry (hospital_id, place);

-- What is looked up: parts of words, see search/grams.rs. A row's id is search_entry.place.
CREATE VIRTUAL TABLE search_gram USING fts5 (
    grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
-- A leaf of the index fits on a page of an encrypted file, which keeps 80 bytes for itself.
INSERT INTO search_gram (search_gram, rank) VALUES ('pgsz', 3900);

-- How many patients a hospital has, so that nobody counts a million rows.
ALTER TABLE hospital ADD COLUMN patients INTEGER NOT NULL DEFAULT 0 CHECK (patients >= 0);
CREATE TRIGGER search_entry_counts AFTER INSERT ON search_entry
BEGIN UPDATE hospital SET patients = patients + 1 WHERE id = new.hospital_id; END;
CREATE TRIGGER search_entry_counts_down AFTER DELETE ON search_entry
BEGIN UPDATE hospital SET patients = patients - 1 WHERE id = old.hospital_id; END;

-- The searched text has moved to search_entry, and so has the order of the table.
DROP INDEX patient_by_activity;
ALTER TABLE patient DROP COLUMN search_text;
