-- The fields of a record besides number, name, birth, sex and notes: one JSON object, by the keys of the fields.

ALTER TABLE patient ADD COLUMN details TEXT NOT NULL DEFAULT '{}'
    CHECK (octet_length(details) <= 800000);
ALTER TABLE patient_version ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

-- What an account chose for itself on some screen: the columns of the table, the last folder, the printer.
CREATE TABLE preference (
    account_id INTEGER NOT NULL REFERENCES account (id),
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    content    TEXT NOT NULL CHECK (octet_length(content) <= 65536),
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

-- The index of the search now holds every text of the record, and what filters and columns go by: see search/kept.rs.
-- All of it is built anew after this.
DELETE FROM search_entry;
ALTER TABLE search_entry DROP COLUMN last_exam_at;
-- Birth, choices and quantities, and what the newest exam is, one a line.
ALTER TABLE search_entry ADD COLUMN facts TEXT NOT NULL DEFAULT '';

-- What the table is sorted by: every stated value of a column but choices, in its order, equal ones by activity.
CREATE TABLE field_value (
    hospital_id INTEGER NOT NULL,
    -- See search/kept.rs.
    field       INTEGER NOT NULL,
    -- A number, or how a folded text begins.
    sort_key    ANY NOT NULL,
    -- search_entry.place
    place       INTEGER NOT NULL,
    PRIMARY KEY (hospital_id, field, sort_key, place)
) STRICT, WITHOUT ROWID;

-- The doctors whom the records name.
CREATE TABLE doctor (
    hospital_id INTEGER NOT NULL REFERENCES hospital (id),
    -- Folded.
    name_key    TEXT NOT NULL,
    name        TEXT NOT NULL,
    -- Records that name them.
    patients    INTEGER NOT NULL,
    PRIMARY KEY (hospital_id, name_key)
) STRICT, WITHOUT ROWID;
