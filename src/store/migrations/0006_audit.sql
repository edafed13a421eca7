-- Whose the entries of the log are, the ways into it, and the chain of seals over it.

ALTER TABLE audit ADD COLUMN hospital_id INTEGER REFERENCES hospital (id);
DROP TRIGGER audit_is_never_changed;
UPDATE audit SET hospital_id = coalesce(
    (SELECT hospital_id FROM account WHERE id = audit.account_id),
    (SELECT hospital_id FROM account WHERE id = audit.object_id AND audit.object_kind = 'account'));
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- INSERT OR REPLACE takes a row away without asking the trigger on deletions.
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE INDEX audit_by_hospital ON audit (hospital_id, at);
CREATE INDEX audit_by_account ON audit (hospital_id, account_id, at);
CREATE INDEX audit_by_action ON audit (hospital_id, action, at);
CREATE INDEX audit_by_object ON audit (object_kind, object_id, at) WHERE object_kind IS NOT NULL;
CREATE INDEX audit_refused ON audit (hospital_id, at) WHERE outcome = 'refused';

-- A seal is the SHA-256 of the seal before it and of its entry, and an HMAC of that under a key that is not in this
-- file. key_id tells keys apart and gives nothing of them away.
CREATE TABLE audit_seal (
    seq    INTEGER PRIMARY KEY REFERENCES audit (seq),
    hash   BLOB NOT NULL CHECK (length(hash) = 32),
    mac    BLOB NOT NULL CHECK (length(mac) = 32),
    key_id BLOB NOT NULL CHECK (length(key_id) = 8)
) STRICT;
CREATE TRIGGER audit_seal_is_never_changed BEFORE UPDATE ON audit_seal
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_seal_is_never_broken BEFORE DELETE ON audit_seal
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_seal_only_grows BEFORE INSERT ON audit_seal
WHEN NEW.seq <= (SELECT max(seq) FROM audit_seal)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- The seal of the last entry under one key, made once more under the key that comes next.
CREATE TABLE audit_handover (
    seq    INTEGER PRIMARY KEY REFERENCES audit (seq),
    mac    BLOB NOT NULL CHECK (length(mac) = 32),
    key_id BLOB NOT NULL CHECK (length(key_id) = 8)
) STRICT;
CREATE TRIGGER audit_handover_is_never_changed BEFORE UPDATE ON audit_handover
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_handover_is_never_undone BEFORE DELETE ON audit_handover
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
