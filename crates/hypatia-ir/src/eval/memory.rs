//! Sizes and storage of results, checked before anything is written.
//!
//! Invariants: no size wraps, panics or aborts: what cannot be held is an error.
//!
//! Not here: what is written.

use super::error::{EvalError, internal};
use super::typed::typed;
use crate::dim::{Dim, DimValues};
use crate::graph::Node;
use crate::scalar::{Element, Scalar};
use crate::shape::Type;
use crate::tensor::{Stored, Tensor};

/// The value of a dim that `node` needs.
pub(super) fn extent(dim: &Dim, dims: &DimValues, node: &Node) -> Result<i64, EvalError> {
    dim.eval(dims).ok_or_else(|| EvalError::Extent {
        op: node.op.name(),
        dim: dim.clone(),
        value: None,
        at: node.at,
    })
}

/// The lengths of the axes of `ty`, the type of `node`, if a tensor of them can exist.
pub(super) fn extents(ty: &Type, dims: &DimValues, node: &Node) -> Result<Vec<usize>, EvalError> {
    let (op, at) = (node.op.name(), node.at);
    let mut lengths = Vec::with_capacity(ty.rank());
    for dim in ty.shape.iter() {
        let value = extent(dim, dims, node)?;
        let length = usize::try_from(value).map_err(|_| EvalError::Extent {
            op,
            dim: dim.clone(),
            value: Some(value),
            at,
        })?;
        lengths.push(length);
    }
    // Lengths of 0 do not count: strides are products of the others, and must fit too.
    let positive = lengths.iter().filter(|&&n| n > 0);
    let bytes = positive.copied().try_fold(ty.dtype.size(), usize::checked_mul);
    match bytes {
        Some(bytes) if isize::try_from(bytes).is_ok() => Ok(lengths),
        _ => {
            let shape = lengths.iter().map(|&n| Dim::from(n)).collect();
            Err(EvalError::TooLarge { op, shape, at })
        }
    }
}

/// An empty vector with room for `len` elements.
pub(super) fn room<T>(len: usize) -> Result<Vec<T>, EvalError> {
    let mut room = Vec::new();
    let bytes = len.saturating_mul(size_of::<T>());
    room.try_reserve_exact(len).map_err(|_| EvalError::Memory { bytes })?;
    Ok(room)
}

/// `len` copies of `value`.
pub(super) fn repeat<T: Clone>(value: T, len: usize) -> Result<Vec<T>, EvalError> {
    let mut elements = room(len)?;
    elements.resize(len, value);
    Ok(elements)
}

/// A tensor of this shape filled with `value`.
pub(super) fn full(value: Scalar, shape: &[usize]) -> Result<Tensor, EvalError> {
    typed!(value.dtype(), T => {
        let value = T::from_bits64(value.bits());
        tensor(shape, repeat(value, shape.iter().product())?)
    })
}

/// A tensor of these elements.
pub(super) fn tensor<T: Stored>(shape: &[usize], elements: Vec<T>) -> Result<Tensor, EvalError> {
    let found = elements.len();
    Tensor::from_vec(shape, elements)
        .ok_or_else(|| internal(format!("{found} elements for the shape {shape:?}")))
}

/// The elements of a tensor that must be of type `T`.
pub(super) fn elements<T: Stored>(x: &Tensor) -> Result<&[T], EvalError> {
    let (expected, found) = (T::DTYPE, x.dtype());
    x.as_slice().ok_or_else(|| internal(format!("expected elements of {expected}, found {found}")))
}
