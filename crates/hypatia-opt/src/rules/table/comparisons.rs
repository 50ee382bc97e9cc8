//! Comparisons.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: what is chosen by them (`choice.rs`).

use super::Row;

pub(super) const ROWS: &[Row] = &[];
