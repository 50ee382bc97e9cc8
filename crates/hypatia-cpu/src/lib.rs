//! Machine code for this processor: kernels through Cranelift or in wide vectors, matrix products through
//! `gemm` and `faer`.
//!
//! Invariants: results are the same bits for any number of threads.
//!
//! Not here: what kernels there are (`hypatia-lower`).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod emit;
mod error;
mod executable;
mod jit;
mod lanes;
mod launch;
mod library;
mod limits;
mod link;
mod object;
mod pool;
mod product;
mod routine;
mod team;
mod wide;

pub use error::Error;
pub use executable::{Cpu, WithCode};
pub use lanes::Lanes;
