-- Likely duplicates, and merging two records of one person.

-- The record that this one was merged into: it is a deleted record then, whose number still finds the person.
ALTER TABLE patient ADD COLUMN merged_into INTEGER REFERENCES patient (id);
CREATE INDEX patient_by_merge ON patient (merged_into) WHERE merged_into IS NOT NULL;

-- Keys by which likely duplicates are found, see clinical/duplicate.rs. All of it is derived from the patients.
CREATE TABLE duplicate_key (
    hospital_id INTEGER NOT NULL,
    key         INTEGER NOT NULL,
    patient_id  INTEGER NOT NULL,
    PRIMARY KEY (hospital_id, key, patient_id)
) STRICT, WITHOUT ROWID;
-- The keys of each patient, eight bytes each, after a digest of the values that are compared.
CREATE TABLE duplicate_entry (
    patient_id INTEGER PRIMARY KEY,
    content    BLOB NOT NULL CHECK (length(content) % 8 = 0)
) STRICT;

-- Likely duplicates, derived as well.
CREATE TABLE duplicate_pair (
    one         INTEGER NOT NULL,
    other       INTEGER NOT NULL CHECK (one < other),
    hospital_id INTEGER NOT NULL REFERENCES hospital (id),
    score       INTEGER NOT NULL CHECK (score BETWEEN 0 AND 100),
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX duplicate_pair_by_other ON duplicate_pair (other);
CREATE INDEX duplicate_pair_by_score ON duplicate_pair (hospital_id, score DESC, one DESC, other DESC);

-- Two records that a person stated to be of two people.
CREATE TABLE distinct_patients (
    one         INTEGER NOT NULL REFERENCES patient (id),
    other       INTEGER NOT NULL REFERENCES patient (id) CHECK (one < other),
    hospital_id INTEGER NOT NULL,
    decided_by  INTEGER NOT NULL,
    decided_at  INTEGER NOT NULL,
    PRIMARY KEY (one, other),
    FOREIGN KEY (decided_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX distinct_patients_by_other ON distinct_patients (other);

CREATE TABLE patient_merge (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    hospital_id INTEGER NOT NULL,
    -- The record that stayed, and its revisions before and after.
    kept        INTEGER NOT NULL REFERENCES patient (id),
    before      INTEGER NOT NULL CHECK (before > 0),
    after       INTEGER NOT NULL CHECK (after >= before),
    merged      INTEGER NOT NULL REFERENCES patient (id),
    made_by     INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    undone_by   INTEGER,
    undone_at   INTEGER,
    CHECK (kept <> merged),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL)),
    FOREIGN KEY (made_by, hospital_id) REFERENCES account (id, hospital_id),
    FOREIGN KEY (undone_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE INDEX patient_merge_by_hospital ON patient_merge (hospital_id, id);
CREATE INDEX patient_merge_by_kept ON patient_merge (kept);
CREATE UNIQUE INDEX patient_merged_once ON patient_merge (merged) WHERE undone_at IS NULL;

-- What moved to the record that stayed.
CREATE TABLE patient_merge_row (
    merge_id INTEGER NOT NULL REFERENCES patient_merge (id),
    kind     TEXT NOT NULL,
    row_id   INTEGER NOT NULL,
    PRIMARY KEY (merge_id, kind, row_id)
) STRICT, WITHOUT ROWID;

-- Both records may have the same scan: then one exam has the number of its merge here, and both stay.
ALTER TABLE exam ADD COLUMN merge_id INTEGER NOT NULL DEFAULT 0;
DROP INDEX exam_once;
CREATE UNIQUE INDEX exam_once ON exam (patient_id, source_sha256, model_sha256, merge_id)
    WHERE deleted_at IS NULL;

-- An attachment moves with its exam or patient, and changes in no other way.
DROP TRIGGER attachment_is_never_changed;
CREATE TRIGGER attachment_is_never_changed
BEFORE UPDATE OF id, hospital_id, exam_id, kind, media_type, sha256, created_by, created_at, bytes ON attachment
BEGIN SELECT RAISE(ABORT, 'an attachment stays as it was'); END;
