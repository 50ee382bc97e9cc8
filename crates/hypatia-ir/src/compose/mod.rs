//! Composites: functions over primitive ops, with nothing that the compiler knows about them.
//!
//! Invariants: plain maths; the simplifier recognises the stable and fused forms from any
//! spelling, so that nothing depends on calling these. Wrong settings are errors at the user's
//! line.
//!
//! Not here: primitives (`op.rs`).

mod activation;
mod arithmetic;
mod arrange;
mod attention;
mod bessel;
mod cell;
mod classify;
mod conv;
mod conv_transpose;
mod create;
mod cumulative;
mod divide;
mod einsum;
mod gamma;
mod linalg;
mod log;
mod loss;
mod masked;
mod matrix;
mod moments;
mod norm;
mod normalize;
mod pad;
mod plane;
mod pool;
mod power;
mod random;
mod resize;
mod softmax;
mod sort;
mod spectral;
mod triangle;
mod update;

pub use attention::{Attention, attention, multi_head_attention, sinusoidal_positions};
pub use cell::{gru_cell, gru_cell_reset_before, linear, lstm_cell, rnn_cell};
pub use conv::{Conv, Padding};
pub use create::{
    arange, eye, full, full_like, linspace, meshgrid, ones, ones_like, tri, zeros, zeros_like,
};
pub use cumulative::delayed;
pub use einsum::{IntoPairs, SubscriptFault, bilinear, einsum};
pub use loss::*;
pub use matrix::MatrixNorm;
pub use pad::PadMode;
pub use pool::Pool;
pub use random::{Random, dropout, random};
