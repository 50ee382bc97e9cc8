//! Derivatives of expressions as users write them: the forward expression is made stable first.
//!
//! Invariants: results have exactly the types of what they are derivatives of; handles that the
//! user holds stay valid as variables of later derivatives.
//!
//! Not here: derivatives of ops (`hypatia-grad`), rewriting (`hypatia-opt`).

use crate::error::GradientError;
use hypatia_ir::capture::to_exprs;
use hypatia_ir::expr::Expr;
use hypatia_ir::graph::Graph;
use hypatia_ir::span::Span;
use hypatia_ir::substitute::substitute;
use hypatia_opt::{Options, stabilize};
use std::sync::Arc;

/// The gradients of a float scalar by each of `wrt`: free variables, shared variables, or any
/// expressions that `cost` was built from. Each has the type of its variable.
///
/// The forward expression is brought into its stable form before it is differentiated, so the
/// gradient of `log(exp(x)/sum(exp(x)))` is that of a log-softmax.
///
/// Errors: `cost` or a variable is no float, `cost` is no scalar, `cost` does not depend smoothly
/// on a variable, or an expression does not type-check.
#[track_caller]
pub fn grad<E: Into<Expr>, const N: usize>(
    cost: impl Into<Expr>,
    wrt: [E; N],
) -> Result<[Expr; N], GradientError> {
    let at = Span::caller();
    let wrt = wrt.map(Into::into);
    let found = at.on_behalf_of(|| gradients(&cost.into(), &wrt))?;
    let mut found = found.into_iter();
    Ok(wrt.map(|variable| found.next().unwrap_or(variable)))
}

/// As [`grad`], for any number of variables.
#[track_caller]
pub fn gradients(cost: &Expr, wrt: &[Expr]) -> Result<Vec<Expr>, GradientError> {
    let at = Span::caller();
    with_stable(std::slice::from_ref(cost), wrt, |outputs, wrt| {
        at.on_behalf_of(|| hypatia_grad::gradient(&outputs[0], wrt))
    })
}

/// The sum over `outputs` of each cotangent times the derivative of its output by each of `wrt`.
#[track_caller]
pub fn vjp(
    outputs: &[Expr],
    wrt: &[Expr],
    cotangents: &[Expr],
) -> Result<Vec<Expr>, GradientError> {
    let at = Span::caller();
    with_stable(outputs, wrt, |outputs, wrt| {
        at.on_behalf_of(|| hypatia_grad::vjp(outputs, wrt, cotangents))
    })
}

/// The derivative of each of `outputs` along the directions `tangents`, one for each of `wrt`.
#[track_caller]
pub fn jvp(outputs: &[Expr], wrt: &[Expr], tangents: &[Expr]) -> Result<Vec<Expr>, GradientError> {
    let at = Span::caller();
    with_stable(outputs, wrt, |outputs, wrt| {
        at.on_behalf_of(|| hypatia_grad::jvp(outputs, wrt, tangents))
    })
}

/// Runs `derive` on the stable form of `outputs`. The variables stand apart meanwhile, as inputs
/// of their own, so that rewriting cannot dissolve them.
fn with_stable(
    outputs: &[Expr],
    wrt: &[Expr],
    derive: impl FnOnce(&[Expr], &[Expr]) -> Result<Vec<Expr>, hypatia_grad::Error>,
) -> Result<Vec<Expr>, GradientError> {
    if outputs.iter().chain(wrt).any(|e| e.type_or_none().is_none()) {
        return Ok(derive(outputs, wrt)?);
    }
    let apart: Vec<Expr> = wrt.iter().enumerate().map(|(i, w)| stand_in(i, w)).collect();
    let pairs = |a: &[Expr], b: &[Expr]| a.iter().cloned().zip(b.iter().cloned()).collect();
    let there: Vec<(Expr, Expr)> = pairs(wrt, &apart);
    let back: Vec<(Expr, Expr)> = pairs(&apart, wrt);
    let cut = substitute(outputs, &there);
    let name = |i: usize| Arc::from(format!("output{i}"));
    let named: Vec<_> = cut.iter().enumerate().map(|(i, e)| (name(i), e.clone())).collect();
    let captured = Graph::capture(&[], &named)?;
    let stable = stabilize(&captured.graph, &Options::default())?.graph;
    // Names of dims that the capture unified are the user's own again in the leaves.
    let exprs = to_exprs(&stable, &captured.leaves);
    let outputs: Vec<Expr> = stable.roots.iter().map(|r| exprs[r.node.index()].clone()).collect();
    let outputs = substitute(&outputs, &back);
    Ok(derive(&outputs, wrt)?)
}

/// A free variable of the type of an expression, or the expression itself if it is a leaf.
fn stand_in(position: usize, expr: &Expr) -> Expr {
    match (expr.operands(), expr.type_or_none()) {
        ([], _) | (_, None) => expr.clone(),
        (_, Some(ty)) => {
            let name = format!("variable{position}");
            expr.at().on_behalf_of(|| Expr::input(&name, Ok(ty.clone()), None))
        }
    }
}
