//! Follow-up scans: any number, each with a date and a remark.

use jiff::civil::Date;

use super::value_error::ValueError;
use crate::clinical::{date, text};

/// Maximum number of follow-ups of a record.
pub const MAX_FOLLOW_UPS: usize = 200;
/// Maximum number of characters of a remark.
pub const REMARK_CHARACTERS: usize = 500;

/// One follow-up scan, done or planned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FollowUp {
    pub on: Date,
    /// One line; may be empty.
    pub remark: String,
}

impl FollowUp {
    /// One line of the stored value: `2026-03-05 LDCT, no change`.
    pub fn line(&self) -> String {
        format!("{} {}", self.on, self.remark).trim_end().to_owned()
    }
}

/// The follow-ups of a stored value, earliest first. Invalid lines are skipped.
pub fn list(kept: &str) -> Vec<FollowUp> {
    kept.lines().filter_map(|line| read(line).ok()).collect()
}

/// The stored value of these follow-ups.
pub fn kept(follow_ups: &[FollowUp]) -> String {
    let lines: Vec<String> = follow_ups.iter().map(FollowUp::line).collect();
    lines.join("\n")
}

/// The stored value: earliest first, one per line. Each line begins with a date in any notation that [`date::parse`] reads.
pub(super) fn tidy(typed: &str) -> Result<String, ValueError> {
    let mut follow_ups = typed
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    if follow_ups.len() > MAX_FOLLOW_UPS {
        return Err(ValueError::FollowUps {
            max: MAX_FOLLOW_UPS,
        });
    }
    follow_ups.sort();
    Ok(kept(&follow_ups))
}

/// A date and a remark from one line. The date is the longest start of the line that is a date.
fn read(line: &str) -> Result<FollowUp, ValueError> {
    let line = line.trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    let dated = (1..=words.len().min(3)).rev().find_map(|count| {
        let spelled = words[..count].join(" ");
        let spelled = spelled.trim_end_matches([':', ',', ';']);
        date::parse(spelled).ok().map(|on| (on, count))
    });
    let Some((on, count)) = dated else {
        return Err(ValueError::FollowUp {
            typed: text::shown(line),
        });
    };
    let rest = words[count..].join(" ");
    let remark = match rest.is_empty() {
        true => rest,
        false => text::line(&rest, REMARK_CHARACTERS).map_err(|fault| ValueError::Text {
            what: format!("The remark on {on}"),
            fault,
        })?,
    };
    Ok(FollowUp { on, remark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_ups_are_stored_in_the_order_of_their_dates() {
        let kept = tidy("5 March 2026: LDCT,  no change\n\n2025-09-01\n").unwrap();
        assert_eq!(kept, "2025-09-01\n2026-03-05 LDCT, no change");
        let follow_ups = list(&kept);
        assert_eq!(follow_ups.len(), 2);
        assert_eq!(follow_ups[1].remark, "LDCT, no change");
        assert_eq!(super::kept(&follow_ups), kept);
        assert_eq!(tidy(&kept), Ok(kept));
    }

    #[test]
    fn a_line_without_a_date_is_named() {
        let refused = tidy("2026-03-05 ok\nno change").unwrap_err().to_string();
        assert!(refused.contains("no change"), "{refused}");
        assert!(tidy("2026-03-05 a\u{1b}b").is_err());
        assert!(tidy(&"2026-03-05\n".repeat(MAX_FOLLOW_UPS + 1)).is_err());
        assert!(tidy(&format!("2026-03-05 {}", "x".repeat(501))).is_err());
    }
}
