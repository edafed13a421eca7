-- Files attached to a patient's record, and what the search index holds since then: see search/typed.rs and search/similar.rs.

-- The accession number of an exam's scan, out of `stated`, so that indexing a patient reads no list of images.
ALTER TABLE exam_study ADD COLUMN accession TEXT;
UPDATE exam_study SET accession = stated ->> '$.accession';

-- A file changes in one way only: it is deleted, and restored.
CREATE TABLE attached_file (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    patient_id  INTEGER NOT NULL,
    hospital_id INTEGER NOT NULL,
    -- The file's own name, without folders.
    name        TEXT NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 1020),
    media_type  TEXT NOT NULL CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg')),
    sha256      TEXT NOT NULL CHECK (length(sha256) = 64),
    created_by  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    deleted_at  INTEGER,
    deleted_by  INTEGER REFERENCES account (id),
    -- Last, so that a list of files reads none of the pages that hold it. PDF, PNG and JPEG are compressed by themselves.
    bytes       BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 268435456),
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL)),
    FOREIGN KEY (patient_id, hospital_id) REFERENCES patient (id, hospital_id),
    FOREIGN KEY (created_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE UNIQUE INDEX attached_file_once ON attached_file (patient_id, sha256) WHERE deleted_at IS NULL;
CREATE INDEX attached_file_by_patient ON attached_file (patient_id, id);
CREATE INDEX attached_file_by_deletion ON attached_file (hospital_id, deleted_at DESC, id DESC)
    WHERE deleted_at IS NOT NULL;
CREATE TRIGGER attached_file_stays_as_it_was
BEFORE UPDATE OF id, name, media_type, sha256, created_by, created_at, bytes ON attached_file
BEGIN SELECT RAISE(ABORT, 'an attached file stays as it was'); END;
