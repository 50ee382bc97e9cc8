//! Pooling: extremes and means over windows of the last axes.
//!
//! Invariants: padding never wins a maximum, and never counts in a mean unless it is asked to;
//! sizes are those of PyTorch.
//!
//! Not here: windows themselves (`structure.rs`), convolutions (`conv.rs`).

use super::conv::{at_least_one, setting, shape_of};
use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::index::iota;
use crate::op::{Axes, Op, PadAxis, WindowAxis};
use crate::scalar::Scalar;
use crate::shape::Type;
use crate::span::Span;

/// The windows of a pooling.
///
/// ```
/// # use hypatia_ir::{compose::Pool, expr::tensor};
/// let x = tensor::<f32>("x", ("n", 6, 24, 24));
/// let halved = x.max_pool(&Pool::new(&[2, 2]));
/// assert_eq!(halved.ty().unwrap().to_string(), "f32[n, 6, 12, 12]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Elements of a window along each of the last axes.
    pub kernel: Vec<i64>,
    /// Distance of neighbouring windows along each; none stands for the kernel: windows side by
    /// side.
    pub strides: Vec<i64>,
    /// Elements added before and after each, at most half a window; none stands for 0 everywhere.
    pub padding: Vec<i64>,
    /// Whether a last window that hangs over the end counts, if it starts inside the axis or its
    /// padding before the end.
    pub ceil: bool,
    /// Whether padding counts in the number of elements of a mean, as zeros. What hangs over
    /// because of `ceil` never does.
    pub count_padding: bool,
}

impl Pool {
    /// Windows of this size side by side, without padding.
    pub fn new(kernel: &[i64]) -> Pool {
        let (strides, padding) = (Vec::new(), Vec::new());
        Pool { kernel: kernel.to_vec(), strides, padding, ceil: false, count_padding: true }
    }
}

/// The windows along one axis of length `n`.
struct Along {
    axis: usize,
    length: Dim,
    size: i64,
    stride: i64,
    /// What is added at the start, and counts at the end.
    padding: i64,
    /// What is added at the end.
    high: Dim,
    count: Dim,
}

impl Along {
    fn of(pool: &Pool, ty: &Type) -> Result<Vec<Along>, Cause> {
        let axes = pool.kernel.len();
        if axes == 0 || ty.rank() < axes {
            let expected = "a tensor with an axis for each number of `kernel`";
            return Err(Cause::Rank { expected, found: ty.rank() });
        }
        let kernel = at_least_one("kernel", &pool.kernel, axes)?;
        let strides = match pool.strides.is_empty() {
            true => kernel.clone(),
            false => at_least_one("strides", &pool.strides, axes)?,
        };
        let padding = if pool.padding.is_empty() { &vec![0; axes] } else { &pool.padding };
        let half = |(&p, &k): (&i64, &i64)| (0..=k / 2).contains(&p);
        if padding.len() != axes || !padding.iter().zip(&kernel).all(half) {
            let expected = "at most half the kernel, for each of the last axes";
            return Err(setting("padding", expected, &pool.padding));
        }
        let lead = ty.rank() - axes;
        let along = |i: usize| {
            let (axis, length) = (lead + i, ty.shape[lead + i].clone());
            Along::one(axis, length, kernel[i], strides[i], padding[i], pool.ceil)
        };
        (0..axes).map(along).collect()
    }

    fn one(
        axis: usize,
        length: Dim,
        size: i64,
        stride: i64,
        padding: i64,
        ceil: bool,
    ) -> Result<Along, Cause> {
        let padded = &length + 2 * padding;
        if padded.known().is_some_and(|n| n < size) {
            return Err(Cause::WindowSpan { axis, span: size, length: padded });
        }
        let window = WindowAxis { axis, size, stride, dilation: 1 };
        if !ceil {
            let (high, count) = (Dim::Known(padding), window.count(&padded));
            return Ok(Along { axis, length, size, stride, padding, high, count });
        }
        let (high, count) = match length.known() {
            Some(n) => {
                let all = (n + 2 * padding - size + stride - 1) / stride + 1;
                let count = all - i64::from((all - 1) * stride >= n + padding);
                let high = ((count - 1) * stride + size - n - padding).max(0);
                (Dim::Known(high), Dim::Known(count))
            }
            // No window starts beyond the elements.
            None if stride <= size - padding => {
                let more = stride - 1;
                (Dim::Known(padding + more), window.count(&(&padded + more)))
            }
            None => {
                let expected = "strides of at most `kernel - padding` on axes of symbolic length";
                return Err(setting("strides", expected, &stride));
            }
        };
        Ok(Along { axis, length, size, stride, padding, high, count })
    }

    fn is_plain(&self) -> bool {
        self.padding == 0 && self.high.is(0)
    }

    /// How many elements each window has that count, as a vector.
    fn counts(&self, count_padding: bool, dtype: DType) -> Expr {
        let around = if count_padding { self.padding } else { 0 };
        let first = iota::<i64>(self.count.clone()) * self.stride - self.padding;
        let end = (&first + self.size).minimum(Expr::dim(&(&self.length + around)));
        (end - first.maximum(-around)).cast(dtype)
    }
}

/// The windows of the last axes, each as a last axis, surrounded by a value.
fn windows(x: &Expr, along: &[Along], value: Scalar) -> Expr {
    let mut x = x.clone();
    if !along.iter().all(Along::is_plain) {
        let none = PadAxis { low: 0.into(), high: 0.into(), interior: 0 };
        let lead = vec![none; shape_of(&x).rank() - along.len()];
        let part = |a: &Along| PadAxis { low: a.padding.into(), high: a.high.clone(), interior: 0 };
        let parts = lead.into_iter().chain(along.iter().map(part)).collect();
        let value = Expr::apply(Op::Const(value), Vec::new());
        x = Expr::apply(Op::Pad(parts), vec![x, value]);
    }
    along.iter().fold(x, |x, a| {
        let part = WindowAxis { axis: a.axis, size: a.size, stride: a.stride, dilation: 1 };
        Expr::apply(Op::Windows(part), vec![x])
    })
}

/// The axes of the windows.
fn last(ty: &Type, along: &[Along]) -> Axes {
    (ty.rank()..ty.rank() + along.len()).collect()
}

/// What loses every comparison.
fn least(dtype: DType) -> Scalar {
    match dtype {
        DType::Bool | DType::U8 => Scalar::from_i64(dtype, 0),
        DType::I32 => Scalar::new(i32::MIN),
        DType::I64 => Scalar::new(i64::MIN),
        DType::F32 | DType::F64 => Scalar::from_f64(dtype, f64::NEG_INFINITY),
    }
}

fn number(ty: &Type) -> Result<(), Cause> {
    match ty.dtype {
        DType::Bool => Err(Cause::DType { expected: "a number type", found: ty.dtype }),
        _ => Ok(()),
    }
}

fn float(ty: &Type) -> Result<(), Cause> {
    match ty.dtype.is_float() {
        true => Ok(()),
        false => Err(Cause::DType { expected: "a float type", found: ty.dtype }),
    }
}

impl Expr {
    /// The maximum of each window of the last axes, of which there are as many as `kernel` has
    /// numbers; NaN if any element is NaN.
    #[track_caller]
    pub fn max_pool(&self, pool: &Pool) -> Expr {
        let at = Span::caller();
        self.build("max_pool", |ty| {
            number(ty)?;
            let along = Along::of(pool, ty)?;
            Ok(at
                .on_behalf_of(|| windows(self, &along, least(ty.dtype)).max_axes(last(ty, &along))))
        })
    }

    /// The mean of each window of the last axes, of which there are as many as `kernel` has
    /// numbers. Floats only.
    #[track_caller]
    pub fn avg_pool(&self, pool: &Pool) -> Expr {
        let at = Span::caller();
        self.build("avg_pool", |ty| {
            float(ty)?;
            let along = Along::of(pool, ty)?;
            Ok(at.on_behalf_of(|| {
                let zero = Scalar::from_i64(ty.dtype, 0);
                let sums = windows(self, &along, zero).sum_axes(last(ty, &along));
                let whole = |a: &Along| a.is_plain() || pool.count_padding && !pool.ceil;
                if along.iter().all(whole) {
                    return sums / along.iter().map(|a| a.size as f64).product::<f64>();
                }
                let counts = along.iter().rev().enumerate().map(|(after, a)| {
                    let counts = a.counts(pool.count_padding, ty.dtype);
                    (0..after).fold(counts, |c, _| c.expand(-1))
                });
                sums / counts.reduce(|a, b| a * b).unwrap_or_else(|| self.like(1))
            }))
        })
    }

    /// The mean over all axes but the first two: `[batch, channels, …]` to `[batch, channels]`.
    #[track_caller]
    pub fn global_avg_pool(&self) -> Expr {
        self.global("global_avg_pool", |axes| self.mean_axes(axes))
    }

    /// The maximum over all axes but the first two: `[batch, channels, …]` to `[batch, channels]`.
    #[track_caller]
    pub fn global_max_pool(&self) -> Expr {
        self.global("global_max_pool", |axes| self.max_axes(axes))
    }

    #[track_caller]
    fn global(&self, name: &'static str, over: impl FnOnce(Axes) -> Expr) -> Expr {
        let at = Span::caller();
        self.build(name, |ty| match ty.rank() {
            found @ 0..2 => Err(Cause::Rank { expected: "images [batch, channels, …]", found }),
            rank => Ok(at.on_behalf_of(|| over((2..rank).collect()))),
        })
    }

    /// Means over so many parts of each of the last axes: part `i` of `m` goes from
    /// `floor(i·n/m)` to `ceil((i + 1)·n/m)`; parts overlap where `m` does not divide `n`. Floats
    /// only.
    #[track_caller]
    pub fn adaptive_avg_pool(&self, output: &[i64]) -> Expr {
        let at = Span::caller();
        self.build("adaptive_avg_pool", |ty| {
            float(ty)?;
            if output.is_empty() || ty.rank() < output.len() {
                let expected = "a tensor with an axis for each number of `output`";
                return Err(Cause::Rank { expected, found: ty.rank() });
            }
            at_least_one("output", output, output.len())?;
            let first = ty.rank() - output.len();
            Ok(at.on_behalf_of(|| {
                let parts = output.iter().enumerate();
                parts.fold(self.clone(), |x, (i, &count)| means(&x, first + i, count))
            }))
        })
    }
}

/// The means of `count` parts of an axis.
fn means(x: &Expr, axis: usize, count: i64) -> Expr {
    let shape = shape_of(x);
    let (length, signed) = (&shape[axis], axis as i64);
    let parts = Dim::Known(count);
    if let Some(size) = length.known().filter(|n| *n > 0 && n % count == 0).map(|n| n / count) {
        return x.windows(signed, size, size, 1).mean_axes(-1);
    }
    // The start of part `i`, and of part `i + 1` from the end: what a part has at most is one more
    // than what it has on average.
    let places =
        |first: i64| (iota::<f64>(parts.clone()) + first) * Expr::dim(length).cast(DType::F64);
    let start = (places(0) / count as f64).floor().cast(DType::I64);
    let end = -(-places(1) / count as f64).floor().cast(DType::I64);
    let most = &(length + (count - 1)).floor_div(&parts) + 1;
    let index = start.expand(-1) + iota::<i64>(most);
    let inside = index.lt(end.expand(-1));
    let taken = x.take(index.minimum(Expr::dim(&(length - 1))), signed);
    // [count, most] against the axes after the two.
    let column = |e: &Expr| (axis + 1..shape.rank()).fold(e.clone(), |e, _| e.expand(-1));
    let sums = column(&inside).select(taken, 0).sum_axes(signed + 1);
    sums / column(&(end - start).cast(shape_dtype(x)))
}

fn shape_dtype(x: &Expr) -> DType {
    x.type_or_none().map_or(DType::F32, |ty| ty.dtype)
}
