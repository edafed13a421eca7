//! Values of cells: damaged, ambiguous or missing ones, and words with a meaning.

use super::*;

#[test]
fn labels_beside_telephone_numbers_are_left_out_and_named() {
    let content =
        "MRN,Name,Phone\n1,Ana,Mobil: 0171 1234567\n2,Bo,111\n3,Cy,0\n4,Dee,call daughter\n";
    let (summary, all) = read(content, [Field::Phone]);
    assert_eq!(all["1"], ["0171 1234567"]);
    assert_eq!(all["2"], ["111"]);
    assert_eq!(all["3"], [""]);
    assert_eq!((summary.tally.broken, summary.broken[0].line), (1, 5));
    let remarks: Vec<String> = summary.remarks.iter().map(Remark::sentence).collect();
    assert!(
        remarks
            .iter()
            .any(|said| said.contains("“Mobil: 0171 1234567” was read as 0171 1234567")),
        "{remarks:?}"
    );
    assert!(
        remarks
            .iter()
            .any(|said| said.contains("“0” was read as not stated")),
        "{remarks:?}"
    );
}

#[test]
fn values_that_a_spreadsheet_has_lost_break_the_row() {
    for (cells, word) in [
        ("123456789012345000,Ana,1961-02-03", "zeros"),
        ("1.23E+11,Ana,1961-02-03", "shortened"),
        ("1,Ana,########", "too narrow"),
        ("1,####,1961-02-03", "too narrow"),
    ] {
        let (summary, _) = read(format!("MRN,Name,DOB\n{cells}\n"), [Field::Number]);
        assert_eq!(summary.tally.broken, 1, "{cells}");
        assert!(
            summary.broken[0].reason.contains(word),
            "{}",
            summary.broken[0].reason
        );
    }
}

#[test]
fn times_and_day_numbers_of_a_spreadsheet_are_dates() {
    for cell in [
        "1961-02-03 00:00:00",
        "1961-02-03T00:00:00.000Z",
        "03.02.1961 0:00",
        "22315",
        "1961年2月3日",
    ] {
        let (summary, all) = read(
            format!("MRN,Name,DOB\n1,Ana,{cell}\n"),
            [Field::DateOfBirth],
        );
        assert_eq!(
            all,
            one("1", ["1961-02-03"]),
            "{cell}: {:?}",
            summary.broken
        );
    }
    for cell in ["1961", "1961-02-02T23:00:00Z", "03.02.25", "7 of may"] {
        let (summary, _) = read(
            format!("MRN,Name,DOB\n1,Ana,{cell}\n"),
            [Field::DateOfBirth],
        );
        assert_eq!(summary.tally.broken, 1, "{cell}");
    }
}

#[test]
fn numbers_damaged_by_a_spreadsheet_are_refused_or_repaired() {
    let content = "MRN,Patient Name,DOB,Phone\n1.23E+11,P One,1961-02-03,\n1E+05,Q Two,1962-02-03,\n7,R Three,1963-02-03,4.9301E+11\n";
    let (summary, _) = read(content, [Field::Phone]);
    assert_eq!(summary.tally, tally(0, 0, 0, 0, 3));
    assert!(
        summary.broken[0].reason.contains("shortened"),
        "{}",
        summary.broken[0].reason
    );
    let content = "MRN,Patient Name,Phone\n1017.0,BB One,5551234567.0\n\"=\"\"00123\"\"\",CC Two,\"=\"\"+49 30\"\"\"\n=\"00124\",DD,\n";
    let (_, all) = read(content, [Field::Phone]);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["00123", "00124", "1017"]);
    assert_eq!(
        (&all["1017"], &all["00123"]),
        (&["5551234567".to_owned()], &["+49 30".to_owned()])
    );
}

#[test]
fn ambiguous_quantities_are_refused() {
    let content = "MRN;Full name;CEA (ng/mL);Pack-years\n1;Ana;3,25;30,5\n2;Bo;1.234,5;20 PY\n3;Cy;<0.5;\n4;Di;;>40\n5;Ed;1.234;\n";
    let (summary, all) = read(content, [Field::Cea, Field::PackYears]);
    assert_eq!(all["1"], ["3.25", "30.5"]);
    assert_eq!(all["2"], ["1234.5", "20"]);
    let lines: Vec<u64> = summary.broken.iter().map(|broken| broken.line).collect();
    assert_eq!(lines, [4, 5, 6]);
}

#[test]
fn words_for_missing_values_are_empty_and_reported() {
    let content = "MRN,Patient Name,DOB,Sex,Phone,Notes\nY1,QA One,NULL,NULL,N/A,NA\nY2,RB Two,n/a,-,none,#N/A\nY3,SC Three,unknown,?,\\N,nan\n";
    let (summary, all) = read(
        content,
        [
            Field::DateOfBirth,
            Field::Gender,
            Field::Phone,
            Field::Notes,
        ],
    );
    assert_eq!(summary.tally, tally(3, 0, 0, 0, 0));
    assert!(
        all.values()
            .all(|values| values.iter().all(String::is_empty)),
        "{all:?}"
    );
    assert_eq!(summary.remarks.len(), 12);
}

#[test]
fn invisible_characters_and_outer_blanks_are_removed() {
    let content =
        "MRN,Full name,DOB\n\u{a0}II1\u{a0},\u{a0}Nbsp  Name\u{200b}\u{a0},\u{a0}1961-02-03 \n";
    let (_, all) = read(content, [Field::FullName, Field::DateOfBirth]);
    assert_eq!(all, one("II1", ["Nbsp Name", "1961-02-03"]));
    let content = "\"MRN\" , \"Full name\" , \"DOB\"\n\"QS1\" , \"One, Qs\" , \"1961-02-03\"\n \"QS2\" ,\"Two\", \"1962-02-03\"\n";
    let (_, all) = read(content, [Field::FullName]);
    assert_eq!(all["QS1"], ["One, Qs"]);
    assert_eq!(all["QS2"], ["Two"]);
}

#[test]
fn words_of_smoking_density_type_and_stage_are_read() {
    let content = "MRN,Name,Smoker,Density,Scan type,Histology,Stage,Biopsy\n\
                   1,Ana,ex-smoker,GGN,LDCT,ADC,Stage IIIA,Y\n\
                   2,Bo,Nichtraucher,ground glass,PET/CT,SCC,1A2,TRUE\n\
                   3,Cy,fumeur,part solid,HRCT,SCLC,ED,no\n\
                   4,Di,,,,,IA,\n";
    let fields = [
        Field::SmokingStatus,
        Field::NoduleType,
        Field::ScanType,
        Field::Histology,
        Field::CancerStage,
        Field::BiopsyPerformed,
    ];
    let (summary, all) = read(content, fields);
    assert_eq!(
        all["1"],
        [
            "former",
            "non-solid",
            "low-dose-ct",
            "adenocarcinoma",
            "iiia",
            "yes"
        ]
    );
    assert_eq!(
        all["2"],
        ["never", "non-solid", "pet-ct", "squamous", "ia2", "yes"]
    );
    assert_eq!(
        all["3"],
        [
            "current",
            "part-solid",
            "high-resolution-ct",
            "small-cell",
            "extensive",
            "no"
        ]
    );
    assert!(
        summary.broken[0].reason.contains("several groups"),
        "{}",
        summary.broken[0].reason
    );
}
