//! The values of the fields that have no place of their own in [`super::Patient`].

use std::collections::BTreeMap;

use super::field::Field;

/// Checked values by field; what is not stated is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details(BTreeMap<Field, String>);

impl Details {
    /// The kept value; "" where nothing is stated.
    pub fn get(&self, field: Field) -> &str {
        self.0.get(&field).map_or("", String::as_str)
    }

    /// What is stated, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, kept)| (*field, kept.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes away the values of all fields that are not to be kept.
    pub fn retain(&mut self, keep: impl Fn(Field) -> bool) {
        self.0.retain(|field, _| keep(*field));
    }

    /// Keeps a value that [`Field::check`] gave; "" takes it away.
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

    /// What [`Details::to_json`] wrote.
    ///
    /// # Errors
    /// The key that names no such field, or that the text is no such object.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let values: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut details = Self::default();
        for (key, kept) in values {
            match Field::parse(&key).filter(|field| field.is_detail()) {
                Some(field) => details.keep(field, kept),
                None => return Err(format!("{key} names no field of a record")),
            }
        }
        Ok(details)
    }
}

impl Field {
    /// Whether its value is kept among the [`Details`] of a patient.
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
    fn details_come_back_from_their_text() {
        let mut details = Details::default();
        assert_eq!(Details::from_json(&details.to_json()), Ok(details.clone()));
        details.keep(Field::Doctor, "Dr \"Q\"\n".into());
        details.keep(Field::CancerStage, "ia1".into());
        details.keep(Field::Phone, String::new());
        assert_eq!(Details::from_json(&details.to_json()), Ok(details.clone()));
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
