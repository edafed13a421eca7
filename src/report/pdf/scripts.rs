//! Names of scripts, for naming those that no font could draw.

/// Scripts by their Unicode blocks, with the name shown to the user.
const SCRIPTS: [(u32, u32, &str); 27] = [
    (0x0370, 0x03ff, "Greek"),
    (0x0400, 0x052f, "Cyrillic"),
    (0x0530, 0x058f, "Armenian"),
    (0x0590, 0x05ff, "Hebrew"),
    (0x0600, 0x06ff, "Arabic"),
    (0x0700, 0x074f, "Syriac"),
    (0x0750, 0x077f, "Arabic"),
    (0x0780, 0x07bf, "Thaana"),
    (0x0900, 0x097f, "Devanagari"),
    (0x0980, 0x09ff, "Bengali"),
    (0x0a00, 0x0a7f, "Gurmukhi"),
    (0x0a80, 0x0aff, "Gujarati"),
    (0x0b00, 0x0b7f, "Odia"),
    (0x0b80, 0x0bff, "Tamil"),
    (0x0c00, 0x0c7f, "Telugu"),
    (0x0c80, 0x0cff, "Kannada"),
    (0x0d00, 0x0d7f, "Malayalam"),
    (0x0d80, 0x0dff, "Sinhala"),
    (0x0e00, 0x0e7f, "Thai"),
    (0x0e80, 0x0eff, "Lao"),
    (0x1000, 0x109f, "Myanmar"),
    (0x10a0, 0x10ff, "Georgian"),
    (0x1200, 0x137f, "Ethiopic"),
    (0x1780, 0x17ff, "Khmer"),
    (0x3040, 0x30ff, "Kana"),
    (0xac00, 0xd7af, "Hangul"),
    (0x1f300, 0x1faff, "Emoji"),
];

/// The script that a character belongs to, or `other signs`.
pub(super) fn name(letter: char) -> &'static str {
    let code = u32::from(letter);
    let han = [0x3400..=0x9fff, 0xf900..=0xfaff, 0x20000..=0x3ffff];
    if han.iter().any(|block| block.contains(&code)) {
        return "Han";
    }
    let found = SCRIPTS
        .iter()
        .find(|(from, to, _)| (*from..=*to).contains(&code));
    found.map_or("other signs", |(_, _, name)| name)
}
