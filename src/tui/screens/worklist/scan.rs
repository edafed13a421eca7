//! The planned exam of a scan, on the screens that show the scan.

use jiff::civil::Date;

use crate::clinical::identity::{Identity, shown_name};
use crate::clinical::scanned_study::ScannedStudy;
use crate::imaging::series::SeriesIdentity;
use crate::store::{PlannedRow, PlannedState, ScanOrder};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::screens::Action;
use crate::tui::screens::viewer::measuring;
use crate::tui::worker::worklist::Request;

/// The order that a scan states.
pub fn order(study: &ScannedStudy, scanned_on: Option<Date>) -> ScanOrder {
    ScanOrder {
        accession: study.accession.clone(),
        scanned_on,
    }
}

/// Asks for the planned exam of a scan; nothing for a scan that states neither its order nor its patient.
pub fn ask(order: &ScanOrder, stated: &Identity, context: &Context<'_>) -> Option<Action> {
    if order.accession.is_none() && stated.number.is_none() {
        return None;
    }
    let request = Request::ForScan {
        access: context.access.cloned()?,
        order: order.clone(),
        stated: Box::new(stated.clone()),
    };
    Some(Action::ask(request))
}

/// The order that a series states.
pub fn order_of(identity: &SeriesIdentity) -> ScanOrder {
    let day = identity.date.as_deref();
    order(&identity.study, day.and_then(measuring::day))
}

/// The patient of a scan in words, scrubbed: name, number, date of birth; none where the scan states none of them.
pub fn whose(stated: &Identity) -> Option<String> {
    let name = stated.name.as_deref().map(shown_name);
    let born = stated.birth_date.map(|born| format!("born {born}"));
    let parts: Vec<String> = [name, stated.number.clone(), born]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| scrub(&parts.join(", ")).into_owned())
}

/// A planned exam in one sentence, scrubbed.
pub fn sentence(row: &PlannedRow) -> String {
    let accession = match row.plan.accession.as_str() {
        "" => String::new(),
        accession => format!(", accession {accession}"),
    };
    let state = match row.state {
        PlannedState::Planned => "Planned",
        PlannedState::Done { .. } => "Planned and done",
        PlannedState::Cancelled { .. } => "Planned and cancelled",
    };
    let told = format!(
        "{state} for {}, {}, on {}{accession}.",
        row.patient.full_name, row.patient.number, row.plan.on
    );
    scrub(&told).into_owned()
}
