//! Products, and matrices taken apart.
//!
//! Invariants: matrices are the last two axes.
//!
//! Not here: sums of matrices' elements (`reduce.rs`).

use super::Build::{Call as Args, Two};
use super::{Call, Defect, Row};
use hypatia::compose::einsum;
use hypatia::expr::Expr;

/// The ops.
pub const ROWS: &[Row] = &[
    ("matmul", Two(|a, b| a.matmul(b))),
    ("dot", Two(|a, b| a.dot(b))),
    ("outer", Two(|a, b| a.outer(b))),
    ("tensordot", Args(tensordot)),
    ("einsum", Args(|c| Ok(einsum(c.params.word("subscripts")?, c.inputs)))),
];

/// `axes` is a number, or a list of axes for each tensor.
fn tensordot(c: &Call) -> Result<Expr, Defect> {
    let (a, b) = (c.x(0)?, c.x(1)?);
    if let Ok(count) = c.params.int("axes") {
        return Ok(a.tensordot(b, count));
    }
    let lists = c.params.lists("axes")?;
    let [left, right] = lists.as_slice() else {
        return Err(c.params.misfit("axes", "a number or two lists").into());
    };
    Ok(a.tensordot(b, (left.as_slice(), right.as_slice())))
}
