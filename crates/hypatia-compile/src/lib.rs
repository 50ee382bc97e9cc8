//! From expressions to a function that is compiled once and called many times.
//!
//! In order of use: [`gradient`] differentiates, [`function()`] starts a [`Builder`], whose
//! `compile` runs the pipeline and gives a [`Function`]; [`args`] and [`outputs`] say what goes
//! in and what comes out of a call.
//!
//! Invariants: a call never compiles; a failed call changes no shared variable.
//!
//! Not here: any stage of the pipeline.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod args;
mod builder;
mod cache;
mod call;
mod check;
mod device;
mod doubt;
pub mod error;
mod explain;
mod function;
pub mod gradient;
mod memory;
pub mod outputs;
mod pipeline;
pub mod profile;
mod request;
mod reuse;
mod run;
mod savings;
mod stable;
mod turnstile;
mod verify;
mod wiring;
mod workspace;

pub use builder::{Builder, IntoInputs, IntoOutputs, function};
pub use cache::Cache;
pub use device::Device;
pub use error::{CallError, CompileError, GradientError};
pub use explain::{Explanation, Times};
pub use function::Function;
pub use hypatia_opt::{Mode, Opt, Rule};
pub use profile::Profile;
pub use savings::{Amount, Savings};
