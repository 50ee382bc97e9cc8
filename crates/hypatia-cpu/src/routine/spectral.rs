//! Eigenvalues of symmetric matrices, and orthogonal factors, by `faer`.
//!
//! Invariants: in the float type of the operand, on the caller's thread, in an order that depends
//! on the sizes alone; signs are those that the routines state.
//!
//! Not here: systems of equations (`linear.rs`).

use super::linear::Batch;
use super::work::{Float, each, mean, one, one_mut, room, stack};
use faer::diag::DiagMut;
use faer::dyn_stack::{MemStack, StackReq};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::householder;
use faer::linalg::qr::no_pivoting::factor;
use faer::{Conj, MatMut, MatRef, Par};
use hypatia_ir::routine::Fault;
use hypatia_lower::backend::Failure;
use hypatia_lower::plan::Apply;

pub(super) fn eigh<T: Float>(
    apply: &Apply,
    batch: Batch<'_>,
    x: &[T],
    out: &mut [T],
) -> Result<(), Failure> {
    let n = batch.n;
    if out.is_empty() {
        return Ok(());
    }
    let vectors = ComputeEigenvectors::Yes;
    let needs = self_adjoint_evd_scratch::<T>(n, vectors, Par::Seq, Default::default());
    let mut buffer = stack(needs)?;
    let (mut work, mut vectors) = (room::<T>(n * n)?, room::<T>(n * n)?);
    let mut values = room::<T>(n)?;
    each(apply, batch.lead, |which| {
        let (x, out) = (one(x, which, n * n), one_mut(out, which, n * (n + 1)));
        if !x.iter().all(|v| v.size() < T::INFINITY) {
            out.fill(T::NAN);
            return Ok(());
        }
        for i in 0..n {
            (0..n).for_each(|j| work[i * n + j] = mean(x[i * n + j], x[j * n + i]));
        }
        self_adjoint_evd(
            MatRef::from_column_major_slice(&work, n, n),
            DiagMut::from_slice_mut(&mut values),
            Some(MatMut::from_column_major_slice_mut(&mut vectors, n, n)),
            Par::Seq,
            MemStack::new(&mut buffer),
            Default::default(),
        )
        .map_err(|_| Fault::NotConverged)?;
        for (j, vector) in vectors.chunks_exact(n).enumerate() {
            let larger = |best: T, &v: &T| if v.size() > best.size() { v } else { best };
            let negative = vector.iter().fold(T::ZERO, larger) < T::ZERO;
            let at = |i: usize| i * (n + 1);
            for (i, &v) in vector.iter().enumerate() {
                out[at(i) + j] = if negative { -v } else { v };
            }
            out[at(j) + n] = values[j];
        }
        Ok(())
    })
}

pub(super) fn qr<T: Float>(
    apply: &Apply,
    batch: Batch<'_>,
    rows: usize,
    x: &[T],
    out: &mut [T],
) -> Result<(), Failure> {
    let (m, n) = (rows, batch.n);
    if out.is_empty() {
        return Ok(());
    }
    let block = factor::recommended_block_size::<T>(m, n);
    let needs = StackReq::any_of(&[
        factor::qr_in_place_scratch::<T>(m, n, block, Par::Seq, Default::default()),
        householder::apply_block_householder_sequence_on_the_left_in_place_scratch::<T>(
            m, block, n,
        ),
    ]);
    let mut buffer = stack(needs)?;
    let (mut work, mut q) = (room::<T>(m * n)?, room::<T>(m * n)?);
    let mut mirrors = room::<T>(block * n)?;
    each(apply, batch.lead, |which| {
        let (x, out) = (one(x, which, m * n), one_mut(out, which, (m + n) * n));
        for i in 0..m {
            for j in 0..n {
                work[j * m + i] = x[i * n + j];
                q[j * m + i] = if i == j { T::ONE } else { T::ZERO };
            }
        }
        factor::qr_in_place(
            MatMut::from_column_major_slice_mut(&mut work, m, n),
            MatMut::from_column_major_slice_mut(&mut mirrors, block, n),
            Par::Seq,
            MemStack::new(&mut buffer),
            Default::default(),
        );
        householder::apply_block_householder_sequence_on_the_left_in_place_with_conj(
            MatRef::from_column_major_slice(&work, m, n),
            MatRef::from_column_major_slice(&mirrors, block, n),
            Conj::No,
            MatMut::from_column_major_slice_mut(&mut q, m, n),
            Par::Seq,
            MemStack::new(&mut buffer),
        );
        for j in 0..n {
            let signed = |v: T| if work[j * m + j] < T::ZERO { -v } else { v };
            (0..m).for_each(|i| out[i * n + j] = signed(q[j * m + i]));
            let row = one_mut(out, m + j, n);
            for (k, r) in row.iter_mut().enumerate() {
                *r = if k < j { T::ZERO } else { signed(work[k * m + j]) };
            }
        }
        Ok(())
    })
}
