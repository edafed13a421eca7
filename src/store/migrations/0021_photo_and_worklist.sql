-- Time and author of the last change of a patient's photo, which is no part of the versions of the record.
ALTER TABLE patient ADD COLUMN photo_changed_at INTEGER;
ALTER TABLE patient ADD COLUMN photo_changed_by INTEGER REFERENCES account (id);

UPDATE patient SET (photo_changed_at, photo_changed_by) = (
    SELECT created_at, created_by FROM attachment
    WHERE attachment.patient_id = patient.id AND kind = 'photo'
    ORDER BY attachment.id DESC LIMIT 1
);

-- Planned exams of one doctor, however few they are among the others.
CREATE INDEX planned_exam_by_doctor ON planned_exam (hospital_id, state, doctor_key, sort_on, id);
