//! Reductions, and operators along an axis.
//!
//! Invariants: axes are an argument or an attribute, by version; without axes all of them, unless
//! the node says that it does nothing then.
//!
//! Not here: normalisation (`normal.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::{Many, Single};
use super::Row;
use crate::ops::rank;
use hypatia::compose::{delayed, full_like};
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::index::iota;

/// The operators.
pub const ROWS: &[Row] = &[
    ("ArgMax", Single(|n| arg(n, Expr::argmax_keep))),
    ("ArgMin", Single(|n| arg(n, Expr::argmin_keep))),
    ("CumSum", Single(cumulative_sum)),
    ("Hardmax", Single(hardmax)),
    ("LogSoftmax", Single(|n| softmax(n, |x, axis| x.log_softmax(axis)))),
    ("ReduceL1", Single(|n| over(n, |x, a| x.norm_l1_keep(a)))),
    ("ReduceL2", Single(|n| over(n, |x, a| x.norm_l2_keep(a)))),
    ("ReduceLogSum", Single(|n| over(n, |x, a| x.sum_keep(a).log()))),
    ("ReduceLogSumExp", Single(|n| over(n, logsumexp))),
    (
        "ReduceMax",
        Single(|n| {
            over(n, |x, a| {
                extreme(x, a, f64::NEG_INFINITY, [|x, a| x.max_keep(a), |x, a| x.any_keep(a)])
            })
        }),
    ),
    ("ReduceMean", Single(|n| over(n, |x, a| x.mean_keep(a)))),
    (
        "ReduceMin",
        Single(|n| {
            over(n, |x, a| {
                extreme(x, a, f64::INFINITY, [|x, a| x.min_keep(a), |x, a| x.all_keep(a)])
            })
        }),
    ),
    ("ReduceProd", Single(|n| over(n, |x, a| x.prod_keep(a)))),
    ("ReduceSum", Single(|n| over(n, |x, a| x.sum_keep(a)))),
    ("ReduceSumSquare", Single(|n| over(n, |x, a| x.sum_square_keep(a)))),
    ("Softmax", Single(|n| softmax(n, |x, axis| x.softmax(axis)))),
    ("TopK", Many(topk)),
];

/// All axes of a tensor, in order.
pub fn all_axes(x: &Expr) -> Vec<i64> {
    (0..rank(x) as i64).collect()
}

fn over(n: &Node, reduce: impl Fn(&Expr, &[i64]) -> Expr) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    let axes = n.ints_at(1, "axes")?.filter(|axes| !axes.is_empty());
    let axes = match axes {
        Some(axes) => axes,
        None if n.int("noop_with_empty_axes", 0) != 0 => Vec::new(),
        None => all_axes(x),
    };
    let kept = reduce(x, &axes);
    Ok(if n.int("keepdims", 1) != 0 { kept } else { kept.squeeze_axes(axes.as_slice()) })
}

/// The largest of truths is whether any is true, the largest of nothing minus infinity.
fn extreme(
    x: &Expr,
    axes: &[i64],
    of_nothing: f64,
    [number, truth]: [fn(&Expr, &[i64]) -> Expr; 2],
) -> Expr {
    let dtype = x.type_or_none().map(|ty| ty.dtype);
    let none = x.sum_keep(axes);
    match dtype {
        Some(DType::Bool) => truth(x, axes),
        Some(dtype) if dtype.is_float() && length_of(x, axes) == 0 => full_like(none, of_nothing),
        _ => number(x, axes),
    }
}

/// How many elements axes have together.
fn length_of(x: &Expr, axes: &[i64]) -> i64 {
    let rank = rank(x);
    let from_start = |axis: i64| (if axis < 0 { axis + rank as i64 } else { axis }) as usize;
    axes.iter().map(|&axis| crate::ops::length(x, from_start(axis))).product()
}

fn logsumexp(x: &Expr, axes: &[i64]) -> Expr {
    match length_of(x, axes) {
        0 => x.sum_keep(axes).log(),
        _ => x.logsumexp(axes).expand_dims(axes),
    }
}

fn arg(n: &Node, of: fn(&Expr, i64) -> Expr) -> Result<Expr, Stop> {
    let (x, axis) = (n.x(0)?, n.int("axis", 0));
    let kept = match n.int("select_last_index", 0) {
        0 => of(x, axis),
        _ => {
            let at = n.axis(axis, rank(x))?;
            n.shape(0)?[at] - 1 - of(&x.flip(axis), axis)
        }
    };
    Ok(if n.int("keepdims", 1) != 0 { kept } else { kept.squeeze(axis) })
}

/// Before version 13 everything from the axis on is one axis.
fn softmax(n: &Node, of: fn(&Expr, i64) -> Expr) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    if n.opset() >= 13 {
        return Ok(of(x, n.int("axis", -1)));
    }
    flat_from(n, |rows| of(rows, -1))
}

/// The tensor as a matrix whose columns are everything from the axis on, and back.
fn flat_from(n: &Node, of: impl Fn(&Expr) -> Expr) -> Result<Expr, Stop> {
    let (x, shape) = (n.x(0)?, n.shape(0)?);
    let axis = n.axis(n.int("axis", 1), shape.len())?;
    let rows: i64 = shape[..axis].iter().product();
    let columns: i64 = shape[axis..].iter().product();
    Ok(of(&x.reshape([rows, columns])).reshape(crate::ops::dims(&shape)))
}

/// One at the first largest element.
fn hardmax(n: &Node) -> Result<Expr, Stop> {
    let hard = |x: &Expr, axis: i64| {
        let rank = rank(x);
        let length = crate::ops::length(x, ((axis + rank as i64) as usize) % rank.max(1));
        let dtype = x.type_or_none().map_or(DType::F32, |ty| ty.dtype);
        let places = iota::<i64>(length);
        let from_end = if axis < 0 { -axis - 1 } else { rank as i64 - 1 - axis };
        let places = (0..from_end).fold(places, |p, _| p.expand(-1));
        x.argmax_keep(axis).eq(places).cast(dtype)
    };
    match n.opset() >= 13 {
        true => Ok(hard(n.x(0)?, n.int("axis", -1))),
        false => flat_from(n, |rows| hard(rows, -1)),
    }
}

fn cumulative_sum(n: &Node) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    let axis = n.known_ints(1)?.and_then(|a| a.first().copied());
    let axis = axis.ok_or_else(|| n.wrong("no axis"))?;
    let at = n.axis(axis, rank(x))?;
    let backwards = n.int("reverse", 0) != 0;
    let x = if backwards { x.flip(at as i64) } else { x.clone() };
    let mut sums = x.cumsum(axis);
    if n.int("exclusive", 0) != 0 {
        sums = delayed(&sums, at);
    }
    Ok(if backwards { sums.flip(at as i64) } else { sums })
}

fn topk(n: &Node) -> Result<Vec<Expr>, Stop> {
    let x = n.x(0)?;
    let k = n.known_ints(1)?.and_then(|k| k.first().copied()).unwrap_or_else(|| n.int("k", 1));
    let axis = n.int("axis", -1);
    if n.int("largest", 1) != 0 {
        let (values, places) = x.topk(k, axis);
        return Ok(vec![values, places]);
    }
    let at = n.axis(axis, rank(x))?;
    let mut parts = vec![hypatia::structure::full(); rank(x)];
    parts[at] = hypatia::structure::part(0, k);
    let places = x.argsort(axis).slice(parts);
    Ok(vec![x.take_along_axis(&places, axis), places])
}
