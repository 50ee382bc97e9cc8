//! Comparisons, truth, bits, and kinds of floats.
//!
//! Invariants: none beyond the table's.
//!
//! Not here: reductions of truth values (`reduce.rs`).

use super::Build::{One, Two};
use super::Row;
use hypatia::expr::Expr;

/// The ops.
pub const ROWS: &[Row] = &[
    ("eq", Two(|x, y| x.eq(y))),
    ("ne", Two(|x, y| x.ne(y))),
    ("lt", Two(|x, y| x.lt(y))),
    ("le", Two(|x, y| x.le(y))),
    ("gt", Two(|x, y| x.gt(y))),
    ("ge", Two(|x, y| x.ge(y))),
    ("logical_and", Two(|x, y| x.and(y))),
    ("logical_or", Two(|x, y| x.or(y))),
    ("logical_xor", Two(|x, y| x.xor(y))),
    ("logical_not", One(Expr::logical_not)),
    ("bitwise_and", Two(|x, y| x & y)),
    ("bitwise_or", Two(|x, y| x | y)),
    ("bitwise_xor", Two(|x, y| x ^ y)),
    ("bitwise_not", One(|x| !x)),
    ("shift_left", Two(|x, y| x << y)),
    ("shift_right", Two(|x, y| x >> y)),
    ("isnan", One(Expr::is_nan)),
    ("isinf", One(Expr::is_inf)),
    ("isfinite", One(Expr::is_finite)),
    ("signbit", One(Expr::signbit)),
];
