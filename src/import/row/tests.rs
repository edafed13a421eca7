use jiff::civil::Date;

use super::*;
use crate::import::Mapping;

const TODAY: Date = Date::constant(2026, 3, 9);

fn read_row(headings: &[&str], cells: &[&str]) -> Result<ReadRow, Unreadable> {
    let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.into()).collect() };
    let headings = owned(headings);
    let row = RawRow {
        line: 7,
        cells: owned(cells),
        fault: None,
    };
    let job = Job::of_headings(Mapping::guess(&headings), headings, TODAY);
    let mut facts = Facts::begin(&job.mapping, &job.headings);
    facts.take(&row, &job.mapping);
    read(&row, &job, &facts)
}

fn value(headings: &[&str], cells: &[&str], field: Field) -> String {
    let read = read_row(headings, cells).unwrap();
    read.row.patient.value(field).into_owned()
}

fn wrong(headings: &[&str], cells: &[&str]) -> String {
    read_row(headings, cells).unwrap_err().0
}

#[test]
fn a_row_becomes_a_patient_with_or_without_a_number() {
    let row = read_row(
        &["First name", "Surname", "Phone", "CEA"],
        &["Ana", "Pérez", "'+44 20 7946 0018", "3,2 ng/mL"],
    );
    let row = row.unwrap().row;
    assert!(!row.is_numbered);
    assert_eq!(row.patient.full_name, "Ana Pérez");
    assert_eq!(row.patient.details.get(Field::Phone), "+44 20 7946 0018");
    assert_eq!(row.patient.details.get(Field::Cea), "3.2");
    let row = read_row(&["ID", "Name"], &["7", "'Ana"]).unwrap().row;
    assert!(row.is_numbered);
    assert_eq!((row.line, row.patient.full_name.as_str()), (7, "'Ana"));
}

#[test]
fn every_wrong_column_is_named_by_its_heading() {
    let wrong = wrong(&["Name", "DOB", "Mail"], &["", "31.2.1980", "nowhere"]);
    for named in [
        "Name: ",
        "DOB: “31.2.1980” is not in the calendar.",
        "Mail: ",
    ] {
        assert!(wrong.contains(named), "{wrong}");
    }
    assert!(read_row(&["Name"], &["a\0b"]).is_err());
}

#[test]
fn a_number_that_a_spreadsheet_made_a_date_is_no_number() {
    let headings = ["MRN", "Name"].map(str::to_owned).to_vec();
    let job = Job::of_headings(Mapping::guess(&headings), headings, TODAY);
    let row = |number: &str| RawRow {
        line: 7,
        cells: vec![number.into(), "Ana".into()],
        fault: None,
    };
    let is_read = |numbers: &[&str]| {
        let mut facts = Facts::begin(&job.mapping, &job.headings);
        let rows: Vec<RawRow> = numbers.iter().map(|number| row(number)).collect();
        rows.iter().for_each(|row| facts.take(row, &job.mapping));
        read(&rows[0], &job, &facts).is_ok()
    };
    assert!(!is_read(&["3-Feb"]));
    assert!(!is_read(&["2/3/1961", "11-17"]));
    // A hospital may number its patients so.
    assert!(is_read(&["2/3/1961", "4/3/1961"]));
    assert!(is_read(&["2-3", "11-17"]));
}

#[test]
fn parts_of_a_name_and_of_an_address_are_joined() {
    let headings = ["fname", "mname", "lname", "street", "city", "postal_code"];
    let cells = ["Farrah", "", "Rolle", "1 Main St", "Boston", "02134"];
    assert_eq!(value(&headings, &cells, Field::FullName), "Farrah Rolle");
    assert_eq!(
        value(&headings, &cells, Field::Address),
        "1 Main St, Boston, 02134"
    );
    let spanish = ["Nombre", "Primer apellido", "Segundo apellido"];
    assert_eq!(
        value(&spanish, &["Ana", "Pérez", "Gil"], Field::FullName),
        "Ana Pérez Gil"
    );
    assert_eq!(
        value(&["Name"], &["PEREZ^ANA"], Field::FullName),
        "PEREZ, ANA"
    );
}

#[test]
fn damage_by_a_spreadsheet_is_named_or_repaired() {
    let headings = ["MRN", "Name", "Phone"];
    let shortened = wrong(&headings, &["1.23E+11", "Ana", ""]);
    assert!(
        shortened.starts_with("MRN: a spreadsheet has shortened"),
        "{shortened}"
    );
    assert!(wrong(&headings, &["1", "Ana", "4.9301E+11"]).starts_with("Phone: "));
    let cells = ["1017.0", "Ana", "5551234567.0"];
    assert_eq!(value(&headings, &cells, Field::Number), "1017");
    assert_eq!(value(&headings, &cells, Field::Phone), "5551234567");
    assert_eq!(
        value(&headings, &["=\"00123\"", "Ana", ""], Field::Number),
        "00123"
    );
    assert_eq!(
        value(
            &headings,
            &["1", "Nbsp\u{a0} Name\u{200b}", ""],
            Field::FullName
        ),
        "Nbsp Name"
    );
}

#[test]
fn a_version_number_is_not_a_broken_number() {
    let mapping = Mapping::guess(&["MRN".to_owned(), "Name".to_owned()]);
    let headings = vec!["MRN".to_owned(), "Name".to_owned()];
    let job = Job::of_headings(mapping, headings, TODAY);
    let rows = ["7.0", "7.1"].map(|number| RawRow {
        line: 2,
        cells: vec![number.into(), "Ana".into()],
        fault: None,
    });
    let mut facts = Facts::begin(&job.mapping, &job.headings);
    rows.iter().for_each(|row| facts.take(row, &job.mapping));
    assert_eq!(
        read(&rows[0], &job, &facts).unwrap().row.patient.number,
        "7.0"
    );
}

#[test]
fn words_for_missing_values_state_nothing_and_are_reported() {
    let read = read_row(
        &["MRN", "Name", "DOB", "Sex", "Phone"],
        &["1", "Ana", "NULL", "-", "N/A"],
    )
    .unwrap();
    assert_eq!(read.row.patient.date_of_birth, None);
    assert_eq!(read.row.patient.sex, None);
    assert!(read.row.patient.details.is_empty());
    assert_eq!(read.notes.len(), 3);
    let allergies = value(&["Name", "Allergies"], &["Ana", "none"], Field::Allergies);
    assert_eq!(allergies, "none", "it is a statement");
}

#[test]
fn codes_are_read_and_open_ones_are_refused_with_the_reason() {
    assert_eq!(
        value(&["Name", "Sex"], &["Ana", "F"], Field::Gender),
        "female"
    );
    let numbered = read_row(&["Name", "Sex"], &["Ana", "2"]).unwrap();
    assert_eq!(numbered.row.patient.value(Field::Gender), "female");
    assert_eq!(numbered.notes[0].reading, Reading::Code);
    assert!(wrong(&["Name", "Stage"], &["Ana", "IA"]).contains("several groups"));
    assert!(wrong(&["Name", "Sexo"], &["Ana", "M"]).contains("mujer"));
    assert!(wrong(&["Name", "Sex"], &["Ana", "maybe"]).contains("Female"));
}

#[test]
fn a_row_of_headings_is_not_a_patient() {
    assert!(wrong(&["MRN", "Name"], &["MRN", "Full name"]).contains("repeats the headings"));
    assert!(wrong(&["Name"], &["name"]).contains("repeats the headings"));
    assert!(read_row(&["MRN", "Name"], &["7", "Name"]).is_ok());
}

#[test]
fn lost_letters_break_a_name_and_are_reported_in_other_fields() {
    assert!(wrong(&["Name"], &["J\u{fffd}rgen"]).contains("lost"));
    let read = read_row(&["Name", "Notes"], &["Ana", "caf\u{fffd}"]).unwrap();
    assert_eq!(read.notes[0].reading, Reading::Lost);
}

#[test]
fn digits_of_other_scripts_are_read() {
    let read = |field| {
        let headings = ["رقم المريض", "الاسم", "تاريخ الميلاد", "Phone", "Pack-years"];
        let cells = ["١٢٣", "محمد علي", "١٩٦١/٠٢/٠٣", "٠٢٠ ١٢٣٤٥٦٧", "۱۲٫۵"];
        value(&headings, &cells, field)
    };
    assert_eq!(read(Field::Number), "123");
    assert_eq!(read(Field::DateOfBirth), "1961-02-03");
    assert_eq!(read(Field::Phone), "020 1234567");
    assert_eq!(read(Field::PackYears), "12.5");
}

#[test]
fn a_year_of_two_digits_that_can_only_be_of_the_last_century_is_read() {
    let born = |cell| read_row(&["Name", "DOB"], &["Ana", cell]);
    for cell in [
        "25/12/61",
        "12/25/61",
        "25.12.61",
        "25-Dec-61",
        "25 décembre 61",
    ] {
        let read = born(cell).unwrap();
        let day = read.row.patient.date_of_birth.map(|day| day.to_string());
        assert_eq!(day.as_deref(), Some("1961-12-25"), "{cell}");
        assert_eq!(read.notes[0].reading, Reading::Century, "{cell}");
    }
    for cell in ["25/12/25", "25/12/07", "25/12/30", "1961-12-61", "61"] {
        assert!(born(cell).is_err(), "{cell}");
    }
    assert!(read_row(&["Name", "Scan date"], &["Ana", "25/12/61"]).is_err());
}

#[test]
fn letters_that_were_encoded_twice_are_mended_and_said() {
    let read = read_row(&["Name"], &["JosÃ© PÃ©rez"]).unwrap();
    assert_eq!(read.row.patient.full_name, "José Pérez");
    assert_eq!(read.notes[0].reading, Reading::Mended);
}
