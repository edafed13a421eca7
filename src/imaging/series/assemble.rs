//! Groups the frames of many files into series.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::candidate::{Candidate, counted, names};
use super::natural::by_name;
use super::order::{Ordered, order};
use super::stack::{Parted, Stack, part};
use super::{Geometry, Series, SeriesIdentity, numbering, own_uids};
use crate::imaging::Format;

/// Key that groups slices into a series, before their geometry is compared.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum GroupKey {
    /// (0020,000E) SeriesInstanceUID.
    Uid(String),
    /// DICOM without a series UID: files in one folder with the same attributes.
    Unnamed {
        folder: PathBuf,
        modality: Option<String>,
        description: Option<String>,
    },
    /// Pictures without attributes: those of one format and size in a folder.
    Pictures {
        folder: PathBuf,
        format: &'static str,
        size: [u32; 2],
    },
    /// A volume is its own series.
    File(PathBuf),
}

impl GroupKey {
    fn of(candidate: &Candidate) -> Self {
        let Candidate {
            source, identity, ..
        } = candidate;
        let folder = || {
            source
                .path
                .parent()
                .map_or_else(PathBuf::new, PathBuf::from)
        };
        match &identity.series_uid {
            Some(uid) => Self::Uid(uid.clone()),
            None if identity.transfer_syntax.is_some() || identity.modality.is_some() => {
                Self::Unnamed {
                    folder: folder(),
                    modality: identity.modality.clone(),
                    description: identity.description.clone(),
                }
            }
            None if identity.format == Format::Nifti || candidate.frames_in_file > 1 => {
                Self::File(source.path.clone())
            }
            None => Self::Pictures {
                folder: folder(),
                format: identity.format.label(),
                size: [candidate.rows, candidate.columns],
            },
        }
    }
}

/// Groups, splits, orders and checks; the series with most slices comes first and gets the remarks on all
/// files.
pub(super) fn assemble(mut candidates: Vec<Candidate>, mut remarks: Vec<String>) -> Vec<Series> {
    numbering::remove(&mut candidates);
    let (localizers, pictures): (Vec<_>, Vec<_>) = candidates
        .into_iter()
        .partition(|candidate| candidate.localizer);
    // If there are only localizers, they are shown.
    let mut candidates = if pictures.is_empty() {
        localizers
    } else {
        if !localizers.is_empty() {
            remarks.push(format!(
                "{} left out: {}",
                counted(localizers.len(), "localizer was", "localizers were"),
                names(&localizers)
            ));
        }
        pictures
    };
    remarks.extend(own_uids::remove(&mut candidates));
    let mut groups: BTreeMap<GroupKey, Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates {
        let group = groups.entry(GroupKey::of(&candidate)).or_default();
        group.push(candidate);
    }
    let mut all: Vec<Series> = groups.into_values().flat_map(of_group).collect();
    all.sort_by(|one, other| {
        let first = |series: &Series| series.slices.first().map(|slice| slice.path.clone());
        other
            .len()
            .cmp(&one.len())
            .then_with(|| match (first(one), first(other)) {
                (Some(one), Some(other)) => by_name(&one, &other),
                _ => std::cmp::Ordering::Equal,
            })
    });
    if let Some(first) = all.first_mut() {
        first.remarks.extend(remarks);
    }
    all
}

fn of_group(candidates: Vec<Candidate>) -> Vec<Series> {
    let total = candidates.len();
    let Parted {
        stacks,
        differences,
        left_out,
    } = part(candidates);
    let parts = stacks.len();
    let mut all: Vec<Series> = stacks
        .into_iter()
        .filter_map(|stack| {
            let share = stack.frames.len();
            let mut series = of_stack(stack)?;
            if parts > 1 {
                series.remarks.insert(
                0,
                format!(
                    "these are {share} of {total} slices of the series; the others differ in {}",
                    differences.join(" and ")
                ),
            );
            }
            Some(series)
        })
        .collect();
    if let (Some(first), false) = (all.first_mut(), left_out.is_empty()) {
        first.remarks.push(format!(
            "{} of other kinds left out: {}",
            counted(left_out.len(), "slice was", "slices were"),
            names(&left_out)
        ));
    }
    all
}

/// A remark on files that have more pixels than frames.
fn surplus(frames: &[Candidate]) -> Option<String> {
    let more = |frame: &&Candidate| frame.source.frame == 0 && frame.surplus_frames > 0;
    let files: Vec<Candidate> = frames.iter().filter(more).cloned().collect();
    let words = counted(files.len(), "file has pixels", "files have pixels");
    (!files.is_empty()).then(|| {
        format!(
            "{words} for more frames than stated; those are left out: {}",
            names(&files)
        )
    })
}

fn of_stack(stack: Stack) -> Option<Series> {
    let Ordered {
        frames,
        step_mm,
        mut remarks,
    } = order(stack.frames, stack.remarks);
    let first = frames.first()?;
    let mut identity = SeriesIdentity::clone(&first.identity);
    let syntaxes: BTreeSet<_> = (frames.iter())
        .filter_map(|frame| frame.identity.transfer_syntax.as_deref())
        .collect();
    if syntaxes.len() > 1 {
        identity.transfer_syntax = None;
        remarks.push(format!(
            "the slices are stored in {} transfer syntaxes",
            syntaxes.len()
        ));
    }
    remarks.extend(surplus(&frames));
    if first.other_values && first.identity.modality.as_deref() == Some("CT") {
        remarks.push(
            "the values are not Hounsfield units: the file states another RescaleType".to_owned(),
        );
    }
    let geometry = Geometry {
        rows: first.rows,
        columns: first.columns,
        spacing_mm: first.spacing_mm,
        orientation: first.orientation,
        step_mm,
    };
    let slices = frames.into_iter().map(|frame| frame.source).collect();
    Some(Series::new(identity, geometry, slices, remarks))
}
