//! Character encodings of files.

use super::*;

#[test]
fn files_in_other_encodings_are_read_if_certain() {
    let text = "MRN\tPatient Name\tDOB\r\nC1\tŁukasz Żółć\t1961-02-03\r\nC2\t李小龙\t\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        [&b"\xff\xfe"[..], &little].concat(),
        [&b"\xfe\xff"[..], &big].concat(),
        little,
    ] {
        let (_, all) = read(&bytes, [Field::FullName]);
        assert_eq!(
            (&all["C1"], &all["C2"]),
            (&["Łukasz Żółć".to_owned()], &["李小龙".to_owned()])
        );
    }
}

#[test]
fn a_guessed_encoding_is_reported_and_can_be_named() {
    let importer = importer();
    // Şükrü Işık in windows-1254, which windows-1252 reads as Þükrü Iþýk.
    let file =
        importer.file(b"MRN;Patient Name;DOB\r\nLL1;\xde\xfckr\xfc I\xfe\xfdk;1961-02-03\r\n");
    assert!(!Source::open(&file).unwrap().encoding_is_sure);
    let named = Source::open_in(&file, Encoding::named("iso-8859-9")).unwrap();
    assert!(named.encoding_is_sure);
    let mut job = job(&file, OnDuplicate::Merge).unwrap();
    job.source = named;
    importer.run(&job, Mode::Import);
    assert_eq!(
        patients(&importer, [Field::FullName]),
        one("LL1", ["Şükrü Işık"])
    );
    // A wrong encoding loses letters, and such a name is refused.
    let file = importer.file(b"MRN;Patient Name\r\nLL2;J\xfcrgen\r\n");
    job.source = Source::open_in(&file, Encoding::named("utf-8")).unwrap();
    job.headings = job.source.sample().unwrap().headings;
    job.mapping = lunny::import::Mapping::guess(&job.headings);
    assert_eq!(job.today, TODAY);
    let summary = importer.run(&job, Mode::Import);
    assert_eq!(summary.tally.broken, 1);
    assert!(
        summary.broken[0].reason.contains("lost"),
        "{}",
        summary.broken[0].reason
    );
}
