use super::*;

const BORN: Date = Date::constant(1961, 2, 3);

fn read(cell: &str) -> ParsedDate {
    parsed_date(cell, None, false, true)
}

#[test]
fn a_day_with_midnight_is_that_day() {
    for cell in [
        "1961-02-03 00:00:00",
        "1961-02-03T00:00:00Z",
        "1961-02-03T00:00:00.000+01:00",
        "03.02.1961 00:00",
        "3 Feb 1961 12:00:00 AM",
        "1961-02-03Z",
        "1961-02-03",
        "3. Februar 1961",
        "3 février 1961",
        "3 de febrero de 1961",
        "3-févr.-1961",
        "3rd of Feb 1961",
        "1961年2月3日",
        "１９６１-02-03",
        "1961-02-03\u{200b}",
    ] {
        assert_eq!(read(cell), ParsedDate::Day(BORN), "{cell}");
    }
}

#[test]
fn months_and_weekdays_are_read_in_many_languages() {
    for cell in [
        "Freitag, 3. Februar 1961",
        "Fr 03.02.1961",
        "Fri Feb 3 1961",
        "Friday, February 3, 1961",
        "vendredi 3 février 1961",
        "viernes, 3 de febrero de 1961",
        "sexta-feira, 3 de fevereiro de 1961",
        "piątek, 3 lutego 1961",
        "3 lut 1961",
        "03 Şubat 1961",
        "3. helmikuuta 1961",
        "3 února 1961",
        "3 февраля 1961 г.",
        "1961. február 3.",
        "3 Φεβρουαρίου 1961",
        "vrijdag 3 februari 1961",
    ] {
        assert_eq!(read(cell), ParsedDate::Day(BORN), "{cell}");
    }
    assert_eq!(
        read("Samstag, 30. Dezember 1950"),
        ParsedDate::Day(Date::constant(1950, 12, 30))
    );
    // March and not the day after Monday.
    assert_eq!(
        read("mar 3, 1961"),
        ParsedDate::Day(Date::constant(1961, 3, 3))
    );
    for cell in ["Freitag", "Februar 1961", "3 weeks 1961"] {
        assert!(!matches!(read(cell), ParsedDate::Day(_)), "{cell}");
    }
}

#[test]
fn a_refused_date_is_quoted_as_it_is_written() {
    let refused = read("Februar 1961");
    assert!(
        matches!(&refused, ParsedDate::Refused(why) if why.contains("“Februar 1961”")),
        "{refused:?}"
    );
}

#[test]
fn a_birth_time_in_another_zone_is_refused() {
    assert!(matches!(
        read("1961-02-02T23:00:00Z"),
        ParsedDate::Refused(_)
    ));
    assert_eq!(
        parsed_date("1961-02-03T08:30:00Z", None, false, false),
        ParsedDate::Timed(BORN)
    );
    assert_eq!(read("1961-02-03 14:05"), ParsedDate::Timed(BORN));
}

#[test]
fn the_days_of_a_spreadsheet_are_counted() {
    assert_eq!(read("22315"), ParsedDate::Serial(BORN));
    assert_eq!(read("22315.0"), ParsedDate::Serial(BORN));
    assert_eq!(
        read("60000"),
        ParsedDate::Serial(Date::constant(2064, 4, 8))
    );
    for cell in ["1961", "19610203", "0", "223150", "-22315", "2231x", ""] {
        assert!(!matches!(read(cell), ParsedDate::Serial(_)), "{cell}");
    }
}

#[test]
fn a_column_shows_its_order_by_its_clear_rows() {
    let evidence = |cells: &[&str]| {
        let mut evidence = Evidence::default();
        for (line, cell) in (2..).zip(cells) {
            evidence.take(cell, line);
        }
        evidence
    };
    let day_first = evidence(&["03/02/1962", "25/12/1961", "1961-13-01", "x"]);
    assert_eq!(
        (day_first.order(), day_first.line()),
        (Some(DateOrder::DayFirst), Some(3))
    );
    assert_eq!(
        evidence(&["12-25-1961 00:00"]).order(),
        Some(DateOrder::MonthFirst)
    );
    assert_eq!(evidence(&["03/02/1962"]).order(), None);
    let mixed = evidence(&["25/12/1961", "12/25/1961"]);
    assert_eq!(mixed.order(), None);
    assert!(mixed.why_not().unwrap().contains("line 2"));
    let of = |heading, cells: &[&str]| {
        let mut all = evidence(cells);
        all.of_heading = DateOrder::of_heading(heading);
        all.order()
    };
    assert_eq!(
        of("DOB (dd/mm/yyyy)", &["3/2/1961"]),
        Some(DateOrder::DayFirst)
    );
    assert_eq!(of("DOB (MM/DD/YYYY)", &[]), Some(DateOrder::MonthFirst));
    assert_eq!(
        of("Geburtsdatum (TT.MM.JJJJ)", &[]),
        Some(DateOrder::DayFirst)
    );
    assert_eq!(of("Naissance (JJ/MM/AAAA)", &[]), Some(DateOrder::DayFirst));
    assert_eq!(of("Comments", &[]), None);
    assert_eq!(
        of("DOB (mm/dd/yyyy)", &["25/12/1961"]),
        None,
        "the heading and the cells contradict"
    );
}

#[test]
fn the_order_settles_ambiguous_dates() {
    let by = |cell, order, is_named| parsed_date(cell, Some(order), is_named, true);
    assert_eq!(
        by("03/02/1961", DateOrder::DayFirst, false),
        ParsedDate::Day(BORN)
    );
    assert_eq!(
        by("02/03/1961", DateOrder::MonthFirst, false),
        ParsedDate::Day(BORN)
    );
    assert_eq!(
        by("2.3.1961", DateOrder::MonthFirst, true),
        ParsedDate::Day(BORN)
    );
    assert_eq!(
        by("1961-02-03", DateOrder::MonthFirst, true),
        ParsedDate::Day(BORN)
    );
    assert_eq!(read("03/02/1961"), ParsedDate::Other);
    let refused = by("12/25/1961", DateOrder::DayFirst, true);
    assert!(matches!(refused, ParsedDate::Refused(why) if why.contains("day first")));
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(cell in ".{0,40}") {
        let _ = parsed_date(&cell, Some(DateOrder::DayFirst), true, true);
        Evidence::default().take(&cell, 1);
    }
}
