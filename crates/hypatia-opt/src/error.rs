//! What can go wrong in the simplifier.
//!
//! Invariants: none of it is the user's fault.
//!
//! Not here: type errors (`hypatia_ir::error`).

use thiserror::Error as ThisError;

/// A broken invariant of the simplifier.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Error {
    /// A broken invariant.
    #[error("internal error in `{stage}`: {dump}")]
    Internal {
        /// The stage.
        stage: &'static str,
        /// What it was looking at.
        dump: String,
    },
}

impl Error {
    pub(crate) fn internal(stage: &'static str, dump: impl Into<String>) -> Error {
        Error::Internal { stage, dump: dump.into() }
    }
}
