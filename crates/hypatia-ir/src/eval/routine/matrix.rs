//! Matrices of `f64`, one after the other out of batches.
//!
//! Invariants: elements are row-major; results are rounded once, when they are stored.
//!
//! Not here: what is computed of a matrix.

use crate::eval::error::{EvalError, internal};
use crate::eval::memory::room;
use crate::eval::typed::typed;
use crate::routine::{Breakdown, Fault, Routine};
use crate::scalar::{Element, Scalar};
use crate::span::Span;
use crate::tensor::Tensor;
use std::ops::{Index, IndexMut};

/// A matrix.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub elements: Vec<f64>,
}

impl Matrix {
    /// The matrix of these elements.
    pub fn from_fn(rows: usize, columns: usize, element: impl Fn(usize, usize) -> f64) -> Matrix {
        let places = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
        Matrix { rows, columns, elements: places.map(|(i, j)| element(i, j)).collect() }
    }

    /// `(x + xᵀ)/2` of a square matrix.
    pub fn symmetric(&self) -> Matrix {
        let half = |i: usize, j: usize| 0.5 * self[(i, j)] + 0.5 * self[(j, i)];
        Matrix::from_fn(self.rows, self.columns, half)
    }

    /// Exchanges two rows.
    pub fn swap_rows(&mut self, a: usize, b: usize) {
        for j in 0..self.columns {
            self.elements.swap(a * self.columns + j, b * self.columns + j);
        }
    }

    /// Whether every element is finite.
    pub fn is_finite(&self) -> bool {
        self.elements.iter().all(|v| v.is_finite())
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        &self.elements[i * self.columns + j]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        &mut self.elements[i * self.columns + j]
    }
}

/// The matrix with number `which` of a batch.
fn matrix(batch: &Tensor, which: usize) -> Result<Matrix, EvalError> {
    let [.., rows, columns] = *batch.shape() else {
        return Err(internal(format!("no matrix: {:?}", batch.shape())));
    };
    let start = which * rows * columns;
    let elements = (start..start + rows * columns).map(|at| batch.get(at).as_f64()).collect();
    Ok(Matrix { rows, columns, elements })
}

/// The tensor of this shape with what `compute` gives for the matrices of each point of the batch.
pub(super) fn each(
    op: Routine,
    at: Span,
    operands: &[&Tensor],
    shape: &[usize],
    compute: impl Fn(&[Matrix]) -> Result<Vec<f64>, Fault>,
) -> Result<Tensor, EvalError> {
    let first = operands.first().ok_or_else(|| internal("no operands"))?;
    let lead = first.shape().len().saturating_sub(2);
    let batch = &first.shape()[..lead];
    let mut found: Vec<f64> = room(shape.iter().product())?;
    for which in 0..batch.iter().product() {
        let matrices: Vec<Matrix> =
            operands.iter().map(|x| matrix(x, which)).collect::<Result<_, _>>()?;
        let result = compute(&matrices);
        found.extend(result.map_err(|fault| Breakdown::new(op, fault, batch, which, at))?);
    }
    typed!(first.dtype(), T => {
        let round = |v: f64| T::from_bits64(Scalar::from_f64(T::DTYPE, v).bits());
        let rounded: Vec<T> = found.into_iter().map(round).collect();
        Tensor::from_vec(shape, rounded)
            .ok_or_else(|| internal(format!("{op:?} does not give the shape {shape:?}")))
    })
}
