-- Imports, so that one can be undone as a whole.

CREATE TABLE import (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    hospital_id INTEGER NOT NULL,
    made_by     INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    -- Its name, without the folder.
    file        TEXT NOT NULL CHECK (length(file) <= 255),
    undone_at   INTEGER,
    undone_by   INTEGER,
    CHECK ((undone_at IS NULL) = (undone_by IS NULL)),
    FOREIGN KEY (made_by, hospital_id) REFERENCES account (id, hospital_id),
    FOREIGN KEY (undone_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE INDEX import_by_hospital ON import (hospital_id, id);

-- Patients that an import added, from revision 0, or changed, from the revision before to the one after its last row.
CREATE TABLE import_patient (
    import_id  INTEGER NOT NULL REFERENCES import (id),
    patient_id INTEGER NOT NULL REFERENCES patient (id),
    before     INTEGER NOT NULL CHECK (before >= 0),
    after      INTEGER NOT NULL CHECK (after > before),
    PRIMARY KEY (import_id, patient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_patient_by_patient ON import_patient (patient_id);
