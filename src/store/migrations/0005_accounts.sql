-- What an account may do and whether it may do it; a hospital's records are its accounts' together.

ALTER TABLE account ADD COLUMN role TEXT NOT NULL DEFAULT 'technician'
    CHECK (role IN ('administrator', 'technician', 'radiologist'));
-- 'pending' until an administrator of the hospital approves it.
ALTER TABLE account ADD COLUMN standing TEXT NOT NULL DEFAULT 'pending'
    CHECK (standing IN ('pending', 'active', 'disabled'));
-- Whoever came first to a hospital administers it; whoever joined it unasked since then waits to be approved.
UPDATE account SET role = 'administrator', standing = 'active'
    WHERE id IN (SELECT min(id) FROM account GROUP BY hospital_id);

-- Patient numbers were unique for one account; from now on they are for the hospital.
UPDATE patient
    SET number = substr(number, 1, 40) || '-' || id, number_key = substr(number_key, 1, 40) || '-' || id
    WHERE deleted_at IS NULL
      AND EXISTS (SELECT 1 FROM patient AS earlier
                  WHERE earlier.hospital_id = patient.hospital_id
                    AND earlier.number_key = patient.number_key
                    AND earlier.deleted_at IS NULL AND earlier.id < patient.id);
DROP INDEX patient_number;
CREATE UNIQUE INDEX patient_number ON patient (hospital_id, number_key) WHERE deleted_at IS NULL;
DROP INDEX patient_by_activity;
CREATE INDEX patient_by_activity ON patient (hospital_id, last_activity_at DESC, id DESC, search_text)
    WHERE deleted_at IS NULL;
