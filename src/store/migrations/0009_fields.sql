-- The fields of a record besides number, name, birth, sex and notes: one JSON object, by the keys of the fields.

ALTER TABLE patient ADD COLUMN details TEXT NOT NULL DEFAULT '{}'
    CHECK (octet_length(details) <= 800000);
ALTER TABLE patient_version ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

-- What an account chose for itself on some screen: the columns of the table, the last folder, the printer.
CREATE TABLE preference (
    account_id INTEGER NOT NULL REFERENCES account (id),
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    content    TEXT NOT NULL CHECK (octet_length(content) <= 65536),
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;
