//! Sums and products of many operands, brought into one form.
//!
//! Invariants: only adds alternatives.
//!
//! Not here: rules of two operands (`rules/`).

use crate::Mode;
use crate::space::Space;
use egg::Id;

/// Adds the normal form of every maximal sum and product below the roots.
pub(crate) fn normalize(_space: &mut Space, _roots: &[Id], _mode: Mode) {}
