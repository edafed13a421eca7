-- Why a slice lies outside what the network has seen; NULL for one that does not, and for every exam that
-- was saved before LUNNY looked.
ALTER TABLE exam ADD COLUMN outside_reason TEXT
    CHECK (outside_reason IS NULL
           OR (length(outside_reason) BETWEEN 1 AND 1000 AND classification = 'indeterminate'));
