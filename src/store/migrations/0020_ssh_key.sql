-- Public keys with which accounts sign in over SSH: see accounts/ssh_key.rs.
CREATE TABLE ssh_key (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id   INTEGER NOT NULL REFERENCES account (id),
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- As SSH sends it.
    key          BLOB NOT NULL CHECK (length(key) BETWEEN 1 AND 4096),
    added_at     INTEGER NOT NULL,
    last_used_at INTEGER,
    UNIQUE (account_id, key)
) STRICT;
-- A password is changed where somebody else may know it, and may have added a key.
CREATE TRIGGER ssh_key_ends_with_the_password
AFTER UPDATE OF password_version ON account WHEN NEW.password_version <> OLD.password_version
BEGIN DELETE FROM ssh_key WHERE account_id = NEW.id; END;
