//! Pixels that are floating-point numbers (PS3.3 C.7.6.24): of parametric maps and of research software.

use super::super::Pixels;
use super::super::error::Fault;
use super::super::scan::DARKEST_HU;
use super::dataset::DataSet;
use super::encapsulated::Stored;
use super::samples::rows_and_columns;
use super::syntax::ByteOrder;
use super::walk::Values;

/// The values of a frame.
pub(super) fn values(dataset: &DataSet, body: &[u8], frame: usize) -> Result<Vec<f64>, Fault> {
    let Some(Stored::Native(range)) = &dataset.pixels else {
        return Err(Fault::damaged("its floating-point pixels are packed"));
    };
    let each = match dataset.values_are {
        Values::Doubles => size_of::<f64>(),
        _ => size_of::<f32>(),
    };
    let (rows, columns) = rows_and_columns(dataset)?;
    let bytes = rows as usize * columns as usize * each;
    let from = frame.checked_mul(bytes).ok_or(Fault::CutShort)?;
    let pixels = body.get(range.clone()).ok_or(Fault::CutShort)?;
    let stored = pixels.get(from..).and_then(|rest| rest.get(..bytes));
    let big_endian = dataset.layout.byte_order == ByteOrder::BigEndian;
    let number = |stored: &[u8]| {
        let mut bytes = stored.to_vec();
        if big_endian {
            bytes.reverse();
        }
        match *bytes.as_slice() {
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]).into(),
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => 0.0,
        }
    };
    let values = stored.ok_or(Fault::CutShort)?.chunks_exact(each);
    Ok(values.map(number).collect())
}

/// Hounsfield units by slope and intercept, or grey levels from the darkest to the brightest value. A value that is no number
/// is the darkest.
pub(super) fn pixels(values: &[f64], rescale: Option<[f64; 2]>) -> Pixels {
    if let Some([slope, intercept]) = rescale {
        let hounsfield = values
            .iter()
            .map(|value| (value * slope + intercept).round());
        return Pixels::Hounsfield(
            hounsfield
                .map(|value| value.max(DARKEST_HU) as i16)
                .collect(),
        );
    }
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (darkest, brightest) = finite
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let range = (brightest - darkest).max(f64::MIN_POSITIVE);
    let levels = values
        .iter()
        .map(|value| ((value - darkest) * 255.0 / range).round() as u8);
    Pixels::Grey(levels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_units_or_levels() {
        let values = [-2000.0, 0.4, 40.6, 1e9, f64::NAN];
        let units = Pixels::Hounsfield(vec![-1024, 0, 41, i16::MAX, -1024]);
        assert_eq!(pixels(&values, Some([1.0, 0.0])), units);
        let levels = [0.0, 0.5, 1.0, f64::NAN, f64::INFINITY];
        assert_eq!(
            pixels(&levels, None),
            Pixels::Grey(vec![0, 128, 255, 0, 255])
        );
        assert_eq!(pixels(&[f64::NAN; 2], None), Pixels::Grey(vec![0, 0]));
    }
}
