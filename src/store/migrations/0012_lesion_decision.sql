-- What a person decided on a lesion that the model proposed: accepted as a nodule, or rejected. A lesion that is named by
-- no standing nodule and by no row here is not decided yet.

-- The lesion that a nodule was accepted from, from 1 in the order of exam.lesions; NULL for others.
ALTER TABLE nodule ADD COLUMN lesion INTEGER CHECK (lesion BETWEEN 1 AND 10000);
CREATE UNIQUE INDEX nodule_of_lesion ON nodule (exam_id, lesion)
    WHERE lesion IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE lesion_rejection (
    exam_id     INTEGER NOT NULL,
    hospital_id INTEGER NOT NULL,
    lesion      INTEGER NOT NULL CHECK (lesion BETWEEN 1 AND 10000),
    rejected_by INTEGER NOT NULL,
    rejected_at INTEGER NOT NULL,
    PRIMARY KEY (exam_id, lesion),
    FOREIGN KEY (exam_id, hospital_id) REFERENCES exam (id, hospital_id),
    FOREIGN KEY (rejected_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT, WITHOUT ROWID;

-- A decision changes what a report on the exam says; that on nodules is noted already.
CREATE TRIGGER lesion_rejected AFTER INSERT ON lesion_rejection
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = NEW.exam_id; END;
CREATE TRIGGER lesion_reopened AFTER DELETE ON lesion_rejection
BEGIN UPDATE exam SET revision = revision + 1 WHERE id = OLD.exam_id; END;
