//! Word lists stored as text: `KIND: word word …`, with `#` before a remark and a blank before a line that continues the one
//! above.

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
    fn an_indented_line_continues_the_one_above() {
        let text = "# a remark\nx 0: a b\n  c\n\ny 1: d\n";
        assert_eq!(
            lines(text),
            [("x 0", vec!["a", "b", "c"]), ("y 1", vec!["d"])]
        );
    }
}
