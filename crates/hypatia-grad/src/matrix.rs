//! Whole derivatives of tensors by tensors: Jacobians and Hessians, row by row.
//!
//! Invariants: one reverse sweep for each element of what is differentiated, so its shape must be
//! known; the variable's may be symbolic.
//!
//! Not here: the sweep (`reverse.rs`).

use crate::check::{check_float, check_types};
use crate::error::{Error, note};
use crate::reverse::{gradient_at, vjp_at};
use crate::site::{shape_of, zeros};
use hypatia_ir::expr::Expr;
use hypatia_ir::shape::{Shape, Type};
use hypatia_ir::span::Span;
use hypatia_ir::structure::stack;

/// The derivative of every element of `output` by every element of `wrt`: its shape is that of
/// `output` followed by that of `wrt`.
///
/// Errors: as [`vjp`](crate::vjp), and if the shape of `output` is not known.
///
/// ```
/// # use hypatia_ir::expr::vector;
/// # use hypatia_grad::jacobian;
/// let x = vector::<f64>("x", 3);
/// let j = jacobian(x.slice((1..,)) * x.slice((..2,)), &x).unwrap();
/// assert_eq!(j.ty().unwrap().to_string(), "f64[2, 3]");
/// ```
#[track_caller]
pub fn jacobian(output: impl Into<Expr>, wrt: impl Into<Expr>) -> Result<Expr, Error> {
    rows(Span::caller(), &output.into(), wrt.into())
}

/// The second derivatives of a float scalar by `wrt`: the shape of `wrt`, twice. A vector gives
/// the symmetric matrix that Newton's method solves with.
///
/// Errors: as [`gradient`](crate::gradient), if the shape of `wrt` is not known, and if the
/// gradient does not depend on `wrt`: what is linear has no curvature to speak of.
///
/// ```
/// # use hypatia_ir::expr::vector;
/// # use hypatia_grad::hessian;
/// let x = vector::<f64>("x", 2);
/// let h = hessian(x.sqr().sum().exp(), &x).unwrap();
/// assert_eq!(h.ty().unwrap().to_string(), "f64[2, 2]");
/// ```
#[track_caller]
pub fn hessian(cost: impl Into<Expr>, wrt: impl Into<Expr>) -> Result<Expr, Error> {
    let (at, wrt) = (Span::caller(), wrt.into());
    let gradient = gradient_at(at, &cost.into(), std::slice::from_ref(&wrt))?;
    match gradient.first() {
        Some(gradient) => rows(at, gradient, wrt),
        None => Err(Error::Internal { stage: "hessian", dump: "no gradient".into() }),
    }
}

fn rows(at: Span, output: &Expr, wrt: Expr) -> Result<Expr, Error> {
    let (outputs, wrts) = ([output.clone()], [wrt.clone()]);
    check_types(&[&outputs, &wrts])?;
    check_float(at, &outputs)?;
    check_float(at, &wrts)?;
    let unknown = || Error::UnknownShape { at, output: note(output) };
    let (y, x) = (output.ty()?, wrt.ty()?);
    let count = y.shape.count().known().ok_or_else(unknown)?;
    let shape: Shape = y.shape.iter().chain(x.shape.iter()).cloned().collect();
    if count == 0 {
        return Ok(at.on_behalf_of(|| zeros(&Type::new(x.dtype, shape))));
    }
    let flat = at.on_behalf_of(|| output.ravel());
    let mut rows = Vec::new();
    for i in 0..count {
        let (element, one) = at.on_behalf_of(|| {
            let element = flat.slice((i..i + 1,)).reshape(&Shape::scalar());
            let one = element.like(1);
            (element, one)
        });
        rows.extend(vjp_at(at, &[element], &wrts, &[one])?);
    }
    let whole = at.on_behalf_of(|| stack(&rows, 0).reshape(&shape));
    match shape_of(&whole) == shape {
        true => Ok(whole),
        false => Err(Error::Internal { stage: "jacobian", dump: whole.errors().to_string() }),
    }
}
