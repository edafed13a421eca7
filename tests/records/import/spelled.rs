//! Notation of cells in real files: by spreadsheets, by other programs, in other languages.

mod encodings;
mod values;

use std::collections::BTreeMap;

use lunny::clinical::patient::Field;
use lunny::import::{DateOrder, Encoding, LeftOut, Mode, OrderBy, Remark, Source, Summary, Target};
use lunny::store::{OnDuplicate, PatientQuery};

use super::{Importer, TODAY, importer, job, tally};

/// The patients by number, with the requested fields.
fn patients<const N: usize>(
    importer: &Importer,
    fields: [Field; N],
) -> BTreeMap<String, [String; N]> {
    let query = PatientQuery {
        limit: 100,
        ..PatientQuery::default()
    };
    let page = importer
        .store()
        .search_patients(&importer.access, &query)
        .unwrap();
    let rows = page.rows.into_iter().map(|row| {
        let values = fields.map(|field| row.patient.value(field).into_owned());
        (row.patient.number, values)
    });
    rows.collect()
}

/// Imports a file and returns the fields of its patients by number.
fn read<const N: usize>(
    content: impl AsRef<[u8]>,
    fields: [Field; N],
) -> (Summary, BTreeMap<String, [String; N]>) {
    let importer = importer();
    let summary = importer.run_both(content, OnDuplicate::Merge);
    let patients = patients(&importer, fields);
    (summary, patients)
}

fn one<const N: usize>(number: &str, values: [&str; N]) -> BTreeMap<String, [String; N]> {
    BTreeMap::from([(number.to_owned(), values.map(str::to_owned))])
}

fn left_out(summary: &Summary) -> Vec<(&str, LeftOut)> {
    let columns = summary.columns.iter();
    columns
        .filter_map(|column| Some((column.heading.as_str(), column.left_out?)))
        .collect()
}

#[test]
fn headings_of_other_programs_and_languages_are_known() {
    use Field::{DateOfBirth as Born, Email, FullName as Name, Gender, Phone};
    for (content, number, expected) in [
        (
            "\u{feff}Patient-ID;Name;Geburtsdatum;Geschlecht;Telefon\r\n0001;Müller, Jürgen;03.02.1961;männlich;+49 30 1234\r\n",
            "0001",
            ["Müller, Jürgen", "1961-02-03", "male", "+49 30 1234", ""],
        ),
        (
            "Patientennummer;Nachname;Vorname;Geburtsdatum;Geschlecht;Telefon;E-Mail\r\nPP1;Weiß;Käthe;03.02.1961;W;030 1;k@w.de\r\n",
            "PP1",
            ["Käthe Weiß", "1961-02-03", "female", "030 1", "k@w.de"],
        ),
        (
            "N° dossier;Nom;Prénom;Date de naissance;Sexe;Téléphone;Courriel\nF1;Dupont;Zoé;3 février 1961;F;01 23 45;z@d.fr\n",
            "F1",
            ["Zoé Dupont", "1961-02-03", "female", "01 23 45", "z@d.fr"],
        ),
        (
            "Nº historia;Nombre;Primer apellido;Segundo apellido;Fecha de nacimiento;Sexo;Teléfono\nE1;Ana;Pérez;Gil;3 de febrero de 1961;Mujer;91 123\n",
            "E1",
            ["Ana Pérez Gil", "1961-02-03", "female", "91 123", ""],
        ),
        (
            "record_id,mrn,first_name,last_name,dob,sex,phone,email\n1,R7,Ana,Gil,1961-02-03,2,555 1,a@b.org\n",
            "R7",
            ["Ana Gil", "1961-02-03", "female", "555 1", "a@b.org"],
        ),
        (
            "PatientID,PatientName,PatientBirthDate,PatientSex\nD1,GIL^ANA,19610203,F\n",
            "D1",
            ["GIL, ANA", "1961-02-03", "female", "", ""],
        ),
    ] {
        let (summary, all) = read(content, [Name, Born, Gender, Phone, Email]);
        assert_eq!(
            all,
            one(number, expected),
            "{content}: {:?}",
            summary.broken
        );
    }
}

#[test]
fn columns_that_are_left_out_are_named_with_the_reason() {
    let content = "pid,pubpid,title,fname,mname,lname,DOB,sex,street,city,state,postal_code,phone_home,phone_cell,email,status,empty\n\
                   17,00017,Mr.,Farrah,,Rolle,1973-10-11,Female,\"1 Main St\",Boston,MA,02134,617-555-0100,617-555-0101,f@r.org,single,\n";
    let (summary, all) = read(content, [Field::FullName, Field::Address, Field::Phone]);
    assert_eq!(
        all,
        one(
            "00017",
            [
                "Farrah Rolle",
                "1 Main St, Boston, MA, 02134",
                "617-555-0100"
            ]
        )
    );
    assert_eq!(
        left_out(&summary),
        [
            ("pid", LeftOut::Second(Target::Field(Field::Number))),
            ("title", LeftOut::Unknown),
            ("phone_cell", LeftOut::Second(Target::Field(Field::Phone))),
            ("status", LeftOut::Unknown),
            ("empty", LeftOut::Unknown),
        ]
    );
    let empty: Vec<_> = summary
        .columns
        .iter()
        .filter(|column| column.is_empty)
        .map(|column| column.column)
        .collect();
    assert_eq!(empty, [5, 17]);
}

#[test]
fn a_file_without_a_name_lists_its_headings_and_the_flag() {
    let importer = importer();
    let job = job(&importer.file("Wer,Wann\nAna,1961\n"), OnDuplicate::Merge).unwrap();
    let refused = job.check().unwrap_err().to_string();
    assert!(
        refused.contains("Wer, Wann") && refused.contains("--map"),
        "{refused}"
    );
}

#[test]
fn rows_above_the_headings_are_reported_and_are_not_patients() {
    for (above, lines) in [
        ("Patient,,,Contact,\n", vec![1]),
        ("St. Mary\nExported 2026-01-03,by Ada\n\n", vec![1, 2]),
        ("Patient list,,,,\n,,,,\n", vec![1]),
        ("# exported by a program\n", vec![1]),
    ] {
        let content = format!(
            "{above}MRN,Full name,Date of birth,Phone,Email\nM1,S One,1961-02-03,1111,a@b.org\n,,,,\nM2,S Two,soon,,\n"
        );
        let importer = importer();
        let job = job(&importer.file(&content), OnDuplicate::Merge).unwrap();
        let told: Vec<u64> = job.source.titles.iter().map(|title| title.line).collect();
        assert_eq!(told, lines, "{above}");
        let summary = importer.run(&job, Mode::Import);
        assert_eq!(summary.tally, tally(1, 0, 0, 0, 1), "{above}");
        assert_eq!(
            summary.broken[0].line,
            content.lines().count() as u64,
            "{above}"
        );
        assert_eq!(
            patients(&importer, [Field::FullName, Field::DateOfBirth]),
            one("M1", ["S One", "1961-02-03"])
        );
    }
}

#[test]
fn the_first_line_of_a_spreadsheet_states_the_delimiter() {
    for (line, delimiter) in [("sep=;", ";"), ("\"sep=,\"", ","), ("SEP=^", "^")] {
        let content = format!("{line}\r\nMRN;Full name;DOB\r\nCC1;Sep Person;1961-02-03\r\n")
            .replace(';', delimiter);
        let (summary, all) = read(&content, [Field::FullName]);
        assert_eq!(
            all,
            one("CC1", ["Sep Person"]),
            "{line}: {:?}",
            summary.broken
        );
    }
    let (summary, _) = read(
        "sep=;\nMRN;Full name;DOB\nCC1;x;Sep Person;1961-02-03\n",
        [Field::FullName],
    );
    assert_eq!(
        summary.tally.broken, 1,
        "a row of another number of cells is named"
    );
}

#[test]
fn codes_of_a_gender_are_read_and_unknown_ones_are_reported() {
    let codes = [
        ("M", "male"),
        ("F", "female"),
        ("1", "male"),
        ("2", "female"),
        ("männlich", "male"),
        ("weiblich", "female"),
        ("d", "other"),
        ("U", ""),
        ("W", "female"),
        ("masculin", "male"),
        ("Hombre", "male"),
        ("male", "male"),
        ("9", ""),
        ("unknown", ""),
        ("O", "other"),
        ("男", "male"),
        ("0", ""),
    ];
    let rows = codes
        .iter()
        .enumerate()
        .map(|(n, (code, _))| format!("P{n:02},g{n},1961-02-03,{code}\n"));
    let (summary, all) = read(
        format!("MRN,Full name,DOB,Sex\n{}", rows.collect::<String>()),
        [Field::Gender],
    );
    assert_eq!(summary.tally, tally(17, 0, 0, 0, 0));
    let read_as: Vec<&str> = all.values().map(|[gender]| gender.as_str()).collect();
    assert_eq!(read_as, codes.map(|(_, gender)| gender));
    let told: Vec<String> = summary.remarks.iter().map(Remark::sentence).collect();
    for word in ["U", "9", "unknown", "0", "1", "2"] {
        assert!(
            told.iter()
                .any(|remark| remark.contains(&format!("“{word}”"))),
            "{word}: {told:?}"
        );
    }
}

#[test]
fn ambiguous_codes_break_the_row_until_their_meaning_is_stated() {
    let content = "MRN,Full name,Sex\n1,Ana,0\n2,Bo,1\n3,Cleo,maybe\n";
    let (summary, _) = read(content, [Field::Gender]);
    assert_eq!(summary.tally, tally(0, 0, 0, 0, 3));
    assert!(
        summary.broken[1].reason.contains("--value"),
        "{}",
        summary.broken[1].reason
    );
    let importer = importer();
    let mut job = job(&importer.file(content), OnDuplicate::Merge).unwrap();
    for (cell, gender) in [("0", "male"), ("1", "female"), ("Maybe", "")] {
        job.values.state(2, cell, gender);
    }
    assert_eq!(importer.run(&job, Mode::Import).tally, tally(3, 0, 0, 0, 0));
    let all = patients(&importer, [Field::Gender]);
    assert_eq!(
        all.values().flatten().collect::<Vec<_>>(),
        ["male", "female", ""]
    );
}

#[test]
fn a_column_of_dates_shows_its_order_and_a_flag_states_it() {
    let content = "MRN,Patient Name,DOB\nF1,A One,25/12/1961\nF2,B Two,03/02/1962\n";
    let (summary, all) = read(content, [Field::DateOfBirth]);
    assert_eq!(all["F1"], ["1961-12-25"]);
    assert_eq!(all["F2"], ["1962-02-03"]);
    let dates = summary.columns[2].dates.unwrap();
    assert_eq!(
        (dates.order, dates.by),
        (DateOrder::DayFirst, OrderBy::Line(2))
    );
    // No date shows the order, or both orders occur.
    for (content, words) in [
        ("MRN,Name,DOB\n1,Ana,03/02/1962\n", "--dates"),
        (
            "MRN,Name,DOB\n1,Ana,03/02/1962\n2,Bo,25/12/1961\n3,Cy,12/25/1961\n",
            "line 3",
        ),
    ] {
        let (summary, _) = read(content, [Field::DateOfBirth]);
        assert_eq!(summary.tally.broken, 1);
        assert!(
            summary.broken[0].reason.contains(words),
            "{}",
            summary.broken[0].reason
        );
    }
    for (order, born) in [
        (DateOrder::DayFirst, "1962-02-03"),
        (DateOrder::MonthFirst, "1962-03-02"),
    ] {
        let importer = importer();
        let mut job = job(
            &importer.file("MRN,Name,DOB\n1,Ana,03/02/1962\n"),
            OnDuplicate::Merge,
        )
        .unwrap();
        job.dates = Some(order);
        importer.run(&job, Mode::Import);
        assert_eq!(patients(&importer, [Field::DateOfBirth]), one("1", [born]));
    }
}

#[test]
fn the_usual_order_decides_only_what_the_file_leaves_open() {
    for (content, born) in [
        ("MRN,Name,DOB\n1,Ana,03/02/1962\n", "1962-02-03"),
        (
            "MRN,Name,DOB\n1,Ana,03/02/1962\n2,Bo,12/25/1961\n",
            "1962-03-02",
        ),
        (
            "MRN,Name,DOB (mm/dd/yyyy)\n1,Ana,03/02/1962\n",
            "1962-03-02",
        ),
    ] {
        let importer = importer();
        let mut job = job(&importer.file(content), OnDuplicate::Merge).unwrap();
        job.usual_dates = Some(DateOrder::DayFirst);
        let summary = importer.run(&job, Mode::Import);
        assert_eq!(
            patients(&importer, [Field::DateOfBirth])["1"],
            [born],
            "{content}"
        );
        let by = summary.columns[2].dates.map(|dates| dates.by);
        assert_eq!(by == Some(OrderBy::Setting), born == "1962-02-03", "{by:?}");
    }
    // A column of both orders is not decided by it.
    let importer = importer();
    let content = "MRN,Name,DOB\n1,Ana,03/02/1962\n2,Bo,25/12/1961\n3,Cy,12/25/1961\n";
    let mut job = job(&importer.file(content), OnDuplicate::Merge).unwrap();
    job.usual_dates = Some(DateOrder::DayFirst);
    assert_eq!(importer.run(&job, Mode::DryRun).tally.broken, 1);
}

#[test]
fn lists_in_other_languages_are_read() {
    for (content, number, name, gender) in [
        (
            "Codice paziente;Cognome;Nome;Data di nascita;Sesso;Telefono\nIT1;Rossi;Maria;03 feb 1961;F;+39 06 123\n",
            "IT1",
            "Maria Rossi",
            "female",
        ),
        (
            "Patiëntnummer;Achternaam;Voornaam;Tussenvoegsel;Geboortedatum;Geslacht\nNL1;Berg;Jan;van den;3 februari 1961;M\n",
            "NL1",
            "Jan van den Berg",
            "male",
        ),
        (
            "Numer pacjenta;Nazwisko;Imię;Data urodzenia;Płeć\nPL1;Kowalska;Anna;1961-02-03;K\n",
            "PL1",
            "Anna Kowalska",
            "female",
        ),
        (
            "Hasta No;Adı;Soyadı;Doğum Tarihi;Cinsiyet\nTR1;Şükrü;Işık;1961-02-03;E\n",
            "TR1",
            "Şükrü Işık",
            "male",
        ),
        (
            "Номер пациента;ФИО;Дата рождения;Пол\nRU1;Иванов Иван;1961-02-03;М\n",
            "RU1",
            "Иванов Иван",
            "male",
        ),
        (
            "患者番号,氏名,生年月日,性別\nJA1,山田太郎,1961年2月3日,男\n",
            "JA1",
            "山田太郎",
            "male",
        ),
        (
            "환자번호,이름,생년월일,성별\nKO1,김철수,1961년 2월 3일,남\n",
            "KO1",
            "김철수",
            "male",
        ),
        (
            "Mã bệnh nhân,Họ và tên,Ngày sinh,Giới tính\nVN1,Nguyễn Văn An,1961-02-03,Nam\n",
            "VN1",
            "Nguyễn Văn An",
            "male",
        ),
        (
            "رقم المريض,الاسم,تاريخ الميلاد,الجنس\nAR1,محمد علي,1961-02-03,ذكر\n",
            "AR1",
            "محمد علي",
            "male",
        ),
    ] {
        let fields = [Field::FullName, Field::DateOfBirth, Field::Gender];
        let (summary, all) = read(content, fields);
        assert_eq!(
            summary.tally,
            tally(1, 0, 0, 0, 0),
            "{content}: {:?}",
            summary.broken
        );
        assert_eq!(all[number], [name, "1961-02-03", gender], "{content}");
    }
}

#[test]
fn headings_in_the_middle_are_not_a_patient() {
    let (summary, all) = read(
        "MRN,Full name\n1,Ana\nMRN,Full name\n2,Bo\n",
        [Field::FullName],
    );
    assert_eq!(summary.broken[0].line, 3);
    assert_eq!(all.len(), 2);
}
