//! Tensors from nothing but lengths and numbers.
//!
//! Invariants: lengths may be names, unless they are counted from numbers (`arange`).
//!
//! Not here: `iota` (`index.rs`), literal tensors (`expr.rs`), random numbers.

use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::{Expr, IntoDims};
use crate::index::iota;
use crate::operators::Operand;
use crate::scalar::{Element, Scalar};
use crate::span::Span;
use crate::structure::build_from;

/// A tensor of zeros.
#[track_caller]
pub fn zeros<T: Element>(dims: impl IntoDims) -> Expr {
    Span::caller().on_behalf_of(|| number::<T>(0).broadcast_to(dims))
}

/// A tensor of ones.
#[track_caller]
pub fn ones<T: Element>(dims: impl IntoDims) -> Expr {
    Span::caller().on_behalf_of(|| number::<T>(1).broadcast_to(dims))
}

/// A tensor of one value.
#[track_caller]
pub fn full<T: Element>(dims: impl IntoDims, value: T) -> Expr {
    Span::caller().on_behalf_of(|| Expr::constant(value).broadcast_to(dims))
}

/// Zeros of the type of an expression.
#[track_caller]
pub fn zeros_like(x: impl Into<Expr>) -> Expr {
    full_like(x, 0)
}

/// Ones of the type of an expression.
#[track_caller]
pub fn ones_like(x: impl Into<Expr>) -> Expr {
    full_like(x, 1)
}

/// One value, broadcast to the type of an expression.
#[track_caller]
pub fn full_like(x: impl Into<Expr>, value: impl Into<Operand>) -> Expr {
    let x = x.into();
    Span::caller().on_behalf_of(|| {
        let value = x.like(value);
        build_from("full_like", &[&x, &value], |types| {
            Ok(value.cast(types[0].dtype).broadcast_to(&types[0].shape))
        })
    })
}

/// `start, start + step, …` before `stop`, as NumPy's `arange`: `⌈(stop - start)/step⌉` elements,
/// none if that is negative. Element `i` is `start + i·((start + step) - start)`.
#[track_caller]
pub fn arange<T: Element>(start: T, stop: T, step: T) -> Expr {
    let [first, end, by] = [start, stop, step].map(Scalar::new);
    Span::caller().on_behalf_of(|| match arange_length(first, end, by) {
        Ok(length) => {
            let delta = (Expr::constant(start) + Expr::constant(step)) - Expr::constant(start);
            Expr::constant(start) + iota::<T>(length) * delta
        }
        Err(cause) => Expr::invalid("arange", cause, Vec::new()),
    })
}

fn arange_length(start: Scalar, stop: Scalar, step: Scalar) -> Result<i64, Cause> {
    let refused = |name, expected, found: Scalar| {
        let found = found.to_string();
        Err(Cause::Setting { name, expected, found })
    };
    if start.dtype() == DType::Bool {
        let (expected, found) = ("a number type", DType::Bool);
        return Err(Cause::DType { expected, found });
    }
    if step.as_f64() == 0.0 || !step.as_f64().is_finite() {
        return refused("step", "a finite number other than 0", step);
    }
    let length = if start.dtype().is_float() {
        ((stop.as_f64() - start.as_f64()) / step.as_f64()).ceil()
    } else {
        // Exact: differences of i64 fit i128.
        let [start, stop, step] = [start, stop, step].map(|s| i128::from(s.as_i64()));
        let (distance, size) = ((stop - start) * step.signum(), step.abs());
        (distance.max(0) / size + i128::from(distance.max(0) % size != 0)) as f64
    };
    // Beyond this no tensor fits in memory; NaN fails too.
    match length < 9e15 {
        true => Ok(length.max(0.0) as i64),
        false => refused("stop", "a finite number of steps away", stop),
    }
}

/// `count` numbers from `start` to `stop`, evenly spaced, both ends exact; of one, the start.
#[track_caller]
pub fn linspace<T: Element>(start: T, stop: T, count: impl Into<Dim>) -> Expr {
    let count = count.into();
    Span::caller().on_behalf_of(|| {
        if !T::DTYPE.is_float() {
            let (expected, found) = ("a float type", T::DTYPE);
            return Expr::invalid("linspace", Cause::DType { expected, found }, Vec::new());
        }
        let (first, last) = (Expr::constant(start), Expr::constant(stop));
        if count.is(0) || count.is(1) {
            return first.broadcast_to([count]);
        }
        let gaps = Expr::dim(&(&count - 1));
        let step = (&last - &first) / gaps.cast(T::DTYPE);
        let places = iota::<i64>(&count);
        let inner = places.cast(T::DTYPE) * step + &first;
        // A symbolic count may be 1: the start wins.
        let end = places.eq(&gaps).and(places.gt(0));
        places.eq(0).select(first, end.select(last, inner))
    })
}

/// Ones on the `k`-th diagonal of `rows × columns`, above the main one if `k` is positive.
#[track_caller]
pub fn eye<T: Element>(rows: impl Into<Dim>, columns: impl Into<Dim>, k: i64) -> Expr {
    Span::caller().on_behalf_of(|| on_diagonal(&rows.into(), &columns.into(), k).cast(T::DTYPE))
}

/// Ones on and below the `k`-th diagonal of `rows × columns`.
#[track_caller]
pub fn tri<T: Element>(rows: impl Into<Dim>, columns: impl Into<Dim>, k: i64) -> Expr {
    Span::caller().on_behalf_of(|| below_diagonal(&rows.into(), &columns.into(), k).cast(T::DTYPE))
}

/// Where a matrix has its `k`-th diagonal.
pub(crate) fn on_diagonal(rows: &Dim, columns: &Dim, k: i64) -> Expr {
    iota::<i64>(columns).eq(iota::<i64>(rows).expand(-1) + k)
}

/// Where a matrix has its `k`-th diagonal and what is below.
pub(crate) fn below_diagonal(rows: &Dim, columns: &Dim, k: i64) -> Expr {
    iota::<i64>(columns).le(iota::<i64>(rows).expand(-1) + k)
}

/// Coordinates of a grid, matrix indexing: element `i` varies along axis `i`, with the values of
/// vector `i`.
#[track_caller]
pub fn meshgrid(axes: &[Expr]) -> Vec<Expr> {
    let all: Vec<&Expr> = axes.iter().collect();
    Span::caller().on_behalf_of(|| {
        let coordinate = |which: usize| {
            build_from("meshgrid", &all, |types| {
                if let Some(ty) = types.iter().find(|ty| ty.rank() != 1) {
                    return Err(Cause::Rank { expected: "vectors", found: ty.rank() });
                }
                let lengths: Vec<Dim> = types.iter().map(|ty| ty.shape[0].clone()).collect();
                let mut split = vec![Dim::Known(1); lengths.len()];
                split[which] = lengths[which].clone();
                Ok(axes[which].reshape(split).broadcast_to(lengths))
            })
        };
        (0..axes.len()).map(coordinate).collect()
    })
}

fn number<T: Element>(value: i64) -> Expr {
    Expr::apply(crate::op::Op::Const(Scalar::from_i64(T::DTYPE, value)), Vec::new())
}
