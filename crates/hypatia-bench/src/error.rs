//! What can go wrong with a workload.
//!
//! Invariants: every failure of the worker comes back as one of these, in words.
//!
//! Not here: wrong results, which are no errors but figures that the reader of a report compares.

use hypatia::{CallError, CompileError, GradientError};
use thiserror::Error;

/// Why a workload could not be run.
#[derive(Debug, Error)]
pub enum Error {
    /// No workload has this name.
    #[error("no workload is named `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The workload has not been set up.
    #[error("`{name}` is not set up")]
    NotReady {
        /// The name.
        name: String,
    },
    /// A command that the worker does not know.
    #[error("`{line}` is no command: expected setup NAME, run NAME SECONDS, drop NAME, or quit")]
    Command {
        /// What was written.
        line: String,
    },
    /// A number that is none.
    #[error("{what} is `{found}`, expected {expected}")]
    Number {
        /// What it is for.
        what: &'static str,
        /// What was given.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The gradient does not exist.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// The function does not compile.
    #[error(transparent)]
    Compile(#[from] Box<CompileError>),
    /// The function failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// An argument on the command line that is not understood.
    #[error(transparent)]
    Option(#[from] lexopt::Error),
    /// The other side of the worker's pipe is gone, or the report cannot be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A report that cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl From<CompileError> for Error {
    fn from(error: CompileError) -> Error {
        Error::Compile(Box::new(error))
    }
}
