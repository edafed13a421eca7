//! Values of a form as text, for saving and comparing.

use std::collections::BTreeMap;

use super::{Form, Kind};

/// Label and value of a field.
pub type Value = (&'static str, String);

impl Form {
    /// Label and value of every field, in order; without passwords.
    pub fn values(&self) -> Vec<Value> {
        let shown = (self.fields.iter()).filter(|field| field.kind != Kind::Password);
        shown
            .map(|field| (field.label, field.value().to_owned()))
            .collect()
    }

    /// Sets the value of the field with this label. A choice accepts only its own names; other values and unknown
    /// labels are ignored.
    pub fn put(&mut self, label: &str, value: &str) {
        let field = (self.fields.iter()).position(|field| field.label == label);
        let Some(index) = field else { return };
        match self.fields[index].kind {
            Kind::Password => {}
            Kind::Text => self.set(index, value.to_owned()),
            Kind::Choice(names) => {
                if let Some(chosen) = names.iter().position(|name| *name == value) {
                    self.choose(index, chosen);
                }
            }
        }
    }

    /// The values as one text that [`Form::restore`] reads.
    pub fn content(&self) -> String {
        let values: BTreeMap<&str, String> = self.values().into_iter().collect();
        serde_json::to_string(&values).unwrap_or_default()
    }

    /// Restores the values of [`Form::content`]. Fields that were added to the form since then are unchanged.
    pub fn restore(&mut self, content: &str) {
        let values: BTreeMap<String, String> = serde_json::from_str(content).unwrap_or_default();
        for (label, value) in values {
            self.put(&label, &value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Field;
    use super::*;

    fn form() -> Form {
        Form::new(vec![
            Field::new("Name", Kind::Text, ""),
            Field::new("Password", Kind::Password, ""),
            Field::new("Sex", Kind::Choice(&["not stated", "female"]), ""),
        ])
    }

    #[test]
    fn values_are_restored_without_passwords() {
        let mut filled = form();
        filled.set(0, "Ana \"Pérez\"\n".to_owned());
        filled.set(1, "quiet lungs".to_owned());
        filled.choose(2, 1);
        let content = filled.content();
        assert!(!content.contains("quiet"), "{content}");
        let mut restored = form();
        restored.restore(&content);
        assert_eq!(restored.values(), filled.values());
        assert_eq!(restored.value(1), "");
    }

    #[test]
    fn foreign_content_changes_nothing() {
        let mut form = form();
        form.set(0, "Ana".to_owned());
        let before = form.values();
        for content in [
            "",
            "[]",
            "{\"Height\":\"1\",\"Sex\":\"another\"}",
            "{\"Name\":1}",
        ] {
            form.restore(content);
            assert_eq!(form.values(), before, "{content}");
        }
    }
}
