//! Lists of words that are kept as text: `KIND: word word …`, with `#` before a remark and a blank before a line that goes
//! on with the words of the one above.

/// The kinds and their words.
pub(super) fn lines(text: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut lines: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match (line.split_once(':'), lines.last_mut()) {
            (Some((kind, words)), _) => lines.push((kind, words.split_whitespace().collect())),
            (None, Some((_, words))) => words.extend(line.split_whitespace()),
            (None, None) => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_below() {
        let text = "# a remark\nx 0: a b\n  c\n\ny 1: d\n";
        assert_eq!(
            lines(text),
            [("x 0", vec!["a", "b", "c"]), ("y 1", vec!["d"])]
        );
    }
}
