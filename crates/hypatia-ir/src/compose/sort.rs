//! Sorting, the largest elements, medians, and places in sorted sequences.
//!
//! Invariants: stable; NaN comes last in both orders; values are selected by an index, so that
//! gradients go back to where they came from.
//!
//! Not here: how positions are found (`routine.rs`).

use super::cumulative::along;
use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::op::{Axes, Op, SliceAxis};
use crate::reduce::IntoAxes;
use crate::routine::Routine;
use crate::shape::Type;
use crate::span::Span;
use crate::structure::axis_of;

impl Expr {
    /// A routine of `self` alone along an axis that may count from the end. Of one element nothing
    /// has to be computed: it is its own sum, in order, at position 0.
    #[track_caller]
    pub(crate) fn routine(&self, op: Routine, axis: i64) -> Expr {
        let at = Span::caller();
        self.build(op.name(), |ty| {
            let axis = axis_of(axis, ty.rank())?;
            // What is no number is refused below, whatever its length.
            let one = ty.shape[axis].is(1) && ty.dtype != DType::Bool;
            match op {
                Routine::ArgSort { .. } | Routine::CumArg(..) if one => {
                    let first = Expr::constant(0i64);
                    return Ok(at.on_behalf_of(|| first.broadcast_to(&ty.shape)));
                }
                Routine::CumSum(_) if one => return Ok(self.clone()),
                _ => {}
            }
            let op = Op::Routine(op.along(axis));
            Ok(at.on_behalf_of(|| Expr::apply(op, vec![self.clone()])))
        })
    }

    /// The positions (i64) that sort each line along an axis, smallest first; equal elements keep
    /// their order, NaN comes last.
    #[track_caller]
    pub fn argsort(&self, axis: i64) -> Expr {
        self.routine(Routine::ArgSort { axis: 0, descending: false }, axis)
    }

    /// The positions (i64) that sort each line along an axis, largest first; equal elements keep
    /// their order, NaN comes last.
    #[track_caller]
    pub fn argsort_descending(&self, axis: i64) -> Expr {
        self.routine(Routine::ArgSort { axis: 0, descending: true }, axis)
    }

    /// The elements of each line along an axis in order, smallest first, NaN last.
    ///
    /// ```
    /// # use hypatia_ir::{compose::*, eval::evaluate, expr::vector, graph::Graph, tensor::Tensor};
    /// let x = vector::<f32>("x", "n");
    /// let graph = Graph::capture(&[], &[("y".into(), x.sort(0))]).unwrap().graph;
    /// let y = evaluate(&graph, &[vec![2.0f32, 1.0, 3.0].into()]).unwrap();
    /// assert_eq!(y, [Tensor::from(vec![1.0f32, 2.0, 3.0])]);
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: i64) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.take_along_axis(self.argsort(axis), axis))
    }

    /// The elements of each line along an axis in order, largest first, NaN last.
    #[track_caller]
    pub fn sort_descending(&self, axis: i64) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.take_along_axis(self.argsort_descending(axis), axis))
    }

    /// The `k` largest elements of each line along an axis, largest first, and their positions
    /// (i64): the first ones on ties. NaN counts as smaller than all others. An error where a line
    /// has fewer than `k` elements.
    #[track_caller]
    pub fn topk(&self, k: impl Into<Dim>, axis: i64) -> (Expr, Expr) {
        let (at, k) = (Span::caller(), k.into());
        let places = self.build("topk", |ty| {
            let a = axis_of(axis, ty.rank())?;
            let length = ty.shape[a].clone();
            if matches!((k.known(), length.known()), (Some(k), Some(n)) if k < 0 || k > n) {
                return Err(Cause::Slice { axis: a, taken: format!("the {k} largest"), length });
            }
            Ok(at.on_behalf_of(|| self.argsort_descending(axis).cut(a, Dim::Known(0), k)))
        });
        let values = at.on_behalf_of(|| self.take_along_axis(&places, axis));
        (values, places)
    }

    /// `len` elements of an axis (counted from the front) from `start` on.
    #[track_caller]
    pub fn cut(&self, axis: usize, start: Dim, len: Dim) -> Expr {
        along(self, axis, |part| *part = SliceAxis { start, len, step: 1 })
    }

    /// The median of all elements (floats): the middle one, or the mean of the two in the middle;
    /// NaN if any is NaN. An error of nothing.
    #[track_caller]
    pub fn median(&self) -> Expr {
        self.median_over(.., false)
    }

    /// The median along these axes, which are dropped.
    #[track_caller]
    pub fn median_axes(&self, axes: impl IntoAxes) -> Expr {
        self.median_over(axes, false)
    }

    /// The median along these axes, which stay with length 1.
    #[track_caller]
    pub fn median_keep(&self, axes: impl IntoAxes) -> Expr {
        self.median_over(axes, true)
    }

    #[track_caller]
    fn median_over(&self, axes: impl IntoAxes, keep: bool) -> Expr {
        self.over("median", axes, keep, |x, ty, axes| match ty.dtype.is_float() {
            true => median_keep(x, ty, axes),
            false => {
                let (expected, found) = ("a float type", ty.dtype);
                Expr::invalid("median", Cause::DType { expected, found }, vec![x.clone()])
            }
        })
    }

    /// Where each element of `values` belongs in the vector `self`, which is sorted: how many of
    /// its elements are smaller (i64). They are compared one by one, so this costs the product of
    /// both lengths.
    #[track_caller]
    pub fn searchsorted(&self, values: impl Into<Expr>) -> Expr {
        let (at, values) = (Span::caller(), values.into());
        self.build("searchsorted", |ty| match ty.rank() {
            1 => Ok(at.on_behalf_of(|| self.lt(values.expand(-1)).cast(DType::I64).sum_axes(-1))),
            found => Err(Cause::Rank { expected: "a sorted vector", found }),
        })
    }
}

/// The median along axes that stay.
fn median_keep(x: &Expr, ty: &Type, axes: Axes) -> Expr {
    // The axes to the end, as one.
    let kept = (0..ty.rank()).filter(|&a| !axes.contains(a));
    let order: Vec<usize> = kept.clone().chain(axes.iter()).collect();
    let count = axes.iter().fold(Dim::Known(1), |n, a| &n * &ty.shape[a]);
    let lines: Vec<Dim> = kept.map(|a| ty.shape[a].clone()).chain([count.clone()]).collect();
    let last = lines.len() - 1;
    let x = Expr::apply(Op::Transpose(order), vec![x.clone()]).reshape(lines);
    let sorted = x.sort(-1);
    let two = Dim::Known(2);
    let low = sorted.cut(last, (&count - 1).floor_div(&two), Dim::Known(1));
    let middle = match count.known().map(|n| n % 2) {
        Some(1) => low,
        // Half of each: their sum might overflow.
        _ => &low * 0.5 + sorted.cut(last, count.floor_div(&two), Dim::Known(1)) * 0.5,
    };
    let unknown = x.ne(&x).any_keep(-1);
    let result = unknown.select(f64::NAN, middle);
    let shape = ty.shape.reduced(axes);
    result.reshape(&shape)
}
