-- What an exam of a whole series says beyond its answer; an exam without a row here is of one slice.
-- The answer itself, the folder or file and the hash over the slices stand in the exam.
CREATE TABLE exam_series (
    exam_id     INTEGER PRIMARY KEY REFERENCES exam (id),
    study_uid   TEXT CHECK (length(study_uid) BETWEEN 1 AND 64),
    series_uid  TEXT CHECK (length(series_uid) BETWEEN 1 AND 64),
    -- Which slices decided: from this one, and how many.
    decide_from INTEGER NOT NULL CHECK (decide_from >= 0),
    decide      INTEGER NOT NULL CHECK (decide > 0),
    rule        TEXT NOT NULL CHECK (length(rule) BETWEEN 1 AND 200),
    -- The most suspicious slices, a JSON array of indices from 0.
    suspicious  TEXT NOT NULL CHECK (json_valid(suspicious)),
    -- The malignancy probability of each slice in order, four bytes each (f32, little endian), NaN where the network
    -- judged none.
    curve       BLOB NOT NULL CHECK (length(curve) BETWEEN 4 AND 4000000 AND length(curve) % 4 = 0),
    outside     INTEGER NOT NULL CHECK (outside >= 0),
    -- What ran the network, and which version of this program asked it.
    runs_on     TEXT NOT NULL CHECK (length(runs_on) BETWEEN 1 AND 200),
    version     TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 64)
) STRICT;
