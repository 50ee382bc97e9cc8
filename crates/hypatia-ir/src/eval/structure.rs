//! Ops that move elements: reshape, transpose, broadcast, slice, pad, concat, windows, and iota.
//!
//! Invariants: each is a strided reading or writing of its operand; no element is changed, but
//! that a fold adds up what comes to lie in one place.
//!
//! Not here: moves by index tensors (`index.rs`).

use super::error::{EvalError, internal};
use super::memory::{elements, repeat, room, tensor};
use super::typed::{Number, numeric, typed};
use super::walk::{broadcast_strides, strides, walk};
use crate::dtype::DType;
use crate::op::{FoldAxis, PadAxis, SliceAxis, WindowAxis};
use crate::scalar::{Element, Scalar};
use crate::tensor::Tensor;

pub(super) fn iota(dtype: DType, shape: &[usize]) -> Result<Tensor, EvalError> {
    let len = shape.iter().product::<usize>();
    typed!(dtype, T => {
        let mut out = room(len)?;
        let value = |i: usize| T::from_bits64(Scalar::from_i64(dtype, i as i64).bits());
        out.extend((0..len).map(value));
        tensor(shape, out)
    })
}

pub(super) fn reshape(x: &Tensor, shape: &[usize]) -> Result<Tensor, EvalError> {
    let misfit = || internal(format!("{:?} reshaped to {shape:?}", x.shape()));
    x.clone().reshaped(shape).ok_or_else(misfit)
}

pub(super) fn broadcast(x: &Tensor, shape: &[usize]) -> Result<Tensor, EvalError> {
    read(x, shape, 0, &broadcast_strides(x.shape(), shape)?)
}

pub(super) fn transpose(perm: &[usize], x: &Tensor, shape: &[usize]) -> Result<Tensor, EvalError> {
    let own = strides(x.shape());
    let permuted: Option<Vec<isize>> = perm.iter().map(|&p| own.get(p).copied()).collect();
    let permuted = permuted.ok_or_else(|| internal(format!("{perm:?} of {:?}", x.shape())))?;
    read(x, shape, 0, &permuted)
}

pub(super) fn slice(
    parts: &[SliceAxis],
    starts: &[i64],
    x: &Tensor,
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    let own = strides(x.shape());
    let (mut start, mut steps) = (0isize, Vec::with_capacity(parts.len()));
    for (axis, part) in parts.iter().enumerate() {
        let (first, len) = (i128::from(starts[axis]), shape[axis] as i128);
        let last = first + (len - 1) * i128::from(part.step);
        let inside = 0..x.shape()[axis] as i128;
        if len > 0 && !(inside.contains(&first) && inside.contains(&last)) {
            return Err(internal(format!("slice {part:?} of length {}", x.shape()[axis])));
        }
        // A step beyond the axis belongs to a slice of at most one element, which never steps.
        let step = if len > 1 { part.step as isize } else { 0 };
        start += if len > 0 { starts[axis] as isize * own[axis] } else { 0 };
        steps.push(own[axis] * step);
    }
    read(x, shape, start, &steps)
}

/// The elements of `x` at a strided set of places.
fn read(x: &Tensor, shape: &[usize], start: isize, strides: &[isize]) -> Result<Tensor, EvalError> {
    typed!(x.dtype(), T => {
        let from = elements::<T>(x)?;
        let mut out = room(shape.iter().product())?;
        walk(shape, [start], [strides], |[i]| out.push(from[i]));
        tensor(shape, out)
    })
}

pub(super) fn pad(
    parts: &[PadAxis],
    lows: &[i64],
    x: &Tensor,
    value: Scalar,
    shape: &[usize],
) -> Result<Tensor, EvalError> {
    let own = strides(shape);
    let (mut start, mut steps) = (0isize, Vec::with_capacity(parts.len()));
    // The padding of an empty tensor is all there is, whatever the widths say.
    let present = !x.is_empty();
    for (axis, part) in parts.iter().enumerate().filter(|_| present) {
        let step = part.interior as i128 + 1;
        let first = i128::from(lows[axis]);
        let last = first + (x.shape()[axis] as i128 - 1) * step;
        if first < 0 || last >= shape[axis] as i128 {
            return Err(internal(format!("pad {part:?} of {:?} to {shape:?}", x.shape())));
        }
        // The step beside a single element is never taken.
        let step = if x.shape()[axis] > 1 { step as isize } else { 0 };
        start += first as isize * own[axis];
        steps.push(own[axis] * step);
    }
    typed!(x.dtype(), T => {
        let from = elements::<T>(x)?;
        let mut out = repeat(T::from_bits64(value.bits()), shape.iter().product())?;
        if present {
            walk(x.shape(), [0, start], [&strides(x.shape()), &steps], |[i, o]| out[o] = from[i]);
        }
        tensor(shape, out)
    })
}

pub(super) fn concat(axis: usize, parts: &[&Tensor], shape: &[usize]) -> Result<Tensor, EvalError> {
    let total: Option<usize> = parts.iter().map(|p| p.shape().get(axis).copied()).sum();
    let agree = |p: &&Tensor| {
        p.shape().len() == shape.len()
            && (0..shape.len()).all(|i| i == axis || p.shape()[i] == shape[i])
    };
    let [first, ..] = parts else {
        return Err(internal("concat of nothing"));
    };
    if total.is_none_or(|n| n != shape[axis]) || !parts.iter().all(agree) {
        return Err(internal(format!("concat along axis {axis} to {shape:?}")));
    }
    let own = strides(shape);
    typed!(first.dtype(), T => {
        let mut out = repeat(T::default(), shape.iter().product())?;
        let mut start = 0isize;
        for part in parts {
            let from = elements::<T>(part)?;
            walk(part.shape(), [0, start], [&strides(part.shape()), &own], |[i, o]| {
                out[o] = from[i];
            });
            start += own[axis] * part.shape()[axis] as isize;
        }
        tensor(shape, out)
    })
}

pub(super) fn windows(part: &WindowAxis, x: &Tensor, shape: &[usize]) -> Result<Tensor, EvalError> {
    read(x, shape, 0, &window_strides(part, x.shape(), shape)?)
}

/// The sums are formed in the wide type and rounded once.
pub(super) fn fold(part: &FoldAxis, x: &Tensor, shape: &[usize]) -> Result<Tensor, EvalError> {
    let size = x.shape().last().copied().unwrap_or(0) as i64;
    let steps = window_strides(&part.windows(size), shape, x.shape())?;
    numeric!(x.dtype(), T => {
        let from = elements::<T>(x)?;
        let mut sums = repeat(T::ZERO, shape.iter().product())?;
        walk(x.shape(), [0; 2], [&strides(x.shape()), &steps], |[i, o]| {
            sums[o] = T::plus(sums[o], from[i].widen());
        });
        tensor(shape, sums.into_iter().map(T::narrow).collect())
    })
}

/// For each axis of the windows of a tensor of shape `from`, the distance of neighbours in it.
fn window_strides(
    part: &WindowAxis,
    from: &[usize],
    windows: &[usize],
) -> Result<Vec<isize>, EvalError> {
    let misfit = || internal(format!("{part:?} of {from:?} as {windows:?}"));
    let mut steps = strides(from);
    let own = *steps.get(part.axis).ok_or_else(misfit)?;
    let (Some(&count), Some(&size)) = (windows.get(part.axis), windows.last()) else {
        return Err(misfit());
    };
    let last = |n: usize, step: i64| (n as i128 - 1).max(0) * i128::from(step);
    let inside = last(count, part.stride) + last(size, part.dilation) < from[part.axis] as i128;
    if windows.len() != from.len() + 1 || !(inside || windows.contains(&0)) {
        return Err(misfit());
    }
    // A step beside a single element is never taken, and may be larger than the axis.
    let step = |n: usize, step: i64| if n > 1 { step as isize * own } else { 0 };
    steps[part.axis] = step(count, part.stride);
    steps.push(step(size, part.dilation));
    Ok(steps)
}
