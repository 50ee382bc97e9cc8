//! Composites: functions over primitive ops, with nothing that the compiler knows about them.
//!
//! Invariants: plain maths; the simplifier recognises the stable and fused forms from any
//! spelling, so that nothing depends on calling these. Wrong settings are errors at the user's
//! line.
//!
//! Not here: primitives (`op.rs`).

mod activation;
mod arrange;
mod create;
mod cumulative;
mod linalg;
mod loss;
mod matrix;
mod normalize;
mod pad;
mod softmax;
mod sort;
mod spectral;
mod triangle;
mod update;

pub use create::{
    arange, eye, full, full_like, linspace, meshgrid, ones, ones_like, tri, zeros, zeros_like,
};
pub use cumulative::delayed;
pub use loss::{cross_entropy, mse};
pub use matrix::MatrixNorm;
pub use pad::PadMode;
