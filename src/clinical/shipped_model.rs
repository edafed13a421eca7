//! The weight files that were shipped with LUNNY, by their hashes: their figures and cards were measured by its makers.

/// SHA-256 of every weight file that a version of LUNNY shipped, lower-case hexadecimal. Results in records name earlier ones too.
const HASHES: [&str; 5] = [
    include_str!("../../models/lunny-lesions-3.sha256"),
    include_str!("../../models/lunny-resnet50-2.sha256"),
    // lunny-lesions-2, lunny-lesions-1 and lunny-resnet50-1
    "f34258cfcabec8207fbd74d2e9fe31723fce2cf2b7bea05c11c1590154e5d7ed",
    "71809cafbfe9f59f605b99af9c45635244b2227e14e065fb2ae15b8ec22b3628",
    "8f5a7f3969ff99ec2b193348851da4130cc7118fe18aec914953635602d2218f",
];

/// Words for a network from another weight file.
pub const NOT_SHIPPED: &str = "not shipped with LUNNY";

/// True if the weight file with this SHA-256 was shipped with this or an earlier version.
pub fn is_shipped(sha256: &str) -> bool {
    HASHES
        .iter()
        .any(|hash| hash.trim().eq_ignore_ascii_case(sha256))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::assessment::ModelIdentity;

    #[test]
    fn a_network_is_named_with_what_it_is() {
        let named = |sha256: &str| {
            let id = "lunny-resnet50-2".to_owned();
            let sha256 = sha256.to_owned();
            ModelIdentity { id, sha256 }.named()
        };
        for hash in HASHES {
            assert_eq!(hash.trim().len(), 64);
            assert_eq!(named(hash.trim()), "lunny-resnet50-2");
        }
        for other in ["", "ab", &"0".repeat(64)] {
            assert_eq!(named(other), "lunny-resnet50-2 (not shipped with LUNNY)");
        }
    }
}
