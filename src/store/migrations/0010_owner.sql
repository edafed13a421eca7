-- The installation role, hospitals that wait for it, and names of hospitals that a reader takes for the same.

-- An owner has the rights over the whole installation: backups, the key, new hospitals, other owners. It is no role in
-- a hospital and gives no right to any hospital's records.
ALTER TABLE account ADD COLUMN owner INTEGER NOT NULL DEFAULT 0 CHECK (owner IN (0, 1));
-- An installation of an earlier version had no owner: every active administrator of any hospital had these rights. The
-- earliest of them set it up, and is the owner from now on; the log gets an entry of it. The others lose the rights
-- until an owner appoints them.
UPDATE account SET owner = 1
    WHERE id = (SELECT id FROM account WHERE role = 'administrator' AND standing = 'active'
                ORDER BY created_at, id LIMIT 1);
CREATE INDEX account_by_owner ON account (id) WHERE owner = 1;

-- 'pending' until an owner approves the hospital; none of its accounts can sign in before.
ALTER TABLE hospital ADD COLUMN standing TEXT NOT NULL DEFAULT 'active'
    CHECK (standing IN ('pending', 'active'));

-- Under what keys a new registration finds a hospital: see accounts/hospital.rs, which fills it for those that are
-- there. Two hospitals of an earlier version may share a key; the earlier one is found then.
CREATE TABLE hospital_key (
    key         TEXT NOT NULL,
    hospital_id INTEGER NOT NULL REFERENCES hospital (id),
    PRIMARY KEY (key, hospital_id)
) STRICT, WITHOUT ROWID;
