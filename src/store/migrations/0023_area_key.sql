-- Keys of the files in the accounts' areas of a server: see area_key.rs.
CREATE TABLE area_key (
    number INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number BETWEEN 1 AND 1000000),
    key    BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
