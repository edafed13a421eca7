-- The radiologist's own words on an exam, what was added to signed reports, and a hospital's templates.

CREATE TABLE report_words (
    exam_id        INTEGER PRIMARY KEY,
    hospital_id    INTEGER NOT NULL,
    findings       TEXT NOT NULL CHECK (length(findings) <= 10000),
    impression     TEXT NOT NULL CHECK (length(impression) <= 10000),
    recommendation TEXT NOT NULL CHECK (length(recommendation) <= 10000),
    revision       INTEGER NOT NULL DEFAULT 1 CHECK (revision > 0),
    changed_by     INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL,
    FOREIGN KEY (exam_id, hospital_id) REFERENCES exam (id, hospital_id),
    FOREIGN KEY (changed_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE TRIGGER exam_changes_with_new_words AFTER INSERT ON report_words
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;
CREATE TRIGGER exam_changes_with_its_words AFTER UPDATE ON report_words
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;

-- An addendum belongs to a signed version of a report and changes neither it nor the exam.
CREATE TABLE report_addendum (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    report_id   INTEGER NOT NULL REFERENCES report (id),
    hospital_id INTEGER NOT NULL,
    text        TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 10000),
    written_by  INTEGER NOT NULL,
    written_at  INTEGER NOT NULL,
    FOREIGN KEY (written_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE INDEX report_addendum_by_report ON report_addendum (report_id, id);
CREATE TRIGGER addendum_needs_a_signed_report BEFORE INSERT ON report_addendum
WHEN (SELECT signed_at IS NULL FROM report WHERE id = NEW.report_id)
BEGIN SELECT RAISE(ABORT, 'an addendum is added to a signed report'); END;
CREATE TRIGGER addendum_is_never_changed BEFORE UPDATE ON report_addendum
BEGIN SELECT RAISE(ABORT, 'an addendum stays as it was written'); END;
CREATE TRIGGER addendum_stays_with_its_exam BEFORE DELETE ON report_addendum
WHEN EXISTS (SELECT 1 FROM report JOIN exam ON exam.id = report.exam_id JOIN patient ON patient.id = exam.patient_id
             WHERE report.id = OLD.report_id AND exam.deleted_at IS NULL AND patient.deleted_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'an addendum stays as long as its exam'); END;

-- The hospital's own templates, by category.
CREATE TABLE report_template (
    hospital_id    INTEGER NOT NULL,
    category       TEXT NOT NULL
                   CHECK (category IN ('0', '1', '2', '3', '4A', '4B', '4X', 'needs-radiologist')),
    findings       TEXT NOT NULL CHECK (length(findings) <= 10000),
    impression     TEXT NOT NULL CHECK (length(impression) <= 10000),
    recommendation TEXT NOT NULL CHECK (length(recommendation) <= 10000),
    changed_by     INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL,
    PRIMARY KEY (hospital_id, category),
    FOREIGN KEY (changed_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT, WITHOUT ROWID;
