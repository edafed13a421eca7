//! The rows of a list of follow-ups as files state them.

use jiff::civil::Date;

use super::list::ListRow;
use crate::clinical::follow_up::{ClosedBy, List};
use crate::clinical::lung_rads::Category;

/// One follow-up, as a file tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub list: List,
    pub number: String,
    pub full_name: String,
    pub date_of_birth: Option<Date>,
    pub phone: String,
    pub email: String,
    pub address: String,
    pub doctor: String,
    /// `E-12`
    pub exam: String,
    pub scanned_on: Date,
    pub category: Option<Category>,
    pub due: Option<Date>,
    /// Days past the date due on the day of the list; negative before it.
    pub days_past: Option<i32>,
    pub closed: Option<(Date, ClosedBy)>,
    pub remark: String,
}

impl ListRow for Row {
    const COLUMNS: &'static [&'static str] = &[
        "list",
        "patient_id",
        "full_name",
        "date_of_birth",
        "phone",
        "email",
        "address",
        "doctor",
        "exam",
        "scanned_on",
        "category",
        "due_on",
        "days_past_due",
        "closed_on",
        "closed_by",
        "remark",
    ];

    fn cells(&self) -> Vec<String> {
        let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
        vec![
            self.list.as_str().to_owned(),
            self.number.clone(),
            self.full_name.clone(),
            day(self.date_of_birth),
            self.phone.clone(),
            self.email.clone(),
            self.address.clone(),
            self.doctor.clone(),
            self.exam.clone(),
            self.scanned_on.to_string(),
            self.category.map_or("", Category::as_str).to_owned(),
            day(self.due),
            self.days_past
                .map_or_else(String::new, |days| days.to_string()),
            day(self.closed.map(|(on, _)| on)),
            self.closed.map_or("", |(_, by)| by.as_str()).to_owned(),
            self.remark.clone(),
        ]
    }

    fn number(&self, column: &str) -> Option<i64> {
        (column == "days_past_due").then(|| self.days_past.map(i64::from))?
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::list::{ListFormat, ListWriter};

    fn row() -> Row {
        Row {
            list: List::Overdue,
            number: "P-1".into(),
            full_name: "=cmd".into(),
            date_of_birth: None,
            phone: "+44 20".into(),
            email: String::new(),
            address: "1 Road\nTown".into(),
            doctor: String::new(),
            exam: "E-12".into(),
            scanned_on: Date::constant(2025, 1, 5),
            category: Some(Category::FourA),
            due: Some(Date::constant(2025, 4, 5)),
            days_past: Some(40),
            closed: None,
            remark: String::new(),
        }
    }

    fn written(format: ListFormat, rows: &[Row]) -> String {
        let mut bytes = Vec::new();
        let mut out = ListWriter::new(format, &mut bytes).unwrap();
        rows.iter().for_each(|row| out.write(row).unwrap());
        out.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_csv_list_guards_formulas_and_has_a_heading_even_when_it_is_empty() {
        let csv = written(ListFormat::Csv, &[row()]);
        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert_eq!(lines[0], Row::COLUMNS.join(","));
        assert!(
            lines[1].starts_with("overdue,P-1,'=cmd,,+44 20,,\"1 Road\nTown\","),
            "{csv}"
        );
        assert!(lines[1].contains(",4A,2025-04-05,40,,,"), "{csv}");
        assert_eq!(
            written(ListFormat::Csv, &[]),
            Row::COLUMNS.join(",") + "\r\n"
        );
    }

    #[test]
    fn a_json_list_is_an_array_of_what_is_known() {
        let json: Value =
            serde_json::from_str(&written(ListFormat::Json, &[row(), row()])).unwrap();
        assert_eq!(json.as_array().map(Vec::len), Some(2));
        assert_eq!(json[0]["days_past_due"], 40);
        assert_eq!(json[0]["full_name"], "=cmd");
        assert!(json[0].get("email").is_none());
        assert_eq!(written(ListFormat::Json, &[]), "[\n]\n");
    }
}
