//! Type and size of attached files.

use crate::store::StoreError;

/// Limits for attached files, from the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// Maximum number of bytes of one file.
    pub file_bytes: u64,
    /// Maximum number of bytes of all files of one record.
    pub record_bytes: u64,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self::of_megabytes(20, 200)
    }
}

impl FileLimits {
    /// Limits in units of 2^20 bytes.
    pub fn of_megabytes(file: u16, record: u16) -> Self {
        Self {
            file_bytes: u64::from(file) << 20,
            record_bytes: u64::from(record) << 20,
        }
    }
}

/// Type of an attached file, by its content; its name decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileType {
    Pdf,
    Jpeg,
    Png,
}

/// Reason why a file is not attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    #[error("it is empty")]
    Empty,
    #[error("it is larger than {megabytes} MB (attachment_mb in config.toml)")]
    TooLarge { megabytes: u64 },
    #[error("it is not a PDF, JPEG or PNG file")]
    OtherType,
    #[error(
        "the attachments of this record would exceed {megabytes} MB (record_attachments_mb in config.toml)"
    )]
    RecordFull { megabytes: u64 },
    #[error("the record has the maximum number of attachments")]
    TooMany,
}

impl FileType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Pdf, Self::Jpeg, Self::Png];

    /// Type of a file by its first bytes. A PDF file may have other bytes before its mark (ISO 32000-1, annex H.3, note 13).
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let start = bytes.get(..1024).unwrap_or(bytes);
        if start.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if start.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if start.windows(5).any(|mark| mark == b"%PDF-") {
            Some(Self::Pdf)
        } else {
            None
        }
    }

    /// The name registered with IANA.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// Parses the name returned by [`FileType::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// The type in one word.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
        }
    }

    /// The usual ending of a file's name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// Type of a file within the limits.
    pub(super) fn check(bytes: &[u8], limits: FileLimits) -> Result<Self, StoreError> {
        let fault = if bytes.is_empty() {
            FileFault::Empty
        } else if bytes.len() as u64 > limits.file_bytes {
            FileFault::TooLarge {
                megabytes: limits.file_bytes >> 20,
            }
        } else if let Some(file_type) = Self::of(bytes) {
            return Ok(file_type);
        } else {
            FileFault::OtherType
        };
        Err(StoreError::InvalidFile(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_the_type() {
        assert_eq!(FileType::of(b"%PDF-1.7\n"), Some(FileType::Pdf));
        assert_eq!(FileType::of(b"\n\n%PDF-1.4"), Some(FileType::Pdf));
        assert_eq!(FileType::of(b"\xff\xd8\xff\xe0"), Some(FileType::Jpeg));
        assert_eq!(FileType::of(b"\x89PNG\r\n\x1a\n"), Some(FileType::Png));
        for other in [
            &b""[..],
            b"MZ",
            b"PK\x03\x04",
            b"GIF89a",
            b"%PDF",
            b"\xff\xd8",
        ] {
            assert_eq!(FileType::of(other), None, "{other:?}");
        }
        let late = [&[b' '; 1024][..], b"%PDF-1.4"].concat();
        assert_eq!(FileType::of(&late), None);
    }

    #[test]
    fn every_type_has_the_name_that_names_it() {
        for file_type in FileType::ALL {
            assert_eq!(FileType::parse(file_type.as_str()), Some(file_type));
        }
    }
}
