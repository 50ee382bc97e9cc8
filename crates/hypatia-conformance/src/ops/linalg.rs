//! TODO.
//!
//! Invariants: none.
//!
//! Not here: none.

use super::Row;

/// The ops.
pub const ROWS: &[Row] = &[("matmul", super::Build::Two(|a, b| a.matmul(b)))];
