-- Versions of records, attachments, reports and drafts.

-- Who deleted what; the log knows it of what was deleted before.
ALTER TABLE exam ADD COLUMN deleted_by INTEGER REFERENCES account (id);
UPDATE exam SET deleted_by = (SELECT account_id FROM audit
                              WHERE action = 'delete exam' AND object_kind = 'exam' AND object_id = exam.id
                              ORDER BY seq DESC LIMIT 1)
    WHERE deleted_at IS NOT NULL;
CREATE INDEX exam_by_deletion ON exam (hospital_id, deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;

ALTER TABLE patient ADD COLUMN deleted_by INTEGER REFERENCES account (id);
ALTER TABLE patient ADD COLUMN changed_by INTEGER REFERENCES account (id);
ALTER TABLE patient ADD COLUMN changed_at INTEGER;
UPDATE patient SET changed_by = created_by, changed_at = created_at;
CREATE INDEX patient_by_deletion ON patient (hospital_id, deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;

-- A deleted patient keeps the number, so that bringing them back never meets another one with it.
UPDATE patient
    SET number = substr(number, 1, 40) || '-' || id, number_key = substr(number_key, 1, 40) || '-' || id
    WHERE deleted_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM patient AS other
                  WHERE other.hospital_id = patient.hospital_id AND other.number_key = patient.number_key
                    AND other.id <> patient.id);
DROP INDEX patient_number;
DROP INDEX patient_by_hospital_number;
CREATE UNIQUE INDEX patient_number ON patient (hospital_id, number_key);

-- What a patient's record said before it was changed, as it stood in `patient`.
CREATE TABLE patient_version (
    patient_id    INTEGER NOT NULL,
    hospital_id   INTEGER NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision > 0),
    changed_by    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    number        TEXT NOT NULL,
    full_name     TEXT NOT NULL,
    date_of_birth TEXT,
    sex           TEXT,
    notes         TEXT NOT NULL,
    PRIMARY KEY (patient_id, revision),
    FOREIGN KEY (patient_id, hospital_id) REFERENCES patient (id, hospital_id),
    FOREIGN KEY (changed_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER patient_version_is_never_changed BEFORE UPDATE ON patient_version
BEGIN SELECT RAISE(ABORT, 'an earlier version of a patient stays as it was'); END;

-- Rises with every change of what an exam's report tells.
ALTER TABLE exam ADD COLUMN revision INTEGER NOT NULL DEFAULT 1 CHECK (revision > 0);
CREATE TRIGGER exam_changes_with_a_new_nodule AFTER INSERT ON nodule
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;
CREATE TRIGGER exam_changes_with_a_nodule AFTER UPDATE ON nodule
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;

-- With deleted ones, so that deleting an exam finally need not look through every nodule.
DROP INDEX nodule_by_exam;
CREATE INDEX nodule_by_exam ON nodule (exam_id, id);

ALTER TABLE exam_circumstances ADD COLUMN revision INTEGER NOT NULL DEFAULT 1 CHECK (revision > 0);
CREATE TRIGGER exam_changes_with_new_circumstances AFTER INSERT ON exam_circumstances
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;
CREATE TRIGGER exam_changes_with_its_circumstances AFTER UPDATE ON exam_circumstances
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;

-- Pictures kept with an exam, and photos of a patient. PNG and JPEG are compressed by themselves: deflating them again
-- would save nothing, so the bytes stand as they came.
CREATE UNIQUE INDEX exam_of_patient ON exam (patient_id, id, hospital_id);
CREATE TABLE attachment (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    patient_id  INTEGER NOT NULL,
    hospital_id INTEGER NOT NULL,
    exam_id     INTEGER,
    kind        TEXT NOT NULL CHECK (kind IN ('key image', 'heat map', 'photo')),
    media_type  TEXT NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg')),
    sha256      TEXT NOT NULL CHECK (length(sha256) = 64),
    created_by  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    -- Last, so that a list of attachments reads none of the pages that hold it.
    bytes       BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 16777216),
    CHECK ((kind = 'photo') = (exam_id IS NULL)),
    FOREIGN KEY (patient_id, hospital_id) REFERENCES patient (id, hospital_id),
    FOREIGN KEY (exam_id, patient_id, hospital_id) REFERENCES exam (id, patient_id, hospital_id),
    FOREIGN KEY (created_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE UNIQUE INDEX attachment_once ON attachment (exam_id, kind, sha256) WHERE exam_id IS NOT NULL;
CREATE UNIQUE INDEX photo_once ON attachment (patient_id, sha256) WHERE exam_id IS NULL;
CREATE INDEX attachment_by_patient ON attachment (patient_id, id);
CREATE TRIGGER attachment_is_never_changed BEFORE UPDATE ON attachment
BEGIN SELECT RAISE(ABORT, 'an attachment stays as it was'); END;

-- What was written of an exam, version after version, and which of them was signed as final.
CREATE TABLE report (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    exam_id          INTEGER NOT NULL,
    hospital_id      INTEGER NOT NULL,
    version          INTEGER NOT NULL CHECK (version > 0),
    text             TEXT NOT NULL CHECK (octet_length(text) BETWEEN 1 AND 800000),
    -- Which state of exam and patient it tells of.
    exam_revision    INTEGER NOT NULL,
    patient_revision INTEGER NOT NULL,
    written_by       INTEGER NOT NULL,
    written_at       INTEGER NOT NULL,
    signed_by        INTEGER,
    signed_at        INTEGER,
    CHECK ((signed_by IS NULL) = (signed_at IS NULL)),
    UNIQUE (exam_id, version),
    FOREIGN KEY (exam_id, hospital_id) REFERENCES exam (id, hospital_id),
    FOREIGN KEY (written_by, hospital_id) REFERENCES account (id, hospital_id),
    FOREIGN KEY (signed_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE TRIGGER report_versions_have_no_gap BEFORE INSERT ON report
WHEN NEW.version <> 1 + (SELECT coalesce(max(version), 0) FROM report WHERE exam_id = NEW.exam_id)
BEGIN SELECT RAISE(ABORT, 'the versions of a report follow each other'); END;
CREATE TRIGGER report_is_written_once
BEFORE UPDATE OF id, exam_id, hospital_id, version, text, exam_revision, patient_revision, written_by, written_at
ON report
BEGIN SELECT RAISE(ABORT, 'a version of a report stays as it was written'); END;
CREATE TRIGGER report_is_signed_once BEFORE UPDATE ON report WHEN OLD.signed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a signed report stays as it was signed'); END;
-- Reports go only with an exam, or a patient, that was deleted before.
CREATE TRIGGER report_stays_with_its_exam BEFORE DELETE ON report
WHEN EXISTS (SELECT 1 FROM exam JOIN patient ON patient.id = exam.patient_id
             WHERE exam.id = OLD.exam_id AND exam.deleted_at IS NULL AND patient.deleted_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'a report stays as long as its exam'); END;

-- What an account typed into a form and did not save yet..
CREATE TABLE draft (
    id          INTEGER PRIMARY KEY,
    account_id  INTEGER NOT NULL REFERENCES account (id),
    form        TEXT NOT NULL CHECK (length(form) BETWEEN 1 AND 64),
    about       INTEGER,
    kept_at     INTEGER NOT NULL,
    content     TEXT NOT NULL CHECK (octet_length(content) <= 1048576)
) STRICT;
CREATE UNIQUE INDEX draft_once ON draft (account_id, form, about IS NULL, coalesce(about, 0));
CREATE INDEX draft_about ON draft (about) WHERE about IS NOT NULL;

-- The greatest id of each kind that was given and finally deleted, so that none is given twice: the audit log names
-- records by nothing else.
CREATE TABLE last_purged (
    kind TEXT PRIMARY KEY CHECK (kind IN ('patient', 'exam', 'nodule')),
    id   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO last_purged (kind, id) VALUES ('patient', 0), ('exam', 0), ('nodule', 0);
