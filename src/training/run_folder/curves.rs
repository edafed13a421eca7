//! Learning curves from a log.

use crate::training::plots::LearningCurve;

/// The losses and areas of every member of every part, from the log's rows.
pub(super) fn curves(log: &[String]) -> Vec<LearningCurve> {
    let fit = |row: &String| {
        let mut fields = row.split(',').map(str::to_owned);
        (fields.next(), fields.next())
    };
    let fits = log.chunk_by(|one, other| fit(one) == fit(other));
    let figure = |row: &String, column: usize| -> f64 {
        // Missing figures become NaN, which is not drawn.
        let field = row.split(',').nth(column).unwrap_or_default();
        field.parse().unwrap_or(f64::NAN)
    };
    fits.map(|rows| {
        let figures = |column| rows.iter().map(|row| figure(row, column)).collect();
        LearningCurve {
            training_loss: figures(4),
            validation_loss: figures(5),
            validation_auc: figures(6),
        }
    })
    .collect()
}
