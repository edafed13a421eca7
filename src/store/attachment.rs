//! Pictures in the record: key images and heat maps of exams, photos of patients. Only their first and last bytes are checked;
//! the store does not decode them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::account::instant;
use super::audit::{self, Action, Object, Outcome};
use super::error::Stop;
use super::patient::{self, unreadable};
use super::stored_bytes::sha256;
use super::{Access, ExamId, PatientId, Store, StoreError, TokenScope};

/// Maximum number of bytes of one picture.
pub const ATTACHMENT_BYTES: usize = 16 << 20;

/// Maximum number of pictures of one exam, and of photos of one patient.
const MAX_ATTACHMENTS: u32 = 100;

/// Identifies a picture. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachmentId(pub i64);

/// Purpose of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttachmentKind {
    /// The viewed slice, as it was shown.
    KeyImage,
    /// The model's attention, drawn over the slice.
    HeatMap,
    /// The patient.
    Photo,
}

impl AttachmentKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::KeyImage, Self::HeatMap, Self::Photo];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyImage => "key image",
            Self::HeatMap => "heat map",
            Self::Photo => "photo",
        }
    }
}

/// File format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    Png,
    Jpeg,
}

impl MediaType {
    /// Every stored type.
    pub const ALL: [Self; 2] = [Self::Png, Self::Jpeg];

    /// The name registered with IANA.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The first and last bytes of a complete file.
    fn marks(self) -> (&'static [u8], &'static [u8]) {
        match self {
            Self::Png => (b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xae\x42\x60\x82"),
            Self::Jpeg => (b"\xff\xd8\xff", b"\xff\xd9"),
        }
    }
}

/// A new picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    pub kind: AttachmentKind,
    pub media_type: MediaType,
    /// The complete file.
    pub bytes: Vec<u8>,
}

/// A stored picture without its bytes, which [`Store::attachment`] returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub id: AttachmentId,
    /// The exam that it belongs to; none for a photo, which belongs to the patient.
    pub exam: Option<ExamId>,
    pub kind: AttachmentKind,
    pub media_type: MediaType,
    pub bytes_len: u64,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    pub created_at: Timestamp,
}

impl Store {
    /// Adds a photo of a patient. If the patient already has the same one, that one is returned and nothing is added.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital,
    /// [`StoreError::InvalidAttachment`] for a picture that is not a photo, not a complete PNG or JPEG file, or larger than
    /// [`ATTACHMENT_BYTES`].
    pub fn attach_photo(
        &self,
        access: &Access,
        patient: PatientId,
        photo: &NewAttachment,
    ) -> Result<AttachmentId, StoreError> {
        if photo.kind != AttachmentKind::Photo {
            let fault = "it belongs to an exam, not to a patient";
            return Err(StoreError::InvalidAttachment(fault));
        }
        let photo = Checked::of(photo)?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            patient::require(transaction, access, patient)?;
            let newest: i64 = transaction
                .prepare_cached("SELECT coalesce(max(id), 0) FROM attachment")?
                .query_row([], |row| row.get(0))?;
            let id = insert(transaction, access, (patient, None), &photo, at)?;
            if id.0 > newest {
                photo_changed(transaction, access, patient, at)?;
            }
            Ok(id)
        })
    }

    /// Deletes one of a patient's photos permanently: nothing of it can be read from the database file any more. The audit entry
    /// names the patient, because the photo no longer exists.
    ///
    /// # Errors
    /// [`StoreError::NoSuchAttachment`] when the photo does not exist, belongs to an exam, or its patient is deleted or of
    /// another hospital.
    pub fn remove_photo(&self, access: &Access, id: AttachmentId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let removed = transaction
                .prepare_cached(
                    "DELETE FROM attachment
                     WHERE id = ?1 AND hospital_id = ?2 AND kind = 'photo'
                       AND EXISTS (SELECT 1 FROM patient
                                   WHERE patient.id = patient_id AND deleted_at IS NULL)
                     RETURNING patient_id",
                )?
                .query_row(params![id.0, access.hospital], |row| row.get(0))
                .optional()?;
            let patient = PatientId(removed.ok_or(StoreError::NoSuchAttachment)?);
            let (who, object) = (Some(access.account), Object::Patient(patient));
            let (action, outcome) = (Action::RemovePhoto, Outcome::Done);
            audit::record(transaction, at, who, action, object, outcome)?;
            photo_changed(transaction, access, patient, at)
        })?;
        self.empty_log();
        Ok(())
    }

    /// The pictures of a patient and of the patient's exams, newest first, without those of deleted exams.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital.
    pub fn attachments(
        &self,
        access: &Access,
        patient: PatientId,
    ) -> Result<Vec<Attachment>, StoreError> {
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            patient::require(transaction, access, patient)?;
            let found = transaction
                .prepare_cached(
                    "SELECT attachment.id, exam_id, kind, media_type, length(bytes), sha256,
                            attachment.created_at
                     FROM attachment LEFT JOIN exam ON exam.id = exam_id
                     WHERE attachment.patient_id = ?1 AND exam.deleted_at IS NULL
                     ORDER BY attachment.id DESC",
                )?
                .query_map([patient.0], read)?
                .collect::<Result<_, _>>()?;
            let (who, object) = (Some(access.account), Object::Patient(patient));
            let (action, outcome) = (Action::ViewAttachments, Outcome::Done);
            audit::record(transaction, at, who, action, object, outcome)?;
            Ok(found)
        })
    }

    /// The bytes of a picture, verified against their hash.
    ///
    /// # Errors
    /// [`StoreError::NoSuchAttachment`] when the picture does not exist, or when its patient or exam is deleted or of another
    /// hospital, [`StoreError::AttachmentDamaged`] when the bytes do not match the hash.
    pub fn attachment(&self, access: &Access, id: AttachmentId) -> Result<Vec<u8>, StoreError> {
        let bytes = self.verified_bytes(
            access,
            TokenScope::Read,
            "SELECT bytes, sha256 FROM attachment
             JOIN patient ON patient.id = attachment.patient_id
             LEFT JOIN exam ON exam.id = exam_id
             WHERE attachment.id = ?1 AND attachment.hospital_id = ?2
               AND patient.deleted_at IS NULL AND exam.deleted_at IS NULL",
            id.0,
            [
                StoreError::NoSuchAttachment,
                StoreError::AttachmentDamaged { id: id.0 },
            ],
        )?;
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let (who, object) = (Some(access.account), Object::Attachment(id));
            let (action, outcome) = (Action::ViewAttachment, Outcome::Done);
            audit::record(transaction, at, who, action, object, outcome)?;
            Ok(())
        })?;
        Ok(bytes)
    }
}

/// Notes who changed a patient's photo, and when.
fn photo_changed(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: PatientId,
    at: i64,
) -> Result<(), Stop> {
    transaction
        .prepare_cached(
            "UPDATE patient SET photo_changed_at = ?2, photo_changed_by = ?3 WHERE id = ?1",
        )?
        .execute(params![patient.0, at, access.account])?;
    Ok(())
}

/// A checked picture, with the SHA-256 of its bytes.
pub(super) struct Checked<'a> {
    new: &'a NewAttachment,
    sha256: String,
}

impl<'a> Checked<'a> {
    /// Refuses a file that is incomplete or of another type.
    pub(super) fn of(new: &'a NewAttachment) -> Result<Self, StoreError> {
        let (first, last) = new.media_type.marks();
        let bytes = &new.bytes;
        let fault = if bytes.len() > ATTACHMENT_BYTES {
            "it is larger than 16 MB"
        } else if !bytes.starts_with(first) {
            "it is not a file of the stated type, PNG or JPEG"
        } else if bytes.len() < first.len() + last.len() || !bytes.ends_with(last) {
            "its end is missing, or other data follows it"
        } else {
            let sha256 = sha256(bytes);
            return Ok(Self { new, sha256 });
        };
        Err(StoreError::InvalidAttachment(fault))
    }
}

/// Stores a checked picture of a patient, or of one of the patient's exams. An existing one is not stored twice.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    access: &Access,
    (patient, exam): (PatientId, Option<ExamId>),
    Checked { new, sha256 }: &Checked<'_>,
    at: i64,
) -> Result<AttachmentId, Stop> {
    let exam = exam.map(|exam| exam.0);
    let there = transaction
        .prepare_cached(
            "SELECT id FROM attachment
             WHERE patient_id = ?1 AND exam_id IS ?2 AND kind = ?3 AND sha256 = ?4",
        )?
        .query_row(params![patient.0, exam, new.kind.as_str(), sha256], |row| {
            row.get(0).map(AttachmentId)
        })
        .optional()?;
    if let Some(there) = there {
        return Ok(there);
    }
    let count: u32 = transaction
        .prepare_cached("SELECT count(*) FROM attachment WHERE patient_id = ?1 AND exam_id IS ?2")?
        .query_row(params![patient.0, exam], |row| row.get(0))?;
    if count >= MAX_ATTACHMENTS {
        let fault = "the maximum number of pictures is reached";
        return Err(StoreError::InvalidAttachment(fault).into());
    }
    let id = transaction
        .prepare_cached(
            "INSERT INTO attachment (patient_id, hospital_id, exam_id, kind, media_type, sha256,
                                     created_by, created_at, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .insert(params![
            patient.0,
            access.hospital,
            exam,
            new.kind.as_str(),
            new.media_type.as_str(),
            sha256,
            access.account,
            at,
            new.bytes
        ])
        .map(AttachmentId)?;
    let (who, object) = (Some(access.account), Object::Attachment(id));
    let (action, outcome) = (Action::AddAttachment, Outcome::Done);
    audit::record(transaction, at, who, action, object, outcome)?;
    Ok(id)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Attachment> {
    let (kind, media_type): (String, String) = (row.get(2)?, row.get(3)?);
    let kind = (AttachmentKind::ALL.into_iter())
        .find(|known| known.as_str() == kind)
        .ok_or_else(|| unreadable(2, format!("{kind} is not a kind of picture")))?;
    let media_type = (MediaType::ALL.into_iter())
        .find(|known| known.as_str() == media_type)
        .ok_or_else(|| unreadable(3, format!("{media_type} is not a type of picture")))?;
    Ok(Attachment {
        id: AttachmentId(row.get(0)?),
        exam: row.get::<_, Option<i64>>(1)?.map(ExamId),
        kind,
        media_type,
        bytes_len: row.get::<_, i64>(4)?.unsigned_abs(),
        sha256: row.get(5)?,
        created_at: instant(row, 6)?,
    })
}
