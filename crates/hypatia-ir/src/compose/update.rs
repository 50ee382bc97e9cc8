//! Copies with a part replaced or added to, and parts whose place is computed.
//!
//! Invariants: the value broadcasts to the part and is converted to the tensor's type where that
//! loses nothing; what is not in the part is untouched, and so is its gradient.
//!
//! Not here: updates at index tensors (`index.rs`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::index::iota;
use crate::op::{Axes, Op, PadAxis, SliceAxis};
use crate::operators::Operand;
use crate::shape::{Shape, Type};
use crate::span::Span;
use crate::structure::{IntoParts, Part, axis_of, build_from, full, slice_axes};

impl Expr {
    /// A copy whose part [`Expr::slice`] would take is `value`, which broadcasts to it.
    #[track_caller]
    pub fn set_slice(&self, parts: impl IntoParts, value: impl Into<Operand>) -> Expr {
        let (parts, value) = (parts.into_parts(), value.into());
        self.with_part("set_slice", &parts, value, |value, place| {
            let inside = place(&Expr::constant(true));
            inside.select(place(value), self)
        })
    }

    /// A copy with `value` added to the part that [`Expr::slice`] would take.
    #[track_caller]
    pub fn add_slice(&self, parts: impl IntoParts, value: impl Into<Operand>) -> Expr {
        let (parts, value) = (parts.into_parts(), value.into());
        self.with_part("add_slice", &parts, value, |value, place| self + place(value))
    }

    /// Builds from the value and a function that puts a value into its place among zeros.
    #[track_caller]
    fn with_part(
        &self,
        op: &'static str,
        parts: &[Part],
        value: Operand,
        build: impl FnOnce(&Expr, &dyn Fn(&Expr) -> Expr) -> Expr,
    ) -> Expr {
        Span::caller().on_behalf_of(|| {
            let value = self.like(value);
            build_from(op, &[self, &value], |types| {
                let (axes, dropped) = slice_axes(parts, &types[0].shape)?;
                let value = self.holding(&value)?;
                // Checks the part against the tensor.
                let part = Expr::apply(Op::Slice(axes.clone()), vec![self.clone()]);
                if part.type_or_none().is_none() {
                    return Ok(part);
                }
                match axes.iter().any(|a| a.len.is(0)) {
                    true => Ok(self.clone()),
                    false => Ok(build(&value, &|v| placed(v, &axes, dropped, types[0]))),
                }
            })
        })
    }

    /// `value` in this expression's type, if that loses nothing.
    pub(super) fn holding(&self, value: &Expr) -> Result<Expr, Cause> {
        let dtype = |e: &Expr| e.type_or_none().map_or(DType::F32, |ty| ty.dtype);
        let (left, right) = (dtype(self), dtype(value));
        match left.promote(right) == Some(left) {
            true => Ok(value.cast(left)),
            false => Err(Cause::Mixed { left, right }),
        }
    }

    /// `value` where the bool `mask` is true, else the tensor. The shape is the tensor's.
    #[track_caller]
    pub fn masked_fill(&self, mask: impl Into<Expr>, value: impl Into<Operand>) -> Expr {
        let mask = mask.into();
        Span::caller().on_behalf_of(|| {
            let value = self.like(value);
            build_from("masked_fill", &[self, &mask, &value], |types| {
                Ok(mask.select(self.holding(&value)?, self).broadcast_to(&types[0].shape))
            })
        })
    }

    /// `length` elements of an axis from the computed place `start` on (an integer scalar,
    /// negative from the end). A part that leaves the axis is an error of the call.
    #[track_caller]
    pub fn dynamic_slice(&self, start: impl Into<Expr>, length: impl Into<Dim>, axis: i64) -> Expr {
        let (start, length) = (start.into(), length.into());
        Span::caller().on_behalf_of(|| {
            build_from("dynamic_slice", &[self, &start], |types| {
                let axis = axis_of(axis, types[0].rank())?;
                let start = first_place(&start, types[1], &types[0].shape[axis])?;
                Ok(self.take(start + iota::<i64>(length), axis as i64))
            })
        })
    }

    /// A copy whose part of an axis from the computed place `start` on is `value`, of the same
    /// rank. A part that leaves the axis is an error of the call.
    #[track_caller]
    pub fn dynamic_update(
        &self,
        start: impl Into<Expr>,
        value: impl Into<Expr>,
        axis: i64,
    ) -> Expr {
        let (start, value) = (start.into(), value.into());
        Span::caller().on_behalf_of(|| {
            build_from("dynamic_update", &[self, &start, &value], |types| {
                let axis = axis_of(axis, types[0].rank())?;
                let value = self.holding(&value)?;
                let (length, rank) = (&types[0].shape[axis], types[0].rank());
                let start = first_place(&start, types[1], length)?;
                let Some(part) = types[2].shape.get(axis).filter(|_| types[2].rank() == rank)
                else {
                    let expected = "a value of the rank of the tensor";
                    return Err(Cause::Rank { expected, found: types[2].rank() });
                };
                let places = iota::<i64>(length);
                let inside = places.ge(&start).and(places.lt(&start + Expr::dim(part)));
                let mut dims = vec![Dim::Known(1); rank];
                dims[axis] = length.clone();
                let cleared = inside.reshape(dims).select(self.like(0), self);
                Ok(cleared.scatter_add(start + iota::<i64>(part), value, axis as i64))
            })
        })
    }
}

/// The place as a non-negative i64; one before the axis becomes one after it, which is refused
/// when it is read.
fn first_place(start: &Expr, ty: &Type, length: &Dim) -> Result<Expr, Cause> {
    if ty.rank() != 0 {
        return Err(Cause::Rank { expected: "a scalar place", found: ty.rank() });
    }
    if !ty.dtype.is_int() {
        return Err(Cause::DType { expected: "an integer type", found: ty.dtype });
    }
    let (start, end) = (start.cast(DType::I64), Expr::dim(length));
    let from_end = start.lt(0).select(&start + &end, &start);
    Ok(from_end.lt(0).select(end, &from_end))
}

/// `value`, broadcast to the part that these slices take of a tensor of type `ty`, in its place
/// among zeros.
fn placed(value: &Expr, axes: &[SliceAxis], dropped: Axes, ty: &Type) -> Expr {
    let part: Shape = axes.iter().map(|a| a.len.clone()).collect();
    let kept = part.iter().enumerate().filter(|(i, _)| !dropped.contains(*i));
    let kept: Vec<Dim> = kept.map(|(_, n)| n.clone()).collect();
    let backwards = |a: &SliceAxis| full().step_by(a.step.signum());
    let forwards = value
        .broadcast_to(kept)
        .reshape(&part)
        .slice(axes.iter().map(backwards).collect::<Vec<_>>());
    let pads = axes.iter().zip(ty.shape.iter()).map(|(a, length)| {
        let span = &(&a.len - 1) * a.step.abs();
        let low = if a.step < 0 { &a.start - &span } else { a.start.clone() };
        let high = &(&(length - &low) - &span) - 1;
        PadAxis { low, high, interior: (a.step.unsigned_abs() - 1) as usize }
    });
    Expr::apply(Op::Pad(pads.collect()), vec![forwards, value.like(0)])
}
