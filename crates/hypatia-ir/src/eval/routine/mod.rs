//! The reference meaning of routines, by the textbook.
//!
//! Invariants: exhaustive over [`Routine`]; floats are computed in `f64` and rounded once for each
//! element of the result.
//!
//! Not here: speed.

mod lines;
mod order;
mod scan;

use super::error::{EvalError, internal};
use crate::routine::Routine;
use crate::span::Span;
use crate::tensor::Tensor;

/// The result of a routine, of this shape, on these operands. `at` is the user's line.
///
/// Errors: operands without a result, operands that do not fit the routine, and memory that cannot
/// be had.
pub fn routine(
    op: Routine,
    operands: &[&Tensor],
    shape: &[usize],
    at: Span,
) -> Result<Tensor, EvalError> {
    let _ = at;
    match (op, operands) {
        (Routine::ArgSort { axis, descending }, [x]) => order::argsort(x, axis, descending),
        (Routine::CumSum(axis), [x]) => scan::cumsum(x, axis),
        (Routine::Recurrence(axis), [a, b]) => scan::recurrence(a, b, axis),
        (Routine::CumArg(op, axis), [x]) => scan::cumarg(op, x, axis),
        (op, operands) => Err(internal(format!("{op:?} on {} operands", operands.len()))),
    }
    .and_then(|result| match result.shape() == shape {
        true => Ok(result),
        false => Err(internal(format!("{op:?} has the shape {:?}, not {shape:?}", result.shape()))),
    })
}
