//! Labels of the three classes in folders and manifests of public data sets.

use crate::model::head::Class;

/// Words of a label that name a class. Cancers named by their cell type are malignant. "Bengin" is the spelling
/// of IQ-OTH/NCCD's folder.
const WORDS: [(&str, Class); 9] = [
    ("normal", Class::Normal),
    ("benign", Class::Benign),
    ("bengin", Class::Benign),
    ("malignant", Class::Malignant),
    ("adenocarcinoma", Class::Malignant),
    ("squamous", Class::Malignant),
    ("carcinoma", Class::Malignant),
    ("cancer", Class::Malignant),
    ("cancerous", Class::Malignant),
];

/// Words that negate the next one: "non-malignant" may be benign or normal.
const NEGATIONS: [&str; 4] = ["no", "non", "not", "without"];

/// The class of a label, such as "Malignant cases", "normal" or
/// "large.cell.carcinoma_left.hilum_T2_N2_M0_IIIa".
///
/// Case is ignored. Only whole words count ("abnormal" is not normal). `None` if no word names a class, two
/// name different ones, or one of them is negated.
pub fn class_of(label: &str) -> Option<Class> {
    let label = label.to_lowercase();
    let words: Vec<&str> = (label.split(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    if words.iter().any(|word| NEGATIONS.contains(word)) {
        return None;
    }
    let large_cell = words.windows(2).any(|pair| pair == ["large", "cell"]);
    let named = WORDS.iter().filter(|(word, _)| words.contains(word));
    let mut classes: Vec<Class> = named.map(|(_, class)| *class).collect();
    classes.extend(large_cell.then_some(Class::Malignant));
    let first = classes.first().copied()?;
    classes.iter().all(|class| *class == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_public_data_sets_are_understood() {
        for (label, class) in [
            ("normal", Class::Normal),
            ("Normal cases", Class::Normal),
            ("Bengin cases", Class::Benign),
            ("BENIGN", Class::Benign),
            ("Malignant cases", Class::Malignant),
            (
                "adenocarcinoma_left.lower.lobe_T2_N0_M0_Ib",
                Class::Malignant,
            ),
            (
                "large.cell.carcinoma_left.hilum_T2_N2_M0_IIIa",
                Class::Malignant,
            ),
            ("large-cell", Class::Malignant),
            ("large_cell_carcinoma", Class::Malignant),
            ("squamous-cell-carcinoma", Class::Malignant),
        ] {
            assert_eq!(class_of(label), Some(class), "{label}");
        }
    }

    #[test]
    fn an_ambiguous_label_is_not_guessed() {
        for label in [
            "",
            "tumour",
            "abnormal",
            "non-malignant",
            "not normal",
            "benign or malignant",
            "small cells",
            "large",
            "../normality",
        ] {
            assert_eq!(class_of(label), None, "{label}");
        }
    }
}
