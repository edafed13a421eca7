//! A page is drawn on a thread of its own, with a stack of a known size: when the drawing panics or takes too long, the file
//! has no photo, and nothing else is affected.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use image::RgbImage;

use super::DRAWING_THREAD;
use super::page::{self, MOST_PDF_BYTES, PageFault};

/// Time limit for drawing a page. In a child process the limit on its processor time ends it sooner.
const LONGEST_DRAWING: Duration = Duration::from_secs(20);

/// The stack that a page is drawn on, in bytes. A page that needs more refers to itself.
const STACK: usize = 16 << 20;

/// The first page of a PDF file as a picture.
pub(super) fn first_page(bytes: &[u8]) -> Result<RgbImage, PageFault> {
    if bytes.len() > MOST_PDF_BYTES {
        return Err(PageFault::TooLarge);
    }
    let bytes = bytes.to_vec();
    let (sender, receiver) = mpsc::channel();
    let drawing = thread::Builder::new()
        .name(DRAWING_THREAD.to_owned())
        .stack_size(STACK);
    let drawing = drawing.spawn(move || {
        // It may have taken so long that nothing listens any more.
        let _ = sender.send(page::draw(bytes));
    });
    drawing.map_err(|_| PageFault::NotStarted)?;
    match receiver.recv_timeout(LONGEST_DRAWING) {
        Ok(drawn) => drawn,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(PageFault::TooLong),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(PageFault::Damaged),
    }
}
