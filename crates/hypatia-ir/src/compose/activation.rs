//! Activation functions.
//!
//! Invariants: plain maths over primitive ops.
//!
//! Not here: activations that are ops themselves (`tanh`, `sigmoid`, `softplus`: `op.rs`).

use crate::expr::Expr;
use crate::span::Span;

impl Expr {
    /// `max(x, 0)`, elementwise; NaN stays NaN; the derivative at 0 is 0.
    #[track_caller]
    pub fn relu(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.le(0).select(0, self))
    }

    /// `x/2 · (1 + erf(x/√2))`, elementwise (Hendrycks and Gimpel 2016, exact form).
    #[track_caller]
    pub fn gelu(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let cdf = ((self * std::f64::consts::FRAC_1_SQRT_2).erf() + 1) * 0.5;
            self * cdf
        })
    }
}
