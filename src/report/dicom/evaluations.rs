//! Conclusions on the whole exam: "Qualitative Evaluations" of TID 1500 (DICOM PS3.16).

use super::codes::{own, standard};
use super::content::ContentItem;
use super::general::Subject;
use crate::clinical::lung_rads::Category;
use crate::clinical::report::DISCLAIMER;

/// The category with its basis and management, and the status of the written report.
pub(super) fn container(subject: &Subject) -> ContentItem {
    let mut items = category(subject);
    let exam = subject.exam;
    let incomplete = exam.reading.circumstances.incomplete.map(own::incomplete);
    items.extend(incomplete.map(|reason| ContentItem::code(own::INCOMPLETE, reason)));
    items.extend(ContentItem::text(
        own::REPORT_STATUS,
        &subject.record.status_line(exam),
    ));
    items.extend(ContentItem::text(standard::COMMENT, DISCLAIMER));
    ContentItem::container(standard::QUALITATIVE_EVALUATIONS, items)
}

/// The measured category, or the one that the model suggests; empty if nothing supports one. The name of the item states the
/// kind, so that they cannot be confused.
fn category(subject: &Subject) -> Vec<ContentItem> {
    let exam = subject.exam;
    let Some(measured) = exam.reading.category() else {
        let suggested = exam.slice.assessment.suggested_category();
        let suggested = suggested.map(own::suggested);
        let suggested = suggested.map(|code| ContentItem::code(own::CATEGORY_SUGGESTED, code));
        return suggested.into_iter().collect();
    };
    let category = own::category(measured.category);
    let mut items = vec![ContentItem::code(own::CATEGORY_MEASURED, category)];
    if measured.modifier_s {
        items.push(ContentItem::code(own::MODIFIER, own::MODIFIER_S));
    }
    let rule = match measured.nodule {
        Some(index) => format!("{}, by nodule {}", measured.rule, index + 1),
        None => measured.rule,
    };
    items.extend(ContentItem::text(own::CATEGORY_RULE, &rule));
    let seen = match exam.reading.nodule_count() {
        1 => "1 nodule".to_owned(),
        count => format!("{count} nodules"),
    };
    items.extend(ContentItem::text(own::NODULES_SEEN, &seen));
    let management = Category::management(measured.category);
    items.extend(ContentItem::text(standard::RECOMMENDATION, management));
    items
}
