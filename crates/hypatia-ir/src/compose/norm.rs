//! Norms of vectors, over any axes.
//!
//! Invariants: the gradient of every norm is finite: 0 at the zero vector.
//!
//! Not here: norms of matrices as operators, normalisation (`normalize.rs`).

use super::moments::reductions;
use crate::dtype::DType;
use crate::expr::Expr;
use crate::op::Axes;

/// The square root, with derivative 0 at 0.
pub(crate) fn root(x: &Expr) -> Expr {
    away_from_zero(x, Expr::sqrt)
}

/// `f(x)` where `x` is not 0, else 0; nothing of `f` at 0 reaches the gradient.
fn away_from_zero(x: &Expr, f: impl FnOnce(&Expr) -> Expr) -> Expr {
    let zero = x.eq(0);
    zero.select(0, f(&zero.select(1, x)))
}

reductions! {
    /// `Σ x²` over all elements.
    "sum_square" sum_square sum_square_axes sum_square_keep() |x, _, axes| x.sqr().sum_keep(axes);
    /// `Σ |x|` over all elements.
    "norm_l1" norm_l1 norm_l1_axes norm_l1_keep() |x, _, axes| x.abs().sum_keep(axes);
    /// `√Σx²` over all elements.
    "norm_l2" norm_l2 norm_l2_axes norm_l2_keep() |x, _, axes| root(&x.sqr().sum_keep(axes));
    /// `max |x|` over all elements.
    "norm_inf" norm_inf norm_inf_axes norm_inf_keep() |x, _, axes| x.abs().max_keep(axes);
    /// `(Σ |x|^p)^(1/p)` over all elements; the largest for ∞, the smallest for -∞, the number of
    /// elements other than 0 for 0.
    "norm" norm norm_axes norm_keep(p: f64) |x, ty, axes| norm_of(x, ty.dtype, axes, p);
}

fn norm_of(x: &Expr, dtype: DType, axes: Axes, p: f64) -> Expr {
    match p {
        0.0 => x.count_nonzero_keep(axes).cast(dtype),
        1.0 => x.norm_l1_keep(axes),
        2.0 => x.norm_l2_keep(axes),
        f64::INFINITY => x.norm_inf_keep(axes),
        f64::NEG_INFINITY => x.abs().min_keep(axes),
        _ if p < 0.0 => x.abs().pow(p).sum_keep(axes).pow(1.0 / p),
        _ => {
            let power = away_from_zero(&x.abs(), |x| x.pow(p)).sum_keep(axes);
            away_from_zero(&power, |sum| sum.pow(1.0 / p))
        }
    }
}
