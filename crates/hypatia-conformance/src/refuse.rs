//! Calls that must be refused: an error when built or when called, and nothing else.
//!
//! Invariants: an error of the manifest, or of this program, is no refusal.
//!
//! Not here: what is refused (the crates of the compiler).

use crate::backend::{Backend, Refusal, Runner, variable};
use crate::manifest::Case;
use crate::manifest::view::{Argument, View};
use crate::ops::{Call, Defect};
use crate::report::Outcome;
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::scalar::Scalar;
use hypatia::tensor::Tensor;

/// Constants that stand for the last argument, where they are given.
const INDICES: &[&str] = &["indices", "labels", "ids", "segments"];

/// Runs a case of this kind with ones everywhere; indices that the constants state are used.
pub fn run(case: &Case, backend: Backend) -> Outcome {
    let Some(row) = crate::ops::find(&case.op) else { return Outcome::Unknown(case.op.clone()) };
    let indices = INDICES.iter().find_map(|name| case.params.ints(name).ok());
    let mut inputs: Vec<Expr> = Vec::new();
    let mut values: Vec<Tensor> = Vec::new();
    for (number, shape) in case.shapes.iter().enumerate() {
        let named = case.dtypes.get(number).or(case.dtypes.last());
        let Some(dtype) = named.map_or(Some(DType::F64), |n| DType::from_name(n)) else {
            return Outcome::failed(format!("dtype {named:?} is none of Hypatia's"));
        };
        let last = number + 1 == case.shapes.len();
        let value = match &indices {
            Some(indices) if last => Tensor::from(indices.clone()),
            _ => Tensor::full(Scalar::from_i64(dtype, 1), shape),
        };
        inputs.push(variable(&format!("x{number}"), value.dtype(), value.shape()));
        values.push(value);
    }
    let outputs =
        match row.outputs(&Call { inputs: &inputs, params: &case.params, dtype: DType::F64 }) {
            Ok(outputs) => outputs,
            // The types of the methods rule the constant out.
            Err(Defect::Params(misfit)) if misfit.is_there() => return Outcome::judged(Vec::new()),
            Err(defect) => return Outcome::failed(format!("cannot be built: {defect}")),
        };
    let runner = match Runner::new(backend, &inputs, &outputs, Vec::new()) {
        Ok(runner) => runner,
        Err(refusal) => return refused(&refusal),
    };
    let whole = View::default();
    let seen: Result<Vec<Box<dyn Argument + '_>>, _> = values.iter().map(|v| whole.of(v)).collect();
    let Ok(seen) = seen else { return Outcome::failed("a value cannot be bound".into()) };
    let seen: Vec<&dyn Argument> = seen.iter().map(|b| &**b).collect();
    match runner.call(&seen) {
        Err(refusal) => refused(&refusal),
        Ok(found) => {
            let why = case.why.as_deref().unwrap_or("the call is wrong");
            Outcome::failed(format!("not refused, though {why}: gave {found:?}"))
        }
    }
}

/// A refusal is right, unless it is the compiler that is at fault.
fn refused(refusal: &Refusal) -> Outcome {
    let message = refusal.to_string();
    match message.contains("internal error") {
        true => Outcome::failed(message),
        false => Outcome::judged(Vec::new()),
    }
}
