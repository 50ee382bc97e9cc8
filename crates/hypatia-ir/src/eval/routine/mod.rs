//! The reference meaning of routines, by the textbook.
//!
//! Invariants: exhaustive over [`Routine`]; floats are computed in `f64` and rounded once for each
//! element of the result.
//!
//! Not here: speed.

mod linear;
mod lines;
mod matrix;
mod order;
mod scan;
mod spectral;

use super::error::{EvalError, internal};
use crate::routine::Routine;
use crate::span::Span;
use crate::tensor::Tensor;
use matrix::{Matrix, each};

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
    let number = |of: fn(&Matrix) -> f64| each(op, at, operands, shape, |x| Ok(vec![of(&x[0])]));
    match (op, operands) {
        (Routine::ArgSort { axis, descending }, [x]) => order::argsort(x, axis, descending),
        (Routine::CumSum(axis), [x]) => scan::cumsum(x, axis),
        (Routine::Recurrence(axis), [a, b]) => scan::recurrence(a, b, axis),
        (Routine::CumArg(op, axis), [x]) => scan::cumarg(op, x, axis),
        (Routine::Cholesky { or_nan }, [_]) => each(op, at, operands, shape, |x| {
            let factor = linear::cholesky(&x[0]).map(|l| l.elements);
            match factor {
                Err(_) if or_nan => Ok(vec![f64::NAN; x[0].elements.len()]),
                factor => factor,
            }
        }),
        (Routine::SolveTriangular(triangle), [_, _]) => each(op, at, operands, shape, |x| {
            linear::solve_triangular(&x[0], &x[1], triangle).map(|x| x.elements)
        }),
        (Routine::Solve, [_, _]) => {
            each(op, at, operands, shape, |x| linear::solve(&x[0], &x[1]).map(|x| x.elements))
        }
        (Routine::Eigh, [_]) => each(op, at, operands, shape, |x| spectral::eigh(&x[0])),
        (Routine::Qr, [_]) => each(op, at, operands, shape, |x| Ok(spectral::qr(&x[0]))),
        (Routine::Det, [_]) => number(linear::det),
        (Routine::LogAbsDet, [_]) => number(linear::logabsdet),
        (Routine::DetSign, [_]) => number(linear::detsign),
        (op, operands) => Err(internal(format!("{op:?} on {} operands", operands.len()))),
    }
    .and_then(|result| match result.shape() == shape {
        true => Ok(result),
        false => Err(internal(format!("{op:?} has the shape {:?}, not {shape:?}", result.shape()))),
    })
}
