//! Pages of hostile PDF files: a child process handles each, and the error is one sentence.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lunny::imaging::photo::Photo;

use crate::alone;

/// Limit for two seconds of computation on a busy machine.
const LONG: Duration = Duration::from_secs(15);

/// A PDF file of one page: its resources, its content with the entries of its dictionary, and more objects from
/// 5 on.
fn pdf(resources: &str, content: (&str, &[u8]), more: &[&str]) -> Vec<u8> {
    let (filter, stream) = content;
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << {resources} >> >>"
    );
    let begin = format!("<< /Length {} {filter} >>\nstream\n", stream.len());
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        page.into_bytes(),
        [begin.as_bytes(), stream, b"\nendstream"].concat(),
    ];
    objects.extend(more.iter().map(|object| object.as_bytes().to_vec()));
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(bytes.len());
        let begin = format!("{number} 0 obj\n");
        bytes.extend([begin.as_bytes(), object, b"\nendobj\n"].concat());
    }
    let (start, size) = (bytes.len(), objects.len() + 1);
    bytes.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").into_bytes());
    for place in places {
        bytes.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    let end = format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    bytes.extend(end.into_bytes());
    bytes
}

/// Reads a photo like the program does; returns the time, too.
fn read(bytes: &[u8]) -> (Result<Photo, String>, Duration) {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.pdf");
    fs::write(&path, bytes).unwrap();
    let begun = Instant::now();
    let photo = Photo::read(&path).map_err(|error| {
        let sentence = error.to_string();
        sentence.replace(&folder.path().display().to_string(), "…")
    });
    (photo, begun.elapsed())
}

#[test]
fn a_page_is_drawn_by_a_child_process() {
    let (photo, _) = read(&pdf("", ("", b"1 0 0 rg 0 0 300 800 re f"), &[]));
    let photo = photo.unwrap();
    assert_eq!((photo.width, photo.height), (768, 1024));
    let seen = image::load_from_memory(&photo.bytes).unwrap().into_rgb8();
    assert!(seen.get_pixel(100, 500)[0] > 200 && seen.get_pixel(100, 500)[1] < 60);
    assert!(seen.get_pixel(700, 500).0.iter().all(|level| *level > 240));
}

#[test]
fn a_page_that_exhausts_stack_time_or_memory_is_refused() {
    // A form that draws itself twice.
    let form = "<< /Length 11 /Type /XObject /Subtype /Form /BBox [0 0 1 1] \
                /Resources << /XObject << /X 5 0 R >> >> >>\nstream\n/X Do /X Do\nendstream";
    let itself = pdf("/XObject << /X 5 0 R >>", ("", b"/X Do"), &[form]);
    // A line in millions of dashes.
    let dashes = pdf("", ("", b"[0.00001] 0 d 0 0 m 600 800 l 1 w S"), &[]);
    // 1 GB of zeros, deflated twice.
    let mut once = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..1024 {
        once.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let mut twice = ZlibEncoder::new(Vec::new(), Compression::best());
    twice.write_all(&once.finish().unwrap()).unwrap();
    let filters = "/Filter [/FlateDecode /FlateDecode]";
    let bomb = pdf("", (filters, &twice.finish().unwrap()), &[]);
    // A form that refers to itself may be drawn partially.
    assert!(read(&itself).1 < LONG);
    for (name, bytes) in [("dashes", dashes), ("bomb", bomb)] {
        let (photo, took) = read(&bytes);
        let sentence = photo.map(|photo| photo.bytes.len()).unwrap_err();
        assert!(
            sentence.starts_with("the first page of …/photo.pdf cannot be drawn: it "),
            "{name}: {sentence}"
        );
        assert!(took < LONG, "{name}: {took:?}");
    }
}

#[test]
fn the_error_of_the_child_process_is_reported() {
    let (photo, _) = read(b"%PDF-1.7\nand nothing");
    assert_eq!(
        photo.unwrap_err(),
        "the first page of …/photo.pdf cannot be drawn: the file is damaged or locked by a password; save it as PNG or JPEG"
    );
}
