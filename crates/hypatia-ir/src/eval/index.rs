//! Reading and writing at places given by index tensors.
//!
//! Invariants: indices are checked before anything is read; negative ones count from the end;
//! updates happen in row-major order.
//!
//! Not here: slices (`structure.rs`).

use super::elementwise;
use super::error::{EvalError, internal};
use super::memory::{elements, room, tensor};
use super::typed::{Number, numeric, typed};
use super::walk::{strides, walk};
use crate::graph::Node;
use crate::op::{BinaryOp, ScatterOp};
use crate::scalar::Element;
use crate::tensor::{Stored, Tensor};

/// Where each index of the result finds its element: an index space with, at every point, the
/// offset in `x` without the indexed axis, and the position of the index.
struct Places {
    shape: Vec<usize>,
    base: Vec<isize>,
    index: Vec<isize>,
    /// Distance in `x` of neighbours along the indexed axis.
    step: usize,
}

impl Places {
    /// Those of `take`: the axis is replaced by the axes of the indices.
    fn replacing(axis: usize, x: &Tensor, indices: &Tensor) -> Result<Places, EvalError> {
        let own = strides(x.shape());
        let rank = indices.shape().len();
        let step = *own.get(axis).ok_or_else(|| internal(format!("no axis {axis}")))? as usize;
        let (before, after) = (axis, own.len() - axis - 1);
        let shape = [&x.shape()[..axis], indices.shape(), &x.shape()[axis + 1..]].concat();
        let base = [&own[..axis], &vec![0; rank], &own[axis + 1..]].concat();
        let index = [vec![0; before], strides(indices.shape()), vec![0; after]].concat();
        Ok(Places { shape, base, index, step })
    }

    /// Those of `take_along`: an index for each element of the result.
    fn along(axis: usize, x: &Tensor, indices: &Tensor) -> Result<Places, EvalError> {
        let (shape, off) = (indices.shape().to_vec(), |i: &usize| *i != axis);
        let agree = x.shape().len() == shape.len()
            && (0..shape.len()).filter(off).all(|i| x.shape()[i] == shape[i]);
        let mut base = strides(x.shape());
        let step = match base.get_mut(axis) {
            Some(stride) if agree => std::mem::take(stride) as usize,
            _ => {
                return Err(internal(format!("indices {shape:?} along {axis} of {:?}", x.shape())));
            }
        };
        let index = strides(&shape);
        Ok(Places { shape, base, index, step })
    }

    /// Calls `visit` with the offset in `x` and the row-major position of every place.
    fn each(&self, at: &[usize], mut visit: impl FnMut(usize, usize)) {
        let mut position = 0;
        walk(&self.shape, [0; 2], [&self.base, &self.index], |[base, index]| {
            visit(base + at[index] * self.step, position);
            position += 1;
        });
    }
}

/// The indices as positions along the axis.
fn positions(axis: usize, x: &Tensor, at: &Tensor, node: &Node) -> Result<Vec<usize>, EvalError> {
    let extent = x.shape().get(axis).copied().unwrap_or(0);
    let resolve = |i: usize| {
        let index = at.get(i).as_i64();
        let from_start = if index < 0 { i128::from(index) + extent as i128 } else { index.into() };
        match usize::try_from(from_start) {
            Ok(place) if place < extent => Ok(place),
            _ => {
                let (op, at) = (node.op.name(), node.at);
                Err(EvalError::Index { op, index, axis, extent, at })
            }
        }
    };
    (0..at.len()).map(resolve).collect()
}

pub(super) fn take(
    axis: usize,
    x: &Tensor,
    at: &Tensor,
    shape: &[usize],
    node: &Node,
) -> Result<Tensor, EvalError> {
    let places = Places::replacing(axis, x, at)?;
    typed!(x.dtype(), T => gather::<T>(&places, x, &positions(axis, x, at, node)?, shape))
}

pub(super) fn take_along(
    axis: usize,
    x: &Tensor,
    at: &Tensor,
    shape: &[usize],
    node: &Node,
) -> Result<Tensor, EvalError> {
    let places = Places::along(axis, x, at)?;
    typed!(x.dtype(), T => gather::<T>(&places, x, &positions(axis, x, at, node)?, shape))
}

fn gather<T: Stored>(
    places: &Places,
    x: &Tensor,
    at: &[usize],
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    let from = elements::<T>(x)?;
    let mut out = room(shape.iter().product())?;
    places.each(at, |place, _| out.push(from[place]));
    tensor(shape, out)
}

pub(super) fn scatter(
    op: ScatterOp,
    axis: usize,
    x: &Tensor,
    at: &Tensor,
    updates: &Tensor,
    node: &Node,
) -> Result<Tensor, EvalError> {
    let places = Places::replacing(axis, x, at)?;
    put(op, &places, x, &positions(axis, x, at, node)?, updates)
}

pub(super) fn scatter_along(
    op: ScatterOp,
    axis: usize,
    x: &Tensor,
    at: &Tensor,
    updates: &Tensor,
    node: &Node,
) -> Result<Tensor, EvalError> {
    let places = Places::along(axis, x, at)?;
    put(op, &places, x, &positions(axis, x, at, node)?, updates)
}

fn put(
    op: ScatterOp,
    places: &Places,
    x: &Tensor,
    at: &[usize],
    updates: &Tensor,
) -> Result<Tensor, EvalError> {
    if updates.shape() != places.shape {
        return Err(internal(format!("updates {:?} at {:?}", updates.shape(), places.shape)));
    }
    match op.combines() {
        None => typed!(x.dtype(), T => put_with::<T>(places, x, at, updates, |_, new| new)),
        Some(BinaryOp::Add) => numeric!(x.dtype(), T => add_at::<T>(places, x, at, updates)),
        Some(op) => numeric!(x.dtype(), T => put_with::<T>(places, x, at, updates, |old, new| {
            T::from_bits64(elementwise::binary(op, old.into(), new.into()).bits())
        })),
    }
}

fn put_with<T: Stored>(
    places: &Places,
    x: &Tensor,
    at: &[usize],
    updates: &Tensor,
    onto: impl Fn(T, T) -> T,
) -> Result<Tensor, EvalError> {
    let new = elements::<T>(updates)?;
    let mut out = room(x.len())?;
    out.extend(elements::<T>(x)?.iter().copied());
    places.each(at, |place, position| out[place] = onto(out[place], new[position]));
    tensor(x.shape(), out)
}

/// The sums are formed in the wide type and rounded once.
fn add_at<T: Number>(
    places: &Places,
    x: &Tensor,
    at: &[usize],
    updates: &Tensor,
) -> Result<Tensor, EvalError> {
    let added = elements::<T>(updates)?;
    let mut sums: Vec<T::Wide> = room(x.len())?;
    sums.extend(elements::<T>(x)?.iter().map(|&a| a.widen()));
    places.each(at, |place, position| {
        sums[place] = T::plus(sums[place], added[position].widen());
    });
    tensor(x.shape(), sums.into_iter().map(T::narrow).collect())
}
