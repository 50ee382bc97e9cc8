//! Logarithms and exponentials of other bases, and logarithms of sums.
//!
//! Invariants: plain maths over primitive ops; finite where the result is, with finite gradients
//! where there is a derivative; NaN stays NaN.
//!
//! Not here: logarithms of sums over axes (`softmax.rs`).

use crate::dtype::DType;
use crate::expr::Expr;
use crate::operators::Operand;
use crate::span::Span;
use std::f64::consts::{LN_2, LOG2_E, LOG10_E};

impl Expr {
    /// `2^x`, elementwise.
    #[track_caller]
    pub fn exp2(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.like(2).pow(self))
    }

    /// Logarithm to base 2, elementwise, at most 4 ulp off; exact at powers of 2.
    #[track_caller]
    pub fn log2(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| (self.log() * LOG2_E).to_close_integers())
    }

    /// Logarithm to base 10, elementwise, at most 4 ulp off; exact at powers of 10.
    #[track_caller]
    pub fn log10(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| (self.log() * LOG10_E).to_close_integers())
    }

    /// Integers instead of numbers that are two roundings away from them: a scaled logarithm is
    /// off by less, and one that belongs there is moved by no more.
    #[track_caller]
    fn to_close_integers(&self) -> Expr {
        let is_single = self.type_or_none().is_some_and(|ty| ty.dtype == DType::F32);
        let rounding = if is_single { f64::from(f32::EPSILON) } else { f64::EPSILON };
        let whole = (self + 0.5).floor();
        let distance = &whole - self;
        let close = distance.abs().le(whole.abs() * (2.0 * rounding));
        // The derivative is that of the logarithm either way.
        self + close.select(distance, 0).stop_gradient()
    }

    /// `log(1/(1 + e^-x))` without overflow, elementwise.
    #[track_caller]
    pub fn log_sigmoid(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| -(-self).softplus())
    }

    /// `log(x/(1 - x))`, the inverse of the sigmoid, elementwise; NaN outside of `[0, 1]`.
    #[track_caller]
    pub fn logit(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.log() - (-self).log1p())
    }

    /// `log(1 - e^x)` without cancellation, elementwise (Mächler 2012); NaN above 0.
    #[track_caller]
    pub fn log1mexp(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (near, far) = ((-self.expm1()).log(), (-self.exp()).log1p());
            self.gt(-LN_2).select(near, far)
        })
    }

    /// `log(e^x + e^y)` without overflow, elementwise, broadcasting.
    #[track_caller]
    pub fn logaddexp(&self, right: impl Into<Operand>) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = self.beside("logaddexp", right);
            // Choices instead of a maximum and a distance: those have kinks at ties.
            let first = x.ge(&y);
            let (high, low) = (first.select(&x, &y), first.select(&y, &x));
            let infinite = x.eq(&y).and(x.abs().eq(f64::INFINITY));
            &high + infinite.select(0, low - &high).softplus()
        })
    }

    /// `log₂(2^x + 2^y)` without overflow, elementwise, broadcasting.
    #[track_caller]
    pub fn logaddexp2(&self, right: impl Into<Operand>) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = self.beside("logaddexp2", right);
            (x * LN_2).logaddexp(y * LN_2) * LOG2_E
        })
    }

    /// `x·log y`, elementwise, broadcasting; 0 where `x` is 0, unless `y` is NaN.
    #[track_caller]
    pub fn xlogy(&self, right: impl Into<Operand>) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = self.beside("xlogy", right);
            let lost = x.eq(0).and(y.le(0).or(y.eq(f64::INFINITY)));
            &x * lost.select(1, y).log()
        })
    }

    /// `x·log(1 + y)`, elementwise, broadcasting; 0 where `x` is 0, unless `y` is NaN.
    #[track_caller]
    pub fn xlog1py(&self, right: impl Into<Operand>) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = self.beside("xlog1py", right);
            let lost = x.eq(0).and(y.le(-1).or(y.eq(f64::INFINITY)));
            &x * lost.select(0, y).log1p()
        })
    }
}
