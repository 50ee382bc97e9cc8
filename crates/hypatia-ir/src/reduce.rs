//! Reductions of expressions: over all axes, over some, with or without keeping them.
//!
//! Invariants: `x.sum()` reduces everything; `x.sum_axes(-1)` drops the axes;
//! `x.sum_keep(-1)` leaves them with length 1.
//!
//! Not here: softmax and the like (`compose/`).

use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::op::{ArgOp, Axes, Op, ReduceOp};
use crate::shape::Type;
use crate::span::Span;
use crate::structure::axes_of;
use std::ops::RangeFull;

/// Axes as users write them: one, several, or `..` for all; negative ones count from the end.
pub trait IntoAxes {
    /// The set for a tensor of this rank.
    fn into_axes(self, rank: usize) -> Result<Axes, Cause>;
}

impl IntoAxes for i64 {
    fn into_axes(self, rank: usize) -> Result<Axes, Cause> {
        axes_of(&[self], rank)
    }
}

impl<const N: usize> IntoAxes for [i64; N] {
    fn into_axes(self, rank: usize) -> Result<Axes, Cause> {
        axes_of(&self, rank)
    }
}

impl<const N: usize> IntoAxes for &[i64; N] {
    fn into_axes(self, rank: usize) -> Result<Axes, Cause> {
        axes_of(self, rank)
    }
}

impl IntoAxes for &[i64] {
    fn into_axes(self, rank: usize) -> Result<Axes, Cause> {
        axes_of(self, rank)
    }
}

impl IntoAxes for RangeFull {
    fn into_axes(self, rank: usize) -> Result<Axes, Cause> {
        Ok(Axes::all(rank))
    }
}

impl IntoAxes for Axes {
    fn into_axes(self, rank: usize) -> Result<Axes, Cause> {
        match self.iter().find(|&a| a >= rank) {
            Some(axis) => Err(Cause::Axis { axis: axis as i64, rank }),
            None => Ok(self),
        }
    }
}

impl Expr {
    /// Applies `build` to the checked axes, then drops them unless `keep`.
    #[track_caller]
    pub(crate) fn over(
        &self,
        op: &'static str,
        axes: impl IntoAxes,
        keep: bool,
        build: impl FnOnce(&Expr, &Type, Axes) -> Expr,
    ) -> Expr {
        let at = Span::caller();
        self.build(op, |ty| {
            let axes = axes.into_axes(ty.rank())?;
            Ok(at.on_behalf_of(|| {
                let kept = build(self, ty, axes);
                if keep { kept } else { kept.without(axes) }
            }))
        })
    }

    #[track_caller]
    fn reduce(&self, op: ReduceOp, axes: impl IntoAxes, keep: bool) -> Expr {
        self.over(op.name(), axes, keep, |x, _, axes| {
            Expr::apply(Op::Reduce(op, axes), vec![x.clone()])
        })
    }

    /// Index (i64) of the largest element along an axis, which is dropped: the first on ties, the
    /// first NaN if any.
    #[track_caller]
    pub fn argmax(&self, axis: i64) -> Expr {
        self.arg_reduce(ArgOp::ArgMax, axis, false)
    }

    /// As [`Expr::argmax`]; the axis stays with length 1.
    #[track_caller]
    pub fn argmax_keep(&self, axis: i64) -> Expr {
        self.arg_reduce(ArgOp::ArgMax, axis, true)
    }

    /// Index (i64) of the smallest element along an axis, which is dropped: the first on ties, the
    /// first NaN if any.
    #[track_caller]
    pub fn argmin(&self, axis: i64) -> Expr {
        self.arg_reduce(ArgOp::ArgMin, axis, false)
    }

    /// As [`Expr::argmin`]; the axis stays with length 1.
    #[track_caller]
    pub fn argmin_keep(&self, axis: i64) -> Expr {
        self.arg_reduce(ArgOp::ArgMin, axis, true)
    }

    #[track_caller]
    fn arg_reduce(&self, op: ArgOp, axis: i64, keep: bool) -> Expr {
        self.over(op.name(), axis, keep, |x, _, axes| match axes.iter().next() {
            Some(axis) => Expr::apply(Op::ArgReduce(op, axis), vec![x.clone()]),
            None => x.clone(),
        })
    }

    /// The length of an axis, or the product of several, as a scalar of this dtype.
    #[track_caller]
    pub(crate) fn extent(&self, ty: &Type, axes: Axes) -> Expr {
        let n = axes.iter().fold(Dim::Known(1), |n, a| &n * &ty.shape[a]);
        match n.known() {
            Some(n) => self.like(n),
            None => Expr::dim(&n).cast(ty.dtype),
        }
    }

    /// The value of a dim, as an `i64` scalar.
    #[track_caller]
    pub fn dim(dim: &Dim) -> Expr {
        match dim.known() {
            Some(n) => Expr::constant(n),
            None => Expr::apply(Op::Dim(dim.clone()), Vec::new()),
        }
    }
}

macro_rules! reductions {
    ($($op:ident $what:literal: $all:ident $some:ident $keep:ident;)*) => {
        impl Expr {$(
            #[doc = concat!($what, " all elements; the result is a scalar.")]
            #[track_caller]
            pub fn $all(&self) -> Expr { self.reduce(ReduceOp::$op, .., false) }

            #[doc = concat!($what, " the elements along these axes, which are dropped.")]
            #[track_caller]
            pub fn $some(&self, axes: impl IntoAxes) -> Expr { self.reduce(ReduceOp::$op, axes, false) }

            #[doc = concat!($what, " the elements along these axes, which stay with length 1.")]
            #[track_caller]
            pub fn $keep(&self, axes: impl IntoAxes) -> Expr { self.reduce(ReduceOp::$op, axes, true) }
        )*}
    };
}
reductions! {
    Sum "The sum of": sum sum_axes sum_keep;
    Prod "The product of": prod prod_axes prod_keep;
    Max "The maximum (NaN if any is NaN) of": max max_axes max_keep;
    Min "The minimum (NaN if any is NaN) of": min min_axes min_keep;
    Any "Whether any is true of": any any_axes any_keep;
    All "Whether all are true of": all all_axes all_keep;
}
