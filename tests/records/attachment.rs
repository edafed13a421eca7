//! `lunny attachment` as run by a script, and attachments in `lunny export`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use image::RgbImage;
use lunny::store::{Access, PatientId};
use serde_json::Value;

use crate::support::*;

const ADA: &str = "ada@example.org";

struct TestProgram {
    installation: Installation,
    access: Access,
    patient: PatientId,
    folder: tempfile::TempDir,
}

fn program() -> TestProgram {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let patient = (installation.store)
        .create_patient(&access, &patient("P-1", "Ada Byron"))
        .unwrap();
    TestProgram {
        installation,
        access,
        patient,
        folder: tempfile::tempdir().unwrap(),
    }
}

impl TestProgram {
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
            .args(arguments)
            .args(["--email", ADA])
            .env("LUNNY_HOME", self.installation.home.path())
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may end before reading its input.
        let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
        child.wait_with_output().unwrap()
    }

    /// The lines of a run that has to end with this code.
    fn lines(&self, code: i32, arguments: &[&str]) -> Vec<String> {
        let output = self.run(arguments);
        let complaint = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {complaint}"
        );
        text(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// The complaint about a file that is refused.
    fn refusal(&self, file: &str) -> String {
        let output = self.run(&["attachment", "add", "P-1", file]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(output.stdout.is_empty(), "{file}");
        text(&output.stderr)
    }

    fn count(&self) -> usize {
        let files = self
            .installation
            .store
            .attached_files(&self.access, self.patient);
        files.unwrap().len()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(40, 30, image::Rgb([200, 30, 30]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A PDF file of one empty page.
fn pdf() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] >>",
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = file.len();
    file += "xref\n0 4\n0000000000 65535 f \n";
    for place in places {
        file += &format!("{place:010} 00000 n \n");
    }
    file += &format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

#[test]
fn a_script_adds_lists_saves_deletes_and_restores_attachments() {
    let program = program();
    program.file("referral.pdf", &pdf());
    // The content decides the type.
    program.file("scan of a letter.jpg", &png());
    let added = program.lines(
        0,
        &[
            "attachment",
            "add",
            "p-1",
            "referral.pdf",
            "scan of a letter.jpg",
        ],
    );
    assert_eq!(added, ["A-1: referral.pdf", "A-2: scan of a letter.jpg"]);
    let listed = program.lines(0, &["attachment", "list", "P-1", "--json"]);
    let listed: Vec<Value> = listed
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(listed[0]["media_type"], "image/png");
    assert_eq!(listed[1]["attachment"], "A-1");
    assert_eq!(listed[1]["bytes"], pdf().len());
    let plain = program.lines(0, &["attachment", "list", "P-1"]);
    assert!(plain[0].starts_with("A-2  PNG ") && plain[0].ends_with("scan of a letter.jpg"));

    let to = program.folder.path().join("copies");
    let folder = to.to_str().unwrap();
    let saved = program.lines(
        0,
        &["attachment", "save", "P-1", "A-1", "2", "--to", folder],
    );
    let names = [
        format!("{folder}/scan-of-a-letter.png"),
        format!("{folder}/referral.pdf"),
    ];
    assert_eq!(saved, names);
    assert_eq!(fs::read(&saved[1]).unwrap(), pdf());
    let mode = fs::metadata(&saved[1]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(program.installation.logged("copy attachment", "done"), 2);
    let twice = program.lines(0, &["attachment", "save", "P-1", "--all", "--to", folder]);
    assert!(twice[1].ends_with("/referral-2.pdf"), "{twice:?}");

    assert_eq!(
        program.lines(0, &["attachment", "delete", "A-1"]),
        ["A-1 deleted"]
    );
    assert_eq!(program.count(), 1);
    let output = program.run(&["attachment", "delete", "A-1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("A-1 was not deleted"));
    let output = program.run(&["attachment", "save", "P-1", "A-1", "--to", folder]);
    assert!(text(&output.stderr).contains("P-1 has no attachment A-1"));
    assert_eq!(
        program.lines(0, &["attachment", "restore", "A-1"]),
        ["A-1 restored"]
    );
    assert_eq!(program.count(), 2);
    let output = program.run(&["attachment", "delete", "A-x"]);
    assert!(text(&output.stderr).contains("such as A-12"));
}

#[test]
fn hostile_files_are_refused_in_one_sentence_and_nothing_is_stored() {
    let program = program();
    let folder = program.folder.path();
    program.file("empty.pdf", b"");
    program.file("page.pdf", b"<html>no page</html>");
    program.file("damaged.pdf", b"%PDF-1.7\nand nothing");
    program.file("cut.png", &png()[..60]);
    program.file("large.pdf", &[&pdf()[..], &vec![b' '; 20 << 20]].concat());
    let pipe = folder.join("pipe.pdf");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for (link, target) in [
        ("zero.pdf", "/dev/zero"),
        ("lost.pdf", "gone"),
        ("loop.pdf", "loop.pdf"),
    ] {
        std::os::unix::fs::symlink(target, folder.join(link)).unwrap();
    }
    fs::create_dir(folder.join("folder.pdf")).unwrap();
    for (file, reason) in [
        ("empty.pdf", "because it is empty"),
        ("page.pdf", "not a PDF, JPEG or PNG file"),
        ("damaged.pdf", "damaged or locked by a password"),
        ("cut.png", "cut.png"),
        (
            "large.pdf",
            "larger than 20 MB (attachment_mb in config.toml)",
        ),
        ("pipe.pdf", "a pipe or a device"),
        ("zero.pdf", "a pipe or a device"),
        ("lost.pdf", "cannot be read"),
        ("loop.pdf", "cannot be read"),
        ("folder.pdf", "it is a folder"),
    ] {
        let said = program.refusal(file);
        assert!(said.contains(reason), "{file}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(program.count(), 0);
    // A link to a file is that file, and one refusal does not hold up the others.
    program.file("page-1.pdf", &pdf());
    std::os::unix::fs::symlink("page-1.pdf", folder.join("link.pdf")).unwrap();
    let added = program.lines(2, &["attachment", "add", "P-1", "empty.pdf", "link.pdf"]);
    assert_eq!(added, ["A-1: link.pdf"]);
}

#[test]
fn limits_are_set_in_the_configuration() {
    let program = program();
    fs::write(
        program.installation.home.path().join("config.toml"),
        "attachment_mb = 1\nrecord_attachments_mb = 1\n",
    )
    .unwrap();
    program.file("large.pdf", &[&pdf()[..], &vec![b' '; 1 << 20]].concat());
    assert!(program.refusal("large.pdf").contains("larger than 1 MB"));
    program.file("small.pdf", &[&pdf()[..], &vec![b' '; 900 << 10]].concat());
    program.lines(0, &["attachment", "add", "P-1", "small.pdf"]);
    program.file("more.pdf", &[&pdf()[..], &vec![b' '; 500 << 10]].concat());
    let said = program.refusal("more.pdf");
    assert!(said.contains("would exceed 1 MB"), "{said}");
}

#[test]
fn an_export_has_the_attachments_unless_it_is_de_identified() {
    let program = program();
    program.file("referral.pdf", &pdf());
    program.lines(0, &["attachment", "add", "P-1", "referral.pdf"]);
    let to = program.folder.path().join("out");
    let folder = to.to_str().unwrap();
    let export = ["export", "P-1", "--to", folder, "--format", "attachments"];
    let written = program.lines(0, &export);
    assert_eq!(written, [format!("{folder}/P-1-referral.pdf")]);
    assert_eq!(fs::read(Path::new(&written[0])).unwrap(), pdf());
    let output = program.run(&[&export[..], &["--deidentified"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = text(&output.stderr);
    assert!(
        said.contains("may show who the patient is") && !said.contains("referral"),
        "{said}"
    );
}
