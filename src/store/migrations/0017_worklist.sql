-- Planned exams, and those that an import planned or changed.

CREATE TABLE planned_exam (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    hospital_id   INTEGER NOT NULL,
    patient_id    INTEGER NOT NULL,
    planned_on    TEXT NOT NULL CHECK (planned_on IS date(planned_on)),
    accession     TEXT CHECK (length(accession) BETWEEN 1 AND 64),
    -- Without case and spaces.
    accession_key TEXT CHECK (length(accession_key) > 0),
    reason        TEXT NOT NULL CHECK (length(reason) <= 500),
    revision      INTEGER NOT NULL DEFAULT 1 CHECK (revision > 0),
    created_by    INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    changed_by    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    -- The exam that was saved of it, and the day of its scan.
    exam_id       INTEGER REFERENCES exam (id),
    done_on       TEXT CHECK (done_on IS date(done_on)),
    cancel_reason TEXT CHECK (cancel_reason IN ('moved', 'declined', 'died', 'treated', 'other')),
    cancel_remark TEXT NOT NULL DEFAULT '' CHECK (length(cancel_remark) <= 500),
    cancelled_on  TEXT CHECK (cancelled_on IS date(cancelled_on)),
    cancelled_by  INTEGER,
    -- Derived from the columns above, the exam and the patient, see store/worklist/renew.rs.
    state         TEXT NOT NULL CHECK (state IN ('planned', 'done', 'cancelled', 'hidden')),
    -- The day planned, or that of the scan or of cancelling.
    sort_on       TEXT NOT NULL CHECK (sort_on IS date(sort_on)),
    -- The assigned doctor, folded; '' for none.
    doctor_key    TEXT NOT NULL,
    CHECK ((accession IS NULL) = (accession_key IS NULL)),
    CHECK ((exam_id IS NULL) = (done_on IS NULL)),
    CHECK ((cancel_reason IS NULL) = (cancelled_on IS NULL)),
    CHECK ((cancel_reason IS NULL) = (cancelled_by IS NULL)),
    FOREIGN KEY (patient_id, hospital_id) REFERENCES patient (id, hospital_id),
    FOREIGN KEY (created_by, hospital_id) REFERENCES account (id, hospital_id),
    FOREIGN KEY (changed_by, hospital_id) REFERENCES account (id, hospital_id),
    FOREIGN KEY (cancelled_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
-- One order has one number in its hospital.
CREATE UNIQUE INDEX planned_exam_by_accession ON planned_exam (hospital_id, accession_key)
    WHERE accession_key IS NOT NULL;
CREATE INDEX planned_exam_by_patient ON planned_exam (patient_id, planned_on);
CREATE INDEX planned_exam_by_exam ON planned_exam (exam_id) WHERE exam_id IS NOT NULL;
CREATE INDEX planned_exam_by_day ON planned_exam (hospital_id, state, sort_on, id, doctor_key);

-- Planned exams that an import added (before is NULL) or changed: their order before, as JSON, and the revision after its
-- last row.
CREATE TABLE import_plan (
    import_id  INTEGER NOT NULL REFERENCES import (id),
    planned_id INTEGER NOT NULL REFERENCES planned_exam (id),
    before     TEXT CHECK (json_valid(before)),
    after      INTEGER NOT NULL CHECK (after > 0),
    PRIMARY KEY (import_id, planned_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_plan_by_plan ON import_plan (planned_id);
