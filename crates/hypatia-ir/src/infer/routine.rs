//! Result types of routines.
//!
//! Invariants: exhaustive over [`Routine`]; as for all ops, what symbolic dims leave open becomes
//! a requirement.
//!
//! Not here: other ops (`infer.rs`), values (`eval/routine/`).

use super::{
    Requirements, agree, at_least, check_axis, check_same_rank, equal, expect, same_dtype,
};
use crate::dim::NeverEqual;
use crate::dtype::DType;
use crate::error::Cause;
use crate::routine::Routine;
use crate::shape::Type;

/// The type of a routine on operands of these types, as many as it takes.
pub(super) fn routine(
    op: Routine,
    operands: &[&Type],
    needs: &mut Requirements,
) -> Result<Type, Cause> {
    match (op, operands) {
        (Routine::ArgSort { axis, .. } | Routine::CumArg(_, axis), &[x]) => {
            check_axis(axis, x)?;
            expect(x.dtype != DType::Bool, "a number type", x.dtype)?;
            Ok(Type::new(DType::I64, x.shape.clone()))
        }
        (Routine::CumSum(axis), &[x]) => {
            check_axis(axis, x)?;
            expect(x.dtype != DType::Bool, "a number type", x.dtype)?;
            Ok(x.clone())
        }
        (Routine::Recurrence(axis), &[a, b]) => {
            same_dtype(a, b)?;
            expect(a.dtype != DType::Bool, "a number type", a.dtype)?;
            check_axis(axis, a)?;
            alike(a, b, needs)
        }
        (Routine::Cholesky { .. }, &[x]) => {
            square(x, needs)?;
            Ok(x.clone())
        }
        (Routine::SolveTriangular(_) | Routine::Solve, &[a, b]) => {
            same_dtype(a, b)?;
            let lead = square(a, needs)?;
            check_same_rank(a, b)?;
            let mut dims = b.shape.to_vec();
            for (axis, dim) in dims.iter_mut().enumerate().take(lead + 1) {
                *dim = agree(axis, &a.shape[axis], dim, needs)?;
            }
            Ok(Type::new(a.dtype, dims.into_iter().collect()))
        }
        (Routine::Det | Routine::LogAbsDet | Routine::DetSign, &[x]) => {
            let lead = square(x, needs)?;
            Ok(Type::new(x.dtype, x.shape[..lead].iter().cloned().collect()))
        }
        (Routine::Eigh, &[x]) => {
            let lead = square(x, needs)?;
            let mut dims = x.shape.to_vec();
            dims[lead + 1] = &dims[lead + 1] + 1;
            Ok(Type::new(x.dtype, dims.into_iter().collect()))
        }
        (Routine::Qr, &[x]) => {
            let lead = matrices(x)?;
            let mut dims = x.shape.to_vec();
            let (rows, columns) = (dims[lead].clone(), dims[lead + 1].clone());
            dims[lead] = &rows + &columns;
            at_least(&rows - &columns, 0, needs)
                .map_err(|NeverEqual| Cause::Wide { rows, columns })?;
            Ok(Type::new(x.dtype, dims.into_iter().collect()))
        }
        // The caller checked how many operands there are.
        (_, operands) => Err(Cause::Arity { expected: op.arity(), found: operands.len() }),
    }
}

/// Checks that the last two axes are square matrices of floats; how many axes lead them.
fn square(x: &Type, needs: &mut Requirements) -> Result<usize, Cause> {
    let lead = matrices(x)?;
    let (rows, columns) = (&x.shape[lead], &x.shape[lead + 1]);
    equal(rows, columns, needs)
        .map_err(|NeverEqual| Cause::NotSquare { rows: rows.clone(), columns: columns.clone() })?;
    Ok(lead)
}

/// Checks that the last two axes are matrices of floats; how many axes lead them.
fn matrices(x: &Type) -> Result<usize, Cause> {
    expect(x.dtype.is_float(), "a float type", x.dtype)?;
    let (expected, found) = ("a matrix, or a batch of them", x.rank());
    x.rank().checked_sub(2).ok_or(Cause::Rank { expected, found })
}

/// The type of two operands of one shape.
fn alike(a: &Type, b: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    check_same_rank(a, b)?;
    let mut dims = a.shape.to_vec();
    for (axis, dim) in dims.iter_mut().enumerate() {
        *dim = agree(axis, dim, &b.shape[axis], needs)?;
    }
    Ok(Type::new(a.dtype, dims.into_iter().collect()))
}
