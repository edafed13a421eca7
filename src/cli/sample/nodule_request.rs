//! Parser for `--nodule`.

use std::str::FromStr;

use crate::clinical::text::shown;
use crate::imaging::phantom::{Kind, Lobe, Nodule};
use crate::text::scrub;

/// Smallest and largest nodule, in mm.
const SIZES: std::ops::RangeInclusive<f64> = 2.0..=40.0;

/// Nodule to be made, and its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NoduleRequest {
    pub nodule: Nodule,
    pub place: Place,
}

/// Place of a nodule in the lungs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    Anywhere,
    In(Lobe),
    /// Exactly there, in mm.
    At([f64; 3]),
}

/// Reasons why a nodule cannot be made as it was asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum NoduleRequestError {
    #[error(
        "write TYPE:DIAMETER or TYPE:DIAMETER:PLACE, like solid:8 or part-solid:14/6:right-upper"
    )]
    Parts,
    #[error("only a part-solid nodule has a solid core")]
    Core,
    #[error("the solid core must be smaller than the nodule")]
    LargeCore,
    #[error("“{typed}” is not a valid size: give {} to {} mm", SIZES.start(), SIZES.end())]
    Size { typed: String },
    #[error("“{typed}” is not a valid place: give x,y,z in mm")]
    Place { typed: String },
    #[error("“{typed}” is not one of {}", words.join(", "))]
    Word {
        typed: String,
        words: Vec<&'static str>,
    },
}

impl FromStr for NoduleRequest {
    type Err = NoduleRequestError;

    fn from_str(typed: &str) -> Result<Self, NoduleRequestError> {
        let mut parts = typed.splitn(3, ':');
        let (Some(kind), Some(size)) = (parts.next(), parts.next()) else {
            return Err(NoduleRequestError::Parts);
        };
        let kind = one_of(&Kind::ALL, Kind::as_str, kind)?;
        let place = match parts.next() {
            None => Place::Anywhere,
            Some(place) if place.contains(',') => Place::At(coordinates(place)?),
            Some(place) => Place::In(one_of(&Lobe::ALL, Lobe::as_str, place)?),
        };
        Ok(Self {
            nodule: sized(kind, size)?,
            place,
        })
    }
}

fn sized(kind: Kind, size: &str) -> Result<Nodule, NoduleRequestError> {
    let (axes, core) = match size.split_once('/') {
        Some((axes, core)) => (axes, Some(millimetres(core)?)),
        None => (size, None),
    };
    let (one, other) = match axes.split_once('x') {
        Some((one, other)) => (millimetres(one)?, millimetres(other)?),
        None => (millimetres(axes)?, millimetres(axes)?),
    };
    let (long_mm, short_mm) = (one.max(other), one.min(other));
    let round = Nodule::ball(kind, [0.0; 3], short_mm);
    let core_mm = match core {
        Some(_) if kind != Kind::PartSolid => {
            return Err(NoduleRequestError::Core);
        }
        Some(core) if core >= short_mm => {
            return Err(NoduleRequestError::LargeCore);
        }
        Some(core) => Some(core),
        None => round.core_mm,
    };
    Ok(Nodule {
        long_mm,
        short_mm,
        core_mm,
        ..round
    })
}

fn millimetres(typed: &str) -> Result<f64, NoduleRequestError> {
    let number = typed.parse().ok().filter(|mm| SIZES.contains(mm));
    number.ok_or_else(|| NoduleRequestError::Size {
        typed: shown(&scrub(typed)),
    })
}

fn coordinates(typed: &str) -> Result<[f64; 3], NoduleRequestError> {
    let numbers: Option<Vec<f64>> = (typed.split(','))
        .map(|part| {
            part.trim()
                .parse()
                .ok()
                .filter(|mm: &f64| mm.abs() <= 1000.0)
        })
        .collect();
    numbers
        .and_then(|numbers| numbers.try_into().ok())
        .ok_or_else(|| NoduleRequestError::Place {
            typed: shown(&scrub(typed)),
        })
}

fn one_of<T: Copy>(
    all: &[T],
    as_str: fn(T) -> &'static str,
    typed: &str,
) -> Result<T, NoduleRequestError> {
    let found = all.iter().copied().find(|&value| as_str(value) == typed);
    found.ok_or_else(|| NoduleRequestError::Word {
        typed: shown(&scrub(typed)),
        words: all.iter().map(|&value| as_str(value)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodule_is_written_with_its_size_and_place() {
        let wanted: NoduleRequest = "part-solid:14x10/6:left-lower".parse().unwrap();
        assert_eq!(wanted.place, Place::In(Lobe::LeftLower));
        assert_eq!(
            (wanted.nodule.long_mm, wanted.nodule.short_mm),
            (14.0, 10.0)
        );
        assert_eq!(wanted.nodule.core_mm, Some(6.0));
        let wanted: NoduleRequest = "solid:6x8.5:-80,20,150.5".parse().unwrap();
        assert_eq!(wanted.place, Place::At([-80.0, 20.0, 150.5]));
        assert_eq!((wanted.nodule.long_mm, wanted.nodule.core_mm), (8.5, None));
        let wanted: NoduleRequest = "part-solid:14".parse().unwrap();
        assert_eq!(
            (wanted.place, wanted.nodule.core_mm),
            (Place::Anywhere, Some(7.0))
        );
    }

    #[test]
    fn an_impossible_nodule_is_refused_with_a_reason() {
        for (typed, word) in [
            ("solid", "TYPE:DIAMETER"),
            ("soft:8", "not one of solid, part-solid"),
            ("solid:0", "2 to 40 mm"),
            ("solid:NaN", "2 to 40 mm"),
            ("solid:8/4", "only a part-solid"),
            ("part-solid:8/8", "smaller than"),
            ("solid:8:heart", "not one of right-upper"),
            ("solid:8:1,2", "x,y,z"),
            ("solid:8:1,2,inf", "x,y,z"),
        ] {
            let error = typed.parse::<NoduleRequest>().unwrap_err().to_string();
            assert!(error.contains(word), "{typed}: {error}");
        }
    }
}
