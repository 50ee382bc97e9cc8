//! What can go wrong while a graph is evaluated.
//!
//! Invariants: every variant that a user can cause names the op and the user's line.
//!
//! Not here: inputs that do not fit (`bind.rs`).

use crate::dim::Dim;
use crate::eval::bind::BindError;
use crate::routine::Breakdown;
use crate::shape::Shape;
use crate::span::Span;
use thiserror::Error;

/// Why a graph has no value for these inputs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvalError {
    /// The inputs do not fit the graph.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// An index outside its axis.
    #[error(
        "index error in `{op}` at {at}: index {index} is outside axis {axis} of length {extent}"
    )]
    Index {
        /// The op's name.
        op: &'static str,
        /// The index as given.
        index: i64,
        /// The axis of the operand that is indexed.
        axis: usize,
        /// The length of that axis.
        extent: usize,
        /// Where the op was applied.
        at: Span,
    },
    /// A matrix that a routine has no result for.
    #[error(transparent)]
    Breakdown(#[from] Breakdown),
    /// A tensor that no memory can hold.
    #[error("size error in `{op}` at {at}: a tensor of shape {shape} is too large to hold")]
    TooLarge {
        /// The op's name.
        op: &'static str,
        /// The shape of the result.
        shape: Shape,
        /// Where the op was applied.
        at: Span,
    },
    /// A dim that has no value, or a length that is negative.
    #[error("size error in `{op}` at {at}: {dim} is {}", .value.map_or("not defined or does not fit 64 bits".to_string(), |v| v.to_string()))]
    Extent {
        /// The op's name.
        op: &'static str,
        /// The dim.
        dim: Dim,
        /// Its value, if it has one.
        value: Option<i64>,
        /// Where the op was applied.
        at: Span,
    },
    /// Memory for this many bytes could not be had.
    #[error("{bytes} bytes of memory could not be allocated")]
    Memory {
        /// How many bytes.
        bytes: usize,
    },
    /// The graph breaks its own invariants: a bug of the compiler.
    #[error("internal error in stage `{stage}`: {dump}")]
    Internal {
        /// The stage that noticed.
        stage: &'static str,
        /// What it saw.
        dump: String,
    },
}

/// A broken invariant that the evaluator noticed.
pub(super) fn internal(dump: impl Into<String>) -> EvalError {
    let (stage, dump) = ("evaluate", dump.into());
    EvalError::Internal { stage, dump }
}
