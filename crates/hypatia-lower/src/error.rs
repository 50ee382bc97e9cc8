//! What can go wrong between a graph and its plan.
//!
//! Invariants: no error of this crate is the user's fault except sizes that do not fit.
//!
//! Not here: errors of calls (`hypatia-compile`).

use std::fmt::Debug;
use thiserror::Error as ThisError;

/// Errors of lowering and planning.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Error {
    /// A broken invariant of the compiler.
    #[error("internal error in `{stage}`: {dump}")]
    Internal {
        /// The stage.
        stage: &'static str,
        /// What it was looking at.
        dump: String,
    },
    /// A buffer whose size in bytes does not fit the address space.
    #[error("a tensor of {dtype}[{}] would have more bytes than memory can address", .lengths.join(", "))]
    TooLarge {
        /// The element type.
        dtype: hypatia_ir::dtype::DType,
        /// The lengths of the axes, in words.
        lengths: Vec<String>,
    },
    /// Buffers that do not fit the address space together.
    #[error("the intermediate results of one call would have more bytes than memory can address")]
    ArenaTooLarge,
}

impl Error {
    /// A broken invariant, with what the stage was looking at.
    pub fn internal(stage: &'static str, dump: &impl Debug) -> Error {
        Error::Internal { stage, dump: format!("{dump:?}") }
    }
}
