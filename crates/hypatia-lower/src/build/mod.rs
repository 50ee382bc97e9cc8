//! Kernels from groups.
//!
//! Invariants: exhaustive over ops; buffers are parameters in order of first use.
//!
//! Not here: which works form a group (`fuse/`), where buffers lie (`plan.rs`).

mod collapse;
mod kernel;
mod phase;

pub use kernel::{Built, build, resolve};
