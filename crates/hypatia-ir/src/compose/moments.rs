//! Means, variances, deviations and counts.
//!
//! Invariants: plain maths over primitive ops; counts of elements are exact dims, converted once;
//! `name` is over everything, `name_axes` drops the axes, `name_keep` leaves them with length 1.
//!
//! Not here: sums (`reduce.rs`), norms (`norm.rs`).

use super::norm::root;
use crate::dim::Dim;
use crate::dtype::DType;
use crate::expr::Expr;
use crate::op::Axes;
use crate::reduce::IntoAxes;
use crate::shape::Type;
use crate::span::Span;

/// The three spellings of a reduction that keeps its axes.
macro_rules! reductions {
    ($($(#[$doc:meta])* $name:literal $all:ident $some:ident $keep:ident($($setting:ident: $t:ty),*)
        |$x:ident, $ty:pat_param, $axes:ident| $body:expr;)*) => {
        impl Expr {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $all(&self $(, $setting: $t)*) -> Expr {
                self.over($name, .., false, |$x, $ty, $axes| $body)
            }

            #[doc = concat!("As [`Expr::", stringify!($all), "`] along these axes, which are dropped.")]
            #[track_caller]
            pub fn $some(&self $(, $setting: $t)*, axes: impl $crate::reduce::IntoAxes) -> Expr {
                self.over($name, axes, false, |$x, $ty, $axes| $body)
            }

            #[doc = concat!("As [`Expr::", stringify!($all), "`] along these axes, which stay with length 1.")]
            #[track_caller]
            pub fn $keep(&self $(, $setting: $t)*, axes: impl $crate::reduce::IntoAxes) -> Expr {
                self.over($name, axes, true, |$x, $ty, $axes| $body)
            }
        )*}
    };
}
pub(crate) use reductions;

reductions! {
    /// The mean of all elements; NaN of nothing.
    "mean" mean mean_axes mean_keep() |x, ty, axes| x.sum_keep(axes) / x.extent(ty, axes);
    /// The variance of all elements: mean squared distance from the mean.
    "var" var var_axes var_keep() |x, _, axes| centred(x, axes).sqr().mean_keep(axes);
    /// The standard deviation of all elements: the root of the variance; its gradient is 0 where
    /// the variance is.
    "std" std std_axes std_keep() |x, _, axes| root(&x.var_keep(axes));
    /// How many elements are not 0 (i64).
    "count_nonzero" count_nonzero count_nonzero_axes count_nonzero_keep() |x, _, axes| {
        x.ne(0).cast(DType::I64).sum_keep(axes)
    };
}

fn centred(x: &Expr, axes: Axes) -> Expr {
    x - x.mean_keep(axes)
}

/// The sum of squared distances from the mean over `n - ddof`, or over 0 if that is negative.
fn spread(x: &Expr, ty: &Type, axes: Axes, ddof: i64) -> Expr {
    let freedom = axes.iter().fold(Dim::Known(1), |n, a| &n * &ty.shape[a]);
    let freedom = &freedom - ddof;
    let divisor = match freedom.known() {
        Some(n) => x.like(n.max(0)),
        None => Expr::dim(&freedom).maximum(0).cast(ty.dtype),
    };
    centred(x, axes).sqr().sum_keep(axes) / divisor
}

impl Expr {
    /// The variance along these axes, which are dropped, with the divisor `n - ddof`: 1 for an
    /// estimate from a sample.
    #[track_caller]
    pub fn var_ddof(&self, axes: impl IntoAxes, ddof: i64) -> Expr {
        self.over("var", axes, false, |x, ty, axes| spread(x, ty, axes, ddof))
    }

    /// The root of [`Expr::var_ddof`]; its gradient is 0 where the variance is.
    #[track_caller]
    pub fn std_ddof(&self, axes: impl IntoAxes, ddof: i64) -> Expr {
        self.over("std", axes, false, |x, ty, axes| root(&spread(x, ty, axes, ddof)))
    }

    /// The sum along these axes, which are dropped, in another type: elements are converted first.
    #[track_caller]
    pub fn sum_as(&self, dtype: DType, axes: impl IntoAxes) -> Expr {
        Span::caller().on_behalf_of(|| self.cast(dtype).sum_axes(axes))
    }
}
