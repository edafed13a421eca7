//! The figures of a screening programme as files: CSV and JSON.

use serde_json::{Value, json};

use crate::clinical::lung_rads::Category;
use crate::clinical::programme::Figures;

/// Name of exams without a category in files.
const NO_CATEGORY: &str = "none";

fn name(category: Option<Category>) -> &'static str {
    category.map_or(NO_CATEGORY, Category::as_str)
}

/// The categories as columns: all, and none.
pub fn columns() -> impl Iterator<Item = Option<Category>> {
    Category::ALL.into_iter().map(Some).chain([None])
}

/// One object with all figures; `null` where nothing can be computed.
pub fn to_json(figures: &Figures) -> Value {
    let adherence = figures.adherence;
    let months = figures.months().into_iter().map(|month| {
        let counts = columns().map(|category| {
            let count = figures.in_month(month, category);
            (name(category).to_owned(), Value::from(count))
        });
        json!({
            "month": month.strftime("%Y-%m").to_string(),
            "exams": counts.collect::<serde_json::Map<_, _>>(),
        })
    });
    let by_category = columns().map(|category| {
        let count = figures.of(category);
        (name(category).to_owned(), Value::from(count))
    });
    json!({
        "from": figures.from.to_string(),
        "until": figures.until.to_string(),
        "exams": figures.exams(),
        "by_category": by_category.collect::<serde_json::Map<_, _>>(),
        "assessed": figures.assessed(),
        "positive": figures.positive(),
        "positive_rate": figures.positive_rate(),
        "cancers": figures.cancers,
        "cancers_per_1000": figures.cancers_per_thousand(),
        "follow_ups": {
            "in_time": adherence.in_time,
            "late": adherence.late,
            "missed": adherence.missed,
            "ended": adherence.ended,
        },
        "adherence": adherence.rate(),
        "median_delay_days": figures.median_delay_days,
        "months": months.collect::<Vec<_>>(),
    })
}

/// One table of two parts: a row a month with the exams of each category, then the figures of the span, one a row.
pub fn to_csv(figures: &Figures) -> String {
    let mut rows = vec![
        std::iter::once("month".to_owned())
            .chain(columns().map(|category| format!("exams_{}", name(category))))
            .collect::<Vec<_>>(),
    ];
    for month in figures.months() {
        let mut row = vec![month.strftime("%Y-%m").to_string()];
        row.extend(columns().map(|category| figures.in_month(month, category).to_string()));
        rows.push(row);
    }
    let rate = |rate: Option<f64>| rate.map_or_else(String::new, |rate| format!("{rate:.4}"));
    let adherence = figures.adherence;
    let values = [
        ("from", figures.from.to_string()),
        ("until", figures.until.to_string()),
        ("exams", figures.exams().to_string()),
        ("assessed", figures.assessed().to_string()),
        ("positive", figures.positive().to_string()),
        ("positive_rate", rate(figures.positive_rate())),
        ("cancers", figures.cancers.to_string()),
        ("cancers_per_1000", rate(figures.cancers_per_thousand())),
        ("follow_ups_in_time", adherence.in_time.to_string()),
        ("follow_ups_late", adherence.late.to_string()),
        ("follow_ups_missed", adherence.missed.to_string()),
        ("follow_ups_ended", adherence.ended.to_string()),
        ("adherence", rate(adherence.rate())),
        ("median_delay_days", rate(figures.median_delay_days)),
    ];
    let mut csv: String = rows.iter().map(|row| row.join(",") + "\r\n").collect();
    csv.push_str("\r\nfigure,value\r\n");
    for (figure, value) in values {
        csv.push_str(&format!("{figure},{value}\r\n"));
    }
    csv
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::clinical::programme::{Adherence, MonthCount};

    fn figures() -> Figures {
        let month = Date::constant(2026, 2, 1);
        let count = |category, exams| MonthCount {
            month,
            category,
            exams,
        };
        Figures {
            from: Date::constant(2026, 1, 1),
            until: Date::constant(2026, 12, 31),
            by_month: vec![
                count(Some(Category::Two), 3),
                count(Some(Category::FourA), 1),
            ],
            cancers: 1,
            adherence: Adherence {
                in_time: 1,
                ..Adherence::default()
            },
            median_delay_days: Some(-2.5),
        }
    }

    #[test]
    fn json_and_csv_tell_the_same_figures() {
        let json = to_json(&figures());
        assert_eq!(json["positive_rate"], 0.25);
        assert_eq!(json["months"][0]["exams"]["4A"], 1);
        assert_eq!(json["adherence"], 1.0);
        let csv = to_csv(&figures());
        assert!(csv.contains("2026-02,0,0,3,0,1,0,0,0,0\r\n"), "{csv}");
        assert!(csv.contains("positive_rate,0.2500\r\n"), "{csv}");
        assert!(csv.contains("median_delay_days,-2.5000\r\n"), "{csv}");
    }

    #[test]
    fn what_cannot_be_computed_is_null_in_json_and_empty_in_csv() {
        let nothing = Figures {
            by_month: Vec::new(),
            adherence: Adherence::default(),
            median_delay_days: None,
            ..figures()
        };
        assert_eq!(to_json(&nothing)["positive_rate"], Value::Null);
        assert!(to_csv(&nothing).contains("adherence,\r\n"));
    }
}
