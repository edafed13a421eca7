//! The rows of a list of planned exams as files state them.

use jiff::civil::Date;

use super::list::ListRow;
use crate::clinical::worklist::PlannedList;

/// One planned exam, as a file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub list: PlannedList,
    /// `W-12`
    pub planned: String,
    pub number: String,
    pub full_name: String,
    pub date_of_birth: Option<Date>,
    pub phone: String,
    pub doctor: String,
    pub planned_on: Date,
    pub accession: String,
    pub reason: String,
    /// The exam that it was done by, such as `E-12`, and the day of its scan.
    pub done: Option<(String, Date)>,
    /// Day, reason and remark of cancelling.
    pub cancelled: Option<(Date, &'static str, String)>,
}

impl ListRow for Row {
    const COLUMNS: &'static [&'static str] = &[
        "list",
        "planned_exam",
        "patient_id",
        "full_name",
        "date_of_birth",
        "phone",
        "doctor",
        "planned_on",
        "accession",
        "reason",
        "exam",
        "done_on",
        "cancelled_on",
        "cancel_reason",
        "remark",
    ];

    fn cells(&self) -> Vec<String> {
        let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
        let done = self.done.as_ref();
        let cancelled = self.cancelled.as_ref();
        vec![
            self.list.as_str().to_owned(),
            self.planned.clone(),
            self.number.clone(),
            self.full_name.clone(),
            day(self.date_of_birth),
            self.phone.clone(),
            self.doctor.clone(),
            self.planned_on.to_string(),
            self.accession.clone(),
            self.reason.clone(),
            done.map_or_else(String::new, |(exam, _)| exam.clone()),
            day(done.map(|(_, on)| *on)),
            day(cancelled.map(|(on, ..)| *on)),
            cancelled.map_or("", |(_, reason, _)| reason).to_owned(),
            cancelled.map_or_else(String::new, |(.., remark)| remark.clone()),
        ]
    }
}
