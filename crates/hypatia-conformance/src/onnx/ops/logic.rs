//! Comparisons, truth, choice.
//!
//! Invariants: results of comparisons are bool.
//!
//! Not here: reductions (`reduce.rs`).

use super::Build::{One, Single, Two};
use super::Row;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[
    ("And", Two(|x, y| x.and(y))),
    ("Equal", Two(|x, y| x.eq(y))),
    ("Greater", Two(|x, y| x.gt(y))),
    ("GreaterOrEqual", Two(|x, y| x.ge(y))),
    ("Less", Two(|x, y| x.lt(y))),
    ("LessOrEqual", Two(|x, y| x.le(y))),
    ("Not", One(Expr::logical_not)),
    ("Or", Two(|x, y| x.or(y))),
    ("Where", Single(|n| Ok(n.x(0)?.select(n.x(1)?, n.x(2)?)))),
    ("Xor", Two(|x, y| x.ne(y))),
];
