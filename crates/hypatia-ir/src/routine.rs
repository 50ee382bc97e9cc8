//! Routines: algorithms over whole arrays that are no loop nest, as ops with one result each.
//!
//! Invariants: a routine's attributes live in its variant; operands and results are whole tensors,
//! in row-major order; the same operands give the same result on every run.
//!
//! Not here: result types (`infer/routine.rs`), values (`eval/routine/`), what is built from them
//! (`compose/sort.rs`, `compose/cumulative.rs`, `compose/linalg.rs`).

use crate::op::ArgOp;
use crate::span::Span;
use std::fmt;
use thiserror::Error;

/// A whole-array algorithm with its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Routine {
    /// The positions (i64) that sort each line along an axis: stable, NaN last in both orders.
    ArgSort {
        /// The axis.
        axis: usize,
        /// Whether the largest comes first.
        descending: bool,
    },
    /// Running sums along an axis. Float sums are carried in f64 and rounded for each element;
    /// integers wrap.
    CumSum(usize),
    /// `recurrence(a, b)`: `yᵢ = aᵢ·yᵢ₋₁ + bᵢ` along an axis, from `y₀ = b₀`; the first factor is
    /// not used. Floats are carried in f64 and rounded for each element; integers wrap.
    Recurrence(usize),
    /// The position (i64) of the extreme so far along an axis: the first on ties, the first NaN if
    /// there was one.
    CumArg(ArgOp, usize),
}

impl Routine {
    /// One of every name, with attributes that stand for any.
    pub const NAMED: &'static [Routine] = &[
        Routine::ArgSort { axis: 0, descending: false },
        Routine::ArgSort { axis: 0, descending: true },
        Routine::CumSum(0),
        Routine::Recurrence(0),
        Routine::CumArg(ArgOp::ArgMax, 0),
        Routine::CumArg(ArgOp::ArgMin, 0),
    ];

    /// The name in the text form and in messages, without the axis.
    pub const fn name(self) -> &'static str {
        match self {
            Routine::ArgSort { descending: false, .. } => "argsort",
            Routine::ArgSort { descending: true, .. } => "argsort_descending",
            Routine::CumSum(_) => "cumsum",
            Routine::Recurrence(_) => "recurrence",
            Routine::CumArg(ArgOp::ArgMax, _) => "cumargmax",
            Routine::CumArg(ArgOp::ArgMin, _) => "cumargmin",
        }
    }

    /// The number of operands.
    pub const fn arity(self) -> usize {
        match self {
            Routine::ArgSort { .. } | Routine::CumSum(_) | Routine::CumArg(..) => 1,
            Routine::Recurrence(_) => 2,
        }
    }

    /// The axis that it runs along, if it has one.
    pub const fn axis(self) -> Option<usize> {
        match self {
            Routine::ArgSort { axis, .. }
            | Routine::CumSum(axis)
            | Routine::Recurrence(axis)
            | Routine::CumArg(_, axis) => Some(axis),
        }
    }

    /// The same along another axis; unchanged if it has none.
    #[must_use]
    pub const fn along(self, axis: usize) -> Routine {
        match self {
            Routine::ArgSort { descending, .. } => Routine::ArgSort { axis, descending },
            Routine::CumSum(_) => Routine::CumSum(axis),
            Routine::Recurrence(_) => Routine::Recurrence(axis),
            Routine::CumArg(op, _) => Routine::CumArg(op, axis),
        }
    }

    /// Whether a call may stop here: some operands have no result.
    pub const fn may_break_down(self) -> bool {
        match self {
            Routine::ArgSort { .. }
            | Routine::CumSum(_)
            | Routine::Recurrence(_)
            | Routine::CumArg(..) => false,
        }
    }
}

/// Why a routine has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A Cholesky factor does not exist.
    NotPositiveDefinite,
    /// A system of equations has no unique solution: a pivot is 0.
    Singular,
    /// An iteration did not come to an end.
    NotConverged,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::NotPositiveDefinite => "is not positive definite",
            Fault::Singular => "is singular",
            Fault::NotConverged => "has no eigenvalues that could be found",
        })
    }
}

/// A matrix that a routine has no result for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("matrix error in `{}` at {at}: {} {fault}", .routine.name(), Matrix(.matrix))]
pub struct Breakdown {
    /// The routine.
    pub routine: Routine,
    /// What is wrong.
    pub fault: Fault,
    /// Which matrix of the batch, by its index on the leading axes.
    pub matrix: Vec<usize>,
    /// Where the op was applied.
    pub at: Span,
}

/// A matrix by its index.
struct Matrix<'a>(&'a [usize]);

impl fmt::Display for Matrix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("the matrix"),
            index => write!(f, "matrix {index:?} of the batch"),
        }
    }
}
