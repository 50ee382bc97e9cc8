//! Derivatives of a function held against differences, as users get them: of the stable form.
//!
//! Invariants: float variables are `f64`, whatever the inputs are.
//!
//! Not here: the check (`hypatia-grad`).

use crate::error::GradientError;
use crate::stable::Stable;
use hypatia_grad::{Report, Verify};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::Expr;
use hypatia_ir::shape::{Shape, Type};
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;

/// Holds the derivatives of `f`, by reverse and forward mode, against central differences in `f64`
/// at these inputs. `f` gets a variable for each input and may return a tensor of any shape;
/// integer inputs are not differentiated. Inputs of more than [`Verify::elements`] elements are
/// checked along random directions, the same in every run.
///
/// The inputs should be away from kinks and jumps: differences know nothing of them.
///
/// Errors: a derivative is wrong (the message names the worst element) or there is none, an
/// expression does not type-check, or `f` has no value at the inputs.
///
/// ```
/// use hypatia_compile::gradient::{Verify, verify_grad};
/// # use hypatia_ir::tensor::Tensor;
/// let x = Tensor::from_vec(&[3], vec![0.1, 0.5, 2.0]).unwrap();
/// let report = verify_grad(|v| v[0].softmax(-1).log(), &[x], &Verify::default()).unwrap();
/// assert_eq!(report.compared, 3);
/// assert!(report.worst.unwrap().error < 1e-8);
/// ```
#[track_caller]
pub fn verify_grad(
    f: impl FnOnce(&[Expr]) -> Expr,
    inputs: &[Tensor],
    verify: &Verify,
) -> Result<Report, GradientError> {
    let at = Span::caller();
    let doubles: Vec<Tensor> = inputs.iter().map(double).collect();
    let variable = |(i, value): (usize, &Tensor)| {
        let shape: Shape = value.shape().iter().map(|&n| Dim::from(n)).collect();
        Expr::input(&format!("input{i}"), Ok(Type::new(value.dtype(), shape)), None)
    };
    let variables: Vec<Expr> =
        at.on_behalf_of(|| doubles.iter().enumerate().map(variable).collect());
    let output = f(&variables);
    let stable = Stable::of(std::slice::from_ref(&output), &variables)?;
    let output = stable.roots.first().unwrap_or(&output);
    let report =
        at.on_behalf_of(|| hypatia_grad::verify_grad(output, &variables, &doubles, verify))?;
    Ok(report)
}

/// Floats as `f64`.
fn double(input: &Tensor) -> Tensor {
    match input.dtype() {
        DType::F32 => {
            let mut wide = Tensor::zeros(DType::F64, input.shape());
            (0..input.len()).for_each(|i| wide.set(i, input.get(i).cast(DType::F64)));
            wide
        }
        DType::F64 | DType::Bool | DType::U8 | DType::I32 | DType::I64 => input.clone(),
    }
}
