//! The values of the fields that are not direct members of [`super::Patient`].

use std::collections::BTreeMap;

use super::field::Field;

/// Checked values by field; fields that are not stated are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details(BTreeMap<Field, String>);

/// Reasons why kept details cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DetailsError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// `0` is the key.
    #[error("{0} names no field of a record")]
    Field(String),
}

impl Details {
    /// The stored value; empty if not stated.
    pub fn get(&self, field: Field) -> &str {
        self.0.get(&field).map_or("", String::as_str)
    }

    /// The stated values, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, kept)| (*field, kept.as_str()))
    }

    /// True if no field has a value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes the values of all fields for which `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(Field) -> bool) {
        self.0.retain(|field, _| keep(*field));
    }

    /// Stores a value returned by [`Field::check`]; an empty one removes it.
    pub(super) fn keep(&mut self, field: Field, kept: String) {
        match kept.is_empty() {
            true => self.0.remove(&field),
            false => self.0.insert(field, kept),
        };
    }

    /// As a JSON object by [`Field::key`]: `{"phone":"+44 20 7946 0018"}`.
    pub fn to_json(&self) -> String {
        let values: BTreeMap<&str, &str> = (self.iter())
            .map(|(field, kept)| (field.key(), kept))
            .collect();
        serde_json::to_string(&values).unwrap_or_default()
    }

    /// Parses the output of [`Details::to_json`].
    ///
    /// # Errors
    /// A key that is not such a field, or a text that is not such an object.
    pub fn from_json(text: &str) -> Result<Self, DetailsError> {
        let values: BTreeMap<String, String> = serde_json::from_str(text)?;
        let mut details = Self::default();
        for (key, kept) in values {
            match Field::parse(&key).filter(|field| field.is_detail()) {
                Some(field) => details.keep(field, kept),
                None => return Err(DetailsError::Field(key)),
            }
        }
        Ok(details)
    }
}

impl Field {
    /// True if its value is stored in the [`Details`] of a patient.
    pub fn is_detail(self) -> bool {
        let has_a_place = matches!(
            self,
            Self::Number | Self::FullName | Self::DateOfBirth | Self::Gender | Self::Notes
        );
        self.is_entered() && !has_a_place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_read_as_written() {
        let mut details = Details::default();
        assert_eq!(Details::from_json(&details.to_json()).unwrap(), details);
        details.keep(Field::Doctor, "Dr \"Q\"\n".into());
        details.keep(Field::CancerStage, "ia1".into());
        details.keep(Field::Phone, String::new());
        assert_eq!(Details::from_json(&details.to_json()).unwrap(), details);
        assert_eq!(details.iter().count(), 2);
        assert_eq!(details.get(Field::Phone), "");
        for text in [
            "",
            "[]",
            "{\"full_name\":\"Ana\"}",
            "{\"shoe_size\":\"43\"}",
        ] {
            assert!(Details::from_json(text).is_err(), "{text}");
        }
    }
}
