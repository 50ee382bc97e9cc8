//! Reductions, and ops along an axis.
//!
//! Invariants: a missing axis means all of them.
//!
//! Not here: indices by data (`indexing.rs`).

use super::Build::Call as Args;
use super::{Call, Defect, Row, rank};
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The ops.
pub const ROWS: &[Row] = &[
    ("sum", Args(sum)),
    ("prod", Args(|c| over(c, |x, axes, keep| pick(keep, x.prod_keep(axes), x.prod_axes(axes))))),
    ("max", Args(|c| over(c, |x, axes, keep| pick(keep, x.max_keep(axes), x.max_axes(axes))))),
    ("min", Args(|c| over(c, |x, axes, keep| pick(keep, x.min_keep(axes), x.min_axes(axes))))),
    ("any", Args(|c| over(c, |x, axes, keep| pick(keep, x.any_keep(axes), x.any_axes(axes))))),
    ("all", Args(|c| over(c, |x, axes, keep| pick(keep, x.all_keep(axes), x.all_axes(axes))))),
    ("mean", Args(|c| over(c, |x, axes, keep| pick(keep, x.mean_keep(axes), x.mean_axes(axes))))),
    ("logsumexp", Args(|c| over(c, logsumexp))),
    ("argmax", Args(|c| along(c, Expr::argmax))),
    ("argmin", Args(|c| along(c, Expr::argmin))),
    ("softmax", Args(|c| Ok(c.x(0)?.softmax(c.params.int_or("axis", -1)?)))),
    ("log_softmax", Args(|c| Ok(c.x(0)?.log_softmax(c.params.int_or("axis", -1)?)))),
];

/// Truths are counted.
fn sum(c: &Call) -> Result<Expr, Defect> {
    let truths = c.x(0)?.type_or_none().is_some_and(|ty| ty.dtype == DType::Bool);
    over(c, |x, axes, keep| {
        let x = if truths { x.cast(DType::I64) } else { x.clone() };
        pick(keep, x.sum_keep(axes), x.sum_axes(axes))
    })
}

fn pick(keep: bool, kept: Expr, dropped: Expr) -> Expr {
    if keep { kept } else { dropped }
}

/// The dims are known, so that a dropped axis can be put back.
fn logsumexp(x: &Expr, axes: &[i64], keep: bool) -> Expr {
    let dropped = x.logsumexp(axes);
    if keep { dropped.expand_dims(axes) } else { dropped }
}

/// A reduction over `axis`, which stays with length 1 if `keepdims`.
fn over(c: &Call, reduce: impl Fn(&Expr, &[i64], bool) -> Expr) -> Result<Expr, Defect> {
    let x = c.x(0)?;
    let axes = c.params.ints_or_all("axis")?;
    let axes = axes.unwrap_or_else(|| (0..rank(x) as i64).collect());
    Ok(reduce(x, &axes, c.params.flag_or("keepdims", false)?))
}

/// An op along one axis; without an axis along the tensor's elements in row-major order.
fn along(c: &Call, op: impl Fn(&Expr, i64) -> Expr) -> Result<Expr, Defect> {
    let x = c.x(0)?;
    Ok(match c.params.get("axis") {
        Some(_) => op(x, c.params.int("axis")?),
        None => op(&x.ravel(), 0),
    })
}
