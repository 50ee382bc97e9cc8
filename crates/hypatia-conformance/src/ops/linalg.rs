//! Products, and matrices taken apart.
//!
//! Invariants: matrices are the last two axes.
//!
//! Not here: sums of matrices' elements (`reduce.rs`).

use super::Build::Two;
use super::Row;

/// The ops.
pub const ROWS: &[Row] = &[
    ("matmul", Two(|a, b| a.matmul(b))),
    ("dot", Two(|a, b| a.dot(b))),
    ("outer", Two(|a, b| a.outer(b))),
];
