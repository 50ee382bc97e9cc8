//! Elementwise ops over tensors, with broadcasting.
//!
//! Invariants: what happens to each element is said by `elementwise.rs` and by `Scalar::cast`
//! alone.
//!
//! Not here: reductions.

use super::elementwise;
use super::error::EvalError;
use super::memory::{elements, room, tensor};
use super::philox::philox;
use super::typed::typed;
use super::walk::{broadcast_strides, walk};
use crate::dtype::DType;
use crate::op::{BinaryOp, CompareOp, UnaryOp};
use crate::scalar::{Element, Scalar};
use crate::tensor::{Stored, Tensor};

pub(super) fn unary(op: UnaryOp, x: &Tensor) -> Result<Tensor, EvalError> {
    typed!(x.dtype(), T => map(x, |a: T| T::from_bits64(elementwise::unary(op, a.into()).bits())))
}

pub(super) fn cast(x: &Tensor, to: DType) -> Result<Tensor, EvalError> {
    typed!(x.dtype(), T => typed!(to, R => map(x, |a: T| {
        R::from_bits64(Scalar::new(a).cast(R::DTYPE).bits())
    })))
}

pub(super) fn binary(
    op: BinaryOp,
    x: &Tensor,
    y: &Tensor,
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    typed!(x.dtype(), T => zip(x, y, shape, |a: T, b: T| {
        T::from_bits64(elementwise::binary(op, a.into(), b.into()).bits())
    }))
}

pub(super) fn compare(
    op: CompareOp,
    x: &Tensor,
    y: &Tensor,
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    typed!(x.dtype(), T => zip(x, y, shape, |a: T, b: T| {
        elementwise::compare(op, a.into(), b.into())
    }))
}

pub(super) fn select(
    mask: &Tensor,
    x: &Tensor,
    y: &Tensor,
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    typed!(x.dtype(), T => {
        let (m, a, b) = (elements::<bool>(mask)?, elements::<T>(x)?, elements::<T>(y)?);
        let m_strides = broadcast_strides(mask.shape(), shape)?;
        let a_strides = broadcast_strides(x.shape(), shape)?;
        let b_strides = broadcast_strides(y.shape(), shape)?;
        let mut out = room(shape.iter().product())?;
        walk(shape, [0; 3], [&m_strides, &a_strides, &b_strides], |[i, j, k]| {
            out.push(if m[i] { a[j] } else { b[k] });
        });
        tensor(shape, out)
    })
}

pub(super) fn random_bits(
    word: u8,
    seed: &Tensor,
    stream: &Tensor,
    counter: &Tensor,
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    let operands = [seed, stream, counter];
    let [a, b, c] = operands.map(elements::<i64>);
    let (a, b, c) = (a?, b?, c?);
    let [x, y, z] = operands.map(|t| broadcast_strides(t.shape(), shape));
    let (x, y, z) = (x?, y?, z?);
    let mut out = room(shape.iter().product())?;
    walk(shape, [0; 3], [&x, &y, &z], |[i, j, k]| {
        out.push(philox(a[i], b[j], c[k])[usize::from(word % 4)] as i32);
    });
    tensor(shape, out)
}

fn map<T: Stored, R: Stored>(x: &Tensor, f: impl Fn(T) -> R) -> Result<Tensor, EvalError> {
    let elements = elements::<T>(x)?;
    let mut out = room(elements.len())?;
    out.extend(elements.iter().map(|&a| f(a)));
    tensor(x.shape(), out)
}

fn zip<T: Stored, R: Stored>(
    x: &Tensor,
    y: &Tensor,
    shape: &[usize],
    f: impl Fn(T, T) -> R,
) -> Result<Tensor, EvalError> {
    let (a, b) = (elements::<T>(x)?, elements::<T>(y)?);
    let mut out = room(shape.iter().product())?;
    if x.shape() == shape && y.shape() == shape {
        out.extend(a.iter().zip(b).map(|(&a, &b)| f(a, b)));
    } else {
        let a_strides = broadcast_strides(x.shape(), shape)?;
        let b_strides = broadcast_strides(y.shape(), shape)?;
        walk(shape, [0; 2], [&a_strides, &b_strides], |[i, j]| out.push(f(a[i], b[j])));
    }
    tensor(shape, out)
}
