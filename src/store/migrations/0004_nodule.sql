-- Nodules as somebody measured them on an exam, and what was stated once for that exam. Lengths are whole tenths of
-- a millimetre.
CREATE UNIQUE INDEX exam_in_hospital ON exam (id, hospital_id);

CREATE TABLE nodule (
    id                  INTEGER PRIMARY KEY,
    exam_id             INTEGER NOT NULL,
    hospital_id         INTEGER NOT NULL,
    created_by          INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    changed_at          INTEGER NOT NULL,
    revision            INTEGER NOT NULL DEFAULT 1 CHECK (revision > 0),
    deleted_at          INTEGER,
    nodule_type         TEXT NOT NULL
                        CHECK (nodule_type IN ('solid', 'part-solid', 'non-solid', 'juxtapleural',
                                               'airway', 'cyst')),
    long_tenths         INTEGER NOT NULL CHECK (long_tenths BETWEEN 1 AND 3000),
    short_tenths        INTEGER NOT NULL CHECK (short_tenths BETWEEN 1 AND long_tenths),
    solid_long_tenths   INTEGER CHECK (solid_long_tenths BETWEEN 1 AND long_tenths),
    solid_short_tenths  INTEGER CHECK (solid_short_tenths BETWEEN 1 AND short_tenths),
    status              TEXT NOT NULL
                        CHECK (status IN ('baseline', 'new', 'stable', 'slowly-growing', 'growing',
                                          'growing-total-alone', 'growing-wall')),
    airway_level        TEXT CHECK (airway_level IN ('subsegmental', 'segmental', 'lobar', 'main')),
    cyst_wall           TEXT CHECK (cyst_wall IN ('thin', 'thick')),
    multilocular        INTEGER NOT NULL CHECK (multilocular IN (0, 1)),
    calcification       TEXT NOT NULL
                        CHECK (calcification IN ('none', 'complete', 'central', 'popcorn',
                                                 'concentric', 'other')),
    fat                 INTEGER NOT NULL CHECK (fat IN (0, 1)),
    margin              TEXT CHECK (margin IN ('smooth', 'lobulated', 'irregular', 'spiculated')),
    suspicious          INTEGER NOT NULL CHECK (suspicious IN (0, 1)),
    earlier_mean_tenths INTEGER CHECK (earlier_mean_tenths BETWEEN 1 AND 3000),
    earlier_solid_mean_tenths INTEGER
                        CHECK (earlier_solid_mean_tenths BETWEEN 1 AND earlier_mean_tenths),
    earlier_category    TEXT CHECK (earlier_category IN ('2', '3', '4A', '4B', '4X')),
    earlier_on          TEXT CHECK (earlier_on IS date(earlier_on)),
    lobe                TEXT CHECK (lobe IN ('right upper', 'right middle', 'right lower',
                                             'left upper', 'lingula', 'left lower')),
    volume_mm3          REAL CHECK (volume_mm3 > 0 AND volume_mm3 <= 15000000),
    note                TEXT NOT NULL CHECK (length(note) <= 1000),
    method              TEXT NOT NULL CHECK (method IN ('typed in', 'calipers', 'region')),
    threshold_hu        INTEGER CHECK (threshold_hu BETWEEN -32768 AND 32767),
    series_uid          TEXT CHECK (length(series_uid) BETWEEN 1 AND 64),
    slice_index         INTEGER CHECK (slice_index BETWEEN 0 AND 4294967295),
    -- Row and column of both ends of the long axis and then of the short one, a JSON array of eight.
    ends                TEXT CHECK (json_array_length(ends) = 8),
    CHECK ((solid_long_tenths IS NULL) = (solid_short_tenths IS NULL)),
    CHECK ((threshold_hu IS NOT NULL) = (method = 'region')),
    CHECK ((slice_index IS NULL) = (ends IS NULL)),
    FOREIGN KEY (exam_id, hospital_id) REFERENCES exam (id, hospital_id),
    FOREIGN KEY (created_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
CREATE INDEX nodule_by_exam ON nodule (exam_id, id) WHERE deleted_at IS NULL;

CREATE TABLE exam_circumstances (
    exam_id        INTEGER PRIMARY KEY,
    hospital_id    INTEGER NOT NULL,
    changed_by     INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL,
    modifier_s     INTEGER NOT NULL CHECK (modifier_s IN (0, 1)),
    incomplete     TEXT CHECK (incomplete IN ('prior awaited', 'lungs not evaluable',
                                              'suspected infection')),
    family_history INTEGER CHECK (family_history IN (0, 1)),
    emphysema      INTEGER CHECK (emphysema IN (0, 1)),
    nodules_seen   INTEGER CHECK (nodules_seen BETWEEN 0 AND 1000),
    scanned_on     TEXT CHECK (scanned_on IS date(scanned_on)),
    FOREIGN KEY (exam_id, hospital_id) REFERENCES exam (id, hospital_id),
    FOREIGN KEY (changed_by, hospital_id) REFERENCES account (id, hospital_id)
) STRICT;
