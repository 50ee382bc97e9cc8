//! Derivatives of the gamma function that are no ops.
//!
//! Invariants: plain maths over primitive ops, which can be differentiated as often as needed.
//!
//! Not here: `lgamma` and `digamma` (`op.rs`).

use crate::expr::Expr;
use crate::span::Span;
use std::f64::consts::PI;

/// Bernoulli's numbers `B₂, B₄, …`, of the asymptotic series of the trigamma function.
const BERNOULLI: [f64; 7] =
    [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];

/// How far the recurrence goes: at 10.5 the series is off by less than 2^-54.
const STEPS: i32 = 10;

impl Expr {
    /// The second derivative of `log |Γ(x)|`, elementwise: relative error below 1e-14 (`f64`) and
    /// 4e-6 (`f32`) right of 0; infinite at the poles.
    #[track_caller]
    pub fn trigamma(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let left = self.lt(0.5);
            let right = left.select(1 - self, self).trigamma_of_positive();
            // Without multiples of π, which the square of the sine does not see.
            let rest = self - (self + 0.5).floor();
            let reflected = PI * PI / (rest * PI).sin().sqr() - &right;
            left.select(reflected, right)
        })
    }

    /// For numbers from a half on: the recurrence up to where the series is good.
    #[track_caller]
    fn trigamma_of_positive(&self) -> Expr {
        let inverse = 1 / (self + STEPS);
        let square = inverse.sqr();
        let series = BERNOULLI.iter().rev().fold(self.like(0), |sum, &b| (sum + b) * &square);
        let end = &series * &inverse + &square * 0.5 + inverse;
        (0..STEPS).rev().fold(end, |sum, k| sum + 1 / (self + k).sqr())
    }
}
