//! Whole paths that a user types, pastes or drops into a terminal: bare, quoted, escaped for a shell, or as a `file://` address.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The path that `typed` names, with `~` as typed; none for text that is no whole path, or that names several.
///
/// `'…'` holds every letter as it is, in `"…"` and outside quotes a backslash takes the next letter as it is. Blanks
/// end a path only after a closing quote. A quote that is not closed yet reaches to the end, so that a path can be
/// followed while it is typed.
pub fn of_text(typed: &str) -> Option<PathBuf> {
    let typed = typed.trim();
    if let Some(address) = typed.strip_prefix("file://") {
        let from = address.find('/')?;
        return Some(unescaped_address(address.get(from..)?));
    }
    if !typed.starts_with(['/', '~', '\'', '"']) {
        return None;
    }
    let path = unquoted(typed)?;
    path.starts_with(['/', '~']).then(|| path.into())
}

fn unquoted(typed: &str) -> Option<String> {
    let mut path = String::new();
    let mut quote = None;
    let mut was_quoted = false;
    let mut letters = typed.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (letter, Some(open)) if letter == open => quote = None,
            ('\\', None | Some('"')) => path.push(letters.next().unwrap_or('\\')),
            ('\'' | '"', None) if path.is_empty() || was_quoted => {
                quote = Some(letter);
                was_quoted = true;
            }
            (letter, None) if letter.is_whitespace() && was_quoted => return None,
            (letter, _) => path.push(letter),
        }
    }
    Some(path)
}

/// The path of an address, its `%20` and the like taken back.
fn unescaped_address(address: &str) -> PathBuf {
    let bytes = address.as_bytes();
    let mut path = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        let written = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        path.push(written.unwrap_or(byte));
        at += if written.is_some() { 3 } else { 1 };
    }
    OsString::from_vec(path).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_quoted_escaped_and_addressed_paths_name_the_same_file() {
        for typed in [
            "/in box/späße 日本.jpg",
            " '/in box/späße 日本.jpg' ",
            "\"/in box/späße 日本.jpg\"",
            "/in\\ box/späße\\ 日本.jpg",
            "'/in box/sp'äße' 日本.jpg'",
            "file:///in%20box/sp%C3%A4%C3%9Fe%20日本.jpg",
            "file://localhost/in box/späße 日本.jpg",
        ] {
            let path = of_text(typed);
            assert_eq!(path, Some("/in box/späße 日本.jpg".into()), "{typed}");
        }
        assert_eq!(of_text("~/a"), Some("~/a".into()));
        assert_eq!(of_text("'/it'\\''s'"), Some("/it's".into()));
        assert_eq!(of_text("/it's"), Some("/it's".into()));
        assert_eq!(of_text("file:///100%"), Some("/100%".into()));
    }

    #[test]
    fn text_that_is_typed_so_far_is_followed_and_other_text_is_none() {
        assert_eq!(of_text("'/in b"), Some("/in b".into()));
        assert_eq!(of_text("/in\\"), Some("/in\\".into()));
        for typed in [
            "",
            "slice",
            "'slice.png'",
            "file://",
            "'/a' '/b'",
            "\"",
            "../a",
        ] {
            assert_eq!(of_text(typed), None, "{typed}");
        }
    }
}
