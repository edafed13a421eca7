use std::time::Instant;

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use hayro::kurbo::{BezPath, Point as At, Rect};

use super::*;
use crate::clinical::assessment::{Assessment, Lesion, TrainingRange};
use crate::clinical::patient::{Field, PatientDraft};
use crate::clinical::report::ReportStatus;
use crate::report::deidentified::{Pseudonyms, deidentified, may_contain};
use crate::report::sample::{TODAY, record};

/// The content of a page as read from the file.
#[derive(Default)]
struct Read {
    /// Letters in the order of the file, a space between runs.
    text: String,
    /// Positions of the glyphs.
    places: Vec<At>,
    pictures: usize,
}

impl<'a> Device<'a> for Read {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.pictures += 1;
    }
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            match glyph.as_unicode() {
                Some(BfString::Char(letter)) => self.text.push(letter),
                Some(BfString::String(letters)) => self.text.push_str(&letters),
                None => self.text.push('\u{fffd}'),
            }
            self.places
                .push(props.transform * glyph.transform() * At::ZERO);
        }
        self.text.push(' ');
    }
}

fn read(pdf: &Pdf) -> Vec<Read> {
    let file = hayro::hayro_syntax::Pdf::new(pdf.bytes.clone()).unwrap();
    let pages = file.pages().iter().map(|page| {
        let (width, height) = page.render_dimensions();
        let cache = InterpreterCache::new();
        let mut context = Context::new(
            page.initial_transform(true).to_kurbo(),
            Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
            &cache,
            page.xref(),
            InterpreterSettings::default(),
        );
        let mut read = Read::default();
        interpret_page(page, &mut context, &mut read);
        read
    });
    pages.collect()
}

/// All text without spaces, independent of line breaks.
fn text(pdf: &Pdf) -> String {
    letters(
        &read(pdf)
            .into_iter()
            .map(|page| page.text)
            .collect::<String>(),
    )
}

fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

fn rendered(report: &RecordReport) -> Pdf {
    render(report, Paper::A4, Fonts::Bundled).unwrap()
}

fn named(name: &str) -> RecordReport {
    let mut report = record(1);
    report.patient.full_name = name.into();
    report
}

#[test]
fn every_stated_field_and_every_fact_of_an_exam_can_be_read_out() {
    let report = record(2);
    let text = text(&rendered(&report));
    for field in Field::entered() {
        let shown = field.shown(&report.patient.value(field));
        assert!(!shown.is_empty(), "{}", field.key());
        for part in [field.label(), &shown] {
            assert!(text.contains(&letters(part)), "{part} is missing");
        }
    }
    let content = report.exam(&report.exams[0]);
    let facts = [
        crate::report::facts::exam(&content),
        crate::report::facts::result(&content),
    ];
    for (label, value) in facts
        .into_iter()
        .flatten()
        .filter(|(label, _)| *label != "By")
    {
        assert!(text.contains(&letters(&value)), "{label}: {value}");
    }
    for said in [
        "St Anne's Hospital",
        "PRELIMINARY",
        "model attention, not lesion location",
        "Over time",
        "ab".repeat(32).as_str(),
        "10.9 % by the model without spiculation",
        "Made by Miriam Okafor on 2026-03-10 08:00 UTC",
        "(64 years)",
    ] {
        assert!(text.contains(&letters(said)), "{said}");
    }
    assert!(!text.contains('\u{fffd}'));
}

#[test]
fn proposed_lesions_are_on_the_pages_and_out_of_distribution_without_probability() {
    let mut report = record(2);
    let slice = &mut report.exams[0].slice;
    let lesion = Lesion {
        slice: 1,
        row: 210.4,
        column: 144.6,
        position_mm: None,
        diameter_mm: Some(8.24),
        size: None,
        malignancy_probability: 0.813,
    };
    let Assessment { rule, model, .. } = slice.assessment.clone();
    slice.assessment = Assessment::of_lesions(0.764, vec![lesion], rule, model);
    let inside = text(&rendered(&report));
    for said in [
        "Lesions proposed by the model",
        "row 210, column 145",
        "about 8 mm",
        "81.3 %",
        "76.4 %",
        "measured on single slices held out",
        "lesion reader",
    ] {
        assert!(inside.contains(&letters(said)), "{said}");
    }
    let slice = &mut report.exams[0].slice;
    let reason = "its lungs are white".to_owned();
    slice.assessment = (slice.assessment.clone()).within(TrainingRange::Outside { reason });
    let outside = text(&rendered(&report));
    for said in ["row 210, column 145", "its lungs are white", "about 8 mm"] {
        assert!(outside.contains(&letters(said)), "{said}");
    }
    assert!(!outside.contains("81.3%") && !outside.contains("76.4%"));
}

#[test]
fn every_page_states_patient_number_and_status() {
    let pages = read(&rendered(&record(3)));
    assert!(pages.len() > 2);
    let of = pages.len();
    for (index, page) in pages.iter().enumerate() {
        let text = letters(&page.text);
        let number = format!("Page {} of {of}", index + 1);
        for said in [
            "P-0042, Ada Ćwiąkała Byron",
            "PRELIMINARY",
            DISCLAIMER,
            &number,
        ] {
            assert!(text.contains(&letters(said)), "{said} on page {index}");
        }
    }
    // A photo, and two pictures per exam.
    assert_eq!(pages.iter().map(|page| page.pictures).sum::<usize>(), 7);
}

#[test]
fn equal_records_make_equal_files() {
    assert_eq!(rendered(&record(2)), rendered(&record(2)));
    assert_ne!(rendered(&record(2)).bytes, rendered(&named("Ada")).bytes);
}

#[test]
fn pages_have_the_size_of_the_paper_and_nothing_is_outside_the_margins() {
    let mut report = named(&"W".repeat(200));
    let mut draft = PatientDraft::from(&report.patient);
    draft.set(
        Field::Address,
        format!("https://example.org/{}", "a".repeat(470)),
    );
    report.patient = draft.validate(TODAY).unwrap();
    for (paper, size) in [
        (Paper::A4, (595.276, 841.89)),
        (Paper::Letter, (612.0, 792.0)),
    ] {
        let pdf = render(&report, paper, Fonts::Bundled).unwrap();
        let file = hayro::hayro_syntax::Pdf::new(pdf.bytes.clone()).unwrap();
        for page in file.pages().iter() {
            let (width, height) = page.render_dimensions();
            assert!((width - size.0).abs() < 0.1 && (height - size.1).abs() < 0.1);
        }
        for at in read(&pdf).iter().flat_map(|page| &page.places) {
            let (side, edge) = (f64::from(SIDE), f64::from(EDGE));
            let inside = (side - 0.5..=f64::from(size.0) - side).contains(&at.x)
                && (edge..=f64::from(size.1) - edge).contains(&at.y);
            assert!(inside, "{at:?} on {paper:?}");
        }
    }
}

#[test]
fn a_large_record_takes_as_many_pages_as_it_needs() {
    let mut report = record(50);
    let mut draft = PatientDraft::from(&report.patient);
    let follow_ups: Vec<String> = (0..200)
        .map(|index| format!("2025-01-{:02} follow-up number {index}", index % 28 + 1))
        .collect();
    draft.set(Field::FollowUps, follow_ups.join("\n"));
    let notes: Vec<String> = (0..1_600).map(|index| format!("n{index}")).collect();
    draft.set(Field::Notes, notes.join(" "));
    report.patient = draft.validate(TODAY).unwrap();
    let start = Instant::now();
    let pdf = rendered(&report);
    let elapsed = start.elapsed();
    let text = text(&pdf);
    for said in follow_ups.iter().chain(&notes) {
        assert!(text.contains(&letters(said)), "{said}");
    }
    assert!((50..=130).contains(&pdf.pages.len()), "{}", pdf.pages.len());
    assert!(pdf.pages.is_sorted_by(|one, next| one.0 <= next.0));
    println!(
        "50 exams: {} pages, {} kB, {elapsed:?}",
        pdf.pages.len(),
        pdf.bytes.len() / 1000
    );
}

#[test]
fn a_table_repeats_its_headings_and_no_heading_stands_alone() {
    let pdf = rendered(&record(50));
    let pages = read(&pdf);
    let with = |words: &str| {
        let holds = |page: &&Read| letters(&page.text).contains(&letters(words));
        pages.iter().filter(holds).count()
    };
    // Fifty rows do not fit below the fields of the patient.
    assert!(with("Largest mean diameter") > 1);
    for page in &pages {
        let text = letters(&page.text);
        let body = text
            .split(&letters("P-0042, Ada Ćwiąkała Byron"))
            .next()
            .unwrap();
        for heading in ["Examination", "Nodules", "Overtime"] {
            assert!(!body.ends_with(heading), "{heading} at the foot");
        }
    }
}

#[test]
fn latin_greek_and_cyrillic_names_have_their_letters_on_any_machine() {
    let names = [
        "Łukasz Żółć-Ćwiąkała",
        "Þórður Æsir Ñandú Ÿnys œuvre ß ẞ",
        "Nguyễn Thị Hường",
        "Şükrü İğdır Ğ",
        "Ελένη Παπαδοπούλου",
        "Щербакова Ёлка Їжак",
        "fifl ffi office",
    ];
    for name in names {
        let pdf = rendered(&named(name));
        assert!(pdf.lacking.is_empty(), "{name}: {:?}", pdf.lacking);
        assert!(text(&pdf).contains(&letters(name)), "{name}");
    }
}

#[test]
fn characters_without_a_font_are_shown_by_number_and_listed_at_the_end() {
    let pdf = rendered(&named("अमित 王"));
    assert_eq!(
        pdf.lacking.iter().copied().collect::<Vec<_>>(),
        ["Devanagari", "Han"]
    );
    let text = text(&pdf);
    for said in [
        "[U+0905][U+092E]",
        "[U+738B]",
        "these scripts: Devanagari, Han.",
    ] {
        assert!(text.contains(&letters(said)), "{said}");
    }
}

#[test]
fn the_systems_fonts_draw_scripts_that_the_bundled_one_lacks() {
    // The fonts differ between machines; scripts without a font must be named.
    for name in ["अमित शर्मा", "王小明", "김민준", "สมชาย", "أحمد"]
    {
        let pdf = render(&named(name), Paper::A4, Fonts::System).unwrap();
        let text = text(&pdf);
        let is_told = text.contains("[U+");
        assert_eq!(is_told, !pdf.lacking.is_empty(), "{name}");
        println!(
            "{name}: lacking {:?}, {} kB",
            pdf.lacking,
            pdf.bytes.len() / 1000
        );
    }
}

#[test]
fn hostile_text_neither_breaks_the_file_nor_leaves_its_place() {
    let names = [
        "\u{1b}[2J\u{202e}gnp.exe",
        "(a) Tj ET endstream endobj %%EOF",
        "\u{0}\u{7}\u{feff}",
        "ﷺ ﷽ à̴̢̛ Z̸̡̛a̷l̵g̶o̷",
        "<script>&amp;</script> \\ \" '",
        "👩‍⚕️ 🏥",
    ];
    for name in names {
        let mut report = named(name);
        report.hospital = name.into();
        report.made_by = name.into();
        report.exams[0].slice.source_path = name.into();
        let pdf = rendered(&report);
        let pages = read(&pdf);
        assert_eq!(pages.len(), pdf.pages.len());
        let text: String = pages.iter().map(|page| page.text.as_str()).collect();
        assert!(!text.chars().any(|letter| letter.is_control()), "{name:?}");
    }
}

#[test]
fn a_picture_that_cannot_be_read_is_named() {
    let mut report = record(1);
    let broken = report.exams[0].key_image.as_mut().unwrap();
    broken.bytes.truncate(40);
    let pdf = rendered(&report);
    assert!(text(&pdf).contains("(thestoredpicturecannotberead)"));
    assert_eq!(
        read(&pdf).iter().map(|page| page.pictures).sum::<usize>(),
        2
    );
}

#[test]
fn a_record_is_final_when_each_of_its_exams_is_signed() {
    let signed = ReportStatus::Final {
        version: 2,
        amends: false,
        signed_by: "Rosa Lind".into(),
        signed_at: "2026-03-09T15:00:00Z".parse().unwrap(),
    };
    let mut report = record(2);
    report.exams[0].status = signed.clone();
    let half = text(&rendered(&report));
    assert!(half.contains("PRELIMINARY") && half.contains("signedbyRosaLind"));
    report.exams[1].status = signed;
    let whole = text(&rendered(&report));
    assert!(whole.contains("FINAL") && !whole.contains("PRELIMINARY"));
    report.exams.clear();
    let none = text(&rendered(&report));
    assert!(!none.contains("FINAL") && !none.contains("PRELIMINARY"));
}

#[test]
fn a_de_identified_copy_shows_neither_names_nor_dates_on_its_pages() {
    let report = record(2);
    let planted: Vec<String> = (Field::entered())
        .filter(|field| !may_contain(*field))
        .map(|field| letters(&report.patient.value(field)))
        .collect();
    let pseudonyms = Pseudonyms::with_key([7; 64]);
    let copy = deidentified(report, &pseudonyms, |_| Ok(()));
    let pdf = rendered(&copy);
    let text = text(&pdf);
    let others = [
        "StAnne",
        "Okafor",
        "Lind",
        "slice-17",
        "2026-0",
        "1970-01-01",
    ];
    for secret in planted.iter().map(String::as_str).chain(others) {
        assert!(!text.contains(secret), "{secret}");
    }
    for said in [
        letters(&pseudonyms.patient("P-0042")).as_str(),
        "De-identifiedcopy",
        "4A(measured)",
    ] {
        assert!(text.contains(said), "{said}");
    }
}

/// The text of the QR code on a page.
fn scanned(pdf: &Pdf, page: usize) -> Option<String> {
    let file = hayro::hayro_syntax::Pdf::new(pdf.bytes.clone()).unwrap();
    let pixmap = hayro::render(
        &file.pages()[page],
        &hayro::RenderCache::new(),
        &InterpreterSettings::default(),
        &hayro::RenderSettings::default(),
        &hayro::PixmapSettings {
            x_scale: 4.0,
            y_scale: 4.0,
            bg_color: hayro::vello_cpu::color::palette::css::WHITE,
        },
    );
    let (width, height) = (usize::from(pixmap.width()), usize::from(pixmap.height()));
    let levels = pixmap.data_as_u8_slice();
    let level = |x: usize, y: usize| levels[4 * (y * width + x)];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, level);
    let grid = image.detect_grids().into_iter().next()?;
    Some(grid.decode().ok()?.1)
}

#[test]
fn a_label_has_name_birth_and_number_and_a_code_that_a_reader_reads() {
    let label = |name: &str, number: &str| Label {
        full_name: name.into(),
        date_of_birth: Some(TODAY),
        number: number.into(),
    };
    let all = [
        label("Ana Pérez", "P-000123"),
        label(
            &"Maximiliana von und zu ".repeat(12),
            "X/2024-00017-LUNG-SCREENING",
        ),
        label("", "7"),
    ];
    for size in LabelSize::ALL {
        let pdf = labels(&all, size, Fonts::Bundled, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let pages = read(&pdf);
        assert_eq!(pages.len(), all.len());
        for (index, label) in all.iter().enumerate() {
            assert_eq!(
                scanned(&pdf, index).as_ref(),
                Some(&label.number),
                "{size:?}"
            );
            let text = pages[index].text.replace(' ', "");
            assert!(text.contains(&format!("born{TODAY}")), "{text}");
            assert!(text.contains(&label.number.replace(' ', "")), "{text}");
        }
        assert!(pages[0].text.contains("Ana Pérez"), "{}", pages[0].text);
    }
}

#[test]
fn a_list_on_paper_repeats_its_headings_and_keeps_every_row() {
    let rows = (1..=150).map(|row| vec![format!("P-{row:04}"), format!("Name {row}")]);
    let listing = crate::report::listing::Listing {
        title: "Patients",
        hospital: "St. Mary".into(),
        subject: "Patients, 150 rows".into(),
        made_by: "Ada Byron".into(),
        made_at: jiff::Timestamp::UNIX_EPOCH,
        columns: vec![("Patient ID", 1.0), ("Name", 3.0)],
        rows: rows.collect(),
    };
    let pdf = draw(&listing.document(), Paper::A4, Fonts::Bundled).unwrap();
    let pages = read(&pdf);
    assert!(pages.len() > 2);
    let whole: String = pages.iter().map(|page| page.text.as_str()).collect();
    for row in 1..=150 {
        assert!(whole.contains(&format!("P-{row:04}")), "{row}");
    }
    for page in &pages {
        assert!(page.text.contains("Patient ID") && page.text.contains("St. Mary"));
        assert!(page.text.contains("150 rows"));
    }
}
