//! Serialised form of the identity that a scan states.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clinical::identity::Identity;
use crate::clinical::patient::Sex;

/// Name, number, issuer, date of birth and sex.
type Fields = [Option<String>; 5];

pub(in crate::imaging) fn serialize<S: Serializer>(
    identity: &Identity,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let fields: Fields = [
        identity.name.clone(),
        identity.number.clone(),
        identity.issuer.clone(),
        identity.birth_date.map(|date| date.to_string()),
        identity.sex.map(|sex| sex.as_str().to_owned()),
    ];
    fields.serialize(serializer)
}

pub(in crate::imaging) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Identity, D::Error> {
    let [name, number, issuer, birth_date, sex] = Fields::deserialize(deserializer)?;
    let named = |word: String| Sex::ALL.into_iter().find(|sex| sex.as_str() == word);
    Ok(Identity {
        name,
        number,
        issuer,
        birth_date: birth_date.and_then(|date| date.parse().ok()),
        sex: sex.and_then(named),
    })
}
