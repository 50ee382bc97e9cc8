//! Reductions, and ops along an axis.
//!
//! Invariants: a missing axis means all of them.
//!
//! Not here: indices by data (`indexing.rs`).

use super::Build::{Call as Args, Many};
use super::{Call, Defect, Row, rank};
use hypatia::dim::Dim;
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
    ("logsumexp", Args(|c| over(c, |x, a, k| put_back(x.logsumexp(a), a, k)))),
    (
        "sum_square",
        Args(|c| over(c, |x, a, k| pick(k, x.sum_square_keep(a), x.sum_square_axes(a)))),
    ),
    ("norm_l1", Args(|c| over(c, |x, a, k| pick(k, x.norm_l1_keep(a), x.norm_l1_axes(a))))),
    ("norm_l2", Args(|c| over(c, |x, a, k| pick(k, x.norm_l2_keep(a), x.norm_l2_axes(a))))),
    ("norm_inf", Args(|c| over(c, |x, a, k| pick(k, x.norm_inf_keep(a), x.norm_inf_axes(a))))),
    ("median", Args(|c| over(c, |x, a, k| pick(k, x.median_keep(a), x.median_axes(a))))),
    (
        "count_nonzero",
        Args(|c| over(c, |x, a, k| pick(k, x.count_nonzero_keep(a), x.count_nonzero_axes(a)))),
    ),
    ("var", Args(|c| spread(c, |x, a, ddof| x.var_ddof(a, ddof)))),
    ("std", Args(|c| spread(c, |x, a, ddof| x.std_ddof(a, ddof)))),
    ("cumsum", Args(|c| along(c, Expr::cumsum))),
    ("cumprod", Args(|c| along(c, Expr::cumprod))),
    ("cummax", Args(|c| along(c, Expr::cummax))),
    ("cummin", Args(|c| along(c, Expr::cummin))),
    ("cumlogsumexp", Args(|c| along(c, Expr::cumlogsumexp))),
    ("sort", Args(|c| along(c, Expr::sort))),
    ("sort_descending", Args(|c| along(c, Expr::sort_descending))),
    ("argsort_descending", Args(|c| along(c, Expr::argsort_descending))),
    ("argsort", Args(|c| along(c, Expr::argsort))),
    ("topk", Many(topk)),
    ("argmax", Args(|c| arg(c, Expr::argmax_keep))),
    ("argmin", Args(|c| arg(c, Expr::argmin_keep))),
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

/// With the divisor `n - ddof`; no axis is put back by the methods themselves.
fn spread(c: &Call, of: impl Fn(&Expr, &[i64], i64) -> Expr) -> Result<Expr, Defect> {
    let ddof = c.params.int_or("ddof", 0)?;
    over(c, |x, axes, keep| put_back(of(x, axes, ddof), axes, keep))
}

fn topk(c: &Call) -> Result<Vec<Expr>, Defect> {
    let (values, places) = c.x(0)?.topk(c.params.int("k")?, c.params.int_or("axis", -1)?);
    Ok(vec![values, places])
}

/// The place of an extreme; `keepdims` leaves as many axes as there were.
fn arg(c: &Call, of: fn(&Expr, i64) -> Expr) -> Result<Expr, Defect> {
    let (x, keep) = (c.x(0)?, c.params.flag_or("keepdims", false)?);
    Ok(match (c.params.get("axis"), keep) {
        (Some(_), true) => of(x, c.params.int("axis")?),
        (Some(_), false) => {
            let axis = c.params.int("axis")?;
            of(x, axis).squeeze(axis)
        }
        (None, true) => of(&x.ravel(), 0).reshape(vec![Dim::from(1); rank(x)]),
        (None, false) => of(&x.ravel(), 0).squeeze(0),
    })
}

/// The dims are known, so that a dropped axis can be put back.
fn put_back(dropped: Expr, axes: &[i64], keep: bool) -> Expr {
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
