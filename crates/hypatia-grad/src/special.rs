//! Derivatives of special functions that take more than a line.
//!
//! Invariants: no cancellation where the function has none; plain expressions, which can be
//! differentiated again.
//!
//! Not here: which op has which (`elementwise.rs`).

use hypatia_ir::expr::Expr;
use std::f64::consts::FRAC_2_SQRT_PI;

/// The derivative of `y = e^(x²)·erfc x`: `2xy - 2/√π`.
///
/// From 4 on, where that cancels, it is `-2/√π · k/(x + k)` with `k` from the continued fraction
/// `y = 1/√π / (x + k)`, `k = ½/(x + 1/(x + 3⁄2/(x + …)))`, which has only positive terms; 20 levels
/// are off by 2^-48 at 4 and by less beyond.
pub(crate) fn scaled_erfc(x: &Expr, y: &Expr) -> Expr {
    let innermost = 10.0 / x;
    let k = (1..20).rev().fold(innermost, |rest, level| 0.5 * f64::from(level) / (x + rest));
    let far = &k / (x + &k) * -FRAC_2_SQRT_PI;
    x.ge(4).select(far, x * y * 2 - FRAC_2_SQRT_PI)
}
