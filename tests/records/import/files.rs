//! Content of files.

use lunny::import::ImportError;
use lunny::store::{OnDuplicate, PatientQuery};

use super::{Importer, importer, job, tally};
use crate::support::{find, names};

fn lines(importer: &Importer, content: impl AsRef<[u8]>) -> (Vec<u64>, Vec<String>) {
    let summary = importer.run_both(content, OnDuplicate::Merge);
    let lines = summary.broken.iter().map(|broken| broken.line).collect();
    let mut all = names(importer.store(), &importer.access, "");
    all.sort();
    (lines, all)
}

#[test]
fn every_delimiter_line_end_and_mark_gives_the_same_patients() {
    let plain = "Name,DOB,Medical notes\nAna Pérez,1961-03-05,\"one\ntwo, three\"\nBo Li,,x\n";
    for delimiter in [",", ";", "\t", "|"] {
        for line_end in ["\n", "\r\n", "\r"] {
            for mark in ["", "\u{feff}"] {
                let text = plain.replace(", three", " three").replace(',', delimiter);
                let text = format!("{mark}{}", text.replace('\n', line_end));
                let importer = importer();
                let told = lines(&importer, &text);
                assert_eq!(
                    told,
                    (vec![], vec!["Ana Pérez".into(), "Bo Li".into()]),
                    "{text:?}"
                );
                let ana = find(importer.store(), &importer.access, "ana");
                assert_eq!(ana.rows[0].patient.notes, "one\ntwo three", "{text:?}");
            }
        }
    }
}

#[test]
fn letters_of_windows_1252_are_read() {
    let importer = importer();
    let (broken, all) = lines(&importer, b"Name;DOB\nJ\xfcrgen M\xf6ller;5.3.1961\n");
    assert_eq!((broken.len(), all), (0, vec!["Jürgen Möller".to_owned()]));
}

#[test]
fn a_web_page_and_json_are_refused_by_name() {
    let importer = importer();
    for content in [
        "<html><table><tr><td>MRN</td><td>Name</td></tr></table></html>",
        "\n<?xml version=\"1.0\"?><patients/>",
        "[{\"mrn\": 1, \"name\": \"Ana\"}]",
        "{\"name\": \"Ana\"}",
    ] {
        let refused = job(&importer.file(content), OnDuplicate::Merge).unwrap_err();
        assert!(matches!(refused, ImportError::NotTable { .. }), "{refused}");
    }
}

#[test]
fn a_broken_row_names_its_line_and_does_not_stop_the_import() {
    let importer = importer();
    let content = "Name,DOB\n\nAna,1961-03-05\nBo,31.2.1980\n\"two\nlines\",1980-01-01\r\nCleo,x,y,z\nDan\nEve,,,\n\
                   F\0,\n\u{1b}[2J,\nGus,1999-09-09";
    let (broken, all) = lines(&importer, content);
    assert_eq!(broken, [4, 5, 7, 8, 10, 11]);
    assert_eq!(all, ["Ana", "Eve", "Gus"]);
}

#[test]
fn an_unclosed_quote_breaks_only_its_row() {
    let importer = importer();
    let (broken, all) = lines(
        &importer,
        "Name,DOB\nAna,1961-03-05\n\"Bo,1980-01-01\nCleo,\nDan,\n",
    );
    assert_eq!(broken, [3]);
    assert_eq!(all, ["Ana", "Cleo", "Dan"]);
    let importer = super::importer();
    let long = format!("Name,Notes\n\n\"Ana,{}\nBo,y\n", "a line\n".repeat(400_000));
    let job = job(&importer.file(long), OnDuplicate::Merge);
    // Line after line becomes a row with too few cells, without hanging.
    let summary = importer.run(&job.unwrap(), lunny::import::Mode::DryRun);
    assert_eq!(summary.tally, tally(1, 0, 0, 0, 400_000));
    assert_eq!(summary.broken[0].line, 3);
}

#[test]
fn a_file_that_is_not_csv_is_refused_with_a_message() {
    let importer = importer();
    let refused = |content: &[u8]| {
        let file = importer.file(content);
        job(&file, OnDuplicate::Merge).expect_err("it is refused")
    };
    assert!(matches!(refused(b""), ImportError::Empty { .. }));
    assert!(matches!(refused(b"\n\r\n\n"), ImportError::Empty { .. }));
    assert!(matches!(
        refused(b"\xff\xfe\0\0N\0\0\0"),
        ImportError::Utf32 { .. }
    ));
    assert!(matches!(
        refused(b"\x89PNG\r\n\x1a\n\0\0\0\x0d"),
        ImportError::NotText { .. }
    ));
    let wide = refused("a,".repeat(500_000).as_bytes());
    assert!(matches!(wide, ImportError::TooManyColumns { .. }), "{wide}");
    let missing = job(&importer.folder.path().join("none.csv"), OnDuplicate::Merge);
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("it does not exist")
    );
    let folder = job(importer.folder.path(), OnDuplicate::Merge);
    assert!(folder.unwrap_err().to_string().contains("it is a folder"));
}

#[test]
fn headings_alone_are_not_patients() {
    let importer = importer();
    let summary = importer.run_both("Name,DOB\n", OnDuplicate::Merge);
    assert_eq!(summary.tally, tally(0, 0, 0, 0, 0));
}

#[test]
fn patients_without_a_number_get_one_that_no_row_has() {
    let importer = importer();
    let content = "MRN,Name\n,Ana\nP-000001,Bo\nP-000007,Cleo\n,Dan\n";
    assert_eq!(
        importer.run_both(content, OnDuplicate::Merge).tally,
        tally(4, 0, 0, 0, 0)
    );
    let query = PatientQuery {
        limit: 10,
        ..PatientQuery::default()
    };
    let page = importer
        .store()
        .search_patients(&importer.access, &query)
        .unwrap();
    let mut numbers: Vec<String> = page
        .rows
        .into_iter()
        .map(|row| row.patient.number)
        .collect();
    numbers.sort();
    assert_eq!(numbers, ["P-000001", "P-000007", "P-000008", "P-000009"]);
}

#[test]
fn a_file_that_changes_during_the_import_is_refused() {
    let importer = importer();
    let file = importer.file("Name\nAna\nBo\n");
    let job = job(&file, OnDuplicate::Merge).unwrap();
    std::fs::write(&file, "Name\nAna\nBo\nCleo\n").unwrap();
    let mode = lunny::import::Mode::Import;
    let run = lunny::import::run(
        importer.store(),
        &importer.access,
        &job,
        mode,
        &|_| {},
        &Default::default(),
        None,
    );
    assert!(matches!(run, Err(ImportError::Changed { .. })));
    assert_eq!(importer.patients(), 0);
}

#[test]
fn the_search_finds_imported_patients_like_typed_ones() {
    let importer = importer();
    let content =
        "MRN,Name,Medical notes\n1,Jürgen O’Brien,emphysema\n2,李小龙,\n,Ana Pérez,COPD; smoker\n";
    importer.run_both(content, OnDuplicate::Merge);
    importer.run_both(
        "MRN,Name,Medical notes\n2,李小龙,asthma\n",
        OnDuplicate::Merge,
    );
    let searches = [
        "jurgen", "brien", "小", "p-0", "smoker", "asthma", "ana copd", "m", "x", "",
    ];
    let found = || searches.map(|text| names(importer.store(), &importer.access, text));
    let imported = found();
    assert_eq!(imported[5], ["李小龙"]);
    importer.store().rebuild_search().unwrap();
    assert_eq!(found(), imported);
}
