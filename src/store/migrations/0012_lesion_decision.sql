-- What a person decided on a lesion that the model proposed. A lesion without a row is not decided yet.
CREATE TABLE lesion_decision (
    exam_id     INTEGER NOT NULL,
    hospital_id INTEGER NOT NULL,
    -- From 1, in the order of exam.lesions.
    lesion      INTEGER NOT NULL CHECK (lesion BETWEEN 1 AND 10000),
    -- The nodule that it was accepted as; NULL for a rejected lesion.
    nodule_id   INTEGER REFERENCES nodule (id),
    decided_by  INTEGER NOT NULL,
    decided_at  INTEGER NOT NULL,
    PRIMARY KEY (exam_id, lesion),
    FOREIGN KEY (exam_id, hospital_id) REFERENCES exam (id, hospital_id),
    FOREIGN KEY (decided_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT, WITHOUT ROWID;

-- A decision changes what a report on the exam says.
CREATE TRIGGER lesion_decided AFTER INSERT ON lesion_decision
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;
CREATE TRIGGER lesion_decided_anew AFTER UPDATE ON lesion_decision
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;
CREATE TRIGGER lesion_undecided AFTER DELETE ON lesion_decision
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = OLD.exam_id; END;
