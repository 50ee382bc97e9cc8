//! Walking an index space with several strided offsets at once.
//!
//! Invariants: indices run in row-major order; strides are in elements and may be 0 or negative.
//!
//! Not here: what is done at each index.

use super::error::{EvalError, internal};

/// Row-major strides of a tensor of these lengths.
pub(super) fn strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1isize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis].max(1) as isize;
    }
    strides
}

/// Strides that read a tensor of shape `from` as if it were broadcast to `to`.
pub(super) fn broadcast_strides(from: &[usize], to: &[usize]) -> Result<Vec<isize>, EvalError> {
    let misfit = || internal(format!("{from:?} does not broadcast to {to:?}"));
    let lead = to.len().checked_sub(from.len()).ok_or_else(misfit)?;
    let mut aligned = vec![0; lead];
    for ((stride, &n), &m) in strides(from).into_iter().zip(from).zip(&to[lead..]) {
        match (n, m) {
            (n, m) if n == m => aligned.push(stride),
            (1, _) => aligned.push(0),
            _ => return Err(misfit()),
        }
    }
    Ok(aligned)
}

/// Calls `visit` for every index of `shape`, in row-major order, with the offset of each of the
/// `N` strided views at that index.
pub(super) fn walk<const N: usize>(
    shape: &[usize],
    starts: [isize; N],
    strides: [&[isize]; N],
    mut visit: impl FnMut([usize; N]),
) {
    if shape.contains(&0) {
        return;
    }
    let rank = shape.len();
    let mut index = vec![0usize; rank];
    let mut offsets = starts;
    loop {
        visit(offsets.map(|o| o as usize));
        let mut axis = rank;
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            index[axis] += 1;
            if index[axis] < shape[axis] {
                for (offset, stride) in offsets.iter_mut().zip(strides) {
                    *offset += stride[axis];
                }
                break;
            }
            index[axis] = 0;
            for (offset, stride) in offsets.iter_mut().zip(strides) {
                *offset -= stride[axis] * (shape[axis] as isize - 1);
            }
        }
    }
}
