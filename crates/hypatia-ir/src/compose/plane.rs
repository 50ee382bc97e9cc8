//! Distances in the plane.
//!
//! Invariants: plain maths over primitive ops.
//!
//! Not here: angles (`atan2` is an op: `op.rs`).

use crate::expr::Expr;
use crate::operators::Operand;
use crate::span::Span;

impl Expr {
    /// `√(x² + y²)` without overflow, elementwise, broadcasting: at most 3 ulp off. Infinite if
    /// either is, even beside NaN. The gradient at the origin is 0.
    #[track_caller]
    pub fn hypot(&self, right: impl Into<Operand>) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = self.beside("hypot", right);
            let largest = x.abs().maximum(y.abs());
            // The result does not depend on the scale, so neither does its derivative.
            let usable = largest.gt(0).and(largest.lt(f64::INFINITY));
            let scale = usable.select(&largest, 1).stop_gradient();
            let length = ((&x / &scale).sqr() + (&y / &scale).sqr()).sqrt() * scale;
            let infinite = x.abs().eq(f64::INFINITY).or(y.abs().eq(f64::INFINITY));
            infinite.select(f64::INFINITY, length)
        })
    }
}
