//! Routines: those of the reference evaluator, on copies of the buffers.
//!
//! Invariants: the same results and the same failures as the reference.
//!
//! Not here: speed.

use super::memory::Memory;
use crate::backend::Failure;
use crate::plan::Apply;
use hypatia_ir::eval::{EvalError, routine};
use hypatia_ir::tensor::Tensor;

/// Runs a routine; buffers are the operands, then the result.
pub(super) fn run(apply: &Apply, numbers: &[i64], memory: &Memory) -> Result<(), Failure> {
    let shapes = apply.shapes(numbers);
    let mut operands = Vec::with_capacity(apply.operands.len());
    for ((number, operand), shape) in (0u32..).zip(&apply.operands).zip(&shapes) {
        let bytes = shape.iter().product::<usize>().saturating_mul(operand.ty.dtype.size());
        let mut tensor =
            Tensor::try_zeros(operand.ty.dtype, shape).ok_or(Failure::Memory { bytes })?;
        for at in 0..tensor.len() {
            tensor.set(at, memory.load(number, operand.ty.dtype, at as i64));
        }
        operands.push(tensor);
    }
    let operands: Vec<&Tensor> = operands.iter().collect();
    let out = shapes.last().map_or(&[][..], Vec::as_slice);
    let result = routine(apply.routine, &operands, out, apply.at).map_err(failure)?;
    for at in 0..result.len() {
        memory.store(apply.operands.len() as u32, at as i64, result.get(at));
    }
    Ok(())
}

/// The failures of the evaluator that a plan leaves possible.
fn failure(error: EvalError) -> Failure {
    match error {
        EvalError::Breakdown(breakdown) => Failure::Breakdown(breakdown),
        EvalError::Memory { bytes } => Failure::Memory { bytes },
        other => Failure::Internal { stage: "routine", dump: other.to_string() },
    }
}
