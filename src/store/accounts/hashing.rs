//! Password hashes as the database stores them: Argon2id in PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Memory in KiB, passes and lanes of a new hash: the minimum that OWASP recommends for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hash of an unknown password, with the parameters of a real one. Checking a password against it takes as long as against a real
/// one, so that the time does not show which emails exist.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$NBDSr50ThSFoUVccuufEsg$56Fx+BdYmy+nCOrdDTXoI9ctzP+6NIPW253NwWO/ugs";

#[cfg(test)]
thread_local! {
    /// Number of times that this thread asked for the work of a hash.
    pub(in crate::store) static RUNS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn argon2() -> Result<Argon2<'static>, password_hash::Error> {
    #[cfg(test)]
    RUNS.with(|runs| runs.set(runs.get() + 1));
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Normalised form of a password: one keyboard sends `é` as one character and another as two; both are the same password.
fn normalised(password: &str) -> Zeroizing<String> {
    // Capacity for the longest composed form, so that growing leaves no unwiped copy behind.
    let mut normalised = Zeroizing::new(String::with_capacity(3 * password.len()));
    normalised.extend(password.nfc());
    normalised
}

/// The PHC string of `password` under a fresh salt. Takes some 20 ms on purpose.
pub(in crate::store) fn hash(password: &str) -> Result<String, password_hash::Error> {
    let hash: PasswordHash = argon2()?.hash_password(normalised(password).as_bytes())?;
    Ok(hash.to_string())
}

/// True if `phc` was made from `password`. Without a PHC string the answer is false, after the same amount of work.
pub(in crate::store) fn verify(
    password: &str,
    phc: Option<&str>,
) -> Result<bool, password_hash::Error> {
    let hash = PasswordHash::new(phc.unwrap_or(DECOY))?;
    match argon2()?.verify_password(normalised(password).as_bytes(), &hash) {
        Ok(()) => Ok(phc.is_some()),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

/// True if `phc` was made with less memory, fewer passes or fewer lanes than a new hash.
pub(in crate::store) fn is_outdated(phc: &str) -> bool {
    let Ok(hash) = PasswordHash::new(phc) else {
        return true;
    };
    Params::try_from(&hash).map_or(true, |made_with| {
        made_with.m_cost() < MEMORY_KIB || made_with.t_cost() < PASSES || made_with.p_cost() < LANES
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "seven quiet herons";

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let phc = hash(PASSWORD).unwrap();
        assert_eq!(verify(PASSWORD, Some(&phc)), Ok(true));
        assert_eq!(verify("seven quiet heron", Some(&phc)), Ok(false));
        assert_eq!(verify("", Some(&phc)), Ok(false));
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        assert_ne!(hash(PASSWORD).unwrap(), hash(PASSWORD).unwrap());
    }

    #[test]
    fn a_hash_states_argon2id_and_its_parameters() {
        let phc = hash(PASSWORD).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        let phc = hash("caf\u{e9} caf\u{e9} caf\u{e9}").unwrap();
        assert_eq!(
            verify("cafe\u{301} cafe\u{301} cafe\u{301}", Some(&phc)),
            Ok(true)
        );
    }

    #[test]
    fn the_decoy_costs_as_much_as_a_real_hash_and_never_matches() {
        let parameters = |phc: &str| phc.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(parameters(DECOY), parameters(&hash(PASSWORD).unwrap()));
        assert_eq!(verify(PASSWORD, None), Ok(false));
    }

    #[test]
    fn weaker_parameters_are_outdated() {
        assert!(!is_outdated(&hash(PASSWORD).unwrap()));
        assert!(is_outdated(&DECOY.replace("m=19456,t=2", "m=9728,t=2")));
        assert!(is_outdated(&DECOY.replace("t=2", "t=1")));
        assert!(!is_outdated(&DECOY.replace("m=19456", "m=65536")));
        assert!(is_outdated("no hash at all"));
    }
}
