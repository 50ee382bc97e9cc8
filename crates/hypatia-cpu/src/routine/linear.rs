//! Factors, determinants and solutions of systems of equations, by `faer`.
//!
//! Invariants: in the float type of the operands, on the caller's thread, in an order that depends
//! on the sizes alone.
//!
//! Not here: eigenvalues and orthogonal factors (`spectral.rs`).

use super::work::{Float, each, mean, one, one_mut, room, stack};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor as llt;
use faer::linalg::lu::partial_pivoting::factor as lu;
use faer::linalg::triangular_solve as triangular;
use faer::{MatMut, MatRef, Par};
use hypatia_ir::routine::{Fault, Triangle};
use hypatia_lower::backend::Failure;
use hypatia_lower::plan::Apply;

/// Square matrices, or systems with so many right-hand sides.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    pub lead: &'a [usize],
    pub n: usize,
    pub columns: usize,
}

impl<'a> Batch<'a> {
    /// From the shapes of the first and the last operand.
    pub fn of(first: &'a [usize], last: &[usize]) -> Batch<'a> {
        let lead = first.len().saturating_sub(2);
        let length = |shape: &[usize]| shape.last().copied().unwrap_or(0);
        Batch { lead: &first[..lead], n: length(first), columns: length(last) }
    }
}

pub(super) fn cholesky<T: Float>(
    apply: &Apply,
    batch: Batch<'_>,
    or_nan: bool,
    x: &[T],
    out: &mut [T],
) -> Result<(), Failure> {
    let n = batch.n;
    if out.is_empty() {
        return Ok(());
    }
    let mut work = room::<T>(n * n)?;
    let mut buffer = stack(llt::cholesky_in_place_scratch::<T>(n, Par::Seq, Default::default()))?;
    each(apply, batch.lead, |which| {
        let (x, out) = (one(x, which, n * n), one_mut(out, which, n * n));
        for i in 0..n {
            (0..n).for_each(|j| work[i * n + j] = mean(x[i * n + j], x[j * n + i]));
        }
        let matrix = MatMut::from_column_major_slice_mut(&mut work, n, n);
        let stack = MemStack::new(&mut buffer);
        let done =
            llt::cholesky_in_place(matrix, Default::default(), Par::Seq, stack, Default::default())
                .is_ok();
        if !done || (0..n).any(|i| !(work[i * n + i] > T::ZERO)) {
            out.fill(T::NAN);
            return if or_nan { Ok(()) } else { Err(Fault::NotPositiveDefinite) };
        }
        for i in 0..n {
            (0..n).for_each(|j| out[i * n + j] = if j <= i { work[j * n + i] } else { T::ZERO });
        }
        Ok(())
    })
}

pub(super) fn solve_triangular<T: Float>(
    apply: &Apply,
    batch: Batch<'_>,
    triangle: Triangle,
    [a, b]: [&[T]; 2],
    out: &mut [T],
) -> Result<(), Failure> {
    let Batch { lead, n, columns } = batch;
    out.copy_from_slice(b);
    each(apply, lead, |which| {
        let (a, out) = (one(a, which, n * n), one_mut(out, which, n * columns));
        if !triangle.unit && (0..n).any(|i| a[i * n + i] == T::ZERO) {
            return Err(Fault::Singular);
        }
        if !out.is_empty() {
            let matrix = MatRef::from_row_major_slice(a, n, n);
            let matrix = if triangle.transpose { matrix.transpose() } else { matrix };
            let right = MatMut::from_row_major_slice_mut(out, n, columns);
            let run = match (triangle.lower != triangle.transpose, triangle.unit) {
                (true, false) => triangular::solve_lower_triangular_in_place,
                (true, true) => triangular::solve_unit_lower_triangular_in_place,
                (false, false) => triangular::solve_upper_triangular_in_place,
                (false, true) => triangular::solve_unit_upper_triangular_in_place,
            };
            run(matrix, right, Par::Seq);
        }
        Ok(())
    })
}

/// Memory for the factors of a matrix with exchanged rows.
struct Lu<T> {
    n: usize,
    factors: Vec<T>,
    forward: Vec<usize>,
    back: Vec<usize>,
    buffer: MemBuffer,
}

impl<T: Float> Lu<T> {
    fn new(n: usize) -> Result<Lu<T>, Failure> {
        let needs = lu::lu_in_place_scratch::<usize, T>(n, n, Par::Seq, Default::default());
        let (forward, back) = (vec![0; n], vec![0; n]);
        Ok(Lu { n, factors: room(n * n)?, forward, back, buffer: stack(needs)? })
    }

    /// Factors a matrix; whether the number of exchanges is odd.
    fn factor(&mut self, x: &[T]) -> bool {
        let n = self.n;
        if n == 0 {
            return false;
        }
        for i in 0..n {
            (0..n).for_each(|j| self.factors[j * n + i] = x[i * n + j]);
        }
        let matrix = MatMut::from_column_major_slice_mut(&mut self.factors, n, n);
        let stack = MemStack::new(&mut self.buffer);
        let (forward, back) = (&mut self.forward, &mut self.back);
        let (info, _) = lu::lu_in_place(matrix, forward, back, Par::Seq, stack, Default::default());
        info.transposition_count % 2 == 1
    }

    /// The pivots up to the first that is 0: what comes after it means nothing.
    fn pivots(&self) -> impl Iterator<Item = T> {
        let mut ended = false;
        (0..self.n).map_while(move |i| {
            let pivot = self.factors[i * self.n + i];
            let last = std::mem::replace(&mut ended, pivot == T::ZERO);
            (!last).then_some(pivot)
        })
    }
}

pub(super) fn solve<T: Float>(
    apply: &Apply,
    batch: Batch<'_>,
    [a, b]: [&[T]; 2],
    out: &mut [T],
) -> Result<(), Failure> {
    let Batch { lead, n, columns } = batch;
    let mut lu = Lu::new(n)?;
    each(apply, lead, |which| {
        lu.factor(one(a, which, n * n));
        if lu.pivots().any(|pivot| pivot == T::ZERO) {
            return Err(Fault::Singular);
        }
        let (b, out) = (one(b, which, n * columns), one_mut(out, which, n * columns));
        if !out.is_empty() {
            for (row, &from) in out.chunks_exact_mut(columns).zip(&lu.forward) {
                row.copy_from_slice(&b[from * columns..][..columns]);
            }
            let factors = MatRef::from_column_major_slice(&lu.factors, n, n);
            let mut right = MatMut::from_row_major_slice_mut(out, n, columns);
            triangular::solve_unit_lower_triangular_in_place(factors, right.as_mut(), Par::Seq);
            triangular::solve_upper_triangular_in_place(factors, right, Par::Seq);
        }
        Ok(())
    })
}

/// A number from the pivots of each matrix: `start` for an even number of exchanges or an odd one,
/// joined with each pivot in turn.
pub(super) fn of_pivots<T: Float>(
    apply: &Apply,
    batch: Batch<'_>,
    start: [T; 2],
    join: impl Fn(T, T) -> T,
    x: &[T],
    out: &mut [T],
) -> Result<(), Failure> {
    let n = batch.n;
    let mut lu = Lu::new(n)?;
    each(apply, batch.lead, |which| {
        let odd = lu.factor(one(x, which, n * n));
        out[which] = lu.pivots().fold(start[usize::from(odd)], &join);
        Ok(())
    })
}

/// -1, 0 or 1; NaN of NaN.
pub(super) fn sign<T: Float>(x: T) -> T {
    match x {
        x if x > T::ZERO => T::ONE,
        x if x < T::ZERO => -T::ONE,
        x => x,
    }
}
