//! The radiologist's text: headings of a diagnostic imaging report with a text each (DICOM PS3.16, CID 7001 and 7002).

use super::codes::standard;
use super::content::ContentItem;
use super::general::Subject;

/// The findings, the impression and the recommendation, and the addenda; empty without any.
pub(super) fn containers(subject: &Subject) -> Vec<ContentItem> {
    let words = &subject.exam.reading.words;
    let parts = [
        (
            standard::FINDINGS_HEADING,
            standard::FINDING_TEXT,
            &words.findings,
        ),
        (
            standard::IMPRESSIONS_HEADING,
            standard::IMPRESSION_TEXT,
            &words.impression,
        ),
        (
            standard::RECOMMENDATIONS_HEADING,
            standard::RECOMMENDATION,
            &words.recommendation,
        ),
    ];
    let stated = parts.into_iter().filter_map(|(heading, name, text)| {
        Some(ContentItem::container(
            heading,
            vec![ContentItem::text(name, text)?],
        ))
    });
    let addenda = subject.exam.addenda.iter().filter_map(|addendum| {
        let text = ContentItem::text(standard::COMMENT, &addendum.text)?;
        let written = ContentItem::text(
            standard::COMMENT,
            &format!("Written {}", addendum.signature()),
        );
        let items = [text].into_iter().chain(written).collect();
        Some(ContentItem::container(standard::ADDENDUM_HEADING, items))
    });
    stated.chain(addenda).collect()
}
