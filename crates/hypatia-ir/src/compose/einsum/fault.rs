//! What can be wrong with the subscripts of an einsum.
//!
//! Invariants: operands count from 0; labels are shown as written, `…` stands for an axis of the
//! ellipsis.
//!
//! Not here: reading subscripts (`parse.rs`).

use crate::dim::Dim;
use thiserror::Error;

/// Why subscripts cannot be read, or do not fit the operands.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SubscriptFault {
    /// Neither a letter nor punctuation.
    #[error("`{found}` is not a letter")]
    Character {
        /// The character.
        found: char,
    },
    /// Points that are not the one `...` of an operand.
    #[error("operand {operand} has a `.` outside its one `...`")]
    Point {
        /// Which operand; the output counts after the last one.
        operand: usize,
    },
    /// More than one `->`.
    #[error("there is more than one `->`")]
    Arrow,
    /// Another number of operands.
    #[error("they are for {expected} operands, found {found}")]
    Operands {
        /// How many the subscripts speak of.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// Another number of axes.
    #[error("operand {operand} has {labels} labels and rank {rank}")]
    Rank {
        /// Which operand.
        operand: usize,
        /// How many labels it has.
        labels: usize,
        /// Its rank.
        rank: usize,
    },
    /// A label of the output that no operand has.
    #[error("`{label}` of the output is in no operand")]
    Unknown {
        /// The label.
        label: char,
    },
    /// A label that the output has twice.
    #[error("`{label}` is in the output twice")]
    Repeated {
        /// The label.
        label: char,
    },
    /// An output without the axes of the ellipsis.
    #[error("the output has no `...` for the axes that the operands' `...` stand for")]
    Lost,
    /// Axes of one label with different lengths.
    #[error("`{label}` has lengths {left} and {right}")]
    Lengths {
        /// The label.
        label: char,
        /// A length.
        left: Dim,
        /// Another.
        right: Dim,
    },
}
