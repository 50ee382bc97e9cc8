//! Softmax and its logarithms, over any axes.
//!
//! Invariants: plain maths over primitive ops; the written forms shift by the maximum, so they are
//! finite even where nothing is simplified; the shift cancels, so it carries no gradient.
//!
//! Not here: other spellings of the same (the simplifier finds them).

use crate::expr::Expr;
use crate::reduce::IntoAxes;

impl Expr {
    /// `exp(x) / Σ exp(x)` along these axes.
    #[track_caller]
    pub fn softmax(&self, axes: impl IntoAxes) -> Expr {
        self.over("softmax", axes, true, |x, _, axes| {
            let e = (x - x.max_keep(axes).stop_gradient()).exp();
            &e / e.sum_keep(axes)
        })
    }

    /// `x - log Σ exp(x)` along these axes.
    #[track_caller]
    pub fn log_softmax(&self, axes: impl IntoAxes) -> Expr {
        self.over("log_softmax", axes, true, |x, _, axes| {
            let shifted = x - x.max_keep(axes).stop_gradient();
            &shifted - shifted.exp().sum_keep(axes).log()
        })
    }

    /// `log Σ exp(x)` along these axes, which are dropped. −∞ where all elements are −∞; there the
    /// gradient is 0.
    #[track_caller]
    pub fn logsumexp(&self, axes: impl IntoAxes) -> Expr {
        self.over("logsumexp", axes, false, |x, _, axes| {
            let max = x.max_keep(axes).stop_gradient();
            // -∞ cannot be subtracted: -∞ less -∞ is NaN.
            let shift = max.eq(f64::NEG_INFINITY).select(0, &max);
            // At least 1, or 0 where all elements are -∞: a half is never the larger one but there.
            let total = (x - &shift).exp().sum_keep(axes);
            let log = total.gt(0).select(total.maximum(0.5).log(), f64::NEG_INFINITY);
            max.lt(f64::INFINITY).select(log + shift, max)
        })
    }
}
