//! Shapes and parts: reshape, transpose, expand, squeeze, broadcast, slice, concat, pad.
//!
//! Invariants: negative axes count from the end; user-given axes are checked here and are
//! non-negative in the ops.
//!
//! Not here: selection by index tensors (`index.rs`).

use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::{Expr, IntoDims};
use crate::op::{Axes, FoldAxis, Op, PadAxis, SliceAxis, WindowAxis};
use crate::operators::Operand;
use crate::shape::{Shape, Type};
use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

/// The axis as a non-negative number.
pub(crate) fn axis_of(axis: i64, rank: usize) -> Result<usize, Cause> {
    let from_start = if axis < 0 { axis + rank as i64 } else { axis };
    match usize::try_from(from_start) {
        Ok(a) if a < rank => Ok(a),
        _ => Err(Cause::Axis { axis, rank }),
    }
}

/// Several axes as a set.
pub(crate) fn axes_of(axes: &[i64], rank: usize) -> Result<Axes, Cause> {
    axes.iter().try_fold(Axes::default(), |set, &axis| {
        let a = axis_of(axis, rank)?;
        if set.contains(a) {
            return Err(Cause::DuplicateAxis { axis });
        }
        Ok(set.with(a))
    })
}

/// The part of an axis that a slice takes; indices may be negative numbers, steps too. A number
/// stands for one element: the axis is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    start: Option<Dim>,
    end: Option<Dim>,
    step: i64,
    single: bool,
}

impl Part {
    /// Every `step`-th element of this part, from its start; negative steps run backwards.
    #[must_use]
    pub fn step_by(self, step: i64) -> Part {
        Part { step, ..self }
    }
}

/// A part with explicit ends, as Python's `start:end`.
pub fn part(start: impl Into<Dim>, end: impl Into<Dim>) -> Part {
    let (start, end) = (Some(start.into()), Some(end.into()));
    Part { start, end, step: 1, single: false }
}

/// A whole axis, as Python's `:`.
pub fn full() -> Part {
    Part { start: None, end: None, step: 1, single: false }
}

/// One element of an axis, which is dropped, as Python's `x[i]`.
pub fn single(index: impl Into<Dim>) -> Part {
    Part { start: Some(index.into()), end: None, step: 1, single: true }
}

macro_rules! part_from {
    ($($range:ident: |$r:ident| $start:expr, $end:expr;)*) => {$(
        impl<D: Into<Dim>> From<$range<D>> for Part {
            fn from($r: $range<D>) -> Part {
                Part { start: $start, end: $end, step: 1, single: false }
            }
        }
    )*};
}
part_from! {
    Range: |r| Some(r.start.into()), Some(r.end.into());
    RangeFrom: |r| Some(r.start.into()), None;
    RangeTo: |r| None, Some(r.end.into());
}

impl From<RangeFull> for Part {
    fn from(_: RangeFull) -> Part {
        full()
    }
}

macro_rules! part_from_number {
    ($($number:ty),*) => {$(
        impl From<$number> for Part {
            fn from(index: $number) -> Part { single(index) }
        }
    )*};
}
part_from_number!(i32, i64, Dim, &Dim);

/// Slices as users write them: arrays or tuples of ranges, numbers and [`Part`]s.
pub trait IntoParts {
    /// The parts in order of the axes.
    fn into_parts(self) -> Vec<Part>;
}

impl<P: Into<Part>, const N: usize> IntoParts for [P; N] {
    fn into_parts(self) -> Vec<Part> {
        self.into_iter().map(Into::into).collect()
    }
}

impl IntoParts for Vec<Part> {
    fn into_parts(self) -> Vec<Part> {
        self
    }
}

macro_rules! parts_of_tuples {
    ($(($($t:ident),+))*) => {$(
        impl<$($t: Into<Part>),+> IntoParts for ($($t,)+) {
            fn into_parts(self) -> Vec<Part> {
                #[allow(non_snake_case)]
                let ($($t,)+) = self;
                vec![$($t.into()),+]
            }
        }
    )*};
}
parts_of_tuples!((A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E));

impl SliceAxis {
    /// All of an axis.
    pub fn whole(length: &Dim) -> SliceAxis {
        let (start, len) = (Dim::Known(0), length.clone());
        SliceAxis { start, len, step: 1 }
    }

    /// NumPy's reading of a part: negative numbers count from the end; on axes of known length,
    /// ends outside are clamped. Symbolic ends must lie inside the axis.
    fn of(part: &Part, axis: usize, length: &Dim) -> Result<SliceAxis, Cause> {
        let step = part.step;
        let Some(size) = step.checked_abs().filter(|&size| size > 0) else {
            let (taken, length) = (format!("step {step}"), length.clone());
            return Err(Cause::Slice { axis, taken, length });
        };
        let (first, last) =
            if step > 0 { (Dim::Known(0), length.clone()) } else { (length - 1, Dim::Known(-1)) };
        let end_of = |given: &Option<Dim>, default: &Dim| match given {
            None => default.clone(),
            Some(Dim::Known(i)) if *i < 0 => length + *i,
            Some(dim) => dim.clone(),
        };
        if part.single {
            // Not clamped: an element outside is an error of the op.
            return Ok(SliceAxis { start: end_of(&part.start, &first), len: 1.into(), step: 1 });
        }
        let clamp = |d: Dim| match (d.known(), length.known()) {
            (Some(i), Some(n)) if step > 0 => Dim::Known(i.clamp(0, n)),
            (Some(i), Some(n)) => Dim::Known(i.clamp(-1, n - 1)),
            _ => d,
        };
        let start = clamp(end_of(&part.start, &first));
        let end = clamp(end_of(&part.end, &last));
        let distance = if step > 0 { &end - &start } else { &start - &end };
        let len = match distance.known().map(|n| n.max(0)) {
            Some(n) => Dim::Known(n / size + i64::from(n % size != 0)),
            None => (&distance + (size - 1)).floor_div(&Dim::Known(size)),
        };
        Ok(SliceAxis { start, len, step })
    }
}

/// What slices with these parts take of each axis, and the axes that they drop.
pub(crate) fn slice_axes(parts: &[Part], shape: &Shape) -> Result<(Vec<SliceAxis>, Axes), Cause> {
    if parts.len() > shape.rank() {
        let (expected, found) = ("at most one part for each axis", parts.len());
        return Err(Cause::Rank { expected, found });
    }
    let whole = full();
    let part_of = |i: usize| parts.get(i).unwrap_or(&whole);
    let dropped = (0..parts.len()).filter(|&i| parts[i].single).collect();
    let axes = (0..shape.rank()).map(|i| SliceAxis::of(part_of(i), i, &shape[i]));
    Ok((axes.collect::<Result<_, _>>()?, dropped))
}

/// Builds from the types of several operands, or passes their errors on.
#[track_caller]
pub(crate) fn build_from(
    op: &'static str,
    operands: &[&Expr],
    build: impl FnOnce(&[&Type]) -> Result<Expr, Cause>,
) -> Expr {
    let owned = || operands.iter().map(|&e| e.clone()).collect();
    let types: Option<Vec<&Type>> = operands.iter().map(|e| e.type_or_none()).collect();
    match types.map(|types| build(&types)) {
        Some(Ok(expr)) => expr,
        Some(Err(cause)) => Expr::invalid(op, cause, owned()),
        None => Expr::apply(Op::Concat(0), owned()),
    }
}

impl Expr {
    /// Builds from the type, or passes an error on.
    #[track_caller]
    pub(crate) fn build(
        &self,
        op: &'static str,
        build: impl FnOnce(&Type) -> Result<Expr, Cause>,
    ) -> Expr {
        match self.type_or_none().map(build) {
            Some(Ok(expr)) => expr,
            Some(Err(cause)) => Expr::invalid(op, cause, vec![self.clone()]),
            None => Expr::apply(Op::Reshape(Shape::scalar()), vec![self.clone()]),
        }
    }

    /// The same elements in row-major order with another shape. One length may be -1: it is
    /// inferred.
    #[track_caller]
    pub fn reshape(&self, dims: impl IntoDims) -> Expr {
        let mut dims = dims.into_dims();
        let at = crate::span::Span::caller();
        self.build("reshape", |ty| {
            let mut holes = (0..dims.len()).filter(|&i| dims[i].is(-1));
            let (hole, second) = (holes.next(), holes.next());
            if second.is_some() {
                return Err(Cause::Inferred);
            }
            if let Some(hole) = hole {
                let others = dims.iter().enumerate().filter(|(i, _)| *i != hole);
                let others = others.fold(Dim::Known(1), |n, (_, d)| &n * d);
                dims[hole] = ty.shape.count().floor_div(&others);
            }
            let shape: Shape = dims.into_iter().collect();
            Ok(at.on_behalf_of(|| self.reshaped(shape)))
        })
    }

    #[track_caller]
    fn reshaped(&self, shape: Shape) -> Expr {
        match self.type_or_none() {
            Some(ty) if ty.shape == shape => self.clone(),
            _ => Expr::apply(Op::Reshape(shape), vec![self.clone()]),
        }
    }

    /// All elements as a vector.
    #[track_caller]
    pub fn ravel(&self) -> Expr {
        self.reshape([Dim::Known(-1)])
    }

    /// Output axis `i` is input axis `perm[i]`.
    #[track_caller]
    pub fn transpose<const N: usize>(&self, perm: [i64; N]) -> Expr {
        self.permute(&perm)
    }

    /// As [`Expr::transpose`], for any number of axes.
    #[track_caller]
    pub fn permute(&self, perm: &[i64]) -> Expr {
        let at = crate::span::Span::caller();
        self.build("transpose", |ty| {
            let rank = ty.rank();
            let misfit = || Cause::Permutation { perm: perm.to_vec(), rank };
            let axes: Result<Vec<usize>, Cause> =
                perm.iter().map(|&a| axis_of(a, rank).map_err(|_| misfit())).collect();
            let op = Op::Transpose(axes?);
            Ok(at.on_behalf_of(|| Expr::apply(op, vec![self.clone()])))
        })
    }

    /// The last two axes exchanged. Rank 2 or more.
    #[track_caller]
    pub fn t(&self) -> Expr {
        self.swap_axes(-1, -2)
    }

    /// Two axes exchanged.
    #[track_caller]
    pub fn swap_axes(&self, a: i64, b: i64) -> Expr {
        let at = crate::span::Span::caller();
        self.build("transpose", |ty| {
            let mut perm: Vec<usize> = (0..ty.rank()).collect();
            perm.swap(axis_of(a, ty.rank())?, axis_of(b, ty.rank())?);
            let op = Op::Transpose(perm);
            Ok(at.on_behalf_of(|| Expr::apply(op, vec![self.clone()])))
        })
    }

    /// A new axis of length 1 at this place of the result; -1 is after the last.
    #[track_caller]
    pub fn expand(&self, axis: i64) -> Expr {
        let at = crate::span::Span::caller();
        self.build("expand", |ty| {
            let axis = axis_of(axis, ty.rank() + 1)?;
            let mut dims = ty.shape.to_vec();
            dims.insert(axis, Dim::Known(1));
            Ok(at.on_behalf_of(|| self.reshaped(dims.into_iter().collect())))
        })
    }

    /// Without this axis, which must have length 1.
    #[track_caller]
    pub fn squeeze(&self, axis: i64) -> Expr {
        let at = crate::span::Span::caller();
        self.build("squeeze", |ty| {
            let axis = axis_of(axis, ty.rank())?;
            let mut dims = ty.shape.to_vec();
            let length = dims.remove(axis);
            if length.known() != Some(1) {
                return Err(Cause::NotOne { axis, length });
            }
            Ok(at.on_behalf_of(|| self.reshaped(dims.into_iter().collect())))
        })
    }

    /// Without the axes in `axes`, all of length 1.
    #[track_caller]
    pub(crate) fn without(&self, axes: Axes) -> Expr {
        let at = crate::span::Span::caller();
        self.build("squeeze", |ty| {
            let kept = ty.shape.iter().enumerate().filter(|(i, _)| !axes.contains(*i));
            let shape = kept.map(|(_, d)| d.clone()).collect();
            Ok(at.on_behalf_of(|| self.reshaped(shape)))
        })
    }

    /// NumPy broadcasting to this shape.
    #[track_caller]
    pub fn broadcast_to(&self, dims: impl IntoDims) -> Expr {
        let shape: Shape = dims.into_dims().into_iter().collect();
        match self.type_or_none() {
            Some(ty) if ty.shape == shape => self.clone(),
            _ => Expr::apply(Op::Broadcast(shape), vec![self.clone()]),
        }
    }

    /// A regular part of the tensor: ranges for the leading axes, the others whole. A number
    /// takes one element and drops the axis.
    ///
    /// ```
    /// # use hypatia_ir::{expr::matrix, structure::full};
    /// let x = matrix::<f32>("x", ("n", 10));
    /// assert_eq!(x.slice((.., 2..8)).ty().unwrap().to_string(), "f32[n, 6]");
    /// assert_eq!(x.slice((.., -1)).ty().unwrap().to_string(), "f32[n]");
    /// assert_eq!(x.slice((1.., full().step_by(-3))).ty().unwrap().to_string(), "f32[n - 1, 4]");
    /// ```
    #[track_caller]
    pub fn slice(&self, parts: impl IntoParts) -> Expr {
        let parts = parts.into_parts();
        let at = crate::span::Span::caller();
        self.build("slice", |ty| {
            let (axes, dropped) = slice_axes(&parts, &ty.shape)?;
            let op = Op::Slice(axes);
            Ok(at.on_behalf_of(|| Expr::apply(op, vec![self.clone()]).without(dropped)))
        })
    }

    /// The windows of an axis: element `k` of window `i` is element `i·stride + k·dilation` of the
    /// axis, which becomes the number of whole windows; a new last axis of `size` goes through
    /// each. A view: it costs nothing. The three numbers are at least 1.
    ///
    /// ```
    /// # use hypatia_ir::expr::matrix;
    /// let x = matrix::<f32>("x", ("n", 10));
    /// assert_eq!(x.windows(1, 3, 2, 1).ty().unwrap().to_string(), "f32[n, 4, 3]");
    /// ```
    #[track_caller]
    pub fn windows(&self, axis: i64, size: i64, stride: i64, dilation: i64) -> Expr {
        let at = crate::span::Span::caller();
        self.build("windows", |ty| {
            let axis = axis_of(axis, ty.rank())?;
            let op = Op::Windows(WindowAxis { axis, size, stride, dilation });
            Ok(at.on_behalf_of(|| Expr::apply(op, vec![self.clone()])))
        })
    }

    /// Windows added up where [`Expr::windows`] takes them from an axis of this length; its
    /// adjoint. The last axis goes through each window; the axis counts without it. Elements in no
    /// window are 0.
    ///
    /// ```
    /// # use hypatia_ir::expr::tensor;
    /// let x = tensor::<f32>("x", ("n", 4, 3));
    /// assert_eq!(x.fold(1, 10, 2, 1).ty().unwrap().to_string(), "f32[n, 10]");
    /// ```
    #[track_caller]
    pub fn fold(&self, axis: i64, length: impl Into<Dim>, stride: i64, dilation: i64) -> Expr {
        let (at, length) = (crate::span::Span::caller(), length.into());
        self.build("fold", |ty| {
            let axis = axis_of(axis, ty.rank().saturating_sub(1))?;
            let op = Op::Fold(FoldAxis { axis, length, stride, dilation });
            Ok(at.on_behalf_of(|| Expr::apply(op, vec![self.clone()])))
        })
    }

    /// The tensor surrounded by a value: `(before, after)` for each axis.
    #[track_caller]
    pub fn pad(&self, widths: &[(usize, usize)], value: impl Into<Operand>) -> Expr {
        let axis = |&(low, high): &(usize, usize)| PadAxis {
            low: low.into(),
            high: high.into(),
            interior: 0,
        };
        let op = Op::Pad(widths.iter().map(axis).collect());
        Expr::apply(op, vec![self.clone(), self.like(value)])
    }
}

/// Tensors joined along an axis; other axes must agree.
#[track_caller]
pub fn concat(parts: &[Expr], axis: i64) -> Expr {
    let rank = parts.first().and_then(Expr::type_or_none).map_or(0, Type::rank);
    match axis_of(axis, rank) {
        Ok(axis) => Expr::apply(Op::Concat(axis), parts.to_vec()),
        Err(cause) => Expr::invalid("concat", cause, parts.to_vec()),
    }
}

/// Tensors of one shape joined along a new axis.
#[track_caller]
pub fn stack(parts: &[Expr], axis: i64) -> Expr {
    let at = crate::span::Span::caller();
    at.on_behalf_of(|| {
        let expanded: Vec<Expr> = parts.iter().map(|p| p.expand(axis)).collect();
        concat(&expanded, axis)
    })
}
