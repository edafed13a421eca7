-- Patient and study of an exam's scan as its files state them, with the UIDs of its images, so that a report joins the study:
-- a JSON object, see clinical/scanned_study.rs. An exam without a row is of a scan that states no study, or from before.
CREATE TABLE exam_study (
    exam_id INTEGER PRIMARY KEY REFERENCES exam (id),
    stated  TEXT NOT NULL CHECK (json_valid(stated) AND octet_length(stated) <= 4000000)
) STRICT;
