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

-- Counts the passwords that an account has had: a sign-in that checked an earlier one does not go through.
ALTER TABLE account ADD COLUMN password_version INTEGER NOT NULL DEFAULT 1;

-- What a script signs in with. Only the SHA-256 of a token is kept; it is 256 random bits, so nobody guesses back.
CREATE TABLE access_token (
    id           INTEGER PRIMARY KEY,
    account_id   INTEGER NOT NULL REFERENCES account (id),
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    token_hash   BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL CHECK (expires_at > created_at),
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;
CREATE INDEX access_token_by_account ON access_token (account_id, id);

-- Where the user sat: the address of an SSH client or the name of a terminal; empty where nobody told.
ALTER TABLE session ADD COLUMN place TEXT NOT NULL DEFAULT '' CHECK (length(place) <= 100);
-- The token that began the session; NULL for a password.
ALTER TABLE session ADD COLUMN token_id INTEGER REFERENCES access_token (id);
CREATE INDEX session_in_order ON session (account_id, id);
ALTER TABLE failed_sign_in ADD COLUMN place TEXT NOT NULL DEFAULT '' CHECK (length(place) <= 100);

-- Failures in a row of one email, known or not, and of everybody together. The key is a hash, since people type
-- passwords into the wrong field.
CREATE TABLE throttle (
    key           BLOB PRIMARY KEY CHECK (length(key) = 32),
    failures      INTEGER NOT NULL CHECK (failures >= 0),
    not_before    INTEGER NOT NULL,
    -- Attempts that were let through and have not answered yet.
    under_way     INTEGER NOT NULL CHECK (under_way >= 0),
    changed_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_by_age ON throttle (changed_at);

CREATE TABLE reset_code (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    code_hash  BLOB NOT NULL CHECK (length(code_hash) = 32),
    issued_by  INTEGER NOT NULL REFERENCES account (id),
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE second_factor (
    account_id   INTEGER PRIMARY KEY REFERENCES account (id),
    secret       BLOB NOT NULL CHECK (length(secret) = 20),
    -- NULL until a code showed that the authenticator has the secret.
    confirmed_at INTEGER,
    -- Codes of this interval of 30 seconds and of earlier ones open nothing any more.
    last_step    INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
    account_id INTEGER NOT NULL REFERENCES second_factor (account_id) ON DELETE CASCADE,
    code_hash  BLOB NOT NULL CHECK (length(code_hash) = 32),
    used_at    INTEGER,
    PRIMARY KEY (account_id, code_hash)
) STRICT, WITHOUT ROWID;
