-- Follow-up: the exams that are due, what closed them, and the letters about them. The record has a field more, the day of
-- stopping to smoke, so the index of the search is built anew after this.

-- One row for each day of exams of a patient, see clinical/follow_up/plan.rs. All of it is derived from exams,
-- diagnoses and follow_up_closing, and can be built anew.
CREATE TABLE follow_up (
    -- The exam of the day that asks for the most.
    exam_id     INTEGER PRIMARY KEY REFERENCES exam (id),
    patient_id  INTEGER NOT NULL REFERENCES patient (id),
    hospital_id INTEGER NOT NULL REFERENCES hospital (id),
    scanned_on  TEXT NOT NULL CHECK (scanned_on IS date(scanned_on)),
    category    TEXT CHECK (category IN ('0', '1', '2', '3', '4A', '4B', '4X', 'needs-radiologist')),
    -- From when it is listed as due, and the date due; NULL where the category gives none.
    opens_on    TEXT CHECK (opens_on IS date(opens_on)),
    due_on      TEXT CHECK (due_on IS date(due_on)),
    closed_on   TEXT CHECK (closed_on IS date(closed_on)),
    closed_by   TEXT CHECK (closed_by IN ('exam', 'diagnosis', 'moved', 'declined', 'died', 'treated', 'other')),
    -- The assigned doctor, folded; '' for none.
    doctor_key  TEXT NOT NULL,
    -- 'passed': without a date due, and a newer exam followed.
    state       TEXT NOT NULL CHECK (state IN ('open', 'unread', 'done', 'passed')),
    -- The day that the lists of this state are sorted by: the date due, the day of the scan, the day of closing.
    sort_on     TEXT NOT NULL CHECK (sort_on IS date(sort_on)),
    CHECK ((opens_on IS NULL) = (due_on IS NULL)),
    CHECK ((closed_on IS NULL) = (closed_by IS NULL)),
    CHECK ((state IN ('done', 'passed')) = (closed_on IS NOT NULL))
) STRICT;
CREATE INDEX follow_up_by_patient ON follow_up (patient_id);
CREATE INDEX follow_up_by_day ON follow_up (hospital_id, state, sort_on, exam_id, opens_on);
CREATE INDEX follow_up_by_category ON follow_up (hospital_id, state, category, sort_on, exam_id, opens_on);
CREATE INDEX follow_up_by_doctor ON follow_up (hospital_id, state, doctor_key, sort_on, exam_id, opens_on);
-- For the figures of a span of time.
CREATE INDEX follow_up_by_scan ON follow_up (hospital_id, scanned_on, category);
CREATE INDEX follow_up_by_due ON follow_up (hospital_id, due_on, closed_by, closed_on);
CREATE INDEX follow_up_by_diagnosis ON follow_up (hospital_id, closed_on) WHERE closed_by = 'diagnosis';

-- What people closed, with what they stated, and who took it back.
CREATE TABLE follow_up_closing (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    exam_id     INTEGER NOT NULL,
    hospital_id INTEGER NOT NULL,
    -- The category of the exam at that time.
    category    TEXT,
    reason      TEXT NOT NULL CHECK (reason IN ('moved', 'declined', 'died', 'treated', 'other')),
    remark      TEXT NOT NULL CHECK (length(remark) <= 500),
    closed_on   TEXT NOT NULL CHECK (closed_on IS date(closed_on)),
    closed_by   INTEGER NOT NULL,
    closed_at   INTEGER NOT NULL,
    reopened_by INTEGER,
    reopened_at INTEGER,
    CHECK ((reopened_by IS NULL) = (reopened_at IS NULL)),
    FOREIGN KEY (exam_id, hospital_id) REFERENCES exam (id, hospital_id),
    FOREIGN KEY (closed_by, hospital_id) REFERENCES account (id, hospital_id),
    FOREIGN KEY (reopened_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE UNIQUE INDEX follow_up_closed_once ON follow_up_closing (exam_id) WHERE reopened_at IS NULL;
CREATE INDEX follow_up_closing_by_exam ON follow_up_closing (exam_id);

-- Days from the scan to the work-up of categories 4B and 4X, as the rows of follow_up were computed with it.
CREATE TABLE follow_up_rule (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    work_up_days INTEGER NOT NULL CHECK (work_up_days BETWEEN 1 AND 90)
) STRICT;
INSERT INTO follow_up_rule (id, work_up_days) VALUES (1, 14);

-- A hospital's own texts of letters.
CREATE TABLE letter_text (
    hospital_id INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('recall', 'overdue')),
    text        TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    changed_by  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (hospital_id, kind),
    FOREIGN KEY (changed_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT, WITHOUT ROWID;
