//! Small formulas over `+ - · /`.
//!
//! Invariants: plain maths over primitive ops.
//!
//! Not here: the operators themselves (`operators.rs`).

use crate::expr::Expr;
use crate::operators::Operand;
use crate::span::Span;

impl Expr {
    /// `1/x`, elementwise.
    #[track_caller]
    pub fn reciprocal(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.like(1) / self)
    }

    /// `(x - y)²`, elementwise, broadcasting.
    #[track_caller]
    pub fn squared_difference(&self, right: impl Into<Operand>) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| (self - right).sqr())
    }

    /// `x + t·(y - x)`, elementwise, broadcasting: this at `t = 0`, the other at `t = 1`.
    #[track_caller]
    pub fn lerp(&self, to: impl Into<Operand>, t: impl Into<Operand>) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = self.beside("lerp", to);
            (y - &x) * t + x
        })
    }

    /// The real cube root, elementwise, at most 2 ulp off; the derivative at 0 is 0 instead of
    /// infinity.
    #[track_caller]
    pub fn cbrt(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let size = self.abs();
            let root = size.pow(1.0 / 3.0);
            // A third is not a float: one step of Newton's method, which the derivative can miss.
            let step = (&size / root.sqr() - &root) * (1.0 / 3.0);
            let usable = size.gt(0).and(size.lt(f64::INFINITY));
            self.sign() * (root + usable.select(step, 0).stop_gradient())
        })
    }
}
