//! Codes of an authenticator app: RFC 6238 with SHA-1, six digits and steps of 30 s.

use hmac::{Hmac, KeyInit, Mac};

/// Code for a secret in base32, groups allowed, at a Unix time in seconds.
pub fn digits(secret: &str, seconds: u64) -> String {
    let mut bits = 0u64;
    let mut count = 0;
    let mut key = Vec::new();
    for letter in secret.bytes().filter(|letter| *letter != b' ') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => panic!("{secret:?} is no base32"),
        };
        bits = bits << 5 | u64::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            key.push((bits >> count) as u8);
        }
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).expect("any key does");
    mac.update(&(seconds / 30).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 15);
    let word = hash[offset..offset + 4].try_into().expect("four bytes");
    let number = u32::from_be_bytes(word) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[test]
fn the_codes_match_the_standard() {
    // RFC 6238, appendix B, the last six of the eight digits there.
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    assert_eq!(digits(secret, 59), "287082");
    assert_eq!(digits(secret, 1_111_111_109), "081804");
}
