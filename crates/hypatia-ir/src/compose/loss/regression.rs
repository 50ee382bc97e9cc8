//! Losses of numbers against numbers.
//!
//! Invariants: one loss for each element.
//!
//! Not here: losses of classes (`classification.rs`).

use crate::expr::Expr;

losses! {
    /// `(prediction - target)²`.
    mse mse_with(prediction, target) (&prediction - &target).sqr();
    /// `|prediction - target|`.
    mae mae_with(prediction, target) (&prediction - &target).abs();
    /// `d²/2` where the distance `d = |prediction - target|` is at most `delta`, beyond
    /// `delta·(d - delta/2)` (Huber 1964).
    huber huber_with(prediction, target; delta) {
        let distance = (&prediction - &target).abs();
        let tail = (&distance - 0.5 * delta) * delta;
        distance.le(delta).select(distance.sqr() * 0.5, tail)
    };
    /// `d²/(2·beta)` where the distance `d = |prediction - target|` is below `beta`, beyond
    /// `d - beta/2`; `beta` 0 is the absolute error.
    smooth_l1 smooth_l1_with(prediction, target; beta) {
        let distance = (&prediction - &target).abs();
        match beta == 0.0 {
            true => distance,
            false => distance.lt(beta).select(distance.sqr() * (0.5 / beta), &distance - 0.5 * beta),
        }
    };
}
