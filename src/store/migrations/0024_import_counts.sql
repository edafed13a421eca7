-- Numbers of patients that an import added and changed: to count its rows takes long where there are very many.

ALTER TABLE import ADD COLUMN added INTEGER NOT NULL DEFAULT 0 CHECK (added >= 0);
ALTER TABLE import ADD COLUMN changed INTEGER NOT NULL DEFAULT 0 CHECK (changed >= 0);
UPDATE import SET
    added = (SELECT count(*) FROM import_patient WHERE import_id = import.id AND before = 0),
    changed = (SELECT count(*) FROM import_patient WHERE import_id = import.id AND before > 0);
