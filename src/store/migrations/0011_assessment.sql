-- An exam outside what the network has seen has no probability, and the lesion reader has no classes: the columns of the
-- probabilities may be NULL. SQLite cannot drop NOT NULL, so each is written anew. What older exams hold stays as it
-- was, outside too, where it is not shown any more.
ALTER TABLE exam ADD COLUMN new_normal REAL CHECK (new_normal BETWEEN 0 AND 1);
ALTER TABLE exam ADD COLUMN new_benign REAL CHECK (new_benign BETWEEN 0 AND 1);
ALTER TABLE exam ADD COLUMN new_malignant REAL CHECK (new_malignant BETWEEN 0 AND 1);
UPDATE exam SET new_normal = normal, new_benign = benign, new_malignant = malignant;
ALTER TABLE exam DROP COLUMN normal;
ALTER TABLE exam DROP COLUMN benign;
ALTER TABLE exam DROP COLUMN malignant;
ALTER TABLE exam RENAME COLUMN new_normal TO normal;
ALTER TABLE exam RENAME COLUMN new_benign TO benign;
ALTER TABLE exam RENAME COLUMN new_malignant TO malignant;

-- Network that answered. All before were slice classifiers.
ALTER TABLE exam ADD COLUMN reader TEXT NOT NULL DEFAULT 'slice' CHECK (reader IN ('lesions', 'slice'));
-- What the lesion reader proposes, the most suspicious first: a JSON array of objects, see clinical/assessment/lesion.rs.
ALTER TABLE exam ADD COLUMN lesions TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(lesions) AND octet_length(lesions) <= 4000000);

-- How many slices the network judged, those outside among them. NULL in a series from before, whose curve holds the
-- probabilities of slices outside too.
ALTER TABLE exam_series ADD COLUMN judged INTEGER CHECK (judged >= 0);
