//! Composites: functions over primitive ops, with nothing that the compiler knows about them.
//!
//! Invariants: plain maths; the simplifier recognises the stable and fused forms from any
//! spelling, so that nothing depends on calling these.
//!
//! Not here: primitives (`op.rs`).

mod activation;
mod classify;
mod divide;
mod loss;
mod normalize;
mod power;
mod softmax;

pub use loss::{cross_entropy, mse};
