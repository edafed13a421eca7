//! Lesions of a whole exam: joined proposals of neighbouring slices.

use super::reader::Proposal;

/// Minimum score of a proposal that starts a lesion of the exam.
const LEAST: f32 = 0.05;
/// Maximum distance along the normal of two slices whose proposals may be one lesion, in mm; neighbouring
/// slices are always near enough.
const FARTHEST_MM: f32 = 8.0;
/// Maximum distance of the two proposals within the slice, in mm, or half a diameter if that is more.
const SHIFT_MM: f32 = 6.0;
/// Maximum number of slices whose scores are averaged for a lesion, if it extends over so many.
const MOST_AVERAGED: usize = 3;
/// Maximum number of lesions of an exam.
const MOST: usize = 20;

/// Proposals on one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceProposals {
    /// Position of the slice along the normal, in mm.
    pub position_mm: f32,
    /// Distance between rows and between columns, in mm.
    pub spacing_mm: [f32; 2],
    pub proposals: Vec<Proposal>,
}

/// A lesion of an exam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExamLesion {
    /// The slice on which the lesion is most suspicious, from 0, and its position there.
    pub slice: usize,
    pub row: f32,
    pub column: f32,
    pub diameter_mm: f32,
    /// Mean over the slices that a lesion of its size should extend over; not calibrated.
    pub score: f32,
    /// First and last slice on which the lesion was proposed, from 0.
    pub first: usize,
    pub last: usize,
}

struct Track {
    members: Vec<(usize, Proposal)>,
}

impl Track {
    fn last(&self) -> Option<&(usize, Proposal)> {
        self.members.last()
    }

    fn lesion(&self, slices: &[SliceProposals]) -> Option<ExamLesion> {
        let (slice, best) = self
            .members
            .iter()
            .max_by(|a, b| a.1.score.total_cmp(&b.1.score))?;
        let first = self.members.first()?.0;
        let last = self.members.last()?.0;
        // Slices within the extent of a lesion of this size, as far as the exam has them.
        let reach = 0.5 * best.diameter_mm;
        let here = slices.get(*slice)?.position_mm;
        let reached = slices
            .iter()
            .filter(|other| (other.position_mm - here).abs() <= reach)
            .count();
        let averaged = reached.clamp(1, MOST_AVERAGED);
        let mut scores: Vec<f32> = self
            .members
            .iter()
            .map(|(_, proposal)| proposal.score)
            .collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        let score = scores.iter().take(averaged).sum::<f32>() / averaged as f32;
        Some(ExamLesion {
            slice: *slice,
            row: best.row,
            column: best.column,
            diameter_mm: best.diameter_mm,
            score,
            first,
            last,
        })
    }
}

/// Joins the proposals of `slices`, which are in order; the most suspicious lesion comes first.
pub fn join(slices: &[SliceProposals]) -> Vec<ExamLesion> {
    let mut tracks: Vec<Track> = Vec::new();
    for (number, slice) in slices.iter().enumerate() {
        for proposal in slice
            .proposals
            .iter()
            .filter(|proposal| proposal.score >= LEAST)
        {
            let distance = |track: &Track| -> Option<f32> {
                let (last, before) = track.last()?;
                let apart = (slice.position_mm - slices.get(*last)?.position_mm).abs();
                let near = *last < number && (apart <= FARTHEST_MM);
                let shift = ((proposal.row - before.row) * slice.spacing_mm[0])
                    .hypot((proposal.column - before.column) * slice.spacing_mm[1]);
                let reach = SHIFT_MM.max(0.5 * before.diameter_mm.max(proposal.diameter_mm));
                (near && shift <= reach).then_some(shift)
            };
            let nearest = tracks
                .iter_mut()
                .filter_map(|track| Some((distance(track)?, track)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            match nearest {
                Some((_, track)) => track.members.push((number, *proposal)),
                None => tracks.push(Track {
                    members: vec![(number, *proposal)],
                }),
            }
        }
    }
    let mut lesions: Vec<ExamLesion> = tracks
        .iter()
        .filter_map(|track| track.lesion(slices))
        .collect();
    lesions.sort_by(|a, b| b.score.total_cmp(&a.score));
    lesions.truncate(MOST);
    lesions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(number: usize, step: f32, places: &[(f32, f32, f32)]) -> SliceProposals {
        let proposal = |(row, column, score): &(f32, f32, f32)| Proposal {
            row: *row,
            column: *column,
            diameter_mm: 8.0,
            score: *score,
            lesion: *score,
        };
        SliceProposals {
            position_mm: number as f32 * step,
            spacing_mm: [0.7; 2],
            proposals: places.iter().map(proposal).collect(),
        }
    }

    #[test]
    fn proposals_of_neighbouring_slices_are_one_lesion() {
        let slices = [
            slice(0, 2.5, &[(100.0, 100.0, 0.5)]),
            slice(1, 2.5, &[(102.0, 101.0, 0.9), (300.0, 300.0, 0.6)]),
            slice(2, 2.5, &[(103.0, 102.0, 0.7)]),
        ];
        let lesions = join(&slices);
        assert_eq!(lesions.len(), 2);
        assert_eq!(
            (lesions[0].slice, lesions[0].first, lesions[0].last),
            (1, 0, 2)
        );
        assert!((lesions[0].score - 0.7).abs() < 1e-6);
        // A sphere of 8 mm would show on three slices; this one shows on one.
        assert!((lesions[1].score - 0.2).abs() < 1e-6);
    }

    #[test]
    fn on_thick_slices_one_slice_is_enough() {
        let lesions = join(&[slice(0, 10.0, &[]), slice(1, 10.0, &[(100.0, 100.0, 0.6)])]);
        assert!((lesions[0].score - 0.6).abs() < 1e-6);
    }

    #[test]
    fn two_lesions_of_one_slice_stay_two() {
        let both = [(100.0, 100.0, 0.6), (100.0, 106.0, 0.5)];
        assert_eq!(join(&[slice(0, 2.5, &both)]).len(), 2);
    }

    #[test]
    fn an_exam_without_proposals_has_no_lesions() {
        assert!(join(&[]).is_empty());
        assert!(join(&[slice(0, 2.5, &[])]).is_empty());
    }
}
