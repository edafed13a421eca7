//! Time-based one-time passwords after RFC 6238, as authenticators make them: SHA-1, six digits, 30 seconds.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Bytes of a secret: the length of SHA-1's output (RFC 4226, section 4, R6).
pub(in crate::store) const SECRET_BYTES: usize = 20;

/// Validity of one code in seconds.
const STEP: i64 = 30;
/// Number of intervals before and after the present one whose code is accepted: clocks differ and people type slowly.
const WINDOW: i64 = 1;
const DIGITS: usize = 6;

/// The interval whose code is `typed`: the present one at `now`, in microseconds, or a neighbour, and later than `last`, because
/// a code works once. Spaces between the digits are ignored.
pub(in crate::store) fn step_of(secret: &[u8], typed: &str, now: i64, last: i64) -> Option<i64> {
    let digits: String = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(DIGITS + 1)
        .collect();
    if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = digits.parse().ok()?;
    let present = now.div_euclid(1_000_000).div_euclid(STEP);
    (present - WINDOW..=present + WINDOW)
        .find(|&step| step > last && code(secret, step) == Some(typed))
}

/// The number of RFC 4226, section 5.3, for a counter. None for a counter before 1970.
fn code(secret: &[u8], step: i64) -> Option<u32> {
    let counter = u64::try_from(step).ok()?.to_be_bytes();
    let mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    let digest = mac.chain_update(counter).finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0xf);
    let bytes: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(bytes) & 0x7fff_ffff) % 10_u32.pow(DIGITS as u32))
}

/// The content of the QR code for an authenticator: the key URI with `secret` in base32 and the `email` as a label.
pub(in crate::store) fn uri(email: &str, secret: &str) -> String {
    let mut label = String::new();
    for byte in email.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                label.push(char::from(byte));
            }
            other => label.push_str(&format!("%{other:02X}")),
        }
    }
    format!(
        "otpauth://totp/LUNNY:{label}?secret={secret}&issuer=LUNNY&algorithm=SHA1&digits={DIGITS}&period={STEP}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64, typed: &str, last: i64) -> Option<i64> {
        step_of(SECRET, typed, seconds * 1_000_000, last)
    }

    #[test]
    fn codes_are_those_of_rfc_4226() {
        let codes = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871,
            520_489,
        ];
        for (step, expected) in codes.into_iter().enumerate() {
            assert_eq!(code(SECRET, step as i64), Some(expected));
        }
    }

    #[test]
    fn codes_are_the_last_six_digits_of_rfc_6238() {
        for (seconds, typed) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(at(seconds, typed, -1), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_valid_for_one_interval_before_and_after_and_no_longer() {
        let present = 59 / 30;
        assert_eq!(at(59 + 30, "287082", 0), Some(present));
        assert_eq!(at(59 - 30, "287082", 0), Some(present));
        assert_eq!(at(59 + 60, "287082", 0), None);
        assert_eq!(at(59 - 60, "287082", 0), None);
    }

    #[test]
    fn a_code_works_once() {
        assert_eq!(at(59, "287082", 1), None);
        assert_eq!(at(59, "287082", 0), Some(1));
    }

    #[test]
    fn only_six_digits_are_a_code() {
        assert_eq!(at(59, " 287 082\n", 0), Some(1));
        for typed in [
            "",
            "28708",
            "2870820",
            "+28708",
            "２８７０８２",
            "287082\0",
            "-87082",
        ] {
            assert_eq!(at(59, typed, 0), None, "{typed:?}");
        }
    }

    #[test]
    fn the_label_of_the_uri_is_encoded() {
        let uri = uri("a+b&c=é@x.org", "ABC");
        assert!(uri.starts_with(
            "otpauth://totp/LUNNY:a%2Bb%26c%3D%C3%A9%40x.org?secret=ABC&issuer=LUNNY"
        ));
    }

    proptest::proptest! {
        #[test]
        fn any_text_at_any_time_is_checked_without_a_panic(typed in proptest::prelude::any::<String>(), now in proptest::prelude::any::<i64>()) {
            let _ = step_of(SECRET, &typed, now, 0);
        }
    }
}
