use super::*;

fn headings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn headings_are_known_by_key_label_and_other_names_in_any_spelling() {
    let all: Vec<String> = Field::entered().map(|field| field.key().into()).collect();
    let by_key = Mapping::guess(&all);
    let labels: Vec<String> = Field::entered().map(|field| field.label().into()).collect();
    assert_eq!(Mapping::guess(&labels), by_key);
    assert!(
        by_key
            .targets()
            .iter()
            .all(|target| *target != Target::Leave)
    );
    let guessed = Mapping::guess(&headings(&[
        "MRN",
        "Patient Name *",
        "D.O.B",
        "DOB",
        "CEA (ng/mL)",
        "Sex:",
    ]));
    let fields = [
        Field::Number,
        Field::FullName,
        Field::DateOfBirth,
        Field::Cea,
        Field::Gender,
    ];
    let [number, name, born, cea, sex] = fields.map(Target::Field);
    assert_eq!(
        guessed.targets(),
        [number, name, born, Target::Leave, cea, sex]
    );
}

#[test]
fn a_name_in_halves_is_a_name_and_a_whole_one_is_better() {
    let halves = Mapping::guess(&headings(&["Surname", "First Name"]));
    assert_eq!(halves.targets(), [Target::FamilyName, Target::GivenName]);
    assert!(halves.check(&headings(&["Surname", "First Name"])).is_ok());
    let both = Mapping::guess(&headings(&["Surname", "Full name"]));
    assert_eq!(
        both.targets(),
        [Target::Leave, Target::Field(Field::FullName)]
    );
    let none = headings(&["DOB", "Wer"]);
    let refused = Mapping::guess(&none).check(&none).unwrap_err().to_string();
    assert!(
        refused.contains("DOB, Wer") && refused.contains("--map"),
        "{refused}"
    );
}

#[test]
fn a_field_has_one_column() {
    let mut mapping = Mapping::guess(&headings(&["Name", "Patient", "Notes"]));
    let name = Target::Field(Field::FullName);
    assert_eq!(mapping.targets()[..2], [name, Target::Leave]);
    mapping.set(1, name);
    assert_eq!(mapping.targets()[..2], [Target::Leave, name]);
    mapping.set(7, name);
}

#[test]
fn a_mapping_is_read_from_its_text_if_it_fits() {
    let names = headings(&["Name", "?", "Surname"]);
    let mapping = Mapping::guess(&names);
    assert_eq!(
        Mapping::from_text(Content::Patients, &mapping.to_text(), 3),
        Some(mapping.clone())
    );
    let read = |text: &str, columns| Mapping::from_text(Content::Patients, text, columns);
    assert_eq!(read(&mapping.to_text(), 2), None);
    assert_eq!(read("full_name,shoe_size", 2), None);
    let name = |headings: &[String]| Mapping::preference(Content::Patients, headings);
    assert!(name(&names).len() <= 64);
    let other = headings(&["name ", "?", "SURNAME"]);
    assert_eq!(name(&names), name(&other));
    assert_ne!(name(&names), Mapping::preference(Content::Worklist, &names));
}

#[test]
fn a_column_called_name_beside_first_names_holds_family_names() {
    let given = Mapping::guess(&headings(&["Name", "Vorname"]));
    assert_eq!(given.targets(), [Target::FamilyName, Target::GivenName]);
    let french = Mapping::guess(&headings(&["Nom", "Prénom", "Patient"]));
    assert_eq!(
        french.targets()[..2],
        [Target::FamilyName, Target::GivenName]
    );
    let spanish = Mapping::guess(&headings(&["Nombre", "Apellidos"]));
    assert_eq!(spanish.targets(), [Target::GivenName, Target::FamilyName]);
    let alone = Mapping::guess(&headings(&["Nom", "Sexe"]));
    assert_eq!(alone.targets()[0], Target::Field(Field::FullName));
}

#[test]
fn the_surer_heading_has_the_field_and_the_other_is_named() {
    let names = headings(&[
        "pid",
        "pubpid",
        "fname",
        "lname",
        "phone_cell",
        "phone_home",
        "title",
        "CEA (mg/L)",
        "exams",
    ]);
    let mapping = Mapping::guess(&names);
    let number = Target::Field(Field::Number);
    assert_eq!(
        mapping.targets()[..4],
        [Target::Leave, number, Target::GivenName, Target::FamilyName]
    );
    let reasons: Vec<_> = (0..names.len())
        .map(|column| mapping.left_out(column, &names))
        .collect();
    assert_eq!(reasons[0], Some(LeftOut::Second(number)));
    assert_eq!(reasons[1..5], [None; 4]);
    assert_eq!(
        reasons[5],
        Some(LeftOut::Second(Target::Field(Field::Phone)))
    );
    assert_eq!(
        reasons[6..],
        [
            Some(LeftOut::Unknown),
            Some(LeftOut::OtherUnit),
            Some(LeftOut::OfAnExport)
        ]
    );
    let mut left = mapping.clone();
    left.set(1, Target::Leave);
    assert_eq!(left.left_out(1, &names), Some(LeftOut::Chosen));
}

#[test]
fn a_worklist_has_columns_of_its_own_and_needs_a_day_and_a_number_or_name() {
    let names = headings(&["MRN", "Accession Number", "Exam date", "Indication", "DOB"]);
    let mapping = Mapping::guess_of(Content::Worklist, &names);
    let [number, born] = [Field::Number, Field::DateOfBirth].map(Target::Field);
    let [day, accession, reason] = Target::OF_A_PLAN;
    assert_eq!(mapping.targets(), [number, accession, day, reason, born]);
    assert!(mapping.check(&names).is_ok());
    // The same headings among patients are what they always were.
    let patients = Mapping::guess(&names);
    assert_eq!(patients.targets()[2], Target::Field(Field::ScanDate));
    let undated = headings(&["MRN", "Accession"]);
    let refused = Mapping::guess_of(Content::Worklist, &undated).check(&undated);
    assert!(
        matches!(refused, Err(ImportError::NoPlannedDay { .. })),
        "{refused:?}"
    );
    let nameless = headings(&["Termin", "Auftragsnummer"]);
    let refused = Mapping::guess_of(Content::Worklist, &nameless).check(&nameless);
    assert!(
        matches!(refused, Err(ImportError::NoName { .. })),
        "{refused:?}"
    );
}

#[test]
fn an_address_in_columns_is_all_of_them() {
    let mapping = Mapping::guess(&headings(&["Name", "Adresse", "PLZ", "Ort"]));
    assert_eq!(mapping.targets()[1..], [Target::AddressPart; 3]);
    let whole = Mapping::guess(&headings(&["Name", "Address"]));
    assert_eq!(whole.targets()[1], Target::Field(Field::Address));
}
