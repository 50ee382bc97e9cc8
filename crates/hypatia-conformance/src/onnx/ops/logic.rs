//! Comparisons, truth, choice.
//!
//! Invariants: results of comparisons are bool.
//!
//! Not here: reductions (`reduce.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::{One, Single, Two};
use super::Row;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[
    ("And", Two(|x, y| x.and(y))),
    ("Equal", Two(|x, y| x.eq(y))),
    ("Greater", Two(|x, y| x.gt(y))),
    ("GreaterOrEqual", Two(|x, y| x.ge(y))),
    ("IsInf", Single(is_infinite)),
    ("IsNaN", One(Expr::is_nan)),
    ("Less", Two(|x, y| x.lt(y))),
    ("LessOrEqual", Two(|x, y| x.le(y))),
    ("Not", One(Expr::logical_not)),
    ("Or", Two(|x, y| x.or(y))),
    ("Where", Single(|n| Ok(n.x(0)?.select(n.x(1)?, n.x(2)?)))),
    ("Xor", Two(|x, y| x.xor(y))),
];

fn is_infinite(n: &Node) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    let above = n.int("detect_positive", 1) != 0;
    let below = n.int("detect_negative", 1) != 0;
    Ok(match (above, below) {
        (true, true) => x.is_inf(),
        (true, false) => x.eq(f64::INFINITY),
        (false, true) => x.eq(f64::NEG_INFINITY),
        (false, false) => x.ne(x).and(x.eq(x)),
    })
}
