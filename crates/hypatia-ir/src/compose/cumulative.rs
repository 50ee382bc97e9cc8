//! Running sums, products, extremes and linear recurrences along an axis.
//!
//! Invariants: the result has the shape of the operand; gradients hold with zeros and ties.
//!
//! Not here: how they are computed (`routine.rs`), reductions of whole axes (`reduce.rs`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::infer::broadcast;
use crate::op::{ArgOp, Op, PadAxis, SliceAxis};
use crate::routine::Routine;
use crate::scalar::Scalar;
use crate::shape::Type;
use crate::span::Span;
use crate::structure::axis_of;

impl Expr {
    /// Running sums along an axis: `yᵢ = x₀ + … + xᵢ`.
    #[track_caller]
    pub fn cumsum(&self, axis: i64) -> Expr {
        self.routine(Routine::CumSum(0), axis)
    }

    /// Running products along an axis: `yᵢ = x₀ · … · xᵢ`. The gradient holds with zeros.
    #[track_caller]
    pub fn cumprod(&self, axis: i64) -> Expr {
        let at = Span::caller();
        self.build("cumprod", |ty| {
            let a = axis_of(axis, ty.rank())?;
            // Factors from the second on, and the first element as the only term.
            Ok(at.on_behalf_of(|| self.recurrence(first(ty, a).select(self, self.like(0)), axis)))
        })
    }

    /// `yᵢ = aᵢ·yᵢ₋₁ + bᵢ` along an axis, where `self` is `a`; from `y₀ = b₀`. Operands broadcast;
    /// different number types promote.
    #[track_caller]
    pub fn recurrence(&self, terms: impl Into<Expr>, axis: i64) -> Expr {
        let (at, terms) = (Span::caller(), terms.into());
        self.build("recurrence", |ty| {
            let Some(other) = terms.type_or_none() else {
                let op = Op::Routine(Routine::Recurrence(0));
                return Ok(at.on_behalf_of(|| Expr::apply(op, vec![self.clone(), terms.clone()])));
            };
            let mixed = Cause::Mixed { left: ty.dtype, right: other.dtype };
            let dtype = ty.dtype.promote(other.dtype).ok_or(mixed)?;
            let shape = broadcast(&ty.shape, &other.shape, &mut Vec::new())?;
            let op = Op::Routine(Routine::Recurrence(axis_of(axis, shape.rank())?));
            let whole = |x: &Expr| x.cast(dtype).broadcast_to(&shape);
            Ok(at.on_behalf_of(|| Expr::apply(op, vec![whole(self), whole(&terms)])))
        })
    }

    /// The largest element so far along an axis; NaN from the first NaN on.
    #[track_caller]
    pub fn cummax(&self, axis: i64) -> Expr {
        self.so_far(ArgOp::ArgMax, axis)
    }

    /// The smallest element so far along an axis; NaN from the first NaN on.
    #[track_caller]
    pub fn cummin(&self, axis: i64) -> Expr {
        self.so_far(ArgOp::ArgMin, axis)
    }

    #[track_caller]
    fn so_far(&self, op: ArgOp, axis: i64) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.take_along_axis(self.routine(Routine::CumArg(op, 0), axis), axis))
    }

    /// `log(e^x₀ + … + e^xᵢ)` along an axis, without overflow.
    #[track_caller]
    pub fn cumlogsumexp(&self, axis: i64) -> Expr {
        let at = Span::caller();
        self.build("cumlogsumexp", |ty| {
            let a = axis_of(axis, ty.rank())?;
            if !ty.dtype.is_float() {
                return Err(Cause::DType { expected: "a float type", found: ty.dtype });
            }
            Ok(at.on_behalf_of(|| {
                // Sums relative to the largest element so far, which the result does not depend
                // on; infinite ones would leave nothing to subtract from.
                let largest = self.cummax(axis).stop_gradient();
                let infinite = largest.abs().eq(f64::INFINITY);
                let scale = infinite.select(largest.like(0), &largest);
                let nothing_yet = delayed(&largest, a).eq(f64::NEG_INFINITY);
                let change = (delayed(&scale, a) - &scale).exp();
                let factor = nothing_yet.select(change.like(0), change);
                factor.recurrence((self - &scale).exp(), axis).log() + scale
            }))
        })
    }
}

/// Whether an element is the first along an axis; broadcasts against tensors of the type.
fn first(ty: &Type, axis: usize) -> Expr {
    let mut column = vec![Dim::Known(1); ty.rank() - axis];
    column[0] = ty.shape[axis].clone();
    let places = Expr::apply(Op::Iota(ty.shape[axis].clone(), DType::I64), Vec::new());
    places.reshape(column).eq(0)
}

/// Every element moved to the next place along an axis, which must be one of `x`; the first is 0,
/// the last is dropped.
#[track_caller]
pub fn delayed(x: &Expr, axis: usize) -> Expr {
    let Some(ty) = x.type_or_none() else { return x.clone() };
    let low = |i: usize| Dim::Known(i64::from(i == axis));
    let pad = |i| PadAxis { low: low(i), high: Dim::Known(0), interior: 0 };
    let widths = (0..ty.rank()).map(pad).collect();
    let zero = Expr::apply(Op::Const(Scalar::from_i64(ty.dtype, 0)), Vec::new());
    let padded = Expr::apply(Op::Pad(widths), vec![x.clone(), zero]);
    let parts = ty.shape.iter().map(SliceAxis::whole).collect();
    Expr::apply(Op::Slice(parts), vec![padded])
}

/// A slice that takes all but one axis whole.
#[track_caller]
pub(super) fn along(x: &Expr, axis: usize, part: impl FnOnce(&mut SliceAxis)) -> Expr {
    let Some(ty) = x.type_or_none() else { return x.clone() };
    let mut parts: Vec<SliceAxis> = ty.shape.iter().map(SliceAxis::whole).collect();
    parts.get_mut(axis).map(part);
    Expr::apply(Op::Slice(parts), vec![x.clone()])
}
