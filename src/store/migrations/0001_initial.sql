-- Accounts, patients, exams and the log of what was done to them.
-- Instants are microseconds since 1970-01-01T00:00:00Z, dates are ISO 8601 text.

CREATE TABLE hospital (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key     TEXT NOT NULL UNIQUE,
    next_patient INTEGER NOT NULL DEFAULT 1 CHECK (next_patient > 0),
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    id            INTEGER PRIMARY KEY,
    hospital_id   INTEGER NOT NULL REFERENCES hospital (id),
    admin_id      TEXT NOT NULL CHECK (length(admin_id) BETWEEN 1 AND 64),
    full_name     TEXT NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
    email         TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    email_key     TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    created_at    INTEGER NOT NULL,
    UNIQUE (id, hospital_id)
) STRICT;

-- One row for every sign-in that succeeded; ended_at is set by signing out.
CREATE TABLE session (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    token      BLOB NOT NULL CHECK (length(token) = 16),
    started_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;
CREATE INDEX session_by_account ON session (account_id, started_at);

-- One row for every sign-in that failed. What was typed for an unknown account is not kept:
-- people type passwords into the wrong field.
CREATE TABLE failed_sign_in (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER REFERENCES account (id),
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX failed_sign_in_by_account ON failed_sign_in (account_id, at);

CREATE TABLE terms_acceptance (
    account_id  INTEGER NOT NULL REFERENCES account (id),
    version     TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 64),
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE recent_folder (
    account_id INTEGER NOT NULL REFERENCES account (id),
    path       BLOB NOT NULL CHECK (length(path) > 0),
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, path)
) STRICT, WITHOUT ROWID;

-- A number is unique among the records of one account, not of the hospital: as long as anybody
-- may name any hospital, a refused number would tell a stranger which patients exist.
CREATE TABLE patient (
    id               INTEGER PRIMARY KEY,
    hospital_id      INTEGER NOT NULL,
    created_by       INTEGER NOT NULL,
    number           TEXT NOT NULL CHECK (length(number) BETWEEN 1 AND 64),
    number_key       TEXT NOT NULL CHECK (length(number_key) > 0),
    full_name        TEXT NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
    search_text      TEXT NOT NULL,
    date_of_birth    TEXT CHECK (date_of_birth IS date(date_of_birth)),
    sex              TEXT CHECK (sex IN ('female', 'male', 'other')),
    notes            TEXT NOT NULL CHECK (length(notes) <= 10000),
    revision         INTEGER NOT NULL DEFAULT 1,
    created_at       INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL,
    deleted_at       INTEGER,
    UNIQUE (id, hospital_id),
    FOREIGN KEY (created_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE UNIQUE INDEX patient_number ON patient (hospital_id, created_by, number_key)
    WHERE deleted_at IS NULL;
CREATE INDEX patient_by_hospital_number ON patient (hospital_id, number_key);
-- Holds the searched text too, so that a search reads this index and no patient that it passes over.
CREATE INDEX patient_by_activity
    ON patient (hospital_id, created_by, last_activity_at DESC, id DESC, search_text)
    WHERE deleted_at IS NULL;

-- One scan file and the network's answer to it, with everything that tells where both came from.
CREATE TABLE exam (
    id                 INTEGER PRIMARY KEY,
    patient_id         INTEGER NOT NULL,
    hospital_id        INTEGER NOT NULL,
    created_by         INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    deleted_at         INTEGER,
    source_path        BLOB NOT NULL,
    source_sha256      TEXT NOT NULL CHECK (length(source_sha256) BETWEEN 1 AND 64),
    format             TEXT NOT NULL CHECK (length(format) BETWEEN 1 AND 64),
    width              INTEGER NOT NULL CHECK (width BETWEEN 1 AND 4294967295),
    height             INTEGER NOT NULL CHECK (height BETWEEN 1 AND 4294967295),
    elapsed_ms         INTEGER NOT NULL CHECK (elapsed_ms >= 0),
    model_id           TEXT NOT NULL CHECK (length(model_id) BETWEEN 1 AND 200),
    model_sha256       TEXT NOT NULL CHECK (length(model_sha256) BETWEEN 1 AND 64),
    classification     TEXT NOT NULL
                       CHECK (classification IN ('positive', 'negative', 'indeterminate')),
    normal             REAL NOT NULL CHECK (normal BETWEEN 0 AND 1),
    benign             REAL NOT NULL CHECK (benign BETWEEN 0 AND 1),
    malignant          REAL NOT NULL CHECK (malignant BETWEEN 0 AND 1),
    threshold          REAL NOT NULL CHECK (threshold BETWEEN 0 AND 1),
    indeterminate_from REAL NOT NULL CHECK (indeterminate_from BETWEEN 0 AND 1),
    indeterminate_to   REAL NOT NULL CHECK (indeterminate_to BETWEEN 0 AND 1),
    sensitivity        REAL NOT NULL CHECK (sensitivity BETWEEN 0 AND 1),
    specificity        REAL NOT NULL CHECK (specificity BETWEEN 0 AND 1),
    prevalence         REAL NOT NULL CHECK (prevalence BETWEEN 0 AND 1),
    FOREIGN KEY (patient_id, hospital_id) REFERENCES patient (id, hospital_id),
    FOREIGN KEY (created_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE UNIQUE INDEX exam_once ON exam (patient_id, source_sha256, model_sha256)
    WHERE deleted_at IS NULL;
CREATE INDEX exam_by_patient ON exam (patient_id, created_at DESC, id DESC)
    WHERE deleted_at IS NULL;

-- Written in the transaction of the change it tells of. Records are named by row id alone.
CREATE TABLE audit (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    account_id  INTEGER REFERENCES account (id),
    action      TEXT NOT NULL,
    object_kind TEXT,
    object_id   INTEGER,
    outcome     TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    CHECK ((object_kind IS NULL) = (object_id IS NULL))
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
