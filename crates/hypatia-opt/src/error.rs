//! What can go wrong in the simplifier.
//!
//! Invariants: nothing has happened when an error comes back; what is the user's fault says what to
//! do.
//!
//! Not here: type errors (`hypatia_ir::error`).

use thiserror::Error as ThisError;

/// Why a graph could not be simplified.
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
    /// A name that is not that of a rule.
    #[error(
        "there is no rule `{name}`\n  help: the nearest name is `{nearest}`; docs/rules.md lists all"
    )]
    UnknownRule {
        /// The name.
        name: String,
        /// The name of a rule that is most like it.
        nearest: String,
    },
}

impl Error {
    pub(crate) fn internal(stage: &'static str, dump: impl Into<String>) -> Error {
        Error::Internal { stage, dump: dump.into() }
    }
}
