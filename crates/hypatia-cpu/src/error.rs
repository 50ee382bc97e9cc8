//! What can go wrong while machine code is made.
//!
//! Invariants: none of it is the user's fault.
//!
//! Not here: errors of calls (`hypatia_lower::backend`).

use crate::lanes::Lanes;
use thiserror::Error as ThisError;

/// Errors of code generation.
#[derive(Clone, Debug, ThisError)]
pub enum Error {
    /// A processor that the code generator does not know.
    #[error("no machine code for this processor: {reason}")]
    Processor {
        /// What it said.
        reason: String,
    },
    /// A kernel that the code generator refused.
    #[error("internal error in `emit`: kernel `{kernel}`: {reason}")]
    Code {
        /// The kernel.
        kernel: String,
        /// What it said.
        reason: String,
    },
    /// Vector instructions that were asked for and that the processor does not have.
    #[error("this processor does not have the instructions of {lanes:?}")]
    Lanes {
        /// What was asked for.
        lanes: Lanes,
    },
    /// An environment variable with a value that means nothing.
    #[error("the environment variable `{variable}` is `{found}`; expected one of {expected}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// Code that could not be placed in memory.
    #[error("no place for machine code: {reason}")]
    Link {
        /// What the system said.
        reason: String,
    },
    /// Threads that the system refused.
    #[error("{threads} threads could not be started: {reason}")]
    Threads {
        /// How many.
        threads: usize,
        /// What the system said.
        reason: String,
    },
    /// A broken invariant of lowering.
    #[error(transparent)]
    Lower(#[from] hypatia_lower::error::Error),
}
