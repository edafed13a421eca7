//! Loaded rows of a table that may have a million, and loading those around another row. Pages start from the nearest
//! known row, never from a deep offset.

use crate::store::{Count, PageStart, PatientPage, PatientRow};

/// Rows per request: more than any terminal shows.
pub(super) const PAGE: u32 = 200;

/// The loaded rows.
#[derive(Debug)]
pub(super) struct Window {
    rows: Vec<PatientRow>,
    /// Index of the first of them in the whole table.
    first: usize,
    total: Count,
    is_similar: bool,
}

/// Page that was requested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PageRequest {
    pub start: PageStart,
    pub skip: u32,
    /// Index in the whole table of the start: the first row of the page, or the one after its last.
    at: usize,
}

impl Window {
    /// Window from the answer to `asked`.
    pub(super) fn new(asked: PageRequest, page: PatientPage) -> Self {
        let first = match asked.start {
            PageStart::First | PageStart::After(_) => asked.at,
            PageStart::Before(_) if page.rows.len() < PAGE as usize => 0,
            PageStart::Before(_) => asked.at.saturating_sub(page.rows.len()),
            PageStart::Last => {
                let behind = page.total.known().saturating_sub(asked.skip.into()) as usize;
                behind.saturating_sub(page.rows.len())
            }
        };
        Self {
            rows: page.rows,
            first,
            total: page.total,
            is_similar: page.is_similar,
        }
    }

    /// True if the rows are similar names, because no patient matches.
    pub(crate) fn is_similar(&self) -> bool {
        self.is_similar
    }

    /// Number of rows in the whole table, as far as counted.
    pub(crate) fn total(&self) -> Count {
        self.total
    }

    /// Number of rows that are known in all.
    pub(super) fn known(&self) -> usize {
        let counted = self.total.known() as usize;
        match self.total {
            Count::Exactly(_) => counted,
            // There are more rows; going there counts them.
            Count::MoreThan(_) => counted.max(self.behind()),
        }
    }

    /// Row by its index in the whole table; none if it is not loaded.
    pub(super) fn row(&self, index: usize) -> Option<&PatientRow> {
        self.rows.get(index.checked_sub(self.first)?)
    }

    /// Index in the whole table of the first loaded row that `is_it` accepts.
    pub(super) fn place(&self, is_it: impl FnMut(&PatientRow) -> bool) -> Option<usize> {
        self.rows
            .iter()
            .position(is_it)
            .map(|place| self.first + place)
    }

    /// Index of the row after the last loaded one.
    fn behind(&self) -> usize {
        self.first + self.rows.len()
    }

    /// Page to request when the selection comes near the end of the loaded rows.
    pub(super) fn around(&self, selected: usize, margin: usize) -> Option<PageRequest> {
        let page = PAGE as usize;
        let margin = margin.min(page / 4);
        let whole = self.rows.len() == page;
        let more = match self.total {
            Count::Exactly(_) => self.behind() < self.known(),
            Count::MoreThan(_) => whole || self.behind() < self.known(),
        };
        let above = selected < self.first + margin && self.first > 0;
        let below = selected + margin >= self.behind() && more;
        if !above && !below {
            return None;
        }
        let wanted = selected.saturating_sub(page / 2);
        Some(self.page_at(wanted))
    }

    /// Page whose first row is `wanted`, from the nearest known row.
    fn page_at(&self, wanted: usize) -> PageRequest {
        let ends = wanted + PAGE as usize;
        let mut ways = vec![(PageStart::First, wanted, wanted)];
        if let (Some(last), Some(before)) = (self.behind().checked_sub(1), wanted.checked_sub(1))
            && let Some(row) = self.row(before.min(last))
        {
            let skip = before - before.min(last);
            ways.push((PageStart::After(row.cursor), skip, wanted));
        }
        if let Some(row) = self.row(ends.max(self.first)) {
            let skip = ends.max(self.first) - ends;
            ways.push((PageStart::Before(row.cursor), skip, ends));
        }
        if let Count::Exactly(total) = self.total {
            let total = total as usize;
            ways.push((PageStart::Last, total.saturating_sub(ends), ends.min(total)));
        }
        let nearest = ways.into_iter().min_by_key(|(_, skip, _)| *skip);
        nearest.map_or_else(PageRequest::default, |(start, skip, at)| PageRequest {
            start,
            skip: skip as u32,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::PatientQuery;

    #[test]
    fn a_jump_starts_at_the_nearest_end_and_a_step_at_a_known_row() {
        let window = Window {
            rows: Vec::new(),
            first: 0,
            total: Count::Exactly(1_000_000),
            is_similar: false,
        };
        let end = window.page_at(999_900);
        assert_eq!(
            (end.start, end.skip, end.at),
            (PageStart::Last, 0, 1_000_000)
        );
        let near = window.page_at(999_000);
        assert_eq!((near.start, near.skip), (PageStart::Last, 800));
        let top = window.page_at(300);
        assert_eq!((top.start, top.skip), (PageStart::First, 300));
        assert_eq!(PageRequest::default().start, PatientQuery::default().start);
    }

    #[test]
    fn a_page_knows_its_place_in_the_whole_table() {
        let page = |total| PatientPage {
            rows: Vec::new(),
            total,
            is_similar: false,
        };
        let last = PageRequest {
            start: PageStart::Last,
            skip: 5,
            at: 95,
        };
        assert_eq!(Window::new(last, page(Count::Exactly(100))).first, 95);
        let open = Window::new(PageRequest::default(), page(Count::MoreThan(1000)));
        assert_eq!(open.known(), 1000);
        assert!(open.around(999, 10).is_some());
    }
}
