//! Quantities as people type them.

use super::kind::Quantity;
use super::value_error::ValueError;
use crate::clinical::text::shown;

/// The quantity in its stored notation, `12.5`; a point or a comma may be typed.
///
/// # Errors
/// The problem, in one sentence; `what` names the field.
pub(super) fn tidy(typed: &str, quantity: Quantity, what: &str) -> Result<String, ValueError> {
    let typed = typed.trim();
    let what = || what.to_owned();
    let unreadable = || ValueError::NotANumber {
        typed: shown(typed),
        what: what(),
    };
    let spelled = typed.replace(',', ".");
    let (whole, part) = spelled.split_once('.').unwrap_or((&spelled, ""));
    let is_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(part) {
        return Err(unreadable());
    }
    let whole = whole.trim_start_matches('0');
    let part = part.trim_end_matches('0');
    let decimals = quantity.decimals;
    if part.len() > usize::from(decimals) {
        return Err(ValueError::Decimals {
            what: what(),
            max: decimals,
        });
    }
    let units: u32 = match whole {
        "" => 0,
        whole => whole.parse().unwrap_or(u32::MAX),
    };
    if units > quantity.most || (units == quantity.most && !part.is_empty()) {
        return Err(ValueError::TooMuch {
            what: what(),
            max: quantity.most,
        });
    }
    Ok(match part {
        "" => units.to_string(),
        part => format!("{units}.{part}"),
    })
}
