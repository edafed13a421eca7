//! Rows of the list: the exam's nodules, then the proposed lesions that were not accepted.

use crate::clinical::assessment::Lesion;
use crate::clinical::nodule::MeasuredNodule;
use crate::store::{NoduleId, PriorNodule, ReadingRecord, StoredNodule};

/// Row of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Row<'a> {
    Nodule(&'a StoredNodule),
    Lesion(OpenLesion<'a>),
}

/// Identity of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowId {
    Nodule(NoduleId),
    /// Number of a lesion, from 1.
    Lesion(u32),
}

/// Lesion that was not accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OpenLesion<'a> {
    /// From 1, the most suspicious first.
    pub number: u32,
    pub lesion: &'a Lesion,
    pub is_rejected: bool,
}

impl Row<'_> {
    pub(super) fn id(&self) -> RowId {
        match self {
            Self::Nodule(kept) => RowId::Nodule(kept.id),
            Self::Lesion(open) => RowId::Lesion(open.number),
        }
    }
}

impl OpenLesion<'_> {
    /// Nodule that it would be accepted as; `None` if its size is not known.
    pub(super) fn nodule(&self, record: &ReadingRecord) -> Option<MeasuredNodule> {
        MeasuredNodule::proposed(self.lesion, record.series_uid.as_deref())
    }

    /// Nodule of an earlier exam at the same place.
    pub(super) fn prior<'a>(&self, record: &'a ReadingRecord) -> Option<&'a PriorNodule> {
        let slice = self
            .lesion
            .size
            .map_or(self.lesion.slice, |size| size.slice);
        let slice = slice as f64 - 1.0;
        record.prior_at([slice, self.lesion.row, self.lesion.column])
    }
}

/// Rows of an exam, in order.
pub(super) fn of(record: &ReadingRecord) -> Vec<Row<'_>> {
    let reading = &record.reading;
    let decision = |number: u32| {
        let mut decisions = reading.decisions.iter();
        decisions.find(|decision| decision.lesion == number)
    };
    let nodules = reading.nodules.iter().map(Row::Nodule);
    let lesions = (1..).zip(&record.lesions).filter_map(|(number, lesion)| {
        let decision = decision(number);
        let is_accepted = decision.is_some_and(|decision| decision.nodule.is_some());
        let open = OpenLesion {
            number,
            lesion,
            is_rejected: decision.is_some(),
        };
        (!is_accepted).then_some(Row::Lesion(open))
    });
    nodules.chain(lesions).collect()
}

/// Number, from 1, of the lesion that axes on a slice belong to: the nearest one whose place lies within them. `ends`
/// are both ends of both axes in pixels, `slice` counts from 0.
pub(super) fn lesion_at(record: &ReadingRecord, slice: u32, ends: &[[f64; 2]; 4]) -> Option<u32> {
    /// A lesion's place may lie this many pixels beyond the axes, and as many slices away.
    const BEYOND: f64 = 6.0;
    let middle = [0, 1].map(|axis| (ends[0][axis] + ends[1][axis]) / 2.0);
    let reach = (ends[0][0] - ends[1][0]).hypot(ends[0][1] - ends[1][1]) / 2.0 + BEYOND;
    let apart = |lesion: &Lesion| {
        let slices = (lesion.slice as f64 - 1.0 - f64::from(slice)).abs();
        let within = (lesion.row - middle[0]).hypot(lesion.column - middle[1]);
        (slices <= BEYOND && within <= reach).then_some(within + slices)
    };
    of(record)
        .into_iter()
        .filter_map(|row| match row {
            Row::Nodule(_) => None,
            Row::Lesion(open) => Some((open.number, apart(open.lesion)?)),
        })
        .min_by(|one, other| one.1.total_cmp(&other.1))
        .map(|(number, _)| number)
}
