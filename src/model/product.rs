//! Matrix products on flat row-major memory.

#![expect(unsafe_code, reason = "gemm takes its matrices as pointers")]

use gemm::{Parallelism, gemm};

/// A matrix in memory.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    turned: bool,
}

impl<'a> Matrix<'a> {
    /// `(rows, columns)`, row by row.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(
            values.len(),
            rows * columns,
            "the length must be rows × columns"
        );
        Self {
            values,
            rows,
            columns,
            turned: false,
        }
    }

    /// The transposed matrix; no data is moved.
    pub fn turned(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            turned: !self.turned,
            ..self
        }
    }

    /// Strides to the next column and to the next row, in values.
    fn strides(self) -> (isize, isize) {
        match self.turned {
            false => (1, self.columns as isize),
            true => (self.rows as isize, 1),
        }
    }
}

/// Writes `left` · `right` to `product`, row by row.
pub fn multiply(product: &mut [f32], left: Matrix<'_>, right: Matrix<'_>) {
    run(product, left, right, false);
}

/// Adds `left` · `right` to `product`, row by row.
pub fn multiply_onto(product: &mut [f32], left: Matrix<'_>, right: Matrix<'_>) {
    run(product, left, right, true);
}

fn run(product: &mut [f32], left: Matrix<'_>, right: Matrix<'_>, onto: bool) {
    assert_eq!(
        left.columns, right.rows,
        "the inner dimensions must be equal"
    );
    assert_eq!(product.len(), left.rows * right.columns);
    let ((left_column, left_row), (right_column, right_row)) = (left.strides(), right.strides());
    // SAFETY: all three buffers hold rows × columns values, checked here and in `Matrix::new`; `product` is
    // borrowed mutably, so it overlaps neither of the others.
    unsafe {
        gemm(
            left.rows,
            right.columns,
            left.columns,
            product.as_mut_ptr(),
            1,
            right.columns as isize,
            onto,
            left.values.as_ptr(),
            left_column,
            left_row,
            right.values.as_ptr(),
            right_column,
            right_row,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::Rayon(rayon::current_num_threads()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_transposed_matrices_are_exact() {
        let left: Vec<f32> = (0..6).map(|value| value as f32).collect();
        let right: Vec<f32> = (0..6).map(|value| 1.0 - value as f32).collect();
        let mut product = [0.0; 4];
        // [0 1 2; 3 4 5] · [1 0; -1 -2; -3 -4]
        multiply(
            &mut product,
            Matrix::new(&left, 2, 3),
            Matrix::new(&right, 3, 2),
        );
        assert_eq!(product, [-7.0, -10.0, -16.0, -28.0]);
        // [0 2 4; 1 3 5] · [1 -2; 0 -3; -1 -4], onto ones
        let mut product = [1.0; 4];
        let (left, right) = (Matrix::new(&left, 3, 2), Matrix::new(&right, 2, 3));
        multiply_onto(&mut product, left.turned(), right.turned());
        assert_eq!(product, [-3.0, -21.0, -3.0, -30.0]);
    }
}
