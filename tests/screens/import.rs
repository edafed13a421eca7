//! Import of patients from a CSV file, by keys.

use crossterm::event::KeyCode;

use super::stage::Stage;

const FILE: &str = "MRN;Patient name;DOB;Phone;Ward\n\
    H-1;Ana Pérez;5.3.1961;555 123;3\n\
    H-2;Bo Li;31.2.1980;;4\n\
    H-3;Cleo Roy;1970-01-01;;4\n\
    H-3;Cleo Roy;1970-01-01;555 9;4\n";

/// Columns of a file that was chosen from the patient table.
fn columns(columns: u16, rows: u16, content: &str) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register();
    std::fs::write(stage.scans().join("ward.csv"), content).unwrap();
    stage.letters("p").key(KeyCode::F(7)).shows("ward.csv");
    stage.enter().shows("Example");
    stage
}

#[test]
fn a_file_is_chosen_mapped_checked_and_imported() {
    let mut stage = columns(80, 24, FILE);
    stage.shows("semicolons").shows("left out");
    stage.letters("d").shows("Nothing is changed yet");
    stage.shows("2  new records").shows("1  records changed");
    stage
        .shows("1  broken rows")
        .shows("number of an earlier row");
    stage.letters("i").shows("Import 3 rows").letters("y");
    stage
        .shows("All other rows were imported")
        .shows("broken-rows-");
    let broken = std::fs::read_dir(stage.folder.path().join("home/exports"));
    let mut broken = broken.expect("the folder is there");
    let file = broken.next().expect("a file").expect("its entry").path();
    let text = std::fs::read_to_string(file).expect("its text");
    assert!(text.contains("H-2,Bo Li,31.2.1980,,4,3,"), "{text}");
    stage
        .enter()
        .shows("Cleo Roy")
        .shows("Ana Pérez")
        .hides("Bo Li");
}

#[test]
fn a_column_gets_another_field_or_is_ignored() {
    let mut stage = columns(80, 24, "Wer;Wann\nAna;1961-03-05\n");
    stage
        .shows("No column is the full name")
        .letters("d")
        .shows("choose it, or the columns");
    stage.enter().letters("full").enter().shows("Full name");
    stage
        .key(KeyCode::Down)
        .enter()
        .letters("birth")
        .enter()
        .shows("Date of birth");
    stage.letters("x").hides("Date of birth");
    stage
        .letters("d")
        .shows("1  new records")
        .letters("i")
        .letters("y");
    stage.shows("All rows were imported").enter().shows("Ana");
    // The next file with these headings is mapped the same way.
    std::fs::write(stage.scans().join("ward.csv"), "Wer;Wann\nBo;1961-03-05\n").unwrap();
    stage.key(KeyCode::F(7)).enter().shows("Full name");
}

#[test]
fn a_first_row_can_be_a_patient() {
    let mut stage = columns(80, 24, "7,Ana\n8,Bo\n");
    stage.shows("no headings").shows("Column 1");
    stage.letters("h").shows("the first row names the columns");
    stage.letters("h").shows("Column 2");
    stage
        .key(KeyCode::Down)
        .enter()
        .letters("full name")
        .enter();
    stage.letters("d").shows("2  new records");
}

#[test]
fn a_duplicate_is_compared_and_decided() {
    let mut stage = columns(80, 24, FILE);
    stage.letters("d").letters("i").letters("y").enter();
    let other = "MRN;Patient name;DOB;Phone;Ward\nH-1;Ana Pérez;5.3.1961;555 777;3\n";
    std::fs::write(stage.scans().join("ward.csv"), other).unwrap();
    stage.key(KeyCode::F(7)).enter().letters("d");
    stage.shows("1  unchanged rows").shows("same number");
    stage.letters("i").shows("There is nothing to import");
    stage
        .enter()
        .shows("Record now")
        .shows("555 123")
        .shows("555 777");
    stage
        .letters("w")
        .shows("overwrite")
        .letters("i")
        .shows("You changed a choice");
    stage
        .letters("d")
        .shows("1  records changed")
        .letters("i")
        .letters("y");
    stage.shows("All rows were imported");
    // All duplicates at once.
    stage
        .enter()
        .key(KeyCode::F(7))
        .enter()
        .letters("d")
        .letters("A");
    stage
        .shows("1  new records")
        .letters("S")
        .shows("1  rows skipped");
}

#[test]
fn broken_rows_are_listed_and_saved_without_importing() {
    let mut stage = columns(80, 24, FILE);
    stage.letters("d").key(KeyCode::Tab).shows("line 3");
    stage.shows("DOB: “31.2.1980” is not in the calendar.");
    stage.letters("x").shows("home/exports/broken-rows-");
    stage.escape().escape().shows("No patients yet");
}

#[test]
fn data_that_is_not_imported_as_it_is_is_listed() {
    let content = "Patient list;;;;\nMRN;Patient name;DOB;Phone;Ward\n\
                   H-1;Ana Pérez;25/12/1961;555 123;3\nH-1;Ana Pérez;25/12/1961;555 777;3\nH-2;Bo Li;03/02/1962;N/A;4\n";
    let mut stage = columns(160, 45, content);
    stage.shows("headings below 1 other row");
    stage.letters("d").shows("5 remarks");
    stage.key(KeyCode::Tab).key(KeyCode::Tab);
    stage
        .shows("line 4, H-1: Phone: “555 123” is kept, “555 777” is dropped")
        .shows("Ward is ignored: the heading is not known")
        .shows("line 1 above the headings is ignored: Patient list")
        .shows("DOB: dates were read day first, as line 3 shows.")
        .shows("Phone: “N/A” was read as not stated (line 5).");
}

#[test]
fn the_order_of_dates_and_the_encoding_are_chosen() {
    let mut stage = columns(120, 40, "MRN;Patient name;DOB\nH-1;Ana;03/02/1962\n");
    stage.letters("d").shows("1  broken rows").escape();
    stage
        .letters("t")
        .letters("day")
        .enter()
        .shows("dates day first");
    stage.letters("d").shows("1  new records").escape();
    let turkish = b"MRN;Patient name\nH-2;\xde\xfckr\xfc I\xfe\xfdk\n";
    std::fs::write(stage.scans().join("ward.csv"), turkish).unwrap();
    stage
        .letters("o")
        .enter()
        .shows("check the names; e changes it");
    stage.letters("d").shows("press e and choose it");
    stage.letters("e").letters("1254").enter();
    stage.shows("windows-1254").shows("Şükrü Işık");
}

#[test]
fn an_import_is_undone_from_the_list_of_imports() {
    let mut stage = columns(120, 40, FILE);
    stage
        .letters("d")
        .letters("i")
        .letters("y")
        .enter()
        .shows("Ana Pérez");
    stage.key(KeyCode::F(7)).enter().shows("Example");
    stage.letters("u").shows("ward.csv  2 added, 0 changed");
    stage.letters("u").shows("Undo this import?").letters("y");
    stage
        .shows("Undone: 2 new records deleted")
        .shows("2 added, 0 changed, undone");
    stage.letters("u").shows("already undone");
    stage.escape().shows("No patients yet");
}

#[test]
fn a_file_that_is_not_csv_is_refused_in_the_picker() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    std::fs::write(stage.scans().join("ward.csv"), b"\x89PNG\r\n\x1a\n\0\0\0\0").unwrap();
    stage.letters("p").key(KeyCode::F(7)).enter();
    stage
        .shows("ward.csv is not a text file")
        .escape()
        .shows("No patients yet");
}

#[test]
fn the_waiting_screen_can_be_left() {
    let mut stage = columns(80, 24, FILE);
    stage.hold = true;
    stage.letters("d").shows("Reading the file").escape();
    stage.shows("Example").release();
    stage.shows("Example");
}

#[test]
fn the_import_looks_like_this() {
    for (width, height) in [(80, 24), (160, 45)] {
        let mut stage = columns(width, height, FILE);
        let name = |what: &str| format!("import_{what}_{width}x{height}");
        insta::assert_snapshot!(name("columns"), stage.screen());
        stage.letters("d");
        insta::assert_snapshot!(name("dry_run"), stage.screen());
        stage.enter();
        insta::assert_snapshot!(name("duplicate"), stage.screen());
        // The path of the broken rows depends on the machine, so this file has none.
        let sound = FILE.replacen("31.2.1980", "", 1);
        let mut stage = columns(width, height, &sound);
        stage.letters("d").letters("i").letters("y");
        insta::assert_snapshot!(name("imported"), stage.screen());
    }
}
