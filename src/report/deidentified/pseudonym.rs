//! Pseudonyms of patients and scans in one export: the same for the same one, and not reversible.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Letters and digits of RFC 4648, section 6.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Number of letters of a pseudonym: 50 bits, so that two of a million patients get the same one in one of 2,000 exports.
const LETTERS: usize = 10;

/// The pseudonyms of one export. They are derived from a random key that is not stored.
pub struct Pseudonyms {
    key: Zeroizing<[u8; 64]>,
}

impl Pseudonyms {
    /// For a new export.
    ///
    /// # Errors
    /// The operating system returned no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = Zeroizing::new([0; 64]);
        getrandom::fill(key.as_mut_slice())?;
        Ok(Self { key })
    }

    /// With a given key, for getting the same pseudonyms again.
    pub fn with_key(key: [u8; 64]) -> Self {
        Self {
            key: Zeroizing::new(key),
        }
    }

    /// Pseudonym of a patient number: `L-` and ten letters and digits, short enough for every field of DICOM even with the number
    /// of an exam appended.
    pub fn patient(&self, number: &str) -> String {
        let digest = self.digest("patient", number);
        let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte & 31)]);
        let letters: String = digest.iter().take(LETTERS).map(letter).collect();
        format!("L-{letters}")
    }

    /// Pseudonym of a UID: another UID of 122 bits, derived from a UUID as in DICOM PS3.5, annex B.2.
    pub fn uid(&self, uid: &str) -> String {
        let digest = self.digest("uid", uid);
        let mut bits = [0; 16];
        for (bit, byte) in bits.iter_mut().zip(digest) {
            *bit = byte;
        }
        let uuid = uuid::Builder::from_custom_bytes(bits).into_uuid();
        format!("2.25.{}", uuid.as_u128())
    }

    fn digest(&self, what: &str, text: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new((&*self.key).into());
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_equal_within_an_export_and_differ_between_exports() {
        let (one, other) = (Pseudonyms::with_key([1; 64]), Pseudonyms::with_key([2; 64]));
        assert_eq!(one.patient("P-1"), one.patient("P-1"));
        assert_ne!(one.patient("P-1"), one.patient("P-2"));
        assert_ne!(one.patient("P-1"), other.patient("P-1"));
        assert_eq!(one.uid("1.2.3"), one.uid("1.2.3"));
        assert_ne!(one.uid("1.2.3"), other.uid("1.2.3"));
        let random = [(); 2].map(|()| Pseudonyms::random().unwrap().patient("P-1"));
        assert_ne!(random[0], random[1]);
    }

    #[test]
    fn a_pseudonym_with_the_number_of_an_exam_fits_an_accession_number() {
        let pseudonym = Pseudonyms::with_key([1; 64]).patient("Somebody's very long number");
        // DICOM PS3.5, 6.2: SH has at most 16 characters.
        assert!(format!("{pseudonym}-999").len() <= 16);
        let uid = Pseudonyms::with_key([1; 64]).uid("1.2.3");
        assert!(uid.len() <= 64 && uid.starts_with("2.25."));
    }
}
