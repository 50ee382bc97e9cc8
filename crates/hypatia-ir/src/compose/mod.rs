//! Composites: functions over primitive ops, with nothing that the compiler knows about them.
//!
//! Invariants: plain maths; the simplifier recognises the stable and fused forms from any
//! spelling, so that nothing depends on calling these. Wrong settings are errors at the user's
//! line.
//!
//! Not here: primitives (`op.rs`).

mod activation;
mod arrange;
mod conv;
mod conv_transpose;
mod create;
mod loss;
mod normalize;
mod pad;
mod pool;
mod resize;
mod softmax;
mod triangle;
mod update;

pub use conv::{Conv, Padding};
pub use create::{
    arange, eye, full, full_like, linspace, meshgrid, ones, ones_like, tri, zeros, zeros_like,
};
pub use loss::{cross_entropy, mse};
pub use pad::PadMode;
pub use pool::Pool;
