//! Reductions and extreme indices.
//!
//! Invariants: reduced axes stay with length 1; elements are met in row-major order.
//!
//! Not here: means and the like (`compose/`).

use super::elementwise;
use super::error::{EvalError, internal};
use super::memory::{elements, repeat, tensor};
use super::typed::{Number, numeric};
use super::walk::{broadcast_strides, strides, walk};
use crate::op::{ArgOp, Axes, BinaryOp, ReduceOp};
use crate::scalar::Element;
use crate::tensor::{Stored, Tensor};

pub(super) fn reduce(
    op: ReduceOp,
    axes: Axes,
    x: &Tensor,
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    let kept = (0..x.shape().len()).map(|i| if axes.contains(i) { 1 } else { x.shape()[i] });
    if kept.ne(shape.iter().copied()) {
        return Err(internal(format!("{:?} over {axes:?} is not {shape:?}", x.shape())));
    }
    let extreme = |op| {
        numeric!(x.dtype(), T => {
            let best = fold(x, shape, None, |best: Option<T>, a: T| Some(match best {
                Some(b) => T::from_bits64(elementwise::binary(op, b.into(), a.into()).bits()),
                None => a,
            }))?;
            tensor(shape, best.into_iter().collect::<Option<Vec<T>>>().ok_or_else(nothing)?)
        })
    };
    match op {
        ReduceOp::Sum => numeric!(x.dtype(), T => {
            let sums = fold(x, shape, T::ZERO, |sum, a: T| T::plus(sum, a.widen()))?;
            tensor(shape, sums.into_iter().map(T::narrow).collect())
        }),
        ReduceOp::Prod => numeric!(x.dtype(), T => {
            let products = fold(x, shape, T::ONE, |p, a: T| T::times(p, a.widen()))?;
            tensor(shape, products.into_iter().map(T::narrow).collect())
        }),
        ReduceOp::Max => extreme(BinaryOp::Max),
        ReduceOp::Min => extreme(BinaryOp::Min),
        ReduceOp::Any => tensor(shape, fold(x, shape, false, |any, a: bool| any | a)?),
        ReduceOp::All => tensor(shape, fold(x, shape, true, |all, a: bool| all & a)?),
    }
}

/// The guards of the graph exclude it.
fn nothing() -> EvalError {
    internal("the extreme of no elements")
}

/// For every index of `shape`, `start` combined with each element of `x` that reduces to it.
fn fold<T: Stored, A: Copy>(
    x: &Tensor,
    shape: &[usize],
    start: A,
    combine: impl Fn(A, T) -> A,
) -> Result<Vec<A>, EvalError> {
    let from = elements::<T>(x)?;
    let mut out = repeat(start, shape.iter().product())?;
    let to = broadcast_strides(shape, x.shape())?;
    walk(x.shape(), [0; 2], [&strides(x.shape()), &to], |[i, o]| {
        out[o] = combine(out[o], from[i]);
    });
    Ok(out)
}

pub(super) fn arg_reduce(
    op: ArgOp,
    axis: usize,
    x: &Tensor,
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    let mut along = vec![0isize; shape.len()];
    let step = along.get_mut(axis).ok_or_else(|| internal(format!("no axis {axis}")))?;
    *step = 1;
    numeric!(x.dtype(), T => {
        let from = elements::<T>(x)?;
        let mut out: Vec<Option<(T, i64)>> = repeat(None, shape.iter().product())?;
        let to = broadcast_strides(shape, x.shape())?;
        walk(x.shape(), [0; 3], [&strides(x.shape()), &to, &along], |[i, o, position]| {
            let new = from[i];
            if out[o].is_none_or(|(best, _)| beats(op, new, best)) {
                out[o] = Some((new, position as i64));
            }
        });
        let best: Option<Vec<i64>> = out.into_iter().map(|b| b.map(|(_, at)| at)).collect();
        tensor(shape, best.ok_or_else(nothing)?)
    })
}

/// Whether `new` takes the place of an earlier `best`: the first NaN does, then nothing.
pub(super) fn beats<T: Number>(op: ArgOp, new: T, best: T) -> bool {
    let is_nan = |v: T| v.partial_cmp(&v).is_none();
    match op {
        _ if is_nan(best) => false,
        _ if is_nan(new) => true,
        ArgOp::ArgMax => new > best,
        ArgOp::ArgMin => new < best,
    }
}
