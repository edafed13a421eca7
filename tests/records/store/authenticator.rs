//! An authenticator, implemented independently from RFC 6238.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::support::Installation;

pub struct Authenticator {
    key: Vec<u8>,
}

impl Authenticator {
    /// From the secret as typed by a user.
    pub fn new(base32: &str) -> Self {
        let digit = |c: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap();
        let bits: Vec<bool> = base32
            .chars()
            .flat_map(|c| (0..5).rev().map(move |bit| digit(c) >> bit & 1 == 1))
            .collect();
        let byte = |bits: &[bool]| bits.iter().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
        let key = bits.chunks_exact(8).map(byte).collect();
        Self { key }
    }

    /// The code shown `seconds` after the present time of `installation`.
    pub fn shows(&self, installation: &Installation, seconds: i64) -> String {
        let step = (installation.seconds() + seconds) / 30;
        let mac = Hmac::<Sha1>::new_from_slice(&self.key).unwrap();
        let digest = mac.chain_update(step.to_be_bytes()).finalize().into_bytes();
        let from = usize::from(digest[19] % 16);
        let number = u32::from_be_bytes(digest[from..from + 4].try_into().unwrap()) % (1 << 31);
        format!("{:06}", number % 1_000_000)
    }
}
