//! Distances in the plane and measures of angles.
//!
//! Invariants: plain maths over primitive ops.
//!
//! Not here: angles of points (`atan2` is an op: `op.rs`).

use crate::expr::Expr;
use crate::operators::Operand;
use crate::span::Span;
use std::f64::consts::PI;

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

    /// Degrees as radians, elementwise.
    #[track_caller]
    pub fn deg2rad(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self * (PI / 180.0))
    }

    /// Radians as degrees, elementwise.
    #[track_caller]
    pub fn rad2deg(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self * (180.0 / PI))
    }

    /// `sin(πx)/(πx)`, elementwise; 1 at 0, and 0 at all other integers. All derivatives at 0 are
    /// right.
    #[track_caller]
    pub fn sinc(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let whole = (self + 0.5).floor();
            let odd = &whole - (&whole * 0.5).floor() * 2;
            let sign = 1 - odd * 2;
            let far = ((self - &whole) * PI).sin() * sign / (self * PI);
            // Taylor's series, for which the next term is below 2^-54 where it is used.
            let square = (self * PI).sqr();
            let near = (1..8).rev().fold(self.like(1), |sum, k| {
                let step = f64::from(2 * k * (2 * k + 1));
                1 - &square * (1.0 / step) * sum
            });
            self.abs().lt(0.15).select(near, far)
        })
    }
}
