//! Functions of single examples turned into functions of batches: [`vectorize`] and [`vmap`].
//!
//! Every op has a batching rule, so what is built for one example (gradients included) runs on
//! all at once. Expressions that do not depend on a batched variable stay as they are, shared by
//! the whole batch.
//!
//! Invariants: the batch axis is the first everywhere inside; each expression is visited once;
//! walks are iterative.
//!
//! Not here: which op becomes which (`rules.rs`), the form with closures (`closure.rs`).

mod batch;
mod closure;
mod rules;

pub use closure::{Vmap, vmap};

pub(crate) use batch::moved;

use crate::check::check_types;
use crate::error::{Error, note};
use crate::site::Site;
use batch::{Batch, with_first};
use hypatia_ir::dim::Dim;
use hypatia_ir::expr::{Expr, ExprId, post_order};
use hypatia_ir::span::Span;
use std::collections::HashMap;

/// `outputs` for a whole batch: each variable on the left of a pair, a free variable or any
/// expression that the outputs were built from, takes all the values on the right, which have the
/// type of the variable behind one more axis, the first. That axis, the same for all pairs and
/// known or symbolic, is the first of every result, also of outputs that are the same for the
/// whole batch.
///
/// Errors: an expression does not type-check, no pair is given, a value has not the type of its
/// variable with an axis in front, or lengths of batch axes differ.
///
/// ```
/// # use hypatia_ir::expr::{matrix, vector};
/// # use hypatia_grad::{gradient, vectorize};
/// let (w, x) = (vector::<f32>("w", 3), vector::<f32>("x", 3));
/// let slope = gradient(&w.dot(&x).tanh(), &[w.clone()]).unwrap();
/// let xs = matrix::<f32>("xs", ("n", 3));
/// let slopes = vectorize(&slope, &[(x, xs)]).unwrap();
/// assert_eq!(slopes[0].ty().unwrap().to_string(), "f32[n, 3]");
/// ```
#[track_caller]
pub fn vectorize(outputs: &[Expr], batched: &[(Expr, Expr)]) -> Result<Vec<Expr>, Error> {
    let at = Span::caller();
    let (length, batches) = batches(at, outputs, batched)?;
    let whole = |output: &Expr| {
        let ty = output.ty()?;
        let shape = with_first(&length, &ty.shape);
        let repeated = || at.on_behalf_of(|| output.broadcast_to(&shape));
        let batch = batches.get(&output.id()).cloned().unwrap_or_else(repeated);
        match batch.ty()?.dtype == ty.dtype && batch.ty()?.rank() == shape.rank() {
            true => Ok(batch),
            false => Err(Error::Internal { stage: "vectorize", dump: batch.to_string() }),
        }
    };
    outputs.iter().map(whole).collect()
}

/// The length of the batch, and all values of every expression below `outputs` that varies.
pub(crate) fn batches(
    at: Span,
    outputs: &[Expr],
    batched: &[(Expr, Expr)],
) -> Result<(Dim, HashMap<ExprId, Expr>), Error> {
    let (variables, values): (Vec<Expr>, Vec<Expr>) = batched.iter().cloned().unzip();
    check_types(&[outputs, &variables, &values])?;
    let length = length(at, batched)?;
    let mut found: HashMap<ExprId, Expr> =
        batched.iter().map(|(variable, values)| (variable.id(), values.clone())).collect();
    for expr in post_order(outputs) {
        if found.contains_key(&expr.id()) {
            continue;
        }
        let Some(site) = Site::of(expr) else { continue };
        let batched: Vec<Option<Expr>> =
            site.operands.iter().map(|x| found.get(&x.id()).cloned()).collect();
        if batched.iter().any(Option::is_some) {
            let batch = Batch { site, batched, length: &length };
            let new = expr.at().on_behalf_of(|| rules::batched(&batch));
            found.insert(expr.id(), new);
        }
    }
    Ok((length, found))
}

/// The length of the batch axis, known if that of any pair is.
fn length(at: Span, batched: &[(Expr, Expr)]) -> Result<Dim, Error> {
    let mut length: Option<Dim> = None;
    for (variable, values) in batched {
        let misfit = || Error::BatchType { at, variable: note(variable), values: note(values) };
        let (from, to) = (variable.ty()?, values.ty()?);
        let (first, rest) = to.shape.split_first().ok_or_else(misfit)?;
        let fits = from.rank() == rest.len()
            && from.shape.iter().zip(rest).all(|(m, n)| m.solve(n).is_ok());
        if from.dtype != to.dtype || !fits {
            return Err(misfit());
        }
        let before = length.unwrap_or_else(|| first.clone());
        if before.solve(first).is_err() {
            return Err(Error::BatchLength { at, before, values: note(values) });
        }
        length = Some(if first.known().is_some() { first.clone() } else { before });
    }
    length.ok_or(Error::Unbatched { at })
}
