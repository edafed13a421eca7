//! Values of options that clap has no parser for.

/// Reasons why the value of an option cannot be used. clap names the option and the value before the sentence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum ValueError {
    #[error("give a number from {least} to {most}")]
    Number { least: f64, most: f64 },
}

/// A parser of numbers from `least` to `most`.
pub(super) fn within(least: f64, most: f64) -> impl Fn(&str) -> Result<f64, ValueError> + Clone {
    move |typed| {
        let number: Option<f64> = typed.parse().ok();
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or(ValueError::Number { least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_the_limits_and_other_text_are_refused() {
        let parse = within(0.5, 2.0);
        assert_eq!(parse("0.5"), Ok(0.5));
        assert_eq!(parse("2"), Ok(2.0));
        for typed in ["0.49", "2.01", "NaN", "inf", "", "two"] {
            assert!(parse(typed).is_err(), "{typed}");
        }
    }
}
