//! TODO.
//!
//! Invariants: none.
//!
//! Not here: none.

use super::Row;

/// The ops.
pub const ROWS: &[Row] = &[];
