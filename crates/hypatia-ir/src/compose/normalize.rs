//! Means, variances and normalisation.
//!
//! Invariants: plain maths over primitive ops; counts of elements are exact dims, converted once.
//!
//! Not here: sums (`reduce.rs`).

use crate::expr::Expr;
use crate::operators::Operand;
use crate::reduce::IntoAxes;
use crate::span::Span;

impl Expr {
    /// The mean of all elements; NaN of nothing.
    #[track_caller]
    pub fn mean(&self) -> Expr {
        self.mean_over(.., false)
    }

    /// The mean along these axes, which are dropped.
    #[track_caller]
    pub fn mean_axes(&self, axes: impl IntoAxes) -> Expr {
        self.mean_over(axes, false)
    }

    /// The mean along these axes, which stay with length 1.
    #[track_caller]
    pub fn mean_keep(&self, axes: impl IntoAxes) -> Expr {
        self.mean_over(axes, true)
    }

    #[track_caller]
    fn mean_over(&self, axes: impl IntoAxes, keep: bool) -> Expr {
        self.over("mean", axes, keep, |x, ty, axes| x.sum_keep(axes) / x.extent(ty, axes))
    }

    /// The variance of all elements: mean squared distance from the mean.
    #[track_caller]
    pub fn var(&self) -> Expr {
        self.var_over(.., false)
    }

    /// The variance along these axes, which are dropped.
    #[track_caller]
    pub fn var_axes(&self, axes: impl IntoAxes) -> Expr {
        self.var_over(axes, false)
    }

    /// The variance along these axes, which stay with length 1.
    #[track_caller]
    pub fn var_keep(&self, axes: impl IntoAxes) -> Expr {
        self.var_over(axes, true)
    }

    #[track_caller]
    fn var_over(&self, axes: impl IntoAxes, keep: bool) -> Expr {
        self.over("var", axes, keep, |x, _, axes| (x - x.mean_keep(axes)).sqr().mean_keep(axes))
    }

    /// `(x - mean)/√(var + eps)·gamma + beta` with mean and variance along these axes
    /// (Ba, Kiros and Hinton 2016). `gamma` and `beta` broadcast against `x`.
    #[track_caller]
    pub fn layer_norm(
        &self,
        axes: impl IntoAxes,
        gamma: impl Into<Operand>,
        beta: impl Into<Operand>,
        eps: f64,
    ) -> Expr {
        let at = Span::caller();
        let normal = self.over("layer_norm", axes, true, |x, _, axes| {
            let centred = x - x.mean_keep(axes);
            let variance = centred.sqr().mean_keep(axes);
            &centred / (variance + eps).sqrt()
        });
        at.on_behalf_of(|| normal * gamma + beta)
    }
}
